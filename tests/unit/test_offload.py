from __future__ import annotations

import asyncio
import os
import resource
import time

import pytest

from fetch.offload import InlineOffload, Offload, WorkerDied


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__("made from two")


def fail_oddly() -> None:
    raise Unpicklable(1, 2)


def print_and_answer() -> int:
    print("a library that prints")
    return 7


async def test_it_runs_in_another_process_and_keeps_it() -> None:
    async with Offload(workers=1) as offload:
        first = await offload.run(os.getpid)
        assert first != os.getpid()
        assert await offload.run(os.getpid) == first


async def test_a_parent_that_was_once_large_does_not_have_its_worker_replaced_after_each_call(monkeypatch) -> None:
    monkeypatch.setattr("fetch.offload.RECYCLE_KB", 120_000)
    bytearray(b"x" * 130_000_000).clear()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 120_000
    async with Offload(workers=1) as offload:
        first = await offload.run(os.getpid)
        assert await offload.run(os.getpid) == first


def grow_by_mb(size: int) -> int:
    return len(bytearray(b"x" * size * 1_000_000)) // 1_000_000


async def test_a_worker_that_was_once_large_is_replaced(monkeypatch) -> None:
    monkeypatch.setattr("fetch.offload.RECYCLE_KB", 120_000)
    async with Offload(workers=1) as offload:
        first = await offload.run(os.getpid)
        assert await offload.run(grow_by_mb, 130) == 130
        assert await offload.run(os.getpid) != first


def environment_names() -> set[str]:
    return set(os.environ)


async def test_a_parser_is_told_no_secrets(monkeypatch) -> None:
    for name in ("OPENAI_API_KEY", "DATABASE_URL", "FORAGE_API_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LC_TIME", "C")
    async with Offload(workers=1) as offload:
        seen = await offload.run(environment_names)
    assert {"PATH", "LC_TIME"} <= seen
    assert not {name for name in seen if "KEY" in name or "DATABASE" in name}


async def test_a_call_past_its_deadline_kills_its_worker_and_the_next_call_works() -> None:
    async with Offload(workers=1) as offload:
        first = await offload.run(os.getpid)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await offload.run(time.sleep, 60, deadline_s=0.2)
        assert time.monotonic() - began < 30
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert await offload.run(abs, -3) == 3


async def test_a_crash_of_the_worker_is_told_and_the_pool_is_whole_again() -> None:
    async with Offload(workers=1) as offload:
        with pytest.raises(WorkerDied):
            await offload.run(os._exit, 1)
        assert await offload.run(abs, -3) == 3


async def test_what_the_function_raises_is_raised_here() -> None:
    async with Offload(workers=1) as offload:
        with pytest.raises(ZeroDivisionError):
            await offload.run(divmod, 1, 0)


async def test_an_exception_that_cannot_be_made_again_is_told_in_words() -> None:
    async with Offload(workers=1) as offload:
        with pytest.raises(RuntimeError, match="Unpicklable: made from two"):
            await offload.run(fail_oddly)


async def test_printing_does_not_mix_with_answers() -> None:
    async with Offload(workers=1) as offload:
        assert await offload.run(print_and_answer) == 7


async def test_a_cancelled_call_does_not_leave_its_answer_to_the_next_one() -> None:
    async with Offload(workers=1) as offload:
        await offload.run(abs, -1)
        call = asyncio.create_task(offload.run(time.sleep, 30))
        await asyncio.wait({call}, timeout=0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await offload.run(abs, -2) == 2


async def test_more_calls_than_workers_take_turns() -> None:
    async with Offload(workers=2) as offload:
        answers = await asyncio.gather(*(offload.run(divmod, n, 7) for n in range(20)))
    assert answers == [divmod(n, 7) for n in range(20)]


async def test_a_large_page_passes_through() -> None:
    page = "é" * 8_000_000
    async with Offload(workers=1) as offload:
        assert await offload.run(str.upper, page) == page.upper()


async def test_a_hungry_call_gets_a_memory_error_and_the_machine_lives() -> None:
    async with Offload(workers=1) as offload:
        with pytest.raises(MemoryError):
            await offload.run(bytes, 6 << 30)
        assert await offload.run(abs, -2) == 2


async def test_a_closed_pool_leaves_no_process() -> None:
    offload = Offload(workers=1)
    pid = await offload.run(os.getpid)
    await offload.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(WorkerDied):
        await offload.run(abs, -1)


async def test_inline_has_the_same_interface() -> None:
    async with InlineOffload() as offload:
        assert await offload.run(divmod, 7, 2, deadline_s=1) == (3, 1)
