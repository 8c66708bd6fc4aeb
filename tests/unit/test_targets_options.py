"""Options of Targets, the table of proxies, and when another try may help."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.bulk import BulkDevice, BulkJob, BulkStatus, TargetOptions, job_status
from domain.errors import InvalidInput, NotConfigured
from domain.pages import FetchOutcome
from domain.prices import Prices, price_of_target
from domain.proxies import ProxyTable
from domain.urls import parse_url
from fetch.targets.contents import is_text, raw
from fetch.targets.cookies import Cookies
from fetch.targets.devices import DEVICES
from fetch.targets.retries import MAX_TRIES, Try, judge

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TABLE = """
# office
http://one.example:3128,us,northamerica,datacenter
http://user:p%40ss@two.example:3128,DE,Europe,residential; http://three.example,fr,europe,mobile
"""


def test_a_table_of_proxies_is_read_from_lines_and_lists() -> None:
    table = ProxyTable.parse(TABLE)
    assert [(p.host, p.port, p.country, p.region, p.kind.value) for p in table.proxies] == [
        ("one.example", 3128, "us", "northamerica", "datacenter"),
        ("two.example", 3128, "de", "europe", "residential"),
        ("three.example", 8080, "fr", "europe", "mobile"),
    ]
    assert (table.proxies[1].user, table.proxies[1].password) == ("user", "p@ss")


def test_a_proxy_is_spoken_to_as_its_url_says() -> None:
    table = ProxyTable.parse("https://one.example,us\nsocks5://me:it@two.example,us\nsocks5://three.example:9050,us")
    assert [(p.scheme.value, p.host, p.port, p.user) for p in table.proxies] == [
        ("https", "one.example", 443, ""),
        ("socks5", "two.example", 1080, "me"),
        ("socks5", "three.example", 9050, ""),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "nothing",
        "socks4://a:1,us",
        "socks5h://a:1,us",
        f"socks5://{'n' * 256}:p@a:1,us",
        "http://a:1,usa",
        "http://a:1,us,europe,fast",
        "http://a,us,x,mobile,y",
    ],
)
def test_a_bad_entry_is_named_by_its_number_and_never_shown(entry: str) -> None:
    with pytest.raises(InvalidInput) as told:
        ProxyTable.parse(f"http://secret:word@ok.example:1,us;{entry}")
    assert told.value.message.startswith("entry 2:")
    assert "word" not in told.value.message


def test_a_wish_is_served_by_country_region_and_kind_together() -> None:
    table = ProxyTable.parse(TABLE)

    def hosts(**wish: object) -> list[str]:
        return [proxy.host for proxy in table.fitting(TargetOptions(**wish))]  # ty: ignore[invalid-argument-type]

    assert hosts() == []
    assert hosts(geo_code="us") == ["one.example"]
    assert hosts(regional_geo_code="Europe") == ["two.example", "three.example"]
    assert hosts(super_proxy=True, geo_code="de") == ["two.example"]
    assert hosts(super_proxy=True, geo_code="us") == []


def test_what_no_proxy_serves_is_refused_with_the_way_to_enable_it() -> None:
    with pytest.raises(NotConfigured, match="FORAGE_PROXIES") as told:
        ProxyTable().check(TargetOptions(geo_code="us", super_proxy=True))
    assert set(told.value.fields) == {"GeoCode", "Super"}
    with pytest.raises(NotConfigured, match="de, fr, us"):
        ProxyTable.parse(TABLE).check(TargetOptions(geo_code="jp"))


def test_a_key_keeps_its_proxy_and_a_retry_takes_another() -> None:
    table = ProxyTable.parse("\n".join(f"http://p{n}.example:1,us,,datacenter" for n in range(5)))
    options = TargetOptions(geo_code="us")
    first = table.choose(options, key="a")
    assert first == table.choose(options, key="a")
    assert first is not None
    assert table.choose(options, key="a", tried=[first]) != first
    assert len({table.choose(options, key=str(n)) for n in range(50)}) == 5
    assert table.choose(TargetOptions(), key="a") is None


def test_a_refusal_is_tried_again_and_a_page_that_is_not_there_is_an_answer() -> None:
    plain = TargetOptions()
    for status in (200, 301, 400, 404, 410, 451):
        assert judge(plain, Try(number=1, status=status), NOW).is_good
    for status in (401, 403, 407, 408, 425, 429, 500, 503, 599):
        verdict = judge(plain, Try(number=1, status=status), NOW)
        assert (verdict.is_good, verdict.again_in_s is not None) == (False, True), status
    assert judge(plain, Try(number=1, status=200, wall="a captcha"), NOW).again_in_s is not None
    assert judge(plain, Try(number=1, outcome=FetchOutcome.UNREACHABLE), NOW).again_in_s is not None
    assert judge(plain, Try(number=1, outcome=FetchOutcome.UNSAFE_URL), NOW).again_in_s is None


def test_tries_end_by_number_by_wish_and_by_what_the_site_asks() -> None:
    plain = TargetOptions()
    assert judge(plain, Try(number=MAX_TRIES, status=503), NOW).again_in_s is None
    assert judge(TargetOptions(disable_retry=True), Try(number=1, status=503), NOW).again_in_s is None
    assert judge(TargetOptions(transparent_response=True), Try(number=1, status=503), NOW).is_good
    assert judge(plain, Try(number=1, status=503, retry_after="3"), NOW).again_in_s == 3
    assert judge(plain, Try(number=1, status=503, retry_after="3600"), NOW).again_in_s is None
    waits = [judge(plain, Try(number=number, status=503), NOW).again_in_s for number in (1, 2, 3)]
    assert waits == sorted(waits)  # ty: ignore[invalid-argument-type]


@pytest.mark.parametrize("device", list(BulkDevice))
def test_what_a_device_says_of_itself_agrees(device: BulkDevice) -> None:
    headers = DEVICES[device].headers()
    is_phone = device is BulkDevice.MOBILE
    assert ("Mobile" in headers["User-Agent"]) == is_phone
    assert headers["sec-ch-ua-mobile"] == ("?1" if is_phone else "?0")
    assert ("Windows" in headers["User-Agent"]) == (headers["sec-ch-ua-platform"] == '"Windows"')
    major = headers["User-Agent"].partition("Chrome/")[2].partition(".")[0]
    assert f'v="{major}"' in headers["sec-ch-ua"]


async def test_a_sites_cookie_stands_before_the_callers_and_stays_with_its_site() -> None:
    home, other = parse_url("https://shop.example/a"), parse_url("https://other.example/")
    cookies = Cookies("", "a=mine; b=mine", home)
    assert cookies.header(home) == "a=mine; b=mine"
    assert cookies.header(other) == ""
    cookies.keep(home, ["a=theirs; Path=/", "c=new; Path=/"])
    assert cookies.header(home) == "a=theirs; b=mine; c=new"
    again = Cookies(cookies.dump(), "", home)
    assert again.header(home) == "a=theirs; c=new"
    assert again.header(other) == ""
    assert Cookies("no json", "", home).header(home) == ""


def test_text_goes_out_as_text_and_everything_else_as_bytes() -> None:
    assert raw("text/html; charset=iso-8859-1", b"<p>caf\xe9</p>").body == "<p>café</p>".encode()
    assert is_text("application/javascript", b"let a = 1")
    assert is_text("text/css", b"p {}")
    assert not is_text("text/plain", b"%PDF-1.7")
    assert not is_text("image/png", b"\x89PNG")
    assert raw("application/pdf", b"%PDF\xff").is_binary
    assert not raw("application/pdf", b"").is_binary


def test_a_target_costs_by_how_it_is_fetched() -> None:
    from domain.bulk import RenderOptions

    prices, render = Prices(), RenderOptions()
    assert [
        price_of_target(TargetOptions(render=shown, super_proxy=is_super), prices)
        for is_super in (False, True)
        for shown in (None, render)
    ] == [1, 5, 10, 25]


def test_a_job_is_what_its_tasks_are() -> None:
    job = BulkJob(id="j", account_id="a", options=TargetOptions(), total=2, left=2, created_at=NOW)

    def status(*held: BulkStatus, **changes: object) -> BulkStatus:
        import msgspec

        return job_status(msgspec.structs.replace(job, **changes), frozenset(held))

    assert status() is BulkStatus.QUEUED
    assert status(BulkStatus.ROTATING, started_at=NOW) is BulkStatus.ROTATING
    assert status(BulkStatus.ROTATING, BulkStatus.PENDING, started_at=NOW) is BulkStatus.PENDING
    assert status(completed_at=NOW, succeeded=1) is BulkStatus.SUCCESS
    assert status(completed_at=NOW) is BulkStatus.ERROR
    assert status(completed_at=NOW, succeeded=2, canceled=True) is BulkStatus.CANCELED
