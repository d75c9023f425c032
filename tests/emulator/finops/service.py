"""The front: who calls, whether there is room, what the request is about, and what is on every answer."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.emulator import mime_parts
from tests.emulator.finops import metadata, multipart, options
from tests.emulator.finops.addresses import address
from tests.emulator.finops.batch import Batch
from tests.emulator.finops.environment import Actor, Environment
from tests.emulator.finops.exchange import Exchange
from tests.emulator.finops.front import through_the_front
from tests.emulator.finops.protection import Protection
from tests.emulator.finops.reading import CollectionReader
from tests.emulator.finops.refusal import Refusal, left_out, no_resource, refused, unauthorized, wrong_method
from tests.emulator.finops.rows import RowOperations
from tests.emulator.finops.schema import NAMESPACE
from tests.emulator.finops.writer import Writer
from tests.emulator.identity import Identity
from tests.emulator.wire import Answer, Request

SERVICE_USER = "koppel"
"""The user in the product behind the registered application."""

_BATCH = "/data/$batch"
_ACTION = re.compile(rf"/{re.escape(NAMESPACE)}\.(\w+)(?:\(.*\))?$")


class Service:
    """Everything below `/data` and `/metadata`."""

    def __init__(self, environment: Environment, identity: Identity, writer: Writer) -> None:
        self.environment = environment
        self.identity = identity
        self.protection = Protection(environment)
        self.reader = CollectionReader(environment)
        self.rows = RowOperations(environment, writer)
        self.batch = Batch(environment, self._part)

    def handle(self, request: Request) -> Answer:
        """One request from outside."""
        try:
            answer = self._admitted(request, self._caller(request))
        except Refusal as refusal:
            answer = refused(refusal)
        return replace(answer, headers={"odata-version": "4.0", **answer.headers})

    def dispatch(self, request: Request, actor: Actor) -> Answer:
        """One request, alone or as part of a batch. What is refused is raised."""
        _, root, *rest = f"{request.path}/".split("/", 2)
        path = rest[0].removesuffix("/") if rest else ""
        exchange = Exchange(request, f"{self.environment.url}/{root}", actor, options.split(request.query))
        if root in ("metadata", "Metadata"):
            return metadata.resource(self.environment, exchange, path)
        if root == "api" and path.startswith("services/"):
            raise left_out(f"the service operation {path.removeprefix('services/')}")
        if root != "data":
            raise no_resource(request.path)
        if not path:
            return metadata.service_document(self.environment, exchange)
        if path == "$metadata":
            return metadata.model(self.environment, exchange)
        return self._entity(exchange, path)

    def _part(self, request: Request, actor: Actor) -> Answer:
        seen = through_the_front(request) if self.environment.behaviour.front_in_batches else request
        return self.dispatch(seen, actor)

    def _caller(self, request: Request) -> Actor:
        url = self.environment.url
        token = self.identity.verify(request.headers.get("authorization"), url)
        if token is None:
            raise unauthorized(url, "the token is missing, not valid, expired or for another service.")
        if self.environment.behaviour.application == "missing":
            raise unauthorized(url, f"the application {token.app_id} is not registered in finance and operations.")
        return Actor(SERVICE_USER, token.app_id)

    def _admitted(self, request: Request, actor: Actor) -> Answer:
        if request.path != _BATCH:
            self.protection.admit(actor.user, 1)
            seen = through_the_front(request) if self.environment.behaviour.front_decodes else request
            return self.dispatch(seen, actor)
        if request.method != "POST":
            raise wrong_method(request.method)
        items = multipart.read(request.headers.get("content-type", ""), request.body)
        self.protection.admit(actor.user, len(mime_parts.operations(items)))
        return self.batch.handle(items, actor)

    def _entity(self, exchange: Exchange, path: str) -> Answer:
        if (action := _ACTION.search(path)) is not None:
            raise left_out(f"the action {action[1]}")
        at = address(self.environment, path)
        self.environment.serve(at.table.entity, frozenset())
        if at.key is not None:
            return self.rows.one(exchange, at)
        if exchange.method == "POST" and not at.counts:
            return self.rows.create(exchange, at.table)
        if exchange.method != "GET":
            raise wrong_method(exchange.method)
        self.environment.require(exchange.actor, at.table.entity, "read")
        return self.reader.count(exchange, at.table) if at.counts else self.reader.page(exchange, at.table)
