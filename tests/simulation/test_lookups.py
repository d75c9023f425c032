"""Lookups as consultants write them: to several tables, over another row, to rows that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import Outcome, Wake, conflicts, restore, set_state, visit
from shared.ledger import WAITING, read_trouble
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

PERSONS: Final = "dual_write.cds_contacts_v2_customers"


async def look(rig: Rig, identity: tuple[str, ...]) -> Outcome:
    """A visit to a contact person."""
    flow = rig.flow(PERSONS)
    return await visit(flow, Wake(ERP, identity, await flow.ledger.store_hint(ERP, identity, "event")))


def person(rig: Rig, customer: str, **values: str) -> tuple[str, ...]:
    """A contact person that somebody creates in the ERP; its identity."""
    row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
           "AssociatedContactNumber": customer, "FirstName": "Ada", "LastName": "King", **values}  # fmt: skip
    stored = rig.world.finops.create("CDSContactPersonsV2", row)
    return tuple(str(stored[name]) for name in ("dataAreaId", "ContactPersonPartyNumber", "AssociatedContactType",
                                                "AssociatedContactNumber"))  # fmt: skip


TABLES: Final = ("Contact(msdyn_contactpersonid)", "Account(accountnumber)")


@pytest.mark.parametrize("tables", [TABLES, TABLES[::-1]])
def test_a_lookup_to_several_tables_points_to_the_one_that_has_the_row(tmp_path: Path, tables: tuple[str, str]) -> None:
    """In whatever order the map names them."""

    async def story(rig: Rig) -> None:
        account = await coupled(rig)
        await set_state(rig.house, PERSONS, "running")
        outcome = await look(rig, person(rig, ACCOUNT))
        assert (outcome.kind, outcome.codes) == ("created", ())
        (contact,) = rig.world.dataverse.rows("contacts")
        assert contact["_parentcustomerid_value"] == account

    line = f"AssociatedContactNumber = parentcustomerid.{'.'.join(tables)}"
    on_stage(story, maps_with(tmp_path, f"fields: |\n  {line}\n", PERSONS))


LOST: Final = """fields: |
  AssociatedContactNumber = parentcustomerid.Account(accountnumber) ; off
  Notes = parentcustomerid.Contact(msdyn_contactpersonid).Account(accountnumber) ; conflict erp_wins
  Notes = description ; off
  GovernmentIdentificationNumber = governmentid ; off
  AssociatedContactNumber = governmentid
"""


def test_a_reference_to_one_of_several_tables_is_restored(tmp_path: Path) -> None:
    """Nobody has looked its row up by a code since: it is asked in which table it is."""

    async def story(rig: Rig) -> None:
        for each in (ACCOUNT, "US-002", "US-003"):
            await coupled(rig, each)
        lost = rig.dataverse("US-003")
        assert lost is not None
        await set_state(rig.house, PERSONS, "running")
        identity = person(rig, ACCOUNT, Notes=ACCOUNT)
        assert (await look(rig, identity)).kind == "created"
        (contact,) = rig.world.dataverse.rows("contacts")
        bound = {"parentcustomerid_account@odata.bind": f"/accounts({lost['accountid']})"}
        rig.world.dataverse.update("contacts", contact["contactid"], bound)
        key = dict(zip(rig.flow(PERSONS).map.identity, identity, strict=True))
        rig.world.finops.update("CDSContactPersonsV2", key, {"Notes": "US-002"})
        await look(rig, identity)
        (row,) = [each async for each in conflicts(rig.flow(PERSONS).ledger)]
        await restore(rig.flow(PERSONS), row["id"])
        (contact,) = rig.world.dataverse.rows("contacts")
        assert contact["_parentcustomerid_value"] == lost["accountid"]

    on_stage(story, maps_with(tmp_path, LOST, PERSONS))


OVER_ANOTHER_ROW: Final = """fields: |
  SalesMemo = description ; off
  SalesMemo < primarycontactid.parentcustomerid.accountnumber
"""


def test_a_lookup_over_another_row_is_written_once(tmp_path: Path) -> None:
    """What the ERP holds is the code of the row at the end of the way, until the row in between points elsewhere."""

    async def story(rig: Rig) -> None:
        contact = rig.world.dataverse.create("contacts", {"firstname": "Ada", "lastname": "King"})
        for employer in ("US-002", "US-003"):
            bound = {"parentcustomerid_account@odata.bind": f"/accounts({rig.account(employer)})"}
            rig.world.dataverse.update("contacts", contact, bound)
            if rig.dataverse() is None:
                rig.account(**{"primarycontactid@odata.bind": f"/contacts({contact})"})
            await rig.compare()
            customer, writes = rig.erp(), rig.writes()
            assert customer is not None
            assert customer["SalesMemo"] == employer
            await rig.compare()
            assert rig.writes() == writes

    on_stage(story, maps_with(tmp_path, OVER_ANOTHER_ROW))


def currency(folder: Path, missing: str) -> Catalogue:
    line = f"SalesCurrencyCode = transactioncurrencyid.isocurrencycode ; missing {missing}"
    return maps_with(folder, f"fields: |\n  {line}\n")


@pytest.mark.parametrize("missing", ["keep", "clear"])
def test_a_reference_that_a_create_leaves_out_is_not_overwritten(tmp_path: Path, missing: str) -> None:
    """The ERP fills a new customer's currency in by itself: that says nothing against the account's own."""

    async def story(rig: Rig) -> None:
        krone = rig.new_currency("DKK")
        row_id = rig.account(**{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({krone})"})
        await rig.visit(DATAVERSE, (row_id,))
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("USD", krone)
        assert rig.counts()["parked"] == 0

    on_stage(story, currency(tmp_path, missing))


def test_a_code_that_two_rows_have_is_said_with_both(tmp_path: Path) -> None:
    """It is there twice, and not missing: the row that waits names both, and goes on when one has it."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        rows = [rig.new_currency("DKK"), rig.new_currency("DKK")]
        identity = rig.customer(SalesCurrencyCode="DKK")
        assert (await rig.visit(ERP, identity)).kind == "waiting"
        (waiting,) = rig.rows(WAITING)
        assert all(row in read_trouble(waiting).items[0]["message"] for row in rows)
        rig.world.dataverse.delete("transactioncurrencies", rows[0])
        await rig.visit(ERP, identity)
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", rows[1])

    on_stage(story, currency(tmp_path, "wait"))
