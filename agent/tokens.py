"""How many tokens a text is, before it is sent."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING = "o200k_base"  # of the models that most endpoints serve or imitate
_VOCABULARY = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
# English prose has about 4.2 characters a token in o200k, lists with prices and codes about 3; other scripts 1 to 2.
_CHARACTERS_A_TOKEN = 3.5
_BYTES_A_TOKEN = 4.0


@cache
def encoding() -> Encoding | None:
    """The vocabulary, if its file is in `TIKTOKEN_CACHE_DIR`. tiktoken would otherwise download it, with no timeout,
    while it holds a lock for the whole process."""
    directory = os.environ.get("TIKTOKEN_CACHE_DIR", "")
    if not directory or not (Path(directory) / hashlib.sha1(_VOCABULARY.encode()).hexdigest()).is_file():  # noqa: S324 - tiktoken's own file name
        return None
    import tiktoken

    return tiktoken.get_encoding(ENCODING)


def count_tokens(text: str) -> int:
    """Exact for OpenAI's newer models where the vocabulary is at hand, else an estimate on the high side."""
    known = encoding()
    if known is not None:
        return len(known.encode(text, disallowed_special=()))
    return int(max(len(text) / _CHARACTERS_A_TOKEN, len(text.encode("utf-8", "surrogatepass")) / _BYTES_A_TOKEN)) + 1


def is_estimate() -> bool:
    return encoding() is None
