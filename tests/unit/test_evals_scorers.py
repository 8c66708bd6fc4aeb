"""Figures that others must be able to trust: what counts, what does not, and what is not scored at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fields import make_field
from evals.cases import ContentGold, PaginationGold
from evals.compare import same_link, same_name
from evals.scorers import next_links, score_content, score_detail, score_pagination, score_records, score_table
from evals.tally import Tally, metrics_of
from fetch.dom import parse

CASE = (make_field("case_name", "title"), make_field("date_filed", "date"), make_field("document_url", "url"))


def figures(*cases: tuple[Tally, ...]) -> dict[str, float]:
    """The metrics over cases of as many sites."""
    metrics = metrics_of([(f"site{n}", tallies) for n, tallies in enumerate(cases)])
    return {metric.name: round(metric.value, 3) for metric in metrics}


def test_any_acceptable_value_of_a_scalar_field_is_right() -> None:
    asked = (make_field("price", "number"), make_field("sku", "string"))
    told = figures(score_detail({"price": 9.5, "sku": "a1"}, {"price": ["9.50", "11"], "sku": ["A1"]}, asked))
    assert (told["price F1"], told["sku F1"]) == (1.0, 1.0)


def test_a_value_where_gold_has_none_costs_precision_and_not_recall() -> None:
    asked = (make_field("price", "number"),)
    told = figures(score_detail({"price": 1}, {}, asked), score_detail({"price": 2}, {"price": ["2"]}, asked))
    assert (told["price P"], told["price R"], told["price F1"]) == (0.5, 1.0, 0.667)


def test_lists_are_compared_item_by_item_and_doubles_count_once_each() -> None:
    asked = (make_field("ingredients", "list"),)
    told = figures(score_detail({"ingredients": ["Salt ", "salt", "oil"]}, {"ingredients": ["salt", "oil"]}, asked))
    assert told["ingredients F1"] == 0.8


def test_gold_that_says_nothing_of_a_list_is_not_a_zero() -> None:
    assert metrics_of([("s", score_detail({}, {}, (make_field("ingredients", "list"),)))]) == ()


def test_records_are_matched_best_first_and_need_half_of_their_gold_fields() -> None:
    gold = [{"case_name": "Roe v. Doe", "date_filed": "2024-01-02", "document_url": "https://x.example/a.pdf"}]
    half = {"case_name": "Roe v. Doe", "date_filed": "2024-01-02T00:00:00", "document_url": "/b.pdf"}
    less = {"case_name": "Other", "date_filed": "2024-01-02"}
    told = figures(score_records([less, half], gold, CASE, "roe v doe"))
    assert (told["record P"], told["record R"]) == (0.5, 1.0)
    assert told["document_url F1"] == 0.0
    assert figures(score_records([less], gold, CASE, "roe v doe"))["record F1"] == 0.0


def test_a_title_that_is_not_on_the_page_is_not_asked_for() -> None:
    gold = [{"case_name": "Board of Directors", "date_filed": "2024-01-02"}]
    given = [{"date_filed": "2024-01-02"}]
    assert figures(score_records(given, gold, CASE, "Meetings: 2 January"))["record F1"] == 1.0


def test_a_page_without_records_is_right_when_none_are_given_and_wrong_when_some_are() -> None:
    assert figures(score_records([], [], CASE, ""))["record F1"] == 1.0
    assert figures(score_records([{"case_name": "x"}], [], CASE, ""))["record F1"] == 0.0


def test_the_time_of_day_is_told_apart_from_the_day() -> None:
    gold = [{"date_filed": "2024-01-02T09:30:00"}]
    told = figures(score_records([{"date_filed": "2024-01-02"}], gold, CASE, ""))
    assert (told["date_filed F1"], told["date_filed to the minute"]) == (1.0, 0.0)


def test_names_survive_case_punctuation_and_party_words_and_nothing_more() -> None:
    assert same_name("STATE OF OHIO, Appellee, vs. SMITH, et al.", "State of Ohio v. Smith")
    assert not same_name("State v. Smith", "State v. Jones")


def test_links_are_compared_by_path_and_query() -> None:
    assert same_link("https://a.example/x%20y/?id=1", "http://b.example/x y?id=1")
    assert not same_link("/f?id=1", "/f?id=2")


def test_words_are_a_bag_and_kinds_have_their_own_figure() -> None:
    gold = ContentGold(main_content="one two two three", must_have=("two three",), must_lack=("menu",))
    told = figures(score_content("two one three menu", gold, "article"))
    assert (told["word F1"], told["word F1, article"]) == (0.75, 0.75)
    assert (told["snippets kept"], told["snippets left out"]) == (0.0, 0.0)


def test_a_page_whose_gold_text_is_empty_is_unscored() -> None:
    assert metrics_of([("s", score_content("text", ContentGold(main_content=" "), "product"))]) == ()


PAGER = "<base href='/list/'><li class='next'><a href='?p=3#top'>Next</a></li><a class='prev' href='?p=1'>Back</a>"


@pytest.mark.parametrize(
    ("given_url", "selector", "right"),
    [
        ("https://a.example/list/?p=3", ".next", 1.0),
        ("https://a.example/list/?p=1", ".next", 0.0),
        ("", "", 1.0),
        ("https://a.example/list/?p=3", "", 0.0),
        ("", ".next", 0.0),
    ],
)
def test_the_next_url_is_right_when_the_gold_link_leads_there_and_none_when_there_is_none(
    given_url: str, selector: str, right: float
) -> None:
    scored = score_pagination(given_url, PaginationGold(next=selector), parse(PAGER), "https://a.example/x")
    assert figures(scored)["next URL"] == right


def test_links_behind_a_selector_are_absolute_and_without_fragment() -> None:
    assert next_links(parse(PAGER), ".next", "https://a.example/x") == {"https://a.example/list/?p=3"}


def test_cells_count_wherever_they_stand_and_again_at_their_place() -> None:
    told = figures(score_table([["a", "b"], ["2", "1"]], [["A ", "b"], ["1", "2"]]))
    assert (told["cell F1"], told["cell F1 in place"], told["header"]) == (1.0, 0.5, 1.0)


def test_gold_that_lost_its_line_breaks_is_told_apart_from_cells_read_wrong() -> None:
    told = figures(score_table([["Race 1 Time"], ["12.5"]], [["Race 1Time"], ["12.6"]]))
    assert (told["cell F1"], told["cell F1, spaces aside"]) == (0.0, 0.5)


def test_the_deviation_is_drawn_by_site_so_that_one_site_has_none() -> None:
    right, wrong = (Tally("m", 1.0),), (Tally("m", 0.0),)
    assert metrics_of([("a", right), ("a", wrong)])[0].deviation == 0.0
    spread = metrics_of([("a", right), ("b", wrong), ("c", right), ("d", wrong)])[0]
    assert 0.15 < spread.deviation < 0.35
    assert metrics_of([("a", right), ("b", wrong)]) == metrics_of([("b", wrong), ("a", right)])


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["case_name", "date_filed"]), st.text("abc", min_size=1), min_size=1),
        max_size=5,
    )
)
def test_records_scored_against_themselves_are_all_right(records: list[dict[str, str]]) -> None:
    text = " ".join(value for record in records for value in record.values())
    scored = figures(score_records(records, records, CASE, text))
    assert (scored["record R"], scored["count ratio"]) == (1.0, 1.0)
