"""Steps of a flow as they are sent and shown: `{"type": "click", "label": "More", "selector": "#more"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.wire.reading import read_object
from domain.actions import Scroll, Step, Type, Wait
from domain.errors import InvalidInput
from domain.flows import SECRET_SHOWN
from services.requests import MAX_STEPS

MAX_URL = 4096  # characters
MAX_PIXELS = 100_000  # a page is at most some ten thousand high
MAX_WAIT_MS = 60_000
MAX_PAGES = 200  # as many as a run may read

Label = Annotated[str, Meta(max_length=200, description="Your own name for the step.")]
Selector = Annotated[str, Meta(max_length=1000, description="CSS.")]
NeededSelector = Annotated[str, Meta(min_length=1, max_length=1000, description="CSS.")]
Pixels = Annotated[int, Meta(ge=-MAX_PIXELS, le=MAX_PIXELS)]


class StepIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", omit_defaults=True):
    """One step."""

    label: Label = ""


class NavigateIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="navigate"):
    """Opens `url`; without one, the flow's own."""

    url: Annotated[str, Meta(max_length=MAX_URL)] = ""


class ClickIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="click"):
    selector: NeededSelector


class TypeIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="type"):
    """Puts `text` into a field in place of what it holds; `secret` keeps it out of logs."""

    selector: NeededSelector
    text: Annotated[str, Meta(max_length=10_000)]
    secret: bool = False


class SelectIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="select"):
    """Chooses the option with this value or, where there is none, with this text."""

    selector: NeededSelector
    value: Annotated[str, Meta(max_length=1000)]


class PressIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="press"):
    """A key by its DOM name (`Enter`, `ArrowDown`, `a`), in the element of `selector` or wherever the focus is."""

    key: Annotated[str, Meta(min_length=1, max_length=40)]
    selector: Selector = ""


class HoverIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="hover"):
    selector: NeededSelector


class ScrollIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="scroll"):
    """By pixels (`x`, `y`), to an element (`selector`), or to an end of the page (`to`): one of them."""

    x: Pixels = 0
    y: Pixels = 0
    selector: Selector = ""
    to: Literal["top", "bottom"] | None = None


class WaitIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="wait"):
    """For `ms` milliseconds, or until `selector` is to be seen, at most `timeoutMs`: one of them."""

    ms: Annotated[int, Meta(ge=0, le=MAX_WAIT_MS)] = 0
    selector: Selector = ""
    timeout_ms: Annotated[int, Meta(ge=1, le=MAX_WAIT_MS)] = 10_000


class PaginateIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="paginate"):
    """Reads the page it is on and those after it, at most `maxPages` in all. `selector` is the control that leads on;
    without one it is found as for a listing."""

    selector: Selector = ""
    max_pages: Annotated[int, Meta(ge=1, le=MAX_PAGES)] = 5


class ScreenshotIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="screenshot"):
    """A PNG of what is to be seen, of the whole page, or of one element."""

    full_page: bool = False
    selector: Selector = ""


class ExtractIn(StepIn, frozen=True, kw_only=True, rename="camel", tag="extract"):
    """Reads the records of the page as it is now; within `selector` where one is given."""

    selector: Selector = ""


WIRE: dict[str, type[StepIn]] = {str(each.__struct_config__.tag): each for each in StepIn.__subclasses__()}


def parse_steps(given: object, name: str = "steps") -> tuple[Step, ...]:
    """Steps as decoded from JSON. Raises InvalidInput with every mistake of every step: `steps[2].selector`."""
    if not isinstance(given, list):
        raise InvalidInput(fields={name: "a list of steps"})
    if len(given) > MAX_STEPS:
        raise InvalidInput(fields={name: f"at most {MAX_STEPS} steps, got {len(given)}"})
    steps: list[Step] = []
    mistakes: dict[str, str] = {}
    for at, each in enumerate(given):
        try:
            steps.append(_step(each))
        except InvalidInput as fault:
            mistakes |= {f"{name}[{at}].{path}" if path else f"{name}[{at}]": why for path, why in fault.fields.items()}
    if mistakes:
        raise InvalidInput(fields=mistakes)
    return tuple(steps)


def render_steps(steps: tuple[Step, ...]) -> list[StepIn]:
    """The text of a secret step is masked; sent back so, it stays what it was."""
    return [_shown(step) for step in steps]


def _shown(step: Step) -> StepIn:
    if isinstance(step, Type) and step.secret:
        step = msgspec.structs.replace(step, text=SECRET_SHOWN)
    wire = WIRE[str(step.__struct_config__.tag)]
    defaults = {field.name: field.default for field in msgspec.structs.fields(wire)}
    # Left out by value: msgspec leaves out by identity, and a number that was read is another object.
    return wire(**{name: value for name in defaults if (value := getattr(step, name)) != defaults[name]})


def _step(given: object) -> Step:
    if not isinstance(given, Mapping):
        raise InvalidInput(fields={"": 'an object, as {"type": "extract"}'})
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in WIRE:
        raise InvalidInput(fields={"type": f"one of {', '.join(WIRE)}"})
    wire = read_object({name: value for name, value in given.items() if name != "type"}, WIRE[kind])
    step = msgspec.convert({"type": kind, **msgspec.structs.asdict(wire)}, Step)
    if problem := _problem(step):
        raise InvalidInput(fields=problem)
    return step


def _problem(step: Step) -> dict[str, str]:
    """What members of a step do not go together."""
    match step:
        case Wait():
            given = {"ms": step.ms > 0, "selector": bool(step.selector)}
        case Scroll():
            given = {"y": bool(step.x or step.y), "selector": bool(step.selector), "to": step.to is not None}
        case _:
            return {}
    named = [name for name, is_given in given.items() if is_given]
    if len(named) == 1:
        return {}
    return {named[-1] if named else next(iter(given)): f"give one of {', '.join(given)}"}
