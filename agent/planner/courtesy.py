"""What people say around a goal: greetings, thanks, quotation marks, capitals."""

from __future__ import annotations

import re
import unicodedata

_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|hallo|guten tag|moin|bonjour|salut|hola|buenos días|ciao|"
    r"buongiorno|olá|oi|dzień dobry|cześć|здравствуйте|привет|hej)(?:\s+(?:there|all|everyone|team))?\s*[,!.]+\s*",
    re.I,
)
_THANKS = re.compile(
    r"[\s,.!?;]*\b(?:pls|plz|thx|ty|tia|asap|"
    r"(?:many )?thanks(?: (?:in advance|a lot|so much))?|thank you(?: (?:in advance|very much))?|please|"
    r"cheers|danke(?: (?:schön|im voraus))?|bitte|merci(?: (?:beaucoup|d'avance))?|s['’]il (?:vous|te) pla[iî]t|"
    r"(?:muchas )?gracias|por favor|grazie(?: mille)?|per favore|per cortesia|obrigad[oa]|dank je|bedankt|alstublieft|"
    r"alsjeblieft|dziękuję|proszę|спасибо|пожалуйста|tack)\s*[.!?]*$",
    re.I,
)
_IF_THERE = re.compile(
    r"(?:,\s*)?\b(?:if (?:any|available|possible|known|there are any)|where (?:available|possible)|wenn möglich|"
    r"falls vorhanden|si possible|si es posible|se possibile|se possível|indien mogelijk)\b\s*,?",
    re.I,
)
_QUOTES = re.compile(r"[“”„‟«»]|(?<!\d)\"")  # 15" is a length
_CASUAL = (
    (re.compile(r"(?<!\S)w/o\s*", re.I), "without "),
    (re.compile(r"(?<!\S)w/\s*", re.I), "with "),
    (re.compile(r"^gimme\b", re.I), "give me"),
    (re.compile(r"^(?:what['’]?s|what (?:r|are)) (?=the\b)", re.I), "list "),
    (re.compile(r"^need\b(?! for\b)", re.I), "I need"),
)
_MANY_LETTERS = 8  # "SUVs UK" is no shout


def plainly(goal: str) -> str:
    """The goal without them, in single spaces; in small letters where all of it is in capitals."""
    text = " ".join(_QUOTES.sub(" ", goal).split())
    for written, meant in _CASUAL:
        text = written.sub(meant, text)
    text = _GREETING.sub("", text)
    while (shorter := _THANKS.sub("", text)) not in {text, ""}:
        text = shorter
    text = " ".join(_IF_THERE.sub(" ", text).split())
    is_shouted = text.isupper() and sum(map(str.isalpha, text)) >= _MANY_LETTERS
    return text.lower() if is_shouted else text


_WIDE = re.compile(r"[\uff01-\uff5e]")  # letters, digits and marks that East Asia sets wide


def plain_digits(goal: str) -> str:
    """The goal with the digits of other scripts as 0 to 9: "٣٠", "۳۰", "３０"."""
    narrow = _WIDE.sub(lambda mark: mark[0] if mark[0] in "，：；" else chr(ord(mark[0]) - 0xFEE0), goal)
    narrow = re.sub(r"(?<=\d)[٬٫](?=\d)", lambda mark: "," if mark[0] == "٬" else ".", narrow)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in narrow)
