"""The echo of our own writes: events of the ERP do not say who wrote. After a load there are as many as records.

A coupling remembers when we last wrote to the ERP, until an event of the record has been dealt with. The first event
after that is most likely our own coming back: it is looked at when those of people have been. A second one is a
person's, or as good as.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.engine._flow import Flow, Wake
from shared.errors import LedgerMoved
from shared.ledger import Coupling, FlowLedger, end_of, moment
from shared.mapping import ERP, Side

LATELY: Final = timedelta(minutes=10)
"""How long the ERP may take to tell of a write."""


def sent(flow: Flow, coupling: Coupling) -> Coupling:
    """The coupling after we have written to the ERP."""
    return replace(coupling, echo=flow.now())


def heard(coupling: Coupling, wake: Wake) -> Coupling:
    """The coupling after a visit that the ERP woke: the next event is not expected to be ours."""
    return replace(coupling, echo="") if coupling.echo and wake.hint and wake.side == ERP else coupling


async def is_echo(ledger: FlowLedger, side: Side, identity: tuple[str, ...], now: datetime) -> bool:
    """Whether an event that has just come is most likely about a write of our own. Dataverse says so itself."""
    if side != ERP:
        return False
    try:
        coupling = await ledger.coupling(end_of(side, identity))
    except LedgerMoved:
        return False
    if coupling is None or coupling.ended:
        return False
    if coupling.intent is not None:
        return coupling.intent.on(ERP) is not None
    return coupling.echo > moment(now - LATELY)
