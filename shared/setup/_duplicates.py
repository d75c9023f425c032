"""Match keys that occur more than once: their records would park as ambiguous.

A side is read in the order of its first key column, so only the rows that share one value of it are held at a time.
What the system itself keeps unique is not read at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping, Sequence
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, Field, FlowMap, Side, fold, reader
from shared.setup._findings import Finding
from shared.setup._live import LiveKey
from shared.setup._reading import rows
from shared.systems import Dataverse, Finops

SHOWN: Final = 5
Key = tuple[str, ...]


async def duplicates(flow: FlowMap, dataverse: Dataverse, finops: Finops, keys: Collection[LiveKey]) -> list[Finding]:
    """keys: the alternate keys of the flow's Dataverse table as they are now."""
    unique = [key.columns for key in keys if key.status == "Active"]
    found = []
    for group in flow.match:
        here = [line.dataverse for line in group]
        there = [line.erp for line in group]
        stripe = [[field] if flow.company and (field := flow.company.on(side)) else [] for side in (DATAVERSE, ERP)]
        if not any(columns <= {field.name for field in (*here, *stripe[0])} for columns in unique):
            found += await _finding(flow, DATAVERSE, dataverse, [*here, *stripe[0]])
        if not set(flow.erp.entity.key) <= {field.name for field in (*there, *stripe[1])}:
            found += await _finding(flow, ERP, finops, [*there, *stripe[1]])
    return found


async def _finding(flow: FlowMap, side: Side, client: Dataverse | Finops, fields: Sequence[Field]) -> list[Finding]:
    entity = flow.side(side).entity
    names = ",".join(field.wire_name for field in fields)
    first, blank = fields[0].wire_name, "''" if side == ERP else "null"
    url = f"{entity.name}?$select={names}&$filter={first} ne {blank}&$orderby={first}"
    ordered = rows(client, url + ("&cross-company=true" if side == ERP else ""))
    count, examples = 0, list[str]()
    async for key in repeated(ordered, fields):
        count += 1
        examples += [" ".join(key)] if len(examples) < SHOWN else []
    if not count:
        return []
    text = " + ".join(field.name for field in fields)
    what = f"{count} values of {text} occur more than once in {entity.name}, such as {', '.join(examples)}"
    return [Finding("warning", what, "merge or renumber them: until then they park as ambiguous", (flow.name,))]


async def repeated(ordered: AsyncIterable[Mapping[str, Any]], fields: Sequence[Field]) -> AsyncIterator[Key]:
    """Keys that occur more than once, each once. Rows come in the order of the first field; blank keys do not count."""
    readers = [(field.wire_name, reader(field)) for field in fields]
    at, held = "", Counter[Key]()
    async for row in ordered:
        key = tuple(fold(read(row.get(name))) for name, read in readers)
        if not all(key):
            continue
        if key[0] != at:
            at, held = key[0], Counter()
        held[key] += 1
        if held[key] == 2:
            yield key
