"""Records that go back: their own flow handed them over, and what the other one had them for has come to its end.

A contact person who bought something is a customer, too. Her customer may go, and she still is a contact person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.engine._flow import Flow
from shared.engine.record._encode import once_given
from shared.errors import Busy
from shared.ledger import COMES_BACK, Coupling, dataverse_end
from shared.mapping import DATAVERSE, ERP
from shared.reconcile import given
from shared.systems import Observation


@dataclass(frozen=True, slots=True)
class Origin:
    """The flow that a row of Dataverse came from, the coupling that it has there still, and the row as that sees it."""

    flow: Flow
    coupling: Coupling
    row: Observation

    @property
    def name(self) -> str:
        return self.flow.map.name

    def takes_it(self) -> bool:
        """True if the row is in the scope of the flow once that has set what its scope asks."""
        part, company = self.flow.map.dataverse, self.flow.company_in(self.coupling)
        found = given(self.flow.map, DATAVERSE, company, self.row.row, outside=True, returns=True)
        return part.scope.includes(once_given(self.flow, DATAVERSE, found, self.row.row))


async def origin_of(flow: Flow, row_id: str) -> Origin | None:
    """Where a row was handed over from, if its record of the ERP still is there. Raises Busy while that is written."""
    for each in flow.owners.handing_over() if flow.owners else ():
        keeper = flow.others.flow(each.name)
        coupling = await keeper.ledger.coupling(dataverse_end(row_id))
        if coupling is None or coupling.erp is None or not coupling.is_pair:
            continue
        if coupling.intent is not None:
            raise Busy(f"{' '.join(coupling.erp)} is being written in {each.name}")
        row = await keeper.read(DATAVERSE, (row_id,))
        if row is not None and await keeper.read(ERP, coupling.erp) is not None:
            return Origin(keeper, coupling, row)
    return None


async def give_back(flow: Flow, origin: Origin) -> None:
    """The flow that the row came from is to bring it into its scope, and owns it.

    Repeatable: our own coupling ends last. Raises LedgerMoved if somebody else has the row by now.
    """
    assert flow.owners is not None
    theirs = origin.coupling
    row = await flow.owners.row(theirs.dataverse)
    if theirs.state == "dormant" and theirs.reason != COMES_BACK:
        await origin.flow.ledger.commit([replace(theirs, reason=COMES_BACK).replace()])
    await flow.owners.give_back(row, theirs.dataverse, origin.flow.map.name)
