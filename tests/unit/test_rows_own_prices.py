"""A row's price is found where the row has it, and a number or an old price in its place is none."""

from __future__ import annotations

import pytest
from bowl_rows import read, told


@pytest.mark.parametrize(
    "sale",
    [
        "<p>Was ${1}</p><p>Now ${0}</p>",
        "<span class=old-price>${1}</span> <b>${0}</b>",
        "<p><s>${1}</s></p><p>${0}</p>",
    ],
)
@pytest.mark.parametrize("every", [2, 9])
def test_rows_on_sale_tell_what_they_cost_now_however_few(sale: str, every: int) -> None:
    shown = ((sale if at % every == 0 else "<p>${0}</p>").format(f"{at + 10}.50", f"{at + 150}.50") for at in range(40))
    rows = "".join(f"<tr><td><a href=/{at}>{told(at)[0]}</a><td>{price}</tr>" for at, price in enumerate(shown))
    assert read(f"<table><tr><th>Name<th>Price</tr>{rows}</table>") == [told(at) for at in range(40)]


def test_a_remark_with_a_number_in_it_is_no_price() -> None:
    rows = "".join(
        f"<li class=card><h3><a href=/{at}>{told(at)[0]}</a></h3>{'<p>Only 3 left</p>' if at % 4 == 1 else ''}"
        f"<p>${told(at)[1]:.2f}</p></li>"
        for at in range(12)
    )
    assert read(f"<ul>{rows}</ul>") == [told(at) for at in range(12)]
