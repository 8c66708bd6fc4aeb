"""The pages' own server process: `python -m benchmarks.web` prints its port and serves until its input closes."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

from benchmarks.pages import PageKind, make_items, make_page

DISTINCT = 40  # pages of each kind that are made; higher numbers wrap around, so that memory stays small


def application() -> web.Application:
    pages = {(kind, n): make_page(kind, n).encode() for kind in PageKind for n in range(DISTINCT)}
    items = [make_items(n).encode() for n in range(DISTINCT)]

    async def page(request: web.Request) -> web.Response:
        body = pages[PageKind(request.match_info["kind"]), int(request.match_info["n"]) % DISTINCT]
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    async def item(request: web.Request) -> web.Response:
        return web.Response(body=items[int(request.match_info["n"]) % DISTINCT], content_type="application/json")

    async def robots(request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    app = web.Application()
    app.router.add_get("/robots.txt", robots)
    app.router.add_get(f"/{{kind:{'|'.join(PageKind)}}}/{{n:\\d+}}", page)
    app.router.add_get("/items/{n:\\d+}", item)
    return app


async def serve() -> None:
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
