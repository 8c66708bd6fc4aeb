"""Currencies, as pages sign amounts with them: ISO 4217 codes, signs, and the words that some countries use for one.

A sign that several countries share is the currency of the page's country; where the page tells no country and the sign
has no likeliest one, it is none: an amount without a currency is better than one in another's.
"""

from __future__ import annotations

import re
from itertools import groupby

from domain.locales import Locale

_ISO_4217 = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
    MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK
    SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD
    XOF XPF YER ZAR ZMW
"""
CURRENCIES = frozenset(_ISO_4217.split())
# In running text these are words or units: "TOP 10", "PEN 5", "GEL 50".
_WORDS = frozenset("ALL AMD BAM BOB COP CUP ERN GEL GYD LAK MAD MOP PEN SOS TOP WST".split())  # noqa: SIM905
_ALSO_WRITTEN = {"RMB": "CNY"}
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

_OF_SIGN = {
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
    "₦": "NGN",
    "₡": "CRC",
    "₲": "PYG",
    "₸": "KZT",
    "₼": "AZN",
    "₾": "GEL",
    "৳": "BDT",
    "₭": "LAK",
    "₮": "MNT",
    "₵": "GHS",
    "gh₵": "GHS",
    "円": "JPY",
    "원": "KRW",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "fr": "CHF",
    "sfr": "CHF",
    "đ": "VND",
    "vnđ": "VND",
    "лв": "BGN",
    "грн": "UAH",
    "руб": "RUB",
    "rp": "IDR",
    "rm": "MYR",
    "ksh": "KES",
    "s/": "PEN",
    "b/": "PAB",
    "บาท": "THB",
    "ر.س": "SAR",
    "د.إ": "AED",
    "euro": "EUR",
    "euros": "EUR",
    "kronor": "SEK",
    "r$": "BRL",
    "us$": "USD",
    "u$s": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "sg$": "SGD",
    "nt$": "TWD",
    "mx$": "MXN",
    "rd$": "DOP",
    "tt$": "TTD",
    "bz$": "BZD",
    "ec$": "XCD",
    "fj$": "FJD",
    "ar$": "ARS",
    "cl$": "CLP",
    "co$": "COP",
    "uy$": "UYU",
    "j$": "JMD",
    "n$": "NAD",
}
_DOLLARS = {
    "US": "USD",
    "PR": "USD",
    "EC": "USD",
    "SV": "USD",
    "PA": "USD",
    "CA": "CAD",
    "AU": "AUD",
    "NZ": "NZD",
    "SG": "SGD",
    "HK": "HKD",
    "TW": "TWD",
    "MX": "MXN",
    "AR": "ARS",
    "CL": "CLP",
    "CO": "COP",
    "UY": "UYU",
    "DO": "DOP",
    "CU": "CUP",
    "BR": "BRL",
    "NI": "NIO",
    "JM": "JMD",
    "TT": "TTD",
    "BZ": "BZD",
    "BS": "BSD",
    "BB": "BBD",
    "FJ": "FJD",
    "NA": "NAD",
    "BN": "BND",
    "GY": "GYD",
    "SR": "SRD",
    "LR": "LRD",
    "KY": "KYD",
}
_OF_LETTERS = {
    "tl": {"TR": "TRY"},
    "r": {"ZA": "ZAR"},
    "q": {"GT": "GTQ"},
    "p": {"GB": "GBP", "IM": "GBP", "JE": "GBP", "GG": "GBP"},
}
_OF_COUNTRY_ALONE = {("c$", "NI"): "NIO"}  # Canada's sign elsewhere
_KRONER = {"NO": "NOK", "DK": "DKK", "GL": "DKK", "FO": "DKK", "SE": "SEK", "IS": "ISK"}
_RUPEES = {"PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR", "SC": "SCR"}
_YUANS = {"CN": "CNY", "TW": "TWD", "HK": "HKD", "MO": "MOP"}
_SHARED_LANGUAGES = frozenset({"es"})  # of many countries with a dollar or peso of their own

SIGN_CHARACTERS = "$€£¥₹₽₩₺₴₫฿₱₪₦₡₲₸₼₾৳₭₮₵"
KRONE = r"kr(?:on(?:or|er|a|e))?"
_DOLLAR_SIGNS = r"U\$S|[A-Z]{1,3}\$"
_LETTER_SIGNS = (
    r"zł|Kč|lei|S?Fr\.|SFr\b|Rs\.?|VNĐ|đ|Rp\.?|лв\.?|грн\.?|руб\.?|บาท|ر\.س|د\.إ|GH₵|"
    r"(?-i:Ft|RM|K[Ss]h\.?|S/\.?|B/\.)"
)
# Letters that are an amount's sign where the page's country uses them, and any word's elsewhere.
_OF_COUNTRY = {
    "TR": "(?-i:TL)",
    "ZA": "(?-i:R)",
    "GT": r"(?-i:Q)\.?",
    "CO": "(?-i:COP)",
    "PE": "(?-i:PEN)",
    "MA": "(?-i:MAD)",
}
# Five are words in small letters, too: try, cad, sek, ron, rub.
_LOWER_TOO = frozenset(
    "USD EUR GBP CHF INR JPY CNY RMB AUD NZD NOK DKK PLN CZK HUF UAH BRL MXN ZAR KRW SGD HKD".split()  # noqa: SIM905
)


def _one_of(codes: frozenset[str]) -> str:
    """A pattern that tries only the codes of one first letter."""
    return "|".join(
        f"{first}(?:{'|'.join(code[1:] for code in same)})" for first, same in groupby(sorted(codes), lambda c: c[0])
    )


_SPOKEN = (CURRENCIES - _WORDS) | _ALSO_WRITTEN.keys()
CODES = rf"(?:{_one_of(_LOWER_TOO)}|(?-i:{_one_of(frozenset(_SPOKEN - _LOWER_TOO))}))"
DOLLAR_CODES = rf"(?-i:{_one_of(frozenset(_DOLLARS.values()))})"
_WHOLE_CODE = re.compile(r"[A-Z]{3}")
_CODE = re.compile(rf"(?<![^\W\d_])(?:{_one_of(frozenset(_SPOKEN | {'COP', 'PEN', 'MAD'}))})(?![^\W\d_])")
# Words among them stand alone: "left" ends in no forint, "pairs" in no rupees.
_SIGN = re.compile(
    rf"(?<![^\W\d_])(?:{_DOLLAR_SIGNS}|zł|Kč|(?-i:Ft)\b|lei\b|S?Fr\.|SFr\b|{KRONE}\b|Rs\b|VNĐ|đ(?!\w)|Rp(?![^\W\d_])|"
    r"лв\b|грн\b|руб|บาท|ر\.س|د\.إ|GH₵|(?-i:RM|K[Ss]h)(?![^\W\d_])|(?-i:S/|B/\.)|(?-i:TL)\b|(?-i:R|Q\.?)(?=\s?\d)|"
    rf"euros?\b|dollars?\b|RMB\b)|[{SIGN_CHARACTERS}¢￥円元원]|(?-i:(?<=\d)p)\b",
    re.I,
)
_COUNTED = rf"[{SIGN_CHARACTERS}円元원]"


def signs_of(region: str) -> str:
    """A pattern of the signs that stand before or behind an amount on a page of a country (ISO 3166)."""
    own = f"|{_OF_COUNTRY[region]}" if region in _OF_COUNTRY else ""
    return rf"(?:[{SIGN_CHARACTERS}]|{_DOLLAR_SIGNS}|{_LETTER_SIGNS}{own}|{KRONE}\.?)"


def currency_of(text: str, locale: Locale) -> str:
    """ISO 4217 from a code or sign in the text; empty where it has none, or one that does not tell whose it is."""
    whole = text.strip()
    if _WHOLE_CODE.fullmatch(whole) and whole in CURRENCIES:
        return whole
    code = _CODE.search(text)
    if code is not None:
        return _ALSO_WRITTEN.get(code[0], code[0])
    match = _SIGN.search(text)
    return _of_sign(match[0].lower().rstrip("."), locale) if match is not None else ""


def _of_sign(sign: str, locale: Locale) -> str:
    if sign in {"$", "¢", "dollar", "dollars"}:
        is_open = locale.language in _SHARED_LANGUAGES and not locale.is_stated
        return "" if is_open else _DOLLARS.get(locale.region, "USD")
    if sign in _OF_LETTERS:
        return _OF_LETTERS[sign].get(locale.region, "")
    if sign in _OF_SIGN:
        return _OF_COUNTRY_ALONE.get((sign, locale.region), _OF_SIGN[sign])
    if sign.startswith("kr"):
        return _KRONER.get(locale.region, "")
    if sign.startswith("rs"):
        return _RUPEES.get(locale.region, "INR")
    if sign == "lei":
        return "MDL" if locale.region == "MD" else "RON"
    if sign in {"¥", "￥", "元", "rmb"}:
        return _YUANS.get(locale.region, "CNY" if sign in {"元", "rmb"} else "JPY")
    code = sign.removesuffix("$").upper()  # "COP$ 45.000"
    return code if code in CURRENCIES else ""


def currency_of_heading(heading: str, locale: Locale) -> str:
    """The currency that a heading tells of what is below it: "Price (EUR)", "Preis in €"; empty where it tells none.
    Signs that are words too ("per sq ft") count only in brackets."""
    code = _CODE.search(heading)
    if code is not None:
        return _ALSO_WRITTEN.get(code[0], code[0])
    told = re.search(rf"{_COUNTED}|\b(?:euros?|dollars?)\b|[\[(]\s*(?:in )?[^\W\d_]{{2,3}}\.?\s*[\])]", heading, re.I)
    return currency_of(heading, locale) if told else ""


def has_three_decimals(text: str) -> bool:
    """Whether an amount is told by the code of a currency of a thousand parts: "KWD 1.250"."""
    code = _CODE.search(text)
    return code is not None and code[0] in _THREE_DECIMALS
