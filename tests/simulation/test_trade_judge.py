"""The judge of histories of business_central: what it must not pass over, and what explains a difference there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.ledger import Document, IntendedLine, IntendedWrite, Intent
from shared.mapping import DATAVERSE, ERP
from tests.simulation.policies import wrong_winners
from tests.simulation.told import miscounted
from tests.simulation.told_by_itself import behind
from tests.simulation.trade_kinds import CURRENCIES, CUSTOMERS, DE, ITEMS, TERMS, UNITS
from tests.simulation.trade_stage import TradeStage, on_trade_stage
from tests.simulation.trade_temper import trade_maps
from tests.simulation.tradespeople import TRADED
from tests.simulation.worked_out import RATES

UNKNOWN = 1
"""An option of payment terms that is there from the beginning, and that Business Central has no code for."""


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_person_is_asked_about_need_not_show_by_itself(*, asked: bool) -> None:
    """A conflict waits for a decision in its list; a value about which nobody asks anything is behind."""

    async def story(stage: TradeStage) -> None:
        identity, account = await stage.coupled(CUSTOMERS)
        stage.edit(CUSTOMERS, identity, displayName="Northwind")
        stage.world.dataverse.update("accounts", account, {"name": "Fabrikam"} if asked else {"telephone1": "1"})
        if asked:
            await stage.visit(CUSTOMERS, ERP, identity)
        late = [text for text in behind(stage.judge, stage.house, (ERP, DATAVERSE)) if "displayName" in text]
        assert bool(late) is not asked

    on_trade_stage(story)


@pytest.mark.parametrize("heard", [True, False])
def test_a_rate_that_moves_without_its_currency_is_an_edit_of_the_currency(*, heard: bool) -> None:
    """Whoever has not looked since is behind, and no row says why."""

    async def story(stage: TradeStage) -> None:
        await stage.compare(CURRENCIES)
        (rate,) = stage.people.central.rows(DE, RATES)
        stage.people.central.update(DE, RATES, rate["id"], {"exchangeRateAmount": 4})
        if heard:
            stage.world.loop.pass_time(3600)
            await stage.catch_up(CURRENCIES)
        (dollar,) = stage.rows("transactioncurrencies", isocurrencycode=TRADED)
        assert dollar["exchangerate"] == (4 if heard else 2)
        assert bool(await stage.verdict("law 7: - >> exchangerate")) is not heard

    on_trade_stage(story)


@pytest.mark.parametrize("policy", ["", "erp_wins"])
def test_what_is_left_to_people_though_the_policy_deletes_it_is_not_so(policy: str) -> None:
    """Customers and vendors share a table; only a row of it that both have had may be left to people."""

    async def story(stage: TradeStage) -> None:
        identity, _ = await stage.coupled(CUSTOMERS)
        stage.delete(CUSTOMERS, identity)
        await stage.visit(CUSTOMERS, ERP, identity, "delete")
        assert await stage.verdict("which is not so") == []
        stage.says(policy)
        assert bool(await stage.verdict("which is not so")) is bool(policy)

    on_trade_stage(story)


@pytest.mark.parametrize(
    ("mark", "reason", "breaks"),
    [
        ("first dataverse", "master", True),
        ("first erp", "master", False),
        ("", "master", False),
        ("dataverse", "mark", True),
        ("person", "mark", True),
        ("erp", "mark", False),
    ],
)
def test_whose_values_a_person_wanted_first_is_whose_are_written(mark: str, reason: str, *, breaks: bool) -> None:
    """Before the map's own master, which is the ERP here; where neither was to win, a person is asked."""
    flow = trade_maps("erp_wins", connector=False, several=False).map(CUSTOMERS)
    line = next(each for each in flow.lines if each.dataverse.name == "name")
    key = line.definition.hex()
    told = IntendedLine(definition=key, name=line.name, old="A", new="B", source="B", reason=reason)
    write = IntendedWrite(side=DATAVERSE, action="update", lines=(told,))
    intent = Intent(operation="1", attempt="1", expires="", kind="update", writes=(write,))
    assert bool(list(wrong_winners(flow, intent, None, {line.definition: mark} if mark else {}))) is breaks


@pytest.mark.parametrize("asked", [True, False])
def test_two_options_of_which_one_has_no_partner_may_be_asked_about(*, asked: bool) -> None:
    """At a first match either could stand: that a missing one is left alone does not make the two equal."""

    async def story(stage: TradeStage) -> None:
        (account,) = stage.rows("accounts", accountnumber="10000")
        (customer,) = stage.records(CUSTOMERS, number="10000")
        stage.edit(CUSTOMERS, (stage.company, str(customer["id"])), paymentTermsCode="30 DAYS" if asked else "")
        stage.world.dataverse.update("accounts", str(account["accountid"]), {"paymenttermscode": UNKNOWN})
        await stage.compare(TERMS)
        await stage.compare(CUSTOMERS)
        conflicts = [each.line for each in stage.conflicts(CUSTOMERS) if each.open]
        assert ("paymentTermsCode = paymenttermscode" in conflicts) is asked
        assert await stage.verdict("paymentTermsCode") == []

    on_trade_stage(story)


@pytest.mark.parametrize("heard", [True, False])
def test_an_option_that_is_chosen_beside_one_without_a_partner_has_to_go_over(*, heard: bool) -> None:
    """What has no partner stays where it is, until somebody says something that can be carried over."""

    async def story(stage: TradeStage) -> None:
        await stage.compare(TERMS)
        account = stage.account("Trey", paymenttermscode=UNKNOWN)
        await stage.visit(CUSTOMERS, DATAVERSE, (account,))
        (customer,) = stage.records(CUSTOMERS, displayName="Trey")
        assert customer["paymentTermsCode"] == ""
        assert await stage.verdict("paymentTermsCode") == []
        stage.world.loop.pass_time(60)
        stage.edit(CUSTOMERS, (stage.company, str(customer["id"])), paymentTermsCode="30 DAYS")
        if heard:
            await stage.visit(CUSTOMERS, ERP, (stage.company, str(customer["id"])))
        (row,) = stage.rows("accounts", accountid=account)
        assert (row["paymenttermscode"] != UNKNOWN) is heard
        assert bool(await stage.verdict("law 7: paymentTermsCode")) is not heard

    on_trade_stage(story, "both")


def test_a_unit_that_sales_refuses_explains_the_price_that_goes_with_it() -> None:
    """An item is counted in kilograms, and costs as much of one; the product has been active, in pieces."""

    async def story(stage: TradeStage) -> None:
        item = stage.enter(ITEMS, number="I100", displayName="Chair", baseUnitOfMeasureCode="PCS", unitPrice=120)
        product = stage.product("I100")
        await stage.compare(UNITS, ITEMS)
        assert await stage.verdict("(items)") == []
        stage.edit(ITEMS, item, baseUnitOfMeasureCode="KG", unitPrice=7, displayName="Chairs")
        await stage.compare(ITEMS)
        (row,) = stage.rows("products", productid=product)
        assert (row["name"], row["price"]) == ("Chairs", 120)
        assert await stage.verdict("(items)") == []

    on_trade_stage(story)


def test_a_unit_about_which_a_person_is_asked_explains_the_price_that_goes_with_it() -> None:
    """Item and product were there before, in two units; which of them stands, and at which price, is one question."""

    async def story(stage: TradeStage) -> None:
        await stage.compare(UNITS)
        stage.enter(ITEMS, number="I100", displayName="Chair", baseUnitOfMeasureCode="PCS", unitPrice=120)
        stage.product("I100", "KG")
        await stage.compare(ITEMS)
        assert [each.line for each in stage.conflicts(ITEMS)] == ["baseUnitOfMeasureId = defaultuomscheduleid"]
        assert await stage.verdict("(items)") == []

    on_trade_stage(story)


@pytest.mark.parametrize("tally", [{"coupled": -1}, {"counts": {"coupled": -1}, "reasons": {}}])
def test_no_job_counts_less_than_nothing(tally: Mapping[str, Any]) -> None:
    """A pass, or one over pairs that people name, whose counts stand by themselves."""
    job = Document("jobs", "1", {"kind": "couple", "tallies": {CUSTOMERS: tally}}, "")
    assert miscounted([job]) == ["law 10: 1 counts -1 coupled (customers)"]


def test_what_a_restore_puts_back_is_news_of_which_nobody_is_told() -> None:
    """A customer who was renamed is called as before, and one who came since is gone; a pass has to carry both over."""

    async def story(stage: TradeStage) -> None:
        identity, account = await stage.coupled(CUSTOMERS)
        assert stage.world.central is not None
        backup = stage.world.central.twin.back_up()
        stage.world.loop.pass_time(60)
        stage.edit(CUSTOMERS, identity, displayName="Northwind")
        newer = stage.enter(CUSTOMERS, number="C7", displayName="Trey")
        await stage.visit(CUSTOMERS, ERP, identity)
        stage.world.loop.pass_time(60)
        assert stage.world.central.restore(backup) > 0
        last = {each.key["id"]: each for each in stage.world.erp.history}
        assert last[identity[1]].after["displayName"] == "Contoso A"
        assert (last[newer[1]].operation, last[newer[1]].app) == ("delete", None)
        assert await stage.verdict("law 7: displayName")
        await stage.compare(CUSTOMERS)
        (row,) = stage.rows("accounts", accountid=account)
        assert row["name"] == "Contoso A"
        assert await stage.verdict("displayName") == []

    on_trade_stage(story)
