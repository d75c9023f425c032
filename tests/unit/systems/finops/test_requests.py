"""Links, limits and whether anybody is there."""

from __future__ import annotations

import httpx
import pytest

from shared.errors import Refused, TryLater, Unanswered
from shared.systems import Finops
from tests.unit.systems.finops.groups import GROUPS, NAMES, known
from tests.unit.systems.worlds import FinopsWorld, Script, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


BASE = "https://contoso.operations.dynamics.com/data"


def linked(*links: str) -> tuple[Finops, Script]:
    script = Script(*(httpx.Response(200, json={"value": [], "@odata.nextLink": link}) for link in links))
    return Finops(connection(script, base=BASE), boundaries()), script


@pytest.mark.parametrize("link", ["https://evil.example/data/CustomerGroups?$skiptoken=1", "//evil.example/data",
                                  "https://contoso.operations.dynamics.com.evil.example/data"])  # fmt: skip
async def test_links_to_other_hosts(link: str) -> None:
    """A link that leads away is refused: our token goes with it."""
    client, script = linked(link)
    with pytest.raises(Refused):
        await client.query(GROUPS, "", NAMES)
    assert len(script.requests) == 1


async def test_links_that_go_in_circles() -> None:
    """A page that links to itself ends the pass with an error instead of going on for ever."""
    client, script = linked(*[f"{BASE}/CustomerGroups?$skiptoken=1"] * 9)
    with pytest.raises(Unanswered, match="same page link"):
        await client.query(GROUPS, "", NAMES)
    assert len(script.requests) == 2


async def test_ping_of_nobody() -> None:
    """If nobody is there, a ping says: later."""
    client = Finops(connection(Script(*[httpx.ConnectError("refused")] * 9)), boundaries())
    with pytest.raises(TryLater):
        await client.ping()


async def test_throttled_by_the_twin(world: FinopsWorld) -> None:
    """The limits of the service are obeyed: what is refused unread is sent again, and answered in the end."""
    world.twin.behaviour.refuse_busy = 2
    world.twin.behaviour.retry_after = False
    assert await world.client.read(GROUPS, known(world, "10"), NAMES) is not None
