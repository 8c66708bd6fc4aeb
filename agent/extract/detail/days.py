"""The day on which a page says that it was published, or last changed: each by the words beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.dates import find_dates
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.normal import normalise

MAX_LINE = 160  # characters of a line that tells one or two days
MAX_LOOKED = 4_000  # elements
MAX_DAYS = 20

_CHANGED = re.compile(
    r"(?:updated|modified|edited|revised|changed|aktualisiert|aktualisierung|geändert|überarbeitet|stand|"
    r"mise? à jour|modifiée?|actualizad[oa]|actualización|modificad[oa]|aggiornat[oa]|aggiornamento|modificat[oa]|"
    r"bijgewerkt|gewijzigd|atualizad[oa]|atualização|aktualizacja|zaktualizowano|zmieniono|обновлен[оа]?|изменено|"
    r"uppdaterad|oppdatert|opdateret)(?:\s+(?:on|at|am|le|el|il|op|em|dnia|den|vom|the))?\s*[:：]?\s*$"
    r"|(?:更新日時?|最終更新日?|更新|更新日期|更新时间)\s*[:：]?\s*$",
    re.I,
)
_PUBLISHED = re.compile(
    r"(?:published|posted|written|veröffentlicht|erschienen|erstellt|publiée?|paru|publicad[oa]|pubblicat[oa]|"
    r"gepubliceerd|geplaatst|opublikowan[oa]|dodano|опубликовано|publicerad|publisert|udgivet)"
    r"(?:\s+(?:on|at|am|le|el|il|op|em|dnia|den|vom|the))?\s*[:：]?\s*$|(?:公開日?|投稿日|掲載日|发布日期|发布时间)\s*[:：]?\s*$",
    re.I,
)
_LEAD = re.compile(rf"[^\d]{{0,20}}?(?:{_CHANGED.pattern}|{_PUBLISHED.pattern})".replace("$", r"(?=\d)"), re.I)
_LINES = ("p", "span", "div", "li", "small", "em", "td", "h2", "h3", "h4", "h5", "b", "strong", "a", "i")
_CLASSED = "date", "byline", "published", "posted", "time"
_FIELD = Field(name="date", kind=FieldKind.DATE)


class _Day(NamedTuple):
    raw: str
    element: lxml.html.HtmlElement
    attribute: str = "text"
    is_changed: bool = False
    is_published: bool = False


def shown_day(scene: Scene, *, of_change: bool) -> FoundValue | None:
    """The first day that the page calls so; of publishing also the first that it calls nothing."""
    days = list(_days(scene, of_change=of_change))[:MAX_DAYS]
    if of_change:
        told = next((day for day in days if day.is_changed), None)
    else:
        others = (day for day in days if not day.is_changed and _is_marked(day.element))
        told = next((day for day in days if day.is_published), None) or next(others, None)
    if told is None:
        return None
    return FoundValue(raw=told.raw, method=Method.DETAIL, source_path=xpath_of(told.element), attribute=told.attribute)


def _days(scene: Scene, *, of_change: bool) -> Iterator[_Day]:
    for element in [*scene.root.iter("time"), *_lines(scene)]:
        if not scene.elsewhere.is_told(element):
            yield from _of_time(element, scene) if element.tag == "time" else _of_line(element, scene)


def _lines(scene: Scene) -> Iterator[lxml.html.HtmlElement]:
    for number, element in enumerate(scene.root.iter(*_LINES)):
        if number >= MAX_LOOKED:
            return
        if any(map(str.isdigit, short_text(element, MAX_LINE))) and next(element.iter("time"), None) is None:
            yield element


def _of_time(element: lxml.html.HtmlElement, scene: Scene) -> Iterator[_Day]:
    lead = _lead_of(element)
    for attribute, raw in (("datetime", element.get("datetime") or ""), ("text", short_text(element, MAX_LINE))):
        if raw and normalise(raw, _FIELD, locale=scene.locale) is not None:
            names = " ".join(filter(None, (element.get("itemprop"), element.get("class"))))
            is_changed = bool(_CHANGED.search(lead) or re.search(r"modified|updated", names, re.I))
            is_published = bool(_PUBLISHED.search(lead) or re.search(r"published", names, re.I))
            yield _Day(raw, element, attribute, is_changed, is_published)
            return


def _lead_of(element: lxml.html.HtmlElement) -> str:
    """The words right before an element, in it or in a caption of its own."""
    inner = (element.text or "").strip()
    dates = find_dates(inner)
    if dates and inner[: dates[0].start].strip():
        return inner[: dates[0].start]
    previous, around = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail if (previous.tail or "").strip() else short_text(previous, MAX_LINE)
    return (around.text or "") if around is not None else ""


def _of_line(element: lxml.html.HtmlElement, scene: Scene) -> Iterator[_Day]:
    text = short_text(element, MAX_LINE)
    dates = find_dates(text, scene.locale)
    if not dates and (lead := _LEAD.match(text)) and normalise(text[lead.end() :], _FIELD, locale=scene.locale):
        is_changed = bool(_CHANGED.search(lead[0]))
        yield _Day(text[lead.end() :], element, is_changed=is_changed, is_published=not is_changed)
    begins = 0
    for date in dates:
        lead = text[begins : date.start]
        yield _Day(
            text[date.start : date.end],
            element,
            is_changed=bool(_CHANGED.search(lead)),
            is_published=bool(_PUBLISHED.search(lead)),
        )
        begins = date.end


def _is_marked(element: lxml.html.HtmlElement) -> bool:
    """Whether an element is one of a day, called so: any other may tell of what happened then."""
    names = (element.get("class") or "").lower()
    return element.tag == "time" or any(name in names for name in _CLASSED)
