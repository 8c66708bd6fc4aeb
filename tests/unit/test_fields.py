import pytest

from domain.errors import InvalidInput
from domain.fields import FieldKind, make_field, parse_fields, words_of


@pytest.mark.parametrize(
    ("name", "type_name", "kind"),
    [
        ("price", "number", FieldKind.PRICE),
        ("total_time", "number", FieldKind.DURATION),
        ("rating", "number", FieldKind.RATING),
        ("price", "date", FieldKind.DATE),
        ("documentURL", None, FieldKind.URL),
        ("opening time", None, FieldKind.TEXT),
        ("colour", None, FieldKind.TEXT),
    ],
)
def test_a_name_refines_a_vague_type_and_never_overrules_a_telling_one(name, type_name, kind):
    assert make_field(name, type_name).kind is kind


def test_a_list_keeps_the_kind_of_its_items():
    links, tags = parse_fields("links:list,tags:string[]")
    assert (links.kind, links.many) == (FieldKind.URL, True)
    assert (tags.kind, tags.many) == (FieldKind.TEXT, True)


@pytest.mark.parametrize("text", ["price:nunber", "a" * 65, "price,Price", ",".join(f"f{i}" for i in range(61))])
def test_a_bad_field_list_is_refused_with_the_field_named(text):
    with pytest.raises(InvalidInput) as refused:
        parse_fields(text)
    assert "fields" in refused.value.fields


def test_every_spelling_of_a_name_has_the_same_words():
    assert words_of("documentURL") == words_of("document_url") == words_of("Document URL") == ("document", "url")
