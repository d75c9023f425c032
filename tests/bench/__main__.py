"""`./koppel bench`: what Koppel costs above a floor written by hand."""

from __future__ import annotations

import asyncio
import json
import platform
import signal
import sys
from collections.abc import Sequence
from itertools import product
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.full import STARTS, Full, full
from tests.bench.measures import Measure, measured, memory, projection, sold, traded
from tests.emulator import azurite, options
from tests.emulator.azurite import SetUpError

WIDTH: Final = 120
LINE: Final = "{:20}{:>11}{:>9}{:>11}{:>10}{:>8}{:>13}{:>20}{:>10}"
HEAD: Final = LINE.format(
    "measure", "customers", "rows", "Koppel s", "floor s", "ratio", "goal", "calls / 1,000 rows", "peak MiB"
)


def main() -> int:
    """Measures every size and prints each measure as it is ready; with --json, the figures at the end."""
    given = options.bench().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
    if given.full:
        return _full(given.customers, as_json=given.json)
    console = Console(stderr=True)
    try:
        azurite.fetch()
        measures = asyncio.run(_measured(given.customers, Console(width=WIDTH, stderr=given.json)))
    except SetUpError as problem:
        console.print(f"koppel: {problem}", style="red", markup=False, highlight=False)
        return 1
    if given.json:
        figures = {"python": platform.python_version(), "measures": [each.as_json() for each in measures]}
        print(json.dumps(figures, indent=2))  # noqa: T201 - this is the command's answer
    return 0


async def _measured(sizes: Sequence[int], console: Console) -> list[Measure]:
    """Every measure of every size, each told as soon as it is known."""
    measures: list[Measure] = []

    def tell(measure: Measure) -> None:
        measures.append(measure)
        console.print(_line(measure), markup=False, highlight=False)

    console.print(f"Koppel against a floor by hand, Python {platform.python_version()}\n\n{HEAD}", highlight=False)
    tell(projection())
    for size in sizes:
        async for measure in measured(size):
            tell(measure)
        tell(await sold(size))
        tell(await traded(size))
        tell(await asyncio.to_thread(memory, size))
    return measures


def _full(sizes: Sequence[int], *, as_json: bool) -> int:
    """Full synchronisations from every beginning. The exit code: 1 if anything came out wrong."""
    console, played = Console(stderr=True), []
    try:
        for size, begin in product(sizes, STARTS):
            with console.status(f"synchronising {size} customers and as many contacts, {begin}"):
                played.append(full(size, begin))
    except SetUpError as problem:
        console.print(f"koppel: {problem}", style="red", markup=False, highlight=False)
        return 1
    if as_json:
        print(json.dumps([each.as_json() for each in played], indent=2))  # noqa: T201 - this is the command's answer
    else:
        _print_full(played, Console(width=WIDTH))
    return 1 if any(each.wrong for each in played) else 0


def _print_full(played: Sequence[Full], console: Console) -> None:
    title = f"Full synchronisation of the suite, Python {platform.python_version()}"
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("begin", "customers", "records", "plan s", "sync s", "of these idle", "records / s", "killed at",
                 "a further pass s", "peak MiB"):  # fmt: skip
        table.add_column(name, justify="left" if name == "begin" else "right", no_wrap=True)
    for each in played:
        speed, killed = each.records / (each.seconds - each.idle_seconds), f"{each.coupled_when_killed} coupled"
        figures = (each.plan_seconds, each.seconds, each.idle_seconds, speed)
        table.add_row(each.begin, str(each.customers), str(each.records), *(f"{figure:.0f}" for figure in figures),
                      killed, f"{each.again_seconds:.0f}", f"{each.peak:.0f}")  # fmt: skip
    console.print(table)
    for each in played:
        console.print(f"{each.begin}: {each.states}; wrong: {', '.join(each.wrong) or 'nothing'}", highlight=False)


def _line(each: Measure) -> str:
    goal = "" if each.goal is None else f"{each.goal:g} {'met' if each.ratio <= each.goal else 'missed'}"
    return LINE.format(each.name, each.customers, each.rows, f"{each.koppel:.3f}", f"{each.floor:.3f}",
                       f"{each.ratio:.2f}", goal, f"{each.calls:.0f}", f"{each.peak:.0f}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
