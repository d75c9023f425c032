"""Where a browser opens the records of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from functions.naming import Identity
from shared.engine import House
from shared.errors import KoppelError
from shared.mapping import DATAVERSE, ERP, SIDES, Side

SECONDS: Final = 5.0
"""So long an answer waits for a system that has to be asked for the links to its records."""

End = tuple[str, Side, Identity]
"""A record: its flow, its side, its identity."""


async def links_of(here: House, ends: Iterable[End]) -> dict[End, str]:
    """The address of each record that has one, and can be asked for now."""
    groups: dict[tuple[str, Side], dict[End, None]] = {}
    for end in ends:
        groups.setdefault(end[:2], {})[end] = None
    found = await asyncio.gather(*(_of_one(here, *group, [*of_it]) for group, of_it in groups.items()))
    return {end: link for links in found for end, link in links.items() if link}


async def with_links(here: House, rows: Sequence[Mapping[str, Any]], flow: str = "") -> list[dict[str, Any]]:
    """Rows about records or pairs, each with its `links` by side. flow: that of rows that do not name theirs."""
    ends = [_ends(row, flow) for row in rows]
    links = await links_of(here, (end for each in ends for end in each))
    found = [{end[1]: links[end] for end in each if end in links} for each in ends]
    return [{**row, **({"links": each} if each else {})} for row, each in zip(rows, found, strict=True)]


async def _of_one(here: House, flow: str, side: Side, ends: Sequence[End]) -> Mapping[End, str]:
    """Those of a flow's records on one side; none while its map cannot be used, or its system is slow or away."""
    try:
        found = here.flow(flow)
        async with asyncio.timeout(SECONDS):
            links = await found.system(side).links(found.map.side(side).entity, [identity for _, _, identity in ends])
    except (KoppelError, TimeoutError):
        return {}
    return dict(zip(ends, links, strict=True))


def _ends(row: Mapping[str, Any], flow: str) -> list[End]:
    """The records that a row is about, both of a pair or the one that it names, but for one that it says is gone."""
    name, ends = str(row.get("flow", flow)), row.get("record", row)
    told = {side: ends[side] for side in SIDES if ends.get(side)}
    if not told and row.get("side") in SIDES:
        told = {ERP if row["side"] == ERP else DATAVERSE: row["identity"]}
    gone = {item.get("gone") for item in row.get("items", ())}
    left = {side: each for side, each in told.items() if side not in gone}
    return [(name, side, (each,) if isinstance(each, str) else tuple(each)) for side, each in left.items()]
