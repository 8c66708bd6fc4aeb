"""From found values to checked ones: each is looked for on its page, and gets a confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from agent.extract.columns import TEXT
from agent.extract.confidence import Signs, confidence_of
from agent.extract.list_value import list_value
from agent.extract.reading import FoundValue
from agent.extract.setting import PageSetting
from domain.evidence import Evidence, Layer, Method, Verdict
from domain.extents import as_it_stands
from domain.fields import Field, FieldKind
from domain.grounding import ground
from domain.normal import Normal, normalise
from domain.records import Conflict, FieldValue, Value

MAX_ITEMS = 200  # of a list value
LONGEST_ROW = 20_000  # characters of text or source: what is found farther on is not of the next row
FORMLESS = frozenset({FieldKind.TEXT, FieldKind.IDENTIFIER, FieldKind.PERSON})  # many columns could be one of these
_LOOKED_FOR = FORMLESS | {FieldKind.TITLE}  # columns of these are taken by their look, where nothing names them
_NUMBERS = frozenset({FieldKind.PRICE, FieldKind.NUMBER, FieldKind.INTEGER})
_PART = Field(name="part")
_HTML_METHODS = frozenset({Method.JSON_LD, Method.MICRODATA, Method.OPENGRAPH, Method.STATE})


class Grounder:
    """Makes found values into checked ones. Values are looked for from where the last row ended, so that each gets the
    place in its own row and not that of the same words in another."""

    def __init__(self, setting: PageSetting) -> None:
        self._setting = setting
        self._near: dict[Layer, int] = dict(setting.near)

    def row(
        self, found: Mapping[str, FoundValue], fields: Sequence[Field], named: frozenset[str] | None = None
    ) -> dict[str, FieldValue]:
        """Field values by name; `named` are the fields whose column the page's own captions name, None where values are
        no columns'."""
        values: dict[str, FieldValue] = {}
        ends = dict(self._near)
        for field in fields:
            value = found.get(field.name)
            is_named = None if named is None else field.name in named
            told = self._field_value(value, field, is_named, self._near) if value is not None else None
            if told is None:
                continue
            values[field.name] = told
            for evidence in told.evidence:
                if evidence.start is None or evidence.end is None:
                    continue
                ahead = evidence.start - self._near.get(evidence.layer, 0)
                if 0 <= ahead < LONGEST_ROW:
                    ends[evidence.layer] = max(ends.get(evidence.layer, 0), evidence.end)
        self._near = ends
        return values

    def _field_value(
        self, found: FoundValue, field: Field, is_named: bool | None, near: Mapping[Layer, int]
    ) -> FieldValue | None:
        if found.items:
            return self._list_value(found, field, is_named, near)
        value = found.value
        unit = found.unit
        if value is None:
            normal = self._normal(found.raw, field)
            if normal is None:
                return None
            value, unit = normal.value, unit or normal.unit
        evidence = self._ground(value, found, field, near)
        parts = tuple(self._ground_part(part, near) for part in found.parts)
        if any(part.verdict is Verdict.UNSUPPORTED for part in parts):
            return None
        return FieldValue(
            value=value,
            verdict=evidence.verdict,
            evidence=(evidence, *parts),
            raw=found.extent or self._as_it_stands(found.raw, field, evidence),
            unit=unit,
            confidence=confidence_of(signs_of(found, field, evidence, is_named=is_named), evidence.verdict),
            conflicts=tuple(self._conflicts(found, field, near)),
            agreeing=_others(found),
        )

    def _as_it_stands(self, raw: str, field: Field, evidence: Evidence) -> str:
        """A number with what stands beside it and makes it another: "$450" of "$450 - $550" is one end."""
        start, end = evidence.start, evidence.end
        if field.kind not in _NUMBERS or evidence.layer is not Layer.TEXT or start is None or end is None:
            return raw
        told = as_it_stands(self._setting.page.text, start, end)
        return told if raw.strip() in told else raw

    def _ground_part(self, part: FoundValue, near: Mapping[Layer, int]) -> Evidence:
        """Where a part of a value stands: the value follows from it and is not said by it."""
        evidence = self._ground(part.raw, part, _PART, near)
        is_there = evidence.verdict is Verdict.SUPPORTED
        return msgspec.structs.replace(evidence, verdict=Verdict.DERIVED) if is_there else evidence

    def _list_value(
        self, found: FoundValue, field: Field, is_named: bool | None, near: Mapping[Layer, int]
    ) -> FieldValue | None:
        """A list of items that the page says; those that it does not say are left out."""
        values: list[Value] = []
        proofs: list[Evidence] = []
        sure: list[float] = []
        for item in found.items[:MAX_ITEMS]:
            normal = None if item.value is not None else self._normal(item.raw, field)
            value = item.value if item.value is not None else normal.value if normal else None
            if value is None:
                continue
            evidence = self._ground(value, item, field, near)
            if evidence.verdict in {Verdict.SUPPORTED, Verdict.DERIVED}:
                proofs.append(msgspec.structs.replace(evidence, part=f"[{len(values)}]"))
                values.append(value)
                sure.append(confidence_of(signs_of(found, field, evidence, is_named=is_named), evidence.verdict))
        return list_value(values, proofs, sure, raw=found.raw, agreeing=_others(found))

    def _conflicts(self, found: FoundValue, field: Field, near: Mapping[Layer, int]) -> Iterable[Conflict]:
        for other in found.conflicts:
            normal = None if other.value is not None else self._normal(other.raw, field)
            value = other.value if other.value is not None else normal.value if normal else None
            if value is not None:
                evidence = self._ground(value, other, field, near)
                if evidence.verdict is not Verdict.UNSUPPORTED:
                    yield Conflict(value=value, evidence=(evidence,), reason=found.chosen_for)

    def _normal(self, raw: str, field: Field) -> Normal | None:
        setting = self._setting
        return normalise(raw, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)

    def _ground(self, value: Value, found: FoundValue, field: Field, near: Mapping[Layer, int]) -> Evidence:
        layer = Layer.TEXT
        if found.method is Method.XHR:
            layer = Layer.RESPONSE
        elif found.attribute != TEXT or found.method in _HTML_METHODS:
            layer = Layer.HTML
        return ground(
            value,
            found.raw,
            field,
            self._setting.page,
            method=found.method,
            source_path=found.source_path,
            layer_hint=layer,
            near=near.get(layer, 0),
            locale=self._setting.tag,
        )


def _others(found: FoundValue) -> tuple[Method, ...]:
    if not found.agreeing:
        return ()
    return tuple(dict.fromkeys(method for method in found.agreeing if method is not found.method))


def signs_of(found: FoundValue, field: Field, evidence: Evidence, *, is_named: bool | None) -> Signs:
    """What is known of how a value was read. How well a column fitted says nothing of it being right, and is left
    out."""
    return Signs(
        method=found.method,
        kind=field.kind,
        match=evidence.match,
        agreeing=len(_others(found)),
        many=field.many,
        is_named=bool(is_named),
        is_guessed=is_named is False and field.kind in _LOOKED_FOR,
        is_contradicted=bool(found.conflicts),
        is_derived=evidence.verdict is Verdict.DERIVED,
        is_hidden=found.is_hidden and not _others(found),
    )
