"""Columns without room for a value round it, or cut it off: the richer original stays where it is, and it shows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from shared.engine import explain, start_job, work_on
from shared.ledger import PARKED
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_coercion import dataverse_changes, erp_changes, is_quiet

MEMO = ("SalesMemo", "description")


def currency(rig: Rig, code: str, decimals: int) -> str:
    """A currency on both sides, with so many decimals; its id."""
    row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": 1}
    row_id = rig.world.dataverse.create("transactioncurrencies", {**row, "currencyprecision": decimals})
    rig.world.finops.create("Currencies", {"CurrencyCode": code, "Name": code})
    return row_id


def amounts(rig: Rig, account: str = ACCOUNT) -> tuple[float, float]:
    """The credit limit on both sides."""
    erp, dataverse = rig.both("CreditLimit", "creditlimit", account)
    return float(erp), round(float(dataverse), 4)


async def shown(rig: Rig, line: str) -> str:
    told = await explain(rig.flow(), ERP, ("usmf", ACCOUNT))
    assert told["why"] == "in sync"
    return str(next(each["flows"] for each in told["lines"] if each["line"].startswith(line)))


@pytest.mark.parametrize("many", [False, True], ids=["one", "in bulk"])
@pytest.mark.parametrize(
    ("code", "decimals", "amount", "stored"),
    [("JPY", 0, 1234.56, 1235), ("USD", 2, 1.375, 1.38), ("KWD", 3, 1.234, 1.234)],
)
def test_an_amount_that_the_currency_rounds_is_not_written_back(
    code: str, decimals: int, amount: float, stored: float, *, many: bool
) -> None:
    """The ERP keeps the richer amount, on create and on update, and nothing is set aside for it."""

    async def story(rig: Rig) -> None:
        if code != "USD":
            currency(rig, code, decimals)
        rig.customer(SalesCurrencyCode=code, CreditLimit=amount)
        for number in range(20 if many else 0):
            rig.customer(f"US-1{number:02}", SalesCurrencyCode=code, CreditLimit=amount)
        await (rig.compare() if many else rig.visit(ERP, ("usmf", ACCOUNT)))
        for customer in rig.world.finops.rows("CustomersV3"):
            assert amounts(rig, customer["CustomerAccount"]) == (amount, stored)
        rig.edit(CreditLimit=amount + 7)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert amounts(rig) == (amount + 7, round(stored + 7, 4))
        await is_quiet(rig)
        assert rig.rows(PARKED) == []
        told = "nothing: Dataverse rounds it or cuts it off; both keep what they hold" if amount != stored else ""
        assert await shown(rig, "CreditLimit") == told

    on_stage(story)


def test_a_rounded_amount_that_somebody_edits_flows() -> None:
    """Only what the currency made of it stays where it is."""

    async def story(rig: Rig) -> None:
        currency(rig, "JPY", 0)
        row_id = await coupled(rig, SalesCurrencyCode="JPY", CreditLimit=1234.56)
        rig.change(row_id, creditlimit=1236)
        await rig.visit(DATAVERSE, (row_id,))
        assert amounts(rig) == (1236, 1236)

    on_stage(story)


@pytest.mark.parametrize("master", ["erp", "dataverse"])
def test_at_a_first_match_what_the_currency_makes_equal_is_equal(master: str, tmp_path: Path) -> None:
    """Whoever is master, nothing is written, nothing lost; an amount that differs by more is a difference."""

    async def story(rig: Rig) -> None:
        row_id = currency(rig, "JPY", 0)
        yen = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({row_id})"}
        rig.customer(SalesCurrencyCode="JPY", CreditLimit=1234.56)
        rig.account(**yen, creditlimit=1235)
        rig.customer("US-002", SalesCurrencyCode="JPY", CreditLimit=1234.4)
        rig.account("US-002", **yen, creditlimit=1235)
        tally = await rig.compare()
        assert amounts(rig) == (1234.56, 1235)
        assert tally.reasons["shortened"] >= 1
        assert amounts(rig, "US-002") == ((1235, 1235) if master == "dataverse" else (1234.4, 1234))
        assert [row.line for row in rig.conflicts()] == ["CreditLimit = creditlimit"]

    on_stage(story, maps_with(tmp_path, f"policy: {{master: {master}}}\n"))


def test_a_dry_run_tells_of_what_is_equal_only_as_it_is_rounded() -> None:
    """So whoever approves a match report knows of it."""

    async def story(rig: Rig) -> None:
        row_id = currency(rig, "JPY", 0)
        rig.customer(SalesCurrencyCode="JPY", CreditLimit=1234.56)
        rig.account(**{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({row_id})"}, creditlimit=1235)
        job = await start_job(rig.house, "compare", (CUSTOMERS,), dry=True)
        job = await work_on(rig.house, job["id"], lambda: False)
        assert job["tallies"][CUSTOMERS]["reasons"] == {"shortened": 1}

    on_stage(story)


@pytest.mark.parametrize("many", [False, True], ids=["one", "in bulk"])
def test_a_text_that_dataverse_cuts_off_is_not_written_back(*, many: bool) -> None:
    """The ERP keeps the whole of it, and what is cut stays readable for what it is."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", lambda text: text and str(text)[:3])
        rig.customer(SalesMemo="a shop")
        for number in range(20 if many else 0):
            rig.customer(f"US-1{number:02}", SalesMemo="a shop")
        await (rig.compare() if many else rig.visit(ERP, ("usmf", ACCOUNT)))
        await rig.compare()
        (row_id,) = [str(each["accountid"]) for each in rig.world.dataverse.rows("accounts")
                     if each["accountnumber"] == ACCOUNT]  # fmt: skip
        assert {row["SalesMemo"] for row in rig.world.finops.rows("CustomersV3")} == {"a shop"}
        assert rig.both(*MEMO) == ("a shop", "a s")
        await is_quiet(rig)
        assert rig.rows(PARKED) == []
        assert await shown(rig, "SalesMemo") == "nothing: Dataverse rounds it or cuts it off; both keep what they hold"
        rig.change(row_id, description="a")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*MEMO) == ("a", "a")

    on_stage(story)


def test_a_text_that_the_erp_cuts_off_is_not_written_back() -> None:
    """The same from the other side, on create and on update."""

    async def story(rig: Rig) -> None:
        erp_changes(rig, "SalesMemo", lambda text: text and str(text)[:3])
        row_id = rig.account(description="a shop")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*MEMO) == ("a s", "a shop")
        rig.change(row_id, description="the shop")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*MEMO) == ("the", "the shop")
        await is_quiet(rig)

    on_stage(story)


@pytest.mark.parametrize("master", ["erp", "dataverse"])
def test_at_a_first_match_a_text_and_its_beginning_are_equal_where_no_more_has_room(
    master: str, tmp_path: Path
) -> None:
    """Neither is the longer one overwritten, nor is it parked for its length."""

    async def story(rig: Rig) -> None:
        long = "x" * 2_500
        rig.customer(SalesMemo=long)
        rig.account(description=long[:2_000])
        await rig.compare()
        assert rig.both(*MEMO) == (long, long[:2_000])
        assert (rig.rows(PARKED), rig.conflicts()) == ([], [])
        await is_quiet(rig)

    on_stage(story, maps_with(tmp_path, f"policy: {{master: {master}}}\n"))


@pytest.mark.parametrize("at", ["before", "after"])
def test_what_is_shorter_is_not_written_back_after_a_death(at: Any) -> None:
    """Whoever finishes the work of another takes what he finds for what it is."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", lambda text: text and str(text)[:3])
        currency(rig, "JPY", 0)
        await coupled(rig, SalesCurrencyCode="JPY", CreditLimit=10, SalesMemo="x")
        rig.edit(CreditLimit=1234.56, SalesMemo="a shop")
        await rig.dies(ERP, ("usmf", ACCOUNT), **{at: "dataverse update"})
        await asyncio.sleep(1_000)
        await rig.compare()
        assert amounts(rig) == (1234.56, 1235)
        assert rig.both(*MEMO) == ("a shop", "a s")
        await is_quiet(rig)

    on_stage(story)
