"""Numbers, and the currencies beside them, as pages spell them. A number is read whole or not at all: a part of a
longer run of digits and their marks is another number."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from domain.locales import Locale

_CURRENCY_OF_SIGN = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₪": "ILS",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "fr.": "CHF",
    "rs": "INR",
    "rs.": "INR",
    "r$": "BRL",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "円": "JPY",
    "元": "CNY",
    "원": "KRW",
    "руб": "RUB",
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "rmb": "CNY",
}
# Signs that several countries share, by the region of the page's locale.
_DOLLAR_REGIONS = {"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN"}
_KRONE_REGIONS = {"NO": "NOK", "DK": "DKK", "SE": "SEK", "IS": "ISK"}
SIGNS = "$€£¥₹₽₩₺₴₫฿₱₪"
_ALL_SIGNS = f"[{SIGNS}円元원]"
KRONE = r"kr(?:on(?:or|er|a|e))?"
_CODE = re.compile(r"\b[A-Z]{3}\b")
# Words among them stand alone: "left" ends in no forint, "pairs" in no rupees.
_SIGN = re.compile(
    rf"(?<![^\W\d_])(?:R\$|[A-Z]{{1,2}}\$|zł|Kč|(?-i:Ft)\b|lei\b|Fr\.|{KRONE}\b|Rs\b\.?|руб|euros?\b|dollars?\b|RMB\b)"
    rf"|{_ALL_SIGNS}",
    re.I,
)
_CODES = """
    USD EUR GBP CHF INR JPY CNY CAD AUD NZD SEK NOK DKK PLN CZK HUF RON RUB UAH TRY BRL MXN ZAR KRW SGD HKD ISK ILS
    THB PHP VND AED SAR BGN IDR MYR TWD ARS CLP COP
"""
CURRENCIES = frozenset(_CODES.split())
_FREE = re.compile(
    r"\s*(?:(?:(?:entry|admission|entrance|tickets?)\s*(?:is|are)?[:\s]*)?"
    r"free(?:\s+(?:entry|admission|entrance|of charge|tickets?|to enter|to attend))?|no (?:charge|fee|cover)|"
    r"gratis(?: eintritt| toegang| entré)?|kosten(?:los|frei)|(?:der )?eintritt(?: ist)? (?:frei|kostenlos)|"
    r"freier eintritt|entrée (?:libre|gratuite)|gratuite?|(?:entrada |ingresso )(?:liber[oa]|libre)|"
    r"(?:entrada |ingresso )?gratuit[oa]|grátis|wstęp wolny|бесплатно|無料|免费)\s*[.!]?\s*",
    re.I,
)
_SEPARATED_THOUSAND = re.compile(r"\d{1,3}([.,])\d{3}")
_NUMBER = re.compile(r"-?(?:\d[\d.,]*|(?<![\w.,])[.,]\d{1,2}(?!\d))")
_GAP = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
_SPACED_SIGN = re.compile(r"(?<=[+-])\s+(?=\d)")
_ARABIC_MARKS = {0x066B: ".", 0x066C: ","}  # one character for one, so that places stay

# What may not follow a number: more of it, an exponent, a fraction.
WHOLE = r"(?![.,_'’]*\d|[eE][+-]?\d|[½¼¾⅓⅔])"
# With a thousand's mark, which is the same throughout; as India groups; plain, with any fraction.
_GROUPED = r"\d{1,3}(?:(?:,\d{3}){1,6}|(?:\.\d{3}){1,6}|(?:['’]\d{3}){1,6}|(?:\s\d{3}){1,6})"
_LAKH = r"\d{1,2}(?:,\d\d)+,\d{3}"
INTEGER = rf"(?:{_GROUPED}|{_LAKH}|\d+){WHOLE}"
NUMBER = rf"(?:{_GROUPED}(?:[.,]\d+)?|{_LAKH}(?:\.\d+)?|\d+(?:[.,]\d+)?){WHOLE}"
_WORD_ENDS = r"(?![^\W_]|-[^\W\d_])\.?"
_SCALE_WORDS = (
    r"thousand|tsd|тыс|mln|mio|millions?|millionen|millones|млн|billion|mrd|milliarden|milliards|млрд|trillion|"
    r"lakhs?|lac|crores?"
)
# Letters count only where they touch the number: beside "$12 M" stands a size. A word is no part of a name that begins
# with it: "$20 Thousand Oaks".
_NO_NAME = r"(?!\s(?!(?:euros?|dollars?|pounds?|rupees?)\b)(?-i:[A-Z][a-z]))"
_SCALE_WORD = rf"(?:{_SCALE_WORDS}){_WORD_ENDS}|\s(?:{_SCALE_WORDS}){_WORD_ENDS}{_NO_NAME}"
SCALE = rf"(?:(?:k|(?-i:M|B)|mn|bn|tn){_WORD_ENDS}|{_SCALE_WORD}|[万만億亿억])"
MONEY_SCALE = rf"(?:(?:k|m|(?-i:B|T)|mn|bn|tn|mm|cr){_WORD_ENDS}|{_SCALE_WORD}|[万만億亿억])"
_SCALE_AT = re.compile(rf"{MONEY_SCALE}|\scrs?\b", re.I)
_SCALES = {
    **dict.fromkeys(("k", "thousand", "tsd", "тыс"), 10**3),
    **dict.fromkeys(("m", "mm", "mn", "mln", "mio", "million", "millions", "millionen", "millones", "млн"), 10**6),
    **dict.fromkeys(("b", "bn", "billion", "mrd", "milliarden", "milliards", "млрд"), 10**9),
    **dict.fromkeys(("t", "tn", "trillion"), 10**12),
    **dict.fromkeys(("lakh", "lakhs", "lac"), 10**5),
    **dict.fromkeys(("crore", "crores", "cr", "crs"), 10**7),
    **dict.fromkeys("万만", 10**4),
    **dict.fromkeys("億亿억", 10**8),
}


def plain_marks(text: str) -> str:
    """The text with the marks of other scripts' numbers as "." and ",", at the same places."""
    return text.translate(_ARABIC_MARKS)


def parse_number(text: str, decimal: str) -> Decimal | None:
    """The first number that a text spells, by its separators, with the thousands or millions told behind it ("1.2M").
    Where separators leave it open ("1.234"), `decimal` is the mark of the fraction; empty: there is none. None where
    what is spelled is no number ("1.2.3")."""
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
    return number * _SCALES[scale[0].strip().rstrip(".").lower()] if scale else number


def currency_of(text: str, locale: Locale) -> str:
    """ISO 4217 from a code or sign in the text; empty where it has none."""
    for code in _CODE.findall(text):
        if code in CURRENCIES:
            return code
    match = _SIGN.search(text)
    if match is None:
        return ""
    sign = match[0].lower()
    if sign == "$":
        return _DOLLAR_REGIONS.get(locale.region, "USD")
    if sign.startswith("kr"):
        return _KRONE_REGIONS.get(locale.region, "SEK")
    if sign == "¥":
        return "CNY" if locale.region == "CN" else "JPY"
    return _CURRENCY_OF_SIGN.get(sign, "USD" if sign.endswith("$") else "")


def currency_of_heading(heading: str, locale: Locale) -> str:
    """The currency that a heading tells of what is below it: "Price (EUR)", "Preis in €"; empty where it tells none.
    Signs that are words too ("per sq ft") count only in brackets."""
    for code in _CODE.findall(heading):
        if code in CURRENCIES:
            return code
    told = re.search(rf"{_ALL_SIGNS}|\b(?:euros?|dollars?)\b|[\[(]\s*(?:in )?[^\W\d_]{{2,3}}\.?\s*[\])]", heading, re.I)
    return currency_of(heading, locale) if told else ""


def is_free(text: str) -> bool:
    """Whether a price is told as none: "Free entry", "Eintritt frei"."""
    return _FREE.fullmatch(text) is not None
