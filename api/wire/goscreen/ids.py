"""Ids as GoScreenAPI's document writes them: UUIDs with dashes. And where pictures are."""

from __future__ import annotations

import re
import uuid

from domain.captures import CaptureFormat

STORAGE = "/storage/screenshots"
API = "/api/v1"
_DASHED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def dashed(id_: str) -> str:
    return str(uuid.UUID(id_))


def undashed(text: str) -> str | None:
    """The id in a text, None where it can name nothing."""
    return text.replace("-", "") if _DASHED.fullmatch(text) else None


def file_of(capture_id: str, format_: CaptureFormat) -> str:
    return f"{dashed(capture_id)}.{format_.value}"


def read_file_name(text: str) -> tuple[str, str] | None:
    """The id and the format in a picture's file name, None where it can name none."""
    name, _, extension = text.partition(".")
    id_ = undashed(name)
    return (id_, extension) if id_ and extension in set(CaptureFormat) else None
