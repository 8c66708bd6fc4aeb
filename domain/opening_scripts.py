"""The words of timetables in scripts other than the Latin one, as their English."""

from __future__ import annotations

import re

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NO_MORE = r"(?![ぁ-んァ-ヶ一-龠々])"
# One sign names a day where nothing is counted before it ("3月", "5日") and no other word goes on after it.
_JAPANESE = tuple(
    (rf"{sign}曜日?|(?<![\d一-龠々]){sign}{_NO_MORE}", day) for sign, day in zip("月火水木金土日", _DAYS, strict=True)
)
_CHINESE = tuple(
    (rf"(?:星期|周|礼拜){signs}", day)
    for signs, day in zip(["一", "二", "三", "四", "五", "六", "[日天]"], _DAYS, strict=True)
)
_RUSSIAN = tuple(
    (rf"\b(?:{words})\b", day)
    for words, day in zip(
        (
            "понедельник|пн",
            "вторник|вт",
            "сред[ау]|ср",
            "четверг|чт",
            "пятниц[ау]|пт",
            "суббот[ау]|сб",
            "воскресенье|вс",
        ),
        _DAYS,
        strict=True,
    )
)
_WORDS = (
    (r"定休日?|休業日?|休館日?|お?休み|休息|закрыто|выходной", "closed"),
    (r"年中無休|無休|毎日|每天|ежедневно|без выходных", "daily"),
    (r"24時間(?:営業)?|круглосуточно", "24 hours"),
    (r"平日", "weekdays"),
    (r"土日", "saturday and sunday"),
    (r"から|至|到|\bдо\b", "-"),
    (r"(?<=\d)[時点](?!間)\s?(?P<minutes>\d\d)分?", r":\g<minutes>"),
    (r"(?<=\d)[時点](?!間)", ":00"),
)
_ALL = tuple(
    (re.compile(pattern), f" {word} " if word[0].isalpha() else word)
    for pattern, word in (*_WORDS, *_JAPANESE, *_CHINESE, *_RUSSIAN)
)
_OTHER_SCRIPT = re.compile(r"[぀-ヿ一-鿿Ѐ-ӿ]")


def in_latin(text: str) -> str:
    """A text with its days, and what is said of them, in English; the rest as it stands."""
    if not _OTHER_SCRIPT.search(text):
        return text
    for pattern, word in _ALL:
        text = pattern.sub(word, text)
    return text
