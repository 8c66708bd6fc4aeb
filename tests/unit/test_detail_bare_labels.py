"""Labels that no colon and no list joins to their values, in the languages that pages of homes, jobs and shows have."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.records import FieldValue
from evals.readers import saved_page


def told(body: str, field: str, lang: str = "en") -> FieldValue | None:
    page = saved_page(
        "http://homes.example/12",
        f"<html lang={lang}><head><title>Elm Cottage</title></head><body><nav><span>Brand</span><span>News</span></nav>"
        f"<main><h1>Elm Cottage</h1>{body}<p>A house of stone, with a garden that runs down to the river.</p></main>"
        "</body></html>",
    )
    (record,) = read_page(page, Ask(fields=parse_fields(f"name,{field}"), many=False)).candidates
    return record.fields.get(field.partition(":")[0])


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("<div><span class=label>Brand</span><span>Acme</span></div>", "brand", "Acme"),
        ("<div><span class=spec-name>Marke</span> <a href=/acme>Acme</a></div>", "brand", "Acme"),
        (
            "<div><div><span>Material</span><span>Oak</span></div><div><span>Brand</span><span>Acme</span></div></div>",
            "brand",
            "Acme",
        ),
        ("<div><div><strong>Brand</strong></div><div>Acme</div></div>", "brand", "Acme"),
        ("<p><span>Total Time </span><span><span>50<i> minutes</i></span></span></p>", "total_time", 50),
        ("<div><span>Gesamtzeit</span><span>1 Std. 20 Min.</span></div>", "total_time", 80),
    ],
)
def test_a_value_stands_beside_its_label_without_a_colon(body, field, value):
    found = told(body, field)
    assert found is not None
    assert (found.value, found.verdict) == (value, Verdict.SUPPORTED)


@pytest.mark.parametrize(
    "body",
    [
        "<div><span>Brand</span><span>Size</span><span>Colour</span></div>",
        "<form><label>Brand</label><span>Acme</span></form>",
        "<div><a href=/brand>Brand</a><a href=/sale>Sale</a></div>",
        "<div><span>Brand</span><span>Acme</span></div>",
        "<section class=related><h2>You may also like</h2><span class=label>Brand</span><span>Zed</span></section>",
        "<div><h3>Brand</h3><p>A long text on what the makers of our goods care for, and of all their kinds.</p>",
    ],
)
def test_words_that_stand_side_by_side_are_no_label_and_value(body):
    assert told(body, "brand") is None


@pytest.mark.parametrize(
    ("text", "field", "lang", "value"),
    [
        ("3 bedrooms", "bedrooms", "en", "3"),
        ("3 bed", "bedrooms", "en", "3"),
        ("3 Schlafzimmer", "bedrooms", "de", "3"),
        ("3 chambres", "bedrooms", "fr", "3"),
        ("3 dormitorios", "bedrooms", "es", "3"),
        ("3 camere da letto", "bedrooms", "it", "3"),
        ("3 slaapkamers", "bedrooms", "nl", "3"),
        ("3 quartos", "bedrooms", "pt", "3"),
        ("3 sypialnie", "bedrooms", "pl", "3"),
        ("3 спальни", "bedrooms", "ru", "3"),
        ("2 salles de bains", "bathrooms", "fr", "2"),
        ("2,5 Zimmer", "rooms", "de", "2,5"),
    ],
)
def test_a_count_stands_before_what_it_counts(text, field, lang, value):
    found = told(f"<ul><li>{text}</li><li>Garden</li></ul>", field, lang)
    assert found is not None
    assert (found.value, found.verdict) == (value, Verdict.SUPPORTED)


@pytest.mark.parametrize(
    ("label", "field", "value", "lang"),
    [
        ("Wohnfläche", "living_area", "120 m²", "de"),
        ("Surface habitable", "living_area", "120 m²", "fr"),
        ("Baujahr", "year_built", "1954", "de"),
        ("Bouwjaar", "year_built", "1954", "nl"),
        ("Type de contrat", "employment_type", "CDI", "fr"),
        ("Rodzaj umowy", "employment_type", "umowa o pracę", "pl"),
        ("Berufserfahrung", "experience", "3 Jahre", "de"),
        ("Veranstalter", "organizer", "Kulturhof", "de"),
        ("Организатор", "organizer", "Дом музыки", "ru"),
        ("Einlass", "doors", "19:00", "de"),
    ],
)
def test_homes_jobs_and_shows_have_labels_of_their_own(label, field, value, lang):
    found = told(f"<dl><dt>{label}</dt><dd>{value}</dd></dl>", field, lang)
    assert found is not None
    assert found.value == value
