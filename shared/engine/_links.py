"""Lookups: from the ERP's code to the id of a Dataverse row, and back.

A reference means a record, not a text: anybody who may create a row may type a code into it. So where the target has a
flow, its couplings answer, and a renamed code dirties nothing; of a table that several flows share, the row that
carries the code counts if both sides agreed on that. A code table that no flow keeps equal is looked up by its key; a
customer or a person that a flow could keep never is. A coupling with one end gone serves no lookups: whoever names the
record waits for it. Answers are kept for one slice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from shared.engine._by_print import ByPrint
from shared.engine._for_all import for_all
from shared.engine._looked_up import says_nothing
from shared.engine._suite_options import SuiteOptions
from shared.ledger import COUPLING, FlowLedger, after, dataverse_end, erp_end, read_identity
from shared.mapping import (
    ABSENT,
    BLANK,
    DATAVERSE,
    ERP,
    Ambiguous,
    CompanyColumns,
    Entity,
    Field,
    KeyPath,
    Line,
    Row,
    Side,
    Unresolved,
    Within,
    entity,
    fold,
    known_entities,
    reader,
)
from shared.systems import Condition, System, exactly

PRELOADED: Final = 1000
"""This many couplings of a target are read at once, in one request: enough for most reference data."""

SHOWN: Final = 5
"""Rows that are named where several have one code."""


_ALIVE: Final = frozenset({"coupled", "dormant"})
_NOWHERE: Final = KeyPath("", "")
"""In place of a table and its key, where a flow says what a lookup means."""


@dataclass(frozen=True, slots=True)
class Target:
    """The flow that keeps a lookup's target equal.

    table: in Dataverse. code: place of the code in the ERP identity; company: place of the company, or None for a
    global entity. shared: by which fields records of all companies mean one row, where rows hold no company.
    """

    ledger: FlowLedger
    entity: Entity
    table: Entity
    size: int
    code: int
    company: int | None
    shared: tuple[Field, ...] = ()

    def identity(self, company: str, code: str) -> tuple[str, ...]:
        parts = [""] * self.size
        parts[self.code] = code
        if self.company is not None:
            parts[self.company] = company
        return tuple(parts)

    def coded(self, field: Field) -> Field | None:
        """What a code in this field is compared with in the target's records; None if they are coupled by the code.

        They are coupled by an id that the ERP gives: what people call them then stands beside it (reference:
        business-central-api 4).
        """
        if self.entity.fields[self.entity.key[-1]].type != "guid" or field.type == "guid":
            return None
        return _coded(self.entity)

    def is_of(self, company: str, identity: tuple[str, ...]) -> bool:
        """True if a record is one that records of this company may point to."""
        return self.company is None or not company or fold(identity[self.company]) == fold(company)


def _coded(named: Entity) -> Field | None:
    """By what people call records whose id the ERP gives."""
    return named.find("code") or named.find("number")


class Targets(Protocol):
    """Which flow, if any, keeps the rows of a table that are addressed by a key column equal.

    witnesses: all flows that map the column, with its line. keeps: whether a flow has begun to keep its rows equal.
    rehearsed: this is a dry run, which couples records of flows that are not run.
    """

    def target(self, table: str, key: str) -> Target | None: ...

    def by_flow(self, name: str) -> Target | None: ...

    def witnesses(self, table: str, key: str) -> Sequence[tuple[FlowLedger, Line]]: ...

    async def keeps(self, flow: str) -> bool: ...

    @property
    def rehearsed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """A coupling that lookups may go by. aside: something is parked about it, maybe because one of its ends is gone."""

    row_id: str
    identity: tuple[str, ...]
    aside: bool = False


@dataclass(slots=True)
class _Table:
    """The first couplings of a flow, all of them if they are few, by both ends. bare: there is none, nor was any."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    bare: bool = True


class Links:
    """Resolves lookups for one slice. `company` codes are those of the ERP.

    columns: where the records that hold the lookups keep their company; None for a global flow. suite: what the
    settings say of theirs. known: ids found so far by line, company and code, for passes that compare thousands of rows
    without waiting. names: what rows that were looked up by their id are called, for people. missed: rows of whose pair
    a system has said that one end is gone. tables: where the rows are that lookups to several tables point to.
    """

    def __init__(
        self,
        dataverse: System,
        erp: System,
        targets: Targets,
        columns: CompanyColumns | None = None,
        suite: SuiteOptions = SuiteOptions(),  # noqa: B008 - it is frozen
    ) -> None:
        self.dataverse, self.erp, self.targets = dataverse, erp, targets
        self.columns, self.suite = columns, suite
        self.known: dict[tuple[int, str, str], str] = {}
        self.names: dict[str, str] = {}
        self.tables: dict[str, str] = {}
        self._whys: dict[tuple[str, str, str], str] = {}
        self._several: set[tuple[str, str, str]] = set()
        self._astray: dict[tuple[int, str], str] = {}
        self.missed: set[str] = set()
        self._answers: dict[tuple[str, ...], asyncio.Future[str | None]] = {}
        self._kept: dict[str, asyncio.Future[bool]] = {}
        self._tables: dict[str, asyncio.Future[_Table]] = {}
        self.by_print = ByPrint(dataverse)

    # -- companies

    async def company_mark(self, code: str) -> str | None:
        """What a Dataverse row of a company holds: the id of the company, or its code. Empty where rows hold nothing,
        or the flow is global; None if Dataverse does not know the company.
        """
        columns = self.columns
        if columns is None or columns.dataverse is None:
            return ""
        path = columns.path
        if path is None:
            return code
        return await self._once(("company", fold(code)), lambda: self._find(path, "", code))

    async def company_code(self, row: Row) -> str | None:
        """The code of the company that a Dataverse row belongs to, in lower case; None if it belongs to none."""
        columns = self.columns
        assert columns is not None
        if (held := columns.held(row)) and columns.path is not None:
            path = columns.path
            found = await self._once(("company code", held), lambda: self._key_of(path, held))
            return found.lower() if found else None
        unit = await self._unit_of(columns, row) if not held and columns.unit and self.suite.units else ""
        return (held or self.suite.units.get(fold(unit)) or self.suite.writer).lower() or None

    async def _unit_of(self, columns: CompanyColumns, row: Row) -> str:
        """The name of the business unit that has a row."""
        assert columns.unit is not None
        row_id = reader(columns.unit)(row.get(columns.unit.wire_name, ABSENT))
        path = KeyPath(next(iter(columns.unit.targets)), "name")
        if not row_id or row_id is ABSENT:
            return ""
        return await self._once(("unit", row_id), lambda: self._key_of(path, row_id)) or ""

    async def team_of(self, company_id: str) -> str:
        """The team that new rows of a company belong to, as a reference; empty if its row names none."""
        team, path = (self.columns.team, self.columns.path) if self.columns else (None, None)
        if not company_id or team is None or path is None:
            return ""
        table, nobody = entity("dataverse", path.table), "-"

        async def ask() -> str:
            row = await self.dataverse.read(table, (company_id,), [team.wire_name])
            return (reader(team)(row.row.get(team.wire_name)) if row else "") or nobody

        found = await self._once(("team", company_id), ask)
        return f"{next(iter(team.targets))}({found})" if found and found != nobody else ""

    async def decimals(self, told: str, table: Entity, row: Row) -> int | None:
        """How many decimals the amounts of a row have, by the lookup and the column that tell; None if they do not."""
        hop, _, name = told.partition(".")
        row_id, targets = row.get(table.fields[hop].wire_name), table.fields[hop].targets
        if not isinstance(row_id, str):
            return None
        found = await self._once(("decimals", told, row_id), lambda: self._number(next(iter(targets)), name, row_id))
        return None if found is None else int(found)

    async def _number(self, table: str, name: str, row_id: str) -> str | None:
        row = await self.dataverse.read(entity("dataverse", table), (row_id,), [name])
        return str(row.row[name]) if row and row.row.get(name) is not None else None

    # -- lookups

    async def forward(self, line: Line, company: str, code: str) -> str:
        """The Dataverse id for an ERP code, or Unresolved."""
        if not code:
            return ""
        assert line.lookup is not None
        for path in [await self._placed(each, line, company, code) for each in line.lookup.paths]:
            group = path.within.code if path.within else ""
            key = ("forward", path.table, path.key, group, fold(company), fold(code))
            found = await self._once(key, lambda path=path: self._forward(path, company, code))  # type: ignore[misc] # bound at once
            if found and found not in self.missed:
                self.known[line.index, company, code] = found
                self.tables |= {found: path.table} if len(line.lookup.paths) > 1 else {}
                return found
        for target in self._by_flows(line):
            pair = await self._coupled(target, line, company, code)
            if pair and pair.row_id not in self.missed and await self._serves(target, pair, DATAVERSE):
                self.known[line.index, company, code] = pair.row_id
                self.tables |= {pair.row_id: target.table.name} if len(line.lookup.via) > 1 else {}
                return pair.row_id
            await self._know_number(target, line, company, code)
        several = [(path.table, fold(company), code) for path in line.lookup.paths]
        why = next((self._whys[each] for each in several if each in self._several), "")
        return Ambiguous(code, why) if why else Unresolved(code)

    async def _coupled(self, target: Target, line: Line, company: str, code: str) -> Pair | None:
        """The coupling by a flow of the record that a code means."""
        named = await self._named(target, line, company, code)
        meant = await self._in_company(target, target.identity(company, named), company, "") if named else None
        return await self.pair(target, erp_end(meant)) if meant else None

    async def _placed(self, path: KeyPath, line: Line, company: str, code: str) -> KeyPath:
        """The same, with the row of a flow to which what it looks for has to belong; without a code where none is
        coupled with the record yet.
        """
        if path.within is None or not path.within.flow:
            return path
        target = self.targets.by_flow(path.within.flow)
        pair = await self._coupled(target, line, company, code) if target else None
        return replace(path, within=replace(path.within, code=pair.row_id if pair else ""))

    def _by_flows(self, line: Line) -> list[Target]:
        """The flows by whose couplings a line is looked up."""
        found = map(self.targets.by_flow, line.lookup.via if line.lookup else ())
        return [each for each in found if each is not None]

    def table_of(self, line: Line, row_id: str) -> str:
        """The table of a row that a lookup points to: the first that it may be in, unless it was found in another."""
        assert line.lookup is not None
        first = next(iter(self._by_flows(line)), None)
        return self.tables.get(row_id, first.table.name if first else line.lookup.table)

    async def locate(self, line: Line, row_id: str) -> None:
        """Finds out in which of several tables a row is that nobody has looked up by its code."""
        paths = line.lookup.paths if line.lookup else ()
        for path in paths if len(paths) > 1 and row_id and row_id not in self.tables else ():
            if not await self.has_gone(entity(DATAVERSE, path.table), (row_id,)):
                self.tables[row_id] = path.table
                return

    async def backward(self, line: Line, company: str, row_id: str) -> str | None:
        """The ERP code for a Dataverse id, or None. Blank where a line reads a text of another row that has none."""
        assert line.lookup is not None
        if row_id in self.missed:
            return None
        for path in line.lookup.paths:
            key = ("backward", path.table, path.key, fold(company), row_id)
            found = await self._once(key, lambda path=path: self._backward(path, company, row_id))  # type: ignore[misc] # bound at once
            if found and (self.targets.target(path.table, path.key) or await self._stands(line.erp, company, found)):
                return found
        for target in self._by_flows(line):
            pair, name = await self.pair(target, dataverse_end(row_id)), await self._know_name(target.table, row_id)
            meant = await self._in_company(target, pair.identity, "", company) if pair else None
            if meant and not target.is_of(company, meant):
                self._of_another_company(_NOWHERE, company, row_id, name)
                return None
            if pair and meant and await self._serves(target, pair, ERP):
                return await self._called(target, line, meant)
        if line.lookup.via:
            return None
        for path in line.lookup.paths if line.source == DATAVERSE else ():
            if await says_nothing(self.dataverse, path, row_id):
                return BLANK
        await self._know_astray(line, row_id)
        return None

    async def _named(self, target: Target, line: Line, company: str, code: str) -> str:
        """What a record is coupled by, which a code means: that code, or the id behind it; empty if there is none."""
        if (field := target.coded(line.erp)) is None:
            return code
        striped = [(target.entity.fields[target.entity.company], company)] if target.entity.company else []
        key = ("named", target.entity.name, field.name, fold(company), fold(code))

        async def look() -> str | None:
            found = await self.erp.find(target.entity, [*striped, (field, code)], [field.name, *target.entity.key])
            same = exactly(found, [(field, code)])
            return str(same[0].row[target.entity.key[-1]]) if len(same) == 1 else None

        return await self._once(key, look) or ""

    async def _in_company(
        self, target: Target, identity: tuple[str, ...], of: str, into: str
    ) -> tuple[str, ...] | None:
        """Of a row that records of several companies mean, the record by which it is coupled, which is the writer's, or
        the one of another company: they are alike in what the flow matches by. of, into: from or to which company;
        empty: the writer. None if there is none.
        """
        company = of or into
        if not target.shared or not company or self.suite.writes(company):
            return identity
        there = into or self.suite.writer
        key = ("in company", target.entity.name, fold(there), *map(fold, identity))
        found = await self._once(key, lambda: self._alike(target, identity, there))
        return target.identity(there, found) if found else None

    async def _alike(self, target: Target, identity: tuple[str, ...], company: str) -> str | None:
        """The record of a company that is alike in all that records of companies mean one row by."""
        names = [each.name for each in target.shared]
        row = await self.erp.read(target.entity, identity, names)
        values = [reader(each)(row.row.get(each.name)) if row else "" for each in target.shared]
        if not all(values):
            return None
        conditions = list(zip(target.shared, values, strict=True))
        striped = (target.entity.fields[target.entity.company], company)
        rows = await self.erp.find(target.entity, [striped, *conditions], [*names, *target.entity.key])
        same = exactly(rows, conditions)
        return str(same[0].row[target.entity.key[-1]]) if len(same) == 1 else None

    async def _know_number(self, target: Target, line: Line, company: str, code: str) -> None:
        """What people call a record that a line names by its id."""
        shown = [each for each in ("code", "number", "displayName") if target.entity.find(each)]
        if line.erp.type != "guid" or code in self.names or not shown:
            return
        if (found := await self.erp.read(target.entity, target.identity(company, code), shown)) is not None:
            self.names[code] = " ".join(str(found.row[each]) for each in shown if found.row.get(each))

    async def _called(self, target: Target, line: Line, identity: Sequence[str]) -> str | None:
        """The code by which a line names a coupled record; None if the record is not there."""
        if (field := target.coded(line.erp)) is None:
            return identity[target.code]
        found = await self.erp.read(target.entity, identity, [field.name])
        return reader(field)(found.row.get(field.name)) if found else None

    def astray(self, line: Line, row_id: str) -> str:
        """Why a row can never be what a line looks for, for it is one of a table where the line does not look."""
        return self._astray.get((line.index, row_id), "")

    async def _know_astray(self, line: Line, row_id: str) -> None:
        """Finds out whether a lookup that may point to several tables points to one that its line leaves out."""
        assert line.lookup is not None
        looks_in = [path.table for path in line.lookup.paths]
        others = [name for name in line.dataverse.targets if name not in looks_in and name in known_entities(DATAVERSE)]
        if not others or (line.index, row_id) in self._astray:
            return
        for name in looks_in:
            if not await self.has_gone(entity(DATAVERSE, name), (row_id,)):
                return
        for name in others:
            if not await self.has_gone(entity(DATAVERSE, name), (row_id,)):
                named = await self._know_name(entity(DATAVERSE, name), row_id)
                self._astray[line.index, row_id] = (
                    f"it points to {named!r} of {name}, and the line looks in {' and '.join(looks_in)} "
                    f"only: choose one of {' or '.join(looks_in)}, or clear it"
                )

    async def _know_name(self, table: Entity, row_id: str) -> str:
        """What a row is called, for people: by its primary column, where nothing better is known; else its id."""
        if row_id not in self.names and table.primary:
            row = await self.dataverse.read(table, (row_id,), [table.primary])
            if row and (name := row.row.get(table.primary)):
                self.names[row_id] = str(name)
        return self.names.get(row_id, row_id)

    def why_not(self, table: str, company: str, value: str) -> str:
        """Why a code, or a row by its id, means nothing, where it is not just that its record is yet to be created."""
        return self._whys.get((table, fold(company), value), "")

    def _because(self, path: KeyPath, company: str, value: str, why: str) -> None:
        self._whys[path.table, fold(company), value] = why

    async def _forward(self, path: KeyPath, company: str, code: str) -> str | None:
        if path.hops:
            return None
        target = self.targets.target(path.table, path.key)
        if target is not None and (pair := await self.pair(target, erp_end(target.identity(company, code)))):
            if await self._serves(target, pair, DATAVERSE):
                return pair.row_id
            self._because(path, company, code, f"{code!r} has lost its row in Dataverse: see {target.ledger.flow}")
            return None
        found = await self._find(path, company, code)
        owner = await self.pair(target, dataverse_end(found)) if found and target is not None else None
        if target is not None and owner and erp_end(owner.identity) != erp_end(target.identity(company, code)):
            # it may have become ours since we looked
            whose = " ".join(owner.identity)
            self._because(path, company, code, f"the row {code!r} in Dataverse is that of {whose}: rename it")
            return None
        if found and not owner and (why := await self._no_proof(path, found, code)):
            self._because(path, company, code, why)
            return None
        return found

    async def _no_proof(self, path: KeyPath, row_id: str, code: str) -> str:
        """Why a row that carries a code does not mean that record; empty if it does. A text that no record is called by
        is only read.
        """
        column = entity(DATAVERSE, path.table).fields[path.key]
        is_code = column.type == "code" or column.tells_apart
        witnesses = self.targets.witnesses(path.table, path.key) if is_code else ()
        for ledger, line in witnesses:
            if not await self._couples(ledger.flow) and (await self._table(ledger)).bare:
                continue
            known = await ledger.coupling(dataverse_end(row_id))
            base = known.agreed.base(line) if known and known.state in _ALIVE else None
            if base and base[1] == line.print(code):
                return ""
        names = [ledger.flow for ledger, _ in witnesses]
        if kept := [name for name in names if await self._keeps(name)]:
            return f"the row {code!r} in Dataverse is not coupled under that number: see {' or '.join(kept)}"
        if names and entity(DATAVERSE, path.table).party:
            return f"which row {code!r} has in Dataverse is said by {' or '.join(names)}: run that first"
        return ""

    async def _keeps(self, flow: str) -> bool:
        if flow not in self._kept:
            self._kept[flow] = for_all(self.targets.keeps(flow))
        return await asyncio.shield(self._kept[flow])

    async def _couples(self, flow: str) -> bool:
        """Whether a flow may get couplings while the slice is at work."""
        return self.targets.rehearsed or await self._keeps(flow)

    async def _backward(self, path: KeyPath, company: str, row_id: str) -> str | None:
        if path.hops:
            return await self._over_hops(path, company, row_id)
        target = self.targets.target(path.table, path.key)
        if target is not None and (pair := await self.pair(target, dataverse_end(row_id))):
            if not target.is_of(company, pair.identity):
                self._of_another_company(path, company, row_id, " ".join(pair.identity))
                return None
            self.names[row_id] = pair.identity[target.code]
            if await self._serves(target, pair, ERP):
                return pair.identity[target.code]
            why = f"{pair.identity[target.code]!r} is gone in the ERP, and not its row: see {target.ledger.flow}"
            self._because(path, company, row_id, why)
            return None
        code = await self._key_of(path, row_id, company)
        if not code:
            await self._know_name(entity(DATAVERSE, path.table), row_id)
            return code
        self.names.setdefault(row_id, code)
        meant = target.identity(company, code) if target else ()
        if target and await self.pair(target, erp_end(meant)) is not None:
            if not self.why_not(path.table, company, row_id):
                why = f"the row {code!r} that it points to is not the one that {' '.join(meant)} has: point to that one"
                self._because(path, company, row_id, why)
            return None
        if why := await self._no_proof(path, row_id, code):
            self._because(path, company, row_id, why)
            return None
        return code if target is None or await self.erp.read(target.entity, meant, target.entity.key) else None

    async def is_named(self, line: Line, company: str, code: str) -> bool:
        """False if the ERP does not have the record that a code names, as far as anything tells which that is."""
        targets = self.targets_of(line)
        for target in targets:
            if not await self.has_gone(target.entity, target.identity(company, code)):
                return True
        return not targets and await self._stands(line.erp, company, code)

    async def _stands(self, field: Field, company: str, code: str) -> bool:
        """True if the ERP has the record that a code names, where the schema tells which entity it names."""
        if field.ref not in known_entities(self.erp.name):
            return True
        named = entity(self.erp.name, field.ref)
        own = [each for each in named.key if each != named.company]
        if len(own) != 1:
            return True
        key = ("stands", field.ref, fold(company), fold(code))
        return await self._once(key, lambda: self._standing(named, own[0], field, company, code)) is not None

    async def _standing(self, named: Entity, own: str, field: Field, company: str, code: str) -> str | None:
        """By its key; a record whose id the ERP gives by the code that people call it by."""
        if named.fields[own].type == "guid" and field.type != "guid" and (coded := _coded(named)) is not None:
            striped = [(named.fields[named.company], company)] if named.company else []
            found = await self.erp.find(named, [*striped, (coded, code)], [coded.name, own])
            return code if exactly(found, [(coded, code)]) else None
        identity = [company if each == named.company else code for each in named.key]
        return code if await self.erp.read(named, identity, [own]) else None

    # -- by coupling

    def targets_of(self, line: Line) -> list[Target]:
        """The flows that keep equal what a lookup may point to."""
        assert line.lookup is not None
        found = [self.targets.target(path.table, path.key) for path in line.lookup.paths if not path.hops]
        return [*(each for each in found if each is not None), *self._by_flows(line)]

    async def pair(self, target: Target, end: str) -> Pair | None:
        """The living coupling of an end, if it has one."""
        table = await self._table(target.ledger)
        if end in table.pairs:
            return table.pairs[end]
        if table.bare and not await self._couples(target.ledger.flow):
            return None  # nothing is to be found in it
        found = await target.ledger.coupling(end)
        if found is None or found.erp is None or found.state not in _ALIVE:
            return None
        return Pair(found.dataverse, found.erp, "p" in found.troubles)

    async def row_of(self, line: Line, agreed: bytes) -> str | None:
        """The row whose id has that fingerprint, of all that were ever coupled; None if it is none of them."""
        return await self.by_print.coupled([each.ledger for each in self.targets_of(line)], agreed)

    async def _serves(self, target: Target, pair: Pair, side: Side) -> bool:
        """False if the record of a pair on a side, to which something is to point, is known to be gone."""
        return not pair.aside or not await self.is_gone(target, pair, side)

    async def is_gone(self, target: Target, pair: Pair, side: Side) -> bool:
        """True if the record of a pair is not there on a side."""
        if side == DATAVERSE:
            return await self.has_gone(target.table, (pair.row_id,))
        return await self.has_gone(target.entity, pair.identity)

    async def has_gone(self, where: Entity, identity: Sequence[str]) -> bool:
        """True if a system has no such record. That it has one is asked anew each time."""
        system = self.dataverse if where.system == DATAVERSE else self.erp

        async def ask() -> str | None:
            return None if await system.read(where, tuple(identity), where.key) else "gone"

        return await self._once(("gone", where.name, *map(fold, identity)), ask) is not None

    async def _table(self, ledger: FlowLedger) -> _Table:
        if ledger.flow not in self._tables:
            self._tables[ledger.flow] = for_all(_load(ledger))
        return await asyncio.shield(self._tables[ledger.flow])

    # -- by key

    async def _find(self, path: KeyPath, company: str, code: str) -> str | None:
        """The id of the only row with that key, in the company where the table has companies."""
        table = entity("dataverse", path.table)
        conditions: list[Condition] = [(table.fields[path.key], code)]
        striped = self._striped(table) if company else None
        mark = await self.company_mark(company) if striped else ""
        if mark is None:
            return None
        if path.within and (group := await self._group(path.within)) is None:
            self._because(path, company, code, _not_there(path.within, code))
            return None
        if path.within:
            conditions.append((table.fields[path.within.column], group or ""))
        if striped is not None and not self.suite.writes(company):
            conditions.insert(0, (striped, mark))
        columns = [table.id, path.key, *([striped.wire_name] if striped else [])]
        columns += [table.fields[path.within.column].wire_name] if path.within else []
        columns += [table.primary] if table.primary else []
        columns += ["merged"] if "merged" in table.fields else []
        rows = exactly(await self.dataverse.find(table, conditions, columns), conditions)
        found = [row for row in rows if row.row.get("merged") is not True and _may_hold(row.row, striped, mark)]
        self._several.discard((table.name, fold(company), code))
        if len(found) > 1:
            named = ", ".join(sorted(_named(table, row.row) for row in found)[:SHOWN])
            self._several.add((table.name, fold(company), code))
            self._because(path, company, code, f"{len(found)} rows of {table.name} have {code!r} as their {path.key}: "
                          f"{named}; leave it to one of them")  # fmt: skip
        if not found and path.within:
            named = path.within.code
            named = await self._know_name(entity(DATAVERSE, path.within.table), named) if path.within.flow else named
            why = f"{code!r} is not among the {table.name} of {named!r} yet: add it there"
            self._because(path, company, code, why)
        return str(found[0].row[table.id]).lower() if len(found) == 1 else None

    async def _group(self, within: Within) -> str | None:
        """The row whose rows count."""
        if within.flow:
            return within.code or None
        path = KeyPath(within.table, within.key)
        return await self._once(("within", within.table, fold(within.code)), lambda: self._find(path, "", within.code))

    async def _key_of(self, path: KeyPath, row_id: str, company: str = "") -> str | None:
        """The key of a row; None if the row is of another company than the one that is asked for."""
        table = entity("dataverse", path.table)
        striped = self._striped(table) if company else None
        columns = [path.key, *([striped.wire_name] if striped else [])]
        row = await self.dataverse.read(table, (row_id,), columns)
        key = reader(table.fields[path.key])(row.row.get(path.key)) if row else None
        owner = reader(striped)(row.row.get(striped.wire_name)) if row and striped else None
        if owner and fold(owner) != fold(await self.company_mark(company) or ""):
            self._of_another_company(path, company, row_id, str(key))
            return None
        if striped and key and not owner and not self.suite.writes(company):
            why = f"the row {key!r} that it points to belongs to no company: point to the one of {company}"
            self._because(path, company, row_id, why)
        return key or None

    def _striped(self, table: Entity) -> Field | None:
        """The column in which rows of another table keep their company, too, if it is per company."""
        own = self.columns.dataverse if self.columns else None
        return table.fields.get(own.name) if own else None

    def _of_another_company(self, path: KeyPath, company: str, row_id: str, name: str) -> None:
        self.names[row_id] = name
        self._because(path, company, row_id, f"it points to {name}, of another company: point to one of {company}")

    async def _over_hops(self, path: KeyPath, company: str, row_id: str) -> str | None:
        table, current = entity("dataverse", path.table), row_id
        for hop in path.hops:
            column = table.fields[hop]
            row = await self.dataverse.read(table, (current,), [column.wire_name])
            current = reader(column)(row.row.get(column.wire_name)) if row else ""
            if not current:
                named = await self._know_name(entity(DATAVERSE, path.table), row_id)
                self._because(path, company, row_id, f"{named!r} of {table.name} has no {hop}: fill it in")
                return None
            table = entity("dataverse", next(iter(column.targets)))
        end = KeyPath(table.name, path.key)
        kept = self.targets.target(end.table, end.key)
        found = await (self._backward(end, company, current) if kept else self._key_of(end, current))
        self.names.setdefault(row_id, found or await self._know_name(table, current))
        if why := self.why_not(end.table, company, current):
            self._because(path, company, row_id, why)
        return found

    async def _once(self, key: tuple[str, ...], ask: Callable[[], Awaitable[str | None]]) -> str | None:
        """Asks once, however many records want the answer at the same time. A no is not kept: it may be a yes soon."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = for_all(ask())
        found: str | None = None
        try:
            found = await asyncio.shield(answer)
        finally:
            if not found:
                self._answers.pop(key, None)
        return found


def _not_there(within: Within, code: str) -> str:
    """Why nothing can be looked for among the rows of another one."""
    if within.flow:
        return f"what {code!r} belongs to in Dataverse {within.table} is not coupled yet: see {within.flow}"
    return f"{within.code!r}, where {code!r} is looked for, is not in Dataverse {within.table} yet"


def _named(table: Entity, row: Row) -> str:
    """A row by what it is called and by its id, for a person."""
    name, row_id = row.get(table.primary) if table.primary else None, str(row[table.id]).lower()
    return f"{name} ({row_id})" if name else row_id


def _may_hold(row: Row, striped: Field | None, mark: str) -> bool:
    """False for a row that belongs to another company than the one with this mark."""
    held = reader(striped)(row.get(striped.wire_name)) if striped else ""
    return not held or fold(held) == fold(mark)


async def _load(ledger: FlowLedger) -> _Table:
    table = _Table()
    async for page in ledger.commits.range(ledger.flow, COUPLING, after(COUPLING), ("erp", "state", "troubles")):
        table.bare = table.bare and not page
        for row in page:
            identity, row_id = read_identity(row.cells), row.key.removeprefix(COUPLING)
            if identity and row.cells["state"] in _ALIVE:
                pair = Pair(row_id, identity, "p" in str(row.cells.get("troubles", "")))
                table.pairs[erp_end(identity)] = table.pairs[row.key] = pair
        if len(table.pairs) >= 2 * PRELOADED:
            break
    return table
