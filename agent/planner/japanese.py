"""Goals in Japanese, which puts no spaces between words: place, の, thing, and then what is to be told of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.planner.goal_text import GoalText

_POLITE = re.compile(
    r"(?:の?(?:リスト|一覧|情報))?(?:を|が)?(?:教えて|探して|調べて|知りたい|ください|下さい|お願いします|ほしい|欲しい|集めて|まとめて)+(?:います|いる|です)?[。.!?]*$"
)
_LIST = re.compile(r"の?(?:リスト|一覧)$")
_SITUATED = re.compile(r"^(?P<place>[^\s、,の]{1,20}?)(?:の|で)(?=\S)")
_BREAK = re.compile(r"[\s、,，]+")
_TOLD_OF = re.compile(r"(?:の)(?P<fields>[^\sの]+)$")
_JOIN = re.compile(r"[と・や、,，/\s]+|および|及び")


class Cut(NamedTuple):
    """`phrases` may name fields."""

    place: str
    phrases: tuple[str, ...]


def without_courtesy(goal: str) -> str:
    """The goal with every "that is in" as の."""
    return re.sub(r"にある|における|での", "の", _LIST.sub("", _POLITE.sub("", goal.strip())))


def take_parts(text: GoalText) -> Cut:
    """Leaves the thing in the text."""
    text.rest = without_courtesy(text.rest)
    situated = _SITUATED.match(text.rest)
    if situated:
        text.rest = text.rest[situated.end() :]
    thing, *behind = _BREAK.split(text.rest, maxsplit=1)
    text.rest, listed = thing, behind[0] if behind else ""
    if not listed and (told := _TOLD_OF.search(thing)):
        text.rest, listed = thing[: told.start()], told["fields"]
    phrases = tuple(phrase for phrase in _JOIN.split(listed) if phrase)
    return Cut(situated["place"] if situated else "", phrases)
