"""Ids as scraper.bot's document writes them: `flow-…`, `run-…`."""

from __future__ import annotations

from domain.ids import prefixed, unprefixed

_SEPARATOR = "-"


def flow_name_of(flow_id: str) -> str:
    return prefixed("flow", flow_id, _SEPARATOR)


def flow_id_of(name: str) -> str | None:
    """The flow that a name from outside stands for, None where it can name nothing."""
    return unprefixed("flow", name, _SEPARATOR)


def run_name_of(run_id: str) -> str:
    return prefixed("run", run_id, _SEPARATOR)


def run_id_of(name: str) -> str | None:
    """The run that a name from outside stands for, None where it can name nothing."""
    return unprefixed("run", name, _SEPARATOR)
