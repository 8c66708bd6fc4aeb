"""Where a place is and when it is open, as pages show it: an address element, a timetable under its heading."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.reading import FoundValue
from domain.dates import find_dates
from domain.evidence import Method
from domain.fields import FieldKind
from domain.opening_hours import ENOUGH_DAYS, week_of
from domain.recognise import recognise
from fetch.dom import visible_text

MAX_HEADING = 60  # characters, twice as many with white space; a longer line is prose
MAX_LINES = 24  # of a timetable: two for each day, and some for holidays
MAX_LINE = 120
MAX_ADDRESS = 200
MOSTLY = 0.5  # of the words are the timetable's: the rest heads its columns
WRAPPED = 4  # elements of its own that a heading may be in

_LEVELS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HEADED_BY = (*_LEVELS, "strong", "b", "p", "div", "span", "dt", "th", "caption", "summary")
_HOURS = re.compile(
    r"(?:(?:our|unsere|nos|nuestros?|i nostri|onze|nossos?) )?(?:(?:regular |current |store |shop |business |office )?"
    r"(?:opening hours|opening times|business hours|hours(?: of operation)?|open hours|we are open|when we are open)|"
    r"öffnungszeiten|geschäftszeiten|sprechzeiten|sprechstunden|horaires(?: d['’ ]?ouverture)?|heures d['’ ]ouverture|"
    r"horarios?(?: de (?:apertura|atención|funcionamento))?|horários?(?: de (?:funcionamento|atendimento|abertura))?|"
    r"orari(?:o)?(?: di apertura)?|openingstijden|openingsuren|godziny otwarcia|öppettider|åbningstider|"
    r"часы работы|режим работы|営業時間|营业时间)",
    re.I,
)
_TIMED = re.compile(r"\d")
_NOT_ADDRESS = re.compile(r"https?://|www\.|@|^\s*(?:by|written|posted|von|par|por|di|tel|phone|fax|mobil|©)\b", re.I)
_CALLED_ADDRESS = (
    "//*[self::p or self::div or self::span or self::li or self::dd or self::td][@itemprop='address' or "
    "contains(concat(' ',normalize-space(@class),' '),' address ') or contains(concat(' ',@class,' '),' adr ')]"
)
MAX_CALLED = 10
_OF_EAST_ASIA = re.compile(r"[都道府県市区町村省州街路号]\S*\d")
_WRITER = re.compile(r"author|byline|writer", re.I)


def shown_hours(scene: Scene) -> FoundValue | None:
    """The lines of the timetable under the heading that names it, joined into one text that tells a week."""
    tree = scene.root.getroottree()
    for heading in _headings(scene.root):
        if scene.elsewhere.is_told(heading):
            continue
        block = heading
        for _ in range(WRAPPED):
            if (block.tail or "").strip():  # "<b>Hours:</b> Mon-Fri 9-5": a label, and no heading
                break
            for following in _until_next_heading(block):
                lines = _timetable(following)
                if lines:
                    path = tree.getpath(following[0])
                    return FoundValue(
                        raw="\n".join(lines), method=Method.DETAIL, source_path=path, value=_joined(lines)
                    )
            parent = block.getparent()
            if parent is None or parent.tag == "body" or any(_said(each) for each in block.itersiblings()):
                break
            block = parent
    return _hours_without_heading(scene)


def _hours_without_heading(scene: Scene) -> FoundValue | None:
    """A table or a list that tells the hours of most days of a week, and nothing else: it needs no name."""
    for element in scene.root.iter("table", "ul", "ol", "dl"):
        if scene.elsewhere.is_told(element) or not any(map(_said, element)):
            continue
        text = short_text(element, MAX_LINES * MAX_LINE)
        lines = _timetable([element]) if _TIMED.search(text) else ()
        week = (week_of(_joined(lines)) if lines else None) or {}
        if len(week) >= ENOUGH_DAYS and len(" ".join(lines).split()) >= MOSTLY * len(text.split()):
            path = scene.root.getroottree().getpath(element)
            return FoundValue(raw="\n".join(lines), method=Method.DETAIL, source_path=path, value=_joined(lines))
    return None


def _headings(root: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    for element in root.iter(*_HEADED_BY):
        if _HOURS.fullmatch(short_text(element, 2 * MAX_HEADING).strip(" :.")):
            yield element


def _until_next_heading(block: lxml.html.HtmlElement) -> Iterator[list[lxml.html.HtmlElement]]:
    """What stands next to a heading, up to the next one; fewer and fewer of it."""
    following: list[lxml.html.HtmlElement] = []
    for sibling in block.itersiblings():
        if sibling.tag in _LEVELS or len(following) >= MAX_LINES:
            break
        if isinstance(sibling.tag, str) and _said(sibling):
            following.append(sibling)
    if following:
        yield following
    if len(following) > 1:
        yield following[:1]


def _said(element: lxml.html.HtmlElement) -> bool:
    return any(text.strip() for text in element.itertext())


def _timetable(elements: list[lxml.html.HtmlElement]) -> tuple[str, ...]:
    """The first lines that tell a week together; none where they tell no day's hours."""
    lines: list[str] = []
    for element in elements:
        for line in visible_text(element).split("\n"):
            plain = " ".join(line.split())
            if not plain:
                continue
            if len(plain) > MAX_LINE or len(lines) >= MAX_LINES or not _is_of_week(plain):
                return _if_week(lines)
            lines.append(plain)
    return _if_week(lines)


def _is_of_week(line: str) -> bool:
    """Whether a line tells days, hours, or that it is closed."""
    if week_of(line) is not None or week_of(f"monday {line}") not in (None, week_of("monday")):
        return True
    return bool(_TIMED.search(line)) and recognise(FieldKind.PHONE, line) is None and not find_dates(line)


def _if_week(lines: list[str]) -> tuple[str, ...]:
    return tuple(lines) if lines and week_of(_joined(tuple(lines))) is not None and _tells_hours(lines) else ()


def _tells_hours(lines: list[str]) -> bool:
    return any(_TIMED.search(line) for line in lines)


def _joined(lines: tuple[str, ...]) -> str:
    """`"Monday: 9-5; Tuesday: closed"`: a day alone on its line goes with the hours on the next."""
    told = ""
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        is_day = not _TIMED.search(line) and week_of(line) == week_of(f"{line} 0:00-24:00") and bool(following)
        told += f"{line.rstrip(':')}{': ' if is_day else '; '}"
    return told.strip("; ")


def shown_address(scene: Scene) -> FoundValue | None:
    """What stands in an address element, or in one that is called so, up to the phone and the rest; an address that
    names its writer is none."""
    tree = scene.root.getroottree()
    for element in [*scene.root.iter("address"), *scene.root.xpath(_CALLED_ADDRESS)[:MAX_CALLED]]:
        if _WRITER.search(element.get("class") or "") or scene.elsewhere.is_told(element):
            continue
        lines = [plain for line in visible_text(element).split("\n") if (plain := " ".join(line.split()))]
        if len(lines) > 1 and not _TIMED.search(lines[0]) and lines[0].casefold() == scene.name:
            lines = lines[1:]
        told: list[str] = []
        for line in lines:
            if _NOT_ADDRESS.search(line) or _is_phone(line):
                break
            told.append(line)
        text = ", ".join(line.rstrip(",") for line in told)
        if _is_address(text):
            return FoundValue(raw="\n".join(told), method=Method.DETAIL, source_path=tree.getpath(element), value=text)
    return None


def _is_phone(line: str) -> bool:
    """Whether a line is a telephone number, with its caption or without."""
    phone = recognise(FieldKind.PHONE, line)
    return phone is not None and not any(map(str.isalpha, line[phone.end :])) and len(line[: phone.start].split()) < 2


def _is_address(text: str) -> bool:
    words = text.split()
    is_spaced = len(words) > 1 and any(word[0].isupper() for word in words)
    return (
        len(text) <= MAX_ADDRESS
        and (is_spaced or bool(_OF_EAST_ASIA.search(text)))
        and any(map(str.isdigit, text))
        and not find_dates(text)
    )
