"""The operator's proxies: which there are, and which of them serves a wish."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import msgspec

from domain.bulk import TargetOptions
from domain.errors import InvalidInput, NotConfigured

NAMES_IT = "FORAGE_PROXIES"
MAX_PROXIES = 1_000
_COUNTRY = re.compile(r"[a-z]{2}")
_REGION = re.compile(r"[a-z][a-z ]{0,30}")


class ProxyKind(StrEnum):
    DATACENTER = "datacenter"
    RESIDENTIAL = "residential"
    MOBILE = "mobile"

    @property
    def is_super(self) -> bool:
        return self is not ProxyKind.DATACENTER


class ProxyScheme(StrEnum):
    """How a proxy is spoken to: by CONNECT in the clear or over TLS, or by SOCKS 5."""

    HTTP = "http"
    HTTPS = "https"
    SOCKS5 = "socks5"


_PORTS = {ProxyScheme.HTTP: 8080, ProxyScheme.HTTPS: 443, ProxyScheme.SOCKS5: 1080}
_MAX_SECRET = 255  # bytes of a user's name or password: SOCKS 5 has room for no more


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """One of the operator's proxies. `country` is an ISO 3166-1 alpha-2 code, `region` a name without spaces; both in
    lower case. `user` and `password` are empty where it wants none.
    """

    host: str
    port: int
    country: str
    region: str
    kind: ProxyKind
    scheme: ProxyScheme = ProxyScheme.HTTP
    user: str = ""
    password: str = ""

    @property
    def name(self) -> str:
        """What it is called in logs: no secret."""
        return f"{self.host}:{self.port}"


class ProxyTable(msgspec.Struct, frozen=True):
    """All of them. Empty where the operator has set up none."""

    proxies: tuple[Proxy, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ProxyTable:
        """One proxy to a line, or between semicolons: `url,country,region,kind`. Raises InvalidInput, which shows no
        more of an entry than its number: URLs hold passwords."""
        lines = [line.strip() for line in re.split(r"[\n;]", text)]
        entries = [line for line in lines if line and not line.startswith("#")]
        if len(entries) > MAX_PROXIES:
            raise InvalidInput(f"at most {MAX_PROXIES} proxies, got {len(entries)}")
        return cls(tuple(_parsed(entry, number) for number, entry in enumerate(entries, 1)))

    def fitting(self, options: TargetOptions) -> tuple[Proxy, ...]:
        """Those that serve what `options` wish; none where they wish for none."""
        if not options.wants_proxy:
            return ()
        country, region = options.geo_code.lower(), normal_region(options.regional_geo_code)
        return tuple(
            proxy
            for proxy in self.proxies
            if (not country or proxy.country == country)
            and (not region or proxy.region == region)
            and (not options.super_proxy or proxy.kind.is_super)
        )

    def check(self, options: TargetOptions) -> None:
        """Raises NotConfigured, by the name of the wish, where no proxy serves it."""
        if not options.wants_proxy or self.fitting(options):
            return
        asked = {
            "GeoCode": options.geo_code,
            "RegionalGeoCode": options.regional_geo_code,
            "Super": options.super_proxy,
        }
        wishes = [name for name, value in asked.items() if value]
        if not self.proxies:
            why = f"no proxy is set up here: the operator lists them in {NAMES_IT} (url,country,region,kind)"
        else:
            countries = ", ".join(sorted({proxy.country for proxy in self.proxies if proxy.country})) or "no country"
            why = f"no proxy in {NAMES_IT} serves this; those there are in {countries}"
        raise NotConfigured(fields=dict.fromkeys(wishes, why))

    def choose(self, options: TargetOptions, *, key: str, tried: Collection[Proxy] = ()) -> Proxy | None:
        """The proxy for a try, None for none. The same `key` gets the same one in every process, and as long as the
        table is; others that fit come after it, those `tried` last."""
        fitting = self.fitting(options)
        if not fitting:
            return None
        order = sorted(fitting, key=lambda proxy: hashlib.sha256(f"{key} {proxy.name} {proxy.user}".encode()).digest())
        return next((proxy for proxy in order if proxy not in tried), order[0])


def normal_region(text: str) -> str:
    """`North America` is `northamerica`."""
    return text.lower().replace(" ", "").replace("-", "").replace("_", "")


def _parsed(entry: str, number: int) -> Proxy:
    url, *rest = (part.strip() for part in entry.split(","))
    if len(rest) > 3:
        raise InvalidInput(f"entry {number}: url,country,region,kind, and no more")
    country, region, kind = (*(part.lower() for part in rest), "", "", "")[:3]
    try:
        parts = urlsplit(url)
        given_port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise InvalidInput(f"entry {number}: not a URL") from None
    if parts.scheme not in set(ProxyScheme) or not host:
        raise InvalidInput(f"entry {number}: an http://, https:// or socks5:// URL of a proxy comes first")
    scheme = ProxyScheme(parts.scheme)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if max(len(user.encode()), len(password.encode())) > _MAX_SECRET:
        raise InvalidInput(f"entry {number}: a user's name or secret has at most {_MAX_SECRET} bytes")
    if country and not _COUNTRY.fullmatch(country):
        raise InvalidInput(f"entry {number}: the country is an ISO 3166-1 alpha-2 code, as us")
    if region and not _REGION.fullmatch(region):
        raise InvalidInput(f"entry {number}: the region is a name, as europe")
    try:
        of_kind = ProxyKind(kind or "datacenter")
    except ValueError:
        raise InvalidInput(f"entry {number}: the kind is one of {', '.join(ProxyKind)}") from None
    return Proxy(
        host=host,
        port=given_port or _PORTS[scheme],
        country=country,
        region=normal_region(region),
        kind=of_kind,
        scheme=scheme,
        user=user,
        password=password,
    )
