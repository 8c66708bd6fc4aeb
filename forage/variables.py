"""The environment variables of Forage: what each is called, what it means, and how its text is read."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import platformdirs

from domain.errors import InvalidInput

if TYPE_CHECKING:
    from domain.credits import CreditPlan

SEARCH_PROVIDERS = ("searxng", "ddgs", "brave", "tavily", "fixed")
LOG_LEVELS = ("debug", "info", "warning", "error")
MIN_KEY_CHARACTERS = 16  # a shorter owner key could be guessed over the network
MOST_OF_ACCOUNT = 1_000_000  # of anything: each is counted when another one is made
SWITCH = {"on": True, "off": False}


class Variable(msgspec.Struct, frozen=True):
    """One environment variable: what it is called, where it lands in `Settings`, and how its text is read."""

    name: str
    attribute: str
    meaning: str
    read: Callable[[str], object]
    default: str = ""
    secret: bool = False


def _any(text: str) -> str:
    return text


def _home(text: str) -> Path:
    return Path(text).expanduser() if text else Path(platformdirs.user_data_dir("forage", appauthor=False))


def _key(text: str) -> str:
    if text and len(text) < MIN_KEY_CHARACTERS:
        raise InvalidInput(f"an owner key has at least {MIN_KEY_CHARACTERS} characters")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _providers(text: str) -> tuple[str, ...]:
    names = _names(text.lower())
    unknown = [name for name in names if name not in SEARCH_PROVIDERS]
    if unknown:
        raise InvalidInput(f"no provider {unknown[0]!r}; allowed is a list of {', '.join(SEARCH_PROVIDERS)}")
    return names


def _http_url(text: str) -> str:
    return _url_of("http", "https")(text)


def _url_of(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and (urlsplit(text).scheme not in schemes or not text.partition("://")[2]):
            raise InvalidInput(f"allowed is a URL that begins with {' or '.join(s + '://' for s in schemes)}")
        return text.rstrip("/") if set(schemes) & {"http", "https"} else text

    return read


def _database(text: str) -> str:
    """What hosts hand out (`postgres://`) becomes what the driver wants."""
    scheme, mark, rest = text.partition("://")
    driver = {
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "postgresql+asyncpg": "postgresql+asyncpg",
        "sqlite": "sqlite+aiosqlite",
        "sqlite+aiosqlite": "sqlite+aiosqlite",
    }
    if text and (scheme not in driver or not mark):
        raise InvalidInput("allowed is postgresql://user:password@host:port/name or sqlite:///path")
    return f"{driver[scheme]}://{rest}" if text else ""


def _blobs(text: str) -> str:
    if "://" in text and not text.startswith("s3://"):
        raise InvalidInput("allowed is a directory or s3://bucket/prefix")
    return text


def _allow(text: str) -> str:
    if text:
        from domain.egress import EgressPolicy

        EgressPolicy.parse(text)
    return text


def _proxies(text: str) -> str:
    """The entries themselves, also where a file holds them."""
    if not text:
        return ""
    from domain.proxies import ProxyTable

    if "://" not in text:
        try:
            text = Path(text).expanduser().read_text("utf-8")
        except (OSError, UnicodeError):
            raise InvalidInput("allowed is a file of proxies, or the list itself: url,country,region,kind") from None
    ProxyTable.parse(text)
    return text


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise InvalidInput(f"allowed is a whole number from {low} to {high}")
        return int(text)

    return read


def _days(text: str) -> dt.timedelta | None:
    return dt.timedelta(days=days) if (days := _whole(0, 36_500)(text)) else None


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3})?", text):
        raise InvalidInput("allowed is a number of seconds from 0 to 999.999")
    return float(text)


def _switch(text: str) -> bool:
    if text.lower() not in SWITCH:
        raise InvalidInput("allowed is on or off")
    return SWITCH[text.lower()]


def _plan(text: str) -> CreditPlan:
    from domain.credits import CreditPlan

    if text.lower() not in set(CreditPlan):
        raise InvalidInput(f"allowed is {', '.join(CreditPlan)}")
    return CreditPlan(text.lower())


def _token_price(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d{1,6} *, *\d{1,6}", text):
        raise InvalidInput("allowed are two whole numbers, for tokens read and written, as 10,40")
    read, written = text.split(",")
    return int(read), int(written)


def _price(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,9})?", text):
        raise InvalidInput("allowed is a number with at most nine decimals, as 0.00001")
    return float(text)


def _networks(text: str) -> tuple[str, ...]:
    names = _names(text)
    for name in names:
        try:
            ipaddress.ip_network(name)
        except ValueError:
            raise InvalidInput("allowed is a list of addresses and networks, as 10.0.0.0/8") from None
    return names


def _origins(text: str) -> tuple[str, ...]:
    names = _names(text.lower())
    if any(not re.fullmatch(r"https?://[^/?#@\s]+", name) for name in names):
        raise InvalidInput("allowed is a list of origins, as https://chat.example")
    return names


def _level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise InvalidInput(f"allowed is {', '.join(LOG_LEVELS)}")
    return text.lower()


VARIABLES: tuple[Variable, ...] = (
    Variable("FORAGE_HOME", "home", "where data is kept; default: the user's data directory", _home),
    Variable("FORAGE_API_KEY", "api_key", "the owner's key; else one is made at first start", _key, secret=True),
    Variable(
        "FORAGE_EGRESS_ALLOW",
        "egress_allow",
        "host:port or CIDR list that may be fetched besides the public internet",
        _allow,
    ),
    Variable(
        "DATABASE_URL", "database_url", "PostgreSQL of the scaled mode; default: SQLite in FORAGE_HOME", _database
    ),
    Variable("REDIS_URL", "redis_url", "wakes workers in other processes", _url_of("redis", "rediss", "unix")),
    Variable("FORAGE_BLOBS", "blobs", "archived pages: a directory or s3://bucket/prefix", _blobs),
    Variable("OPENAI_BASE_URL", "openai_base_url", "an OpenAI-compatible endpoint", _http_url),
    Variable("OPENAI_API_KEY", "openai_api_key", "its key", _any, secret=True),
    Variable("FORAGE_MODELS", "models", "chain of models, tried first to last; empty: no model", _names),
    Variable("FORAGE_SEARCH", "search", f"chain of search providers: {', '.join(SEARCH_PROVIDERS)}", _providers),
    Variable("SEARXNG_URL", "searxng_url", "a SearXNG that gives JSON", _http_url),
    Variable("BRAVE_API_KEY", "brave_api_key", "key of Brave Search", _any, secret=True),
    Variable("BRAVE_URL", "brave_url", "another address of Brave's API", _http_url),
    Variable("TAVILY_API_KEY", "tavily_api_key", "key of Tavily", _any, secret=True),
    Variable("TAVILY_URL", "tavily_url", "another address of Tavily's API", _http_url),
    Variable("FORAGE_SEARCH_FIXED", "search_fixed", "URLs, or JSON files of results, that `fixed` gives", _names),
    Variable("FORAGE_BROWSER", "browser", "path of a Chromium, or none; empty: the first one found", _any),
    Variable("FORAGE_BROWSER_PAGES", "browser_pages", "browser pages open at once", _whole(1, 32), "4"),
    Variable("FORAGE_USER_AGENT", "user_agent", "what Forage calls itself to sites", _any),
    Variable("FORAGE_HOST_DELAY", "host_delay_s", "seconds between two requests to one host", _seconds, "0.5"),
    Variable(
        "FORAGE_PROXIES",
        "target_proxies",
        "url,country,region,kind of each proxy for Targets: a file of lines, or a list with semicolons",
        _proxies,
        secret=True,
    ),
    Variable("FORAGE_ROBOTS", "respect_robots", "obey robots.txt: on or off", _switch, "on"),
    Variable(
        "FORAGE_ADBLOCK_LISTS",
        "adblock_lists",
        "files in EasyList's syntax, for pictures without advertisements",
        _names,
    ),
    Variable(
        "FORAGE_KEEP_PICTURES", "keep_pictures", "days that pictures are kept; 0: as long as their runs", _days, "90"
    ),
    Variable(
        "FORAGE_KEEP_RUNS",
        "keep_runs",
        "days that runs are kept with all that they found; 0: until they are deleted",
        _days,
        "0",
    ),
    Variable(
        "FORAGE_KEEP_PREVIEWS",
        "keep_previews",
        "days that previews and searches are kept; 0: until they are deleted",
        _days,
        "7",
    ),
    Variable(
        "FORAGE_KEEP_EVENTS",
        "keep_events",
        "days that what a run told as it went is kept; 0: as long as the run",
        _days,
        "90",
    ),
    Variable(
        "FORAGE_KEEP_DELIVERIES",
        "keep_deliveries",
        "days that webhook deliveries are kept and can be replayed; 0: for ever",
        _days,
        "30",
    ),
    Variable("FORAGE_KEEP_BULK_JOBS", "keep_bulk_jobs", "days that jobs of Targets are kept; 0: for ever", _days, "30"),
    Variable("FORAGE_HOST", "host", "address that `forage serve` listens on", _any, "127.0.0.1"),
    Variable("FORAGE_PORT", "port", "port that `forage serve` listens on", _whole(1, 65535), "8090"),
    Variable("FORAGE_WORKER_SLOTS", "worker_slots", "runs that one worker works on at once", _whole(1, 64), "4"),
    Variable("FORAGE_MCP_ORIGINS", "mcp_origins", "web pages that may call /mcp besides this machine's", _origins),
    Variable("FORAGE_RATE_LIMIT", "rate_limit", "requests a minute of one key", _whole(1, 1_000_000), "600"),
    Variable("FORAGE_REGISTRATION", "registration", "let people make accounts: on or off", _switch, "on"),
    Variable("FORAGE_MAX_RUNS", "max_runs", "runs at once of an account, when it is made", _whole(1, 1000), "10"),
    Variable("FORAGE_MAX_FLOWS", "max_flows", "the most flows of an account", _whole(1, MOST_OF_ACCOUNT), "1000"),
    Variable("FORAGE_MAX_POOLS", "max_pools", "the most pools of an account", _whole(1, MOST_OF_ACCOUNT), "1000"),
    Variable(
        "FORAGE_MAX_SCHEDULES",
        "max_schedules",
        "the most scheduled jobs of an account, those of its monitors among them",
        _whole(1, MOST_OF_ACCOUNT),
        "1000",
    ),
    Variable(
        "FORAGE_MAX_WEBHOOKS", "max_webhooks", "the most webhooks of an account", _whole(1, MOST_OF_ACCOUNT), "1000"
    ),
    Variable(
        "FORAGE_MAX_WAITING_RUNS",
        "max_waiting_runs",
        "the most runs of an account that wait to be taken up",
        _whole(1, MOST_OF_ACCOUNT),
        "10000",
    ),
    Variable(
        "FORAGE_MAX_RUN_MB",
        "max_run_megabytes",
        "the most megabytes of a run's records, their evidence included; it ends with what fits",
        _whole(1, 10_000),
        "64",
    ),
    Variable(
        "FORAGE_MAX_BULK_JOBS",
        "max_bulk_jobs",
        "the most jobs of Targets of an account that are going",
        _whole(1, MOST_OF_ACCOUNT),
        "100",
    ),
    Variable(
        "FORAGE_TRUSTED_PROXIES",
        "trusted_proxies",
        "addresses of your own proxies, whose X-Forwarded-For is believed",
        _networks,
    ),
    Variable("FORAGE_METER", "meter", "charge accounts credits by their plan: on or off", _switch, "off"),
    Variable("FORAGE_PLAN", "plan", "plan of new accounts: free, starter, growth or unlimited", _plan, "unlimited"),
    Variable(
        "FORAGE_TOKEN_PRICE", "token_price", "credits for 1,000 model tokens read, and written", _token_price, "10,40"
    ),
    Variable("FORAGE_CREDIT_PRICE", "credit_price", "what a credit is worth in your currency", _price, "0.00001"),
    Variable("FORAGE_LOG", "log", f"least level that is logged: {', '.join(LOG_LEVELS)}", _level, "warning"),
)
