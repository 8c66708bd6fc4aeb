"""How shops say, in the languages that they are seen in, that a thing can be bought, or that it cannot."""

from __future__ import annotations

import re

OUT = re.compile(
    # English, German, Dutch
    r"\b(?:out of stock|sold out|currently unavailable|temporarily unavailable|no longer available|not available|"
    r"0 in stock|ausverkauft|vergriffen|nicht (?:mehr |auf )?(?:verfügbar|"
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

# Words of `BUY` that tell of stock; "why not buy now?" denies nothing.
OF_STOCK = re.compile(
    r"stock|stoc|lager|voorraad|disponib|varasto|dostępn|sklad|zalog|dobavljiv|stanju|raktár|készlet|noliktav|sandėl|"
    r"laos|"
    r"stokta|διαθέσιμ|наличи|наявн",
    re.I,
)

BUY = re.compile(
    # English, German, Dutch
    r"\b(?:in stock|add to (?:my )?(?:cart|bag|basket|trolley)|buy (?:it )?now|chat with seller|contact seller|"
    r"make offer|"
    r"in den (?:warenkorb|einkaufswagen)|in die einkaufstasche|auf lager|sofort lieferbar|jetzt kaufen|"
    r"in (?:de |mijn )?winkel(?:wagen|mand)|op voorraad|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"ajouter (?:à mon |au )panier|acheter maintenant|en stock|"
    r"añadir (?:al?|a la|a mi) (?:carrito|cesta|carro|bolsa)|agregar al carr(?:o|ito)|a la cesta|comprar ahora|"
    r"adicionar ao carrinho|comprar|aggiungi al carrello|acquista ora|disponibile|adaugă în coș|adauga in cos|în stoc|"
    # Danish, Norwegian, Swedish, Finnish
    r"(?:læg|tilføj til|føj til) (?:i )?kurv|på lager|legg i handlekurv(?:en)?|(?:lägg|köp) i varukorg(?:en)?|i lager|"
    r"lisää (?:ostos)?koriin|varastossa|"
    # Polish, Czech, Slovak, Slovene, Croatian, Hungarian
    r"do koszyka|kup teraz|dostępny|do koší(?:ku|ka)|skladem|skladom|na sklade|(?:dodaj )?v košarico|naroči|na zalogi|"
    r"dobavljivo|u košaricu|u korpu|na stanju|kosárba|raktáron|készleten|"
    # Latvian, Lithuanian, Estonian, Turkish
    r"grozam|(?:ielikt|likt) grozā|ir noliktavā|į krepšelį|turime sandėlyje|(?:lisa )?ostukorvi|laos olemas|"
    r"sepete ekle|stokta var|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"στο καλάθι|άμεσα διαθέσιμο|в корзину|купить|в наличии|(?:в|до) кошика?|купити|в наявності|в количката|купи|"
    r"в наличност)\b"
    r"|カートに入れる|カゴに入れる|加入购物车|加入購物車|立即购买|장바구니",
    re.I,
)

# How pages name the button that buys, in ids, classes and form fields.
BUTTON_NAME = re.compile(
    r"add[-_ ]?(?:item[-_ ]?|product[-_ ]?)?(?:to|2)[-_ ]?(?:cart|bag|basket|trolley)|addcart|"
    r"buy[-_ ]?(?:it[-_ ]?)?(?:now|button|box[-_ ]?button)|"
    r"(?:cart|basket)[-_ ]?add|single_add_to_cart|(?:btn|button)[-_ ]?(?:buy|cart|basket)|in[-_ ]?den[-_ ]?warenkorb|"
    r"place[-_ ]?bid",
    re.I,
)
