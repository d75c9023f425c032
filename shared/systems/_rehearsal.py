"""A system to rehearse on: what stands is read, what would be written stays in memory.

It knows no rules of the real system but what a column holds that nobody fills in: whatever that would refuse or round
is not seen.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.errors import Gone, Refused, Stale
from shared.mapping import ABSENT, DATAVERSE, Entity, Field, Secured, fold, reader
from shared.systems._looked_into import looked_into, own_columns
from shared.systems._port import Body, Condition, Cursor, Observation, Page, Reading, System

RecordKey = tuple[str, ...]


@dataclass(slots=True)
class RehearsedSystem:
    """The port `System` over another one.

    kept: what an earlier slice has set down about a record: whether it did, and the record, if it is there.
    """

    system: System
    kept: Callable[[RecordKey], Awaitable[tuple[bool, Observation | None]]]
    rows: dict[RecordKey, Observation | None] = field(default_factory=dict)
    versions: int = 0
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.system.name

    @property
    def away(self) -> bool:
        return self.system.away

    @property
    def calls(self) -> Mapping[str, int]:
        return self.system.calls

    @property
    def throttles(self) -> int:
        return self.system.throttles

    async def ping(self) -> None:
        await self.system.ping()

    async def environment(self) -> str:
        return await self.system.environment()

    async def user(self) -> str:
        return await self.system.user()

    async def taken_along(self, entity: Entity) -> Sequence[tuple[Entity, Field]]:
        return await self.system.taken_along(entity)

    async def has_owners(self, entity: Entity) -> bool:
        return await self.system.has_owners(entity)

    async def mark(self) -> str:
        return await self.system.mark()

    async def leave_mark(self, ledger: str) -> None:
        raise Refused("a dry run leaves no mark")

    async def secured(self, tables: Collection[str]) -> Secured:
        return await self.system.secured(tables)

    async def links(self, entity: Entity, identities: Sequence[Sequence[str]]) -> Sequence[str]:
        return await self.system.links(entity, identities)

    async def read(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        found = await self._stands(entity, identity, columns)
        return found and await self._looked(entity, columns, found)

    async def _stands(self, entity: Entity, identity: Sequence[str], columns: Sequence[str]) -> Observation | None:
        """A record as it was left, before other rows are looked into for it."""
        known, found = await self._rehearsed(record_key(entity, identity))
        return found if known else await self.system.read(entity, identity, columns)

    async def _rehearsed(self, key: RecordKey) -> tuple[bool, Observation | None]:
        """Whether a record was written here, and what it is since; None if it is deleted."""
        return (True, self.rows[key]) if key in self.rows else await self.kept(key)

    async def completed(
        self, entity: Entity, columns: Sequence[str], rows: Sequence[Observation]
    ) -> Sequence[Observation]:
        return await self.system.completed(entity, columns, rows)

    async def confirm_gone(self, entity: Entity, identity: Sequence[str]) -> None:
        await self.system.confirm_gone(entity, identity)

    async def find(self, entity: Entity, conditions: Sequence[Condition], columns: Sequence[str]) -> list[Observation]:
        """What is there already, but for what has been deleted or does not meet the conditions any more."""
        found = await self.system.find(entity, conditions, columns)
        return [row for row in found if await self._still(entity, conditions, row)]

    async def _still(self, entity: Entity, conditions: Sequence[Condition], found: Observation) -> bool:
        if not all(name in found.row for name in entity.key):
            return True
        key = record_key(entity, [str(found.row[name]) for name in entity.key])
        known, now = await self._rehearsed(key)
        if not known or now is None:
            return not known
        held = ((reader(each)(now.row.get(each.wire_name, ABSENT)), value) for each, value in conditions)
        return all(left is ABSENT or fold(left) == fold(value) for left, value in held)

    def pages(self, entity: Entity, reading: Reading, cursor: Cursor | None) -> AsyncIterator[Page]:
        return self.system.pages(entity, reading, cursor)

    def tells_changes(self, entity: Entity) -> bool:
        return self.system.tells_changes(entity)

    def changes(self, entity: Entity, reading: Reading, cursor: Cursor) -> AsyncIterator[Page]:
        return self.system.changes(entity, reading, cursor)

    async def create(self, entity: Entity, body: Body, columns: Sequence[str]) -> Observation | None:
        """The new record; parts of its key that the system would assign say so."""
        self.versions += 1
        row = {**{name: _unsent(entity, name) for name in own_columns(entity, columns)}, **_row(entity, body)}
        for name in entity.key:
            row[name] = f"(new {self.versions})" if row.get(name) in {None, ""} else row[name]
        (whole,) = await self.system.completed(entity, columns, [Observation(row, "")])
        stored = self._store(entity, [str(row[name]) for name in entity.key], whole.row)
        return await self._looked(entity, columns, stored)

    async def update(
        self, entity: Entity, identity: Sequence[str], body: Body, version: str, columns: Sequence[str]
    ) -> Observation:
        found = await self._at(entity, identity, version, columns)
        self.versions += 1
        stored = self._store(entity, identity, {**found.row, **_row(entity, body)})
        return await self._looked(entity, columns, stored)

    async def _looked(self, entity: Entity, columns: Sequence[str], found: Observation) -> Observation:
        (looked,) = await looked_into(self.read, entity, columns, [found])
        return looked

    async def delete(self, entity: Entity, identity: Sequence[str], version: str) -> None:
        await self._at(entity, identity, version, entity.key)
        self.rows[record_key(entity, identity)] = None

    async def _at(self, entity: Entity, identity: Sequence[str], version: str, columns: Sequence[str]) -> Observation:
        found = await self._stands(entity, identity, columns)
        if found is None:
            raise Gone(f"{entity.name} {' '.join(identity)} does not exist")
        if found.version != version:
            raise Stale(f"{entity.name} {' '.join(identity)} has changed")
        return found

    def _store(self, entity: Entity, identity: Sequence[str], row: Mapping[str, Any]) -> Observation:
        stored = Observation(row, f"rehearsed-{self.versions}")
        self.rows[record_key(entity, identity)] = stored
        return stored


def record_key(entity: Entity, identity: Sequence[str]) -> RecordKey:
    """What a rehearsed record is known by."""
    return (entity.name, *(fold(part) for part in identity))


def _unsent(entity: Entity, name: str) -> Any:
    """What a new record holds in a column that its create does not name: an enumeration is never blank, nor is what is
    true or false in an ERP.
    """
    found = entity.find(name)
    if found is None or found.default is not None:
        return found and found.default
    return found.members[0] if found.members else False if found.type == "bool" and entity.system != DATAVERSE else None


def _row(entity: Entity, body: Body) -> dict[str, Any]:
    """A request's body as the record would show it: references by the id they point to."""
    navigations = {navigation: field for field in entity.fields.values() for navigation in field.targets.values()}
    row: dict[str, Any] = {}
    for name, text in body.items():
        value = json.loads(text, parse_float=str)
        found = navigations.get(name.removesuffix("@odata.bind"))
        if found is None:
            row[name] = value
        else:
            row[found.wire_name] = value and value.partition("(")[2].rstrip(")")
    return row
