"""Events of the systems, read for one thing only: which record may have changed. Their values are never trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from functions.http import BadRequest, check_key, told
from shared.engine import TAKEN, WOKEN
from shared.errors import NotFound
from shared.mapping import DATAVERSE, ERP, Field, FlowMap, Side, Waker, key_reader
from shared.systems import TAG

MAX_DEPTH: Final = 16
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The record of a message that is about many, or none."""


OF_DATAVERSE: Final[Mapping[str, str]] = {
    "Create": "create", "Update": "update", "Delete": "delete",
    **dict.fromkeys(("Assign", "SetState", "Associate", "Disassociate"), "update"),
}  # fmt: skip
"""Messages about one row to what became of it (learn.microsoft.com, Event framework)."""
OF_FINOPS: Final[Mapping[str, str]] = {"Create": "create", "Update": "update", "Delete": "delete"}
"""Messages of data events (learn.microsoft.com, Data events)."""


@dataclass(frozen=True, slots=True)
class Event:
    """A record that may have changed. ours: it has the tag of our own writes. by: who made the call, by id; blank where
    that is not told. what: create, update, delete, or taken, where the
    platform deleted the row because it deleted another one; woken, where a row of another table changed that points to
    the record.
    """

    side: Side
    identity: tuple[str, ...]
    what: str
    ours: bool = False
    by: str = ""


def dataverse_event(body: Mapping[str, Any], flow: FlowMap) -> Sequence[Event]:
    """A RemoteExecutionContext of a Dataverse webhook, whole or cut down for its size.

    Raises BadRequest if it is none, or is about another table.
    """
    table, beside = flow.dataverse.entity.type, [each.table.type for each in flow.woken_by]
    about, row_id = dataverse_row(body, flow.name, [table, *beside])
    if about != table:
        return _woken(body, [each for each in flow.woken_by if each.table.type == about])
    what = OF_DATAVERSE[body["MessageName"]]
    what = TAKEN if what == "delete" and _went_along(body) else what
    return [Event(DATAVERSE, (row_id,), what, _is_ours(body), str(body.get("InitiatingUserId") or "").lower())]


def dataverse_row(body: Mapping[str, Any], whose: str, tables: Sequence[str]) -> tuple[str, str]:
    """The table, by its logical name, and the id of the row that a RemoteExecutionContext is about.

    Raises BadRequest if it is none, tells of nothing that a row can go through, or is about a table that does not
    concern whose function this is.
    """
    name, row_id, message = (body.get(key) for key in ("PrimaryEntityName", "PrimaryEntityId", "MessageName"))
    if not (isinstance(name, str) and isinstance(row_id, str) and isinstance(message, str)):
        raise BadRequest("not a RemoteExecutionContext: PrimaryEntityName, PrimaryEntityId and MessageName are needed")
    if name not in tables:
        expected = ", ".join(tables)
        raise BadRequest(f"{whose} is about {expected}, the event is about {told(name)}: correct the registered step")
    if message not in OF_DATAVERSE:
        known = ", ".join(OF_DATAVERSE)
        raise BadRequest(f"MessageName is {told(message)}; known: {known}: correct the registered step")
    try:
        return name, str(UUID(row_id))
    except ValueError as problem:
        raise BadRequest(f"PrimaryEntityId {told(row_id)} is not an id") from problem


def _woken(body: Mapping[str, Any], wakers: Sequence[Waker]) -> Sequence[Event]:
    """The records that a row of another table points to, and those that it pointed to before.

    Our own writes there count as well: they are no writes of these records. An event that was cut down tells of nobody;
    the catch-up pass reads the row.
    """
    pointed = {
        str(value["Id"]).lower()
        for each in wakers
        for name, value in (*_attributes(body), *_before(body))
        if name == each.column.name and isinstance(value, dict) and value.get("LogicalName") == each.logical
    }
    return [Event(DATAVERSE, (identity,), WOKEN) for identity in sorted(pointed)]


def _before(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Attributes of the row as it was, from the images that its step asks for."""
    for image in _pairs(body.get("PreEntityImages")):
        yield from _in_row(image.get("value"))


def finops_event(body: Mapping[str, Any], flow: FlowMap) -> Sequence[Event]:
    """A data event of finance and operations. Raises BadRequest if it is none, or is about another entity."""
    event = body.get("BusinessEventId")
    if not isinstance(event, str):
        raise BadRequest("not a data event: BusinessEventId is needed")
    entity, _, what = event.partition("_DataEvent_")
    if what not in OF_FINOPS:
        raise BadRequest(f"{told(event)} is not a data event (Entity_DataEvent_Create, _Update or _Delete)")
    if entity != flow.erp.entity.xpp:
        raise BadRequest(f"{flow.name} is about {flow.erp.entity.xpp}, the event is about {told(entity)}")
    attributes = {name.lower(): value for name, value in _attributes(body)}
    identity = []
    for name in flow.identity:
        field = flow.erp.entity.fields[name]
        value = key_reader(field)(_member(field, _plain(attributes.get(name.lower()))))
        if not value:
            raise BadRequest(f"the event has no {name}: it cannot be told which record changed")
        identity.append(value)
    check_key(ERP, identity)
    return [Event(ERP, tuple(identity), OF_FINOPS[what])]


Reader = Callable[[Mapping[str, Any], FlowMap], Sequence[Event]]
READERS: Final[Mapping[str, Reader]] = {"dataverse": dataverse_event, "finops": finops_event}
"""Source, as in the route, to the reader of its events."""


def reader_of(source: str) -> Reader:
    """The reader of a source's events. Raises NotFound."""
    if source not in READERS:
        raise NotFound(f"{source!r} is not a source of events; sources: {', '.join(READERS)}")
    return READERS[source]


def _is_ours(body: Mapping[str, Any]) -> bool:
    """True if our tag stands in the context or one around it, and all of them are about this very record.

    What our write did to another record, like a delete that takes more rows along, is news.
    """
    tagged, context = False, body
    for _ in range(MAX_DEPTH):
        if context.get("PrimaryEntityId") not in (body["PrimaryEntityId"], NOBODY):
            return False
        pairs = _pairs(context.get("SharedVariables"))
        tagged |= any((pair.get("key"), pair.get("value")) == ("tag", TAG) for pair in pairs)
        parent = context.get("ParentContext")
        if not isinstance(parent, dict):
            break
        context = parent
    return tagged


def _went_along(body: Mapping[str, Any]) -> bool:
    """True if what deleted the row was the delete of another one: a context around it says so."""
    context = body
    for _ in range(MAX_DEPTH):
        parent = context.get("ParentContext")
        if not isinstance(parent, dict):
            return False
        context = parent
        other = context.get("PrimaryEntityId") not in (body["PrimaryEntityId"], NOBODY)
        if other and context.get("MessageName") == "Delete":
            return True
    return False


def _attributes(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Attributes of Target, and of PreImage where Target has none (a delete)."""
    for wanted in ("PreImage", "Target"):
        for parameter in _pairs(body.get("InputParameters")):
            if parameter.get("key") == wanted:
                yield from _in_row(parameter.get("value"))


def _in_row(row: object) -> Iterator[tuple[str, Any]]:
    """Attributes of an entity as a context writes it."""
    for pair in _pairs(row.get("Attributes")) if isinstance(row, dict) else ():
        if isinstance(pair.get("key"), str):
            yield pair["key"], pair.get("value")


def _pairs(found: object) -> Iterator[Mapping[str, Any]]:
    """What a list of key-value pairs holds of those; anything else holds none."""
    return (each for each in found if isinstance(each, dict)) if isinstance(found, list) else iter(())


def _member(field: Field, value: Any) -> Any:
    """Events tell the number of an enumeration's member, and all else tells its name."""
    if field.type == "enum" and isinstance(value, int) and value in range(len(field.members)):
        return field.members[value]
    return value


def _plain(value: Any) -> Any:
    """The plain value, which may be wrapped as in OptionSetValue. A key is a text or a number: all else tells none."""
    plain = value.get("Value") if isinstance(value, dict) else value
    return plain if isinstance(plain, (str, int, float)) and not isinstance(plain, bool) else None
