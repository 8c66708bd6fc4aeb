"""What an earlier run read at an address, found again on the page after its template changed: what stands where the old
values stand teaches the new places.

After Lerman, Minton and Knoblock, "Wrapper Maintenance: A Machine Learning Approach" (JAIR 18, 2003): a wrapper that
fails is induced anew from the values that it gave before.
"""

from __future__ import annotations

from collections.abc import Collection

import lxml.html

from agent.extract.places import slots_of
from agent.extract.reading import Ask, FoundValue
from agent.extract.setting import PageSetting
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise
from domain.records import Value

MAX_BESIDE = 16  # characters beside the value: a caption, a sign; more, and the text is a sentence that has it
LEAST = 2  # characters of a value: a shorter one stands anywhere

_ADDRESSES = frozenset({FieldKind.URL, FieldKind.IMAGE})


def remembered(
    root: lxml.html.HtmlElement, ask: Ask, setting: PageSetting, told: Collection[str]
) -> dict[str, FoundValue]:
    """The values that were read here before and that the page still shows, for the fields that nothing else told."""
    wanted = [
        field
        for field in ask.fields
        if field.name in ask.before and field.name not in told and not field.many and field.kind not in _ADDRESSES
    ]
    if not wanted:
        return {}
    slots = slots_of(root)
    found: dict[str, FoundValue] = {}
    for field in wanted:
        value = ask.before[field.name]
        standing = [slot for slot in slots if _says(slot.text, value, field, setting)]
        if standing:
            slot = min(standing, key=lambda slot: len(slot.text))
            found[field.name] = FoundValue(raw=slot.text, method=Method.TEMPLATE, source_path=xpath_of(slot.element))
    return found


def _says(text: str, value: Value, field: Field, setting: PageSetting) -> bool:
    if not len(str(value)) >= LEAST or len(text) > len(str(value)) + MAX_BESIDE:
        return False
    read = normalise(text, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)
    return read is not None and fold(str(read.value)) == fold(str(value))
