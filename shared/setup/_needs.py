"""What a flow needs of the two systems. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.mapping import DATAVERSE, ERP, Entity, Field, FlowMap, KeyPath, Side, SideMap, entity
from shared.setup._steps import CHANGE_COLUMN, PUBLISH


@dataclass(frozen=True, slots=True)
class Needed:
    """A column of a Dataverse table that a flow uses; writes: it is written to."""

    table: Entity
    column: Field
    writes: bool = False


def needed_columns(flow: FlowMap) -> Iterator[Needed]:
    """Every column of the flow's table and of the tables its lookups point to; of a flow of options, their column."""
    table, written = flow.dataverse.entity, written_columns(flow)
    if table.choice:
        holder = entity(DATAVERSE, table.name.partition(".")[0])
        yield Needed(holder, holder.fields[table.choice])
        return
    for column in fields_of(flow.dataverse):
        yield Needed(table, column, column.name in written)
    for waker in flow.woken_by:
        yield Needed(waker.table, waker.column)
    stripe = flow.company.dataverse if flow.company else None
    for path in paths(flow):
        yield from _pointed(path, stripe)
    for path in flow.dataverse.scope.paths:
        yield from _pointed(path, None)
    if flow.company is not None and flow.company.team is not None and flow.company.path is not None:
        yield Needed(entity(DATAVERSE, flow.company.path.table), flow.company.team)


def assumed(flows: Iterable[FlowMap]) -> dict[Side, dict[str, list[str]]]:
    """What these flows use and no public source tells, by side and by table or entity."""
    found: dict[Side, dict[str, set[str]]] = {ERP: {}, DATAVERSE: {}}
    for flow in flows:
        used: list[tuple[Side, Entity, Field]]
        used = [(DATAVERSE, each.table, each.column) for each in needed_columns(flow)]
        used += [(ERP, flow.erp.entity, field) for field in fields_of(flow.erp)]
        for side, table, field in used:
            if field.assumed:
                found[side].setdefault(table.name, set()).add(field.name)
    return {side: {name: sorted(names) for name, names in sorted(told.items())} for side, told in found.items()}


def fields_of(side: SideMap) -> list[Field]:
    """The fields that a side reads, from the names it reads them by."""
    known = {field.wire_name: field for field in side.entity.fields.values()}
    return [known[name] for name in side.columns if name in known]


def written_columns(flow: FlowMap) -> set[str]:
    """Columns of the flow's Dataverse table that it writes."""
    written = {line.dataverse.name for line in flow.lines if line.to_dataverse}
    written |= {constant.target.name for constant in flow.dataverse.constants}
    stripe = flow.company.dataverse if flow.company else None
    return written | ({stripe.name} if stripe and written else set())


def written_fields(flow: FlowMap) -> set[str]:
    """Fields of the flow's ERP entity that it writes; the key of a new record is among them."""
    written = {line.erp.name for line in flow.lines if line.to_erp}
    return written and written | {constant.target.name for constant in flow.erp.constants} | set(flow.identity)


def paths(flow: FlowMap) -> Iterator[KeyPath]:
    """Every way a lookup of the flow resolves, its company among them."""
    if flow.company is not None and flow.company.path is not None:
        yield flow.company.path
    for line in flow.lookups:
        if line.lookup is not None:
            yield from line.lookup.paths


def needed_privileges(flow: FlowMap) -> Iterator[str]:
    """Names of the privileges that the flow's work takes, such as `prvReadaccount`."""
    own, written = flow.dataverse.entity.privilege, written_columns(flow)
    if flow.dataverse.entity.choice:
        yield from (CHANGE_COLUMN, PUBLISH)
        return
    operations = ["Read"]
    operations += ["Create"] if DATAVERSE in flow.creates else []
    operations += ["Write"] if written else []
    operations += ["Delete"] if flow.on_delete(ERP) == "propagate" or flow.deletes_left(ERP) else []
    targets = {path.table for path in paths(flow)}
    operations += ["Append"] if written and targets else []
    yield from (f"prv{operation}{own}" for operation in operations)
    yield from (f"prvRead{waker.table.privilege}" for waker in flow.woken_by)
    yield from (f"prvRead{entity(DATAVERSE, path.table).privilege}" for path in flow.dataverse.scope.paths)
    for name in targets:
        target = entity(DATAVERSE, name).privilege
        yield f"prvRead{target}"
        if written:
            yield f"prvAppendTo{target}"


def _pointed(path: KeyPath, stripe: Field | None) -> Iterator[Needed]:
    table = entity(DATAVERSE, path.table)
    for hop in path.hops:
        yield Needed(table, table.fields[hop])
        table = entity(DATAVERSE, next(iter(table.fields[hop].targets)))
    yield Needed(table, table.fields[path.key])
    if stripe is not None and stripe.name in table.fields:
        yield Needed(table, table.fields[stripe.name])
