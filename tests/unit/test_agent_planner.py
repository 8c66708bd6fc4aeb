"""Goals by rules: what is understood, and that the rest is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planner import make_plan
from agent.planner.catalogue import CATALOGUE, default_fields, type_of
from agent.planner.grammar import parse_goal
from agent.planner.lexicon import number
from agent.planner.rules import plan_by_rules
from domain.fields import parse_fields
from domain.plans import Comparison, Plan, PlannedBy
from domain.requests import GoalRequest


@pytest.mark.parametrize(
    ("goal", "entity", "location"),
    [
        ("Find dentists in New York City with contact details", "dentist", "New York City"),
        ("dentists in new york city", "dentist", "new york city"),
        ("Please give me a list of vegan restaurants near Covent Garden", "vegan restaurant", "Covent Garden"),
        ("List of universities in Canada (name, city, website)", "university", "Canada"),
        ("Finde Zahnärzte in München mit Adresse und Telefon", "zahnärzte", "München"),
        ("Trouve les restaurants à Lyon avec nom et adresse", "restaurants", "Lyon"),
        ("Busca hoteles en Madrid con precio y valoración", "hoteles", "Madrid"),
        ("Trova musei a Roma con indirizzo e orari", "musei", "Roma"),
        ("who are the CEOs of fortune 500 companies", "ceo of fortune 500 companies", ""),
        ("recipes with chickpeas with ingredients and total time", "recipe with chickpeas", ""),
        ("Names and phone numbers of plumbers in Leeds", "plumber", "Leeds"),
        ("Compare prices of wireless headphones", "wireless headphone", ""),
    ],
)
def test_the_thing_and_the_place(goal, entity, location):
    parsed = parse_goal(goal)
    assert (parsed.entity, parsed.location) == (entity, location)


@pytest.mark.parametrize(
    ("goal", "fields"),
    [
        ("dentists with phone numbers and e-mail", "name phone email"),
        ("Find dentists in Leeds with contact details", "name phone email address website"),
        ("laptops: name, price, battery life", "name price battery_life"),
        ("laptops, columns: name, price per unit", "name price_per_unit"),
        ("books in Dutch. I need title, author and ISBN.", "title author isbn"),
        ("hotels in Rome (name, price, opening hours)", "name price opening_hours"),
        ("hiking trails in Colorado, difficulty, length", "name difficulty length"),
        ("restaurants in Lyon avec nom, adresse, téléphone", "name address phone"),
        ("quotes about life: text, author, tags", "text author tags"),
        ("dentists with phone numbers in Berlin", "name phone"),
        ("Extract all product names and prices", "name price"),
        ("company names, phone numbers and websites", "name phone website"),
    ],
)
def test_the_fields_that_a_goal_names(goal, fields):
    parsed = parse_goal(goal)
    assert [field.name for field in parsed.fields] == fields.split()
    assert all(field.required for field in parsed.fields)


@pytest.mark.parametrize(
    "goal", ["restaurants with outdoor seating in Rome", "hotels with a pool", "dentists in Leeds"]
)
def test_a_quality_is_no_field(goal):
    assert parse_goal(goal).fields == ()


@pytest.mark.parametrize(
    ("goal", "count"),
    [
        ("find 30 vegan restaurants", 30),
        ("at least 50 laptops under $800", 50),
        ("top 10 science fiction books", 10),
        ("books under £20, at least 20 results", 20),
        ("find me a dozen podcasts", 12),
        ("dentists in Leeds", None),
        ("apartments with at least 2 bedrooms", None),
        ("hotels rated at least 4 stars", None),
        ("fortune 500 companies", None),
        ("find 5000 restaurants", 1000),
    ],
)
def test_how_many(goal, count):
    assert parse_goal(goal).count == count


@pytest.mark.parametrize(
    ("goal", "condition"),
    [
        ("laptops under $800", ("price", Comparison.LESS, 800)),
        ("laptops for at most 1,200 euros", ("price", Comparison.AT_MOST, 1200)),
        ("hotels between €80 and €150 per night", ("price", Comparison.BETWEEN, (80, 150))),
        ("laptops 500-800 USD", ("price", Comparison.BETWEEN, (500, 800))),
        ("Hotels unter 100 Euro", ("price", Comparison.LESS, 100)),
        ("hôtels à moins de 100 euros", ("price", Comparison.LESS, 100)),
        ("jobs with salary over 100k", ("salary", Comparison.GREATER, 100_000)),
        ("restaurants rated above 4.5", ("rating", Comparison.GREATER, 4.5)),
        ("hotels with at least 4 stars", ("rating", Comparison.AT_LEAST, 4)),
        ("4+ star hotels", ("rating", Comparison.AT_LEAST, 4)),
        ("books published after 2015", ("published", Comparison.GREATER, "2015")),
        ("opinions filed since March 2024", ("date", Comparison.AT_LEAST, "2024-03")),
        ("companies founded after 2015", ("founded", Comparison.GREATER, "2015")),
        ("concerts in Vienna in March 2026", ("start_date", Comparison.EQUAL, "2026-03")),
        ("cities with population over 1 million", ("population", Comparison.GREATER, 1_000_000)),
        ("apartments with at least 2 bedrooms", ("bedrooms", Comparison.AT_LEAST, 2)),
    ],
)
def test_a_demand_becomes_a_condition_with_the_goals_own_words(goal, condition):
    (found,) = parse_goal(goal).conditions
    assert (found.field, found.comparison, found.value) == condition
    assert found.text in goal


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        ("coffee shops near me", "near me"),
        ("VC firms that invest in climate tech", "that invest in climate tech"),
        ("jobs posted in the last 7 days", "last 7 days"),
    ],
)
def test_what_is_not_understood_is_said(goal, told):
    assert any(told in note for note in parse_goal(goal).notes)


@pytest.mark.parametrize(
    ("goal", "language"),
    [
        ("Finde alle Zahnärzte in München mit Adresse", "de"),
        ("Trouve les restaurants à Lyon avec adresse", "fr"),
        ("Busca los hoteles en Madrid con precio", "es"),
        ("Trova i musei di Roma con indirizzo", "it"),
        ("find the best restaurants in Lyon", "en"),
        ("restaurants Lyon", "en"),
    ],
)
def test_the_language_of_a_goal(goal, language):
    assert parse_goal(goal).language == language


def test_urls_and_sites_in_a_goal_are_its_first_sources():
    plan = plan_by_rules(GoalRequest(goal="books on books.example.org and https://shop.example.com/list with price"))
    assert plan.sources == ("https://shop.example.com/list", "https://books.example.org/")
    assert plan.queries[0].startswith("site:books.example.org ")


def test_the_whole_goal_is_asked_before_its_parts():
    plan = plan_by_rules(GoalRequest(goal="Find dentists in Leeds with phone"))
    assert plan.queries[:2] == ("Find dentists in Leeds with phone", "dentists Leeds")
    assert len(plan.queries) == len({query.casefold() for query in plan.queries}) >= 4


def test_fields_come_from_the_caller_then_the_goal_then_the_kind_of_thing():
    goal = "dentists in Leeds with phone"
    asked = plan_by_rules(GoalRequest(goal=goal, fields=parse_fields("practice,fax")))
    assert [field.name for field in asked.fields] == ["practice", "fax"]
    assert [field.name for field in plan_by_rules(GoalRequest(goal=goal)).fields] == ["name", "phone"]
    by_type = plan_by_rules(GoalRequest(goal="dentists in Leeds"))
    assert "website" in {field.name for field in by_type.fields}
    assert any("Dentist" in note for note in by_type.notes)


def test_what_is_in_a_place_and_of_no_known_type_is_read_as_a_business():
    plan = plan_by_rules(GoalRequest(goal="coffee roasters in Port Ellery"))
    assert [field.name for field in plan.fields] == ["name", "address", "phone", "website", "rating"]
    assert "guess" in plan.notes[0]


def test_a_currency_sign_alone_is_no_field():
    assert [field.name for field in plan_by_rules(GoalRequest(goal=": $ and name")).fields] == ["name"]


def test_a_condition_has_its_field_read_too():
    plan = plan_by_rules(GoalRequest(goal="hotels rated above 4.5", fields=parse_fields("name")))
    assert [field.name for field in plan.fields] == ["name", "rating"]
    plan = plan_by_rules(GoalRequest(goal="hotels under 100 euros", fields=parse_fields("name,price_per_night")))
    assert [condition.field for condition in plan.conditions] == ["price_per_night"]


async def test_a_url_alone_leaves_nothing_to_plan():
    planned = await make_plan(GoalRequest(url="http://a.test/", fields=parse_fields("name")), None)
    assert planned.plan.planned_by is PlannedBy.CALLER
    assert planned.plan.queries == planned.plan.sources == ()


async def test_the_callers_plan_wins():
    plan = Plan(goal="x", fields=(), planned_by=PlannedBy.CALLER)
    assert (await make_plan(GoalRequest(goal="dentists", plan=plan), None)).plan is plan


@pytest.mark.parametrize("entity", CATALOGUE, ids=lambda entity: entity.name)
def test_every_type_is_found_by_its_words_and_has_its_name_first(entity):
    fields = default_fields(entity)
    assert fields[0].required
    assert len({field.name for field in fields}) == len(fields)
    word = sorted(entity.words)[0]
    assert type_of(f"cheap {word}") is entity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200),
        ("1.200", 1200),
        ("1.5k", 1500),
        ("4,5", 4.5),
        ("2 million", 2e6),
        ("dozen", 12),
        ("12.99", 12.99),
    ],
)
def test_numbers_as_people_write_them(text, value):
    assert number(text) == value


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_planned(text):
    plan = plan_by_rules(GoalRequest(goal=text or "x"))
    assert all(0 < len(query) <= 300 for query in plan.queries)
    assert len({field.name for field in plan.fields}) == len(plan.fields)


WORDS = st.sampled_from(
    [
        "find",
        "30",
        "dentists",
        "in",
        "Berlin",
        "with",
        "phone,",
        "and",
        "price",
        "under",
        "$",
        "20",
        "rated",
        "above",
        "4.5",
        "stars",
        "(",
        ")",
        ":",
        "at",
        "least",
        "of",
        "from",
        "the",
        "near",
        "me",
        "https://a.test/x",
        "books.test",
        "published",
        "after",
        "2015",
        "between",
        "5",
        "and",
        "10",
        "euros",
        "that",
        "open",
        "columns:",
        "name",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=25))
def test_any_jumble_of_a_goals_words_is_planned(words):
    plan = plan_by_rules(GoalRequest(goal=" ".join(words) or "x"))
    assert plan.count is None or 1 <= plan.count <= 1000
