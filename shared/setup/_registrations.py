"""Which webhooks Koppel needs in Dataverse, and what has to change for it (reference: dataverse-web-api 16). Pure.

Ours are known by their ids, which follow from the listener's name: nobody else's registration is ever looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from shared.mapping import FlowMap

ENDPOINTS: Final = "serviceendpoints"
STEPS: Final = "sdkmessageprocessingsteps"
IMAGES: Final = "sdkmessageprocessingstepimages"
MESSAGES: Final = ("Create", "Update", "Delete")
NEEDED: Final = ("Create", "Update")
"""Without these a table is not heard of. Rows of some are never deleted, as users: the message is not there, then."""
WEBHOOK, WEBHOOK_KEY, JSON = 8, 4, 2
POST_OPERATION, ASYNCHRONOUS, SERVER = 40, 1, 0
ENABLED, ENABLED_STATUS = 0, 1
PRE_IMAGE: Final = 0
_WITH_IMAGE: Final = frozenset({"Update", "Delete"})
_OURS: Final = UUID("6f1d4c52-7a53-4c1e-9d3b-0d6a4f5f8a11")
_BINDS: Final[Mapping[str, tuple[str, str]]] = {
    "_sdkmessageid_value": ("sdkmessageid", "sdkmessages"),
    "_sdkmessagefilterid_value": ("sdkmessagefilterid", "sdkmessagefilters"),
    "_eventhandler_value": ("eventhandler_serviceendpoint", ENDPOINTS),
    "_sdkmessageprocessingstepid_value": ("sdkmessageprocessingstepid", STEPS),
}
_READ_ONLY: Final = frozenset({"isauthvalueset"})
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where Dataverse sends its events: the address of the app, and the function key that opens it."""

    url: str
    key: str = field(repr=False)

    @property
    def sign(self) -> str:
        """Tells one key from another, and nothing more: the key itself cannot be read back."""
        return blake2b(self.key.encode(), digest_size=4, person=b"koppel").hexdigest()


@dataclass(frozen=True, slots=True)
class Listener:
    """Whoever is to hear of a table: a flow, or the computed columns of a suite.

    name: as registrations are told apart by it. table: its logical name. path: the function, below `/api`.
    columns: those whose change matters. tracked: whether the changes of the table are followed, too. beside: other
    tables any change of which matters, by logical name, each with the columns whose values before it are told.
    """

    name: str
    table: str
    path: str
    columns: Sequence[str]
    tracked: bool = True
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def tables(self) -> set[str]:
        """Every table that it is to hear of."""
        return {self.table, *self.beside}


def listener(flow: FlowMap) -> Listener:
    """A flow as a listener."""
    table, path = flow.dataverse.entity, f"{flow.name.replace('.', '/')}/dataverse"
    beside: dict[str, list[str]] = {}
    for each in flow.woken_by:
        beside.setdefault(each.table.type, []).append(each.column.name)
    return Listener(flow.name, table.type, path, watched(flow), table.change_tracking, beside)


@dataclass(frozen=True, slots=True)
class Platform:
    """Ids of messages by name, and of message filters by message name and table."""

    messages: Mapping[str, str]
    filters: Mapping[tuple[str, str], str]

    def of(self, table: str) -> list[str]:
        """The messages that tell of a table. What it has no message for is found by the passes."""
        return [message for message in MESSAGES if (message, table) in self.filters]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do: the row as it should be, and what differs now. Holds no secret.

    Of what is to be removed only the name is known.
    """

    what: Literal["create", "repair", "remove"]
    set: str
    id: str
    flow: str
    wanted: Row
    before: Row = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        names = {"create": self.wanted, "repair": self.before, "remove": {}}[self.what]
        changes = {name: {"now": self.before.get(name), "wanted": self.wanted[name]} for name in names}
        return {"action": self.what, "kind": self.set, "id": self.id, "name": self.wanted["name"], "changes": changes}

    def body(self) -> dict[str, Any]:
        """The row, or the columns to repair, as Dataverse takes them."""
        names = [name for name in (self.before if self.what == "repair" else self.wanted) if name not in _READ_ONLY]
        plain = {name: self.wanted[name] for name in names if name not in _BINDS}
        links = {f"{_BINDS[name][0]}@odata.bind": f"/{_BINDS[name][1]}({self.wanted[name]})"
                 for name in names if name in _BINDS}  # fmt: skip
        return {**plain, **links}


def endpoint_id(name: str) -> str:
    return str(uuid5(_OURS, name))


def step_id(name: str, message: str, table: str = "") -> str:
    """The id of a step. table: the logical name of one beside the listener's own; empty for that."""
    return str(uuid5(_OURS, " ".join(filter(None, (name, message, table)))))


def image_id(name: str, message: str, table: str) -> str:
    return str(uuid5(_OURS, f"{name} {message} {table} image"))


def endpoint(who: Listener, receiver: Receiver) -> Row:
    """The service endpoint of a listener; its `authvalue` is added when it is written."""
    return {
        "name": f"Koppel {who.name}",
        "description": f"Events of {who.table} for Koppel; key {receiver.sign}",
        "contract": WEBHOOK,
        "url": f"{receiver.url.rstrip('/')}/api/{who.path}",
        "authtype": WEBHOOK_KEY,
        "messageformat": JSON,
        "isauthvalueset": True,
    }


def step(who: Listener, message: str, platform: Platform) -> Row:
    """The step that tells of one message of the listener's table, after it was committed."""
    return _step(who, message, who.table, platform) | {
        "filteringattributes": ",".join(who.columns) if message == "Update" else None
    }


def _step(who: Listener, message: str, table: str, platform: Platform) -> dict[str, Any]:
    """The step that tells of every message of a table."""
    return {
        "name": f"Koppel {who.name}: {message} of {table}",
        "stage": POST_OPERATION,
        "mode": ASYNCHRONOUS,
        "rank": 1,
        "supporteddeployment": SERVER,
        "asyncautodelete": True,
        "statecode": ENABLED,
        "statuscode": ENABLED_STATUS,
        "filteringattributes": None,
        "_sdkmessageid_value": platform.messages[message],
        "_sdkmessagefilterid_value": platform.filters[message, table],
        "_eventhandler_value": endpoint_id(who.name),
    }


def image(who: Listener, message: str, table: str) -> Row:
    """What an event of a table beside the listener's own holds of the row as it was: where it pointed to."""
    return {
        "name": f"Koppel {who.name}: {table} before {message}",
        "entityalias": "before",
        "imagetype": PRE_IMAGE,
        "messagepropertyname": "Target",
        "attributes": ",".join(who.beside[table]),
        "_sdkmessageprocessingstepid_value": step_id(who.name, message, table),
    }


def registered_by(who: Listener) -> Mapping[str, Sequence[str]]:
    """Ids of everything that a listener needs registered, by set."""
    pairs = [(message, table) for table in who.beside for message in MESSAGES]
    return {
        ENDPOINTS: [endpoint_id(who.name)],
        STEPS: [step_id(who.name, *pair) for pair in (*((each, "") for each in MESSAGES), *pairs)],
        IMAGES: [image_id(who.name, *pair) for pair in pairs if pair[0] in _WITH_IMAGE],
    }


def watched(flow: FlowMap) -> list[str]:
    """The columns whose change concerns the flow: those of lines, filters and company, and the row's state."""
    table = flow.dataverse.entity
    names = {each.name for line in flow.lines for each in line.dataverse.read_from} | {
        each.target.name for each in flow.dataverse.constants
    }
    filtered = {*flow.dataverse.scope.fields, *flow.dataverse.telling}
    names |= {field.name for field in table.fields.values() if field.wire_name in filtered}
    names |= {column.name} if flow.company and (column := flow.company.dataverse) else set()
    return sorted((names | ({"statecode"} & table.fields.keys())) - {table.id})


def changes(who: Listener, receiver: Receiver, platform: Platform, found: Mapping[str, Row]) -> Iterator[Change]:
    """What has to be done for one listener, the endpoint first. found: registered rows by id."""
    yield from _change(ENDPOINTS, endpoint_id(who.name), who, endpoint(who, receiver), found)
    for message in platform.of(who.table):
        yield from _change(STEPS, step_id(who.name, message), who, step(who, message, platform), found)
    for table in who.beside:
        for message in platform.of(table):
            wanted = _step(who, message, table, platform)
            yield from _change(STEPS, step_id(who.name, message, table), who, wanted, found)
            if message in _WITH_IMAGE:
                yield from _change(IMAGES, image_id(who.name, message, table), who, image(who, message, table), found)


def _change(kind: str, row_id: str, who: Listener, wanted: Row, found: Mapping[str, Row]) -> Iterator[Change]:
    now = found.get(row_id)
    if now is None:
        yield Change("create", kind, row_id, who.name, wanted)
        return
    before = {name: now.get(name) for name, value in wanted.items() if not _same(name, now.get(name), value)}
    if before:
        yield Change("repair", kind, row_id, who.name, wanted, before)


def _same(name: str, now: Any, wanted: Any) -> bool:
    """Columns are a set: the order in which they stand, and blanks, mean nothing."""
    if name in {"filteringattributes", "attributes"}:
        return _columns(now) == _columns(wanted)
    return bool(now == wanted)


def _columns(text: str | None) -> set[str]:
    return {name.strip() for name in (text or "").split(",")} - {""}
