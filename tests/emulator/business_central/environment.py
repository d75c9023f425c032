"""What all parts of the twin share: companies with their tables, transactions, and who is told of commits."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

from tests.emulator.business_central.behaviour import Behaviour
from tests.emulator.business_central.numbers import Series, usual
from tests.emulator.business_central.refusal import failed, no_company
from tests.emulator.business_central.schema import ID, Page, every_page
from tests.emulator.business_central.store import Row, Table
from tests.emulator.business_central.tables import definitions
from tests.emulator.business_central.usage import Usage
from tests.emulator.business_central.values import GUID, moment
from tests.emulator.guids import guid
from tests.emulator.transactions import Transactional

Operation = Literal["create", "update", "delete", "rename"]
VERSION: Final = "29.0.0.0"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person, or the app's own user."""

    user: str
    app: str | None = None

    @property
    def object_id(self) -> str:
        return user_id(self.user)


@dataclass(frozen=True, slots=True)
class Template:
    """Defaults for new rows of a set: applied where every property of `when` is as it says, or a row names its code.

    chosen: one of the rules of the page API Setup.
    """

    values: Mapping[str, Any]
    when: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    chosen: bool = True


@dataclass
class Company:
    """A company: what its set-up says, its number series, the defaults of new rows in their order, and its tables.

    customer_relation, vendor_relation: the business relations that a new customer or vendor gets a contact for; empty
    for none. Sales tax or VAT: vat.
    """

    id: str
    name: str
    currency: str
    symbol: str = ""
    country: str = ""
    experience: str = "Essential"
    vat: bool = True
    customer_relation: str = "CUST"
    vendor_relation: str = "VEND"
    series: dict[str, Series] = field(default_factory=usual)
    templates: dict[str, list[Template]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    relations: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """Business relations of contacts: id to the tables and ids of whom they stand for."""
    usage: Usage = field(default_factory=Usage)
    created: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        self.tables = {name: Table(each, self.id) for name, each in definitions().items()}

    def of(self, set_name: str) -> Table:
        """The table behind a set."""
        return self.tables[every_page()[set_name].table]


@dataclass(frozen=True, slots=True)
class Event:
    """A committed write. silent: nobody is told of it. sent: the properties that the request named."""

    table: Table
    operation: Operation
    before: Row | None
    after: Row | None
    actor: Actor
    sent: tuple[str, ...] = ()
    silent: bool = False

    @property
    def row(self) -> Row:
        row = self.after or self.before
        assert row is not None
        return row


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change as tests read it: fields by the properties of the page that shows the table."""

    sequence: int
    at: datetime
    user: str
    app: str | None
    company: str
    set: str
    id: str
    operation: Operation
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sent: tuple[str, ...]


@dataclass
class Environment(Transactional[Event]):
    """One environment of a tenant."""

    clock: Callable[[], datetime]
    url: str
    name: str
    tenant: str
    seed: int
    behaviour: Behaviour = field(default_factory=Behaviour)
    companies: dict[str, Company] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    listeners: list[Callable[[Sequence[Event], datetime], None]] = field(default_factory=list)
    unmatched: set[int] = field(default_factory=set)
    """Sequence numbers of changes that a stale `If-Match` would have stopped, had it been enforced."""
    refused: deque[tuple[str, str, frozenset[str], str]] = field(default_factory=lambda: deque(maxlen=5000))
    """The last updates that were refused for what they would store: set, id, names of the body, words."""

    def __post_init__(self) -> None:
        super().__init__()
        self.randomness = random.Random(self.seed)
        self.tracing = random.Random(f"{self.seed} tracing")
        self._version = 1_000_000

    def company(self, name: str) -> Company:
        """A company by its id or its name, whose letter case counts."""
        found = self.companies.get(name.lower()) if GUID.fullmatch(name) else None
        found = found or next((each for each in self.companies.values() if each.name == name), None)
        if found is None:
            raise no_company(name)
        return found

    def new_guid(self) -> str:
        return guid(self.randomness)

    def trace_id(self) -> str:
        """An id of a request: from its own source, so that reading does not change what is created."""
        return guid(self.tracing)

    def next_version(self) -> int:
        """A row version: of the whole database, and never given twice."""
        self._version += self.randomness.randint(1, 9)
        return self._version

    def stamp(self) -> str:
        """What a write of now puts into its row: the time at which its transaction began."""
        late = self.behaviour.late_commits
        return moment(self.clock() - timedelta(seconds=late.pop(0) if late else 0.0))

    def shows(self, page: Page, values: Mapping[str, Any]) -> bool:
        """False for a row that a security filter hides from callers."""
        hidden = self.behaviour.hidden_rows.get(page.name)
        return hidden is None or not hidden(values)

    def serve(self, page: Page, names: Collection[str], values: Callable[[], Mapping[str, Any]]) -> None:
        """Fails where a set is broken, or something of a row of which more is asked for than its id."""
        is_broken = self.behaviour.broken_rows.get(page.name)
        hit = is_broken is not None and not {*names} <= {page.key} and is_broken(values())
        if hit or page.name in self.behaviour.broken_sets:
            raise failed()

    def write(self, event: Event, *, bulk: bool = False) -> None:
        """Carries out a write in the open transaction. In bulk nothing is told or remembered of it."""
        event.table.swap(event.before, event.after, None if bulk else self.clock())
        self.undo_with(lambda: event.table.swap(event.after, event.before))
        if not bulk:
            self._events.append(event)

    def _publish(self, events: list[Event]) -> None:
        now = self.clock()
        for event in events:
            self.history.append(_change(len(self.history) + 1, now, event))
        for listener in self.listeners:
            listener(events, now)


def user_id(user: str) -> str:
    """The security id of a user: the same in every run."""
    return str(uuid5(NAMESPACE_URL, f"business central user {user}"))


def _change(sequence: int, now: datetime, event: Event) -> Change:
    page, row = event.table.definition.page, event.row
    before, after = changed(event)
    return Change(
        sequence, now, event.actor.user, event.actor.app, event.table.company, page.name, row.id, event.operation,
        _shown(page, before), _shown(page, after), event.sent,
    )  # fmt: skip


def _shown(page: Page, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {page.shown.get(name, name): value for name, value in values.items() if name != ID}


def changed(event: Event) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The changed fields, before and after."""
    if event.before is None or event.after is None:
        return (event.before.values if event.before else {}), (event.after.values if event.after else {})
    old, new = event.before.values, event.after.values
    names = [name for name, value in new.items() if value != old[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}
