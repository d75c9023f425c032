"""Holds a draft map against the schemas and itself. Reports everything at once, with the documented DIPV codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from shared.mapping._by_company import overlap
from shared.mapping._check_authority import authority_findings
from shared.mapping._check_company import by_company_findings
from shared.mapping._check_continues import authority_finding, head_findings
from shared.mapping._check_functions import is_put_together, keys
from shared.mapping._check_lines import Checked, findings
from shared.mapping._check_lists import default_finding, list_findings
from shared.mapping._check_policies import latest, masters, together
from shared.mapping._check_private import private
from shared.mapping._check_whole import circle, identifies
from shared.mapping._check_within import within_findings
from shared.mapping._flow_map import FlowMap
from shared.mapping._flow_names import FlowNames
from shared.mapping._grammar import ParsedLine
from shared.mapping._lines import KeyPath
from shared.mapping._lookups import parse_reference
from shared.mapping._merge import Draft, merged_values
from shared.mapping._model import Company, Head, Side, written_by
from shared.mapping._own_functions import Functions
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import TEAMS, TEXTS, Entity, Field, entity, is_choice, known_entities
from shared.mapping._scope_parts import hangs_on_the_day, looks_into_other_rows, scope_findings
from shared.mapping._value_lists import ValueList
from shared.mapping._values import unknown_types
from shared.mapping._wakers import waker_of
from shared.mapping._wording import correction

PUT_TOGETHER = ("several fields are no match key and no name", "take it out of match and name, or map it as it is")


class Check:
    """All findings about one draft. After `run`, `lines` holds the sound lines that are on, `head` the schemas' names.

    switches: words that `if` options may name; a line behind another word is looked at, but is not in the map. before:
    the map that this one continues.
    """

    def __init__(
        self,
        draft: Draft,
        head: Head,
        switches: Collection[str],
        flows: FlowNames,
        functions: Functions,
        before: FlowMap | None = None,
    ) -> None:
        self.draft, self.head, self.switches, self.flows = draft, head, switches, flows
        self.functions, self.before = functions, before
        self.values: Mapping[str, ValueList] = merged_values(head.values)
        self.lines: list[Checked] = []
        self.broken = {_first(problem) for problem in draft.problems}
        self.erp: Entity | None = None
        self.dataverse: Entity | None = None

    def run(self) -> list[Problem]:
        """Everything that is wrong, but for what follows from entries that are faulty anyway."""
        problems: list[Problem] = []
        self.erp = self._entity(problems, self.head.erp.system, self.head.erp.entity, "DIPV1018", "erp", "entity")
        part = self.head.dataverse
        self.dataverse = self._entity(
            problems, "dataverse", part.name, "DIPV1020", "dataverse", "choice" if part.choice else "table"
        )
        if self.erp is not None and self.dataverse is not None:
            self.head = _spelt(self.head, self.erp)
            problems += self._lists()
            problems += [*self._all_lines(self.erp, self.dataverse), *self._whole(self.erp, self.dataverse)]
        problems = list(dict.fromkeys(problems))  # lines that share a list share what is wrong with it
        return [each for each in problems if each.field.partition(".")[0] not in self.draft.faulty]

    def _entity(self, problems: list[Problem], system: str, name: str, code: str, *place: str) -> Entity | None:
        if name in known_entities(system) or is_choice(system, name):
            found = entity(system, name)
            wrong = [self._unknown_type(found, *each, place) for each in unknown_types(found)]
            problems += wrong
            return None if wrong else found
        if place[-1] == "choice":
            what, remedy = f"{name!r} is no choice column", "write a table and its column: accounts.paymenttermscode"
            problems.append(self.draft.problem(*place, what=what, remedy=remedy, code=code))
            return None
        what, known = f"{name!r} has no schema", ", ".join(known_entities(system)) or "none"
        remedy = f"add shared/mapping/schemas/{system}/{name}.json, or use one of: {known}"
        problems.append(self.draft.problem(*place, what=what, remedy=remedy, code=code))
        return None

    def _unknown_type(self, found: Entity, field: Field, types: str, place: tuple[str, ...]) -> Problem:
        what = f"the schema says of {field.name} that it is {field.type!r}, which no field of {found.system} is"
        path = f"shared/mapping/schemas/{found.system}/{found.name}.json"
        return self.draft.problem(*place, what=what, remedy=f"write one of {types} in {path}")

    def _all_lines(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        for parsed in self.draft.lines:
            checked, found = findings(
                parsed, erp, dataverse, self.values, self.head.constants, self.flows, self.functions
            )
            yield from found
            self.broken |= {_first(problem) for problem in found}
            wrong = [*self._list(checked)] if checked else []
            yield from wrong
            if wrong:
                self.broken.add(parsed.erp.lower())
            elif checked is not None and parsed.options.get("if", "") in {"", *self.switches}:
                self.lines.append(checked)

    def _lists(self) -> Iterator[Problem]:
        """Value maps that cannot be read."""
        for name, given in self.values.items():
            yield from (self.draft.in_list(name, *each) for each in given.faults.items())

    def _list(self, line: Checked) -> Iterator[Problem]:
        """What is wrong with the value map of a line."""
        if name := line.parsed.values:
            found = [self.draft.in_list(name, *each) for each in list_findings(line, self.values[name])]
            yield from found or default_finding(line, self.values[name], self._supplied(line))

    def _supplied(self, line: Checked) -> Collection[str]:
        """What the map has for a line in place of a blank: a value, or one for each company."""
        return line.parsed.given(self.head.constants).values()

    # -- the map as a whole

    def _whole(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        return chain(
            self._identity(erp),
            chain.from_iterable(keys(line.parsed, line.erp, self.head) for line in self.lines),
            self._match(erp),
            self._for_match(),
            self._name(erp),
            self._company(erp, dataverse),
            scope_findings(self.draft.scopes.of("erp"), erp),
            scope_findings(self.draft.scopes.of("dataverse"), dataverse),
            self._aging(erp, dataverse),
            self._beside(),
            self._wakers(dataverse),
            authority_findings(self.draft, self.head.authority, erp, dataverse, None if self.before else self.lines),
            self._continued(),
            by_company_findings(self.lines, self.head),
            within_findings(self.lines),
            self._targets(),
            together(self.draft.mentions),
            self._circle(dataverse),
            self._switched_off(),
            self._rest(),
            self._mandatory(erp),
            self._directions(),
            masters(self.lines, self.head.erp.identity),
            private(self.lines, self.head),
            latest(self.draft, self.lines, (erp, dataverse), self.head.policy.conflict),
        )

    def _identity(self, erp: Entity) -> Iterator[Problem]:
        identity, company = self.head.erp.identity, self.head.company.erp if self.head.company else ""
        company_known = not company or erp.find(company) is not None
        remedy = "use the key of the entity: " + ", ".join(erp.key)
        unknown = [name for name in identity if erp.find(name) is None]
        for name in unknown:
            what = f"{erp.name} has no field {name!r}"
            yield self.draft.problem("erp", "identity", what=what, remedy=remedy, code="DIPV1014")
        if not unknown and erp.system == "finops" and identity != erp.key:
            what = f"{', '.join(identity)} is not the key of {erp.name}"
            yield self.draft.problem("erp", "identity", what=what, remedy=remedy, code="DIPV1014")
            return
        if self.head.erp.second and erp.find(self.head.erp.second) is None:
            what, remedy = self._no_field(self.head.erp.second, erp)
            remedy += "; second is another field that identifies the same record, and may be left out"
            yield self.draft.problem("erp", "second", what=what, remedy=remedy, code="DIPV1014")
        for name in identity:
            lines = [line for line in self.lines if line.erp and line.erp.name == name]
            if name != company and not lines and not _is_given(erp, name) and company_known and self._untold(name):
                what = f"identity field {name} is not mapped"
                yield self._unmapped(name, "erp", "identity", what=what, remedy="add a line for it", code="DIPV1014")
            elif lines and self._makes("erp") and not any(line.parsed.to_erp for line in lines):
                what = f"identity field {name} does not flow to the ERP, other lines do"
                yield self.draft.problem("erp", "identity", what=what, remedy="map it with =", code="DIPV1004")

    def _no_field(self, name: str, erp: Entity) -> tuple[str, str]:
        """What is said of a name in the head that the ERP's entity does not have, and the field that is meant."""
        written = [line.erp.name for line in self.lines if line.erp and line.dataverse and line.dataverse.name == name]
        if self.dataverse and self.dataverse.find(name):
            remedy = f"name the ERP field: {written[0]}" if written else f"name a field of {erp.name}"
            return f"{name} is a column of {self.dataverse.name}", remedy
        return f"{erp.name} has no field {name!r}", correction(name, erp.fields)

    def _untold(self, name: str) -> bool:
        """False if a line for the field is there, and what is wrong with it is said already."""
        striped = self.erp.company if self.erp else ""
        company = self.head.company is None and "company" in self.draft.faulty and name == striped
        return name.lower() not in self.broken and not company

    def _unmapped(self, name: str, *place: str, what: str, remedy: str, code: str) -> Problem:
        """A field without a line: said where the line is switched off, if one is."""
        off = next((line for line in self.draft.switched_off if line.erp.lower() == name.lower()), None)
        if off is None:
            return self.draft.problem(*place, what=what, remedy=remedy, code=code)
        return off.problem(f"is switched off, but {what}", "drop the option off, or map the field otherwise", code)

    def _match(self, erp: Entity) -> Iterator[Problem]:
        if not any(self.head.match):
            remedy = "write match: [[field, ...]], the fields that find a partner"
            yield self.draft.problem("match", what="there is no match key", remedy=remedy, code="DIPV1003")
        tells = {*self.head.erp.identity, self.head.erp.second} - {self.head.company.erp if self.head.company else ""}
        for group in self.head.match if any(self.head.match) else ():
            mapped = {line.erp.name for line in self.lines if line.erp and line.dataverse}
            if mapped >= {*group} and not identifies(group, self.lines, tells):
                what = f"{', '.join(group) or 'an empty group'} does not tell records apart: strangers would be coupled"
                remedy = f"name a field that does, such as {self.head.erp.identity[-1]}"
                yield self.draft.problem("match", what=what, remedy=remedy, code="DIPV1003")
        for name in (name for group in self.head.match for name in group):
            lines = [line for line in self.lines if line.erp and line.erp.name == name and line.dataverse]
            if erp.find(name) is None:
                what, remedy = self._no_field(name, erp)
                yield self.draft.problem("match", what=what, remedy=remedy, code="DIPV1014")
            elif not lines:
                if self._untold(name) and name not in self.head.erp.identity:
                    what = f"{name} is not mapped"
                    yield self._unmapped(name, "match", what=what, remedy="map it", code="DIPV1014")
            elif computed := [line.parsed for line in lines if is_put_together(line.parsed)]:
                yield computed[0].problem(*PUT_TOGETHER)
            elif (
                self._two_way()
                and not any(_is_given(erp, each) for each in self.head.erp.identity)
                and not any(line.parsed.to_dataverse and line.parsed.to_erp for line in lines)
            ):
                yield self.draft.problem("match", what=f"{name} flows one way", remedy="map it with =", code="DIPV1004")

    def _for_match(self) -> Iterator[Problem]:
        """A line that only serves to find a partner serves to find one."""
        named = {name for group in self.head.match for name in group}
        for line in self.lines:
            if "match" in line.parsed.options and line.erp and line.erp.name not in named:
                remedy = f"name {line.erp.name} in match, or drop the line"
                yield line.parsed.problem("only serves to find a partner, and is no match key", remedy)

    def _name(self, erp: Entity) -> Iterator[Problem]:
        for name in self.head.name:
            lines = [line for line in self.lines if line.erp and line.erp.name == name and line.dataverse]
            if erp.find(name) is None:
                what, remedy = self._no_field(name, erp)
                yield self.draft.problem("name", what=what, remedy=remedy, code="DIPV1014")
            elif not lines:
                what, remedy = (
                    f"{name} is not mapped",
                    "map it, or write name: [] if no line says what a record is called",
                )
                yield self.draft.problem("name", what=what, remedy=remedy, code="DIPV1014")
            elif computed := [line.parsed for line in lines if is_put_together(line.parsed)]:
                yield computed[0].problem(*PUT_TOGETHER)
            elif any(field and field.type not in TEXTS for line in lines for field in (line.erp, line.dataverse)):
                yield self.draft.problem("name", what=f"{name} is no text", remedy="name a text on both sides")

    def _targets_of_lines(self) -> frozenset[Side]:
        return written_by(line.parsed for line in self.lines if line.erp and line.dataverse)

    def _makes(self, side: Side) -> bool:
        """True if the map makes records on a side that its lines write."""
        targets = self._targets_of_lines()
        return side in targets & self.head.policy.creating(targets)

    def _two_way(self) -> bool:
        return any(line.parsed.to_dataverse and line.parsed.to_erp for line in self.lines)

    def _company(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        written = self.head.company
        if bool(erp.company) != bool(dataverse.company) and (written is None or not erp.company):
            which = [f"{each.name} is {'per company' if each.company else 'global'}" for each in (erp, dataverse)]
            remedy = "map entities that are both per company or both global"
            if erp.company:
                remedy += f", or write company: {{erp: {erp.company}}}: one company, which a setting of the suite names"
            yield self.draft.problem("company", what=" and ".join(which), remedy=remedy, code="DIPV1002")
        elif written is None and erp.company:
            remedy = f"write company: {{erp: {erp.company}, dataverse: {dataverse.company}}}"
            yield self.draft.problem("company", what="both sides are per company", remedy=remedy, code="DIPV1002")
        if written is not None:
            yield from self._company_columns(written, erp, dataverse)

    def _company_columns(self, company: Company, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        if erp.find(company.erp) is None:
            what, remedy = self._no_field(company.erp, erp)
            yield self.draft.problem("company", "erp", what=what, remedy=remedy, code="DIPV1022")
        path: KeyPath | None = None
        if company.dataverse:
            try:
                path = self._company_path(company.dataverse, dataverse)
            except Fault as fault:
                yield self.draft.problem("company", "dataverse", what=fault.what, remedy=fault.remedy, code="DIPV1015")
                return
        if company.team and (path is None or not _points_to_teams(path.table, company.team)):
            what = f"{path.table}.{company.team} points to no team" if path else "a company without a row has no team"
            remedy = "name the lookup of the company's row to the team that new rows are to belong to, or leave it out"
            yield self.draft.problem("company", "team", what=what, remedy=remedy, code="DIPV1015")

    def _company_path(self, column: str, dataverse: Entity) -> KeyPath | None:
        """How the lookup to a row's company is resolved; None for a text that is its code. Raises Fault for neither."""
        reference = parse_reference(column, (), dataverse)
        paths, kind = reference.lookup.paths, reference.column.type
        if (len(paths) != 1 or paths[0].hops) and kind not in {"text", "code"}:
            example = dataverse.company or "lookup.key"
            remedy = f"write {example}, a text column that holds the ERP's code, or no column for one company alone"
            raise Fault(f"{column} is neither a lookup by one key nor a text", remedy)
        return paths[0] if paths else None

    def _aging(self, erp: Entity, dataverse: Entity) -> Iterator[Problem]:
        """Time alone deletes nothing, nor does an edit of another row."""
        found: list[str] = []
        for part, of in (("erp", erp), ("dataverse", dataverse)) if self.head.policy.leaves == "delete" else ():
            pieces = self.draft.scopes.of(part)
            if any(hangs_on_the_day(each, of) for each in pieces):
                found.append(f"the scope of {of.name} hangs on the day: records would be deleted because time passes")
            if any(looks_into_other_rows(each, of) for each in pieces):
                what = "looks into other rows: records would be deleted because one of those was edited"
                found.append(f"the scope of {of.name} {what}")
        for what in found:
            yield self.draft.problem("policy", "leaves", what=what, remedy="write leaves: keep, or leaves: uncouple")

    def _beside(self) -> Iterator[Problem]:
        """Flows that the head names are there."""
        lists = {"after": self.head.after, "needs": self.head.needs}
        named = [("hands_over_to", self.head.hands_over_to)]
        named += [(place, name) for place, names in lists.items() for name in names]
        for place, name in named:
            try:
                _ = name and self.flows.other(name)
            except Fault as fault:
                yield self.draft.problem(place, what=fault.what, remedy=fault.remedy)

    def _continued(self) -> Iterator[Problem]:
        """A map that continues another says what differs, and whose a record is."""
        if self.before is not None:
            yield from head_findings(self.draft, self.before)
            yield from authority_finding(self.draft, self.head.authority)

    def _wakers(self, dataverse: Entity) -> Iterator[Problem]:
        """Tables that wake the flow are there, and point to its records."""
        seen: set[str] = set()
        for place, written in enumerate(self.head.woken_by):
            try:
                name = waker_of(written, dataverse).name
            except Fault as fault:
                yield self.draft.problem("woken_by", str(place), what=fault.what, remedy=fault.remedy)
                continue
            if name in seen:
                yield self.draft.problem("woken_by", str(place), what=f"{name} stands twice", remedy="write it once")
            seen.add(name)

    def _targets(self) -> Iterator[Problem]:
        """No field may be written by two lines."""
        seen: dict[tuple[str, str], list[ParsedLine]] = {}
        for line in self.lines:
            for flows, target, code in (
                (line.parsed.to_dataverse, line.dataverse, "DIPV1026"),
                (line.parsed.to_erp, line.erp, "DIPV1023"),
            ):
                if not flows or target is None:
                    continue
                others = seen.setdefault((code, target.name), [])
                first = next((each for each in others if overlap(each, line.parsed)), None)
                others.append(line.parsed)
                if first is not None:
                    where = "" if first.file == line.parsed.file else f" of {first.file}"
                    what = f"{target.name} is also written by line {first.number}{where}"
                    yield line.parsed.problem(what, "keep one of them, or switch one off", code)

    def _circle(self, dataverse: Entity) -> Iterator[Problem]:
        """Two records that name each other would wait for each other for ever, unless one lookup is filled later."""
        for line in self.lines:
            if not line.parsed.waits or line.reference is None or not line.erp:
                continue
            lookup = line.reference.lookup
            own = any(
                each.table == dataverse.name and not each.hops and self._is_code(each.key) for each in lookup.paths
            )
            if own or self.draft.name in lookup.via:
                what = "refers to records of the same flow: two that name each other would wait for ever"
                yield line.parsed.problem(what, "add the option deferred: it is filled once both are there")

    def _switched_off(self) -> Iterator[Problem]:
        """Where a map is not there nobody couples what a lookup by its couplings means."""
        for line in self.lines:
            for via in line.reference.lookup.via if line.reference and self.flows.known is not None else ():
                if word := self.flows.off(via):
                    what = f"{via} is off: whatever names one of its records would wait for ever"
                    remedy = f"add {word} to MAP_SWITCHES, or give the line the option: if {word}"
                    yield line.parsed.problem(what, remedy)

    def _rest(self) -> Iterator[Problem]:
        """No value goes round for ever."""
        if lines := circle(self.lines):
            names = "; ".join(line.parsed.name for line in lines)
            what = f"a value would go round in a circle for ever: {names}"
            yield lines[-1].parsed.problem(what, "take one of these lines out, or map two fields both ways with =")

    def _is_code(self, column: str) -> bool:
        """True if a column alone, with the company, tells which record of the flow a row is."""
        company = self.head.company.erp if self.head.company else ""
        rest = [name for name in self.head.erp.identity if name != company]
        held = [line.erp.name for line in self.lines if line.erp and line.dataverse and line.dataverse.name == column]
        return len(rest) == 1 and rest[0] in held

    def _mandatory(self, erp: Entity) -> Iterator[Problem]:
        if not self._makes("erp"):
            return
        everywhere = (line for line in self.lines if not line.parsed.companies)
        written = {line.erp.name for line in everywhere if line.erp and line.parsed.to_erp}
        for field in erp.fields.values():
            needed = field.required and not field.defaulted and written.isdisjoint({field.name, *field.made_of})
            if needed and self._untold(field.name):
                what, remedy = f"{erp.name} needs {field.name}", "map it, or give it a default"
                yield self._unmapped(field.name, "fields", what=what, remedy=remedy, code="DIPV1010")

    def _directions(self) -> Iterator[Problem]:
        """What policies would make where no line writes, or where the map makes nothing."""
        names: dict[Side, str] = {"erp": "the ERP", "dataverse": "Dataverse"}
        targets = self._targets_of_lines()
        creates = self.head.policy.creating(targets)
        for side in sorted(creates - targets):
            what = f"no line writes {names[side]}: what is created there would be empty"
            remedy = "leave that side out of creates, or give it a line that writes it"
            yield self.draft.problem("policy", "creates", what=what, remedy=remedy)
        for side in sorted(names.keys() - creates):
            if self.head.policy.delete.on(side) == "restore":
                what = f"restore creates again in {names[side]}, where the map creates nothing"
                remedy = "use uncouple or park for that side, or allow it with creates"
                yield self.draft.problem("policy", "delete", side, what=what, remedy=remedy)


def _is_given(erp: Entity, name: str) -> bool:
    """True of an id that the ERP gives to its records itself: no line is about it, and match keys need not be one."""
    field = erp.find(name)
    return field is not None and field.is_given


def _first(problem: Problem) -> str:
    """The ERP field of the line that a finding is about, in small letters."""
    return re.split(r"[\s=<>]", problem.field, maxsplit=1)[0].lower()


def _points_to_teams(table: str, column: str) -> bool:
    found = entity("dataverse", table).find(column)
    return found is not None and TEAMS in found.targets


def _spelt(head: Head, erp: Entity) -> Head:
    """The head with the ERP's fields spelt as in the schema."""

    def names(given: Iterable[str]) -> tuple[str, ...]:
        return tuple(found.name if (found := erp.find(name)) else name for name in given)

    part = head.erp.model_copy(
        update={"identity": names(head.erp.identity), "second": "".join(names([head.erp.second]))}
    )
    company = head.company and head.company.model_copy(update={"erp": "".join(names([head.company.erp]))})
    match = tuple(names(group) for group in head.match)
    return head.model_copy(update={"erp": part, "company": company, "match": match, "name": names(head.name)})
