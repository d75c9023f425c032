"""Deleting records at the version that was seen, and never twice."""

from __future__ import annotations

import pytest

from shared.errors import Gone, Rejected, Stale, Unanswered
from tests.unit.systems.dataverse.accounts import ACCOUNTS, COMPANIES, known
from tests.unit.systems.worlds import DataverseWorld, attempt

pytestmark = pytest.mark.usefixtures("impatient")


async def test_delete(world: DataverseWorld) -> None:
    """A record is deleted at the version that was seen."""
    row_id, version = known(world)
    await world.client.delete(ACCOUNTS, [row_id], version)
    assert world.twin.row("accounts", row_id) is None


async def test_delete_of_a_changed_record(world: DataverseWorld) -> None:
    """A record that somebody changed since is not deleted."""
    row_id, version = known(world)
    world.twin.update("accounts", row_id, {"name": "Theirs"})
    with pytest.raises(Stale):
        await world.client.delete(ACCOUNTS, [row_id], version)
    assert world.twin.row("accounts", row_id) is not None


async def test_delete_of_nothing(world: DataverseWorld) -> None:
    """Deleting what is gone says so."""
    row_id, version = known(world)
    await world.client.delete(ACCOUNTS, [row_id], version)
    with pytest.raises(Gone):
        await world.client.delete(ACCOUNTS, [row_id], version)


async def test_delete_that_is_restricted(world: DataverseWorld, company: str) -> None:
    """A record that others need is not deleted; the refusal is a rejection."""
    world.probe.account("C-1", company)
    row = world.twin.environment.tables["cdm_companies"].rows[company]
    found = await attempt(world.client.delete(COMPANIES, [company], row.etag))
    assert type(found) is Rejected
    assert world.twin.row("cdm_companies", company) is not None


async def test_delete_without_an_answer(world: DataverseWorld) -> None:
    """A delete that got no answer is not sent again."""
    row_id, version = known(world)
    world.gate.order("drop_after")
    with pytest.raises(Unanswered):
        await world.client.delete(ACCOUNTS, [row_id], version)
    assert len(world.arrived.requests) == 1
