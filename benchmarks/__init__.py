"""Speed beside crawl4ai and the bare limits, on the same pages, in one run. `python -m benchmarks`."""
