"""How many things a page says it has: "30 products", "1-20 of 143 results"."""

from __future__ import annotations

import re
from collections.abc import Collection

from domain.fields import words_of

MAX_COUNT = 10_000_000  # larger numbers count views or people
NEAR = 60  # characters of a line that says a count; longer ones are prose

THINGS = (
    r"(?:results?|products?|items?|records?|entries|articles?|books?|listings?|jobs?|properties|hits|matches|opinions?|"
    r"cases?|documents?|events?|offers?|companies|members?|recipes?|posts?|ergebnisse?|treffer|artikel|produkte?|"
    r"résultats?|produits?|articles|resultados?|productos?|artículos|risultati|prodotti|articoli|resultaten|producten|"
    r"resultados|produtos|artigos|wyników|produktów|товар(?:а|ов)?|результат(?:а|ов)?|件|条|个)"
)
_NUMBER = r"(\d{1,3}(?:[.,' \u00a0]\d{3})+|\d+)"
_DIGIT = re.compile(r"\d")
_RANGE_OF = re.compile(
    rf"\d+\s*(?:-|–|—|to|bis|à|a|al|tot|до)\s*\d+\s*(?:of|von|sur|de|di|van|из|z|/)\s*(?:about\s|over\s)?{_NUMBER}",
    re.I,
)
# Words between a number and what it counts: "30 matching products".
_KINDS_OF = r"(?:(?:matching|total|available|different|unique|search|open|upcoming|passende|verfügbare)\s+){0,2}"
_COUNT_OF = re.compile(rf"(?<![\w.,$€£-]){_NUMBER}\s*{_KINDS_OF}{THINGS}(?!\w)", re.I)
_COUNT_AFTER = re.compile(
    rf"(?:(?:all|total|search)\s+)*{THINGS}(?:\s+found)?\s*(?::\s*{_NUMBER}|\(\s*{_NUMBER}\s*\))", re.I
)
_COUNT_ALONE = re.compile(
    rf"(?:(?:showing|found|all|total(?: of)?|we found)\s+)?{_NUMBER}\s+{_KINDS_OF}([^\W\d_]{{3,}})"
    r"(?:\s+(?:found|in total|available|listed))?[.:]?",
    re.I,
)


def stated_count(text: str, called: Collection[str] = ()) -> int | None:
    """The total that a page states in a line of its own; the first of several, ranges ("1-20 of 143") first. Lines like
    "Products (30)" count where there is one alone: several are a menu. `called` are words for what the page lists, as
    in its title: "33 plants" counts plants there, unless other lines count other numbers of them."""
    lines = [line for line in text.split("\n") if len(line) <= NEAR and _DIGIT.search(line)]
    for pattern in (_RANGE_OF, _COUNT_OF):
        for line in lines:
            match = pattern.search(line)
            if match:
                count = _number(match[1])
                if 0 < count <= MAX_COUNT:
                    return count
    alone = _counts_alone(lines, called)
    if len(alone) == 1:
        return alone.pop()
    headings = [match for line in lines if (match := _COUNT_AFTER.fullmatch(line.strip())) is not None]
    count = _number(headings[0][1] or headings[0][2]) if len(headings) == 1 else 0
    return count if 0 < count <= MAX_COUNT else None


def _counts_alone(lines: Collection[str], called: Collection[str]) -> set[int]:
    """The counts of lines that say nothing but how many there are of one of the things that are called so."""
    wanted = {_singular(word) for name in called for word in words_of(name)}
    matches = (_COUNT_ALONE.fullmatch(line.strip()) for line in lines)
    counts = {_number(match[1]) for match in matches if match and _singular(match[2].lower()) in wanted}
    return {count for count in counts if 0 < count <= MAX_COUNT}


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _number(written: str) -> int:
    return int(re.sub(r"\D", "", written))
