"""The front: who calls, whether there is room, what the request is about, and what is on every answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from tests.emulator import mime_parts
from tests.emulator.dataverse import csdl, headers, multipart, options
from tests.emulator.dataverse.addresses import Address, Segment, address, segments
from tests.emulator.dataverse.associations import Associations
from tests.emulator.dataverse.batch import Batch
from tests.emulator.dataverse.bulk import PREFIX, Bulk
from tests.emulator.dataverse.deleting import Deleter
from tests.emulator.dataverse.environment import Actor, Environment
from tests.emulator.dataverse.exchange import Exchange
from tests.emulator.dataverse.functions import Functions
from tests.emulator.dataverse.merging import Merger
from tests.emulator.dataverse.metadata import DEFINITIONS, Metadata, solution
from tests.emulator.dataverse.payload import NO_REFERENCES, References
from tests.emulator.dataverse.people import People
from tests.emulator.dataverse.projection import Projector
from tests.emulator.dataverse.properties import Properties
from tests.emulator.dataverse.protection import Protection
from tests.emulator.dataverse.reading import CollectionReader
from tests.emulator.dataverse.refusal import (
    Refusal,
    bad_request,
    left_out,
    no_segment,
    refused,
    unexpected,
    wrong_method,
)
from tests.emulator.dataverse.rows import RowOperations
from tests.emulator.dataverse.security import READ_ONLY, Security
from tests.emulator.dataverse.setup_actions import SetupActions
from tests.emulator.dataverse.solutions import FORM
from tests.emulator.dataverse.store import Table
from tests.emulator.dataverse.tracking import Tracker
from tests.emulator.dataverse.writer import Writer
from tests.emulator.wire import Answer, Request

_ROOT = re.compile(r"(/api/data/v9\.[012])(?:/(.*))?", re.DOTALL)
_OPERATION = re.compile(r"[A-Z]\w+")
"""Functions and actions begin with a capital; an entity set never does, unless it is misspelt."""
_LONGEST_URL = 32_768
_PARALLELISM = "10"


class Service:
    """Everything below `/api/data/`."""

    def __init__(
        self,
        environment: Environment,
        people: People,
        writer: Writer,
        deleter: Deleter,
        merger: Merger,
        security: Security,
    ) -> None:
        self.environment = environment
        self.security = security
        self.people = people
        self.protection = Protection(environment)
        projector = Projector(environment)
        self.reader = CollectionReader(environment, projector)
        self.tracker = Tracker(environment, projector, self.reader)
        self.rows = RowOperations(environment, writer, deleter, projector)
        self.properties = Properties(self.rows, self.reader, Associations(security, self.reader))
        self.bulk = Bulk(environment, writer)
        self.metadata = Metadata(environment, writer)
        self.setup = self.metadata.setup
        self.functions = Functions(environment, self.setup, security)
        self.unbound = self._unbound(merger)
        self.bound: Mapping[tuple[str, str], Callable[[Exchange, Address], Answer]] = {
            ("systemusers", "RetrieveUserPrivileges"): self.functions.user_privileges,
            ("systemusers", "RetrievePrincipalAttributePrivileges"): self.functions.attribute_privileges,
            ("roles", "AddPrivilegesRole"): self.functions.add_privileges,
            ("systemforms", "RetrieveUnpublished"): self.functions.unpublished_form,
        }
        self.batch = Batch(environment, self.dispatch)

    def handle(self, request: Request) -> Answer:
        """One request from outside."""
        match = _ROOT.fullmatch(request.path)
        if match is None:
            return refused(left_out("search")) if request.path.startswith("/api/search/") else Answer(404)
        used: dict[str, str] = {}
        try:
            caller = self.people.caller(request)
            if caller is None:
                return self.people.unauthorized()
            answer = self._admitted(request, caller, match, used)
        except Refusal as refusal:
            answer = refused(refusal, annotated=headers.wants_details(request.headers))
        return replace(answer, headers={**self._common(request), **used, **answer.headers})

    def dispatch(self, request: Request, caller: Actor, references: References = NO_REFERENCES) -> Answer:
        """One request, alone or as part of a batch. What is refused is raised."""
        match = _ROOT.fullmatch(request.path)
        if match is None:
            raise no_segment(request.path)
        headers.check(request)
        given = options.split(request.query)
        actor = self.people.for_request(caller, request.headers, given.get("tag"))
        exchange = Exchange(
            request=request,
            base=f"{self.environment.url}{match[1]}",
            path=(match[2] or "").strip("/"),
            options=given,
            preferences=replace(self._preferences(request), veiled=actor.app is not None),
            actor=actor,
            references=references,
        )
        if named := solution(exchange):
            self.setup.solutions.named(named)
        found = segments(exchange.path)
        if not found:
            return self._root(exchange)
        special = self._special(exchange, found)
        return special() if special is not None else self._table(exchange, found)

    def _admitted(self, request: Request, caller: Actor, match: re.Match[str], used: dict[str, str]) -> Answer:
        if len(self.environment.url) + len(request.path) + 1 + len(request.query) > _LONGEST_URL:
            raise Refusal(414, "0x80060888", f"The request URI is too long; the limit is {_LONGEST_URL} characters.")
        if len(request.body) > self.environment.behaviour.max_body_bytes:
            raise Refusal(413, "0x80060888", "The request entity is too large.")
        items = self._batched(request) if match[2] == "$batch" else None
        self.protection.admit(caller.user_id, len(mime_parts.operations(items)) if items is not None else 1)
        used |= self.protection.headers(caller.user_id)
        if items is None:
            return self.dispatch(request, caller)
        continues = headers.preferences(request.headers).continue_on_error
        return self.batch.handle(items, caller, match[1], continues=continues)

    def _batched(self, request: Request) -> list[mime_parts.Item]:
        if request.method != "POST":
            raise wrong_method(request.method)
        return multipart.read(request.headers.get("content-type", ""), request.body)

    def _unbound(self, merger: Merger) -> Mapping[str, Callable[[Exchange, str], Answer]]:
        """What answers functions and actions that are called on no row; each is given what stands in parentheses."""
        functions, actions = self.functions, SetupActions(self.setup)
        return {
            "WhoAmI": functions.who_am_i,
            "RetrieveRolePrivilegesRole": functions.role_privileges,
            "RetrieveTotalRecordCount": functions.total_record_count,
            "PublishXml": partial(functions.publish, everything=False),
            "PublishAllXml": partial(functions.publish, everything=True),
            "Merge": merger.handle,
            **{name: partial(actions.handle, name) for name in actions.by_name},
        }

    def _common(self, request: Request) -> dict[str, str]:
        trace = self.environment.trace_id()
        found = {"odata-version": "4.0", "req_id": trace, "x-ms-service-request-id": trace}
        if "x-ms-client-request-id" in request.headers:
            found["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        return {**found, "x-ms-dop-hint": _PARALLELISM}

    def _preferences(self, request: Request) -> headers.Preferences:
        found = headers.preferences(request.headers)
        most = self.environment.behaviour.max_page_size
        return replace(found, page_size=min(found.page_size, most)) if found.page_size is not None else found

    def _root(self, exchange: Exchange) -> Answer:
        if exchange.method != "GET":
            raise wrong_method(exchange.method)
        options.check(exchange.options, frozenset())
        return csdl.service_document(self.environment, exchange)

    def _special(self, exchange: Exchange, found: Sequence[Segment]) -> Callable[[], Answer] | None:
        """What answers a path that does not begin with an entity set."""
        first = found[0]
        if first.name in DEFINITIONS:
            return lambda: self.metadata.handle(exchange, found)
        if len(found) > 1:
            return None
        if first.name == "$metadata" and exchange.method == "GET":
            options.check(exchange.options, frozenset({"annotations"}))
            return lambda: csdl.model(self.environment)
        if first.name in self.unbound:
            return lambda: self.unbound[first.name](*_called(exchange, first.predicate or ""))
        if first.name == "$batch":
            raise bad_request("A batch cannot be part of a batch.")
        known = first.name.lower() in {*self.environment.tables, *self.environment.by_logical}
        if _OPERATION.fullmatch(first.name) and not known:
            raise left_out(f"the operation {first.name}")
        return None

    def _table(self, exchange: Exchange, found: Sequence[Segment]) -> Answer:
        table = self.environment.table(found[0].name)
        if table.definition.name in self.environment.behaviour.broken_sets:
            raise unexpected()
        if table.definition.name in READ_ONLY:
            _ = self.security.names
            if exchange.method != "GET":
                raise wrong_method(exchange.method)
        if found[0].predicate is None:
            return self._set(exchange, table, found[1:])
        at = address(self.environment, found[0])
        if len(found) == 1:
            return self._row(exchange, at)
        called = self.bound.get((table.definition.name, found[1].name.removeprefix(PREFIX)))
        if called is not None and found[1].name.startswith(PREFIX):
            return called(exchange, at)
        if found[1].name.startswith(PREFIX):
            raise left_out(f"the operation {found[1].name}")
        return self.properties.handle(exchange, at, found[1:])

    def _set(self, exchange: Exchange, table: Table, rest: Sequence[Segment]) -> Answer:
        if rest and rest[0].name.startswith(PREFIX):
            return self.bulk.handle(exchange, table, rest[0].name)
        if rest and (len(rest) > 1 or rest[0].raw not in ("$count", "%24count")):
            raise no_segment(rest[0].name)
        if exchange.method == "POST" and not rest:
            return self.rows.create(exchange, table)
        if exchange.method != "GET":
            raise wrong_method(exchange.method)
        self.environment.require(exchange.actor, f"prvRead{table.definition.privilege}")
        if rest:
            return (self.tracker if "$deltatoken" in exchange.options else self.reader).count(exchange, table)
        return (self.tracker if self.tracker.concerns(exchange) else self.reader).read(exchange, table)

    def _row(self, exchange: Exchange, at: Address) -> Answer:
        methods = {"GET": self.rows.read, "PATCH": self.rows.update, "DELETE": self.rows.delete}
        if exchange.method not in methods:
            raise wrong_method(exchange.method)
        answer = methods[exchange.method](exchange, at)
        if at.table.definition.name == "systemforms" and exchange.method == "PATCH" and solution(exchange):
            self.setup.solutions.add(solution(exchange), str(at.row_id), FORM, exchange.actor)
        return answer


def _called(exchange: Exchange, predicate: str) -> tuple[Exchange, str]:
    """A call of an operation with the values that its parameters name by aliases."""
    aliases = {name: value for name, value in exchange.options.items() if name.startswith("@")}
    for name in aliases:
        predicate = re.sub(rf"{re.escape(name)}(?=[,)]|$)", lambda match: aliases[match[0]], predicate)
    left = {name: value for name, value in exchange.options.items() if name not in aliases}
    return replace(exchange, options=left), predicate
