"""Whether a text can be a CSS selector at all, told before a browser is asked.

The grammar is that of Selectors Level 4 over CSS Syntax Level 3, in which the end of the text closes whatever is open.
Arguments of pseudo-classes are looked into where browsers refuse bad ones; a name that is not known here may be known
to a browser.
"""

from __future__ import annotations

import re

_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}[ \t\r\n\f]?|[^\r\n\f0-9a-fA-F])"
_LETTER = rf"(?:[a-zA-Z_\u0080-\U0010ffff]|{_ESCAPE})"
_IDENT = rf"(?:--|-?{_LETTER})(?:[\w-]|[\u0080-\U0010ffff]|{_ESCAPE})*"
_STRING = r"""(?:"(?:[^"\\\r\n\f]|\\[\s\S])*(?:"|$)|'(?:[^'\\\r\n\f]|\\[\s\S])*(?:'|$))"""
_SPACE = re.compile(r"(?:[ \t\r\n\f]|/\*[\s\S]*?(?:\*/|$))*")
_TYPE = re.compile(rf"(?:(?:{_IDENT}|\*)?\|(?!=))?(?:{_IDENT}|\*)|&")
_NAMED = re.compile(rf"[#.]{_IDENT}")
_PSEUDO = re.compile(rf"::?({_IDENT})(\()?")
_GAP = r"[ \t\r\n\f]*"
_ATTRIBUTE = re.compile(
    rf"\[{_GAP}(?:(?:{_IDENT}|\*)?\|(?!=))?{_IDENT}{_GAP}"
    rf"(?:[~|^$*]?={_GAP}(?:{_IDENT}|{_STRING}){_GAP}(?:[iIsS]{_GAP})?)?(?:\]|$)",
    re.ASCII,
)
_ARGUMENT = re.compile(
    rf"{_STRING}|{_ESCAPE}|/\*[\s\S]*?(?:\*/|$)|[^()\[\]{{}}\"']|(?P<open>[(\[{{])|(?P<close>[)\]}}])"
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_STRICT = frozenset({"not", "has"})  # a bad argument of `is` and `where` is passed over
# What jQuery and Playwright have added: no browser knows them.
_FOREIGN = re.compile(
    "above|animated|below|button|checkbox|contains|eq|even|file|first|gt|has-text|header|hidden|image|input|last|left-of"
    "|lt|near|nth-match|odd|parent|password|radio|reset|right-of|selected|submit|text|text-is|text-matches|visible"
)
MAX_DEPTH = 20  # of selectors within selectors; nobody writes five


def is_selector(text: str) -> bool:
    """False where no browser takes it: `[data-id=1]`, `#1st`, `a >`, `:contains("x")`, `//a`, `text=Buy`."""
    end = _list(text, 0, depth=0)
    return end is not None and end == len(text)


def _list(text: str, at: int, *, depth: int) -> int | None:
    """Where the list of selectors that begins at `at` ends; None where it is none."""
    while (end := _complex(text, at, depth=depth)) is not None:
        if text[end : end + 1] != ",":
            return end
        at = end + 1
    return None


def _complex(text: str, at: int, *, depth: int) -> int | None:
    at = _skip(text, at)
    if depth and text[at : at + 1] in (">", "+", "~") and at < len(text):  # of `:has`, it may begin with one
        at = _skip(text, at + 1)
    while True:
        end = _compound(text, at, depth=depth)
        if end is None:
            return None
        after = _skip(text, end)
        if text[after : after + 1] in (">", "+", "~") and after < len(text):
            at = _skip(text, after + 1)
        elif after == end or after == len(text) or text[after] in ",)":
            return after
        else:
            at = after


def _compound(text: str, at: int, *, depth: int) -> int | None:
    begin = at
    if found := _TYPE.match(text, at):
        at = found.end()
    while at < len(text):
        if found := _NAMED.match(text, at) or _ATTRIBUTE.match(text, at):
            at = found.end()
        elif found := _PSEUDO.match(text, at):
            end = _after_pseudo(text, found, depth=depth)
            if end is None:
                return None
            at = end
        else:
            break
    return at if at > begin else None


def _after_pseudo(text: str, found: re.Match[str], *, depth: int) -> int | None:
    name, at = found[1].lower(), found.end()
    if _FOREIGN.fullmatch(name) and not found[0].startswith("::"):
        return None
    if not found[2]:
        return at
    if name in _STRICT:
        end = _list(text, at, depth=depth + 1) if depth < MAX_DEPTH else None
        return end if end is None or end == len(text) else end + 1 if text[end] == ")" else None
    return _after_argument(text, at)


def _after_argument(text: str, at: int) -> int | None:
    """Where the bracket that was opened before `at` is closed."""
    open_ones = [")"]
    while at < len(text):
        found = _ARGUMENT.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["open"]:
            open_ones.append(_PAIRS[found["open"]])
        elif found["close"] and open_ones.pop() != found["close"]:
            return None
        if not open_ones:
            return at
    return at


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
