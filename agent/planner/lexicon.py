"""The words that goals are made of, in English, German, French, Spanish, Italian, Dutch and Portuguese, as patterns."""

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
    know|what are|which are|who are|what is|which|who|where are|help me find|help me|tell me|pull together|pull|
    finde|suche|such|zeige?(?: mir)?|liste|sammle|gib mir|ich suche|ich brauche|welche[rsn]?|wo gibt es|wer sind|
    was sind|
    nenne(?: mir)?|erstelle|vergleiche|
    trouve[rz]?(?:[- ]moi)?|cherche[rz]?|liste[rz]?|donne[rz]?[- ]moi|montre[rz]?(?:[- ]moi)?|je cherche|quels sont|
    quelles sont|quels|quelles|je veux|je voudrais|il me faut|compare[rz]?|
    encuentra|encuéntrame|busca|lista|dame|obtén|muestra|necesito|cuáles son|qué|quiero|
    compara|recopila|haz|trova|trovami|cerca|elenca|dammi|mostra|cerco|quali sono|quali|voglio|
    mi serve|mi servono|raccogli|zoek|vind|toon|geef(?: mij| me)?|ik zoek|welke|verzamel|maak|encontre|busque|procure|
    mostre|preciso(?: de| dos| das)?|quais são|quais|quero|liste
"""
_FILLERS = """
    a|an|the|all(?: of)?(?: the)?|some|my|me|(?-i:us)|any|every|each|list of|lists of|table of|database of|
    spreadsheet of|
    dataset of|directory of|names? of|up to|at least|at most|about|around|different|various|data on|data about|
    information on|information about|details? (?:of|for|on|about)|
    de|des|du|les?|la|los|las|el|der|die|das|ein|eine|einen|alle|toutes? les|tous les|todos los|todas las|
    tutti i|tutte le|gli|i|il|lo|una?|uno|unos|unas|
    (?:eine\\s|die\\s)?(?:liste|übersicht|tabelle|aufstellung)(?:\\s(?:von|der|aller|mit))?|aller|
    (?:une\\s|la\\s)?liste(?:\\s(?:de\\stous\\sles|de\\stoutes\\sles|des|de))?|(?:un\\s)?tableau\\sd(?:es|e)|
    (?:una\\s|la\\s)?lista(?:\\s(?:de\\stodos\\slos|de\\stodas\\slas|de\\slos|de\\slas|de|dei|delle|degli|di|dos|das))?|
    (?:un\\s)?elenco(?:\\s(?:di\\stutti\\si|di\\stutte\\sle|dei|delle|degli|di))?|
    (?:een\\s)?(?:lijst|overzicht)(?:\\s(?:van|met))?|het|een|
    (?:uma\\s)?lista\\s(?:dos|das|de)|o|os|as|um|uma|todos os|todas as|dei|delle|degli|dos|das
"""
# Praise and haste, which no page can be checked against: they name no kind of thing.
_QUALITIES = """
    best(?:-rated)?|top(?:-rated)?|good|great|nice|cheap(?:est)?|affordable|popular|recommended|well[- ]known|famous|
    upcoming|current|latest|newest|recent|available|interesting|favou?rite|leading|major|biggest|largest|
    beste[nr]?|gute[nr]?|günstige[nr]?|billige[nr]?|beliebte[nr]?|neueste[nr]?|aktuelle[nr]?|kommende[nr]?|
    meilleure?s?|bons?|bonnes?|prochaine?s?|
    mejores|buen[oa]s?|próxim[oa]s|migliori|buon[ie]|economic[io]|prossim[ie]|goedkope|beste|leuke|melhores|baratos?
"""
_WITH = """
    with(?: their| its| the)?|including|include|incl\\.?|showing|along with|together with|and their|and its|listing|
    mit|inklusive|samt|avec|y compris|con|incluyendo|incluso|compreso|met|inclusief|com|incluindo
"""
_TAIL_VERBS = """
    i want|i need|collect|get|include|return|give me|please include|extract|show|
    for each(?: one| of them)?,?(?: include)?
"""


def _any(words: str) -> str:
    return "|".join(part.strip() for part in words.replace("\n", "").split("|") if part.strip())


VERB = re.compile(rf"^\W*(?:{_any(_VERBS)})\b[\s:]*", re.I)
FILLER = re.compile(rf"^(?:{_any(_FILLERS)})(?:\b\s*|(?<=')|$)", re.I)
QUALITY = re.compile(rf"^(?:{_any(_QUALITIES)})\s+(?=\w)", re.I)
WITH = re.compile(rf"(?:,\s*)?\b(?:{_any(_WITH)})\s+", re.I)
TAIL = re.compile(rf"[.?!;]\s+(?:{_any(_TAIL_VERBS)})\s+(.+)$", re.I | re.S)
EXPLICIT_FIELDS = re.compile(
    r"(?:[,;.]|\s-|\s–|\bwith|\bwith the following)?\s*\b(?:fields?|columns?|attributes|felder|spalten|champs|colonnes|"
    r"campos|"
    r"columnas|campi|velden|kolommen|colunas)\s*(?::|are|=)\s*(.+)$",
    re.I | re.S,
)
AND = re.compile(r"\s*[,;/&]\s*|\s+(?:and|und|et|y|e|en|plus|as well as|or)\s+", re.I)
_PREPOSITIONS = {
    "de": "in|im|bei|auf|nahe|rund um",
    "en": "in|near|around|close to|within|across|throughout",
    "es": "en|cerca de",
    "fr": "à|au|aux|en|dans|près de",
    "it": "a|ad|in|nei pressi di|vicino a",
    "nl": "in|bij|nabij|rond|rondom|te",
    "pt": "em|no|na|nos|nas|perto de",
}
NEAR = re.compile(
    r"(?:near|around|close to|nahe|bei|rund um|près de|autour de|cerca de|alrededor de|nei pressi di|vicino a|"
    r"nabij|bij|"
    r"rond|rondom|perto de)\b",
    re.I,
)
_DOING = (
    "(?<!-)(?:offering|suitable|playable|recruiting|hiring|founded|owned|made|open(?: on)?|investing|working|"
    "focus(?:s?ed|ing)|"
    "speciali[sz](?:ed|ing)|operating|serving|raising|using|selling|covering|dealing|providing|teaching|running)"
)
_BEING = "are|is|have|has|haben|hat|sind|sont|ont|están|tienen|sono|hanno|zijn|hebben|são|têm"
CLAUSE = re.compile(rf"\b(?:that|which|who|whose|where|{_DOING}|die|qui|que|che)\b.+$|\s(?:{_BEING})\b.*$", re.I)
# Between a thing and its place: "companies headquartered in Texas".
SITUATED = re.compile(
    r"\s+(?:headquartered|based|located|situated|mit sitz|situé[es]*|ubicad[oa]s?|situat[ioae]|gevestigd|"
    r"localizad[oa]s?)"
    r"(?=\s+(?:in|at|à|en|a|em|im)\b)",
    re.I,
)

# How goals name fields -> our name. Keys are folded, in the singular.
FIELD_NAMES: dict[str, str] = {
    fold(spelling): name
    for name, spellings in {
        "name": "nome,namen,name,names,nom,nombre,nome,naam,full name",
        "title": "title,titel,titre,título,titolo,headline,job title",
        "address": "adres,adressen,address,adresse,dirección,indirizzo,anschrift,street address,"
        "postal address,endereço",
        "phone": "telefoon,telefoonnummer,telefone,telefones,phone,phone number,telephone,telephone number,telefon,"
        "telefonnummer,téléphone,numéro de téléphone,"
        "teléfono,telefono,numero di telefono,tel,contact number,mobile",
        "email": "e mails,emails,correos,email,e mail,mail,email address,contact email,correo,correo electrónico,"
        "courriel,"
        "e mail adresse,adresse mail",
        "website": "website,web site,webseite,site web,sitio web,sito web,sito,homepage,web page,site,web",
        "url": "url,link,page link,lien,enlace",
        "price": "prijs,prijzen,preço,preços,price,cost,preis,prix,precio,prezzo,costo,coût,kosten",
        "rating": "beoordeling,avaliação,note moyenne,rating,star rating,stars,bewertung,note,valoración,"
        "calificación,valutazione,score",
        "reviews": "review count,number of review,reviews,review,bewertungen,nombre d avis",
        "image": "afbeelding,imagem,image,picture,photo,bild,foto,imagen,immagine,logo",
        "description": "beschrijving,descrição,description,beschreibung,descripción,descrizione,summary,"
        "short description",
        "date": "date,datum,fecha,data,fechas",
        "start_date": "start date,startdatum,starting date,date de début",
        "end_date": "end date,deadline date",
        "published": "publication date,date published,release date,published date,date de parution,publish date",
        "year": "year,jahr,année,año,anno,publication year,release year",
        "author": "auteurs,autores,autori,autoren,author,autor,auteur,autore,writer",
        "opening_hours": "openingstijden,openingsuren,horário,horários,horaires d ouverture,horario de apertura,"
        "orari di apertura,horário de funcionamento,opening hour,opening hours,hours,business hour,öffnungszeiten,"
        "horaires,horario,horarios,"
        "orari,orario,opening time",
        "company": "company,employer,firma,entreprise,empresa,azienda,company name",
        "salary": "salary,pay,gehalt,salaire,salario,stipendio,salary range",
        "location": "location,place,ort,lieu,ubicación,lugar,luogo,standort",
        "city": "stad,cidade,city,stadt,ville,ciudad,città",
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
    "de": "der die das aller den zimmern sternen wohnungen gebrauchte geöffnet und mit für von in im alle suche "
    "finde zeige liste unter über mindestens adresse preis telefon",
    "en": "the and with for of in find list get all from under over at least near me give show their",
    "es": "el la los las del hoteles museos pisos alquiler abiertos por y con para de en todos busca encuentra "
    "lista dame bajo menos dirección precio necesito",
    "fr": "le la les du au à d une liste offres emploi ouverts louer et avec pour de des en dans tous trouve "
    "cherche donne moins prix adresse téléphone je quels",
    "it": "il lo la gli le e con per di in tutti trova cerca elenca elenco delle dei sotto meno prezzo "
    "indirizzo telefono cerco ristoranti alberghi musei aperti",
    "nl": "de het een en met voor van op bij onder alle zoek vind toon adres telefoon prijs welke zijn lijst",
    "pt": "o os as um uma e com para de do da em no na todos encontre busque liste preço endereço telefone "
    "restaurantes",
}
# Letters that one language has and English has not.
_LETTERS = {
    "de": "äöüß",
    "es": "ñ¿¡áíóú",
    "fr": "çèêàùœîôâ",
    "it": "ìòù",
    "pt": "ãõç",
}
_BY_LANGUAGE = {language: frozenset(fold(words).split()) for language, words in _FUNCTION_WORDS.items()}


def language_of(text: str) -> str:
    """Of the seven; English where nothing speaks for another, or as much speaks for it."""
    words, letters = set(fold(text).split()), set(text.casefold())
    scores = {
        language: len(words & known) + bool(letters & set(_LETTERS.get(language, "")))
        for language, known in _BY_LANGUAGE.items()
    }
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
