"""Cookies, one jar for each scope: what a site gave one run it never sees from another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie

import aiohttp
from yarl import URL

from domain.urls import ParsedUrl, registrable_domain

MAX_SCOPES = 256
MAX_COOKIES = 300  # in one scope; browsers keep 180 a site
MAX_SET = 50  # taken from one answer
MAX_COOKIE = 4096  # bytes of one, as in browsers


class ScopedCookies:
    def __init__(self) -> None:
        self._jars: OrderedDict[str, aiohttp.CookieJar] = OrderedDict()

    def header(self, scope: str, url: ParsedUrl) -> str:
        """The Cookie header for a request; empty where there is nothing to say."""
        jar = self._jars.get(scope)
        if jar is None:
            return ""
        self._jars.move_to_end(scope)
        chosen = jar.filter_cookies(URL(url.href, encoded=True))
        return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in chosen.items())

    def keep(self, scope: str, url: ParsedUrl, set_cookies: Sequence[str]) -> None:
        """Takes what an answer set, save what is malformed, too big or meant for a whole public suffix."""
        if not set_cookies:
            return
        jar = self._jars.get(scope)
        if jar is None:
            # Sites under a bare address are the operator's own: allowed by name, and with cookies like any other.
            jar = self._jars[scope] = aiohttp.CookieJar(unsafe=True)
            if len(self._jars) > MAX_SCOPES:
                self._jars.popitem(last=False)
        for line in set_cookies[:MAX_SET]:
            cookie = _parsed(line)
            if cookie and len(jar) < MAX_COOKIES:
                jar.update_cookies(cookie, URL(url.href, encoded=True))

    def forget(self, scope: str) -> None:
        self._jars.pop(scope, None)


def _parsed(line: str) -> SimpleCookie | None:
    cookie: SimpleCookie = SimpleCookie()
    try:
        if len(line) > MAX_COOKIE or not line.isprintable():
            return None
        cookie.load(line)
    except CookieError:
        return None
    for morsel in cookie.values():
        domain = morsel["domain"].lstrip(".").lower()
        if domain and not registrable_domain(domain):
            return None
    return cookie
