"""Words compared as people would: case, accents, punctuation and number aside."""

from __future__ import annotations

import re

from domain.words import fold

__all__ = ["fold", "plural", "singular"]

_IRREGULAR = {
    "children": "child",
    "cities": "city",
    "companies": "company",
    "countries": "country",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "men": "man",
    "movies": "movie",
    "news": "news",
    "people": "person",
    "phones": "phone",
    "series": "series",
    "shelves": "shelf",
    "universities": "university",
    "wives": "wife",
    "women": "woman",
}


def singular(word: str) -> str:
    """An English noun in the singular; close enough for the plurals of French, Spanish and Italian in -s."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if re.search(r"(?:ch|sh|ss|x|zz)es$", word):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and re.search(r"[^siu]s$", word) else word


def plural(word: str) -> str:
    """An English noun in the plural."""
    known = next((many for many, one in _IRREGULAR.items() if one == word), "")
    if known:
        return known
    if re.search(r"(?:ch|sh|s|x|z)$", word):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"
