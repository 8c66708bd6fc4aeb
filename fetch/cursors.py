"""Lists that scripts fetch piece by piece: which request has the piece after those that came.

Read from the answers alone. An address is never guessed: it is one that an answer names, within its own origin, or the
answer's own request, with a parameter changed that it had already.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from domain.pages import CapturedResponse
from fetch.questions import Parameter, Question, parameters, with_values

LEAST_ROWS = 3  # of an array of objects, for its answer to be a piece of a list
MAX_DEPTH = 3  # of what tells of the next piece: "data.boats.pageInfo.endCursor"
MAX_KEYS = 200  # looked at in one answer
MAX_TOKEN = 500  # characters
SEARCH_SIZE = 10  # rows of an answer of a search engine that was not told how many
NOT_SAID_HOW = "Its data says that there is more, and not how that is asked for."

_HALF = re.compile(r"[\ud800-\udfff]")  # of a character: no address can be written with it
_CURSOR = re.compile(r"\w*(?:cursor|after|token|continuation|next)\w*", re.I)
# What a caller is known by: no place in a list.
_PASS = re.compile(
    r"\w*(?:auth|access|csrf|xsrf|session|id|user|client|api|captcha|refresh|bearer)_?token\w*|_token", re.I
)
_PAGE = re.compile(r"p|pg|pn|paged?|page_?(?:no|num|number|index)|current_?page", re.I)
_OFFSET = re.compile(r"offset|start|skip|from", re.I)
_NEXT = re.compile(
    r"next|next_?(?:page_?)?(?:cursor|token|url|link|page|uri|href)|end_?cursor|continuation(?:_?token)?", re.I
)
_MORE = re.compile(r"has_?(?:more|next(?:_?page)?)", re.I)
_TOTAL = re.compile(r"total|total_?(?:count|items|results|hits)|count|nb_?hits", re.I)
_PAGES = re.compile(r"(?:total|last|num|nb|max(?:_num)?)_?pages?|pages|page_?count", re.I)


class Following(NamedTuple):
    """`question` has what follows an answer. `is_open`: the answer says that there is more, and nothing says how it is
    asked for, but maybe with its `token`."""

    question: Question | None = None
    is_open: bool = False
    token: str = ""


_END = Following()


def next_piece(answer: CapturedResponse, least: int = LEAST_ROWS) -> Question | None:
    """The request, with an absolute address, for what follows this answer; None where it is the last, says nothing of
    more, or is no piece of a list: that has `least` rows."""
    question = following(answer, least).question
    return question if question and _origin(question.url) == _origin(answer.url) else None


def host_elsewhere(answer: CapturedResponse) -> str:
    """The host where an answer says that its list goes on, if that is another origin: it is not asked."""
    question = following(answer, LEAST_ROWS).question
    is_elsewhere = question is not None and _origin(question.url) != _origin(answer.url)
    return urlsplit(question.url).hostname or "" if question and is_elsewhere else ""


def question_of(answer: CapturedResponse) -> Question:
    """The request that the answer came to."""
    return Question(answer.url, answer.posted)


def following(answer: CapturedResponse, least: int = LEAST_ROWS) -> Following:
    """What an answer says of the one after it."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return _END
    body, number = _main_result(body)
    rows = len(_rows(body))
    if rows < least:
        return _END
    if answer.following:
        return Following(Question(answer.following))
    if not isinstance(body, dict):
        return _END
    told = dict(_told(body))
    more = next((value for key, value in told.items() if _MORE.fullmatch(key) and isinstance(value, bool)), None)
    if more is False:
        return _END
    tokens = (_token(value) for key, value in told.items() if _NEXT.fullmatch(key))
    token = next((token for token in tokens if token is not None), None)
    if isinstance(token, str) and re.match(r"https?://|/|\?", token):
        return _addressed(answer.url, token)
    given = _of_request(_given(answer), number)
    if (sorted_after := _sorted_after(answer, given, _rows(body))) is not None:
        return sorted_after
    if token is not None:
        return _with_token(answer, given, token)
    if any(_NEXT.fullmatch(key) and key.lower() != "next_page" for key in told):
        return _END  # it says that nothing follows
    counted = _counted(given, told, rows, more=more)
    if counted is None:
        return Following(is_open=more is True)
    return _END if str(counted[0].value) == str(counted[1]) else Following(_changed(answer, *counted))


def _main_result(body: object) -> tuple[object, int]:
    """Of the answers to a batch of searches the one with the most rows, and its number; else all of it."""
    batch = body.get("results") if isinstance(body, dict) else None
    if not isinstance(batch, list) or not batch or not all(isinstance(each, dict) for each in batch):
        return body, 0
    lengths = [len(_rows(each)) for each in batch]
    number = lengths.index(max(lengths))
    return (batch[number], number) if lengths[number] else (body, 0)


def _of_request(given: Sequence[Parameter], number: int) -> tuple[Parameter, ...]:
    """Without what other requests of a batch ask with."""
    return tuple(each for each in given if each.place[:2] != ("body", "requests") or each.place[2:3] in {(), (number,)})


def _sorted_after(
    answer: CapturedResponse, given: Sequence[Parameter], rows: Sequence[dict[str, object]]
) -> Following | None:
    """A list that goes on after the place of its last row in its order, which the row tells; None of another one."""
    place = next((each.place for each in given if each.name in {"search_after", "search_after[]"}), None)
    last = rows[-1].get("sort")
    if place is None or not isinstance(last, list) or len(json.dumps(last)) > MAX_TOKEN:
        return None
    size = next((each.value for each in given if each.name == "size" and isinstance(each.value, int)), SEARCH_SIZE)
    return _END if len(rows) < size else Following(with_values(question_of(answer), {place: last}))


def _given(answer: CapturedResponse) -> tuple[Parameter, ...]:
    """None of a request that cannot be read, and so not be changed."""
    try:
        return parameters(question_of(answer))
    except (ValueError, RecursionError):
        return ()


def _addressed(url: str, address: str) -> Following:
    try:
        absolute = urljoin(url, address)
        return Following(Question(absolute)) if urlsplit(absolute).netloc and absolute != url else _END
    except ValueError:  # no address
        return _END


def _with_token(answer: CapturedResponse, given: Sequence[Parameter], token: str | int) -> Following:
    cursors = [each for each in given if _CURSOR.fullmatch(each.name) and not _PASS.fullmatch(each.name)]
    # A bare "token" may be the caller's own.
    cursors.sort(key=lambda each: each.name.lower() == "token")
    if not cursors and isinstance(token, int):
        cursors = [each for each in given if _PAGE.fullmatch(each.name) or _OFFSET.fullmatch(each.name)]
    if not cursors:
        return Following(is_open=True, token=str(token))
    if str(cursors[0].value) == str(token):
        return _END
    return Following(_changed(answer, cursors[0], token))


def _changed(answer: CapturedResponse, parameter: Parameter, value: str | int) -> Question:
    """The answer's own request with another value, of the sort that was there."""
    kept = str(value) if isinstance(parameter.value, str) else value
    if isinstance(parameter.value, int) and isinstance(value, str) and value.isdecimal() and len(value) < 16:
        kept = int(value)
    return with_values(question_of(answer), {parameter.place: kept})


def _origin(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


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
    body, _ = _main_result(body)
    return _largest(dict(_told(body)), _TOTAL) if isinstance(body, dict) and _rows(body) else 0


def rows_of(answer: CapturedResponse) -> str:
    """The rows of an answer, as SHA-256 in hex: those of two answers are the same where all of their rows are. Empty
    where it is no piece of a list."""
    rows = listed(answer)
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest() if len(rows) >= LEAST_ROWS else ""


def listed(answer: CapturedResponse) -> Sequence[dict[str, object]]:
    """The longest list of objects that an answer has; none where it has no list."""
    try:
        return _rows(_main_result(json.loads(answer.body))[0])
    except (ValueError, RecursionError):
        return ()


def _counted(
    given: Sequence[Parameter], told: Mapping[str, object], rows: int, *, more: bool | None
) -> tuple[Parameter, int] | None:
    """The parameter that counts, with the next number where the answer says that there is more, else its own. None
    where none counts."""
    for each in given:
        if not str(each.value).isdecimal() or len(str(each.value)) > 6:
            continue
        value = int(str(each.value))
        if _PAGE.fullmatch(each.name):
            pages = _largest(told, _PAGES)
            return each, value + 1 if more or pages > value else value
        if _OFFSET.fullmatch(each.name):
            is_more = more or _largest(told, _TOTAL) > value + rows
            return each, value + rows if is_more else value
    return None


def _largest(told: Mapping[str, object], names: re.Pattern[str]) -> int:
    return max((value for key, value in told.items() if names.fullmatch(key) and type(value) is int), default=0)


def _token(value: object) -> str | int | None:
    if isinstance(value, str):
        return value if 0 < len(value) <= MAX_TOKEN and not _HALF.search(value) else None
    return value if type(value) is int and value > 0 else None


def _told(body: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """What an answer says beside its rows, by key, the outermost last: it counts where keys are the same."""
    found: list[tuple[str, object]] = []
    level: Sequence[Mapping[str, object]] = [body]
    for _ in range(MAX_DEPTH + 1):
        pairs = [(key, value) for each in level for key, value in each.items()]
        found += [(key, value) for key, value in pairs if not isinstance(value, dict | list)]
        # "total": {"value": 47, "relation": "eq"}
        totals = [(key, value) for key, value in pairs if _TOTAL.fullmatch(key) and isinstance(value, dict)]
        found += [(key, value["value"]) for key, value in totals if type(value.get("value")) is int]
        level = [value for each in level for value in each.values() if isinstance(value, dict)][:MAX_KEYS]
    yield from reversed(found[:MAX_KEYS])


def _rows(body: object) -> Sequence[dict[str, object]]:
    """The longest array of objects near the top."""
    most: Sequence[dict[str, object]] = ()
    level = [body]
    for _ in range(MAX_DEPTH + 1):
        inner = [value for each in level if isinstance(each, dict) for value in each.values()][:MAX_KEYS]
        for each in (*level, *inner):
            if isinstance(each, list) and len(each) > len(most) and all(isinstance(item, dict) for item in each):
                most = each
        level = inner
    return most
