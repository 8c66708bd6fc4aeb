"""Lists as a page shows them: under the heading that names them, in list items, rows of boxes, paragraphs or lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import Concept, concept_of
from agent.extract.detail.structured import as_list
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, words_of
from domain.folding import fold
from fetch.dom import visible_text

MAX_ITEMS = 300  # of one list
MAX_HEADING = 60  # characters; a longer line is prose
MAX_WORDS = 6  # of a heading that names a list somewhere within
MAX_HEADINGS = 30  # of one name on a page, looked at
MAX_AFTER = 40  # elements between a heading and its list
WRAPPED = 7  # elements of its own that a heading may be in
MAX_BOX = 120  # characters of a box that is one item, amount and name
PROSE_WORDS = 5  # a step has as many; an ingredient or a link in a menu often has fewer
LEAST_SCORE = 1.0
BAR_WORDS = 3  # beside its buttons: "Scale 1x 2x 3x"

_LEVELS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HEADED_BY = (*sorted(_LEVELS), "strong", "b", "p", "div", "span", "dt", "th")
_CONTROLS = frozenset(
    {"button", "select", "option", "label", "input", "textarea", "svg", "script", "style", "noscript"}
)
_CHROME = frozenset({"nav", "footer", "header", "aside"})
_BODY = frozenset({"main", "article"})
NUMBERED = re.compile(r"^\s*(?:step\s*)?\d{1,2}\s*[.):]\s+(?=\S)", re.I)
ONLY_NUMBER = re.compile(r"\s*(?:step|schritt|étape|paso|passo|stap|krok|trin|steg)?\s*\d{1,2}\s*[.):]?\s*", re.I)
_COUNTED = re.compile(
    r"\s*(?:(?:step|schritt|étape|paso|passo|stap|krok|trin|steg|шаг)\s*)?(\d{1,2})\s*[.):]?\s+(?=[^\W\d_])", re.I
)
_TICK = re.compile(r"^[▢□☐☑☒◻◽⬜✓✔•‣●○◦▪▫]\s*(?=\S)")  # a box to tick, drawn with a letter
_AMOUNT = re.compile(r"\s*(?:\d|[¼-¾⅐-⅞]|an? |one |two |half |ein |eine |une? |uma? |pinch|handful|prise|etwas )", re.I)
_ONLY_AMOUNT = re.compile(r"(?:ca\.? |about )?[\d¼-¾⅐-⅞][\d¼-¾⅐-⅞.,/ –-]*\s?[^\W\d]{0,12}\.?", re.I)

# What headings call the two lists that people ask for most, in the languages of most recipe sites.
_NAMED = {
    "ingredients": re.compile(
        r"\b(?:ingredi[eë]nt(?:s|en|er|i|es|e)?|zutaten|ingr[ée]dients?|składniki|ingrediencje|ingredienser|suroviny|"
        r"sastojci|sestavine|hozzávalók|aine(?:kse|osa)t|ингредиенты|інгредієнти|съставки|продукти|συστατικά|υλικά|"
        r"malzemeler|you(?:'|’)?ll need|what you need)\b|材料|재료|食材",
        re.I,
    ),
    "instructions": re.compile(
        r"\b(?:instructions?|directions?|method|preparation|steps?|[ée]tapes?|pasos|passaggi|passos|stappen|"
        r"how to (?:make|cook|bake|prepare)|zubereitung|"
        r"anleitung|préparation|instrucciones|preparación|elaboración|preparazione|procedimento|bereiding(?:swijze)?|"
        r"modo de prepar\w+|przygotowanie|sposób (?:przygotowania|wykonania)|приготовление|приготування|приготвяне|"
        r"εκτέλεση|elkészítés|fremgangsmåde|gør sådan|gör så här|så här gör du|slik gjør du|tillagning|tillaga|"
        r"valmistus(?:ohje)?|hazırlanışı|yapılışı|postup|priprema|priprava)\b|作り方|만드는|做法",
        re.I,
    ),
}
# What stands after the two on the page of a recipe: it is part of neither.
_ANOTHER_PART = re.compile(
    r"(?:recipe |cook'?s? |chef'?s )?(?:notes?|tips?|nutrition(?:al)?(?: (?:info(?:rmation)?|facts|values?))?|"
    r"equipment|video|comments?|reviews?|faqs?|storage|related recipes|you may also like|nährwerte|"
    r"tipps?|hinweise?|notizen|kommentare|astuces?|valeurs nutritionnelles|commentaires|notas?|consejos|"
    r"comentarios|note|consigli|commenti|"
    r"opmerkingen|voedingswaarden?|tips en trucs|wskazówki|tipy)",
    re.I,
)


class _Item(NamedTuple):
    """`text` is the item as it is told, `raw` as it stands on the page."""

    element: lxml.html.HtmlElement
    text: str
    raw: str


class _Under(NamedTuple):
    """The items under one heading, and how well both fit what is asked."""

    score: float
    items: tuple[_Item, ...]


def shown_list(scene: Scene, field: Field) -> FoundValue | None:
    """The items under the heading that names the field; of several such, those that look most like what is asked."""
    concept = concept_of(field)
    best: _Under | None = None
    for heading in _headings(scene, _pattern(concept)):
        items = tuple(_items_after(scene, heading, concept))[:MAX_ITEMS]
        if len(items) < 2:
            continue
        score = _fit(heading, items, concept)
        if score >= LEAST_SCORE and (best is None or score > best.score):
            best = _Under(score, items)
    if best is None:
        return None
    tree = scene.root.getroottree()
    return as_list(
        tuple(
            FoundValue(
                raw=item.raw,
                method=Method.DETAIL,
                source_path=tree.getpath(item.element),
                value=None if item.text == item.raw else item.text,
            )
            for item in best.items
        )
    )


def _kind(concept: Concept) -> str:
    return next((name for name in _NAMED if name in concept.names), "")


def _pattern(concept: Concept) -> re.Pattern[str]:
    if kind := _kind(concept):
        return _NAMED[kind]
    names = "|".join(re.escape(" ".join(words_of(name))) for name in concept.names)
    return re.compile(rf"^(?:{names})\b", re.I)


def _headings(scene: Scene, named: re.Pattern[str]) -> list[lxml.html.HtmlElement]:
    found: list[lxml.html.HtmlElement] = []
    for element in scene.root.iter(*_HEADED_BY):
        text = _line(element) if len(element) < 4 else ""
        if 2 <= len(text) <= MAX_HEADING and len(text.split()) <= MAX_WORDS and named.search(fold(text)):
            if found and found[-1] in element.iterancestors():
                found.pop()  # the innermost says it
            found.append(element)
            if len(found) >= MAX_HEADINGS:
                break
    return found


def _line(element: lxml.html.HtmlElement) -> str:
    text = "".join(element.itertext())
    return " ".join(text.split()) if len(text) <= 4 * MAX_HEADING else ""


def _fit(heading: lxml.html.HtmlElement, items: Sequence[_Item], concept: Concept) -> float:
    """How likely these items are the list: by how the heading says it, where it stands, and what the items are."""
    said = fold(_line(heading)).strip(" :.")
    named = _pattern(concept).search(said)
    score = 1.5
    if named is not None:
        score += 1.0 * (len(named[0]) >= 0.8 * len(said)) + 0.5 * (named.start() == 0)
    score += 0.5 * (heading.tag in _LEVELS or _is_in_level(heading))
    score -= 3.0 * _is_chrome(heading) + 3.0 * _is_link(heading)
    score -= 3.0 * sum(_is_link(item.element) or _is_all_link(item) for item in items) / len(items)
    amounts = sum(bool(_AMOUNT.match(item.text)) for item in items) / len(items)
    prose = sum(len(item.text.split()) >= PROSE_WORDS or len(item.text) > MAX_HEADING for item in items) / len(items)
    if _kind(concept) == "ingredients":
        long = sum(len(item.text) > 2 * MAX_BOX for item in items) / len(items)
        score += 1.5 * amounts - 2.0 * long
    elif _kind(concept) == "instructions":
        score += 2.0 * prose - 2.0 * amounts - 2.0 * (prose < 0.3)
    return score


def _is_in_level(element: lxml.html.HtmlElement) -> bool:
    return next(element.iterancestors(*_LEVELS), None) is not None


def _is_chrome(element: lxml.html.HtmlElement) -> bool:
    around = next((up.tag for up in element.iterancestors() if up.tag in _CHROME or up.tag in _BODY), "")
    return around in _CHROME


def _is_link(element: lxml.html.HtmlElement) -> bool:
    return any(
        up.tag == "a" and not (up.get("href") or "#").startswith("#") for up in (element, *element.iterancestors())
    )


def _is_all_link(item: _Item) -> bool:
    links = [link for link in item.element.iter("a") if not (link.get("href") or "#").startswith("#")]
    return len(links) == 1 and len(_line(links[0])) >= 0.9 * len(item.text)


def _items_after(scene: Scene, heading: lxml.html.HtmlElement, concept: Concept) -> Iterator[_Item]:
    """The items between a heading and what stands next to it on the page: a heading of its level or above, or one that
    names another part of the same thing."""
    block = heading
    for _ in range(WRAPPED):
        siblings = _until_next(block, heading.tag)
        if any(_says(sibling) and not _is_bar(sibling) for sibling in siblings):
            items = _before_another_part(siblings, concept)
            if items:
                yield from items
                return
        parent = block.getparent()
        if parent is None or parent.tag == "body":
            return
        block = parent


def _says(element: lxml.html.HtmlElement) -> bool:
    return any(text.strip() for text in element.itertext())


def _is_bar(element: lxml.html.HtmlElement) -> bool:
    """Whether an element holds buttons, and hardly a word beside them: to scale a list, to copy it."""
    pressed = [" ".join(button.itertext()) for button in element.iter("button", "select")]
    if not pressed or next(element.iter("li", "p"), None) is not None:
        return False
    return len(" ".join(element.itertext()).split()) - len(" ".join(pressed).split()) <= BAR_WORDS


def _until_next(block: lxml.html.HtmlElement, heading_tag: str) -> list[lxml.html.HtmlElement]:
    found: list[lxml.html.HtmlElement] = []
    for sibling in block.itersiblings():
        # A heading of the same level or above ends it; what is set as a bold line or a div ends at any heading.
        is_heading = sibling.tag in _LEVELS and (heading_tag not in _LEVELS or sibling.tag <= heading_tag)
        if is_heading and found:
            break
        if not is_heading and isinstance(sibling.tag, str):
            found.append(sibling)
        if len(found) >= MAX_AFTER:
            break
    return found


def _before_another_part(siblings: Sequence[lxml.html.HtmlElement], concept: Concept) -> list[_Item]:
    """The items of the lists in these elements; without lists, of rows of boxes alike; else their lines."""
    kind = _kind(concept)
    others = [pattern for name, pattern in _NAMED.items() if name != kind] if kind else []
    told: list[lxml.html.HtmlElement] = []  # the pieces of the page before another part, outermost first
    for sibling in siblings:
        whole = _pieces(sibling, others, told)
        if not whole:
            break
    lists = [item for piece in told for item in _list_items(piece)]
    boxes = [item for piece in told for item in _boxes(piece)] if kind == "ingredients" and not lists else []
    items = _once(lists or boxes or [item for piece in told for item in _lines(piece)])
    return _uncounted(items) if kind == "instructions" else items


def _uncounted(items: list[_Item]) -> list[_Item]:
    """The items without the numbers that count them, where every one has its own: "Step 2 Drain"."""
    counts = [_COUNTED.match(item.text) for item in items]
    if len(items) < 2 or any(found is None or int(found[1]) != at for at, found in enumerate(counts, 1)):
        return items
    return [item._replace(text=item.text[found.end() :]) for item, found in zip(items, counts, strict=True) if found]


def _once(items: list[_Item]) -> list[_Item]:
    """The items, the first half alone where the second repeats it: the same for a narrow screen."""
    half = len(items) // 2
    texts = [item.text for item in items]
    return items[:half] if half > 1 and texts[:half] == texts[half:] else items


def _pieces(
    element: lxml.html.HtmlElement, others: Sequence[re.Pattern[str]], told: list[lxml.html.HtmlElement]
) -> bool:
    """Adds an element to `told`, or those of its parts that stand before another part of the page begins. False where
    one does. What names another part before anything else was said is one of several tabs, and is passed over."""
    if _begins_another(element, others):
        return not told
    within = [part for part in element.iter(*_LEVELS, "strong", "b", "p") if _begins_another(part, others)]
    if not within:
        if _says(element) and element.tag not in _CONTROLS:
            told.append(element)
        return True
    return all(_pieces(child, others, told) for child in element if isinstance(child.tag, str))


def _begins_another(element: lxml.html.HtmlElement, others: Sequence[re.Pattern[str]]) -> bool:
    if not others or len(element) > 3:
        return False
    text = fold(_line(element)).strip(" :.")
    if not 2 < len(text) <= MAX_HEADING or len(text.split()) > MAX_WORDS:
        return False
    if _ANOTHER_PART.fullmatch(text):
        return True
    named = next((found for pattern in others if (found := pattern.search(text))), None)
    return named is not None and (element.tag in _LEVELS or len(named[0]) >= 0.5 * len(text))


def _list_items(block: lxml.html.HtmlElement) -> Iterator[_Item]:
    for item in block.iter("li"):
        if item.find(".//li") is None and (text := _TICK.sub("", " ".join(visible_text(item).split()))):
            yield _Item(item, text, text)


def _boxes(block: lxml.html.HtmlElement) -> list[_Item]:
    """Short boxes alike, each with an item's amount and name in elements of their own; in one column or several."""
    found: list[_Item] = []
    for around in block.iter():
        children = [child for child in around if isinstance(child.tag, str) and _says(child)]
        if len(children) < 3 or len({(child.tag, child.get("class")) for child in children}) > 1:
            continue
        texts = [[line for line in visible_text(child).split("\n") if line.strip()] for child in children]
        if max(sum(map(len, lines)) for lines in texts) <= MAX_BOX and sum(len(lines) == 2 for lines in texts) > 1:
            found += [
                _Item(child, _amount_first(lines), " ".join(lines))
                for child, lines in zip(children, texts, strict=True)
            ]
    return found


def _amount_first(lines: Sequence[str]) -> str:
    if len(lines) == 2 and _ONLY_AMOUNT.fullmatch(lines[1]) and not _AMOUNT.match(lines[0]):
        return f"{lines[1]} {lines[0]}"
    return " ".join(lines)


def _lines(block: lxml.html.HtmlElement) -> Iterator[_Item]:
    pressed = {_line(control) for control in block.iter(*_CONTROLS)}
    for line in visible_text(block).split("\n"):
        if line not in pressed and not ONLY_NUMBER.fullmatch(line):
            text = NUMBERED.sub("", line)
            yield _Item(block, text, text)
