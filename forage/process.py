"""This process: its environment, its log, its signals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Generator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeVar

from forage.settings import Settings

T = TypeVar("T")

STOPPING = (signal.SIGINT, signal.SIGTERM)


def environment_now() -> Mapping[str, str]:
    """The environment of this process, for Settings and nothing else."""
    return os.environ


def settings_now() -> Settings:
    """The settings of this process. Raises InvalidInput, naming the variable that is off."""
    return Settings.from_environment(environment_now())


def run_async(main: Coroutine[Any, Any, T], settings: Settings) -> T:
    """Runs `main` with the log set up."""
    set_up_log(settings.log)
    return asyncio.run(main)


def set_up_log(level: str) -> None:
    """Structured lines on stderr: for people on a terminal, JSON otherwise."""
    import structlog

    number = logging.getLevelNamesMapping()[level.upper()]
    terminal = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    faults: list[Any] = [] if terminal else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[*shared, *faults, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries log through the standard library: the same lines, and never more than ours.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[*faults, _plain, render], foreign_pre_chain=shared)
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _plain(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key not in {"_record", "_from_structlog"}}


@contextmanager
def on_stop(act: Callable[[], None]) -> Generator[None]:
    """Calls `act` at the first SIGINT or SIGTERM while the block runs; a second one ends the process as usual."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in STOPPING}

    def restore() -> None:
        for number, handler in before.items():
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def stopped() -> None:
        restore()
        act()

    for number in STOPPING:
        loop.add_signal_handler(number, stopped)
    try:
        yield
    finally:
        restore()
