"""What is needed to read the values of a page: its addresses, its locale, its year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urljoin

import lxml.html
import msgspec

from agent.extract.reading import Ask
from domain.dates import tag_by_dates
from domain.evidence import Layer
from domain.locales import tag_of_page
from domain.pages import Page

_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?!\d)")


class PageSetting(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to read values of one page. `year` completes dates that leave theirs out; `near` says from where
    on in each layer values are looked for, in characters."""

    page: Page
    base_url: str
    tag: str
    year: int | None = None
    near: Mapping[Layer, int] = {}


def page_setting(page: Page, root: lxml.html.HtmlElement, ask: Ask) -> PageSetting:
    url = page.final_url or page.url
    base = root.xpath("string(//base/@href)")
    try:
        base_url = urljoin(url, base) if base else url
    except ValueError:
        base_url = url
    tag = tag_of_page(ask.locale, url) if ask.locale else tag_by_dates(page.language, url, page.text)
    return PageSetting(page=page, base_url=base_url, tag=tag, year=year_of(page, root))


def year_of(page: Page, root: lxml.html.HtmlElement) -> int | None:
    """The year that completes dates without one: what title and headings say, else what the page says most."""
    headings = " ".join("".join(heading.itertext()) for heading in root.iter("h1", "h2", "h3"))
    for text in (page.title, headings, page.text[:20_000]):
        years = Counter(_YEAR.findall(text))
        if years:
            return int(max(years, key=lambda year: (years[year], year)))
    return None
