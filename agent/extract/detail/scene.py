"""A page about one thing, with what every finder needs to know of it, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import lxml.html
from rapidfuzz import fuzz

from agent.extract.definitions import Pair, pairs
from agent.extract.detail.schema import concept_of
from agent.extract.embedded.entities import Entity
from agent.extract.reading import Ask
from domain.evidence import Method
from domain.fields import words_of
from domain.grounding import fold
from domain.pages import Page
from fetch.dom import title_of, visible_text

# Types that describe the page, its site or a part of a thing, and never what the page is about unless asked for.
_ABOUT_ELSE = frozenset(
    {
        *("website", "webpage", "breadcrumblist", "listitem", "organization", "person", "imageobject", "searchaction"),
        *("sitenavigationelement", "wpheader", "wpfooter", "wpsidebar", "rating", "aggregaterating", "review", "offer"),
        *("readaction", "postaladdress", "brand", "corporation", "newsmediaorganization", "itemlist", "webpageelement"),
        *("aggregateoffer", "howtostep", "howtosection", "nutritioninformation", "question", "answer", "faqpage"),
        *("offershippingdetails", "merchantreturnpolicy", "speakablespecification", "entrypoint", "imagegallery"),
    }
)
_CONTAINERS = frozenset({"itemlist", "collectionpage", "searchresultspage", "offercatalog"})
_SAME_THING = 85  # of 100: names of one thing in two places differ by a brand or a size
MAX_ENTITIES = 400  # looked at for the main one


class Scene:
    """Finders read from it and change nothing."""

    def __init__(self, root: lxml.html.HtmlElement, page: Page, ask: Ask, entities: Sequence[Entity]) -> None:
        self.root = root
        self.page = page
        self.ask = ask
        self.entities = entities

    @property
    def base_url(self) -> str:
        return self.page.final_url or self.page.url

    @property
    def locale(self) -> str:
        return self.ask.locale or self.page.language

    @cached_property
    def heading(self) -> lxml.html.HtmlElement | None:
        """The first h1 that says something."""
        return next((h1 for h1 in self.root.iter("h1") if visible_text(h1).strip()), None)

    @cached_property
    def name(self) -> str:
        """What the page calls its thing, folded: its heading, else its title."""
        return fold(visible_text(self.heading) if self.heading is not None else title_of(self.root))

    @cached_property
    def order(self) -> dict[lxml.html.HtmlElement, int]:
        """Each element's place in the document."""
        return {element: at for at, element in enumerate(self.root.iter())}

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """What the page says under labels."""
        return tuple(pairs(self.root))

    @cached_property
    def metas(self) -> Entity | None:
        return next((entity for entity in self.entities if entity.method is Method.OPENGRAPH), None)

    @cached_property
    def main(self) -> Entity | None:
        """The entity that the page is about."""
        ranked = self._ranked
        return ranked[0] if ranked else None

    @cached_property
    def peers(self) -> tuple[Entity, ...]:
        """The main entity, then others that describe the same thing (the same name, or the same type and no name)."""
        if self.main is None:
            return ()
        name = fold(self.main.text("name", "headline"))
        same = (
            entity
            for entity in self._ranked[1:]
            if set(entity.types) & set(self.main.types)
            and fuzz.token_set_ratio(fold(entity.text("name", "headline")) or name, name) >= _SAME_THING
        )
        return (self.main, *same)

    @cached_property
    def _ranked(self) -> list[Entity]:
        asked = {word for word in words_of(self.ask.entity) if len(word) > 2}
        scored: list[tuple[float, Entity]] = []
        for top in self.entities:
            if top.method is Method.OPENGRAPH:
                continue
            in_list = bool(_CONTAINERS & set(top.types))
            for entity in list(top.walk())[:MAX_ENTITIES]:
                score = self._aboutness(entity, asked)
                if score > 0:
                    scored.append((score - (1.0 if in_list and entity is not top else 0.0), entity))
        scored.sort(key=lambda pair: -pair[0])
        return [entity for _, entity in scored]

    def _aboutness(self, entity: Entity, asked: set[str]) -> float:
        """How much an entity looks like the thing of the page: by type, name, and what it knows of the asked fields."""
        is_asked = any(word in name for word in asked for name in entity.types)
        if not entity.properties or (not is_asked and (not entity.types or _ABOUT_ELSE.issuperset(entity.types))):
            return 0.0
        paths = [concept_of(field).paths for field in self.ask.fields]
        known = sum(any(entity.properties.get(path.split("/")[0]) for path in of_field) for of_field in paths)
        name = fold(entity.text("name", "headline"))
        likeness = fuzz.token_set_ratio(name, self.name) / 100 if name and self.name else 0.0
        return 0.1 + 2.0 * is_asked + known + 2.0 * likeness + min(1.0, len(entity.properties) / 20)
