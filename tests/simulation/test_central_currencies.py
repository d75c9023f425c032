"""Rates of currencies: from the list of exchange rates, which moves without the currency, into Dataverse, which divides
by them (fact sheet business-central 3.5, scenarios of group 16).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.business_central.currencies import exchange_rate
from functions.runtime import catalogue
from shared.engine import explain
from shared.mapping import BUSINESS_CENTRAL, DATAVERSE, ERP, entity
from shared.settings import Settings
from tests.simulation.central import DE, Central, on_stage, shipped
from tests.simulation.overlays import with_overlays
from tests.simulation.worked_out import worked_out

NAME = "business_central.currencies"


def rate(central: Central, code: str, amount: float, day: str = "2025-01-01", **more: Any) -> str:
    """One unit of the local currency is so many of a currency, from a day on; the id of the row."""
    in_central(central, code)
    row = {"currencyCode": code, "startingDate": day, "exchangeRateAmount": amount, "relationalExchangeRateAmount": 1}
    return str(central.erp.create(DE, "currencyExchangeRates", {**row, **more})["id"])


def in_central(central: Central, code: str) -> tuple[str, str]:
    """A currency of Business Central, made unless it is there."""
    there = {row["code"]: str(row["id"]) for row in central.erp.rows(DE, "currencies")}
    return (
        (central.company, there[code])
        if code in there
        else central.coded("currencies", code, displayName=code, symbol=code)
    )


def currency(central: Central, code: str, was: float = 9) -> tuple[tuple[str, str], str]:
    """A currency on both sides, as they are called there."""
    row = {"isocurrencycode": code, "currencyname": code, "currencysymbol": code, "exchangerate": was}
    row_id = central.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 2})
    return in_central(central, code), row_id


def held(central: Central, row_id: str) -> Decimal:
    row = central.dataverse.row("transactioncurrencies", row_id)
    assert row is not None
    return Decimal(str(row["exchangerate"]))


def local_is(central: Central, code: str) -> None:
    """The local currency of the company; the base currency of Dataverse is EUR."""
    (setup,) = central.erp.rows(DE, "generalLedgerSetup")
    central.erp.update(DE, "generalLedgerSetup", setup["id"], {"localCurrencyCode": code})


async def caught_up(central: Central) -> None:
    """All is caught up, and no stamp of a currency is as new as that of one which nobody asks about."""
    central.later(minutes=30)
    in_central(central, "NOK")
    await central.catch_up(NAME)


async def coupled(central: Central, code: str) -> str:
    """A currency in sync; its row."""
    identity, row_id = currency(central, code)
    assert (await central.visit(ERP, identity, name=NAME)).kind in {"updated", "matched"}, central.troubles(NAME)
    await central.compare(NAME)
    return row_id


async def test_the_newest_row_counts_where_the_local_currency_is_the_base() -> None:
    """Also one of a day to come, as in the product; every digit of it that Dataverse keeps."""

    async def story(central: Central) -> None:
        rate(central, "USD", 100, relationalExchangeRateAmount=90)
        row_id = await coupled(central, "USD")
        assert held(central, row_id) == Decimal("1.111111111111")
        rate(central, "USD", 1.5, "2099-01-01")
        await central.catch_up(NAME)
        assert held(central, row_id) == Decimal("1.5")

    await on_stage(story)


async def test_an_overlay_takes_the_rate_that_holds_today() -> None:
    """Whatever is entered for days to come."""

    async def story(central: Central) -> None:
        rate(central, "USD", 1.25)
        rate(central, "USD", 1.5, "2099-01-01")
        assert held(central, await coupled(central, "USD")) == Decimal("1.25")

    overlay = f"{NAME}=functions/business_central/revisions/currencies.rates_of_today.yaml"
    chosen = Settings(dataverse_url="https://twin", suites=("business_central",), map_overlays=overlay)
    await on_stage(story, catalogue(chosen, words={"business_central": ("person",)}))


async def test_where_another_currency_is_the_base_both_rates_are_those_of_today() -> None:
    """In units for one of the base, as Dataverse divides by them; that of the local currency itself as well."""

    async def story(central: Central) -> None:
        local_is(central, "CHF")
        rate(central, "USD", 3)
        rate(central, "USD", 30, "2099-01-01")
        rate(central, "EUR", 12)
        dollar, franc = await coupled(central, "USD"), await coupled(central, "CHF")
        assert held(central, dollar) == Decimal("0.25")
        assert held(central, franc) == Decimal("0.083333333333")

    await on_stage(story)


async def test_a_new_rate_of_the_base_currency_moves_all_others() -> None:
    async def story(central: Central) -> None:
        local_is(central, "CHF")
        rate(central, "USD", 3)
        base = rate(central, "EUR", 12)
        row_id = await coupled(central, "USD")
        await caught_up(central)
        central.erp.update(DE, "currencyExchangeRates", base, {"exchangeRateAmount": 6})
        await central.catch_up(NAME)
        assert held(central, row_id) == Decimal("0.5")

    await on_stage(story)


async def test_a_rate_that_waits_for_its_day_flows_on_that_day() -> None:
    """Nobody edits anything that day: a look at what changed finds it all the same."""

    async def story(central: Central) -> None:
        local_is(central, "CHF")
        rate(central, "EUR", 1)
        rate(central, "USD", 3)
        rate(central, "USD", 4, (central.now + timedelta(days=1)).date().isoformat())
        row_id = await coupled(central, "USD")
        await caught_up(central)
        assert held(central, row_id) == 3
        central.later(days=1)
        await central.catch_up(NAME)
        assert held(central, row_id) == 4

    await on_stage(story)


async def test_the_base_currency_is_worth_1_of_itself() -> None:
    """Whatever rows somebody enters for it: bc-207, bc-208."""

    async def story(central: Central) -> None:
        rate(central, "EUR", 12)
        identity = in_central(central, "EUR")
        assert (await central.visit(ERP, identity, name=NAME)).dataverse == central.currency
        assert held(central, central.currency) == 1
        assert central.troubles(NAME) == []

    await on_stage(story)


async def test_a_rate_against_another_currency_goes_by_the_rate_of_that_one() -> None:
    async def story(central: Central) -> None:
        rate(central, "USD", 2)
        rate(central, "AUD", 3, relationalCurrencyCode="USD", relationalExchangeRateAmount=2)
        currency(central, "USD")
        assert held(central, await coupled(central, "AUD")) == 3

    await on_stage(story)


@pytest.mark.parametrize("amount", [None, 0])
async def test_a_currency_without_a_rate_says_so_and_keeps_the_one_it_has(amount: float | None) -> None:
    """Its name flows; the rate waits for a person, and goes over once there is one."""

    async def story(central: Central) -> None:
        row = None if amount is None else rate(central, "USD", amount)
        identity, row_id = currency(central, "USD")
        await central.visit(ERP, identity, name=NAME)
        await central.compare(NAME)
        ((code, words),) = central.troubles(NAME)
        assert code == "function"
        assert "USD has no exchange rate: enter one on the page Currency Exchange Rates" in words
        assert held(central, row_id) == 9
        if row is not None:
            central.erp.delete(DE, "currencyExchangeRates", row)
        rate(central, "USD", 2)
        await central.catch_up(NAME)
        assert held(central, row_id) == 2
        assert central.troubles(NAME) == []

    await on_stage(story)


async def test_a_currency_without_a_rate_is_not_created() -> None:
    """bc-092, bc-211; with one it is, and with as many decimals as the organisation has: bc-091."""

    async def story(central: Central) -> None:
        identity = central.coded("currencies", "USD", displayName="Dollar", symbol="$")
        assert (await central.visit(ERP, identity, creates="dataverse", name=NAME)).kind == "parked"
        assert len(central.dataverse.rows("transactioncurrencies")) == 1
        rate(central, "USD", 1.25)
        assert (await central.visit(ERP, identity, creates="dataverse", name=NAME)).kind == "created", central.troubles(
            NAME
        )
        (row,) = (each for each in central.dataverse.rows("transactioncurrencies") if each["isocurrencycode"] == "USD")
        assert (row["exchangerate"], row["currencyprecision"], row["currencyname"]) == (1.25, 2, "Dollar")

    await on_stage(story)


@pytest.mark.parametrize(("column", "field"), [("currencysymbol", "symbol"), ("currencyname", "displayName")])
async def test_a_new_currency_without_symbol_or_name_is_told_before_anything_is_sent(column: str, field: str) -> None:
    """Dataverse takes none without (dataverse-tables). One that is there keeps its own."""

    async def story(central: Central) -> None:
        identity = central.coded("currencies", "USD", **{"displayName": "Dollar", "symbol": "$", field: ""})
        rate(central, "USD", 1.25)
        before = len(central.dataverse.history)
        outcome = await central.visit(ERP, identity, creates="dataverse", name=NAME)
        assert (outcome.codes, len(central.dataverse.history)) == (("required",), before)
        ((_, words),) = central.troubles(NAME)
        assert words == f"{field} is blank, and Dataverse takes no row without {column}: enter it"
        central.erp.update(central.company, "currencies", identity[1], {field: "$"})
        assert (await central.visit(ERP, identity, creates="dataverse", name=NAME)).kind == "created"

    await on_stage(story)


async def test_a_currency_of_which_the_code_alone_is_mapped() -> None:
    """bc-039: Dataverse takes none without name and symbol (dataverse-tables); one that is there is coupled."""

    async def story(central: Central) -> None:
        rate(central, "USD", 1.25)
        identity = in_central(central, "USD")
        assert (await central.visit(ERP, identity, creates="dataverse", name=NAME)).kind == "parked"
        (trouble,) = central.troubles(NAME)
        assert "required" in str(trouble)
        assert len(central.dataverse.rows("transactioncurrencies")) == 1
        _, row_id = currency(central, "USD")
        assert (await central.visit(ERP, identity, name=NAME)).dataverse == row_id
        row = central.dataverse.row("transactioncurrencies", row_id)
        assert row is not None
        assert (row["currencyname"], row["exchangerate"]) == ("USD", 1.25)

    off = "fields: |\n  symbol  >  currencysymbol  ; off\n  displayName  >  currencyname  ; off"
    await on_stage(story, with_overlays(shipped(), {NAME: [off]}))


@pytest.mark.parametrize("decimals", [0, 1, 4, 10])
async def test_a_new_currency_has_the_decimals_of_the_organisation(decimals: int) -> None:
    """bc-209: what amounts are rounded to in the base currency holds for the new one, too."""

    async def story(central: Central) -> None:
        setting = {"currencydecimalprecision": decimals}
        central.dataverse.update("organizations", central.dataverse.organization_id, setting)
        rate(central, "USD", 1.25)
        await central.visit(ERP, in_central(central, "USD"), creates="dataverse", name=NAME)
        (row,) = (each for each in central.dataverse.rows("transactioncurrencies") if each["isocurrencycode"] == "USD")
        assert row["currencyprecision"] == decimals

    await on_stage(story)


async def test_a_base_currency_that_business_central_does_not_know_is_named() -> None:
    """No rate can be worked out then: each of them waits."""

    async def story(central: Central) -> None:
        local_is(central, "CHF")
        rate(central, "USD", 3)
        identity, _ = currency(central, "USD")
        await central.visit(ERP, identity, name=NAME)
        ((_, words),) = central.troubles(NAME)
        assert "EUR, the base currency of Dataverse, is neither the local currency of Business Central nor" in words

    await on_stage(story)


async def moving(central: Central) -> tuple[str, str]:
    """A currency in sync, an hour after it was caught up; its row, and the row of its rate."""
    found = rate(central, "USD", 2)
    row_id = await coupled(central, "USD")
    await caught_up(central)
    central.later(minutes=60)
    return row_id, found


async def test_a_rate_that_changes_without_its_currency_flows() -> None:
    """The currency's own stamp stands. Once it has flowed, nothing is visited for it again."""

    async def story(central: Central) -> None:
        row_id, found = await moving(central)
        central.erp.update(DE, "currencyExchangeRates", found, {"exchangeRateAmount": 4})
        await central.catch_up(NAME)
        assert held(central, row_id) == 4
        writes = len(central.dataverse.history)
        central.later(minutes=60)
        tally = await central.catch_up(NAME)
        assert (len(central.dataverse.history), tally.counts.keys() <= {"equal", "ignored"}) == (writes, True)

    await on_stage(story)


async def test_a_rate_that_is_committed_late_is_not_missed() -> None:
    """Its stamp is older than one that was seen before it."""

    async def story(central: Central) -> None:
        row_id, found = await moving(central)
        rate(central, "JPY", 160)
        await central.catch_up(NAME)
        central.later(minutes=-5)
        central.erp.update(DE, "currencyExchangeRates", found, {"exchangeRateAmount": 4})
        central.later(minutes=60)
        await central.catch_up(NAME)
        assert held(central, row_id) == 4

    await on_stage(story)


async def test_a_replica_that_lags_deceives_nobody() -> None:
    """The list answers from a copy unless it is asked otherwise."""

    async def story(central: Central) -> None:
        row_id, found = await moving(central)
        central.erp.behaviour.replica_lag = 3600
        central.erp.update(DE, "currencyExchangeRates", found, {"exchangeRateAmount": 4})
        await central.catch_up(NAME)
        assert held(central, row_id) == 4

    await on_stage(story)


async def test_a_rate_that_is_deleted_is_found_by_the_compare_pass() -> None:
    """No stamp tells of a delete; the row before it counts again."""

    async def story(central: Central) -> None:
        rate(central, "USD", 3, "2024-01-01")
        row_id, found = await moving(central)
        central.later(minutes=60)
        central.erp.delete(DE, "currencyExchangeRates", found)
        await central.compare(NAME)
        assert held(central, row_id) == 3

    await on_stage(story)


async def test_a_rate_that_somebody_edits_in_dataverse_is_put_back() -> None:
    async def story(central: Central) -> None:
        row_id, _ = await moving(central)
        central.dataverse.update("transactioncurrencies", row_id, {"exchangerate": 7})
        await central.visit(DATAVERSE, (row_id,), name=NAME)
        assert held(central, row_id) == 2

    await on_stage(story)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"code": "EUR", "rate": 0, "base": "EUR", "base_rate": 0}, "1"),
        ({"code": "USD", "rate": 1, "base": "EUR", "base_rate": 3}, "0.333333333333"),
        ({"code": "USD", "rate": 3, "base": "EUR", "base_rate": 12}, "0.25"),
    ],
)
def test_a_rate_is_units_of_the_currency_for_one_of_the_base(facts: Mapping[str, Any], expected: str) -> None:
    """Not the other way round, as the product has it where the base is not the local currency."""
    numbers = {name: Decimal(facts[name]) for name in ("rate", "base_rate")}
    assert exchange_rate(**{**facts, **numbers}) == Decimal(expected)


async def test_what_is_read_along_with_a_currency_is_what_the_judge_of_histories_works_out_of_the_twins() -> None:
    """Where nobody has entered a rate; explain shows it."""

    async def story(central: Central) -> None:
        identity, _ = currency(central, "USD")
        await central.visit(ERP, identity, name=NAME)
        told = await explain(central.house.flow(NAME), ERP, identity)
        shown = {line["line"]: line["erp"] for line in told["lines"]}
        of, row = entity(BUSINESS_CENTRAL, "currencies"), {"company": central.company, "code": "USD"}
        along = worked_out(central.erp, central.dataverse, of, row)
        assert shown["baseDecimals > currencyprecision"] == str(along["baseDecimals"])
        assert shown["- >> exchangerate"] == f"USD, , {along['baseCurrency']}, {along['baseRate']}"
        assert not along["rate"]

    await on_stage(story)
