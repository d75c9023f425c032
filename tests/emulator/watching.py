"""What `./koppel up` shows while it works: a bar on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.emulator.azurite import SetUpError
from tests.emulator.summary import looked_at

EVERY: Final = 5.0
"""Seconds between two lines."""


@contextlib.contextmanager
def step(console: Console, what: str) -> Iterator[None]:
    """Something that takes a while and counts nothing."""
    if not console.is_terminal:
        console.print(f"{what} …", highlight=False, markup=False)
    with console.status(what):
        yield


def told(what: str, job: Mapping[str, Any], seconds: float) -> str:
    """Where a job is: its flow and which of how many, how many records it has looked at, how many a second, and what
    that flow is waiting for.
    """
    flows, at = job["flows"], min(job["at"], len(job["flows"]) - 1)
    seen = sum(looked_at(tally) for tally in job["tallies"].values())
    rate = f", {seen / seconds:.0f} a second" if seen and seconds >= 1 else ""
    waits = job.get("failing", {}).get(flows[at], {}).get("why")
    where = f"{what} {flows[at].partition('.')[2]} ({at + 1} of {len(flows)}): {seen} records{rate}"
    return f"{where}; goes on by itself: {waits}" if waits else where


def watched(
    steps: Iterator[Mapping[str, Any]],
    what: str,
    check: Callable[[], None],
    console: Console,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, Any]:
    """Shows the progress of a job; the job at its end. check: raises if a process has died. Raises SetUpError with
    whatever went wrong in the job.
    """
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    job: Mapping[str, Any] = {}
    began = shown = clock()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=None)
        for job in steps:
            check()
            now = clock()
            line = told(what, job, now - began)
            progress.update(bar, total=len(job["flows"]), completed=job["at"], description=line)
            if not console.is_terminal and now - shown >= EVERY:
                shown = now
                console.print(line, highlight=False, markup=False, soft_wrap=True)
    if job["errors"]:
        raise SetUpError("\n".join(f"{name}: {text}" for name, text in job["errors"].items()))
    return job
