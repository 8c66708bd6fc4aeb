"""The environment, read once into a frozen value. Nothing else in Forage looks at an environment variable."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from domain.errors import InvalidInput
from forage.variables import MIN_KEY_CHARACTERS, VARIABLES, Variable

if TYPE_CHECKING:
    from agent.models import ModelConfig
    from domain.credits import CreditPlan
    from domain.egress import EgressPolicy
    from domain.prices import Prices
    from domain.proxies import ProxyTable
    from fetch.fetcher import FetchConfig
    from fetch.search.chain import SearchConfig


class Shown(msgspec.Struct, frozen=True):
    """A variable as people may see it: secrets masked, passwords inside URLs too."""

    name: str
    value: str
    is_set: bool
    meaning: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an operator can set. `environment` keeps only the names that were set, for `forage doctor`."""

    home: Path
    api_key: str
    egress_allow: str
    database_url: str
    redis_url: str
    blobs: str
    openai_base_url: str
    openai_api_key: str
    models: tuple[str, ...]
    search: tuple[str, ...]
    searxng_url: str
    brave_api_key: str
    brave_url: str
    tavily_api_key: str
    tavily_url: str
    search_fixed: tuple[str, ...]
    browser: str
    browser_pages: int
    user_agent: str
    host_delay_s: float
    respect_robots: bool
    target_proxies: str
    adblock_lists: tuple[str, ...]
    keep_pictures: dt.timedelta | None
    keep_runs: dt.timedelta | None
    keep_previews: dt.timedelta | None
    keep_events: dt.timedelta | None
    keep_deliveries: dt.timedelta | None
    keep_bulk_jobs: dt.timedelta | None
    host: str
    port: int
    worker_slots: int
    rate_limit: int
    mcp_origins: tuple[str, ...]
    registration: bool
    max_runs: int
    max_flows: int
    max_pools: int
    max_schedules: int
    max_webhooks: int
    max_waiting_runs: int
    max_run_megabytes: int
    max_bulk_jobs: int
    trusted_proxies: tuple[str, ...]
    meter: bool
    plan: CreditPlan
    token_price: tuple[int, int]
    credit_price: float
    log: str
    environment: frozenset[str] = frozenset()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Settings from environment variables; an empty one counts as not set.

        Raises InvalidInput, naming the variable and what it may be, for the first value that cannot be used.
        """
        chosen = {v.name: environment.get(v.name, "").strip() for v in VARIABLES}
        values: dict[str, Any] = {v.attribute: _read(v, chosen[v.name]) for v in VARIABLES}
        settings = cls(**values, environment=frozenset(name for name, text in chosen.items() if text))
        settings._refuse_unusable_search()
        return settings

    def _refuse_unusable_search(self) -> None:
        needs = {
            "searxng": ("SEARXNG_URL", self.searxng_url),
            "brave": ("BRAVE_API_KEY", self.brave_api_key),
            "tavily": ("TAVILY_API_KEY", self.tavily_api_key),
            "fixed": ("FORAGE_SEARCH_FIXED", self.search_fixed),
        }
        for provider in self.search:
            name, value = needs.get(provider, ("", "there"))
            if not value:
                raise InvalidInput(f"FORAGE_SEARCH names {provider!r}, which needs {name} to be set")

    @property
    def is_embedded(self) -> bool:
        """Whether one process is all there is: no Redis to tell other workers of a run."""
        return not self.redis_url

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'forage.sqlite3'}"

    @property
    def blob_place(self) -> str:
        return self.blobs or str(self.home / "blobs")

    @property
    def search_chain(self) -> tuple[str, ...]:
        """The providers to ask, first first: those named, else those that are set up, and ddgs, which needs no key."""
        if self.search:
            return self.search
        ready = {
            "fixed": self.search_fixed,
            "searxng": self.searxng_url,
            "brave": self.brave_api_key,
            "tavily": self.tavily_api_key,
        }
        return (*(name for name, value in ready.items() if value), "ddgs")

    @property
    def egress_policy(self) -> EgressPolicy:
        from domain.egress import EgressPolicy

        return EgressPolicy.parse(self.egress_allow)

    @property
    def prices(self) -> Prices:
        from domain.prices import Prices

        read, written = self.token_price
        return Prices(input_tokens=read, output_tokens=written, credit=self.credit_price)

    @property
    def proxy_table(self) -> ProxyTable:
        from domain.proxies import ProxyTable

        return ProxyTable.parse(self.target_proxies)

    def fetch_config(self, browser_path: str) -> FetchConfig:
        """`browser_path` is what `FORAGE_BROWSER` led to on this machine; empty means pages come by HTTP alone."""
        from fetch.fetcher import FetchConfig

        rest: dict[str, Any] = {"user_agent": self.user_agent} if self.user_agent else {}
        return FetchConfig(
            policy=self.egress_policy,
            browser_path=browser_path,
            browser_pages=self.browser_pages,
            per_host_delay_s=self.host_delay_s,
            respect_robots=self.respect_robots,
            proxies=self.proxy_table,
            filter_lists=self.adblock_lists,
            **rest,
        )

    def search_config(self) -> SearchConfig:
        from fetch.search.chain import SearchConfig

        hosted: dict[str, Any] = {"brave_url": self.brave_url, "tavily_url": self.tavily_url}
        return SearchConfig(
            chain=self.search_chain,
            searxng_url=self.searxng_url,
            brave_api_key=self.brave_api_key,
            tavily_api_key=self.tavily_api_key,
            fixed_urls=self.search_fixed,
            **{name: url for name, url in hosted.items() if url},
        )

    def model_config(self) -> ModelConfig | None:
        """How to reach a model, or None where none is set: then rules plan and methods without a model extract."""
        if not self.models:
            return None
        from agent.models import ModelConfig

        return ModelConfig(models=self.models, base_url=self.openai_base_url, api_key=self.openai_api_key)

    def shown(self) -> tuple[Shown, ...]:
        """Every variable with its value in force, fit to be printed."""
        return tuple(
            Shown(v.name, _masked(v, getattr(self, v.attribute)), v.name in self.environment, v.meaning)
            for v in VARIABLES
        )


def _read(variable: Variable, text: str) -> object:
    try:
        return variable.read(text or variable.default)
    except InvalidInput as fault:
        raise InvalidInput(f"{variable.name} is {_excerpt(variable, text)}: {fault.message}") from None


def _excerpt(variable: Variable, text: str) -> str:
    return "not usable" if variable.secret else f"{text[:80]!r}"


def _masked(variable: Variable, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None or isinstance(value, dt.timedelta):
        return str(value.days if value else 0)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    text = f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    if variable.secret:
        return f"{text[:4]}…{text[-2:]}" if len(text) >= MIN_KEY_CHARACTERS else "…" if text else ""
    return masked_url(text)


def masked_url(text: str) -> str:
    """The same text, without the password that a URL may carry."""
    return re.sub(r"(?<=://)([^/@:\s]*):[^/@\s]*@", r"\1:…@", text)
