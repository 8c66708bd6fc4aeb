"""Ready-made goals, looked at and filled from the command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from domain.errors import InvalidInput, NotFound
from domain.goal_templates import Category, GoalTemplate, Parameter
from domain.requests import GoalRequest
from forage.tables import console
from services.goal_templates import fill_goal_template, get_goal_template, list_goal_templates


def list_ready(search: str, category: str | None) -> int:
    if category is not None and category not in set(Category):
        raise InvalidInput(f"--category is one of {', '.join(Category)}")
    found = list_goal_templates(category=Category(category) if category else None, search=search)
    if not found:
        console(stderr=True).print("no ready-made goal has these words: forage goals list shows all")
        return 1
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("goal", "category", "what it finds"):
        table.add_column(name, no_wrap=name == "goal")
    for template in found:
        table.add_row(template.slug, template.category.value, Text(template.description))
    console().print(table)
    return 0


def show_ready(slug: str) -> int:
    template = _named(slug)
    shown = console()
    shown.print(Text(template.name, style="bold"))
    shown.print(Text(template.description))
    shown.print(Text(f"goal    {template.goal}"))
    if template.url:
        shown.print(Text(f"url     {template.url}"))
    shown.print(Text("fields  " + ", ".join(f"{field.name}:{field.kind.value}" for field in template.fields)))
    for parameter in template.parameters:
        shown.print(Text(f"{parameter.name:<14}{parameter.description} {_need(parameter)}"))
    values = " ".join(shlex.quote(f"{name}={value}") for name, value in template.example.items())
    shown.print(Text(f"forage goals run {template.slug} {values}", style="cyan"))
    return 0


def filled_request(slug: str, values: Sequence[str], max_results: int | None) -> GoalRequest:
    """`["location=Leeds"]` in the gaps. Raises NotFound, and InvalidInput naming each value that is off."""
    template = _named(slug)
    given: dict[str, object] = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals:
            raise InvalidInput(f"{value!r} is no NAME=VALUE")
        given[name] = text
    filled = fill_goal_template(template.slug, given)
    return GoalRequest(
        goal=filled.goal, url=filled.url, fields=filled.fields, max_results=max_results or filled.max_results
    )


def _named(slug: str) -> GoalTemplate:
    try:
        return get_goal_template(slug)
    except NotFound:
        raise NotFound(f"no ready-made goal {slug!r}: `forage goals list` lists them") from None


def _need(parameter: Parameter) -> str:
    if parameter.default:
        return f"[default: {parameter.default}]"
    return "" if parameter.required else "[may be left out]"
