"""Couplings are stored anew whose fingerprints are made with other keys than this process has, or with none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from shared.errors import LedgerMoved
from shared.ledger import COUPLING, Coupling, FlowLedger, after, is_outdated, read_coupling


async def reprint(ledger: FlowLedger, out_of_time: Callable[[], bool]) -> None:
    """Page by page, as long as there is time: the next pass goes on. Whoever is at work on one stores it himself."""
    async for page in ledger.commits.range(ledger.flow, COUPLING, after(COUPLING)):
        outdated = [read_coupling(row) for row in page if is_outdated(row, ledger.commits.printer)]
        await asyncio.gather(*(_stored_anew(ledger, each) for each in outdated))
        if out_of_time():
            return


async def _stored_anew(ledger: FlowLedger, coupling: Coupling) -> None:
    with suppress(LedgerMoved):  # it was stored meanwhile
        await ledger.commit([coupling.replace()])
