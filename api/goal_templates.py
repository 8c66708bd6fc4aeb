"""ScrapeHub's templates: ready-made goals to browse."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter

from api.auth import needs_any_key
from api.openapi import errors_of
from api.wire.scrapehub.templates import TemplateOut, render_template
from domain.goal_templates import Category
from services.goal_templates import get_goal_template, list_goal_templates

MAX_SEARCH = 200  # characters

InCategory = Annotated[Category | None, QueryParameter(name="category", description="Those of one category.")]
Search = Annotated[
    str, QueryParameter(name="q", max_length=MAX_SEARCH, description="Words that a template has all of.")
]


@get("/templates", summary="List templates", opt=needs_any_key(), responses=errors_of(422), sync_to_thread=False)
def list_templates(category: InCategory = None, q: Search = "") -> list[TemplateOut]:
    """Ready-made goals. Send the `slug` of one as `template` of `POST /jobs`, with `values` for its gaps."""
    return [render_template(template) for template in list_goal_templates(category=category, search=q)]


@get(
    "/templates/{slug:str}",
    summary="Get a template",
    opt=needs_any_key(),
    responses=errors_of(404),
    sync_to_thread=False,
)
def get_template(slug: FromPath[str]) -> TemplateOut:
    """With its fields, its gaps and an example."""
    return render_template(get_goal_template(slug))


HANDLERS = (list_templates, get_template)
