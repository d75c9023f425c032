"""References: what they wait for, what becomes of them meanwhile, and how they wake."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.ledger import PARKED, WAITING, read_trouble
from tests.simulation.rig import (
    ACCOUNT,
    CUSTOMERS,
    DATAVERSE,
    ERP,
    GROUPS,
    TERMS,
    Rig,
    at_first,
    coupled,
    maps_with,
    on_stage,
)


def item(rig: Rig, prefix: str) -> dict[str, Any]:
    """What the only waiting or parked row says."""
    (row,) = rig.rows(prefix)
    (found,) = read_trouble(row).items
    return dict(found)


def billing(rig: Rig, account: str) -> str:
    """The number of the account that an account's invoices go to."""
    row = rig.dataverse(account)
    assert row is not None
    target = rig.world.dataverse.row("accounts", str(row["_msdyn_billingaccount_value"]))
    return str(target["accountnumber"]) if target else ""


async def wait(rig: Rig, minutes: float) -> None:
    """Time passes, and the pump runs."""
    rig.world.loop.now += minutes * 60
    await rig.pump()


def policy(folder: Path, missing: str) -> Any:
    line = f"fields: |\n  SalesCurrencyCode = transactioncurrencyid.isocurrencycode ; missing {missing}\n"
    return maps_with(folder, line)


# -- deferred and circular


@pytest.mark.parametrize("by", ["event", "pass"])
def test_customers_that_pay_for_each_other_both_get_their_invoice_account(by: str) -> None:
    """A circle of references is created without, and closed at a second visit; then everything is quiet."""

    async def story(rig: Rig) -> None:
        ring = {"A-1": "A-2", "A-2": "A-3", "A-3": "A-1", "A-4": "A-4"}
        for account in ring:
            rig.customer(account)
        for account, payer in ring.items():
            rig.edit(account, InvoiceAccount=payer)
        for account in ring if by == "event" else ():
            await rig.visit(ERP, ("usmf", account))
        await rig.compare()
        await wait(rig, 2)
        assert {account: billing(rig, account) for account in ring} == ring
        assert (rig.counts()["waiting"], rig.counts()["hints"]) == (0, 0)
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes

    on_stage(story)


def test_accounts_that_pay_for_each_other_become_customers_that_do() -> None:
    """The same from Dataverse."""

    async def story(rig: Rig) -> None:
        first, second = rig.account("A-1"), rig.account("A-2")
        rig.change(first, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({second})"})
        rig.change(second, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({first})"})
        await rig.compare()
        await wait(rig, 2)
        customers = [rig.erp("A-1"), rig.erp("A-2")]
        assert [customer and customer["InvoiceAccount"] for customer in customers] == ["A-2", "A-1"]
        assert rig.counts()["waiting"] == 0

    on_stage(story)


def test_a_deferred_reference_that_changes_before_it_is_filled_takes_the_newer_one() -> None:
    """What was there at the creation is no base: the source's present value is what flows."""

    async def story(rig: Rig) -> None:
        rig.customer("P-1")
        rig.customer("P-2")
        await rig.visit(ERP, ("usmf", "P-2"))
        rig.customer()
        rig.edit(InvoiceAccount="P-1")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert billing(rig, ACCOUNT) == ""
        rig.edit(InvoiceAccount="P-2")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (billing(rig, ACCOUNT), rig.counts()["waiting"]) == ("P-2", 0)

    on_stage(story)


# -- missing targets


def test_a_missing_target_holds_back_its_own_line_and_no_other() -> None:
    """A coupled customer gets a currency that is not there yet: the rest flows, and the line follows by itself."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        identity = rig.customer()
        await rig.visit(ERP, identity)
        rig.edit(SalesCurrencyCode="DKK", SalesMemo="flows")
        assert (await rig.visit(ERP, identity)).kind == "waiting"
        assert rig.both("SalesMemo", "description") == ("flows", "flows")
        assert item(rig, WAITING)["value"] == "DKK"
        krone = rig.new_currency("DKK")
        await wait(rig, 2)
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", krone)
        assert rig.counts()["waiting"] == 0

    on_stage(story)


def test_a_target_that_is_missing_in_the_erp_is_waited_for_too() -> None:
    """No flow keeps currencies equal: the ERP itself is asked whether it has the code before it is sent there."""

    async def story(rig: Rig) -> None:
        krone = rig.new_currency("DKK")
        row_id = rig.account(**{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({krone})"})
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "waiting"
        assert (rig.couplings(), item(rig, WAITING)["message"]) == ([], "'DKK' is not in the ERP yet")
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await wait(rig, 2)
        customer = rig.erp()
        assert customer is not None
        assert (customer["SalesCurrencyCode"], rig.counts()["waiting"]) == ("DKK", 0)

    on_stage(story)


@pytest.mark.parametrize(("missing", "meanwhile"), [("clear", None), ("keep", "USD"), ("error", "USD")])
def test_a_line_may_clear_keep_or_park_what_is_missing(tmp_path: Path, missing: str, meanwhile: str | None) -> None:
    """Whatever it does meanwhile, the reference is right once the target is there and somebody looks."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        identity = rig.customer()
        await rig.visit(ERP, identity)
        rig.edit(SalesCurrencyCode="DKK", SalesMemo="flows")
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        assert account["description"] == "flows"
        assert account["_transactioncurrencyid_value"] == (meanwhile and rig.currency)
        assert rig.counts()["parked"] == (missing == "error")
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        krone = rig.new_currency("DKK")
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", krone)
        assert rig.counts()["parked"] == 0

    on_stage(story, policy(tmp_path, missing))


@pytest.mark.parametrize(("missing", "there"), [("clear", True), ("keep", True), ("error", False)])
def test_a_record_with_a_missing_target_is_created_without_it_or_parked(
    tmp_path: Path, missing: str, *, there: bool
) -> None:
    """What clears or keeps can do without; what is an error holds the whole record back until the target is there."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await rig.visit(ERP, rig.customer(SalesCurrencyCode="DKK"))
        assert (rig.dataverse() is not None) is there
        if not there:
            assert (item(rig, PARKED)["code"], item(rig, PARKED)["value"]) == ("missing", "DKK")
        krone = rig.new_currency("DKK")
        await rig.compare()
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("DKK", krone)
        assert rig.counts()["parked"] == 0

    on_stage(story, policy(tmp_path, missing))


# -- waking


def test_no_wake_up_is_lost_when_the_target_comes_while_the_record_is_set_aside() -> None:
    """The group is created at the very moment at which the customer is found to lack it, whatever the order."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "77"})
        identity = rig.customer(CustomerGroupId="77")
        await rig.flow(GROUPS).ledger.store_hint(ERP, ("usmf", "77"), "event")
        tasks = [rig.world.instance(rig.visit(ERP, identity))[1], rig.world.instance(rig.pump())[1]]
        for task in tasks:
            await task
        await wait(rig, 2)
        account = rig.dataverse()
        assert account is not None
        assert (account["_msdyn_customergroupid_value"] is not None, rig.counts()["waiting"]) == (True, 0)

    for seed in range(10):
        on_stage(story, seed=seed)


def test_records_that_wait_long_are_looked_at_less_and_less_but_never_forgotten() -> None:
    """The pause doubles up to an hour; a waiting row that says the same is written for nothing but its next look."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await rig.visit(ERP, rig.customer(SalesCurrencyCode="DKK"))
        since = read_trouble(rig.rows(WAITING)[0]).since
        for _ in range(12):
            await wait(rig, 61)
        row = read_trouble(rig.rows(WAITING)[0])
        assert (row.since, row.tries) == (since, 12)
        rig.new_currency("DKK")
        await wait(rig, 61)
        assert (rig.dataverse() is not None, rig.counts()["waiting"]) == (True, 0)

    on_stage(story)


def test_a_row_with_the_code_of_a_record_that_belongs_to_another_row_stands_for_nobody(tmp_path: Path) -> None:
    """A person is to decide about a term that was deleted in Dataverse, and another row took its name: who points to it
    waits.
    """

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer(PaymentTerms="Net30"))
        (term,) = rig.world.dataverse.rows("msdyn_paymentterms")
        rig.world.dataverse.delete("msdyn_paymentterms", str(term["msdyn_paymenttermid"]))
        rig.world.finops.update("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net30"}, {"Description": "edited"})
        company = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        again = rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net30", **company})
        account = rig.dataverse()
        assert account is not None
        rig.change(str(account["accountid"]), **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({again})"})
        writes = rig.writes()
        for _ in range(2):
            await rig.compare(TERMS, GROUPS, CUSTOMERS)
        assert rig.writes() == writes, "the group's link, which went with the term, is nobody's edit"
        told = "the row 'Net30' that it points to is not the one that usmf Net30 has: point to that one"
        assert item(rig, WAITING)["message"] == told

    on_stage(story, maps_with(tmp_path, "policy: {delete: park, reborn: park}\n", TERMS))


def test_a_reference_that_a_system_refuses_is_shown_at_its_line() -> None:
    """The system names the row that it does not find: the line that points there is parked, and says so."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        krone = rig.new_currency("DKK")
        rig.edit(SalesCurrencyCode="DKK")
        gone = at_first("dataverse update", lambda: rig.world.dataverse.delete("transactioncurrencies", krone))
        rig.world.weather.strike = gone
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert item(rig, PARKED)["line"] == "SalesCurrencyCode = transactioncurrencyid.isocurrencycode"

    on_stage(story)


# -- another company's


def test_a_reference_to_another_company_is_told_to_a_person() -> None:
    """The same code means another record there: it is neither carried over nor silently put back."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "demf", "Name": "Net30", "Description": "30 Tage"})
        await rig.compare(TERMS)
        row_id = await coupled(rig, PaymentTerms="Net30")
        (foreign,) = (
            row["msdyn_paymenttermid"]
            for row in rig.world.dataverse.rows("msdyn_paymentterms")
            if row["_msdyn_company_value"] == rig.companies["demf"]
        )
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({foreign})"})
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        await rig.compare()
        kept = rig.world.dataverse.row("accounts", row_id)
        assert kept is not None
        assert kept["_msdyn_paymentterm_value"] == foreign
        assert item(rig, WAITING)["message"] == "it points to demf Net30, of another company: point to one of usmf"
        customer = rig.erp()
        assert customer is not None
        assert customer["PaymentTerms"] == "Net30"

    on_stage(story)


def a_term(rig: Rig, side: str, name: str, code: str = "usmf") -> str:
    """A term of payment that somebody creates on one side, before anybody has looked; its id in Dataverse."""
    if side == ERP:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": code, "Name": name, "Description": "new"})
        return ""
    bound = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies[code]})"}
    return rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": name, **bound})


def term_of(rig: Rig, row_id: str) -> tuple[str, Any]:
    """The term of a customer, and that of its account."""
    customer, account = rig.erp(), rig.world.dataverse.row("accounts", row_id)
    assert customer is not None and account is not None  # noqa: PT018 - one fact
    return str(customer["PaymentTerms"]), account["_msdyn_paymentterm_value"]


@pytest.mark.parametrize("pointed", [ERP, DATAVERSE])
def test_a_code_that_another_company_uses_too_means_nobody_there(pointed: str) -> None:
    """Neither row is coupled yet: what a person points to, by code or by id, is of the record's own company."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        before = term_of(rig, row_id)
        a_term(rig, ERP, "Net99")
        foreign = a_term(rig, DATAVERSE, "Net99", "demf")
        if pointed == ERP:
            rig.edit(PaymentTerms="Net99")
        else:
            rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({foreign})"})
        await rig.visit(DATAVERSE, (row_id,))
        assert term_of(rig, row_id) == (("Net99", before[1]) if pointed == ERP else (before[0], foreign))
        assert rig.counts()["waiting"] == 1

    on_stage(story)


def test_a_reference_to_a_row_without_a_company_is_told_to_a_person() -> None:
    """The code is in the ERP, and has another row: that is not to come yet."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="")
        stray = rig.world.dataverse.create("msdyn_paymentterms", {"msdyn_name": "Net30"})
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({stray})"})
        await rig.visit(DATAVERSE, (row_id,))
        told = "the row 'Net30' that it points to belongs to no company: point to the one of usmf"
        assert item(rig, WAITING)["message"] == told

    on_stage(story)


def test_a_code_is_not_taken_for_a_row_that_belongs_to_another_record() -> None:
    """Somebody gave the row of one term the name of a new one: the customer of the new one waits for its own row."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        before = term_of(rig, row_id)
        a_term(rig, ERP, "Net60")
        (term,) = rig.world.dataverse.rows("msdyn_paymentterms")
        rig.world.dataverse.update("msdyn_paymentterms", term["msdyn_paymenttermid"], {"msdyn_name": "Net60"})
        rig.edit(PaymentTerms="Net60")
        await rig.visit(DATAVERSE, (row_id,))
        assert (term_of(rig, row_id), rig.counts()["waiting"]) == (("Net60", before[1]), 1)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_reference_that_is_changed_twice_is_the_newest_on_both_sides(side: str) -> None:
    """Not the one before, and never a blank in between."""

    async def story(rig: Rig) -> None:
        for name in ("Net60", "Net90"):
            a_term(rig, ERP, name)
        await rig.compare(TERMS)
        terms = {
            row["msdyn_name"]: row["msdyn_paymenttermid"] for row in rig.world.dataverse.rows("msdyn_paymentterms")
        }
        row_id = await coupled(rig, PaymentTerms="Net30")
        for name in ("Net60", "Net90", "Net60"):
            if side == ERP:
                rig.edit(PaymentTerms=name)
            else:
                rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/msdyn_paymentterms({terms[name]})"})
            await rig.visit(DATAVERSE, (row_id,))
            assert term_of(rig, row_id) == (name, terms[name])

    on_stage(story)


def test_a_question_that_nobody_waits_for_any_more_may_fail() -> None:
    """A visit had no more time, and so nobody hears that Dataverse is away, of which it had asked."""

    async def story(rig: Rig) -> None:
        links, lines = rig.flow().links, rig.flow().map.lookups
        (line,) = [each for each in lines if each.erp.name == "CustomerGroupId"]
        assert await links.forward(line, "usmf", "10")
        rig.world.weather.latency, rig.world.weather.even = 2.0, True
        rig.world.weather.outage["dataverse"] = 1e9
        asking = asyncio.ensure_future(links.forward(line, "usmf", "99"))
        await asyncio.sleep(1)
        asking.cancel()
        await asyncio.sleep(600)
        assert asking.cancelled()

    on_stage(story)
