"""Menus that no name gives away: little but links in them, and one leads home."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

TOPICS = (
    "Boats",
    "Piers",
    "Locks",
    "Weirs",
    "Mills",
    "Ferries",
    "Tolls",
    "Bridges",
    "Buoys",
    "Charts",
    "Towpaths",
    "Dredging",
)
PARTS = ("Rules and guidance", "Forms to fill in", "Fees and charges", "People to ask", "Archive of old papers")
NOTICE = "All begin at noon, by the old lock. " * 40
PANELS = ("Full Council", "Lock Keepers", "Toll Panel", "Pier Group", "Weir Watch", "Mill Board")
MEETINGS = [(3 + 4 * at, name, f"agenda-{at}.pdf") for at, name in enumerate(PANELS)]


def site_menu(home: str) -> str:
    entries = "".join(
        f"<li><a href=/{topic}>{topic}</a><ul>"
        + "".join(f"<li><a href=/{topic}/{part}>{topic} {part}</a></li>" for part in PARTS)
        + "</ul></li>"
        for topic in TOPICS
    )
    start = f"<li><a href='{home}'>Start</a></li>"
    return f"<div class=z1><p>Since 1 January 2011</p><ul class=z2>{start}{entries}</ul></div>"


def told(before: str) -> list[dict[str, object]]:
    rows = "".join(
        f"<tr><td>{day} May 2026</td><td>{name}</td><td><a href=/files/{file}>Agenda</a></td></tr>"
        for day, name, file in MEETINGS
    )
    body = f"{before}<div><h1>Meetings</h1><p>{NOTICE}</p><table>{rows}</table></div>"
    page = page_of(f"<html lang=en-GB><body>{body}</body></html>", "https://x.example/meetings")
    fields = parse_fields("title,start:date,links:url")
    return [plain_values(each.fields) for each in read_page(page, Ask(fields=fields, many=True)).candidates]


def test_a_long_menu_without_a_telling_name_is_not_the_list_of_a_page():
    for home in ("/", "https://x.example/", "index.php"):
        assert [row["title"] for row in told(site_menu(home))] == [name for _, name, _ in MEETINGS]


def test_links_with_dates_beside_a_way_home_stay_the_list_that_they_are():
    links = "".join(f"<li><a href=/f/{day}>Council of {day} May 2026</a></li>" for day in range(2, 14))
    body = f"<div><p><a href=/>Start</a></p><ul>{links}</ul></div><p>{'Words of the clerk. ' * 30}</p>"
    page = page_of(f"<html lang=en-GB><body><h1>Meetings</h1>{body}</body></html>", "https://x.example/meetings")
    fields = parse_fields("title,start:date,links:url")
    found = read_page(page, Ask(fields=fields, many=True)).candidates
    assert [str(plain_values(each.fields)["start"])[:10] for each in found] == [
        f"2026-05-{day:02}" for day in range(2, 14)
    ]
