"""markdownify over the pages of a folder: `-m benchmarks.markdownify_contender FOLDER`, in the bench's own environment.

Reads them once to warm up and prints `ready`. For every line that it is sent it reads them again, and prints its
processor seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from markdownify import markdownify  # ty: ignore[import-not-found]  (in the bench's own environment)


def read_all(pages: list[str]) -> float:
    began = time.process_time()
    for page in pages:
        markdownify(page)
    return time.process_time() - began


if __name__ == "__main__":
    pages = [path.read_text() for path in sorted(Path(sys.argv[1]).iterdir())]
    read_all(pages)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(read_all(pages), flush=True)
