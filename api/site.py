"""The pages for people: a landing page, and the assets of the API's reference. Nothing is loaded from elsewhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import File

from api.given import ConfigGiven
from api.openapi import completed
from domain.errors import NotFound

_HERE = Path(__file__).parent
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
_PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_CACHED = {"Cache-Control": "public, max-age=3600"}  # an upgrade shows within the hour
_OURS = {"forage.css": "text/css", "forage.svg": "image/svg+xml", "docs.js": "text/javascript"}
_REFERENCE = {
    "swagger-ui.css": ("stylesheets", "text/css"),
    "swagger-ui-bundle.js": ("javascripts", "text/javascript"),
}


class Link(msgspec.Struct, frozen=True):
    name: str
    href: str
    what: str


_LINKS = (
    Link("API reference", "/docs", "every operation, to read and to try"),
    Link("OpenAPI 3.1", "/openapi.json", "the same, for generators and tools"),
    Link("Readiness", "/readyz", "database, archive, queue and workers"),
    Link("Measures", "/metrics", "for Prometheus"),
)


@get("/", include_in_schema=False)
async def landing(request: Request[Any, Any, Any], config: ConfigGiven) -> Response[str]:
    page = _TEMPLATES.get_template("landing.html").render(
        links=_LINKS, version=config.version, base_url=str(request.base_url).rstrip("/")
    )
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": _PAGE_POLICY})


@get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    schema = completed(request.app.openapi_schema.to_schema())
    return Response(schema, media_type="application/vnd.oai.openapi+json")


@get("/assets/{name:str}", include_in_schema=False)
async def asset(name: FromPath[str]) -> File:
    if name not in _OURS:
        raise NotFound
    return _file(_HERE / "static" / name, _OURS[name])


@get("/docs/assets/{name:str}", include_in_schema=False)
async def reference_asset(name: FromPath[str]) -> File:
    if name not in _REFERENCE:
        raise NotFound
    folder, media_type = _REFERENCE[name]
    return _file(_swagger_ui() / folder / name, media_type)


def _file(path: Path, media_type: str) -> File:
    return File(path, media_type=media_type, content_disposition_type="inline", headers=_CACHED)


def _swagger_ui() -> Path:
    """The folder with Swagger UI's own files. Its package is found and not imported: that would load a site builder."""
    found = importlib.util.find_spec("mkdocs_swagger_ui_tag")
    if found is None or found.origin is None:
        raise NotFound("Swagger UI is not installed here; /openapi.json is the description itself.")
    return Path(found.origin).parent / "swagger-ui"


HANDLERS = (landing, openapi_json, asset, reference_asset)
