"""What is worked out once for a text, and known when the same text comes again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

LONGEST_KEPT = 300  # characters: what comes again is short, and a memory full of long texts would be a gigabyte

_More = ParamSpec("_More")
_Told = TypeVar("_Told")
_OfText = Callable[Concatenate[str, _More], _Told]


def remembered(most: int) -> Callable[[_OfText[_More, _Told]], _OfText[_More, _Told]]:
    """Keeps what a function told of the last `most` short texts; of a long one it is worked out anew."""

    def keeping(work_out: _OfText[_More, _Told]) -> _OfText[_More, _Told]:
        known = cast("_OfText[_More, _Told]", lru_cache(maxsize=most)(work_out))

        @wraps(work_out)
        def told(text: str, /, *args: _More.args, **kwargs: _More.kwargs) -> _Told:
            return (known if len(text) <= LONGEST_KEPT else work_out)(text, *args, **kwargs)

        return told

    return keeping
