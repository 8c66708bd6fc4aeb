"""Opening hours as data tells them, one specification for some days each, as one text that tells a week."""

from __future__ import annotations

from collections.abc import Iterator

from agent.extract.detail.scene import Scene
from agent.extract.embedded.entities import Entity, Property
from agent.extract.reading import FoundValue

MIDNIGHT = "00:00"  # to open and close then means to be closed, says schema.org


def specified_hours(scene: Scene) -> FoundValue | None:
    """`"Monday, Tuesday 08:00-17:00; Sunday closed"`. It follows from its parts, and is quoted with each of them. Hours
    of a season alone say nothing of the week."""
    for entity in scene.peers:
        told = [
            line
            for each in entity.nested("openingHoursSpecification")
            if not each.text("validFrom", "validThrough") and (line := _line(each))
        ]
        if told:
            first, *others = (found for _, places in told for found in places)
            return FoundValue(
                raw=first.text,
                value="; ".join(text for text, _ in told),
                method=entity.method,
                source_path=first.path,
                attribute=first.attribute,
                parts=tuple(
                    FoundValue(raw=other.text, method=entity.method, source_path=other.path, attribute=other.attribute)
                    for other in others
                ),
            )
    return None


def _line(specified: Entity) -> tuple[str, tuple[Property, ...]] | None:
    """What one specification says, and the properties that say it."""
    days = tuple(each.leaf for each in specified.all("dayOfWeek") if each.text)
    opens, closes = specified.first("opens"), specified.first("closes")
    if not days or opens is None or closes is None:
        return None
    names = ", ".join(_named(days))
    begins, ends = (
        each.text.removesuffix(":00") if each.text.count(":") > 1 else each.text for each in (opens, closes)
    )
    hours = "closed" if begins == ends == MIDNIGHT else f"{begins}-{ends}"
    return f"{names} {hours}", (*days, opens, closes)


def _named(days: tuple[Property, ...]) -> Iterator[str]:
    """`"https://schema.org/Saturday"` is a Saturday."""
    for day in days:
        yield day.text.rstrip("/").replace("#", "/").rpartition("/")[2]
