"""A number alone is no proof: who was coupled had something in common by name, or a person has introduced them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.ledger import COUPLING, JOURNAL, Stored, Write, end_of, read_coupling, read_journal
from shared.ledger._feeds import read_document
from shared.mapping import ABSENT, DATAVERSE, ERP, Side, strangers
from tests.simulation.book import Book

BY_HAND = "coupled by an operator"


@dataclass(slots=True)
class Introductions:
    """Whom persons have introduced: by hand, or by a report that lists them. Both ends of each pair."""

    known: set[tuple[str, str]] = field(default_factory=set)

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        if partition == "reports":
            rows = [Stored(each.key, each.cells, "") for each in writes if "~strangers~" in each.key and each.cells]
            for pair in (pair for row in rows for pair in read_document(partition, row).value["pairs"]):
                self.known.add((end_of(ERP, pair["erp"]), end_of(DATAVERSE, (pair["dataverse"],))))
        journal = [each for each in writes if each.key.startswith(JOURNAL) and each.kind != "delete"]
        if any(read_journal(Stored(each.key, each.cells, ""))["what"] == BY_HAND for each in journal):
            for each in writes:
                if each.key.startswith(COUPLING) and each.kind != "delete":
                    coupling = read_coupling(Stored(each.key, each.cells, ""))
                    self.known.add((coupling.index_key or "", coupling.key))

    def missing(self, book: Book) -> Iterator[str]:
        """Pairs that nobody has introduced, and that were never called anything alike before they were coupled."""
        flow = book.flow
        for (erp, row_id), since in book.pairs.items() if flow.policy.strangers == "park" else ():
            names = called(book, ERP, erp, since), called(book, DATAVERSE, (row_id,), since)
            if (end_of(ERP, erp), end_of(DATAVERSE, (row_id,))) not in self.known and strangers(*names):
                yield f"law 2: strangers are coupled by the number {' '.join(erp)}: {names[0]!r} and {names[1]!r}"


def called(book: Book, side: Side, name: tuple[str, ...], until: float) -> str:
    """Everything that a record was ever called, in any of its lives."""
    ends = {end_of(side, name)}
    lives = [each for each in book.times[side].records if ends & {end_of(side, one) for one in each.names}]
    held = (value for life in lives for line in book.flow.called for value in life.held(line.index, 0.0, until))
    return " ".join(value for value in held if value is not ABSENT)
