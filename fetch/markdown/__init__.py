"""A page as markdown or plain text: its body where it has one, all but its chrome where it is a list of things."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urljoin

import lxml.html
import msgspec
import numpy as np

from fetch.dom import parse
from fetch.markdown.blocks import Blocks, read_blocks
from fetch.markdown.judge import Matrix, best_expected, likelihoods, word_counts
from fetch.markdown.render import render

__all__ = ["Content", "ContentKind", "content_of", "main_text", "to_markdown"]

LONG_BLOCK = 15  # words: a block of running text
MOSTLY = 0.5  # of a page's expected content: more of it in running text makes an article of it
HARDLY = 0.08  # likelihood below which a block is chrome even of a page that is all lists


class ContentKind(StrEnum):
    PROSE = "prose"  # an article, a documentation page, a discussion: one body of running text
    LISTING = "listing"  # things one after another: products, links, search results


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A page with what is content in it. `keep` is by block."""

    kind: ContentKind
    blocks: Blocks
    keep: tuple[bool, ...]

    @property
    def text(self) -> str:
        return "\n".join(text for text, kept in zip(self.blocks.texts, self.keep, strict=True) if kept)


def content_of(root: lxml.html.HtmlElement, *, whole_lists: bool = False) -> Content:
    """What is content of a page. `whole_lists`: of a page that is a list, keep everything but chrome, so that no thing
    on it is lost; else keep what most likely is its main text."""
    blocks = read_blocks(root)
    if not blocks.texts:
        return Content(kind=ContentKind.LISTING, blocks=blocks, keep=())
    likely, words = likelihoods(blocks, root), word_counts(blocks)
    kind = _kind(likely, words)
    keep = best_expected(likely, words)
    if whole_lists and kind is ContentKind.LISTING:
        keep = keep | (likely >= HARDLY)
    return Content(kind=kind, blocks=blocks, keep=tuple(keep.tolist()))


def _kind(likely: Matrix, words: Matrix) -> ContentKind:
    """By how much of what is likely content is running text."""
    expected = likely * words
    running = float(expected[words >= LONG_BLOCK].sum())
    return ContentKind.PROSE if running > MOSTLY * float(np.sum(expected)) else ContentKind.LISTING


def main_text(html: str) -> str:
    """The main content of a page as plain text, a line for each block."""
    return content_of(parse(html)).text


def to_markdown(html: str, url: str) -> str:
    """A page as GFM: the body of prose, everything but the chrome of a list. Links and pictures are absolute against
    `url` (or the page's own base); there is no HTML in it but `<br>` within table cells."""
    return markdown_of(parse(html), url)


def markdown_of(root: lxml.html.HtmlElement, url: str) -> str:
    """The same, of a page that is parsed already."""
    content = content_of(root, whole_lists=True)
    base = root.xpath("string(//base/@href)")
    return render(content.blocks, content.keep, _join(url, base))


def _join(url: str, base: str) -> str:
    try:
        return urljoin(url, base) if base else url
    except ValueError:
        return url
