"""What the page shows its readers under labels and in places of its own: the heading, and what has a finder each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import lxml.html
import msgspec

from agent.extract.definitions import Pair, plain_label
from agent.extract.detail.authors import in_list, shown_authors
from agent.extract.detail.bare_labels import bare_pairs
from agent.extract.detail.categories import shown_category
from agent.extract.detail.contact import shown_address, shown_hours
from agent.extract.detail.days import shown_day
from agent.extract.detail.phones import shown_phone
from agent.extract.detail.pictures import shown_picture
from agent.extract.detail.ratings import shown_count, shown_rating
from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of, is_concept
from agent.extract.detail.structured import as_list, of_entities, of_metas
from agent.extract.detail.yields import is_yield, shown_yield
from agent.extract.reading import FoundValue
from agent.extract.setting import year_of
from agent.extract.vocabulary import canonical_name, concepts_of, names_of
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise
from domain.urls import host_of, is_http
from fetch.dom import title_of, visible_text

OWN_CONCEPT = 0.9  # of the vocabulary's weights: a name of the field itself, not of a broader one

_SITE_MARK = re.compile(r"\s+[|–—·»-]\s+")
_MARKS = re.compile(r"\s*[|•·]\s*|\s+[—–/-]\s+")
_PAIR = re.compile(r"(?P<label>[^\W\d_][^:：]{1,39})[:：]\s*(?P<value>\S.*)")
_TOTALS = frozenset({"total", "gesamt", "insgesamt", "totale", "totaal", "razem", "всего", "итого", "合計"})
_COUNTS = frozenset({FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.RATING})


def shown_value(scene: Scene, field: Field) -> FoundValue | None:
    """The value of a field as the page shows it, where it has a place of its own."""
    labelled = labelled_value(scene, field)
    if "hours" in concepts_of(field.name) and field.kind is FieldKind.TEXT:
        return shown_hours(scene) or labelled
    if labelled is not None:
        is_list = field.many and "author" in concept_of(field).names
        return in_list(labelled) if is_list else labelled
    if field.kind is FieldKind.ADDRESS:
        return shown_address(scene)
    if field.kind is FieldKind.PHONE and not field.many:
        return shown_phone(scene, field)
    if is_yield(field):
        return shown_yield(scene.root, scene.elsewhere.is_told)
    names = concept_of(field).names
    if field.kind is FieldKind.TITLE or "title" in names:
        return _title(scene)
    if "author" in names:
        return shown_authors(scene, field)
    if field.kind is FieldKind.DATE and ("date" in names or "modified" in names):
        return shown_day(scene, of_change="modified" in names)
    if field.kind in {FieldKind.IMAGE, FieldKind.URL} and "image" in names:
        return shown_picture(scene)
    return _shown_judgement(scene, field) or _shown_place(scene, field)


def _shown_judgement(scene: Scene, field: Field) -> FoundValue | None:
    """What others think of the thing, and how many."""
    names = concept_of(field).names
    if field.kind is FieldKind.RATING and "rating" in names:
        return shown_rating(scene)
    if field.kind in _COUNTS and "review count" in names and not field.many:
        return shown_count(scene)
    return None


def _shown_place(scene: Scene, field: Field) -> FoundValue | None:
    """Where in its site the page stands, as its trail says."""
    is_text = field.kind is FieldKind.TEXT
    return shown_category(scene, many=field.many) if is_text and "category" in concept_of(field).names else None


def labelled_value(scene: Scene, field: Field) -> FoundValue | None:
    """The value beside a label that is a name of the field, where it is of the field's kind."""
    spoken, translated = _names_of(field)
    year = year_of(scene.page, scene.root) if field.kind is FieldKind.DATE else None
    for names in (spoken, translated - spoken):
        marked = (pair for pair in _one_by_one(scene.pairs) if plain_label(pair.label) in names)
        for pair in (*marked, *bare_pairs(scene, field, names)):
            if normalise(pair.value, field, base_url=scene.base_url, locale=scene.locale, year=year):
                return paired_value(scene, pair, many=field.many)
    return None


def _names_of(field: Field) -> tuple[set[str], set[str]]:
    """What labels call a field, folded: by its own names, and by those of its concept in other languages. The time of
    a part is none of the whole: "cook time" is a name of its own."""
    concept = concept_of(field)
    translated = {name for name, weight in names_of(field) if weight >= OWN_CONCEPT}
    if field.kind is FieldKind.DURATION:
        own = canonical_name(field.name)
        translated = {name for name in translated if canonical_name(name) == own}
        translated |= _TOTALS if "total time" in concept.names else frozenset()
    return {fold(name) for name in concept.names}, {fold(name) for name in translated}


def _one_by_one(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs, and those that share the line of one: "Préparation : 20 min — Cuisson : 35 min"."""
    for pair in pairs:
        first, *others = _MARKS.split(pair.value)
        further = [(match["label"].strip(), match["value"]) for each in others if (match := _PAIR.fullmatch(each))]
        if any(canonical_name(label) or is_concept(label) for label, _ in further):
            yield pair._replace(value=first)
            yield from (pair._replace(label=label, value=value, items=()) for label, value in further)
        else:
            yield pair


def paired_value(scene: Scene, pair: Pair, *, many: bool) -> FoundValue:
    """What stands beside a label; all of it where a list is asked."""
    path = scene.root.getroottree().getpath(pair.element)
    texts = (pair.items or (pair.value,)) if many else (pair.value,)
    found = tuple(FoundValue(raw=text, method=Method.DEFINITIONS, source_path=path) for text in texts)
    return as_list(found) if many else found[0]


def _line(element: lxml.html.HtmlElement) -> str:
    return " ".join(visible_text(element).split())


def title_of_thing(scene: Scene, field: Field) -> FoundValue | None:
    """The name that the data gives, without what the site adds to it ("Mug | Tea House"); what stands in the heading is
    never such an addition."""
    named = of_entities(scene, field) or of_metas(scene, field)
    shown = _title(scene)
    if named is None:
        return shown
    if shown is not None and scene.is_another(named.raw):
        named = msgspec.structs.replace(named, conflicts=(shown,), chosen_for="the page's data name the thing so")
    parts = _SITE_MARK.split(named.raw)
    if len(parts) == 1:
        return named
    if shown is not None and scene.heading is not None and fold(named.raw).startswith(fold(shown.raw)):
        return shown
    site = fold(scene.metas.text("og:site_name")) if scene.metas else ""
    host = re.sub(r"[^a-z0-9]", "", host_of(scene.base_url)) if is_http(scene.base_url) else ""
    last = fold(parts[-1])
    if last == site or (len(last) > 3 and re.sub(r"[^a-z0-9]", "", last) in host):
        return msgspec.structs.replace(named, raw=named.raw[: named.raw.rindex(parts[-1])].rstrip(" |–—-·»:"))
    return named


def _title(scene: Scene) -> FoundValue | None:
    if scene.heading is not None:
        path = scene.root.getroottree().getpath(scene.heading)
        return FoundValue(raw=_line(scene.heading), method=Method.DETAIL, source_path=path)
    title = title_of(scene.root)
    return FoundValue(raw=title, method=Method.DETAIL, source_path="/html/head/title") if title else None
