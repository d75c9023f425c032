"""Whether people have edited what is left of a pair: asked before it is deleted because the other one is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.engine._emptied import has_gone
from shared.engine._flow import Flow
from shared.engine.record._former import former_rows
from shared.engine.record._observe import company_of, resolved
from shared.engine.record._troubles import place
from shared.ledger import Coupling, dataverse_end, erp_end
from shared.mapping import ABSENT, ERP, Line, Side, Unresolved, fold, other, reader
from shared.reconcile import Edited, edited_lines
from shared.systems import Observation

_NAMED: Final = 5
HIDDEN: Final = "hidden"
"""Code of a record whose end waits for a column that cannot be seen."""


async def edits(flow: Flow, coupling: Coupling, side: Side, left: Observation) -> list[Edited]:
    """What people have changed in a record that the other side has never had.

    Nobody has edited a reference that is empty, or means nothing any more, because its record was deleted, nor one that
    means another row because that was made anew.
    """
    values, company = flow.map.side(side).read(left.row), ""
    if side == ERP:
        company = await company_of(flow, ERP, left.row) or ""
        values = await resolved(flow, values, company)
    found: list[Edited] = []
    for each in edited_lines(flow.map, coupling.agreed, side, values):
        code = reader(each.line.erp)(left.row.get(each.line.erp.name, ABSENT)) if side == ERP else ""
        if not (each.held and await _means_the_same(flow, each, values[each.line.index], code, company)):
            found.append(each)
    return found


def in_words(flow: Flow, coupling: Coupling, found: Sequence[Edited], side: Side) -> str:
    """What has been done to a side. found: not empty.

    The ERP does not tell who changed a value: records of one party share its name and its addresses there.
    """
    here, there = place(side), place(other(side))
    if not coupling.agreed.bases:
        return f"what is in {here} was never agreed"
    agreed = [each.line for each in found if each.how == "agreed"]
    if any(line.lookup is None for line in agreed):
        if side == ERP and flow.map.second is not None:
            return f"changed in {here} since both agreed, by itself or together with another record of its party"
        return f"edited in {here} since both agreed"
    if agreed:
        return f"{_named(agreed, side)} in {here} does not mean the record that both agreed on"
    if new := [each.line for each in found if each.how == "coupled"]:
        return f"an edit of {_named(new, side)} in {here} has never been in {there}"
    if hidden := [each.line for each in found if each.how == "hidden"]:
        what = f"what {here} holds as {_named(hidden, side)} has been in {there}"
        return f"whether {what} is not known: Koppel's user may not use its column in Dataverse"
    if unsure := [each.line for each in found if each.how == "unsure"]:
        return (
            f"whether what {here} holds as {_named(unsure, side)} has been in {there} is not known: an answer was lost"
        )
    return f"what {here} holds as {_named([each.line for each in found], side)} was never agreed"


def code_of(found: Sequence[Edited], edited: str) -> str:
    """What a record is set aside for: an edit, under this code, or only that nobody can see whether there is one."""
    return HIDDEN if all(each.how == "hidden" for each in found) else edited


def _named(lines: Sequence[Line], side: Side) -> str:
    names = ", ".join((line.erp if side == ERP else line.dataverse).name for line in lines[:_NAMED])
    return f"{names} and {len(lines) - _NAMED} more" if len(lines) > _NAMED else names


async def _means_the_same(flow: Flow, each: Edited, value: str, code: str, company: str) -> bool:
    """True if a reference says what it said, and only what became of its record makes the difference.

    code: what the ERP's row says; empty for a row of Dataverse.
    """
    line = each.line
    if line.lookup is None or (value and not code):
        return False
    if code and each.held == line.print(Unresolved(code)):
        return True
    row_id = await flow.links.pairs.row_of(line, each.held)
    if row_id is None:
        return not code and await has_gone(flow, line, each.held)
    for target in flow.links.pairs.targets_of(line):
        found = await target.ledger.coupling(dataverse_end(row_id))
        if found is None and code:
            rows = await former_rows(target.ledger, erp_end(target.identity(company, code)))
            if row_id in {former for _, former in rows}:
                return True
        if found is None or found.erp is None:
            continue
        if code:
            return fold(found.erp[target.code]) == fold(code)
        return found.state == "deleted" or await flow.links.pairs.has_gone(target.table, (found.dataverse,))
    return False
