"""From bytes to text: byte order mark, header, the page's own word, then what the bytes look like."""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

PRESCAN = 4096  # the HTML standard asks for 1,024, and pages put scripts and styles before it
DETECT = 65_536  # bytes that detection looks at

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
_XML = re.compile(rb"\s{0,99}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
_PARAMETER = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.I)
# The standard's encodings are supersets of what Python knows by these names.
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}


def decode(body: bytes, content_type: str) -> str:
    """The text of a body. Always succeeds: what no encoding explains becomes U+FFFD, and so does NUL, which HTML does
    not allow and databases do not keep."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _clean(body[len(mark) :].decode(encoding, "replace"))
    declared = _declared(body, content_type)
    for encoding in dict.fromkeys((declared, "utf-8") if declared else ("utf-8",)):
        try:
            return _clean(body.decode(encoding))
        except UnicodeError:
            continue
    return _clean(body.decode(_guess(body, declared), "replace"))


def _clean(text: str) -> str:
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _declared(body: bytes, content_type: str) -> str:
    """The encoding that the header or the page names; empty where none does, or none that browsers know."""
    start = body[:PRESCAN]
    if start[:2] in {b"<\0", b"\0<"}:
        return "utf-16-le" if start[0] else "utf-16-be"
    found = _PARAMETER.search(content_type)
    encoding = _known(found[1]) if found else ""
    # UTF-16 said of a page in plain ASCII is a mistake; a real one has a NUL beside every letter.
    if encoding and (not encoding.startswith("utf-16") or b"\0" in start):
        return encoding
    named = _META.search(start) or _XML.match(start)
    encoding = _known(named[1].decode("ascii")) if named else ""
    # A page that could be read so far cannot be in UTF-16, whatever it says.
    return "utf-8" if encoding.startswith("utf-16") else encoding


def _known(label: str) -> str:
    # By the standard's table alone: Python would also take `unicode_escape`, `utf_7` or `punycode` for encodings.
    encoding = map_encoding_to_html5(label.lower(), fallback_utf8=False) or ""
    return _WIDER.get(encoding, encoding)


def _guess(body: bytes, declared: str) -> str:
    """For bytes that are not what they are declared to be. A few broken bytes do not outweigh the declaration."""
    sample = body[:DETECT]
    if declared and _broken(sample, declared) < 0.01:
        return declared
    if not declared and _broken(sample, "utf-8") < 0.001:
        return "utf-8"
    return _known(detect_encoding(sample) or "") or declared or "cp1252"


def _broken(sample: bytes, encoding: str) -> float:
    """The share of characters that this encoding cannot explain."""
    text = sample.decode(encoding, "replace")
    return text.count("\ufffd") / max(1, len(text))
