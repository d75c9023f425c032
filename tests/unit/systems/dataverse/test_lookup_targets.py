"""Lookups that may point to several tables."""

from __future__ import annotations

import pytest

from shared.systems import Reading
from tests.unit.systems.dataverse.accounts import ACCOUNTS, CONTACTS, NAMES, known
from tests.unit.systems.worlds import DataverseWorld

pytestmark = pytest.mark.usefixtures("impatient")


async def test_targets_of_polymorphic_lookups(world: DataverseWorld) -> None:
    """Where a lookup may point to several tables, every way of reading it tells which."""
    parent, _ = known(world)
    body = {"lastname": '"Novak"', "parentcustomerid_account@odata.bind": f'"/accounts({parent})"'}
    columns = ["contactid", "lastname", "_parentcustomerid_value"]
    told = "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    created = await world.client.create(CONTACTS, body, columns)
    assert created is not None
    row_id = created.row["contactid"]
    read = await world.client.read(CONTACTS, [row_id], columns)
    assert read is not None
    updated = await world.client.update(CONTACTS, [row_id], {"lastname": '"Kral"'}, created.version, columns)
    (found,) = await world.client.find(CONTACTS, [(CONTACTS.fields["lastname"], "Kral")], columns)
    assert [each.row[told] for each in (created, read, updated, found)] == ["account"] * 4


async def test_targets_in_pages(world: DataverseWorld) -> None:
    """Pages tell the table of a polymorphic lookup, too."""
    parent, _ = known(world)
    world.twin.create("contacts", {"lastname": "Novak", "parentcustomerid_account@odata.bind": f"/accounts({parent})"})
    (page,) = [
        page async for page in world.client.pages(CONTACTS, Reading(["contactid", "_parentcustomerid_value"]), None)
    ]
    assert page.rows[0].row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"


async def test_tracked_pages_keep_their_mark(world: DataverseWorld) -> None:
    """A tracked read goes without annotations, which would cost it the mark that the next catch-up begins with."""
    known(world)
    reading = Reading(["contactid", "_parentcustomerid_value"], track=True)
    (page,) = [page async for page in world.client.pages(CONTACTS, reading, None)]
    assert page.mark is not None
    (following,) = [page async for page in world.client.changes(CONTACTS, reading, page.mark)]
    assert following.mark is not None


async def test_annotations_only_where_needed(world: DataverseWorld) -> None:
    """A lookup with a single target needs no annotation, and none is asked for."""
    row_id, _ = known(world)
    await world.client.read(ACCOUNTS, [row_id], [*NAMES, "_msdyn_company_value"])
    assert "prefer" not in world.arrived.requests[-1].headers
