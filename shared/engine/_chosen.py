"""What is synchronised: every flow, unless a person has chosen some of them.

A flow that is not chosen is not run, and is nobody's trouble. It can be chosen later: what it has coupled stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from shared.engine._house import House
from shared.engine._states import NOT_CHOSEN, is_chosen, leave, state_of
from shared.errors import Refused
from shared.ledger import FLOWS, by_whom

CHOOSE: Final = "POST /api/operations/setup/{suite}"


async def chosen_flows(house: House, names: Collection[str]) -> list[str]:
    """Those of these flows that are synchronised, or may be."""
    return [name for name in names if is_chosen(await state_of(house, name))]


async def choose_flows(house: House, names: Collection[str], chosen: Collection[str]) -> None:
    """A person says which of these flows are synchronised; the others are stopped, and are not run any more."""
    for name in names:
        found = await state_of(house, name)
        if name in chosen and not is_chosen(found):
            await house.documents.change(FLOWS, name, _without)
        elif name not in chosen and is_chosen(found):
            await leave(house, name, f"no longer chosen, said {by_whom()}")


async def demand_chosen(house: House, name: str) -> None:
    """Raises Refused if a person has not chosen the flow."""
    if not is_chosen(await state_of(house, name)):
        suite, _, flow = name.partition(".")
        way_out = f'choose it first: {CHOOSE.format(suite=suite)} with "synchronise" and {flow} in its list'
        raise Refused(f"{name} is not chosen to be synchronised: {way_out}")


def _without(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {part: what for part, what in value.items() if part != NOT_CHOSEN}
