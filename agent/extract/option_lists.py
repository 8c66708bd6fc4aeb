"""What a form offers of one thing, as the rows of a table: the sizes or colours of a choice, with the price and the
code that each option carries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lxml.html

from agent.extract.columns import Cell, ColumnTable, column_table
from agent.extract.hidden import is_in_template
from agent.extract.vocabulary import canonical_name
from domain.evidence import Method
from domain.fields import Field, FieldKind, words_of
from domain.recognise import recognise
from fetch.dom import visible_text

LEAST = 2  # options: one is no choice
MAX_OPTIONS = 200
MAX_CHOICES = 40  # of one page
MAX_OPTION = 80  # characters of one that names a size or a colour

_CARRIED = {"data-price": "price", "data-sku": "sku", "data-variant-sku": "sku", "data-variant-price": "price"}
_JOINT = re.compile(r"[\s(]*[-–—|:+(]?\s*$")
_OF_CHOICES = frozenset(
    {"variant", "variants", "variation", "variations", "option", "options", "choice", "choices", "version", "versions"}
    | {"model", "models", "sku", "skus", "offer", "offers", "size", "sizes", "colour", "colours", "color", "colors"}
)
_NO_CHOICE = frozenset({"quantity", "price", "rating", "sku"})  # how many to buy, what to filter by
_CHROME = frozenset({"nav", "footer", "header"})


def option_tables(root: lxml.html.HtmlElement, field: Field) -> tuple[ColumnTable, ...]:
    """A table for each choice that is called what one of the field's parts is, fullest first."""
    if _OF_CHOICES.isdisjoint(words_of(field.name)):
        return ()
    parts = {canonical_name(child.name) or child.name: child.name for child in field.children}
    parts = {called: name for called, name in parts.items() if called not in _NO_CHOICE}
    found: list[ColumnTable] = []
    for choice in list(root.iter("select"))[:MAX_CHOICES]:
        name = next((parts[called] for called in _names_of(choice, root) if called in parts), "")
        if name and not is_in_template(choice) and not any(up.tag in _CHROME for up in choice.iterancestors()):
            rows = [row for option in list(choice.iter("option"))[:MAX_OPTIONS] if (row := _row(option, name))]
            if len(rows) >= LEAST:
                found.append(column_table(rows, method=Method.DETAIL, name=field.name))
    return tuple(sorted(found, key=lambda table: -len(table.columns)))


def _names_of(choice: lxml.html.HtmlElement, root: lxml.html.HtmlElement) -> Iterator[str]:
    """What a choice is called: by its label, its attributes, each as a whole and by its last word."""
    own = choice.get("id") or ""
    labels = [label for label in root.iter("label") if own and label.get("for") == own]
    labels += list(choice.iterancestors("label"))
    texts = [label.text or visible_text(label) for label in labels]
    texts += [choice.get(name) or "" for name in ("aria-label", "data-attribute_name", "name", "id")]
    for text in texts:
        words = words_of(text)
        for spelled in (" ".join(words), *words[-1:]):
            yield canonical_name(spelled) or spelled


def _row(option: lxml.html.HtmlElement, name: str) -> dict[str, Cell] | None:
    """What an option says; None for one that asks to choose, or is no choice of its own."""
    text = " ".join((option.text or "").split())
    if not text or len(text) > MAX_OPTION or option.get("value") == "" or option.get("disabled") is not None:
        return None
    row: dict[str, Cell] = {}
    price = recognise(FieldKind.PRICE, text)
    if price is not None:
        row["price"] = Cell(price.text, element=option)
        text = _JOINT.sub("", text[: price.start])
    if not text:
        return None
    row[name] = Cell(text, element=option)
    for attribute, part in _CARRIED.items():
        if part not in row and (told := option.get(attribute)):
            row[part] = Cell(told, attribute, element=option)
    return row


def fullest(tables: Sequence[ColumnTable]) -> tuple[ColumnTable, ...]:
    """The table that tells most; none where two tell as much: which sizes go with which colours is not said."""
    widths = [len(table.columns) for table in tables]
    return tuple(tables[:1]) if len(widths) == 1 or (len(widths) > 1 and widths[0] > widths[1]) else ()
