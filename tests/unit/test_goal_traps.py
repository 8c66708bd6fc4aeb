"""Goals as people write them, by the trap that each sets: what a careful reader expects of the plan, and what is told.

A row is a goal, its thing, and then what the plan says: its place, each condition, the fields that the goal names, a
count, a language other than English, and each phrase that the notes tell. A row says all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from agent.planner.rules import plan_by_rules
from domain.requests import GoalRequest

SUBJECTS = {
    "several places, one of which is enough": """
        pubs in Hull or Leeds | pub | place: Hull or Leeds | is: address in Hull or address in Leeds
        pubs in hull or leeds | pub | place: hull or leeds | is: address in hull or address in leeds
        dentists in Hull and Leeds | dentist | place: Hull and Leeds | is: address in Hull and Leeds or address in \
                    Hull or address in Leeds
        Hotels in Tyne and Wear | hotel | place: Tyne and Wear | is: address in Tyne and Wear or address in Tyne or \
                    address in Wear
        dentists in Berlin, Hamburg or Munich with phone numbers | dentist | place: Berlin, Hamburg or Munich | \
                    fields: name phone
        law firms in Austin, Texas or Portland, Oregon | law firm | place: Austin, Texas or Portland, Oregon | is: \
                    address in Austin, Texas or address in Portland, Oregon
        Zahnärzte in Köln oder Bonn | zahnärzte | place: Köln oder Bonn | is: address in Köln or address in Bonn | \
                    language: de
        dentistes à Lyon ou Grenoble avec téléphone | dentistes | place: Lyon ou Grenoble | fields: name phone | \
                    language: fr
        hoteles en Madrid o Barcelona por menos de 100 euros | hoteles | place: Madrid o Barcelona | is: price < 100 \
                    EUR | is: address in Madrid or address in Barcelona | language: es
        ristoranti a Roma o Milano | ristoranti | place: Roma o Milano | is: address in Roma or address in Milano | \
                    language: it
        tandartsen in Utrecht of Amsterdam | tandartsen | place: Utrecht of Amsterdam | is: address in Utrecht or \
                    address in Amsterdam | language: nl
        Find 40 independent coffee shops in Bristol or Bath that open before 8am, with their address, phone and \
                    website, rated at least 4.5 stars | independent coffee shop | place: \
            Bristol or Bath | is: rating >= 4.5 | \
                    is: address in Bristol or address in Bath | fields: name address \
            phone website | count: 40 | told: that open \
                    before 8am
        jobs in Berlin or remote | job | place: Berlin | told: in Berlin or remote
        hotels in Leeds or near York | hotel | place: Leeds or near York | told: near Leeds or near York
        Wohnungen in Köln oder Bonn zur Miete unter 900 Euro | wohnungen | place: Köln oder Bonn | is: price < 900 \
                    EUR | is: address in Köln or address in Bonn | language: de
        vacatures in Gent of Brugge met salaris | vacatures | place: Gent of Brugge | fields: title salary | \
                    language: nl
        museus em Lisboa ou Porto com horário e preço | museus | place: Lisboa ou Porto | fields: name opening_hours \
                    price | language: pt
        musei a Firenze o Siena aperti la domenica | musei | place: Firenze o Siena | is: opening_hours open on \
                    sunday | is: address in Firenze or address in Siena | language: it
    """,
    "a maker is no place": """
        phones from Nokia | phone | is: brand contains Nokia
        shoes by Adidas under $80 | shoe | is: brand contains Adidas | is: price < 80 USD
        laptops from Lenovo or Dell | laptop | is: brand contains Lenovo or brand contains Dell
        boeken van Harry Mulisch onder de 20 euro | boeken | is: author contains Harry Mulisch | is: price < 20 EUR \
                    | language: nl
        livres de Victor Hugo à moins de 10 euros | livres | is: author contains Victor Hugo | is: price < 10 EUR | \
                    language: fr
        Bücher von Max Frisch unter 20 Euro | bücher | is: author contains Max Frisch | is: price < 20 EUR | \
                    language: de
        libros de Isabel Allende | libro | is: author contains Isabel Allende
        papers by Hinton after 2015 | paper | is: authors contains Hinton | is: published > 2015
        papers by Geoffrey Hinton after 2015 | paper | is: authors contains Geoffrey Hinton | is: published > 2015
        software engineer jobs at Google in London | software engineer job | place: London | is: company contains \
                    Google | is: location in London
        wines from France under £15 | wine from france | is: price < 15 GBP | told: from France
        startups from Estonia | startup | place: Estonia | is: location in Estonia
        movies directed by Christopher Nolan | movie | is: director contains Christopher Nolan
        movies starring Tom Hanks released before 2000 | movie | is: year < 2000 | told: starring Tom Hanks
        books by Ursula Le Guin or Ted Chiang | book | is: author contains Ursula Le Guin or author contains Ted \
                    Chiang
        books not by Stephen King | book | is: author not contains Stephen King
        phones not from Apple | phone | is: brand not contains Apple
    """,
    "in stock and in a size are no places": """
        in stock laptops | laptop | is: availability = InStock
        laptops in stock | laptop | is: availability = InStock
        laptops that are in stock under $900 | laptop | is: availability = InStock | is: price < 900 USD
        lieferbare Laptops | laptop | is: availability = InStock
        ordinateurs en stock | ordinateur | is: availability = InStock
        shoes in size 10 | shoe | is: size = 10
        red dresses in size M under £40 | red dress | is: size = M | is: price < 40 GBP
        Schuhe in Größe 42 | schuhe | is: size = 42 | language: de
        courses in machine learning | course in machine learning
        shoes in size 9 or 10 | shoe | is: size = 9 or size = 10
        laptops not in stock | laptop | told: not in stock
    """,
    "one of two bounds is enough": """
        tools under $20 or over $100 | tool | is: price < 20 USD or price > 100 USD
        hotels under $20 or over $100 a night | hotel | is: price < 20 USD or price > 100 USD
        products cheaper than 10 dollars or free | product | is: price < 10 USD or price = 0
        hotels under £50 or so in Leeds | hotel | place: Leeds | is: price < 50 GBP | is: address in Leeds
        hotels in Leeds under £50 or with a pool | hotel | place: Leeds | is: address in Leeds | told: under £50 or \
                    with a pool
        cafes rated over 4.5 or with more than 1000 reviews in Leeds | cafe | place: Leeds | is: rating > 4.5 or \
                    reviews > 1000 | is: address in Leeds
        not under £20 or over £50 tools | tool | is: price >= 20 GBP | is: price <= 50 GBP
    """,
    "dates with their days, and none without a year": """
        events on or after 5 May | event | told: on or after 5 May
        events on 5 May 2026 | event | is: start_date = 2026-05-05
        concerts since January | concert | told: since January
        concerts after 1 June 2025 in Berlin | concert | place: Berlin | is: start_date > 2025-06-01 | is: location \
                    in Berlin
        concerts before 2026-03-01 | concert | is: start_date < 2026-03-01
        court cases filed between March and May 2024 | court case | is: date >= 2024-03 | is: date <= 2024-05
        court cases filed between 1 March 2024 and 31 May 2024 | court case | is: date >= 2024-03-01 | is: date <= \
                    2024-05-31
        cheapest flights from London to Rome in May | flight from london to rome | told: in May | told: \
                    cheapest | told: from London to Rome
        books published between 2010 and 2015 | book | is: published >= 2010 | is: published <= 2015
        companies with more than 50 employees founded after 2015 in Munich | company | place: Munich | is: employees \
                    > 50 | is: founded > 2015 | is: location in Munich
        news about climate change from last week | news about climate change | told: from last week
        vacancies posted in the last 7 days | vacancy | told: posted in the last 7 days
        events this weekend in Leeds | event | place: Leeds | is: location in Leeds | told: this weekend
        events between 3 and 9 June 2026 in Bath | event | place: Bath | is: start_date >= 2026-06-03 | is: \
                    start_date <= 2026-06-09 | is: location in Bath
        conferences on AI in Europe before June 2026 | conference on ai | place: Europe | is: start_date < 2026-06 | \
                    is: location in Europe
    """,
    "what no reader of dates read names no thing": """
        Konzerte in Wien ab 1. Juni 2026 | konzerte | place: Wien | is: start_date >= 2026-06-01 | is: location in Wien
        events in May or June 2026 in Leeds | event | place: Leeds | is: location in Leeds | told: in May or June 2026
        hotels in Rio de Janeiro | hotel | place: Rio de Janeiro | is: address in Rio de Janeiro
        apartments in Madrid or near the beach | apartment | place: Madrid | told: in Madrid or near the beach
    """,
    "what a dish is made without": """
        recipes without nuts | recipe | is: ingredients not contains nut | told: without nuts
        recipes with chicken but without cream | recipe with chicken | is: ingredients not contains cream | told: \
                    but without cream
        vegan recipes with no nuts | vegan recipe | is: ingredients not contains nut | told: with no nuts
        Rezepte ohne Zucker | rezepte | is: ingredients not contains Zucker | told: ohne Zucker
        recettes sans gluten | recette | is: ingredients not contains gluten | told: sans gluten
        レシピ 鶏肉 | レシピ | language: ja | told: 鶏肉
    """,
    "counts, ratings, numbers in words": """
        at least 30 dentists in Leeds | dentist | place: Leeds | is: address in Leeds | count: 30
        top 10 universities in Canada | university | place: Canada | is: location in Canada | count: 10
        no more than 5 bakeries in Lyon | bakery | place: Lyon | is: address in Lyon | count: 5
        restaurants in Rome with 4 star or better | restaurant | place: Rome | is: rating >= 4 | is: address in Rome
        4 star or better hotels in Rome | hotel | place: Rome | is: rating >= 4 | is: address in Rome
        hiring remote python jobs paying over 80k | hiring remote python job | is: salary > 80000
        remote python jobs paying over $80k | remote python job | is: salary > 80000 USD
        2-bedroom flats to rent in Leeds under £1200 a month | 2-bedroom flat | place: Leeds | is: price < 1200 GBP \
                    | is: bedrooms = 2 | is: address in Leeds
        emails of CTOs of fintech startups in Berlin | cto of fintech startups | place: Berlin | fields: name email
        cheapest flights | flight | told: cheapest
        twenty-five cafes in Bristol | cafe | place: Bristol | is: address in Bristol | count: 25
        a dozen florists in Bath | florist | place: Bath | is: address in Bath | count: 12
        used cars under 10000 km and under 15000 euros | used car | is: price < 15000 EUR | is: mileage < 10000
        cars with less than 50,000 miles | car | is: mileage < 50000
        houses with 3 to 5 bedrooms in Kent | house | place: Kent | is: bedrooms between 3 and 5 | is: address in \
                    Kent
        apartments in Berlin from 800 to 1200 euros | apartment | place: Berlin | is: price between 800 and 1200 EUR \
                    | is: address in Berlin
        laptops with 16GB RAM | laptop | is: memory = 16
        python libraries for PDF parsing with license and stars | python library for pdf parsing | fields: name \
                    license rating
        electric cars with range over 400 km | electric car | is: range > 400
        five bakeries in Bath, name and phone | bakery | place: Bath | fields: name phone | count: 5
        the 3 cheapest hotels in Oslo | hotel | place: Oslo | is: address in Oslo | count: 3 | told: cheapest
    """,
    "hours of the day": """
        pharmacies open now in Leeds | pharmacy | place: Leeds | is: address in Leeds | told: open now
        restaurants open on Sunday after 6pm in York | restaurant | place: York | is: opening_hours open on sunday | \
                    is: address in York | told: after 6pm
        museums in Paris closed on Tuesday | museum | place: Paris | is: opening_hours closed on tuesday | is: \
                    address in Paris
        restaurants in Paris open after 10pm | restaurant | place: Paris | is: address in Paris | told: open after \
                    10pm
        Restaurants in Wien, die am Sonntag geöffnet sind, mit Telefon und Webseite | restaurants | place: Wien | \
                    is: opening_hours open on sunday | fields: name phone website | language: de
    """,
    "in other languages": """
        стоматологи в Москве с телефоном | стоматологи | place: Москве | fields: name phone | language: ru | told: \
                    Москве
        dentyści w Krakowie z telefonem | dentyści | place: Krakowie | fields: name phone | language: pl | told: \
                    Krakowie
        東京の歯医者 電話番号 | 歯医者 | place: 東京 | fields: name phone | language: ja
        рестораны в Санкт-Петербурге с адресом и рейтингом | рестораны | place: Санкт-Петербурге | fields: name \
                    address rating | language: ru | told: Санкт-Петербурге
        hotele w Warszawie do 300 zł | hotele | place: Warszawie | is: price <= 300 PLN | language: pl | told: \
                    Warszawie
        大阪のホテル 料金 | ホテル | place: 大阪 | fields: name price | language: ja
        ноутбуки до 50000 рублей | ноутбуки | is: price <= 50000 RUB | language: ru
        Wohnungen in Berlin mit mindestens 3 Zimmern unter 1500 Euro | wohnungen | place: Berlin | is: price < 1500 \
                    EUR | is: rooms >= 3 | is: address in Berlin | language: de
        appartements à louer à Lyon de 2 chambres maximum 900 euros | appartements | place: Lyon | is: price <= 900 \
                    EUR | is: bedrooms = 2 | is: address in Lyon | language: fr
        pisos en alquiler en Sevilla con 2 habitaciones por menos de 800 euros | pisos | place: Sevilla | is: price \
                    < 800 EUR | is: bedrooms = 2 | is: address in Sevilla | language: es
        appartamenti in affitto a Torino sotto 700 euro | appartamenti | place: Torino | is: price < 700 EUR | is: \
                    address in Torino | language: it
        huizen te koop in Gent onder 300.000 euro | huizen | place: Gent | is: price < 300000 EUR | is: address in \
                    Gent | language: nl
        apartamentos para alugar em Lisboa até 1000 euros | apartamentos | place: Lisboa | is: price <= 1000 EUR | \
                    is: address in Lisboa | language: pt
        restauranger i Göteborg med telefonnummer | restauranger i göteborg med telefonnummer | told: the goal's \
                    language
        restauranter i København med adresse | restauranter i københavn med adresse | told: the goal's language
        北京的餐厅 电话 | 餐厅 | place: 北京 | fields: name phone | language: zh
        서울 치과 전화번호 | 치과 | place: 서울 | fields: name phone | language: ko
        مطاعم في دبي | مطاعم | place: دبي | is: address in دبي | language: ar
        аптеки в Казани, адрес и телефон | аптеки | place: Казани | fields: name address phone | language: ru | \
                    told: Казани
        znajdź restauracje w Gdańsku z adresem i oceną | restauracje | place: Gdańsku | fields: name address rating \
                    | language: pl | told: Gdańsku
        найди 20 ресторанов в Москве с адресом и телефоном | ресторанов | place: Москве | fields: name address phone \
                    | count: 20 | language: ru | told: Москве
        京都の美術館の営業時間と料金 | 美術館 | place: 京都 | fields: name opening_hours price | language: ja
        渋谷にあるカフェを教えてください | カフェ | place: 渋谷 | is: address in 渋谷 | language: ja
    """,
    "the rest of a sentence": """
        dentists near me | dentist | told: near me
        "vegan restaurants" in "Leeds" | vegan restaurant | place: Leeds | is: address in Leeds
        find me „Zahnärzte“ in Köln | zahnärzte | place: Köln | is: address in Köln
        DENTISTS IN LEEDS WITH PHONE NUMBERS | dentist | place: leeds | fields: name phone
        dentists in leeds with phone numbers | dentist | place: leeds | fields: name phone
        could you please get me a list of dentists in Leeds | dentist | place: Leeds | is: address in Leeds
        Hi, could you please get me a list of 20 dentists in Leeds? Thanks! | dentist | place: Leeds | is: address \
                    in Leeds | count: 20
        I would like to have a list of all the bookshops in Oxford, please | bookshop | place: Oxford | is: address \
                    in Oxford
        hotels in Paris with name, address and rating | hotel | place: Paris | is: address in Paris | fields: name \
                    address rating
        hotels in Paris with name plus address plus rating | hotel | place: Paris | is: address in Paris | fields: \
                    name address rating
        hotels in Paris with name as well as address | hotel | place: Paris | is: address in Paris | fields: name \
                    address
        hotels in Paris including name, phone and website | hotel | place: Paris | fields: name phone website
        hotels in Paris including prices | hotel | place: Paris | fields: name price
        I need names, addresses, phone numbers and, if possible, opening hours of pharmacies in Leeds that are open \
                    on Sunday | pharmacy | place: Leeds | is: opening_hours open on \
            sunday | is: address in Leeds | fields: name \
                    address phone opening_hours
        hotels with pool and wifi in Nice | hotel | place: Nice | is: address in Nice | told: with pool and wifi
        hotels with a pool or a spa in Nice | hotel | place: Nice | is: address in Nice | told: with a pool or a spa
        gratis Konzerte in Berlin | konzerte | place: Berlin | is: price = 0 | is: location in Berlin
        free museums in London | museum | place: London | is: price = 0 | is: address in London
        sushi restaurants in London, not in Soho | sushi restaurant | place: London | is: address in London | is: \
                    address not in Soho
        schools in Leeds rated outstanding | school | place: Leeds | is: location in Leeds | told: rated outstanding
        Get emails plus phone numbers for 15 law firms in Chicago | law firm | place: Chicago | fields: name email \
                    phone | count: 15
    """,
}


class Row(NamedTuple):
    """`said` are the plan's parts by their names, in order."""

    subject: str
    goal: str
    thing: str
    said: tuple[str, ...]

    def of(self, name: str) -> list[str]:
        return [part.removeprefix(f"{name}: ") for part in self.said if part.startswith(f"{name}: ")]


def rows() -> list[Row]:
    found = []
    for subject, table in SUBJECTS.items():
        for line in filter(str.strip, table.splitlines()):
            goal, thing, *said = " ".join(line.split()).split(" | ")
            found.append(Row(subject, goal, thing, tuple(said)))
    return found


ROWS = rows()


def plan(goal):
    return plan_by_rules(GoalRequest(goal=goal))


def test_the_table_is_long_and_in_many_languages():
    assert len({row.goal for row in ROWS}) >= 120
    assert len({language for row in ROWS for language in row.of("language")}) >= 9  # beside English


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.subject}: {row.goal}")
def test_a_goal_means(row):
    made = plan(row.goal)
    assert made.entity == row.thing
    assert [made.location] == (row.of("place") or [""])
    assert [condition.formal for condition in made.conditions] == row.of("is")
    assert [made.language] == (row.of("language") or ["en"])
    assert [str(made.count or "")] == (row.of("count") or [""])
    if fields := row.of("fields"):
        assert [field.name for field in made.fields if field.required] == fields[0].split()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.subject}: {row.goal}")
def test_what_is_not_checked_or_not_understood_is_told_and_nothing_else_is(row):
    notes = [note for note in plan(row.goal).notes if note.startswith("not ")]
    told = row.of("told")
    assert len(notes) == len(told), notes
    for words in told:
        assert any(words in note for note in notes), notes
