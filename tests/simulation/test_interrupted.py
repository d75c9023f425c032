"""What was begun and never finished: the process dies at every moment of it, and another one goes on."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import accept, conflicts, couple, restore, set_state, start_job, work_on
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, furnished, maps_with
from tests.simulation.test_owners import (
    CONSUMERS,
    PERSONS,
    both_flows,
    consumers,
    contact,
    furnish,
    look,
    persons,
    sellable,
    states,
)
from tests.simulation.world import World, in_a_world

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""A killed process leaves no word, and Python asks why: as long as these tests run, not later."""

Story = Callable[[Rig], Coroutine[Any, Any, Any]]
MOMENT: Final = 0.15
"""Virtual seconds between two deaths: a few requests."""


def at_every_moment(prepare: Story, act: Story, judge: Story, maps: Catalogue) -> None:
    """Plays the act once for every moment at which it can be cut off."""
    over, moments = False, 0
    while not over:
        graves: list[asyncio.Task[Any]] = []
        plays = partial(_cut_off, moment=moments, prepare=prepare, act=act, judge=judge, graves=graves)
        over = in_a_world(moments, plays, maps=maps)
        moments += 1
        graves.clear()
        gc.collect()
    assert moments > 1


async def _cut_off(
    world: World, *, moment: int, prepare: Story, act: Story, judge: Story, graves: list[asyncio.Task[Any]]
) -> bool:
    """True if the act was over before it could be cut off.

    The tasks of the dead are kept until the world has ended: let go of, they would run their `finally` blocks in it.
    """
    rig = await furnished(world)
    await prepare(rig)
    instance, task = world.instance(act(rig))
    await asyncio.wait({task}, timeout=moment * MOMENT)
    over = task.done()
    graves += [each for each, owner in world.loop._tasks.items() if owner == instance]
    world.loop.kill(instance)
    rig.house = world.house()
    for _ in range(6):
        await asyncio.sleep(300)
        await rig.pump()
    await judge(rig)
    return over


async def quarrel(rig: Rig) -> None:
    """Both sides change the name of one customer, and somebody has looked."""
    await rig.visit(ERP, rig.customer())
    account = rig.dataverse()
    assert account is not None
    rig.edit(OrganizationName="ERP")
    rig.change(account["accountid"], name="Dataverse")
    await rig.visit(ERP, ("usmf", ACCOUNT))


async def first(rig: Rig) -> str:
    """The id of the first conflict."""
    return str(await anext(row["id"] async for row in conflicts(rig.flow().ledger)))


def test_a_hand_over_is_finished_by_whoever_comes_next(tmp_path: Path) -> None:
    """The contact ends up with the consumers, once, and its person sleeps; nothing is left to look at."""

    async def prepare(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig))
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        sellable(rig, row_id)
        for name in (PERSONS, CONSUMERS):
            await rig.flow(name).ledger.store_hint(DATAVERSE, (row_id,), "event")

    async def judge(rig: Rig) -> None:
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])
        assert ([row["CustomerAccount"] for row in consumers(rig)], len(persons(rig))) == (["C-1"], 1)
        assert [rig.rows(prefix, name) for name in (PERSONS, CONSUMERS) for prefix in ("h~", "w~", "p~")] == [[]] * 6

    at_every_moment(prepare, lambda rig: rig.pump(), judge, both_flows(tmp_path))


def test_a_losing_value_is_restored_or_still_listed(tmp_path: Path) -> None:
    """Whatever is cut off, the value stands on both sides or in the list."""

    async def judge(rig: Rig) -> None:
        listed = [row["values"][ERP] async for row in conflicts(rig.flow().ledger)]
        assert (rig.both("OrganizationName", "name"), listed) in [
            (("Dataverse", "Dataverse"), ["ERP"]),
            (("ERP", "ERP"), ["ERP"]),
            (("ERP", "ERP"), []),
        ]
        assert rig.counts()["hints"] == 0

    async def act(rig: Rig) -> None:
        await restore(rig.flow(), await first(rig))

    at_every_moment(quarrel, act, judge, maps_with(tmp_path, "policy: {conflict: dataverse_wins}\n"))


def test_a_decision_is_carried_out_or_still_to_be_made(tmp_path: Path) -> None:
    """Both values differ and wait, or the winner stands on both sides and the loser in the list."""

    async def judge(rig: Rig) -> None:
        listed = [(row["winner"], row["values"]) async for row in conflicts(rig.flow().ledger)]
        values = {ERP: "ERP", DATAVERSE: "Dataverse"}
        assert (rig.both("OrganizationName", "name"), listed) in [
            (("ERP", "Dataverse"), [(None, values)]),
            (("ERP", "ERP"), [(ERP, values)]),
        ]

    async def act(rig: Rig) -> None:
        await accept(rig.flow(), await first(rig), ERP)

    at_every_moment(quarrel, act, judge, maps_with(tmp_path, "policy: {conflict: park}\n"))


def test_two_records_are_coupled_by_hand_or_not_at_all(tmp_path: Path) -> None:
    """Half a coupling is none: both are one record in the end, or two that know nothing of each other."""

    async def prepare(rig: Rig) -> None:
        rig.account("D-1", name="Dataverse's name")
        rig.customer("E-1", OrganizationName="ERP's name")

    async def act(rig: Rig) -> None:
        row = rig.dataverse("D-1")
        assert row is not None
        await couple(rig.flow(), ("usmf", "E-1"), str(row["accountid"]))

    async def judge(rig: Rig) -> None:
        await rig.compare()
        customer = rig.erp("E-1")
        assert customer is not None
        couplings = rig.couplings()
        assert {coupling.state for coupling in couplings} == {"coupled"}
        assert customer["OrganizationName"] == ("Dataverse's name" if len(couplings) == 1 else "ERP's name")
        assert len(couplings) in {1, 2}

    at_every_moment(prepare, act, judge, maps_with(tmp_path, ""))


def test_an_undo_that_was_cut_off_goes_on_to_its_end(tmp_path: Path) -> None:
    """What the load created is gone, what was there before stays, and nothing is coupled."""

    async def prepare(rig: Rig) -> None:
        rig.customer("E-1")
        rig.account("D-1")
        rig.customer("B-1")
        rig.account("B-1")
        job = await start_job(rig.house, "sync", (CUSTOMERS,))
        while job["state"] == "running":
            job = await work_on(rig.house, job["id"], lambda: False)
        await set_state(rig.house, CUSTOMERS, "paused")
        await start_job(rig.house, "undo", (CUSTOMERS,), undo=job["id"])

    async def judge(rig: Rig) -> None:
        assert {row["CustomerAccount"] for row in rig.world.finops.rows("CustomersV3")} == {"E-1", "B-1"}
        assert {row["accountnumber"] for row in rig.world.dataverse.rows("accounts")} == {"D-1", "B-1"}
        assert rig.couplings() == []

    at_every_moment(prepare, lambda rig: rig.pump(), judge, maps_with(tmp_path, ""))


def test_a_rename_that_was_cut_off_keeps_the_account(tmp_path: Path) -> None:
    """Seen from both ends at once, the account follows the new number."""

    async def prepare(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.finops.rename("CustomersV3", key, {**key, "CustomerAccount": "US-777"})
        for account in ("US-777", ACCOUNT):
            await rig.hint(ERP, ("usmf", account))

    async def judge(rig: Rig) -> None:
        assert [row["accountnumber"] for row in rig.world.dataverse.rows("accounts")] == ["US-777"]
        assert (rig.counts()["parked"], rig.counts()["hints"]) == (0, 0)

    at_every_moment(prepare, lambda rig: rig.pump(), judge, maps_with(tmp_path, "policy: {key_change: rename}\n"))
