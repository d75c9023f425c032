"""The front: who calls, whether there is room, what the request is about, and what is on every answer."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tests.emulator.business_central import metadata, options
from tests.emulator.business_central.addresses import API, CONNECTOR, RUNTIME, Place, page_of, place, root_of
from tests.emulator.business_central.batch import Batch
from tests.emulator.business_central.companies import companies, environments, supported
from tests.emulator.business_central.environment import Actor, Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.protection import Protection
from tests.emulator.business_central.reading import CollectionReader
from tests.emulator.business_central.refusal import (
    Refusal,
    denied,
    no_company,
    no_resource,
    refused,
    unauthorized,
    wrong_method,
)
from tests.emulator.business_central.rows import OPERATIONS, RowOperations
from tests.emulator.business_central.subscriptions import Subscriptions
from tests.emulator.business_central.writer import Writer
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

AUDIENCE: Final = "https://api.businesscentral.dynamics.com"
SERVICE_USER: Final = "KOPPEL"
"""The user in the product behind the registered application, and the one who signs in with a key on premises."""


class Service:
    """Everything below the environment's address."""

    def __init__(
        self,
        environment: Environment,
        identity: Identity,
        writer: Writer,
        subscriptions: Subscriptions,
        keys: Mapping[str, str],
    ) -> None:
        self.environment = environment
        self.identity = identity
        self.keys = keys
        self.subscriptions = subscriptions
        self.protection = Protection(environment)
        self.reader = CollectionReader(environment)
        self.rows = RowOperations(environment, writer, self.reader)
        self.batch = Batch(environment)

    def handle(self, request: Request) -> Answer:
        """One request from outside."""
        try:
            answer = self._admitted(request)
        except Refusal as refusal:
            answer = refused(refusal, self.environment.trace_id, request.headers.get("accept-language", ""))
        return replace(answer, headers={"odata-version": "4.0", **answer.headers})

    def asks(self, request: Request) -> str:
        """Where a handshake has to take place before a request can be answered; empty where none has."""
        if "subscriptions" not in request.path:
            return ""
        try:
            exchange, route, path = self._exchange(request, self._caller(request))
            return self.subscriptions.asks(exchange, place(self.environment, path, route))
        except Refusal:
            return ""

    def dispatch(self, request: Request, actor: Actor) -> Answer:
        """One request, alone or as part of a batch. What is refused is raised."""
        exchange, route, path = self._exchange(request, actor)
        if route == RUNTIME:
            return supported(self.environment, exchange, place(self.environment, path), self.subscriptions)
        if path == "$metadata":
            return metadata.model(self.environment, exchange, route.removeprefix("api/"))
        found = place(self.environment, path, route)
        if not found.resource:
            return metadata.service_document(exchange, route.removeprefix("api/"))
        if found.resource == "subscriptions":
            return self.subscriptions.handle(exchange, found)
        return self._row_or_set(exchange, found)

    def _admitted(self, request: Request) -> Answer:
        if not self.environment.behaviour.api_enabled:
            raise wrong_method("The API")
        actor = self._caller(request)
        if request.path == "/environments/v1.2" and self.environment.behaviour.sign_in == "entra":
            return environments(self.environment)
        exchange, route, path = self._exchange(request, actor)
        if path != "$batch" or route not in (API, CONNECTOR):
            self.protection.admit(actor.user, 1)
            return self.dispatch(request, actor)
        if request.method != "POST":
            raise wrong_method(f"{request.method} on $batch")
        parts = self.batch.parts(request)
        self.protection.admit(actor.user, len(parts) if self.environment.behaviour.batch_counts_parts else 1)
        return self.batch.handle(exchange, parts, lambda part: self.dispatch(part, actor))

    def _exchange(self, request: Request, actor: Actor) -> tuple[Exchange, str, str]:
        found = root_of(self.environment, request.path.replace("%24", "$"))
        if found is None:
            raise no_resource(f"{self.environment.url}{request.path}")
        route, path = found
        base = request.path[: request.path.index(route) + len(route)]
        asked = options.split(request.query)
        return Exchange(request, f"{self.environment.url}{base}", actor, asked), route, path

    def _caller(self, request: Request) -> Actor:
        header = request.headers.get("authorization")
        if self.environment.behaviour.sign_in == "basic":
            return Actor(self._user_with_key(header), "basic")
        token = self.identity.verify(header, AUDIENCE)
        if token is None or self.environment.behaviour.application == "missing":
            raise unauthorized()
        return Actor(SERVICE_USER, token.app_id)

    def _user_with_key(self, header: str | None) -> str:
        scheme, _, text = (header or "").partition(" ")
        try:
            user, _, key = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise unauthorized() from problem
        known = self.keys.get(user, "")
        if scheme.lower() != "basic" or not known or not hmac.compare_digest(known.encode(), key.encode()):
            raise unauthorized()
        return user

    def _row_or_set(self, exchange: Exchange, at: Place) -> Answer:
        page = page_of(self.environment, at)
        self._permit(exchange, page.name)
        self.environment.serve(page, (), dict)
        if not page.in_company:
            return companies(self.environment, exchange, at)
        company = self._company(exchange, at)
        if at.key is not None:
            return self.rows.one(exchange, company, page, at)
        if exchange.method == "POST" and not at.counts:
            return self.rows.create(exchange, company, page)
        if exchange.method != "GET":
            raise wrong_method(f"{exchange.method} on {page.name}")
        return self.reader.count(exchange, company, page) if at.counts else self.reader.page(exchange, company, page)

    def _company(self, exchange: Exchange, at: Place) -> Company:
        name = at.company or exchange.options.get("company") or self.environment.behaviour.default_company
        if not name:
            raise no_company("")
        return self.environment.company(name)

    def _permit(self, exchange: Exchange, name: str) -> None:
        missing, operation = self.environment.behaviour.missing_permissions, OPERATIONS.get(exchange.method, "")
        if not missing.isdisjoint({name, f"{name}:{operation}"}):
            raise denied(name, operation)
