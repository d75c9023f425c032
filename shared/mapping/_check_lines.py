"""Holds one line of a map against the schemas, the value maps and the constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.errors import FieldError
from shared.mapping._days import time_zone
from shared.mapping._grammar import BLANKS, ParsedLine
from shared.mapping._lines import conversion, convertible, typed
from shared.mapping._lookups import Reference, parse_reference
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import OWNER, Entity, Field

Lists = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One line with its fields found."""

    parsed: ParsedLine
    erp: Field | None
    reference: Reference | None

    @property
    def dataverse(self) -> Field | None:
        return self.reference.column if self.reference else None

    @property
    def is_lookup(self) -> bool:
        return self.dataverse is not None and self.dataverse.type == "lookup"

    @property
    def targets(self) -> list[Field]:
        """The fields that the line writes."""
        flows = ((self.parsed.to_dataverse, self.dataverse), (self.parsed.to_erp, self.erp))
        return [field for to, field in flows if to and field]


def findings(
    parsed: ParsedLine, erp: Entity, dataverse: Entity, values: Lists, constants: Lists
) -> tuple[Checked | None, list[Problem]]:
    """The line with its fields, if it is sound, and what is wrong with it."""
    problems: list[Problem] = []
    left = erp.find(parsed.erp) if parsed.erp else None
    if parsed.erp and left is None:
        what, remedy = f"{erp.name} has no field {parsed.erp!r}", "correct the name or add it to the schema"
        problems.append(parsed.problem(what, remedy, "DIPV1022"))
    reference: Reference | None = None
    try:
        reference = parse_reference(parsed.dataverse, parsed.via, dataverse) if parsed.dataverse else None
    except Fault as fault:
        problems.append(fault.at(parsed.file, parsed.number, parsed.name))
    if problems:
        return None, problems
    line = Checked(parsed, left, reference)
    problems = [*_direction(line), *_transform(line, values), *_supplied(line, constants), *_options(line)]
    return None if problems else line, problems


def _direction(line: Checked) -> Iterator[Problem]:
    parsed = line.parsed
    supplied = parsed.supplied is not None
    if not parsed.erp and not parsed.dataverse:
        yield parsed.problem("has no field on either side", "name the field to write")
    elif not parsed.erp and not (parsed.symbol == ">>" and supplied):
        yield parsed.problem("has no ERP field", "write - >> column default value, or name the field", "DIPV1021")
    elif not parsed.dataverse and not (parsed.symbol == "<<" and supplied):
        remedy = "write Field << - default value, or name the column"
        yield parsed.problem("has no Dataverse column", remedy, "DIPV1024")
    for field in line.targets:
        if field.read_only:
            yield parsed.problem(f"{field.name} is read-only", "let the line flow the other way only", "DIPV1011")
    paths = line.reference.lookup.paths if line.reference else ()
    if any(path.hops for path in paths) and parsed.to_dataverse:
        yield parsed.problem("a lookup over several tables can only be read", "use < or <<", "DIPV1027")


def _transform(line: Checked, values: Lists) -> Iterator[Problem]:
    parsed, erp, dataverse = line.parsed, line.erp, line.dataverse
    if parsed.values and line.is_lookup:
        yield parsed.problem("a lookup takes no value map", "drop it: the code is that of the row it points to")
    elif parsed.values and parsed.values not in values:
        remedy = f"list it under values:, or use one of {', '.join(values)}"
        yield parsed.problem(f"no value map {parsed.values!r}", remedy)
    elif parsed.values:
        yield from _value_map(line, values[parsed.values])
    elif parsed.symbol == "><":
        yield parsed.problem(">< needs a value map", "name one from values:, or use =")
    elif erp and dataverse:
        pairs = ((parsed.to_dataverse, erp, dataverse), (parsed.to_erp, dataverse, erp))
        if any(flows and not convertible(source, target) for flows, source, target in pairs):
            what = f"{erp.name} is {erp.type}, {dataverse.name} is {dataverse.type}"
            yield parsed.problem(what, "add a value map, or map fields of like types", "DIPV1030")


def _value_map(line: Checked, members: Mapping[str, str]) -> Iterator[Problem]:
    parsed, name = line.parsed, line.parsed.values
    if len({member.lower() for member in members}) < len(members):
        yield parsed.problem(f"{name} lists a member twice", "keep the one that is meant", "DIPV1029")
    if parsed.to_erp and len({value.lower() for value in members.values()}) < len(members):
        what, remedy = f"{name} gives one Dataverse value to several members", "make it one-to-one, or use >>"
        yield parsed.problem(what, remedy, "DIPV1029")
    for field, given in ((line.erp, members), (line.dataverse, members.values())):
        for value in given:
            if field and value and typed(value, field) is None:
                what = f"{name}: {value!r} is not a value of {field.name}"
                yield parsed.problem(what, "correct the value map", "DIPV1030")


def _supplied(line: Checked, constants: Lists) -> Iterator[Problem]:
    """What the map itself supplies fits the field it is written to."""
    parsed, text = line.parsed, line.parsed.supplied
    name = text[1:] if text and text.startswith("$") else ""
    if text is None:
        return
    if line.is_lookup:
        yield parsed.problem("a lookup takes no default", "give the default to the field it is read from")
    elif name and line.erp and line.dataverse:
        remedy = "write the value itself, or a line of its own: Field << - default $name"
        yield parsed.problem("a constant by company has no source", remedy)
    elif name and name not in constants:
        yield parsed.problem(f"{text!r} is not listed under constants:", "list it, by company")
    else:
        given = constants[name].values() if name else (text,)
        for field in line.targets:
            faults = (_unfit(value, field) for value in given if value)
            yield from (parsed.problem(fault, "correct the value") for fault in faults if fault)


def _unfit(value: str, field: Field) -> str:
    """Why a field does not take a value; empty if it does."""
    canonical = typed(value, field)
    if canonical is None:
        return f"{value!r} is not a {field.type} that {field.name} takes"
    try:
        conversion(None, field, field.name)(canonical)
    except FieldError as refused:
        return f"{value!r}: {refused}"
    return ""


def _options(line: Checked) -> Iterator[Problem]:
    parsed, options = line.parsed, line.parsed.options
    for word, what in (("deferred", "deferred"), ("missing", "missing")):
        if word in options and not line.is_lookup:
            yield parsed.problem(f"only a lookup can be {what}", "drop the option")
    if not (line.erp and line.dataverse):
        idle = [
            word
            for word in ("create", "update", "blank", "conflict", "assigned", "together", "zone")
            if word in options
        ]
        if idle:
            what = f"{', '.join(idle)} means nothing to a constant"
            yield parsed.problem(what, "drop it; for new records only write initial instead of default")
        if "enforced" in options:
            yield from _enforced(line)
        return
    if "enforced" in options:
        what, remedy = "only a constant can be enforced, and this line has a source", "let it flow one way: > or <"
        yield parsed.problem(what, remedy)
    if "assigned" in options and not line.erp.assigned:
        what = f"{line.erp.name} is not numbered by the ERP"
        yield parsed.problem(what, "drop the option, or correct the schema")
    given = options.get("blank", "clear")
    if given not in BLANKS and typed(given, line.erp) is None:
        remedy = "write clear, keep, or a value of the ERP that says nothing"
        yield parsed.problem(f"{given!r} is not a value of {line.erp.name}", remedy)
    yield from _zone(line, line.dataverse)
    if line.dataverse.name == OWNER and parsed.to_dataverse and "create" not in options:
        what = "assigning a row assigns what hangs on it, so an owner is given on create only"
        yield parsed.problem(what, "add the option create")
    yield from (parsed.problem(what, remedy) for words, what, remedy in _CONTRADICTIONS if words <= _words(parsed))


def _zone(line: Checked, column: Field) -> Iterator[Problem]:
    """A day that is held as a moment is another day elsewhere: the map says where."""
    name = line.parsed.options.get("zone")
    if name is None and column.local_day:
        what = f"{column.name} holds a day as midnight of whoever entered it, which is another day elsewhere"
        yield line.parsed.problem(what, "name the time zone of your users, such as: zone Europe/Vienna")
    elif name is not None and not column.local_day:
        what = f"{column.name} is not a day in the time of its users"
        yield line.parsed.problem(what, "drop the option, or correct the schema")
    elif name is not None and time_zone(name) is None:
        remedy = "write a name of the time zone database, such as Europe/Vienna"
        yield line.parsed.problem(f"there is no time zone {name!r}", remedy)


def _enforced(line: Checked) -> Iterator[Problem]:
    """A constant is kept only where a record that exists can be written."""
    if line.parsed.initial is not None:
        yield line.parsed.problem("is for new records only, and enforced", "write default instead of initial")
    for field in line.targets:
        if field.create_only:
            what = f"{field.name} is taken on create only, so that it cannot be enforced"
            yield line.parsed.problem(what, "drop the option")


_CONTRADICTIONS = (
    ({"create", "update"}, "is for create only and for update only", "keep the one that is meant"),
    ({"create", "deferred"}, "is for create only, and deferred until after it", "keep the one that is meant"),
    ({"update", "initial"}, "is for update only, and has a value for new records", "keep the one that is meant"),
    ({"blank keep", "default"}, "keeps out the blank that its default fills", "keep the one that is meant"),
)


def _words(parsed: ParsedLine) -> set[str]:
    words = {*parsed.options, *(f"{word} {given}" for word, given in parsed.options.items())}
    return words | ({"default"} if parsed.default else set()) | ({"initial"} if parsed.initial else set())
