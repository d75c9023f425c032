"""Lookups as consultants write them: to several tables, over another row, to rows that are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.engine import Outcome, Wake, explain, restore, set_state, visit
from shared.ledger import PARKED, WAITING, read_trouble
from shared.mapping import Catalogue, Side
from tests.simulation.listed import conflicts
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


@pytest.mark.parametrize("missing", ["keep", "clear"])
@pytest.mark.parametrize("when", ["created", "edited"])
def test_a_reference_that_was_left_out_arrives_when_it_means_something(tmp_path: Path, missing: str, when: str) -> None:
    """Once the ERP has the code, the next pass brings it over; until then explain says why it has not arrived.

    A customer cannot be without a currency: to clear it is refused.
    """
    said = "must be filled in" if (missing, when) == ("clear", "edited") else f"missing {missing}"

    async def story(rig: Rig) -> None:
        krone = rig.new_currency("DKK")
        bound = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({krone})"}
        row_id = rig.account(**(bound if when == "created" else {}))
        await rig.visit(DATAVERSE, (row_id,))
        if when == "edited":
            rig.change(row_id, **bound)
        await rig.compare()
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        lines = (await explain(rig.flow(), DATAVERSE, (row_id,)))["lines"]
        assert any(said in each["flows"] for each in lines)
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", krone)

    on_stage(story, currency(tmp_path, missing))


@pytest.mark.parametrize("looked", ["event", "pass"])
@pytest.mark.parametrize("option", ["", " ; missing clear", " ; missing keep"])
def test_a_code_that_two_rows_have_parks_what_names_it(tmp_path: Path, option: str, looked: str) -> None:
    """Nobody knows which one is meant, whatever the line says of missing rows; both are named. It goes on once one of
    them is left.
    """

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        rows = [rig.new_currency("DKK"), rig.new_currency("DKK")]
        rig.world.dataverse.update("transactioncurrencies", rows[1], {"currencyname": "Old krone"})
        identity = rig.customer(SalesCurrencyCode="DKK")
        if looked == "event":
            assert (await rig.visit(ERP, identity)).kind == "parked"
        else:
            await rig.compare()
        (row,) = rig.rows(PARKED)
        (item,) = read_trouble(row).items
        assert (item["code"], item["value"], rig.accounts(), rig.rows(WAITING)) == ("several", "DKK", [], [])
        named = sorted([f"DKK ({rows[0]})", f"Old krone ({rows[1]})"])
        assert item["message"] == (f"2 rows of transactioncurrencies have 'DKK' as their isocurrencycode: "
                                   f"{', '.join(named)}; leave it to one of them")  # fmt: skip
        rig.world.dataverse.delete("transactioncurrencies", rows[1])
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", rows[0])
        assert rig.counts()["parked"] == 0

    line = f"SalesCurrencyCode = transactioncurrencyid.isocurrencycode{option}"
    on_stage(story, maps_with(tmp_path, f"fields: |\n  {line}\n"))


def test_a_code_that_two_rows_have_by_now_parks_its_line_alone() -> None:
    """The rest of a customer in sync is carried over."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        rows = [rig.new_currency("DKK"), rig.new_currency("DKK")]
        rig.edit(SalesCurrencyCode="DKK", OrganizationName="Northwind")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        assert [each["code"] for row in rig.rows(PARKED) for each in read_trouble(row).items] == ["several"]
        rig.world.dataverse.delete("transactioncurrencies", rows[0])
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", rows[1])
        assert rig.counts()["parked"] == 0

    on_stage(story)


JOB: Final = """fields: |
  SalesMemo = description ; off
  SalesMemo < primarycontactid.jobtitle
"""


@pytest.mark.parametrize("looked", ["event", "pass"])
@pytest.mark.parametrize("met", [DATAVERSE, ERP])
def test_a_text_of_another_row_that_is_blank_says_nothing(tmp_path: Path, met: Side, looked: str) -> None:
    """It stops no record, empties no text of the ERP at a first match, and flows once it is filled in and when it is
    cleared.
    """

    async def story(rig: Rig) -> None:
        contact = rig.world.dataverse.create("contacts", {"firstname": "Ada", "lastname": "King"})
        row_id = rig.account(**{"primarycontactid@odata.bind": f"/contacts({contact})"})
        if met == ERP:
            rig.customer(SalesMemo="Pays late")
        for _ in range(2):
            await (rig.visit(DATAVERSE, (row_id,)) if looked == "event" else rig.compare())
        customer = rig.erp()
        assert customer is not None
        assert (customer["SalesMemo"], rig.counts()["waiting"]) == ("Pays late" if met == ERP else "", 0)
        writes, rows = rig.writes(), [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")]
        await rig.compare()
        assert (rig.writes(), [rig.rows(prefix) for prefix in ("d~", "e~", "p~", "w~", "j~", "h~")]) == (writes, rows)
        for title in ("Buyer", None):
            rig.world.dataverse.update("contacts", contact, {"jobtitle": title})
            await rig.compare()
            customer = rig.erp()
            assert customer is not None
            assert customer["SalesMemo"] == (title or "")
        assert (rig.counts()["parked"], rig.counts()["waiting"]) == (0, 0)

    on_stage(story, maps_with(tmp_path, JOB))


def test_who_points_to_a_row_whose_text_is_blank_has_chosen_it_though_the_one_before_is_gone(tmp_path: Path) -> None:
    """The system emptied nothing: the text flows as blank, and nobody is asked to choose another row."""

    async def story(rig: Rig) -> None:
        buyer = rig.world.dataverse.create("contacts", {"firstname": "Ada", "lastname": "King", "jobtitle": "Buyer"})
        row_id = rig.account(**{"primarycontactid@odata.bind": f"/contacts({buyer})"})
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "name") == ("Buyer", "Contoso")
        other = rig.world.dataverse.create("contacts", {"firstname": "Bob", "lastname": "King"})
        rig.change(row_id, **{"primarycontactid@odata.bind": f"/contacts({other})"})
        rig.world.dataverse.delete("contacts", buyer)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "name") == ("", "Contoso")
        assert rig.counts()["parked"] == 0

    on_stage(story, maps_with(tmp_path, JOB))


def test_a_code_that_is_yet_to_be_given_is_waited_for(tmp_path: Path) -> None:
    """A contact without a number is no blank: the ERP may be about to number it."""

    async def story(rig: Rig) -> None:
        employee = rig.world.dataverse.create("contacts", {"firstname": "Ada", "lastname": "King"})
        row_id = rig.account(**{"primarycontactid@odata.bind": f"/contacts({employee})"})
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "waiting"

    on_stage(story, maps_with(tmp_path, JOB.replace("jobtitle", "msdyn_contactpersonid")))
