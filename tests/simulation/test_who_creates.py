"""Where one full synchronisation creates: a person's choice, in the report, approved with it, and over with the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import (
    approve,
    demand_approval,
    demand_to_go_on,
    pump,
    report,
    set_state,
    start_job,
    sync_now,
    work_on,
)
from shared.errors import Refused
from shared.mapping import Catalogue, Creates
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, maps_with, on_stage
from tests.simulation.test_one_way import TO_DATAVERSE, own_flow

ONLY_COUPLES = "policy: {creates: none}\n"


async def carried_out(rig: Rig, kind: Any, creates: Creates | None, begin: Any = None) -> Mapping[str, Any]:
    job = await start_job(rig.house, kind, (CUSTOMERS,), creates=creates, begin=begin)
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    assert not job["errors"]
    return job


async def planned(rig: Rig, creates: Creates | None) -> Mapping[str, Any]:
    await carried_out(rig, "plan", creates)
    return await report(rig.house, CUSTOMERS)


def only_couples(folder: Path) -> Catalogue:
    return maps_with(folder, ONLY_COUPLES)


def both_alone(rig: Rig) -> None:
    rig.customer("C-1")
    rig.account("A-1")


def made(rig: Rig) -> list[bool]:
    return [rig.dataverse("C-1") is not None, rig.erp("A-1") is not None]


@pytest.mark.parametrize(
    ("creates", "there"),
    [(None, [False, False]), ("both", [True, True]), ("erp", [False, True]), ("dataverse", [True, False])],
)
def test_a_run_creates_where_the_person_says(tmp_path: Path, creates: Creates | None, there: list[bool]) -> None:
    """The report counts what the run then makes, and says what was chosen. After it the map rules again."""

    async def story(rig: Rig) -> None:
        both_alone(rig)
        found = await planned(rig, creates)
        assert (found["creates"], found["counts"].get("created", 0)) == (creates or "", sum(there))
        assert made(rig) == [False, False]
        await approve(rig.house, CUSTOMERS)
        await demand_approval(rig.house, CUSTOMERS, None, creates)
        await carried_out(rig, "sync", creates, begin="initializing")
        assert made(rig) == there
        identity = rig.customer("C-2")
        assert (await rig.visit(ERP, identity)).codes == ("creates",)
        await rig.compare()
        assert (made(rig), rig.dataverse("C-2")) == (there, None)

    on_stage(story, only_couples(tmp_path))


@pytest.mark.parametrize(
    ("planned_with", "run_with", "why"),
    [
        ("both", None, "a run that creates on both sides was approved, not a run that creates where the map says"),
        (None, "erp", "a run that creates where the map says was approved, not a run that creates in the ERP only"),
        ("erp", "dataverse", "plan it with creates dataverse"),
    ],
)
def test_the_choice_is_part_of_what_is_approved(
    tmp_path: Path, planned_with: Creates | None, run_with: Creates | None, why: str
) -> None:
    async def story(rig: Rig) -> None:
        both_alone(rig)
        await planned(rig, planned_with)
        await approve(rig.house, CUSTOMERS)
        with pytest.raises(Refused, match=why):
            await demand_approval(rig.house, CUSTOMERS, None, run_with)

    on_stage(story, only_couples(tmp_path))


def test_what_the_map_says_anyway_is_no_choice() -> None:
    """Whoever names it gets the same approval."""

    async def story(rig: Rig) -> None:
        both_alone(rig)
        assert (await planned(rig, "both"))["creates"] == ""
        await approve(rig.house, CUSTOMERS)
        await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


def test_a_full_synchronisation_may_also_only_couple() -> None:
    async def story(rig: Rig) -> None:
        both_alone(rig)
        rig.customer("B-1")
        rig.account("B-1")
        await carried_out(rig, "sync", "none", begin="initializing")
        assert made(rig) == [False, False]
        assert [each.state for each in rig.couplings()] == ["coupled"]
        assert (await rig.visit(ERP, ("usmf", "C-1"))).kind == "created"

    on_stage(story)


def test_nothing_is_created_where_no_line_writes(tmp_path: Path) -> None:
    """Not even if a person says so: the record would be empty."""

    async def story(rig: Rig) -> None:
        both_alone(rig)
        with pytest.raises(Refused, match="no line writes erp: what is created there would be empty"):
            await demand_approval(rig.house, CUSTOMERS, None, "both")

    on_stage(story, own_flow(tmp_path, TO_DATAVERSE))


def test_an_event_during_the_run_follows_the_choice(tmp_path: Path) -> None:
    """So does a record that waits until what it refers to is there."""

    async def story(rig: Rig) -> None:
        await start_job(rig.house, "sync", (CUSTOMERS,), creates="both", begin="initializing")
        await rig.hint(ERP, rig.customer("C-1"))
        await pump(rig.house, lambda: False, lambda: True)  # it has time for hints, and none for jobs
        assert rig.dataverse("C-1") is not None

    on_stage(story, only_couples(tmp_path))


def test_a_run_that_was_cut_off_goes_on_as_it_was_begun(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        both_alone(rig)
        await planned(rig, "both")
        await approve(rig.house, CUSTOMERS)
        await start_job(rig.house, "sync", (CUSTOMERS,), creates="both", begin="initializing")
        await set_state(rig.house, CUSTOMERS, "paused", "a system refused")
        await demand_to_go_on(rig.house, CUSTOMERS)
        await start_job(rig.house, "catch-up", (CUSTOMERS,), begin="resuming")
        await rig.pump()
        assert made(rig) == [True, True]
        rig.customer("C-2")
        await carried_out(rig, "compare", None)
        assert rig.dataverse("C-2") is None

    on_stage(story, only_couples(tmp_path))


def test_one_record_may_always_be_created(tmp_path: Path) -> None:
    """A person names it, and no other is."""

    async def story(rig: Rig) -> None:
        both_alone(rig)
        row_id = rig.account("A-2")
        await sync_now(rig.house.flow(CUSTOMERS, creates="both"), DATAVERSE, (row_id,))
        assert (rig.erp("A-2") is not None, made(rig)) == (True, [False, False])

    on_stage(story, only_couples(tmp_path))
