"""A flow's map, ready for use: what to read, how to read it, what it means. Pure.

A record of either side becomes a list of canonical values, one per line of the map, in the map's order. Everything
that compares or writes works on these lists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from shared.mapping._by_company import Local, by_mark
from shared.mapping._computed import Computed
from shared.mapping._fingerprints import PLAIN, Printer, digest
from shared.mapping._fold import fold
from shared.mapping._lines import Constant, KeyPath, Line
from shared.mapping._merge import Deed
from shared.mapping._model import CREATES, DeletePolicy, Phase, Policy, Review, Side, written_by
from shared.mapping._phases import Continued, Phased, phased
from shared.mapping._projection import SURPRISES
from shared.mapping._schema import MODIFIED, Entity, Field, entity
from shared.mapping._scopes import Clock, Scope
from shared.mapping._values import ABSENT, Reader, Writer, reader, writer
from shared.mapping._wakers import Waker

ERP: Final = "erp"
DATAVERSE: Final = "dataverse"
SIDES: Final[tuple[Side, Side]] = (ERP, DATAVERSE)

Row = Mapping[str, Any]
Values = list[str]


def other(side: Side) -> Side:
    """The side across."""
    return DATAVERSE if side == ERP else ERP


def ordered(side: Side, here: str, there: str) -> tuple[str, str]:
    """The values of `side` and of the side across, the ERP's first."""
    return (here, there) if side == ERP else (there, here)


@dataclass(frozen=True, slots=True)
class CompanyColumns:
    """Where a company-striped record keeps its company: an ERP field, and a column of Dataverse.

    dataverse: None where rows keep no company. path: how that lookup is resolved; None where the column holds the ERP's
    own code. team: where the company's own row names the team that new rows belong to. unit: the column that says
    which business unit has a row, if rows keep no company.
    """

    erp: Field
    dataverse: Field | None = None
    path: KeyPath | None = None
    team: Field | None = None
    unit: Field | None = None

    def on(self, side: Side) -> Field | None:
        """The field that holds the company on a side."""
        return self.erp if side == ERP else self.dataverse

    @property
    def read(self) -> Sequence[str]:
        """Names on the wire of the columns of Dataverse that tell the company of a row."""
        return [each.wire_name for each in (self.dataverse, self.unit) if each]

    def held(self, row: Row) -> str:
        """What a row of Dataverse holds as its company: an id, or a code without regard to letter case."""
        if self.dataverse is None:
            return ""
        value = reader(self.dataverse)(row.get(self.dataverse.wire_name, ABSENT))
        return "" if value is ABSENT else fold(value)


@dataclass(frozen=True)
class SideMap:
    """One side of a flow: its entity, scope and constants, and how its records become canonical values.

    returning: what else the scope asks of a record that comes back from the flow that it was handed over to. computed:
    fields of lines that are made of several others. local: lines that hold for some companies only. phases: lines that
    only one of two maps has, on the side that tells which of the two holds. authority: what a record has to be like if
    its edits are to flow.
    """

    side: Side
    system: str
    entity: Entity
    scope: Scope
    columns: tuple[str, ...]
    readers: tuple[tuple[str, Reader], ...]
    project: Callable[[Row], Values] = field(repr=False, compare=False)
    writers: tuple[Writer | None, ...]
    constants: tuple[Constant, ...]
    returning: tuple[Constant, ...] = ()
    computed: tuple[Computed, ...] = ()
    local: Local | None = None
    phases: Phased | None = None
    authority: Scope = field(default_factory=Scope)

    def rules(self, row: Row) -> bool:
        """False if a record of this side only receives, as it stands."""
        return self.authority.includes(row)

    @property
    def telling(self) -> Collection[str]:
        """Names on the wire of what tells who has a say about a record, and which of two maps holds for it."""
        return {*self.authority.fields, *(self.phases.continued.when.fields if self.phases else ())}

    def modified(self, row: Row) -> Any:
        """When a raw record was modified, as the system says it; None if it does not."""
        found = self.entity.find(MODIFIED[self.system])
        return row.get(found.wire_name) if found else None

    @property
    def lists(self) -> list[Entity]:
        """Other entities whose records decide what is read of a record of this side."""
        asked = (self.entity.fields.get(name) for name in self.columns)
        beyond = any(each.elsewhere for each in asked if each)
        return [entity(self.system, name) for name in self.entity.lists] if beyond else []

    def of_phase(self, phase: Phase) -> SideMap:
        """The side as one of two maps has it: its constants, and its authority, which the continuing one has anyway."""
        constants = tuple(each for each in self.constants if each.phase in {"", phase})
        return replace(self, constants=constants, authority=self.authority if phase == "before" else Scope())

    def read(self, row: Row) -> Values:
        """The canonical values of a raw record, one per line that holds for it; lookups still as found."""
        values = self.held(row)
        if self.phases is not None:
            self.phases.mask(self.phases.continued.phase({self.side: row}), values)
        return values

    def held(self, row: Row) -> Values:
        """The same, also of lines that another map has than the one that holds for the record."""
        try:
            values = self.project(row)
        except SURPRISES:
            values = [read(row.get(name, ABSENT)) for name, read in self.readers]
        for each in self.computed:
            values[each.index] = each.read(row)
        if self.local is not None:
            self.local.mask(row, values)
        return values


@dataclass(frozen=True)
class FlowMap:
    """The map of one flow.

    identity: ERP fields that identify a record. match: groups of lines that find a partner, in order. called: lines
    that say what a record is called, if any does. salt: hash of all line definitions. by_definition: line definition to
    its index. roots: line definition to the line's root. deeds: what overlays do to its lines. woken_by: other tables
    whose changes are hints for records of this flow. continued: by which map, if by any. phase: of which one this is
    the view. fingerprint: changes with whatever may change what is written: lines, options, scopes, policies, values.
    review: what the review of a full synchronisation goes by.
    """

    name: str
    erp: SideMap
    dataverse: SideMap
    identity: tuple[str, ...]
    second: Field | None
    company: CompanyColumns | None
    match: tuple[tuple[Line, ...], ...]
    called: tuple[Line, ...]
    policy: Policy
    lines: tuple[Line, ...]
    hands_over_to: str
    after: tuple[str, ...]
    woken_by: tuple[Waker, ...]
    needs: tuple[str, ...]
    salt: bytes = b""
    by_definition: Mapping[bytes, int] = field(default_factory=dict)
    folded: tuple[int, ...] = ()
    lookups: tuple[Line, ...] = ()
    files: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()
    fingerprint: str = ""
    review: Review = Review()  # noqa: RUF009 - it is frozen
    continued: Continued | None = None
    phase: Phase = ""
    roots: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    identity_readers: tuple[tuple[str, Reader], ...] = field(default=(), repr=False)
    printer: Printer = field(default=PLAIN, repr=False)

    @property
    def suite(self) -> str:
        return self.name.partition(".")[0]

    @cached_property
    def second_line(self) -> Line | None:
        """The line of the second identity, if the flow has one."""
        second = self.second
        return next((line for line in self.lines if second and line.erp.name == second.name), None)

    @cached_property
    def private(self) -> frozenset[str]:
        """Names of the lines whose values are shown nowhere."""
        return frozenset(line.name for line in self.lines if line.private)

    @cached_property
    def has_given_id(self) -> bool:
        """True if the ERP tells its records apart by an id that it gives itself, and that no line is about."""
        fields = (self.erp.entity.find(name) for name in self.identity)
        return any(field.is_given for field in fields if field)

    @cached_property
    def is_numbered(self) -> bool:
        """True if the ERP may give its records what they are called."""
        return self.has_given_id or any(line.assigned for line in self.lines)

    # -- which way it goes

    @cached_property
    def targets(self) -> frozenset[Side]:
        """The sides that lines write; a constant makes no side a target."""
        return written_by(line for line in self.lines if not line.phase or self.phase in {"", line.phase})

    @cached_property
    def creates(self) -> frozenset[Side]:
        """The sides on which a record without a partner may be made."""
        return self.policy.creating(self.targets)

    @cached_property
    def creates_in_full(self) -> frozenset[Side]:
        """The sides on which a full synchronisation may make a record, if a person wants it to."""
        return self.targets if self.review.creates is None else CREATES[self.review.creates] & self.targets

    def on_delete(self, gone: Side) -> DeletePolicy:
        """What comes of a record whose other half was deleted on this side.

        A source is not deleted because its target was, unless the map says so for that very side: the target is made
        again. What may not be made there is left to a person, and so is a record about whose end two maps differ.
        """
        if self.is_whole:
            words = {view.on_delete(gone) for view in self.views}
            return words.pop() if len(words) == 1 else "park"
        if (own := self.policy.delete.on(gone)) is not None:
            return own
        word = self.policy.delete.both or "park"
        if other(gone) not in self.targets and self.policy.delete.both not in {"uncouple", "park"}:
            word = "restore"
        return "park" if word == "restore" and gone not in self.creates else word

    def deletes_left(self, out: Side) -> bool:
        """True if what leaves the scope on this side is deleted on the other: never a source."""
        views = self.views if self.is_whole else [self]
        return self.policy.leaves == "delete" and all(other(out) in view.targets for view in views)

    # -- where another map continues it

    @property
    def is_whole(self) -> bool:
        """True of two maps together, of which one continues the other."""
        return self.continued is not None and not self.phase

    @cached_property
    def views(self) -> tuple[FlowMap, FlowMap]:
        """Both maps, each as it is alone, the one that is continued first: for what is not said by lines."""
        return self._view("before"), self._view("after")

    def at(self, rows: Mapping[Side, Row]) -> FlowMap:
        """The map that holds for a record, with the places of lines as they are. rows: as far as they are there."""
        if self.continued is None or not self.is_whole:
            return self
        before, after = self.views
        return after if self.continued.phase(rows) == "after" else before

    def at_best(self, side: Side, row: Row) -> FlowMap:
        """The map that holds for a record as far as this side alone can tell; else both."""
        return self.at({side: row}) if self.continued and self.continued.side == side else self

    def _view(self, phase: Phase) -> FlowMap:
        assert self.continued is not None
        creates = self.continued.creates if phase == "after" else self.policy.creates
        policy = self.policy.model_copy(update={"creates": creates})
        erp, dataverse = (part.of_phase(phase) for part in (self.erp, self.dataverse))
        return replace(self, erp=erp, dataverse=dataverse, policy=policy, phase=phase)

    def alone(self, side: Side, row: Row) -> Values:
        """The values of a raw record whose other half is not there, or not known."""
        values = self.side(side).held(row)
        if (lines := self._phased) is not None:
            lines.mask(lines.continued.phase({side: row}), values)
        return values

    @cached_property
    def _phased(self) -> Phased | None:
        """The lines that only one of two maps has."""
        return phased(self.lines, self.continued)

    def over(self, lines: tuple[Line, ...]) -> FlowMap:
        """The same with these lines, and with what follows from them."""
        return replace(
            self,
            lines=lines,
            salt=digest([line.definition.hex() for line in lines], b""),
            by_definition={line.definition: line.index for line in lines},
            folded=tuple(line.index for line in lines if line.loosely),
            lookups=tuple(line for line in lines if line.lookup),
            roots={line.definition: line.root for line in lines},
        )

    # -- what it consists of

    @property
    def companies_named(self) -> list[str]:
        """The companies that have lines of their own."""
        return sorted({code for line in self.lines for code in (*line.companies, *line.besides)})

    def marked(self, marks: Mapping[str, str]) -> FlowMap:
        """The same, with what rows of Dataverse hold that belong to the companies that have lines of their own."""
        part, company = self.dataverse, self.company
        if part.local is None or company is None:
            return self
        local = replace(part.local, company_of=by_mark(company.held, marks))
        return replace(self, dataverse=replace(part, local=local))

    def by(self, clock: Clock) -> FlowMap:
        """The same, with what tells its scopes the day."""
        if not any(self.side(side).scope.moving for side in SIDES):
            return self
        erp, dataverse = (replace(part, scope=part.scope.by(clock)) for part in (self.erp, self.dataverse))
        return replace(self, erp=erp, dataverse=dataverse)

    def side(self, side: Side) -> SideMap:
        return self.erp if side == ERP else self.dataverse

    def line(self, definition: bytes, name: str) -> Line | None:
        """The line that was defined so, or has this name by now; None if the map has it no more."""
        index = self.by_definition.get(definition)
        if index is not None:
            return self.lines[index]
        return next((each for each in self.lines if each.name == name), None)

    def constant(self, definition: bytes) -> Constant | None:
        """The constant that a definition stands for, if the map still has it."""
        both = (*self.erp.constants, *self.dataverse.constants, *self.dataverse.returning)
        return next((each for each in both if each.definition == definition), None)

    def erp_identity(self, row: Row) -> tuple[str, ...]:
        """The identity of an ERP record, as the system spells it."""
        return tuple(read(row.get(name, ABSENT)) for name, read in self.identity_readers)

    def dataverse_identity(self, row: Row) -> str:
        """The primary id of a Dataverse row."""
        return str(row[self.dataverse.entity.id]).lower()

    def identity_of(self, side: Side, row: Row) -> tuple[str, ...]:
        """What the record of a row is called on its side."""
        return self.erp_identity(row) if side == ERP else (self.dataverse_identity(row),)

    def comparable(self, values: Iterable[str]) -> Values:
        """The values as they are fingerprinted."""
        result = list(values)
        for index in self.folded:
            result[index] = self.lines[index].comparable(result[index])
        return result

    def called_by(self, values: Values) -> str:
        """What the record of these values is called."""
        found = {line.erp.name: each for line in self.called if (each := values[line.index]) and each is not ABSENT}
        return " ".join(found.values())

    def digest(self, values: Iterable[str]) -> bytes:
        """Stands for all values of one side; changes with any value and with any line's definition."""
        return self.printer.digest(self.comparable(values), self.salt)


def field_reader(found: Field) -> tuple[str, Reader]:
    """Name on the wire and reader of a field."""
    return found.wire_name, reader(found)


def field_writer(system: str, found: Field | None) -> Writer | None:
    """The writer of a field; lookups have none, they are written as references by the engine."""
    return None if found is None or found.type == "lookup" else writer(system, found)
