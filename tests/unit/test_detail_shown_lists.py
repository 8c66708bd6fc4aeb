"""Lists that a page shows and its data do not tell, and those that both do."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities
from agent.extract.reading import Ask
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.grounding import recheck
from evals.readers import saved_page
from fetch.dom import parse

BOTH = "ingredients:list,instructions:list"
MENU = """<nav><ul><li><div><a href="/ingredients">Ingredients</a></div><ul><li><a href="/r">Research</a></li>
  <li><a href="/s">Our store</a></li></ul></li></ul></nav>"""
HEADINGS = {
    "Polish": ("Składniki", "Sposób przygotowania"),
    "Danish": ("Ingredienser", "Fremgangsmåde"),
    "Turkish": ("Malzemeler", "Yapılışı"),
    "Japanese": ("材料", "作り方"),
    "Greek": ("Υλικά", "Εκτέλεση"),
    "Ukrainian": ("Інгредієнти", "Приготування"),
    "Portuguese": ("Ingredientes", "Modo de preparo"),
    "Dutch": ("Ingrediënten", "Bereidingswijze"),
}


def lists(body: str, fields: str = BOTH) -> dict[str, list[object]]:
    html = f"<html><body>{body}</body></html>"
    root, page = parse(html), saved_page("https://kitchen.example/soup", html)
    found = read_detail(root, page, Ask(fields=parse_fields(fields), many=False), embedded_entities(root, page))
    return {name: [item.raw if item.value is None else item.value for item in of.items] for name, of in found.items()}


def test_a_menu_that_is_called_ingredients_is_no_list_of_them() -> None:
    body = MENU + "<h1>Soup</h1><p><strong>Ingredients:</strong></p><ul><li>1 onion</li><li>2 eggs</li></ul>"
    assert lists(body)["ingredients"] == ["1 onion", "2 eggs"]


def test_of_two_lists_of_ingredients_the_one_with_amounts_is_told() -> None:
    body = """<h1>Soup</h1><h3>Why these ingredients</h3><ul><li>Onions are sweet and warm in taste</li>
      <li>Eggs bind what is loose</li></ul>
      <div><h2>Ingredients</h2><ul><li>1 onion</li><li>2 eggs</li></ul></div>"""
    assert lists(body)["ingredients"] == ["1 onion", "2 eggs"]


def test_the_steps_that_follow_under_one_roof_are_no_ingredients() -> None:
    body = """<h1>Soup</h1><section><h2>Ingredients</h2><div><ul><li>1 onion</li><li>2 eggs</li></ul></div>
      <div><p><b>Cooking instructions</b></p><ol><li>Cut the onion into thin rings.</li>
      <li>Fry the rings until they are brown.</li></ol></div><div><h3>Notes</h3><ul><li>Keeps for two days at most.</li>
      </ul></div></section>"""
    found = lists(body)
    assert found["ingredients"] == ["1 onion", "2 eggs"]
    assert found["instructions"] == ["Cut the onion into thin rings.", "Fry the rings until they are brown."]


def test_tabs_side_by_side_do_not_hide_the_list_below_them_and_amounts_come_first() -> None:
    box = "<div class='i'><p>{}</p><p>{}</p></div>"
    boxes = "".join(box.format(*pair) for pair in (("Onions", "2 pcs"), ("Flour", "300 g"), ("Milk", "0.5 l")))
    body = f"<h1>Soup</h1><div><div><h2>Ingredients</h2></div><div><h2>Preparation</h2></div></div><div>{boxes}</div>"
    assert lists(body) == {"ingredients": ["2 pcs Onions", "300 g Flour", "0.5 l Milk"]}


def test_buttons_among_the_lines_are_no_items() -> None:
    body = "<h1>Soup</h1><h2>Ingredients</h2><div><button>Metric</button>2 eggs<br>1 onion<br>salt</div>"
    assert lists(body)["ingredients"] == ["2 eggs", "1 onion", "salt"]


def test_a_list_that_stands_twice_for_two_widths_of_screen_is_told_once() -> None:
    once = "<ul><li>1 onion</li><li>2 eggs</li></ul>"
    assert lists(f"<h1>Soup</h1><h2>Ingredients</h2>{once}{once}")["ingredients"] == ["1 onion", "2 eggs"]


@pytest.mark.parametrize("language", HEADINGS)
def test_headings_of_many_languages(language: str) -> None:
    items, steps = HEADINGS[language]
    body = f"""<h1>Soup</h1><h2>{items}</h2><ul><li>2 a</li><li>3 b</li></ul>
      <h2>{steps}</h2><ol><li>aa bb cc dd ee ff.</li><li>gg hh ii jj kk ll.</li></ol>"""
    assert lists(body) == {"ingredients": ["2 a", "3 b"], "instructions": ["aa bb cc dd ee ff.", "gg hh ii jj kk ll."]}


def test_amounts_that_data_leave_out_are_read_from_the_page() -> None:
    data = {"@type": "Recipe", "name": "Soup", "recipeIngredient": ["onions", "white flour", "milk"]}
    shown = "<h2>Ingredients</h2><ul><li>2 onions</li><li>300 g white flour</li><li>milk</li></ul>"
    body = f"<script type='application/ld+json'>{json.dumps(data)}</script><h1>Soup</h1>{shown}"
    assert lists(body)["ingredients"] == ["2 onions", "300 g white flour", "milk"]
    assert lists(body.replace("300 g white flour", "300 g brown rice"))["ingredients"] == data["recipeIngredient"]


def test_a_step_of_several_stays_whole_and_one_text_of_all_is_cut_at_its_lines() -> None:
    def steps(told: object) -> list[object]:
        data = json.dumps({"@type": "Recipe", "name": "Soup", "recipeInstructions": told})
        return lists(f"<script type='application/ld+json'>{data}</script><h1>Soup</h1>")["instructions"]

    assert steps([{"@type": "HowToStep", "text": "Cut.\nFry."}, {"@type": "HowToStep", "text": "Serve."}]) == [
        "Cut. Fry.",
        "Serve.",
    ]
    assert steps("Cut.\nFry.\nServe.") == ["Cut.", "Fry.", "Serve."]


def test_a_step_with_line_breaks_is_found_again_in_the_data_that_escapes_them() -> None:
    steps = [{"@type": "HowToStep", "text": 'Cut "thin".\nFry 😀 it.'}, {"@type": "HowToStep", "text": "Serve."}]
    data = json.dumps({"@type": "Recipe", "name": "Soup", "recipeInstructions": steps})
    page = saved_page("https://kitchen.example/soup", f"<script type='application/ld+json'>{data}</script>")
    ask = Ask(fields=parse_fields("instructions:list"), many=False)
    told = read_page(page, ask).candidates[0].fields["instructions"]
    assert told.value == ['Cut "thin". Fry 😀 it.', "Serve."]
    assert told.evidence[0].quote in data
    again = recheck(told.evidence[0], told.value[0], ask.fields[0], page.text, page.html)
    assert (told.evidence[0].verdict, again) == (Verdict.SUPPORTED, Verdict.SUPPORTED)


@pytest.mark.parametrize("tick", ["▢ ", "☐", "✓ ", "• "])
def test_a_box_to_tick_before_an_item_is_no_part_of_it(tick: str) -> None:
    box = f"<input type=checkbox><label><span>{tick}</span></label>"
    items = "".join(f"<li>{box}<span>{item}</span></li>" for item in ("1 onion", "½ leek", "Salt"))
    assert lists(f"<h1>Soup</h1><h2>Ingredients</h2><ul>{items}</ul>")["ingredients"] == ["1 onion", "½ leek", "Salt"]


def test_buttons_beside_a_heading_are_not_its_list() -> None:
    bar = "<div><span><span>Scale</span><button>1x</button><button>2x</button></span></div>"
    body = f"""<h1>Soup</h1><div><div><div><h3>Ingredients</h3></div>{bar}</div>
      <div><ul><li>1 onion</li><li>2 eggs</li></ul></div></div>"""
    assert lists(body)["ingredients"] == ["1 onion", "2 eggs"]
