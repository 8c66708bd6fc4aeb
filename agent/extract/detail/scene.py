"""A page about one thing, with what every finder needs to know of it, worked out once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from urllib.parse import unquote, urldefrag

import lxml.html
from rapidfuzz import fuzz

from agent.extract.definitions import Pair, pairs
from agent.extract.detail.bare_texts import BareTexts
from agent.extract.detail.elsewhere import Elsewhere
from agent.extract.detail.schema import concept_of
from agent.extract.detail.texts import ShownTexts
from agent.extract.embedded.entities import Entity
from agent.extract.embedded.microdata import join
from agent.extract.embedded.things import (
    CONTAINERS,
    SAME_THING,
    THINGS,
    have_nothing_in_common,
    is_named_in,
    is_one_thing,
    list_members,
    several_things,
    stand_side_by_side,
    variant_places,
)
from agent.extract.reading import Ask
from domain.evidence import Method
from domain.fields import words_of
from domain.folding import fold
from domain.pages import Page
from domain.urls import is_http, url_key
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
_OWNERS = frozenset({"localbusiness", "restaurant", "person"})  # a page of theirs may well be called "Contact"
NAMED = 70  # of 100: of several things, the one whose name is most like the page's, and so much, is the page's
MAX_ENTITIES = 400  # looked at for the main one
MAX_LINKS = 2_000  # looked at for names of other things
MAX_HEADINGS = 20  # of the first level; a page that has more sets everything so


class Scene:
    """Finders read from it and change nothing."""

    def __init__(self, root: lxml.html.HtmlElement, page: Page, ask: Ask, entities: Sequence[Entity]) -> None:
        self.root = root
        self.page = page
        self.ask = ask
        self.entities = entities
        self._likenesses: dict[int, float] = {}

    @property
    def base_url(self) -> str:
        return self.page.final_url or self.page.url

    @property
    def locale(self) -> str:
        return self.ask.locale or self.page.language

    @cached_property
    def heading(self) -> lxml.html.HtmlElement | None:
        """The first h1 that says what the page's title says; where none does, the first that says something."""
        told = [h1 for h1 in self.root.iter("h1") if visible_text(h1).strip()][:MAX_HEADINGS]
        if len(told) < 2:
            return told[0] if told else None
        title = fold(title_of(self.root))
        alike = (h1 for h1 in told if fuzz.token_set_ratio(fold(visible_text(h1)), title) >= SAME_THING)
        return next(alike, told[0])

    @cached_property
    def name(self) -> str:
        """What the page calls its thing, folded: its heading, else its title."""
        return fold(visible_text(self.heading) if self.heading is not None else title_of(self.root))

    @cached_property
    def order(self) -> dict[lxml.html.HtmlElement, int]:
        """Each element's place in the document."""
        return {element: at for at, element in enumerate(self.root.iter())}

    @cached_property
    def texts(self) -> ShownTexts:
        return ShownTexts(self.root)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        return Elsewhere(self.root, self.heading)

    @cached_property
    def bare_texts(self) -> BareTexts:
        return BareTexts(self.texts, self.elsewhere)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """What the page says of its thing under labels."""
        return tuple(pair for pair in pairs(self.root) if not self.elsewhere.is_told(pair.element))

    @cached_property
    def metas(self) -> Entity | None:
        return next((entity for entity in self.entities if entity.method is Method.OPENGRAPH), None)

    @cached_property
    def main(self) -> Entity | None:
        """The entity that the page is about. One of several of a kind is it only where the page is called by it, or
        where somebody said that the page is about one thing."""
        if self.ask.many is False:
            return next(iter(self._ranked), None)
        return next(filter(self._is_told_apart, self._ranked[:MAX_ENTITIES]), None)

    @cached_property
    def peers(self) -> tuple[Entity, ...]:
        """The main entity, then others that describe the same thing (the same name, or the same type and no name)."""
        main = self.main
        if main is None:
            return ()
        return (main, *(other for other in self._ranked if other is not main and self._is_same(main, other)))

    def is_another(self, name: str) -> bool:
        """Whether a name is of another thing than the page's heading and its title name."""
        told = fold(name)
        if self.heading is None or not have_nothing_in_common(told, self.name):
            return False
        return have_nothing_in_common(told, self._title)

    @staticmethod
    def _is_same(main: Entity, other: Entity) -> bool:
        if not set(main.types) & set(other.types):
            return False
        ours, theirs = (fold(entity.text("name", "headline")) for entity in (main, other))
        if not theirs or ours == theirs:
            return True
        return not stand_side_by_side(main, other) and is_one_thing(ours, theirs)

    def _is_told_apart(self, main: Entity) -> bool:
        """Whether there is no other of its kind, or the page is called by this one more than by any other."""
        ours = self._likeness(main)
        # Of several that are called less than the page's, none stands out: any rival will do.
        least = ours if ours >= NAMED else 0.0
        alike = (each for each in self._ranked if each is not main and self._likeness(each) >= least)
        is_rivalled = any(set(each.types) & set(main.types) and not self._is_same(main, each) for each in alike)
        return not is_rivalled or self._is_of_page(main)

    def _likeness(self, entity: Entity) -> float:
        """How much an entity is called as the page is; worked out once, for all are asked for every one."""
        known = self._likenesses.get(id(entity))
        if known is None:
            name = fold(entity.text("name", "headline"))
            known = fuzz.token_set_ratio(name, self.name) if name and self.name else 0.0
            self._likenesses[id(entity)] = known
        return known

    def _is_of_page(self, entity: Entity) -> bool:
        """Whether an entity says that it is this page's."""
        told = (found.text for name in ("mainEntityOfPage", "url", "@id") for found in entity.all(name))
        here = urldefrag(self.base_url).url
        # A name within the page ("#p1") is every thing's of its data.
        return any(urldefrag(join(self.base_url, url)).url == here for url in told if url and not url.startswith("#"))

    def _is_foreign(self, entity: Entity) -> bool:
        """Whether an entity is another thing's: one of a list that does not name the page's, one that has a page of its
        own elsewhere, or one that the page neither is called by nor shows: left over from another."""
        name = fold(entity.text("name", "headline"))
        kinds = set(entity.types)
        if not name or not kinds & THINGS or kinds & _OWNERS:
            return False
        if entity.path in self._variants:
            return not self._is_called(name) or name in self._groups
        if self._is_of_page(entity):
            return False
        if name in self._listed and self.heading is not None:
            return not self._is_called(name)
        if not self.is_another(name):
            return False
        address = fold(re.sub(r"[\W_]+", " ", unquote(self.base_url)))
        is_left_over = have_nothing_in_common(name, address) and name not in self._shown
        return is_left_over or name in self._linked_elsewhere or name in self._side_by_side

    def _is_called(self, name: str) -> bool:
        """Whether the page is called by every word of a name (folded)."""
        return is_named_in(name, self.name, self._title)

    @cached_property
    def _title(self) -> str:
        return fold(title_of(self.root))

    @cached_property
    def _variants(self) -> frozenset[str]:
        return variant_places(self.entities)

    @cached_property
    def _groups(self) -> frozenset[str]:
        """The names of groups of variants: some sites call each variant by it."""
        groups = (group for top in self.entities for group in top.walk() if group.nested("hasVariant"))
        return frozenset(fold(group.text("name")) for group in groups)

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The names of what the lists of the data hold, where they hold several."""
        names = frozenset(fold(member.text("name", "headline")) for member in list_members(self.entities))
        return names if len(names) > 1 else frozenset()

    @cached_property
    def _side_by_side(self) -> frozenset[str]:
        """The names of things of one kind of which the data describes several."""
        several = (*several_things(self.entities), *list_members(self.entities))
        return frozenset(fold(each.text("name", "headline")) for each in several)

    @cached_property
    def _linked_elsewhere(self) -> frozenset[str]:
        """The texts of links to other pages, less what stands in a heading of this one's."""
        here = url_key(self.base_url)
        told: set[str] = set()
        for link in islice(self.root.iter("a"), MAX_LINKS):
            text, target = fold(visible_text(link)), join(self.base_url, link.get("href") or "")
            if text and is_http(target) and url_key(target) != here:
                told.add(text)
        return frozenset(told)

    @cached_property
    def _shown(self) -> str:
        return fold(self.page.text)

    @cached_property
    def _ranked(self) -> list[Entity]:
        asked = {word for word in words_of(self.ask.entity) if len(word) > 2}
        scored: list[tuple[float, Entity]] = []
        for top in self.entities:
            if top.method is Method.OPENGRAPH:
                continue
            in_list = bool(CONTAINERS & set(top.types))
            for entity in list(top.walk())[:MAX_ENTITIES]:
                score = self._aboutness(entity, asked)
                if score > 0 and not self._is_foreign(entity):
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
        likeness = self._likeness(entity) / 100
        return 0.1 + 2.0 * is_asked + known + 2.0 * likeness + min(1.0, len(entity.properties) / 20)
