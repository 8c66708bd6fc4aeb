"""When a page was published and when it was changed are two days."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import is_told
from evals.readers import saved_page

TEXT = "<p>The footpath along the canal is open again after eleven weeks of work on its banks.</p>" * 3


def days(lines: str, lang: str = "en") -> tuple[object, object]:
    html = f"<html lang={lang}><title>Path</title><body><article><h1>Footpath opens</h1>{lines}{TEXT}</article></body>"
    page = saved_page("https://news.example/a", html)
    reading = read_page(page, Ask(fields=parse_fields("title,date_published,date_modified"), many=False))
    found = reading.candidates[0].fields
    told = {name: value.value for name, value in found.items() if is_told(value)}
    return told.get("date_published"), told.get("date_modified")


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        ("en", "<p>Updated 5 October 2025</p><p>Published 3 May 2025</p>"),
        ("en", "<p>Last updated: <time datetime=2025-10-05>5 Oct</time></p><time datetime=2025-05-03>3 May</time>"),
        ("en", "<p>Published on 3 May 2025, updated on 5 October 2025</p>"),
        ("de", "<p>Aktualisiert am 5. Oktober 2025</p><p>Veröffentlicht am 3. Mai 2025</p>"),
        ("fr", "<p>Mis à jour le 5 octobre 2025</p><p>Publié le 3 mai 2025</p>"),
        ("es", "<p>Actualizado el 5 de octubre de 2025</p><p>Publicado el 3 de mayo de 2025</p>"),
        ("it", "<p>Aggiornato il 5 ottobre 2025</p><p>Pubblicato il 3 maggio 2025</p>"),
        ("nl", "<p>Bijgewerkt op 5 oktober 2025</p><p>Gepubliceerd op 3 mei 2025</p>"),
        ("pl", "<p>Zaktualizowano 5 października 2025</p><p>Opublikowano 3 maja 2025</p>"),
        ("ja", "<p>更新日 2025年10月5日</p><p>公開日 2025年5月3日</p>"),
    ],
)
def test_the_word_beside_a_day_says_which_it_is(lang: str, lines: str) -> None:
    assert days(lines, lang) == ("2025-05-03", "2025-10-05")


def test_a_day_that_is_only_of_a_change_is_not_told_as_that_of_publishing() -> None:
    assert days("<p>Updated <time datetime=2025-10-05>5 October 2025</time></p>") == (None, "2025-10-05")


def test_a_day_of_what_the_text_tells_is_neither() -> None:
    assert days("<p>The lock was built on 3 May 1821.</p>") == (None, None)
