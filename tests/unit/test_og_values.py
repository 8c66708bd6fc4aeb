"""What is on an Open Graph image: colours that can be read, text that is text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.captures import MAX_SCRIPT, Theme, capture_problems
from domain.errors import InvalidInput
from domain.og import READABLE, OgImage, OgLayout, checked_og, contrast, tidied
from services.og_images import request_of

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colour=COLOURS, theme=st.sampled_from([None, *Theme]))
def test_text_can_be_read_on_any_ground_that_is_given_alone(colour: str, theme: Theme | None):
    image = OgImage(title="t", bg_color=colour, theme=theme)
    assert image.background == colour
    assert contrast(image.background, image.text) >= READABLE


@given(colour=COLOURS)
def test_a_ground_is_found_on_which_any_text_colour_can_be_read(colour: str):
    image = OgImage(title="t", text_color=colour)
    assert image.text == colour
    assert contrast(image.background, image.text) >= READABLE


def test_colours_that_are_given_are_taken_as_they_are_and_themes_fill_in():
    both = OgImage(title="t", bg_color="#fff", text_color="#fff", theme=Theme.DARK)
    assert (both.background, both.text) == ("#fff", "#fff")
    light, dark = (OgImage(title="t", theme=theme) for theme in (Theme.LIGHT, Theme.DARK))
    assert (light.background, light.text) == (dark.text.replace("f8fafc", "ffffff"), dark.background)
    assert contrast("#000", "#ffffff") == pytest.approx(21)


def test_what_draws_nothing_is_left_out_and_joiners_of_scripts_stay():
    assert tidied("a\x00b\x1b \n\t c\ud800") == "ab c"
    assert tidied("👩‍👩‍👧") == "👩‍👩‍👧"
    assert tidied("می‌خواهم") == "می‌خواهم"


def test_all_mistakes_are_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        checked_og(OgImage(title="\x00 ", description="x" * 301, bg_color="red", text_color="#1234"))
    assert set(refused.value.fields) == {"title", "description", "bg_color", "text_color"}


@pytest.mark.parametrize("layout", OgLayout)
def test_the_page_may_be_asked_for_as_any_other(layout: OgLayout):
    request = request_of(
        OgImage(title="<b>" * 50, description="界" * 300, logo_url="https://a.example/", layout=layout)
    )
    assert capture_problems(request) == {}
    assert len(request.script) < MAX_SCRIPT
    assert "<b>" not in request.html
