"""Which site a case is from. Pages of one site are alike: splits and deviations go by site, not by page."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from domain.errors import InvalidInput
from domain.urls import site_of
from evals.cases import Case


def sites_of(cases: Sequence[Case]) -> tuple[str, ...]:
    """The registrable domain of each case. Where all cases share one (saved pages that lost their origin), or a case
    has no URL, its id up to the first slash stands for it."""
    domains = [_domain(case.url) for case in cases]
    shared = len(set(domains)) == 1
    return tuple(
        case.id.partition("/")[0] if shared or not domain else domain
        for case, domain in zip(cases, domains, strict=True)
    )


def _domain(url: str) -> str:
    try:
        return site_of(url)
    except InvalidInput:
        return ""


def is_held_back(site: str) -> bool:
    """Half of all sites, always the same ones: tune on the other half, then look here once."""
    return zlib.crc32(site.encode()) % 2 == 1
