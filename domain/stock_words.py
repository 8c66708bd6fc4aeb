"""How shops say, in the languages that they are seen in, that a thing can be bought, or that it cannot.

One vocabulary for two questions: what a line of a page says of its thing, where a word may well be of something else,
and what the text of a field says that is asked for stock, where it may be no more than "available" or "disponible".
"""

from __future__ import annotations

import re
from typing import NamedTuple

OUT = re.compile(
    # English, German, Dutch
    r"\b(?:out[\s_-]?of[\s_-]?stock|sold[\s_-]?out|currently unavailable|temporarily unavailable|no longer available|"
    r"not available|0 in stock|ausverkauft|vergriffen|nicht (?:mehr |auf )?(?:verfügbar|"
    r"lieferbar|lager)|derzeit nicht verfügbar|uitverkocht|niet (?:meer )?(?:leverbaar|op voorraad|beschikbaar)|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"rupture de stock|indisponible|épuisé|agotado|no disponible|sin (?:stock|existencias)|esgotado|indisponível|"
    r"sem estoque|non disponibile|esaurito|stoc epuizat|indisponibil|"
    # Danish, Norwegian, Swedish, Finnish
    r"udsolgt|ikke på lager|utsolgt|slutsåld|slut i lager|ej i lager|loppu(?:nut|unmyyty)|ei varastossa|"
    # Polish, Czech, Slovak, Slovene, Croatian, Hungarian
    r"niedostępny|brak w magazynie|wyprzedan[ey]|vyprodán[oa]?|není skladem|nedostupn[éáýy]|nelze (?:koupit|objednat)|"
    r"vypredan[éáý]|nie je (?:na sklade|skladom|možné (?:\w+ )?kúpiť)|ni na zalogi|razprodano|rasprodano|"
    r"nije dostupno|elfogyott|nincs (?:készleten|raktáron)|"
    # Latvian, Lithuanian, Estonian, Turkish
    r"nav pieejams|izpārdots|neturime|išparduota|laost otsas|läbi müüdud|stokta yok|tükendi|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"εξαντλήθηκε|μη διαθέσιμο|нет в наличии|распродано|немає в наявності|изчерпан|няма в наличност)\b"
    r"|在庫切れ|売り切れ|缺货|售罄|품절",
    re.I,
)

# An offer to tell of its return: the thing may be away, or the shop offers it beside everything.
RETURNS = re.compile(
    r"\b(?:(?:notify|e-?mail|tell|alert|remind) me|back in stock|(?:e-?mail|notify) when available|"
    r"benachrichtig\w+|prévene[zr]|m'avertir|avísame|avise-me|avvisami|powiadom|upozornit|obavesti|értesít\w+)\b",
    re.I,
)

# What turns the word of presence that follows it into its opposite ("not in stock", "n'est pas en stock").
DENIED = re.compile(
    r"(?:\b(?:not|no longer|never|cannot|nicht|kein|keine|nicht mehr|niet|geen|pas|plus|non|no|não|nu|ikke|inte|ej|ei|"
    r"nie|není|ni|nije|niso|nincs|nem|nav|nėra|ei ole|δεν|μη|не|нет|немає|няма)|n't|n’t)\s+(?:\w+\s+){0,2}$",
    re.I,
)

# What turns the word of absence that follows it into its opposite ("not sold out yet", "never out of stock").
NOT_AWAY = re.compile(
    r"(?:\b(?:not|never|nicht|nie|noch nicht|niet|nooit|pas|jamais|no|nunca|não|non|mai|ikke|aldri|aldrig|inte|ei|nie|"
    r"není|не|никогда)|n't|n’t)\s+(?:(?:yet|quite|fully|completely|all|be|been|está|è|est)\s+){0,2}$",
    re.I,
)

# What a word of presence that is a caption has below or beside it where there is nothing: "In stock: No".
NONE_OF_IT = re.compile(
    r"(?:\s*[:：?]\s*|\t)(?:0+|no|none|false|nein|keine?r?|nee|geen|non|aucun|nej|nei|nie|ne|não|нет|ні)"
    r"(?:\s+(?:items?|units?|pcs\.?|pieces?|stück|stuks|szt\.?|ks|kpl|st\.?))?\s*[.!)]*\s*",
    re.I,
)

# What tells of stock, and not of a button.
_STOCK = (
    # English, German, Dutch, French, Spanish, Portuguese, Italian, Romanian
    r"in[\s_-]?stock|auf lager|vorrätig|sofort lieferbar|op voorraad|en stock|em (?:stock|estoque)|disponibile|în stoc|"
    # Danish, Norwegian, Swedish, Finnish
    r"på lager|i lager|varastossa|"
    # Polish, Czech, Slovak, Slovene, Croatian, Hungarian
    r"dostępn[yae]|skladem|skladom|na sklade|na zalogi|dobavljivo|na stanju|raktáron|készleten|"
    # Latvian, Lithuanian, Estonian, Turkish
    r"ir noliktavā|turime sandėlyje|laos olemas|stokta var|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"άμεσα διαθέσιμο|в наличии|в наявності|в наличност"
)
STOCK = re.compile(rf"\b(?:{_STOCK})\b|在庫あり|有货|现货|有貨|現貨|재고 있음", re.I)

# What buys.
_ACTIONS = (
    # English, German, Dutch
    r"add to (?:my )?(?:cart|bag|basket|trolley)|buy (?:it )?now|chat with seller|contact seller|make offer|"
    r"in den (?:warenkorb|einkaufswagen)|in die einkaufstasche|jetzt kaufen|in (?:de |mijn )?winkel(?:wagen|mand)|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"ajouter (?:à mon |au )panier|acheter maintenant|"
    r"añadir (?:al?|a la|a mi) (?:carrito|cesta|carro|bolsa)|agregar al carr(?:o|ito)|a la cesta|comprar ahora|"
    r"adicionar ao carrinho|comprar|aggiungi al carrello|acquista ora|adaugă în coș|adauga in cos|"
    # Danish, Norwegian, Swedish, Finnish
    r"(?:læg|tilføj til|føj til) (?:i )?kurv|legg i handlekurv(?:en)?|(?:lägg|köp) i varukorg(?:en)?|"
    r"lisää (?:ostos)?koriin|"
    # Polish, Czech, Slovak, Slovene, Croatian, Hungarian
    r"do koszyka|kup teraz|do koší(?:ku|ka)|(?:dodaj )?v košarico|naroči|u košaricu|u korpu|kosárba|"
    # Latvian, Lithuanian, Estonian, Turkish
    r"grozam|(?:ielikt|likt) grozā|į krepšelį|(?:lisa )?ostukorvi|sepete ekle|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"στο καλάθι|в корзину|купить|(?:в|до) кошика?|купити|в количката|купи"
)
BUY = re.compile(
    rf"\b(?:{_STOCK}|{_ACTIONS})\b|在庫あり|有货|现货|有貨|現貨|재고 있음|"
    r"カートに入れる|カゴに入れる|加入购物车|加入購物車|立即购买|장바구니",
    re.I,
)

# What says it as the whole value of a field, and would say little in a line of a page.
_VALUE_AWAY = re.compile(
    r"unavailable|discontinued|back-?order|not (?:\w+ )?in stock|vergriffen|indispon|no disponible|"
    r"non disponibile|niedostępn|wyprzedan|распродан|在庫なし",
    re.I,
)
_VALUE_THERE = re.compile(
    r"available|in[\s_-]?store|limitedavailability|onlineonly|lieferbar|verfügbar|disponible|en existencia|"
    r"in magazzino|leverbaar|beschikbaar|disponível|dostępn|w magazynie|saatavilla|tilgængelig|tilgjengelig|"
    r"tillgänglig|διαθέσιμο|доступ[её]?н|dostupn",
    re.I,
)
_PRE_ORDER = re.compile(
    r"pre[\s_-]?order|presale|vorbestell|précommande|pré-commande|reserva anticipada|preventa|preordine|"
    r"pre-?venda|предзаказ|przedsprzedaż|förhandsboka|予約|预售|預購",
    re.I,
)
_YES = re.compile(r"true|yes|y|1|ja|oui|sí|si|sì|tak|да|はい|是", re.I)
_NO = re.compile(r"false|no|n|0|nein|non|nee|não|nie|нет|いいえ|否", re.I)


class Said(NamedTuple):
    """`state` is schema.org's name of a state of stock. `start` and `end`: where the text says it."""

    state: str
    start: int
    end: int


def stock_said(text: str) -> Said | None:
    """What the text of a field that tells of stock says: InStock, OutOfStock or PreOrder. Denials hold the words of
    presence ("not available"), so they are looked for first; and a denied denial ("never out of stock") is none."""
    away = OUT.search(text) or _VALUE_AWAY.search(text)
    if away and not NOT_AWAY.search(text[: away.start()]):
        return Said("OutOfStock", away.start(), away.end())
    if early := _PRE_ORDER.search(text):
        return Said("PreOrder", early.start(), early.end())
    there = None if away else STOCK.search(text) or _VALUE_THERE.search(text) or BUY.search(text)
    if there is None:
        return None
    if denied := DENIED.search(text[: there.start()]):
        return Said("OutOfStock", denied.start(), there.end())
    if NONE_OF_IT.fullmatch(text[there.end() :]):
        return Said("OutOfStock", there.start(), len(text))
    return Said("InStock", there.start(), there.end())


def stock_answered(text: str) -> str:
    """The state that a yes or a no to whether there is any tells, as data have it; empty for another text."""
    plain = text.strip()
    return "InStock" if _YES.fullmatch(plain) else "OutOfStock" if _NO.fullmatch(plain) else ""


# How pages name the button that buys, in ids, classes and form fields.
BUTTON_NAME = re.compile(
    r"add[-_ ]?(?:item[-_ ]?|product[-_ ]?)?(?:to|2)[-_ ]?(?:cart|bag|basket|trolley)|addcart|"
    r"buy[-_ ]?(?:it[-_ ]?)?(?:now|button|box[-_ ]?button)|"
    r"(?:cart|basket)[-_ ]?add|single_add_to_cart|(?:btn|button)[-_ ]?(?:buy|cart|basket)|in[-_ ]?den[-_ ]?warenkorb|"
    r"place[-_ ]?bid",
    re.I,
)
