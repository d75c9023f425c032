"""One Dataverse environment: its tables, its clock, the open transaction, and what was committed."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.emulator.dataverse.autonumbers import Sequences
from tests.emulator.dataverse.behaviour import Behaviour, RowRight
from tests.emulator.dataverse.refusal import Refusal, invalid_argument, no_segment
from tests.emulator.dataverse.schema import definitions, stable_id
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.guids import guid

FIRST_VERSION = 48_512_000
Operation = Literal["create", "update", "delete"]
_MAINTAINED = frozenset({"modifiedon", "_modifiedby_value", "_modifiedonbehalfby_value", "versionnumber"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, through which application, and what the request asked of the platform. by_token: over the
    Web API, where roles decide; people who work in the product may do everything.
    """

    user_id: str
    user: str
    app: str | None = None
    behalf_of: str | None = None
    tag: str | None = None
    correlation: str = ""
    request: str = ""
    by_token: bool = False
    skips_asynchronous: bool = False
    skipped_steps: frozenset[str] = frozenset()
    detects_duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A row that was written inside the open transaction. `sent` are the columns named in the request.

    asked: what it asked for where something else was stored.
    """

    table: Table
    row_id: str
    operation: Operation
    before: Row | None
    after: Row | None
    actor: Actor
    sent: tuple[str, ...] = ()
    silent: bool = False
    deleted: int | None = None
    parent: Event | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change. `before` and `after` hold the changed columns; `sent` what the request named.

    consequence: the platform did it by itself, because another row of the same transaction was deleted.
    asked: what the request asked for where something else was stored, by column.
    """

    sequence: int
    time: datetime
    user: str
    app: str | None
    table: str
    id: str
    operation: Operation
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    tag: str | None
    sent: tuple[str, ...] = ()
    consequence: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Environment:
    """Everything the parts of the twin share."""

    clock: Callable[[], datetime]
    url: str
    seed: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    tables: dict[str, Table] = field(default_factory=dict)
    by_logical: dict[str, Table] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    listeners: list[Callable[[list[Event]], None]] = field(default_factory=list)
    unmatched: set[tuple[str, datetime]] = field(default_factory=set)
    """Rows, and when they were written although a stale `If-Match` would have stopped that, had it been enforced."""
    refused: deque[tuple[str, tuple[str, ...], frozenset[str], str]] = field(default_factory=lambda: deque(maxlen=5000))
    """The last updates that were refused for what they would store: entity set, key, names of the body, words."""
    version: int = FIRST_VERSION
    may: Callable[[str, str], bool] = field(default=lambda _user, _privilege: True)
    """Whether the roles of a user, by id, hold a privilege."""

    def __post_init__(self) -> None:
        for definition in definitions():
            table = Table(definition, self.behaviour)
            self.tables[definition.name] = self.by_logical[definition.logical] = table
        self.organization_id = stable_id(f"organization {self.seed}")
        self.business_unit_id = stable_id("business unit")
        self.randomness = random.Random(self.seed)
        self.tracing = random.Random(f"{self.seed} tracing")
        self.sequences = Sequences(random.Random(f"{self.seed} numbers"))
        self._open: list[Event] | None = None
        self._commits: dict[int, datetime] = {}

    def table(self, name: str) -> Table:
        """The table behind an entity set name."""
        found = self.tables.get(name)
        if found is None:
            raise no_segment(name)
        return found

    def new_id(self) -> str:
        """An id for a row. Ids of requests come from elsewhere, so that reading does not change what is created."""
        return guid(self.randomness)

    def trace_id(self) -> str:
        return guid(self.tracing)

    def next_version(self) -> int:
        self.version += 1
        if self.behaviour.slow_commits:
            self._commits[self.version] = self.clock() + timedelta(seconds=self.behaviour.slow_commits)
        return self.version

    def committed(self, version: int) -> bool:
        """True if the transaction that gave out a version has ended."""
        return version not in self._commits or self._commits[version] <= self.clock()

    def visible(self, row: Row | None) -> Row | None:
        """The version of a row that a plain read sees at this moment."""
        delay = self.behaviour.visible_after
        if not delay:
            return row
        now = self.clock()
        while row is not None and row.since is not None and (now - row.since).total_seconds() < delay:
            row = row.previous
        return row

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside an open transaction it is part of that one."""
        if self._open is not None:
            yield
            return
        self._open = []
        try:
            yield
        except BaseException:
            self._undo(self._open)
            self._open = None
            raise
        events, self._open = self._open, None
        self._publish(events)

    def record(self, event: Event) -> None:
        assert self._open is not None
        self._open.append(event)
        if self.behaviour.visible_after and event.after is not None:
            if event.before is not None and self.visible(event.before) is event.before:
                event.before.previous = None
            event.after.since, event.after.previous = self.clock(), event.before

    def latest(self) -> tuple[str, str] | None:
        """Entity set and id of the row written last in the open transaction, if it is still there."""
        event = self._open[-1] if self._open else None
        return (event.table.definition.name, event.row_id) if event is not None and event.after is not None else None

    def require(self, actor: Actor, privilege: str) -> None:
        """Refuses what the caller's roles do not hold, and what was taken away from applications; people who work in
        the product are allowed everything.
        """
        missing = self.behaviour.missing_privileges
        taken = missing and actor.app is not None and privilege.lower() in {name.lower() for name in missing}
        if taken or (actor.by_token and not self.may(actor.behalf_of or actor.user_id, privilege)):
            text = f"Principal user (Id={actor.user_id}, type=8) is missing {privilege} privilege"
            raise Refusal(403, "0x80040220", f"{text} (Id={stable_id(privilege)}) on OTC=1 for entity.")

    def reaches(self, actor: Actor, table: Table, row_id: str, right: RowRight) -> bool:
        """Whether a role reaches a row of a table that it allows; people reach them all."""
        withheld = self.behaviour.withheld_rows
        return not withheld or actor.app is None or row_id not in withheld.get((table.definition.name, right), ())

    def require_row(self, actor: Actor, table: Table, row_id: str, right: RowRight) -> None:
        """Refuses if it does not."""
        if not self.reaches(actor, table, row_id, right):
            text = f"SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID: {row_id}"
            raise Refusal(403, "0x80040220", f"{text}, CallingUser: {actor.user_id}, for {right} access.")

    def target(self, name: str, row_id: str) -> Row | None:
        return self.tables[name].rows.get(row_id) if name in self.tables else None

    def primary_name(self, name: str, row_id: str | None) -> str | None:
        """What a lookup to this row shows."""
        row = self.target(name, row_id) if row_id else None
        return row.values[self.tables[name].definition.primary] if row is not None else None

    def pointed_into(self, table: Table, row: Row, column: str) -> str:
        """The entity set a lookup of this row points into."""
        sets = tuple(table.definition.columns[column].targets)
        return row.targets.get(column, sets[0])

    @property
    def computes_prices(self) -> bool:
        """A setting of the organisation: Sales computes the amounts of documents itself."""
        return bool(self.tables["organizations"].rows[self.organization_id].values["oobpricecalculationenabled"])

    def base_currency(self) -> str:
        """The id of the organisation's currency."""
        values = self.tables["organizations"].rows[self.organization_id].values
        currency = values["_basecurrencyid_value"]
        if currency not in self.tables["transactioncurrencies"].rows:
            raise invalid_argument("The organization has no base currency.")
        return str(currency)

    def _undo(self, events: list[Event]) -> None:
        for event in reversed(events):
            event.table.put_back(event.row_id, event.before, event.deleted)

    def _publish(self, events: list[Event]) -> None:
        now = self.clock()
        for event in events:
            self.history.append(_change(len(self.history) + 1, now, event))
        for listener in self.listeners:
            listener(events)


def _change(sequence: int, now: datetime, event: Event) -> Change:
    before, after = _changed(event.before, event.after)
    actor, name = event.actor, event.table.definition.name
    return Change(sequence, now, actor.user, actor.app, name, event.row_id, event.operation, before, after, actor.tag,
                  event.sent, event.parent is not None, event.asked)  # fmt: skip


def _changed(before: Row | None, after: Row | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns whose value changed; what the platform itself maintains at every write is left out."""
    if before is None or after is None:
        return _filled(before), _filled(after)
    old, new = before.values, after.values
    names = [name for name, value in new.items() if value != old[name] and name not in _MAINTAINED]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def _filled(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {name: value for name, value in row.values.items() if value is not None and name not in _MAINTAINED}
