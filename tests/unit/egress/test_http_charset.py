from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch.charset import decode
from fetch.content_types import ContentKind, kind_of

JAPANESE = "<html><body>こんにちは世界。これは日本語のページです。価格は千円。</body></html>"
FRENCH = "<html><body>Déjà vu à l’été : crème brûlée, garçon, où êtes-vous ? Ça coûte 12 €.</body></html>"
RUSSIAN = "<html><body>Привет, мир. Как дела? Это страница на русском языке.</body></html>"


@pytest.mark.parametrize(
    ("text", "encoding", "content_type"),
    [
        (FRENCH, "utf-8", "text/html"),
        (FRENCH, "utf-8", "text/html; charset=UTF-8"),
        (FRENCH, "cp1252", "text/html; charset=iso-8859-1"),
        (FRENCH, "cp1252", 'text/html; charset="Windows-1252"'),
        (JAPANESE, "cp932", "text/html;charset=Shift_JIS"),
        (JAPANESE, "euc_jp", "text/html; charset=euc-jp"),
        (JAPANESE, "utf-16-le", "text/html; charset=utf-16"),
        (RUSSIAN, "cp1251", "text/html; charset=windows-1251"),
        (RUSSIAN, "koi8-r", "text/html; charset=koi8-r"),
        ("<p>龍门石窟", "gb18030", "text/html; charset=gb2312"),
        ("<p>ａｂ한국어", "cp949", "text/html; charset=euc-kr"),
    ],
)
def test_the_declared_charset_is_read_as_browsers_do(text: str, encoding: str, content_type: str) -> None:
    assert decode(text.encode(encoding), content_type) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_beats_the_header(mark: bytes, encoding: str) -> None:
    assert decode(mark + FRENCH.encode(encoding), "text/html; charset=shift_jis") == FRENCH


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="windows-1251">',
        "<META CHARSET = windows-1251 />",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        "<!-- " + "x" * 2000 + ' --><meta charset="windows-1251">',
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_the_pages_own_word_counts_where_the_header_is_silent(head: str) -> None:
    text = head + RUSSIAN
    assert decode(text.encode("cp1251"), "text/html") == text


@pytest.mark.parametrize(("text", "encoding"), [(FRENCH, "cp1252"), (RUSSIAN * 3, "cp1251"), (JAPANESE * 2, "cp932")])
def test_an_undeclared_charset_is_detected(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "text/html") == text


def test_a_declaration_that_the_bytes_contradict_is_not_believed() -> None:
    assert decode(RUSSIAN.encode("cp1251"), "text/html; charset=utf-8") == RUSSIAN
    assert decode(FRENCH.encode(), "text/html; charset=us-ascii-bogus") == FRENCH
    assert decode(FRENCH.encode(), "text/html; charset=utf-16") == FRENCH
    assert decode(('<meta charset="utf-16">' + FRENCH).encode(), "text/html").endswith(FRENCH)


def test_one_broken_byte_costs_one_character_and_not_the_page() -> None:
    body = FRENCH.encode() * 20 + b"\xff" + FRENCH.encode()
    assert decode(body, "text/html; charset=utf-8") == FRENCH * 20 + "\ufffd" + FRENCH
    assert decode(body, "text/html") == FRENCH * 20 + "\ufffd" + FRENCH


def test_utf_16_without_any_sign_is_known_by_its_first_letters() -> None:
    assert decode(FRENCH.encode("utf-16-le"), "text/html") == FRENCH
    assert decode(FRENCH.encode("utf-16-be"), "text/html") == FRENCH


def test_nul_does_not_get_into_a_page() -> None:
    assert decode(b"<p>a\0b", "text/html") == "<p>a\ufffdb"


@pytest.mark.parametrize("label", ["unicode_escape", "utf_7", "utf-7", "idna", "punycode", "zlib", "rot13", "hex"])
def test_pythons_own_codecs_are_no_charsets(label: str) -> None:
    body = b"<p>" + b"+ADw-script+AD4- \\u003cx " + b"a" * 200_000
    started = time.monotonic()
    assert decode(body, f"text/html; charset={label}") == body.decode()
    assert time.monotonic() - started < 20


@given(st.binary(max_size=500), st.text(alphabet="abcdefghij-_=;/ \"'charset0123456789", max_size=60))
def test_any_bytes_become_text_without_nul_or_surrogates(body: bytes, content_type: str) -> None:
    text = decode(body, content_type)
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("text/html; charset=utf-8", b"x", ContentKind.MARKUP),
        ("Application/XHTML+XML", b"x", ContentKind.MARKUP),
        ("application/rss+xml", b"<rss/>", ContentKind.MARKUP),
        ("application/json", b"{}", ContentKind.PLAIN),
        ("application/vnd.api+json", b"{}", ContentKind.PLAIN),
        ("text/plain", b"a < b", ContentKind.PLAIN),
        ("", b"\n <!doctype html>", ContentKind.MARKUP),
        ("application/octet-stream", b"<html>", ContentKind.MARKUP),
        ("", b"just words", ContentKind.PLAIN),
        ("text/html", b"a\0b", ContentKind.MARKUP),
        ("application/pdf", b"<html>", None),
        ("image/svg+xml", b"<svg/>", None),
        ("image/png", b"", None),
        ("text/css", b"", None),
        ("text/javascript", b"", None),
        ("application/zip", b"", None),
        ("text/html", b"%PDF-1.7", None),
        ("text/plain", b"PK\x03\x04", None),
        ("", b"\x89PNG\r\n", None),
        ("application/octet-stream", b"\x00\x01\x02", None),
    ],
)
def test_what_is_no_page_is_told_by_its_type_or_its_first_bytes(
    content_type: str, body: bytes, kind: ContentKind | None
) -> None:
    assert kind_of(content_type, body) is kind
