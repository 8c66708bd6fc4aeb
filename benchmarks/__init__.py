"""Speed beside crawl4ai and the bare limits, on the same pages, in one run. `python -m benchmarks`."""

import os

# As in the workers that read pages for the service (`fetch.offload`): numeric libraries read this when they are first
# imported. Several threads wait for each other on a busy machine, and that wait counts as processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
