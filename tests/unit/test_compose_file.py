"""The compose file cannot be run where there is no engine: these tests hold what can be known without one."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from forage.cli import COMMANDS, cli
from forage.settings import Settings
from forage.variables import VARIABLES

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "compose_schema" / "compose-spec.json"
OURS = ("api", "worker")
# What other images read, and what only the compose file itself substitutes.
FOREIGN = {
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "SEARXNG_SECRET",
    "OLLAMA_HOST",
    "LOCAL_MODEL",
    "FORAGE_PUBLISH",
    "FORAGE_PROXY_PLACES",
}
# What the image has of its own, what names files that it has not, and other addresses of hosted services.
LEFT_OUT = {
    "FORAGE_HOME",
    "FORAGE_BROWSER",
    "FORAGE_ADBLOCK_LISTS",
    "FORAGE_SEARCH_FIXED",
    "BRAVE_URL",
    "TAVILY_URL",
}


@pytest.fixture(scope="module")
def source() -> str:
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def compose(source) -> dict:
    return yaml.safe_load(source)


def test_it_is_valid_by_the_schema_of_the_compose_specification(compose):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator(schema).validate(compose)


def test_the_schema_is_not_one_that_accepts_everything(compose):
    schema = json.loads(SCHEMA.read_text())
    broken = compose | {"services": {"api": {"imaeg": "forage"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(broken)


def test_every_name_that_our_services_are_given_is_a_setting(compose):
    known = {variable.name for variable in VARIABLES}
    for service in OURS:
        assert set(compose["services"][service]["environment"]) <= known


def test_no_setting_is_forgotten_on_its_way_into_the_containers(compose):
    given = {name for service in OURS for name in compose["services"][service]["environment"]}
    assert {variable.name for variable in VARIABLES} - given == LEFT_OUT


def test_every_name_that_is_substituted_can_be_set_in_the_example(source):
    example = (ROOT / ".env.example").read_text()
    for name in set(re.findall(r"\$\{([A-Z_]+)", source)):
        assert re.search(rf"^(#\s+)?{name}=", example, re.M), name


def test_every_name_in_the_example_means_something():
    names = set(re.findall(r"^(?:#\s+)?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert names <= {variable.name for variable in VARIABLES} | FOREIGN


def test_the_environment_of_each_service_is_one_that_settings_accept(compose):
    filled = {"POSTGRES_PASSWORD": "secret", "FORAGE_API_KEY": "k" * 24}

    def value(text: str) -> str:
        return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda m: filled.get(m[1], m[2] or ""), str(text))

    for service in OURS:
        environment = {name: value(text) for name, text in compose["services"][service]["environment"].items()}
        settings = Settings.from_environment(environment)
        assert not settings.is_embedded
        assert settings.database.startswith("postgresql+asyncpg://forage:secret@postgres")


def test_the_commands_of_our_services_exist_with_their_options(compose):
    for service in OURS:
        name, *options = compose["services"][service]["command"]
        assert name in COMMANDS
        shown = CliRunner().invoke(cli, [name, "--help"]).output
        assert all(option in shown for option in options if option.startswith("--"))


def test_the_api_holds_no_model_key_and_no_way_out(compose):
    api, worker = compose["services"]["api"], compose["services"]["worker"]
    assert not {"OPENAI_API_KEY", "BRAVE_API_KEY", "TAVILY_API_KEY"} & set(api["environment"])
    assert "outside" not in api["networks"]
    assert "outside" in worker["networks"]
    assert compose["networks"]["back"]["internal"] is True


def test_the_api_is_handed_no_passwords_of_proxies(compose):
    api, worker = (compose["services"][name]["environment"]["FORAGE_PROXIES"] for name in OURS)
    assert (api, worker) == ("${FORAGE_PROXY_PLACES:-}", "${FORAGE_PROXIES:-}")


def test_api_and_workers_share_database_doorbell_and_blobs(compose):
    api, worker = (compose["services"][name]["environment"] for name in OURS)
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS", "FORAGE_EGRESS_ALLOW"):
        assert api[name] == worker[name]


def test_every_service_that_stays_up_has_a_health_check_and_restarts(compose):
    for name, service in compose["services"].items():
        if name != "model-pull":
            assert "healthcheck" in service, name
            assert service["restart"] == "unless-stopped", name


def test_no_secret_has_a_default(source):
    for name in ("POSTGRES_PASSWORD", "FORAGE_API_KEY", "SEARXNG_SECRET"):
        assert f"${{{name}:-" not in source
        assert f"${{{name}:?" in source


def test_searxng_is_told_to_speak_json():
    settings = yaml.safe_load((ROOT / "deploy/searxng/settings.yml").read_text())
    assert "json" in settings["search"]["formats"]


def test_the_image_runs_as_no_root_and_installs_by_hash():
    lines = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER (?!root)", lines, re.M)
    assert "--require-hashes" in lines
