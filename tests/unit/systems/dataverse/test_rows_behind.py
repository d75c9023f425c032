"""Columns of rows that rows point to, read beside them: rows behind are sought together."""

from __future__ import annotations

import asyncio

import pytest

from shared.systems import Reading
from tests.unit.systems.dataverse.accounts import CONTACTS, known
from tests.unit.systems.worlds import DataverseWorld

pytestmark = pytest.mark.usefixtures("impatient")

KIND = "parentcustomerid_account.customertypecode"


def contact(world: DataverseWorld, account: str) -> str:
    """A contact of an account: its id."""
    body = {"lastname": "Novak", "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    return world.twin.create("contacts", body)


async def kinds(world: DataverseWorld, *, track: bool) -> tuple[list[object], list[str]]:
    """What the contacts of all pages say of the kind of their account, and the reads of accounts that it took."""
    reading = Reading(["contactid", KIND], track=track)
    pages = [page async for page in world.client.pages(CONTACTS, reading, None)]
    asked = [line for line in world.parts if "accounts" in line.partition("?")[0]]
    return [row.row.get(KIND, "unknown") for page in pages for row in page.rows], asked


@pytest.mark.parametrize("track", [True, False])
async def test_rows_behind_a_page_are_sought_together(world: DataverseWorld, track: bool) -> None:
    """In one request, for each counts against the limit of Dataverse; and each row once."""
    for number in range(40):
        row_id, _ = known(world, f"C-{number}", customertypecode=3)
        contact(world, row_id)
        contact(world, row_id)
    found, asked = await kinds(world, track=track)
    assert (found, len(asked)) == ([3] * 80, 1)


async def test_rows_behind_single_rows_are_sought_together(world: DataverseWorld) -> None:
    """Also where each record is read for itself, at the same time as others."""
    rows = [contact(world, known(world, f"C-{number}", customertypecode=3)[0]) for number in range(3)]
    found = await asyncio.gather(*(world.client.read(CONTACTS, [each], ["contactid", KIND]) for each in rows))
    assert [each and each.row[KIND] for each in found] == [3, 3, 3]
    assert len([line for line in world.parts if "accounts" in line.partition("?")[0]]) == 1


async def test_a_row_behind_that_no_query_shows_is_asked_for_alone(world: DataverseWorld) -> None:
    """Of one that is gone nothing is known."""
    _, gone = two(world)
    del world.twin.environment.tables["accounts"].rows[gone]
    found, asked = await kinds(world, track=True)
    assert found == [11, "unknown"]
    assert [line.partition("?")[0].rpartition("/")[2] for line in asked] == ["accounts", f"accounts({gone})"]


async def test_a_row_behind_that_is_hidden_keeps_its_own_record_back(world: DataverseWorld) -> None:
    """A query leaves it out without a word, as if it were gone; the record that points to it is said to be unreadable,
    and no other.
    """
    _, hidden = two(world)
    world.twin.behaviour.withheld_rows["accounts", "read"] = {hidden}
    pages = [page async for page in world.client.pages(CONTACTS, Reading(["contactid", KIND], track=True), None)]
    assert [row.row[KIND] for page in pages for row in page.rows] == [11]
    assert [hidden in why for page in pages for why in page.broken.values()] == [True]


def two(world: DataverseWorld) -> tuple[str, str]:
    """Two accounts, each with a contact."""
    first, second = (known(world, number, customertypecode=11)[0] for number in ("C-1", "C-2"))
    contact(world, first)
    contact(world, second)
    return first, second
