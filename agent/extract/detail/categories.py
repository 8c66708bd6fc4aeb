"""To which category a thing belongs, by the trail of links that leads from the site's home page to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.short_text import short_text
from agent.extract.detail.structured import as_list
from agent.extract.embedded.entities import Entity
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.folding import fold

MAX_STEP = 60  # characters of one step
MAX_STEPS = 12
MAX_LINKS = 40  # looked at in what is called a trail: pictures, and menus of their own beside the steps

_TRAIL = re.compile(r"(?<![a-z])bread-?_?crumbs?(?:-?list)?(?![a-z])", re.I)
_HOME = re.compile(
    r"(?:home(?: ?page)?|start(?:seite|sida)?|accueil|inicio|início|hem|hjem|forside|etusivu|strona główna|główna|"
    r"главная|головна|ホーム|トップ|首页|홈|shop|all|alle|back|zurück)",
    re.I,
)


def shown_category(scene: Scene, *, many: bool) -> FoundValue | None:
    """The last step before the thing itself, all of them where a list is asked. The home page is none."""
    steps = _of_data(scene.entities) or _of_page(scene)
    own = [step for step in steps if not _HOME.fullmatch(step.raw.strip(" »›>/")) and fold(step.raw) != scene.name]
    if not own:
        return None
    return as_list(tuple(own)) if many else own[-1]


def _of_data(entities: Sequence[Entity]) -> list[FoundValue]:
    """The steps of the one trail that the page's data tells: of several, none is sure to be the thing's."""
    trails = [each for top in entities for each in top.walk() if each.is_a("BreadcrumbList")]
    if len(trails) != 1:
        return []
    found = []
    for step in trails[0].nested("itemListElement")[:MAX_STEPS]:
        told = step.first("name") or next((item.first("name") for item in step.nested("item")), None)
        if told is not None and told.text:
            leaf = told.leaf
            found.append(
                FoundValue(raw=leaf.text, method=trails[0].method, source_path=leaf.path, attribute=leaf.attribute)
            )
    return found


def _of_page(scene: Scene) -> list[FoundValue]:
    """The links of what is called a trail."""
    for element in scene.root.iter("nav", "ol", "ul", "div", "p"):
        names = " ".join(element.get(name) or "" for name in ("class", "id", "aria-label"))
        if _TRAIL.search(names) and 1 <= len(links := _links(element)) <= MAX_STEPS:
            return [FoundValue(raw=text, method=Method.DETAIL, source_path=xpath_of(link)) for link, text in links]
    return []


def _links(element: lxml.html.HtmlElement) -> list[tuple[lxml.html.HtmlElement, str]]:
    """Of the first links of an element those with a short text; a trail has no more."""
    first = islice(element.iter("a"), MAX_LINKS)
    return [(link, text) for link in first if (text := short_text(link, MAX_STEP))]
