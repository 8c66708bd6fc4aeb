"""A page as markdown or plain text: the body of an article, all but the chrome of any other page."""

from __future__ import annotations

from urllib.parse import urljoin

import lxml.html
import msgspec

from fetch.dom import parse
from fetch.markdown.blocks import Blocks, read_blocks
from fetch.markdown.judge import best_expected, judged
from fetch.markdown.kinds import PageKind
from fetch.markdown.render import render
from fetch.tape import first_field_of

__all__ = ["Content", "PageKind", "content_of", "main_text", "to_markdown"]

HARDLY = -3.4  # log odds below which a block is chrome even of a page that is kept whole


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A page with what is content in it. `keep` is by block."""

    kind: PageKind
    blocks: Blocks
    keep: tuple[bool, ...]

    @property
    def text(self) -> str:
        return "\n".join(text for text, kept in zip(self.blocks.texts, self.keep, strict=True) if kept)


def content_of(root: lxml.html.HtmlElement, *, whole: bool = False) -> Content:
    """What is content of a page: what most likely is its main text. `whole`: of any page but an article everything but
    chrome, so that no thing on it is lost."""
    blocks = read_blocks(root)
    if not blocks.texts:
        return Content(kind=PageKind.LISTING, blocks=blocks, keep=())
    kind, odds = judged(blocks)
    keep = best_expected(odds, blocks.words)
    if whole and kind is not PageKind.ARTICLE:
        keep = keep | (odds >= HARDLY)
    return Content(kind=kind, blocks=blocks, keep=tuple(keep.tolist()))


def main_text(html: str) -> str:
    """The main content of a page as plain text, a line for each block."""
    return content_of(parse(html)).text


def to_markdown(html: str, url: str) -> str:
    """A page as GFM: the body of an article, everything but the chrome of other pages. Links and pictures are
    absolute against `url` (or the page's own base); there is no HTML in it but `<br>` within table cells."""
    return markdown_of(parse(html), url)


def markdown_of(root: lxml.html.HtmlElement, url: str) -> str:
    """The same, of a page that is parsed already."""
    content = content_of(root, whole=True)
    told = content.blocks.told
    base = next((first_field_of(tag.written) for tag in told if tag.name == "base"), "")
    return render(content.blocks, content.keep, _join(url, base))


def _join(url: str, base: str) -> str:
    try:
        return urljoin(url, base) if base else url
    except ValueError:
        return url
