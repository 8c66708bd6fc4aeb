"""What the demo web's pages tell, read from the JSON beside this file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Prices are dollars with two decimals, as text: a shop prints them, nobody here adds them up."""

    sku: str
    name: str
    price: str
    rating: str
    reviews: int
    description: str
    availability: str
    was: str = ""

    @property
    def path(self) -> str:
        return f"/p/{slug(self.name)}"


class InBook(msgspec.Struct, frozen=True, kw_only=True):
    """How the Ellery Yellow Book spells a business."""

    name: str
    street: str


class InLoop(msgspec.Struct, frozen=True, kw_only=True):
    """How Local Loop spells a business, with the hours that only it knows."""

    name: str
    street: str
    hours: str


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """A business and the directories that list it. `phone` is seven digits; each directory prints it its own way."""

    phone: str
    email: str
    website: str
    book: InBook | None = None
    loop: InLoop | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    starts: str
    place: str
    price: str


def slug(name: str) -> str:
    """`"Calder Chef's Knife 20 cm"` is `"calder-chefs-knife-20-cm"`."""
    plain = "".join(c if c.isalnum() else " " for c in name.lower().replace("'", "").replace("é", "e"))
    return "-".join(plain.split())


def _read(name: str) -> bytes:
    return files(__name__).joinpath(name).read_bytes()


@cache
def products() -> tuple[Product, ...]:
    return msgspec.json.decode(_read("products.json"), type=tuple[Product, ...])


@cache
def businesses(trade: str) -> tuple[Business, ...]:
    """The businesses of a trade: "dentists" or "coffee roasters"."""
    return msgspec.json.decode(_read("businesses.json"), type=dict[str, tuple[Business, ...]])[trade]


@cache
def events() -> tuple[Event, ...]:
    return msgspec.json.decode(_read("events.json"), type=tuple[Event, ...])
