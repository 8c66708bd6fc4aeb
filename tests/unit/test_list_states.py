"""A list that shows its rows in turns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fetch.browser.states import States
from fetch.dom import parse, visible_text
from fetch.offload import InlineOffload, WorkerDied


def page(rows: list[int], *, tag: str = "li", around: str = "ul") -> str:
    shown = "".join(f"<{tag}><h3>Boat no. {n}</h3><a href='/b/{n}'>more</a></{tag}>" for n in rows)
    told = f"{rows[0]} to {rows[-1]}" if rows else "none"
    parts = (
        f"<div class=bar>{told}</div><div class=list><{around}>{shown}</{around}></div><div class=pager>{told}</div>"
    )
    return f"<html><body><header>Boats</header><main>{parts}</main><footer>Imprint</footer></body></html>"


def boats(html: str) -> list[str]:
    return [line for line in visible_text(parse(html)).split("\n") if line.startswith("Boat no.")]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=6), st.sampled_from(["li", "div", "article"]))
async def test_the_rows_of_all_states_are_read_once_each_and_the_page_around_them_once(
    starts: list[int], tag: str
) -> None:
    states = States(page(list(range(starts[0], starts[0] + 5)), tag=tag), InlineOffload())
    for start in starts[1:]:
        await states.add(page(list(range(start, start + 5)), tag=tag))
    numbers = dict.fromkeys(n for start in starts for n in range(start, start + 5))
    assert boats(states.html) == [f"Boat no. {n}" for n in numbers]
    assert states.html.count("Imprint") == states.html.count("<header>") == 1


async def test_a_clock_that_ticks_or_another_page_adds_no_row() -> None:
    states = States(page([1, 2, 3]), InlineOffload())
    assert await states.add(page([1, 2, 3]).replace("Imprint", "12:01")) == 0
    assert await states.add("<html><body><p>Somewhere else</p></body></html>") == 0
    assert await states.add("") == 0
    assert (states.html, states.has_more) == (page([1, 2, 3]), False)


async def test_parts_that_are_called_alike_are_compared_one_by_one() -> None:
    def part(start: int) -> str:
        return "<div class=list>" + "".join(f"<p>Boat no. {n}</p>" for n in range(start, start + 3)) + "</div>"

    states = States(f"<main>{part(1)}{part(4)}<hr></main>", InlineOffload())
    assert await states.add(f"<main>{part(7)}</main>") == 3
    assert boats(states.html).count("Boat no. 7") == 1


class Elsewhere(InlineOffload):
    """Counts what is given to it; `dies` at it."""

    def __init__(self, *, dies: bool = False) -> None:
        self.calls, self.dies = 0, dies

    async def run(self, function, *args, deadline_s=1.0):
        self.calls += 1
        if self.dies:
            raise WorkerDied
        return await super().run(function, *args, deadline_s=deadline_s)


async def test_states_are_put_together_off_the_event_loop() -> None:
    elsewhere = Elsewhere()
    states = States(page([1, 2, 3]), elsewhere)
    assert [await states.add(page([4, 5, 6])), await states.add(page([7, 8, 9]))] == [3, 3]
    assert elsewhere.calls == 2


async def test_a_state_that_takes_its_worker_down_is_told_as_unread() -> None:
    states = States(page([1, 2, 3]), Elsewhere(dies=True))
    assert await states.add(page([4, 5, 6])) == 0
    assert (states.is_unread, states.html) == (True, page([1, 2, 3]))
