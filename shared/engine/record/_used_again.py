"""A number used again: an ERP record was deleted or renamed, and another one has its key before anybody looks.

The key is the same, the second identity, such as the party, is not: nothing of the one belongs to the other.
"""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.engine.record._observe import company_of
from shared.engine.record._troubles import Item, whole_record
from shared.ledger import Coupling
from shared.mapping import ABSENT, ERP, Line, Row, Unresolved, fold, reader
from shared.systems import Observation


async def used_again(flow: Flow, coupling: Coupling, erp: Observation, dataverse: Observation | None) -> Item | None:
    """Why the ERP record that has the key of a pair is not the one of that pair; None if it is, for all that is known.

    Whoever gives the Dataverse row the new second identity, too, says that both are the same. dataverse: None if it is
    gone.
    """
    line = flow.map.second_line
    base = coupling.agreed.base(line) if line else None
    now = reader(line.erp)(erp.row.get(line.erp.name, ABSENT)) if line else ABSENT
    if line is None or base is None or not now or now is ABSENT or base[0] == line.print(""):
        return None
    company = await company_of(flow, ERP, erp.row) or ""
    value = await flow.links.forward(line, company, now) if line.lookup else now
    theirs = _theirs(line, dataverse.row) if dataverse else ""
    if line.print(value) == base[0] or (theirs and line.same(value, theirs)):
        return None
    before = await flow.links.backward(line, company, theirs) if line.lookup and theirs else theirs
    if isinstance(value, Unresolved) and (not before or fold(before) == fold(now)):
        return None  # the row of its party is not there: that proves nothing
    return _another(flow, line, erp, dataverse, (before or "", now))


def _theirs(line: Line, row: Row) -> str:
    found = reader(line.dataverse)(row.get(line.dataverse.wire_name, ABSENT))
    return "" if found is ABSENT else found


def _another(flow: Flow, line: Line, erp: Observation, dataverse: Observation | None, seconds: tuple[str, str]) -> Item:
    number, field = " ".join(flow.map.erp_identity(erp.row)), line.erp.name
    new = flow.map.called_by(flow.map.erp.read(erp.row))
    old = flow.map.called_by(flow.map.dataverse.read(dataverse.row)) if dataverse else ""
    message = (
        f"{number} is another record in the ERP by now, {new!r} with {field} {seconds[1]}; its row in Dataverse is "
        f"{old!r} with {seconds[0]}: uncouple the two, delete the row or give it another number, and clear that; if "
        f"both are the same, set {line.dataverse.name} to {seconds[1]} in Dataverse"
    )
    return whole_record("used-again", message, value=seconds[1])
