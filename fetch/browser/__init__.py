"""Pages as a browser shows them: Chromium behind the egress door, with a deadline on everything it does."""

from fetch.browser.tier import BrowserTier

__all__ = ["BrowserTier"]
