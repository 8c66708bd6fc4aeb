"""A page that could not have its data, since its scripts wanted it of a host that may not be asked."""

from __future__ import annotations

from extract_pages import page_of, shop
from msgspec.structs import replace

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import make_field

HEADLINE = "<h1>Boats</h1><ul></ul><script>1</script>"
ASKS = (Ask(fields=(make_field("name"), make_field("price"))), Ask(), Ask(fields=(make_field("name"),)))


def test_the_headline_of_a_page_without_its_data_is_no_record():
    page = replace(page_of(HEADLINE), refused=("10.0.0.1",))
    assert [read_page(page, ask).candidates for ask in ASKS] == [(), (), ()]


def test_what_such_a_page_shows_all_the_same_is_read():
    page = replace(page_of(shop(5)), refused=("10.0.0.1",))
    assert [len(read_page(page, ask).candidates) for ask in ASKS] == [5, 5, 5]
    about_one = "<h1>Oak boat</h1><p class=price>$90.00</p>"
    assert len(read_page(replace(page_of(about_one), refused=("10.0.0.1",)), ASKS[0]).candidates) == 1


def test_the_one_fact_that_is_asked_of_such_a_page_is_read():
    page = replace(page_of("<h1>Oak boat</h1><p class=price>$90.00</p>"), refused=("10.0.0.1",))
    assert len(read_page(page, Ask(fields=(make_field("price"),))).candidates) == 1
