"""Flows that have to run before another one is let run, unless a person waives them by name.

A waiver is kept with the state of the flow, and holds until it is run the next time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shared.engine._house import House
from shared.engine._states import state_of
from shared.errors import Refused
from shared.ledger import FLOWS


def waivable(house: House, names: Iterable[str], waived: Iterable[str]) -> set[str]:
    """What a person waives, by full names. Raises Refused for a flow that none of these needs."""
    needed = {each for name in names for each in house.catalogue.map(name).needs}
    words = {each: each for each in needed} | {each.partition(".")[2]: each for each in needed}
    if unknown := sorted(set(waived) - words.keys()):
        known = ", ".join(sorted(needed)) or "none"
        raise Refused(f"{', '.join(unknown)} cannot be waived; flows that these need first: {known}")
    return {words[each] for each in waived}


async def demand_needed(
    house: House, names: Collection[str], waived: Collection[str] | None = None, along: Collection[str] = ()
) -> None:
    """Raises Refused if a flow needs another that is not running, is not let run along with it, and is not waived.

    waived: full names; None: what was waived when each flow was run. along: others that are let run.
    """
    for name in names:
        known = (await state_of(house, name)).get("waived", ()) if waived is None else waived
        for each in house.catalogue.map(name).needs:
            if each in {*names, *along, *known} or each not in house.catalogue.names:
                continue
            if (await state_of(house, each))["state"] == "not running":
                word = each.partition(".")[2]
                way_out = f'run it first, or along with it; if its records get there otherwise, say "waive": ["{word}"]'
                raise Refused(f"{name} needs {each}, which is not running: {way_out}")


async def waive(house: House, names: Iterable[str], waived: Collection[str]) -> None:
    """Keeps with each flow what was waived for it."""
    for name in names:
        its = sorted({*waived} & {*house.catalogue.map(name).needs})
        found = await state_of(house, name)
        if its or found.get("waived"):
            await house.documents.change(FLOWS, name, lambda value, its=its: {**value, "waived": its})  # type: ignore[misc] # bound at once
