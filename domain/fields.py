"""What is asked of a record: named, typed fields."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.remembering import remembered

MAX_FIELDS = 60  # a schema wider than any page we know; bounds the columns x fields matrix
MAX_NAME = 64


class FieldKind(StrEnum):
    """What a value is about. It chooses the recogniser, the normal form and the JSON type."""

    TEXT = "text"
    TITLE = "title"
    DESCRIPTION = "description"
    PERSON = "person"
    ADDRESS = "address"
    NUMBER = "number"
    INTEGER = "integer"
    PRICE = "price"
    CURRENCY = "currency"
    RATING = "rating"
    BOOLEAN = "boolean"
    DATE = "date"
    DURATION = "duration"
    IDENTIFIER = "identifier"
    AVAILABILITY = "availability"
    URL = "url"
    IMAGE = "image"
    EMAIL = "email"
    PHONE = "phone"


# The short type names that callers write (`price:number`, `{"title": "string"}`), and JSON Schema's formats.
KIND_OF_TYPE_NAME: dict[str, FieldKind] = {
    "string": FieldKind.TEXT,
    "str": FieldKind.TEXT,
    "float": FieldKind.NUMBER,
    "int": FieldKind.INTEGER,
    "bool": FieldKind.BOOLEAN,
    "datetime": FieldKind.DATE,
    "date-time": FieldKind.DATE,
    "uri": FieldKind.URL,
    "link": FieldKind.URL,
    "money": FieldKind.PRICE,
    "id": FieldKind.IDENTIFIER,
} | {kind.value: kind for kind in FieldKind}

# A name says more than "string" or "number" does. First match wins; words of the name, singular, lower case.
_KIND_OF_WORD: tuple[tuple[frozenset[str], FieldKind], ...] = (
    (frozenset({"email", "mail"}), FieldKind.EMAIL),
    (frozenset({"phone", "telephone", "tel", "mobile", "fax"}), FieldKind.PHONE),
    (frozenset({"image", "photo", "picture", "logo", "thumbnail"}), FieldKind.IMAGE),
    (frozenset({"url", "link", "links", "website", "homepage", "site"}), FieldKind.URL),
    (frozenset({"currency"}), FieldKind.CURRENCY),
    (frozenset({"price", "cost", "salary", "rent", "fee", "amount", "tuition"}), FieldKind.PRICE),
    (frozenset({"rating", "stars", "score"}), FieldKind.RATING),
    (frozenset({"date", "start", "end", "published", "deadline", "when", "birthday"}), FieldKind.DATE),
    (frozenset({"duration"}), FieldKind.DURATION),
    (
        frozenset({"sku", "isbn", "gtin", "ean", "upc", "asin", "docket", "mpn", "id", "identifier"}),
        FieldKind.IDENTIFIER,
    ),
    (frozenset({"availability", "stock"}), FieldKind.AVAILABILITY),
    (frozenset({"address", "location", "street"}), FieldKind.ADDRESS),
    (frozenset({"description", "summary", "abstract", "bio"}), FieldKind.DESCRIPTION),
    (frozenset({"author", "founder", "ceo", "host", "speaker", "artist", "director"}), FieldKind.PERSON),
    (frozenset({"count", "reviews", "population", "employees", "quantity"}), FieldKind.INTEGER),
    (frozenset({"title", "name", "headline"}), FieldKind.TITLE),
)
_NUMERIC = frozenset({FieldKind.NUMBER, FieldKind.INTEGER})
# "time" closes a duration in "cook_time"; alone, or as an opening hour, it is text.
_DURATION_NAME = re.compile(r"(?:cook|prep|total|preparation|baking|running|travel)[ _-]?time", re.I)
# "number" alone counts; that of a case, a file or an appeal names it.
_CASE_NUMBER = re.compile(r"(?:case|file|cause|appeal)[ _-]?(?:number|no|nr)s?", re.I)


class JsonType(StrEnum):
    """The JSON type that a caller wants a value told in."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One asked field.

    `many`: the value is a list of `kind`. `children`: the value is an object (or list of objects) with these fields.
    `synonyms`: other names that pages use for it, the caller's or the planner's; the vocabulary adds its own.
    `told_as`: the JSON type of the value in nested output; None is the kind's own. `choices`: the only values it has
    there; empty leaves it free.
    """

    name: str
    kind: FieldKind = FieldKind.TEXT
    many: bool = False
    required: bool = False
    description: str = ""
    synonyms: tuple[str, ...] = ()
    children: tuple[Field, ...] = ()
    told_as: JsonType | None = None
    choices: tuple[str | int | float, ...] = ()


@remembered(8_192)  # names of fields, captions and classes: few, and asked for again and again
def words_of(name: str) -> tuple[str, ...]:
    """`"documentURL"`, `"document_url"` and `"Document URL"` are all `("document", "url")`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(word for word in re.split(r"[\W_]+", spaced.lower()) if word)


def kind_of_name(name: str) -> FieldKind:
    """The kind that a field's name suggests; TEXT when it suggests none. The last telling word wins ("image url")."""
    if _DURATION_NAME.fullmatch(name):
        return FieldKind.DURATION
    if _CASE_NUMBER.fullmatch(name):
        return FieldKind.IDENTIFIER
    for word in reversed(words_of(name)):
        for telling, kind in _KIND_OF_WORD:
            if word in telling or (word.endswith("s") and word[:-1] in telling):
                return kind
    return FieldKind.TEXT


def make_field(name: str, type_name: str | None = None, **rest: object) -> Field:
    """A field from a name and, where the caller gave one, a type name.

    The name refines a vague type ("price", number -> PRICE) and never overrules a telling one ("rating", date -> DATE).
    A plural name of a list ("links", list) keeps its kind for the items.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise InvalidInput(fields={"fields": f"a field name has 1 to {MAX_NAME} characters, got {name[:80]!r}"})
    suggested = kind_of_name(name)
    wanted = (type_name or "").strip().lower()
    many = wanted in {"list", "array"} or wanted.endswith("[]")
    wanted = wanted.removesuffix("[]")
    if wanted in {"", "list", "array"}:
        kind = suggested
    elif wanted not in KIND_OF_TYPE_NAME:
        known = ", ".join(sorted({*KIND_OF_TYPE_NAME, "list"}))
        raise InvalidInput(fields={"fields": f"{name}: unknown type {wanted!r}; known are {known}"})
    else:
        kind = KIND_OF_TYPE_NAME[wanted]
        vague = kind is FieldKind.TEXT or (
            kind in _NUMERIC and suggested in {FieldKind.PRICE, FieldKind.RATING, FieldKind.DURATION}
        )
        if vague and suggested is not FieldKind.TEXT:
            kind = suggested
    return msgspec.structs.replace(Field(name=name, kind=kind, many=many), **rest)


def parse_fields(text: str) -> tuple[Field, ...]:
    """`"name,price:number,tags:list"` -> fields, as the command line writes them."""
    parts = [part.partition(":") for part in text.split(",") if part.strip()]
    return checked_fields(tuple(make_field(name, type_name or None) for name, _, type_name in parts))


def checked_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields, once their number and names are known to be good."""
    if len(fields) > MAX_FIELDS:
        raise InvalidInput(fields={"fields": f"at most {MAX_FIELDS} fields, got {len(fields)}"})
    names = [field.name.lower() for field in fields]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InvalidInput(fields={"fields": f"asked twice: {', '.join(doubled)}"})
    return fields


def flat_fields(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields without objects: `seller` with the children `name` and `phone` becomes `seller.name` and
    `seller.phone`. A list of objects stays what it is."""
    flat: list[Field] = []
    for field in fields:
        if not field.children or field.many:
            flat.append(field)
            continue
        flat += [
            msgspec.structs.replace(
                child, name=f"{field.name}.{child.name}", required=field.required and child.required
            )
            for child in flat_fields(field.children)
        ]
    return tuple(flat)
