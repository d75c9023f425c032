"""`subscriptions`: made and renewed with a handshake, gone after three days."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from tests.emulator.business_central import options
from tests.emulator.business_central.addresses import Place
from tests.emulator.business_central.documents import JSON
from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.refusal import bad_request, no_row, no_token, stale, wrong_method
from tests.emulator.business_central.rows import read_body
from tests.emulator.business_central.schema import Page
from tests.emulator.business_central.values import moment
from tests.emulator.wire import Answer

LONGEST_STATE: Final = 2048
_GIVEN: Final = frozenset({"notificationUrl", "resource", "clientState"})


@dataclass
class Subscription:
    """Who wants to hear of a set of a company."""

    id: str
    url: str
    resource: str
    company: str
    page: Page
    client_state: str
    user: str
    created: datetime
    modified: datetime
    expires: datetime
    version: int

    @property
    def etag(self) -> str:
        return f'W/"JzIwOz{self.version:d}MDsn"'


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the receiver of notifications answered to the token that it was asked to give back."""

    token: str
    status: int
    body: str


class Subscriptions:
    """All subscriptions of the environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.found: dict[str, Subscription] = {}
        self._handshakes: dict[str, list[Handshake]] = {}

    def alive(self) -> list[Subscription]:
        """Those that are not expired; the others are removed silently."""
        now = self.environment.clock()
        self.found = {name: each for name, each in self.found.items() if each.expires > now}
        return list(self.found.values())

    def drop(self, name: str) -> None:
        """Takes one away, as happens when its receiver answers wrongly."""
        self.found.pop(name, None)

    def supports(self, page: Page) -> bool:
        """Whether somebody can subscribe to a set (reference: business-central-api 9.4)."""
        unsupported = self.environment.behaviour.unsupported_webhooks
        return page.in_company and not page.temporary and page.name not in unsupported

    def handle(self, exchange: Exchange, place: Place) -> Answer:
        """Any request on subscriptions."""
        options.check(exchange.options, ())
        handshake = self._taken(exchange, place)
        if place.key is None:
            if exchange.method == "GET":
                return self._list(exchange, place.route)
            if exchange.method != "POST":
                raise wrong_method(f"{exchange.method} on subscriptions")
            return self._create(exchange, handshake, place)
        found = self._named(place.key, place.route)
        if exchange.method == "GET":
            return self._one(exchange, found)
        self._match(exchange, found)
        if exchange.method == "DELETE":
            self.drop(found.id)
            return Answer(204)
        if exchange.method != "PATCH":
            raise wrong_method(f"{exchange.method} on subscriptions")
        return self._renew(exchange, found, handshake, place)

    def shaken(self, url: str, handshake: Handshake) -> None:
        """The receiver at an address has answered: good for one request that makes or renews a subscription there."""
        self._handshakes.setdefault(url, []).append(handshake)

    def asks(self, exchange: Exchange, place: Place) -> str:
        """Where a handshake has to take place before this request can be answered; empty where none has."""
        writes = (exchange.method, place.key is None) in (("POST", True), ("PATCH", False))
        if not writes:
            return ""
        return str(read_body(exchange.request).get("notificationUrl", ""))

    def _create(self, exchange: Exchange, handshake: Handshake | None, place: Place) -> Answer:
        body = self._read(exchange)
        company, page = self._resource(body["resource"], place)
        alive = self.alive()
        self._check_single(body["notificationUrl"], _path(company, page), None)
        if len(alive) >= self.environment.behaviour.most_subscriptions:
            raise bad_request(f"At most {self.environment.behaviour.most_subscriptions} subscriptions are allowed.")
        _check(handshake)
        now = self.environment.clock()
        made = Subscription(
            self.environment.new_guid().replace("-", ""), body["notificationUrl"], _path(company, page), company, page,
            body["clientState"], exchange.actor.object_id, now, now, self._expiry(now),
            self.environment.next_version(),
        )  # fmt: skip
        self.found[made.id] = made
        return self._one(exchange, made, 201)

    def _renew(self, exchange: Exchange, found: Subscription, handshake: Handshake | None, place: Place) -> Answer:
        body = self._read(exchange)
        company, page = self._resource(body["resource"], place)
        self._check_single(body["notificationUrl"], _path(company, page), found)
        _check(handshake)
        now = self.environment.clock()
        found.url, found.resource, found.client_state = (
            body["notificationUrl"], _path(company, page), body["clientState"],
        )  # fmt: skip
        found.company, found.page = company, page
        found.modified, found.expires = now, self._expiry(now)
        found.version = self.environment.next_version()
        return self._one(exchange, found)

    def _check_single(self, url: str, resource: str, own: Subscription | None) -> None:
        """A resource is told to a URL once."""
        if any((each.url, each.resource) == (url, resource) for each in self.alive() if each is not own):
            raise bad_request("A subscription for this resource and notification URL exists already.")

    def _expiry(self, now: datetime) -> datetime:
        return now + timedelta(days=self.environment.behaviour.subscription_days)

    def _read(self, exchange: Exchange) -> Mapping[str, str]:
        body = read_body(exchange.request)
        for name, value in body.items():
            if name not in _GIVEN or not isinstance(value, str):
                raise bad_request(f"The property '{name}' cannot be given to a subscription.")
        url = body.get("notificationUrl", "")
        if not url.startswith(("https://", "http://")):
            raise bad_request("The notificationUrl must be an absolute URL.")
        if len(body.get("clientState", "")) > LONGEST_STATE:
            raise bad_request(f"The clientState holds at most {LONGEST_STATE} characters.")
        return {"clientState": "", "resource": "", **body}

    def _resource(self, text: str, place: Place) -> tuple[str, Page]:
        """The company and the set of the API asked that a resource names: relative, with or without a slash, or
        absolute.
        """
        url = f"{self.environment.url}/v2.0/{self.environment.name}/"
        path = text.removeprefix(url).lstrip("/").removeprefix(f"{place.route}/")
        company, _, name = path.removeprefix("companies(").partition(")/")
        page = place.sets.get(name)
        if not path.startswith("companies(") or page is None or not self.supports(page):
            raise bad_request(f"The resource '{text}' does not support webhooks.")
        return self.environment.company(company).id, page

    def _taken(self, exchange: Exchange, place: Place) -> Handshake | None:
        """The answer that belongs to a request, whatever becomes of it."""
        answers = self._handshakes.get(self.asks(exchange, place))
        return answers.pop(0) if answers else None

    def _named(self, key: str, route: str) -> Subscription:
        self.alive()
        found = self.found.get(key[1:-1]) if key[:1] == key[-1:] == "'" else None
        if found is None or _route(found.page) != route:
            raise no_row("subscription", key)
        return found

    def _match(self, exchange: Exchange, found: Subscription) -> None:
        if "if-match" not in exchange.headers:
            raise no_token(self.environment.behaviour.missing_token_status)
        if exchange.headers["if-match"] not in ("*", found.etag):
            raise stale()

    def _list(self, exchange: Exchange, route: str) -> Answer:
        rows = [_document(each) for each in self.alive() if _route(each.page) == route]
        body = {"@odata.context": f"{exchange.base}/$metadata#subscriptions", "value": rows}
        return Answer(200, JSON, json.dumps(body, separators=(",", ":")).encode())

    def _one(self, exchange: Exchange, found: Subscription, status: int = 200) -> Answer:
        context = {"@odata.context": f"{exchange.base}/$metadata#subscriptions/$entity"}
        body = json.dumps({**context, **_document(found)}, separators=(",", ":")).encode()
        return Answer(status, {**JSON, "etag": found.etag}, body)


def _check(found: Handshake | None) -> None:
    if found is None or found.status != 200 or found.body.strip().strip('"') != found.token:
        raise bad_request("The notificationUrl did not answer the validation request with 200 and its token.")


def handshake_url(url: str, token: str) -> str:
    """Where the receiver is asked for the token."""
    return f"{url}{'&' if '?' in url else '?'}validationToken={quote(token)}"


def _route(page: Page) -> str:
    return f"api/{page.route}"


def _path(company: str, page: Page) -> str:
    return f"/{_route(page)}/companies({company})/{page.name}"


def _document(found: Subscription) -> dict[str, Any]:
    return {
        "@odata.etag": found.etag,
        "subscriptionId": found.id,
        "notificationUrl": found.url,
        "resource": found.resource,
        "timestamp": found.version,
        "userId": found.user,
        "lastModifiedDateTime": moment(found.modified),
        "clientState": found.client_state,
        "expirationDateTime": moment(found.expires),
        "systemCreatedAt": moment(found.created),
        "systemCreatedBy": found.user,
        "systemModifiedAt": moment(found.modified),
        "systemModifiedBy": found.user,
    }
