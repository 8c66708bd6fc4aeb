"""Where a place is and when it is open, as its page shows it without a label beside the value."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.checks import Meets
from domain.conditions import checks_of
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.grounding import recheck
from domain.plans import Comparison, Condition
from domain.records import FieldValue, is_told
from evals.readers import saved_page

OPEN_SUNDAY = Condition(field="opening_hours", comparison=Comparison.OPEN, value="sunday")


def told(body: str, fields: str, language: str = "en") -> dict[str, FieldValue]:
    html = f'<html lang="{language}"><body>{body}</body></html>'
    page = saved_page("https://linde.example/", html)
    asked = {field.name: field for field in parse_fields(fields)}
    reading = read_page(page, Ask(fields=tuple(asked.values()), many=False))
    found = dict(reading.candidates[0].fields) if reading.candidates else {}
    for name, value in found.items():
        assert is_told(value)
        again = recheck(value.evidence[0], value.value, asked[name], page.text, page.html, locale=language)
        assert again is not Verdict.UNSUPPORTED, name
    return found


ROWS = "<tr><td>{}</td><td>{}</td></tr>"
TABLE = "".join(
    ROWS.format(*row)
    for row in (("Montag", "geschlossen"), ("Dienstag–Samstag", "8:00–18:00 Uhr"), ("Sonntag", "geschlossen"))
)
BOXES = """<div><div><h3>Opening hours:</h3></div><div><p>Mon-Fri 9am-5pm</p><p>Sat-Sun 10am-4pm</p></div></div>
  <h3>Parking</h3><p>Behind the house.</p>"""
TERMS = """<h2>Horaires</h2><dl><dt>Lundi</dt><dd>fermé</dd><dt>Mardi au samedi</dt><dd>9h00 - 19h00</dd>
  <dt>Dimanche</dt><dd>9h00 - 12h00</dd></dl>"""
ITEMS = "<h2>Openingstijden</h2><ul><li>maandag t/m zaterdag 9:00 - 18:00</li><li>zondag gesloten</li></ul>"
LABEL = "<p><b>Opening hours:</b> Mon-Sat 9am-5pm, Sun closed</p><p>Sat 7pm concert</p>"
TIMETABLES = {
    "a table": ("de", f"<h2>Öffnungszeiten</h2><table>{TABLE}</table>", Meets.NO),
    "lines in a box of its own": ("en", BOXES, Meets.YES),
    "a list of terms": ("fr", TERMS, Meets.YES),
    "a list": ("nl", ITEMS, Meets.NO),
    "a label": ("en", LABEL, Meets.NO),
}


@pytest.mark.parametrize("form", TIMETABLES)
def test_a_timetable_under_its_heading_decides_whether_it_is_open(form):
    language, body, verdict = TIMETABLES[form]
    found = told(f"<h1>Linde</h1><p>Phone: +49 30 2345678</p>{body}", "name,opening_hours", language)
    assert "Parking" not in str(found["opening_hours"].value)
    (check,) = checks_of(found, (OPEN_SUNDAY,))
    assert check.verdict is verdict, (found["opening_hours"].value, check.reason)


def test_what_stands_under_hours_and_is_no_timetable_is_not_told():
    body = "<h1>Linde</h1><h2>Hours</h2><p>We are happy to see you.</p><ul><li>Coffee 3.50</li><li>Tea 2.50</li></ul>"
    assert "opening_hours" not in told(body, "name,opening_hours")


@pytest.mark.parametrize(
    ("element", "address"),
    [
        ("<address>Lindenstraße 12, 10969 Berlin</address>", "Lindenstraße 12, 10969 Berlin"),
        (
            "<address>Linde<br>Lindenstraße 12<br>10969 Berlin<br>Tel: 030 2345678<br>a@b.example</address>",
            "Lindenstraße 12, 10969 Berlin",
        ),
        ('<address class="author">By Ann Reed, 12 pages</address>', None),
        ("<address>Written by Ann Reed on 3 May 2024</address>", None),
        ("<address>hello@linde.example</address>", None),
    ],
)
def test_an_address_element_is_the_address_unless_it_names_a_writer(element, address):
    found = told(f"<h1>Linde</h1><p>Coffee and cake.</p>{element}", "name,address")
    assert (found["address"].value if "address" in found else None) == address


RECIPE = """<main><h1>Tarte aux poireaux</h1><p>Préparation : 20 min — Cuisson : 35 min — Pour 6 personnes</p>
  <h2>Ingrédients</h2><ul><li>3 poireaux</li><li>1 pâte brisée</li><li>3 œufs</li></ul>
  <h2>Étapes</h2><ol><li>Émincer les poireaux et les faire fondre.</li><li>Battre les œufs avec la crème.</li>
  <li>Verser sur la pâte et cuire 35 minutes à 180 °C.</li></ol></main>"""


def test_the_times_and_the_yield_that_share_a_line_are_told_one_by_one():
    fields = "title,prep_time:duration,cook_time:duration,yields"
    values = {name: each.value for name, each in told(RECIPE, fields, "fr").items()}
    assert values == {"title": "Tarte aux poireaux", "prep_time": 20, "cook_time": 35, "yields": "6 servings"}


def test_the_steps_of_a_recipe_are_no_records_although_no_ingredients_are_asked():
    page = saved_page("https://tarte.example/", f'<html lang="fr"><body>{RECIPE}</body></html>')
    (candidate,) = read_page(page, Ask(fields=parse_fields("title,instructions:list"))).candidates
    assert candidate.fields["title"].value == "Tarte aux poireaux"
    assert len(list(candidate.fields["instructions"].value)) == 3  # ty: ignore[invalid-argument-type]


def test_a_dash_in_a_value_parts_nothing():
    found = told("<h1>Dune</h1><dl><dt>Subtitle</dt><dd>A tale — Part One: Arrakis</dd></dl>", "subtitle")
    assert found["subtitle"].value == "A tale — Part One: Arrakis"


def test_a_case_number_is_cut_from_the_name_as_a_docket_number_is():
    rows = "".join(
        f"<tr><td>24-{1200 + at} {name}, filed May {at + 1}, 2024</td><td>Courtroom {at}</td></tr>"
        for at, name in enumerate(("Smith v. Jones", "Lopez v. Dover", "Nowak v. Evans", "Tran v. Rail", "Lee v. Hart"))
    )
    html = f"<h1>Docket</h1><table><tr><th>Case</th><th>Room</th></tr>{rows}</table>"
    page = saved_page("https://court.example/", f"<html><body>{html}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("case_number,case_name,date_filed:date")))
    first = {name: each.value for name, each in reading.candidates[0].fields.items()}
    assert first == {"case_number": "24-1200", "case_name": "Smith v. Jones", "date_filed": "2024-05-01"}
