"""Typed normal forms: from the text of a value to the value, by the kind of its field and the page's locale."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple
from urllib.parse import urljoin

import phonenumbers
from price_parser import Price

from domain.dates import find_dates, find_times, moment_at
from domain.fields import Field, FieldKind
from domain.locales import Locale, locale_of
from domain.recognise import DURATION_PART, Span, availability_of, find_url, recognise

MAX_TEXT_VALUE = 20_000  # characters; a longer "value" is a page
MINUTES_PER_DAY = 1440
LARGEST_AMOUNT = Decimal(10) ** 12  # above, digits were glued together

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
_CODE = re.compile(r"\b[A-Z]{3}\b")
_SIGN = re.compile(
    r"R\$|[A-Z]{1,2}\$|zł|Kč|Ft\b|lei\b|Fr\.|kr\b|Rs\b\.?|[$€£¥₹₽₩₺₴₫฿₱₪円元원]|руб|euros?|dollars?|RMB", re.I
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
_PERSON_LEAD = re.compile(
    r"^\s*(?:written by|posted by|author:?|by:?|von|par|por|di|door|przez|автор:?)\s+(?=\S)", re.I
)
_BYLINE_BREAK = re.compile(r"\s+[|·•]\s+|\s+[–—]\s+")  # what follows a name in a byline
_YES_WORDS = "yes y true 1 ja oui sí si sì tak да はい 是 available open ✓ ✔ ☑"
_YES = frozenset(_YES_WORDS.split())
_NO_WORDS = "no n false 0 nein non nee não nie нет いいえ 否 none closed ✗ ✘ ☐"
_NO = frozenset(_NO_WORDS.split())
_ISO_PART = re.compile(r"(\d+(?:\.\d+)?)([YMWDHS])")
_VULGAR = {"¼": Fraction(1, 4), "½": Fraction(1, 2), "¾": Fraction(3, 4)}
_NOT_A_PAGE = re.compile(r"^\s*(?:javascript|data|mailto|tel|about|blob|sms|whatsapp):", re.I)
_PARSER_HINT = re.compile(r"\d.*[^\W\d_]{3,}|[^\W\d_]{3,}.*\d")


class Normal(NamedTuple):
    """`raw` is the part of the text that was read as the value; `unit` a currency (ISO 4217) where there is one."""

    value: str | int | float | bool
    raw: str
    unit: str = ""


class Setting(NamedTuple):
    """What a page tells about how to read its values. `year` completes dates that leave theirs out."""

    base_url: str
    locale: str
    year: int | None = None


def normalise(
    raw: str, field: Field, *, base_url: str = "", locale: str = "", year: int | None = None
) -> Normal | None:
    """The normal form of one value (one item, where the field is a list), or None where the text holds none.

    `base_url` resolves links; `locale` is BCP 47; `year` completes dates that leave theirs out.
    """
    text = " ".join(raw.split())
    if not text:
        return None
    return _NORMALS[field.kind](text[:MAX_TEXT_VALUE], Setting(base_url, locale, year))


def _text(text: str, setting: Setting) -> Normal | None:
    del setting
    return Normal(text, text)


def _person(text: str, setting: Setting) -> Normal | None:
    name = _PERSON_LEAD.sub("", text)
    dates = find_dates(name, setting.locale, setting.year)
    if dates and dates[0].start:  # "Ada Lovelace, 12 March 2027 · 6 minutes"
        name = _BYLINE_BREAK.split(name[: dates[0].start])[0]
    name = name.strip(" ,;|·•–-")
    return Normal(name, name) if any(map(str.isalpha, name)) else None


def _date(text: str, setting: Setting) -> Normal | None:
    dates = find_dates(text, setting.locale, setting.year)
    if dates:
        value, end = moment_at(text, dates[0])
        if "T" not in value and len(dates) == 1:
            times = find_times(text[: dates[0].start])  # "7 pm, 3 May 2024"
            if times and dates[0].start - times[-1].end <= 12:
                return Normal(f"{value}T{times[-1].time.isoformat()}", text[times[-1].start : end])
        return Normal(value, text[dates[0].start : end])
    return _parsed_date(text, setting)


def _parsed_date(text: str, setting: Setting) -> Normal | None:
    """What the patterns do not know: other languages and odd forms. A text must have a number and a word, for the
    general parser reads "12" as a date."""
    if len(text) > 60 or not _PARSER_HINT.search(text):
        return None
    from dateparser import parse  # two seconds to import, rarely needed
    from dateparser.data import languages_info

    language = locale_of(setting.locale).language
    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    moment = parse(text, languages=[language] if language in languages_info.language_order else None, settings=settings)
    if moment is None:
        return None
    midnight = moment.time() == dt.time()
    return Normal(moment.date().isoformat() if midnight else moment.isoformat(), text)


def parse_number(text: str, decimal: str) -> Decimal | None:
    """The number that a text spells, by its separators. Where they leave it open ("1.234"), `decimal` is the mark of
    the fraction; empty: there is none."""
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", text.replace("−", "-")).lstrip("+")
    match = re.search(r"-?\d[\d.,]*", digits)
    if match is None:
        return None
    body = match[0].rstrip(".,")
    last = max(body.rfind("."), body.rfind(","))
    if last >= 0:
        mark = body[last]
        other = "," if mark == "." else "."
        is_thousand = body.count(mark) > 1 or (
            _SEPARATED_THOUSAND.fullmatch(body.lstrip("-")) is not None and mark != decimal
        )
        body = body.replace(other, "")
        body = body.replace(mark, "") if is_thousand else body.replace(mark, ".")
    try:
        return Decimal(body)
    except InvalidOperation:
        return None


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() and "." not in str(number) else float(number)


def _number(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.NUMBER, text, setting.locale)
    number = parse_number(span.text, locale_of(setting.locale).decimal) if span else None
    return Normal(_plain(number), span.text) if span and number is not None else None


def _integer(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.INTEGER, text, setting.locale)
    if span is None:
        return None
    digits = re.sub(r"[^\d-]", "", span.text.replace("−", "-"))
    return Normal(int(digits), span.text) if digits.strip("-") and len(digits) < 19 else None


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
    if sign == "kr":
        return _KRONE_REGIONS.get(locale.region, "SEK")
    if sign == "¥":
        return "CNY" if locale.region == "CN" else "JPY"
    return _CURRENCY_OF_SIGN.get(sign, "USD" if sign.endswith("$") else "")


def is_free(text: str) -> bool:
    """Whether a price is told as none: "Free entry", "Eintritt frei"."""
    return _FREE.fullmatch(text) is not None


def _price(text: str, setting: Setting) -> Normal | None:
    locale = locale_of(setting.locale)
    if is_free(text):
        return Normal(0.0, text)
    span = recognise(FieldKind.PRICE, text, setting.locale)
    # An amount without a currency is a price where nothing else stands beside it.
    spelled = span.text if span else text if len(text) <= 24 and not find_dates(text) else ""
    if not re.search(r"\d", spelled):
        return None
    amount = parse_number(spelled, "")  # no price has three decimals: "1.299" has a thousand in every country
    if amount is None:
        amount = Price.fromstring(spelled).amount
    if amount is None or not 0 <= amount < LARGEST_AMOUNT:
        return None
    return Normal(_plain(amount), spelled, currency_of(spelled, locale))


def _currency(text: str, setting: Setting) -> Normal | None:
    code = currency_of(text, locale_of(setting.locale))
    return Normal(code, text) if code else None


def _rating(text: str, setting: Setting) -> Normal | None:
    stars = re.search(r"[★⭐]{1,5}(?=[☆✩]|\s|$)", text)
    span = recognise(FieldKind.RATING, text, setting.locale)
    if span is None:
        if stars is not None:
            return Normal(float(len(stars[0])), stars[0])
        span = recognise(FieldKind.NUMBER, text, setting.locale) if len(text) <= 8 else None
    number = re.search(r"\d+(?:[.,]\d+)?", span.text) if span else None
    if span is None or number is None:
        return None
    return Normal(float(number[0].replace(",", ".")), span.text)


def _boolean(text: str, setting: Setting) -> Normal | None:
    del setting
    word = text.strip(" .!").casefold()
    if word in _YES:
        return Normal(True, text)
    return Normal(False, text) if word in _NO else None


def _duration(text: str, setting: Setting) -> Normal | None:
    """Whole minutes. A bare number is minutes already."""
    del setting
    if re.fullmatch(r"\d{1,5}(?:\.0+)?", text):
        return Normal(int(float(text)), text)
    span = recognise(FieldKind.DURATION, text)
    if span is None:
        return None
    minutes = duration_minutes(span)
    return Normal(minutes, span.text) if minutes else None


def duration_minutes(span: Span) -> int:
    text = span.text
    if text[:1] == "P":
        days, _, times = text[1:].partition("T")
        per_day = {
            "Y": 365 * MINUTES_PER_DAY,
            "M": 30 * MINUTES_PER_DAY,
            "W": 7 * MINUTES_PER_DAY,
            "D": MINUTES_PER_DAY,
        }
        per_time = {"H": 60.0, "M": 1.0, "S": 1 / 60}
        total = sum(float(n) * per_day.get(unit, 0) for n, unit in _ISO_PART.findall(days))
        return round(total + sum(float(n) * per_time.get(unit, 0) for n, unit in _ISO_PART.findall(times)))
    clock = re.fullmatch(r"(\d{1,3}):(\d\d)(?::(\d\d))?", text)
    if clock:  # h:mm:ss, else h:mm: the form of times needed, not of films' lengths in m:ss
        return int(clock[1]) * 60 + int(clock[2])
    total = Fraction(0)
    unit = Fraction(0)
    end = 0
    for part in DURATION_PART.finditer(text):
        unit = Fraction(MINUTES_PER_DAY if part["d"] else 60 if part["h"] else 1)
        total += _fraction(part["n"]) * unit
        end = part.end()
    rest = re.match(r"\s*(\d{1,2})\s*$", text[end:])
    if rest and unit == 60:  # "1h30"
        total += int(rest[1])
    return round(total)


def _fraction(text: str) -> Fraction:
    total = Fraction(0)
    for part in re.findall(r"\d+/\d+|\d+(?:[.,]\d+)?|[¼½¾]", text):
        try:
            total += _VULGAR.get(part) or Fraction(part.replace(",", "."))
        except ZeroDivisionError:
            return Fraction(0)
    return total


def _identifier(text: str, setting: Setting) -> Normal | None:
    """The text's most telling code; a short text with digits whole, for some codes look like nothing else."""
    span = recognise(FieldKind.IDENTIFIER, text, setting.locale)
    if span is not None:
        return Normal(span.text, span.text)
    short = text.strip(" #:.,;")
    return Normal(short, short) if len(short) <= 40 and re.search(r"\d", short) and not find_dates(short) else None


def _availability(text: str, setting: Setting) -> Normal | None:
    del setting
    state = availability_of(text)
    return Normal(state, text[:200]) if state else None


def _url(text: str, setting: Setting) -> Normal | None:
    if _NOT_A_PAGE.match(text) or text.startswith("#"):
        return None
    if " " in text and not text.startswith(("http://", "https://", "/", "./", "../")):
        span = find_url(text)  # prose with an address in it; an address itself may have spaces, as browsers take it
        if span is None:
            return None
        text = span.text
    if text.lower().startswith("www."):
        return Normal(f"https://{text}", text)
    try:
        url = urljoin(setting.base_url, text)
    except ValueError:  # unbalanced brackets and the like
        return None
    return Normal(url.replace(" ", "%20"), text)


def _email(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.EMAIL, re.sub(r"^mailto:", "", text, flags=re.I), setting.locale)
    return Normal(span.text.lower(), span.text) if span else None


def _phone(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.PHONE, text, setting.locale)
    if span is None:
        return None
    spelled = span.text.removeprefix("tel:")
    try:
        number = phonenumbers.parse(spelled, locale_of(setting.locale).region)
    except phonenumbers.NumberParseException:
        return Normal(spelled, spelled)
    if not phonenumbers.is_possible_number(number):
        return Normal(spelled, spelled)
    return Normal(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), spelled)


_NORMALS: dict[FieldKind, Callable[[str, Setting], Normal | None]] = {
    FieldKind.TEXT: _text,
    FieldKind.TITLE: _text,
    FieldKind.DESCRIPTION: _text,
    FieldKind.ADDRESS: _text,
    FieldKind.PERSON: _person,
    FieldKind.NUMBER: _number,
    FieldKind.INTEGER: _integer,
    FieldKind.PRICE: _price,
    FieldKind.CURRENCY: _currency,
    FieldKind.RATING: _rating,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.DATE: _date,
    FieldKind.DURATION: _duration,
    FieldKind.IDENTIFIER: _identifier,
    FieldKind.AVAILABILITY: _availability,
    FieldKind.URL: _url,
    FieldKind.IMAGE: _url,
    FieldKind.EMAIL: _email,
    FieldKind.PHONE: _phone,
}
