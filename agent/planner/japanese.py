"""Goals in Japanese, which puts no spaces between words: place, の, thing, and then what is to be told of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.planner.goal_text import GoalText
from domain.city_names import names_of_city

_POLITE = re.compile(
    r"(?:の?(?:リスト|一覧|情報))?(?:を|が)?(?:教えて|探して|調べて|知りたい|ください|下さい|お願いします|ほしい|欲しい|集めて|まとめて)+(?:います|いる|です)?[。.!?]*$"
)
_LIST = re.compile(r"の?(?:リスト|一覧)$")
_SITUATED = re.compile(r"^(?P<place>[^\s、,の]{1,20}?)(?:の|で)(?=\S)")
_BREAK = re.compile(r"[\s、,，]+")
_TOLD_OF = re.compile(r"(?:の)(?P<fields>[^\sの]+)$")
_COUNT = re.compile(
    r"(?<![\d.,〜~-])(?:上位|約)?(?P<count>\d{1,4})\s?(?:件|選|軒|店舗|[かヶカ箇]所)(?=[のを\s、,，]|$)の?"
)
_COUNTED = re.compile(r"(?:レビュー|口コミ|クチコミ|評価|実績)数?[がは]?\s*$")  # what a number behind it is of
_AREA = re.compile(r"[\u4e00-\u9fff]{1,5}[都府県市区町村]")
_JOIN = re.compile(r"[と・や、,，/\s]+|および|及び")


class Cut(NamedTuple):
    """`phrases` may name fields; `count` is in figures."""

    place: str
    phrases: tuple[str, ...]
    count: str = ""


def without_courtesy(goal: str) -> str:
    """The goal with every "that is in" as の, and without how many are wanted."""
    return _counted(goal)[0]


def take_parts(text: GoalText) -> Cut:
    """Leaves the thing in the text."""
    text.rest, count = _counted(text.rest)
    place = _take_place(text)
    thing, *behind = _BREAK.split(text.rest, maxsplit=1)
    text.rest, listed = thing, behind[0] if behind else ""
    if not listed and (told := _TOLD_OF.search(thing)):
        text.rest, listed = thing[: told.start()], told["fields"]
    return Cut(place, tuple(phrase for phrase in _JOIN.split(listed) if phrase), count)


def _counted(goal: str) -> tuple[str, str]:
    """The goal without courtesy and count, and the count."""
    plain = re.sub(r"にある|における|での", "の", _LIST.sub("", _POLITE.sub("", goal.strip())))
    count = _COUNT.search(plain)
    if count is None or _COUNTED.search(plain[: count.start()]):
        return plain, ""
    return f"{plain[: count.start()]}{plain[count.end() :]}".strip(" 、,，を"), count["count"]


def _take_place(text: GoalText) -> str:
    """What stands before "of" or "in"; else a part of its own that is a well-known city or called one."""
    if situated := _SITUATED.match(text.rest):
        text.rest = text.rest[situated.end() :]
        return situated["place"]
    parts = _BREAK.split(text.rest)
    place = next((part for part in parts if names_of_city(part) or _AREA.fullmatch(part)), "")
    if not place or len(parts) == 1:
        return ""
    parts.remove(place)
    text.rest = " ".join(parts)
    return place
