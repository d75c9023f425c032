"""Law 5 and the policies: who wins is who the map says, and what a person decides is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.ledger import ConflictRow, Intent
from shared.mapping import DATAVERSE, ERP, SIDES, FlowMap, Line, Side, other
from tests.simulation.book import Book, alike

WINNERS: dict[str, Side] = {"erp_wins": ERP, "dataverse_wins": DATAVERSE}

Marks = Mapping[bytes, str]
_WORDS: Final[Mapping[str, Side]] = {f"{said}{side}": side for said in ("", "first ", "send ") for side in SIDES}
"""Whose value it is, where a coupling says so of a line."""


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


def wrong_winners(flow: FlowMap, intent: Intent, master: Side | None, marks: Marks) -> Iterator[str]:
    """Lines of an intent that the map's policies, the master of its run, or a person's word about the pair, give to the
    other side. marks: what the coupling holds in place of what was agreed, by definition.
    """
    for write in intent.writes:
        for each in write.lines:
            definition = bytes.fromhex(each.definition)
            index = flow.by_definition.get(definition)
            line, mark = None if index is None else flow.lines[index], marks.get(definition)
            if line is None or not _is_given(line, each.reason, mark):
                continue
            word = _WORDS.get(mark or "")
            winner = (
                _of_mark(line, word) if each.reason == "mark" else winner_of(flow, line, each.reason, word or master)
            )
            if winner != other(write.side):
                says = winner or "park"
                yield f"law 5: {each.name} is written to {write.side} ({each.reason}), but {says} wins it"


def _is_given(line: Line, reason: str, mark: str | None) -> bool:
    """True if a rule says who wins: of a mark if it stands under this definition, and not of what the ERP gives."""
    return reason in {"conflict", "master"} or (reason == "mark" and mark not in {None, "policy"} and not line.key)


def _of_mark(line: Line, word: Side | None) -> Side | None:
    """Who wins a marked line; None: a person is asked."""
    return line.source or (ERP if line.final else word)


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
