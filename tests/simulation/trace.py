"""The story of a history, line by line: what people did, which request failed and how, what Koppel wrote and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.ledger import (
    CONFLICT,
    JOURNAL,
    PARKED,
    WAITING,
    Conflict,
    Stored,
    Write,
    read_conflict,
    read_coupling,
    read_journal,
    read_trouble,
)
from tests.emulator.wire import Request
from tests.simulation.loop import INSTANCE, VirtualLoop
from tests.simulation.network import NAMES, purpose

_TOLD: Final = frozenset({"POST", "PATCH", "DELETE"})


@dataclass(slots=True)
class Trace:
    """Lines of a story, with virtual time and whoever is at work. The same seed gives the same lines."""

    loop: VirtualLoop
    lines: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        self.lines.append(f"{self.loop.time():9.2f}  {text}")

    def request(self, where: str, request: Request, fault: str, status: int) -> None:
        """Writes and whatever went wrong; reads that went well are only counted."""
        read = request.method not in _TOLD
        if read and not fault:
            return
        ended = f"fault: {fault}" if fault else f"{status}"
        body = "" if read else f" {request.body.decode(errors='replace')[:300]}"
        self.tell(
            f"[{INSTANCE.get()}] {NAMES[where]} {request.method} {request.path.rpartition('/')[2]}{body} -> {ended}"
        )

    def commit(self, partition: str, writes: Sequence[Write], fault: str, refused: Conflict | None) -> None:
        step = purpose(partition, writes)
        ended = f" -> fault: {fault}" if fault else ""
        if refused is not None:
            ended += f" -> refused: {writes[refused.index or 0].key} has moved"
        rehearsed = partition.startswith("plan~")
        said = [text for write in writes if not rehearsed and (text := _said(write))]
        flow = partition.rpartition(".")[2]
        self.tell(f"ledger {step} {flow} {', '.join(f'{w.kind} {w.key}' for w in writes)[:160]}{ended}")
        self.lines += [f"{'':13}{line}" for line in said]


def _said(write: Write) -> str:
    """What a ledger row tells a person."""
    if write.kind == "delete":
        return ""
    stored = Stored(write.key, write.cells, "")
    if write.key.startswith(JOURNAL):
        entry = read_journal(stored)
        return f"journal: {entry['what']} {entry['note']} {'; '.join(map(_line, entry['lines']))}"
    if write.key.startswith(CONFLICT):
        row = read_conflict(stored)
        return f"conflict: {row.line}: {row.value!r} on {row.loser} {'or' if row.open else 'loses to'} {row.winner!r}"
    if write.key.startswith((PARKED, WAITING)):
        trouble = read_trouble(stored)
        return f"{trouble.kind}: {'; '.join(str(item['message']) for item in trouble.items)}"
    if write.key.startswith("d~"):
        coupling = read_coupling(stored)
        intent = coupling.intent
        busy = f", intends {intent.kind} ({intent.attempt[:6]})" if intent else ""
        return f"coupling: {' '.join(coupling.erp or ('?',))} with {coupling.dataverse[:8]} {coupling.state}{busy}"
    return ""


def _line(line: dict[str, Any]) -> str:
    return f"{line['line']} in {line['side']} {line['old']!r} -> {line['new']!r} ({line['reason']})"
