"""The numbers of a run of the pump: what waits, for how long, and how much of it there was a day ago."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.engine import House
from shared.ledger import PARKED, WAITING, moment, read_conflict

DAY: Final = timedelta(days=1)
GROWTH: Final = 20
"""So many more parked records of a flow than a day ago are more than the day's work of a person."""
KEPT: Final = "parked_by_hour"

Numbers = dict[str, dict[str, int]]
"""By flow, or by system: each number by its name."""


async def numbers(here: House) -> Numbers:
    """Of every flow: hints that are due, waiting and parked records, open conflicts, how old the oldest hint is, and
    how far behind the flow is: since when a hint is due. In seconds.
    """
    found: Numbers = {}
    for name in here.catalogue.names:
        found[name] = await _of_flow(here, name)
    return found


def traffic(here: House, seen: Counter[tuple[str, str]]) -> Numbers:
    """By system: how often this process has asked it since the last time, and was told to wait. seen: what it had come
    to then, which is brought up to date.
    """
    found: Numbers = {}
    for system in (here.dataverse, *here.erps.values()):
        totals = {"calls": sum(system.calls.values()), "throttles": system.throttles}
        found[system.name] = {name: total - seen[name, system.name] for name, total in totals.items()}
        seen.update({(name, system.name): number for name, number in found[system.name].items()})
    return found


async def _of_flow(here: House, name: str) -> dict[str, int]:
    ledger, now = here.ledger(name), here.clock()
    hints, waiting, parked, conflicts = await asyncio.gather(
        _all(ledger.all_hints()),
        _all(ledger.troubles(WAITING)),
        _all(ledger.troubles(PARKED)),
        _all(ledger.conflicts()),
    )
    until = moment(now)
    due = [each.due for each in hints if each.due <= until]
    return {
        "hints": len(due),
        "waiting": len(waiting),
        "parked": len(parked),
        "conflicts": sum(read_conflict(row).open for row in conflicts),
        "oldest_hint_seconds": _ago(now, [each.at for each in hints if not each.echo]),
        "behind_seconds": _ago(now, due),
    }


async def _all(rows: AsyncIterator[Any]) -> list[Any]:
    return [row async for row in rows]


def _ago(now: datetime, times: list[str]) -> int:
    """Seconds since the first of some moments; 0 if there is none, or none has come yet."""
    return max((int((now - datetime.fromisoformat(each)).total_seconds()) for each in times), default=0)


def with_hours(
    before: Mapping[str, Any], now: datetime, found: Numbers, running: list[str]
) -> dict[str, dict[str, int]]:
    """How many records of the flows that run were parked, by hour, a day back. What a first synchronisation parks is
    looked at by those who run it.
    """
    known: Mapping[str, Mapping[str, int]] = before.get(KEPT, {})
    hours = {hour: dict(counts) for hour, counts in known.items() if hour >= moment(now - DAY)[:13]}
    hours.setdefault(moment(now)[:13], {name: found[name]["parked"] for name in running if name in found})
    return hours


def grown(pump: Mapping[str, Any]) -> dict[str, str]:
    """Flows of which far more records are parked than within the last day, with what to do. pump: what it told last."""
    hours: Mapping[str, Mapping[str, int]] = pump.get(KEPT, {})
    told = {}
    for name, counts in pump.get("numbers", {}).items():
        least = min((each[name] for each in hours.values() if name in each), default=counts["parked"])
        if counts["parked"] - least >= GROWTH:
            more = f"{counts['parked'] - least} more records are parked than within the last day"
            told[name] = f"{more} ({counts['parked']}): look at the list, by cause"
    return told
