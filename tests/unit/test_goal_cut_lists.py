"""A list of which a part did not come: what a run says of it, and what it pays."""

import msgspec
import pytest
from agent_doubles import GoalRequest, InMemoryFetcher
from goal_support import SHOP, run, shop

from domain.fields import parse_fields
from domain.pages import Unrolled, UnrollEnd

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


class Cut(InMemoryFetcher):
    """Each page of it is a list whose rest did not come, and wanted data of a host inside."""

    async def fetch(self, request):
        page = await super().fetch(request)
        unrolled = Unrolled(rounds=0, pieces=1, end=UnrollEnd.CUT, why="The site answered with status 503.", asked=2)
        return msgspec.structs.replace(page, unrolled=unrolled, refused=("10.0.0.1",))


async def test_what_kept_the_rest_of_a_list_from_coming_is_told_and_what_it_cost():
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price"))
    _, journal = await run(request, Cut(shop(pages=1)))
    told = {data["kind"]: text for text, data in journal.warnings}
    assert "status 503" in told["list_cut"]
    assert "10.0.0.1" in told["data_refused"]
    assert journal.spend.pages == 3
