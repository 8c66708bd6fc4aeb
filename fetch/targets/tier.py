"""Targets, each by the way that its options ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.bulk import TargetOptions, TargetResult
from domain.pages import FetchOutcome
from fetch.fetcher import NO_BROWSER
from fetch.targets.errand import Errand, Performed
from fetch.targets.http import HttpTargets

if TYPE_CHECKING:
    from fetch.targets.render import RenderedTargets


class Targets:
    """`rendered` is None where this machine has no browser."""

    def __init__(self, http: HttpTargets, rendered: RenderedTargets | None = None) -> None:
        self._http = http
        self._rendered = rendered

    async def perform(self, target: str, options: TargetOptions, errand: Errand) -> Performed:
        """What came of a Target; never raises for what the web does wrong."""
        if options.render is None:
            return await self._http.perform(target, options, errand)
        if self._rendered is not None:
            return await self._rendered.perform(target, options, errand)
        result = TargetResult(outcome=FetchOutcome.BROWSER_UNAVAILABLE, error=NO_BROWSER)
        return Performed(result=result, cookies=errand.cookies)
