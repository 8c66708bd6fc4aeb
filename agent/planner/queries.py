"""What to type into a search box for a goal: several queries, the one most likely to find lists first."""

from __future__ import annotations

import re

from agent.planner.catalogue import UNKNOWN, type_of
from agent.planner.entity import split_head
from agent.planner.lexicon import is_unread
from agent.planner.parsed import Parsed
from agent.planner.where import places_of
from agent.words import fold, plural, singular
from domain.fields import Field, FieldKind, kind_of_name
from domain.plans import Comparison

MAX_QUERIES = 6  # of one place; of several each has its own
MAX_QUERY = 300  # characters: engines cut or refuse longer ones
# How people head a list, by language.
_LISTS = {
    "ar": ("قائمة {things} {place}", "دليل {things} {place}"),
    "de": ("Liste {things} {place}", "{things} {place} Verzeichnis"),
    "en": ("list of {things} {place}", "{things} {place} directory"),
    "es": ("lista de {things} {place}", "directorio {things} {place}"),
    "fa": ("لیست {things} {place}",),
    "fr": ("liste {things} {place}", "annuaire {things} {place}"),
    "it": ("elenco {things} {place}", "{things} {place} guida"),
    "ja": ("{place} {things} 一覧", "{place} {things} おすすめ"),
    "ko": ("{place} {things} 추천", "{place} {things} 목록"),
    "nl": ("lijst {things} {place}", "{things} {place} overzicht"),
    "pl": ("lista {things} {place}", "{things} {place} katalog"),
    "pt": ("lista de {things} {place}", "{things} {place} guia"),
    "ru": ("список {things} {place}", "{things} {place} каталог"),
    "tr": ("{place} {things} listesi", "{place} {things} rehberi"),
    "zh": ("{place} {things} 推荐", "{place} {things} 名单"),
}
# What people look for of things that stand in no directory, and how they ask for the good ones.
_WORKS = ("list of {things}", "best {things}")
_KINDS = {
    ("en", kind): forms
    for kinds, forms in {
        "Book Movie TVSeries MusicRecording Recipe Course SoftwareApplication": _WORKS,
        "Product Car": ("best {things}", "{things} price comparison"),
        "JobPosting": ("{things} {place} vacancies", "{things} {place} hiring now"),
        "Event": ("upcoming {things} {place}", "{things} {place} calendar"),
        "Restaurant Hotel TouristAttraction": ("list of {things} {place}", "best {things} {place}"),
        "NewsArticle BlogPosting ScholarlyArticle": ("latest {things}",),
    }.items()
    for kind in kinds.split()
}
# Where the place stands before its things.
_PLACED = dict.fromkeys(("ja", "ko", "tr", "zh"), "{place} {things}")


def write_queries(goal: str, parsed: Parsed, *, as_told: bool = True) -> tuple[str, ...]:
    """The goal itself first: engines know its words better than a grammar does. Where the caller says that it means
    another thing or place (`as_told` False), it is not asked."""
    whole = re.sub(r"(?:\b(?:from|on|at|auf|von|sur|de|en|su|da)\s+)?https?://\S+", " ", goal)
    queries: list[str] = []
    if as_told and is_unread(goal, parsed.language) and whole.strip() and not parsed.sites:
        return (" ".join(whole.split())[:MAX_QUERY].strip(),)
    things, places = _things(parsed, goal), places_of(parsed.location, parsed.language) or ("",)
    queries += [f"site:{site} {things or whole}" for site in parsed.sites]
    if as_told or not things:
        queries.append(whole)
    if things:
        things, said = _with_brand(things, parsed), _said(parsed)
        form = _PLACED.get(parsed.language, "{things} {place}")
        queries += [form.format(things=f"{things} {said}".strip(), place=place) for place in places]
        forms = _KINDS.get((parsed.language, parsed.type.name)) or _LISTS.get(parsed.language, ())
        queries += [form.format(things=f"{things} {said}".strip(), place=place) for form in forms for place in places]
        told = [_called(field, parsed.language) for field in parsed.fields if field.name not in {"name", "title"}][:3]
        if told:
            queries.append(f"{things} {parsed.location} {' '.join(told)}")
    tidy = (" ".join(query.split())[:MAX_QUERY].strip() for query in queries)
    return tuple({query.casefold(): query for query in reversed(list(tidy)) if query}.values())[::-1][
        : max(MAX_QUERIES, len(places) + 1)
    ]


def _said(parsed: Parsed) -> str:
    """Whose the things must be, of what years and without what: a list is headed by it as well."""
    dates = [each for each in parsed.conditions if kind_of_name(each.field) is FieldKind.DATE or each.field in _YEARLY]
    others = [each for each in parsed.conditions if each.comparison in _HEADED and each.field != "brand"]
    texts = (_LEADING.sub("", each.text.partition(": ")[0]) for each in (*others, *dates))
    return " ".join(dict.fromkeys(texts))


def _with_brand(things: str, parsed: Parsed) -> str:
    """ "Nokia phones", as people write in English."""
    brand = next((each for each in parsed.conditions if each.field == "brand" and not each.alternatives), None)
    if brand is None or brand.comparison is not Comparison.CONTAINS:
        return things
    return f"{brand.value} {things}" if parsed.language == "en" else f"{things} {brand.value}"


_HEADED = frozenset({Comparison.CONTAINS, Comparison.LACKS})
_YEARLY = frozenset({"year", "founded"})
_LEADING = re.compile(r"^(?:published|released|posted|from|of|in|aus|von|des|de|del|degli)\s+(?:the\s+)?(?=\d)", re.I)


def _called(field: Field, language: str) -> str:
    """A field in the goal's language, where the goal says it."""
    is_said = language != "en" and field.synonyms
    return field.synonyms[0] if is_said else field.name.replace("_", " ")


def _things(parsed: Parsed, goal: str) -> str:
    """The entity in the plural, as lists are headed. Other languages than English keep the goal's own form, and so do
    words that may be no noun: "car washes Sheffield"."""
    if not parsed.entity or parsed.language != "en":
        return f"{parsed.entity} {parsed.offer}".strip()
    words, tail = split_head(parsed.entity)
    many = [plural(word) if _is_noun(word, words, goal) else word for word in words[-1:]]
    return f"{' '.join([*words[:-1], *many])}{tail} {parsed.offer}".strip()


_MASS = frozenset({"software", "furniture", "land", "news", "tvs"})  # they have no other plural


def _is_noun(word: str, words: list[str], goal: str) -> bool:
    """One that the goal has in the plural, that we know, or that has no plural before it."""
    said = fold(goal).split()
    is_known = type_of(word) is not UNKNOWN
    if word in _MASS:
        return False
    return fold(plural(word)) in said or is_known or not (word.isdigit() or any(map(_is_plural, words[:-1])))


def _is_plural(word: str) -> bool:
    return (singular(word) != word and type_of(word) is not UNKNOWN) or word.endswith("es")
