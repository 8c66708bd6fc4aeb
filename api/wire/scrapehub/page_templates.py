"""What was learned of a site's pages, as this dialect tells it. Given out and taken in, a template has our own form."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from api.wire.message import Message
from api.wire.times import iso_seconds
from domain.templates import PROOFS, Template, TemplateState
from services.templates import MAX_IMPORTED
from store.repositories.templates import Kept


class PageTemplateOut(msgspec.Struct, frozen=True, kw_only=True):
    """How to read pages of one kind of one site. `state`: `proven` ones are replayed, `learning` ones were borne out by
    `proofs` of `proofs_needed` pages, `demoted` ones are to be proven anew because the site changed, and
    `demoted_because` says how that was seen. `corrected` are fields whose place a person showed."""

    id: str
    site: str
    lists: bool
    asked: list[str]
    fields: list[str]
    state: TemplateState
    proofs: int
    proofs_needed: int
    misses: int
    demoted_because: str | None
    corrected: list[str]
    changed_at: str


class WhereOut(msgspec.Struct, frozen=True, kw_only=True):
    """A place that a field was seen in, on `seen_on` pages: beside a `caption`, in a column that has these `names`, or
    at a `path` of tags and classes."""

    caption: str | None
    names: list[str]
    path: str
    seen_on: int


class PageTemplateDetail(PageTemplateOut, frozen=True, kw_only=True):
    """A template with the places of its fields. `not_told` counts, by field, pages on which a model found none."""

    places: dict[str, list[WhereOut]]
    not_told: dict[str, int]


class PageTemplatesFile(msgspec.Struct, frozen=True, kw_only=True):
    """Templates as they are kept: what an export gives and an import takes."""

    templates: Annotated[list[Template], Meta(max_length=MAX_IMPORTED)]


class ImportedOut(msgspec.Struct, frozen=True, kw_only=True):
    imported: int


FORGOTTEN = Message(message="Page template deleted successfully")


def render_page_template(kept: Kept) -> PageTemplateOut:
    template = kept.template
    return PageTemplateOut(
        id=template.id,
        site=template.site,
        lists=template.many,
        asked=list(template.asked),
        fields=list(template.fields),
        state=template.state,
        proofs=template.proofs,
        proofs_needed=PROOFS,
        misses=template.misses,
        demoted_because=template.drift or None,
        corrected=list(template.corrected),
        changed_at=iso_seconds(kept.updated_at),
    )


def render_page_template_detail(kept: Kept) -> PageTemplateDetail:
    template = kept.template
    columns = {
        name: [WhereOut(caption=None, names=list(column.anchors), path=column.path, seen_on=column.proofs)]
        for name, column in template.columns.items()
    }
    places = {
        name: [
            WhereOut(caption=place.caption or None, names=[], path=place.path, seen_on=place.proofs) for place in where
        ]
        for name, where in template.places.items()
    }
    overview = msgspec.structs.asdict(render_page_template(kept))
    return PageTemplateDetail(**overview, places=columns | places, not_told=template.blanks)
