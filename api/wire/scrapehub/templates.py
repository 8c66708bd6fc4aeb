"""Goal templates on the wire."""

from __future__ import annotations

import msgspec

from api.wire.scrapehub.plans import field_in
from api.wire.scrapehub.requests import FieldIn
from domain.goal_templates import Category, GoalTemplate


class ParameterOut(msgspec.Struct, frozen=True, kw_only=True):
    """A gap of a template, to be filled by `values`. One that is not required may be left out."""

    name: str
    description: str
    required: bool
    default: str | None
    example: str


class TemplateExample(msgspec.Struct, frozen=True, kw_only=True):
    """A body for `POST /jobs`."""

    template: str
    values: dict[str, str]


class TemplateOut(msgspec.Struct, frozen=True, kw_only=True):
    """A ready-made goal. `goal` and `url` are patterns: `{name}` is a gap, and a part in `[brackets]` goes where one of
    its gaps is empty."""

    slug: str
    name: str
    category: Category
    description: str
    goal: str
    url: str | None
    max_results: int
    fields: list[FieldIn]
    parameters: list[ParameterOut]
    example: TemplateExample


def render_template(template: GoalTemplate) -> TemplateOut:
    return TemplateOut(
        slug=template.slug,
        name=template.name,
        category=template.category,
        description=template.description,
        goal=template.goal,
        url=template.url or None,
        max_results=template.max_results,
        fields=[field_in(field) for field in template.fields],
        parameters=[
            ParameterOut(
                name=parameter.name,
                description=parameter.description,
                required=parameter.required,
                default=parameter.default or None,
                example=parameter.example,
            )
            for parameter in template.parameters
        ],
        example=TemplateExample(template=template.slug, values=template.example),
    )
