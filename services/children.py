"""Work in a process of its own: what is asked goes in by standard input, and the answer comes out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

STOP_S = 5.0  # SIGKILL is certain; this only bounds the wait for the kernel to say so
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")  # of the environment: the child needs no secret


async def answer_of(module: str, call: bytes) -> bytes:
    """What `python -m module` writes when it is given `call`; nothing where it died. A caller that gives up, at a
    deadline of its own, ends it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=kept
        | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,  # a terminal's Ctrl-C is for the parent; the child ends with its input
    )
    try:
        answer, _ = await process.communicate(call)
        return answer
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it went by itself
                process.kill()
            async with asyncio.timeout(STOP_S):
                await process.wait()
