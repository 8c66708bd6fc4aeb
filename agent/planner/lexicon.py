"""The words that goals are made of, in nine languages, as patterns."""

from __future__ import annotations

import re

from agent.words import fold

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = tuple(NUMBER_WORDS)[1:10]
NUMBER_WORDS |= {
    f"{ten}{join}{unit}": 10 * tens + number
    for tens, ten in enumerate(_TENS, start=2)
    for number, unit in enumerate(_UNITS, start=1)
    for join in ("-", " ")
} | {ten: 10 * tens for tens, ten in enumerate(_TENS, start=2)}
_NUMBERS_ELSEWHERE = {
    10: "zehn dix diez dieci tien dez dziesięć десять",
    20: "zwanzig vingt veinte venti twintig vinte dwadzieścia двадцать",
    30: "dreißig trente treinta trenta dertig trinta trzydzieści тридцать",
    50: "fünfzig cinquante cincuenta cinquanta vijftig cinquenta pięćdziesiąt пятьдесят",
    100: "hundert honderd sto сто",
}
NUMBER_WORDS |= {word: number for number, words in _NUMBERS_ELSEWHERE.items() for word in words.split()}

_VERBS = """
    please|can you|could you|i(?: would|'d)? (?:need|want|like)(?: to)?|we need|i am looking for|i'm looking for|
    looking for|give me|show me|get me|find me|fetch me|build me|make me|find out|find|list(?! of)|get|collect|
    extract|scrape|gather|fetch|search for|search|look up|compile|build|create|make|compare|return|provide|prepare|
    produce|identify|show|know|what are|which are|who are|what is|which|who|where are|help me find|help me|tell me|
    pull together|pull|finde?|suche?|zeige?(?: mir|uns)?|zeig|zeigen sie mir|liste|sammle|gib mir|gib uns|nenn|
    ich suche|ich brauche|welche[rsn]?|wo gibt es|wer sind|was sind|nenne(?: mir)?|erstelle|vergleiche|
    trouve[rz]?(?:[- ]moi)?|cherche[rz]?|liste[rz]?|donne[rz]?[- ]moi|montre[rz]?(?:[- ]moi)?|je cherche|quels sont|
    quelles sont|quels|quelles|je veux|je voudrais|il me faut|compare[rz]?|affiche[rz]?|indique[rz]?[- ]moi|
    encuentra|encuéntrame|búscame|muéstrame|enséñame|dime|busca|lista|dame|danos|obtén|muestra|necesito|cuáles son|
    qué|quiero|compara|recopila|haz|trova|trovami|cercami|mostrami|fammi vedere|indicami|dimmi|elencami|cerca|
    elenca|dammi|mostra|cerco|quali sono|quali|voglio|mi serve|mi servono|raccogli|zoek|vind|toon(?: mij|me)?|
    geef(?: mij|me|ons)?|laat(?: mij|me)? zien|noem|ik zoek|welke|verzamel|maak|encontre|busque|procure|me dê|dê-me|
    me mostre|mostre-me|encontra|procura|mostre|preciso(?: de|dos|das)?|quais são|quais|quero|liste|znajdź(?: mi)?|
    szukam|poszukuję|podaj(?: mi)?|daj(?: mi)?|wypisz|wymień|wyszukaj|pokaż(?: mi)?|potrzebuję|
    найди(?:те)?(?: мне)?|ищу|нужны|нужен|нужна|покажи(?:те)?(?: мне)?|дай(?:те)?(?: мне)?|подбери(?:те)?|
    собери(?:те)?|перечисли(?:те)?|выведи(?:те)?|назови(?:те)?|(?:would|could|can|will) you(?: please)?(?: kindly)?|
    kindly|let me (?:have|see|know)|i(?:'m|am) (?:after|interested in)|may i (?:have|get|see)|(?:have|see|get|
    receive) (?=a\\b|an\\b|the\\b|all\\b|some\\b)|könn(?:ten|en) sie(?: mir)?(?: bitte)?|pourriez-vous(?: me)?|
    podrías|puedes|potresti|könntest du(?: mir)?(?: bitte)?|ich (?:möchte|hätte gern)|bitte
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
    (?:uma\\s)?lista\\s(?:dos|das|de)|(?:lista|spis|listę|список|перечень|все|всех|wszystkie|wszystkich)|o|os|as|um|
    uma|todos os|todas as|dei|delle|degli|dos|das
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
    mit|inklusive|samt|avec|y compris|con|incluyendo|incluso|compreso|met|inclusief|com|incluindo|
    z|ze|wraz z|с|со|с указанием|включая
"""
_TAIL_VERBS = """
    i want|i need|collect|get|include|return|give me|please include|extract|show|
    for each(?: one| of them)?,?(?: include)?
"""


def _any(words: str) -> str:
    return "|".join(part.strip() for part in words.replace("\n", "").split("|") if part.strip())


def words_around() -> frozenset[str]:
    """The words that only introduce a thing or a list of fields."""
    return frozenset(re.findall(r"[^\W\d_]{2,}", re.sub(r"\\.|[()?]", " ", _VERBS + _FILLERS + _WITH + _TAIL_VERBS)))


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
AND = re.compile(r"\s*[,;/&]\s*|\s+(?:and|und|et|y|e|en|plus|as well as|or|oraz|i|и|а также)\s+", re.I)
_PREPOSITIONS = {
    "de": "in|im|bei|auf|nahe|rund um",
    "en": "in|near|around|close to|within|across|throughout",
    "es": "en|cerca de",
    "fr": "à|au|aux|en|dans|près de",
    "it": "a|ad|in|nei pressi di|vicino a",
    "nl": "in|bij|nabij|rond|rondom|te",
    "pl": "w|we|na|koło|obok|blisko",
    "pt": "em|no|na|nos|nas|perto de",
    "ru": "в|во|на|около|возле|рядом с",
}
# Names of places change their endings in them.
INFLECTED = frozenset({"pl", "ru"})
NEAR = re.compile(
    r"(?:near|around|close to|nahe|bei|rund um|près de|autour de|cerca de|alrededor de|nei pressi di|vicino a|"
    r"nabij|bij|"
    r"rond|rondom|perto de|koło|obok|blisko|około|около|возле|рядом с)\b",
    re.I,
)
_DOING = (
    "(?<!-)(?:offering|starring|featuring|paying|rated|suitable|playable|recruiting|hiring|founded|owned|made|"
    "open(?: on)?|investing|working|"
    "focus(?:s?ed|ing)|"
    "speciali[sz](?:ed|ing)|operating|serving|raising|using|selling|covering|dealing|providing|teaching|running)"
)
_BEING = "are|is|have|has|haben|hat|sind|sont|ont|están|tienen|sono|hanno|zijn|hebben|são|têm"
CLAUSE = re.compile(rf"(?<=\s)(?:that|which|who|whose|where|{_DOING}|die|qui|que|che)\b.+$|\s(?:{_BEING})\b.*$", re.I)
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
        "name": "nazwa,nazwy,nazwą,nazwami,название,названия,названием,имя,имена,именами,名前,店名,名称,nome,namen,"
        "name,names,nom,nombre,nome,naam,full name",
        "title": "title,titel,titre,título,titolo,headline,job title",
        "address": "adresem,adresami,adresy,адрес,адреса,адресом,адресами,住所,所在地,adres,adressen,address,adresse,"
        "dirección,indirizzo,anschrift,street address,"
        "postal address,endereço",
        "phone": "phone nr,phone no,"
        "telefony,telefonem,telefonami,numer telefonu,numerem telefonu,numery telefonów,numerami telefonów,"
        "телефон,телефоны,телефоном,телефонами,телефона,номер телефона,номером телефона,номера телефонов,電話,電話番号,"
        "telefoon,telefoonnummer,telefone,telefones,phone,phone number,telephone,telephone number,telefon,"
        "telefonnummer,téléphone,numéro de téléphone,"
        "teléfono,telefono,numero di telefono,tel,contact number,mobile",
        "email": "почта,почтой,электронная почта,メール,メールアドレス,e mailem,mailem,e mails,emails,"
        "correos,email,e mail,mail,email address,contact email,correo,correo electrónico,"
        "courriel,"
        "e mail adresse,adresse mail",
        "website": "сайт,сайты,сайтом,сайтами,strona,stroną,strona internetowa,stroną internetową,ウェブサイト,サイト,"
        "ホームページ,公式サイト,website,web site,webseite,site web,sitio web,sito web,sito,homepage,web page,site,web",
        "url": "url,link,page link,lien,enlace",
        "price": "cena,ceny,ceną,cenami,cenach,цена,цены,ценой,ценами,ценам,стоимость,料金,価格,値段,prijs,prijzen,"
        "preço,preços,price,cost,preis,prix,precio,prezzo,costo,coût,kosten",
        "rating": "ocena,oceny,oceną,ocenami,рейтинг,рейтингом,рейтингами,評価,beoordeling,avaliação,note moyenne,"
        "rating,star rating,stars,bewertung,note,valoración,"
        "calificación,valutazione,score",
        "reviews": "opinie,opiniami,отзывы,отзывами,口コミ,レビュー,review count,number of review,reviews,review,"
        "bewertungen,nombre d avis",
        "image": "afbeelding,imagem,image,picture,photo,bild,foto,imagen,immagine,logo",
        "description": "beschrijving,descrição,description,beschreibung,descripción,descrizione,summary,"
        "short description",
        "date": "date,datum,fecha,data,fechas",
        "start_date": "start date,startdatum,starting date,date de début",
        "end_date": "end date,deadline date",
        "published": "publication date,date published,release date,published date,date de parution,publish date",
        "year": "year,jahr,année,año,anno,publication year,release year",
        "author": "auteurs,autores,autori,autoren,author,autor,auteur,autore,writer",
        "opening_hours": "godziny otwarcia,godzinami otwarcia,часы работы,часами работы,график работы,営業時間,"
        "openingstijden,openingsuren,horário,horários,horaires d ouverture,horario de apertura,"
        "orari di apertura,horário de funcionamento,opening hour,opening hours,hours,business hour,öffnungszeiten,"
        "horaires,horario,horarios,"
        "orari,orario,opening time",
        "company": "company,employer,firma,entreprise,empresa,azienda,company name",
        "salary": "salaris,wynagrodzenie,зарплата,給料,年収,salary,pay,gehalt,salaire,salario,stipendio,salary range",
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
    "muéstrame lista dame bajo menos dirección precio necesito",
    "fr": "le la les du au à d une liste offres emploi ouverts louer et avec pour de des en dans tous trouve "
    "cherche donne moins prix adresse téléphone je quels",
    "it": "o il lo la gli le e con per di in tutti trova cerca elenca elenco delle dei sotto meno prezzo "
    "mostrami trovami dammi elencami indirizzo telefono cerco ristoranti alberghi musei aperti",
    "nl": "in of boeken vacatures huizen woningen fietsen tandartsen te koop huur "
    "de het een en met voor van op bij onder alle zoek vind toon geef adres telefoon prijs welke zijn lijst",
    "pl": "w we z ze i oraz lub dla na od do szukam znajdź pokaż podaj wypisz "
    "wymień restauracje kawiarnie lista telefonem adresem cena ceną poniżej",
    "pt": "o os as um uma e com para de do da em no na todos encontre busque mostre liste preço endereço telefone "
    "restaurantes",
}
# Letters that one language has and English has not.
_LETTERS = {
    "de": "äöüß",
    "es": "ñ¿¡áíóú",
    "fr": "çèêàùœîôâ",
    "it": "ìòù",
    "pl": "ąęłńśźż",
    "pt": "ãõç",
}
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
# Persian has letters of its own beside those of Arabic; Turkish its dotless ı, its suffixes behind an apostrophe, and
# its words. The first that is found is the language.
_SCRIPTS = {
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "fa": re.compile(r"[\u0600-\u06ff]*[پچژگ]|(?:^|\s)(?:های|در)(?=\s|$)"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "tr": re.compile(
        r"[ğıİş]|['’](?:d[ae]|t[ae])(?:ki)?(?=\s)|(?:^|\s)(?:TL|altında|bul|listele|ile|için|diş|oteller|restoranlar|"
        r"[Ee]n (?:iyi|ucuz|yeni|yakin)|altinda|restoranlari|otelleri|fiyatlari)(?=\s|$)"  # without letters of its own
    ),
}
_BY_LANGUAGE = {language: frozenset(fold(words).split()) for language, words in _FUNCTION_WORDS.items()}


# Scripts, and small words, of languages that no grammar here reads: Greek, Hebrew, Indic, Thai; Swedish, Danish,
# Norwegian.
_UNREAD_SCRIPT = re.compile(r"[\u0370-\u03ff\u0590-\u05ff\u0900-\u0eff]")
_UNREAD_WORDS = frozenset("och og med på för til".split())  # noqa: SIM905


def is_unread(text: str, language: str) -> bool:
    """Whether a goal is in a language that no grammar here reads, as far as it can be told."""
    if language in {"ja", *_SCRIPTS}:
        return False
    return bool(_UNREAD_SCRIPT.search(text)) or (
        language in {"de", "en"} and bool(_UNREAD_WORDS & set(text.casefold().split()))
    )


def language_of(text: str) -> str:
    """Of those that a grammar reads; English where nothing speaks for another, or as much speaks for it."""
    if _CYRILLIC.search(text):
        return "ru"
    if _KANA.search(text):
        return "ja"
    if script := next((language for language, pattern in _SCRIPTS.items() if pattern.search(text)), ""):
        return script
    words, letters = set(fold(text).split()), set(text.casefold())
    scores = {
        language: len(words & known) + bool(letters & set(_LETTERS.get(language, "")))
        for language, known in _BY_LANGUAGE.items()
    }
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    elsewhere = frozenset().union(*(known for language, known in _BY_LANGUAGE.items() if language != best))
    own = (words & _BY_LANGUAGE[best]) - elsewhere
    if not own and not letters & set(_LETTERS.get(best, "")):
        return "en"  # "in" and "de" of "hotels in Rio de Janeiro" are of several
    return best if scores[best] > max(1, scores["en"]) else "en"


def prepositions(language: str) -> str:
    """Those of places, as alternatives of a pattern: of the language and of English, which is mixed into all."""
    return "|".join(dict.fromkeys((_PREPOSITIONS.get(language, ""), _PREPOSITIONS["en"]))).strip("|")


def number(text: str) -> float | None:
    """`"1,200"`, `"1.5k"`, `"2 million"`, `"twelve"`."""
    plain = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text.lower().strip())
    if plain in NUMBER_WORDS:
        return float(NUMBER_WORDS[plain])
    match = re.fullmatch(
        r"(\d[\d.,]*)\s*(k|m|mln|млн|million|millionen|millions|millones|milioni|thousand|tausend|mille|mil|тыс\.?|tys\.?)?",
        plain,
    )
    if not match:
        return None
    digits = match[1].rstrip(".,")
    # A mark before exactly three digits groups thousands; any other one begins decimals.
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    unit = match[2] or ""
    scale = (
        1e6
        if (unit.startswith(("milli", "millo")) and unit != "mille") or unit in {"m", "mln", "млн"}
        else 1e3
        if unit
        else 1.0
    )
    return float(digits) * scale if re.fullmatch(r"\d+(?:\.\d+)?", digits) else None
