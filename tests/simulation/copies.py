"""Law 6: no record has two partners, and nobody is copied for nothing; and whose company is left out is left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.ledger import erp_end
from shared.mapping import DATAVERSE, ERP, SIDES, fold, other
from tests.simulation.book import Book
from tests.simulation.records import Record


def doubled(book: Book) -> Iterator[str]:
    """Records with two partners, and records that Koppel created for nobody."""
    ends = [erp_end(each.erp) for each in book.couplings if each.erp and not each.ended]
    for end in sorted({end for end in ends if ends.count(end) > 1}):
        yield f"law 6: {end} has several partners"
    for side in SIDES:
        for record in book.times[side].alive.values():
            coupled = book.partner_names(record)
            if record.born.by == "koppel" and not coupled and not (_is_told(book, record) or _is_left(book, record)):
                yield f"law 6: Koppel created {side} {' '.join(record.name)}, and it has no partner"
            if record.born.by == "koppel" and coupled and not _has_original(book, record):
                yield f"law 6: {side} {' '.join(record.name)} is a copy of a copy"


def _is_told(book: Book, record: Record) -> bool:
    """A row is about it, or about the claim that it was created under."""
    claim = book.coupling_of(record)
    return book.explained(record) or (claim is not None and bool(book.rows_about(claim)))


def _is_left(book: Book, record: Record) -> bool:
    """What it was created for went, people have edited it, and the map makes no copy of it: it may be anybody's."""
    edited = any(each.by == "people" for moments in record.lines.values() for each in moments)
    return edited and other(record.side) not in book.flow.creates


def _has_original(book: Book, record: Record) -> bool:
    """Somebody else than Koppel created one of those that it was ever coupled with, or that those were coupled with.

    Or nobody could tell: it was numbered by the ERP, and no text was left as it was sent when its copy was made; or its
    account was deleted, or got another number, before anybody had seen what was created for it, and that was edited
    since; or people gave it
    another number before anybody had heard that it was created.
    """
    partners = book.partners(record)
    if any(each.born.by != "koppel" for one in partners for each in (one, *book.partners(one))):
        return True
    if any(book.has_a_double(each) for each in (record, *partners) if each.side == ERP):
        return True
    pairs = [(record, each) for each in partners] if record.side == ERP else [(each, record) for each in partners]
    return any(
        book.changed_beyond_recognition(erp, at.born.time)
        or _is_orphan(book, erp, at)
        or _is_renamed(book, erp, at.born.time)
        for erp, at in pairs
    )


def _is_renamed(book: Book, erp: Record, until: float) -> bool:
    """People had given a record another number than it was created with."""
    keys = [moment for line in book.flow.lines if line.key for moment in erp.lines.get(line.index, ())]
    return any(each.by == "people" and erp.born.time < each.time <= until for each in keys)


def _is_orphan(book: Book, erp: Record, copy: Record) -> bool:
    """Somebody deleted what had the number of a customer, or gave it another one, and edited the customer, before its
    copy was made.
    """
    until, number = copy.born.time, fold(erp.name[-1])
    typed = (each for moments in erp.lines.values() for each in moments if each.by == "people")
    if not any(erp.born.time < each.time <= until for each in typed):
        return False
    keys = [line.index for line in book.flow.lines if line.key]

    def had_it(record: Record, since: float) -> bool:
        return any(fold(value) == number for key in keys for value in record.held(key, since, until))

    others = (each for each in book.times[DATAVERSE].records if each is not copy and had_it(each, 0.0))
    return any((each.ended and each.ended.time <= until) or not had_it(each, until) for each in others)


def of_several(books: Sequence[Book]) -> list[str]:
    """Rows of Dataverse that several flows keep equal, each with a record of its own."""
    keepers: dict[tuple[str, str], list[str]] = {}
    for book in books:
        for each in book.couplings:
            if each.state == "coupled":
                keepers.setdefault((book.flow.dataverse.entity.name, each.dataverse), []).append(book.flow.name)
    return [f"law 6: {' '.join(row)} belongs to {' and '.join(names)}" for row, names in keepers.items() if names[1:]]


def touched(book: Book) -> Iterator[str]:
    """Records of a company that is not synced, and that Koppel has written all the same."""
    for side in SIDES:
        for record in book.times[side].records:
            mine = any(each.by == "koppel" for moments in record.lines.values() for each in moments)
            if book.is_left_out(record) and (mine or record.born.by == "koppel"):
                yield f"companies: {side} {' '.join(record.name)} is of a company that is left out, and was written"
