"""Rows that were moved to another record in Dataverse, where the ERP has that record's number in their keys.

Whose contact person somebody is cannot be changed in the ERP: what the row holds by now belongs to a record that may
not be there yet, and is not for the one that it was coupled with.
"""

from __future__ import annotations

from shared.engine._flow import Flow
from shared.engine.record._observe import Observed
from shared.engine.record._rename import respelt_key
from shared.engine.record._troubles import Item, whole_record
from shared.ledger import Coupling, erp_end
from shared.mapping import ABSENT, Line, prints
from shared.systems import Observation


def moved_away(flow: Flow, coupling: Coupling, seen: Observed) -> Item | None:
    """Why a row that was moved is set aside; None if it was not, or the map puts it back."""
    if flow.map.policy.key_change == "put_back":
        return None
    line = next((line for line in flow.map.lookups if line.key and _is_moved(line, coupling, seen)), None)
    return _moved(flow, coupling, seen, line) if line else None


async def has_moved_to(flow: Flow, coupling: Coupling, row: Observation, erp: tuple[str, ...]) -> bool:
    """True if a coupled row is, as Dataverse has it by now, one of another record of the ERP."""
    new = await respelt_key(flow, coupling, row, anybodys=True)
    return new is not None and erp_end(new.identity) == erp_end(erp)


def _is_moved(line: Line, coupling: Coupling, seen: Observed) -> bool:
    erp, dataverse = (values[line.index] for values in seen.values)
    base = coupling.agreed.base(line)
    if base is None or ABSENT in {erp, dataverse} or line.same(erp, dataverse):
        return False
    return prints(line, erp, dataverse)[1] != base[1]


def _moved(flow: Flow, coupling: Coupling, seen: Observed, line: Line) -> Item:
    name, key = " ".join(coupling.erp or ()), line.erp.name
    row_id = seen.values[1][line.index]
    old = coupling.erp[flow.map.identity.index(key)] if coupling.erp else ""
    new = seen.codes.get((line.index, row_id)) or flow.links.told.names.get(row_id, row_id)
    if not new:
        message = f"it was taken away from {old} in Dataverse, and {name} cannot be: put it back, or uncouple the two"
        return whole_record("moved", message, value=old)
    message = (
        f"it was moved from {old} to {new} in Dataverse, and {name} cannot be: move it back; or enter it in the ERP "
        f"with {new} as {key}, too, and couple the two by hand, which leaves {name} alone"
    )
    return whole_record("moved", message, value=new)
