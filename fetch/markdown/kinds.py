"""Which kind of page it is, told from the page itself: from what its blocks have in common."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from fetch.markdown.context import Matrix


class PageKind(StrEnum):
    ARTICLE = "article"  # one body of running text
    DOCUMENTATION = "documentation"
    SERVICE = "service"  # what an organisation offers, in sections
    FORUM = "forum"  # a question or topic, and what people say to it
    PRODUCT = "product"
    LISTING = "listing"  # links to things: news, jobs, search results
    COLLECTION = "collection"  # things to buy, in a grid


KINDS = tuple(PageKind)


def summary(features: Matrix, words: Matrix) -> Matrix:
    """A page as one row: the means of its blocks' columns, by words and by blocks."""
    weights = words + 0.1
    return np.concatenate([weights @ features / weights.sum(), features.mean(axis=0)])
