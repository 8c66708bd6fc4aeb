"""What a page says for machines: JSON-LD, microdata, RDFa, meta tags, state in scripts, JSON fetched by its scripts."""

from __future__ import annotations

from collections import Counter

import lxml.html

from agent.extract.columns import ColumnTable
from agent.extract.embedded.arrays import document_tables, entity_tables
from agent.extract.embedded.attributes import attribute_documents
from agent.extract.embedded.entities import Entity, Property
from agent.extract.embedded.json_ld import json_ld_entities
from agent.extract.embedded.microdata import meta_entity, microdata_entities
from agent.extract.embedded.rdfa import rdfa_entities
from agent.extract.embedded.state import response_documents, state_documents
from agent.extract.embedded.things import THINGS
from domain.evidence import Method
from domain.pages import Page

__all__ = ["Entity", "Property", "embedded_entities", "embedded_tables", "lone_tables"]


def embedded_entities(root: lxml.html.HtmlElement, page: Page) -> tuple[Entity, ...]:
    """The things that the page describes: JSON-LD first, then microdata and RDFa, then its meta tags as one entity."""
    meta = meta_entity(root)
    # A look at the source is quicker than one at every element of a page that has none.
    has_items = "itemscope" in page.html or "itemscope" in page.html.lower()
    has_types = "typeof=" in page.html and "schema" in page.html
    return (
        *json_ld_entities(root),
        *(microdata_entities(root, page.final_url or page.url) if has_items else ()),
        *(rdfa_entities(root, page.final_url or page.url) if has_types else ()),
        *((meta,) if meta else ()),
    )


def lone_tables(entities: tuple[Entity, ...]) -> tuple[ColumnTable, ...]:
    """The thing that the page's data describes outside of its lists, where that is one of its kind, as a table of one
    row."""
    things = [entity for entity in entities if THINGS & set(entity.types)]
    counts = Counter(entity.types[0] for entity in things)
    alone = [entity for entity in things if counts[entity.types[0]] == 1]
    tables = entity_tables(alone, least=1)
    return tuple(table for table in tables if table.rows == 1 and table.name in THINGS and counts[table.name] < 2)


def embedded_tables(
    root: lxml.html.HtmlElement, page: Page, entities: tuple[Entity, ...] | None = None
) -> tuple[ColumnTable, ...]:
    """Every array of similar things in the page's data. `entities` are handed in where they are known already."""
    if entities is None:
        entities = embedded_entities(root, page)
    return (
        *entity_tables(entities),
        *document_tables(response_documents(page.responses), Method.XHR),
        *document_tables((*state_documents(root), *attribute_documents(root, page.html)), Method.STATE),
    )
