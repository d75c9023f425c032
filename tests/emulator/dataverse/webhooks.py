"""Webhooks: which committed changes are told to whom, and the calls to make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.emulator.dataverse import registration
from tests.emulator.dataverse.context import MESSAGES, Image, Subscription, context, json_bytes, without_rows
from tests.emulator.dataverse.environment import Environment, Event

SIZE_LIMIT = 256 * 1024
_TABLES = frozenset({"serviceendpoints", "sdkmessageprocessingsteps", "sdkmessageprocessingstepimages"})


@dataclass
class Delivery:
    """A webhook call to make. `attempts` collects the status of every attempt; 0 stands for no answer."""

    url: str
    step: str
    step_id: str
    message: str
    table: str
    row_id: str
    queued: datetime
    render: Callable[[], tuple[Mapping[str, str], bytes]] = field(repr=False)
    attempts: list[int] = field(default_factory=list)

    @cached_property
    def _rendered(self) -> tuple[Mapping[str, str], bytes]:
        return self.render()

    @property
    def headers(self) -> Mapping[str, str]:
        return self._rendered[0]

    @property
    def body(self) -> bytes:
        return self._rendered[1]


@dataclass(frozen=True)
class _Step:
    subscription: Subscription
    message: str
    logical: str | None
    attributes: frozenset[str]
    endpoint: Mapping[str, Any]

    def concerns(self, event: Event) -> bool:
        """True if the step wants to hear of a change. Columns count that were named in the request."""
        if self.message != MESSAGES[event.operation]:
            return False
        if self.logical not in (None, event.table.definition.logical):
            return False
        if event.actor.skips_asynchronous or self.subscription.step_id in event.actor.skipped_steps:
            return False
        return event.operation != "update" or not self.attributes or not self.attributes.isdisjoint(event.sent)


class Webhooks:
    """Fills the outbox from committed changes."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.outbox: list[Delivery] = []
        self._steps: list[_Step] | None = None
        environment.listeners.append(self.hear)

    def refresh(self) -> None:
        """Registrations are read again."""
        self._steps = None

    def hear(self, events: list[Event]) -> None:
        if any(event.table.definition.name in _TABLES for event in events):
            self.refresh()
        if self._steps is None:
            self._steps = self._registered()
        if not self._steps or not self.environment.behaviour.webhooks:
            return
        now = self.environment.clock()
        for event in events:
            if not event.silent:
                self.outbox += [self._delivery(step, event, now) for step in self._steps if step.concerns(event)]

    def _registered(self) -> list[_Step]:
        rows = self.environment.tables["sdkmessageprocessingsteps"].rows.values()
        enabled = [row.values for row in rows if row.values["statecode"] == registration.ENABLED]
        found = [self._step(values) for values in sorted(enabled, key=lambda values: values["rank"] or 0)]
        return [step for step in found if step.endpoint["contract"] == registration.WEBHOOK]

    def _step(self, values: Mapping[str, Any]) -> _Step:
        definition = registration.image_table(self.environment, values)
        endpoint = self.environment.target("serviceendpoints", values["_eventhandler_value"])
        assert endpoint is not None
        step_id = values["sdkmessageprocessingstepid"]
        return _Step(
            Subscription(step_id, str(values["name"]), self._images(step_id)),
            str(self.environment.primary_name("sdkmessages", values["_sdkmessageid_value"])),
            definition.logical if definition is not None else None,
            registration.columns_of(values["filteringattributes"]),
            endpoint.values,
        )

    def _images(self, step_id: str) -> tuple[Image, ...]:
        rows = self.environment.tables["sdkmessageprocessingstepimages"].rows.values()
        return tuple(
            Image(
                str(row.values["entityalias"]),
                before=row.values["imagetype"] != registration.POST_IMAGE,
                after=row.values["imagetype"] != registration.PRE_IMAGE,
                columns=registration.columns_of(row.values["attributes"]),
            )
            for row in rows
            if row.values["_sdkmessageprocessingstepid_value"] == step_id
        )

    def _delivery(self, step: _Step, event: Event, now: datetime) -> Delivery:
        operation_id = self.environment.trace_id()

        def render() -> tuple[Mapping[str, str], bytes]:
            document = context(self.environment, step.subscription, event, operation_id, now)
            body = json_bytes(document)
            headers = self._headers(step, event)
            if len(body) > SIZE_LIMIT:
                return {**headers, "x-ms-dynamics-msg-size-exceeded": "true"}, json_bytes(without_rows(document))
            return headers, body

        return Delivery(
            url=_address(step.endpoint),
            step=step.subscription.name,
            step_id=step.subscription.step_id,
            message=step.message,
            table=event.table.definition.name,
            row_id=event.row_id,
            queued=now,
            render=render,
        )

    def _headers(self, step: _Step, event: Event) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "x-ms-dynamics-organization": urlsplit(self.environment.url).netloc,
            "x-ms-dynamics-entity-name": event.table.definition.logical,
            "x-ms-dynamics-request-name": step.message,
            "x-ms-correlation-request-id": event.actor.correlation,
        }
        if step.endpoint["authtype"] == registration.HTTP_HEADER:
            headers |= registration.settings(step.endpoint["authvalue"]) or {}
        return headers


def _address(endpoint: Mapping[str, Any]) -> str:
    url, secret = str(endpoint["url"]), endpoint["authvalue"]
    pairs: dict[str, str] = {}
    if endpoint["authtype"] == registration.WEBHOOK_KEY and secret is not None:
        pairs = {"code": secret}
    elif endpoint["authtype"] == registration.HTTP_QUERY_STRING:
        pairs = registration.settings(secret) or {}
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs)}"
