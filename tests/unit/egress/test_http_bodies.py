from __future__ import annotations

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch.bodies import BadBody, BodyCaps, BodyReader, CutOff, TooLarge

PLAIN = b"<html><body>" + b"<p>Some words, and some more.</p>" * 500 + b"</body></html>"


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def read(encoding: str, body: bytes, step: int = 65_536, caps: BodyCaps | None = None) -> bytes:
    reader = BodyReader(encoding, caps or BodyCaps())
    for start in range(0, len(body), step):
        reader.feed(body[start : start + step])
    return reader.finish()


@pytest.mark.parametrize("step", [1, 7, 1000, 65_536])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_reads_the_same_in_whatever_pieces_it_comes(coding: str, step: int) -> None:
    assert read(coding, CODINGS[coding](PLAIN), step) == PLAIN


@given(st.binary(max_size=2000), st.sampled_from(list(CODINGS)), st.integers(1, 64))
def test_every_body_comes_back(body: bytes, coding: str, step: int) -> None:
    assert read(coding, CODINGS[coding](body), step) == body


@given(st.binary(max_size=300), st.sampled_from([*CODINGS, "gzip, br", "zstd,deflate"]))
def test_garbage_ends_in_a_typed_fault(body: bytes, coding: str) -> None:
    try:
        read(coding, body)
    except (BadBody, CutOff, TooLarge):
        return


def test_raw_deflate_of_old_servers_is_read_too() -> None:
    assert read("deflate", raw_deflate(PLAIN), 1) == PLAIN


def test_gzip_of_several_members_with_padding_is_read_whole() -> None:
    body = gzip.compress(PLAIN) + gzip.compress(b"more")
    assert read("gzip", body) == PLAIN + b"more"
    assert read("gzip", body + b"\0" * 100, 3) == PLAIN + b"more"


def test_nested_codings_are_undone_in_order() -> None:
    assert read("gzip, br", brotli.compress(gzip.compress(PLAIN)), 11) == PLAIN
    assert read(" GZIP ,identity, Zstd ", zstandard.compress(gzip.compress(PLAIN))) == PLAIN


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip, gzip, gzip", "br;q=1", "exi"])
def test_an_unknown_or_endless_coding_is_refused(coding: str) -> None:
    with pytest.raises(BadBody):
        BodyReader(coding, BodyCaps())


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_cut_in_its_compression_is_told_as_cut(coding: str) -> None:
    with pytest.raises(CutOff):
        read(coding, CODINGS[coding](os.urandom(5000))[:-20])


def test_an_empty_body_is_whole_in_any_coding() -> None:
    assert all(read(coding, b"") == b"" for coding in CODINGS)


BOMB = 300_000_000


def bomb(coding: str) -> bytes:
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=1).compress(bytes(BOMB))
    if coding == "br":
        stream = brotli.Compressor(quality=4, lgwin=22)
        return b"".join(stream.process(bytes(10_000_000)) for _ in range(30)) + stream.finish()
    return CODINGS[coding](bytes(BOMB))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_given_up_before_it_takes_memory(coding: str) -> None:
    body = bomb(coding)
    for caps in (BodyCaps(), BodyCaps(ratio=10**9)):
        tracemalloc.start()
        with pytest.raises(TooLarge):
            read(coding, body, caps=caps)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000_000


def test_a_bomb_inside_a_bomb_is_given_up() -> None:
    with pytest.raises(TooLarge):
        read("gzip, gzip", gzip.compress(gzip.compress(bytes(BOMB))))


def test_a_bomb_that_shrinks_again_behind_its_first_step_is_given_up() -> None:
    empty_members = gzip.compress(b"") * 3_000_000
    with pytest.raises(TooLarge):
        read("gzip, gzip", gzip.compress(empty_members, 9))


def test_a_small_page_may_be_compressed_well() -> None:
    rows = b"<tr><td></td></tr>" * 50_000
    assert read("gzip", gzip.compress(rows)) == rows


def test_raw_bytes_count_too() -> None:
    with pytest.raises(TooLarge):
        read("", b"x" * 1001, 10, BodyCaps(raw=1000))
    assert read("", b"x" * 1000, 10, BodyCaps(raw=1000)) == b"x" * 1000


@settings(max_examples=20)
@given(st.integers(1, 5000))
def test_what_was_read_before_a_cap_is_kept(step: int) -> None:
    reader = BodyReader("", BodyCaps(raw=10_000))
    for _ in range(10_000 // step):
        reader.feed(b"x" * step)
    with pytest.raises(TooLarge):
        reader.feed(b"x" * step)
    assert len(reader.so_far()) == 10_000 // step * step
