"""How much a dry run keeps in memory: the same for the second half of a table as for the first."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Mapping
from typing import Any, Final

from shared.engine import House, start_job, work_on
from tests.bench.stage import CUSTOMERS, REFERENCES, stage

ENOUGH: Final = 6000
"""Customers: six pages. Watching every allocation takes its time."""
MIB: Final = 1024 * 1024


async def planned_memory(customers: int) -> tuple[float, float]:
    """MiB at the height of a slice, in the first half of a dry run of the customers and in the second."""
    async with stage(min(customers, ENOUGH)) as here, here.koppel() as house:
        for name in REFERENCES:
            await _slices(house, "compare", name)
        peaks = await _slices(house, "plan", CUSTOMERS)
    half = (len(peaks) + 1) // 2
    return max(peaks[:half]), max(peaks[half:] or peaks)


async def _slices(house: House, kind: Any, name: str) -> list[float]:
    """Carries a job out in slices of a page; what each of them added to what was there before, at its height."""
    job: Mapping[str, Any] = await start_job(house, kind, (name,))
    peaks: list[float] = []
    tracemalloc.start()
    try:
        while job["state"] == "running":
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            job = await work_on(house, job["id"], lambda: True)
            peaks.append((tracemalloc.get_traced_memory()[1] - before) / MIB)
    finally:
        tracemalloc.stop()
    if job["errors"]:
        raise RuntimeError(f"{kind}: {job['errors']}")
    return peaks
