"""Holds one line of a map against the schemas, the value maps and the constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.mapping._check_functions import bound
from shared.mapping._check_kinds import kind_findings
from shared.mapping._codes_given import by_default, by_list
from shared.mapping._computed import Bound
from shared.mapping._days import time_zone
from shared.mapping._flow_names import FlowNames
from shared.mapping._grammar import BLANKS, QUOTE, ParsedLine
from shared.mapping._lines import Lookup, convertible, typed, unfit
from shared.mapping._lookups import Reference, parse_reference
from shared.mapping._own_functions import Functions
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import NUMBERS, OWNER, TEXTS, Entity, Field, entity
from shared.mapping._value_lists import ValueList
from shared.mapping._wording import KINDS, alike, correct_value, correction, labelled, values_of

Lists = Mapping[str, ValueList]
Constants = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One line with its fields found."""

    parsed: ParsedLine
    erp: Field | None
    reference: Reference | None
    bound: Bound | None = None

    @property
    def dataverse(self) -> Field | None:
        return self.reference.column if self.reference else None

    @property
    def is_lookup(self) -> bool:
        if self.dataverse is None or self.reference is None:
            return False
        return self.dataverse.type == "lookup" or bool(self.reference.lookup.via)

    @property
    def is_option(self) -> bool:
        """True if another flow couples the options of the choice with records of the ERP."""
        return self.is_lookup and self.dataverse is not None and self.dataverse.type == "choice"

    @property
    def keys(self) -> list[tuple[Entity, Field]]:
        """The columns that hold the codes of a lookup, each with its table."""
        found: list[tuple[Entity, Field]] = []
        for path in self.reference.lookup.paths if self.reference else ():
            table = entity("dataverse", path.table)
            for hop in path.hops:
                table = entity("dataverse", next(iter(table.fields[hop].targets)))
            found.append((table, table.fields[path.key]))
        return found

    @property
    def targets(self) -> list[Field]:
        """The fields that the line writes."""
        flows = ((self.parsed.to_dataverse, self.dataverse), (self.parsed.to_erp, self.erp))
        return [field for to, field in flows if to and field]


def findings(
    parsed: ParsedLine,
    erp: Entity,
    dataverse: Entity,
    values: Lists,
    constants: Constants,
    flows: FlowNames,
    functions: Functions,
) -> tuple[Checked | None, list[Problem]]:
    """The line with its fields, if it is sound, and what is wrong with it."""
    problems: list[Problem] = []
    left = erp.find(parsed.erp) if parsed.erp else None
    if parsed.erp and left is None:
        what, remedy = f"{erp.name} has no field {parsed.erp!r}", correction(parsed.erp, erp.fields)
        problems.append(parsed.problem(what, remedy, "DIPV1022"))
    reference: Reference | None = None
    try:
        via = tuple(map(flows.full, parsed.flows))
        reference = parse_reference(parsed.dataverse, via, dataverse) if parsed.dataverse else None
    except Fault as fault:
        problems.append(fault.at(parsed.file, parsed.number, parsed.name))
    if len(problems) > 1 and (right := _swapped(parsed, erp, dataverse)):
        problems = [parsed.problem("the ERP field stands right of the symbol", f"write {right}", "DIPV1022")]
    if problems:
        return None, problems
    line = Checked(parsed, left, reference)
    if parsed.call is not None and not (problems := [*_direction(line)]):
        try:
            line = _with_function(line, bound(parsed, (erp, dataverse), left, line.dataverse, functions))
        except Fault as fault:
            problems = [fault.at(parsed.file, parsed.number, parsed.name)]
    line = _code_given(line, erp, values)
    if not problems:
        problems = [
            *_direction(line),
            *(kind_findings(line.parsed, line.erp, line.dataverse) or _transform(line, values)),
            *_supplied(line, constants),
            *_options(line),
            *_update_only(line),
        ]
    return None if problems else line, problems


def _with_function(line: Checked, found: Bound) -> Checked:
    """The line with its function; where it has no source, what the function computes stands there."""
    own = Reference(found.field, Lookup(()))
    return Checked(line.parsed, line.erp or found.field, line.reference or own, found)


def _code_given(line: Checked, erp: Entity, values: Lists) -> Checked:
    """A line to a lookup of Dataverse whose code is no field of the ERP as it is: with what gives the code."""
    parsed = line.parsed
    if not line.is_lookup or parsed.symbol != ">>":
        return line
    if not parsed.erp and parsed.default is not None:
        parsed, found = by_default(parsed, erp)
    elif line.erp is not None and parsed.values in values and not values[parsed.values].faults:
        parsed, found = by_list(parsed, line.erp, values[parsed.values])
    else:
        return line
    return Checked(parsed, found.field, line.reference, found)


def _swapped(parsed: ParsedLine, erp: Entity, dataverse: Entity) -> str:
    """The line the right way round, if its sides were confused; empty if they were not."""
    column, _, key = parsed.dataverse.partition(".")
    left, right = dataverse.find(parsed.erp.partition(".")[0]), erp.find(column)
    symbol = parsed.symbol if parsed.symbol in {"=", "><"} else parsed.symbol.translate(str.maketrans("<>", "><"))
    return f"{right.name} {symbol} {parsed.erp}" if left and right and not key else ""


def _direction(line: Checked) -> Iterator[Problem]:
    parsed = line.parsed
    supplied = parsed.supplied is not None or parsed.call is not None
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
    if line.bound is not None:
        return
    if parsed.values and line.is_lookup:
        yield parsed.problem("a lookup takes no value map", "drop it, or write >>: only the way to Dataverse takes one")
    elif parsed.values and parsed.values not in values:
        near = alike(parsed.values, values)
        remedy = f"write {near}" if near else f"list it under values:, or use one of {', '.join(values)}"
        yield parsed.problem(f"no value map {parsed.values!r}", QUOTE if parsed.supplied is not None else remedy)
    elif parsed.values:
        return  # its entries are held against the fields where they stand
    elif parsed.symbol == "><":
        remedy = _list_needed(line, values) if _has_list(line.erp) or _has_list(line.dataverse) else "use ="
        yield parsed.problem(">< needs a value map", remedy)
    elif erp and line.keys:
        yield from _keys(line, erp)
    elif erp and parsed.via and (erp.type == "guid" or (line.is_option and erp.type in TEXTS)):
        return
    elif erp and dataverse:
        pairs = ((parsed.to_dataverse, erp, dataverse), (parsed.to_erp, dataverse, erp))
        if any(flows and not convertible(source, target) for flows, source, target in pairs):
            what = f"{erp.name} is {KINDS[erp.type]}, {dataverse.name} is {KINDS[dataverse.type]}"
            yield parsed.problem(what, _unlike(line, erp, dataverse, values), "DIPV1030")


def _keys(line: Checked, erp: Field) -> Iterator[Problem]:
    """Keys of a lookup that cannot hold the ERP's code."""
    for table, key in line.keys:
        pairs = ((line.parsed.to_dataverse, erp, key), (line.parsed.to_erp, key, erp))
        is_other = key.type == "lookup" or (key.type == "guid") != (erp.type == "guid")
        if is_other or any(flows and not convertible(source, target) for flows, source, target in pairs):
            what = f"{erp.name} is {KINDS[erp.type]}, {table.name}.{key.name} is {KINDS[key.type]}"
            remedy = f"name the column of {table.name} that holds the code of {erp.name}"
            yield line.parsed.problem(what, remedy, "DIPV1030")


def _has_list(field: Field | None) -> bool:
    return field is not None and field.type in {"enum", "choice", "bool"}


def _unlike(line: Checked, erp: Field, dataverse: Field, values: Lists) -> str:
    """What to do about fields whose types differ."""
    if _has_list(erp) or _has_list(dataverse):
        return _list_needed(line, values)
    whole, other = (erp, dataverse) if erp.type == "int" else (dataverse, erp)
    if whole.type == "int" and other.type in NUMBERS:
        way = f"{erp.name} {'>' if whole is erp else '<'} {dataverse.name}"
        start = f"write {way}, or " if line.parsed.symbol == "=" else ""
        return f"{start}map {other.name} to a field with decimals: {whole.name} would lose them"
    if {erp.type, dataverse.type} & TEXTS and {erp.type, dataverse.type} & NUMBERS:
        return _as_text(line.parsed, erp, dataverse)
    return "map fields of like types"


def _as_text(parsed: ParsedLine, erp: Field, dataverse: Field) -> str:
    """The line with the function that turns a number into a text, or a text into a number."""
    source, target = (erp, dataverse) if parsed.to_dataverse else (dataverse, erp)
    into, number = ("to", target) if source.type in TEXTS else ("from", source)
    kind = "whole" if number.type == "int" else "decimal"
    symbol = {"=": "><", ">": ">>", "<": "<<"}.get(parsed.symbol, parsed.symbol)
    return f"write {parsed.erp} {symbol} {parsed.dataverse} fn {into}_{kind}"


def _list_needed(line: Checked, values: Lists) -> str:
    """The line with a value map that fits, or what a new one lists."""
    parsed, erp, dataverse = line.parsed, line.erp, line.dataverse
    symbol = {"=": "><", ">": ">>", "<": "<<"}.get(parsed.symbol, parsed.symbol)
    start = f"{parsed.erp} {symbol} {parsed.dataverse}"
    if erp is None or dataverse is None:
        return "name a value map from values:"
    fits = [name for name, given in values.items() if _fits(given, erp, dataverse)]
    if fits:
        return f"write {start} {fits[0]}"
    pairs = {member: labelled(member, dataverse) for member in erp.members}
    if pairs and all(pairs.values()):
        whole = ", ".join(f"{member}: {value}" for member, value in pairs.items())
        return f"write {start} my_list, and values: {{my_list: {{{whole}}}}}"
    sides = "; ".join(f"{field.name} takes {values_of(field)}" for field in (erp, dataverse) if values_of(field))
    return f"list the values under values: my_list: {{ERP value: Dataverse value}}, and write {start} my_list; {sides}"


def _fits(given: ValueList, erp: Field, dataverse: Field) -> bool:
    """True if a value map covers both fields wherever they have lists of values."""
    members, values = ([value for value, _ in given.given(erp=side)] for side in (True, False))
    covered = all(each.lower() in {member.lower() for member in members} for each in erp.members)
    sides = ((erp, members), (dataverse, values))
    known = all(typed(value, field) is not None for field, named in sides for value in named)
    return bool(members) and covered and known


def _supplied(line: Checked, constants: Constants) -> Iterator[Problem]:
    """What the map itself supplies fits the field it is written to."""
    parsed, name = line.parsed, line.parsed.constant
    if parsed.supplied is None:
        return
    if line.is_option:
        yield parsed.problem("an option that a flow couples takes no default", "drop it, or name a value map")
    elif line.is_lookup and (parsed.default is None or not line.erp):
        remedy = "write default: the row that it names is looked up when a record is created"
        yield parsed.problem("a lookup takes a default, and no value for new records only", remedy)
    elif line.is_lookup and line.reference and any(path.hops for path in line.reference.lookup.paths):
        yield parsed.problem("a lookup over another row takes no default", "give it to the lookup of that row")
    elif name and name not in constants:
        yield parsed.problem(f"{parsed.supplied!r} is not listed under constants:", "list it, by company")
    else:
        given = parsed.given(constants).values()
        for field in _supplied_to(line):
            faults = (unfit(value, field) for value in given if value)
            remedy = correct_value(field, "correct the value")
            yield from (parsed.problem(fault, remedy) for fault in faults if fault)


def _supplied_to(line: Checked) -> list[Field]:
    """The fields whose values the map writes out: the ERP's where that is a code, or carried over by a list."""
    if line.is_lookup and line.erp:
        return [line.erp]
    return line.targets[-1:] if line.parsed.values else line.targets


def _options(line: Checked) -> Iterator[Problem]:
    parsed, options = line.parsed, line.parsed.options
    for word, what in (("deferred", "deferred"), ("missing", "missing"), ("within", "within others")):
        if word in options and not line.is_lookup:
            yield parsed.problem(f"only a lookup can be {what}", "drop the option")
    if not (line.erp and line.dataverse):
        idle = [word for word in _NOT_OF_CONSTANTS if word in options]
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
    yield from _compared(line, line.erp, line.dataverse)
    if line.dataverse.name == OWNER and parsed.to_dataverse and "create" not in options:
        what = "assigning a row assigns what hangs on it, so an owner is given on create only"
        yield parsed.problem(what, "add the option create")
    yield from (parsed.problem(what, remedy) for words, what, remedy in _CONTRADICTIONS if words <= _words(parsed))


def _compared(line: Checked, erp: Field, dataverse: Field) -> Iterator[Problem]:
    """Whatever is left out of account has to be of no account: that of a text which is carried over as it is."""
    parsed = line.parsed
    if "as" not in parsed.options:
        return
    word = f"as {parsed.options['as']}"
    if parsed.values or parsed.call:
        what = f"{'a value map' if parsed.values else 'a function'} says what it means, and nothing is compared {word}"
        yield parsed.problem(what, "drop the option as")
    elif other := next((each for each in (erp, dataverse) if each.type not in {"text", "memo"}), None):
        kind = "a code, whose letter case does not count anyway" if other.type == "code" else KINDS[other.type]
        yield parsed.problem(f"only texts are compared {word}, and {other.name} is {kind}", "drop the option as")


def _update_only(line: Checked) -> Iterator[Problem]:
    """What Dataverse refuses on create takes a write of its own, once the row is there."""
    column, parsed = line.dataverse, line.parsed
    if column is None or not (column.update_only and parsed.to_dataverse) or "update" in parsed.options:
        return
    fits = "add the option update: it is then written to rows that are there already"
    remedy = fits if line.erp else "drop the line: a constant is given on create"
    yield parsed.problem(f"Dataverse refuses {column.name} on create", remedy)


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


_NOT_OF_CONSTANTS: Final = (
    "create", "update", "blank", "conflict", "master", "assigned", "together", "zone", "as", "match",
    "private",
)  # fmt: skip
_CONTRADICTIONS = (
    ({"create", "update"}, "is for create only and for update only", "keep the one that is meant"),
    ({"create", "deferred"}, "is for create only, and deferred until after it", "keep the one that is meant"),
    ({"update", "initial"}, "is for update only, and has a value for new records", "keep the one that is meant"),
    ({"blank keep", "default"}, "keeps out the blank that its default fills", "keep the one that is meant"),
    *(
        ({"match", word}, f"only serves to find a partner, and says {word}", "keep the one that is meant")
        for word in ("create", "update", "deferred", "default", "initial", "assigned", "conflict", "master", "together")
    ),
)


def _words(parsed: ParsedLine) -> set[str]:
    words = {*parsed.options, *(f"{word} {given}" for word, given in parsed.options.items())}
    return words | ({"default"} if parsed.default else set()) | ({"initial"} if parsed.initial else set())
