"""What hangs on a record: rows that would go with it, or lose what they refer to, if it were deleted.

Asked over the lookups of every table and entity that a map is about, and over the relationships by which Dataverse
itself deletes rows along with others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from shared.engine._flow import Flow, RowName
from shared.engine._for_all import for_all
from shared.engine.lookups import called_by
from shared.errors import Denied, Refused, Rejected
from shared.mapping import ABSENT, ERP, Entity, Field, FlowMap, Line, Side, fold, reader
from shared.systems import Condition, Observation

_Search = tuple[Entity, list[Condition]]
_MustSee = Callable[[Side, Entity], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Hanging:
    """A row that points to a record."""

    side: Side
    entity: Entity
    row: Observation

    @property
    def name(self) -> RowName:
        """What tells it from every other row."""
        return self.side, self.entity.name, self.key

    @property
    def called(self) -> str:
        """What people call it."""
        name = str(self.row.row.get(self.entity.primary) or "") if self.entity.primary else ""
        return f"{name} ({self.entity.name})" if name else str(self)

    @property
    def key(self) -> tuple[str, ...]:
        """Its own key, as its system compares keys."""
        return tuple(fold(str(self.row.row.get(name, ""))) for name in self.entity.key)

    def __str__(self) -> str:
        return f"{self.entity.name} {' '.join(str(self.row.row.get(name, '')) for name in self.entity.key)}"


@dataclass(slots=True)
class Lookups:
    """Where rows may point to records of a flow. maps: every map there is."""

    flow: Flow
    maps: Sequence[FlowMap]
    _along: asyncio.Future[Sequence[tuple[Entity, Field]]] | None = field(default=None)

    async def hanging(self, side: Side, identity: tuple[str, ...]) -> list[Hanging]:
        """The rows that point to a record, but for itself. Raises what the system says if it cannot be asked."""
        if side == ERP:
            return await self._found(side, identity, await self._in_erp(identity))
        pointing = [*self._mapped(), *self._looked_up(), *await self._taken_along()]
        return await self._found(side, identity, _pointing(pointing, identity[0]))

    async def keeping(self, side: Side, identity: tuple[str, ...]) -> list[Hanging]:
        """The rows because of which a record is not deleted: those that a mapped lookup makes point to it, and those of
        mapped tables that Dataverse deletes along with it. Whatever else there is, is nobody's that we keep equal.

        Raises what the system says if a table of a flow at work cannot be asked; in others nothing can be seen to hang.
        """
        if side == ERP:
            return await self._found(side, identity, await self._in_erp(identity), must_see=self._is_at_work)
        along = await self.flow.others.taken_along(self.flow.map.dataverse.entity)
        kept = {each.dataverse.entity.name for each in self.maps}
        pointing = [*(each for each in along if each[0].name in kept), *self._looked_up()]
        return await self._found(side, identity, _pointing(pointing, identity[0]), must_see=self._is_at_work)

    async def _is_at_work(self, side: Side, entity: Entity) -> bool:
        """True if a flow at work keeps a table."""
        names = [each.name for each in self.maps if each.side(side).entity.name == entity.name]
        return any(await asyncio.gather(*map(self.flow.others.is_live, names)))

    async def _found(
        self, side: Side, identity: tuple[str, ...], searches: Sequence[_Search], must_see: _MustSee | None = None
    ) -> list[Hanging]:
        asked = (self._ask(side, entity, conditions, must_see) for entity, conditions in searches)
        found = await asyncio.gather(*asked)
        rows = {
            (entity.name, each.key): each
            for (entity, _), rows in zip(searches, found, strict=True)
            for each in (Hanging(side, entity, row) for row in rows)
        }
        part = self.flow.map.side(side).entity
        own = (part.name, self._key(side, part, identity))
        return [each for key, each in sorted(rows.items(), key=lambda item: item[0]) if key != own]

    async def _ask(
        self, side: Side, entity: Entity, conditions: list[Condition], must_see: _MustSee | None
    ) -> list[Observation]:
        try:
            return await self.flow.system(side).find(entity, conditions, _shown(entity))
        except (Denied, Refused, Rejected):
            if must_see is None or await must_see(side, entity):
                raise
            return []

    def _key(self, side: Side, entity: Entity, identity: tuple[str, ...]) -> tuple[str, ...]:
        names = self.flow.map.identity if side == ERP else entity.key
        return tuple(fold(identity[list(names).index(name)]) for name in entity.key)

    # -- Dataverse

    def _looked_up(self) -> list[tuple[Entity, Field]]:
        own = self.flow.map.dataverse.entity.name
        lines = [(each.dataverse.entity, line) for each in self.maps for line in each.lookups]
        return [(table, line.dataverse) for table, line in lines if own in self._tables(line)]

    def _tables(self, line: Line) -> set[str]:
        """The tables where a line looks, by a key or by the couplings of flows."""
        paths = line.lookup.paths if line.lookup else ()
        return {path.table for path in paths} | {each.table.name for each in self.flow.links.pairs.by_flows(line)}

    def _mapped(self) -> list[tuple[Entity, Field]]:
        own = self.flow.map.dataverse.entity.name
        tables = {each.dataverse.entity.name: each.dataverse.entity for each in self.maps}
        return [(table, column) for _, table in sorted(tables.items())
                for column in table.fields.values() if own in column.targets]  # fmt: skip

    async def _taken_along(self) -> Sequence[tuple[Entity, Field]]:
        """What the platform deletes along, but for what the maps tell already."""
        if self._along is None:
            self._along = for_all(self.flow.dataverse.taken_along(self.flow.map.dataverse.entity))
        known = {(table.name, column.name) for table, column in self._mapped()}
        return [each for each in await asyncio.shield(self._along) if (each[0].name, each[1].name) not in known]

    # -- the ERP

    async def _in_erp(self, identity: tuple[str, ...]) -> list[_Search]:
        """Searches for records that name this one, by its key or by what people call it: those of its own system, and
        of its company.
        """
        own, company = self.flow.map.erp.entity, self.flow.map.company
        codes = [name for name in own.key if company is None or name != company.erp.name]
        if len(codes) != 1:
            return []
        key, values = own.fields[codes[0]], dict(zip(self.flow.map.identity, identity, strict=True))
        maps = [each for each in self.maps if each.erp.system == self.flow.map.erp.system]
        naming = [(each, column) for each in maps for column in self._naming(each, key)]
        called = await self._called(identity) if any(_by_word(key, column) for _, column in naming) else ""
        searches: dict[tuple[str, str], _Search] = {}
        for each, column in naming:
            entity, name = each.erp.entity, called if _by_word(key, column) else values[key.name]
            conditions: list[Condition] = [(column, name)]
            if company and each.company and company.erp.name in values:
                conditions.insert(0, (each.company.erp, values[company.erp.name]))
            searches |= {(entity.name, column.name): (entity, conditions)} if name else {}
        return [search for _, search in sorted(searches.items(), key=lambda item: item[0])]

    def _naming(self, each: FlowMap, key: Field) -> list[Field]:
        """Fields of another entity that name a record of ours: by the schema, or because a map says what they mean.
        Not those that no filter knows: all records of a company would have to be read.
        """
        part, flow = self.flow.map.erp.entity, self.flow.map
        named = [column for column in each.erp.entity.fields.values() if column.ref == part.name]
        word = called_by(part) if key.type == "guid" else key
        own = {(flow.dataverse.entity.name, line.dataverse.name)
               for line in flow.lines if word and line.erp.name == word.name}  # fmt: skip
        meant = [line.erp for line in each.lookups if line.lookup and (flow.name in line.lookup.via
                 or own & {(path.table, path.key) for path in line.lookup.paths if not path.hops})]  # fmt: skip
        return [column for column in (*named, *meant) if not column.unfiltered]

    async def _called(self, identity: tuple[str, ...]) -> str:
        """What people call a record whose key is an id; empty if that is blank, or the record gone."""
        part = self.flow.map.erp.entity
        word = called_by(part)
        row = await self.flow.erp.read(part, identity, [word.name]) if word else None
        value = reader(word)(row.row.get(word.name, ABSENT)) if word and row else ""
        return "" if value is ABSENT else value


def _by_word(key: Field, column: Field) -> bool:
    """True if a field names records by what they are called, whose key is an id (reference: business-central-api 4)."""
    return key.type == "guid" and column.type != "guid"


def _shown(entity: Entity) -> list[str]:
    """The columns that say which row it is, and what it is called."""
    named = entity.primary and entity.primary not in entity.key
    return [*entity.key, *([entity.primary] if named else [])]


def _pointing(columns: Sequence[tuple[Entity, Field]], row_id: str) -> list[_Search]:
    """Searches by columns, each once."""
    distinct = {(table.name, column.name): (table, column) for table, column in columns}
    return [(table, [(column, row_id)]) for _, (table, column) in sorted(distinct.items(), key=lambda each: each[0])]


def row_id_of(found: Hanging) -> str:
    """The id of a Dataverse row."""
    return str(found.row.row[found.entity.id]).lower()
