"""What a suite needs in Dataverse, held against what is there: one step for each thing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from shared.mapping import under
from shared.setup._declared import OURS, Declared, DeclaredColumn, DeclaredTable
from shared.setup._form_xml import LiveForm
from shared.setup._live import LiveColumn, LiveKey, LiveTable
from shared.systems import SOLUTION

HOME: Final = frozenset({"vendor", "publisher", "solution"})
"""Kinds of steps without which nothing else is made."""
PUBLISHER: Final = "koppel"
CREATE_COLUMN: Final = "prvCreateAttribute"
CHANGE_COLUMN: Final = "prvWriteAttribute"
CHANGE_TABLE: Final = "prvWriteEntity"
CHANGE_FORM: Final = "prvWriteSystemForm"
PUBLISH: Final = "prvPublishCustomization"
FAILED: Final = "Failed"
BUILDING: Final = frozenset({"Pending", "InProgress"})

Kind = Literal["vendor", "publisher", "solution", "column", "option", "numbers", "key", "form"]
State = Literal["there", "missing", "waits", "blocked", "not allowed"]
"""missing: it will be made. waits: made, and not in effect yet. blocked: a person has to decide. not allowed: the app's
user may not make it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a suite needs. says: what stands in the way. remedy: what a person does. rights: what it takes.

    value: which option of a choice. needs: the columns without which it cannot be made.
    """

    kind: Kind
    table: str
    name: str
    state: State = "there"
    says: str = ""
    remedy: str = ""
    rights: tuple[str, ...] = ()
    value: str = ""
    needs: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it apart from all others."""
        return self.kind, self.table, self.name, self.value

    @property
    def title(self) -> str:
        return " ".join(filter(None, (self.kind, self.table, self.name, self.value)))

    @property
    def published(self) -> bool:
        """Whether it takes effect only once its table is published."""
        return PUBLISH in self.rights

    def as_json(self) -> dict[str, Any]:
        said = {"value": self.value, "says": self.says, "remedy": self.remedy, "rights": self.rights}
        shown = {name: value for name, value in said.items() if value}
        return {"kind": self.kind, "table": self.table, "name": self.name, "state": self.state, **shown}


@dataclass(frozen=True, slots=True)
class Home:
    """What our columns belong to. publishers: rows of those with our name or prefix. solution: the row of ours."""

    publishers: Sequence[Mapping[str, Any]]
    solution: Mapping[str, Any] | None

    @property
    def publisher(self) -> Mapping[str, Any] | None:
        """Ours, if it is there."""
        return next((each for each in self.publishers if each["uniquename"].lower() == PUBLISHER), None)


@dataclass(frozen=True, slots=True)
class Found:
    """What is there. doubles: of a key whose index failed, by table and columns, values that occur more than once.

    forms: the main forms by table. Nothing that could not be read is among the tables and forms; denied says why.
    """

    tables: Mapping[str, LiveTable | None]
    forms: Mapping[str, Sequence[LiveForm]] = field(default_factory=dict)
    home: Home | None = None
    doubles: Mapping[tuple[str, frozenset[str]], Sequence[str]] = field(default_factory=dict)
    denied: Mapping[Kind, str] = field(default_factory=dict)


def steps_of(declared: Declared, found: Found) -> list[Step]:
    """Everything that the suite needs, in the order in which it is made."""
    steps = [
        step
        for logical, table in declared.tables.items()
        for step in _of_table(declared, logical, table, found.tables.get(logical), found)
    ]
    steps.sort(key=lambda step: _ORDER.index(step.kind))
    if rival := _vendors(declared, found):
        return [rival, *steps]
    making = any(step.state == "missing" for step in steps)
    return [*(step for step in _home(declared, found) if making or step.state == "there"), *steps]


_ORDER: Final[tuple[Kind, ...]] = ("column", "option", "numbers", "key", "form")


def vendor_column(declared: Declared, name: str) -> str:
    """The name that a column of ours has in the vendor's solution."""
    return under({f"{declared.prefix}_": f"{declared.published}_"}, name)


def _vendors(declared: Declared, found: Found) -> Step | None:
    """The vendor's solution, if it is installed where ours is to be: its steps would work against us."""
    if declared.vendors or declared.published == OURS:
        return None
    theirs = [
        f"{logical}.{name}"
        for logical, table in declared.tables.items()
        for name in (vendor_column(declared, each) for each in table.named())
        if (live := found.tables.get(logical)) is not None and name in live.columns
    ]
    if not theirs:
        return None
    says = f"the vendor's solution is installed: there is {theirs[0]} and {len(theirs) - 1} more of its columns"
    remedy = (
        f"set the suite's PREFIX to {declared.published}: then its columns are used as they are; or have it removed"
    )
    return Step("vendor", "", declared.published, "blocked", says, remedy)


# -- publisher and solution


def _home(declared: Declared, found: Found) -> Iterator[Step]:
    if declared.vendors:
        return
    if found.home is None:
        says = found.denied.get("solution", "")
        remedy = "give the app's user a security role with prvReadPublisher and prvReadSolution, and set up again"
        yield Step("solution", "", SOLUTION, "not allowed", says, remedy)
        return
    yield _publisher(declared, found.home)
    yield _solution(found.home)


def _publisher(declared: Declared, home: Home) -> Step:
    ours = home.publisher
    if ours is not None and ours["customizationprefix"] == declared.prefix:
        return Step("publisher", "", PUBLISHER)
    if ours is not None:
        says = f"the publisher {PUBLISHER} has the prefix {ours['customizationprefix']}, the setting says "
        remedy = f"set the suite's PREFIX to {ours['customizationprefix']}"
        return Step("publisher", "", PUBLISHER, "blocked", says + declared.prefix, remedy)
    if home.publishers:
        says = f"the prefix {declared.prefix} belongs to the publisher {home.publishers[0]['friendlyname']}"
        return Step("publisher", "", PUBLISHER, "blocked", says, "set the suite's PREFIX to one that nobody uses")
    remedy = f"make a publisher {PUBLISHER} with the prefix {declared.prefix}"
    return Step("publisher", "", PUBLISHER, "missing", "", remedy, ("prvCreatePublisher",))


def _solution(home: Home) -> Step:
    if home.solution is None:
        remedy = f"make a solution {SOLUTION} of the publisher {PUBLISHER}"
        return Step("solution", "", SOLUTION, "missing", "", remedy, ("prvCreateSolution",))
    if home.solution["ismanaged"]:
        says = f"the solution {SOLUTION} is managed: nothing can be put into it"
        return Step("solution", "", SOLUTION, "blocked", says, "remove it, or import it unmanaged")
    owner = home.publisher
    if owner is not None and home.solution["_publisherid_value"] != owner["publisherid"]:
        says = f"the solution {SOLUTION} belongs to another publisher than {PUBLISHER}"
        return Step("solution", "", SOLUTION, "blocked", says, "remove it: it is made anew")
    return Step("solution", "", SOLUTION)


# -- tables


def _of_table(
    declared: Declared, logical: str, table: DeclaredTable, live: LiveTable | None, found: Found
) -> Iterator[Step]:
    if live is None:
        remedy = "install the app of Dynamics 365 that has it"
        yield Step("column", logical, "", "blocked", f"there is no table {logical}", remedy)
        return
    wrong = set[str]()
    for schema, column in table.columns.items():
        steps = list(_column(declared, logical, schema, column, live))
        wrong |= {step.name for step in steps if step.kind == "column" and step.state == "blocked"}
        yield from steps
    on_them = [_key(declared, logical, schema, columns, live, found) for schema, columns in table.keys.items()]
    if not declared.vendors:
        on_them += [*_numbered(logical, table, live), *_form(logical, table, found)]
    yield from (step for step in on_them if wrong.isdisjoint(step.needs))


def described(column: DeclaredColumn) -> str:
    """A column as a person would make it."""
    words = {"bool": "yes/no", "int": "whole number", "money": "currency", "date": "date only"}
    more = f" of {column.length} characters" if column.length else ""
    options = ", ".join(f"{value} {label}" for value, label in column.options.items())
    return words.get(column.type, column.type) + more + (f" with {options}" if options else "")


def _column(declared: Declared, logical: str, schema: str, column: DeclaredColumn, live: LiveTable) -> Iterator[Step]:
    name, now = schema.lower(), live.columns.get(schema.lower())
    if now is None:
        yield _missing(declared, Step("column", logical, name, "missing", rights=(CREATE_COLUMN,)), schema, column)
    elif now.type != column.type:
        says = f"{logical}.{name} is of type {now.type}, and has to be {described(column)}"
        yield Step("column", logical, name, "blocked", says, _other_type(declared))
    elif column.length > (now.length or column.length):
        says = f"{logical}.{name} takes {now.length} characters, and has to take {column.length}"
        yield Step("column", logical, name, "blocked", says, "make it longer")
    else:
        yield Step("column", logical, name)
        yield from _options(declared, logical, name, column, now)


def _missing(declared: Declared, step: Step, schema: str, column: DeclaredColumn) -> Step:
    if declared.vendors:
        says = f"the vendor's solution is not there, or lacks {step.table}.{step.name}"
        return Step("column", step.table, step.name, "blocked", says, _import(declared))
    numbers = declared.tables[step.table].numbers.get(step.name)
    made = described(column) + (f", numbered automatically by {numbers}" if numbers else "")
    remedy = f"add to {step.table} a column with the schema name {schema}: {made}"
    return Step("column", step.table, step.name, "missing", "", remedy, step.rights)


def _other_type(declared: Declared) -> str:
    if declared.vendors:
        return "somebody made it by hand: delete it, and import the vendor's solution"
    return "delete it if nobody needs it, or set the suite's PREFIX to another one"


def _import(declared: Declared) -> str:
    return f"import the solution whose prefix is {declared.published}, or set the suite's PREFIX to {PUBLISHER}"


def _options(declared: Declared, logical: str, name: str, column: DeclaredColumn, now: LiveColumn) -> Iterator[Step]:
    for value, label in column.options.items():
        if str(value) in now.options:
            continue
        if declared.vendors:
            says = f"{logical}.{name} has no option {value} {label}"
            yield Step("option", logical, name, "blocked", says, _import(declared), value=str(value))
        else:
            remedy = f"add the option {value} {label} to {logical}.{name}, and publish"
            rights = (CHANGE_COLUMN, PUBLISH)
            yield Step("option", logical, name, "missing", "", remedy, rights, str(value))


def _numbered(logical: str, table: DeclaredTable, live: LiveTable) -> Iterator[Step]:
    """A column that is not there yet is made with its numbers. Numbers of somebody's own stay."""
    for name, format_ in table.numbers.items():
        now = live.columns.get(name)
        if now is None:
            continue
        if now.numbers:
            says = f"it is numbered by {now.numbers} here, which stays" if now.numbers != format_ else ""
            yield Step("numbers", logical, name, says=says, needs=(name,))
            continue
        remedy = f"make {logical}.{name} an autonumber column with the format {format_}, and publish"
        yield Step("numbers", logical, name, "missing", "", remedy, (CHANGE_COLUMN, PUBLISH), needs=(name,))


def _key(declared: Declared, logical: str, schema: str, columns: Sequence[str], live: LiveTable, found: Found) -> Step:
    step = Step("key", logical, schema.lower(), needs=tuple(columns))
    text = " + ".join(columns)
    now = key_over(live.keys, columns)
    if now is not None:
        return _index(step, text, now, found.doubles.get((logical, now.columns), ()))
    if declared.vendors:
        says = f"the vendor's solution is not there, or lacks the alternate key of {logical} over {text}"
        return replace(step, state="blocked", says=says, remedy=_import(declared))
    remedy = f"add to {logical} an alternate key over {text}"
    return replace(step, state="missing", remedy=remedy, rights=(CHANGE_TABLE,))


def key_over(keys: Iterable[LiveKey], columns: Sequence[str]) -> LiveKey | None:
    """The alternate key over just these columns, whatever its name."""
    return next((key for key in keys if key.columns == frozenset(columns)), None)


def _index(step: Step, text: str, now: LiveKey, doubles: Sequence[str]) -> Step:
    if now.status in BUILDING:
        return replace(step, state="waits", says=f"its index is {now.status}", remedy="look again in a while")
    if now.status != FAILED:
        return step
    if doubles:
        says = f"its index failed: more than one row of {step.table} holds {text} {', '.join(doubles)}"
        return replace(step, state="blocked", says=says, remedy="merge or renumber these rows, then set up again")
    says, remedy = "its index failed, and no value occurs more than once", f"reactivate the key {now.name}"
    return replace(step, state="missing", says=says, remedy=remedy, rights=(CHANGE_TABLE,))


def _form(logical: str, table: DeclaredTable, found: Found) -> Iterator[Step]:
    """On one main form is enough: somebody may have taken it off another one on purpose."""
    forms = found.forms.get(logical, ())
    for section, column, _ in table.placed():
        by_hand = f"put {column} on a main form of {logical}, and publish"
        step = Step("form", logical, column, "missing", "", by_hand, (CHANGE_FORM, PUBLISH), needs=(column,))
        if "form" in found.denied:
            remedy = f"give the app's user a security role with prvReadSystemForm; or, as an administrator, {by_hand}"
            yield replace(step, state="not allowed", says=found.denied["form"], remedy=remedy)
        elif any(form.shows(column) for form in forms):
            yield Step("form", logical, column, needs=(column,))
        elif any(form.will_show(column) for form in forms):
            yield replace(step, says="it is there, and not published")
        elif any(form.has(section) for form in forms):
            yield step
        else:
            yield replace(step, state="blocked", says=f"no main form of {logical} has a section {section}")
