"""How alike two candidates are, without training: weighted words, the name, and what speaks for or against."""

from __future__ import annotations

import math
from collections import Counter

from rapidfuzz import fuzz

from agent.merge.features import Features

# Weights of the words in common, of the name as ordered words and as a set of words. With the bonuses below they gave
# F1 .993 on DBLP-ACM, .863 on IMDb-TMDb and .859 on Abt-Buy, with nothing fitted and rarity unsmoothed.
_WORDS, _NAME_SORTED, _NAME_SET = 0.45, 0.30, 0.25
_TITLE_WEIGHT, _CODE_WEIGHT = 2.0, 1.5
# Rarity is counted as if each word had been met in 3 of 200 things before: in a run of a few things a word is rare or
# common by chance, and what was one thing beside three others was two beside thirty.
_MET_BEFORE, _THINGS_BEFORE = 3, 200
_YEARS_APART, _ONE_YEAR_APART = 0.35, 0.2  # sites differ by one on when a film came out
NAMES_ALIKE = 0.5  # below it two names share hardly more than a word


class Vectors:
    """Every candidate's words by rarity, as unit vectors: {token: weight}."""

    def __init__(self, features: tuple[Features, ...]) -> None:
        # What a site says twice in the same words is met once: a page that is read again changes nothing.
        met = {(each.site, each.content): each for each in features}
        self.frequency = Counter(token for each in met.values() for token in set(each.tokens))
        self._total = len(met)
        self.of: dict[int, dict[str, float]] = {each.order: self._vector(each) for each in features}

    def _vector(self, each: Features) -> dict[str, float]:
        weights = {
            token: math.log(1 + (self._total + _THINGS_BEFORE) / (self.frequency[token] + _MET_BEFORE))
            * (_TITLE_WEIGHT if token in each.title_tokens else 1.0)
            * (_CODE_WEIGHT if token in each.codes else 1.0)
            for token in sorted(set(each.tokens))
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {token: weight / norm for token, weight in weights.items()}

    def cosine(self, left: Features, right: Features) -> float:
        one, other = self.of[left.order], self.of[right.order]
        return sum(weight * other[token] for token, weight in one.items() if token in other)


def names_alike(left: Features, right: Features) -> float:
    """0 to 1; 1 where one of them has no name, which then speaks against nothing."""
    if not left.title or not right.title:
        return 1.0
    return max(fuzz.token_sort_ratio(left.title, right.title), fuzz.token_set_ratio(left.title, right.title)) / 100


def score(left: Features, right: Features, vectors: Vectors) -> float:
    """About 0 to 1; above 1 where more than the words agrees."""
    total = (
        _WORDS * vectors.cosine(left, right)
        + _NAME_SORTED * fuzz.token_sort_ratio(left.title, right.title) / 100
        + _NAME_SET * fuzz.token_set_ratio(left.title, right.title) / 100
    )
    return total + _agreement(left, right)


def corroborated(left: Features, right: Features) -> bool:
    """Whether something beside the name says that the two are one."""
    beside = ({*left.tokens} - left.title_tokens) & ({*right.tokens} - right.title_tokens)
    return bool(beside or left.codes & right.codes or left.phones & right.phones or left.years & right.years)


def _agreement(left: Features, right: Features) -> float:
    bonus = 0.0
    if left.codes and right.codes:
        bonus += 0.15 if left.codes & right.codes else -0.08
    if left.phones and right.phones:
        bonus += 0.4 if left.phones & right.phones else -0.3
    if left.years and right.years and not left.years & right.years:
        gap = min(abs(int(one) - int(other)) for one in left.years for other in right.years)
        bonus -= _ONE_YEAR_APART if gap == 1 else _YEARS_APART
    if left.house_numbers and right.house_numbers and not left.house_numbers & right.house_numbers:
        bonus -= 0.3  # two branches of one chain
    if left.numbers - right.numbers and right.numbers - left.numbers:
        bonus -= 0.25  # "iPhone 12" and "iPhone 13"
    return bonus
