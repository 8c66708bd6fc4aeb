"""Ready-made goals: listed, looked at, filled."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import InvalidInput, NotFound
from domain.goal_catalogue import GOAL_TEMPLATES
from domain.goal_templates import Category, Filled, GoalTemplate, fill

_BY_SLUG = {template.slug: template for template in GOAL_TEMPLATES}


def list_goal_templates(*, category: Category | None = None, search: str = "") -> tuple[GoalTemplate, ...]:
    """Those of a category whose words hold every word of `search`, in any case."""
    words = search.casefold().split()
    return tuple(
        template
        for template in GOAL_TEMPLATES
        if category in (None, template.category) and all(word in _words(template) for word in words)
    )


def get_goal_template(slug: str) -> GoalTemplate:
    """Raises NotFound."""
    template = _BY_SLUG.get(slug.strip().lower())
    if template is None:
        raise NotFound("No such template.")
    return template


def fill_goal_template(slug: str, values: Mapping[str, object]) -> Filled:
    """Raises InvalidInput for `template`, and for each wrong one of `values`."""
    try:
        template = get_goal_template(slug)
    except NotFound:
        raise InvalidInput(fields={"template": "no such template; GET /api/v1/templates lists them"}) from None
    return fill(template, values)


def _words(template: GoalTemplate) -> str:
    fields = " ".join(field.name for field in template.fields)
    return f"{template.slug} {template.name} {template.description} {template.goal} {fields}".casefold()
