"""What the page shows its readers: heading, byline, date line, largest picture, and "label: value" pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import lxml.html
import msgspec

from agent.extract.definitions import Pair, plain_label
from agent.extract.detail.contact import shown_address, shown_hours
from agent.extract.detail.phones import linked_phone
from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.short_text import short_text
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

MAX_BYLINE = 80
OWN_CONCEPT = 0.9  # of the vocabulary's weights: a name of the field itself, not of a broader one
SMALL_IMAGE = 100  # pixels: icons and avatars

_SITE_MARK = re.compile(r"\s+[|–—·»-]\s+")
_MARKS = re.compile(r"\s*[|•·]\s*|\s+[—–-]\s+")
_PAIR = re.compile(r"(?P<label>[^\W\d_][^:：]{1,39})[:：]\s*(?P<value>\S.*)")
_BYLINE = re.compile(
    r"^(?:written |posted |recipe |words )?(?:by|von|par|por|di|door|af|av)[:\s]\s*(?P<name>\S.{1,60})$", re.I
)
_AUTHOR_CLASS = "//*[@rel='author' or contains(@class,'author') or contains(@class,'byline')]"
_NOT_PICTURES = re.compile(r"logo|icon|sprite|avatar|pixel|spacer|placeholder|blank|badge|banner|\.svg|^data:", re.I)
_DATE_FIELD = Field(name="date", kind=FieldKind.DATE)


def shown_value(scene: Scene, field: Field) -> FoundValue | None:
    """The value of a field as the page shows it, where it has a place of its own."""
    labelled = labelled_value(scene, field)
    if "hours" in concepts_of(field.name) and field.kind is FieldKind.TEXT:
        return shown_hours(scene) or labelled
    if labelled is not None:
        return labelled
    if field.kind is FieldKind.ADDRESS:
        return shown_address(scene)
    if field.kind is FieldKind.PHONE and not field.many:
        return linked_phone(scene, field)
    if is_yield(field):
        return shown_yield(scene.root, scene.elsewhere.is_told)
    names = concept_of(field).names
    if field.kind is FieldKind.TITLE or "title" in names:
        return _title(scene)
    if "author" in names:
        return _author(scene)
    if field.kind is FieldKind.DATE and "date" in names:
        return _date(scene)
    if field.kind in {FieldKind.IMAGE, FieldKind.URL} and "image" in names:
        return _image(scene)
    return None


def labelled_value(scene: Scene, field: Field) -> FoundValue | None:
    """The value beside a label that is a name of the field, where it is of the field's kind."""
    spoken = {fold(name) for name in concept_of(field).names}
    year = year_of(scene.page, scene.root) if field.kind is FieldKind.DATE else None
    translated = {fold(name) for name, weight in names_of(field) if weight >= OWN_CONCEPT}
    for names in (spoken, translated - spoken):
        for pair in _one_by_one(scene.pairs):
            is_named = plain_label(pair.label) in names
            if is_named and normalise(pair.value, field, base_url=scene.base_url, locale=scene.locale, year=year):
                return paired_value(scene, pair, many=field.many)
    return None


def _one_by_one(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs, and those that share the line of one: "Préparation : 20 min — Cuisson : 35 min"."""
    for pair in pairs:
        first, *others = _MARKS.split(pair.value)
        further = [(match["label"].strip(), match["value"]) for each in others if (match := _PAIR.fullmatch(each))]
        if any(canonical_name(label) for label, _ in further):
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
        named = msgspec.structs.replace(named, conflicts=(shown,))
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


def _author(scene: Scene) -> FoundValue | None:
    tree = scene.root.getroottree()
    for element in scene.root.xpath(_AUTHOR_CLASS)[:20]:
        text = _line(element)
        if 2 < len(text) <= MAX_BYLINE and not scene.elsewhere.is_told(element):
            named = _BYLINE.match(text)
            raw = named["name"] if named else text
            return FoundValue(raw=raw, method=Method.DETAIL, source_path=tree.getpath(element))
    for element in scene.root.iter("p", "span", "div", "address", "a"):
        if scene.elsewhere.is_told(element):
            continue
        if len(element) <= 3 and (named := _BYLINE.match(short_text(element, 2 * MAX_BYLINE)[: MAX_BYLINE + 1])):
            return FoundValue(raw=named["name"], method=Method.DETAIL, source_path=tree.getpath(element))
    return None


def _date(scene: Scene) -> FoundValue | None:
    tree = scene.root.getroottree()
    for element in scene.root.xpath(
        "//time[@datetime] | //time | //*[contains(@class,'date') or contains(@class,'byline')]"
    )[:20]:
        if scene.elsewhere.is_told(element):
            continue
        for attribute, raw in (("datetime", element.get("datetime") or ""), ("text", _line(element)[:MAX_BYLINE])):
            if raw and normalise(raw, _DATE_FIELD, locale=scene.locale) is not None:
                path = tree.getpath(element)
                return FoundValue(raw=raw, method=Method.DETAIL, source_path=path, attribute=attribute)
    return None


def _image(scene: Scene) -> FoundValue | None:
    """The largest picture by its stated size; of those without one, the first after the heading."""
    best: tuple[float, lxml.html.HtmlElement, str, str] | None = None
    heading_at = scene.order.get(scene.heading, 0) if scene.heading is not None else 0
    for element in scene.root.iter("img"):
        attribute, url = _picture(element)
        if not url or _NOT_PICTURES.search(url) or element in scene.elsewhere.of_others:
            continue
        width, height = (_pixels(element.get(side)) for side in ("width", "height"))
        if 0 < width < SMALL_IMAGE or 0 < height < SMALL_IMAGE:
            continue
        size = (width or 300.0) * (height or 300.0) - 30.0 * abs(scene.order[element] - heading_at)
        if best is None or size > best[0]:
            best = size, element, attribute, url
    if best is None:
        return None
    path = scene.root.getroottree().getpath(best[1])
    return FoundValue(raw=best[3], method=Method.DETAIL, source_path=path, attribute=best[2])


def _picture(element: lxml.html.HtmlElement) -> tuple[str, str]:
    """The attribute that holds a picture's address (lazy loading hides it), and the address."""
    for name in ("data-src", "data-lazy-src", "data-original", "src"):
        url = (element.get(name) or "").strip()
        if url and not url.startswith("data:"):
            return name, url
    return "src", ""


def _pixels(text: str | None) -> float:
    digits = re.match(r"\s*(\d{1,5})", text or "")
    return float(digits[1]) if digits else 0.0
