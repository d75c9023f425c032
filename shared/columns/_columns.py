"""What a suite keeps, and whether there is anything to keep here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.columns._rule import Rule
from shared.engine import House
from shared.mapping import Entity, entity
from shared.systems import Dataverse

FRESH: Final = timedelta(minutes=10)
"""So long what was found out about the environment is not asked again."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Automatic numbers of a column, which older rows do not have. begins: as in `CON-01000-BVRCPS`."""

    table: str
    column: str
    begins: str

    @property
    def entity(self) -> Entity:
        return entity("dataverse", self.table)

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def lacking(self) -> str:
        """The filter that finds rows without a number."""
        return f"{self.column} eq null"

    def text(self, place: int, suffix: str) -> str:
        """A number as the sequence itself would give it."""
        return f"{self.begins}-{place:05d}-{suffix}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The computed columns of a suite.

    flows: of these one has to run. idle: why nothing is kept, by the settings alone. vendor: the unique name of a
    solution that keeps the same columns by itself. numbers: what an upgrade gives to rows that have none.
    """

    suite: str
    rules: Sequence[Rule]
    flows: Sequence[str]
    idle: str = ""
    vendor: str = ""
    numbers: Sequence[Numbers] = ()

    @property
    def name(self) -> str:
        """How leases, registrations and functions call it."""
        return f"{self.suite}.columns"

    @property
    def feeds(self) -> Mapping[str, Sequence[str]]:
        """What is read of each table whose changes are followed."""
        found: dict[str, dict[str, None]] = {}
        for rule in self.rules:
            for table, columns in rule.feeds.items():
                found.setdefault(table, {}).update(dict.fromkeys(columns))
        return {table: tuple(columns) for table, columns in found.items()}

    @property
    def followed(self) -> Sequence[tuple[Entity, Sequence[str]]]:
        """The tables whose events wake the columns, and the columns whose change does."""
        return [(entity("dataverse", table), [_logical(each) for each in names]) for table, names in self.feeds.items()]

    @property
    def own(self) -> Mapping[str, set[str]]:
        """The columns that have to be there, by the logical names of their tables."""
        found: dict[str, set[str]] = {entity("dataverse", table).type: set() for table in self.feeds}
        for rule in self.rules:
            for table, columns in rule.own.items():
                found.setdefault(table, set()).update(columns)
        for each in self.numbers:
            found.setdefault(each.entity.type, set()).add(each.column)
        return found


@dataclass(slots=True)
class Standing:
    """Whether columns are to be kept here, as it was found out last."""

    columns: Columns
    looked: datetime | None = None
    why: str = ""

    async def why_not(self, house: House, dataverse: Dataverse) -> str:
        """Why nothing is kept now; empty if it is."""
        if self.columns.idle:
            return self.columns.idle
        if not any([await house.is_live(name) for name in self.columns.flows]):
            return f"none of {', '.join(self.columns.flows)} runs"
        return await self.missing(house, dataverse)

    async def missing(self, house: House, dataverse: Dataverse) -> str:
        """What is not there, or is another's to do, whether flows run or not."""
        if self.columns.idle:
            return self.columns.idle
        if self.looked is None or house.clock() - self.looked > FRESH:
            self.why = await _by_others(dataverse, self.columns) or await _missing(dataverse, self.columns.own)
            self.looked = house.clock()
        return self.why


async def _by_others(dataverse: Dataverse, columns: Columns) -> str:
    if not columns.vendor:
        return ""
    found = await dataverse.get(f"solutions?$select=uniquename&$filter=uniquename eq '{columns.vendor}'")
    return f"the solution {columns.vendor} keeps these columns by steps of its own" if found["value"] else ""


async def _missing(dataverse: Dataverse, own: Mapping[str, set[str]]) -> str:
    """The tables that Dataverse does not have, or the columns that nobody has made."""
    named = " or ".join(f"LogicalName eq '{table}'" for table in own)
    columns = "$expand=Attributes($select=LogicalName)"
    found = await dataverse.get(f"EntityDefinitions?$select=LogicalName&$filter={named}&{columns}")
    absent = sorted(own.keys() - {str(each["LogicalName"]) for each in found["value"]})
    if absent:
        return f"Dataverse has no table {', '.join(absent)}: Sales is not there"
    known = {
        f"{table['LogicalName']}.{column['LogicalName']}" for table in found["value"] for column in table["Attributes"]
    }
    lacking = sorted({f"{table}.{name}" for table, names in own.items() for name in names} - known)
    return f"there is no column {', '.join(lacking)}: set the suite up" if lacking else ""


def _logical(wire: str) -> str:
    """The name of a column, of which a lookup is read under another one."""
    return wire.removeprefix("_").removesuffix("_value") if wire.startswith("_") else wire
