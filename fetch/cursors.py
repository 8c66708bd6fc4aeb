"""Lists that scripts fetch piece by piece: which address has the piece after those that came.

Read from the answers alone. An address is never guessed: it is one that an answer names, within its own origin, or that
of the answer's own request, with a parameter put on that it had already.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from domain.pages import CapturedResponse

LEAST_ROWS = 3  # of an array of objects, for its answer to be a piece of a list
MAX_DEPTH = 3  # of what tells of the next piece: "data.boats.pageInfo.endCursor"
MAX_KEYS = 200  # looked at in one answer
MAX_TOKEN = 500  # characters

_CURSOR = re.compile(r"\w*(?:cursor|after|token|continuation|next)\w*", re.I)
_PAGE = re.compile(r"p|pg|pn|page|page_?(?:no|num|number|index)|current_?page", re.I)
_OFFSET = re.compile(r"offset|start|skip|from", re.I)
_NEXT = re.compile(
    r"next|next_?(?:page_?)?(?:cursor|token|url|link|page|uri|href)|end_?cursor|continuation(?:_?token)?", re.I
)
_MORE = re.compile(r"has_?(?:more|next(?:_?page)?)", re.I)
_TOTAL = re.compile(r"total|total_?(?:count|items|results|hits)|count", re.I)
_PAGES = re.compile(r"(?:total|last|num)_?pages?|pages|page_?count", re.I)


def next_piece(answer: CapturedResponse, least: int = LEAST_ROWS) -> str:
    """The absolute address of what follows this answer; empty where it is the last, says nothing of more, or is no
    piece of a list: that has `least` rows."""
    url = _following(answer, least)
    return url if url and _origin(url) == _origin(answer.url) else ""


def host_elsewhere(answer: CapturedResponse) -> str:
    """The host where an answer says that its list goes on, if that is another origin: it is not asked."""
    url = _following(answer, LEAST_ROWS)
    return urlsplit(url).hostname or "" if url and _origin(url) != _origin(answer.url) else ""


def _origin(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _following(answer: CapturedResponse, least: int) -> str:
    try:
        body = json.loads(answer.body)
        parts = urlsplit(answer.url)
    except (ValueError, RecursionError):
        return ""
    rows = len(_rows(body))
    if not isinstance(body, dict) or rows < least:
        return ""
    told = dict(_told(body))
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    more = next((value for key, value in told.items() if _MORE.fullmatch(key) and isinstance(value, bool)), None)
    if more is False:
        return ""
    following = next((value for key, value in told.items() if _NEXT.fullmatch(key) and _is_token(value)), None)
    if following is None:
        has_null = any(_NEXT.fullmatch(key) and key.lower() != "next_page" for key in told)
        changed = {} if has_null else _counted(given, told, rows, more=more)
    elif isinstance(following, str) and re.match(r"https?://|/|\?", following):
        try:
            absolute = urljoin(answer.url, following)
            return absolute if urlsplit(absolute).netloc and absolute != answer.url else ""
        except ValueError:  # no address
            return ""
    else:
        name = next((name for name in given if _CURSOR.fullmatch(name)), None)
        if name is None and isinstance(following, int):
            name = next((name for name in given if _PAGE.fullmatch(name) or _OFFSET.fullmatch(name)), None)
        changed = {name: str(following)} if name else {}
    if not changed or all(given[name] == value for name, value in changed.items()):
        return ""
    return parts._replace(query=urlencode(given | changed), fragment="").geturl()


def is_piece(answer: CapturedResponse) -> bool:
    """Whether an answer is of a list, be it the empty end of one: an apology is none."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    level = [body]
    for _ in range(MAX_DEPTH + 1):
        if any(isinstance(each, list) for each in level):
            return True
        level = [value for each in level if isinstance(each, dict) for value in each.values()][:MAX_KEYS]
    return False


def stated_total(answer: CapturedResponse) -> int:
    """How many rows the whole list has, by the answer's own word; 0 where it says none."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return 0
    return _largest(dict(_told(body)), _TOTAL) if isinstance(body, dict) and _rows(body) else 0


def rows_of(answer: CapturedResponse) -> str:
    """The rows of an answer, as SHA-256 in hex: those of two answers are the same where all of their rows are. Empty
    where it is no piece of a list."""
    try:
        rows = _rows(json.loads(answer.body))
    except (ValueError, RecursionError):
        return ""
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest() if len(rows) >= LEAST_ROWS else ""


def _counted(given: Mapping[str, str], told: Mapping[str, object], rows: int, *, more: bool | None) -> dict[str, str]:
    """The parameter that counts, one further, where the answer says that there is more."""
    for name, value in given.items():
        if not value.isdecimal() or len(value) > 6:
            continue
        if _PAGE.fullmatch(name):
            pages = _largest(told, _PAGES)
            return {name: str(int(value) + 1)} if more or pages > int(value) else {}
        if _OFFSET.fullmatch(name):
            is_more = more or _largest(told, _TOTAL) > int(value) + rows
            return {name: str(int(value) + rows)} if is_more else {}
    return {}


def _largest(told: Mapping[str, object], names: re.Pattern[str]) -> int:
    return max((value for key, value in told.items() if names.fullmatch(key) and type(value) is int), default=0)


def _is_token(value: object) -> bool:
    return (type(value) is int and value > 0) or (isinstance(value, str) and 0 < len(value) <= MAX_TOKEN)


def _told(body: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What an answer says beside its rows, by key, the outermost last: it counts where keys are the same."""
    found: list[tuple[str, object]] = []
    level: Sequence[Mapping[str, object]] = [body]
    for _ in range(MAX_DEPTH + 1):
        found += [(key, value) for each in level for key, value in each.items() if not isinstance(value, dict | list)]
        level = [value for each in level for value in each.values() if isinstance(value, dict)][:MAX_KEYS]
    yield from reversed(found[:MAX_KEYS])


def _rows(body: object) -> Sequence[object]:
    """The longest array of objects near the top."""
    most: Sequence[object] = ()
    level = [body]
    for _ in range(MAX_DEPTH + 1):
        inner = [value for each in level if isinstance(each, dict) for value in each.values()][:MAX_KEYS]
        for each in (*level, *inner):
            if isinstance(each, list) and len(each) > len(most) and all(isinstance(item, dict) for item in each):
                most = each
        level = inner
    return most
