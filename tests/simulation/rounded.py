"""Law 2: what a side makes of a value for want of room is nobody's value, and never takes the place of the whole one.

What a currency rounds, a column is too short for, or an installation's own logic cuts off, both sides may keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby, pairwise

from shared.errors import FieldError
from shared.mapping import ABSENT, DATAVERSE, ERP, SIDES, Field, Line, Side
from tests.simulation.book import Book, alike
from tests.simulation.records import Moment, Record


def written_back(book: Book) -> Iterator[str]:
    """Values of people that Koppel replaced by what the other side had made of them.

    At a first match nobody knows which of two values was made of the other.
    """
    for side in SIDES:
        lines = [line for line in book.flow.lines if line.lookup is None and not line.key and line.source != side]
        for record in book.times[side].records:
            for line in lines:
                for before, after in pairwise(record.lines.get(line.index, ())):
                    ours = before.by == "people" and after.by == "koppel" and after.asked is None
                    if (
                        ours
                        and _is_less_of_it(line, side, before, after)
                        and not _is_entered(book, record, line, after)
                        and book.agreed_all_along(record, line, after.time, after.time)
                    ):
                        yield (
                            f"law 2: {line.name} of {' '.join(record.name)} was {before.value!r} in {side}, and became "
                            f"{after.value!r}, which only the other side had made of it"
                        )


def holds_less(line: Line, erp: Record, dataverse: Record) -> bool:
    """True if one side has no room for what the other says: it was asked for that, or its column is declared so.

    An edit that comes out as what stands there already changes nothing, whatever its author had asked for.
    """
    left, right = _standing(erp, line), _standing(dataverse, line)
    return any(
        line.to_dataverse and _is_short_of(_carried(line, ERP, left[-1]), each, line.dataverse) for each in right
    ) or any(line.to_erp and _is_short_of(_carried(line, DATAVERSE, right[-1]), each, line.erp) for each in left)


def made_otherwise(moment: Moment) -> bool:
    """True if a side made a value of its own of what it was asked to hold, and not only less of it."""
    return moment.asked is not None and not _is_less(moment.asked, moment.value)


def _is_short_of(whole: str, held: Moment, column: Field) -> bool:
    if held.by == "koppel" and held.asked is not None:
        return alike(held.asked, whole) and _is_less(whole, held.value)
    if column.decimals and held.by != "koppel":
        return _is_rounded(whole, held.value)
    length = column.length or len(whole)
    kept = whole[:length].rstrip(None if column.type == "memo" else " ")
    return 0 < len(held.value) < len(whole) and held.value == kept


def _carried(line: Line, source: Side, moment: Moment) -> str:
    """What a value is on the other side, however long."""
    try:
        return (line.forward if source == ERP else line.backward)(moment.value)
    except FieldError as problem:
        return problem.value if problem.code == "too-long" else ""


def _standing(record: Record, line: Line) -> list[Moment]:
    """Everything that put there what stands now, the latest last."""
    moments = record.lines.get(line.index) or [Moment(0.0, 0, ABSENT, "platform")]
    _, last = next(groupby(reversed(moments), lambda each: each.value))
    return [*last][::-1]


def _is_less_of_it(line: Line, side: Side, before: Moment, after: Moment) -> bool:
    if line.dataverse.decimals:
        return side == ERP and _is_rounded(before.value, after.value)
    return line.erp.type in {"text", "memo"} and _is_less(before.value, after.value)


def _is_less(whole: str, value: str) -> bool:
    """True if a value is the beginning of another one, or that number with fewer decimals."""
    text, kept = whole.strip(), value.strip()
    return (0 < len(kept) < len(text) and text.startswith(kept)) or _is_rounded(whole, value)


def _is_rounded(whole: str, value: str) -> bool:
    """True if a number is the other one with fewer decimals."""
    places = len(value.partition(".")[2])
    try:
        if places >= len(whole.partition(".")[2]):
            return False
        return abs(Decimal(whole) - Decimal(value or "0")) * 2 <= Decimal(1).scaleb(-places)
    except ArithmeticError:
        return False


def _is_entered(book: Book, record: Record, line: Line, after: Moment) -> bool:
    """True if somebody else than Koppel has put that value there himself, on either side."""
    held = (each for one in (record, *book.partners(record)) for each in one.lines.get(line.index, ()))
    return any(each.by != "koppel" and each.value == after.value for each in held)
