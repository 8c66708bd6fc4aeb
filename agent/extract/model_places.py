"""What to ask a model about a page about one thing: its cells, where one may hold what is looked for.

Pure; runs in a worker process. A cell is a place that a template can know again: beside a caption, or at a path where
one text stands. Texts are cut short and made one line; prose and what frames the page is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import lxml.html

from agent.extract.miner.chrome import Chrome
from agent.extract.miner.tree import LOOSE, build_tree
from agent.extract.places import LONG, Slot, form_of, slots_of
from agent.extract.placing import PlaceQuestion, ShownCell
from agent.extract.reading import Ask
from agent.extract.replay import setting_site
from agent.extract.setting import PageSetting, page_setting
from agent.extract.shown import one_line
from agent.extract.templates import HALF
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise
from domain.pages import Page
from domain.recognise import RECOGNISED
from domain.records import Candidate, is_told
from domain.templates import NamedBy, Place
from fetch.dom import UNSEEN, parse

CELL_CHARACTERS = 60  # of a cell: what is longer tells by its beginning what it is
CALLED_CHARACTERS = 24
ITEMS_SHOWN = 3  # of a list
MOST_CELLS = 40  # of one page: 20 tokens each
MOST_KNOWN = 6  # texts that the rules read, shown besides
MOST_TEXTS = 50  # looked at of one place
MOST_PLACES = 400  # looked at of one page
_NOT_IN_TEXT = frozenset({FieldKind.URL, FieldKind.IMAGE})  # addresses are not in what is seen
_LEADING = frozenset({"a", "h2", "h3", "h4", "h5", "h6"})
_LABELS = frozenset({"dt", "th", "td", "label"})
_PRESSED = frozenset({"button", "option", "select", "label", "summary", "caption"})

Key = tuple[str, str]  # caption and path


def places_to_name(
    page: Page, ask: Ask, fields: tuple[Field, ...], candidates: tuple[Candidate, ...]
) -> PlaceQuestion | None:
    """The question about a page's cells, None where the page tells in sentences. `candidates` are what the rules read:
    what they have is shown as known."""
    wanted = tuple(field for field in fields if field.kind not in _NOT_IN_TEXT and not field.children)
    if not wanted:
        return None
    root = parse(page.html)
    setting = page_setting(page, root, ask)
    slots = slots_of(root)
    framed = _framed(root)
    told = _texts_of(candidates)
    kept = [slot for slot in _cells(slots) if slot.element not in framed and _says_more(slot.text, told)]
    keys = list(dict.fromkeys((slot.caption, slot.path) for slot in kept))[:MOST_PLACES]
    texts_at = _texts_at(slots, keys)
    cells = {key: _shown(key, texts_at[key], wanted, setting) for key in keys}
    hopeful = [cell for cell in cells.values() if cell.holds]
    shown = _likeliest(hopeful)
    is_whole = (
        all(len(slot.text) <= CELL_CHARACTERS for slot in kept)
        and len(shown) == len(hopeful)
        and len(keys) < MOST_PLACES
        and not any(_may_be_in(texts_at[key], wanted, setting) for key in keys if not cells[key].holds)
        and not _has_more(root, slots)
    )
    if not is_whole and not any(_is_short(cell) for cell in shown):
        return None
    raws = dict.fromkeys(value.raw for each in candidates for value in each.fields.values() if is_told(value))
    return PlaceQuestion(
        site=setting_site(setting),
        entity=ask.entity or "thing",
        fields=wanted,
        cells=shown,
        known=tuple(one_line(raw, CELL_CHARACTERS) for raw in raws if raw)[:MOST_KNOWN] if is_whole else (),
        is_whole=is_whole,
    )


def _texts_at(slots: Sequence[Slot], keys: Sequence[Key]) -> dict[Key, list[Slot]]:
    """The different texts at each of these places, in page order."""
    found: dict[Key, dict[str, Slot]] = {key: {} for key in keys}
    for slot in slots:
        of_place = found.get((slot.caption, slot.path))
        if of_place is not None:
            of_place.setdefault(fold(slot.text), slot)
    return {key: list(texts.values()) for key, texts in found.items()}


def _likeliest(cells: Sequence[ShownCell]) -> tuple[ShownCell, ...]:
    """As many as a model is to see, in page order."""
    chosen = set(sorted(range(len(cells)), key=lambda at: _rank(cells[at]))[:MOST_CELLS])
    return tuple(cell for at, cell in enumerate(cells) if at in chosen)


def _rank(cell: ShownCell) -> int:
    """Which cells are shown first, where there are more than a model is to see: what a caption names, what is no
    heading and no link, the rest."""
    if cell.place.caption:
        return 0 if _is_short(cell) else 1
    return 2 if cell.place.path.removesuffix("/~").rsplit("/", 1)[-1].split(".")[0] in _LEADING else 1


def _framed(root: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    """The elements that are there to find one's way."""
    tree = build_tree(root)
    chrome = Chrome(tree)
    return {node.element for node in tree.root.walk() if node.tag != LOOSE and chrome.depth(node) > 0}


def _says_more(text: str, told: set[str]) -> bool:
    return any(map(str.isalnum, text)) and fold(text) not in told


def _texts_of(candidates: Sequence[Candidate]) -> set[str]:
    """What the rules read of the page, as it stands there."""
    told = [value for each in candidates for value in each.fields.values() if is_told(value)]
    return {fold(text) for value in told for text in (value.raw, *(each.quote for each in value.evidence)) if text}


def _cells(slots: Sequence[Slot]) -> list[Slot]:
    """The texts of a page, each once: those beside a caption, and of the others those that no further element parts."""
    captioned = _innermost([slot for slot in slots if slot.caption])
    captions = {slot.caption for slot in captioned}
    paired = {slot.element for slot in captioned}
    said = {fold(slot.text) for slot in captioned}
    # What stands once, and before another text, may be a value itself.
    repeated = {path for path, times in Counter(slot.path for slot in slots).items() if times > 1}
    kept: list[Slot] = []
    for slot in slots:
        text = fold(slot.text)
        if slot.caption or slot.element in paired or text in said or slot.element.tag in _PRESSED:
            continue
        is_caption = text.strip(" :：#.*") in captions and (slot.path in repeated or slot.element.tag in _LABELS)
        is_line = slot.path.endswith("/~")
        if not is_caption and (_has_breaks(slot.element) if is_line else _has_words(slot.element)):
            kept.append(slot)
    order = {id(slot): place for place, slot in enumerate(slots)}
    return sorted((*captioned, *kept), key=lambda slot: order[id(slot)])


def _innermost(captioned: Sequence[Slot]) -> list[Slot]:
    """Without what only holds others: a caption may stand before all of a table, or open an element around its text."""
    around = {ancestor for slot in captioned for ancestor in slot.element.iterancestors()}
    once: dict[tuple[str, str], Slot] = {}
    for slot in captioned:
        if slot.element not in around:
            once.setdefault((slot.caption, fold(slot.text)), slot)
    return list(once.values())


def _has_words(element: lxml.html.HtmlElement) -> bool:
    """Whether it has text of its own, and not only that of elements in it."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _has_breaks(element: lxml.html.HtmlElement) -> bool:
    return any(child.tag == "br" for child in element)


def _shown(key: Key, slots: Sequence[Slot], fields: Sequence[Field], setting: PageSetting) -> ShownCell:
    caption, path = key
    texts = [slot.text for slot in slots[:MOST_TEXTS]]
    step = path.removesuffix("/~").rsplit("/", 1)[-1]
    return ShownCell(
        place=Place(
            caption=caption,
            path=path,
            forms=tuple(sorted({form_of(text) for text in texts})),
            named_by=NamedBy.MODEL,
        ),
        called=one_line(caption or step, CALLED_CHARACTERS),
        samples=tuple(one_line(text, CELL_CHARACTERS) for text in texts[:ITEMS_SHOWN]),
        count=len(slots),
        holds=frozenset(
            field.name
            for field in fields
            if len(slots) <= (MOST_TEXTS if field.many else 1)
            and all(_may_be(text, field, setting, is_named=bool(caption)) for text in texts)
        ),
    )


def _may_be(text: str, field: Field, setting: PageSetting, *, is_named: bool = False) -> bool:
    """Whether a text can be the field's value. Names, codes and amounts are no paragraphs, and for the most part what
    there is where no caption speaks for the rest."""
    if len(text) > LONG and field.kind not in {FieldKind.TEXT, FieldKind.DESCRIPTION}:
        return False
    if len(text) > CELL_CHARACTERS and field.kind in RECOGNISED:
        return False
    read = normalise(text, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)
    return read is not None and (is_named or len(read.raw) >= HALF * len(text))


def _may_be_in(slots: Sequence[Slot], fields: Sequence[Field], setting: PageSetting) -> bool:
    """Whether one of several texts at a place may be a field's: no template can tell which."""
    return any(_may_be(slot.text, field, setting) for slot in slots[:MOST_TEXTS] for field in fields)


def _is_short(cell: ShownCell) -> bool:
    """A page of nothing but paragraphs tells in sentences."""
    return any(not sample.endswith("…") for sample in cell.samples)


def _has_more(root: lxml.html.HtmlElement, slots: Sequence[Slot]) -> bool:
    """Whether the page has texts that are too long, or too far down, for a place."""
    known = {slot.element for slot in slots}
    body = root.find(".//body")
    return any(
        element not in known and _has_words(element)
        for element in (root if body is None else body).iter()
        if isinstance(element.tag, str) and element.tag not in UNSEEN
    )
