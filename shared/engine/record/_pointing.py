"""Rows that point to a record which has just been coupled.

A flow may be about those rows alone that point to a certain kind of record: contacts of accounts that are customers.
What points elsewhere is left alone and has no row in the ledger, and nobody tells it that the record which it points to
has become one. So it is hinted at when that one is coupled. If that is cut off, the compare pass finds it.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.engine._flow import WOKEN, Flow, Outcome
from shared.ledger import Coupling, FlowLedger
from shared.mapping import DATAVERSE, Field, FlowMap

_ALONE = frozenset({"ignored", "gone", "deleted", "uncoupled", "dormant", "kept"})
"""How visits end after which a record has no partner at work."""


async def tell_pointing(flow: Flow, before: Coupling | None, outcome: Outcome) -> None:
    """Hints at the rows that point to a record, if a visit has coupled it. before: what stood for it until then."""
    was_coupled = before is not None and before.state == "coupled"
    if was_coupled or not outcome.dataverse or outcome.kind in _ALONE:
        return
    for other, column in _asking(flow):
        if not await flow.others.is_live(other.name):
            continue
        table = other.dataverse.entity
        ledger = FlowLedger(flow.ledger.commits, other.name, flow.ledger.clock)
        for row in await flow.dataverse.find(table, [(column, outcome.dataverse)], [table.id]):
            await ledger.store_hint(DATAVERSE, (str(row.row[table.id]).lower(),), WOKEN, beside=True)


def _asking(flow: Flow) -> Iterator[tuple[FlowMap, Field]]:
    """The flows whose scope asks about the row behind a lookup that this flow's couplings answer, with its column."""
    for other in flow.others.maps():
        behind = {name for name in other.dataverse.scope.fields if "." not in name}
        for line in other.lookups if other.dataverse.scope.paths else ():
            if line.lookup and flow.map.name in line.lookup.via and line.dataverse.wire_name in behind:
                yield other, line.dataverse
