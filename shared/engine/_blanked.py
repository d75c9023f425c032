"""Lines that read blank in a share of rows that people do not cause: nothing is cleared on the other side meanwhile.

A right that was taken away, a plug-in that strips values, a read that leaves something out: each shows as a blank, and
looks like somebody's clearing. People clear single values. In a pass a line is counted page by page before anything of
it is written; of single visits ten may clear it in a day, then a page is read and counted. The line is held, the others
go on, and a person says whether people did it.

One row of the ledger for each flow and side, with an entry for each line: `seen`, records that cleared it within a day;
`held`, why it is held; `at`, when that was last so; `said`, when a person has confirmed that people did it. What was
confirmed, or held for nothing, is over once a compare pass that began afterwards has left nothing for later.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from shared.engine._emptied import has_gone
from shared.engine._flow import Flow
from shared.engine._house import House
from shared.errors import LedgerMoved, Refused
from shared.ledger import Coupling, Documents, end_of, moment, who
from shared.mapping import (
    ABSENT,
    BLANK,
    DATAVERSE,
    ERP,
    SIDES,
    Agreed,
    FlowMap,
    Line,
    Row,
    Side,
    Values,
    fingerprint,
    other,
)
from shared.reconcile import LineWrite, Plan, Problem, parts_of
from shared.systems import Observation, Reading

BLANKED: Final = "blanked"
FRESH: Final = timedelta(days=1)
SAMPLE: Final = 200
"""Rows that are read to tell what share of them reads blank."""
_NOTHING: Final = fingerprint(BLANK)


@dataclass(frozen=True, slots=True)
class Read:
    """A row as read, its values, and its coupling; None where it is as agreed, or has none."""

    row: Row
    values: Values
    coupling: Coupling | None = None


# -- what counts


def cleared(flow: FlowMap, agreed: Agreed, side: Side, row: Row, values: Values) -> frozenset[int]:
    """Lines that flow from a side, and read blank there where something was agreed. Pure."""
    return frozenset(
        line.index
        for line in flow.lines
        if _flows_from(line, side) and _reads_blank(line, side, row, values) and _was(line, agreed, side)
    )


def _flows_from(line: Line, side: Side) -> bool:
    return line.update and line.source in {None, side}


def _reads_blank(line: Line, side: Side, row: Row, values: Values) -> bool:
    value, name = values[line.index], (line.erp if side == ERP else line.dataverse).wire_name
    return value is not ABSENT and (value == BLANK or row.get(name, ABSENT) is None)


def _was(line: Line, agreed: Agreed, side: Side) -> bool:
    """True if the two agreed on something else than a blank."""
    base = agreed.base(line)
    return base is not None and base[SIDES.index(side)] not in {_NOTHING, _blank_print(line)}


def _blank_print(line: Line) -> bytes:
    return line.print("false") if "bool" in {line.erp.type, line.dataverse.type} else _NOTHING


def counted(flow: FlowMap, side: Side, rows: Iterable[Read]) -> dict[int, tuple[int, int]]:
    """By line, how many of these rows clear it, and of how many that held something. Pure."""
    blank: dict[int, int] = {}
    held: dict[int, int] = {}
    for each in rows:
        coupling = each.coupling
        now = cleared(flow, coupling.agreed, side, each.row, each.values) if coupling else frozenset[int]()
        for line in flow.lines:
            blank[line.index] = blank.get(line.index, 0) + (line.index in now)
            filled = not _reads_blank(line, side, each.row, each.values) and each.values[line.index] is not ABSENT
            held[line.index] = held.get(line.index, 0) + (filled or line.index in now)
    return {index: (number, held[index]) for index, number in blank.items() if number}


# -- in a pass


async def weigh_page(flow: Flow, side: Side, rows: Sequence[Read]) -> None:
    """Counts a page before any of its rows is visited, and holds the lines of which too many read blank."""
    if sum(each.coupling is not None for each in rows) < flow.options.turned_back_from and not flow.held:
        return
    for index, (blank, of) in counted(flow.map, side, rows).items():
        name = flow.map.lines[index].name
        if not _is_too_many(flow, blank, of) and name not in flow.held.get(side, {}):
            continue
        number = blank - await _emptied(flow, side, flow.map.lines[index], rows)
        if number and name in flow.held.get(side, {}):
            await _change(flow, side, name, lambda now: {**now, "at": flow.now()})
        elif _is_too_many(flow, number, of):
            await _hold(flow, side, flow.map.lines[index], number, of)


async def _emptied(flow: Flow, side: Side, line: Line, rows: Iterable[Read]) -> int:
    """How many of these rows clear a reference because the row that it pointed to is gone."""
    if side == ERP or line.lookup is None:
        return 0
    agreed = Counter(
        base[1]
        for each in rows
        if each.coupling and line.index in cleared(flow.map, each.coupling.agreed, side, each.row, each.values)
        and (base := each.coupling.agreed.base(line))
    )  # fmt: skip
    gone = await asyncio.gather(*(has_gone(flow, line, base) for base in agreed))
    return sum(number for number, is_so in zip(agreed.values(), gone, strict=True) if is_so)


def _is_too_many(flow: Flow, number: int, of: int) -> bool:
    return number >= flow.options.turned_back_from and number >= flow.options.blanked_share * of


async def _hold(flow: Flow, side: Side, line: Line, number: int, of: int) -> None:
    """Unless a person has said that people cleared it."""
    why = _told(flow, side, line, number, of)

    def change(now: Mapping[str, Any]) -> Mapping[str, Any]:
        return now if now.get("said") else {**now, "held": now.get("held") or why, "at": flow.now(), "seen": {}}

    await _change(flow, side, line.name, change)
    await know_held(flow)


def _told(flow: Flow, side: Side, line: Line, number: int, of: int) -> str:
    field, entity = (line.erp if side == ERP else line.dataverse), flow.map.side(side).entity.name
    where = "the ERP" if side == ERP else "Dataverse"
    return (
        f"{field.name} reads blank in {where} in {number} of {of} records of {entity} that held something, which "
        "people do not cause: nothing of it is written. If the values are only hidden from Koppel's user, let it read "
        f"them. If people cleared them, confirm it: POST /api/operations/blanked/{flow.map.name.replace('.', '/')}"
        "/confirm"
    )


# -- while a record is looked at


async def held_back(
    flow: Flow,
    coupling: Coupling,
    plan: Plan,
    rows: Mapping[Side, Row],
    values: tuple[Values, Values],
    refused: Collection[str],
) -> Plan:
    """The plan without what may not be cleared now. What a pass has not counted yet waits until it has.

    refused: digests of what was refused before, which clears nothing.
    """
    for side, clears in _clearing(flow.map, coupling, plan, rows, values, refused).items():
        if side == DATAVERSE:
            await flow.sure_of_columns([flow.map.lines[index].name for index in clears])
        if flow.compares and flow.weighed is not None and side not in flow.weighed:
            plan = without(flow.map, plan, other(side), dict.fromkeys(clears, ""))
            continue  # the pass comes to that side, and meets the record again
        if flow.weighed is None or side not in flow.weighed:
            await _count(flow, side, coupling, clears)
        plan = without(flow.map, plan, other(side), reasons(flow, side, clears))
    return plan


def filled(flow: FlowMap, plan: Plan, row: Row, values: Values) -> list[str]:
    """The lines that a plan writes in Dataverse, where they read blank: what stands there may only be hidden. Pure."""
    lines = (flow.lines[each.index] for each in plan.on(DATAVERSE))
    return [line.name for line in lines if _reads_blank(line, DATAVERSE, row, values)]


def as_held(
    flow: Flow, coupling: Coupling, plan: Plan, rows: Mapping[Side, Row], values: tuple[Values, Values]
) -> Plan:
    """The plan without what is held, for whoever only looks."""
    for side, clears in _clearing(flow.map, coupling, plan, rows, values).items():
        plan = without(flow.map, plan, other(side), reasons(flow, side, clears))
    return plan


def _clearing(
    flow: FlowMap,
    coupling: Coupling,
    plan: Plan,
    rows: Mapping[Side, Row],
    values: tuple[Values, Values],
    refused: Collection[str] = (),
) -> dict[Side, frozenset[int]]:
    """Lines that a plan clears because a side reads blank, by that side."""
    found: dict[Side, frozenset[int]] = {}
    for side, held in zip(SIDES, values, strict=True):
        parts = (part for part in parts_of(flow, plan, other(side)) if part.digest not in refused)
        written = {each.index for part in parts for each in part.writes}
        if written and (clears := cleared(flow, coupling.agreed, side, rows[side], held) & written):
            found[side] = clears
    return found


def reasons(flow: Flow, side: Side, indexes: Collection[int]) -> dict[int, str]:
    """Those of these lines that are held, and why."""
    held = flow.held.get(side, {})
    return {index: held[name] for index in indexes if (name := flow.map.lines[index].name) in held}


def without(flow: FlowMap, plan: Plan, target: Side, lines: Mapping[int, str]) -> Plan:
    """The plan without these lines of a side, and what belongs together with them. Pure. lines: why, or empty."""
    if not lines:
        return plan
    words = {flow.lines[index].together for index in lines} - {""}
    left = {each.index for each in plan.on(target) if flow.lines[each.index].together in words} | {*lines}

    def stays(each: LineWrite) -> bool:
        return each.side != target or each.index not in left

    problems = [Problem(index, target, "blanked", why, "") for index, why in sorted(lines.items()) if why]
    return replace(
        plan,
        writes=tuple(filter(stays, plan.writes)),
        kept=tuple(each for each in plan.kept if each.index not in left),
        problems=(*plan.problems, *problems),
    )


async def _count(flow: Flow, side: Side, coupling: Coupling, clears: Collection[int]) -> None:
    """A single visit is about to clear lines: the first ten in a day may; then a page of rows tells who does that."""
    async with flow.weighing:
        await know_held(flow)
        for index in sorted(clears):
            line = flow.map.lines[index]
            if line.name in flow.held.get(side, {}) or await _may_still(flow, side, line, coupling):
                continue
            number, of = await _sampled(flow, side, coupling, index)
            if number and number >= flow.options.blanked_share * of:
                await _hold(flow, side, line, number, of)
            else:
                await _change(flow, side, line.name, lambda now: {**now, "seen": {coupling.key: flow.now()}})


async def _may_still(flow: Flow, side: Side, line: Line, coupling: Coupling) -> bool:
    """Counts a record that clears a line. False if ten others have done so within a day."""
    entry = await _change(flow, side, line.name, lambda now: _counting(flow, now, coupling.key))
    return bool(entry.get("said")) or coupling.key in entry["seen"]


def _counting(flow: Flow, now: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    oldest = moment(flow.clock() - FRESH)
    seen = {end: at for end, at in now.get("seen", {}).items() if at >= oldest}
    if key not in seen and len(seen) < flow.options.turned_back_from and not now.get("said"):
        seen[key] = flow.now()
    return {**now, "seen": seen}


async def _sampled(flow: Flow, side: Side, coupling: Coupling, index: int) -> tuple[int, int]:
    """Of a page of rows of the same company, how many clear a line, and of how many that held something."""
    part, company = flow.map.side(side), flow.company_in(coupling)
    reading = Reading(part.columns, part.scope.pushed, [company] if company else [], SAMPLE)
    pages = flow.system(side).pages(part.entity, reading, None)
    async with aclosing(pages) as following:  # type: ignore[type-var] # both clients' pages are generators
        async for page in following:
            rows = await asyncio.gather(*(_with_coupling(flow, side, row) for row in page.rows[:SAMPLE]))
            number, of = counted(flow.map, side, rows).get(index, (0, len(rows)))
            return number - await _emptied(flow, side, flow.map.lines[index], rows), of
    return 0, 0


async def _with_coupling(flow: Flow, side: Side, row: Observation) -> Read:
    values = flow.map.side(side).read(row.row)
    try:
        found = await flow.ledger.coupling(end_of(side, flow.map.identity_of(side, row.row)))
    except LedgerMoved:
        found = None
    return Read(row.row, values, found if found and found.state == "coupled" else None)


# -- the ledger's row


async def know_held(flow: Flow) -> None:
    """Takes up which lines are held, as of now."""
    rows = {row.key: row.value async for row in Documents(flow.ledger.commits).all(BLANKED, _key(flow.map.name))}
    held = {side: _held_in(rows.get(_key(flow.map.name, side), {})) for side in SIDES}
    flow.held = {side: lines for side, lines in held.items() if lines}


def _held_in(entries: Mapping[str, Any]) -> dict[str, str]:
    """The lines that are held, and why."""
    return {name: str(each["held"]) for name, each in entries.items() if each.get("held")}


async def _change(flow: Flow, side: Side, line: str, change: Any) -> Mapping[str, Any]:
    def changed(value: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**value, line: change(value.get(line, {}))}

    documents = Documents(flow.ledger.commits)
    entry: Mapping[str, Any] = (await documents.change(BLANKED, _key(flow.map.name, side), changed)).value[line]
    return entry


def _key(name: str, side: Side | None = None) -> str:
    """The row of a flow and a side; what the rows of both sides begin with."""
    return f"{name}~{side or ''}"


# -- what people see and say


async def blanked(house: House, name: str) -> list[dict[str, Any]]:
    """The lines of a flow that are held: on which side they read blank, and why they are held."""
    found: list[dict[str, Any]] = []
    for side in SIDES:
        entries = (await house.documents.get(BLANKED, _key(name, side))).value
        found += [{"side": side, "line": line, "reason": each["held"], "since": each["at"]}
                  for line, each in sorted(entries.items()) if each.get("held")]  # fmt: skip
    return found


async def confirm_blank(house: House, name: str, line: str) -> None:
    """A person says that people have cleared a line. Raises Refused if it is not held."""
    held = [each["side"] for each in await blanked(house, name) if each["line"] == line]
    if not held:
        known = ", ".join(each["line"] for each in await blanked(house, name)) or "none"
        raise Refused(f"{name}: the line {line!r} is not held, so nothing is to be confirmed; held: {known}")
    said = {"said": moment(house.clock()), "by": who()}
    for side in held:
        await house.documents.change(BLANKED, _key(name, side), lambda value: {**value, line: said})


async def blanks_compared(house: House, name: str, began: str) -> None:
    """A compare pass has left nothing for later: what it did not find blank any more, or carried over, is over."""
    rows = [row async for row in house.documents.all(BLANKED, _key(name))]
    for row in rows:
        if any(_is_over(each, began) for each in row.value.values()):
            await house.documents.change(
                BLANKED, row.key, lambda now: {line: each for line, each in now.items() if not _is_over(each, began)}
            )


def _is_over(entry: Mapping[str, Any], began: str) -> bool:
    return bool(entry.get("said") or entry.get("held")) and str(entry.get("said") or entry["at"]) <= began
