"""Scopes that ask about the row behind a lookup: the currency's code, the group's description."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import explain, report, start_job, work_on
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_unseen import secure
from tests.simulation.turning_back import reason, settled

EUROS: Final = "dataverse: {scope: {and: transactioncurrencyid.isocurrencycode eq 'EUR'}}\n"
GROUP: Final = "dataverse: {scope: {and: msdyn_customergroupid.msdyn_description eq 'Wholesale'}}\n"
NO_DOLLARS: Final = "dataverse: {scope: {and: not (transactioncurrencyid/isocurrencycode eq 'USD')}}\n"


def states(rig: Rig) -> list[str]:
    return sorted(each.state for each in rig.couplings())


def euro(rig: Rig) -> str:
    rows = rig.world.dataverse.rows("transactioncurrencies")
    return next(str(each["transactioncurrencyid"]) for each in rows if each["isocurrencycode"] == "EUR")


def in_euros(rig: Rig, number: str) -> str:
    return rig.account(number, **{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro(rig)})"})


def describe(rig: Rig, text: str) -> None:
    (group,) = rig.world.dataverse.rows("msdyn_customergroups")
    rig.world.dataverse.update("msdyn_customergroups", str(group["msdyn_customergroupid"]), {"msdyn_description": text})


async def caught_up(rig: Rig, kind: Any = "catch-up") -> None:
    job = await start_job(rig.house, kind, (CUSTOMERS,))
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    assert not job["errors"]


@pytest.mark.parametrize("scope", [EUROS, NO_DOLLARS])
@pytest.mark.parametrize("looked", ["event", "pass"])
def test_accounts_of_one_currency(tmp_path: Path, looked: str, scope: str) -> None:
    """Whoever looks: an account in dollars stays alone, and explain names the scope."""

    async def story(rig: Rig) -> None:
        rows = [in_euros(rig, "E-1"), rig.account("U-1")]
        for row_id in rows:
            await (rig.visit(DATAVERSE, (row_id,)) if looked == "event" else rig.compare())
        assert [rig.erp(each) is not None for each in ("E-1", "U-1")] == [True, False]
        assert "isocurrencycode eq" in (await explain(rig.flow(), DATAVERSE, (rows[1],)))["why"]
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), states(rig), rig.counts()["parked"]) == (writes, ["coupled"], 0)

    on_stage(story, maps_with(tmp_path, scope))


@pytest.mark.parametrize("many", [False, True])
def test_a_customer_becomes_an_account_if_that_would_be_inside(tmp_path: Path, *, many: bool) -> None:
    """One by one, and in bulk: what the new row would point to tells."""

    async def story(rig: Rig) -> None:
        euros = [rig.customer(f"E-{number}", SalesCurrencyCode="EUR") for number in range(3)]
        dollars = rig.customer("U-1")
        for identity in () if many else (*euros, dollars):
            await rig.visit(ERP, identity)
        await rig.compare()
        assert [rig.dataverse(each) is not None for each in ("E-0", "E-1", "E-2", "U-1")] == [True, True, True, False]
        assert "outside the flow's scope in Dataverse" in (await explain(rig.flow(), ERP, dollars))["why"]
        assert states(rig) == ["coupled"] * 3

    on_stage(story, maps_with(tmp_path, EUROS))


def test_whoever_points_elsewhere_leaves_and_comes_back(tmp_path: Path) -> None:
    """A catch-up reads changes, which can neither be filtered nor joined."""

    async def story(rig: Rig) -> None:
        row_id = in_euros(rig, ACCOUNT)
        await rig.compare()
        for currency, state in ((rig.currency, "dormant"), (euro(rig), "coupled")):
            rig.change(row_id, **{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"})
            await caught_up(rig)
            assert states(rig) == [state]

    on_stage(story, maps_with(tmp_path, EUROS))


def test_an_edit_of_the_row_it_points_to_is_found_by_the_next_compare_pass(tmp_path: Path) -> None:
    """The record itself has not changed: it sleeps, wakes up, and has lost nothing that was edited meanwhile."""

    async def story(rig: Rig) -> None:
        describe(rig, "Wholesale")
        await coupled(rig)
        writes = rig.writes()
        describe(rig, "Retail")
        await caught_up(rig)
        assert states(rig) == ["coupled"]
        await rig.compare()
        rig.edit(OrganizationName="Northwind")
        await rig.compare()
        assert (states(rig), rig.writes(), rig.counts()["parked"]) == (["dormant"], writes, 0)
        describe(rig, "Wholesale")
        await rig.compare()
        assert states(rig) == ["coupled"]
        assert rig.both("OrganizationName", "name") == ("Northwind", "Northwind")

    on_stage(story, maps_with(tmp_path, GROUP))


def test_one_edit_that_takes_very_many_out_is_asked_about(tmp_path: Path) -> None:
    """A group is renamed: the flow pauses before its records fall asleep, and nothing is written."""

    async def story(rig: Rig) -> None:
        describe(rig, "Wholesale")
        ids = await settled(rig)
        writes = rig.writes()
        describe(rig, "Retail")
        await rig.compare_and_note()
        assert await rig.state() == "paused"
        assert "have left the scope" in await reason(rig)
        assert (states(rig).count("coupled") > len(ids) / 2, rig.writes()) == (True, writes)

    on_stage(story, maps_with(tmp_path, GROUP))


def test_a_flow_that_cannot_see_the_column_it_asks_about_stops(tmp_path: Path) -> None:
    """Column security hides it in its own table: nobody falls asleep for that."""

    async def story(rig: Rig) -> None:
        describe(rig, "Wholesale")
        await coupled(rig)
        secure(rig, "msdyn_description", table="msdyn_customergroups")
        await rig.compare_and_note()
        assert "msdyn_customergroup.msdyn_description is secured" in await reason(rig)
        assert states(rig) == ["coupled"]

    on_stage(story, maps_with(tmp_path, GROUP))


def test_a_dry_run_knows_what_it_would_create(tmp_path: Path) -> None:
    """What it reports is what the run does."""

    async def story(rig: Rig) -> None:
        rig.customer("E-1", SalesCurrencyCode="EUR")
        rig.customer("U-1")
        await caught_up(rig, "plan")
        counts = (await report(rig.house, CUSTOMERS))["counts"]
        assert (counts["created"], counts["ignored"]) == (1, 1)
        await rig.compare()
        assert len(rig.accounts()) == 1

    on_stage(story, maps_with(tmp_path, EUROS))
