"""Customers of Business Central and their accounts: one record walked through the house, and what may befall it."""

from __future__ import annotations

import pytest

from shared.errors import Unanswered
from shared.ledger import CONFLICT
from shared.mapping import DATAVERSE, ERP
from tests.emulator.business_central import Template
from tests.emulator.wire import Answer, Request
from tests.simulation.central import DE, Central, on_stage


async def test_a_customer_becomes_an_account() -> None:
    """Where a person says that it may: by itself the flow only couples."""

    async def story(central: Central) -> None:
        identity = central.customer(city="Wien", creditLimit=500)
        assert (await central.visit(ERP, identity)).kind == "ignored"
        assert (await central.visit(ERP, identity, creates="both")).kind == "created"
        (account,) = central.accounts()
        assert (account["name"], account["address1_city"], account["creditlimit"]) == ("Adatum", "Wien", 500)
        assert account["customertypecode"] == 3
        assert account["_transactioncurrencyid_value"] == central.currency
        assert account.get("accountnumber") is None

    await on_stage(story)


async def test_a_new_account_needs_no_second_look_for_a_number_that_it_is_not_given() -> None:
    """The number only serves to match: both sides are read once, and the next pass finds the two as agreed."""

    async def story(central: Central) -> None:
        identity, system = central.customer(), central.house.erps["business_central"]
        assert (await central.visit(ERP, identity, creates="both")).kind == "created"
        assert (system.calls["get"], central.house.dataverse.calls["get"]) == (1, 0)
        assert (await central.compare()).counts == {"equal": 1}
        assert system.calls["get"] == 1

    await on_stage(story)


async def test_an_account_becomes_a_customer() -> None:
    """Business Central gives it id and number; the two are coupled by the id."""

    async def story(central: Central) -> None:
        row_id = central.account(telephone1="1234")
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "created"
        (row,) = central.rows()
        (coupling,) = central.couplings()
        assert coupling.erp == (central.company, row["id"])
        assert (row["displayName"], row["phoneNumber"]) == ("Adatum", "1234")
        assert (await central.visit(ERP, coupling.erp)).kind == "equal"

    await on_stage(story)


async def test_of_two_templates_without_conditions_a_new_customer_is_made_by_the_first() -> None:
    """bc-045: Business Central chooses, by the order of its page API Setup. What Koppel sends goes before it."""

    async def story(central: Central) -> None:
        first = Template({"state": "First", "city": "First"})
        central.erp.company(DE).templates["customers"] = [first, Template({"state": "Second", "city": "Second"})]
        row_id = central.account(address1_city="Wien")
        assert (await central.visit(DATAVERSE, (row_id,), creates="both")).kind == "created"
        (row,) = central.rows()
        assert (row["state"], row["city"], central.troubles()) == ("First", "Wien", [])

    await on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
async def test_two_that_match_are_coupled(side: str) -> None:
    """By name and post code, in whatever letter case; which name stands nobody has said. Nothing is created."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(displayName="ADATUM"), central.account()
        await central.visit(ERP if side == ERP else DATAVERSE, identity if side == ERP else (row_id,))
        assert [(each.erp, each.dataverse) for each in central.couplings()] == [(identity, row_id)]
        assert (len(central.rows()), len(central.accounts())) == (1, 1)

    await on_stage(story)


async def test_a_number_couples_whoever_has_a_name_in_common() -> None:
    """It only serves to find the two: neither number is written to the other side."""

    async def story(central: Central) -> None:
        identity = central.customer("C100", displayName="Adatum Corp", postalCode="")
        row_id = central.account(accountnumber="C100", address1_postalcode="9999")
        assert (await central.visit(ERP, identity)).dataverse == row_id
        central.dataverse.update("accounts", row_id, {"accountnumber": "other"})
        await central.visit(DATAVERSE, (row_id,))
        assert central.row(identity)["number"] == "C100"

    await on_stage(story)


async def test_a_star_in_a_name_stands_for_itself() -> None:
    """Where Business Central takes it for anything (MicrosoftDocs/dynamics365smb-devitpro-pb 2551), and where not."""

    async def story(central: Central) -> None:
        central.customer("C1", displayName="Star Trading")
        starred = central.customer("C2", displayName="Star* Trading")
        assert (await central.visit(DATAVERSE, (central.account(name="Star* Trading"),))).erp == starred
        moon = central.account(name="Moon* Trading")
        central.customer("C3", displayName="Moonlight Trading")
        assert (await central.visit(DATAVERSE, (moon,), creates="both")).kind == "created"
        assert "Moon* Trading" in {row["displayName"] for row in central.rows()}

    await on_stage(story)


async def test_a_code_that_two_rows_have_is_no_conflict_with_one_of_them() -> None:
    """The customer says EUR, the account Euro, and Dataverse has a second Euro: nobody knows whether the two differ, so
    there is nothing to decide. They agree once it is left to one.
    """

    async def story(central: Central) -> None:
        euro = {"isocurrencycode": "EUR", "currencyname": "Euro", "currencysymbol": "€", "exchangerate": 1}
        double = central.dataverse.create("transactioncurrencies", {**euro, "currencyprecision": 2})
        customer, row_id = central.customer(currencyCode="EUR", city="Wien"), central.account()
        assert (await central.visit(ERP, customer)).kind == "parked"
        assert ([code for code, _ in central.troubles()], central.kept(CONFLICT)) == (["several"], [])
        assert central.accounts()[0]["address1_city"] == "Wien"
        central.dataverse.delete("transactioncurrencies", double)
        await central.visit(DATAVERSE, (row_id,))
        assert (central.troubles(), central.kept(CONFLICT)) == ([], [])

    await on_stage(story)


async def test_edits_flow_both_ways() -> None:
    """Field by field, and nothing else is written: bc-046; what a code field makes of a text is no edit."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(), central.account()
        central.erp.load(DE, "countriesRegions", [{"code": "AT", "displayName": "Austria"}])
        await central.visit(ERP, identity)
        central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
        central.dataverse.update("accounts", row_id, {"telephone1": "77", "address1_country": "at"})
        await central.visit(ERP, identity)
        assert ("country", "phoneNumber") in [each.sent for each in central.erp.history]
        assert central.dataverse.history[-1].sent == ("address1_city",)
        row, (account,) = central.row(identity), central.accounts()
        assert (row["city"], row["phoneNumber"], row["country"]) == ("Graz", "77", "AT")
        assert (account["address1_city"], account["telephone1"]) == ("Graz", "77")
        assert (await central.visit(DATAVERSE, (row_id,))).kind == "equal"

    await on_stage(story)


async def test_the_local_currency_is_a_blank() -> None:
    """Which Business Central shows by its code, and takes by it."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(), central.account()
        await central.visit(ERP, identity)
        assert central.row(identity)["currencyId"] == "00000000-0000-0000-0000-000000000000"
        assert (await central.visit(DATAVERSE, (row_id,))).kind == "equal"

    await on_stage(story)


async def test_whoever_is_blocked_sleeps() -> None:
    """Edits are not carried over until the block is lifted; then they are."""

    async def story(central: Central) -> None:
        identity = central.customer()
        central.account()
        await central.visit(ERP, identity)
        central.erp.update(DE, "customers", identity[1], {"blocked": "All", "city": "Graz"})
        await central.visit(ERP, identity)
        (coupling,) = central.couplings()
        assert coupling.state == "dormant"
        assert central.accounts()[0].get("address1_city") is None
        central.erp.update(DE, "customers", identity[1], {"blocked": " "})
        await central.visit(ERP, identity)
        assert central.accounts()[0]["address1_city"] == "Graz"

    await on_stage(story)


# -- ids and numbers that Business Central gives


async def test_a_create_without_an_answer_is_found_again() -> None:
    """By name and post code, once no request can be under way any more; it is not created twice."""

    async def story(central: Central) -> None:
        row_id = central.account()
        central.gates[ERP].order("drop_after", method="POST", path="customers$")
        with pytest.raises(Unanswered):
            await central.visit(DATAVERSE, (row_id,), creates="both")
        for _ in range(3):
            central.later(hours=1)
            await central.visit(DATAVERSE, (row_id,), creates="both")
        assert len(central.rows()) == 1
        (coupling,) = central.couplings()
        assert (coupling.state, coupling.erp) == ("coupled", (central.company, central.rows()[0]["id"]))

    await on_stage(story)


async def test_what_cannot_be_found_again_is_not_created_again() -> None:
    """Somebody corrected the name before we looked: a person decides whether it is the same."""

    async def story(central: Central) -> None:
        row_id = central.account()
        central.gates[ERP].order("drop_after", method="POST", path="customers$")
        with pytest.raises(Unanswered):
            await central.visit(DATAVERSE, (row_id,), creates="both")
        (row,) = central.rows()
        central.erp.update(DE, "customers", row["id"], {"displayName": "Adatum Corporation"})
        central.later(hours=1)
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert len(central.rows()) == 1
        assert [code for code, _ in central.troubles()] == ["maybe-created"]

    await on_stage(story)


async def test_what_was_never_made_is_left_to_a_person() -> None:
    """Nobody can tell a lost request from a lost answer where the id is given over there."""

    async def story(central: Central) -> None:
        row_id = central.account()
        central.gates[ERP].order("drop", method="POST", path="customers$")
        with pytest.raises(Unanswered):
            await central.visit(DATAVERSE, (row_id,), creates="both")
        central.later(hours=1)
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert central.rows() == []
        assert [code for code, _ in central.troubles()] == ["maybe-created"]

    await on_stage(story)


async def test_what_was_made_for_an_account_is_not_made_into_another_one() -> None:
    """Met before its claim was taken up, it is known by what it holds, though no key finds its account."""

    async def story(central: Central) -> None:
        row_id = central.account(address1_postalcode=None)
        central.gates[ERP].order("drop_after", method="POST", path="customers$")
        with pytest.raises(Unanswered):
            await central.visit(DATAVERSE, (row_id,), creates="both")
        identity = (central.company, str(central.rows()[0]["id"]))
        central.later(hours=1)
        await central.visit(ERP, identity, creates="both")
        await central.visit(DATAVERSE, (row_id,), creates="both")
        assert [(each.erp, each.dataverse) for each in central.couplings()] == [(identity, row_id)]
        assert (len(central.rows()), len(central.accounts())) == (1, 1)

    await on_stage(story)


async def test_a_number_is_changed_and_the_pair_holds() -> None:
    """A renamed customer keeps its id, and with it its account."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(), central.account()
        await central.visit(ERP, identity)
        central.erp.update(DE, "customers", identity[1], {"number": "C999", "city": "Graz"})
        await central.visit(ERP, identity)
        assert [(each.erp, each.dataverse) for each in central.couplings()] == [(identity, row_id)]
        assert central.accounts()[0]["address1_city"] == "Graz"

    await on_stage(story)


async def test_an_edit_between_our_read_and_our_write_is_not_lost() -> None:
    """The write is refused as stale, and planned anew."""

    async def story(central: Central) -> None:
        identity, row_id = central.customer(), central.account()
        await central.visit(ERP, identity)
        central.dataverse.update("accounts", row_id, {"telephone1": "77"})
        handle = central.erp.handle

        def edited_first(request: Request) -> Answer:
            if request.method == "PATCH":
                central.erp.handle = handle  # type: ignore[method-assign] # just once
                central.erp.update(DE, "customers", identity[1], {"city": "Graz"})
            return handle(request)

        central.erp.handle = edited_first  # type: ignore[method-assign] # somebody is faster
        await central.visit(DATAVERSE, (row_id,))
        row, (account,) = central.row(identity), central.accounts()
        assert (row["city"], row["phoneNumber"]) == ("Graz", "77")
        assert (account["address1_city"], account["telephone1"]) == ("Graz", "77")

    await on_stage(story)
