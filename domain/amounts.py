"""Numbers as pages spell them. A number is read whole or not at all: a part of a longer run of digits and their marks
is another number, and so is what stands on another line."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

FREE_WORDS = (
    r"(?:(?:entry|admission|entrance|tickets?)\s*(?:is|are)?[:\s]*)?"
    r"free(?:\s+(?:entry|admission|entrance|of charge|tickets?|to enter|to attend))?|no (?:charge|fee|cover)|"
    r"gratis(?: eintritt| toegang| entré)?|kosten(?:los|frei)|(?:der )?eintritt(?: ist)? (?:frei|kostenlos)|"
    r"freier eintritt|entrée (?:libre|gratuite)|gratuite?|(?:entrada |ingresso )(?:liber[oa]|libre)|"
    r"(?:entrada |ingresso )?gratuit[oa]|grátis|wstęp wolny|бесплатно|bezpłatn[yae]|無料|免费"
)
_FREE = re.compile(rf"\s*(?:{FREE_WORDS})\s*[.!]?\s*", re.I)
_SEPARATED_THOUSAND = re.compile(r"\d{1,3}([.,])\d{3}")
_NUMBER = re.compile(r"-?(?:\d[\d.,]*|(?<![\w.,])[.,]\d{1,2}(?!\d))")
_SPACE = r"[^\S\r\n\t]"  # within one line and one cell of a table
_GAP = re.compile(rf"(?<=\d)(?:{_SPACE}|['’])(?=\d{{3}}(?!\d))")
_SPACED_SIGN = re.compile(r"(?<=[+-])\s+(?=\d)")
# Of other scripts' numbers, one character for one, so that places stay: Arabic marks, and what East Asia sets wide.
_PLAIN_MARKS = {
    0x066B: ".",
    0x066C: ",",
    0xFF0E: ".",
    0xFF0C: ",",
    0xFF04: "$",
    0xFFE5: "¥",
    0xFFE1: "£",
    0xFF05: "%",
    **{0xFF10 + digit: str(digit) for digit in range(10)},
}

# What may not follow a number: more of it, an exponent, a fraction.
WHOLE = r"(?![.,_'’]*\d|[eE][+-]?\d|[½¼¾⅓⅔])"
# With a thousand's mark, which is the same throughout; as India groups; plain, with any fraction.
_GROUPED = rf"\d{{1,3}}(?:(?:,\d{{3}}){{1,6}}|(?:\.\d{{3}}){{1,6}}|(?:['’]\d{{3}}){{1,6}}|(?:{_SPACE}\d{{3}}){{1,6}})"
_LAKH = r"\d{1,2}(?:,\d\d)+,\d{3}"
INTEGER = rf"(?:{_GROUPED}|{_LAKH}|\d+){WHOLE}"
NUMBER = rf"(?:{_GROUPED}(?:[.,]\d+)?|{_LAKH}(?:\.\d+)?|\d+(?:[.,]\d+)?){WHOLE}"
_WORD_ENDS = r"(?![^\W_]|-[^\W\d_])\.?"
_SCALE_WORDS = (
    r"thousand|tsd|tausend|mila|duizend|tys|tysięcy|тыс|mln|mio|millions?|millionen|millón|millones|milion[ei]|"
    r"milhão|milhões|miljoen|miljon|miljoner|milion(?:y|ów)?|milyon|млн|billion|mrd|miliard[ioy]?|miliardów|"
    r"miljard|miljarder|milliarden|milliards|milyar|млрд|trillion|lakhs?|lac|crores?|ribu|juta|triệu|nghìn|mille|mil"
)
# Letters count only where they touch the number: beside "$12 M" stands a size. A word is no part of a name that begins
# with it: "$20 Thousand Oaks".
_NO_NAME = r"(?!\s(?!(?:euros?|dollars?|pounds?|rupees?)\b)(?-i:[A-Z][a-z]))"
_SCALE_WORD = rf"(?:{_SCALE_WORDS}){_WORD_ENDS}|\s(?:{_SCALE_WORDS}){_WORD_ENDS}{_NO_NAME}"
SCALE = rf"(?:(?:k|(?-i:M|B)|mn|bn|tn){_WORD_ENDS}|{_SCALE_WORD}|[万만億亿억])"
MONEY_SCALE = rf"(?:(?:k|m|(?-i:B|T)|mn|bn|tn|mm|cr){_WORD_ENDS}|{_SCALE_WORD}|[万만億亿억])"
_SCALE_AT = re.compile(rf"{MONEY_SCALE}|\scrs?\b", re.I)
_MILLIONS = """
    m mm mn mln mio million millions millionen millón millones milione milioni milhão milhões miljoen
    miljon miljoner milion miliony milionów milyon млн juta triệu
"""
_MILLIARDS = """
    b bn billion mrd miliard miliardi miliardo miliardy miliardów miljard miljarder milliarden milliards milyar млрд
"""
_SCALES: dict[str, int] = {
    **dict.fromkeys("k thousand tsd tausend mila duizend tys tysięcy тыс ribu nghìn".split(), 10**3),  # noqa: SIM905
    **dict.fromkeys(_MILLIONS.split(), 10**6),
    **dict.fromkeys(_MILLIARDS.split(), 10**9),
    **dict.fromkeys(("t", "tn", "trillion"), 10**12),
    **dict.fromkeys(("lakh", "lakhs", "lac"), 10**5),
    **dict.fromkeys(("crore", "crores", "cr", "crs"), 10**7),
    **dict.fromkeys("万만", 10**4),
    **dict.fromkeys("億亿억", 10**8),
}
# Words that tell another number in each language, and none where the language is not known: "mil", "billion".
_SCALES_OF_LANGUAGE: dict[tuple[str, str], int] = {
    **{("mil", language): 10**3 for language in ("es", "pt", "ca", "gl")},
    **{("mille", language): 10**3 for language in ("fr", "it")},
    **{("mil", language): 10**6 for language in ("cs", "sk", "hr", "sl", "sr", "en")},
    **{("billion", language): 10**12 for language in ("de", "fr", "da", "no", "nb", "sv")},
}


def plain_marks(text: str) -> str:
    """The text with the marks of other scripts' numbers as "." and ",", at the same places."""
    return text if text.isascii() else text.translate(_PLAIN_MARKS)


def parse_number(text: str, decimal: str, language: str = "") -> Decimal | None:
    """The first number that a text spells, by its separators, with the thousands or millions told behind it ("1.2M") in
    a language. Where separators leave it open ("1.234"), `decimal` is the mark of the fraction; empty: there is none.
    None where what is spelled is no number ("1.2.3")."""
    plain = _SPACED_SIGN.sub("", plain_marks(text.replace("−", "-")))
    match = _NUMBER.search(_GAP.sub("", plain))
    if match is None:
        return None
    body = match[0].rstrip(".,")
    last = max(body.rfind("."), body.rfind(","))
    if last >= 0:
        mark = body[last]
        other = "," if mark == "." else "."
        before = body.rfind(other, 0, last)
        is_repeated = body.count(mark) > 1
        if (is_repeated and (before >= 0 or len(body) - last != 4)) or (before >= 0 and last - before != 4):
            return None
        is_thousand = is_repeated or (_SEPARATED_THOUSAND.fullmatch(body.lstrip("-")) is not None and mark != decimal)
        body = body.replace(other, "").replace(mark, "" if is_thousand else ".")
    try:
        number = Decimal(body)
    except InvalidOperation:
        return None
    scale = _SCALE_AT.match(match.string, match.start() + len(match[0].rstrip(".,")))
    if scale is None:
        return number
    word = scale[0].strip().rstrip(".").lower()
    times = _SCALES_OF_LANGUAGE.get((word, language)) or _SCALES.get(word)
    return number * times if times else None


def is_free(text: str) -> bool:
    """Whether a price is told as none: "Free entry", "Eintritt frei"."""
    return _FREE.fullmatch(text) is not None
