"""The words that goals are made of, in English, German, French, Spanish and Italian, as patterns."""

from __future__ import annotations

import re

from agent.words import fold

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}

_VERBS = """
    please|can you|could you|i(?: would|'d)? (?:need|want|like)(?: to)?|we need|i am looking for|i'm looking for|
    looking for|give me|show me|get me|find me|fetch me|build me|make me|find out|find|list(?! of)|get|collect|extract|
    scrape|gather|fetch|search for|search|look up|compile|build|create|make|compare|return|provide|prepare|produce|
    identify|show|
    know|what are|which are|who are|what is|which|who|where are|
    finde|suche|such|zeige?(?: mir)?|liste|sammle|gib mir|ich suche|ich brauche|
    trouve[rz]?(?:[- ]moi)?|cherche[rz]?|liste[rz]?|donne[rz]?[- ]moi|montre[rz]?(?:[- ]moi)?|je cherche|quels sont|
    quelles sont|
    encuentra|encuéntrame|busca|lista|dame|obtén|muestra|necesito|cuáles son|
    trova|trovami|cerca|elenca|dammi|mostra|cerco|quali sono
"""
_FILLERS = """
    a|an|the|all(?: of)?(?: the)?|some|my|me|us|any|every|each|list of|lists of|table of|database of|spreadsheet of|
    dataset of|directory of|names? of|up to|at least|at most|about|around|different|various|data on|data about|
    information on|information about|details? (?:of|for|on|about)|
    de|des|du|les?|la|los|las|el|der|die|das|ein|eine|einen|alle|toutes? les|tous les|todos los|todas las|
    tutti i|tutte le|gli|i|il|lo|una?|uno|unos|unas
"""
_WITH = """
    with(?: their| its| the)?|including|include|incl\\.?|showing|along with|together with|and their|and its|listing|
    mit|inklusive|samt|avec|y compris|con|incluyendo|incluso|compreso
"""
_TAIL_VERBS = """
    i want|i need|collect|get|include|return|give me|please include|extract|show|
    for each(?: one| of them)?,?(?: include)?
"""


def _any(words: str) -> str:
    return "|".join(part.strip() for part in words.replace("\n", "").split("|") if part.strip())


VERB = re.compile(rf"^\W*(?:{_any(_VERBS)})\b[\s:]*", re.I)
FILLER = re.compile(rf"^(?:{_any(_FILLERS)})\b\s*", re.I)
WITH = re.compile(rf"(?:,\s*)?\b(?:{_any(_WITH)})\s+", re.I)
TAIL = re.compile(rf"[.?!;]\s+(?:{_any(_TAIL_VERBS)})\s+(.+)$", re.I | re.S)
EXPLICIT_FIELDS = re.compile(
    r"(?:[,;.]|\s-|\s–|\bwith|\bwith the following)?\s*\b(?:fields?|columns?|attributes|felder|spalten|champs|colonnes|"
    r"campos|"
    r"columnas|campi)\s*(?::|are|=)\s*(.+)$",
    re.I | re.S,
)
AND = re.compile(r"\s*[,;/&]\s*|\s+(?:and|und|et|y|e|plus|as well as|or)\s+", re.I)
_PREPOSITIONS = {
    "de": "in|im|bei|auf|nahe|rund um",
    "en": "in|near|around|within|across|throughout",
    "es": "en|cerca de",
    "fr": "à|au|aux|en|dans|près de",
    "it": "a|ad|in|nei pressi di|vicino a",
}
CLAUSE = re.compile(
    r"\b(?:that|which|who|whose|where|offering|open(?: on)?|suitable|playable|recruiting|hiring|founded|owned|made|die|"
    r"qui|que|che)\b.+$",
    re.I,
)

# How goals name fields -> our name. Keys are folded, in the singular.
FIELD_NAMES: dict[str, str] = {
    fold(spelling): name
    for name, spellings in {
        "name": "name,names,nom,nombre,nome,naam,full name",
        "title": "title,titel,titre,título,titolo,headline,job title",
        "address": "address,adresse,dirección,indirizzo,anschrift,street address,postal address,endereço",
        "phone": "phone,phone number,telephone,telephone number,telefon,telefonnummer,téléphone,numéro de téléphone,"
        "teléfono,telefono,numero di telefono,tel,contact number,mobile",
        "email": "email,e mail,mail,email address,contact email,correo,correo electrónico,courriel,"
        "e mail adresse,adresse mail",
        "website": "website,web site,webseite,site web,sitio web,sito web,sito,homepage,web page,site,web",
        "url": "url,link,page link,lien,enlace",
        "price": "price,cost,preis,prix,precio,prezzo,costo,coût,kosten",
        "rating": "rating,star rating,stars,bewertung,note,valoración,calificación,valutazione,score",
        "reviews": "review count,number of review,reviews,review,bewertungen,nombre d avis",
        "image": "image,picture,photo,bild,foto,imagen,immagine,logo",
        "description": "description,beschreibung,descripción,descrizione,summary,short description",
        "date": "date,datum,fecha,data,fechas",
        "start_date": "start date,startdatum,starting date,date de début",
        "end_date": "end date,deadline date",
        "published": "publication date,date published,release date,published date,date de parution,publish date",
        "year": "year,jahr,année,año,anno,publication year,release year",
        "author": "author,autor,auteur,autore,writer",
        "opening_hours": "opening hour,opening hours,hours,business hour,öffnungszeiten,horaires,horario,horarios,"
        "orari,orario,opening time",
        "company": "company,employer,firma,entreprise,empresa,azienda,company name",
        "salary": "salary,pay,gehalt,salaire,salario,stipendio,salary range",
        "location": "location,place,ort,lieu,ubicación,lugar,luogo,standort",
        "city": "city,stadt,ville,ciudad,città",
        "country": "country,land,pays,país,paese",
        "sku": "sku,article number,artikelnummer",
        "isbn": "isbn,isbn number",
        "availability": "availability,stock,in stock,verfügbarkeit,disponibilité,disponibilidad,disponibilità",
        "brand": "brand,marke,marque,marca,manufacturer",
        "category": "category,kategorie,catégorie,categoría,categoria,genre category",
        "ingredients": "ingredient,ingredients,zutaten,ingrédients,ingredientes,ingredienti",
    }.items()
    for spelling in spellings.split(",")
}
# One word for several fields.
CONTACT = ("phone", "email", "address", "website")
_CONTACT_WORDS = """
    contact details,contact detail,contact info,contact information,contacts,contact,kontaktdaten,kontakt,coordonnées,
    datos de contacto,contatti
"""
FIELD_GROUPS: dict[str, tuple[str, ...]] = {fold(words): CONTACT for words in _CONTACT_WORDS.split(",")}
# Words that make a phrase a field though it is not in the table above.
_FIELD_WORDS = """
    abstract age album amenities area artist bathrooms battery bedrooms beds capacity ceo citations color colour
    cuisine currency deadline depth difficulty dimensions director distance docket doi duration elevation
    employees fee founded founder founders fuel funding gender genre head headquarters height host industry
    journal keywords language length license material mileage model number opening organizer pages party
    population position prep product profile publisher quantity range release rent role rooms runtime seller
    servings size skills source speaker speciality specialty specs speed state status tags text time times topic
    tuition type venue version weight width zip
"""
FIELD_WORDS = frozenset(_FIELD_WORDS.split())

_FUNCTION_WORDS = {
    "de": "der die das und mit für von in im alle suche finde zeige liste unter über mindestens adresse preis telefon",
    "en": "the and with for of in find list get all from under over at least near me give show their",
    "es": "el la los las y con para de en todos busca encuentra lista dame bajo menos dirección precio necesito",
    "fr": "le la les et avec pour de des en dans tous trouve cherche liste donne moins prix adresse téléphone je quels",
    "it": "il lo la gli le e con per di in tutti trova cerca elenca sotto meno prezzo indirizzo telefono cerco",
}
_BY_LANGUAGE = {language: frozenset(fold(words).split()) for language, words in _FUNCTION_WORDS.items()}


def language_of(text: str) -> str:
    """Of the five; English where nothing speaks for another, or as much speaks for it."""
    words = set(fold(text).split())
    scores = {language: len(words & known) for language, known in _BY_LANGUAGE.items()}
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    return best if scores[best] > max(1, scores["en"]) else "en"


def prepositions(language: str) -> str:
    """Those of places, as alternatives of a pattern: of the language and of English, which is mixed into all."""
    return f"{_PREPOSITIONS[language]}|{_PREPOSITIONS['en']}"


def number(text: str) -> float | None:
    """`"1,200"`, `"1.5k"`, `"2 million"`, `"twelve"`."""
    plain = text.lower().strip()
    if plain in NUMBER_WORDS:
        return float(NUMBER_WORDS[plain])
    match = re.fullmatch(
        r"(\d[\d.,]*)\s*(k|m|million|millionen|millions|millones|milioni|thousand|tausend|mille|mil)?", plain
    )
    if not match:
        return None
    digits = match[1].rstrip(".,")
    # A mark before exactly three digits groups thousands; any other one begins decimals.
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    unit = match[2] or ""
    scale = 1e6 if (unit.startswith(("milli", "millo")) and unit != "mille") or unit == "m" else 1e3 if unit else 1.0
    return float(digits) * scale if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
