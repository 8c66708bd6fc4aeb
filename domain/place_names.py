"""Whether an address, or a line about a place, names a place as its own: "York" is not in "New York"."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from domain.city_names import country_of_city, names_of_city
from domain.words import fold

_BREAK = re.compile(r"[,;|\n·•()/،；，、]|\s[-–—]\s")
# Words of a longer name: what they stand before is another place.
_LONGER = """
    new nova nueva nouvelle neu neue north south east west upper lower northern southern eastern western great little
    saint st san santa santo sao port fort mount los las la le el bad old
"""
_BEFORE_A_NAME = frozenset(_LONGER.split()) - {"old"}
_PART_OF_A_NAME = frozenset(
    "city of the greater central downtown inner uptown midtown stadt town borough region provinz comune".split()  # noqa: SIM905
)
_STREETS = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|av|lane|ln|way|drive|dr|square|sq|court|ct|place|pl|plaza|boulevard|blvd|row|"
    r"terrace|hill|park|gardens?|close|crescent|quay|wharf|highway|hwy|parade|walk|yard|mews|\w*(?:strasse|str|platz|"
    r"allee|weg|gasse|ring|damm|ufer|straat|plein|laan|gracht|gatan|vagen|gade|vej))$"
)
# After a name they make it that of a street or of a building: "York Road", "Leeds Arms".
_AFTER_A_STREET_NAME = frozenset(
    "street st road rd avenue ave lane way drive square boulevard blvd row terrace arms hotel house hill".split()  # noqa: SIM905
)
_STATES = """
    AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,FL Florida,
    GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,
    MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,
    NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,
    OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,
    VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,DC District of Columbia
"""
_STATE_OF_CODE = {
    line.split(maxsplit=1)[0]: fold(line.split(maxsplit=1)[1]) for line in map(str.strip, _STATES.split(",")) if line
}
_CODE_OF_STATE = {name: code for code, name in _STATE_OF_CODE.items()}
# Countries by their names in English, in their own tongues and in the neighbours': the phone numbers' library knows all
# of them, and takes a second and 100 MB to say so.
_COUNTRIES = """
    AR Argentina,Argentinien,Argentine; AT Austria,Österreich,Autriche,Oostenrijk; AU Australia,Australien,Australie;
    BE Belgium,België,Belgique,Belgien,Bélgica,Belgio; BG Bulgaria,България; BR Brazil,Brasil,Brasilien,Brésil,Brasile;
    CA Canada,Kanada,Canadá; CH Switzerland,Schweiz,Suisse,Svizzera,Suiza; CL Chile; CN China,中国,Chine,Cina;
    CO Colombia,Kolumbien; CR Costa Rica; CU Cuba; CZ Czechia,Czech Republic,Česko,Tschechien,République tchèque;
    DE Germany,Deutschland,Allemagne,Alemania,Germania,Duitsland,Alemanha,Niemcy,Tyskland;
    DK Denmark,Danmark,Dänemark,Danemark,Dinamarca; EE Estonia,Eesti; EG Egypt,Ägypten; FI Finland,Suomi,Finnland;
    ES Spain,España,Spanien,Espagne,Spagna,Spanje,Espanha; FR France,Frankreich,Francia,Frankrijk,França,Frankrike;
    GB United Kingdom,UK,U.K.,Great Britain,England,Scotland,Wales,Northern Ireland,Großbritannien,Royaume-Uni,
       Reino Unido,Regno Unito,Vereinigtes Königreich;
    GR Greece,Ελλάδα,Griechenland,Grèce,Grecia; HR Croatia,Hrvatska,Kroatien; HU Hungary,Magyarország,Ungarn;
    IE Ireland,Éire,Irland,Irlande,Irlanda; IL Israel; IN India,Indien,Inde; IS Iceland,Ísland;
    IT Italy,Italia,Italien,Italie,Itália; JP Japan,日本,Japon,Giappone; KR South Korea,대한민국; LT Lithuania,Lietuva;
    LU Luxembourg,Luxemburg; LV Latvia,Latvija; MA Morocco,Maroc,Marokko; MX Mexico,México,Mexiko,Mexique;
    MY Malaysia; NL Netherlands,The Netherlands,Nederland,Niederlande,Pays-Bas,Países Bajos,Paesi Bassi,Holland;
    NO Norway,Norge,Norwegen,Norvège; NZ New Zealand,Neuseeland; PE Peru,Perú;
    PL Poland,Polska,Polen,Pologne,Polonia; PT Portugal,Portogallo; RO Romania,România,Rumänien; RS Serbia,Srbija;
    RU Russia,Россия,Russland; SE Sweden,Sverige,Schweden,Suède,Suecia; SG Singapore,Singapur; SI Slovenia,Slovenija;
    SK Slovakia,Slovensko; TH Thailand; TR Turkey,Türkiye,Türkei,Turquie; UA Ukraine,Україна; UY Uruguay;
    VE Venezuela; VN Vietnam;
    US United States,USA,U.S.A.,US,U.S.,United States of America,Vereinigte Staaten,États-Unis,Estados Unidos,
       Stati Uniti;
    ZA South Africa,Südafrika
"""
_ARTICLE = re.compile(r"(?:the|der|die|das|le|la|les|el|los|las)\s+(?=[a-z])")
_STATE_AND_ZIP = re.compile(r"\b([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?\s*$")


_CODE_OF_COUNTRY = {
    fold(name): entry.split(maxsplit=1)[0]
    for entry in _COUNTRIES.split(";")
    for name in entry.split(maxsplit=1)[1].split(",")
}


class Named(NamedTuple):
    """`is_there` None: what was read does not tell. `reason` is for people."""

    is_there: bool | None
    reason: str


def country_of(name: str) -> str:
    """ISO 3166 of a country's name; empty for what is none that we know."""
    return _CODE_OF_COUNTRY.get(fold(name), "")


def is_region(name: str) -> bool:
    """Whether a name is that of a country or of a state, as it follows a town's: "Austin, Texas"."""
    return bool(country_of(name)) or fold(name) in _CODE_OF_STATE or name in _STATE_OF_CODE


def address_names(address: str, place: str) -> Named:
    """Whether an address is in a place, by what it says. It is elsewhere only where it names another country, or
    another state, than the one asked for: that a town is not in a region takes more than its name."""
    wished = [part for each in _with_comma(place).split(",") if (part := _ARTICLE.sub("", each.strip()))]
    if not wished:
        return Named(None, "no place is asked for")
    verdicts = [_has_part(address, part) for part in wished]
    shown = f"the address {_short(address)!r}"
    if verdicts[0] and len(wished) == 1 and _is_namesake(address, wished[0]):
        return Named(None, f"{shown} names a place of that name that is not the well-known {place}")
    if verdicts[0] and all(verdict is not False for verdict in verdicts[1:]):
        return Named(True, f"{shown} names {place}")
    if any(verdict is False for verdict in verdicts):
        return Named(False, f"{shown} is not in {place}")
    return Named(None, f"{shown} does not name {place}")


_MILAN = "MI"  # of the provinces whose codes are those of states, the only one of a city that we know


def _is_namesake(address: str, city: str) -> bool:
    """Whether an address names another country than that of the well-known city: "Paris, TX 75460"."""
    country = country_of_city(city)
    told = [code for piece in _pieces(address) if (code := country_of(piece))]
    if not country or country in told:
        return False
    # At the end of an address "DE" may be Delaware or Germany, and "MI" Michigan or Milan.
    last = _pieces(address)[-1]
    is_code = last in _STATE_OF_CODE and last in {country, _MILAN if country == "IT" else country}
    return bool(told) or (country not in {"US", "CA"} and not is_code and bool(_state_of(address)))


def _with_comma(place: str) -> str:
    """ "Austin Texas" is a town and its state; "Port Washington" and "New England" are names."""
    words = place.split()
    for at in range(1, len(words)):
        town, region = words[:at], " ".join(words[at:])
        if is_region(region) and not is_region(place) and "," not in place:
            return place if {fold(word) for word in town} <= _ONLY_IN_NAMES else f"{' '.join(town)}, {region}"
    return place


_ONLY_IN_NAMES = _BEFORE_A_NAME | {"lake", "mount", "little", "cape", "old", "valley"}


def line_names(line: str, place: str) -> bool:
    """Whether a title or a headline says a place: "Coffee roasters in Leeds"."""
    town = fold(_ARTICLE.sub("", place.split(",")[0].strip()))
    pieces = [_WORD.findall(piece) for piece in _PIECE_OF_LINE.split(line)]
    names = [name.split() for name in (town, *(names_of_city(town) - {town})) if name]
    return any(_says(piece, wished) for wished in names for piece in pieces)


_WORD = re.compile(r"[^\W_]+")
_PIECE_OF_LINE = re.compile(rf"{_BREAK.pattern}|[:!?]")


def _says(words: list[str], wished: list[str]) -> bool:
    """A capitalised word behind it makes it a part of a longer name ("Brooklyn Pizza"), unless a small word leads
    to it: "roasters in Leeds City"."""
    folded = [fold(word) for word in words]
    for at in range(len(words) - len(wished) + 1):
        if folded[at : at + len(wished)] != wished:
            continue
        before, behind = words[at - 1 : at], words[at + len(wished) : at + len(wished) + 1]
        if any(fold(word) in _BEFORE_A_NAME for word in before) or any(map(_is_of_street, behind)):
            continue
        if not any(word[0].isupper() for word in behind) or any(word.islower() for word in before):
            return True
    return False


def _is_of_street(word: str) -> bool:
    return fold(word) in _AFTER_A_STREET_NAME


def _has_part(address: str, part: str) -> bool | None:
    folded = fold(part)
    country = country_of(part)
    if country:
        return _in_country(address, country)
    if folded in _CODE_OF_STATE or part in _STATE_OF_CODE:
        # "Washington" and "New York" are towns as well.
        return True if _names(address, folded) else _in_state(address, _STATE_OF_CODE.get(part, folded))
    names = {folded, *(names_of_city(part) - _OF_OTHER_TOWNS)}
    return True if any(_names(address, name) for name in names) else None


# What a well-known city is called in another language, and towns elsewhere in their own.
_OF_OTHER_TOWNS = frozenset({"vienne", "colonia", "atenas", "florencia", "marsella"})


def _in_country(address: str, country: str) -> bool | None:
    told = [code for piece in _pieces(address) if (code := country_of(piece))]
    if country in told:
        return True
    if _state_of(address) and not told:
        return country == "US"
    return False if told else None


def _in_state(address: str, state: str) -> bool | None:
    told = _state_of(address)
    if told:
        return told == state
    # "New York" alone is the city as often as the state, and the state is around the city.
    named = [folded for piece in _pieces(address) if (folded := fold(piece)) in _CODE_OF_STATE]
    return state in named or None


def _state_of(address: str) -> str:
    """The state that stands with a zip code, or as a code at the end of a part."""
    for piece in reversed(_pieces(address)):
        match = _STATE_AND_ZIP.search(piece)
        if match and match[1] in _STATE_OF_CODE:
            return _STATE_OF_CODE[match[1]]
        bare = re.sub(r"\s+\d{5}(?:-\d{4})?$", "", piece)
        if bare != piece and fold(bare) in _CODE_OF_STATE:
            return fold(bare)
    return ""


def _pieces(address: str) -> list[str]:
    return [piece for part in _BREAK.split(address) if (piece := part.strip(" ."))]


_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _names_unspaced(address: str, place: str) -> bool:
    """In addresses without spaces a name begins at the front, behind a postcode, or behind the larger place that it is
    in: 京都 is not in 東京都."""
    return re.search(rf"(?:^|[\s\d都道府県市区郡町村省]){re.escape(place)}", fold(address)) is not None


_HANGUL = re.compile(r"[\uac00-\ud7af]")
_KOREAN_PART = re.compile(r"(?:특별자치시|특별시|광역시|특별자치도|시|도|군|구)?")


def _names_in_korean(address: str, place: str) -> bool:
    """A part of an address with or without what kind of place it is: 서울, 서울특별시."""
    words = unicodedata.normalize("NFC", fold(address)).split()
    return any(word.startswith(place) and _KOREAN_PART.fullmatch(word, len(place)) for word in words)


def _names(address: str, place: str) -> bool:
    whole = unicodedata.normalize("NFC", place)  # folding takes syllables apart
    if _HANGUL.search(whole):
        return _names_in_korean(address, whole)
    if _UNSPACED.search(place):
        return _names_unspaced(address, place)
    wished = place.split()
    pieces = _pieces(address)
    for at, piece in enumerate(pieces):
        if _is_place(piece, wished):
            return True
        if wished[-1] == "city" and len(wished) > 1 and _is_place(piece, wished[:-1]):
            # "New York City" is "New York" before a state, or behind a street; "Buffalo, New York" is elsewhere.
            behind = pieces[at - 1] if at else ""
            if _STATE_AND_ZIP.search(piece) or at + 1 < len(pieces) or re.search(r"\d", behind):
                return True
    return False


_BARE_STREET = re.compile(
    r"(?:av|ave|avda|avenida|avenue|rue|rua|calle|carrer|via|viale|corso|piazza|plaza|place|ul|ulica|boulevard|blvd|"
    r"paseo|cra|carrera)\.?"
)


def _is_place(piece: str, wished: list[str]) -> bool:
    """Whether a part of an address is the place, or a street and then the place: "10 High Street Leeds LS1 4AB"."""
    bare = re.sub(r"(?<=\s)[A-Z]{2}$", "", _without_postcode(piece)).strip()
    words = fold(bare).split()
    while words and len(words) > len(wished) and words[0] in _PART_OF_A_NAME:
        words = words[1:]
    while words and len(words) > len(wished) and words[-1] in {"centre", "center"}:
        words = words[:-1]
    if words == wished:
        return True
    if len(words) <= len(wished) or words[-len(wished) :] != wished:
        return False
    before = words[: -len(wished)]
    if len(before) == 1 and _BARE_STREET.fullmatch(before[0]):
        return False  # "Av. Roma 12"
    return any(character.isdigit() for character in before[-1]) or _STREETS.search(before[-1]) is not None


def _without_postcode(piece: str) -> str:
    """Without the codes at a part's ends: "LS1 4AB", "75001", "1012 AB", "D-80331", "NY 11201"."""
    words = piece.split()
    while words and any(character.isdigit() for character in words[-1]):
        words.pop()
        if words and re.fullmatch(r"[A-Z]{1,2}\d[A-Z\d]?|\d{4}", words[-1]):
            words.pop()
    if len(words) > 1 and re.fullmatch(r"[A-Z]{2}", words[-1]):
        words.pop()
    while words and re.fullmatch(r"(?:[A-Z]{1,2}-)?\d{4,6}", words[0]):
        words.pop(0)
        if len(words) > 1 and re.fullmatch(r"[A-Z]{2}", words[0]):
            words.pop(0)
    return " ".join(words)


def _short(address: str) -> str:
    plain = " ".join(address.split())
    return plain if len(plain) <= 80 else f"{plain[:79]}…"
