"""Small grammars of goals in Chinese, Korean, Arabic, Persian and Turkish: as patterns, each step cutting out what it
understood. What is left names the thing."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import msgspec

from agent.planner.chinese_places import place_before
from agent.planner.goal_text import GoalText
from agent.planner.words_elsewhere import FIELDS
from agent.words import fold
from domain.city_names import names_of_city
from domain.plans import Comparison

_NUM = r"(?<![\d,.])(?P<n>\d[\d,.]*)\s*(?P<scale>万|萬|千|만|천|ألف|مليون|bin|milyon)?"
_MANY = {"万": 1e4, "萬": 1e4, "千": 1e3, "만": 1e4, "천": 1e3, "ألف": 1e3, "مليون": 1e6, "bin": 1e3, "milyon": 1e6}
_MONEY = (
    r"(?P<unit>人民币|美元|欧元|英镑|日元|港币|港元|台币|新台币|元|块钱?|달러|유로|파운드|엔|원|"
    r"دولار(?:ا)?|يورو|جنيه إسترليني|"
    r"درهم|ريال|جنيه|تومان|TL|lira|dolar|euro|avro|sterlin|₺|₩|[$€£¥])"
)
# "ريال", "جنيه" and "¥" are of several countries; "元" in Taiwan is another than what most mean by it.
_CURRENCIES = {
    "元": "CNY",
    "块": "CNY",
    "块钱": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "港币": "HKD",
    "港元": "HKD",
    "台币": "TWD",
    "新台币": "TWD",
    "달러": "USD",
    "유로": "EUR",
    "파운드": "GBP",
    "엔": "JPY",
    "원": "KRW",
    "₩": "KRW",
    "دولار": "USD",
    "دولارا": "USD",
    "يورو": "EUR",
    "جنيه إسترليني": "GBP",
    "درهم": "AED",
    "tl": "TRY",
    "lira": "TRY",
    "₺": "TRY",
    "dolar": "USD",
    "euro": "EUR",
    "avro": "EUR",
    "sterlin": "GBP",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
}


class Bound(NamedTuple):
    """A demand on a number: `what` is the kind of field that it is of, "price", "rating" or "date"."""

    what: str
    comparison: Comparison
    value: float
    words: str
    unit: str = ""


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """How a language puts a goal. `bounds` are for a price (with `_MONEY`), a rating or a year, as their groups say."""

    courtesy: re.Pattern[str]
    count: re.Pattern[str]
    place: re.Pattern[str]
    bounds: tuple[tuple[str, Comparison, re.Pattern[str]], ...]
    joins: re.Pattern[str]
    endings: re.Pattern[str]
    of_thing: re.Pattern[str]


class Cut(NamedTuple):
    """`fields` are our names with the goal's words; `near` that the place is only near; `unsaid` what no condition
    says."""

    place: str
    is_near: bool
    count: int | None
    bounds: tuple[Bound, ...]
    fields: dict[str, str]
    unsaid: tuple[str, ...]


def _bounds(*each: tuple[str, Comparison, str]) -> tuple[tuple[str, Comparison, re.Pattern[str]], ...]:
    return tuple((what, comparison, re.compile(pattern, re.I)) for what, comparison, pattern in each)


_LESS, _MOST, _LEAST, _MORE, _SAME = (
    Comparison.LESS,
    Comparison.AT_MOST,
    Comparison.AT_LEAST,
    Comparison.GREATER,
    Comparison.EQUAL,
)
_ZH_PRICE = r"[，,]?(?:价格|價格|售价|租金|月租|票价)?(?:在)?"
_TR_CASE = r"(?:['’]?(?:nin|nın|den|dan|in|ın|si|sı|ye|ya|e|a))?"
_CHINESE = Tongue(
    courtesy=re.compile(
        r"^(?:请|請|帮我|幫我|给我|給我|我想要?|我要|我需要|需要|查找|查询|查詢|寻找|尋找|搜索|搜寻|找出|找到|找一下|找|列出|"
        r"列一下|推荐|推薦|告诉我|收集|整理|显示)+\s*|(?:的)?(?:列表|清单|清單|名单)?[。！？?!.\s]*$"
    ),
    count=re.compile(
        r"(?:前|至少|最多)?(?<!\d)(?P<n>\d{1,4}|[一二两三四五六七八九]百|[一二三四五六七八九]?十[一二三四五六七八九]?)\s*(?:家|个|個|间|間|款|本|部|条|條|所|位|名|台|辆|张|种|只|座|场|"
        r"篇|份|套)(?!月)(?:的)?"
    ),
    place=re.compile(
        r"^(?!.*?(?:营业|开放|开门|适合|没有|含).*?的)(?:^(?:在(?![售职職线線建营營映校打])|位于)(?P<in>[^\s，,的在]{2,12}?)(?P<near>附近|周边)?的|^(?P<of>[^\s，,的\d]{2,8}?)(?P<by>附近|周边)?的(?=\S))"
    ),
    bounds=_bounds(
        ("price", _LESS, rf"{_ZH_PRICE}(?:低于|少于|不到|小于|便宜于)\s*{_NUM}\s*{_MONEY}(?:的)?"),
        ("price", _MOST, rf"{_ZH_PRICE}(?:不超过|最多|不高于)?\s*{_NUM}\s*{_MONEY}(?:以下|以内|之内)(?:的)?"),
        ("price", _MOST, rf"{_ZH_PRICE}(?:不超过|最多|不高于)\s*{_NUM}\s*{_MONEY}(?:的)?"),
        ("price", _LEAST, rf"{_ZH_PRICE}\s*{_NUM}\s*{_MONEY}(?:以上|起)(?:的)?"),
        ("price", _MORE, rf"{_ZH_PRICE}(?:高于|超过|大于)\s*{_NUM}\s*{_MONEY}(?:的)?"),
        ("rating", _LEAST, rf"[，,]?(?:评分|評分)?(?:在)?(?:至少|不低于)?\s*{_NUM}\s*[星分](?:级)?(?:及?以上)(?:的)?"),
        ("rating", _LEAST, rf"[，,]?(?:评分|評分)?(?:至少|不低于)\s*{_NUM}\s*[星分]?(?:的)?"),
        ("rating", _MORE, rf"[，,]?(?:评分|評分)(?:高于|超过|大于)\s*{_NUM}\s*[星分]?(?:的)?"),
        ("date", _LEAST, r"(?P<n>(?:19|20)\d\d)年?(?:以来|以后|之后|起)(?:的)?"),
        ("date", _LESS, r"(?P<n>(?:19|20)\d\d)年?(?:以前|之前)(?:的)?"),
        ("date", _SAME, r"(?P<n>(?:19|20)\d\d)年(?:的)?"),
    ),
    joins=re.compile(r"[，,、；;：:\s]+|以及|及其|包括|包含|附上|附|带有|和|及|与|的"),
    endings=re.compile(r"$"),
    of_thing=re.compile(r"^(?P<clause>.{2,}?)的(?=[^的]+$)"),
)
_KOREAN = Tongue(
    courtesy=re.compile(
        r"(?:\s*(?:을|를|좀))?\s*(?:찾아|알려|보여|추천해|검색해|정리해|구해|모아)\s?(?:줘|주세요|줄래)?[.!?\s]*$|"
        r"\s*(?:목록|리스트)(?:을|를)?[.!?\s]*$|^(?:나에게|저에게)\s+"
    ),
    count=re.compile(r"(?P<n>\d{1,4})\s*(?:개|곳|군데|명|권|편|대|채|건|가지)(?:의|를|을)?(?=\s|$)"),
    place=re.compile(
        r"^(?P<at>\S{1,12}\s\S{1,8}?)에\s?있는\s+|"
        r"^(?P<in>\S{1,12}?)(?:\s?(?P<near>근처|주변))?(?:에\s?있는|에서|의|에)\s+|"
        r"^(?P<of>\S{1,12}?)\s(?P<by>근처|주변)(?:의|에)?\s+"
    ),
    bounds=_bounds(
        ("price", _MOST, rf"(?:가격\s*)?{_NUM}\s*{_MONEY}\s*(?:이하|이내|까지)(?:의|인)?(?=\s|$)"),
        ("price", _LESS, rf"(?:가격\s*)?{_NUM}\s*{_MONEY}\s*미만(?:의|인)?(?=\s|$)"),
        ("price", _LEAST, rf"(?:가격\s*)?{_NUM}\s*{_MONEY}\s*(?:이상|부터)(?:의|인)?(?=\s|$)"),
        ("price", _MORE, rf"(?:가격\s*)?{_NUM}\s*{_MONEY}\s*초과(?:의|인)?(?=\s|$)"),
        ("rating", _LEAST, rf"(?:평점|별점)\s*{_NUM}\s*(?:점|개)?\s*이상(?:의|인)?(?=\s|$)"),
        ("date", _LEAST, r"(?P<n>(?:19|20)\d\d)년\s*(?:이후|부터)(?:의)?(?=\s|$)"),
        ("date", _LESS, r"(?P<n>(?:19|20)\d\d)년\s*(?:이전|전)(?:의)?(?=\s|$)"),
        ("date", _SAME, r"(?P<n>(?:19|20)\d\d)년(?:의)?(?=\s|$)"),
    ),
    joins=re.compile(r"[,，、;:\s]+"),
    endings=re.compile(r"(?:와|과|랑|이랑|하고|및|을|를|의)$"),
    of_thing=re.compile(r"^(?P<clause>.*\S(?:있는|없는|하는|되는|는|한|된))\s+(?=\S+$)"),
)
_AR_WORD = r"[^\s،,.\d]+"
_AR_ENDS = r"مع|ب|بأقل|بسعر|تحت|أقل|أكثر|منذ|بعد|قبل|تشمل|وتشمل|با|و\S*"
_ARABIC = Tongue(
    courtesy=re.compile(
        r"^(?:من فضلك|ابحث(?: لي)? عن|أعطني|اعطني|أعطيني|أرني|أريد|جد(?: لي)?|أوجد|اعثر(?: لي)? على|اعرض(?: لي)?|هات|"
        r"أحتاج(?: إلى)?|قائمة(?: بـ?)?|ما هي|به من|پیدا کن|لیست)\s+|[.!?؟\s]+$"
    ),
    count=re.compile(r"(?:^|(?<=\s))(?:أفضل\s+)?(?P<n>\d{1,4})\s+(?=[^\W\d])(?!دولار|يورو|نجوم|نجمة|درهم|ريال|جنيه)"),
    place=re.compile(
        rf"(?:^|(?<=\s))(?:(?P<near>بالقرب من|قرب|نزدیک)|في|فی|در)\s+"
        rf"(?P<in>{_AR_WORD}(?:\s(?!(?:{_AR_ENDS})(?:\s|$)){_AR_WORD})?)"
    ),
    bounds=_bounds(
        ("price", _LESS, rf"(?:بسعر\s+)?ب?(?:أقل من|اقل من|دون|تحت)\s+{_NUM}\s*{_MONEY}"),
        ("price", _MOST, rf"(?:بسعر\s+)?(?:لا يزيد عن|لا يتجاوز|حتى)\s+{_NUM}\s*{_MONEY}"),
        ("price", _MORE, rf"(?:بسعر\s+)?ب?(?:أكثر من|فوق)\s+{_NUM}\s*{_MONEY}"),
        (
            "rating",
            _LEAST,
            rf"(?:بتقييم\s+)?(?:لا يقل عن|على الأقل)?\s*{_NUM}\s*(?:نجوم|نجمة)(?:\s+(?:على الأقل|أو أكثر|فأكثر))",
        ),
        ("rating", _MORE, rf"(?:ب?تقييم(?:ها)?\s+)(?:أكثر من|أعلى من|فوق)\s+{_NUM}(?:\s*(?:نجوم|نجمة))?"),
        ("date", _LEAST, r"منذ\s+(?:عام\s+|سنة\s+)?(?P<n>(?:19|20)\d\d)"),
        ("date", _MORE, r"بعد\s+(?:عام\s+|سنة\s+)?(?P<n>(?:19|20)\d\d)"),
        ("date", _LESS, r"قبل\s+(?:عام\s+|سنة\s+)?(?P<n>(?:19|20)\d\d)"),
    ),
    joins=re.compile(r"\s*[،,؛;:]\s*|\s+و(?=\S)|\s+"),
    endings=re.compile(r"$"),
    of_thing=re.compile(r"^(?!)(?P<clause>)"),
)
_TURKISH = Tongue(
    courtesy=re.compile(
        r"^(?:lütfen|bana)\s+|\s+(?:bul|listele|göster|ara|getir|ver|öner|çıkar)"
        r"(?:in|[ıiuü]n|ir misin|ar mısın|er misin)?"
        r"[.!?\s]*$|\s+(?:arıyorum|istiyorum|lazım|listesi)[.!?\s]*$|[.!?\s]+$",
        re.I,
    ),
    count=re.compile(
        r"(?:^|(?<=\s))(?:[Ee]n (?:iyi|ucuz|yeni)\s+)?(?P<n>\d{1,4})\s+(?:adet\s+|tane\s+)?"
        r"(?=[^\W\d])(?!(?:TL|yıldız|euro|dolar)\b)"
    ),
    place=re.compile(
        r"(?:^|(?<=\s))(?P<in>[A-ZÇĞİÖŞÜ]\w*(?:\s[A-ZÇĞİÖŞÜ]\w*)*)['’](?:[dt][ae](?:ki)?|n?[iıuü]n)(?:\s+(?P<near>yakın\w*))?"
        r"(?=\s|$)"
    ),
    bounds=_bounds(
        ("price", _LESS, rf"{_NUM}\s*{_MONEY}{_TR_CASE}\s+(?:alt[ıi]nda(?:ki)?|alt[ıi]|(?:daha )?(?:ucuz|az))(?=\s|$)"),
        ("price", _MOST, rf"en fazla\s+{_NUM}\s*{_MONEY}(?=\s|$)"),
        ("price", _MOST, rf"{_NUM}\s*{_MONEY}{_TR_CASE}\s+kadar(?=\s|$)"),
        (
            "price",
            _MORE,
            rf"{_NUM}\s*{_MONEY}{_TR_CASE}\s+(?:[üu]st[üu]nde(?:ki)?|[üu]st[üu]|[üu]zeri(?:nde(?:ki)?)?|fazla)(?=\s|$)",
        ),
        ("rating", _LEAST, rf"(?:en az\s+){_NUM}\s*(?:yıldız(?:lı)?|puan(?:lı)?)(?=\s|$)"),
        ("rating", _MORE, rf"{_NUM}\s*(?:yıldız|puan)\s+(?:üstü|üzeri)(?=\s|$)"),
        ("date", _LEAST, r"(?P<n>(?:19|20)\d\d)['’]?(?:den|dan|ten|tan) (?:beri|itibaren)(?=\s|$)"),
        ("date", _MORE, r"(?P<n>(?:19|20)\d\d)['’]?(?:den|dan|ten|tan) sonra(?:ki)?(?=\s|$)"),
        ("date", _LESS, r"(?P<n>(?:19|20)\d\d)['’]?(?:den|dan|ten|tan) önce(?:ki)?(?=\s|$)"),
    ),
    joins=re.compile(r"\s*[,;:]\s*|\s+(?:ve|ile|birlikte)(?=\s|$)|\s+", re.I),
    endings=re.compile(r"(?:y?l[ae])$"),
    of_thing=re.compile(r"^(?!)(?P<clause>)"),
)
_TONGUES = {"zh": _CHINESE, "ko": _KOREAN, "ar": _ARABIC, "fa": _ARABIC, "tr": _TURKISH}
_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_LONGEST_FIELD = 3  # words
_INTRODUCED = re.compile(r"(?:\s+(?:مع|وتشمل|تشمل|تتضمن|با|ile)|[，,]?(?:包括|包含|要有|附上?|带|及|和))$")


def is_tongue(language: str) -> bool:
    return language in _TONGUES


def take_all(text: GoalText, language: str) -> Cut:
    """Leaves the thing in the text."""
    tongue = _TONGUES[language]
    while (shorter := tongue.courtesy.sub("", text.rest).strip()) not in {text.rest, ""}:
        text.rest = shorter
    bounds = tuple(_take_bounds(text, tongue))
    fields = _take_fields(text, tongue)
    counted = text.take(tongue.count)
    place, is_near = _take_place(text, tongue)
    counted = counted or text.take(tongue.count)
    count = _number(counted["n"]) if counted else None
    clause = tongue.of_thing.match(text.rest)
    if clause:
        text.rest = text.rest[clause.end() :]
    text.rest = text.rest.strip(" ，,、。的" if language == "zh" else " ،,.")
    return Cut(place, is_near, count, bounds, fields, (clause["clause"].strip(),) if clause else ())


def _number(said: str) -> int:
    """In figures, or in Chinese up to 999 as far as counts are said: 十二, 二十五, 三百."""
    if said.isdecimal():
        return int(said)
    if said.endswith("百"):
        return 100 * _DIGITS[said[0]]
    tens, _, ones = said.partition("十")
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def _take_bounds(text: GoalText, tongue: Tongue) -> list[Bound]:
    found = []
    for what, comparison, pattern in tongue.bounds:
        while (match := text.take(pattern)) is not None:
            said = match.groupdict()
            digits = said["n"].rstrip(".,")
            scale = _MANY.get((said.get("scale") or "").lower(), 1.0)
            value = float(re.sub(r"[.,](?=\d{3}(?!\d))", "", digits).replace(",", ".")) * scale
            unit = _CURRENCIES.get((said.get("unit") or "").lower(), "")
            found.append(Bound(what, comparison, value, match[0].strip(" ，,的"), unit))
    return found


def _take_place(text: GoalText, tongue: Tongue) -> tuple[str, bool]:
    match = tongue.place.search(text.rest)
    if match and tongue is _CHINESE and match["of"] and not match["by"]:
        place = place_before(match["of"])
        text.rest = text.rest.removeprefix(match[0] if place == match["of"] else place)
        return place, False
    if match := text.take(tongue.place):
        said = match.groupdict()
        return (said["in"] or said.get("of") or said.get("at") or "").strip(), bool(said.get("near") or said.get("by"))
    first = text.rest.split(" ", 1)[0]
    # A well-known city right before its things: 上海酒店, "서울 카페".
    for size in range(min(len(first), 8), 1, -1):
        is_end = size == len(first) if tongue is not _CHINESE else size < len(text.rest)
        if is_end and names_of_city(first[:size]):
            text.rest = text.rest[size:].strip()
            return first[:size], False
    return "", False


@cache
def _names() -> dict[str, str]:
    return {fold(word): name for name, words in FIELDS.items() for word in words.split(",")}


def _take_fields(text: GoalText, tongue: Tongue) -> dict[str, str]:
    """The fields that the goal ends in, by our names."""
    found: dict[str, str] = {}
    ends = [(match.start(), match.end()) for match in tongue.joins.finditer(text.rest)]
    stop = len(text.rest)
    while stop:
        starts = [end for start, end in ends if start < stop and end <= stop][-_LONGEST_FIELD:]
        named = next((at for at in starts if _named(text.rest[at:stop], tongue)), None)
        if named is None:
            break
        words = tongue.endings.sub("", text.rest[named:stop].strip())
        found = {_named(words, tongue): words} | found
        stop = next(start for start, end in reversed(ends) if end == named)
    if found:
        text.rest = text.rest[:stop].strip()
        text.rest = _INTRODUCED.sub("", text.rest)
    return found


def _named(phrase: str, tongue: Tongue) -> str:
    plain = phrase.strip(" .?!。")
    return _names().get(fold(plain), "") or _names().get(fold(tongue.endings.sub("", plain)), "")
