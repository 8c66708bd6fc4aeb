from pathlib import Path

import pytest

from domain.errors import InvalidInput
from forage.settings import Settings
from forage.variables import VARIABLES


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


def test_nothing_set_is_a_working_embedded_service(tmp_path: Path):
    settings = read(FORAGE_HOME=str(tmp_path))
    assert settings.is_embedded
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/forage.sqlite3"
    assert settings.blob_place == str(tmp_path / "blobs")
    assert settings.search_chain == ("ddgs",)
    assert settings.model_config() is None


def test_prices_and_plan_are_the_operators():
    settings = read(FORAGE_TOKEN_PRICE="0, 7", FORAGE_CREDIT_PRICE="0.0002", FORAGE_PLAN="Growth", FORAGE_METER="on")
    assert (settings.prices.input_tokens, settings.prices.output_tokens) == (0, 7)
    assert (settings.prices.credit, settings.plan, settings.meter) == (0.0002, "growth", True)
    assert (read().plan, read().meter) == ("unlimited", False)
    assert {shown.name: shown.value for shown in read().shown()}["FORAGE_CREDIT_PRICE"] == "0.00001"


def test_an_empty_variable_counts_as_not_set():
    assert read(FORAGE_PORT="", REDIS_URL=" ").port == read().port


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FORAGE_PORT", "eighty", "1 to 65535"),
        ("FORAGE_PORT", "70000", "1 to 65535"),
        ("FORAGE_SEARCH", "searxng,bing", "ddgs"),
        ("SEARXNG_URL", "searxng:8080", "http://"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://"),
        ("REDIS_URL", "http://127.0.0.1", "redis://"),
        ("FORAGE_BLOBS", "gs://bucket", "s3://"),
        ("FORAGE_ROBOTS", "maybe", "on or off"),
        ("FORAGE_LOG", "loud", "debug"),
        ("FORAGE_PLAN", "gold", "free, starter, growth, unlimited"),
        ("FORAGE_TOKEN_PRICE", "10", "two whole numbers"),
        ("FORAGE_CREDIT_PRICE", "1e-5", "decimals"),
        ("FORAGE_HOST_DELAY", "-1", "seconds"),
        ("FORAGE_API_KEY", "short", "16 characters"),
        ("FORAGE_EGRESS_ALLOW", "10.0.0.0/99", ""),
    ],
)
def test_a_bad_value_is_refused_naming_the_variable_and_what_it_may_be(name, value, allowed):
    with pytest.raises(InvalidInput) as refused:
        read(**{name: value})
    assert name in refused.value.message
    assert allowed in refused.value.message


def test_a_refused_secret_is_not_echoed():
    with pytest.raises(InvalidInput) as refused:
        read(FORAGE_API_KEY="hunter2")
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize(
    ("provider", "needed"), [("searxng", "SEARXNG_URL"), ("brave", "BRAVE_API_KEY"), ("fixed", "FORAGE_SEARCH_FIXED")]
)
def test_a_named_search_provider_that_is_not_set_up_is_refused_at_start(provider, needed):
    with pytest.raises(InvalidInput, match=needed):
        read(FORAGE_SEARCH=provider)


def test_providers_that_are_set_up_come_before_the_one_that_needs_no_key():
    assert read(SEARXNG_URL="http://search:8080/").search_chain == ("searxng", "ddgs")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_way_to_write_a_postgres_url_gets_the_async_driver(scheme):
    assert read(DATABASE_URL=f"{scheme}://u:p@db:5432/forage").database == "postgresql+asyncpg://u:p@db:5432/forage"


def test_secrets_are_masked_wherever_they_stand():
    secret = "sk-verysecretverysecret"
    settings = read(
        OPENAI_API_KEY=secret, BRAVE_API_KEY=secret, FORAGE_API_KEY=secret, DATABASE_URL=f"postgresql://u:{secret}@h/d"
    )
    printed = " ".join(shown.value for shown in settings.shown())
    assert secret not in printed
    assert "postgresql+asyncpg://u:…@h/d" in printed


def test_every_variable_lands_in_a_setting():
    assert {v.attribute for v in VARIABLES} | {"environment"} == set(Settings.__struct_fields__)


def test_only_the_settings_module_reads_the_environment():
    allowed = {
        "settings.py",
        "cli.py",
        "process.py",
        "browsers.py",
    }  # faults told, environment handed on, child processes
    offenders = [
        str(path)
        for path in Path("forage").rglob("*.py")
        if "os.environ" in path.read_text() and path.name not in allowed
    ]
    assert offenders == []
