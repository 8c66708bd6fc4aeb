from pathlib import Path

import pytest

from domain.errors import InvalidInput
from forage.asking import OF_A_GOAL, OF_A_URL, Asked, make_request, parse_condition
from forage.output import check_writable, chosen_format


def test_a_url_is_read_and_words_after_it_are_its_goal():
    request = make_request(["https://shop.example/list", "products", "under 20"])
    assert (request.url, request.goal) == ("https://shop.example/list", "products under 20")


@pytest.mark.parametrize("words", [["dentists", "in", "Bristol"], ["dentists in Bristol"]])
def test_a_goal_may_be_typed_with_or_without_quotes(words):
    assert make_request(words).goal == "dentists in Bristol"


def test_a_goal_that_mentions_a_site_is_no_url():
    assert make_request(["prices on shop.example"]).url == ""
    assert make_request(["c++: books"]).url == ""


@pytest.mark.parametrize(
    "typed", ["shop.example/kitchen", "www.shop.example", "127.0.0.1:8101/kitchen", "localhost:80"]
)
def test_a_url_without_its_scheme_is_not_searched_for(typed):
    with pytest.raises(InvalidInput, match=f"https://{typed}"):
        make_request([typed])
    assert make_request([f"books about {typed}"]).url == ""
    assert make_request(["node.js"]).goal == "node.js"


def test_a_url_wants_all_it_has_and_a_goal_ten():
    assert make_request(["https://shop.example/"]).max_results == OF_A_URL
    assert make_request(["dentists"]).max_results == OF_A_GOAL
    assert make_request(["dentists"], Asked(min_results=40)).max_results == 40
    assert make_request(["dentists"], Asked(max_results=3)).max_results == 3


def test_nothing_to_look_for_is_refused():
    with pytest.raises(InvalidInput):
        make_request(["  "])


@pytest.mark.parametrize(
    ("asked", "out", "form"),
    [
        (None, None, "table"),
        (None, "x.csv", "csv"),
        (None, "x.XLSX", "xlsx"),
        (None, "x", "json"),
        ("jsonl", "x.csv", "jsonl"),
    ],
)
def test_the_name_of_a_file_says_its_format_unless_one_is_asked(asked, out, form):
    assert chosen_format(asked, Path(out) if out else None) == form


def test_a_table_is_no_file():
    with pytest.raises(InvalidInput):
        chosen_format("table", Path("x.txt"))


def test_a_file_that_says_a_format_nobody_writes_is_not_filled_with_another():
    with pytest.raises(InvalidInput, match="pdf"):
        chosen_format(None, Path("x.pdf"))
    assert chosen_format("csv", Path("x.pdf")) == "csv"


def test_a_file_that_cannot_be_written_is_told_before_the_run(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(InvalidInput, match="taken"):
        check_writable(tmp_path / "taken" / "x.csv")
    check_writable(tmp_path / "new" / "folder" / "x.csv")


@pytest.mark.parametrize("text", ["price <> 3", "price < > 3", "price => 3", "price == 3"])
def test_two_comparisons_in_a_row_are_refused_and_the_second_is_no_value(text: str):
    with pytest.raises(InvalidInput, match="write it as"):
        parse_condition(text)


@pytest.mark.parametrize("text", ["price < twenty", "price >= cheap or rating > 4", "rating > 4 or price < cheap"])
def test_more_or_less_than_a_word_is_refused_and_not_left_unclear(text: str):
    with pytest.raises(InvalidInput, match="a number or a date"):
        parse_condition(text)
    assert parse_condition("published >= 5 May 2024").value == "5 May 2024"


def test_a_language_that_is_no_code_is_refused_and_not_planned_in():
    with pytest.raises(InvalidInput, match="two letters"):
        make_request(["cafes"], Asked(language="german"))
