"""Tombstones of which everything was erased: digests of their two ends, under the keys of fingerprints.

Nobody reads from one whom it was about. Who asks about a record makes the same digest of its end, and finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.ledger._coupling import Coupling
from shared.ledger._flow_ledger import FlowLedger
from shared.ledger._keys import BURIED, after
from shared.ledger._printed import STAMP
from shared.ledger._tables import Write

FRESH: Final = 1.0
"""Seconds for which a process may go by what it has read of them. Whoever buries a tombstone waits twice as long before
it takes the tombstone itself away: so whoever no longer finds that one finds its digests.
"""


@dataclass(frozen=True, slots=True)
class Buried:
    """One end of an erased tombstone. state, since: how the pair ended, and when. keys: of the rows of both ends."""

    state: str
    since: str
    keys: tuple[str, ...]


def burial(ledger: FlowLedger, stone: Coupling) -> list[Write]:
    """Writes that store the digests of a tombstone's ends."""
    printer = ledger.commits.printer
    keys = [BURIED + printer.fingerprint(end).hex() for end in (stone.key, stone.index_key) if end]
    cells = {"state": stone.state, "since": stone.since, "ends": " ".join(keys), STAMP: printer.stamp}
    return [Write("insert", key, cells) for key in keys]


async def buried_in(ledger: FlowLedger) -> Mapping[bytes, Buried]:
    """All of them by digest, as this process makes it. Those under a key that is lost stand for nobody any more."""
    printer, found = ledger.commits.printer, dict[bytes, Buried]()
    async for page in ledger.commits.range(ledger.flow, BURIED, after(BURIED)):
        for row in page:
            number = printer.made_with(str(row.cells[STAMP]))
            if number is not None:
                made = printer.carried(bytes.fromhex(row.key.removeprefix(BURIED)), number)
                keys = tuple(str(row.cells["ends"]).split())
                found[made] = Buried(str(row.cells["state"]), str(row.cells["since"]), keys)
    return found
