"""The judge of histories of business_central: who wrote what, where it came to stand, what the ledger says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.engine import House, explain
from shared.ledger import (
    CONFLICT,
    COUPLING,
    HINT,
    PARKED,
    WAITING,
    Coupling,
    Stored,
    Write,
    read_conflict,
    read_coupling,
    read_hint,
    read_trouble,
)
from shared.mapping import DATAVERSE, ERP, SIDES, Catalogue, Side
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.tables import MemoryTables
from tests.simulation.traders import CUSTOMERS, DE, FIELDS, US, Traders, Typed, id_of, name_of

KEPT: Final = ("d~", "e~", "w~", "p~", "c~", "j~")
"""Rows that a pass without news leaves alone (law 3)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A committed change of a record. ours: Koppel made it. values: of fields that people fill in, as it left them."""

    time: Any
    side: Side
    row_id: str
    operation: str
    ours: bool
    values: Mapping[str, str]
    name: str


@dataclass(slots=True)
class Judge:
    """Watches one history, and judges it when all is quiet. kept: every value that the conflict list ever had."""

    dataverse: DataverseTwin
    erp: BusinessCentralTwin
    tables: MemoryTables
    people: Traders
    maps: Catalogue
    kept: set[str] = field(default_factory=set)

    def watch(self, partition: str, writes: Sequence[Write]) -> None:
        """Sees every transaction that is carried out."""
        for write in writes:
            if partition == CUSTOMERS and write.key.startswith(CONFLICT) and write.kind != "delete":
                row = read_conflict(Stored(write.key, write.cells, ""))
                self.kept |= {row.value, row.winner}

    def standing(self) -> dict[str, Any]:
        """Everything that a pass without news leaves alone."""
        rows = self.tables.partitions.get(CUSTOMERS, {}).items()
        found: dict[str, Any] = {key: row.etag for key, row in rows if key.startswith(KEPT)}
        return {**found, "erp": len(self.erp.history), "dataverse": len(self.dataverse.history)}

    def needless(self, before: Mapping[str, Any]) -> list[str]:
        """What a further pass wrote, though nothing had changed."""
        now = self.standing()
        changed = [key for key in sorted({*before, *now}) if before.get(key) != now.get(key)]
        return [f"law 3: a further pass wrote {key}" for key in changed]

    def missed(self) -> list[str]:
        """Pairs that differ though no compare pass was needed to see it, and nothing stands about them."""
        rows = self.tables.partitions.get(CUSTOMERS, {}).items()
        about = {read_hint(row).identity[-1] for key, row in rows if key.startswith(HINT)} | self._aside()
        return [f"told in time: {text}" for text in self._unequal(about)]

    def untold(self) -> list[str]:
        """The newest word about a field, typed in Business Central, that is not on the other side although nothing went
        wrong but that subscriptions were lost: nobody has waited for a timer yet.
        """
        last = {(each.name, each.field): each for each in self.people.typed}
        words = {f"{each.field} of {each.name}: {each.value!r}" for each in last.values() if each.side == ERP}
        return [f"told by itself: {text}" for text in self.missed() if any(word in text for word in words)]

    async def verdict(self, house: House) -> list[str]:
        """Every law that is broken, in words."""
        history = [*self._erp(), *self._dataverse()]
        broken = [*self._lost(history), *self._invented(history), *self._twice(history), *self._killed(history)]
        broken += [*self._different(), *self._strangers()]
        return broken + [text async for text in self._unexplained(house)]

    # -- what happened

    def _erp(self) -> Iterator[Seen]:
        company = self.erp.company(DE).id
        for each in self.erp.history:
            if each.company == company and each.set in {"customers", "customerCards"}:
                values = {name: str(each.after.get(name) or "") for name in FIELDS if name in each.after}
                name = str(each.after.get("displayName") or "")
                yield Seen(each.at, ERP, each.id, each.operation, each.app is not None, values, name)

    def _dataverse(self) -> Iterator[Seen]:
        for each in self.dataverse.history:
            if each.table == "accounts":
                after = each.after
                values = {name: str(after.get(column) or "") for name, column in FIELDS.items() if column in after}
                name = str(after.get("name") or "")
                yield Seen(each.time, DATAVERSE, each.id, each.operation, each.app is not None, values, name)

    # -- laws 1 and 2

    def _lost(self, history: Sequence[Seen]) -> Iterator[str]:
        """What somebody typed, and Koppel wrote over or deleted, though it is nowhere else."""
        for typed in self.people.typed:
            own = [each for each in history if (each.side, each.row_id) == (typed.side, typed.row_id)]
            at = next(
                (
                    place
                    for place, each in enumerate(own)
                    if each.values.get(typed.field) == typed.value and not each.ours
                ),
                None,
            )
            if at is None:
                continue
            later = (each for each in own[at + 1 :] if self._ends(each, typed))
            end = next(later, None)
            if end is None or not end.ours or typed.value in self.kept or self._arrived(history, typed):
                continue
            yield f"law 1: {typed.field}={typed.value} of {typed.name} in {typed.side} was lost: {end.operation}"

    @staticmethod
    def _ends(each: Seen, typed: Typed) -> bool:
        return each.operation == "delete" or each.values.get(typed.field, typed.value) != typed.value

    @staticmethod
    def _arrived(history: Sequence[Seen], typed: Typed) -> bool:
        return any(each.side != typed.side and each.values.get(typed.field) == typed.value for each in history)

    def _invented(self, history: Sequence[Seen]) -> Iterator[str]:
        """What Koppel wrote and nobody had typed into that field of such a record."""
        typed = {(each.field, each.value) for each in self.people.typed}
        for each in history:
            for name, value in each.values.items():
                if each.ours and value and (name, value) not in typed:
                    yield f"law 2: {name}={value} in {each.side} came from nowhere"

    # -- laws 6 and 8

    def _twice(self, history: Sequence[Seen]) -> Iterator[str]:
        """Records that Koppel made more often than they were entered on the other side, or had gone on this one."""
        for side in SIDES:
            made = Counter(
                each.name for each in history if each.side == side and each.ours and each.operation == "create"
            )
            entered = Counter(name for where, name in self.people.entered if where != side)
            names = {each.row_id: each.name for each in history if each.operation == "create"}
            gone = Counter(names[each.row_id] for each in history if each.side == side and each.operation == "delete")
            for name, times in made.items():
                if times > max(1, entered[name]) + gone[name]:
                    yield f"law 6: {name} was made {times} times in {side}"
        ends = [each.erp for each in self._couplings() if each.state == "coupled"]
        yield from (f"law 6: {end} is coupled twice" for end, times in Counter(ends).items() if times > 1)

    def _killed(self, history: Sequence[Seen]) -> Iterator[str]:
        """Deletes by Koppel of what nobody had deleted on the other side."""
        names = {each.row_id: each.name for each in history if each.operation == "create"}
        for each in history:
            if each.ours and each.operation == "delete":
                before = {names[row_id] for _, where, row_id in self.people.deleted if where != each.side}
                if names[each.row_id] not in before:
                    yield f"law 8: {names[each.row_id]} was deleted in {each.side}, and nobody had deleted it"

    # -- law 7

    def _couplings(self) -> list[Coupling]:
        rows = self.tables.partitions.get(CUSTOMERS, {}).items()
        return [read_coupling(row) for key, row in rows if key.startswith(COUPLING)]

    def _aside(self, *, whole: bool = False) -> set[str]:
        """Ids of records of either side about which something is set aside, or open. whole: as a whole, not a line."""
        found: set[str] = set()
        for key, row in self.tables.partitions.get(CUSTOMERS, {}).items():
            if key.startswith((PARKED, WAITING)):
                trouble = read_trouble(row)
                is_whole = any(not item["line"] for item in trouble.items)
                found |= {trouble.identity[-1]} if is_whole or not whole else set()
            elif key.startswith(CONFLICT) and not whole:
                conflict = read_conflict(row)
                found |= {conflict.dataverse} if conflict.open else set()
        return found

    def _rows(self, side: Side) -> dict[str, Mapping[str, Any]]:
        return {id_of(side, row): row for row in self.people.rows(side)}

    def _different(self) -> Iterator[str]:
        """Pairs that differ, and records alone, of which no row says why."""
        aside, rows = self._aside(), {side: self._rows(side) for side in SIDES}
        told = self._aside(whole=True)
        ended: set[str] = set()
        paired: set[str] = set()
        for each in self._couplings():
            ends = {each.dataverse, each.erp[-1] if each.erp else ""}
            if each.state in {"uncoupled", "deleted"}:
                ended |= ends
                continue
            paired |= ends
            erp, account = rows[ERP].get(each.erp[-1] if each.erp else ""), rows[DATAVERSE].get(each.dataverse)
            if each.state == "coupled" and not ends & told and (erp is None or account is None):
                yield f"law 7: a pair has one end, and no row says so: {ends}"
        yield from (f"law 7: {text}" for text in self._unequal(aside))
        for side in SIDES:
            for row_id, row in rows[side].items():
                if row_id not in paired | ended | aside and self._in_scope(side, row):
                    yield f"law 7: {name_of(side, row)} in {side} is alone, and no row says why"

    def _unequal(self, excused: Collection[str]) -> Iterator[str]:
        """Fields of pairs at work that differ. excused: ids of records that are not looked at."""
        rows = {side: self._rows(side) for side in SIDES}
        for each in self._couplings():
            erp, account = rows[ERP].get(each.erp[-1] if each.erp else ""), rows[DATAVERSE].get(each.dataverse)
            if each.state != "coupled" or erp is None or account is None or {each.dataverse, erp["id"]} & {*excused}:
                continue
            for name, column in FIELDS.items():
                if (erp[name] or "") != (account.get(column) or ""):
                    yield f"{name} of {erp['displayName']}: {erp[name]!r} and {account.get(column)!r}"

    @staticmethod
    def _in_scope(side: Side, row: Mapping[str, Any]) -> bool:
        return row["blocked"] in {"", " "} if side == ERP else row["statecode"] == 0

    def _strangers(self) -> Iterator[str]:
        """The other company is nobody's business."""
        other_company = self.erp.company(US).id
        for each in self.erp.history:
            if each.company == other_company and each.app is not None:
                yield f"law 2: Koppel wrote to {US}: {each.id}"
        names = [str(row["displayName"]) for row in self.erp.rows(US, "customers")]
        for row in self.dataverse.rows("accounts"):
            if row["name"] in names:
                yield f"law 2: {row['name']} of {US} is an account"

    # -- law 10

    async def _unexplained(self, house: House) -> Any:
        """Records of which nobody can tell why they are, or are not, in sync."""
        company, flow = self.erp.company(DE).id, house.flow(CUSTOMERS)
        for side in SIDES:
            for row_id in self._rows(side):
                told = await explain(flow, side, (company, row_id) if side == ERP else (row_id,))
                if not told.get("why"):
                    yield f"law 10: nobody can explain {row_id} in {side}"
