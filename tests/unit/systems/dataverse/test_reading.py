"""Reading one record: absence is what Dataverse says and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import Denied, NoField, Rejected, Unanswered
from shared.mapping import Entity
from shared.systems import Observation
from tests.unit.systems.dataverse.accounts import ABSENT, ACCOUNTS, CONTACTS, NAMES, known
from tests.unit.systems.worlds import DataverseWorld, all_of

pytestmark = pytest.mark.usefixtures("impatient")


async def test_read_of_nothing(world: DataverseWorld) -> None:
    """A record that never was, or was deleted, is None."""
    row_id, _ = known(world)
    world.twin.delete("accounts", row_id)
    assert await world.client.read(ACCOUNTS, [ABSENT], NAMES) is None
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is None


async def test_read_without_privilege(world: DataverseWorld) -> None:
    """A record we may not see is not absent."""
    row_id, _ = known(world)
    world.twin.behaviour.missing_privileges.add("prvReadaccount")
    with pytest.raises(Denied, match="prvReadaccount"):
        await world.client.read(ACCOUNTS, [row_id], NAMES)


@pytest.mark.parametrize("user", ["disabled", "missing"])
async def test_read_without_a_user(world: DataverseWorld, user: Any) -> None:
    """An app without its user in Dataverse is refused, saying so; nothing reads as absent."""
    world.twin.behaviour.application_user = user
    with pytest.raises(Denied):
        await world.client.read(ACCOUNTS, [ABSENT], NAMES)
    with pytest.raises(Denied):
        await world.client.ping()


async def test_read_of_unknown_columns(world: DataverseWorld) -> None:
    """A column that does not exist is about the map, and named: no record is at fault, and none is absent."""
    row_id, _ = known(world)
    with pytest.raises(NoField, match="frobnicate"):
        await world.client.read(ACCOUNTS, [row_id], [*NAMES, "frobnicate"])


async def test_read_of_an_unknown_table(world: DataverseWorld) -> None:
    """A table that does not exist is a rejection: it must never read as a deleted record."""
    unknown = Entity("dataverse", "frobs", ("frobid",), {}, "frob")
    with pytest.raises(Rejected, match="frobs"):
        await world.client.read(unknown, [ABSENT], ["frobid"])


async def test_read(world: DataverseWorld) -> None:
    """A record comes with the columns asked for and its version, by its id in any letter case."""
    row_id, version = known(world)
    for spelled in (row_id, row_id.upper()):
        found = await world.client.read(ACCOUNTS, [spelled], NAMES)
        assert found is not None
        assert found.version == version
        assert {name: found.row[name] for name in NAMES} == {
            "accountid": row_id, "accountnumber": "C-1", "name": "Name C-1",
        }  # fmt: skip


async def test_decimals_are_exact(world: DataverseWorld) -> None:
    """Amounts arrive as they were written, digit by digit."""
    row_id, _ = known(world, creditlimit=1234567.1)
    found = await world.client.read(ACCOUNTS, [row_id], ["creditlimit"])
    assert found is not None
    assert found.row["creditlimit"] in {"1234567.1", "1234567.10"}


async def test_reads_in_the_same_turn(world: DataverseWorld) -> None:
    """Reads asked for together are one request, and each gets its own record, None or refusal."""
    ids = [known(world, f"C-{number}")[0] for number in range(3)]
    found = await all_of(
        *(world.client.read(ACCOUNTS, [row_id], NAMES) for row_id in (ids[0], ABSENT, ids[2])),
        world.client.read(ACCOUNTS, [ids[1]], ["frobnicate"]),
        world.client.read(CONTACTS, [ids[1]], ["contactid"]),
    )
    assert world.arrived.lines == ["POST /api/data/v9.2/$batch"]
    assert [each.row["accountnumber"] if isinstance(each, Observation) else type(each) for each in found] == [
        "C-0", type(None), "C-2", NoField, type(None),
    ]  # fmt: skip


async def test_more_reads_than_a_batch_holds(world: DataverseWorld) -> None:
    """A hundred and one reads are two requests."""
    row_id, _ = known(world)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(101)))
    assert all(isinstance(each, Observation) for each in found)
    assert len(world.arrived.requests) == 2


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("kind", ["drop", "answer", "html"])
async def test_reads_without_an_answer(world: DataverseWorld, kind: str, many: int) -> None:
    """Reads that got no answer are asked again, alone or in a batch."""
    row_id, _ = known(world)
    world.gate.order(kind, times=2)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(many)))
    assert all(isinstance(each, Observation) for each in found)


@pytest.mark.parametrize("many", [1, 3])
async def test_truncated_answers(world: DataverseWorld, many: int) -> None:
    """An answer cut in half is no answer."""
    row_id, _ = known(world)
    world.gate.order("truncate", times=99)
    found = await all_of(*(world.client.read(ACCOUNTS, [row_id], NAMES) for _ in range(many)))
    assert all(isinstance(each, Unanswered) for each in found)
    assert len(found) == many


async def test_reads_beside_writes(world: DataverseWorld) -> None:
    """A read that was asked for in the same turn as a write is still a read: no answer, asked again."""
    row_id, version = known(world)
    world.gate.order("drop")
    found = await all_of(
        world.client.read(ACCOUNTS, [row_id], NAMES),
        world.client.update(ACCOUNTS, [row_id], {"name": '"New"'}, version, NAMES),
    )
    assert isinstance(found[0], Observation)


async def test_expired_token(world: DataverseWorld) -> None:
    """A token that ran out is renewed without anybody noticing."""
    row_id, _ = known(world)
    world.probe.pass_time(7200)
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is not None
    assert world.tokens.renewals == 1


async def test_throttled(world: DataverseWorld) -> None:
    """A throttled request is asked again after the pause."""
    row_id, _ = known(world)
    world.gate.order("answer", status=429, retry_after="0.01", times=2)
    assert await world.client.read(ACCOUNTS, [row_id], NAMES) is not None
