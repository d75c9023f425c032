"""Subscriptions of Business Central: who is told of which list of a company, at which address (reference:
business-central-api 9). One is made and renewed with a handshake at that address, and lives for three days.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from shared.errors import KoppelError, Unanswered
from shared.systems._business_central import WRITES, BusinessCentral
from shared.systems._business_central_errors import error_of
from shared.systems._business_central_pages import READING
from shared.systems._client import SUCCESS, rows_of
from shared.systems._connection import parsed
from shared.systems._odata import if_match

_SET: Final = "subscriptions"
_SUPPORTED: Final = "microsoft/runtime/beta"
_APIS: Final = "api/"
_COMPANIES: Final = "/companies("


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """A list of a company, and the API that shows it."""

    route: str
    company: str
    name: str

    @property
    def address(self) -> str:
        """As a subscription names it."""
        return f"/{_APIS}{self.route}{_COMPANIES}{self.company})/{self.name}"


@dataclass(frozen=True, slots=True)
class Named:
    """What an address is about. row_id: a record of the list; empty: the list. filtered: only what changed since."""

    resource: Resource
    row_id: str = ""
    filtered: bool = False


def read_resource(text: object) -> Named | None:
    """What the address of a list or of a record is about: relative, with or without a slash, or whole; None if it is
    no such address. Nothing in it is trusted.
    """
    path, _, asked = str(text).partition("?")
    head, between, tail = path.partition(_COMPANIES)
    company, _, place = tail.partition(")/")
    name, _, key = place.partition("(")
    route = head.rpartition(_APIS)[2]
    if not (between and route and name.isidentifier()):
        return None
    try:
        row_id = str(UUID(key.removesuffix(")"))) if key else ""
        return Named(Resource(route, str(UUID(company)), name), row_id, bool(asked))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that there is. state: the secret that its notifications carry. since: when it was made or renewed."""

    id: str
    resource: Resource
    url: str
    state: str = field(repr=False)
    since: datetime
    expires: datetime
    version: str

    @property
    def half_life(self) -> datetime:
        """When half of its time is over."""
        return self.since + (self.expires - self.since) / 2


class Subscriber:
    """Requests about subscriptions of one environment."""

    def __init__(self, central: BusinessCentral) -> None:
        self.central = central

    async def found(self, route: str) -> list[Subscription]:
        """All that an API shows us, whoever made them; those that are about no list of a company are left out."""
        rows = rows_of(await self.central.get(f"{route}/{_SET}", kind=_SET))
        return [each for each in map(_read, rows) if each is not None]

    async def supported(self, company: str) -> frozenset[tuple[str, str]]:
        """Route and name of every list of a company that one can subscribe to; empty if this version does not say."""
        url = f"{_SUPPORTED}/companies({company})/webhookSupportedResources"
        names = (str(row.get("resource", "")).strip("/") for row in rows_of(await self.central.get(url, kind=_SET)))
        return frozenset((route, name) for route, _, name in (each.rpartition("/") for each in names))

    async def make(self, resource: Resource, url: str, state: str) -> Subscription:
        """A new one. Raises Rejected if the address does not answer the handshake, or the list takes none."""
        return await self._written("POST", f"{resource.route}/{_SET}", {}, _body(resource, url, state))

    async def renew(self, found: Subscription, url: str, state: str) -> Subscription:
        """The same, for another term. Raises Gone, Stale."""
        return await self._written("PATCH", _place(found), if_match(found.version), _body(found.resource, url, state))

    async def remove(self, found: Subscription) -> None:
        """Raises Gone, Stale."""
        await self._send("DELETE", _place(found), if_match(found.version))

    async def _written(self, method: str, url: str, more: Mapping[str, str], body: bytes) -> Subscription:
        found = _read(await self._send(method, url, more, body))
        if found is None:
            raise Unanswered("Business Central answers without the subscription")
        return found

    async def _send(self, method: str, url: str, more: Mapping[str, str], body: bytes | None = None) -> dict[str, Any]:
        headers = {**(WRITES if body else READING), **more}
        response = await self.central.connection.send(method, url, headers, body, kind=_SET)
        if response.status_code not in SUCCESS:
            raise error_of(response.status_code, response.content)
        return parsed(response) if response.content else {}


def unreachable(problem: KoppelError, url: str) -> str:
    """What a refusal of a subscription means for people. url: where Business Central was to call."""
    return f"{problem} (it calls {url} to see that somebody is there: the app has to be reachable from outside)"


def _place(found: Subscription) -> str:
    return f"{found.resource.route}/{_SET}('{found.id}')"


def _body(resource: Resource, url: str, state: str) -> bytes:
    return json.dumps({"notificationUrl": url, "resource": resource.address, "clientState": state}).encode()


def _read(row: Mapping[str, Any]) -> Subscription | None:
    named = read_resource(row.get("resource", ""))
    if named is None or named.row_id:
        return None
    return Subscription(
        id=str(row.get("subscriptionId", "")),
        resource=named.resource,
        url=str(row.get("notificationUrl", "")),
        state=str(row.get("clientState", "")),
        since=_moment(row.get("lastModifiedDateTime")),
        expires=_moment(row.get("expirationDateTime")),
        version=str(row.get("@odata.etag", "")),
    )


def _moment(text: object) -> datetime:
    """A time of the service; one that cannot be read is long over."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
