"""What pages say under a name: definition lists, two-column tables, "label: value" lines."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import Ask, PageReading, read_page
from agent.extract.definitions import own_pairs
from agent.extract.reading import PageShape
from domain.evidence import Method, Verdict
from domain.fields import parse_fields
from domain.records import plain_values
from fetch.dom import parse

LIGHTHOUSE = """<html lang="en"><body><nav><ul><li>Home: start</li><li>Map: all lights</li></ul></nav>
  <main><h1>Skerry Light</h1><p>It stands on a rock in the north and was kept by three families in turn.</p>
  <dl><dt>Height</dt><dd>42 m</dd><dt>First lit</dt><dd>3 May 1844</dd><dt>Keepers</dt><dd>Anna Holm</dd>
  <dd>Per Lund</dd></dl></main></body></html>"""


def values(reading: PageReading) -> list[object]:
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def test_a_definition_list_about_one_thing_is_read_without_being_asked_for_anything() -> None:
    reading = read_page(page_of(LIGHTHOUSE), Ask())
    assert reading.shape is PageShape.DETAIL
    assert values(reading) == [
        {"title": "Skerry Light", "height": "42 m", "first_lit": "3 May 1844", "keepers": ["Anna Holm", "Per Lund"]}
    ]
    evidence = reading.candidates[0].fields["height"].evidence[0]
    assert (evidence.method, evidence.verdict, evidence.quote) == (Method.DEFINITIONS, Verdict.SUPPORTED, "42 m")


def test_asked_fields_are_found_under_their_labels_and_typed() -> None:
    reading = read_page(page_of(LIGHTHOUSE), Ask(fields=parse_fields("height,first_lit:date,keepers:list"), many=False))
    assert values(reading) == [{"height": "42 m", "first_lit": "1844-05-03", "keepers": ["Anna Holm", "Per Lund"]}]


def test_labels_in_another_language_name_asked_fields() -> None:
    html = """<html lang="de"><body><h1>Teekanne</h1><table><tr><th>Preis</th><td>12,50 €</td></tr>
      <tr><th>Hersteller</th><td>Ofen und Ton</td></tr><tr><th>Gewicht</th><td>800 g</td></tr></table></body></html>"""
    reading = read_page(page_of(html), Ask(fields=parse_fields("brand,weight"), many=False))
    assert values(reading) == [{"brand": "Ofen und Ton", "weight": "800 g"}]


def test_a_table_that_heads_its_rows_is_one_record() -> None:
    rows = (("Captain", "Ida Berg"), ("Home port", "Lund"), ("Crew", "12"), ("Built", "1902"))
    body = "".join(f"<tr><td><b>{label}</b></td><td>{value}</td></tr>" for label, value in rows)
    reading = read_page(page_of(f"<html><body><h1>Havfrue</h1><table>{body}</table></body></html>"), Ask())
    assert values(reading) == [
        {"title": "Havfrue", "captain": "Ida Berg", "home_port": "Lund", "crew": "12", "built": "1902"}
    ]


def test_captions_with_loose_text_after_them_are_pairs() -> None:
    html = """<html><body><h1>Harbour walk</h1><p><b>Guide:</b> Mona Ek<br><b>Distance:</b> 4 km<br>
      <strong>Start</strong>: by the mole</p></body></html>"""
    assert values(read_page(page_of(html), Ask())) == [
        {"title": "Harbour walk", "guide": "Mona Ek", "distance": "4 km", "start": "by the mole"}
    ]


def test_several_definition_lists_of_one_kind_are_several_records() -> None:
    ships = [("Havfrue", "Lund", "12 m"), ("Ternen", "Vik", "9 m"), ("Storm", "Sund", "15 m"), ("Alk", "Nes", "7 m")]
    html = "".join(
        f"<h3>{name}</h3><p>A ship.</p><dl><dt>Port</dt><dd>{port}</dd><dt>Length</dt><dd>{length}</dd></dl>"
        for name, port, length in ships
    )
    page = page_of(f"<html><body><h1>Ships</h1>{html}</body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,port,length:string")))
    assert reading.shape is PageShape.LIST
    assert values(reading) == [{"name": name, "port": port, "length": length} for name, port, length in ships]


def test_one_list_that_repeats_its_terms_is_cut_into_records() -> None:
    pairs = "".join(
        f"<dt>Station</dt><dd>{name}</dd><dt>Opened</dt><dd>{year}</dd><dt>Tracks</dt><dd>{tracks}</dd>"
        for name, year, tracks in (("Vik", "1890", "2"), ("Lund", "1902", "4"), ("Nes", "1911", "3"))
    )
    page = page_of(f"<html><body><h1>Stations</h1><dl>{pairs}</dl></body></html>")
    reading = read_page(page, Ask(fields=parse_fields("station,opened:string,tracks:string"), many=True))
    assert values(reading) == [
        {"station": "Vik", "opened": "1890", "tracks": "2"},
        {"station": "Lund", "opened": "1902", "tracks": "4"},
        {"station": "Nes", "opened": "1911", "tracks": "3"},
    ]


def test_menus_and_sentences_with_a_colon_are_no_pairs() -> None:
    html = """<html><body><nav><ul><li>Shop: all</li><li>Help: ask us</li></ul></nav><h1>On colons</h1>
      <p>There is one rule: never use two.</p></body></html>"""
    assert own_pairs(parse(html)) == []
