"""Opening hours are read from a table or a list of days, with or without a heading, in many languages."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.opening_hours import Week, week_of
from domain.records import is_told
from evals.readers import saved_page

DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Closed",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag geschlossen",
    "fr": "Lundi Mardi Mercredi Jeudi Vendredi Samedi Dimanche Fermé",
    "es": "Lunes Martes Miércoles Jueves Viernes Sábado Domingo Cerrado",
    "it": "Lunedì Martedì Mercoledì Giovedì Venerdì Sabato Domenica Chiuso",
    "nl": "Maandag Dinsdag Woensdag Donderdag Vrijdag Zaterdag Zondag Gesloten",
    "pl": "Poniedziałek Wtorek Środa Czwartek Piątek Sobota Niedziela Zamknięte",
    "ja": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日 定休日",
    "ru": "Понедельник Вторник Среда Четверг Пятница Суббота Воскресенье Выходной",
}
SHORT = {
    "en": ("Mon–Fri", "Sat", "Sun closed"),
    "de": ("Mo–Fr", "Sa", "So geschlossen"),
    "fr": ("Lun–Ven", "Sam", "Dim fermé"),
    "es": ("Lun–Vie", "Sáb", "Dom cerrado"),
    "it": ("Lun–Ven", "Sab", "Dom chiuso"),
    "nl": ("Ma–Vr", "Za", "Zo gesloten"),
    "pl": ("Pon–Pt", "Sob", "Niedz zamknięte"),
    "ja": ("月〜金", "土", "日 定休日"),
    "ru": ("Пн–Пт", "Сб", "Вс выходной"),
}
WEEK = {**dict.fromkeys(range(5), ((540, 1020),)), 5: ((600, 840),), 6: ()}


def hours(body: str, lang: str, *, many: bool | None = None) -> Week | None:
    html = f"<html lang={lang}><title>Mill</title><body><main><h1>Old Mill</h1><p>We grind.</p>{body}</main></body>"
    reading = read_page(saved_page("https://mill.example/", html), Ask(fields=parse_fields("name,hours"), many=many))
    assert len(reading.candidates) == 1
    found = reading.candidates[0].fields.get("hours")
    week = week_of(found.value) if found is not None and is_told(found) else None
    return {day: tuple(map(tuple, told)) for day, told in week.items()} if week else None  # ty: ignore[invalid-return-type]


def lines_of(lang: str) -> list[tuple[str, str]]:
    *days, closed = DAYS[lang].split()
    return [*((day, "9:00 – 17:00") for day in days[:5]), (days[5], "10:00 – 14:00"), (days[6], closed)]


@pytest.mark.parametrize("lang", DAYS)
@pytest.mark.parametrize("many", [None, False])
def test_a_table_of_days_that_nothing_heads_tells_the_week(lang: str, many: bool | None) -> None:
    rows = "".join(f"<tr><td>{day}</td><td>{told}</td></tr>" for day, told in lines_of(lang))
    assert hours(f"<table>{rows}</table>", lang, many=many) == WEEK


@pytest.mark.parametrize("lang", SHORT)
def test_a_list_of_days_tells_the_week(lang: str) -> None:
    weekdays, saturday, sunday = SHORT[lang]
    items = f"<li>{weekdays} 9:00–17:00</li><li>{saturday} 10:00–14:00</li><li>{sunday}</li>"
    assert hours(f"<ul>{items}</ul>", lang) == WEEK


def test_bare_hours_of_a_day_are_read_with_its_afternoon() -> None:
    assert hours("<ul><li>Mon–Fri 9–5</li><li>Sat 10–2</li><li>Sun closed</li></ul>", "en") == WEEK


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>Monday</td><td>Yoga 9:00</td></tr><tr><td>Tuesday</td><td>Choir 19:00</td></tr></table>",
        "<ul><li>Sat 10–2 Bread course</li><li>Sun 10–2 Jam course</li></ul>",
        "<ul><li>3 May 2024</li><li>5 May 2024</li></ul>",
    ],
)
def test_what_else_happens_on_days_is_no_timetable(body: str) -> None:
    assert hours(body, "en", many=False) is None


@pytest.mark.parametrize(
    ("text", "closed"),
    [("10時〜18時、月曜定休", {0}), ("営業時間 9時30分〜17時 水・木 定休日", {2, 3}), ("周一休息", {0})],
)
def test_days_off_are_told_in_east_asian_words(text: str, closed: set[int]) -> None:
    week = week_of(text)
    assert week is not None
    assert {day for day, told in week.items() if not told} == closed
