"""Outlook: what comes of a record without a coupling, asked of the code that decides it. Looks, and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow, Wake
from shared.engine._named import told_as, told_now
from shared.engine.passes._rows import Judge
from shared.engine.record._aside import Obstacle, obstacle, owner_of
from shared.engine.record._claim import in_the_way
from shared.engine.record._create import has_match, stays_alone
from shared.engine.record._merged import is_merged
from shared.engine.record._observe import company_of
from shared.engine.record._reborn import is_orphan, number_taken
from shared.engine.record._source import Source, source_of
from shared.engine.record._troubles import place
from shared.ledger import Trouble
from shared.mapping import DATAVERSE, ERP, Side


async def why_not_coupled(flow: Flow, side: Side, identity: tuple[str, ...], troubles: Sequence[Trouble]) -> str:
    """Why a record has no coupling, or what comes of it with the next look. troubles: what is said of it."""
    seen = await flow.read(side, identity)
    if seen is None:
        return "the record does not exist"
    if not Judge(flow).inside(side, seen.row):
        return f"it is outside the flow's scope: {flow.map.side(side).scope.text}"
    if is_merged(seen):
        return "it was merged into another row in Dataverse: it is ignored"
    company = await company_of(flow, side, seen.row) or ""
    if not flow.syncs(company):
        return not_synced(flow, company)
    source = await source_of(flow, side, identity, seen)
    if source is None:
        return "it has no company, or one that is not known on the other side: rows without a company are not synced"
    other = await owner_of(flow, identity[0]) if side == DATAVERSE else ""
    return f"it belongs to {other}" if other else await _outlook(flow, source, troubles)


async def _outlook(flow: Flow, source: Source, troubles: Sequence[Trouble]) -> str:
    """What comes of a record without a coupling, asked in the order in which it is decided."""
    if (why := await stays_alone(flow, source)) and not await has_match(flow, source):
        return _alone(flow, source, why)
    wake = Wake(source.side, source.identity)
    blocker = await number_taken(flow, source)
    if blocker and not blocker.ended and await is_orphan(flow, blocker):
        return (
            f"it will take the place of the row that was deleted, beside {await told_now(flow, ERP, blocker.erp or ())}"
        )
    said = {row.key: row for row in troubles}
    found = await obstacle(flow, wake, source, said)
    in_its_way = await in_the_way(flow, blocker) if blocker and not found.items else None
    if items := found.items or ([in_its_way] if in_its_way else []):
        return f"{_cannot(source, found)}: {'; '.join(str(item['message']) for item in items)}"
    if blocker and found.found:
        return f"{_cannot(source, found)}: that one is being written, and is waited for"
    if found.found:
        row = found.found[0].row
        match = told_as(flow.map, source.target, flow.map.identity_of(source.target, row), row)
        return f"it will be coupled with the record that matches it: {match}"
    if troubles:
        return "it cannot be created on the other side yet: see what is open"
    return "it will be created on the other side"


def _alone(flow: Flow, source: Source, why: str) -> str:
    """Why nothing is created for a record that nothing matches."""
    where, part = place(source.target), flow.map.at(source.rows).side(source.side)
    if why == "creates":
        return f"nothing matches it in {where}, and the map creates nothing there: it stays alone until something does"
    if why == "authority":
        unless = f"it has no authority unless {part.authority.text}"
        return f"nothing matches it, and it only receives as it stands: {unless}"
    return f"it would be outside the flow's scope in {where}: {flow.map.side(source.target).scope.text}"


def _cannot(source: Source, found: Obstacle) -> str:
    """What cannot be done for a record, in words that its reason follows."""
    if found.kind == "waiting":
        return "it waits to be coupled with the record that matches it" if found.found else "it waits to be created"
    if len(found.found) == 1:
        return "it cannot be coupled with the record that matches it"
    return f"it can be neither coupled nor created in {place(source.target)} yet"


def not_synced(flow: Flow, company: str) -> str:
    """Why a record of a company stays as it is."""
    columns = flow.map.company
    if columns is not None and columns.dataverse is None and flow.suite.writer:
        table = flow.map.dataverse.entity.name
        return f"rows of {table} hold no company, so they are coupled with records of {flow.suite.writer} alone"
    return f"its company {company} is not synchronised: it is left as it is (setting COMPANIES)"
