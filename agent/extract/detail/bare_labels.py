"""Values beside labels that no markup, no colon joins to them: `<span class=label>Brand</span><span>Acme</span>`, and
counts before what they count: "3 bedrooms".

Only a text that is called exactly what is asked is a label here. What has no form of its own (a brand) is read where a
class or an element says that its neighbour is a label; what has (a time, a number) wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import lxml.html

from agent.extract.definitions import Pair
from agent.extract.detail.bare_texts import NOT_SAID
from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import is_concept
from agent.extract.detail.texts import MAX_SHOWN
from agent.extract.hidden import is_hidden, is_in_template
from agent.extract.vocabulary import canonical_name
from domain.fields import Field, FieldKind

WRAPPED = 2  # elements of its own that a label may be in
LEAST_ALIKE = 2  # rows of one label and one value: then they are a list of them

_LABELS = frozenset({"b", "strong", "label", "th", "h3", "h4", "h5", "h6"})
_CALLED_LABEL = re.compile(
    r"(?:^|[-_\s])(?:label|key|caption|term|heading|attr(?:ibute)?(?:[-_]?name)?|spec(?:[-_]?name)?|prop(?:erty)?"
    r"(?:[-_]?name)?|fieldname|title)s?(?:$|[-_\s])",
    re.I,
)
_FORMLESS = frozenset(
    {FieldKind.TEXT, FieldKind.TITLE, FieldKind.DESCRIPTION, FieldKind.PERSON, FieldKind.ADDRESS, FieldKind.IDENTIFIER}
)
_UNREAD = frozenset({FieldKind.URL, FieldKind.IMAGE})  # any text would be one
_COUNTS = frozenset({FieldKind.INTEGER, FieldKind.NUMBER})
_COUNTED = frozenset({"bedrooms", "bathrooms", "rooms", "parking", "seats", "pages"})


def bare_pairs(scene: Scene, field: Field, names: Collection[str]) -> Iterator[Pair]:
    """What stands right behind a label that is one of these names (folded), then numbers that stand before it."""
    if field.kind in _UNREAD:
        return
    counts: list[Pair] = []
    is_counted = field.kind in _COUNTS or canonical_name(field.name) in _COUNTED
    for said in scene.bare_texts.called(names):
        if said.count is None:
            yield from _behind(scene, field, said.element, said.text)
        elif is_counted:
            counts.append(Pair(said.text, said.count, said.element))
    yield from counts


def _behind(scene: Scene, field: Field, label: lxml.html.HtmlElement, text: str) -> Iterator[Pair]:
    """What follows a label in its line or block, where it is short and no label itself."""
    at = label
    for _ in range(WRAPPED):
        parent = at.getparent()
        if parent is None or (at.getnext() is not None or (at.tail or "").strip()):
            break
        at = parent
    following, holder = at.getnext(), at.getparent()
    if following is None or holder is None or (at.tail or "").strip(" \t\r\n:：") or _is_apart(at):
        return
    whole = scene.texts.of(holder)
    rest = " ".join(whole[len(text) :].split()) if whole.startswith(text) and len(whole) <= MAX_SHOWN else ""
    value = (rest or scene.texts.of(following)).strip(" :：")
    if not 0 < len(value) <= MAX_SHOWN or _is_label(value) or is_hidden(following):
        return
    if field.kind in _FORMLESS and not _is_marked(label, at, holder):
        return
    yield Pair(text, value, following)


def _is_apart(element: lxml.html.HtmlElement) -> bool:
    """Whether an element is for finding one's way or for filling in, or is not there yet."""
    return is_in_template(element) or any(up.tag in NOT_SAID for up in (element, *element.iterancestors()))


def _is_label(text: str) -> bool:
    return bool(canonical_name(text)) or is_concept(text)


def _is_marked(label: lxml.html.HtmlElement, at: lxml.html.HtmlElement, holder: lxml.html.HtmlElement) -> bool:
    """Whether a class or an element says that a text is a label, or it is one of a list of rows of two."""
    if label.tag in _LABELS or _CALLED_LABEL.search(f"{label.get('class') or ''} {at.get('class') or ''}"):
        return True
    around = holder.getparent()
    if around is None or len(holder) != LEAST_ALIKE:
        return False
    alike = [row for row in around.iterchildren(str(holder.tag)) if len(row) == len(holder)]
    return len(alike) >= LEAST_ALIKE and all(
        [cell.tag for cell in row] == [cell.tag for cell in holder] for row in alike
    )
