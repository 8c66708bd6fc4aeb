"""The goal templates that Forage ships with."""

from __future__ import annotations

from domain.fields import Field, checked_fields, make_field
from domain.goal_templates import Category, GoalTemplate, Parameter


def _fields(text: str) -> tuple[Field, ...]:
    """`"name! price:price tags:list"`: with `!` a record must have it."""
    made = []
    for part in text.split():
        name, _, type_name = part.rstrip("!").partition(":")
        made.append(make_field(name, type_name or None, required=part.endswith("!")))
    return checked_fields(tuple(made))


def _asks(name: str, description: str, example: str) -> Parameter:
    return Parameter(name=name, description=description, example=example)


def _may(name: str, description: str, example: str, default: str = "") -> Parameter:
    return Parameter(name=name, description=description, example=example, required=False, default=default)


_PLACE = _asks("location", "A city, a region or a country, with a capital letter.", "New York City")
_TOPIC = _asks("topic", "What they are about, in a few words.", "renewable energy")

GOAL_TEMPLATES: tuple[GoalTemplate, ...] = (
    GoalTemplate(
        slug="local-businesses",
        name="Local businesses",
        category=Category.LOCAL,
        description="Businesses of one kind in one place, with how to reach them.",
        goal="{kind} in {location} with contact details",
        fields=_fields("name! address phone email website rating reviews:integer opening_hours"),
        parameters=(_asks("kind", "The kind of business, in the plural.", "coffee roasters"), _PLACE),
    ),
    GoalTemplate(
        slug="restaurants",
        name="Restaurants",
        category=Category.LOCAL,
        description="Restaurants in one place: cuisine, price range, rating and how to book.",
        goal="[{cuisine} ]restaurants in {location}[ rated at least {min_rating} stars]",
        fields=_fields("name! cuisine address phone website rating price_range opening_hours"),
        parameters=(
            _may("cuisine", "The cuisine or diet.", "vegan"),
            _PLACE,
            _may("min_rating", "The lowest rating, 1 to 5.", "4"),
        ),
    ),
    GoalTemplate(
        slug="medical-practices",
        name="Medical practices",
        category=Category.LOCAL,
        description="Dentists, doctors and clinics in one place, with contact details.",
        goal="{specialty} in {location} with contact details",
        fields=_fields("name! specialty address phone email website rating opening_hours"),
        parameters=(_asks("specialty", "Who is looked for, in the plural.", "dentists"), _PLACE),
    ),
    GoalTemplate(
        slug="hotels",
        name="Hotels",
        category=Category.TRAVEL,
        description="Hotels in one place with price a night, rating and website.",
        goal="hotels in {location}[ under {max_price} dollars per night]",
        fields=_fields("name! address price:price currency rating reviews:integer amenities:list website"),
        parameters=(_PLACE, _may("max_price", "The highest price a night, in dollars.", "150")),
    ),
    GoalTemplate(
        slug="attractions",
        name="Museums and attractions",
        category=Category.TRAVEL,
        description="What there is to see in a place: address, opening hours, entry fee.",
        goal="{kind} in {location}",
        fields=_fields("name! address opening_hours price:price phone website description"),
        parameters=(_may("kind", "What to see, in the plural.", "museums", default="museums"), _PLACE),
    ),
    GoalTemplate(
        slug="product-prices",
        name="Product prices",
        category=Category.SHOPPING,
        description="One kind of product across shops: name, price, brand, availability.",
        goal="{product}[ under {max_price} dollars]",
        fields=_fields("name! price:price! currency brand sku availability rating url"),
        parameters=(
            _asks("product", "The product, in the plural.", "wireless headphones"),
            _may("max_price", "The highest price, in dollars.", "200"),
        ),
    ),
    GoalTemplate(
        slug="shop-catalogue",
        name="A shop's catalogue",
        category=Category.SHOPPING,
        description="Every product of a shop's list, page by page: made for schedules that feed a pool.",
        goal="products",
        url="{url}",
        max_results=1000,
        fields=_fields("name! price:price! currency sku availability rating image url"),
        parameters=(_asks("url", "The list, as a browser shows it.", "https://shop.example/kitchen"),),
    ),
    GoalTemplate(
        slug="product-reviews",
        name="Product reviews",
        category=Category.SHOPPING,
        description="What buyers say of one product: author, rating, date, text.",
        goal="reviews of {product}",
        fields=_fields("author rating! date text! title url"),
        parameters=(_asks("product", "The product's name.", "the Kettle 3000"),),
    ),
    GoalTemplate(
        slug="used-cars",
        name="Used cars",
        category=Category.SHOPPING,
        description="Offers of one model: price, year, mileage, seller.",
        goal="used {model} cars[ in {location}][ under {max_price} dollars]",
        fields=_fields("name! price:price! currency year:integer mileage:number fuel location:address url"),
        parameters=(
            _asks("model", "Make and model.", "Volvo V60"),
            _may("location", "A city, a region or a country, with a capital letter.", "Bavaria"),
            _may("max_price", "The highest price, in dollars.", "20000"),
        ),
    ),
    GoalTemplate(
        slug="job-listings",
        name="Job listings",
        category=Category.WORK,
        description="Open positions: title, company, place, salary, date.",
        goal="{role} jobs in {location}",
        fields=_fields("title! company! location:address salary employment_type date_posted:date url"),
        parameters=(_asks("role", "The profession.", "data engineer"), _PLACE),
    ),
    GoalTemplate(
        slug="real-estate",
        name="Homes for rent or sale",
        category=Category.HOUSING,
        description="Flats and houses in one place: price, rooms, area, address.",
        goal="{kind} for {deal} in {location}[ with at least {bedrooms} bedrooms][ under {max_price} dollars]",
        fields=_fields("title! price:price! currency address bedrooms:integer bathrooms:integer area url"),
        parameters=(
            _may("kind", "What sort of home, in the plural.", "apartments", default="apartments"),
            _may("deal", "rent or sale.", "rent", default="rent"),
            _PLACE,
            _may("bedrooms", "How many at least.", "2"),
            _may("max_price", "The highest price, in dollars.", "3000"),
        ),
    ),
    GoalTemplate(
        slug="events",
        name="Events",
        category=Category.LEISURE,
        description="What is on in a place: when, where, how much.",
        goal="{kind} in {location}",
        fields=_fields("name! start_date:date! end_date:date location:address price:price organizer url"),
        parameters=(_may("kind", "What sort, in the plural.", "concerts", default="events"), _PLACE),
    ),
    GoalTemplate(
        slug="recipes",
        name="Recipes",
        category=Category.LEISURE,
        description="Recipes for a dish: ingredients, time, servings, rating.",
        goal="{dish} recipes",
        fields=_fields("title! ingredients:list! total_time:duration servings author rating url"),
        parameters=(_asks("dish", "The dish.", "chickpea curry"),),
    ),
    GoalTemplate(
        slug="podcasts",
        name="Podcasts",
        category=Category.LEISURE,
        description="Podcasts about a topic: host, publisher, feed.",
        goal="podcasts about {topic}",
        fields=_fields("name! host description publisher language url"),
        parameters=(_TOPIC,),
    ),
    GoalTemplate(
        slug="books",
        name="Books",
        category=Category.LEISURE,
        description="Books about a topic: author, publisher, year, ISBN, price.",
        goal="books about {topic}",
        fields=_fields("title! author isbn publisher published:date price:price rating url"),
        parameters=(_TOPIC,),
    ),
    GoalTemplate(
        slug="news-articles",
        name="News articles",
        category=Category.NEWS,
        description="Articles about a topic: headline, author, date, summary.",
        goal="news articles about {topic}[ published since {since}]",
        fields=_fields("title! author published:date summary:description source url"),
        parameters=(_TOPIC, _may("since", "The first day, as 2026-11-01.", "2026-01-01")),
    ),
    GoalTemplate(
        slug="press-releases",
        name="Press releases",
        category=Category.NEWS,
        description="What an organisation announces on its own pages.",
        goal="press releases",
        url="{url}",
        max_results=100,
        fields=_fields("title! published:date! summary:description url"),
        parameters=(_asks("url", "The page that lists them.", "https://company.example/press"),),
    ),
    GoalTemplate(
        slug="research-papers",
        name="Research papers",
        category=Category.RESEARCH,
        description="Papers about a topic: authors, journal, DOI, abstract.",
        goal="papers about {topic}[ published since {since}]",
        fields=_fields("title! authors:list published:date journal doi:identifier abstract url"),
        parameters=(_TOPIC, _may("since", "The first year or day.", "2024")),
    ),
    GoalTemplate(
        slug="courses",
        name="Courses",
        category=Category.RESEARCH,
        description="Courses and classes about a topic: provider, price, start.",
        goal="courses about {topic}[ in {location}]",
        fields=_fields("title! provider price:price duration start_date:date language url"),
        parameters=(_TOPIC, _may("location", "A place, with a capital letter.", "London")),
    ),
    GoalTemplate(
        slug="companies",
        name="Companies",
        category=Category.BUSINESS,
        description="Companies of an industry in a place: what they do, how large, where.",
        goal="{industry} companies in {location}",
        fields=_fields("name! website industry location:address founded employees:integer description"),
        parameters=(_asks("industry", "The industry.", "solar energy"), _PLACE),
    ),
    GoalTemplate(
        slug="company-contacts",
        name="A company's contact details",
        category=Category.BUSINESS,
        description="Phone, e-mail, address and profiles from a company's own site.",
        goal="contact details of the company",
        url="{url}",
        max_results=1,
        fields=_fields("name! phone email address opening_hours vat_number:identifier"),
        parameters=(_asks("url", "The site, or its contact page.", "https://company.example/contact"),),
    ),
    GoalTemplate(
        slug="team-pages",
        name="People of a team",
        category=Category.BUSINESS,
        description="Who works somewhere: name, role, e-mail, profile, from the team's own page.",
        goal="people",
        url="{url}",
        max_results=200,
        fields=_fields("name! role email phone bio:description image url"),
        parameters=(_asks("url", "The page that shows the team.", "https://company.example/team"),),
    ),
    GoalTemplate(
        slug="court-opinions",
        name="Court opinions",
        category=Category.PUBLIC,
        description="Opinions and rulings about a matter: case name, docket, court, date.",
        goal="court opinions about {topic}[ filed since {since}]",
        fields=_fields("name! docket court date judge:person url"),
        parameters=(
            _asks("topic", "The matter, in a few words.", "trademark dilution"),
            _may("since", "The first year or day.", "2020"),
        ),
    ),
    GoalTemplate(
        slug="government-tenders",
        name="Government tenders",
        category=Category.PUBLIC,
        description="Public tenders: buyer, deadline, value, reference.",
        goal="government tenders for {what} in {location}",
        fields=_fields("title! buyer reference:identifier published:date deadline:date value:price url"),
        parameters=(_asks("what", "What is to be bought or built.", "road maintenance"), _PLACE),
    ),
    GoalTemplate(
        slug="software-changelogs",
        name="Software changelogs",
        category=Category.SOFTWARE,
        description="Releases from a changelog page: version, date, what changed.",
        goal="releases",
        url="{url}",
        max_results=100,
        fields=_fields("version! date changes:description url"),
        parameters=(_asks("url", "The changelog or release page.", "https://software.example/changelog"),),
    ),
    GoalTemplate(
        slug="software-tools",
        name="Software and tools",
        category=Category.SOFTWARE,
        description="Tools for a purpose: what they do, price, licence, website.",
        goal="{purpose} software",
        fields=_fields("name! description price:price license website rating"),
        parameters=(_asks("purpose", "What it is for.", "project management"),),
    ),
)
