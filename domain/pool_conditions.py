"""Conditions on what happens in a pool, in plain fields: `price < 20 and stock changed`, `added or price dropped`.

    condition  = all { "or" all }
    all        = clause { "and" clause }
    clause     = "(" condition ")" | "added" | "removed" | "changed"
               | field ( "changed" | "dropped" | "rose" )
               | field ( "<" | "<=" | "=" | "!=" | ">=" | ">" | "~" ) value

`~` means "contains". A field is named as in the records, in any case, with spaces or underscores; a value of several
words needs no quotes, one that holds "and", "or" or a bracket does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.fields import words_of
from domain.pools import ChangeType, letters_of, number_in
from domain.records import Value
from domain.words import fold

MAX_CONDITION = 500  # characters
MAX_CLAUSES = 20
_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([()])|(<=|>=|!=|==|<|>|=|~|≤|≥|≠)|([^\s()<>=!~"≤≥≠]+))')
DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:[T ].*)?)?)?")
_SPELLINGS = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!="}


class Verb(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    DROPPED = "dropped"
    ROSE = "rose"


class Op(StrEnum):
    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    NOT_EQUAL = "!="
    AT_LEAST = ">="
    GREATER = ">"
    CONTAINS = "~"


class Comparison(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`value` is a number where it reads as one, else text."""

    field: str
    op: Op
    value: float | str


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`field` is empty where the whole record is meant."""

    verb: Verb
    field: str = ""


class Both(msgspec.Struct, frozen=True, tag=True):
    parts: tuple[Condition, ...]


class Either(msgspec.Struct, frozen=True, tag=True):
    parts: tuple[Condition, ...]


Condition = Comparison | Event | Both | Either


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did to one record: its values since, and of changed fields the values before (None: unknown)."""

    type: ChangeType
    values: Mapping[str, Value]
    before: Mapping[str, Value | None] = {}


def parse_condition(text: str) -> Condition:
    """Raises InvalidInput for the field `condition`, saying what was expected and where."""
    return _Parser(text, "condition").whole()


def parse_filter(text: str) -> Comparison:
    """One comparison: `price<20`, `name~garlic`. Raises InvalidInput for the field `filter`."""
    found = _Parser(text, "filter").whole()
    if not isinstance(found, Comparison):
        raise InvalidInput(fields={"filter": "one comparison each, such as price<20 or name~garlic"})
    return found


def meets(condition: Condition, happened: Happened) -> bool:
    """Whether a condition is met by what happened, and not merely by what was so before.

    A comparison counts where its field changed or the record is new; beside it, in the same "and", others may hold as
    they did.
    """
    holds, touched = _judge(condition, happened)
    return holds and touched


def compare(values: Mapping[str, Value], comparison: Comparison) -> bool:
    """Whether a record's value is so. A value that is missing or of another form is not."""
    name = find_field(values, comparison.field)
    if name is None:
        return False
    value = values[name]
    items = value if isinstance(value, list) else [value]
    if comparison.op is Op.NOT_EQUAL:
        return not any(_holds(item, Op.EQUAL, comparison.value) for item in items)
    return any(_holds(item, comparison.op, comparison.value) for item in items)


def find_field(names: Mapping[str, object] | tuple[str, ...], wanted: str) -> str | None:
    """The name that is meant: in any spelling, else the only one that has all of its words."""
    words = words_of(wanted)
    exact = next((name for name in names if name == wanted or words_of(name) == words), None)
    if exact is not None:
        return exact
    wider = [name for name in names if words and set(words) <= set(words_of(name))]
    return wider[0] if len(wider) == 1 else None


def _judge(condition: Condition, happened: Happened) -> tuple[bool, bool]:
    """Whether it holds, and whether what happened has to do with that."""
    match condition:
        case Both(parts):
            judged = [_judge(part, happened) for part in parts]
            return all(holds for holds, _ in judged), any(touched for _, touched in judged)
        case Either(parts):
            judged = [_judge(part, happened) for part in parts]
            return any(holds for holds, _ in judged), any(holds and touched for holds, touched in judged)
        case Event():
            return _occurred(condition, happened), True
        case Comparison():
            name = find_field(happened.values, condition.field)
            touched = happened.type is ChangeType.ADDED or (name is not None and name in happened.before)
            return compare(happened.values, condition), touched


def _occurred(event: Event, happened: Happened) -> bool:
    if not event.field:
        return event.verb.value == happened.type.value
    name = find_field(happened.before, event.field)
    before = happened.before.get(name) if name else None
    if name is None or before is None:  # a value that was only now learned has not changed
        return False
    if event.verb is Verb.CHANGED:
        return True
    old, new = number_in(before), number_in(happened.values.get(name))
    if old is None or new is None:
        return False
    return new < old if event.verb is Verb.DROPPED else new > old


def _holds(value: object, op: Op, wish: float | str) -> bool:
    if op is Op.CONTAINS:
        return fold(_plain(wish)) in fold(_plain(value))
    if isinstance(wish, str) and DATE.fullmatch(wish) and isinstance(value, str) and DATE.fullmatch(value):
        return _ordered(value[: len(wish)], op, wish)  # "after 2024-05" leaves all of that May out
    if isinstance(wish, float) and isinstance(value, str) and "-" in value and DATE.fullmatch(value):
        return _ordered(float(value[:4]), op, wish)  # "after 2024"
    left, right = number_in(value), number_in(wish)
    if left is not None and right is not None:
        return _ordered(left, op, right)
    return op is Op.EQUAL and letters_of(_plain(value)) == letters_of(_plain(wish))


def _ordered(left: float | str, op: Op, right: float | str) -> bool:
    order = (left > right) - (left < right)  # ty: ignore[unsupported-operator]
    return {
        Op.LESS: order < 0,
        Op.AT_MOST: order <= 0,
        Op.EQUAL: order == 0,
        Op.AT_LEAST: order >= 0,
        Op.GREATER: order > 0,
    }[op]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


class _Token(msgspec.Struct, frozen=True):
    text: str
    at: int
    quoted: bool = False
    op: bool = False


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._place = 0
        self._clauses = 0
        self._tokens: list[_Token] = []
        if not text.strip() or len(text) > MAX_CONDITION:
            raise InvalidInput(fields={name: f"1 to {MAX_CONDITION} characters, such as price < 20"})
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                raise self._wrong("a closing quote" if text[at] == '"' else "a name", at)
            kind = found.lastindex or 1
            self._tokens.append(_Token(found[kind], found.start(kind), quoted=kind == 1, op=kind == 3))
            at = found.end()
        self._end = len(text)

    def whole(self) -> Condition:
        found = self._either()
        if (rest := self._now()) is not None:
            raise self._wrong('"and", "or" or the end', rest.at)
        return found

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._take_word("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._clause()]
        while self._take_word("and"):
            parts.append(self._clause())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _clause(self) -> Condition:
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise InvalidInput(fields={self._name: f"at most {MAX_CLAUSES} parts"})
        if self._take_sign("("):
            inner = self._either()
            if not self._take_sign(")"):
                raise self._wrong('")"')
            return inner
        words: list[_Token] = []
        while (token := self._now()) is not None and not token.op and not self._is_end(token):
            words.append(token)
            self._place += 1
        if token is not None and token.op:
            if not words:
                raise self._wrong("a field", token.at)
            self._place += 1
            return self._comparison(" ".join(word.text for word in words), token)
        return self._event(words)

    def _event(self, words: list[_Token]) -> Event:
        verb = words[-1].text.lower() if words and not words[-1].quoted else ""
        if verb not in set(Verb):
            after_field = "a comparison or one of changed, dropped, rose"
            raise self._wrong(after_field if words else "a field, added, removed or changed")
        field = " ".join(word.text for word in words[:-1])
        whole = verb in {Verb.ADDED, Verb.REMOVED}
        if (whole and field) or (not field and not whole and verb != Verb.CHANGED):
            told = f'"{verb}" alone, without a field' if field else f'a field before "{verb}"'
            raise self._wrong(told, words[0].at)
        return Event(verb=Verb(verb), field=field)

    def _comparison(self, field: str, sign: _Token) -> Comparison:
        words: list[_Token] = []
        while (token := self._now()) is not None and not token.op and not self._is_end(token):
            words.append(token)
            self._place += 1
        if not words:
            raise self._wrong(f'a value after "{sign.text}"')
        text = " ".join(word.text for word in words)
        as_text = any(word.quoted for word in words) or ("-" in text and DATE.fullmatch(text))
        number = None if as_text else number_in(text)
        op = Op(_SPELLINGS.get(sign.text, sign.text))
        if number is None and op not in {Op.EQUAL, Op.NOT_EQUAL, Op.CONTAINS} and not DATE.fullmatch(text):
            raise self._wrong(f'a number or a date (2026-11-21) after "{sign.text}"', words[0].at)
        return Comparison(field=field, op=op, value=text if number is None or op is Op.CONTAINS else number)

    def _now(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _is_end(self, token: _Token) -> bool:
        return not token.quoted and token.text.lower() in {"and", "or", "(", ")"}

    def _take_word(self, word: str) -> bool:
        token = self._now()
        found = token is not None and not token.quoted and token.text.lower() == word
        self._place += found
        return found

    _take_sign = _take_word

    def _wrong(self, expected: str, at: int | None = None) -> InvalidInput:
        token = self._now()
        place = at if at is not None else (token.at if token is not None else self._end)
        return InvalidInput(fields={self._name: f"at character {place + 1}: expected {expected}"})
