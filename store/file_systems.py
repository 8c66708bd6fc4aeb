"""What Python's `os` has no name for: syncing a whole file system (Linux, syncfs(2))."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
CAN_SYNC_ALL = hasattr(_libc, "syncfs")


def sync_file_system(path: Path) -> None:
    """Returns when all that was written to the file system of `path` is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))
    finally:
        os.close(descriptor)
