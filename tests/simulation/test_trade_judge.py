"""The judge of histories of business_central: what it must not pass over, and what explains a difference there."""

from __future__ import annotations

import pytest

from shared.mapping import DATAVERSE, ERP
from tests.simulation.told_by_itself import behind
from tests.simulation.trade_kinds import CURRENCIES, CUSTOMERS, DE
from tests.simulation.trade_stage import TradeStage, on_trade_stage
from tests.simulation.tradespeople import TRADED
from tests.simulation.worked_out import RATES


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
