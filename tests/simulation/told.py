"""Law 10: what Koppel answers when it is asked about a record is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.engine import UPGRADE
from shared.ledger import Coupling, Document, end_of
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Failed, Side
from tests.simulation.book import Book, alike, is_beginning
from tests.simulation.records import Record

IN_SYNC = "in sync"
NOT_YET = ("it will be", "the record does not exist", "it changed", "being written", "it was being written")
"""What is not so when all is quiet and a record is there."""


def untrue(book: Book, record: Record, told: Mapping[str, Any]) -> Iterator[str]:
    """What an explanation says that is not so, or does not say."""
    name, why = f"{record.side} {' '.join(record.name)}", str(told.get("why", ""))
    if not why:
        yield f"law 10: nobody can say why {name} is as it is"
    coupling = book.coupling_of(record)
    rows = _rows(book, record, coupling)
    if why.startswith(NOT_YET) and not rows:
        yield f"law 10: all is quiet, but of {name} it is said: {why}"
    if (why == IN_SYNC) != (coupling is not None and not rows and _in_sync(book, coupling)):
        yield f"law 10: of {name} it is said: {why}; {rows} rows are about it"
    if len(told.get("open", ())) != rows:
        yield f"law 10: of {name} {len(told.get('open', ()))} rows are shown, and {rows} stand"
    yield from _values(book, coupling, told, name)


def miscounted(jobs: Iterable[Document]) -> list[str]:
    """What a pass counts that cannot be: less than nothing."""
    return [
        f"law 10: {job.key} counts {count} {what} ({name.partition('.')[2]})"
        for job in jobs
        if job.value["kind"] != UPGRADE
        for name, tally in job.value.get("tallies", {}).items()
        for what, count in _counts(tally).items()
        if count < 0
    ]


def _rows(book: Book, record: Record, coupling: Coupling | None) -> int:
    """How many rows stand about a record."""
    ends = {end_of(record.side, record.name)}
    if coupling is not None:
        ends |= {coupling.key, coupling.source_end or coupling.key}
    return sum(row.end in ends for row in book.troubles)


def _counts(tally: Mapping[str, Any]) -> Mapping[str, int]:
    """All that a job counts of a flow; one over pairs that people name counts nothing else."""
    return {**tally["counts"], **tally["reasons"]} if "counts" in tally else tally


def _in_sync(book: Book, coupling: Coupling) -> bool:
    """Both records are there, in scope, and say the same, and nothing is open."""
    records = book.standing(coupling)
    erp, dataverse = records[ERP], records[DATAVERSE]
    if coupling.state != "coupled" or coupling.intent is not None or erp is None or dataverse is None:
        return False
    if not (book.inside(erp) and book.inside(dataverse)) or book.rows_about(coupling):
        return False
    return not any(row.open and row.dataverse == coupling.dataverse for row in book.conflicts)


def _values(book: Book, coupling: Coupling | None, told: Mapping[str, Any], name: str) -> Iterator[str]:
    """The values that are shown are those that stand there."""
    records: dict[Side, Record | None] = book.standing(coupling) if coupling else {}
    by_name = {line.name: line for line in book.flow.lines}
    for shown in told.get("lines", ()):
        line = by_name.get(shown["line"])
        if line is None:
            continue  # a constant, which stands on one side only
        for side in SIDES:
            record = records.get(side)
            value = Failed.told(record.value(line.index)) if record else ABSENT
            said = str(shown[side] or "")
            if line.lookup is None and value is not ABSENT and not (alike(said, value) or is_beginning(said, value)):
                yield f"law 10: {line.name} of {name} is shown as {shown[side]!r} in {side}, and is {value!r}"
