"""What a caller does not want to be told of: hosts, pages, things by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from domain.urls import host_of, is_http, url_key
from domain.words import fold

# A host as an `exclude` entry spells it: a name with dots, an IPv4 address, or anything with a port.
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[a-z0-9.-]+:\d+", re.I)


class Exclusions:
    """The caller's `exclude` list: hosts, URLs, or names of things, told apart by their form."""

    def __init__(self, exclude: Iterable[str]) -> None:
        self.hosts: set[str] = set()
        self.urls: set[str] = set()
        self.names: set[str] = set()
        for entry in (text.strip() for text in exclude):
            if is_http(entry):
                self.urls.add(url_key(entry))
            elif _HOST.fullmatch(entry):
                self.hosts.add(entry.lower().removeprefix("www."))
                self.names.add(fold(entry))
            elif entry:
                self.names.add(fold(entry))

    def bars(self, url: str) -> bool:
        host = host_of(url).lower()
        parents = {host, urlsplit(url).netloc.lower()}
        parts = host.split(".")
        parents |= {".".join(parts[start:]) for start in range(len(parts) - 1)}
        return bool(parents & self.hosts) or url_key(url) in self.urls
