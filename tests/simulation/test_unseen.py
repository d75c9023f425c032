"""A column that the app may not read is not empty, nor is a mask a value: its lines do not flow, and say so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from shared.engine import explain, state_of
from shared.errors import TryLater
from shared.ledger import read_trouble
from shared.mapping import Access, Side, unseen
from tests.emulator.dataverse.behaviour import ColumnRight
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_deletes import delete
from tests.simulation.world import shipped_maps

ACCOUNTS = [f"S-{number:02}" for number in range(12)]
EVERYTHING: frozenset[ColumnRight] = frozenset({"read", "create", "update"})


def secure(rig: Rig, column: str, *rights: ColumnRight, table: str = "accounts") -> None:
    """An administrator turns column security on; Koppel's user may do this with the column."""
    rig.world.dataverse.behaviour.secured_columns[table, column] = frozenset(rights)


def mask(rig: Rig, column: str) -> None:
    """And sets a masking rule for it."""
    rule = {"uniquename": column, "entityname": "account", "attributelogicalname": column}
    rig.world.dataverse.create("attributemaskingrules", rule)


def limits(rig: Rig) -> set[Any]:
    return {row["CreditLimit"] for row in rig.world.finops.rows("CustomersV3")}


async def customers(rig: Rig, accounts: Collection[str] = ACCOUNTS, **values: Any) -> dict[str, str]:
    return {account: await coupled(rig, account, CreditLimit=5000, **values) for account in accounts}


async def made_unseen(rig: Rig, column: str, **values: Any) -> str:
    """The id of an account that was made of a customer while this column could not be seen."""
    secure(rig, column)
    rig.customer(**values)
    await rig.compare()
    (coupling,) = rig.couplings()
    return coupling.dataverse


def test_a_column_that_the_app_may_not_read_is_not_empty() -> None:
    """Twelve credit limits stay what they are, other edits go on, and a second pass writes nothing."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        secure(rig, "creditlimit")
        for row_id in ids.values():
            rig.change(row_id, telephone1="555")
        await rig.compare()
        assert limits(rig) == {5000}
        assert {row["PrimaryContactPhone"] for row in rig.world.finops.rows("CustomersV3")} == {"555"}
        writes = rig.writes()
        tally = await rig.compare()
        assert rig.writes() == writes
        assert tally.counts["equal"] == len(ids), "what cannot be seen makes no record differ"

    on_stage(story)


def test_what_a_masked_column_shows_is_no_value() -> None:
    """It is known by the rule: the mask is written nowhere."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactPhone="123456789")
        secure(rig, "telephone1", *EVERYTHING)
        mask(rig, "telephone1")
        rig.change(row_id, name="Contoso Ltd")
        await rig.compare()
        found = rig.erp()
        assert found is not None
        assert (found["PrimaryContactPhone"], found["OrganizationName"]) == ("123456789", "Contoso Ltd")

    on_stage(story)


@pytest.mark.parametrize("rights", [{"read"}, {"read", "create"}, {"create", "update"}, set[ColumnRight]()])
@pytest.mark.parametrize("how", ["edit", "create"])
def test_a_line_whose_column_may_not_be_written_holds_nothing_else_back(rights: set[ColumnRight], how: str) -> None:
    """The rest of an edited customer, and a new one, arrive in Dataverse without it; nothing pauses."""

    async def story(rig: Rig) -> None:
        await coupled(rig, CreditLimit=5000)
        secure(rig, "creditlimit", *rights)
        if how == "edit":
            rig.edit(CreditLimit=7000, OrganizationName="Contoso Ltd")
        else:
            rig.customer("US-002", CreditLimit=7000, OrganizationName="Contoso Ltd")
        await rig.compare()
        found = rig.dataverse(ACCOUNT if how == "edit" else "US-002")
        assert found is not None
        assert found["name"] == "Contoso Ltd"
        assert found["creditlimit"] == (5000 if how == "edit" else None)
        assert await rig.state() == "running"

    on_stage(story)


def test_a_secured_column_that_the_app_may_use_flows_as_ever() -> None:
    """Security alone is no obstacle."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, CreditLimit=5000)
        secure(rig, "creditlimit", *EVERYTHING)
        rig.change(row_id, creditlimit=6000)
        await rig.compare()
        assert rig.both("CreditLimit", "creditlimit") == (6000, 6000)

    on_stage(story)


@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
def test_what_was_edited_unseen_flows_once_it_is_seen(edited_in: str) -> None:
    """What was agreed before is not forgotten: one side has changed, so nobody else wins."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, CreditLimit=5000)
        secure(rig, "creditlimit")
        await rig.compare()
        if edited_in == ERP:
            rig.edit(CreditLimit=7000)
        else:
            rig.change(row_id, creditlimit=7000)
        await rig.compare()
        secure(rig, "creditlimit", *EVERYTHING)
        await rig.compare()
        assert rig.both("CreditLimit", "creditlimit") == (7000, 7000)
        assert not rig.conflicts()

    on_stage(story)


@pytest.mark.parametrize("then", ["seen", "deleted"])
def test_what_a_create_had_to_leave_out_unseen_is_not_agreed(then: str) -> None:
    """The customer's limit arrives once the column is seen; deleted before, its account takes no limit with it."""

    async def story(rig: Rig) -> None:
        secure(rig, "creditlimit")
        rig.customer(CreditLimit=5000)
        await rig.compare()
        secure(rig, "creditlimit", *EVERYTHING)
        if then == "deleted":
            (coupling,) = rig.couplings()
            delete(rig, DATAVERSE, coupling.dataverse)
        await rig.compare()
        if then == "seen":
            assert rig.both("CreditLimit", "creditlimit") == (5000, 5000)
        else:
            assert limits(rig) == {5000}
        assert rig.counts()["parked"] == (then == "deleted")

    on_stage(story)


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
@pytest.mark.parametrize("then", ["seen", "edited"])
def test_nothing_is_deleted_while_nobody_can_see_what_it_holds(gone: Side, then: str) -> None:
    """The customer whose limit Dataverse never had, and the account whose limit may have been edited: either stays.
    Once the column is seen, the policy goes on by itself, unless there is an edit.
    """

    async def story(rig: Rig) -> None:
        row_id = await made_unseen(rig, "creditlimit", CreditLimit=5000)
        if gone == ERP:
            secure(rig, "creditlimit", *EVERYTHING)
            await rig.compare()
            assert rig.both("CreditLimit", "creditlimit") == (5000, 5000)
            secure(rig, "creditlimit")
            if then == "edited":
                rig.change(row_id, creditlimit=6000)
        delete(rig, gone, ACCOUNT if gone == ERP else row_id)
        await rig.compare()
        assert (rig.erp() is None, rig.dataverse() is None) == (gone == ERP, gone == DATAVERSE)
        assert [item["code"] for row in rig.rows("p~") for item in read_trouble(row).items] == ["hidden"]
        secure(rig, "creditlimit", *EVERYTHING)
        await rig.compare()
        stays = gone == DATAVERSE or then == "edited"
        assert (rig.erp() is None and rig.dataverse() is None) != stays
        assert rig.counts()["parked"] == stays

    on_stage(story)


def test_a_blank_does_not_win_over_what_was_typed_while_nobody_saw_it() -> None:
    """A customer without a memo becomes an account; what is typed there unseen arrives in the ERP later."""

    async def story(rig: Rig) -> None:
        row_id = await made_unseen(rig, "description", SalesMemo="")
        rig.change(row_id, description="a shop")
        await rig.compare()
        secure(rig, "description", *EVERYTHING)
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("a shop", "a shop")
        assert not rig.conflicts()

    on_stage(story)


@pytest.mark.parametrize("column", ["customertypecode", "accountnumber", "msdyn_company", "name"])
def test_a_flow_that_cannot_see_what_it_stands_on_stops(column: str) -> None:
    """Its scope, number, company or name: it pauses and names the column, and nobody falls asleep or is deleted."""

    async def story(rig: Rig) -> None:
        await customers(rig, ACCOUNTS[:2])
        secure(rig, column)
        writes = rig.writes()
        await rig.compare_and_note()
        found = await state_of(rig.house, CUSTOMERS)
        assert found["state"] == "paused"
        assert f"account.{column} is secured" in found["reason"]
        assert rig.writes() == writes
        assert {each.state for each in rig.couplings()} == {"coupled"}

    on_stage(story)


def test_a_lookup_whose_code_cannot_be_read_does_not_flow() -> None:
    """Payment terms exist, and none of them shows its code: no customer loses his term, none waits for it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="Net30")
        secure(rig, "msdyn_name", table="msdyn_paymentterms")
        rig.change(row_id, telephone1="555")
        await rig.compare()
        found = rig.erp()
        assert found is not None
        assert (found["PaymentTerms"], found["PrimaryContactPhone"]) == ("Net30", "555")

    on_stage(story)


@pytest.mark.parametrize("column", ["creditlimit", "customertypecode"])
def test_a_column_secured_a_moment_ago_is_looked_at_before_a_blank_is_believed(column: str) -> None:
    """The event comes before anybody has looked at the columns again: the record waits, and nothing is cleared."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, CreditLimit=5000)
        await rig.pump()
        secure(rig, column)
        rig.change(row_id, telephone1="555")
        with pytest.raises(TryLater):
            await rig.visit(DATAVERSE, (row_id,))
        found = rig.erp()
        assert found is not None
        assert found["CreditLimit"] == 5000
        assert [each.state for each in rig.couplings()] == ["coupled"]

    on_stage(story)


@pytest.mark.parametrize("before", ["in sync", "not coupled"])
def test_a_column_secured_a_moment_ago_is_looked_at_before_a_blank_is_filled(before: str) -> None:
    """What somebody has typed there is only hidden: the record waits, and both values stand."""

    async def story(rig: Rig) -> None:
        if before == "in sync":
            row_id = await coupled(rig)
        else:
            row_id = rig.account(ACCOUNT)
            rig.customer()
        await rig.pump()
        rig.change(row_id, description="call before noon")
        rig.edit(SalesMemo="pays late")
        secure(rig, "description", "create", "update")
        with pytest.raises(TryLater):
            await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("SalesMemo", "description") == ("pays late", "call before noon")

    on_stage(story)


@pytest.mark.parametrize(("seconds", "sees"), [(0.9, False), (1.1, True)])
def test_slices_within_a_second_go_by_one_look(seconds: float, *, sees: bool) -> None:
    """Those that begin right after each other ask once; a later one asks again."""

    async def story(rig: Rig) -> None:
        await rig.house.know_columns()
        secure(rig, "creditlimit")
        await asyncio.sleep(seconds)
        await rig.house.know_columns()
        assert (CUSTOMERS in rig.house.unseen) == sees

    on_stage(story)


def test_slices_that_begin_together_wait_for_one_look() -> None:
    """The second one does not begin before it knows what the first one is still asking."""

    async def story(rig: Rig) -> None:
        secure(rig, "creditlimit")
        await asyncio.sleep(2)
        first = asyncio.create_task(rig.house.know_columns())
        await asyncio.sleep(0.001)
        await rig.house.know_columns()
        assert CUSTOMERS in rig.house.unseen
        await first

    on_stage(story)


def test_a_look_that_came_to_nothing_is_none() -> None:
    """Whoever was cut off while he asked has not looked."""

    async def story(rig: Rig) -> None:
        secure(rig, "creditlimit")
        await asyncio.sleep(2)
        first = asyncio.create_task(rig.house.know_columns())
        await asyncio.sleep(0.001)
        first.cancel()
        await rig.house.know_columns()
        assert CUSTOMERS in rig.house.unseen

    on_stage(story)


def test_explain_tells_of_a_line_that_does_not_flow() -> None:
    """The line says why, and the verdict does not call it in sync."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, CreditLimit=5000)
        secure(rig, "creditlimit")
        await rig.pump()
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = [each for each in told["lines"] if each["line"].startswith("CreditLimit ")]
        assert line["dataverse"] is None
        assert "account.creditlimit is secured" in line["flows"]
        assert "CreditLimit" in told["why"]

    on_stage(story)


def test_a_constant_does_not_fill_what_only_seems_to_be_blank() -> None:
    """A column that may be written and not read: what somebody has chosen there stands."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, address1_addresstypecode=3)
        secure(rig, "address1_addresstypecode", "create", "update")
        rig.edit(OrganizationName="Contoso Ltd")
        await rig.compare()
        found = rig.dataverse()
        assert found is not None
        assert (found["name"], found["address1_addresstypecode"]) == ("Contoso Ltd", 3)

    on_stage(story)


def test_columns_that_are_not_secured_leave_a_flow_as_it_is() -> None:
    """Nothing is copied and nothing is switched off."""
    found = shipped_maps().map(CUSTOMERS)
    assert unseen(found, {}) is None
    assert unseen(found, {("account", "new_secret"): Access()}) is None
