"""How much a dry run keeps in memory: no more at the end of a long table than half-way through it."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import resource
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from shared.engine import House, start_job, work_on
from tests.bench.stage import CUSTOMERS, REFERENCES, stage


def planned_memory(customers: int) -> tuple[float, float]:
    """MiB that a process of its own has ever held, half-way through a dry run of the customers and at its end."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        peaks = apart.submit(_peaks, customers).result()
    return peaks[len(peaks) // 2], peaks[-1]


def peak() -> float:
    """MiB that this process has ever held. On Linux `ru_maxrss` of a new process begins at what its parent held."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _peaks(customers: int) -> list[float]:
    return asyncio.run(_planned(customers))


async def _planned(customers: int) -> list[float]:
    async with stage(customers) as here, here.koppel() as house:
        for name in REFERENCES:
            await _slices(house, "compare", name)
        return await _slices(house, "plan", CUSTOMERS)


async def _slices(house: House, kind: Any, name: str) -> list[float]:
    """Carries a job out in slices of a page; the height of memory after each."""
    job: Mapping[str, Any] = await start_job(house, kind, (name,))
    peaks: list[float] = []
    while job["state"] == "running":
        job = await work_on(house, job["id"], lambda: True)
        peaks.append(peak())
    if job["errors"]:
        raise RuntimeError(f"{kind}: {job['errors']}")
    return peaks
