"""What a page's language says about how it writes dates and numbers."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from domain.urls import host_of

# Languages that write 1.234,56 (CLDR numbers, default numbering).
_COMMA_DECIMAL = frozenset(
    [
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "pt",
        "pl",
        "ru",
        "uk",
        "cs",
        "sk",
        "sl",
        "hr",
        "sr",
        "bg",
        "ro",
        "hu",
        "da",
        "nb",
        "nn",
        "no",
        "sv",
        "fi",
        "tr",
        "el",
        "id",
        "vi",
        "lt",
        "lv",
        "et",
        "ca",
        "gl",
        "eu",
        "is",
    ]
)
_POINT_DECIMAL_REGIONS = frozenset({"CH", "LI", "MX", "GT", "HN", "NI", "PA", "PE", "SV", "DO", "PR", "US", "GB"})
_YEAR_FIRST = frozenset({"zh", "ja", "ko", "hu", "lt", "mn"})
_MONTH_FIRST_REGIONS = frozenset({"US", "PH", "FM", "PW", "CA"})  # CA: English Canada mixes; its web leans American

# The country whose conventions a language without a region most likely follows: for telephone numbers and "$".
_HOME = {
    "en": "US",
    "de": "DE",
    "fr": "FR",
    "es": "ES",
    "it": "IT",
    "nl": "NL",
    "pt": "PT",
    "pl": "PL",
    "ru": "RU",
    "ja": "JP",
    "zh": "CN",
    "ko": "KR",
    "sv": "SE",
    "da": "DK",
    "nb": "NO",
    "no": "NO",
    "fi": "FI",
    "cs": "CZ",
    "tr": "TR",
    "uk": "UA",
    "el": "GR",
    "hu": "HU",
    "ro": "RO",
    "is": "IS",
    "id": "ID",
    "ms": "MY",
    "vi": "VN",
    "th": "TH",
    "bg": "BG",
    "he": "IL",
    "sk": "SK",
    "hr": "HR",
    "sl": "SI",
    "sr": "RS",
    "lt": "LT",
    "lv": "LV",
    "et": "EE",
    "kk": "KZ",
}

_COUNTRY_DOMAINS = {"uk": "GB"}  # country domains that are not their country's ISO 3166 code
_WORLDWIDE_DOMAINS = frozenset({"io", "co", "tv", "me", "ai", "cc", "ly", "to", "fm", "gg", "ws", "eu"})


# Private use subtags of a page that shows by its own dates which number is the month: "en-GB-x-mdy".
_MONTH_FIRST = {"mdy": True, "dmy": False}


def ordered_tag(tag: str, order: str) -> str:
    """A tag that says in which order a page writes its dates ("mdy", "dmy", or empty for not known)."""
    if not order or locale_of(tag).month_first is _MONTH_FIRST[order]:
        return tag
    return f"{tag or 'en'}-x-{order}"


class Locale(msgspec.Struct, frozen=True, kw_only=True):
    """`region` is ISO 3166, the language's home where the page names none; then `is_stated` is false."""

    language: str
    region: str
    is_stated: bool
    decimal: str
    month_first: bool
    year_first: bool


def tag_of_page(language: str, url: str) -> str:
    """A page's language with a region: its own, else that of its country's domain."""
    tag = language or "en"
    if locale_of(tag).is_stated:
        return tag
    suffix = host_of(url).partition(":")[0].rpartition(".")[2]
    region = _COUNTRY_DOMAINS.get(suffix, suffix.upper())
    is_country = len(region) == 2 and region.isalpha() and suffix not in _WORLDWIDE_DOMAINS
    return f"{tag.split('-')[0]}-{region}" if is_country else tag


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """From BCP 47 ("en-GB", "de", "zh-Hant-TW", "en-x-dmy"); an empty or unknown tag reads as American English."""
    parts = tag.replace("_", "-").split("-")
    language = parts[0].lower() or "en"
    stated = next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")
    region = stated or _HOME.get(language, "US")
    comma = language in _COMMA_DECIMAL and region not in _POINT_DECIMAL_REGIONS
    return Locale(
        language=language,
        region=region,
        is_stated=bool(stated),
        decimal="," if comma else ".",
        month_first=_MONTH_FIRST.get(
            parts[-1].lower(), region in _MONTH_FIRST_REGIONS and language in {"en", "es", "fil"}
        ),
        year_first=language in _YEAR_FIRST,
    )
