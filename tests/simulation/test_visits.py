"""One record at a time, in calm weather: what a visit does, and what it leaves behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.ledger import JOURNAL, PARKED, WAITING, read_journal, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, maps_with, on_stage


def test_a_customer_of_the_erp_becomes_an_account() -> None:
    """A record without a partner is created on the other side, and agreed at once."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(CreditLimit=100.129, OnHoldStatus="All")
        outcome = await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert (outcome.kind, outcome.sides) == ("created", (DATAVERSE,))
        assert account is not None
        assert (account["name"], account["creditlimit"], account["msdyn_onholdstatus"]) == (
            "Contoso",
            100.13,
            806380002,
        )
        assert (account["customertypecode"], account["address1_addresstypecode"]) == (3, 2)
        assert account["_msdyn_company_value"] == rig.companies["usmf"]
        assert rig.counts() == {"parked": 0, "waiting": 0, "conflicts": 0, "journal": 1, "hints": 0}

    on_stage(story)


def test_an_account_becomes_a_customer_of_the_erp() -> None:
    """The other way, defaults of the ERP flow back: the party number it assigned, the members its lists always have."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(creditlimit=50)
        outcome = await rig.visit(DATAVERSE, (row_id,))
        customer, account = rig.erp(), rig.dataverse()
        assert outcome.kind == "created"
        assert customer is not None and account is not None  # noqa: PT018 - one fact
        assert (customer["OrganizationName"], customer["PartyType"], customer["LanguageId"]) == (
            "Contoso",
            "Organization",
            "en-us",
        )
        assert account["msdyn_partynumber"] == customer["PartyNumber"] != ""
        assert account["msdyn_onholdstatus"] == 806380000
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_a_number_that_the_erp_assigns_is_written_back() -> None:
    """An account without a number gets the one that the ERP gave the customer, and both are one record."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(None)
        await rig.visit(DATAVERSE, (row_id,))
        (coupling,) = rig.couplings()
        assert coupling.erp is not None
        assert rig.world.dataverse.row("accounts", row_id)["accountnumber"] == coupling.erp[1]  # type: ignore[index] # it is there
        assert len(list(rig.world.finops.rows("CustomersV3"))) == 1

    on_stage(story)


def test_equal_records_on_both_sides_are_matched_without_a_write() -> None:
    """A match whose values mean the same is agreed silently."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        rig.edit(PaymentTerms="")
        row = rig.erp()
        assert row is not None
        rig.account(ACCOUNT.lower(), msdyn_partynumber=row["PartyNumber"], msdyn_onholdstatus=806380000,
                    msdyn_invoiceaddress=806380000)  # fmt: skip
        before = rig.writes()
        outcome = await rig.visit(ERP, identity)
        assert (outcome.kind, rig.writes()) == ("matched", before)
        assert (await rig.visit(ERP, identity)).kind == "equal"
        assert rig.writes() == before

    on_stage(story)


def test_a_match_that_differs_takes_the_masters_values_and_keeps_the_losers() -> None:
    """Without a base the map's master wins field by field, the loser is kept; a blank is filled, whoever is master."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(OrganizationName="Old name", SalesMemo="only here")
        rig.account(name="New name", telephone1="only there")
        await rig.visit(ERP, identity)
        assert rig.both("OrganizationName", "name") == ("New name", "New name")
        assert rig.both("SalesMemo", "description") == ("only here", "only here")
        assert rig.both("PrimaryContactPhone", "telephone1") == ("only there", "only there")
        assert [(row.loser, row.value, row.winner) for row in rig.conflicts()] == [("erp", "Old name", "New name")]

    on_stage(story)


def test_two_records_that_match_park_as_ambiguous(tmp_path: Path) -> None:
    """One match couples; several are for a person to tell apart."""
    maps = maps_with(tmp_path, "match: [[OrganizationName]]\n")

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        rig.account("A-1")
        rig.account("A-2")
        outcome = await rig.visit(ERP, identity)
        assert (outcome.kind, outcome.codes) == ("parked", ("ambiguous",))
        assert rig.couplings() == []

    on_stage(story, maps)


@pytest.mark.parametrize(("erp", "dataverse"), [("Changed here", None), (None, "Changed there")])
def test_an_edit_on_one_side_reaches_the_other(erp: str | None, dataverse: str | None) -> None:
    """What one side changed since both agreed flows to the other."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        if erp:
            rig.edit(OrganizationName=erp)
        if dataverse:
            rig.change(account["accountid"], name=dataverse)
        assert (await rig.visit(ERP, identity)).kind == "updated"
        assert rig.both("OrganizationName", "name") == (erp or dataverse,) * 2
        before = rig.writes()
        assert (await rig.visit(ERP, identity)).kind == "equal"
        assert rig.writes() == before

    on_stage(story)


@pytest.mark.parametrize("noticed", ["event", "pass"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_value_that_somebody_puts_back_as_it_was_is_an_edit_like_any_other(side: Side, noticed: str) -> None:
    """Both sides had agreed on another one meanwhile; nobody's word is needed for the old one."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        (row_id,) = rig.accounts()
        for name in ("Fabrikam", "Contoso"):
            rig.edit(OrganizationName=name) if side == ERP else rig.change(row_id, name=name)
            await (
                rig.visit(side, ("usmf", ACCOUNT) if side == ERP else (row_id,))
                if noticed == "event"
                else rig.compare()
            )
            assert rig.both("OrganizationName", "name") == (name, name)

    on_stage(story)


def test_edits_of_different_fields_on_both_sides_are_both_kept() -> None:
    """The merge is by field: nobody loses because somebody else changed another field."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        rig.edit(SalesMemo="from the ERP")
        rig.change(account["accountid"], name="from Dataverse")
        await rig.visit(ERP, identity)
        assert rig.both("SalesMemo", "description") == ("from the ERP", "from the ERP")
        assert rig.both("OrganizationName", "name") == ("from Dataverse", "from Dataverse")
        assert rig.counts()["conflicts"] == 0

    on_stage(story)


@pytest.mark.parametrize(
    ("policy", "winner", "loser"), [("erp_wins", "ERP", "Dataverse"), ("dataverse_wins", "Dataverse", "ERP")]
)
def test_a_conflict_has_a_winner_and_its_loser_is_kept(tmp_path: Path, policy: str, winner: str, loser: str) -> None:
    """bc-149, bc-150: both sides changed the same field; the policy picks, the other value is in the conflict list."""
    maps = maps_with(tmp_path, f"policy: {{conflict: {policy}}}\n")

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        rig.edit(OrganizationName="ERP")
        rig.change(account["accountid"], name="Dataverse")
        await rig.visit(ERP, identity)
        assert rig.both("OrganizationName", "name") == (winner, winner)
        assert [(row.value, row.winner, row.open) for row in rig.conflicts()] == [(loser, winner, False)]

    on_stage(story, maps)


def test_a_conflict_that_parks_waits_for_a_person_and_holds_back_no_other_field(tmp_path: Path) -> None:
    """Both values stay where they are and stand in one open conflict row; it is written once."""
    maps = maps_with(tmp_path, "policy: {conflict: park}\n")

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        rig.edit(OrganizationName="ERP", SalesMemo="more")
        rig.change(account["accountid"], name="Dataverse")
        assert (await rig.visit(ERP, identity)).kind == "conflict"
        assert rig.both("OrganizationName", "name") == ("ERP", "Dataverse")
        assert rig.both("SalesMemo", "description") == ("more", "more")
        (row,) = rig.conflicts()
        assert ({row.value, row.winner}, row.open) == ({"ERP", "Dataverse"}, True)
        transactions = rig.world.tables.transactions
        await rig.compare()
        assert rig.conflicts() == [row]
        rig.change(account["accountid"], name="ERP")
        await rig.visit(ERP, identity)
        assert rig.conflicts() == []
        assert transactions

    on_stage(story, maps)


def test_an_edit_of_a_one_way_field_on_its_target_is_put_back() -> None:
    """The source of a one-way line is the truth; what it replaces is in the journal."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(DeliveryAddressLatitude=52.5)
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        rig.change(account["accountid"], address1_latitude=1.0)
        await rig.visit(DATAVERSE, (account["accountid"],))
        assert rig.both("DeliveryAddressLatitude", "address1_latitude") == (52.5, 52.5)
        (update,) = [each for each in map(read_journal, rig.rows(JOURNAL)) if each["what"].startswith("updated")]
        (line,) = update["lines"]
        assert (line["old"], line["new"], line["reason"]) == ("1", "52.5", "put_back")

    on_stage(story)


def test_a_reference_that_is_missing_makes_the_record_wait_until_it_is_there() -> None:
    """A customer waits for its currency; nothing is created in the meantime, and it wakes by itself."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        identity = rig.customer(SalesCurrencyCode="DKK")
        assert (await rig.visit(ERP, identity)).kind == "waiting"
        (row,) = [read_trouble(stored) for stored in rig.rows(WAITING)]
        assert (row.items[0]["value"], row.items[0]["table"]) == ("DKK", "transactioncurrencies")
        assert rig.couplings() == []
        krone = {
            "isocurrencycode": "DKK",
            "currencyname": "Krone",
            "currencysymbol": "kr",
            "exchangerate": 1,
            "currencyprecision": 2,
        }
        rig.world.dataverse.create("transactioncurrencies", krone)
        await rig.compare()
        assert rig.dataverse() is not None
        assert rig.counts()["waiting"] == 0

    on_stage(story)


def test_a_value_that_is_too_long_parks_the_record_with_field_and_reason() -> None:
    """Nothing is cut off: the record says which field holds it back, and syncs once the value is mended."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(PrimaryContactEmail="x" * 90 + "@contoso.example")
        assert (await rig.visit(ERP, identity)).codes == ("too-long",)
        (row,) = [read_trouble(stored) for stored in rig.rows(PARKED)]
        assert row.items[0]["line"] == "PrimaryContactEmail = emailaddress1"
        before = rig.world.tables.transactions
        assert (await rig.compare()).counts["parked"] == 1
        assert rig.rows(PARKED)[0].etag == row.etag
        assert before < rig.world.tables.transactions
        rig.edit(PrimaryContactEmail="short@contoso.example")
        await rig.visit(ERP, identity)
        assert (rig.dataverse() is not None, rig.counts()["parked"]) == (True, 0)

    on_stage(story)


def test_an_invoice_account_is_filled_at_a_second_visit() -> None:
    """A customer may be its own invoice account: it is created without, and the reference follows."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        rig.edit(InvoiceAccount=ACCOUNT)
        await rig.visit(ERP, identity)
        assert rig.counts()["waiting"] == 1
        await rig.compare()
        account = rig.dataverse()
        assert account is not None
        assert account["_msdyn_billingaccount_value"] == account["accountid"]
        assert rig.counts()["waiting"] == 0

    on_stage(story)


def test_what_the_erp_refuses_is_parked_in_its_own_words_and_not_tried_again_by_itself() -> None:
    """An account without a group is refused by the ERP; passes leave it alone until it changes or a person retries."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(**{"msdyn_customergroupid@odata.bind": None})
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        (row,) = [read_trouble(stored) for stored in rig.rows(PARKED)]
        assert "Customer group" in row.items[0]["message"]
        requests = len(rig.world.requests)
        await rig.compare()
        assert not [each for each in rig.world.requests[requests:] if "POST /data" in each[2]]
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert [each for each in rig.world.requests[requests:] if "POST /data" in each[2]]

    on_stage(story)


@pytest.mark.parametrize(("side", "source"), [(ERP, "create"), (ERP, "update"), (DATAVERSE, "create")])
def test_an_event_that_is_faster_than_its_row_is_kept_for_a_few_looks(side: Side, source: str) -> None:
    """A record that an event told of may not be visible yet: it is found later, or let go after a few looks."""

    async def story(rig: Rig) -> None:
        identity = ("usmf", ACCOUNT) if side == ERP else ("b1f2c3d4-5e6f-4f11-a671-000d3a33cc10",)
        await rig.hint(side, identity, source)
        await rig.pump()
        assert rig.counts()["hints"] == 1
        if side == ERP:
            rig.customer()
        for _ in range(10):
            await asyncio.sleep(600)
            await rig.pump()
        assert rig.counts()["hints"] == 0
        assert (rig.dataverse() is not None) == (side == ERP)

    on_stage(story)


@pytest.mark.parametrize("source", ["delete", "retry", "pass"])
def test_a_record_that_nobody_said_was_there_is_let_go_at_once(source: str) -> None:
    """After a delete, or when a person or a pass asked, absence is the answer."""

    async def story(rig: Rig) -> None:
        assert (await rig.visit(ERP, ("usmf", ACCOUNT), source=source)).kind == "gone"
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_a_key_that_was_deleted_and_created_again_is_found_when_its_row_is() -> None:
    """The event of a re-created key waits for its row at the tombstone too, and then the record begins anew."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.visit(ERP, identity, source="delete")
        await rig.hint(ERP, identity, "create")
        await rig.pump()
        assert rig.counts()["hints"] == 1
        rig.customer()
        await asyncio.sleep(600)
        await rig.pump()
        assert rig.dataverse() is not None
        assert rig.counts()["hints"] == 0

    on_stage(story)
