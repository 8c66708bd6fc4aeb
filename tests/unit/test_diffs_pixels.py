"""Comparing pictures: what an eye sees differs, what it does not see does not."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from domain.diffs import Mask, checked_masks, checked_threshold, diff_key
from domain.errors import InvalidInput, TookTooLong
from services.pixel_process import PixelProcesses
from services.pixels import compare

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def png(image: Image.Image, format_: str = "PNG", **options: int) -> bytes:
    written = io.BytesIO()
    image.save(written, format=format_, **options)
    return written.getvalue()


def plain(width: int = 40, height: int = 30, colour: tuple[int, int, int] = WHITE) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def with_box(box: tuple[int, int, int, int], colour: tuple[int, int, int] = BLACK) -> Image.Image:
    """A white picture of 100 x 80 with a rectangle, its right and lower sides outside."""
    image = plain(100, 80)
    image.paste(colour, box)
    return image


def noise(seed: int, width: int = 30, height: int = 70, levels: int = 256) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, levels, (height, width, 3)) * (255 // (levels - 1))
    return Image.fromarray(values.astype(np.uint8))


def differing(one: bytes, two: bytes, threshold: float = 0.1) -> int:
    return compare(one, two, threshold)[0].pixels


def test_a_moved_box_differs_where_it_left_and_where_it_came():
    told, picture = compare(png(with_box((10, 10, 30, 30))), png(with_box((50, 10, 70, 30))), 0.1)
    assert (told.pixels, told.compared, told.percentage) == (800, 8000, 10.0)
    with Image.open(io.BytesIO(picture)) as shown:
        assert shown.size == (100, 80)
        colours = shown.convert("RGB")
        assert colours.getpixel((20, 20)) == colours.getpixel((60, 20)) == (255, 0, 0)
        assert colours.getpixel((40, 20)) == WHITE


@pytest.mark.parametrize("row", [0, 63, 64, 127, 128, 199])
def test_a_change_is_found_whichever_band_of_rows_it_is_in(row: int):
    image = plain(20, 200)
    before = png(image)
    image.putpixel((7, row), BLACK)
    assert differing(before, png(image)) == 1


def test_the_least_change_is_never_told_as_nought_percent():
    image = plain(2000, 2000)
    before = png(image)
    image.putpixel((7, 7), BLACK)
    assert compare(before, png(image), 0.1)[0].percentage == 0.0001


def test_an_edge_that_is_smoothed_in_another_way_does_not_differ():
    def slope(offset: float) -> bytes:
        large = Image.new("RGB", (800, 800), WHITE)
        ImageDraw.Draw(large).polygon([(0, 100), (800, 300 + offset), (800, 800), (0, 800)], fill=BLACK)
        return png(large.resize((100, 100), Image.Resampling.BOX))

    one, two = slope(0), slope(3)
    with Image.open(io.BytesIO(one)) as a, Image.open(io.BytesIO(two)) as b:
        changed = np.abs(np.asarray(a, np.int16) - np.asarray(b, np.int16)).max(axis=2)
    assert np.count_nonzero(changed > 60) > 10  # an eye on single pixels would see these
    assert differing(one, two) == 0


def test_a_line_that_is_gone_differs_however_thin():
    lined = plain(60, 60)
    ImageDraw.Draw(lined).line([(5, 30), (54, 30)], fill=BLACK)
    assert differing(png(plain(60, 60)), png(lined)) == 50


def test_what_jpeg_makes_of_a_photograph_is_no_difference():
    smooth = Image.linear_gradient("L").convert("RGB")
    assert differing(png(smooth), png(smooth, "JPEG", quality=90)) == 0


def test_brightness_counts_for_more_than_colour():
    grey, brighter, bluer = (120, 120, 120), (150, 150, 150), (120, 120, 150)
    assert differing(png(plain(colour=grey)), png(plain(colour=brighter))) == 1200
    assert differing(png(plain(colour=grey)), png(plain(colour=bluer))) == 0


def test_what_only_one_picture_has_differs_even_where_it_is_white():
    told, _ = compare(png(plain(40, 30)), png(plain(40, 50)), 1.0)
    assert (told.width, told.height, told.pixels) == (40, 50, 800)
    crossing, _ = compare(png(plain(40, 30)), png(plain(20, 50)), 1.0)
    assert (crossing.width, crossing.height, crossing.pixels) == (40, 50, 20 * 30 + 20 * 20)


def test_what_is_transparent_is_on_white():
    clear = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    assert differing(png(clear), png(plain())) == 0


def test_what_a_mask_hides_is_neither_counted_nor_compared():
    one, two = png(with_box((10, 10, 30, 30))), png(with_box((50, 10, 70, 30)))
    told, _ = compare(one, two, 0.1, [Mask(10, 10, 20, 20), Mask(90, 0, 500, 10)])
    assert (told.pixels, told.compared) == (400, 8000 - 400 - 100)
    assert compare(one, two, 0.1, [Mask(0, 0, 16_384, 16_384)])[0].percentage == 0.0


@given(seed=st.integers(0, 2**32 - 1), threshold=st.floats(0, 1), levels=st.sampled_from([2, 3, 256]))
@settings(max_examples=30)
def test_a_picture_does_not_differ_from_itself(seed: int, threshold: float, levels: int):
    one = png(noise(seed, levels=levels))
    assert differing(one, one, threshold) == 0


@given(seeds=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), levels=st.sampled_from([2, 3, 256]))
@settings(max_examples=30)
def test_the_order_of_the_pictures_does_not_matter(seeds: tuple[int, int], levels: int):
    one, two = (png(noise(seed, levels=levels)) for seed in seeds)
    assert differing(one, two) == differing(two, one)


@given(
    seeds=st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    thresholds=st.lists(st.floats(0, 1), min_size=2, max_size=5),
)
@settings(max_examples=30)
def test_a_higher_threshold_finds_no_more(seeds: tuple[int, int], thresholds: list[float]):
    one, two = (png(noise(seed)) for seed in seeds)
    found = [differing(one, two, threshold) for threshold in sorted(thresholds)]
    assert found == sorted(found, reverse=True)


def test_black_and_white_are_as_different_as_can_be():
    one, two = png(plain(colour=WHITE)), png(plain(colour=BLACK))
    assert differing(one, two, 0.96) == 1200
    assert differing(one, two, 1.0) == 0


@pytest.mark.parametrize("picture", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", png(plain())[:60]])
def test_what_is_no_picture_is_refused(picture: bytes):
    with pytest.raises(InvalidInput, match="no picture"):
        compare(png(plain()), picture, 0.1)


def test_a_picture_that_unpacks_to_more_than_any_of_ours_is_refused_before_it_is_unpacked():
    with pytest.raises(InvalidInput):
        compare(png(plain()), png(Image.new("1", (20_000, 20_000))), 0.1)


def test_a_long_page_is_compared_in_seconds():
    page = plain(1280, 16_384)
    draw = ImageDraw.Draw(page)
    for line in range(0, 16_384, 24):
        draw.text((100, line), "a line of text that many pages have" * 4, fill=BLACK)
    moved = Image.new("RGB", page.size, WHITE)
    moved.paste(page, (0, 5))
    one, two = png(page, compress_level=1), png(moved, compress_level=1)
    before = time.process_time()
    assert compare(one, two, 0.1)[0].pixels > 100_000
    assert time.process_time() - before < 6  # some 2 s of a core


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threshold_outside_its_range_is_refused(threshold: float):
    with pytest.raises(InvalidInput, match="threshold"):
        checked_threshold(threshold)


def test_each_mask_that_is_off_is_named():
    with pytest.raises(InvalidInput) as refused:
        checked_masks([Mask(0, 0, 1, 1), Mask(-1, 0, 1, 1), Mask(0, 0, 0, 1), Mask(0, 0, 16_385, 1)])
    assert set(refused.value.fields) == {"masks[1]", "masks[2]", "masks[3]"}
    with pytest.raises(InvalidInput, match="at most"):
        checked_masks([Mask(at, 0, 1, 1) for at in range(51)])


def test_a_kept_comparison_is_found_whatever_the_order_of_its_masks_and_only_so():
    one, two = Mask(0, 0, 1, 1), Mask(5, 5, 1, 1)
    key = diff_key("a", "b", 0.1, checked_masks([one, two]))
    assert key == diff_key("a", "b", 0.1, checked_masks([two, one, two]))
    others = [diff_key("b", "a", 0.1, (one, two)), diff_key("a", "b", 0.2, (one, two)), diff_key("a", "b", 0.1, (one,))]
    assert len({key, *others}) == 4


async def test_a_process_of_its_own_finds_the_same():
    one, two = png(with_box((10, 10, 30, 30))), png(with_box((50, 10, 70, 30)))
    masks = (Mask(10, 10, 20, 20),)
    assert await PixelProcesses().compare(one, two, 0.1, masks) == compare(one, two, 0.1, masks)


async def test_what_a_process_refuses_is_refused_here():
    with pytest.raises(InvalidInput, match="no picture"):
        await PixelProcesses().compare(png(plain()), b"no picture", 0.1)


async def test_a_comparison_past_its_deadline_is_given_up_and_leaves_room():
    processes = PixelProcesses(at_once=1, deadline_s=0.001)
    for _ in range(2):
        with pytest.raises(TookTooLong):
            await processes.compare(png(plain()), png(plain()), 0.1)
    assert not processes._slots.locked()
