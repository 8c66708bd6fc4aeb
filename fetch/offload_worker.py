"""The child of `fetch.offload`: reads one call at a time from standard input and writes its answer.

It ends when its parent does: by end of input when idle, by an alarm when in mid-call.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import resource
import signal
import struct
import sys
from typing import BinaryIO

from fetch.offload import HEADER, STARTED

ALARM_SLACK_S = 5  # the parent kills at the deadline; the alarm is for when there is no parent any more
MEMORY_BYTES = (
    4 << 30
)  # address space: a page that needs more is refused with MemoryError, not by the machine's own end

# Objects between two looks for garbage, and such looks before an older generation is looked through. A page is read
# into hundreds of thousands of objects that all stay until it is done: the default (700, 10, 10) looks them through
# again and again, for half the time of a page of 5 MB.
GARBAGE_THRESHOLDS = (50_000, 20, 20)


def main() -> None:
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    # The answers go out on a private copy: what a library prints must not end up among them.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES if hard < 0 else min(MEMORY_BYTES, hard), hard))
    calls = sys.stdin.buffer
    while header := calls.read(HEADER.size):
        (size,) = HEADER.unpack(header)
        (deadline_s,) = struct.unpack("!d", calls.read(8))
        answer = _perform(calls.read(size), deadline_s, answers)
        answers.write(HEADER.pack(len(answer)) + answer)
        answers.flush()


def _perform(call: bytes, deadline_s: float, answers: BinaryIO) -> bytes:
    started = False
    try:
        function, args = pickle.loads(call)  # noqa: S301 - our own parent wrote it
        started = _say_started(answers)
        signal.alarm(math.ceil(deadline_s) + ALARM_SLACK_S)
        return _pickled(function(*args), None)
    except Exception as fault:  # noqa: BLE001 - it is the caller's to handle: sent over and raised there
        if not started:
            _say_started(answers)
        return _pickled(None, fault)
    finally:
        signal.alarm(0)


def _say_started(answers: BinaryIO) -> bool:
    answers.write(STARTED)
    answers.flush()
    return True


def _pickled(value: object, fault: Exception | None) -> bytes:
    peak_kb = _peak_kb()
    try:
        answer = pickle.dumps((value, fault, peak_kb), protocol=pickle.HIGHEST_PROTOCOL)
        if fault is not None:
            pickle.loads(answer)  # noqa: S301 - some exceptions can be pickled and not made again
    except Exception as why:  # whatever cannot be sent is told in words
        if fault is None:
            raise
        told = RuntimeError(f"{type(fault).__name__}: {fault} ({why})")
        answer = pickle.dumps((None, told, peak_kb))
    return answer


def _peak_kb() -> int:
    """This process's own peak of resident memory, in KiB.

    Not `ru_maxrss` where it can be helped: on Linux it outlives exec, so a worker would begin with its parent's peak
    and, under a parent that was once large, be replaced after each call.
    """
    with contextlib.suppress(OSError), open("/proc/self/status", "rb") as status:
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


if __name__ == "__main__":
    main()
