"""Every word that is said to a model, one file per prompt, each with its version.

A file is `name.md`: a first line `version: N`, the fixed part, a line `---`, and the part with `{placeholders}`. The
fixed part comes first and never changes within a version, so that providers can cache it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: `system` is fixed, `user` holds what this call is about."""

    name: str
    version: int
    system: str
    user: str


@cache
def _template(name: str) -> Prompt:
    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    fixed, _, varying = body.partition("\n---\n")
    return Prompt(name=name, version=int(head.removeprefix("version:")), system=fixed.strip(), user=varying.strip())


def render(name: str, **values: str) -> Prompt:
    """The prompt with its placeholders filled. Braces within a value stay as they are."""
    template = _template(name)
    user = _PLACEHOLDER.sub(lambda match: values[match[1]], template.user)
    return Prompt(name=name, version=template.version, system=template.system, user=user)
