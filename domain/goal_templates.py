"""Ready-made goals: a pattern with gaps, the fields worth asking, and what belongs into the gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.fields import Field

MAX_VALUE = 300  # characters of one value; one that goes into a URL may be as long as URLs may be
MAX_URL_VALUE = 4_096
_GAP = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


class Category(StrEnum):
    """What a goal template is about."""

    LOCAL = "local"
    SHOPPING = "shopping"
    TRAVEL = "travel"
    WORK = "work"
    HOUSING = "housing"
    BUSINESS = "business"
    RESEARCH = "research"
    NEWS = "news"
    PUBLIC = "public"
    SOFTWARE = "software"
    LEISURE = "leisure"


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A gap of a pattern. `default` fills it where no value is given; one that is not required may stay empty."""

    name: str
    description: str
    example: str
    required: bool = True
    default: str = ""


class GoalTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """`goal` and `url` are patterns: `{name}` is a gap, and a part in `[brackets]` goes where one of its gaps is empty.

    A template with a `url` reads that page and what it leads to; the others search. `max_results` is for who says
    none.
    """

    slug: str
    name: str
    category: Category
    description: str
    goal: str
    fields: tuple[Field, ...]
    parameters: tuple[Parameter, ...]
    url: str = ""
    max_results: int = 10

    @property
    def example(self) -> dict[str, str]:
        """Values for every gap."""
        return {parameter.name: parameter.example for parameter in self.parameters}


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A template with values in its gaps."""

    goal: str
    url: str
    fields: tuple[Field, ...]
    max_results: int


def fill(template: GoalTemplate, values: Mapping[str, object]) -> Filled:
    """Raises InvalidInput, naming each value that is missing, unknown or no short text, as `values.<name>`."""
    known = {parameter.name: parameter for parameter in template.parameters}
    problems = {f"values.{name[:80]}": f"unknown; known are {', '.join(known)}" for name in values if name not in known}
    given: dict[str, str] = {}
    for name, parameter in known.items():
        text = " ".join(str(values.get(name, "")).split()) or parameter.default
        limit = MAX_URL_VALUE if f"{{{name}}}" in template.url else MAX_VALUE
        if not text and parameter.required:
            problems[f"values.{name}"] = f"required: {parameter.description}"
        elif len(text) > limit:
            problems[f"values.{name}"] = f"at most {limit} characters"
        given[name] = text
    if problems:
        raise InvalidInput(fields=problems)
    return Filled(
        goal=_filled(template.goal, given),
        url=_filled(template.url, given),
        fields=template.fields,
        max_results=template.max_results,
    )


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    def part(match: re.Match[str]) -> str:
        return match[1] if all(values[name] for name in _GAP.findall(match[1])) else ""

    return _GAP.sub(lambda match: values[match[1]], _OPTIONAL.sub(part, pattern)).strip()


def gaps(template: GoalTemplate) -> Iterator[tuple[str, bool]]:
    """Each gap of its patterns, and whether it must be filled."""
    for pattern in (template.goal, template.url):
        for optional in _OPTIONAL.findall(pattern):
            yield from ((name, False) for name in _GAP.findall(optional))
        yield from ((name, True) for name in _GAP.findall(_OPTIONAL.sub("", pattern)))
