"""`./koppel bench`: what Koppel costs above a floor written by hand."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.bench.measures import Measure, measured, projection
from tests.emulator import azurite
from tests.emulator.azurite import SetUpError

WIDTH: Final = 110


def main() -> int:
    """Measures every size and prints one table, or JSON."""
    parser = argparse.ArgumentParser(prog="koppel bench", description=__doc__)
    sizes = parser.add_argument("--customers", type=int, nargs="+", default=[2000, 20000])
    sizes.help = "sizes to measure; default 2000 20000"
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    console = Console(stderr=True)
    try:
        with console.status("measuring") as status:
            azurite.fetch()
            measures = [projection()]
            for size in given.customers:
                status.update(f"measuring with {size} customers")
                measures += asyncio.run(measured(size))
    except SetUpError as problem:
        console.print(f"koppel: {problem}", style="red", markup=False, highlight=False)
        return 1
    if given.json:
        figures = {"python": platform.python_version(), "measures": [each.as_json() for each in measures]}
        print(json.dumps(figures, indent=2))  # noqa: T201 - this is the command's answer
    else:
        _print(measures, Console(width=WIDTH))
    return 0


def _print(measures: Sequence[Measure], console: Console) -> None:
    table = Table(title=f"Koppel against a floor by hand, Python {platform.python_version()}")
    for name in (
        "measure",
        "customers",
        "rows",
        "Koppel s",
        "floor s",
        "ratio",
        "goal",
        "calls / 1,000 rows",
        "peak MiB",
    ):
        table.add_column(name, justify="left" if name == "measure" else "right", no_wrap=True)
    for each in measures:
        goal = "" if each.goal is None else f"{each.goal:g} {'met' if each.ratio <= each.goal else 'missed'}"
        table.add_row(each.name, str(each.customers), str(each.rows), f"{each.koppel:.3f}", f"{each.floor:.3f}",
                      f"{each.ratio:.2f}", goal, f"{each.calls:.0f}", f"{each.peak:.0f}")  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
