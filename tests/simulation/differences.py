"""Law 7: every difference is explained by exactly one row, and every row explains one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.ledger import ConflictRow, Coupling
from shared.mapping import ABSENT, BLANK, DATAVERSE, ERP, SIDES, Line, ordered, other
from tests.simulation.book import LEAVING, Book
from tests.simulation.records import Record
from tests.simulation.rounded import holds_less

ACTION: Final = "action"
"""Cause of what waits or is parked beside the lines: the rules of the suite say whether that is so."""


def different(book: Book) -> Iterator[str]:
    """Couplings whose records differ without a row that says why, or with several."""
    for coupling in book.couplings:
        if coupling.ended:
            continue
        records, rows = book.standing(coupling), book.rows_about(coupling)
        erp, dataverse = records[ERP], records[DATAVERSE]
        if erp is None or dataverse is None or coupling.state == "claimed":
            if (erp or dataverse) and not rows and coupling.state != "dormant":
                gone = " and ".join(side for side, record in records.items() if record is None)
                yield f"law 7: {coupling.key} ({coupling.state}) has nothing in {gone}, and no row says why"
        elif coupling.state == "coupled" and not (book.inside(erp) and book.inside(dataverse)):
            if not rows:
                yield f"law 7: {coupling.key} is out of scope and not dormant"
        elif coupling.state == "coupled":
            yield from _compared(book, coupling, erp, dataverse)


def asleep(books: Sequence[Book]) -> list[str]:
    """Couplings that sleep although both records are in scope, and no other flow has them."""
    broken: list[str] = []
    for book in books:
        for coupling in book.couplings:
            records = [each for each in book.standing(coupling).values() if each is not None]
            if coupling.state != "dormant" or len(records) < len(SIDES) or not all(map(book.inside, records)):
                continue
            if not book.rows_about(coupling) and not _is_elsewhere(books, book, coupling.dataverse):
                broken.append(f"law 7: {coupling.key} sleeps in scope, and no row says why ({book.flow.name})")
    return broken


def _is_elsewhere(books: Sequence[Book], book: Book, row_id: str) -> bool:
    """True if another flow of the same table has a row."""
    others = [each for each in books if each is not book and each.flow.dataverse.entity == book.flow.dataverse.entity]
    return any(each.dataverse == row_id and not each.ended for other in others for each in other.couplings)


def _compared(book: Book, coupling: Coupling, erp: Record, dataverse: Record) -> Iterator[str]:
    """What nothing explains, and what is explained although both are equal.

    A one-way line whose source has never said anything that anybody has seen need not be made equal. It may: an edit of
    its target is put back (law 11), and where that is refused, it is said.
    """
    items = [item for row in book.rows_about(coupling) for item in row.items]
    different = [line for line in book.flow.lines if differs(book, line, erp, dataverse)]
    for line in different:
        why = sum(item["line"] == line.name for item in items) + len(book.undecided(coupling, line))
        if not why and all(item["line"] for item in items) and not _goes_with_another(book, coupling, line, items):
            yield (
                f"law 7: {line.name} of {' '.join(erp.name)} is {erp.value(line.index)!r} in the ERP and "
                f"{dataverse.value(line.index)!r} in Dataverse [{coupling.dataverse[:8]}], and no row says why"
            )
        if why > 1:
            yield f"law 7: {line.name} of {coupling.key} is explained by {why} rows"
    references = {line.name for line in book.flow.lines if line.lookup is not None}
    left = {line.name for line in book.flow.lines if line not in different and _is_unequal(book, line, erp, dataverse)}
    told = [
        item for item in items
        if item["code"] != ACTION and item["line"] not in left and not _was_gone(book, item, erp, dataverse)
    ]  # fmt: skip
    if told and not different and all(item["line"] not in references for item in told):
        yield f"law 7: {coupling.key} is equal, but a row says: {[item['message'] for item in told]}"


def _goes_with_another(book: Book, coupling: Coupling, line: Line, items: Sequence[Mapping[str, Any]]) -> bool:
    """True if a row is about a line with which it goes: an amount is of the unit that it is for."""
    others = [each for each in book.flow.lines if line.together and each.together == line.together]
    told = {item["line"] for item in items}
    return any(each.name in told or book.undecided(coupling, each) for each in others)


def _was_gone(book: Book, item: Mapping[str, Any], erp: Record, dataverse: Record) -> bool:
    """True if an item asks whether a record is to stay that was deleted before: whatever it holds by now."""
    record = erp if item.get("side") == ERP else dataverse
    return item["code"] == "revived" and any(life.ended for life in book.lives(record))


def differs(book: Book, line: Line, erp: Record, dataverse: Record) -> bool:
    """True if two records of a pair hold different values that the map would make equal."""
    if line.source is not None and _never_said(book, line, erp if line.source == ERP else dataverse, dataverse.name[0]):
        return False
    return _is_unequal(book, line, erp, dataverse)


def _is_unequal(book: Book, line: Line, erp: Record, dataverse: Record) -> bool:
    return _are_two(book, line, erp, dataverse) and not _is_left_alone(book, line, erp, dataverse)


def _are_two(book: Book, line: Line, erp: Record, dataverse: Record) -> bool:
    """True if both hold something else, be it for good."""
    left, right = erp.value(line.index), dataverse.value(line.index)
    if not line.update or ABSENT in {left, right} or holds_less(line, erp, dataverse):
        return False
    company = erp.name[0] if book.flow.company else ""
    return not book.same(line, left, right) or book.points_elsewhere(line, company, left, right)


def _is_left_alone(book: Book, line: Line, erp: Record, dataverse: Record) -> bool:
    """True if one of two references is to something without a partner, and nobody has chosen one since that could be
    carried over: whoever chose on both sides is left to the rules of conflicts.
    """
    values = erp.value(line.index), dataverse.value(line.index)
    if line.missing not in LEAVING or not book.stands_for_nothing(line, *values):
        return False
    since = book.together.get(dataverse.name[0], 0.0)
    last = [(each, each.lines[line.index][-1]) for each in (erp, dataverse)]
    chosen = [ordered(each.side, word.value, "") for each, word in last if word.by == "people" and word.time > since]
    return len(chosen) != 1 or not any(chosen[0]) or book.stands_for_nothing(line, *chosen[0])


def _never_said(book: Book, line: Line, source: Record, row_id: str) -> bool:
    """True if the source of a one-way line says nothing, and what it may have said since the two were coupled was never
    carried over, nor on its way: who looks now and then has seen no word of it, and it rules nothing.
    """
    if source.value(line.index) not in {BLANK, ABSENT}:
        return False
    since = book.together.get(row_id, 0.0)
    return not (line.name in book.meant.get(row_id, ()) or _was_agreed(book, line, source, since))


def _was_agreed(book: Book, line: Line, source: Record, since: float) -> bool:
    """True if the other side held what the source said, at the same time, or was created with a word of it: what its
    system fills in beside that is nobody's.
    """
    words = source.lines.get(line.index, [])
    spans = zip((replace(each, time=max(each.time, since)) for each in words), words[1:], strict=False)
    if any(word.value and word.time < until.time and book.arrived(source, line, word, until) for word, until in spans):
        return True
    made = (each for each in book.partners(source) if each.born.by == "koppel" and each.born.time >= since)
    first = (each.lines[line.index][0] for each in made if each.lines.get(line.index))
    return any(each.sent for each in first if each.by == "koppel")


def alone(book: Book) -> Iterator[str]:
    """Records in scope without a partner, and without a row that says why."""
    for side in SIDES:
        for record in book.times[side].alive.values():
            stone = book.coupling_of(record, ended=True)
            if book.coupling_of(record) or (stone and stone.state == "uncoupled") or not book.inside(record):
                continue
            if not book.explained(record) and not _stays_alone(book, record):
                yield f"law 7: {side} {' '.join(record.name)} has no partner, and no row says why"


def _stays_alone(book: Book, record: Record) -> bool:
    """True if the map makes no copy of it, or that would be outside the scope over there."""
    return other(record.side) not in book.flow.creates or _would_be_outside(book, record)


def _would_be_outside(book: Book, record: Record) -> bool:
    """True if what it says of itself keeps its copy in the ERP out of the flow's scope there."""
    scope = book.flow.erp.scope
    if record.side == ERP:
        return False
    row = {constant.target.name: constant.of("") for constant in book.flow.erp.constants}
    for line in book.flow.lines:
        value = record.value(line.index)
        if line.erp.name in scope.fields and line.lookup is None and value and value is not ABSENT:
            row[line.erp.name] = line.backward(value)
    return set(scope.fields) <= row.keys() and not scope.includes(row)


def left_over(book: Book) -> Iterator[str]:
    """Rows about nothing: hints when all is quiet, intents of nobody, troubles of records that are gone, conflicts."""
    for key in book.hints:
        yield f"law 7: {key} is still there although all is quiet"
    for coupling in book.couplings:
        if coupling.intent is not None and coupling.state != "claimed":
            yield f"law 9: {coupling.key} still carries an intent"
    live = {row.key for coupling in book.couplings if not coupling.ended for row in book.rows_about(coupling)}
    for row in book.troubles:
        if row.identity not in book.times[row.side].alive and row.key not in live:
            yield f"law 7: a {row.kind} row stands for {row.end}, which is gone"
    for each in book.conflicts:
        if each.open and not _is_undecided(book, each):
            yield f"law 7: {each.line} of {each.dataverse} stands in the conflict list, and there is nothing to decide"


def _is_undecided(book: Book, row: ConflictRow) -> bool:
    coupling = next((each for each in book.couplings if each.dataverse == row.dataverse and not each.ended), None)
    if coupling is None:
        return False
    records = book.standing(coupling)
    erp, dataverse = records[ERP], records[DATAVERSE]
    line = next((each for each in book.flow.lines if each.definition.hex() == row.definition), None)
    if coupling.state != "coupled" or erp is None or dataverse is None:
        return True
    return line is not None and (_are_two if line.missing in LEAVING else differs)(book, line, erp, dataverse)
