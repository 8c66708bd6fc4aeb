"""Confidence: more agreement is never less of it, contradiction never more, and its measure tells good from bad."""

import gzip
import json
import random

import msgspec
import pytest
from agent_doubles import value_of
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.cascade import read_page
from agent.extract.confidence import UNSUPPORTED, Signs, confidence_of, judged_by, shipped_confidence
from agent.extract.history import believed, confidence_after
from agent.extract.reading import Ask
from domain.evidence import MatchKind, Method, Verdict
from domain.fields import FieldKind, parse_fields
from domain.records import Candidate
from domain.templates import Template
from evals.calibration import Judged, calibration_of, judged_values
from evals.cases import read_sets
from evals.readers import saved_page
from evals.train_confidence import check, fit

SIGNS = st.builds(
    Signs,
    method=st.sampled_from(Method),
    kind=st.sampled_from(FieldKind),
    match=st.sampled_from(MatchKind),
    agreeing=st.integers(0, 5),
    many=st.booleans(),
    is_named=st.booleans(),
    is_guessed=st.booleans(),
    is_contradicted=st.booleans(),
    is_derived=st.booleans(),
)
PLAIN = Signs(method=Method.TABLE, kind=FieldKind.PRICE, match=MatchKind.EXACT)


@given(SIGNS)
def test_agreement_and_a_caption_never_lower_it_and_contradiction_never_raises_it(signs):
    told = shipped_confidence(signs)
    assert 0 < told < 1
    more = msgspec.structs.replace(signs, agreeing=signs.agreeing + 1)
    assert shipped_confidence(more) >= told
    assert shipped_confidence(msgspec.structs.replace(signs, is_named=True)) >= told
    assert shipped_confidence(msgspec.structs.replace(signs, is_contradicted=True)) <= told
    assert shipped_confidence(msgspec.structs.replace(signs, is_guessed=True)) <= told


def test_what_its_page_does_not_say_is_not_believed():
    assert confidence_of(PLAIN, Verdict.UNSUPPORTED) == UNSUPPORTED


def test_another_judge_is_in_force_only_while_it_is_asked_for():
    with judged_by(lambda signs: 7.0):
        assert confidence_of(PLAIN, Verdict.SUPPORTED) == 7.0
    assert confidence_of(PLAIN, Verdict.SUPPORTED) == shipped_confidence(PLAIN)


def judged(right, *, site="a.test", weight=1.0, **signs):
    return Judged(site, "set", msgspec.structs.replace(PLAIN, **signs), 0.5, right, weight)


def test_calibration_is_perfect_where_as_many_are_right_as_was_said():
    exact = calibration_of([0.75] * 4 + [0.95] * 20, [True] * 3 + [False] + [True] * 19 + [False], [1.0] * 24)
    assert exact.error == pytest.approx(0.0)
    assert (exact.sure, exact.share) == (pytest.approx(0.95), pytest.approx(20 / 24))
    boastful = calibration_of([0.95] * 4, [True, True, False, False], [1.0] * 4)
    assert boastful.error == pytest.approx(0.45)


def test_a_list_of_a_thousand_rows_outweighs_no_thousand_pages():
    told = calibration_of([0.9] * 1001, [False] * 1000 + [True], [0.001] * 1000 + [1.0])
    assert told.accuracy == pytest.approx(0.5)


def test_the_fit_finds_what_makes_values_right_and_holds_to_its_bounds():
    chance = random.Random(4)
    told = []
    for number in range(2000):
        agrees = number % 2
        # Contradicted values happen to be right more often here: no table may learn that.
        contradicted = chance.random() < 0.3
        odds = 0.9 if agrees else 0.5 + 0.3 * contradicted
        told.append(
            judged(
                chance.random() < odds,
                site=f"{number % 40}.test",
                agreeing=agrees,
                is_contradicted=contradicted,
            )
        )
    table = fit(told)
    assert table.confidence(msgspec.structs.replace(PLAIN, agreeing=1)) == pytest.approx(0.9, abs=0.05)
    assert table.agreeing[0] > 0
    assert table.contradicted <= 0
    of_other_sites = check(told)
    assert len(of_other_sites) == len(told)
    calibration = calibration_of([c for _, c in of_other_sites], [e.is_right for e, _ in of_other_sites], [1.0] * 2000)
    assert calibration.error < 0.1


def test_values_of_a_set_are_judged_by_its_gold(tmp_path):
    folder = tmp_path / "shop"
    (folder / "html").mkdir(parents=True)
    page = "<html><head><title>Kettle</title></head><body><h1>Kettle</h1><dl><dt>Price</dt><dd>£12.50</dd>"
    page += "<dt>SKU</dt><dd>KT-4411</dd></dl></body></html>"
    (folder / "html" / "1.html.gz").write_bytes(gzip.compress(page.encode()))
    case = {
        "id": "1",
        "url": "https://shop.example/p/1",
        "html": "html/1.html.gz",
        "task": "detail",
        "fields": [{"name": "price", "type": "number"}, {"name": "sku"}],
        "gold": [{"price": [12.5], "sku": ["KT-9999"]}],
    }
    (folder / "cases.jsonl").write_text(json.dumps(case))
    told = {each.signs.kind: each.is_right for each in judged_values(read_sets(folder))}
    assert told == {FieldKind.PRICE: True, FieldKind.IDENTIFIER: False}


def test_a_template_is_believed_the_more_the_longer_it_was_right():
    told = [confidence_after(proofs) for proofs in (0, 3, 8, 1000)]
    assert told == [0.5, 0.8, 0.9, 0.98]
    template = Template(id="t", site="a.test", many=False, asked=(), proofs=8)
    by_template = msgspec.structs.replace(value_of("x", method=Method.TEMPLATE), confidence=0.1)
    by_table = msgspec.structs.replace(value_of("y", method=Method.TABLE), confidence=0.1)
    (each,) = believed(
        (Candidate(page_id="p", url="u", position=0, fields={"a": by_template, "b": by_table}),), template
    )
    assert (each.fields["a"].confidence, each.fields["b"].confidence) == (0.9, 0.1)


def test_a_name_that_only_its_look_speaks_for_is_believed_less_than_one_under_a_heading():
    rows = "".join(f"<tr><td>Copper lantern {number}</td><td>£{number}.50</td></tr>" for number in range(3, 9))
    sure = []
    for heads in ("<tr><th>Name</th><th>Price</th></tr>", ""):
        html = f"<html lang='en'><body><main><table>{heads}{rows}</table></main></body></html>"
        ask = Ask(fields=parse_fields("name,price:price"), many=True)
        sure.append(
            read_page(saved_page("https://shop.example/list", html), ask).candidates[0].fields["name"].confidence
        )
    assert sure[0] > sure[1] + 0.1


@pytest.mark.parametrize(("listed", "judged_dates"), [(6, 6), (2, 8)])
def test_gold_that_is_a_selection_says_nothing_of_records_like_those_that_it_has(tmp_path, listed, judged_dates):
    """Of a list that has all of gold, gold's dates are judged alone; of one that has little of it, all are."""
    folder = tmp_path / "calendar"
    (folder / "html").mkdir(parents=True)
    meetings = [f"2024-03-{day:02}" for day in range(1, 9)]
    rows = "".join(f"<tr><td>Board of gardens no {day[-1]}</td><td>{day}</td></tr>" for day in meetings)
    page = f"<html lang='en'><body><table><tr><th>Title</th><th>Date</th></tr>{rows}</table></body></html>"
    (folder / "html" / "1.html.gz").write_bytes(gzip.compress(page.encode()))
    shown = [{"title": f"Board of gardens no {day[-1]}", "date": day} for day in meetings[:listed]]
    unseen = [{"title": f"Council of ponds no {day}", "date": f"2023-01-{day:02}"} for day in range(1, 7)]
    case = {
        "id": "1",
        "url": "https://town.example/meetings",
        "html": "html/1.html.gz",
        "task": "list",
        "fields": [{"name": "title"}, {"name": "date"}],
        "gold": shown if listed == 6 else shown + unseen,
    }
    (folder / "cases.jsonl").write_text(json.dumps(case))
    told = [each for each in judged_values(read_sets(folder)) if each.signs.kind is FieldKind.DATE]
    assert len(told) == judged_dates
    assert sum(each.is_right for each in told) == listed
