"""Prices that are not what the thing costs now: those from before a sale, and what a shop takes off or adds.

Shops tell them by the words beside them, in the languages that their stock words are known in, by elements that strike
a text through, and by the names of their classes and columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import lxml.html

from agent.extract.columns import TEXT, Cell, Column
from agent.extract.hidden import hides, is_hidden
from domain.estimates import is_estimate
from domain.fields import Field, FieldKind, words_of
from domain.money import price_amount
from domain.recognise import Span, recognise
from domain.remembering import remembered
from fetch.dom import visible_text

MAX_PRICES = 6  # looked at in one text: one with more is a list of them
MAX_WITHIN = 60  # elements of a cell that are looked at
STRUCK_LEVELS = 4  # elements between a price and the one that strikes it
SAMPLE = 12  # cells of a column that say whether it is struck
PURE = 0.7  # of a text is its price: the rest is a sign or a word before it
MOSTLY = 0.8  # of them

_INLINE = frozenset({"span", "b", "strong", "em", "i", "small", "label", "sub", "sup"})
_STRUCK = frozenset({"del", "s", "strike"})
_LINE_THROUGH = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.I)
_LINE_THROUGH_CLASSES = frozenset({"line-through", "text-decoration-line-through", "text-line-through"})

# What stands right before a price from before a sale, or what a maker would like the thing to cost.
_EARLIER = (
    # English, German, Dutch
    r"was|were|rrp|msrp|srp|m\.?r\.?p\.?|"
    r"list|list price|reg\.?|regular(?:ly)?|regular price|original(?:ly)?|original price|"
    r"compared? (?:at|to)|compare at price|instead of|before|old price|previous(?:ly)?|previous price|retail price|"
    r"normal(?:ly)?|normal price|worth|"
    r"statt|uvp|unverb\w*\.? preisempf\w*\.?|vorher|bisher|früher|alter preis|streichpreis|ursprünglich|listenpreis|"
    r"normalpreis|adviesprijs|oude prijs|normale prijs|voorheen|"
    # French, Spanish, Portuguese, Italian, Romanian
    r"au lieu de|ancien prix|avant|prix (?:conseillé|public|barré|catalogue|normal|initial)|"
    r"antes|en lugar de|en vez de|precio (?:anterior|original|recomendado|normal)|pvpr?|"
    r"em vez de|preço (?:anterior|original|normal)|prima|invece di|anziché|"
    r"prezzo (?:precedente|originale|di listino|consigliato|pieno)|preț(?:ul)? vechi|prp|în loc de|"
    # Danish, Norwegian, Swedish, Finnish
    r"før|før ?pris|normalpris|vejl\.?|vejl\.? pris|vejledende|vejledende pris|veil\.?|veil\.? pris|veiledende pris|"
    r"tidigare|tidigare pris|ord\.?|ord\.? pris|ordinarie|ordinarie pris|rek\.? pris|aiemmin|norm\.?|ovh|normaalihinta|"
    # Polish, Czech, Slovak, Slovene, Croatian, Hungarian
    r"najniższa cena z (?:\w+ )?30 dni(?: przed (?:tą )?(?:obniżką|promocją))?|"
    r"stara cena|poprzednia cena|cena (?:regularna|katalogowa|poprzednia)|zamiast|było|"
    r"původní cena|původně|běžná cena|dříve|místo|doporučená cena|pôvodná cena|pôvodne|bežná cena|namiesto|"
    r"redna cena|prej|redovna cena|prije|umjesto|eredeti ár|régi ár|korábbi ár|listaár|"
    # Latvian, Lithuanian, Estonian, Turkish
    r"vecā cena|iepriekšējā cena|sena kaina|buvo|vana hind|tavahind|eski fiyat|önceki fiyat|liste fiyatı|"
    # Greek, Russian, Ukrainian, Bulgarian
    r"αρχική τιμή|παλιά τιμή|старая цена|было|вместо|стара ціна|було|замість|стара цена|преди"
)
_EARLIER_CJK = r"定価|通常価格|参考価格|原价|原價|市场价|정가"
# "From 20 for 15": these words alone also head the lowest of several prices.
_FROM = r"from|van|von|de|da|από|от|od"
_FROM_ALONE = re.compile(r"\s*van\s*:?\s*", re.I)  # Dutch: "van 20" over "voor 15"; the lowest of several is "vanaf"
# What is taken off a price, and what is added to it.
_BESIDES = (
    r"(?:you )?sav(?:e|ing|ings)|deposit|pfand|kaution|fianza|kaucja|"
    r"discount|off|shipping|delivery|rabatt?|ersparnis|sie sparen|du sparst|spare|nachlass|"
    r"versand|versandkosten|lieferung|korting|(?:je |u )?bespaart?|verzendkosten|verzending|remise|réduction|"
    r"(?:vous )?économi[sz]\w*|rabais|livraison|frais de port|descuento|ahorr\w+|rebaja|envío|gastos de envío|desconto|"
    r"poupa\w*|economi[sz]\w*|frete|sconto|risparmi\w*|spedizione|reducere|livrare|spar|fragt|frakt|alennus|säästä\w*|"
    r"toimitus|toimituskulut|oszczędza\w*|zniżka|dostawa|sleva|ušetř\w+|doprava|zľava|ušetr\w+|popust|prihran\w*|"
    r"ušted\w*|dostava|kedvezmény|megtakarít\w*|szállítás|atlaide|nuolaida|allahindlus|indirim|kargo|έκπτωση|скидка|"
    r"экономия|доставка|знижка|отстъпка"
)
# A price without the tax on it stands beside one with it; which of the two a shop means, its customers know.
_UNTAXED = re.compile(
    r"(?<!\w)(?:"
    r"excl?\.? (?:tax|vat|gst|btw|moms|mva)|ex\.? (?:tax|vat|gst)|excluding (?:tax|vat|gst)|without (?:tax|vat)|netto|"
    r"(?:zzgl|exkl)\.? mwst\.?|ohne mwst\.?|ht|hors taxes?|sans tva|sin iva|sem iva|iva esclusa|senza iva|fără tva|"
    r"ekskl\.? (?:moms|mva)|exkl\.? moms|bez (?:vat|dph|pdv|ddv)|brez ddv|veroton|alv 0 ?%|nettó|käibemaksuta|"
    r"bez pvn|be pvm|kdv hariç|χωρίς φπα|без (?:ндс|пдв|ддс))(?!\w)",
    re.I,
)
_UNTAXED_BEHIND = re.compile(rf"\s?[(+]?\s?{_UNTAXED.pattern}", re.I)
# Prices of a kilogram or a litre stand beside those of the package.
_OF_UNIT = (
    r"/\s*(?:\d+\s*)?(?:kg|g|lbs?|oz|l|ml|cl|liter|litre|m²|m2|st(?:ü|u)?ck|100)|"
    r"(?:per|pro|je|par|por|za) (?:kg|l|liter|litre|100)"
)
_IS_OF_UNIT = re.compile(rf"\s*[(*]?(?:{_OF_UNIT})(?:\b|(?<=²))", re.I)
_BESIDES_CJK = r"割引|送料|优惠|할인"
_TAKEN_OFF = (
    r"off|rabatt?|discount|korting|indirim|saved|vouchers?|gift ?cards?|coupons?|cash ?back|store credit|gutschein|"
    r"rabattcode|bons? d['’]achat|buono"
)
_BEFORE_IT = re.compile(
    rf"(?:(?<!\w)(?:{_EARLIER}|{_BESIDES})|{_EARLIER_CJK}|{_BESIDES_CJK})\s*[:：]?\s*[(~]?\s*$", re.I
)
_BESIDE_BEFORE = re.compile(rf"(?:(?<!\w)(?:{_BESIDES})|{_BESIDES_CJK})\s*[:：]?\s*[(~]?\s*$", re.I)
_BESIDE_AFTER = re.compile(rf"\s*[(*]?(?:{_TAKEN_OFF})(?!\w)", re.I)
_EARLIER_IT = re.compile(rf"(?:(?<!\w)(?:{_EARLIER})|{_EARLIER_CJK})\s*[:：]?\s*[(~]?\s*$", re.I)
_FROM_IT = re.compile(rf"(?<!\w)(?:{_FROM})\s*:?\s*$", re.I)
_AFTER_IT = re.compile(rf"\s*[(*]?(?:(?:rrp|msrp|uvp|helyett|yerine|{_TAKEN_OFF})(?!\w)|(?:{_OF_UNIT})\b)", re.I)
# What stands right before an amount that is no price of a thing: what one must spend, or what an extra costs.
_FREE = (
    r"free (?:\w+ )?(?:shipping|delivery|returns)|ships? free|versandkostenfrei|kostenlose[rn]? (?:versand|lieferung)|"
    r"livraison (?:offerte|gratuite)|gratis (?:versand|verzending|bezorging|frakt|fragt)|envío gratis|frete grátis|"
    r"spedizione gratuita|darmowa dostawa|doprava zdarma|fri (?:frakt|fragt)|ilmainen toimitus"
)
_OVER = r"over|above|from|of|ab|über|dès|à partir de|desde|a partir de|da|vanaf|boven|od|nad|från|fra|yli"
_CONDITION = re.compile(
    rf"(?<!\w)(?:(?:{_FREE})[^\d.!?]{{0,30}}(?<!\w)(?:{_OVER})|orders? (?:over|above|of)|when you spend|spend|"
    r"minimum (?:order|spend|purchase)(?: of)?|mindestbestellwert|"
    r"add [^.!?]{0,30}(?:warranty|protection|insurance|gift wrap\w*)(?: for)?)\s*:?\s*$",
    re.I,
)
# The same said the other way round: "ab 100 € versandkostenfrei", "£50+ for free delivery".
_SPENT = re.compile(rf"\s*(?:{_FREE})", re.I)
_SPENT_FOR = re.compile(rf"\s*\+?\s*(?:for|get|gets) (?:{_FREE})|\s*\+\s*(?:{_FREE})", re.I)
_OVER_IT = re.compile(rf"(?<!\w)(?:{_OVER})\s*$", re.I)
# A part of a price, to be paid again and again; where the whole price stands as well, that is the thing's.
_RATE = re.compile(
    r"\s*(?:(?:/|a|an|each|every|per|pro|je|im|par|por|al|por|à|per|w|na)\s*)(?:months?|mo|weeks?|monat|woche|mois|semaine|"
    r"mes|semana|mês|mese|settimana|maand|week|miesiąc|tydzień)(?!\w)|\s*(?:monthly|weekly|monatlich|mensual|mensile)",
    re.I,
)
MAX_BESIDE = 40  # characters before and after an element that say what its amount is
# What classes and columns of such prices are called.
OLD_NAMES = r"old|was|strike(?:d|through)?|crossed|rrp|msrp|uvp|compare|regular|original|before"
_OTHER_PRICES = frozenset({"previous", "retail", "former", "recommended", "suggested"})
_OTHER_AMOUNTS = frozenset({"shipping", "postage", "fee", "fees", "charge", "charges", "tax", "vat", "duty", "tip"})
_AMOUNT_NOUNS = frozenset({"amount", "cost", "costs", "price", "charge", "charges", "fee", "fees", "kosten", "frais"})
_BESIDE_IT = re.compile(
    rf"{_BESIDES}|{_BESIDES_CJK}|postage|tax(?:es)?|vat|duty|tips?|mwst|ust|iva|tva|btw|moms|mva|ндс|porto", re.I
)
_NAMED_OLD = re.compile(
    rf"\b(?:{OLD_NAMES}|struck|list ?price|was ?price|old ?price|streichpreis|barre|tachado|barrato)\b",
    re.I,
)
_PARTED = re.compile(r"\d \d")  # one number with a thousand's space, or the ends of two lines


class ToldPrice(NamedTuple):
    """A price of a text. `is_now`: its words do not call it an old one, or an amount beside the price. `is_beside`: it
    is what is taken off or paid besides, what one must spend for something, or the cost of an extra, and never a price
    of the thing."""

    span: Span
    is_now: bool
    is_beside: bool = False


def is_struck(element: lxml.html.HtmlElement) -> bool:
    """Whether an element strikes its text through by itself."""
    return (
        element.tag in _STRUCK
        or bool((style := element.get("style")) and _LINE_THROUGH.search(style))
        or bool((classes := element.get("class")) and not _LINE_THROUGH_CLASSES.isdisjoint(classes.split()))
    )


def is_within_struck(element: lxml.html.HtmlElement) -> bool:
    return is_struck(element) or any(map(is_struck, islice(element.iterancestors(), STRUCK_LEVELS)))


@remembered(4_096)  # classes and captions are few
def says_old(label: str) -> bool:
    """Whether a class, a key or a caption calls a price an old one, or an amount beside the price."""
    return bool(_NAMED_OLD.search(" ".join(words_of(label))) or _BEFORE_IT.fullmatch(label.strip()))


def asks_for_old(name: str) -> bool:
    """Whether a field asks for what a thing cost before, or what its maker would like it to cost."""
    words = words_of(name)
    return says_old(name) or any(map(_EARLIER_IT.fullmatch, words)) or not _OTHER_PRICES.isdisjoint(words)


def asks_for_other(name: str) -> bool:
    """Whether a field asks for another amount than what a thing costs now: an earlier one, or what is paid besides."""
    words = words_of(name)
    return asks_for_old(name) or any(map(_BEFORE_IT.fullmatch, words)) or not _OTHER_AMOUNTS.isdisjoint(words)


def names_other_amount(label: str) -> bool:
    """Whether a label is the name of what is paid or taken off besides a price: "Deposit", "Delivery cost"."""
    words = words_of(label)
    others = {word for word in words if not _BESIDE_IT.fullmatch(word)}
    if len(others) == len(words):
        return False
    return others <= _AMOUNT_NOUNS or (words[-1] not in others and others.isdisjoint(_AMOUNT_NOUNS))


def says_untaxed(text: str) -> bool:
    return bool(_UNTAXED.search(text))


def is_old_element(element: lxml.html.HtmlElement) -> bool:
    return is_struck(element) or says_old(element.get("class") or "")


@remembered(1_024)  # of a row's price several ask, one after the other
def told_price(text: str) -> ToldPrice | None:
    """The first price of a text that holds now; where none does, the first. None for a text without prices."""
    spans = _prices(text)
    ends = [0, *(span.end for span in spans)]
    for at, span in enumerate(spans):
        before, after = text[ends[at] : span.start], text[span.end :]
        is_last = at + 1 == len(spans)
        is_from = _FROM_ALONE.fullmatch(before) if is_last else _is_drop_from(before, *spans[at : at + 2])
        is_old = _BEFORE_IT.search(before) or _CONDITION.search(before) or is_estimate(before) or is_from
        # "20 RRP 30": the word between two prices is the second one's.
        is_of_next = not is_last and _BEFORE_IT.search(text[span.end : spans[at + 1].start])
        if not is_last and _UNTAXED_BEHIND.match(after) and _is_dearer(spans[at + 1], span):
            continue  # the price with the tax stands beside it
        if not is_old and (is_of_next or not (_AFTER_IT.match(after) or _is_condition(before, after))):
            return ToldPrice(span, is_now=True)
    if not spans:
        return None
    return ToldPrice(spans[0], is_now=False, is_beside=is_beside_price(text[: spans[0].start], text[spans[0].end :]))


def is_beside_price(before: str, after: str) -> bool:
    """Whether an amount between two texts is no price of the thing, of today or before: a saving, a delivery cost, or
    what one must spend for something."""
    return bool(_BESIDE_BEFORE.search(before) or _BESIDE_AFTER.match(after)) or _is_condition(before, after)


def _is_condition(before: str, after: str) -> bool:
    """Whether an amount between two texts is what one must spend for something."""
    if _CONDITION.search(before) or _SPENT_FOR.match(after):
        return True
    return bool(_OVER_IT.search(before) and _SPENT.match(after))


def _is_drop_from(before: str, first: Span, second: Span) -> bool:
    """Whether "from" is said of a first price, and the second is no higher end: "from 10 to 25" is a range."""
    if not _FROM_IT.search(before):
        return False
    high, low = price_amount(first.text), price_amount(second.text)
    return high is None or low is None or low < high


def is_earlier(element: lxml.html.HtmlElement, text: str) -> bool:
    """Whether an element strikes its price through, is called an old price, or has words before it that say so."""
    if is_within_struck(element) or is_old_element(element) or _EARLIER_IT.search(_before(element)[-MAX_BESIDE:]):
        return True
    spans = _prices(text)
    return bool(spans) and bool(_EARLIER_IT.search(text[: spans[0].start]))


def is_said_otherwise(element: lxml.html.HtmlElement) -> bool:
    """Whether the words right before or after an element with a price call it an earlier one, or another amount than
    the price: "save <b>£5</b>", "<b>£9</b> a month", "<b>£5</b> voucher". Words before another price are of that."""
    before, after = words_beside(element)
    if _BEFORE_IT.search(before) or is_estimate(before) or _is_condition(before, after):
        return True
    return not recognise(FieldKind.PRICE, after) and bool(_AFTER_IT.match(after) or _RATE.match(after))


def words_beside(element: lxml.html.HtmlElement) -> tuple[str, str]:
    """The words right before and after an element."""
    return _before(element)[-MAX_BESIDE:], _after(element)[:MAX_BESIDE]


def _before(element: lxml.html.HtmlElement) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is None:
        return (parent.text or "") if parent is not None else ""
    if (previous.tail or "").strip() or previous.tag not in _INLINE or len(previous):
        return previous.tail or ""
    return previous.text or ""


def _after(element: lxml.html.HtmlElement) -> str:
    following = element.getnext()
    if (element.tail or "").strip() or following is None or following.tag not in _INLINE:
        return element.tail or ""
    return "".join(following.itertext())


def _is_dearer(one: Span, other: Span) -> bool:
    high, low = price_amount(one.text), price_amount(other.text)
    return high is not None and low is not None and high > low


def current_text(cell: Cell) -> str:
    """A cell's text, cut down to the price that holds now where it tells several."""
    text = cell.text
    if cell.attribute == TEXT and cell.element is not None and len(cell.element):
        for inner in islice(cell.element.iterdescendants(), MAX_WITHIN):
            if (is_old_element(inner) or hides(inner)) and (old := " ".join("".join(inner.itertext()).split())):
                rest = text.replace(old, " ", 1)
                text = rest if recognise(FieldKind.PRICE, rest) else text
    if text == cell.text and cell.attribute == TEXT and cell.element is not None and _PARTED.search(text):
        shown = visible_text(cell.element).replace("\t", "\n")
        if len("".join(shown.split())) <= len("".join(text.split())):  # a line has the element of all lines beside it
            text = shown
    told = told_price(text) if len(_prices(text)) > 1 else None
    return told.span.text if told else text


def is_old_column(column: Column, field: Field) -> bool:
    """Whether a column tells what things cost before, and a field does not ask for that; or what the page hides."""
    if says_old(field.name):
        return False
    if any(map(says_old, column.labels)):
        return True
    cells = list(islice(column.cells.values(), SAMPLE))
    return bool(cells) and sum(map(_is_not_now, cells)) >= MOSTLY * len(cells)


def _is_not_now(cell: Cell) -> bool:
    if cell.element is not None and (is_within_struck(cell.element) or is_hidden(cell.element)):
        return True
    told = told_price(cell.text)
    # What is sold by weight has no other price than that of a kilogram.
    return told is not None and not told.is_now and not _IS_OF_UNIT.match(cell.text, told.span.end)


def stand_ins(columns: Sequence[Column], chosen: Column, field: Field) -> list[Column]:
    """Columns of prices that never stand beside the chosen one: where some things are on sale, theirs are set otherwise
    than those of the rest."""
    return [
        column
        for column in columns
        if column.attribute == TEXT
        and column.cells.keys().isdisjoint(chosen.cells)
        and not is_old_column(column, field)
        and all(_is_only_price(text) for text in column.texts(SAMPLE))
    ]


def _is_only_price(text: str) -> bool:
    span = recognise(FieldKind.PRICE, text)
    return span is not None and span.end - span.start >= PURE * len(text)


def _prices(text: str) -> list[Span]:
    return list(islice(_each_price(text), MAX_PRICES))


def _each_price(text: str) -> Iterator[Span]:
    at = 0
    while (span := recognise(FieldKind.PRICE, text[at:])) is not None and span.end > 0:
        yield Span(span.text, at + span.start, at + span.end)
        at += span.end
