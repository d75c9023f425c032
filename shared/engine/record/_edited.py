"""Whether people have edited what is left of a pair: asked before it is deleted because the other one is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.engine._flow import Flow
from shared.engine._links import Target
from shared.engine.record._former import former_rows
from shared.engine.record._observe import company_of, resolved
from shared.engine.record._troubles import place
from shared.ledger import COUPLING, Coupling, after, erp_end, read_identity
from shared.mapping import ABSENT, ERP, Line, Side, Unresolved, fingerprint, fold, other, reader
from shared.reconcile import Edited, edited_lines
from shared.systems import Observation

_NAMED: Final = 5


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


def in_words(coupling: Coupling, found: Sequence[Edited], side: Side) -> str:
    """What people have done to a side. found: not empty."""
    here, there = place(side), place(other(side))
    if not coupling.agreed.bases:
        return f"what is in {here} was never agreed"
    agreed = [each.line for each in found if each.how == "agreed"]
    if any(line.lookup is None for line in agreed):
        return f"edited in {here} since both agreed"
    if agreed:
        return f"{_named(agreed, side)} in {here} does not mean the record that both agreed on"
    if new := [each.line for each in found if each.how == "coupled"]:
        return f"an edit of {_named(new, side)} in {here} has never been in {there}"
    return f"what {here} holds as {_named([each.line for each in found], side)} was never agreed"


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
    if code and each.held == fingerprint(line.comparable(Unresolved(code))):
        return True
    for path in line.lookup.paths:
        target = flow.links.targets.target(path.table, path.key)
        if target is not None and each.held in await _former(target, line, value, code, company):
            return True
    return False


async def _former(target: Target, line: Line, value: str, code: str, company: str) -> set[bytes]:
    """Fingerprints of the rows that a reference may have meant before: those that its record had before it was made
    anew, and where it means none, those of all that are deleted, of this code if there is one.
    """
    ledger = target.ledger
    rows = await former_rows(ledger, erp_end(target.identity(company, code))) if code else []
    found = {fingerprint(line.comparable(row_id)) for _, row_id in rows}
    if value and not isinstance(value, Unresolved):
        return found
    async for page in ledger.commits.range(ledger.flow, COUPLING, after(COUPLING), ("state", "erp")):
        for row in page:
            identity = read_identity(row.cells) if row.cells["state"] == "deleted" else None
            if identity and (not code or fold(identity[target.code]) == fold(code)):
                found.add(fingerprint(line.comparable(row.key.removeprefix(COUPLING))))
    return found
