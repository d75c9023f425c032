"""What is begun in a flow that is paused or stopped: nothing, but for the wave that was under way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from shared.engine import LIVE
from shared.ledger import COUPLING, FLOWS, Stored, Write, read_coupling, read_document

NEVER: Final = float("inf")


def soon(latency: float) -> float:
    """How long a wave may take that has just begun, where no request gets lost and nobody stands still."""
    return 2.0 + 10 * latency


@dataclass(slots=True)
class Pauses:
    """Sees every transaction. at_rest: since when a flow is not live. patience: seconds that a wave may take.

    A person may decide about records of a flow that is paused: what is begun then is no breach. Nor is what an undo
    begins, for it demands that its flow is at rest.
    """

    patience: float = NEVER
    at_rest: dict[str, float] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    people: int = 0

    @contextmanager
    def by_hand(self) -> Iterator[None]:
        """A person decides something."""
        self.people += 1
        try:
            yield
        finally:
            self.people -= 1

    def watch(self, now: float, partition: str, writes: Sequence[Write], undos: Collection[str] = ()) -> None:
        """undos: the jobs that take something back."""
        for write in writes:
            if partition == FLOWS and write.kind != "delete":
                self._state(now, write)
            elif write.key.startswith(COUPLING) and write.kind != "delete":
                self._coupling(now, partition, write, undos)

    def _state(self, now: float, write: Write) -> None:
        state = read_document(FLOWS, Stored(write.key, write.cells, "")).value.get("state", "running")
        if state in LIVE:
            self.at_rest.pop(write.key, None)
        else:
            self.at_rest.setdefault(write.key, now)

    def _coupling(self, now: float, flow: str, write: Write, undos: Collection[str]) -> None:
        intent = read_coupling(Stored(write.key, write.cells, "")).intent
        if intent is None or intent.operation in self.begun or intent.job in undos:
            return
        self.begun.add(intent.operation)
        paused = self.at_rest.get(flow, now)
        if now - paused > self.patience and not self.people:
            self.broken.append(f"pause: {write.key} was begun {now - paused:.0f} s after {flow} was paused")
