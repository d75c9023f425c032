"""Records that change who they are: new numbers, other companies, seen from whichever end is heard of first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from shared.ledger import PARKED, erp_end, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

OLD = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
NEW = {"dataAreaId": "usmf", "CustomerAccount": "US-777"}
LONG_DEAD: Final = 1200.0
"""Seconds after which no request of a dead worker can be under way."""


def moved(rig: Rig, row_id: str, company: str) -> None:
    """A plug-in moves an account to another company; nobody else can."""
    values: Any = rig.world.dataverse.row("accounts", row_id)
    values["_msdyn_company_value"] = rig.companies[company]
    rig.change(row_id, telephone1=company)


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_renamed_customer_keeps_its_account_when_its_new_number_is_heard_of_first(tmp_path: Path, heard: str) -> None:
    """The new number is not a new customer: the account is neither doubled nor deleted, and follows the number."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        if heard == "event":
            await rig.visit(ERP, tuple(NEW.values()))
            await rig.pump()
        await rig.compare()
        await rig.pump()
        assert rig.accounts() == [row_id]
        assert rig.both("CustomerAccount", "accountnumber", "US-777") == ("US-777", "US-777")
        assert (rig.counts()["parked"], rig.counts()["hints"]) == (0, 0)

    on_stage(story, maps)


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_customer_renamed_while_its_account_is_out_of_scope_keeps_it(tmp_path: Path, heard: str) -> None:
    """The pair sleeps on under the new number, and is one pair when the account is back."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, customertypecode=8)
        await rig.compare()
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        if heard == "event":
            await rig.visit(ERP, tuple(NEW.values()))
        await rig.compare()
        await rig.pump()
        assert [(each.state, each.erp) for each in rig.couplings()] == [("dormant", tuple(NEW.values()))]
        rig.change(row_id, customertypecode=3)
        await rig.compare()
        assert rig.accounts() == [row_id]
        assert rig.both("CustomerAccount", "accountnumber", "US-777") == ("US-777", "US-777")

    on_stage(story, maps)


@pytest.mark.parametrize("policy", ["park", "put_back"])
def test_a_renamed_customer_parks_where_renames_are_not_followed(tmp_path: Path, policy: str) -> None:
    """The ERP cannot be told to take its old number back: both ends say what they seem to be."""
    maps = maps_with(tmp_path, f"policy: {{key_change: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        await rig.visit(ERP, tuple(NEW.values()))
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert rig.accounts() == [row_id]
        codes = {read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)}
        assert codes == {"renamed"}

    on_stage(story, maps)


def test_two_customers_of_one_party_are_two_customers() -> None:
    """A number that the party had before is no rename as long as the customer with that number exists."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        customer = rig.erp()
        assert customer is not None
        await rig.visit(ERP, rig.customer("US-777", PartyNumber=customer["PartyNumber"]))
        assert len(rig.accounts()) == 2

    on_stage(story)


def test_an_account_that_moves_to_another_company_parks_until_it_is_back() -> None:
    """A company is part of who a customer is: nothing flows while it differs, and everything once it is right again."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        moved(rig, row_id, "demf")
        rig.edit(SalesMemo="meanwhile")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("company",)
        assert rig.both("SalesMemo", "description") == ("meanwhile", None)
        (row,) = rig.rows(PARKED)
        await rig.compare()
        assert rig.rows(PARKED)[0].etag == row.etag
        moved(rig, row_id, "usmf")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("meanwhile", "meanwhile")
        assert rig.counts()["parked"] == 0

    on_stage(story)


def test_a_customer_whose_new_number_went_to_another_account_is_not_deleted(tmp_path: Path) -> None:
    """It was renamed to the number of an account that had no customer yet: its own account stays, and says why."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.account("US-777")
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert row_id in rig.accounts()
        assert "renamed" in {read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)}

    on_stage(story, maps)


def test_a_customer_renamed_to_the_number_of_a_deleted_one_is_not_deleted(tmp_path: Path) -> None:
    """The tombstone of the number does not hide who carries it now: the account follows its customer."""
    maps = maps_with(tmp_path, "policy: {key_change: rename}\n")

    async def story(rig: Rig) -> None:
        await coupled(rig, "US-777")
        row_id = await coupled(rig)
        rig.world.finops.delete("CustomersV3", NEW)
        await rig.compare()
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert [row["accountnumber"] for row in rig.world.dataverse.rows("accounts")] == ["US-777"]
        assert row_id in rig.accounts()

    on_stage(story, maps)


def test_the_delete_of_one_of_two_customers_of_a_party_is_left_to_a_person() -> None:
    """It may have been renamed to the other one: nothing tells the two apart."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer("US-777"))
        other = rig.erp("US-777")
        assert other is not None
        await rig.visit(ERP, rig.customer(PartyNumber=other["PartyNumber"]))
        rig.world.finops.delete("CustomersV3", OLD)
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).codes == ("renamed",)
        assert len(rig.accounts()) == 2

    on_stage(story)


@pytest.mark.parametrize("carried_out", ["at once", "late", "never"])
def test_an_account_renamed_while_its_customer_is_being_created_has_one_customer(carried_out: str) -> None:
    """Its claim stands for the old number: whoever recovers it looks there before the new number counts."""

    async def story(rig: Rig) -> None:
        row_id = rig.account("US-777")
        if carried_out == "late":
            rig.world.weather.orders["finops create"] = "late"
        dies_at = {"at once": "ledger settle", "never": "finops create"}.get(carried_out)

        def struck(step: str) -> bool:
            if step == (dies_at or "finops create"):
                rig.change(row_id, accountnumber=ACCOUNT)
            return step == dies_at

        rig.world.weather.strike = struck
        await asyncio.wait({rig.world.instance(rig.visit(DATAVERSE, (row_id,)))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.house = rig.world.house()
        await asyncio.sleep(LONG_DEAD)
        for _ in range(2):
            await rig.compare()
            await rig.pump()
        assert rig.accounts() == [row_id]
        (customer,) = rig.world.finops.rows("CustomersV3")
        assert customer["CustomerAccount"] == (ACCOUNT if carried_out == "never" else "US-777")
        (coupling,) = rig.couplings()
        assert coupling.erp == ("usmf", customer["CustomerAccount"])
        assert await rig.flow().ledger.coupling(erp_end(coupling.erp)) is not None

    on_stage(story)


def test_a_customer_renamed_before_its_party_was_known_is_not_deleted() -> None:
    """It was just created for an account, and the number of its party not yet written back: nothing tells a rename."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()

        def struck(step: str) -> bool:
            if step == "ledger settle" and rig.erp() is not None:
                rig.world.finops.rename("CustomersV3", OLD, NEW)
            return False

        rig.world.weather.strike = struck
        await rig.visit(DATAVERSE, (row_id,))
        await rig.compare()
        assert row_id in rig.accounts()
        assert "renamed" in {read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)}

    on_stage(story)


def test_a_customer_that_may_have_been_renamed_to_either_of_two_is_not_deleted() -> None:
    """Another customer of its party has no account yet: nothing tells which of them it is now."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        customer = rig.erp()
        assert customer is not None
        rig.customer("US-888", PartyNumber=customer["PartyNumber"])
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        (row_id,) = rig.accounts()
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).codes == ("renamed",)
        await rig.compare()
        assert row_id in rig.accounts()
        messages = [str(read_trouble(row).items[0]["message"]) for row in rig.rows(PARKED)]
        assert any("usmf US-777, or to usmf US-888" in message for message in messages)

    on_stage(story)


def test_a_customer_renamed_on_both_sides_is_told_as_that() -> None:
    """Its account is no other record's: it is the row of the old number, and a further pass says the same."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.finops.rename("CustomersV3", OLD, NEW)
        rig.change(row_id, accountnumber="US-777")
        await rig.visit(ERP, tuple(NEW.values()))
        await rig.compare()
        await rig.pump()
        before = [(row.etag, read_trouble(row).items[0]["code"]) for row in rig.rows(PARKED)]
        assert [code for _, code in before] == ["renamed", "renamed"]
        await rig.compare()
        assert [(row.etag, read_trouble(row).items[0]["code"]) for row in rig.rows(PARKED)] == before
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_what_finds_a_partner_is_no_key(tmp_path: Path) -> None:
    """A second group matches by name: an account without a number is found by it, and the name goes on travelling."""
    maps = maps_with(tmp_path, "match: [[CustomerAccount], [OrganizationName]]\n")

    async def story(rig: Rig) -> None:
        row_id = rig.account(None, name="Contoso")
        await rig.visit(ERP, rig.customer())
        assert rig.accounts() == [row_id]
        rig.edit(OrganizationName="Northwind")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")
        rig.change(row_id, name="Tailspin")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Tailspin", "Tailspin")
        assert rig.rows(PARKED) == []

    on_stage(story, maps)
