"""Pages as heavy as the real web's: made from a seed, so that every contender and every machine reads the same ones.

What makes real pages slow to read is seldom their text: it is menus, inline styles, icons, state in scripts and deep
wrappers. Sizes are spread as measured pages are, 50 to 300 KB with a median near 110.
"""

from __future__ import annotations

import html
import json
import random
from enum import StrEnum

MIN_BYTES, MAX_BYTES, MEDIAN_BYTES = 50_000, 300_000, 110_000
SPREAD = 0.45  # sigma of the log-normal that gives the sizes

_VOCABULARY = (
    "harbour quiet copper winter market lantern engine border valley signal paper garden orchard method river "
    "number station cedar window record summer theatre granite letter compass meadow archive bridge coffee "
    "island ferry pattern silver current hollow marble voyage kitchen timber distant measure village painter "
    "with from that which under over between about because however although before after where while since "
    "makes takes gives finds keeps holds turns brings opens carries follows remains becomes appears consider"
)
_WORDS = _VOCABULARY.split()


class PageKind(StrEnum):
    ARTICLE = "article"
    LISTING = "listing"
    PRODUCT = "product"
    JAVASCRIPT = "javascript"


STATIC = (PageKind.ARTICLE, PageKind.LISTING, PageKind.PRODUCT)


def make_page(kind: PageKind, number: int) -> str:
    """The page of that kind and number; the same on every call. A JAVASCRIPT page's items come from `make_items`."""
    chance = random.Random(f"{kind}-{number}")
    size = min(MAX_BYTES, max(MIN_BYTES, chance.lognormvariate(0, SPREAD) * MEDIAN_BYTES))
    title = _phrase(chance, 6).capitalize()
    main = _MAIN[kind](chance, number)
    body = f'{_menu(chance)}<main id="main" class="page__main"><h1>{title}</h1>{main}</main>{_footer(chance)}'
    page = f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
    short = int(size - len(page) - len(body))
    if kind is PageKind.JAVASCRIPT:
        # A shell of an application: hardly any text, and scripts for weight.
        body = f'<div id="root"></div><script>{_FETCH % number}</script>'
    else:
        body += _related(chance, short // 2)
        short //= 2
    page += f"{_head(chance, short * 2 // 3)}</head><body>{body}{_state(chance, short // 3)}</body></html>"
    return page


def make_items(number: int) -> str:
    """The JSON that a JAVASCRIPT page fetches and renders."""
    chance = random.Random(f"items-{number}")
    rows = [{"name": _phrase(chance, 3).title(), "price": chance.randint(300, 90_000) / 100} for _ in range(40)]
    return json.dumps({"items": [row | {"text": _sentence(chance)} for row in rows]})


_FETCH = """
fetch('/items/%d').then(r => r.json()).then(({items}) => {
  const root = document.getElementById('root');
  root.innerHTML = '<main><h1>Offers</h1>' + items.map(i => `<article class="offer"><h2>${i.name}</h2>` +
    `<p class="price">$${i.price}</p><p>${i.text}</p></article>`).join('') + '</main>';
});
"""


def _phrase(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def _sentence(chance: random.Random) -> str:
    return _phrase(chance, chance.randint(7, 22)).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    linked = f' <a href="/article/{chance.randint(0, 999)}">{_phrase(chance, 2)}</a> '
    return f"<p>{linked.join(_sentence(chance) for _ in range(chance.randint(2, 5)))}</p>"


def _article(chance: random.Random, number: int) -> str:
    parts = []
    for _ in range(chance.randint(4, 8)):
        parts.append(f"<h2>{_phrase(chance, 4).capitalize()}</h2>")
        parts += [_paragraph(chance) for _ in range(chance.randint(2, 5))]
    return f'<article><p class="byline">By {_phrase(chance, 2).title()}, March 2027</p>{"".join(parts)}</article>'


def _listing(chance: random.Random, number: int) -> str:
    def card(place: int) -> str:
        return (
            f'<li class="card card--{place % 4}" data-id="{number}-{place}"><div class="card__in">'
            f'<a class="card__link" href="/product/{place}"><span class="card__pic">{_icon(chance)}</span></a>'
            f'<h3 class="card__name"><a href="/product/{place}">{_phrase(chance, 4).title()}</a></h3>'
            f'<div class="card__price"><span>${chance.randint(3, 900)}.{chance.randint(10, 99)}</span></div>'
            f'<div class="card__rate" aria-label="rated">{chance.randint(20, 50) / 10} ({chance.randint(1, 999)})</div>'
            f'<p class="card__text">{_sentence(chance)}</p><button class="btn">Add to basket</button></div></li>'
        )

    return f'<ul class="grid">{"".join(card(place) for place in range(chance.randint(24, 48)))}</ul>'


def _product(chance: random.Random, number: int) -> str:
    name, price = _phrase(chance, 4).title(), f"{chance.randint(3, 900)}.{chance.randint(10, 99)}"
    linked = {"@context": "https://schema.org", "@type": "Product", "name": name, "sku": f"B-{number}"}
    linked["offers"] = {"@type": "Offer", "price": price, "priceCurrency": "USD"}  # type: ignore[assignment]
    rows = "".join(f"<tr><th>{_phrase(chance, 2)}</th><td>{_phrase(chance, 3)}</td></tr>" for _ in range(18))
    reviews = "".join(f'<div class="review"><b>{_phrase(chance, 2)}</b>{_paragraph(chance)}</div>' for _ in range(12))
    return (
        f'<script type="application/ld+json">{json.dumps(linked)}</script><p class="price">${price}</p>'
        f"{_paragraph(chance)}<table>{rows}</table><h2>Reviews</h2>{reviews}"
    )


_MAIN = {
    PageKind.ARTICLE: _article,
    PageKind.LISTING: _listing,
    PageKind.PRODUCT: _product,
    PageKind.JAVASCRIPT: _article,
}


def _icon(chance: random.Random) -> str:
    path = " ".join(f"L{chance.randint(0, 64)} {chance.randint(0, 64)}" for _ in range(12))
    return f'<svg viewBox="0 0 64 64" width="24" height="24"><path d="M0 0 {path}z" fill="currentColor"/></svg>'


def _menu(chance: random.Random) -> str:
    def column() -> str:
        links = "".join(f'<li><a href="/listing/{n}">{_phrase(chance, 2)}</a></li>' for n in range(9))
        return f'<div class="menu__col"><h4>{_phrase(chance, 1)}</h4><ul class="menu__list">{links}</ul></div>'

    columns = "".join(f'<li class="menu__item">{_icon(chance)}{column()}{column()}</li>' for _ in range(7))
    return f'<header class="top"><nav class="menu"><ul>{columns}</ul></nav></header>'


def _footer(chance: random.Random) -> str:
    links = "".join(f'<a class="foot__link" href="/about/{n}">{_phrase(chance, 2)}</a>' for n in range(40))
    return f'<aside class="promo">{_paragraph(chance)}</aside><footer class="foot"><div>{links}</div></footer>'


def _related(chance: random.Random, size: int) -> str:
    """What stands under the content of most pages: teasers of other content, deep in wrappers."""
    teasers, total = [], 0
    while total < size:
        teaser = (
            f'<div class="col-4 col"><div class="tile tile--wide"><div class="tile__in"><div class="tile__head">'
            f'{_icon(chance)}<span class="tag">{_phrase(chance, 1)}</span></div><h4 class="tile__name">'
            f'<a href="/article/{chance.randint(0, 999)}"><span>{_phrase(chance, 5)}</span></a></h4>'
            f'<p class="tile__text">{_sentence(chance)}</p></div></div></div>'
        )
        teasers.append(teaser)
        total += len(teaser)
    return f'<section class="more"><h3>More</h3><div class="row">{"".join(teasers)}</div></section>'


def _head(chance: random.Random, size: int) -> str:
    rules, total = [], 0
    while total < size:
        rule = f".c{chance.randrange(16**6):x}{{margin:{chance.randint(0, 40)}px;color:#{chance.randrange(16**6):06x}}}"
        rules.append(rule)
        total += len(rule)
    return f"<style>{''.join(rules)}</style>"


def _state(chance: random.Random, size: int) -> str:
    rows: list[dict[str, object]] = []
    total = 0
    while total < size:
        row = {"id": chance.randrange(10**9), "slug": _phrase(chance, 3).replace(" ", "-"), "flags": [1, 0, 1]}
        rows.append(row)
        total += len(json.dumps(row))
    return f"<script>window.__STATE__={html.escape(json.dumps(rows), quote=False)}</script>"
