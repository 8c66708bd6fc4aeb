"""Typed normal forms: from the text of a value to the value, by the kind of its field and the page's locale."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin

import phonenumbers

from domain.amounts import is_free, parse_number
from domain.currencies import currency_of
from domain.dates import FoundDate, find_dates
from domain.durations import duration_minutes
from domain.fields import Field, FieldKind, words_of
from domain.free_ranges import free_range
from domain.invisible import visible
from domain.locales import locale_of
from domain.money import find_bare_amount, price_amount
from domain.recognise import availability_of, find_url, recognise
from domain.remembering import remembered
from domain.times_of_day import find_times, moment_at

MAX_TEXT_VALUE = 20_000  # characters; a longer "value" is a page
LARGEST_AMOUNT = Decimal(10) ** 12  # above, digits were glued together
LARGEST_NUMBER = Decimal(10) ** 18  # what a database keeps as a whole number
LEAST_DATE_DIGITS = 2  # of a year; its month may be a word, and so may the first of one
LONGEST_STATE = 40  # characters of a text that is a state of stock, and answers whether there is any
LONGEST_BARE = 24  # characters of a text that is an amount

_PERSON_LEAD = re.compile(
    r"^\s*(?:written by|posted by|author:?|by:?|von|par|por|di|door|przez|автор:?)\s+(?=\S)", re.I
)
_BYLINE_BREAK = re.compile(r"\s+[|·•]\s+|\s+[–—]\s+")  # what follows a name in a byline
_YES_WORDS = "yes y true 1 ja oui sí si sì tak да はい 是 available open ✓ ✔ ☑"
_YES = frozenset(_YES_WORDS.split())
_NO_WORDS = "no n false 0 nein non nee não nie нет いいえ 否 none closed ✗ ✘ ☐"
_NO = frozenset(_NO_WORDS.split())
_END_WORDS = frozenset("end ends until last closing closes deadline expires expiry due through valid".split())  # noqa: SIM905
_TRUNK_CALL = re.compile(r"\(?0[1-9]")
_NORTH_AMERICA = 1  # the country code of the numbers that an unnamed country is taken to have
_LONGEST_NATIONAL = 11  # digits behind the 0 of a trunk call
_BY_LINE = frozenset({FieldKind.PRICE, FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.RATING, FieldKind.PHONE})
_NOT_A_PAGE = re.compile(r"^\s*(?:javascript|data|mailto|tel|about|blob|sms|whatsapp):", re.I)
_STARS = re.compile(r"[★⭐]{1,5}(?=[☆✩]|\s|$)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_PARSER_HINT = re.compile(r"\d.*[^\W\d_]{3,}|[^\W\d_]{3,}.*\d")


class Normal(NamedTuple):
    """`raw` is the part of the text that was read as the value; `unit` a currency (ISO 4217) where there is one."""

    value: str | int | float | bool
    raw: str
    unit: str = ""


class Setting(NamedTuple):
    """What a page tells about how to read its values. `year` completes dates that leave theirs out; `is_end`: of
    several days the last is asked."""

    base_url: str
    locale: str
    year: int | None = None
    is_end: bool = False


def normalise(
    raw: str, field: Field, *, base_url: str = "", locale: str = "", year: int | None = None
) -> Normal | None:
    """The normal form of one value (one item, where the field is a list), or None where the text holds none.

    `base_url` resolves links; `locale` is BCP 47; `year` completes dates that leave theirs out.
    """
    text = _folded(visible(raw), field.kind)
    if not text:
        return None
    return _NORMALS[field.kind](text[:MAX_TEXT_VALUE], Setting(base_url, locale, year, _is_end(field)))


def _folded(text: str, kind: FieldKind) -> str:
    """White space folded. Lines stay apart where a number could be read across two."""
    if kind in _BY_LINE and "\n" in text:
        return "\n".join(line for part in text.split("\n") if (line := " ".join(part.split())))
    return " ".join(text.split())


def _is_end(field: Field) -> bool:
    return field.kind is FieldKind.DATE and not _END_WORDS.isdisjoint(words_of(field.name))


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
    if not dates:
        return _parsed_date(text, setting)
    if setting.is_end:
        return _end_date(text, dates)
    begins = next((date for date in dates if not date.is_end), None)
    if begins is None:
        return None
    value, end = moment_at(text, begins)
    if "T" not in value and len(dates) == 1:
        times = find_times(text[: begins.start])  # "7 pm, 3 May 2024"
        if times and begins.start - times[-1].end <= 12:
            return Normal(f"{value}T{times[-1].time.isoformat()}", text[times[-1].start : end])
    return Normal(value, text[begins.start : end])


def _end_date(text: str, dates: Sequence[FoundDate]) -> Normal:
    """When something ends: the last day of the first stretch, else what is told as an end, else the first."""
    first = dates[0]
    if first.last is not None:
        return Normal(first.last.isoformat(), text[first.start : first.end])
    ends = next((date for date in dates if date.is_end), first)
    value, end = moment_at(text, ends)
    return Normal(value, text[ends.start : end])


def _parsed_date(text: str, setting: Setting) -> Normal | None:
    """What the patterns do not know: other languages and odd forms. A text must have a number and a word, for the
    general parser reads "12" as a date."""
    if len(text) > 60 or not _PARSER_HINT.search(text) or sum(map(str.isdigit, text)) < LEAST_DATE_DIGITS:
        return None
    return _generally_parsed(text, locale_of(setting.locale).language)


@lru_cache(maxsize=4_096)  # ten milliseconds each: lists have the same odd lines in row after row
def _generally_parsed(text: str, language: str) -> Normal | None:
    from dateparser import parse  # two seconds to import, rarely needed
    from dateparser.data import languages_info

    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]}
    moment = parse(text, languages=[language] if language in languages_info.language_order else None, settings=settings)
    if moment is None:
        return None
    midnight = moment.time() == dt.time()
    return Normal(moment.date().isoformat() if midnight else moment.isoformat(), text)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() and "." not in f"{number:f}" else float(number)


def _number(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.NUMBER, text, setting.locale)
    number = parse_number(span.text, locale_of(setting.locale).decimal) if span else None
    if span is None or number is None or abs(number) >= LARGEST_NUMBER:
        return None
    return Normal(_plain(number), span.text)


def _integer(text: str, setting: Setting) -> Normal | None:
    span = recognise(FieldKind.INTEGER, text, setting.locale)
    number = parse_number(span.text, "") if span else None
    if span is None or number is None or number != number.to_integral_value() or abs(number) >= LARGEST_NUMBER:
        return None
    return Normal(int(number), span.text)


def _price(text: str, setting: Setting) -> Normal | None:
    return _price_in(text, setting.locale)


@remembered(8_192)  # a value is read when it is found and again when it is checked: twice the rows of a page
def _price_in(text: str, tag: str) -> Normal | None:
    if is_free(text):
        return Normal(0.0, text)
    if least := free_range(text):
        return Normal(0.0, least)
    span = recognise(FieldKind.PRICE, text, tag)
    if span is not None:
        spelled, amount = span.text, price_amount(span.text, tag)
    else:
        # An amount without a currency is a price where nothing else stands beside it.
        bare = find_bare_amount(text, tag) if len(text) <= LONGEST_BARE and not find_dates(text) else None
        spelled, amount = text, price_amount(bare.text, tag) if bare else None
    if amount is None or not 0 <= amount < LARGEST_AMOUNT:
        return None
    return Normal(_plain(amount), spelled, currency_of(spelled, locale_of(tag)))


def _currency(text: str, setting: Setting) -> Normal | None:
    code = currency_of(text, locale_of(setting.locale))
    return Normal(code, text) if code else None


def _rating(text: str, setting: Setting) -> Normal | None:
    stars = _STARS.search(text)
    span = recognise(FieldKind.RATING, text, setting.locale)
    if span is None:
        if stars is not None:
            return Normal(float(len(stars[0])), stars[0])
        span = recognise(FieldKind.NUMBER, text, setting.locale) if len(text) <= 8 else None
    number = _FIGURE.search(span.text) if span else None
    if span is None or number is None:
        return None
    return Normal(float(number[0].replace(",", ".")), span.text)


def _boolean(text: str, setting: Setting) -> Normal | None:
    del setting
    word = text.strip(" .!").casefold()
    if word in _YES:
        return Normal(True, text)
    if word in _NO:
        return Normal(False, text)
    state = availability_of(text) if len(text) <= LONGEST_STATE else None
    return None if state is None else Normal(state != "OutOfStock", text)


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
    if _is_of_another_country(spelled, number):
        return Normal(spelled, spelled)
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_LONG:  # two numbers side by side, or one of something else
        return None
    if not phonenumbers.is_possible_number(number):
        return Normal(spelled, spelled)
    return Normal(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), spelled)


def _is_of_another_country(spelled: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number taken for a North American one begins with the 0 of a trunk call, as none of theirs does: a page
    in English that names no country may be British."""
    is_trunk_call = number.country_code == _NORTH_AMERICA and _TRUNK_CALL.match(spelled) is not None
    return is_trunk_call and len(str(number.national_number)) <= _LONGEST_NATIONAL


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
