"""Looks at the webhooks and the change tracking in Dataverse, and makes them what flows and computed columns need."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.errors import Refused
from shared.mapping import FlowMap
from shared.setup._reading import rows
from shared.setup._registrations import (
    ENDPOINTS,
    IMAGES,
    MESSAGES,
    NEEDED,
    STEPS,
    Change,
    Listener,
    Platform,
    Receiver,
    Row,
    changes,
    listener,
    registered_by,
)
from shared.setup._unneeded import unneeded
from shared.systems import Dataverse, published_body

_ENDPOINT: Final = "serviceendpointid,name,description,contract,url,authtype,messageformat,isauthvalueset"
_STEP: Final = (
    "sdkmessageprocessingstepid,name,stage,mode,rank,supporteddeployment,asyncautodelete,statecode,statuscode,"
    "filteringattributes,"
    "_sdkmessageid_value,_sdkmessagefilterid_value,_eventhandler_value"
)
_IMAGE: Final = "name,entityalias,imagetype,messagepropertyname,attributes,_sdkmessageprocessingstepid_value"
_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    ENDPOINTS: ("serviceendpointid", _ENDPOINT),
    STEPS: ("sdkmessageprocessingstepid", _STEP),
    IMAGES: ("sdkmessageprocessingstepimageid", _IMAGE),
}
"""Per set the name of its id, and the columns that are read."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What would be done, or was: registrations to create or repair, tables whose changes are to be tracked."""

    changes: Sequence[Change]
    track: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        found = [{"flow": change.flow, **change.as_json()} for change in self.changes]
        return {"webhooks": found, "change_tracking": list(self.track)}


async def plan_webhooks(
    dataverse: Dataverse,
    flows: Collection[FlowMap],
    receiver: Receiver,
    others: Collection[Listener] = (),
    known: Collection[str] | None = None,
) -> Registration:
    """What is missing, was changed, or is not needed any more; nothing is written.

    Options of a choice have no events. others: who else is to hear of tables. known: names of all that may listen; what
    is registered for others goes, too.
    Raises Refused if a table cannot have webhooks.
    """
    listening = [*(listener(flow) for flow in flows if not flow.dataverse.entity.choice), *others]
    if not listening and known is None:
        return Registration((), ())
    platform, found, untracked, over = await asyncio.gather(
        _platform(dataverse, {table for each in listening for table in each.tables}),
        _registered(dataverse, listening),
        _untracked(dataverse, {each.table for each in listening if each.tracked}),
        unneeded(dataverse, listening, known),
    )
    planned = [change for each in listening for change in changes(each, receiver, platform, found)]
    return Registration([*planned, *over], untracked)


async def apply_webhooks(
    dataverse: Dataverse,
    flows: Collection[FlowMap],
    receiver: Receiver,
    others: Collection[Listener] = (),
    known: Collection[str] | None = None,
) -> Registration:
    """Does what a plan shows, and tells what it did. Applied again, it does nothing."""
    done = await plan_webhooks(dataverse, flows, receiver, others, known)
    for change in done.changes:
        await _write(dataverse, change, receiver)
    await _track_all(dataverse, done.track)
    return done


async def track_changes(dataverse: Dataverse, tables: Collection[str]) -> list[str]:
    """Turns change tracking on for those of these tables, by logical name, where it is off; which they were."""
    found = await _untracked(dataverse, tables)
    await _track_all(dataverse, found)
    return found


async def _track_all(dataverse: Dataverse, tables: Sequence[str]) -> None:
    for logical in tables:
        await _track(dataverse, logical)
    if tables:
        await dataverse.put("POST", "PublishXml", published_body(tables))


async def _write(dataverse: Dataverse, change: Change, receiver: Receiver) -> None:
    secret = {"authvalue": receiver.key} if change.set == ENDPOINTS else {}
    if change.what == "remove":
        await dataverse.put("DELETE", f"{change.set}({change.id})", {})
    elif change.what == "create":
        key, _ = _KEYS[change.set]
        await dataverse.put("POST", change.set, {key: change.id, **change.body(), **secret})
    else:
        await dataverse.put("PATCH", f"{change.set}({change.id})", {**change.body(), **secret}, {"If-Match": "*"})


async def _track(dataverse: Dataverse, logical: str) -> None:
    """A table's definition is replaced as a whole."""
    url = f"EntityDefinitions(LogicalName='{logical}')"
    whole = {name: value for name, value in (await dataverse.get(url)).items() if name != "@odata.context"}
    await dataverse.put("PUT", url, {**whole, "ChangeTrackingEnabled": True}, {"MSCRM.MergeLabels": "true"})


async def _platform(dataverse: Dataverse, tables: Collection[str]) -> Platform:
    if not tables:
        return Platform({}, {})
    named = " or ".join(f"name eq '{name}'" for name in MESSAGES)
    messages = {
        str(row["sdkmessageid"]): str(row["name"])
        async for row in rows(dataverse, f"sdkmessages?$select=sdkmessageid,name&$filter={named}")
    }
    about = " or ".join(f"primaryobjecttypecode eq '{table}'" for table in tables)
    select = "sdkmessagefilterid,primaryobjecttypecode,_sdkmessageid_value"
    filters = {
        (messages[str(row["_sdkmessageid_value"])], str(row["primaryobjecttypecode"])): str(row["sdkmessagefilterid"])
        async for row in rows(dataverse, f"sdkmessagefilters?$select={select}&$filter={about}")
        if str(row["_sdkmessageid_value"]) in messages
    }
    missing = sorted(
        f"{message} of {table}" for table in tables for message in NEEDED if (message, table) not in filters
    )
    if missing:
        raise Refused(f"Dataverse offers no events for {', '.join(missing)}")
    return Platform({name: row_id for row_id, name in messages.items()}, filters)


async def _registered(dataverse: Dataverse, listening: Collection[Listener]) -> dict[str, Row]:
    """Our registrations as they are now, by id."""
    wanted = [registered_by(each) for each in listening]
    found: dict[str, Row] = {}
    for name, (key, select) in _KEYS.items():
        ids = sorted({row_id for each in wanted for row_id in each[name]})
        ours = " or ".join(f"{key} eq {row_id}" for row_id in ids)
        url = f"{name}?$select={select}&$filter={ours}"
        found |= {str(row[key]): row async for row in rows(dataverse, url)} if ids else {}
    return found


async def _untracked(dataverse: Dataverse, tables: Collection[str]) -> list[str]:
    """Those of the tables that could be tracked and are not."""
    named = " or ".join(f"LogicalName eq '{table}'" for table in sorted(tables))
    url = f"EntityDefinitions?$select=LogicalName,ChangeTrackingEnabled&$filter={named}"
    found = (await dataverse.get(url))["value"] if tables else []
    return sorted(str(each["LogicalName"]) for each in found if not each["ChangeTrackingEnabled"])
