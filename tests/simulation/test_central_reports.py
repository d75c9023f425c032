"""What users of Business Central report of its own integrations, played on both sides (public issues)."""

from __future__ import annotations

import re
from typing import Final

import pytest

from shared.engine import explain
from shared.errors import TryLater
from shared.mapping import DATAVERSE, ERP, Side
from tests.simulation.central import CUSTOMERS, DE, US, Central, on_stage
from tests.simulation.central_contacts import buyer
from tests.simulation.test_central_choices import TERMS, coupled_terms
from tests.simulation.test_central_companies import COLUMN, american, with_both
from tests.simulation.test_central_connector import connected

Pair = tuple[tuple[str, str], str]


async def duplicates(central: Central) -> tuple[Pair, Pair]:
    """Two customers that are one in truth, each with his account, for an hour by now."""
    first = await buyer(central, "C1", displayName="Adatum")
    second = await buyer(central, "C2", displayName="Adatum Ltd")
    central.later(hours=1)
    return first, second


def written(central: Central) -> tuple[int, int]:
    return len(central.erp.history), len(central.dataverse.history)


async def test_an_account_that_is_merged_away_does_not_sleep_in_silence_while_its_customer_stays() -> None:
    """ALAppExtensions 26416, AL 8076: duplicates are merged on one side, and on the other that is refused or forgotten.
    The customer is named with the account that survives; a later edit of him is not lost on the way to nobody.
    """

    async def story(central: Central) -> None:
        (_, kept), (customer, gone) = await duplicates(central)
        central.dataverse.merge("accounts", kept, gone)
        central.erp.update(DE, "customers", customer[1], {"city": "Graz"})
        assert (await central.visit(ERP, customer)).kind == "parked"
        ((cause, message),) = central.troubles()
        assert cause == "merged"
        assert message.startswith("merged into 'C1 Adatum' in Dataverse: uncouple the two")
        assert "C2 Adatum Ltd" in message
        why = (await explain(central.house.flow(CUSTOMERS), DATAVERSE, (gone,)))["why"]
        assert why == f"it is set aside: {message}"
        before = written(central)
        assert (await central.compare()).counts["parked"] == 1
        assert (written(central), len(central.troubles())) == (before, 1)

    await on_stage(story)


@pytest.mark.parametrize("first", [ERP, DATAVERSE])
async def test_duplicates_that_are_merged_on_both_sides_leave_one_pair_and_no_trouble(first: Side) -> None:
    """Whichever side is first: what was left of the other pair ends, and nothing is deleted or made for it."""

    async def story(central: Central) -> None:
        (_, kept), (customer, gone) = await duplicates(central)
        for side in (first, DATAVERSE if first == ERP else ERP):
            if side == ERP:
                central.erp.delete(DE, "customers", customer[1])
            else:
                central.dataverse.merge("accounts", kept, gone)
            await central.compare()
            assert len(central.troubles()) == (1 if side == first else 0)
        before = written(central)
        await central.compare()
        assert written(central) == before
        assert (len(central.rows()), len(central.accounts())) == (1, 2)

    await on_stage(story)


async def test_duplicates_that_are_merged_crosswise_are_both_told_with_the_way_out() -> None:
    """The customer that stays and the account that stays are of different pairs: neither pair is silent."""

    async def story(central: Central) -> None:
        (customer, merged), (gone, kept) = await duplicates(central)
        central.erp.delete(DE, "customers", gone[1])
        central.dataverse.merge("accounts", kept, merged)
        await central.compare()
        assert sorted(cause for cause, _ in central.troubles()) == ["deleted", "merged"]
        central.erp.update(DE, "customers", customer[1], {"city": "Graz"})
        await central.compare()
        assert sorted(cause for cause, _ in central.troubles()) == ["deleted", "merged"]

    await on_stage(story)


async def test_a_record_of_a_copied_company_that_kept_its_id_is_a_record_of_its_own() -> None:
    """dynamics365smb-devitpro-pb 2805: a copy by a command keeps the ids of all records. Edits and deletes in the copy
    are its own account's, and the first company's customer is not touched.
    """

    async def story(central: Central) -> None:
        customer = central.customer("C1")
        central.erp.load(US, "customers", [{"id": customer[1], "number": "C1", "displayName": "Adatum"}])
        copied = (american(central), customer[1])
        for each in (customer, copied):
            assert (await central.visit(ERP, each, creates="both")).kind == "created"
        central.later(hours=1)
        rows = {row[COLUMN]: str(row["accountid"]) for row in central.accounts()}
        central.erp.update(US, "customers", copied[1], {"city": "Boston"})
        central.dataverse.update("accounts", rows[central.company], {"address1_city": "Wien"})
        assert (await central.visit(ERP, copied)).dataverse == rows[american(central)]
        assert (await central.visit(DATAVERSE, (rows[central.company],))).erp == customer
        cities = {row[COLUMN]: row["address1_city"] for row in central.accounts()}
        assert cities == {american(central): "Boston", central.company: "Wien"}
        assert [row["city"] for row in central.erp.rows(US, "customers")] == ["Boston"]
        central.erp.delete(US, "customers", copied[1])
        await central.compare()
        assert [cause for cause, _ in central.troubles()] == ["deleted"]
        assert central.row(customer)["city"] == "Wien"

    await with_both(story)


@pytest.mark.parametrize("milliseconds", [1, 14, 100])
async def test_edits_that_follow_one_another_within_milliseconds_are_no_conflict(milliseconds: int) -> None:
    """ALAppExtensions 5775: stamps 14 to 100 milliseconds apart made conflicts of records that one side alone had
    edited. Whoever edits next, on either side, after the last edit has gone over, is in conflict with nobody.
    """

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        for turn in range(3):
            central.later(milliseconds=milliseconds)
            central.erp.update(DE, "customers", customer[1], {"city": f"Wien {turn}"})
            assert (await central.visit(ERP, customer)).kind == "updated"
            central.later(milliseconds=milliseconds)
            central.dataverse.update("accounts", account, {"address1_city": f"Graz {turn}"})
            assert (await central.visit(DATAVERSE, (account,))).kind == "updated"
        assert (central.kept("c~"), central.troubles()) == ([], [])
        assert central.row(customer)["city"] == "Graz 2"

    await on_stage(story)


async def test_several_addresses_in_one_field_go_over_as_they_are_written() -> None:
    """ALAppExtensions 8671: Business Central takes several, with semicolons between them; so does Dataverse."""

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        central.erp.update(DE, "customers", customer[1], {"email": "a@x.example;b@x.example"})
        assert (await central.visit(ERP, customer)).kind == "updated"
        assert central.accounts()[0]["emailaddress1"] == "a@x.example;b@x.example"
        central.dataverse.update("accounts", account, {"emailaddress1": "b@x.example; c@x.example"})
        assert (await central.visit(DATAVERSE, (account,))).kind == "updated"
        assert central.row(customer)["email"] == "b@x.example; c@x.example"
        assert (await central.compare()).counts == {"equal": 1}

    await on_stage(story)


@pytest.mark.parametrize(
    ("column", "field", "typed"),
    [("telephone1", "phoneNumber", "0664 12 EXT"), ("emailaddress1", "email", "anna(at)adatum")],
)
async def test_a_phone_number_or_address_that_business_central_refuses_holds_back_nothing_but_itself(
    column: str, field: str, typed: str
) -> None:
    """ALAppExtensions 26424, BCApps 1485 and ALAppExtensions 8671: letters in a phone number and half an address are
    refused there. The city that was edited with it goes over, and so does the next one of Business Central; put right
    in Sales, the field goes over by itself.
    """

    async def story(central: Central) -> None:
        customer, account = await buyer(central)
        central.erp.behaviour.refused_values = {"customers": {field: frozenset({typed})}}
        central.dataverse.update("accounts", account, {column: typed, "address1_city": "Linz"})
        await central.visit(DATAVERSE, (account,))
        assert (central.row(customer)["city"], central.row(customer)[field]) == ("Linz", "")
        ((_, message),) = central.troubles()
        assert f"must not be {typed}" in message
        central.erp.update(DE, "customers", customer[1], {"city": "Wels"})
        await central.visit(ERP, customer)
        assert central.accounts()[0]["address1_city"] == "Wels"
        right = {"telephone1": "+43 664 12", "emailaddress1": "anna@adatum.example"}[column]
        central.dataverse.update("accounts", account, {column: right})
        assert (await central.visit(DATAVERSE, (account,))).kind == "updated"
        assert (central.row(customer)[field], central.troubles()) == (right, [])

    await on_stage(story)


GUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-"


async def test_who_cannot_be_seen_a_moment_after_he_was_coupled_is_told_by_number_and_name() -> None:
    """Nobody knows a record by its id."""

    async def story(central: Central) -> None:
        identity, account = await buyer(central)
        central.dataverse.delete("accounts", account)
        with pytest.raises(TryLater, match=r"^'C100 Adatum' in Dataverse cannot be seen, although it was written"):
            await central.visit(ERP, identity)

    await on_stage(story)


async def test_a_code_that_goes_on_under_another_id_is_told_by_its_codes() -> None:
    """Payment terms that were replaced by others: both rows say which, and how to couple them."""

    async def story(central: Central) -> None:
        terms = await coupled_terms(central, "30 DAYS")
        customer = central.customer(paymentTermsId=terms[1])
        await central.visit(ERP, customer, creates="both")
        central.later(hours=1)
        new = central.coded("paymentTerms", "30D")
        central.erp.update(DE, "customers", customer[1], {"paymentTermsId": new[1]})
        central.erp.delete(terms[0], "paymentTerms", terms[1])
        for identity in (new, terms):
            await central.visit(ERP, identity, name=TERMS)
        told = [words for _, words in central.troubles(TERMS)]
        assert [words.partition(": ")[0] for words in sorted(told)] == [
            "'30 DAYS' seems to have been renamed to '30D'",
            "'30D' seems to be '30 DAYS' under a new key",
        ]
        assert not re.search(GUID, str(told))

    await on_stage(story, connected())
