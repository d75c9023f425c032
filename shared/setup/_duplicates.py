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
from shared.systems import BusinessCentral, Dataverse, Finops, Reading

SHOWN: Final = 5
UNIQUE: Final = frozenset({"number", "code"})
"""By what Business Central tells its records apart."""
Key = tuple[str, ...]


async def duplicates(flow: FlowMap, dataverse: Dataverse, finops: Finops, keys: Collection[LiveKey]) -> list[Finding]:
    """keys: the alternate keys of the flow's Dataverse table as they are now."""
    found = await in_dataverse(flow, dataverse, keys)
    for group in flow.match:
        fields = [*(line.erp for line in group), *_stripe(flow, ERP)]
        if not set(flow.erp.entity.key) <= {field.name for field in fields}:
            found += await _finding(flow, ERP, finops, fields)
    return found


async def in_dataverse(flow: FlowMap, dataverse: Dataverse, keys: Collection[LiveKey]) -> list[Finding]:
    """Those of the flow's table. keys: its alternate keys as they are now."""
    unique, found = [key.columns for key in keys if key.status == "Active"], list[Finding]()
    for group in flow.match:
        fields = [*(line.dataverse for line in group), *_stripe(flow, DATAVERSE)]
        if not any(columns <= {field.name for field in fields} for columns in unique):
            found += await _finding(flow, DATAVERSE, dataverse, fields)
    return found


def _stripe(flow: FlowMap, side: Side) -> list[Field]:
    return [field] if flow.company and (field := flow.company.on(side)) else []


async def in_central(flow: FlowMap, central: BusinessCentral, companies: Mapping[str, str]) -> list[Finding]:
    """Those of Business Central, company by company: names by id. Numbers and codes it keeps unique itself."""
    found = list[Finding]()
    for group in flow.match:
        fields = [line.erp for line in group]
        for company, name in () if UNIQUE & {field.name for field in fields} else companies.items():
            keys = await _counted(flow, central, company, fields)
            several = [" ".join(key) for key, count in keys.items() if count > 1]
            found += _told(flow, f"{flow.erp.entity.name} of {name}", fields, len(several), several[:SHOWN])
    return found


async def _counted(flow: FlowMap, central: BusinessCentral, company: str, fields: Sequence[Field]) -> Counter[Key]:
    readers, keys = [(field.wire_name, reader(field)) for field in fields], Counter[Key]()
    reading = Reading([name for name, _ in readers], companies=[company])
    async for page in central.pages(flow.erp.entity, reading, None):
        found = (tuple(fold(read(row.row.get(name))) for name, read in readers) for row in page.rows)
        keys.update(key for key in found if all(key))
    return keys


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
    return _told(flow, entity.name, fields, count, examples)


def _told(flow: FlowMap, where: str, fields: Sequence[Field], count: int, examples: Sequence[str]) -> list[Finding]:
    if not count:
        return []
    text = " + ".join(field.name for field in fields)
    what = f"{count} values of {text} occur more than once in {where}, such as {', '.join(examples)}"
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
