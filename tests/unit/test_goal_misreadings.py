"""Goals whose words look like a demand, a place or a field, and are another one or none."""

from __future__ import annotations

import pytest

from agent.planner.rules import plan_by_rules
from domain.requests import GoalRequest


def planned(goal):
    return plan_by_rules(GoalRequest(goal=goal))


def conditions(goal):
    return [condition.formal for condition in planned(goal).conditions]


def told(goal):
    return " | ".join(planned(goal).notes)


@pytest.mark.parametrize(
    ("goal", "thing", "location"),
    [
        ("Books in English", "book in english", ""),
        ("Courses in Python", "course in python", ""),
        ("Movies in French", "movie in french", ""),
        ("jobs in marketing", "job in marketing", ""),
        ("Jobs in Marketing in London", "job in marketing", "London"),
        ("jobs in IT in Munich", "job in it", "Munich"),
        ("nobel prize winners in chemistry", "nobel prize winner in chemistry", ""),
        ("Konzerte im Mai in Köln", "konzerte", "Köln"),
        ("hotels in Reading", "hotel", "Reading"),
    ],
)
def test_a_language_a_trade_or_a_month_is_no_place(goal, thing, location):
    plan = planned(goal)
    assert (plan.entity, plan.location) == (thing, location)
    assert [each.formal for each in plan.conditions if each.comparison.value == "in"] == (
        [f"{each.field} in {location}" for each in plan.conditions] if location else []
    )


@pytest.mark.parametrize(
    "goal",
    ["Papers in Nature", "rulings in the Northern District of California", "Recipes in Provence"],
)
def test_a_work_has_no_address_to_be_checked(goal):
    assert conditions(goal) == []
    assert "not checked: in " in told(goal)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("jobs with Python and SQL", []),
        ("jobs with Visa sponsorship", []),
        ("jobs at Google", ["company contains Google"]),
        ("professors of physics at MIT", ["organization contains MIT"]),
        ("people with Parkinson", []),
        ("car from bmw built after 2018", ["year > 2018"]),
        ("internships starting September 2026", ["start_date >= 2026-09"]),
        ("restaurants that won a prize in 2024", []),
        ("laptops made after 2023", []),
        ("companies founded after 2015", ["founded > 2015"]),
        ("board games published after 2015", []),
        ("whisky over 12 years old under £60", ["price < 60 GBP"]),
        ("companies with revenue over $10 million", ["revenue > 10000000 USD"]),
        ("schools with tuition below $30k", ["tuition < 30000 USD"]),
        ("Konzerte im Mai 2026", ["start_date = 2026-05"]),
        ("conciertos en julio de 2026", ["start_date = 2026-07"]),
        ("concerts entre mars et mai 2026", ["start_date >= 2026-03", "start_date <= 2026-05"]),
        ("maisons à vendre à moins de 200 000 euros", ["price < 200000 EUR"]),
        ("mieszkania do 500 000 zł", ["price <= 500000 PLN"]),
        ("квартиры до 5 млн рублей", ["price <= 5000000 RUB"]),
        ("guesthouses ¥10,000 max", ["price <= 10000 JPY"]),
        ("find dog groomers with ratings above 4.5", ["rating > 4.5"]),
        ("рестораны с рейтингом выше 4.5", ["rating > 4.5"]),
        ("hotels with a rating between 7 and 9", ["rating between 7 and 9"]),
    ],
)
def test_a_demand_is_on_the_field_that_it_is_about_or_on_none(goal, expected):
    assert conditions(goal) == expected


@pytest.mark.parametrize(
    ("goal", "count"),
    [
        ("apartments with at least 60 m2", None),
        ("podcasts with at least 100 episodes", None),
        ("chicken recipes with at most 5 ingredients", None),
        ("at least 30 dentists in Hull", 30),
        ("dentists in Hull, at least 30", 30),
        ("dentists in Hull (min. 30 results)", 30),
        ("dentists in Hull with phone numbers, at least 30 dentists", 30),
    ],
)
def test_a_number_of_something_else_is_not_how_many_are_wanted(goal, count):
    assert planned(goal).count == count


@pytest.mark.parametrize(
    ("goal", "names"),
    [
        ("chicken recipes with at most 5 ingredients", None),
        ("vector databases with MIT license", None),
        ("restaurants in Rome with name, Italian cuisine", {"name"}),
        ("dentists with phne numbers and adress", {"name", "phone", "address"}),
        ("papers with doi and authors", {"title", "doi", "authors"}),
        ("chocolate recipes with ingredients, sorted by rating", {"title", "ingredients"}),
        ("plumbers with 24h emergency service, phone and website", {"name", "phone", "website"}),
        ("companies with LinkedIn profile and email", {"name", "linkedin_profile", "email"}),
    ],
)
def test_what_a_field_must_be_is_no_field(goal, names):
    plan = planned(goal)
    named = {field.name for field in plan.fields if field.required}
    if names is None:
        assert len(named) == 1  # what the thing is called: the goal names none
    else:
        assert named == names


def test_a_misspelt_field_is_put_right_and_told():
    assert "'phne numbers' is taken for phone" in told("dentists with phne numbers and adress")


@pytest.mark.parametrize(
    ("goal", "note"),
    [
        ("wine from france", "not checked: 'from france'"),
        ("wines or beer", "not checked: 'wines or beer'"),
        ("monitors cheapest first", "cheapest first"),
        ("cake recipes, sorted by rating", "sorted by rating"),
        ("flea markets in Lyon on Sundays", "on Sundays"),
        ("hostels in Lisbon near the beach", "near the beach"),
        ("hiking trails in Wales longer than 10 km", "longer than 10 km"),
        ("tvs 55 inch or larger", "55 inch or larger"),
        ("campsites in Brittany open in April", "open in April"),
        ("agencies in Brussels excl. freelancers", "excl. freelancers"),
    ],
)
def test_what_is_left_to_the_search_is_told(goal, note):
    assert note in told(goal)


@pytest.mark.parametrize(
    ("goal", "thing", "location"),
    [
        ("gimme emails of yoga teachers in bali pls", "yoga teacher", "bali"),
        ("need hotels in Leeds asap", "hotel", "Leeds"),
        ("whats the best cafes in Bath thx", "cafe", "Bath"),
        ("hotels in Bath w/ phone", "hotel", "Bath"),
        ("hostels near the beach", "hostel", ""),
        ("hôtels à Nice pas plus de 100 euros la nuit", "hôtels", "Nice"),
        ("flats to rent in Leeds under £900 pcm", "flat", "Leeds"),
        ("software under $10 per user per month", "software", ""),
    ],
)
def test_casual_words_and_periods_are_no_part_of_the_thing(goal, thing, location):
    plan = planned(goal)
    assert (plan.entity, plan.location) == (thing, location)


@pytest.mark.parametrize("goal", ["car washes Sheffield", "supreme court cases 2023", "monitors cheapest first"])
def test_a_query_makes_no_plural_of_what_is_no_noun(goal):
    queries = " ".join(planned(goal).queries)
    assert not any(wrong in queries for wrong in ("sheffields", "2023s", "firsts"))


@pytest.mark.parametrize(
    ("goal", "field"),
    [
        ("boulangeries à Lyon ouvertes le dimanche", "cuisine"),
        ("coches de segunda mano", "mileage"),
        ("case in vendita a Firenze sotto i 300.000 euro", "bedrooms"),
        ("Ferienwohnungen in Kiel", "reviews"),
        ("Stellenangebote als Erzieher in Dresden", "salary"),
    ],
)
def test_a_plural_in_its_own_language_is_of_its_type(goal, field):
    assert field in {each.name for each in planned(goal).fields}


@pytest.mark.parametrize(
    "goal",
    [
        "οδοντίατροι στην Αθήνα",
        "ร้านอาหารในกรุงเทพ",
        "tandläkare i Stockholm med telefon",
    ],
)
def test_a_goal_in_a_language_that_is_not_read_is_searched_for_as_it_stands(goal):
    assert planned(goal).queries == (goal,)
    assert "not understood: the goal's language" in told(goal)
