"""Demo data as the compiled maps read it: the records of a flow, paired by the match key and the company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from shared.mapping import DATAVERSE, ERP, Entity, Line, Side, entity, fold
from tests.emulator.demo import Demo
from tests.unit.maps.shipped import shipped

Row = Mapping[str, Any]
Key = tuple[str, ...]


def key_of(form: Entity, row: Row) -> Key:
    """The key of an F&O row, without regard to letter case."""
    company = ("dataAreaId",) if "dataAreaId" in form.key else ()
    return (*(row[name] for name in company), *(fold(str(row[name])) for name in form.key if name != "dataAreaId"))


class Pairs:
    """The records of one flow, by company and match key; those without a key by their id."""

    def __init__(self, made: Demo, name: str) -> None:
        self.map = shipped(name)
        table, form = self.map.dataverse.entity, self.map.erp.entity
        self.names = {
            f"/{each}({row[entity('dataverse', each).id]})": row
            for each, rows in made.dataverse.items()
            for row in rows
        }
        self.rows = [self.as_read(row, table) for row in made.dataverse[table.name]]
        self.erp: dict[Key, Row] = {self.erp_key(row): row for row in made.finops[form.name]}
        self.dataverse: dict[Key, Row] = {self.dataverse_key(row): row for row in self.rows}

    def as_read(self, row: Row, table: Entity) -> Row:
        """A row as it is read back: nulls, and the paths of rows for lookups."""
        ways = {f"{way}@odata.bind": each.wire_name for each in table.fields.values() for way in each.targets.values()}
        nulls: dict[str, Any] = {each.wire_name: each.default for each in table.fields.values()}
        return nulls | {ways.get(name, name): value for name, value in row.items()}

    def erp_key(self, row: Row) -> Key:
        values = self.map.erp.read(row)
        return (row.get("dataAreaId", ""), *(fold(values[line.index]) for line in self.map.match[0]))

    def dataverse_key(self, row: Row) -> Key:
        values = self.map.dataverse.read(row)
        parts = [fold(self.named(line, values[line.index])) for line in self.map.match[0]]
        return (self.company(row), *(parts if all(parts) else [fold(row[self.map.dataverse.entity.id])]))

    def named(self, line: Line, value: str) -> str:
        """What the ERP would call a Dataverse value."""
        return line.backward(value) if line.lookup is None else self.code(value, line.lookup.paths[0].key)

    def company(self, row: Row) -> str:
        link = row.get("_msdyn_company_value")
        return str(self.names[link]["cdm_companycode"]).lower() if link else ""

    def different_lines(self, erp: Row, dataverse: Row) -> list[str]:
        """The names of the lines whose values do not mean the same."""
        left, right = self.map.erp.read(erp), self.map.dataverse.read(dataverse)
        found = []
        for line in self.map.lines:
            if line.lookup is None:
                held = left[line.index], right[line.index]
                same = line.same(*held) or line.alike(*held, None)
            else:
                same = fold(left[line.index]) == fold(self.named(line, right[line.index]))
            found += [] if same else [line.name.partition(" ")[0]]
        return found

    def code(self, link: str, key: str) -> str:
        return str(self.names[link][key]) if link else ""

    def in_scope(self, side: Side) -> Iterator[tuple[Key, Row]]:
        rows = self.erp if side == ERP else self.dataverse
        striped = self.map.company is not None
        scope = self.map.side(side).scope
        return ((key, row) for key, row in rows.items() if scope.includes(row) and (key[0] or not striped))

    def counted(self, broken: frozenset[str]) -> Counter[str]:
        """How many records are of each kind, without the broken ones: their number is a part of their key."""
        kinds: Counter[str] = Counter()
        for key, row in self.in_scope(ERP):
            there = self.dataverse.get(key)
            kind = "only_erp" if there is None else "different" if self.different_lines(row, there) else "equal"
            kinds[kind] += broken.isdisjoint(key)
        kinds["only_dataverse"] = sum(
            key not in self.erp and broken.isdisjoint(key) for key, _ in self.in_scope(DATAVERSE)
        )
        return kinds
