"""Scrape.do's asynchronous API, as its clients speak it."""
