"""Goals in six languages other than English, and what each is understood to mean."""

from __future__ import annotations

from typing import NamedTuple


class Meant(NamedTuple):
    """`fields` are those that the goal names; `checks` the conditions, without the place's own."""

    goal: str
    entity: str
    place: str = ""
    fields: str = ""
    checks: tuple[str, ...] = ()
    count: int | None = None
    language: str = "en"
    unchecked: tuple[str, ...] = ()


GOALS_ABROAD = (
    # German
    Meant(
        "Finde Zahnärzte in München mit Adresse und Telefon",
        "zahnärzte",
        "München",
        "name address phone",
        language="de",
    ),
    Meant(
        "Suche 20 vegane Restaurants in Hamburg mit Öffnungszeiten",
        "vegane restaurants",
        "Hamburg",
        "name opening_hours",
        count=20,
        language="de",
    ),
    Meant(
        "Welche Museen in Berlin haben sonntags geöffnet?",
        "museen",
        "Berlin",
        checks=("opening_hours open on sunday",),
        language="de",
    ),
    Meant(
        "Liste aller Universitäten in Österreich mit Webseite",
        "universitäten",
        "Österreich",
        "name website",
        language="de",
    ),
    Meant(
        "Mietwohnungen in Köln unter 1000 Euro mit mindestens 3 Zimmern",
        "mietwohnungen",
        "Köln",
        checks=("price < 1000 EUR", "rooms >= 3"),
        language="de",
    ),
    Meant("gebrauchte Fahrräder unter 300 Euro", "gebrauchte fahrräder", checks=("price < 300 EUR",), language="de"),
    Meant("Hotels in Wien mit mindestens 4 Sternen", "hotels", "Wien", checks=("rating >= 4",), language="de"),
    Meant(
        "kostenlose Konzerte in Wien im März",
        "konzerte",
        "Wien",
        checks=("price = 0",),
        language="de",
        unchecked=("März",),
    ),
    Meant("Konzerte in Wien im März 2026", "konzerte", "Wien", checks=("start_date = 2026-03",), language="de"),
    # French
    Meant("Trouve les restaurants à Lyon avec nom et adresse", "restaurants", "Lyon", "name address", language="fr"),
    Meant(
        "Je cherche des appartements à louer à Paris à moins de 1500 euros",
        "appartements",
        "Paris",
        checks=("price < 1500 EUR",),
        language="fr",
    ),
    Meant("Quels sont les musées gratuits de Marseille ?", "musées", "Marseille", checks=("price = 0",), language="fr"),
    Meant(
        "Donne-moi une liste de 30 boulangeries ouvertes le dimanche à Bordeaux",
        "boulangeries",
        "Bordeaux",
        checks=("opening_hours open on sunday",),
        count=30,
        language="fr",
    ),
    Meant(
        "offres d'emploi de développeur web à Toulouse", "offres d'emploi de développeur web", "Toulouse", language="fr"
    ),
    Meant("liste des écoles de commerce en France", "écoles de commerce", "France", language="fr"),
    # Spanish
    Meant("Busca hoteles en Madrid con precio y valoración", "hoteles", "Madrid", "name price rating", language="es"),
    Meant(
        "Encuentra restaurantes veganos en Barcelona abiertos los domingos",
        "restaurantes veganos",
        "Barcelona",
        checks=("opening_hours open on sunday",),
        language="es",
    ),
    Meant("Necesito los teléfonos de fontaneros en Sevilla", "fontaneros", "Sevilla", "name phone", language="es"),
    Meant(
        "pisos en alquiler en Valencia por menos de 900 euros",
        "pisos",
        "Valencia",
        checks=("price < 900 EUR",),
        language="es",
    ),
    # Italian
    Meant("Trova musei a Roma con indirizzo e orari", "musei", "Roma", "name address opening_hours", language="it"),
    Meant(
        "Cerco 10 ristoranti a Milano aperti la domenica",
        "ristoranti",
        "Milano",
        checks=("opening_hours open on sunday",),
        count=10,
        language="it",
    ),
    Meant("elenco delle università in Toscana con sito web", "università", "Toscana", "name website", language="it"),
    # Dutch and Portuguese
    Meant(
        "Zoek tandartsen in Utrecht met adres en telefoon", "tandartsen", "Utrecht", "name address phone", language="nl"
    ),
    Meant("lijst van musea in Rotterdam met openingstijden", "musea", "Rotterdam", "name opening_hours", language="nl"),
    Meant(
        "Encontre restaurantes veganos em Lisboa com endereço",
        "restaurantes veganos",
        "Lisboa",
        "name address",
        language="pt",
    ),
    Meant("Quais são os museus de Porto com horário", "museus", "Porto", "name opening_hours", language="pt"),
)
