"""The body of a webhook call: the RemoteExecutionContext as the platform's serialiser writes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.emulator.dataverse.environment import Environment, Event
from tests.emulator.dataverse.schema import Column
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.values import label

_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
MESSAGES = {"create": "Create", "update": "Update", "delete": "Delete"}
_WITH_ROWS = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")
_NOWHERE = "00000000-0000-0000-0000-000000000000"
_UNSENT = frozenset({"versionnumber"})
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Image:
    """An image registered for a step; no columns means all."""

    alias: str
    before: bool
    after: bool
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subscription:
    """The step a call is made for."""

    step_id: str
    name: str
    images: tuple[Image, ...]


def json_bytes(document: Document) -> bytes:
    """The document with slashes escaped, as the serialiser does."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode()


def without_rows(document: Document) -> Document:
    """What is left of a document that is too large."""
    return {name: value for name, value in document.items() if name not in _WITH_ROWS}


def context(
    environment: Environment, subscription: Subscription, event: Event, operation_id: str, created: datetime
) -> Document:
    """The document for one change and one step."""
    writer = _Context(environment, subscription, operation_id, created)
    return writer.outer(event)


class _Context:
    def __init__(
        self, environment: Environment, subscription: Subscription, operation_id: str, created: datetime
    ) -> None:
        self.environment = environment
        self.subscription = subscription
        self.operation_id = operation_id
        self.created = created

    def outer(self, event: Event) -> Document:
        """The context of the step itself, after the operation."""
        tag = _tag(event) if event.operation == "create" else []
        created = [_pair("IsAutoTransact", value=True), _pair("DefaultsAddedFlag", value=True)]
        return self._document(
            event,
            InputParameters=[_pair("Target", self._target(event))],
            OutputParameters=[_pair("id", event.row_id)] if event.operation == "create" else [],
            ParentContext=self._core(event),
            PreEntityImages=self._images(event, before=True),
            PostEntityImages=self._images(event, before=False),
            SharedVariables=[*tag, *created] if event.operation == "create" else [],
            Stage=40,
        )

    def _core(self, event: Event) -> Document:
        """The context of the core operation, with what the client sent."""
        changed = [{"__type": "KeyValuePairOfstringstring:#System.Collections.Generic"}]
        changed[0] |= {"key": event.table.definition.logical, "value": "Update"}
        shared = _tag(event)
        if event.operation == "create":
            shared.append(_pair("DefaultsAddedFlag", value=True))
        if event.operation != "update":
            shared.append(_pair("ChangedEntityTypes", changed))
        parameters = [_pair("Target", self._sent(event))]
        if event.operation != "delete":
            parameters.append(_pair("SuppressDuplicateDetection", value=event.actor.detects_duplicates))
        return self._document(
            event,
            InputParameters=parameters,
            OutputParameters=[],
            ParentContext=self._core(event.parent) if event.parent is not None else None,
            PreEntityImages=[],
            PostEntityImages=[],
            SharedVariables=shared,
            Stage=30,
        )

    def _document(self, event: Event, **members: Any) -> Document:
        actor, environment = event.actor, self.environment
        initiator = actor.behalf_of or actor.user_id
        found = {
            "BusinessUnitId": environment.business_unit_id,
            "CorrelationId": actor.correlation,
            "Depth": _depth(event),
            "InitiatingUserAgent": "",
            "InitiatingUserAzureActiveDirectoryObjectId": self._directory_id(initiator),
            "InitiatingUserId": initiator,
            "IsExecutingOffline": False,
            "IsInTransaction": False,
            "IsOfflinePlayback": False,
            "IsolationMode": 1,
            "MessageName": MESSAGES[event.operation],
            "Mode": 1,
            "OperationCreatedOn": f"/Date({_milliseconds(self.created)}+0000)/",
            "OperationId": self.operation_id,
            "OrganizationId": environment.organization_id,
            "OrganizationName": f"unq{environment.organization_id.replace('-', '')[:16]}",
            "OwningExtension": reference("sdkmessageprocessingstep", self.subscription.step_id, typed=False),
            "PrimaryEntityId": event.row_id,
            "PrimaryEntityName": event.table.definition.logical,
            "RequestId": actor.request,
            "SecondaryEntityName": "none",
            "UserAzureActiveDirectoryObjectId": self._directory_id(actor.user_id),
            "UserId": actor.user_id,
        }
        return dict(sorted((found | members).items()))

    def _target(self, event: Event) -> Document:
        """Create: everything stored. Update: what was sent and what the platform added. Delete: a reference."""
        table, row = event.table, event.after
        if row is None:
            return reference(table.definition.logical, event.row_id)
        names = dict.fromkeys((*event.sent, table.definition.id))
        if event.before is None:
            names |= dict.fromkeys(_filled(table, row))
            names["modifiedonbehalfby"] = None
            return self._entity(table, row, names, formatted=self._formatted(table, row, names))
        names |= dict.fromkeys(_added(table, event.before, row, event.sent))
        return self._entity(table, row, names)

    def _sent(self, event: Event) -> Document:
        if event.after is None:
            return reference(event.table.definition.logical, event.row_id)
        return self._entity(event.table, event.after, dict.fromkeys((*event.sent, event.table.definition.id)))

    def _images(self, event: Event, *, before: bool) -> list[Document]:
        row = event.before if before else event.after
        if row is None:
            return []
        found = [
            _pair(image.alias, self._image(event.table, row, image.columns))
            for image in self.subscription.images
            if (image.before if before else image.after)
        ]
        if before == (event.operation == "delete"):
            primary = self._image(event.table, row, frozenset({event.table.definition.primary}))
            found.append(_pair("AsynchronousStepPrimaryName", primary))
        return found

    def _image(self, table: Table, row: Row, columns: frozenset[str]) -> Document:
        wanted = [name for name in _filled(table, row) if not columns or name in columns]
        names = dict.fromkeys((*wanted, table.definition.id))
        entity = self._entity(table, row, names, named=True)
        del entity["__type"]
        return entity

    def _entity(
        self,
        table: Table,
        row: Row,
        names: Iterable[str],
        *,
        formatted: list[Document] | None = None,
        named: bool = False,
    ) -> Document:
        columns = table.definition.columns
        return {
            "__type": f"Entity:{_CONTRACTS}",
            "Attributes": [_pair(name, self._value(table, row, columns[name], named=named)) for name in names],
            "EntityState": None,
            "FormattedValues": formatted or [],
            "Id": row.row_id,
            "KeyAttributes": [],
            "LogicalName": table.definition.logical,
            "RelatedEntities": [],
            "RowVersion": None,
        }

    def _value(self, table: Table, row: Row, column: Column, *, named: bool) -> Any:
        value = row.values[column.wire]
        if value is None:
            return None
        if column.type == "choice":
            return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": value}
        if column.type == "choices":
            return [{"__type": f"OptionSetValue:{_CONTRACTS}", "Value": int(each)} for each in value.split(",")]
        if column.type == "money":
            return {"__type": f"Money:{_CONTRACTS}", "Value": value}
        if column.type in ("date", "datetime"):
            return f"/Date({_milliseconds(datetime.fromisoformat(value))})/"
        if column.type == "lookup":
            target = self.environment.pointed_into(table, row, column.name)
            logical = self.environment.tables[target].definition.logical
            return reference(logical, value, self.environment.primary_name(target, value) if named else None)
        return value

    def _formatted(self, table: Table, row: Row, names: Iterable[str]) -> list[Document]:
        found = []
        for name in names:
            column = table.definition.columns[name]
            value = row.values[column.wire]
            if column.type == "datetime" and value is not None:
                found.append(_pair(name, value.replace("Z", "+00:00")))
            elif column.type in ("choice", "choices", "bool", "money") and value is not None:
                found.append(_pair(name, label(column, value, self._symbol(row))))
            elif name == "ownerid":
                found.append(_pair(name, None))
        return found

    def _symbol(self, row: Row) -> str:
        currency = row.values.get("_transactioncurrencyid_value")
        found = self.environment.target("transactioncurrencies", currency or "")
        return str(found.values["currencysymbol"] or "") if found is not None else ""

    def _directory_id(self, user_id: str) -> str:
        row = self.environment.target("systemusers", user_id)
        return str(row.values["azureactivedirectoryobjectid"] or _NOWHERE) if row is not None else _NOWHERE


def reference(logical: str, row_id: str, name: str | None = None, *, typed: bool = True) -> Document:
    """A reference to a row."""
    kind = {"__type": f"EntityReference:{_CONTRACTS}"} if typed else {}
    return {**kind, "Id": row_id, "KeyAttributes": [], "LogicalName": logical, "Name": name, "RowVersion": None}


def _pair(key: str, value: Any) -> Document:
    return {"key": key, "value": value}


def _tag(event: Event) -> list[Document]:
    return [_pair("tag", event.actor.tag)] if event.actor.tag is not None else []


def _depth(event: Event) -> int:
    return 1 if event.parent is None else 1 + _depth(event.parent)


def _milliseconds(when: datetime) -> int:
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp()) * 1000


def _filled(table: Table, row: Row) -> list[str]:
    columns: Mapping[str, Column] = table.definition.columns
    return [
        name
        for name, column in columns.items()
        if row.values[column.wire] is not None and name not in _UNSENT and not column.write_only
    ]


def _added(table: Table, before: Row, after: Row, sent: Collection[str]) -> list[str]:
    """What the platform adds to an update: columns it changed itself, and who changed the row and when."""
    found = [
        name
        for name, column in table.definition.columns.items()
        if before.values[column.wire] != after.values[column.wire] and name not in _UNSENT
    ]
    if table.definition.logical == "contact" and not {"firstname", "lastname"}.isdisjoint(sent):
        found.append("fullname")
    return [*found, "modifiedon", "modifiedby", "modifiedonbehalfby"]
