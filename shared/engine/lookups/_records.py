"""Lookups in the ERP: the record that a code names, and the code that a record has."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._suite_options import SuiteOptions
from shared.engine.lookups._answers import Once, Told
from shared.engine.lookups._targets import Target, called_by
from shared.mapping import Entity, Field, Line, entity, fold, known_entities, reader
from shared.systems import System, exactly


class Records:
    """Records of the ERP by what people call them."""

    def __init__(self, erp: System, suite: SuiteOptions, once: Once, told: Told) -> None:
        self.erp, self.suite, self.once, self.told = erp, suite, once, told

    async def meant(self, target: Target, line: Line, company: str, code: str) -> tuple[str, ...] | None:
        """The record that a code of a company names, as it is coupled; None if there is none."""
        named = await self._coupled_by(target, line, company, code)
        return await self.in_company(target, target.identity(company, named), company, "") if named else None

    async def _coupled_by(self, target: Target, line: Line, company: str, code: str) -> str:
        """What a record is coupled by, which a code means: that code, or the id behind it; empty if there is none."""
        if (field := target.coded(line.erp)) is None:
            return code
        striped = [(target.entity.fields[target.entity.company], company)] if target.entity.company else []
        key = ("named", target.entity.name, field.name, fold(company), fold(code))

        async def look() -> str | None:
            found = await self.erp.find(target.entity, [*striped, (field, code)], [field.name, *target.entity.key])
            same = exactly(found, [(field, code)])
            return str(same[0].row[target.entity.key[-1]]) if len(same) == 1 else None

        return await self.once(key, look) or ""

    async def in_company(self, target: Target, identity: tuple[str, ...], of: str, into: str) -> tuple[str, ...] | None:
        """Of a row that records of several companies mean, the record by which it is coupled, which is the writer's, or
        the one of another company: they are alike in what the flow matches by. of, into: from or to which company;
        empty: the writer. None if there is none.
        """
        company = of or into
        if not target.shared or not company or self.suite.writes(company):
            return identity
        there = into or self.suite.writer
        key = ("in company", target.entity.name, fold(there), *map(fold, identity))
        found = await self.once(key, lambda: self._alike(target, identity, there))
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

    async def know_number(self, target: Target, line: Line, company: str, code: str) -> None:
        """What people call a record that a line names by its id."""
        shown = [each for each in ("code", "number", "displayName") if target.entity.find(each)]
        if line.erp.type != "guid" or code in self.told.names or not shown:
            return
        if (found := await self.erp.read(target.entity, target.identity(company, code), shown)) is not None:
            self.told.names[code] = " ".join(str(found.row[each]) for each in shown if found.row.get(each))

    async def called(self, target: Target, line: Line, identity: Sequence[str]) -> str | None:
        """The code by which a line names a coupled record; None if the record is not there."""
        if (field := target.coded(line.erp)) is None:
            return identity[target.code]
        found = await self.erp.read(target.entity, identity, [field.name])
        return reader(field)(found.row.get(field.name)) if found else None

    async def stands(self, field: Field, company: str, code: str) -> bool:
        """True if the ERP has the record that a code names, where the schema tells which entity it names."""
        if field.ref not in known_entities(self.erp.name):
            return True
        named = entity(self.erp.name, field.ref)
        own = [each for each in named.key if each != named.company]
        if len(own) != 1:
            return True
        key = ("stands", field.ref, fold(company), fold(code))
        return await self.once(key, lambda: self._standing(named, own[0], field, company, code)) is not None

    async def _standing(self, named: Entity, own: str, field: Field, company: str, code: str) -> str | None:
        """By its key; a record whose id the ERP gives by the code that people call it by."""
        if named.fields[own].type == "guid" and field.type != "guid" and (coded := called_by(named)) is not None:
            striped = [(named.fields[named.company], company)] if named.company else []
            found = await self.erp.find(named, [*striped, (coded, code)], [coded.name, own])
            return code if exactly(found, [(coded, code)]) else None
        identity = [company if each == named.company else code for each in named.key]
        return code if await self.erp.read(named, identity, [own]) else None
