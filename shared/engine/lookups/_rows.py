"""Lookups by key: rows of Dataverse by a column that tells them apart, in the company where they have companies."""

from __future__ import annotations

from typing import Final

from shared.engine._suite_options import SuiteOptions
from shared.engine.lookups._answers import Once, Told
from shared.mapping import ABSENT, CompanyColumns, Entity, Field, KeyPath, Row, Within, entity, fold, reader
from shared.systems import Condition, System, exactly

SHOWN: Final = 5
"""Rows that are named where several have one code."""


class Rows:
    """Rows by key or by id. columns: where the records that hold the lookups keep their company; None for a global
    flow. suite: what the settings say of theirs.
    """

    def __init__(
        self, dataverse: System, columns: CompanyColumns | None, suite: SuiteOptions, once: Once, told: Told
    ) -> None:
        self.dataverse, self.columns, self.suite = dataverse, columns, suite
        self.once, self.told = once, told

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
        return await self.once(("company", fold(code)), lambda: self.find(path, "", code))

    async def company_code(self, row: Row) -> str | None:
        """The code of the company that a Dataverse row belongs to, in lower case; None if it belongs to none."""
        columns = self.columns
        assert columns is not None
        if (held := columns.held(row)) and columns.path is not None:
            path = columns.path
            found = await self.once(("company code", held), lambda: self.key_of(path, held))
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
        return await self.once(("unit", row_id), lambda: self.key_of(path, row_id)) or ""

    async def team_of(self, company_id: str) -> str:
        """The team that new rows of a company belong to, as a reference; empty if its row names none."""
        team, path = (self.columns.team, self.columns.path) if self.columns else (None, None)
        if not company_id or team is None or path is None:
            return ""
        table, nobody = entity("dataverse", path.table), "-"

        async def ask() -> str:
            row = await self.dataverse.read(table, (company_id,), [team.wire_name])
            return (reader(team)(row.row.get(team.wire_name)) if row else "") or nobody

        found = await self.once(("team", company_id), ask)
        return f"{next(iter(team.targets))}({found})" if found and found != nobody else ""

    async def decimals(self, told: str, table: Entity, row: Row) -> int | None:
        """How many decimals the amounts of a row have, by the lookup and the column that tell; None if they do not."""
        hop, _, name = told.partition(".")
        row_id, targets = row.get(table.fields[hop].wire_name), table.fields[hop].targets
        if not isinstance(row_id, str):
            return None
        found = await self.once(("decimals", told, row_id), lambda: self._number(next(iter(targets)), name, row_id))
        return None if found is None else int(found)

    async def _number(self, table: str, name: str, row_id: str) -> str | None:
        row = await self.dataverse.read(entity("dataverse", table), (row_id,), [name])
        return str(row.row[name]) if row and row.row.get(name) is not None else None

    async def know_name(self, table: Entity, row_id: str) -> str:
        """What a row is called, for people: by its primary column, where nothing better is known; else its id."""
        if row_id not in self.told.names and table.primary:
            row = await self.dataverse.read(table, (row_id,), [table.primary])
            if row and (name := row.row.get(table.primary)):
                self.told.names[row_id] = str(name)
        return self.told.names.get(row_id, row_id)

    async def find(self, path: KeyPath, company: str, code: str) -> str | None:
        """The id of the only row with that key, in the company where the table has companies."""
        table = entity("dataverse", path.table)
        conditions: list[Condition] = [(table.fields[path.key], code)]
        striped = self._striped(table) if company else None
        mark = await self.company_mark(company) if striped else ""
        if mark is None:
            return None
        if path.within and (group := await self._group(path.within)) is None:
            self.told.because(path, company, code, _not_there(path.within, code))
            return None
        if path.within:
            conditions.append((table.fields[path.within.column], group or ""))
        if striped is not None and not self.suite.writes(company):
            conditions.insert(0, (striped, mark))
        columns = _columns(table, path, striped)
        rows = exactly(await self.dataverse.find(table, conditions, columns), conditions)
        found = [row for row in rows if row.row.get("merged") is not True and _may_hold(row.row, striped, mark)]
        named = ", ".join(sorted(_named(table, row.row) for row in found)[:SHOWN])
        many = f"{len(found)} rows of {table.name} have {code!r} as their {path.key}: {named}; leave it to one of them"
        self.told.several(path, company, code, many if len(found) > 1 else "")
        if not found and path.within:
            within = path.within
            named = await self.know_name(entity("dataverse", within.table), within.code) if within.flow else within.code
            why = f"{code!r} is not among the {table.name} of {named!r} yet: add it there"
            self.told.because(path, company, code, why)
        return str(found[0].row[table.id]).lower() if len(found) == 1 else None

    async def _group(self, within: Within) -> str | None:
        """The row whose rows count."""
        if within.flow:
            return within.code or None
        path = KeyPath(within.table, within.key)
        return await self.once(("within", within.table, fold(within.code)), lambda: self.find(path, "", within.code))

    async def key_of(self, path: KeyPath, row_id: str, company: str = "") -> str | None:
        """The key of a row; None if the row is of another company than the one that is asked for."""
        table = entity("dataverse", path.table)
        striped = self._striped(table) if company else None
        columns = [path.key, *([striped.wire_name] if striped else [])]
        row = await self.dataverse.read(table, (row_id,), columns)
        key = reader(table.fields[path.key])(row.row.get(path.key)) if row else None
        owner = reader(striped)(row.row.get(striped.wire_name)) if row and striped else None
        if owner and fold(owner) != fold(await self.company_mark(company) or ""):
            self.of_another_company(path, company, row_id, str(key))
            return None
        if striped and key and not owner and not self.suite.writes(company):
            why = f"the row {key!r} that it points to belongs to no company: point to the one of {company}"
            self.told.because(path, company, row_id, why)
        return key or None

    def _striped(self, table: Entity) -> Field | None:
        """The column in which rows of another table keep their company, too, if it is per company."""
        own = self.columns.dataverse if self.columns else None
        return table.fields.get(own.name) if own else None

    def of_another_company(self, path: KeyPath, company: str, row_id: str, name: str) -> None:
        self.told.names[row_id] = name
        self.told.because(path, company, row_id, f"it points to {name}, of another company: point to one of {company}")


def _not_there(within: Within, code: str) -> str:
    """Why nothing can be looked for among the rows of another one."""
    if within.flow:
        return f"what {code!r} belongs to in Dataverse {within.table} is not coupled yet: see {within.flow}"
    return f"{within.code!r}, where {code!r} is looked for, is not in Dataverse {within.table} yet"


def _columns(table: Entity, path: KeyPath, striped: Field | None) -> list[str]:
    """What is read of rows that are looked up by a key: it, whose they are, and how they are called."""
    columns = [table.id, path.key, *([striped.wire_name] if striped else [])]
    columns += [table.fields[path.within.column].wire_name] if path.within else []
    columns += [table.primary] if table.primary else []
    return columns + (["merged"] if "merged" in table.fields else [])


def _named(table: Entity, row: Row) -> str:
    """A row by what it is called and by its id, for a person."""
    name, row_id = row.get(table.primary) if table.primary else None, str(row[table.id]).lower()
    return f"{name} ({row_id})" if name else row_id


def _may_hold(row: Row, striped: Field | None, mark: str) -> bool:
    """False for a row that belongs to another company than the one with this mark."""
    held = reader(striped)(row.get(striped.wire_name)) if striped else ""
    return not held or fold(held) == fold(mark)
