"""One environment: its tables, companies and clock, the open transaction, and what was committed."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from tests.emulator.finops.behaviour import Behaviour
from tests.emulator.finops.refusal import ACCESS, Refusal, failed, no_property, no_resource
from tests.emulator.finops.schema import Entity, entities, enums
from tests.emulator.finops.store import Row, Table
from tests.emulator.guids import guid
from tests.emulator.transactions import Transactional

FIRST_RECORD = 5_637_144_576
Operation = Literal["create", "update", "delete", "rename"]
_CURRENCIES = {"usmf": "USD", "demf": "EUR"}
_NAMES = {"usmf": "Contoso Entertainment System USA", "demf": "Contoso Entertainment System Germany"}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and through which application; None for a person in the product."""

    user: str
    app: str | None = None

    @property
    def object_id(self) -> str:
        """The user's object id in Microsoft Entra ID."""
        return user_id(self.user)


@dataclass(frozen=True, slots=True)
class Event:
    """A row that was written. `sent` are the fields named in the request; a silent event is told to nobody.

    asked: what it asked for where something else was stored.
    """

    table: Table
    operation: Operation
    before: Row | None
    after: Row | None
    actor: Actor
    sent: tuple[str, ...] = ()
    silent: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change. `before` and `after` hold the changed fields: all of them for a create and a delete.

    `sent` are the fields that were named by whoever wrote; everything else the product filled in by itself.
    asked: what they asked for where something else was stored.
    """

    sequence: int
    time: datetime
    user: str
    app: str | None
    entity: str
    key: Mapping[str, Any]
    operation: Operation
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sent: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Environment(Transactional[Event]):
    """Everything the parts of the twin share."""

    clock: Callable[[], datetime]
    url: str
    seed: int
    companies: Sequence[str]
    behaviour: Behaviour = field(default_factory=Behaviour)
    tables: dict[str, Table] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(enums()))
    history: list[Change] = field(default_factory=list)
    listeners: list[Callable[[list[Event]], None]] = field(default_factory=list)
    unmatched: set[int] = field(default_factory=set)
    """Sequence numbers of changes that a stale `If-Match` would have stopped, had it been enforced."""
    refused: deque[tuple[str, tuple[str, ...], frozenset[str], str]] = field(default_factory=lambda: deque(maxlen=5000))
    """The last updates that were refused for what they would store: entity set, key, names of the body, words."""

    def __post_init__(self) -> None:
        super().__init__()
        self.companies = tuple(company.lower() for company in self.companies)
        self.tables = {name: Table(entity, self.behaviour) for name, entity in entities().items()}
        self.randomness = random.Random(self.seed)
        self.tracing = random.Random(f"{self.seed} tracing")
        self._record = FIRST_RECORD

    def table(self, name: str) -> Table:
        """The table behind an entity set name."""
        found = self.tables.get(name)
        if found is None:
            raise no_resource(f"{self.url}/data/{name}")
        return found

    def default_company(self) -> str:
        return self.behaviour.default_company.lower() or self.companies[0]

    def currency(self, company: str) -> str:
        """The accounting currency of a company."""
        return _CURRENCIES.get(company, "USD")

    def company_name(self, company: str) -> str:
        return _NAMES.get(company, f"Contoso {company.upper()}")

    def accessible(self, company: str) -> bool:
        """True if the company exists and callers may see it."""
        return company in self.companies and company not in self.behaviour.inaccessible_companies

    def shows(self, entity: Entity, values: Mapping[str, Any]) -> bool:
        """False for a row that a security policy hides from callers."""
        hidden = self.behaviour.hidden_rows.get(entity.name)
        return hidden is None or not hidden(values)

    def serve(self, entity: Entity, chosen: frozenset[str] | None, rows: Iterable[Row] = ()) -> None:
        """Fails where a set is broken, a field of one of these rows, or gone. chosen: what is asked for, None: all."""
        for name in sorted((chosen or frozenset()) & self.behaviour.gone.get(entity.name, frozenset())):
            raise no_property(name, entity.qualified_type)
        is_broken = self.behaviour.broken_rows.get(entity.name)
        beyond = chosen is None or not chosen <= {*entity.key}
        refuses = self.behaviour.refuses
        if refuses == "reads" and is_broken is not None and beyond:
            raise Refusal(400, "A computed field cannot be read.")
        hit = is_broken is not None and beyond and any(is_broken(row.values) for row in rows)
        if hit or entity.name in self.behaviour.broken_sets:
            raise Refusal(400, "A computed field cannot be read.") if refuses else failed()

    def require(self, actor: Actor, entity: Entity, operation: str) -> None:
        """Refuses an application whose role for the entity was taken away; people are allowed everything."""
        missing = self.behaviour.missing_roles
        if missing and actor.app is not None and not missing.isdisjoint({entity.name, f"{entity.name}:{operation}"}):
            text = f"Access denied: user {actor.user} has no role that allows to {operation} {entity.xpp}."
            raise Refusal(403, text, ACCESS)

    def new_record(self) -> int:
        """A record id. Ids of rows that were rolled back are not given again."""
        self._record += 1
        return self._record

    def new_guid(self) -> str:
        return guid(self.randomness)

    def trace_id(self) -> str:
        """An id of a request or a batch: from its own source, so that reading does not change what is created."""
        return guid(self.tracing)

    def write(self, event: Event, *, bulk: bool = False) -> None:
        """Carries out a write in the open transaction. In bulk nothing is told or remembered of it."""
        event.table.swap(event.before, event.after, bulk=bulk)
        self.undo_with(lambda: event.table.swap(event.after, event.before))
        if not bulk:
            self._events.append(event)

    def _publish(self, events: list[Event]) -> None:
        now = self.clock()
        for event in events:
            self.history.append(_change(len(self.history) + 1, now, event))
        for listener in self.listeners:
            listener(events)


def user_id(user: str) -> str:
    """The object id of a user: the same in every run."""
    return str(uuid5(NAMESPACE_URL, f"finops user {user}"))


def _change(sequence: int, now: datetime, event: Event) -> Change:
    row = event.after or event.before
    assert row is not None
    key = {name: row.values[name] for name in row.entity.key}
    before, after = changed(event)
    actor, name = event.actor, row.entity.name
    return Change(
        sequence, now, actor.user, actor.app, name, key, event.operation, before, after, event.sent, event.asked
    )


def changed(event: Event) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The changed fields, before and after."""
    if event.before is None or event.after is None:
        return (event.before.values if event.before else {}), (event.after.values if event.after else {})
    old, new = event.before.values, event.after.values
    names = [name for name, value in new.items() if value != old[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
