"""Buttons that show more of a list, by what they say."""

from __future__ import annotations

import re

_THINGS = r"(?:\s+[\p{L}-]+){0,2}"
_COUNT = r"(?:\W*\d+(?:\s*(?:of|/|von|de|из)\s*\d+)?)?"
MORE_WORDS = (
    rf"(?:(?:load|show|view|see|get|fetch)(?:\s+\d+)?\s+more{_THINGS}|more\s+(?:results|items|products|posts|articles|"
    rf"events|listings)|(?:\d+\s+)?(?:weitere|mehr){_THINGS}\s+(?:laden|anzeigen|zeigen)|(?:voir|afficher|charger)\s+"
    rf"(?:\d+\s+)?plus{_THINGS}|plus\s+de\s+résultats|"
    rf"(?:ver|mostrar|cargar|carregar)\s+(?:\d+\s+)?(?:más|mais){_THINGS}|"
    rf"(?:carica|mostra|vedi)\s+(?:altri|altre|di\s+più|altro){_THINGS}|"
    rf"(?:meer|toon\s+meer){_THINGS}(?:\s+(?:laden|tonen))?|"
    rf"(?:pokaż|załaduj|zobacz)\s+więcej{_THINGS}|(?:показать|загрузить)\s+(?:ещё|еще|больше){_THINGS}|もっと(?:見る|読み込む)|"
    rf"さらに表示|更多|加载更多|載入更多|查看更多|더\s?보기){_COUNT}"
)
NEXT_CONTROLS = (
    r"next(?:\s+page)?|nächste(?:\s+seite)?|weiter|(?:page\s+)?suivante?|siguiente|próxim[ao]|avanti|successiv[ao]|volgende|"
    r"następna|следующая|次へ|次のページ|下一页|下一頁|다음"
)
TURNABLE = r"carousel|slick|swiper|slider|slide\b|gallery|calendar|datepicker|lightbox|testimonial"  # by name

# JavaScript reads the above too, and has no other way to say "a letter of any script".
_IN_PYTHON = MORE_WORDS.replace(r"[\p{L}-]", r"[^\W\d_]")
_SAYS_MORE = re.compile(rf"\W*(?:{_IN_PYTHON})\W*", re.I)
_SAYS_NEXT = re.compile(rf"\W*(?:{NEXT_CONTROLS})\W*", re.I)
_TURNABLE = re.compile(TURNABLE, re.I)
_ENDS = re.compile(r"</(button|a)\b", re.I)
_TAG = re.compile(r"<[^>]{0,300}>")
_LEADS = re.compile(r"\bhref\s*=\s*[\"']?(?!#|javascript:|[\"'\s])", re.I)
_SENDS = re.compile(r"\btype\s*=\s*[\"']?(?:submit|reset)", re.I)
MAX_CONTROLS = 5_000  # looked at on one page
MAX_CONTROL = 600  # characters of one, with what draws it


def offers_more(html: str) -> bool:
    """Whether the source has a button that shows more of a list, or the next of it. Links with an address are
    followed, not pressed. Linear in its size, whatever it is made of."""
    if not re.search(r"<script\b", html, re.I):
        return False  # nothing hears of it
    for count, end in enumerate(_ENDS.finditer(html)):
        if count == MAX_CONTROLS:
            break
        before = html[max(0, end.start() - MAX_CONTROL) : end.start()]
        tag, _, label = before[before.lower().rfind(f"<{end[1].lower()}") + 1 :].partition(">")
        if not label or _LEADS.search(tag) or _SENDS.search(tag):
            continue
        said = " ".join(_TAG.sub(" ", label).split())
        if _SAYS_MORE.fullmatch(said) or (_SAYS_NEXT.fullmatch(said) and not _TURNABLE.search(tag)):
            return True
    return False
