"""Lookups: from the ERP's code to the id of a Dataverse row, and back.

A reference means a record, not a text: anybody who may create a row may type a code into it. So where the target has a
flow, its couplings answer, and a renamed code dirties nothing; of a table that several flows share, the row that
carries the code counts if both sides agreed on that. A code table that no flow keeps equal is looked up by its key; a
customer or a person that a flow could keep never is. A coupling with one end gone serves no lookups: whoever names the
record waits for it. Answers are kept for one slice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.engine._looked_up import says_nothing
from shared.engine._suite_options import SuiteOptions
from shared.engine.lookups._answers import Once, Told
from shared.engine.lookups._pairs import Pair, Pairs
from shared.engine.lookups._records import Records
from shared.engine.lookups._rows import Rows
from shared.engine.lookups._targets import Target, Targets
from shared.ledger import dataverse_end, erp_end
from shared.mapping import (
    BLANK,
    DATAVERSE,
    ERP,
    Ambiguous,
    CompanyColumns,
    KeyPath,
    Line,
    Unresolved,
    entity,
    fold,
    known_entities,
    reader,
)
from shared.systems import System

_NOWHERE: Final = KeyPath("", "")
"""In place of a table and its key, where a flow says what a lookup means."""


class Links:
    """Resolves lookups for one slice. `company` codes are those of the ERP.

    columns: where the records that hold the lookups keep their company; None for a global flow. suite: what the
    settings say of theirs. known: ids found so far by line, company and code, for passes that compare thousands of rows
    without waiting. missed: rows of whose pair a system has said that one end is gone. tables: where the rows are that
    lookups to several tables point to.
    """

    def __init__(
        self,
        dataverse: System,
        erp: System,
        targets: Targets,
        columns: CompanyColumns | None = None,
        suite: SuiteOptions = SuiteOptions(),  # noqa: B008 - it is frozen
    ) -> None:
        self.dataverse, self.erp = dataverse, erp
        self.once, self.told = Once(), Told()
        self.pairs = Pairs(dataverse, erp, targets, self.once)
        self.rows = Rows(dataverse, columns, suite, self.once, self.told)
        self.records = Records(erp, suite, self.once, self.told)
        self.known: dict[tuple[int, str, str], str] = {}
        self.tables: dict[str, str] = {}
        self.missed: set[str] = set()
        self._astray: dict[tuple[int, str], str] = {}

    async def forward(self, line: Line, company: str, code: str) -> str:
        """The Dataverse id for an ERP code, or Unresolved."""
        if not code:
            return ""
        assert line.lookup is not None
        for path in [await self._placed(each, line, company, code) for each in line.lookup.paths]:
            group = path.within.code if path.within else ""
            key = ("forward", path.table, path.key, group, fold(company), fold(code))
            found = await self.once(key, lambda path=path: self._forward(path, company, code))  # type: ignore[misc] # bound at once
            if found and found not in self.missed:
                self.known[line.index, company, code] = found
                self.tables |= {found: path.table} if len(line.lookup.paths) > 1 else {}
                return found
        for target in self.pairs.by_flows(line):
            pair = await self._coupled(target, line, company, code)
            if pair and pair.row_id not in self.missed and await self.pairs.serves(target, pair, DATAVERSE):
                self.known[line.index, company, code] = pair.row_id
                self.tables |= {pair.row_id: target.table.name} if len(line.lookup.via) > 1 else {}
                return pair.row_id
            await self.records.know_number(target, line, company, code)
        why = next(filter(None, (self.told.too_many(path, company, code) for path in line.lookup.paths)), "")
        return Ambiguous(code, why) if why else Unresolved(code)

    async def _coupled(self, target: Target, line: Line, company: str, code: str) -> Pair | None:
        """The coupling by a flow of the record that a code means."""
        meant = await self.records.meant(target, line, company, code)
        return await self.pairs.pair(target, erp_end(meant)) if meant else None

    async def _placed(self, path: KeyPath, line: Line, company: str, code: str) -> KeyPath:
        """The same, with the row of a flow to which what it looks for has to belong; without a code where none is
        coupled with the record yet.
        """
        if path.within is None or not path.within.flow:
            return path
        target = self.pairs.targets.by_flow(path.within.flow)
        pair = await self._coupled(target, line, company, code) if target else None
        return replace(path, within=replace(path.within, code=pair.row_id if pair else ""))

    def table_of(self, line: Line, row_id: str) -> str:
        """The table of a row that a lookup points to: the first that it may be in, unless it was found in another."""
        assert line.lookup is not None
        first = next(iter(self.pairs.by_flows(line)), None)
        return self.tables.get(row_id, first.table.name if first else line.lookup.table)

    async def locate(self, line: Line, row_id: str) -> None:
        """Finds out in which of several tables a row is that nobody has looked up by its code."""
        tables = {path.table: entity(DATAVERSE, path.table) for path in (line.lookup.paths if line.lookup else ())}
        tables |= {each.table.name: each.table for each in self.pairs.by_flows(line)}
        for name, table in tables.items() if len(tables) > 1 and row_id and row_id not in self.tables else ():
            if not await self.pairs.has_gone(table, (row_id,)):
                self.tables[row_id] = name
                return

    async def backward(self, line: Line, company: str, row_id: str) -> str | None:
        """The ERP code for a Dataverse id, or None. Blank where a line reads a text of another row that has none."""
        assert line.lookup is not None
        if row_id in self.missed:
            return None
        for path in line.lookup.paths:
            key = ("backward", path.table, path.key, fold(company), row_id)
            found = await self.once(key, lambda path=path: self._backward(path, company, row_id))  # type: ignore[misc] # bound at once
            kept = found and self.pairs.targets.target(path.table, path.key)
            if found and (kept or await self.records.stands(line.erp, company, found)):
                return found
        for target in self.pairs.by_flows(line):
            pair = await self.pairs.pair(target, dataverse_end(row_id))
            meant = await self.records.in_company(target, pair.identity, "", company) if pair else None
            ours = not meant or target.is_of(company, meant)
            if pair and meant and ours and await self.pairs.serves(target, pair, ERP):
                return await self.records.called(target, line, meant)
            name = await self.rows.know_name(target.table, row_id)
            if not ours:
                self.rows.of_another_company(_NOWHERE, company, row_id, name)
                return None
        if line.lookup.via:
            return None
        for path in line.lookup.paths if line.source == DATAVERSE else ():
            if await says_nothing(self.dataverse, path, row_id):
                return BLANK
        await self._know_astray(line, row_id)
        return None

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
            if not await self.pairs.has_gone(entity(DATAVERSE, name), (row_id,)):
                return
        for name in others:
            if not await self.pairs.has_gone(entity(DATAVERSE, name), (row_id,)):
                named = await self.rows.know_name(entity(DATAVERSE, name), row_id)
                self._astray[line.index, row_id] = (
                    f"it points to {named!r} of {name}, and the line looks in {' and '.join(looks_in)} "
                    f"only: choose one of {' or '.join(looks_in)}, or clear it"
                )

    async def _forward(self, path: KeyPath, company: str, code: str) -> str | None:
        if path.hops:
            return None
        target = self.pairs.targets.target(path.table, path.key)
        if target is not None and (pair := await self.pairs.pair(target, erp_end(target.identity(company, code)))):
            if await self.pairs.serves(target, pair, DATAVERSE):
                return pair.row_id
            self.told.because(path, company, code, f"{code!r} has lost its row in Dataverse: see {target.ledger.flow}")
            return None
        found = await self.rows.find(path, company, code)
        owner = await self.pairs.pair(target, dataverse_end(found)) if found and target is not None else None
        if target is not None and owner and erp_end(owner.identity) != erp_end(target.identity(company, code)):
            # it may have become ours since we looked
            whose = " ".join(owner.identity)
            self.told.because(path, company, code, f"the row {code!r} in Dataverse is that of {whose}: rename it")
            return None
        if found and not owner and (why := await self._no_proof(path, found, code)):
            self.told.because(path, company, code, why)
            return None
        return found

    async def _no_proof(self, path: KeyPath, row_id: str, code: str) -> str:
        """Why a row that carries a code does not mean that record; empty if it does. A text that no record is called by
        is only read.
        """
        column = entity(DATAVERSE, path.table).fields[path.key]
        is_code = column.type == "code" or column.tells_apart
        witnesses = self.pairs.targets.witnesses(path.table, path.key) if is_code else ()
        for ledger, line in witnesses:
            if not await self.pairs.couples(ledger.flow) and await self.pairs.bare(ledger):
                continue
            known = await ledger.coupling(dataverse_end(row_id))
            base = known.agreed.base(line) if known and known.is_pair else None
            if base and base[1] == line.print(code):
                return ""
        names = [ledger.flow for ledger, _ in witnesses]
        if kept := [name for name in names if await self.pairs.keeps(name)]:
            return f"the row {code!r} in Dataverse is not coupled under that number: see {' or '.join(kept)}"
        if names and entity(DATAVERSE, path.table).party:
            return f"which row {code!r} has in Dataverse is said by {' or '.join(names)}: run that first"
        return ""

    async def _backward(self, path: KeyPath, company: str, row_id: str) -> str | None:
        if path.hops:
            return await self._over_hops(path, company, row_id)
        target = self.pairs.targets.target(path.table, path.key)
        if target is not None and (pair := await self.pairs.pair(target, dataverse_end(row_id))):
            if not target.is_of(company, pair.identity):
                self.rows.of_another_company(path, company, row_id, " ".join(pair.identity))
                return None
            self.told.names[row_id] = pair.identity[target.code]
            if await self.pairs.serves(target, pair, ERP):
                return pair.identity[target.code]
            why = f"{pair.identity[target.code]!r} is gone in the ERP, and not its row: see {target.ledger.flow}"
            self.told.because(path, company, row_id, why)
            return None
        code = await self.rows.key_of(path, row_id, company)
        if not code:
            await self.rows.know_name(entity(DATAVERSE, path.table), row_id)
            return code
        self.told.names.setdefault(row_id, code)
        meant = target.identity(company, code) if target else ()
        if target and await self.pairs.pair(target, erp_end(meant)) is not None:
            if not self.told.why_not(path.table, company, row_id):
                why = f"the row {code!r} that it points to is not the one that {' '.join(meant)} has: point to that one"
                self.told.because(path, company, row_id, why)
            return None
        if why := await self._no_proof(path, row_id, code):
            self.told.because(path, company, row_id, why)
            return None
        return code if target is None or await self.erp.read(target.entity, meant, target.entity.key) else None

    async def called(self, line: Line, company: str, code: str) -> str:
        """What people call the record of the ERP that a code names: the code itself, unless that is an id."""
        for target in self.pairs.by_flows(line):
            await self.records.know_number(target, line, company, code)
        return self.told.names.get(code, code) if line.erp.type == "guid" else code

    async def is_named(self, line: Line, company: str, code: str) -> bool:
        """False if the ERP does not have the record that a code names, as far as anything tells which that is."""
        targets = self.pairs.targets_of(line)
        for target in targets:
            if not await self.pairs.has_gone(target.entity, target.identity(company, code)):
                return True
        return not targets and await self.records.stands(line.erp, company, code)

    async def _over_hops(self, path: KeyPath, company: str, row_id: str) -> str | None:
        table, current = entity("dataverse", path.table), row_id
        for hop in path.hops:
            column = table.fields[hop]
            row = await self.dataverse.read(table, (current,), [column.wire_name])
            current = reader(column)(row.row.get(column.wire_name)) if row else ""
            if not current:
                named = await self.rows.know_name(entity(DATAVERSE, path.table), row_id)
                self.told.because(path, company, row_id, f"{named!r} of {table.name} has no {hop}: fill it in")
                return None
            table = entity("dataverse", next(iter(column.targets)))
        end = KeyPath(table.name, path.key)
        kept = self.pairs.targets.target(end.table, end.key)
        found = await (self._backward(end, company, current) if kept else self.rows.key_of(end, current))
        self.told.names.setdefault(row_id, found or await self.rows.know_name(table, current))
        if why := self.told.why_not(end.table, company, current):
            self.told.because(path, company, row_id, why)
        return found
