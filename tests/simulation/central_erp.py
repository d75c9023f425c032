"""Business Central as histories see any ERP: records by set, named by company and id, with a history of changes.

A set shows more than the row behind it holds: what a page works out changes with other rows, and counts as changed when
the row is written next. What Koppel reads along with a record counts as shown: it changes with the lists behind.
Options of a choice are there as rows, whose history nobody keeps but the wire.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.mapping import BUSINESS_CENTRAL, Entity, entity
from tests.emulator.business_central import views
from tests.emulator.business_central.environment import Actor, Event
from tests.emulator.business_central.restores import Backup
from tests.emulator.business_central.schema import Page, every_page
from tests.emulator.business_central.store import Row, Table
from tests.emulator.business_central.subscriptions import Handshake
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.wire import Answer, Request
from tests.simulation.worked_out import worked_out

COMPANY: Final = "company"
RESTORER: Final = Actor("an administrator")
FORBIDDEN: Final = 403
Key = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change of what a set shows: the changed properties, all of them for a create and a delete."""

    sequence: int
    time: datetime
    user: str
    app: str | None
    entity: str
    key: Key
    operation: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    sent: tuple[str, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Watched:
    """What the judge asks an environment about."""

    twin: BusinessCentralTwin
    company_of: dict[str, str] = field(default_factory=dict)

    @property
    def unmatched(self) -> Collection[int]:
        return self.twin.environment.unmatched

    @property
    def refused(self) -> Iterator[tuple[str, tuple[str, str], frozenset[str], str]]:
        for name, row_id, sent, words in self.twin.environment.refused:
            yield name, (self.company_of.get(row_id, ""), row_id), sent, words


@dataclass(slots=True)
class Front:
    """Business Central as it is called: while a subscription is made or renewed, it calls the app. url: where the app
    is. reached: it can.
    """

    twin: BusinessCentralTwin
    url: str
    reached: bool = True

    def handle(self, request: Request) -> Answer:
        if url := self.twin.asks(request):
            status = 200 if self.reached and url == self.url else FORBIDDEN
            self.twin.shaken(url, Handshake("token", status, "token"))
        return self.twin.handle(request)


class CentralErp:
    """sets: those that the flows are about, by the names of pages. dataverse: it has the base currency."""

    def __init__(self, twin: BusinessCentralTwin, sets: Collection[str], url: str, dataverse: DataverseTwin) -> None:
        self.twin, self.dataverse = twin, dataverse
        self.front = Front(twin, url)
        self.environment = Watched(twin)
        self.history: list[Change] = []
        self._last: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._pages: dict[str, list[Page]] = {}
        self._behind = [entity(BUSINESS_CENTRAL, name) for name in sorted(sets)]
        for page in (every_page()[name] for name in sorted(sets)):
            self._pages.setdefault(page.table, []).append(page)
        twin.environment.listeners.append(self._heard)

    @property
    def behaviour(self) -> Any:
        return self.twin.behaviour

    @property
    def root(self) -> str:
        """The address before the names of APIs."""
        return self.twin.base.removesuffix("/v2.0")

    # -- people

    def create(self, entity: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """A person creates a record; it as stored."""
        own = {name: value for name, value in values.items() if name != COMPANY}
        company = self.twin.company(str(values[COMPANY])).id
        return {**self.twin.create(company, entity, own), COMPANY: company}

    def update(self, entity: str, key: Key, values: Mapping[str, Any]) -> None:
        self.twin.update(str(key[COMPANY]), entity, str(key["id"]), values)

    def rename(self, entity: str, key: Key, values: Mapping[str, Any]) -> None:
        """A record gets another number or code, and stays the same."""
        self.update(entity, key, values)

    def delete(self, entity: str, key: Key) -> None:
        self.twin.delete(str(key[COMPANY]), entity, str(key["id"]))

    def restore(self, backup: Backup) -> int:
        """The environment is what it was, which nobody is told; for the history people have made it so. How many rows
        were another before.
        """
        tables = [table for each in self.twin.environment.companies.values() for table in each.tables.values()]
        before = [dict(table.rows) for table in tables]
        changed = self.twin.restore(backup)
        for table, rows in zip(tables, before, strict=True):
            ids = [*rows, *(each for each in table.rows if each not in rows)]
            swaps = [(rows.get(each), table.rows.get(each)) for each in ids]
            self._heard(
                [_put_back(table, *each) for each in swaps if each[0] is not each[1]], self.twin.environment.clock()
            )
        return changed

    # -- what stands there

    def rows(self, entity: str) -> Iterator[Mapping[str, Any]]:
        """All records, company by company."""
        for company in sorted(self.twin.environment.companies):
            for row in list(self.twin.rows(company, entity)):
                yield {**row, COMPANY: company}

    def row(self, entity: str, key: Key) -> Mapping[str, Any] | None:
        company = str(key[COMPANY])
        found = self.twin.row(company, entity, str(key["id"])) if company in self.twin.environment.companies else None
        return None if found is None else {**found, COMPANY: company}

    # -- what happens

    def _heard(self, events: Sequence[Event], now: datetime) -> None:
        first = len(self.twin.history) - len(events) + 1
        for sequence, event in enumerate(events, first):
            for page in self._pages.get(event.table.definition.name, ()):
                self._note(sequence, page, event, now)
            for of in self._behind:
                if event.table.definition.page.name in of.lists:
                    self._note_along(sequence, of, event, now)

    def _note(self, sequence: int, page: Page, event: Event, now: datetime) -> None:
        row_id, company = event.row.id, event.table.company
        place = (page.name, row_id)
        before, after = self._last.get(place, {}), dict[str, Any]()
        if event.after is not None:
            shown = views.shown(self.twin.company(company), page, event.after)
            after = self._last[place] = self._with_along(
                entity(BUSINESS_CENTRAL, page.name), {**shown, COMPANY: company}
            )
        else:
            self._last.pop(place, None)
        self.environment.company_of[row_id] = company
        operation = "update" if event.operation == "rename" else event.operation
        old, new = _changed(before, after) if operation == "update" else (before, after)
        key = {COMPANY: company, page.key: row_id}
        actor = event.actor
        self.history.append(
            Change(sequence, now, actor.user, actor.app, page.name, key, operation, old, new, event.sent)
        )

    def _note_along(self, sequence: int, of: Entity, event: Event, now: datetime) -> None:
        """A list has changed that decides what is read along with records of its company."""
        for row in self.twin.rows(event.table.company, of.name):
            place, key = (of.name, row["id"]), {COMPANY: event.table.company, "id": row["id"]}
            before = self._last.get(place)
            if before is None:
                continue
            after = self._last[place] = self._with_along(of, before)
            old, new = _changed(before, after)
            if new:
                actor = event.actor
                change = Change(sequence, now, actor.user, actor.app, of.name, key, "update", old, new, tuple(new))
                self.history.append(change)

    def _with_along(self, of: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, **worked_out(self.twin, self.dataverse, of, row)}


def _put_back(table: Table, before: Row | None, after: Row | None) -> Event:
    return Event(table, "create" if before is None else "update" if after else "delete", before, after, RESTORER)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    names = [name for name, value in after.items() if before.get(name) != value]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
