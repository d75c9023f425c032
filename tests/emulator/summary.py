"""What a synchronisation came to: numbers per flow, what stays open and why, how fast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

COLUMNS: Final = (
    ("matched", "matched"),
    ("created in\nDataverse", "created dataverse"),
    ("created\nin ERP", "created erp"),
    ("updated in\nDataverse", "updated dataverse"),
    ("updated\nin ERP", "updated erp"),
    ("already\nequal", "equal"),
    ("waiting", "waiting"),
    ("parked", "parked"),
)
DONE: Final = ("equal", "matched", "created", "updated", "conflict", "deleted", "dormant")
LEFT: Final = (
    ("left alone", "nothing matches, and the map creates nothing there (policy creates)"),
    ("left alone", "out of scope, or of a company that is not synchronised"),
    ("in conflict", "both sides differ, and nobody has said which one counts"),
)
"""What stays as it is, and why."""
WIDTH: Final = 120


def records(tally: Mapping[str, Any]) -> int:
    """How many records a tally has seen through."""
    return sum(tally["counts"].get(kind, 0) for kind in DONE)


def looked_at(tally: Mapping[str, Any]) -> int:
    """How many records a tally has looked at, those that are left alone or stay open among them. What is counted by
    side, as `updated erp`, is counted twice.
    """
    return sum(number for kind, number in tally["counts"].items() if " " not in kind)


def summary(
    tallies: Mapping[str, Any], opened: Sequence[Mapping[str, Any]], seconds: float, calls: Mapping[str, Any]
) -> dict[str, Any]:
    """The summary as JSON. opened: every parked and waiting row; they count per record, the rest per visit."""
    flows = {name: _flow(name, tally, opened) for name, tally in tallies.items()}
    total = sum(flow["records"] for flow in flows.values())
    return {
        "flows": flows,
        "open": causes(opened),
        "records": total,
        "seconds": round(seconds, 2),
        "records_per_second": round(total / seconds, 1) if seconds else 0,
        "calls": calls,
    }


def _flow(name: str, tally: Mapping[str, Any], opened: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    standing = {kind: len({row["end"] for row in opened if (row["flow"], row["kind"]) == (name, kind)})
                for kind in ("waiting", "parked")}  # fmt: skip
    counts = {**tally["counts"], **standing}
    return {"counts": counts, "reasons": tally["reasons"], "records": records(tally) + sum(standing.values())}


def causes(opened: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Why records stay open, the most frequent cause first, each with the words of its first record."""
    numbers = Counter((row["flow"], row["kind"], row["cause"]) for row in opened)
    first = {(row["flow"], row["kind"], row["cause"]): row["items"][0] for row in reversed(opened) if row["items"]}
    return [
        {"flow": key[0], "kind": key[1], "cause": key[2], "records": number, "line": first[key].get("line", ""),
         "example": first[key]["message"]}
        for key, number in numbers.most_common()
    ]  # fmt: skip


def left_alone(flows: Mapping[str, Any]) -> Iterator[str]:
    """What stays as it is, on one side or both: a line per flow and reason."""
    for name, flow in flows.items():
        alone = min(flow["reasons"].get("creates", 0), flow["counts"].get("ignored", 0))
        numbers = (alone, flow["counts"].get("ignored", 0) - alone, flow["counts"].get("conflict", 0))
        for number, (what, why) in zip(numbers, LEFT, strict=True):
            if number:
                yield f"  {number:4} {what} in {name.partition('.')[2]}: {why}"


def show_flows(title: str, flows: Mapping[str, Any], console: Console) -> None:
    """One line per flow, and what stays as it is."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("flow", no_wrap=True)
    for column, _ in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for name, flow in flows.items():
        table.add_row(name.partition(".")[2], *(str(flow["counts"].get(key, 0) or "-") for _, key in COLUMNS))
    console.print(table)
    for line in left_alone(flows):
        console.print(line, highlight=False, markup=False, no_wrap=True, overflow="ellipsis")


def show(told: Mapping[str, Any], console: Console) -> None:
    """The whole summary."""
    show_flows("First synchronisation", told["flows"], console)
    for each in told["open"]:
        flow = each["flow"].partition(".")[2]
        line = f"  {each['records']:4} {each['kind']} in {flow}: {each['line'] or 'whole record'}: {each['example']}"
        console.print(line, highlight=False, markup=False, no_wrap=True, overflow="ellipsis")
    calls = ", ".join(f"{name} {sum(kinds.values())}" for name, kinds in told["calls"].items())
    took = f"{told['records']} records in {told['seconds']} s: {told['records_per_second']} a second"
    console.print(f"{took}; API calls: {calls}", highlight=False)
