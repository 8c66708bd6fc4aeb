"""Things that a page describes for machines: typed entities with named properties, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from agent.extract.embedded.lenient_json import plain
from domain.evidence import Method

_ADDRESS_PARTS = ("streetAddress", "postOfficeBoxNumber", "addressLocality", "addressRegion", "postalCode")
_OLD_TYPE = re.compile(r"ListPrice|MSRP|SRP|StrikethroughPrice|RegularPrice|InvoicePrice", re.I)


class Property(NamedTuple):
    """One value of a property. `path` is the JSON path or XPath that holds it, `attribute` "text" or the HTML
    attribute. A scalar keeps its JSON type: a number is no string that looks like one. `written` is an address as it
    stands in the page, where `value` is the whole one."""

    value: str | int | float | bool | Entity
    path: str
    attribute: str = "text"
    written: str = ""

    @property
    def text(self) -> str:
        """The value as text: of a nested entity its name, text, value or address, whichever comes first."""
        if not isinstance(self.value, Entity):
            return "" if isinstance(self.value, bool) else str(self.value)
        named = self.value.first("name", "text", "value", "@value", "headline", "url", "contentUrl", "@id")
        return named.text if named else ""

    @property
    def leaf(self) -> Property:
        """The property that `text` was read from."""
        if not isinstance(self.value, Entity):
            return self
        named = self.value.first("name", "text", "value", "@value", "headline", "url", "contentUrl", "@id")
        return named.leaf if named else self


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """`types` are schema.org names in lower case ("product"), most telling first. Properties have all their values, in
    order, lists flattened. `is_unread`: one beyond what is read of a page, of which no more is known than its type."""

    types: tuple[str, ...]
    method: Method
    path: str
    properties: Mapping[str, tuple[Property, ...]]
    is_unread: bool = False

    def all(self, *names: str) -> tuple[Property, ...]:
        """The values of the first of these properties that has any."""
        return next((self.properties[name] for name in names if self.properties.get(name)), ())

    def first(self, *names: str) -> Property | None:
        found = self.all(*names)
        return found[0] if found else None

    def text(self, *names: str) -> str:
        """The first property's text, or empty."""
        for name in names:
            for found in self.properties.get(name, ()):
                if text := found.text.strip():
                    return text
        return ""

    @property
    def address(self) -> str:
        """The parts of a postal address in one line, empty where it has none."""
        return ", ".join(text for name in _ADDRESS_PARTS if (text := plain(self.text(name))))

    def nested(self, *names: str) -> tuple[Entity, ...]:
        """The entities among the values of a property."""
        return tuple(found.value for found in self.all(*names) if isinstance(found.value, Entity))

    def walk(self) -> Iterator[Entity]:
        """This entity and all within it, outer first."""
        pending: list[Entity] = [self]
        while pending:
            entity = pending.pop()
            yield entity
            within = (found.value for values in entity.properties.values() for found in values)
            pending.extend(reversed([value for value in within if isinstance(value, Entity)]))

    def is_a(self, *types: str) -> bool:
        return any(name in self.types for name in types)


def type_name(written: object) -> str:
    """`"https://schema.org/Product"` and `"schema:Product"` are both `"product"`."""
    return str(written).rstrip("/").replace("#", "/").replace(":", "/").rsplit("/", 1)[-1].strip().lower()


def present_prices(specified: Sequence[Entity]) -> Sequence[Entity]:
    """Of price specifications, those that no type of schema.org's PriceTypeEnumeration calls a price from before, or
    what a maker would like; all where no other is there. Anything else is given back as it is."""
    return [each for each in specified if not _OLD_TYPE.search(each.text("priceType"))] or specified


def with_own_offers(tops: Sequence[Entity]) -> tuple[Entity, ...]:
    """The top entities, with each thing that an offer beside them names (`itemOffered`) in place of that offer, or
    where it stands itself: the offer becomes its own."""
    offered: dict[str, list[Entity]] = {}
    others: list[Entity] = []
    known = {top.text("@id") for top in tops if top.text("@id")}
    for top in tops:
        things = top.nested("itemOffered") if top.is_a("offer") else ()
        if len(things) != 1 or things[0].nested("offers"):
            others.append(top)
        elif (name := things[0].text("@id")) in known:
            offered.setdefault(name, []).append(top)
        else:
            others.append(_offered(things[0], [top]))
    return tuple(_as_group(_offered(top, offered.get(top.text("@id"), ()))) for top in others)


def _as_group(thing: Entity) -> Entity:
    """A group of variants, with what all of them have alike, and with their offers, where it tells none itself."""
    variants = thing.nested("hasVariant")
    if not variants:
        return thing
    shared = {
        name: variants[0].properties[name]
        for name in variants[0].properties
        if name not in thing.properties and len({variant.text(name) for variant in variants}) == 1
    }
    offers = tuple(found for variant in variants for found in variant.all("offers"))
    own = shared | ({"offers": offers} if offers and not thing.nested("offers") else {})
    return msgspec.structs.replace(thing, properties={**own, **thing.properties})


def _offered(thing: Entity, offers: Sequence[Entity]) -> Entity:
    if not offers or thing.nested("offers"):
        return thing
    own = tuple(Property(offer, offer.path) for offer in offers)
    return msgspec.structs.replace(thing, properties={**thing.properties, "offers": own})
