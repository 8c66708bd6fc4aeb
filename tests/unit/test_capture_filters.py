"""What the filter lists name, and where a caller's headers go."""

from __future__ import annotations

from fetch.capture.ads import AdFilter
from fetch.capture.gate import with_headers


def test_well_known_hosts_are_on_our_list_and_a_site_of_its_own_is_not():
    ads = AdFilter(["/no/such/file"])
    for url in ("https://ad.doubleclick.net/a.js", "https://www.google-analytics.com/analytics.js"):
        assert ads.blocks(url, "https://news.example/", "Script")
    assert not ads.blocks("https://news.example/app.js", "https://news.example/", "Script")
    assert not ads.blocks("no address", "https://news.example/", "Script")


def test_a_header_of_the_browsers_own_stays_where_it_only_shares_a_name():
    given = (("Accept", "application/json"),)
    assert with_headers({"accept": "text/html"}, given, is_home=True) == {"Accept": "application/json"}
    assert with_headers({"accept": "text/html"}, given, is_home=False) == {"accept": "text/html"}


def test_a_selector_that_no_browser_knows_takes_no_other_down_with_it(tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text("##.own-ad\n##.x:nonsense(1)\n")
    css = AdFilter([str(listed)]).hidden("https://news.example/", ["own-ad", "x"], [])
    assert ".own-ad { display: none !important }" in css.splitlines()
