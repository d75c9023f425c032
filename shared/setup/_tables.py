"""Rules over Dataverse tables: the live tables against what the flows and our schemas expect. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from shared.mapping import DATAVERSE, ERP, Field, FlowMap, Unseen, entity
from shared.setup._choices import Choices, converted
from shared.setup._findings import Finding, Severity
from shared.setup._live import LiveColumn, LiveTable
from shared.setup._needs import Needed, needed_columns, needed_privileges
from shared.systems import Nobodys

TEXTS: Final = frozenset({"text", "memo", "code"})
LISTS: Final = frozenset({"choice", "choices"})
REGISTERING: Final = (
    "prvCreateServiceEndpoint",
    "prvWriteServiceEndpoint",
    "prvDeleteServiceEndpoint",
    "prvCreateSdkMessageProcessingStep",
    "prvWriteSdkMessageProcessingStep",
    "prvDeleteSdkMessageProcessingStep",
)
PICTURING: Final = ("prvCreateSdkMessageProcessingStepImage", "prvWriteSdkMessageProcessingStepImage")
"""What it takes beside that where other tables wake a flow."""
Tables = Mapping[str, LiveTable | None]
"""Logical name to the live table; None if there is none of that name."""


def table_findings(flow: FlowMap, tables: Tables) -> Iterator[Finding]:
    """What stands between a flow and its tables: tables, columns, keys, change tracking."""
    seen: set[tuple[str, str]] = set()
    missing: set[str] = set()
    for needed in needed_columns(flow):
        logical, name = needed.table.type, needed.column.name
        live = tables.get(logical)
        if live is None or live.name != needed.table.name:
            if logical not in missing:
                missing.add(logical)
                yield _no_table(flow, needed, live)
        elif (logical, name) not in seen:
            seen.add((logical, name))
            yield from _column(flow, needed, live, tables)
    own = tables.get(flow.dataverse.entity.type)
    if own is not None and own.name == flow.dataverse.entity.name:
        yield from chain(_keys(flow, own), _tracking(flow, own), _versions(flow, own), _options(flow, own))
    yield from _taken_along(flow, tables)


def _no_table(flow: FlowMap, needed: Needed, live: LiveTable | None) -> Finding:
    table = needed.table
    if live is None:
        what = f"Dataverse has no table {table.type}"
        remedy = "install the solution that brings it, or turn the flow off"
    else:
        what = f"the entity set of {table.type} is {live.name}, not {table.name}"
        remedy = "correct the schema file"
    return Finding("error", what, remedy, (flow.name,), "DIPV1020")


def _column(flow: FlowMap, needed: Needed, live: LiveTable, tables: Tables) -> Iterator[Finding]:
    place, column = f"{needed.table.name}.{needed.column.name}", live.columns.get(needed.column.name)
    flows = (flow.name,)
    if column is None:
        remedy = "add the column, or switch the lines that use it off by an overlay"
        yield Finding("error", f"Dataverse has no column {place}", remedy, flows, "DIPV1025")
    elif not _same_type(needed.column.type, column.type):
        what = f"{place} is of type {column.type}, our schema says {needed.column.type}"
        yield Finding("error", what, "map another column, or correct the schema file", flows, "DIPV1030")
    elif needed.column.local_day != column.local_day:
        yield _local_day(flow, place, live=column.local_day)
    else:
        yield from _length(flow, place, needed.column, column)
        yield from _targets(flow, place, needed.column, column, tables)
        once = needed.column.create_only or needed.column.name == needed.table.id
        creatable = column.creatable or needed.column.update_only
        if needed.writes and not (creatable and (column.updatable or once)):
            what = f"{place} is read-only" if not creatable else f"{place} can be written on create only"
            yield Finding("error", what, "let its line flow the other way only", flows, "DIPV1011")


def _local_day(flow: FlowMap, place: str, *, live: bool) -> Finding:
    """A day that is held as a moment, and a moment: they are told apart by the column's format and behaviour."""
    what = f"{place} holds a {'day, at midnight of whoever entered it' if live else 'moment, and no day'}"
    said = 'with "local_day": true, and name the time zone on its line' if live else "without local_day"
    return Finding("error", what, f"write the column into our schema {said}", (flow.name,), "DIPV1030")


def _same_type(ours: str, live: str) -> bool:
    return ours == live or (ours in TEXTS and live in TEXTS)


def _length(flow: FlowMap, place: str, ours: Field, live: LiveColumn) -> Iterator[Finding]:
    if ours.length is None or live.length is None or ours.length == live.length:
        return
    what = f"{place} takes {live.length} characters, our schema says {ours.length}"
    if live.length < ours.length:
        yield Finding("warning", what, "make the column longer, or expect longer texts to be parked", (flow.name,))
    else:
        yield Finding("note", what, "texts are limited to what our schema says", (flow.name,))


def _targets(flow: FlowMap, place: str, ours: Field, live: LiveColumn, tables: Tables) -> Iterator[Finding]:
    """A table that is missing is a finding of its own."""
    for name, navigation in ours.targets.items():
        logical = entity(DATAVERSE, name).type
        if logical in tables and tables[logical] is None:
            continue
        if logical not in live.targets:
            what = f"{place} does not point to {logical}"
            yield Finding("error", what, "correct the lookup, or the schema file", (flow.name,), "DIPV1027")
        elif live.targets[logical] != navigation:
            what = f"{place} is written by {live.targets[logical]}, our schema says {navigation}"
            yield Finding("error", what, "correct the schema file", (flow.name,), "DIPV1027")


def _keys(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    """The engine counts on an alternate key of the schema to refuse a second record.

    Keys over columns that the flow has nothing to do with are another suite's.
    """
    found = {key.columns: key.status for key in live.keys}
    own = {each.column.name for each in needed_columns(flow) if each.table.name == live.name}
    for columns in (each for each in flow.dataverse.entity.keys if own.issuperset(each)):
        text, status = " + ".join(columns), found.get(frozenset(columns))
        if status is None:
            what = f"{live.name} has no alternate key over {text}"
            yield Finding("error", what, "create it: it is what keeps a record from doubling", (flow.name,), "DIPV1003")
        elif status == "Failed":
            what = f"the index of {live.name}'s alternate key over {text} failed"
            yield Finding("error", what, "merge the rows that share a key, then reactivate it", (flow.name,))
        elif status != "Active":
            what = f"the index of {live.name}'s alternate key over {text} is {status}"
            yield Finding("warning", what, "wait until it is active", (flow.name,))


def _taken_along(flow: FlowMap, tables: Tables) -> Iterator[Finding]:
    """Rows that the platform deletes by itself when the flow deletes one: nobody asked for that."""
    if flow.on_delete(ERP) != "propagate":
        return
    own = flow.dataverse.entity
    for live in filter(None, tables.values()):
        for column, target in sorted(live.goes_with):
            if target == own.type:
                what = f"deleting a row of {own.name} deletes the rows of {live.name} that have it as {column}"
                remedy = (
                    "expect it of records that are deleted in the ERP; if it should not be, change the delete rule of "
                    "the relationship in Dataverse, or the delete policy of the flow to park or uncouple"
                )
                yield Finding("note", what, remedy, (flow.name,))


def _tracking(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    if flow.dataverse.entity.change_tracking and not live.change_tracking:
        remedy = "turn it on: POST /api/operations/webhooks does"
        yield Finding("error", f"{live.name} has no change tracking", remedy, (flow.name,))


def _versions(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    if not live.enforces_if_match:
        yield unenforced(flow.name, live.name)


def unenforced(flow: str, name: str) -> Finding:
    """The finding for a table or entity that takes a write over a version it no longer has."""
    what = f"{name} does not enforce If-Match: an edit of the same field within our write is lost"
    return Finding(
        "warning", what, "nothing to do: deletes in it park, and a request without an answer is waited for", (flow,)
    )


def _options(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    """Values that the flow writes must be options of the column. Those that a flow of its own keeps need no schema."""
    for line in flow.lines:
        if line.lookup:
            continue
        choices = _choices(live, line.dataverse.name)
        if choices is not None and line.dataverse.type in LISTS:
            several = line.dataverse.type == "choices"
            sources = line.dataverse.options if several else converted(line.erp.members, line.forward)
            written = frozenset(sources) if line.to_dataverse else frozenset[str]()
            yield from choices.of_line(flow, line, written, line.dataverse.options)
    for constant in flow.dataverse.constants:
        choices = _choices(live, constant.target.name)
        if choices is not None:
            yield from choices.of_constant(flow, constant.value)


def _choices(live: LiveTable, name: str) -> Choices | None:
    """The options of a column, if it has any."""
    column = live.columns.get(name)
    if column is None or column.type not in LISTS:
        return None
    return Choices(f"{live.name}.{name}", "option", column.options, extensible=True)


def privilege_findings(flow: FlowMap, held: Mapping[str, str]) -> Iterator[Finding]:
    """Privileges that the app's user lacks. held: privilege name in lower case to its depth."""
    for name in sorted(set(needed_privileges(flow))):
        depth = held.get(name.lower())
        if depth is None:
            remedy = "give the app's user a security role that has it, for the whole organisation"
            yield Finding("error", f"the app's user in Dataverse lacks {name}", remedy, (flow.name,))
        elif depth != "Global":
            what = f"the app's user in Dataverse has {name} at depth {depth} only"
            yield Finding("error", what, "grant it for the whole organisation", (flow.name,))


def unseen_findings(flow: FlowMap, hidden: Unseen) -> Iterator[Finding]:
    """What column security keeps a flow from. What was said about the whole flow is not said of its lines again."""
    if hidden.stops:
        yield _of_columns("error", hidden.stops, "the flow does not work", flow)
    for line, why in hidden.lines.items():
        if why != hidden.stops:
            yield _of_columns("warning", why, f"the line {line} does not flow", flow)


def _of_columns(severity: Severity, why: str, comes: str, flow: FlowMap) -> Finding:
    what, _, remedy = why.partition(": ")
    return Finding(severity, f"{what}: {comes}", remedy, (flow.name,))


def nobodys_findings(table: str, found: Nobodys, flows: tuple[str, ...]) -> Iterator[Finding]:
    """Rows that no flow takes, because what tells whose they are is blank."""
    if not found.rows:
        return
    blank = ", ".join(f"{count} without {column}" for column, count in found.blank.most_common())
    rows = "1 row" if found.rows == 1 else f"{found.rows} rows"
    belong = "belongs" if found.rows == 1 else "belong"
    at_least = "" if found.whole else "at least "
    what = f"{at_least}{rows} of {table} {belong} to no flow: {blank}, such as {', '.join(found.examples)}"
    yield Finding("note", what, "fill these in where a row is to be synchronised; the others are left alone", flows)


def registering_findings(held: Mapping[str, str], flows: Iterable[FlowMap]) -> Iterator[Finding]:
    """Privileges without which webhooks can be looked at, but not registered, repaired or removed."""
    woken = tuple(flow.name for flow in flows if flow.woken_by)
    for name in (*REGISTERING, *(PICTURING if woken else ())):
        if name.lower() not in held:
            what = f"the app's user in Dataverse lacks {name}: it cannot set up webhooks"
            yield Finding("warning", what, "give it a security role that has it", woken if name in PICTURING else ())
