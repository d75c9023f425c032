"""The plan for one record: what is written, kept, agreed, waited for or parked, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self

from shared.mapping import DATAVERSE, Ambiguous, Failed, KeyPath, Line, Side, Unresolved, other

Reason = Literal["edit", "master", "fill", "conflict", "put_back", "mark", "create", "constant", "assigned"]
KEY_CHANGED: Final = "key-changed"
"""Code of a line that Dataverse has changed and the ERP never does."""
ASTRAY: Final = "another-table"
"""Code of a line that points to a row of a table in which it does not look."""


@dataclass(frozen=True, slots=True)
class LineWrite:
    """One line to be written. old and new are canonical values of the target; source is the value it comes from.

    receives: the target has no say about the record, so that what it makes of the value is nobody's edit.
    """

    index: int
    side: Side
    old: str
    new: str
    source: str
    reason: Reason
    receives: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """The losing value of a conflict; `side` is where it stands now. unsure: a recovery could not know whose it is."""

    index: int
    side: Side
    value: str
    winner: str
    unsure: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A lookup whose partner is not there yet. code: the ERP's text, or the Dataverse id when `side` is dataverse."""

    index: int
    side: Side
    path: KeyPath | None
    via: str
    company: str
    code: str
    deferred: bool = False

    @classmethod
    def of(cls, line: Line, side: Side, value: str, company: str) -> Self:
        """What a lookup line lacks, whose value on `side` has no partner."""
        assert line.lookup is not None
        code = value.code if isinstance(value, Unresolved) else value
        path = line.lookup.paths[0] if line.lookup.paths else None
        return cls(line.index, side, path, " or ".join(line.lookup.via), company, code, line.deferred)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be carried out until something changes.

    name: of the line, where it is none of those that have an index. answer: the system's own code, if it said no.
    """

    index: int
    side: Side
    code: str
    message: str
    value: str
    name: str = ""
    answer: str = ""

    @classmethod
    def ambiguous(cls, line: Line, source: Side, value: Ambiguous) -> Self:
        """A code that several rows have: whatever is missing elsewhere, nobody knows which one is meant."""
        return cls(line.index, other(source), "several", value.why, value.code)

    @classmethod
    def astray(cls, line: Line, source: Side, why: str) -> Self:
        """A reference that can never mean anything where it is to be written."""
        return cls(line.index, other(source), ASTRAY, why, "")

    @classmethod
    def wanting(cls, line: Line) -> Self:
        """A blank where Dataverse takes no row without a value."""
        message = f"{line.erp.name} is blank, and Dataverse takes no row without {line.dataverse.name}: enter it"
        return cls(line.index, DATAVERSE, "required", message, "")

    @classmethod
    def unborn(cls, line: Line, new: str, value: str) -> Self:
        """An option that no row of Dataverse begins with, though one may come to have it."""
        column = line.dataverse
        called = {each: column.options.get(each, each) for each in (new, *column.born)}
        begins = " or ".join(called[each] for each in column.born)
        message = (
            f"{line.erp.name} would make {column.name} {called[new]}, and a new row of Dataverse is {begins}: it is "
            f"created once {line.erp.name} is another"
        )
        return cls(line.index, DATAVERSE, "member", message, Failed.told(value))

    @classmethod
    def not_found(cls, absent: Missing) -> Self:
        """The same as a problem of the side that cannot be written: the line does not wait."""
        return cls(absent.index, other(absent.side), "missing", f"{absent.code!r} was not found", absent.code)


@dataclass(frozen=True, slots=True)
class Plan:
    """What reconcile wants for one record.

    agree: lines that are equal and not yet agreed. over: lines whose undecided conflict is none any more, for one value
    is to flow, whether or not it can. more: something is left for another round. confirm: the plan rests on two reads
    at different times and on no conditional write, so the first side must be read again. left: references of Dataverse
    that mean nothing in the ERP yet, and are left out until they do.
    """

    writes: tuple[LineWrite, ...] = ()
    agree: tuple[int, ...] = ()
    kept: tuple[Kept, ...] = ()
    missing: tuple[Missing, ...] = ()
    problems: tuple[Problem, ...] = ()
    over: tuple[int, ...] = ()
    confirm: bool = False
    more: bool = False
    left: tuple[int, ...] = ()

    @property
    def empty(self) -> bool:
        """True if nothing is to be written to either side or agreed."""
        return not (self.writes or self.agree or self.kept)

    def on(self, side: Side) -> tuple[LineWrite, ...]:
        """The writes that go to one side."""
        return tuple(write for write in self.writes if write.side == side)
