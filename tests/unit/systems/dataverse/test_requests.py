"""What stands on requests, how they are counted, and how long a client tries."""

from __future__ import annotations

import httpx
import pytest

from shared.errors import TryLater
from shared.systems import Dataverse, Patience
from shared.systems._client import observed
from tests.unit.systems.dataverse.accounts import ACCOUNTS, NAMES, ROW, account, dataverse, known, new_id, number_is
from tests.unit.systems.worlds import DataverseWorld, Script, all_of, answer, boundaries, connection

pytestmark = pytest.mark.usefixtures("impatient")


async def test_every_write_is_tagged(world: DataverseWorld, company: str) -> None:
    """Whatever way a write goes, alone, in a batch or in a message, its event can be recognised as ours."""
    client, seen = world.client, len(world.twin.history)
    await client.create(ACCOUNTS, account(1, company), NAMES)
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in (2, 3)))
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in (1, 4)))
    rows = world.twin.environment.tables["accounts"].rows
    await client.update(ACCOUNTS, [new_id(1)], {"name": '"New"'}, rows[new_id(1)].etag, NAMES)
    await all_of(
        *(client.update(ACCOUNTS, [new_id(n)], {"name": '"New"'}, rows[new_id(n)].etag, NAMES) for n in (2, 3))
    )
    await client.delete(ACCOUNTS, [new_id(1)], rows[new_id(1)].etag)
    await all_of(*(client.delete(ACCOUNTS, [new_id(number)], rows[new_id(number)].etag) for number in (2, 3)))
    changes = world.twin.history[seen:]
    assert [change.operation for change in changes] == ["create"] * 4 + ["update"] * 3 + ["delete"] * 3
    assert {change.tag for change in changes} == {"koppel"}


async def test_ping(world: DataverseWorld) -> None:
    """A ping asks who we are."""
    await world.client.ping()
    assert world.arrived.lines == ["GET /api/data/v9.2/WhoAmI"]


async def test_ping_of_nobody() -> None:
    """If nobody is there, a ping says: later."""
    client, _ = dataverse(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(TryLater):
        await client.ping()


async def test_calls_by_kind(world: DataverseWorld, company: str) -> None:
    """Requests are counted by kind, for the figures of a run."""
    client = world.client
    await all_of(*(client.create(ACCOUNTS, account(number, company), NAMES) for number in range(2)))
    await client.read(ACCOUNTS, [new_id(1)], NAMES)
    await all_of(*(client.read(ACCOUNTS, [new_id(number)], NAMES) for number in range(2)))
    await client.find(ACCOUNTS, number_is("C-1"), NAMES)
    assert client.calls == {"create multiple": 1, "get": 1, "batch": 1, "page": 2}


def test_versions() -> None:
    """A row without a version has an empty one."""
    assert (observed(ROW).version, observed({}).version) == ('W/"1"', "")


async def test_headers_of_reads_and_writes(world: DataverseWorld) -> None:
    """Reads tell caches to keep out; writes say what they carry and what they expect."""
    row_id, version = known(world)
    await world.client.read(ACCOUNTS, [row_id], NAMES)
    await world.client.update(ACCOUNTS, [row_id], {"name": '"x"'}, version, NAMES)
    reading, writing = (request.headers for request in world.arrived.requests)
    assert reading["if-none-match"] == "null"
    assert (writing["if-match"], writing["content-type"]) == (version, "application/json; charset=utf-8")
    assert {headers["odata-version"] for headers in (reading, writing)} == {"4.0"}


async def test_patience_is_the_connections() -> None:
    """How long a client tries is set where its connection is made."""
    script = Script(*[answer(503)] * 9)
    client = Dataverse(connection(script, patience=Patience(attempts=2)), boundaries())
    with pytest.raises(TryLater):
        await client.ping()
    assert len(script.requests) == 2
