"""Law 5 and the policies: who wins is who the map says, and what a person decides is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.ledger import ConflictRow, Intent
from shared.mapping import DATAVERSE, ERP, FlowMap, Line, Side, other
from tests.simulation.book import Book, alike

WINNERS: dict[str, Side] = {"erp_wins": ERP, "dataverse_wins": DATAVERSE}


@dataclass(frozen=True, slots=True)
class Restored:
    """A losing value that a person took back: between two moments it stood there again."""

    row: ConflictRow
    since: float
    until: float


def winner_of(flow: FlowMap, line: Line, reason: str, master: Side | None = None) -> Side | None:
    """Who wins a line for a reason; None if nobody does, or the reason is none of the map's.

    master: whom a person named for the run; a line that names its own goes before.
    """
    if line.source is not None or line.final:
        return line.source or ERP
    if reason == "conflict":
        return WINNERS.get(line.conflict or flow.policy.conflict)
    return line.master or master or flow.policy.master


def wrong_winners(flow: FlowMap, intent: Intent, master: Side | None) -> Iterator[str]:
    """Lines of an intent that the map's policies, or the master of its run, give to the other side."""
    for write in intent.writes:
        for each in write.lines:
            index = flow.by_definition.get(bytes.fromhex(each.definition))
            if index is None or each.reason not in {"conflict", "master"}:
                continue
            winner = winner_of(flow, flow.lines[index], each.reason, master)
            if winner != other(write.side):
                says = winner or "park"
                yield f"law 5: {each.name} is written to {write.side} ({each.reason}), but {says} wins it"


def parted(flow: FlowMap, intent: Intent) -> Iterator[str]:
    """Lines that go together of which a conflict sends one to this side, and an edit another one to the other side."""
    sides: dict[tuple[str, str], set[Side]] = {}
    for write in intent.writes:
        for each in write.lines:
            index = flow.by_definition.get(bytes.fromhex(each.definition))
            word = "" if index is None else flow.lines[index].together
            if word and each.reason in {"conflict", "edit"}:
                sides.setdefault((word, each.reason), set()).add(write.side)
    for word in sorted({word for word, _ in sides}):
        lost = sides.get((word, "conflict"), set())
        if len(lost | sides.get((word, "edit"), set())) > 1 and lost:
            yield f"law 5: lines that are together {word} are parted by a conflict: each side wins some of them"


def needless_questions(flow: FlowMap, row: ConflictRow) -> Iterator[str]:
    """A person is asked to decide although the map does."""
    index = flow.by_definition.get(bytes.fromhex(row.definition))
    if index is None or not row.open:
        return
    line = flow.lines[index]
    if winner_of(flow, line, "conflict") is not None and flow.policy.master is not None:
        yield f"law 5: {row.line} of {row.dataverse[:8]} waits for a decision, but the map decides"


def not_restored(book: Book, restored: Restored) -> Iterator[str]:
    """A person was told that a value is back, and it never was."""
    row = restored.row
    line = next((each for each in book.flow.lines if each.definition.hex() == row.definition), None)
    if line is None:
        return  # a constant's, or the map has it no more
    held = [
        value
        for record in book.times[row.loser].records
        if row.dataverse in book.row_ids(record)
        for value in record.asked(line.index, restored.since, restored.until)
    ]
    kept = {row.value.removeprefix("?"), row.shown[0]}
    if not any(
        alike(value, each) or (line.lookup and book.means(line, value, each)) for value in held for each in kept
    ):
        place = f"{row.line} of {row.dataverse[:8]}"
        yield f"law 5: {place} was restored to {row.shown[0]!r} in {row.loser}, and never stood there"
