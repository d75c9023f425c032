"""Claims where the target's key is not unique: given back if nothing was sent, else kept until a person decides."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from shared.engine import Wake, visit
from shared.errors import TryLater
from shared.ledger import read_trouble
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, at_first, maps_with, on_stage
from tests.simulation.test_owners import PERSONS, both_flows, contact, furnish, look, persons, states


async def person(rig: Rig) -> str:
    """A contact person in the ERP; the id of the account that she works for."""
    account = await furnish(rig)
    (customer,) = rig.world.finops.rows("CustomersV3")
    row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
           "AssociatedContactNumber": customer["CustomerAccount"], "FirstName": "Ada", "LastName": "King"}  # fmt: skip
    rig.world.finops.create("CDSContactPersonsV2", row)
    return account


def identity(rig: Rig) -> tuple[str, ...]:
    (row,) = persons(rig)
    return rig.flow(PERSONS).map.erp_identity(row)


def contacts(rig: Rig) -> list[Any]:
    return list(rig.world.dataverse.rows("contacts"))


@pytest.mark.parametrize("moment", range(1, 9))
@pytest.mark.parametrize("matched", [True, False], ids=["matched", "created"])
def test_a_claim_is_given_back_if_the_systems_go_away_before_anything_is_sent(
    tmp_path: Path, moment: int, matched: bool
) -> None:
    """At whatever request they go away: when they are back the record is coupled, and nobody has to decide."""

    async def story(rig: Rig) -> None:
        account = await person(rig)
        if matched:
            contact(rig, account)
        weather, sent = rig.world.weather, Counter[str]()

        def strike(step: str) -> bool:
            sent["system"] += not step.startswith("ledger")
            if sent["system"] == moment:
                busy = (rig.world.loop.time() + 600) // 2 * 2  # an even second: who is busy has carried out nothing
                weather.outage |= dict.fromkeys(("dataverse", "finops"), busy)
            return False

        weather.strike = strike
        flow = rig.flow(PERSONS)
        hint = await flow.ledger.store_hint(ERP, identity(rig), "event")
        try:
            await visit(flow, Wake(ERP, identity(rig), hint))
        except TryLater:
            assert states(rig, PERSONS) in ([], ["coupled"])
        weather.strike = None
        rig.world.loop.pass_time(900)
        await look(rig, PERSONS, ERP, identity(rig))
        assert (states(rig, PERSONS), len(contacts(rig)), len(persons(rig))) == (["coupled"], 1, 1)
        assert [rig.rows(prefix, PERSONS) for prefix in ("h~", "w~", "p~")] == [[], [], []]

    on_stage(story, maps=both_flows(tmp_path))


async def died_while_creating(rig: Rig) -> str:
    """A worker dies with a claim in hand, and somebody creates the same contact in Dataverse; its id."""
    account = await person(rig)
    rig.world.weather.strike = lambda step: step == "dataverse create"
    rig.world.instance(look(rig, PERSONS, ERP, identity(rig)))
    await asyncio.sleep(30)
    assert states(rig, PERSONS) == ["claimed"]
    rig.world.weather.strike = None
    rig.house = rig.world.house()
    rig.world.loop.pass_time(600)
    return contact(rig, account)


def reasons(rig: Rig) -> set[tuple[str, str]]:
    rows = [read_trouble(row) for row in rig.rows("p~", PERSONS)]
    return {(row.side, str(row.items[0]["code"])) for row in rows}


def test_a_claim_that_may_have_created_something_waits_for_a_person(tmp_path: Path) -> None:
    """Both records say why they are not coupled, a pass leaves them as they are, and a person's word couples them.

    The id under which something may still be created keeps a tombstone.
    """

    async def story(rig: Rig) -> None:
        row_id = await died_while_creating(rig)
        await look(rig, PERSONS, ERP, identity(rig))
        rig.world.loop.pass_time(200)
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        assert reasons(rig) == {(ERP, "maybe-created"), (DATAVERSE, "claimed")}
        assert rig.rows("h~", PERSONS) == []
        before = [row.etag for row in rig.rows("p~", PERSONS)]
        await rig.compare(PERSONS)
        assert [row.etag for row in rig.rows("p~", PERSONS)] == before
        flow = rig.flow(PERSONS)
        rig.world.loop.pass_time(180)
        hint = await flow.ledger.ask(ERP, identity(rig))
        await visit(flow, Wake(ERP, identity(rig), hint))
        assert sorted(states(rig, PERSONS)) == ["coupled", "deleted"]
        assert (reasons(rig), len(contacts(rig))) == (set(), 1)

    on_stage(story, maps=both_flows(tmp_path))


def test_a_claim_that_is_kept_is_left_as_it_is_while_several_records_match(tmp_path: Path) -> None:
    """A pass takes it over for nothing: whoever matches would take it for one that somebody is at work on."""

    async def story(rig: Rig) -> None:
        await died_while_creating(rig)
        (account,) = rig.world.dataverse.rows("accounts")
        contact(rig, str(account["accountid"]))
        for _ in range(3):
            await rig.compare(PERSONS)
            rig.world.loop.pass_time(1_800)
            await rig.pump()
        before = [[(row.key, row.etag) for row in rig.rows(prefix, PERSONS)] for prefix in ("d~", "p~", "h~")]
        assert [len(rows) for rows in before] == [1, 3, 0]
        assert reasons(rig) == {(ERP, "ambiguous"), (DATAVERSE, "claimed")}
        await rig.compare(PERSONS)
        assert [[(row.key, row.etag) for row in rig.rows(prefix, PERSONS)] for prefix in ("d~", "p~", "h~")] == before

    on_stage(story, maps=both_flows(tmp_path))


def test_a_create_that_is_refused_when_it_is_repeated_may_still_come_through(tmp_path: Path) -> None:
    """The first request is under way, and its id keeps a tombstone: when the reason is gone there is one contact."""

    async def story(rig: Rig) -> None:
        account = await person(rig)
        row = rig.world.dataverse.row("accounts", account)
        assert row is not None
        sent = Counter[str]()

        def strike(step: str) -> bool:
            sent[step] += 1
            if step == "dataverse create" and sent[step] == 2:
                rig.world.dataverse.delete("accounts", account)
            return False

        rig.world.weather.strike = strike
        rig.world.weather.orders["dataverse create"] = "late"
        await look(rig, PERSONS, ERP, identity(rig))
        assert (sent["dataverse create"], states(rig, PERSONS)) == (2, ["deleted"])
        rig.account(accountid=account)
        await look(rig, PERSONS, ERP, identity(rig))
        await asyncio.sleep(400)
        for _ in range(2):
            await rig.compare(PERSONS)
            rig.world.loop.pass_time(1_800)
            await rig.pump()
        assert (sorted(states(rig, PERSONS)), len(contacts(rig)), reasons(rig)) == (["coupled", "deleted"], 1, set())

    on_stage(story, maps=both_flows(tmp_path))


def test_a_claim_that_was_given_back_by_another_is_not_coupled_under() -> None:
    """Somebody took it over from whoever recovers it, and gave it back: he begins again, and finds the match."""

    async def story(rig: Rig) -> None:
        customer = rig.customer()
        await rig.dies(ERP, customer, before="dataverse create")
        rig.world.loop.pass_time(1_800)
        row_id = rig.account()
        rows = rig.world.tables.partitions[CUSTOMERS]
        claimed = [key for key in rows if key.startswith(("d~", "e~"))]
        rig.world.weather.heard = at_first("ledger intend", lambda: [rows.pop(key) for key in claimed])
        await rig.visit(ERP, customer)
        assert [(each.state, each.dataverse) for each in rig.couplings()] == [("coupled", row_id)]

    on_stage(story)


def test_a_claim_is_given_back_if_nobody_can_see_what_is_said_about_its_record() -> None:
    """What was set aside under the claim before is seen only with the claim in hand."""

    async def story(rig: Rig) -> None:
        weather = rig.world.weather
        weather.heard = at_first("ledger claim", lambda: weather.orders.update({"ledger get": "busy"}))
        with pytest.raises(TryLater):
            await rig.visit(ERP, rig.customer())
        assert (rig.couplings(), len(rig.rows("h~"))) == ([], 1)
        await rig.pump()
        assert rig.dataverse() is not None

    on_stage(story)


def test_a_claim_whose_number_went_to_another_account_is_given_back() -> None:
    """Its owner died, somebody gave the account another number, and a second account the old one: each has its own."""

    async def story(rig: Rig) -> None:
        rig.customer("C-1", OrganizationName="Contoso")
        renumbered = rig.account("C-1", name="Contoso North")
        await rig.dies(DATAVERSE, (renumbered,), before="ledger intend")
        rig.change(renumbered, accountnumber="C-2")
        second = rig.account("C-1", name="Contoso")
        await asyncio.sleep(3600)
        await rig.compare()
        await rig.pump()
        await rig.compare()
        paired = {each.erp[-1]: each.dataverse for each in rig.couplings() if each.erp and each.state == "coupled"}
        assert paired == {"C-1": second, "C-2": renumbered}
        assert rig.counts()["parked"] == rig.counts()["hints"] == 0

    on_stage(story)


@pytest.mark.parametrize("overlay", ["", "fields: |\n  SalesMemo < description\n"], ids=["two-way", "one-way"])
def test_what_was_emptied_while_the_answer_to_its_create_was_lost_is_empty(tmp_path: Path, overlay: str) -> None:
    """The record holds what we sent, so it is ours, and a blank of its source is an edit since then."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(description="v25", telephone1="1")
        await rig.dies(DATAVERSE, (row_id,), after="finops create")
        rig.change(row_id, description=None)
        await asyncio.sleep(1200)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("", None)
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")

    on_stage(story, maps=maps_with(tmp_path, overlay) if overlay else None)
