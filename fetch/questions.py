"""What a request asks with: the parameters of its address, of a form or of JSON, and the same request with one changed.

A request with a body may do something. One is sent again only where all of it reads like a question: see `only_asks`.
"""

from __future__ import annotations

import copy
import json
import re
import unicodedata
from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from domain.pages import Posted

MAX_POSTED = 20_000  # characters of a body that is read: more is an upload
MAX_PARAMETERS = 200
MAX_DEPTH = 5  # "variables.input.pagination.after"
FORM = "application/x-www-form-urlencoded"
UNTYPED = "text/plain"  # what scripts send that name no type

# Verbs in the names of what changes something. They stand in paths and names of operations, and not in plain words.
_CHANGES = re.compile(
    r"add|book|buy|cancel|cart|change|charge|checkout|clear|collect|confirm|create|delete|destroy|edit|enroll|"
    r"favou?rite|follow|import|insert|invite|join|like|log|log(?:in|out)|mark|move|notify|order|password|patch|pay|"
    r"payment|publish|purchase|put|rate|register|remove|rename|replace|report|reserve|reset|save|send|set|"
    r"sign(?:in|out|up)?|submit|(?:un)?subscribe|toggle|track|un(?:follow|like)|update|upload|upsert|vote|write",
    re.I,
)
# The same in German, French, Spanish, Italian, Dutch, Portuguese, Polish, and Russian in Latin letters; accents aside.
_CHANGES_ELSEWHERE = re.compile(
    r"hinzufue?gen|kaufen|bestell(?:en|ung)|warenkorb|kasse|loe?schen|speichern|(?:ab)?senden|(?:an|ab)melden|"
    r"ae?ndern|buch(?:en|ung)|bezahlen|zahlung|bewerten|entfernen|"
    r"ajout(?:er)?|acheter|commander?|panier|supprimer|suppression|enregistrer|envoyer|envoi|modifier|"
    r"reserv(?:er|ation)|payer|paiement|(?:de)?connexion|inscription|abonner|"
    r"anadir|agregar|compra(?:r)?|carrito|borrar|eliminar|guardar|enviar|modificar|reservar?|pagar?|pago|suscribir|"
    r"aggiungi|acquist[ao]|carrello|elimina|cancella|salva|invia|modifica|prenot[ao]|prenotazione|pagamento|accedi|"
    r"iscriviti|toevoegen|winkelwagen|winkelmand|verwijderen|opslaan|verzenden|wijzigen|betal(?:en|ing)|"
    r"aanmelden|adicionar|carrinho|excluir|apagar|salvar|alterar|pagamento|"
    r"dodaj|kup|koszyk|usun|zapisz|wyslij|zmien|rezerwuj|zamow|platnosc|"
    r"dobavit|kupit|korzina|udalit|sohranit|otpravit|zakazat|zakaz|oplata|oplatit",
    re.I,
)
_GRAPHQL_CHANGE = re.compile(r"\b(?:mutation|subscription)\b")
_GRAPHQL_NOISE = re.compile(r"#[^\n]*|\"(?:[^\"\\]|\\.)*\"")
_OPERATION = re.compile(r"operation_?name|action|_?method|operation|task|do|cmd|command", re.I)
# Who holds these asks for himself, or once.
_OWN = re.compile(r"pass(?:word|wd)?|pwd|card(?:_?number)?|cvv|cvc|iban|(?:re|h)?captcha\w*|otp|pin", re.I)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Question(NamedTuple):
    """A request as one that follows another: by GET where nothing is `posted`."""

    url: str
    posted: Posted | None = None


class Parameter(NamedTuple):
    """`name` is the innermost of those that `place` leads through; `value` text, a whole number or None."""

    name: str
    value: str | int | None
    place: tuple[str | int, ...]


def parameters(question: Question) -> tuple[Parameter, ...]:
    """Those of the address, then those of the body; objects within them are opened. Raises ValueError for what is
    neither an address nor a body that can be read."""
    tree = _opened(question)
    found: list[Parameter] = []
    for part in ("address", "body"):
        found += _within(tree[part], (part,))
    return tuple(found[:MAX_PARAMETERS])


class _Query(list[list]):
    """The pairs of a query string that stands as one text in JSON, as batches of searches have it."""


def with_values(question: Question, values: Mapping[tuple[str | int, ...], str | int | list]) -> Question:
    """The same request with other values at some places of its parameters."""
    tree = copy.deepcopy(_opened(question))
    for place, value in values.items():
        around = tree
        for step in place[:-1]:
            around = around[step]
        around[place[-1]] = value
    url = question.url
    if any(place[0] == "address" for place in values):
        url = urlsplit(url)._replace(query=_encoded(tree["address"]), fragment="").geturl()
    posted = question.posted
    if posted is not None:
        body = _encoded(tree["body"]) if _is_form(posted) else _written(tree["body"])
        posted = Posted(body=body, content_type=posted.content_type)
    return Question(url, posted)


def identity(question: Question) -> Hashable:
    """Equal for two requests that ask the same, however they write it."""
    try:
        given = parameters(question)
    except (ValueError, RecursionError):
        return question
    asked = frozenset((each.place, str(each.value)) for each in given)
    return question.url.partition("#")[0].partition("?")[0], question.posted is None, asked


def only_asks(question: Question) -> bool:
    """Whether sending a request once more can do no harm, as far as it says itself: no name of a change in its path,
    its operations or its GraphQL, nothing of somebody's own in it. One without a body asks."""
    if question.posted is None:
        return True
    try:
        tree, path = _opened(question), urlsplit(question.url).path
        told = [pair for part in tree.values() for pair in _pairs_within(part)]
    except (ValueError, RecursionError):
        return False
    names = [path] + [str(value) for name, value in told if _OPERATION.fullmatch(name)]
    if any(map(_is_change, (word for name in names for word in _WORD.findall(_in_plain_letters(name))))):
        return False
    queries = (value for name, value in told if name == "query" and isinstance(value, str))
    if any(_GRAPHQL_CHANGE.search(_GRAPHQL_NOISE.sub(" ", query)) for query in queries):
        return False
    return isinstance(tree["body"], dict | list) and not any(_OWN.fullmatch(name) for name, _ in told)


def _is_change(word: str) -> bool:
    return _CHANGES.fullmatch(word) is not None or _CHANGES_ELSEWHERE.fullmatch(word) is not None


def _in_plain_letters(name: str) -> str:
    """A name as it reads, without accents: "/panier/r%C3%A9server"."""
    letters = unicodedata.normalize("NFKD", unquote(name))
    return "".join(each for each in letters if not unicodedata.combining(each))


def _pairs_within(tree: object) -> Iterator[tuple[str, object]]:
    """Every name with its value, at whatever depth: several requests may be sent as one list."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield name, value
            yield from _pairs_within(value)
    elif isinstance(tree, list):
        if len(tree) == 2 and isinstance(tree[0], str):
            yield tree[0], tree[1]
        for each in tree:
            yield from _pairs_within(each)


def _opened(question: Question) -> dict:
    posted = question.posted
    body: object = []
    if posted is not None:
        if len(posted.body) > MAX_POSTED:
            raise ValueError("It is too long to be a question.")
        if _is_form(posted):
            body = _pairs(posted.body)
        elif posted.content_type.endswith("json") or posted.content_type in {UNTYPED, FORM}:
            body = _batch_opened(json.loads(posted.body))
        else:
            raise ValueError("Its body is neither a form nor JSON.")
    return {"address": _pairs(urlsplit(question.url).query), "body": body}


def _is_form(posted: Posted) -> bool:
    """Whether a body is what its type says: some scripts send JSON as a form, which spares them a question before."""
    return posted.content_type == FORM and not posted.body.lstrip().startswith("{")


def _batch_opened(body: object) -> object:
    """JSON in which the query strings of a batch of requests are opened."""
    for each in _batch(body):
        query = each.get("params")
        if isinstance(query, str):
            each["params"] = _Query(_pairs(query))
    return body


def _batch(body: object) -> list[dict]:
    batch = body.get("requests") if isinstance(body, dict) else None
    return batch if isinstance(batch, list) and all(isinstance(each, dict) for each in batch) else []


def _written(body: object) -> str:
    for each in _batch(body):
        if isinstance(query := each.get("params"), _Query):
            each["params"] = _encoded(query)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _pairs(query: str) -> list[list]:
    return [[name, _value(value)] for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=1000)]


def _value(text: str) -> object:
    """An object within a parameter, as GraphQL by GET has it; else the text."""
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _encoded(pairs: list[list]) -> str:
    return urlencode(
        [
            (
                name,
                value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            )
            for name, value in pairs
        ],
        errors="replace",
    )


def _within(tree: object, place: tuple[str | int, ...]) -> Iterator[Parameter]:
    """Pairs of a query or form, or the keys of an object and of the objects in it."""
    if isinstance(tree, list):
        for number, pair in enumerate(tree):
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
                yield from _named(pair[0], pair[1], (*place, number, 1))
    elif isinstance(tree, dict) and len(place) <= MAX_DEPTH:
        for name, value in tree.items():
            yield from _named(name, value, (*place, name))


def _named(name: str, value: object, place: tuple[str | int, ...]) -> Iterator[Parameter]:
    if isinstance(value, dict | _Query):
        yield from _within(value, place)
    elif name == "requests" and isinstance(value, list):
        for number, each in enumerate(value):
            if isinstance(each, dict):
                yield from _within(each, (*place, number))
    elif value is None or isinstance(value, str) or type(value) is int:
        yield Parameter(name, value, place)
    else:
        # A list, a fraction, yes or no: part of what is asked, and no place in a list of answers.
        yield Parameter(f"{name}[]", json.dumps(value), place)
