"""What is kept for a year and more costs the work of a minute nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from shared.engine import job, pump, start_job
from shared.engine.passes._orders import OPEN_JOBS, end_job
from shared.ledger import JOBS
from tests.simulation.rig import CUSTOMERS, Rig, on_stage


async def ended(rig: Rig, number: int) -> None:
    """So many jobs that are done."""
    for _ in range(number):
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        await end_job(rig.house, started["id"], "done")
        await asyncio.sleep(1)


async def reads(rig: Rig, *partitions: str) -> int:
    """Rows of these partitions that a run of the pump reads; of all of them if none is named."""
    documents, seen = rig.house.documents, 0
    tables = documents.commits.tables

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(tables, name)

        async def get(self, partition: str, key: str) -> object:
            nonlocal seen
            seen += not partitions or partition in partitions
            return await tables.get(partition, key)

        async def range(self, partition: str, *args: object) -> object:
            nonlocal seen
            async for page in tables.range(partition, *args):  # type: ignore[arg-type] # as it was called
                seen += len(page) if not partitions or partition in partitions else 0
                yield page

    documents.commits.tables = Counting()  # type: ignore[assignment] # it counts, and is the same otherwise
    await rig.pump()
    documents.commits.tables = tables
    return seen


def test_jobs_that_are_done_cost_the_pump_nothing() -> None:
    """A year of passes is kept for the journal; a run of the pump reads those that are open."""

    async def story(rig: Rig) -> None:
        await rig.pump()
        few = await reads(rig, JOBS, OPEN_JOBS)
        await ended(rig, 50)
        await rig.pump()
        assert await reads(rig, JOBS, OPEN_JOBS) == few

    on_stage(story)


def test_a_job_that_an_earlier_version_left_open_goes_on() -> None:
    """It stands in no list of open jobs: the first run of the pump lists it."""

    async def story(rig: Rig) -> None:
        rig.customer()
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        documents = rig.house.documents
        await documents.drop(await documents.get(OPEN_JOBS, started["id"]))
        await rig.pump()
        assert (await job(rig.house, started["id"]))["state"] == "done"

    on_stage(story)


def test_who_dies_while_he_orders_a_job_leaves_nothing_for_ever() -> None:
    """Its row in the list goes after some minutes."""

    async def story(rig: Rig) -> None:
        started = await start_job(rig.house, "compare", (CUSTOMERS,))
        documents = rig.house.documents
        await documents.drop(await documents.get(JOBS, started["id"]))
        await rig.pump()
        assert (await documents.get(OPEN_JOBS, started["id"])).etag
        await asyncio.sleep(timedelta(minutes=11).total_seconds())
        await pump(rig.house, lambda: False)
        assert not (await documents.get(OPEN_JOBS, started["id"])).etag

    on_stage(story)
