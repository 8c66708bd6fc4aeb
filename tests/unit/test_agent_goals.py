"""Goals as people write them, in seven languages, and what each is understood to mean."""

from __future__ import annotations

import pytest
from goals_abroad import GOALS_ABROAD, Meant

from agent.planner.rules import plan_by_rules
from domain.fields import parse_fields
from domain.requests import GoalRequest

GOALS = (
    Meant(
        "Find dentists in New York City with contact details",
        "dentist",
        "New York City",
        "name phone email address website",
    ),
    Meant("coffee roasters in Port Ellery", "coffee roaster", "Port Ellery"),
    Meant(
        "I'm looking for affordable co-working spaces in Berlin with prices and opening hours",
        "co-working space",
        "Berlin",
        "name price opening_hours",
        unchecked=("affordable",),
    ),
    Meant(
        "Get me a list of 50 SaaS companies that raised a Series A in 2024",
        "saas company",
        count=50,
        checks=("date = 2024",),
        unchecked=("Series A",),
    ),
    Meant("Which museums in Amsterdam are free on Sundays?", "museum", "Amsterdam", unchecked=("free on Sundays",)),
    Meant(
        "Used Toyota Corolla cars for sale in Texas under $15,000",
        "used toyota corolla car",
        "Texas",
        checks=("price < 15000 USD",),
    ),
    Meant(
        "Show me remote Python developer jobs posted since March 2026 with salary",
        "remote python developer job",
        fields="title salary",
        checks=("date_posted >= 2026-03",),
    ),
    Meant(
        "upcoming jazz concerts in Chicago this weekend",
        "jazz concert",
        "Chicago",
        unchecked=("upcoming", "this weekend"),
    ),
    Meant(
        "Compile a spreadsheet of US universities offering marine biology degrees, with tuition and website",
        "us university",
        fields="name tuition website",
        unchecked=("marine biology",),
    ),
    Meant(
        "All the Michelin-starred restaurants in Tokyo, with address and chef",
        "michelin-starred restaurant",
        "Tokyo",
        "name address chef",
    ),
    Meant(
        "cheap hotels in Rome between €50 and €100 per night with breakfast included",
        "hotel",
        "Rome",
        checks=("price between 50 and 100 EUR",),
        unchecked=("cheap", "breakfast"),
    ),
    Meant(
        "recipes for vegan lasagne with ingredients and cooking time",
        "recipe for vegan lasagne",
        fields="title ingredients cooking_time",
    ),
    Meant("recipes with chickpeas", "recipe with chickpeas"),
    Meant(
        "Names and emails of computer science professors at Stanford",
        "computer science professor",
        "Stanford",
        "name email",
    ),
    Meant(
        "top 10 wireless noise cancelling headphones under $200",
        "wireless noise cancelling headphone",
        count=10,
        checks=("price < 200 USD",),
    ),
    Meant("Collect the phone numbers and addresses of plumbers in Leeds", "plumber", "Leeds", "name phone address"),
    Meant(
        "List every national park in Canada with its area and year founded",
        "national park",
        "Canada",
        "name area year_founded",
    ),
    Meant(
        "Find me three-bedroom houses for rent in Austin, Texas below $2500 a month",
        "three-bedroom house",
        "Austin, Texas",
        checks=("price < 2500 USD", "bedrooms = 3"),
    ),
    Meant(
        "Can you find all craft breweries within Portland, Oregon and their websites",
        "craft brewery",
        "Portland, Oregon",
        "name website",
    ),
    Meant(
        "I need 20 yoga studios in San Francisco rated above 4.5 stars",
        "yoga studio",
        "San Francisco",
        count=20,
        checks=("rating > 4.5",),
    ),
    Meant(
        "gluten-free bakeries in Bristol open on Sunday",
        "gluten-free bakery",
        "Bristol",
        checks=("opening_hours open on sunday",),
    ),
    Meant(
        "government tenders for road construction in Kenya with deadline",
        "government tender for road construction",
        "Kenya",
        "name deadline",
    ),
    Meant(
        "science fiction books published after 2015 by women",
        "science fiction book",
        checks=("published > 2015",),
        unchecked=("by women",),
    ),
    Meant("novels by Ursula Le Guin under £10", "novel", checks=("author contains Ursula Le Guin", "price < 10 GBP")),
    Meant(
        "Compare prices of the iPhone 15 Pro across shops",
        "iphone 15 pro",
        fields="name price",
        unchecked=("across shops",),
    ),
    Meant(
        "podcasts about machine learning, title, host, feed url",
        "podcast about machine learning",
        fields="title host feed_url",
    ),
    Meant(
        "venture capital firms in Europe investing in climate tech",
        "venture capital firm",
        "Europe",
        unchecked=("climate tech",),
    ),
    Meant("who are the members of the Bundestag", "member of the bundestag"),
    Meant("wheelchair accessible playgrounds in Manchester", "wheelchair accessible playground", "Manchester"),
    Meant(
        "Give me 15 pet-friendly cafes in Lisbon with wifi",
        "pet-friendly cafe",
        "Lisbon",
        count=15,
        unchecked=("wifi",),
    ),
    Meant(
        "list of Fortune 500 companies headquartered in Texas with CEO and revenue",
        "fortune 500 company",
        "Texas",
        "name ceo revenue",
    ),
    Meant(
        "second-hand road bikes under £500 in Scotland",
        "second-hand road bike",
        "Scotland",
        checks=("price < 500 GBP",),
    ),
    Meant(
        "free museums in London open on Monday",
        "museum",
        "London",
        checks=("opening_hours open on monday", "price = 0"),
    ),
    Meant("museums in Paris with free entry", "museum", "Paris", checks=("price = 0",)),
    Meant("24 hour pharmacies in Dublin with phone number", "24 hour pharmacy", "Dublin", "name phone"),
    Meant(
        "What are the best Italian restaurants near Covent Garden, London?",
        "italian restaurant",
        "Covent Garden, London",
        unchecked=("best", "near Covent Garden"),
    ),
    Meant(
        "family-run hotels near Lake Garda with a pool",
        "family-run hotel",
        "Lake Garda",
        unchecked=("near Lake Garda", "with a pool"),
    ),
    Meant(
        "apartments with at least 2 bedrooms in Boston under $3,000",
        "apartment",
        "Boston",
        checks=("price < 3000 USD", "bedrooms >= 2"),
    ),
    Meant("laptops with at least 16 GB and under 1200 euros", "laptop", checks=("price < 1200 EUR", "memory >= 16")),
    Meant(
        "opinions of the Supreme Court filed since March 2024, with docket number",
        "opinion of the supreme court",
        fields="name docket_number",
        checks=("date >= 2024-03",),
    ),
    Meant(
        "Restaurants in Brooklyn open on Saturday and Sunday under $20",
        "restaurant",
        "Brooklyn",
        checks=("opening_hours open on saturday, sunday", "price_range < 20 USD"),
    ),
    Meant("scrape product names and prices from https://shop.example.com/list", "product", fields="name price"),
    Meant("quotes about life: text, author, tags", "quote about life", fields="text author tags"),
    Meant("dentists in new york city", "dentist", "new york city"),
    Meant(
        "people who won the Nobel Prize in Physics since 2010",
        "person",
        checks=("date >= 2010",),
        unchecked=("Nobel Prize",),
    ),
    *GOALS_ABROAD,
)


def formal(condition):
    value = condition.value
    shown = " and ".join(f"{end:g}" for end in value) if isinstance(value, tuple) else value
    shown = f"{shown:g}" if isinstance(shown, float) else shown
    return f"{condition.field} {condition.comparison} {shown} {condition.unit}".strip()


def test_the_table_is_long_and_in_seven_languages():
    assert len({meant.goal for meant in GOALS}) >= 60
    assert {meant.language for meant in GOALS} == {"de", "en", "es", "fr", "it", "nl", "pt"}


@pytest.mark.parametrize("meant", GOALS, ids=lambda meant: meant.goal)
def test_what_a_goal_means(meant):
    plan = plan_by_rules(GoalRequest(goal=meant.goal))
    assert (plan.entity, plan.location, plan.count) == (meant.entity, meant.place, meant.count)
    checks = {formal(condition) for condition in plan.conditions if condition.comparison != "in"}
    assert checks == set(meant.checks)
    assert plan.language == meant.language
    if meant.fields:
        assert [field.name for field in plan.fields if field.required] == meant.fields.split()
    else:
        assert any("fields are" in note for note in plan.notes)
    for words in meant.unchecked:
        assert any(words in note for note in plan.notes), plan.notes


@pytest.mark.parametrize("meant", [meant for meant in GOALS if meant.place], ids=lambda meant: meant.goal)
def test_a_place_is_a_condition_unless_near_it_will_do(meant):
    plan = plan_by_rules(GoalRequest(goal=meant.goal, fields=parse_fields("name,address")))
    places = [condition.value for condition in plan.conditions if condition.comparison == "in"]
    assert places == ([] if any("near" in words for words in meant.unchecked) else [meant.place])


@pytest.mark.parametrize("fields", ["", "name,phone", "name,office_address"])
def test_a_place_is_checked_where_a_field_tells_it_and_keeps_apart_no_list_without_one(fields):
    asked = parse_fields(fields) if fields else ()
    plan = plan_by_rules(GoalRequest(goal="dentists in Leeds", fields=asked))
    places = [condition.field for condition in plan.conditions if condition.comparison == "in"]
    assert places == {"": ["address"], "name,phone": [], "name,office_address": ["office_address"]}[fields]
    assert not asked or plan.fields == asked
