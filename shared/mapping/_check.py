"""Holds a draft map against the schemas and itself. Reports everything at once, with the documented DIPV codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.errors import Refused
from shared.mapping._grammar import ParsedLine
from shared.mapping._lines import convertible, typed
from shared.mapping._lookups import Reference, parse_reference
from shared.mapping._merge import Draft, shared_values
from shared.mapping._problems import Problem
from shared.mapping._schema import Entity, Field, entity, known_entities
from shared.mapping._scopes import compile_scope

MODIFIED = ("modifiedon", "ModifiedDateTime", "lastModifiedDateTime")


@dataclass(frozen=True, slots=True)
class Checked:
    """One line with its fields found."""

    parsed: ParsedLine
    erp: Field | None
    reference: Reference | None

    @property
    def dataverse(self) -> Field | None:
        return self.reference.column if self.reference else None


class Check:
    """All findings about one draft. After `run`, `lines` holds the lines that are sound."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.head = draft.head
        self.values: Mapping[str, Mapping[str, str]] = {**shared_values(), **draft.head.values}
        self.problems: list[Problem] = []
        self.lines: list[Checked] = []
        self.erp: Entity | None = None
        self.dataverse: Entity | None = None

    def run(self) -> None:
        self.erp = self._entity(self.head.erp.system, self.head.erp.entity, "DIPV1018", "erp", "entity")
        self.dataverse = self._entity("dataverse", self.head.dataverse.table, "DIPV1020", "dataverse", "table")
        if self.erp is None or self.dataverse is None:
            return
        for parsed in self.draft.lines:
            found = list(self._line(parsed, self.erp, self.dataverse))
            self.problems.extend(found)
        self.problems.extend(self._identity(self.erp))
        self.problems.extend(self._match())
        self.problems.extend(self._company(self.erp, self.dataverse))
        self.problems.extend(self._scope("erp", self.head.erp.scope, self.erp))
        self.problems.extend(self._scope("dataverse", self.head.dataverse.scope, self.dataverse))
        self.problems.extend(self._targets())
        self.problems.extend(self._mandatory(self.erp))
        self.problems.extend(self._policies(self.erp, self.dataverse))

    def _entity(self, system: str, name: str, code: str, *place: str) -> Entity | None:
        if name in known_entities(system):
            return entity(system, name)
        what, known = f"{name!r} has no schema", ", ".join(known_entities(system)) or "none"
        remedy = f"add shared/mapping/schemas/{system}/{name}.json, or use one of: {known}"
        self.problems.append(self.draft.problem(*place, what=what, remedy=remedy, code=code))
        return None

    # -- one line

    def _line(self, parsed: ParsedLine, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        left = erp.find(parsed.erp) if parsed.erp else None
        reference: Reference | None = None
        if parsed.erp and left is None:
            yield _at(
                parsed,
                f"{erp.name} has no field {parsed.erp!r}",
                "correct the name or add it to the schema",
                "DIPV1022",
            )
        if parsed.dataverse:
            try:
                reference = parse_reference(parsed.dataverse, parsed.via, dataverse)
            except Refused as problem:
                what, _, remedy = str(problem).partition("; ")
                yield _at(parsed, what, remedy, "DIPV1027" if "." in parsed.dataverse else "DIPV1025")
        if (parsed.erp and left is None) or (parsed.dataverse and reference is None):
            return
        checked = Checked(parsed, left, reference)
        found = [*self._direction(checked), *self._transform(checked), *self._options(checked)]
        if not found:
            self.lines.append(checked)
        yield from found

    def _direction(self, line: Checked) -> Iterator[Problem]:
        parsed = line.parsed
        constant = parsed.default is not None or parsed.initial is not None
        if not parsed.erp and not parsed.dataverse:
            yield _at(parsed, "has no field on either side", "name the field to write")
        elif not parsed.erp and not (parsed.symbol == ">>" and constant):
            yield _at(parsed, "has no ERP field", "write - >> column default value, or name the field", "DIPV1021")
        elif not parsed.dataverse and not (parsed.symbol == "<<" and constant):
            yield _at(
                parsed, "has no Dataverse column", "write Field << - default value, or name the column", "DIPV1024"
            )
        for flows, field in ((parsed.to_dataverse, line.dataverse), (parsed.to_erp, line.erp)):
            if flows and field and field.read_only:
                yield _at(parsed, f"{field.name} is read-only", "let the line flow the other way only", "DIPV1011")
        paths = line.reference.lookup.paths if line.reference else ()
        if any(path.hops for path in paths) and parsed.to_dataverse:
            yield _at(parsed, "a lookup over several tables can only be read", "use < or <<", "DIPV1027")

    def _transform(self, line: Checked) -> Iterator[Problem]:
        parsed, erp, dataverse = line.parsed, line.erp, line.dataverse
        if parsed.values:
            yield from self._value_map(line)
        elif parsed.symbol == "><":
            yield _at(parsed, ">< needs a value map", "name one from values:, or use =")
        elif erp and dataverse:
            pairs = ((parsed.to_dataverse, erp, dataverse), (parsed.to_erp, dataverse, erp))
            if any(flows and not convertible(source, target) for flows, source, target in pairs):
                what = f"{erp.name} is {erp.type}, {dataverse.name} is {dataverse.type}"
                yield _at(parsed, what, "add a value map, or map fields of like types", "DIPV1030")
        constant = parsed.default if parsed.default is not None else parsed.initial
        if constant is not None and dataverse and dataverse.type == "lookup":
            yield _at(parsed, "a lookup takes no default", "give the default to the field it is read from")
        elif constant is not None:
            yield from self._constant(line, constant)

    def _constant(self, line: Checked, text: str) -> Iterator[Problem]:
        for flows, target in ((line.parsed.to_dataverse, line.dataverse), (line.parsed.to_erp, line.erp)):
            if not flows or target is None:
                continue
            if text.startswith("$") and text[1:] not in self.head.constants:
                yield _at(line.parsed, f"{text!r} is not listed under constants:", "list it, by company")
                continue
            given = self.head.constants[text[1:]].values() if text.startswith("$") else (text,)
            for value in given:
                if value and typed(value, target) is None:
                    yield _at(
                        line.parsed, f"{value!r} is not a {target.type} that {target.name} takes", "correct the value"
                    )

    def _value_map(self, line: Checked) -> Iterator[Problem]:
        name, parsed = line.parsed.values, line.parsed
        members = self.values.get(name)
        if members is None:
            yield _at(
                parsed, f"no value map {name!r}", f"list it under values:, or use one of {', '.join(self.values)}"
            )
            return
        targets = [value.lower() for value in members.values()]
        if parsed.to_erp and len(set(targets)) < len(targets):
            yield _at(
                parsed,
                f"{name} gives one Dataverse value to several members",
                "make it one-to-one, or use >>",
                "DIPV1029",
            )
        for field, given in ((line.erp, members), (line.dataverse, members.values())):
            for value in given:
                if field and value and typed(value, field) is None:
                    yield _at(
                        parsed, f"{name}: {value!r} is not a value of {field.name}", "correct the value map", "DIPV1030"
                    )

    def _options(self, line: Checked) -> Iterator[Problem]:
        parsed, options = line.parsed, line.parsed.options
        if "deferred" in options and not (line.reference and line.reference.lookup.paths):
            yield _at(parsed, "only a lookup can be deferred", "drop the option")
        if "missing" in options and line.reference is None:
            yield _at(parsed, "only a lookup can be missing", "drop the option")
        if options.get("assigned") == "erp" and line.erp and not line.erp.assigned:
            yield _at(parsed, f"{line.erp.name} is not numbered by the ERP", "drop the option, or correct the schema")
        if "create" in options and "update" in options:
            yield _at(parsed, "is for create only and for update only", "keep the one that is meant")

    # -- the map as a whole

    def _identity(self, erp: Entity) -> Iterator[Problem]:
        for name in (*self.head.erp.identity, *filter(None, [self.head.erp.second])):
            if erp.find(name) is None:
                remedy = "use the key of the entity: " + ", ".join(erp.key)
                yield self.draft.problem("erp", "identity", what=f"no field {name!r}", remedy=remedy, code="DIPV1014")
        company = self.head.company.erp if self.head.company else ""
        for name in self.head.erp.identity:
            lines = [line for line in self.lines if line.erp and line.erp.name == name]
            if name != company and not lines:
                what, remedy = f"identity field {name} is not mapped", "add a line for it"
                yield self.draft.problem("erp", "identity", what=what, remedy=remedy, code="DIPV1014")
            elif lines and self._two_way() and not any(line.parsed.to_erp for line in lines):
                what = f"identity field {name} does not flow to the ERP, other lines do"
                yield self.draft.problem("erp", "identity", what=what, remedy="map it with =", code="DIPV1004")

    def _match(self) -> Iterator[Problem]:
        if not self.head.match:
            remedy = "write match: [[field, ...]], the fields that find a partner"
            yield self.draft.problem("match", what="there is no match key", remedy=remedy, code="DIPV1003")
        for name in (name for group in self.head.match for name in group):
            lines = [line for line in self.lines if line.erp and line.erp.name == name and line.dataverse]
            if not lines:
                yield self.draft.problem("match", what=f"{name} is not mapped", remedy="map it", code="DIPV1014")
            elif self._two_way() and not any(line.parsed.to_dataverse and line.parsed.to_erp for line in lines):
                yield self.draft.problem("match", what=f"{name} flows one way", remedy="map it with =", code="DIPV1004")

    def _two_way(self) -> bool:
        return any(line.parsed.to_dataverse and line.parsed.to_erp for line in self.lines)

    def _company(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        striped = ("dataAreaId" in erp.fields, "msdyn_company" in dataverse.fields)
        if striped[0] != striped[1]:
            which = (f"{erp.name} is per company" if striped[0] else f"{erp.name} is global",
                     f"{dataverse.name} is per company" if striped[1] else f"{dataverse.name} is global")  # fmt: skip
            remedy = "map entities that are both per company or both global"
            yield self.draft.problem("company", what=" and ".join(which), remedy=remedy, code="DIPV1002")
        elif striped[0] and self.head.company is None:
            remedy = "write company: {erp: dataAreaId, dataverse: msdyn_company.cdm_companycode}"
            yield self.draft.problem("company", what="both sides are per company", remedy=remedy, code="DIPV1002")
        if self.head.company is not None:
            yield from self._company_columns(erp, dataverse)

    def _company_columns(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        assert self.head.company is not None
        if erp.find(self.head.company.erp) is None:
            what = f"{erp.name} has no field {self.head.company.erp!r}"
            yield self.draft.problem("company", "erp", what=what, remedy="correct the name", code="DIPV1022")
        try:
            parse_reference(self.head.company.dataverse, "", dataverse)
        except Refused as problem:
            what, _, remedy = str(problem).partition("; ")
            yield self.draft.problem("company", "dataverse", what=what, remedy=remedy, code="DIPV1015")

    def _scope(self, part: str, text: str, of: Entity) -> Iterator[Problem]:
        try:
            compile_scope(text, of)
        except Refused as problem:
            yield self.draft.problem(part, "scope", what=str(problem), remedy="correct the filter", code="DIPV1012")

    def _targets(self) -> Iterator[Problem]:
        """No field may be written by two lines."""
        seen: dict[tuple[str, str], ParsedLine] = {}
        for line in self.lines:
            for flows, target, code in (
                (line.parsed.to_dataverse, line.dataverse, "DIPV1026"),
                (line.parsed.to_erp, line.erp, "DIPV1023"),
            ):
                if not flows or target is None:
                    continue
                place = (code, target.name)
                if place in seen:
                    what = f"{target.name} is also written by line {seen[place].number}"
                    yield _at(line.parsed, what, "keep one of them, or switch one off", code)
                seen[place] = line.parsed

    def _mandatory(self, erp: Entity) -> Iterator[Problem]:
        if not any(line.parsed.to_erp for line in self.lines):
            return
        written = {line.erp.name for line in self.lines if line.erp and line.parsed.to_erp}
        for field in erp.fields.values():
            if field.required and field.name not in written:
                what, remedy = f"{erp.name} needs {field.name}", "map it, or give it a default"
                yield self.draft.problem("fields", what=what, remedy=remedy, code="DIPV1010")

    def _policies(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        latest = [line.parsed for line in self.lines if line.parsed.options.get("conflict") == "latest_wins"]
        if self.head.policy.conflict != "latest_wins" and not latest:
            return
        for side in (erp, dataverse):
            if not any(side.find(name) for name in MODIFIED):
                remedy = "use erp_wins, dataverse_wins or park"
                what = f"latest_wins cannot work: {side.name} has no modified time"
                yield self.draft.problem("policy", "conflict", what=what, remedy=remedy)


def _at(line: ParsedLine, what: str, remedy: str, code: str = "") -> Problem:
    return Problem(line.file, line.number, line.name, what, remedy, code)
