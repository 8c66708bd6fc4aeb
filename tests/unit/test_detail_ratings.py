"""A rating is read from whatever shows it, with its halves, and never from another thing's or one reader's stars."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import FieldValue, is_told
from domain.stars import stars_told
from evals.readers import saved_page

ICON = "<i class='fa fa-star'></i>"
HALF = "<i class='fa fa-star-half-o'></i>"
EMPTY = "<i class='fa fa-star-o'></i>"


def told(body: str, lang: str = "en") -> dict[str, FieldValue]:
    html = f"<html lang={lang}><title>Pot</title><body><main><h1>Copper pot</h1>{body}</main></body></html>"
    page = saved_page("https://shop.example/pot", html)
    reading = read_page(page, Ask(fields=parse_fields("name,rating,review_count"), many=False))
    return {name: value for name, value in reading.candidates[0].fields.items() if is_told(value)}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("<span class=stars>★★★★☆</span>", 4.0),
        ("<p>★★★½☆ 31 reviews</p>", 3.5),
        ("<span role=img aria-label='4.5 out of 5 stars'><i></i></span>", 4.5),
        ("<span class=s title='3,5 von 5 Sternen'></span>", 3.5),
        ("<img src=/s.png alt='4 sur 5 étoiles'>", 4.0),
        ("<span aria-label='2,5 z 5 gwiazdek'></span>", 2.5),
        ("<span aria-label='5つ星のうち4.3'></span>", 4.3),
        ("<div class=stars-outer><div class=stars-inner style='width: 80%'></div></div>", 4.0),
        ("<div class=rating><span style='width:70%'>stars</span></div>", 3.5),
        ("<div class=stars data-rating=4.5></div>", 4.5),
        (f"<div class=rating>{ICON * 3}{HALF}{EMPTY}</div>", 3.5),
        ("<p>4.2 / 5 (31 reviews)</p>", 4.2),
        ("<p>Rating: 8.5 out of 10</p>", 8.5),
    ],
)
def test_stars_are_read_from_whatever_shows_them(body: str, value: float) -> None:
    assert told(body)["rating"].value == value


def test_a_rating_keeps_the_scale_that_it_is_told_with() -> None:
    assert told("<span aria-label='8.5 out of 10 stars'></span>")["rating"].raw == "8.5 out of 10 stars"


@pytest.mark.parametrize(
    "body",
    [
        "<section class=related><h2>You may also like</h2><a href=/x>Pan</a><span class=stars>★★☆☆☆</span></section>",
        "<div id=reviews><h2>Reviews</h2><p>Ann <span aria-label='1 out of 5 stars'></span> bad</p></div>",
        "<form>Your rating <div class=stars data-rating=3><input type=radio name=stars value=1></div></form>",
        f"<div>{ICON * 5}</div>",
        "<div><p class=stars style='width:90%'></p><p class=stars style='width:4%'></p></div>",
        "<p>Page 4/5</p><div style='width: 50%'>half of the row</div>",
    ],
)
def test_what_rates_nothing_or_something_else_is_no_rating(body: str) -> None:
    assert "rating" not in told(body)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("<p>★★★★☆ (31 reviews)</p>", 31),
        ("<a href='#r'>1,204 ratings</a>", 1204),
        ("<a href='#r'>1.204 Bewertungen</a>", 1204),
        ("<span>12 avis</span>", 12),
        ("<span>57件のレビュー</span>", 57),
    ],
)
def test_how_many_rated_it_is_no_rating(body: str, count: int) -> None:
    found = told(body)
    assert found["review_count"].value == count
    assert "rating" not in found or found["rating"].value == 4.0


@pytest.mark.parametrize("text", ["7 out of 5", "★★☆", "4/5/2024", "1/52"])
def test_what_is_off_its_scale_is_no_rating(text: str) -> None:
    assert stars_told(text) is None


@pytest.mark.parametrize(
    "shown",
    [
        "<p>2 of 5</p>",
        "<div class=gallery><span>1/5</span></div>",
        "<div class=start-page><span>1 / 10</span></div>",
        "<button aria-label='Slide 1 of 5'>next</button>",
        "<img src=a.jpg alt='Image 3 of 10'>",
        "<p>4 points</p>",
    ],
)
def test_the_number_of_a_picture_or_of_a_page_is_no_rating(shown: str) -> None:
    assert "rating" not in told(shown)


@pytest.mark.parametrize("shown", ["<p>4/5</p>", "<p>4 of 5</p>", "<b title='4 of 5'>x</b>", "<p>4 points</p>"])
def test_a_whole_figure_is_a_rating_where_it_is_called_so(shown: str) -> None:
    assert told(f"<div class=product-rating>{shown}</div>")["rating"].value == 4.0
