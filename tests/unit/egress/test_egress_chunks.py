from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch.egress.chunks import BadChunk, ChunkWalker


def end_of(body: bytes, cuts: list[int]) -> int:
    """Where the walker says that the body ends, fed in pieces; -1 where it never does."""
    walker, start = ChunkWalker(), 0
    for stop in [*sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]:
        end = walker.feed(body[start:stop])
        if end >= 0:
            return start + end
        start = stop
    return -1


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    st.sampled_from([b"", b"X-A: b\r\n", b"A: 1\r\nB: 2\r\n"]),
    st.binary(max_size=20),
    st.lists(st.integers(0, 500), max_size=8),
)
def test_the_end_is_found_however_the_body_is_cut(
    chunks: list[bytes], trailers: bytes, after: bytes, cuts: list[int]
) -> None:
    body = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"
    assert end_of(body + after, cuts) == len(body)


@given(st.lists(st.integers(0, 30), max_size=6))
def test_a_line_end_that_is_missing_is_found_however_it_is_cut(cuts: list[int]) -> None:
    with pytest.raises(BadChunk):
        end_of(b"5\r\nhello\n\n0\r\n\r\n", cuts)


@given(st.binary(max_size=100), st.lists(st.integers(0, 100), max_size=4))
def test_garbage_ends_nowhere_or_as_bad(body: bytes, cuts: list[int]) -> None:
    try:
        assert -1 <= end_of(body, cuts) <= len(body)
    except BadChunk:
        return
