"""Jobs: one flow that cannot go on stops no other, and a job has a say only over flows that are its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from shared.engine import job, report, start_job, state_of, work_on
from shared.engine.passes._compare import Compare, _unpacked
from shared.ledger import FEEDS, take_lease
from shared.mapping import Catalogue
from tests.simulation.rig import CUSTOMERS, ERP, GROUPS, Rig, on_stage
from tests.simulation.world import shipped_maps


def without(*names: str) -> Catalogue:
    """A release that no longer has these flows."""
    shipped = shipped_maps()
    return Catalogue({name: path for name, path in shipped.files.items() if name not in names}, shipped.overlays)


async def one_slice(rig: Rig, job_id: str) -> Mapping[str, Any]:
    """A slice of a job that is as short as slices can be."""
    return await work_on(rig.house, job_id, lambda: True)


async def one_flow(rig: Rig, job_id: str) -> None:
    """Slices of a job until its flow is through."""
    at = (await job(rig.house, job_id))["at"]
    while (await one_slice(rig, job_id))["at"] == at:
        pass


async def reason(rig: Rig, name: str = CUSTOMERS) -> str:
    return str((await state_of(rig.house, name))["reason"])


async def waits(rig: Rig) -> None:
    """A customer that waits for its group."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "99"})
    rig.customer(CustomerGroupId="99")
    await rig.compare()
    assert rig.counts()["waiting"] == 1


# -- what a job does not expect


def test_a_page_of_any_length_is_remembered() -> None:
    """A side that comes as one huge page is kept in rows that the ledger takes, and known again by the next slice."""

    async def story(rig: Rig) -> None:
        lease = await take_lease(rig.house.documents, rig.house.clock, "me", "feed")
        run = Compare(rig.flow(), lease, ("usmf",), lambda: False)
        run.fresh = bytearray(Random(1).randbytes(8 * 150_000))
        met = bytes(run.fresh)
        await run._store_chunk(ERP)
        rows = [await rig.house.documents.get(FEEDS, run._chunk_key(number)) for number in range(run.cursor["chunks"])]
        known = [key for row in rows for key in _unpacked(row.value[ERP])]
        assert b"".join(key.to_bytes(8, "big") for key in known) == met

    on_stage(story)


# -- dry runs, retention, fairness


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("moment", range(4))
def test_a_dry_run_that_dies_is_begun_anew_from_its_first_flow(moment: int) -> None:
    """Wherever the next process dies in turn, the report of a flow is that of a first look."""

    async def story(rig: Rig) -> None:
        rig.customer()
        started = await start_job(rig.house, "plan", (GROUPS, CUSTOMERS))
        await one_flow(rig, started["id"])
        rig.house = rig.world.house()
        struck = iter([False] * moment + [True])
        rig.world.weather.strike = lambda now: now == "ledger jobs" and next(struck, False)
        await asyncio.wait({rig.world.instance(work_on(rig.house, started["id"], lambda: False))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.house = rig.world.house()
        await asyncio.sleep(600)
        for _ in range(3):
            await work_on(rig.house, started["id"], lambda: False)
        assert (await job(rig.house, started["id"]))["state"] == "done"
        assert (await report(rig.house, CUSTOMERS))["counts"]["created dataverse"] == 1

    on_stage(story)
