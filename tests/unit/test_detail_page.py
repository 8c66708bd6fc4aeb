"""One thing a page is about: which of the many values around it are its own."""

from __future__ import annotations

import datetime as dt
import json

from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities
from agent.extract.reading import Ask, FoundValue
from domain.evidence import Method
from domain.fields import make_field, parse_fields
from domain.pages import FetchOutcome, Page, Via
from fetch.dom import describe, parse

URL = "https://shop.example/mugs/blue-mug"


def read(html: str, fields: str, url: str = URL) -> dict[str, FoundValue]:
    facts = describe(html, url)
    page = Page(
        id="p",
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK,
        via=Via.FILE,
        fetched_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        html=html,
        text=facts.text,
        title=facts.title,
        language=facts.language,
    )
    root = parse(html)
    return read_detail(root, page, Ask(fields=parse_fields(fields), many=False), embedded_entities(root, page))


def ld(value: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def texts(found: FoundValue) -> list[object]:
    return [item.raw if item.value is None else item.value for item in found.items]


SHOP = """<h1>Blue mug</h1><div class="product-detail"><s class="old-price">£12.00</s><span class="price">£9.50</span>
  <p>Art. No. 4711-B</p><button class="add-to-cart">Add to basket</button></div>
  <h2>You may also like</h2><div class="related">
  <div class="tile"><a href="/r"><b>Red mug</b><span class="price">£7.00</span></a></div>
  <div class="tile"><a href="/g"><b>Green mug</b><span class="price">£8.00</span></a></div></div>"""


def test_the_price_is_that_of_the_buy_box_not_the_old_one_and_not_another_things() -> None:
    price = read(SHOP, "price:number")["price"]
    assert (price.value, price.unit, price.raw, price.method) == (9.5, "GBP", "£9.50", Method.DETAIL)


def test_structured_price_stands_before_a_shown_one_and_the_shown_one_is_kept_as_conflict() -> None:
    offers = [{"@type": "Offer", "price": "11.00", "priceCurrency": "EUR"}, {"@type": "Offer", "price": "13.00"}]
    html = ld({"@type": "Product", "name": "Blue mug", "offers": offers}) + SHOP
    price = read(html, "price:number")["price"]
    assert (price.value, price.unit) == (11.0, "EUR")
    assert 9.5 in [conflict.value for conflict in price.conflicts]


def test_a_thing_in_a_list_of_others_is_not_what_the_page_is_about() -> None:
    others = {"@type": "ItemList", "itemListElement": [{"@type": "Product", "name": "Red mug", "sku": "R1"}]}
    html = ld([others, {"@type": "Product", "name": "Blue mug", "sku": "B1"}]) + SHOP
    assert read(html, "sku")["sku"].value == "B1"


def test_a_code_is_read_from_its_label_and_backed_by_attributes() -> None:
    assert read(SHOP, "sku")["sku"].value == "4711-B"


def test_a_page_without_a_code_gives_none() -> None:
    assert "sku" not in read("<h1>About mugs</h1><p>They hold coffee.</p>", "sku", "https://shop.example/about")


def test_a_thing_of_which_one_size_is_left_can_be_had() -> None:
    states = [{"@type": "Offer", "availability": f"https://schema.org/{state}"} for state in ("OutOfStock", "InStock")]
    html = ld({"@type": "Product", "name": "Blue mug", "offers": states}) + "<h1>Blue mug</h1>"
    assert read(html, "availability")["availability"].value == "InStock"


def test_a_button_that_cannot_be_pressed_sells_nothing() -> None:
    html = "<h1>Blue mug</h1><p>Sold out</p><button class='add-to-cart' disabled>Add to basket</button>"
    assert read(html, "availability")["availability"].value == "OutOfStock"


def test_a_page_that_says_nothing_of_stock_is_not_guessed_at() -> None:
    assert read("<h1>Blue mug</h1><p>A mug.</p>", "availability") == {}


def test_steps_of_sections_are_a_flat_list_under_their_headings() -> None:
    steps = [
        {"@type": "HowToSection", "name": "Dough", "itemListElement": [{"@type": "HowToStep", "text": "Mix."}]},
        {"@type": "HowToStep", "name": "Bake", "text": "Bake &amp; cool.<br>Serve."},
        {"@type": "HowToStep", "name": "Step 3", "text": "3. Eat."},
    ]
    html = ld({"@type": "Recipe", "name": "Bread", "recipeInstructions": steps})
    assert texts(read(html, "instructions:list")["instructions"]) == ["Dough", "Mix.", "Bake & cool. Serve.", "Eat."]


def test_left_over_spaces_and_brackets_are_no_part_of_an_ingredient_but_stay_in_what_is_quoted() -> None:
    html = ld({"@type": "Recipe", "name": "Soup", "recipeIngredient": ["1 onion , diced", "salt ((to taste))"]})
    found = read(html, "ingredients:list")["ingredients"]
    assert texts(found) == ["1 onion, diced", "salt (to taste)"]
    assert found.items[0].raw == "1 onion , diced"
    assert found.items[1].source_path == "script[0]$.recipeIngredient[1]"


def test_lists_without_embedded_data_are_found_under_their_headings() -> None:
    html = """<h1>Suppe</h1><h2>Zutaten</h2><ul><li>1 Zwiebel</li><li>Salz</li></ul><h2>Zubereitung</h2>
      <p>1. Schneiden.</p><p>2. Kochen.</p><h2>Mehr Rezepte</h2><ul><li>Brot</li></ul>"""
    found = read(html, "ingredients:list,instructions:list")
    assert texts(found["ingredients"]) == ["1 Zwiebel", "Salz"]
    assert texts(found["instructions"]) == ["Schneiden.", "Kochen."]


def test_a_total_that_is_not_told_is_the_sum_of_its_parts_and_quotes_the_longest() -> None:
    html = ld({"@type": "Recipe", "name": "Stew", "prepTime": "PT15M", "cookTime": "PT2H"})
    total = read(html, "total_time:number")["total_time"]
    assert (total.value, total.raw) == (135, "PT2H")


def test_a_title_is_without_what_the_site_adds() -> None:
    html = "<meta property='og:site_name' content='Tea House'><meta property='og:title' content='Blue mug | Tea House'>"
    assert read(html, "title")["title"].raw == "Blue mug"
    assert read(html + "<h1>Blue mug</h1>", "title")["title"].raw == "Blue mug"


def test_a_dash_within_a_name_is_part_of_it() -> None:
    assert read(ld({"@type": "Product", "name": "Mug - blue"}), "title")["title"].raw == "Mug - blue"


def test_label_and_value_pairs_answer_for_fields_that_no_data_names() -> None:
    html = """<h1>Mug</h1><dl><dt>Material:</dt><dd>Porcelain</dd></dl>
      <table><tr><th>Weight</th><td>300 g</td></tr></table>
      <p>Colour: deep blue</p>"""
    found = read(html, "material,weight,color")
    assert {name: value.raw for name, value in found.items()} == {
        "material": "Porcelain",
        "weight": "300 g",
        "color": "deep blue",
    }
    assert found["material"].method is Method.DEFINITIONS


def test_two_sources_that_agree_are_both_named() -> None:
    html = ld({"@type": "Product", "name": "Blue mug", "brand": {"@type": "Brand", "name": "Acme"}}) + (
        "<div itemscope itemtype='https://schema.org/Product'><b itemprop='name'>Blue mug</b>"
        "<i itemprop='brand'>ACME</i></div>"
    )
    brand = read(html, "brand")["brand"]
    assert (brand.raw, brand.method, brand.agreeing) == ("Acme", Method.JSON_LD, (Method.MICRODATA,))


def test_a_byline_is_an_author_without_its_by() -> None:
    assert read("<h1>News</h1><p>By Jane Roe</p><p>Text.</p>", "author")["author"].raw == "Jane Roe"


def test_without_asked_fields_the_usual_ones_that_the_data_has_are_told() -> None:
    html = ld({"@type": "Product", "name": "Blue mug", "brand": "Acme", "recipeIngredient": ["a", "b"]})
    page = Page(
        id="p",
        url=URL,
        final_url=URL,
        outcome=FetchOutcome.OK,
        via=Via.FILE,
        fetched_at=dt.datetime.now(dt.UTC),
        html=html,
    )
    root = parse(html)
    found = read_detail(root, page, Ask(), embedded_entities(root, page))
    assert {"title", "brand", "ingredients"} <= set(found)
    assert make_field("ingredients", "list").many


def test_list_marks_and_empty_decimals_are_no_part_of_a_line() -> None:
    html = ld({"@type": "Recipe", "name": "Soup", "recipeIngredient": ["- 2.0 onions", "• 1.5 l water", "salt"]})
    assert texts(read(html, "ingredients:list")["ingredients"]) == ["2 onions", "1.5 l water", "salt"]
