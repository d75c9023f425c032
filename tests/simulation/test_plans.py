"""A dry run in slices: whatever their length, and whoever carries them out, the report is that of a single one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import approve, job, report, set_state, start_job, stop_job, work_on
from shared.engine._states import FlowState
from shared.ledger import FEEDS, read_document
from tests.simulation.network import LATEST
from tests.simulation.rig import CUSTOMERS, GROUPS, Rig, coupled, maps_with, on_stage
from tests.simulation.test_reports import mixed

_MINTED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\(new \d+\)|rehearsed-[0-9-]+")


def pages(number: int) -> Callable[[], bool]:
    """The time of a slice is up after so many pages."""
    left = [number]

    def out_of_time() -> bool:
        left[0] -= 1
        return left[0] <= 0

    return out_of_time


async def planned(rig: Rig, length: int, *names: str, anew: bool = False) -> Mapping[str, Any]:
    """The reports of a dry run in slices of so many pages, without what differs each time; anew: by another process."""
    started = await start_job(rig.house, "plan", names or (CUSTOMERS,))
    return await carried_out(rig, started, length, anew=anew)


async def carried_out(rig: Rig, started: Mapping[str, Any], length: int, *, anew: bool = False) -> Mapping[str, Any]:
    """The same of one that has been ordered."""
    value, slices = started, 0
    while value["state"] == "running":
        if anew:
            rig.house = rig.world.house()
        value = await work_on(rig.house, started["id"], pages(length))
        slices += 1
        assert slices < 500, "it does not come to an end"
    assert not value["errors"], value["errors"]
    told = [await report(rig.house, name) for name in value["flows"]]
    kept = [{part: each[part] for part in ("rows", "counts", "reasons", "strangers", "samples")} for each in told]
    return {"slices": slices > 1, "told": [_plain(each, rig) for each in kept]}


def _plain(told: Any, rig: Rig) -> Any:
    """Without ids that were minted on the way; in an order that does not depend on when a page was read."""
    groups = {str(row["msdyn_customergroupid"]) for row in rig.world.dataverse.rows("msdyn_customergroups")}
    known = {*rig.accounts(), *groups}
    if isinstance(told, Mapping):
        return {name: value for name, each in told.items() if (value := _plain(each, rig)) not in (0, [], {})}
    if isinstance(told, list):
        return sorted((_plain(each, rig) for each in told), key=repr)
    if isinstance(told, str):
        return _MINTED.sub(lambda found: found.group() if found.group() in known else "minted", told)
    return told


# -- what there is to plan


async def empty(rig: Rig) -> None:
    """A Dataverse that holds nothing of it yet."""
    for number in range(14):
        rig.customer(f"US-{number:02d}")


async def full(rig: Rig) -> None:
    """Both sides hold the same, and some differ."""
    await empty(rig)
    for number in range(14):
        rig.account(f"US-{number:02d}", name="Contoso" if number % 3 else "Other")


async def half_filled(rig: Rig) -> None:
    """Every second customer is an account by now, and some accounts are no customers."""
    await empty(rig)
    for number in range(0, 14, 2):
        rig.account(f"US-{number:02d}")
    for number in range(4):
        rig.account(f"DV-{number:02d}")


async def of_all_kinds(rig: Rig) -> None:
    """Equal, different, missing on either side, refused by the map, coupled and edited, coupled and gone."""
    await mixed(rig)
    for number in range(12):
        rig.customer(f"M-{number:02d}")


async def set_aside(rig: Rig) -> None:
    """Some wait for a group that nobody has, or for each other; some are parked, before the plan or by it."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "99"})
    for number in range(4):
        rig.customer(f"W-{number}", CustomerGroupId="99")
        rig.account(f"P-{number}", **{"msdyn_customergroupid@odata.bind": None})
        rig.customer(f"L-{number}", PrimaryContactEmail="x" * 90 + "@contoso.example")
        rig.customer(f"I-{number}")
        if number == 1:
            await rig.compare()
    for number in range(4):
        rig.edit(f"I-{number}", InvoiceAccount=f"I-{3 - number}")


async def in_dispute(rig: Rig) -> None:
    """Coupled records of which both sides were edited, or one was and the other is gone."""
    for number in range(6):
        row_id = await coupled(rig, f"C-{number}")
        rig.edit(f"C-{number}", OrganizationName=f"ERP {number}", LanguageId="de")
        if number % 3 == 0:
            rig.change(row_id, name=f"Dataverse {number}")
        if number % 3 == 1:
            rig.world.dataverse.delete("accounts", row_id)
    for number in range(6, 9):
        row_id = await coupled(rig, f"C-{number}")
        rig.change(row_id, name=f"Dataverse {number}")
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": f"C-{number}"})
    for number in range(9, 12):
        await coupled(rig, f"C-{number}")
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": f"C-{number}"})


async def dependent(rig: Rig) -> None:
    """Groups that only one side has, and customers that belong to them."""
    for number in range(5):
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": f"5{number}"})
        rig.customer(f"G-{number}", CustomerGroupId=f"5{number}")
        group = {"msdyn_groupid": f"6{number}", "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        row_id = rig.world.dataverse.create("msdyn_customergroups", group)
        bound = {"msdyn_customergroupid@odata.bind": f"/msdyn_customergroups({row_id})"}
        rig.account(f"H-{number}", **bound)
    for number in range(5):
        rig.edit(f"G-{number}", InvoiceAccount=f"G-{4 - number}")


SCENES = (empty, full, half_filled, of_all_kinds, set_aside, in_dispute, dependent)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is three records, and so is every walk over rows of the ledger."""
    monkeypatch.setattr("tests.emulator.tables.PAGE", 3)
    monkeypatch.setattr("shared.engine.passes._compare.PAGE", 3)
    monkeypatch.setattr("shared.engine.passes._compare.WAVE", 3)


@pytest.mark.parametrize("state", ["running", "not running"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_plan_in_slices_tells_what_a_plan_at_once_tells(scene: Callable[[Rig], Any], state: FlowState) -> None:
    """Slices of one page, of two, of five; all by one process, or each by one that has just begun. A flow need not be
    run for it.
    """

    async def story(rig: Rig) -> None:
        await scene(rig)
        names = (GROUPS, CUSTOMERS)
        for name in names:
            await set_state(rig.house, name, state)
        at_once = await planned(rig, 10**9, *names)
        assert not at_once["slices"]
        for length, anew in ((1, True), (2, False), (5, True)):
            in_slices = await planned(rig, length, *names, anew=anew)
            assert in_slices["slices"]
            assert in_slices["told"] == at_once["told"], f"slices of {length} pages"

    on_stage(story)


@pytest.mark.parametrize("leaves", ["keep", "uncouple", "delete"])
def test_a_plan_foretells_what_its_own_writes_take_out_of_the_scope(tmp_path: Path, leaves: str) -> None:
    """An account that is on hold meets a customer that is not: with the first write of the two the customer leaves."""
    narrow = f"erp: {{scope: PartyType eq 'Organization' and OnHoldStatus ne 'All'}}\npolicy: {{leaves: {leaves}}}\n"

    async def story(rig: Rig) -> None:
        for number in range(5):
            rig.customer(f"N-{number}")
            rig.account(f"N-{number}", msdyn_onholdstatus=806380002 if number % 2 else 806380000)
        for number in (1, 3):
            rig.edit(f"N-{number}", InvoiceAccount="N-4")
        at_once = await planned(rig, 10**9)
        for length in (1, 2):
            assert (await planned(rig, length))["told"] == at_once["told"]
        foretold = (await report(rig.house, CUSTOMERS))["counts"]
        await approve(rig.house, CUSTOMERS)
        counts = (await rig.compare()).counts
        assert {what: number for what, number in counts.items() if what != "ignored"} == foretold
        before = [row.etag for row in rig.rows("d~")]
        assert not {"updated", "deleted", "uncoupled"} & {*(await rig.compare()).counts}
        assert [row.etag for row in rig.rows("d~")] == before

    on_stage(story, maps_with(tmp_path, narrow))


@pytest.mark.parametrize("scene", [half_filled, in_dispute, dependent])
def test_a_plan_in_slices_foretells_what_the_run_does(scene: Callable[[Rig], Any]) -> None:
    """Also of records that it would create, and complete in a later slice; what a system refuses it cannot know."""

    async def story(rig: Rig) -> None:
        await scene(rig)
        await planned(rig, 2, GROUPS, CUSTOMERS)
        foretold = {name: (await report(rig.house, name))["counts"] for name in (GROUPS, CUSTOMERS)}
        await approve(rig.house, CUSTOMERS)
        tallies = (await rig.compare_and_note(GROUPS, CUSTOMERS))["tallies"]
        assert foretold == {name: tallies[name]["counts"] for name in (GROUPS, CUSTOMERS)}

    on_stage(story)


def sets_down(rig: Rig) -> bool:
    """True while a dry run is setting down what it has done."""
    notes = [read_document(FEEDS, row) for row in rig.world.tables.partitions[FEEDS].values()]
    return any(note.value.get("keeping") for note in notes)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("moment", range(4, 80, 12))
@pytest.mark.parametrize("setting_down", [True, False], ids=["setting down", "at any time"])
def test_a_dry_run_that_dies_goes_on_and_tells_the_same(moment: int, setting_down: bool) -> None:
    """Wherever the process dies that carries it out, even while it sets down what it has done."""

    async def story(rig: Rig) -> None:
        await half_filled(rig)
        at_once = await planned(rig, 10**9, GROUPS, CUSTOMERS)
        started = await start_job(rig.house, "plan", (GROUPS, CUSTOMERS))
        rig.house = rig.world.house()
        struck = iter([False] * (moment if setting_down else 3 * moment) + [True])

        def strike(now: str) -> bool:
            return now.startswith("ledger") and (sets_down(rig) or not setting_down) and next(struck, False)

        rig.world.weather.strike = strike
        await asyncio.wait({rig.world.instance(work_on(rig.house, started["id"], pages(20)))[1]}, timeout=60)
        rig.world.weather.strike = None
        assert next(struck, None) is None, "nobody died"
        rig.house = rig.world.house()
        await asyncio.sleep(600)
        told = await carried_out(rig, started, 10**9)
        assert told["told"] == at_once["told"]

    on_stage(story)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_was_set_down_late_is_no_part_of_a_dry_run_that_was_begun_anew() -> None:
    """A write without an answer tears it; it is carried out after all when the dry run has begun again."""

    async def story(rig: Rig) -> None:
        await half_filled(rig)
        at_once = await planned(rig, 10**9, CUSTOMERS)
        started = await start_job(rig.house, "plan", (CUSTOMERS,))
        rig.world.weather.orders["ledger rehearse"] = "late"
        await asyncio.wait({rig.world.instance(work_on(rig.house, started["id"], pages(1)))[1]}, timeout=60)
        assert sets_down(rig)
        rig.house = rig.world.house()
        await work_on(rig.house, started["id"], pages(10**9))
        await asyncio.sleep(LATEST)
        assert (await carried_out(rig, started, 2))["told"] == at_once["told"]
        await asyncio.sleep(600)
        await rig.pump()
        assert not [name for name, rows in rig.world.tables.partitions.items() if name.startswith("plan~") and rows]

    on_stage(story)


@pytest.mark.parametrize("way", ["done", "stopped"])
def test_nothing_is_left_of_a_dry_run_that_is_over(way: str) -> None:
    """Neither of one that came to its end nor of one that somebody stopped; as soon as nobody can be at work on it."""

    async def story(rig: Rig) -> None:
        await half_filled(rig)
        before = {name: len(rows) for name, rows in rig.world.tables.partitions.items() if rows}
        started = await start_job(rig.house, "plan", (GROUPS, CUSTOMERS))
        await work_on(rig.house, started["id"], pages(8 if way == "stopped" else 10**9))
        assert any(name.startswith("plan~") for name, rows in rig.world.tables.partitions.items() if rows)
        if way == "stopped":
            await stop_job(rig.house, started["id"])
        assert (await job(rig.house, started["id"]))["state"] == way
        await asyncio.sleep(600)
        await rig.pump()
        left = {name: len(rows) for name, rows in rig.world.tables.partitions.items() if rows}
        news = {name for name in {*before, *left} if before.get(name) != left.get(name)}
        assert news <= {"jobs", "reports", "feeds", "flows", "environment", "open jobs"}
        assert "open jobs" not in left
        assert not [
            key for key in rig.world.tables.partitions["feeds"] if key.startswith(("plan~", CUSTOMERS + "~compare~"))
        ]

    on_stage(story)


def test_two_dry_runs_at_a_time_do_not_mix() -> None:
    """Each has what it would write to itself."""

    async def story(rig: Rig) -> None:
        await half_filled(rig)
        at_once = await planned(rig, 10**9)
        both = [await start_job(rig.house, "plan", (CUSTOMERS,)) for _ in range(2)]
        for _ in range(100):
            for each in both:
                await work_on(rig.house, each["id"], pages(1))
        told = (await report(rig.house, CUSTOMERS))["counts"]
        assert [(await job(rig.house, each["id"]))["tallies"][CUSTOMERS]["counts"] for each in both] == [told, told]
        assert _plain(told, rig) == at_once["told"][0]["counts"]

    on_stage(story)
