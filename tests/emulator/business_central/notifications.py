"""Notifications: what is collected of committed changes, for whom, and the calls to make."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from tests.emulator.business_central.environment import Environment, Event
from tests.emulator.business_central.subscriptions import Subscription, Subscriptions
from tests.emulator.business_central.values import moment

WAITS: Final = (60.0, 60.0, 600.0, 6_000.0, 60_000.0)
"""Seconds before each repeat; after the last one the subscription is deleted (reference: business-central-api 9.3)."""
_AGAIN: Final = frozenset({0, 408, 429})
_TYPES: Final = {"create": "created", "update": "updated", "rename": "updated", "delete": "deleted"}
_EARLIER: Final = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Item:
    """A change that a subscription is told of."""

    subscription: str
    row_id: str
    kind: str
    when: datetime


@dataclass
class Delivery:
    """A call to make: all that is pending of the subscriptions with one URL in one company.

    `attempts` collects the status of every attempt; 0 stands for no answer.
    """

    url: str
    company: str
    items: Sequence[Item]
    body: bytes
    headers: Mapping[str, str]
    attempts: list[int] = field(default_factory=list)


@dataclass
class _Queue:
    """What is pending for one URL in one company: when it is due, and how often it failed."""

    items: list[Item] = field(default_factory=list)
    due: datetime | None = None
    failed: int = 0


class Notifications:
    """Collects changes and makes calls of them when their time has come."""

    def __init__(self, environment: Environment, subscriptions: Subscriptions, outbox: list[Delivery]) -> None:
        self.environment = environment
        self.subscriptions = subscriptions
        self.outbox = outbox
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._held: list[tuple[Event, datetime]] = []
        environment.listeners.append(self.hear)

    def clear(self) -> None:
        """Nothing is pending any more."""
        self._queues.clear()
        self._held.clear()
        self.outbox.clear()

    def hear(self, events: Sequence[Event], now: datetime) -> None:
        """What was committed. Changes by users who cannot schedule tasks wait for somebody who can."""
        if not self.environment.behaviour.notifications:
            return
        for event in events:
            if event.silent:
                continue
            if event.actor.user in self.environment.behaviour.cannot_schedule:
                self._held.append((event, now))
                continue
            self._release(event.table.definition.name, event.table.company)
            self._collect(event, now)

    def due(self) -> None:
        """Puts the calls whose time has come into the outbox."""
        now = self.environment.clock()
        alive = {each.id: each for each in self.subscriptions.alive()}
        for (url, company), queue in self._queues.items():
            if queue.due is None or queue.due > now:
                continue
            items = [each for each in queue.items if each.subscription in alive]
            queue.items, queue.due = [], None
            if items:
                self.outbox.append(self._delivery(url, company, items, alive))

    def answered(self, delivery: Delivery, status: int) -> bool:
        """What becomes of a call: done, tried again later, or its subscriptions deleted. True if it is settled."""
        queue = self._queues.setdefault((delivery.url, delivery.company), _Queue())
        if 200 <= status < 300:
            queue.failed = 0
            return True
        if (status in _AGAIN or status >= 500) and queue.failed < len(WAITS):
            queue.items = [*delivery.items, *queue.items]
            queue.due = self.environment.clock() + timedelta(seconds=WAITS[queue.failed])
            queue.failed += 1
            return False
        for name in {each.subscription for each in delivery.items}:
            self.subscriptions.drop(name)
        queue.failed = 0
        return True

    def _release(self, table: str, company: str) -> None:
        held = [
            each for each in self._held if (each[0].table.definition.name, each[0].table.company) == (table, company)
        ]
        self._held = [each for each in self._held if each not in held]
        for event, when in held:
            self._collect(event, when)

    def _collect(self, event: Event, now: datetime) -> None:
        table, company = event.table.definition.name, event.table.company
        for each in self.subscriptions.alive():
            if each.company != company or each.page.table != table or self._is_full(company):
                continue
            queue = self._queues.setdefault((each.url, company), _Queue())
            queue.items.append(Item(each.id, event.row.id, _TYPES[event.operation], now))
            if queue.due is None:
                queue.due = now + timedelta(seconds=self.environment.behaviour.notification_delay)

    def _is_full(self, company: str) -> bool:
        kept = sum(len(queue.items) for (_, of), queue in self._queues.items() if of == company)
        return kept >= self.environment.behaviour.most_kept

    def _delivery(self, url: str, company: str, items: Sequence[Item], alive: Mapping[str, Subscription]) -> Delivery:
        shown: list[dict[str, Any]] = []
        for name in dict.fromkeys(each.subscription for each in items):
            own = merged([each for each in items if each.subscription == name])
            shown += self._shown(alive[name], own)
        body = json.dumps({"value": shown}, separators=(",", ":")).encode()
        trace = self.environment.trace_id()
        headers = {"content-type": "application/json", "clientrequestid": trace, "x-ms-correlation-id": trace}
        return Delivery(url, company, items, body, headers)

    def _shown(self, subscription: Subscription, items: Sequence[Item]) -> list[dict[str, Any]]:
        collection = subscription.resource.lstrip("/")
        if len(items) <= self.environment.behaviour.most_items:
            return [_item(subscription, f"{collection}({each.row_id})", each.kind, each.when) for each in items]
        resource = collection
        if subscription.page.has_stamp and all(each.kind != "deleted" for each in items):
            since = moment(items[0].when - _EARLIER)
            resource += f"?$filter={quote(f'lastModifiedDateTime gt {since}', safe=':')}"
        return [_item(subscription, resource, "collection", items[-1].when)]


def merged(items: Sequence[Item]) -> list[Item]:
    """In the order of time; several updates of one row in a row are one, the latest."""
    found: dict[tuple[str, int], Item] = {}
    runs: dict[str, tuple[str, int]] = {}
    for each in sorted(items, key=lambda each: each.when):
        kind, run = runs.get(each.row_id, ("", 0))
        if not (kind == each.kind == "updated"):
            run += 1
        runs[each.row_id] = each.kind, run
        found[each.row_id, run] = each
    return sorted(found.values(), key=lambda each: each.when)


def _item(subscription: Subscription, resource: str, kind: str, when: datetime) -> dict[str, Any]:
    return {
        "subscriptionId": subscription.id,
        "clientState": subscription.client_state,
        "expirationDateTime": moment(subscription.expires),
        "resource": resource,
        "changeType": kind,
        "lastModifiedDateTime": moment(when),
    }
