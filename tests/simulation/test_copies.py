"""A copy of the ledger that is put back loses no edit, couples nobody twice, and decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import (
    check_environment,
    clear,
    confirm_environment,
    couple,
    drop_copy,
    list_copies,
    set_state,
    start_copy,
    start_job,
    start_restore,
    uncouple,
    work_on,
)
from shared.engine._owners import OWNERS
from shared.errors import NotFound, Refused
from shared.ledger import JOBS
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, coupled, on_stage
from tests.simulation.test_owners import CONSUMERS, PERSONS, both_flows, consumers, handed_over, persons, states

ALL: Final = (TERMS, GROUPS, CUSTOMERS)


async def through(rig: Rig, job: Mapping[str, Any], slices: int = 0) -> Mapping[str, Any]:
    """A job is carried on until it is done; slices: so many end as soon as something was done."""
    for number in range(100):
        job = await work_on(rig.house, job["id"], lambda: number < slices)  # noqa: B023 - asked before the next round
        if job["state"] != "running":
            break
    assert (job["state"], job["errors"]) == ("done", {})
    return job


async def copied(rig: Rig, slices: int = 0) -> str:
    """A copy is made; its id."""
    await check_environment(rig.house)
    return str((await through(rig, await start_copy(rig.house), slices))["id"])


async def put_back(rig: Rig, copy: str, slices: int = 0, into: str = "") -> Mapping[str, Any]:
    """Nothing runs, and a copy is put back; what came of it for the customers."""
    for name in ALL:
        await set_state(rig.house, name, "paused")
    job = await through(rig, await start_restore(rig.house, copy, confirmed=True, into=into), slices)
    for name in ALL:
        await set_state(rig.house, name, "running")
    counts: Mapping[str, Any] = job["tallies"][CUSTOMERS]
    return counts


async def lost(rig: Rig) -> None:
    """The table is gone, and a person says so."""
    rig.world.tables.empty()
    await confirm_environment(rig.house)


def kept(rig: Rig, prefix: str, copy: str) -> list[str]:
    """The keys of customers' rows in a copy."""
    return [key for key in sorted(rig.world.copies.partitions.get(f"{copy}~{CUSTOMERS}", {})) if key.startswith(prefix)]


# -- no edit is lost


async def put_back_by_a_person(rig: Rig, row_id: str) -> None:
    """Dataverse became another one, the ERP followed, and a person put Dataverse back just before the loss."""
    rig.change(row_id, name="Fabrikam")
    await rig.visit(DATAVERSE, (row_id,))
    assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
    rig.change(row_id, name="Contoso")


async def edited_in_the_erp(rig: Rig, _row_id: str) -> None:
    rig.edit(OrganizationName="Fabrikam")


@pytest.mark.parametrize("happened", [put_back_by_a_person, edited_in_the_erp])
def test_what_differs_is_asked(happened: Callable[[Rig, str], Awaitable[None]]) -> None:
    """What was agreed since the copy nobody knows: both values stand, and a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, "US-002")
        copy = await copied(rig)
        await happened(rig, row_id)
        await lost(rig)
        assert (await put_back(rig, copy))["pairs"] == 2
        writes = rig.writes()
        await rig.compare(*ALL)
        assert rig.writes() == writes
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Contoso")
        (asked,) = [row for row in rig.conflicts() if row.open]
        assert (asked.line, asked.dataverse) == ("OrganizationName = name", row_id)

    on_stage(story)


def test_what_is_equal_goes_on() -> None:
    """The next pass agrees on it without a write, and the next edit flows; nobody is created a second time."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        await put_back(rig, copy)
        writes = rig.writes()
        await rig.compare(*ALL)
        assert (rig.writes(), rig.counts()["parked"], len(rig.accounts())) == (writes, 0, 1)
        rig.edit(OrganizationName="Fabrikam")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_was_deleted_since_is_asked(side: str) -> None:
    """Whether the survivor was edited nobody knows: it stays until a person decides."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        await put_back(rig, copy)
        if side == ERP:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        else:
            rig.world.dataverse.delete("accounts", row_id)
        await rig.compare(*ALL)
        assert (rig.erp() is None, rig.dataverse() is None) == (side == ERP, side == DATAVERSE)
        assert rig.counts()["parked"] == 1

    on_stage(story)


# -- what a copy holds


def test_what_people_decided_is_back() -> None:
    """Pairs that no match key finds, tombstones, a value that lost, and the journal."""

    async def story(rig: Rig) -> None:
        by_hand, parted = rig.account("D-1"), await coupled(rig, "US-002")
        await couple(rig.flow(), rig.customer("E-1"), by_hand)
        await uncouple(rig.flow(), DATAVERSE, (parted,))
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        (overruled,) = [row for row in rig.conflicts() if not row.open]
        before = {row.key for row in rig.rows("j~")}
        copy = await copied(rig)
        await lost(rig)
        counts = await put_back(rig, copy)
        assert (counts["pairs"], counts["tombstones"], counts["conflicts"]) == (2, 1, 1)
        assert {each.dataverse: each.state for each in rig.couplings()}[parted] == "uncoupled"
        assert [row.value for row in rig.conflicts()] == [overruled.value]
        assert {row.key for row in rig.rows("j~")} > before
        writes = rig.writes()
        await rig.compare(*ALL)
        assert (rig.writes(), len(rig.accounts())) == (writes, 3)

    on_stage(story)


def test_nothing_of_what_is_under_way_is_in_it() -> None:
    """No claim, intent, hint, nor what is set aside; nor a fingerprint of what was agreed."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await rig.dies(ERP, rig.customer("US-002"), before="dataverse create")
        rig.edit(OrganizationName="Fabrikam")
        await rig.dies(ERP, ("usmf", ACCOUNT), before="dataverse update")
        assert rig.rows("h~")
        copy = await copied(rig)
        rows = rig.world.copies.partitions[f"{copy}~{CUSTOMERS}"]
        assert {key[:2] for key in rows} == {"d~", "e~", "j~"}
        assert kept(rig, "d~", copy) == [f"d~{row_id}"]
        pair = rows[f"d~{row_id}"].cells
        assert {name for name, cell in pair.items() if cell} == {"state", "since", "erp", "op"}

    on_stage(story)


def test_a_record_that_changes_its_partner_meanwhile_is_in_one_pair() -> None:
    """Whoever died does a page again, and the later reading counts."""

    async def story(rig: Rig) -> None:
        first = await coupled(rig)
        await check_environment(rig.house)
        job = await start_copy(rig.house)
        while not kept(rig, "d~", job["id"]):
            await work_on(rig.house, job["id"], lambda: True)
        await uncouple(rig.flow(), DATAVERSE, (first,))
        second = rig.account("D-2")
        await couple(rig.flow(), ("usmf", ACCOUNT), second)
        await clear(rig.flow(), DATAVERSE, (first,))
        await rig.house.documents.change(JOBS, job["id"], lambda value: {**value, "places": {}, "tallies": {}})
        await through(rig, job)
        assert kept(rig, "e~", job["id"]) == [f"e~USMF~{ACCOUNT}"]
        assert kept(rig, "d~", job["id"]) == [f"d~{second}"]

    on_stage(story)


def test_a_contact_that_was_handed_over_stays_with_its_heir(tmp_path: Path) -> None:
    """Which flow has a row of a shared table is in the copy, so that no flow makes a second record for it."""

    async def story(rig: Rig) -> None:
        row_id = await handed_over(rig)
        copy = await copied(rig)
        await lost(rig)
        job = await through(rig, await start_restore(rig.house, copy, confirmed=True))
        assert job["tallies"][PERSONS]["pairs"] == job["tallies"][CONSUMERS]["pairs"] == 1
        for name in (*ALL, PERSONS, CONSUMERS):
            await set_state(rig.house, name, "running")
        await rig.compare(*ALL, PERSONS, CONSUMERS)
        assert (states(rig, PERSONS), states(rig, CONSUMERS)) == (["dormant"], ["coupled"])
        assert [len(each(rig)) for each in (persons, consumers)] == [1, 1]
        (owner,) = [key for key in rig.world.tables.partitions[OWNERS] if key.endswith(row_id)]
        assert CONSUMERS in str(rig.world.tables.partitions[OWNERS][owner].cells)

    on_stage(story, both_flows(tmp_path))


# -- slices, deaths, retention


def test_both_are_carried_on_where_they_stand() -> None:
    """In slices that end after each page, nothing is missing and nothing is counted twice."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig, slices=50)
        (about,) = await list_copies(rig.house)
        assert (about["id"], about["state"], about["own"]) == (copy, "whole", True)
        assert [about["flows"][name]["pairs"] for name in ALL] == [1, 1, 1]
        await lost(rig)
        assert (await put_back(rig, copy, slices=50))["pairs"] == 1
        assert len(rig.couplings()) == 1

    on_stage(story)


def test_whoever_dies_has_done_nothing_twice() -> None:
    """A pair is back, and nobody has noted it: the next instance counts it once, and its journal tells it once."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        for name in ALL:
            await set_state(rig.house, name, "paused")
        job = await start_restore(rig.house, copy, confirmed=True)
        await rig.dies_at(work_on(rig.house, job["id"], lambda: False), after="ledger settle")
        await asyncio.sleep(120)
        done = await through(rig, job)
        assert [done["tallies"][name]["pairs"] for name in ALL] == [1, 1, 1]
        assert len([row for row in rig.rows("j~") if str(row.cells["what"]).startswith("restored from")]) == 1

    on_stage(story)


def test_what_is_too_much_goes() -> None:
    """So many whole copies are kept; what came to no end goes with the next, and what a person dropped."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        made = [await copied(rig) for _ in range(3)]
        assert [each["id"] for each in await list_copies(rig.house)] == sorted(made[1:])
        await drop_copy(rig.house, made[2])
        broken = await start_copy(rig.house)
        await work_on(rig.house, broken["id"], lambda: True)
        with pytest.raises(Refused, match="is under way"):
            await start_copy(rig.house)
        await rig.house.documents.change(JOBS, broken["id"], lambda value: {**value, "state": "stopped"})
        last = await copied(rig)
        assert {each["id"] for each in await list_copies(rig.house)} == {made[1], last}
        parts = {name.partition("~")[0] for name, rows in rig.world.copies.partitions.items() if rows}
        assert parts == {"copies", made[1], last}

    on_stage(story)


def test_copies_of_a_lost_ledger_outlast_those_of_the_next_one() -> None:
    """They may be all that is left of it."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        own = [await copied(rig) for _ in range(3)]
        assert {each["id"]: each["own"] for each in await list_copies(rig.house)} == {
            copy: False, own[1]: True, own[2]: True,
        }  # fmt: skip

    on_stage(story)


# -- what is refused


def test_a_dry_run_counts_what_the_run_does() -> None:
    """Without a word nothing is put back, whatever runs."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        told = (await through(rig, await start_restore(rig.house, copy, confirmed=False)))["tallies"][CUSTOMERS]
        assert rig.couplings() == []
        assert await put_back(rig, copy) == told

    on_stage(story)


def test_while_anything_runs_nothing_is_put_back() -> None:
    """Neither a flow nor a job; and while a copy is put back, no flow begins."""

    async def story(rig: Rig) -> None:
        copy = await copied(rig)
        with pytest.raises(Refused, match="still at work"):
            await start_restore(rig.house, copy, confirmed=True)
        await lost(rig)
        await start_job(rig.house, "plan", [CUSTOMERS])
        with pytest.raises(Refused, match=r"the plan .* is under way"):
            await start_restore(rig.house, copy, confirmed=True)

    on_stage(story)


def test_a_flow_that_begins_ends_the_restore_in_it() -> None:
    """What is not back by then stays out, and the job says so."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        copy = await copied(rig)
        await lost(rig)
        job = await start_restore(rig.house, copy, confirmed=True)
        await set_state(rig.house, CUSTOMERS, "running")
        for _ in range(3):
            job = await work_on(rig.house, job["id"], lambda: False)
        assert job["errors"] == {CUSTOMERS: "the flow is running: pause or stop it first"}
        assert rig.couplings() == []

    on_stage(story)


def test_a_ledger_that_is_not_empty_is_named() -> None:
    """What stands in it stays as it is, and what it lacks is added."""

    async def story(rig: Rig) -> None:
        gone, stays = await coupled(rig), await coupled(rig, "US-002")
        copy = await copied(rig)
        for name in ALL:
            await set_state(rig.house, name, "paused")
        await uncouple(rig.flow(), DATAVERSE, (gone,))
        await clear(rig.flow(), DATAVERSE, (gone,))
        await uncouple(rig.flow(), DATAVERSE, (stays,))
        with pytest.raises(Refused, match="the ledger is not empty") as refused:
            await start_restore(rig.house, copy, confirmed=True)
        (about,) = await list_copies(rig.house)
        assert about["ledger"] in str(refused.value)
        counts = await put_back(rig, copy, into=about["ledger"])
        assert (counts["pairs"], counts["already there"]) == (1, 1 + about["flows"][CUSTOMERS]["journal"])
        assert {each.dataverse: each.state for each in rig.couplings()} == {gone: "coupled", stays: "uncoupled"}

    on_stage(story)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"state": "begun"}, "is not whole"), ({"environments": {"dataverse": "another one"}}, "speaks of another one")],
)
def test_only_a_whole_copy_of_this_environment_is_put_back(change: Mapping[str, Any], why: str) -> None:
    """Its pairs would be of other records, or some of them missing."""

    async def story(rig: Rig) -> None:
        copy = await copied(rig)
        await lost(rig)
        assert rig.house.copies is not None
        await rig.house.copies.note(copy, lambda about: {**about, **change})
        with pytest.raises(Refused, match=why):
            await start_restore(rig.house, copy, confirmed=True)
        with pytest.raises(NotFound, match="there is no copy"):
            await start_restore(rig.house, "none", confirmed=True)

    on_stage(story)


def test_without_another_account_there_are_no_copies() -> None:
    """The refusal names the setting."""

    async def story(rig: Rig) -> None:
        rig.house.copies = None
        with pytest.raises(Refused, match="set LEDGER_COPY"):
            await start_copy(rig.house)
        with pytest.raises(Refused, match="set LEDGER_COPY"):
            await list_copies(rig.house)

    on_stage(story)
