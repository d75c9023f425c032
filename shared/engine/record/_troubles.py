"""Waiting and parked rows: why a record, or some of its lines, is set aside. Written only when they say news."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from shared.engine._discreet import told_aside
from shared.engine._flow import Flow, Outcome, Wake
from shared.errors import LedgerMoved
from shared.ledger import MAX_WRITES, PARKED, WAITING, Coupling, Trouble, Write, moment, open_conflict_key, read_trouble
from shared.mapping import ERP, Side, Values, fitting
from shared.reconcile import Missing, Problem
from shared.systems import PASSES

Item = Mapping[str, Any]
MISSING: Final = "missing"
"""Code of a line that refers to a record that is not there."""
NOT_FOUND: Final = "not-found"
"""Cause of a refusal: what a value stands for is not there."""


def waiting_items(flow: Flow, missing: Iterable[Missing]) -> list[Item]:
    """What a waiting row says: which line waits for which record."""
    return [
        {
            "line": flow.map.lines[each.index].name,
            "code": MISSING,
            "message": flow.links.told.why_not(each.path.table if each.path else "", each.company, each.code)
            or f"{flow.links.told.names.get(each.code, each.code)!r} is not in {_place(each)} yet",
            "value": each.code,
            "side": each.side,
            "table": each.path.table if each.path else "",
            "key": each.path.key if each.path else "",
            "via": each.via,
            "company": each.company,
            "deferred": each.deferred,
        }
        for each in missing
    ]


def parked_items(flow: Flow, problems: Iterable[Problem]) -> list[Item]:
    """What a parked row says about lines."""
    return [
        {
            "line": flow.map.lines[each.index].name if each.index >= 0 else each.name,
            "code": each.code,
            "message": _said(flow, each),
            "value": each.value,
            "side": each.side,
            **({"answer": each.answer} if each.answer else {}),
        }
        for each in problems
    ]


def _said(flow: Flow, problem: Problem) -> str:
    """What is wrong with a line; a row of Dataverse that was not found by what it is called."""
    name = flow.links.told.names.get(problem.value, "") if problem.code == MISSING else ""
    return problem.message.replace(problem.value, name) if name else problem.message


def whole_record(code: str, message: str, **details: Any) -> Item:
    """What a parked row says about a record as a whole."""
    return {"line": "", "code": code, "message": message, **details}


async def undecided(flow: Flow, coupling: Coupling) -> list[Write]:
    """Writes that take what is undecided about a coupling from the conflict list, for it comes to its end.

    What does not fit into the transaction of that end is taken away before it.
    """
    keys = [open_conflict_key(coupling.dataverse, definition) for definition in sorted(coupling.agreed.parked)]
    rows = [await flow.ledger.commits.get(flow.ledger.flow, key) for key in keys]
    gone = [Write("delete", row.key, etag=row.etag) for row in rows if row is not None]
    for at in range(MAX_WRITES // 2, len(gone), MAX_WRITES):
        await flow.ledger.commit(gone[at : at + MAX_WRITES])
    return gone[: MAX_WRITES // 2]


async def standing(flow: Flow, ends: Iterable[str], marks: str | None = None) -> dict[str, Trouble]:
    """The rows that stand for these ends, by key. marks: what the coupling says about them, if there is one."""
    found: dict[str, Trouble] = {}
    for end in ends:
        for prefix in (WAITING, PARKED):
            known = prefix[0] in marks if marks is not None else flow.troubled is None
            known = known or (flow.troubled is not None and end in flow.troubled)
            row = await flow.ledger.commits.get(flow.ledger.flow, prefix + end) if known else None
            if row is not None:
                found[row.key] = read_trouble(row)
    return found


def trouble(flow: Flow, kind: Literal["waiting", "parked"], wake: Wake, end: str, items: Sequence[Item]) -> Trouble:
    """A new row for a record."""
    now = flow.clock()
    if flow.troubled is not None:
        flow.troubled.add(end)
    due = moment(now + flow.options.first_pause) if kind == "waiting" else ""
    if kind == "parked" or not flow.options.journal_values:
        items = [told_aside(flow.map, item, values=flow.options.journal_values) for item in items]
    return Trouble(kind, end, wake.side, wake.identity, tuple(fitting(items)), moment(now), due)


def changes(wanted: Iterable[Trouble], found: Mapping[str, Trouble]) -> list[Write]:
    """The writes that make the standing rows say what is wanted; none where they already do."""
    writes: list[Write] = []
    by_key = {each.key: each for each in wanted}
    for key, each in by_key.items():
        old = found.get(key)
        if old is None:
            writes.append(Write("insert", key, each.cells()))
        elif not old.same_as(each):
            writes.append(Write("replace", key, {**each.cells(), "since": old.since}, old.etag))
    writes += [Write("delete", key, etag=old.etag) for key, old in found.items() if key not in by_key]
    return writes


async def clear_stale(flow: Flow, row: Trouble) -> None:
    """Removes a row that a coupled record does not know of: it was stored while the record was being coupled."""
    coupling = await flow.ledger.coupling(row.end)
    if coupling is None or coupling.state != "coupled" or coupling.intent is not None:
        return
    if row.end == coupling.key and row.key[0] in coupling.troubles:
        return
    with contextlib.suppress(LedgerMoved):  # somebody is at work on it: the next pass looks again
        await flow.ledger.commit([coupling.replace(), Write("delete", row.key, etag=row.etag)])


def shortened(flow: Flow, values: tuple[Values, Values], lines: Iterable[int]) -> tuple[str, ...]:
    """A code for each of these lines of which one side holds less than the other, for want of room."""
    held = ((flow.map.lines[index], values[0][index], values[1][index]) for index in lines)
    return ("shortened",) * sum(line.shorter(erp, dataverse) is not None for line, erp, dataverse in held)


def place(side: Side) -> str:
    """What people call a side."""
    return "the ERP" if side == ERP else "Dataverse"


def called(coupling: Coupling) -> str:
    """What a pair is known by: its key in the ERP where there is one."""
    return " ".join(coupling.erp) if coupling.erp else coupling.dataverse


def told(row: Trouble) -> Outcome:
    """How the visit ends that sets a record aside."""
    return Outcome(row.kind, (), tuple(str(item["code"]) for item in row.items))


def marks_of(wanted: Iterable[Trouble]) -> str:
    """How a coupling remembers which rows stand for it."""
    return "".join(sorted({each.key[0] for each in wanted}))


def later(flow: Flow, tries: int) -> timedelta:
    """The pause before the next look: doubled with every try, up to the longest."""
    return min(flow.options.first_pause * (1 << min(tries, 10)), flow.options.longest_pause)


def is_whole(found: Mapping[str, Trouble]) -> bool:
    """True if a record is set aside as a whole, and not only some of its lines."""
    return any(not item["line"] for row in found.values() if row.kind == "parked" for item in row.items)


def refused_before(flow: Flow, wake: Wake, found: Mapping[str, Trouble], coupling: Coupling) -> frozenset[str]:
    """Digests of writes that a system refused when they were last tried, and that are not tried again now."""
    parked = found.get(PARKED + coupling.key)
    items = (item for item in (parked.items if parked else ()) if item.get("attempt"))
    return frozenset(str(item["attempt"]) for item in items if not may_be_taken_now(flow, wake, item))


def as_tried(flow: Flow, refused: Item, attempt: str) -> Item:
    """What a system has just refused. attempt: stands for what was sent."""
    tried = {"tried": flow.now()} if refused["code"] == NOT_FOUND else {}
    return {**refused, "attempt": attempt, **tried}


def may_be_taken_now(flow: Flow, wake: Wake, refused: Item) -> bool:
    """True if what was refused is tried again: by a compare pass, what a value stands for may have come, and left no
    trace; by a hint, what stood in the way may have passed. A pass meets a record several times, and tries once.
    """
    if refused["code"] in PASSES:
        return wake.hint is not None
    if not flow.compares or refused["code"] != NOT_FOUND:
        return False
    return str(refused.get("tried", "")) <= moment(flow.clock() - flow.options.longest_pause)


def _place(each: Missing) -> str:
    if each.path is not None and each.side == "erp":
        return f"Dataverse {each.path.table}"
    return "the ERP" if each.side == "dataverse" else f"the couplings of {each.via}"
