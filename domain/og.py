"""Open Graph images: a title, what it is about, a logo, on 1200 x 630 pixels."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from domain.captures import Theme
from domain.errors import InvalidInput

WIDTH, HEIGHT = 1200, 630
MAX_TITLE = 150
MAX_DESCRIPTION = 300
MAX_URL = 2_048
READABLE = 3.0  # of contrast, WCAG's least for large text
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
# What draws nothing and is never meant: controls, but for the marks that scripts join letters with.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INK, _PAPER = "#0f172a", "#f8fafc"
_BACKGROUNDS = {Theme.LIGHT: "#ffffff", Theme.DARK: _INK}
_TEXTS = {Theme.LIGHT: _INK, Theme.DARK: _PAPER}


class OgLayout(StrEnum):
    PLAIN = "plain"  # logo above, title and description below, from one side
    CENTER = "center"  # one above the other in the middle
    SPLIT = "split"  # text beside a coloured panel with the logo
    CARD = "card"  # on a card before a coloured ground


class OgImage(msgspec.Struct, frozen=True, kw_only=True):
    """What is on it. Colours are `#rgb` or `#rrggbb`; left out, they are the theme's, or what can be read on the one
    that is given."""

    title: str
    description: str = ""
    theme: Theme | None = None
    bg_color: str = ""
    text_color: str = ""
    logo_url: str = ""
    layout: OgLayout = OgLayout.PLAIN

    @property
    def background(self) -> str:
        if self.bg_color:
            return self.bg_color
        if self.theme is None and self.text_color:
            return _readable_with(self.text_color, _BACKGROUNDS[Theme.LIGHT], _BACKGROUNDS[Theme.DARK])
        return _BACKGROUNDS[self.theme or Theme.LIGHT]

    @property
    def text(self) -> str:
        if self.text_color:
            return self.text_color
        if self.bg_color:
            preferred = _TEXTS[self.theme or Theme.LIGHT]
            other = _PAPER if preferred == _INK else _INK
            return _readable_with(self.bg_color, preferred, other)
        return _TEXTS[self.theme or Theme.LIGHT]


def checked_og(image: OgImage) -> OgImage:
    """The image with its text tidied. Raises InvalidInput, naming each field that is off; `logo_url` is checked where
    addresses are."""
    title, description = tidied(image.title), tidied(image.description)
    hex_only = "a hex colour, as #0f172a or #fff"
    checks = {
        "title": (len(title) >= 1 and len(image.title) <= MAX_TITLE, f"1 to {MAX_TITLE} characters"),
        "description": (len(image.description) <= MAX_DESCRIPTION, f"at most {MAX_DESCRIPTION} characters"),
        "bg_color": (not image.bg_color or bool(_HEX.fullmatch(image.bg_color)), hex_only),
        "text_color": (not image.text_color or bool(_HEX.fullmatch(image.text_color)), hex_only),
        "logo_url": (len(image.logo_url) <= MAX_URL, f"at most {MAX_URL} characters"),
    }
    if problems := {name: why for name, (holds, why) in checks.items() if not holds}:
        raise InvalidInput(fields=problems)
    return msgspec.structs.replace(image, title=title, description=description)


def tidied(text: str) -> str:
    """Text without what draws nothing, its white space single."""
    return " ".join(_CONTROLS.sub("", text).split())


def contrast(one: str, two: str) -> float:
    """WCAG's contrast of two colours: 1 where they are alike, 21 for black and white."""
    brighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _readable_with(colour: str, preferred: str, other: str) -> str:
    """`preferred`, unless only the other can be read with `colour`."""
    if contrast(colour, preferred) >= READABLE:
        return preferred
    return max((preferred, other), key=lambda one: contrast(colour, one))


def _luminance(colour: str) -> float:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
