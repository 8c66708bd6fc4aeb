"""Answers that mean harm, by the raw server of `egress_support`: each on a path of its own."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import brotli
import zstandard
from egress_support import Call, Web

HTML_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
ZEROS = bytes(80_000_000)
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><a>&i;</a>"
)
REDIRECTS = 100


def packed(body: bytes, *codings: str) -> bytes:
    head = HTML_HEAD + f"Content-Encoding: {', '.join(codings)}\r\n".encode()
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def plain(body: bytes, content_type: str = "text/html", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


BODIES = {
    "gzip bomb": packed(gzip.compress(ZEROS), "gzip"),
    "deflate bomb": packed(zlib.compress(ZEROS), "deflate"),
    "br bomb": packed(brotli.compress(ZEROS, quality=1), "br"),
    "zstd bomb": packed(zstandard.compress(ZEROS), "zstd"),
    "bomb in a bomb": packed(brotli.compress(gzip.compress(ZEROS), quality=1), "gzip", "br"),
    "a length of 5 GB": HTML_HEAD + b"Content-Length: 5368709120\r\n\r\nx",
    "a head of 10 MB": b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 10_000_000 + b"\r\n\r\nhi",
    "cut off": HTML_HEAD + b"Content-Length: 100\r\n\r\n<p>hello",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "nothing": b"",
    "a charset that is none": plain(b"<p>caf\xe9</p>", "text/html; charset=klingon-8"),
    "a charset that it has not": plain(b"<p>caf\xe9 \xff\xfe</p>", "text/html; charset=utf-8"),
    "UTF-16": plain("\ufeff<p>wide</p>".encode("utf-16-le"), "text/html"),
    "NULs": plain(b"<p>a\0b\0c</p>" * 1000, "text/html"),
    "a million nodes": plain(b"<b></b>" * 1_000_000),
    "100,000 deep": plain(b"<div>" * 100_000),
    "entities": plain(ENTITIES.encode(), "text/xml"),
    "a download": plain(bytes(range(256)), "application/octet-stream", "Content-Disposition: attachment"),
}
ENDLESS = ("endless chunks", "a drip", "silence", "redirects")
NAMES = (*BODIES, *ENDLESS)


def path_of(name: str) -> str:
    return "/" + name.replace(" ", "-").replace(",", "")


def add_bodies(web: Web) -> None:
    for name, data in BODIES.items():
        web.raw(path_of(name), data)

    async def endless(call: Call) -> None:
        await call.send(HTML_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            await call.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")

    async def drip(call: Call) -> None:
        await call.send(HTML_HEAD + b"\r\n")
        while True:
            await call.send(b"x")
            await asyncio.sleep(0.2)

    async def silence(call: Call) -> None:
        await asyncio.sleep(120)

    def hop(number: int):
        async def answer(call: Call) -> None:
            await call.answer(b"", f"Location: {path_of('redirects')}{number + 1}", status="302 Found")

        return answer

    web.routes |= {path_of("endless chunks"): endless, path_of("a drip"): drip, path_of("silence"): silence}
    web.routes[path_of("redirects")] = hop(0)
    for number in range(1, REDIRECTS):
        web.routes[f"{path_of('redirects')}{number}"] = hop(number)
    web.page("/well", "<h1>all is well</h1>")
