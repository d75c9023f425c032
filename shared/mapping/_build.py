"""Builds a flow's map from its files: parse, merge, check, compile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from shared.errors import MapError
from shared.mapping._by_company import Local
from shared.mapping._check import Check
from shared.mapping._check_continues import alone, line_findings
from shared.mapping._check_lines import Checked
from shared.mapping._check_within import narrowed
from shared.mapping._computed import Bound, Computed, filled_up
from shared.mapping._continues import in_common, joined
from shared.mapping._days import local_days, time_zone
from shared.mapping._defaults import begins, both_sides, fills, where_zero_counts
from shared.mapping._document import Document
from shared.mapping._fingerprints import PLAIN, ROOT, SIZE, Printer
from shared.mapping._flow_map import (
    DATAVERSE,
    ERP,
    SIDES,
    CompanyColumns,
    FlowMap,
    SideMap,
    field_reader,
    field_writer,
)
from shared.mapping._flow_names import FlowNames
from shared.mapping._fold import fold
from shared.mapping._grammar import BLANKS, ParsedLine
from shared.mapping._lines import Constant, Convert, Line, conversion, filled, then, typed
from shared.mapping._lookups import parse_reference
from shared.mapping._merge import Draft, draft
from shared.mapping._model import Side
from shared.mapping._own_functions import Functions, Own
from shared.mapping._projection import compiled
from shared.mapping._schema import MODIFIED, UNIT, Entity, Field, entity
from shared.mapping._scopes import Scope, compile_scope
from shared.mapping._several import SEPARATOR, Several
from shared.mapping._value_lists import ValueMap, value_map
from shared.mapping._values import ABSENT, Reader, key_reader
from shared.mapping._wakers import waker_of

ALWAYS_READ = {ERP: (), DATAVERSE: ("statecode", "merged", "masterid")}


def build_map(
    name: str,
    documents: Sequence[Document],
    switches: Collection[str] = (),
    flows: Collection[str] | None = None,
    own: Own = dict,
    off: Callable[[str], str] = lambda _name: "",
    then: Continuing | None = None,
    printer: Printer = PLAIN,
) -> FlowMap:
    """The map of a flow from its base file and overlays, in order.

    `switches` are the words that `if` options may name, `flows` the full names of all flows: without them, the flows
    that the map names are taken on trust. `own` loads the functions beside the shipped ones. `off` tells the word that
    keeps a flow's map from being there. `then` is the map that continues it. `printer` makes the fingerprints of its
    records. Raises MapError with every problem found.
    """
    written = draft(name, documents, switches)
    found = _built(written, switches, FlowNames(name, flows, off), Functions(own), printer)
    if then is None:
        return found
    more = draft(then.name, then.documents, switches, in_common(written.data))
    names = FlowNames(then.name, None if flows is None else {*flows, then.name}, off)
    after = _built(more, switches, names, Functions(then.own), printer, found)
    if problems := [*line_findings(more, found, after)]:
        raise MapError(problems)
    return joined(found, after)


@dataclass(frozen=True, slots=True)
class Continuing:
    """A map that continues another: its name, its files, and the functions that it may name."""

    name: str
    documents: Sequence[Document]
    own: Own = dict


def _built(
    written: Draft,
    switches: Collection[str],
    flows: FlowNames,
    functions: Functions,
    printer: Printer,
    before: FlowMap | None = None,
) -> FlowMap:
    """A map from what is written. before: the map that it continues, if it does. Raises MapError."""
    if before is None and isinstance(target := written.data.get("continues"), str):
        raise MapError([alone(written, target, flows)])
    if written.head is None:
        raise MapError(list(written.problems))
    check = Check(written, written.head, switches, flows, functions, before)
    problems = [*written.problems, *check.run()]
    if problems or check.erp is None or check.dataverse is None:
        raise MapError(problems)
    return _Builder(written, check, check.erp, check.dataverse, printer).flow_map()


class _Builder:
    def __init__(self, written: Draft, check: Check, erp: Entity, dataverse: Entity, printer: Printer) -> None:
        self.name, self.head = written.name, check.head
        self.files = tuple(document.file for document in written.documents)
        self.deeds = written.deeds
        self.values, self.flows, self.printer = check.values, check.flows, printer
        self.erp, self.dataverse = erp, dataverse
        self.checked = [line for line in check.lines if line.erp and line.dataverse]
        self.sourceless = [line for line in check.lines if not (line.erp and line.dataverse)]
        self.keys = {*self.head.erp.identity, *(name for group in self.head.match for name in group)}

    def flow_map(self) -> FlowMap:
        lines = tuple(self._line(index, line) for index, line in enumerate(self.checked))
        company = self._company()
        return FlowMap(
            name=self.name,
            erp=self._side(ERP, lines, company),
            dataverse=self._side(DATAVERSE, lines, company),
            identity=self.head.erp.identity,
            second=self.erp.find(self.head.erp.second) if self.head.erp.second else None,
            company=company,
            match=tuple(tuple(_of(lines, name) for name in group) for group in self.head.match),
            called=tuple(_of(lines, name) for name in self.head.name),
            policy=self.head.policy,
            lines=lines,
            review=self.head.review,
            hands_over_to=self.head.hands_over_to and self.flows.full(self.head.hands_over_to),
            after=tuple(map(self.flows.full, self.head.after)),
            woken_by=tuple(waker_of(each, self.dataverse) for each in self.head.woken_by),
            needs=tuple(map(self.flows.full, self.head.needs)),
            files=self.files,
            deeds=tuple(self.deeds),
            fingerprint=self._fingerprint(),
            identity_readers=tuple(_key(_known(self.erp, name)) for name in self.head.erp.identity),
            printer=self.printer,
        ).over(lines)

    def _fingerprint(self) -> str:
        left_out: dict[str, Any] = {"only_if": True, "woken_by": True, "continues": True, "review": True}
        left_out |= {"authority": True} if self.head.authority is None else {}
        left_out |= {} if self.head.dataverse.choice else {"dataverse": {"choice"}}
        left_out |= {} if self.head.erp.second else {"policy": {"second"}}
        head = self.head.model_dump_json(exclude=left_out)
        lines = (replace(checked.parsed, file="", number=0) for checked in (*self.checked, *self.sourceless))
        calls = (part for checked in self.checked for part in _called(checked.bound))
        return _hash(head, *(f"{line} {self._members(line)}" for line in lines), *calls).hex()

    def _members(self, line: ParsedLine) -> Mapping[str, Any] | None:
        """The value map of a line as it is written, if it has one."""
        return self.values[line.values].entries if line.values else None

    # -- lines

    def _line(self, index: int, checked: Checked) -> Line:
        parsed, erp, dataverse = checked.parsed, checked.erp, checked.dataverse
        assert erp is not None and dataverse is not None and checked.reference is not None  # noqa: PT018 - one fact
        if erp.name in self.keys:
            erp, dataverse = replace(erp, tells_apart=True), replace(dataverse, tells_apart=True)
        if parsed.supplied is not None:
            dataverse = where_zero_counts(dataverse)
        lookup = narrowed(checked, self.checked) if checked.is_lookup else None
        members = value_map(self.values[parsed.values], erp, dataverse) if parsed.values else None
        forward = self._convert(checked, erp, dataverse, members.to_dataverse(parsed.name) if members else None)
        to_member = members.to_erp(parsed.name) if members else None
        backward = self._convert(checked, dataverse, erp, to_member, back=parsed.to_dataverse)
        several = self._several(parsed, members, dataverse) if dataverse.type == "choices" else None
        if several:
            forward = several.to_dataverse
            backward = then(several.to_erp, conversion(None, erp, parsed.name))
        given = fills(parsed, self.head.constants, erp, dataverse, forward)
        default = both_sides(parsed, None if given else parsed.default, erp, dataverse, forward)
        fill = filled_up if checked.bound else filled
        options = parsed.options
        return Line(
            index=index,
            name=parsed.name,
            number=parsed.number,
            definition=self._definition(checked),
            erp=erp,
            dataverse=dataverse,
            to_dataverse=parsed.to_dataverse,
            to_erp=parsed.to_erp,
            forward=_same if lookup else fill(forward, default[DATAVERSE]),
            backward=_same if lookup else fill(backward, default[ERP]),
            code=conversion(None, erp, parsed.name),
            root=_root(parsed),
            means=several.means if several else members.means if members else None,
            lookup=lookup,
            folded=lookup is None and "code" in (erp.type, dataverse.type),
            compared=options.get("as", ""),
            key=erp.name in self.head.erp.identity,
            fixed=erp.create_only,
            deferred="deferred" in options,
            missing=options.get("missing", "wait"),
            printer=self.printer,
            blank="keep" if options.get("blank") == "keep" else "clear",
            nothing=_nothing(parsed, erp),
            assigned=options.get("assigned", ""),
            conflict=options.get("conflict", ""),
            master=next((side for side in SIDES if side == options.get("master")), None),
            together=options.get("together", ""),
            private="private" in options,
            initial=begins(parsed, self.head.constants, erp, dataverse, forward),
            fills=given,
            create=options.keys().isdisjoint({"update", "match"}),
            update=options.keys().isdisjoint({"create", "match"}),
            only_matches="match" in options,
            companies=parsed.companies,
            besides=frozenset(parsed.besides),
        )

    def _several(self, parsed: ParsedLine, members: ValueMap | None, column: Field) -> Several:
        to_option = members.to_dataverse(parsed.name) if members else _same
        to_member = members.to_erp(parsed.name) if members else _same
        separator = parsed.options.get("separator", SEPARATOR)
        return Several(parsed.name, column.name, frozenset(column.options), separator, to_option, to_member)

    def _convert(
        self, checked: Checked, source: Field, target: Field, members: Convert | None, *, back: bool = False
    ) -> Convert:
        """What becomes of a value. back: towards the side that the line's function takes its values from."""
        parsed = checked.parsed
        if checked.bound:
            return checked.bound.convert(source, target, back=back)
        zone = time_zone(parsed.options["zone"]) if "zone" in parsed.options else None
        first = local_days(zone, source, target, parsed.name) if zone else members
        return then(first, conversion(None if first else source, target, parsed.name))

    def _definition(self, checked: Checked) -> bytes:
        parsed = checked.parsed
        members = sorted((self._members(parsed) or {}).items())
        relates = (parsed.erp.lower(), parsed.symbol, parsed.dataverse.lower(), parsed.via, repr(members),
                   parsed.default or "", _blank(parsed), *_given(parsed, "zone", "separator", "within", "as"),
                   *sorted(parsed.companies), *_called(checked.bound))  # fmt: skip
        return _hash(*relates)

    # -- the rest

    def _side(self, side: Side, lines: Sequence[Line], company: CompanyColumns | None) -> SideMap:
        entity = self.erp if side == ERP else self.dataverse
        part_scope = self.head.erp.scope if side == ERP else self.head.dataverse.scope
        scope = compile_scope(part_scope, entity)
        authority = compile_scope(self.head.authority.on(side) if self.head.authority else "", entity)
        fields = [_field(line, side) for line in lines]
        return SideMap(
            side=side,
            system=entity.system,
            entity=entity,
            scope=scope,
            columns=self._columns(side, entity, fields, (*scope.fields, *authority.fields), company),
            readers=tuple(field_reader(field) for field in fields),
            project=compiled(fields),
            writers=tuple(field_writer(entity.system, field) for field in fields),
            constants=tuple(self._constants(side)),
            returning=tuple(self._returning(side, scope, {field.wire_name for field in fields})),
            computed=tuple(
                Computed.of(at, checked.bound)
                for at, (field, checked) in enumerate(zip(fields, self.checked, strict=True))
                if field.inputs and checked.bound
            ),
            local=self._local(side, lines, company),
            authority=authority,
        )

    def _local(self, side: Side, lines: Sequence[Line], company: CompanyColumns | None) -> Local | None:
        """What tells which lines hold for a record; of Dataverse it is not known before its companies are."""
        local = tuple(line for line in lines if line.companies or line.besides)
        if not local or company is None:
            return None
        if side == DATAVERSE:
            return Local(local, lambda _row: None)
        name, read = field_reader(company.erp)
        return Local(local, lambda row: None if (code := read(row.get(name, ABSENT))) is ABSENT else code)

    def _columns(
        self,
        side: Side,
        entity: Entity,
        fields: Iterable[Field],
        filtered: Iterable[str],
        company: CompanyColumns | None,
    ) -> tuple[str, ...]:
        """Names to read: the key first, then what the lines, the filters and the engine's own checks need."""
        own = self.head.erp.identity if side == ERP else (entity.id,)
        names = [_known(entity, name).wire_name for name in (*entity.key, *own)]
        if company is not None:
            names += [company.erp.wire_name] if side == ERP else company.read
        if side == ERP and self.head.erp.second:
            names.append(_known(entity, self.head.erp.second).wire_name)
        names += [each.wire_name for field in fields for each in field.read_from]
        names += [constant.target.wire_name for constant in self._constants(side)]
        names += [
            found.wire_name for name in (*ALWAYS_READ[side], MODIFIED[entity.system]) if (found := entity.find(name))
        ]
        return tuple(dict.fromkeys((*names, *filtered)))

    def _constants(self, side: Side) -> Iterable[Constant]:
        for line in self.sourceless:
            target = line.erp if side == ERP else line.dataverse and where_zero_counts(line.dataverse)
            if target is None:
                continue
            initial, text = line.parsed.default is None, line.parsed.supplied or ""
            by_company = None
            if line.parsed.constant:
                given = line.parsed.given(self.head.constants)
                by_company = {fold(company): typed(value, target) or "" for company, value in given.items()}
            if companies := line.parsed.companies:
                whole = Constant(target, line.parsed.name, typed(text, target) or "", by_company=by_company)
                by_company = {each: value for each in companies if (value := whole.of(each)) is not None}
            yield Constant(
                target=target,
                line=line.parsed.name,
                value="" if by_company is not None else typed(text, target) or "",
                initial=initial,
                enforced="enforced" in line.parsed.options,
                definition=_hash("constant", side, target.name, *sorted(line.parsed.companies)),
                by_company=by_company,
                besides=frozenset(line.parsed.besides),
            )

    def _returning(self, side: Side, scope: Scope, mapped: Collection[str]) -> Iterable[Constant]:
        """What the scope asks of a record that another flow gives back, but for what the map gives or maps anyway."""
        if side == ERP or not self.head.hands_over_to:
            return
        known = {*mapped, *(constant.target.wire_name for constant in self._constants(side))}
        for name, value in scope.asks:
            if (target := self.dataverse.find(name)) is not None and name not in known:
                line = f"- >> {target.name}"
                yield Constant(target, line, value, definition=_hash("constant", side, target.name))

    def _company(self) -> CompanyColumns | None:
        if self.head.company is None:
            return None
        erp, written = _known(self.erp, self.head.company.erp), self.head.company.dataverse
        if not written:
            return CompanyColumns(erp, unit=self.dataverse.find(UNIT))
        reference = parse_reference(written, (), self.dataverse)
        path = reference.lookup.paths[0] if reference.lookup.paths else None
        team = self.head.company.team
        found = _known(entity(DATAVERSE, path.table), team) if path and team else None
        return CompanyColumns(erp, reference.column, path, found)


def _field(line: Line, side: Side) -> Field:
    return line.erp if side == ERP else line.dataverse


def _of(lines: Iterable[Line], name: str) -> Line:
    return next(line for line in lines if line.erp.name == name)


def _known(entity: Entity, name: str) -> Field:
    found = entity.find(name)
    assert found is not None, f"{entity.name}.{name} was checked"
    return found


def _key(found: Field) -> tuple[str, Reader]:
    """Name on the wire and reader of a field of the identity."""
    return found.wire_name, key_reader(found)


def _blank(parsed: ParsedLine) -> str:
    """The part of the option that relates two values; a value that says nothing matters to a first match alone."""
    given = parsed.options.get("blank", "")
    return given if given in BLANKS else ""


def _nothing(parsed: ParsedLine, erp: Field) -> str | None:
    given = parsed.options.get("blank", "clear")
    return None if given in BLANKS else typed(given, erp)


def _given(parsed: ParsedLine, *words: str) -> list[str]:
    """The arguments of options that a line need not have: where it has none, the line is what it was."""
    return [parsed.options[word] for word in words if word in parsed.options]


def _called(bound: Bound | None) -> list[str]:
    """What is called and its version, of a line with a function."""
    return [str(bound.call), bound.function.version] if bound else []


def _root(parsed: ParsedLine) -> bytes:
    return _hash(parsed.erp.lower(), parsed.dataverse.lower(), parsed.via)[:ROOT]


def _same(value: str) -> str:
    return value


def _hash(*parts: str) -> bytes:
    return blake2b("\x1f".join(parts).encode(), digest_size=SIZE).digest()
