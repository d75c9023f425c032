"""Notifications of Business Central: which records of which lists may have changed.

Reference: business-central-api 9. Whoever calls is not known by a key of the platform: one that is rotated would answer
401, and Business Central deletes a subscription at the first 4xx. Each item carries the secret of its list; what does
not is dropped. Nothing else of an item is trusted: it leaves a hint, or where very much has changed the word that a
flow is to be caught up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import azure.functions as func

from functions.business_central.subscriptions import SYSTEM, ear_of, resources_of
from functions.events import Event
from functions.flow import receive
from functions.http import BadRequest, json_body, new_blueprint, receiver, refusals
from functions.runtime import house, runtime
from shared.engine import LISTENING, House, ask_to_catch_up, demand_ledger, state_of, take_hint
from shared.errors import TryLater
from shared.mapping import ERP, FlowMap
from shared.setup import Ear
from shared.systems import Named, Resource, read_resource

blueprint = new_blueprint()

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a call: it holds all that is pending for the address, up to 1,000 items of each subscription."""
LONGEST_TOKEN: Final = 2048
FEW: Final = 20
"""So many records of a call are looked at before it is answered, as those of other events are."""
MANY: Final = 200
"""Of more records of a flow none is hinted at that was not deleted: a pass finds them by their stamps."""
SECONDS: Final = 20.0
"""To keep what a call tells in: Business Central waits for half a minute, and sends it again."""
KINDS: Final[Mapping[str, str]] = {"created": "create", "updated": "update", "deleted": "delete"}
"""What an item tells of a record, to what a hint says of it. Any other, such as `collection`, is about the list."""


_STAMPED: Final = frozenset({"created", "updated"})


@blueprint.function_name("business_central_notifications")
@blueprint.route(route="business_central/notifications", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def business_central_notifications(req: func.HttpRequest) -> func.HttpResponse:
    """The handshake that each subscription begins with, and what is told from then on."""
    return await answered(req)


async def answered(req: func.HttpRequest) -> func.HttpResponse:
    """200 and its token to a handshake; 202 and no more to a notification."""
    token = req.params.get("validationToken")
    return await (_taken(req) if token is None else _shaken(req))


@refusals
async def _shaken(req: func.HttpRequest) -> func.HttpResponse:
    """The token as plain text: nobody's browser takes it for a page."""
    token = req.params["validationToken"]
    if len(token) > LONGEST_TOKEN or not token.isprintable():
        raise BadRequest(f"validationToken is no token of at most {LONGEST_TOKEN} characters")
    headers = {"X-Content-Type-Options": "nosniff"}
    return func.HttpResponse(token, status_code=200, mimetype="text/plain", headers=headers)


@receiver
async def _taken(req: func.HttpRequest) -> str:
    items = json_body(req, LARGEST).get("value")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise BadRequest("not a notification: a list of items is needed in value")
    here, settings = await house(), runtime().settings
    ear = await ear_of(here, settings)
    return await taken(here, ear, items, settings.answer_seconds) if ear is not None else "nobody"


async def taken(here: House, ear: Ear, items: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """Keeps what is proved of these items. Raises TryLater if there is no time for that, or the ledger is away."""
    told = _told(here, ear, items)
    if not told:
        return "nobody"
    await demand_ledger(here)
    try:
        async with asyncio.timeout(SECONDS):
            return await keep(here, told, seconds)
    except TimeoutError as problem:
        raise TryLater("there was no time to keep all that a notification tells") from problem


@dataclass(slots=True)
class Told:
    """What is told of the list of a flow: what became of records, by identity, or that the list is to be read.

    whole: deletes may be among it.
    """

    records: dict[tuple[str, ...], str] = field(default_factory=dict)
    listed: bool = False
    whole: bool = False

    def take(self, about: Named, kind: object) -> None:
        """One item. The end of a record is not taken back by what comes before or after it: order is not promised."""
        what = KINDS.get(str(kind))
        if what is None or not about.row_id:
            self.listed, self.whole = True, self.whole or not about.filtered
            return
        identity = (about.resource.company, about.row_id)
        if self.records.get(identity) != "delete":
            self.records[identity] = what

    def take_behind(self, about: Named, kind: object) -> None:
        """One item about another list, which decides what is read of records: which these are, a pass finds out. Only
        of what was deleted there stamps may not tell it.
        """
        self.listed, self.whole = True, self.whole or (kind not in _STAMPED and not about.filtered)


def _told(here: House, ear: Ear, items: Sequence[Mapping[str, Any]]) -> dict[str, Told]:
    """What is told of flows, by flow. What is not proved, or is about no list of theirs, is nobody's."""
    proved = [(about, each) for each in items if (about := _proved(ear, each)) is not None]
    flows = _flows_of(here, {about.resource for about, _ in proved})
    found: dict[str, Told] = {}
    for about, each in proved:
        for flow in flows.get(about.resource, ()):
            told, kind = found.setdefault(flow.name, Told()), each.get("changeType")
            if flow.erp.entity.name == about.resource.name:
                told.take(about, kind)
            else:
                told.take_behind(about, kind)
    return found


def _proved(ear: Ear, item: Mapping[str, Any]) -> Named | None:
    """What an item is about, if it carries the secret of that list."""
    about, state = read_resource(item.get("resource")), item.get("clientState")
    return about if about is not None and isinstance(state, str) and ear.knows(about.resource, state) else None


def _flows_of(here: House, resources: Collection[Resource]) -> dict[Resource, list[FlowMap]]:
    """The flows that need these lists."""
    found: dict[Resource, list[FlowMap]] = {}
    for each in here.catalogue.sound() if resources else ():
        for resource in resources_of(here, each) if each.erp.system == SYSTEM else ():
            if resource in resources:
                found.setdefault(resource, []).append(each)
    return found


async def keep(here: House, told: Mapping[str, Told], seconds: float) -> str:
    """Keeps all that is told. A few records are looked at for so many seconds, too; the rest is the pump's."""
    count = sum(len(each.records) for each in told.values())
    await asyncio.gather(*(_order(here, name, each) for name, each in told.items()))
    events = [(name, event) for name, each in told.items() for event in _events(each)]
    if count <= FEW:
        found = await asyncio.gather(*(receive(here, name, event, seconds) for name, event in events))
        return ", ".join(found) or "later"
    await asyncio.gather(*(take_hint(here, name, ERP, each.identity, each.what) for name, each in events))
    return "later"


async def _order(here: House, name: str, told: Told) -> None:
    """A flow whose list is to be read, or of which too much is told, is caught up by the next run of the pump."""
    if not told.listed and len(told.records) <= MANY:
        return
    if (await state_of(here, name))["state"] in LISTENING:
        await ask_to_catch_up(here, name, whole=told.whole)


def _events(told: Told) -> list[Event]:
    """The records that a hint is left for."""
    kept = told.records.items()
    if len(told.records) > MANY:
        kept = {identity: what for identity, what in kept if what == "delete"}.items()
    return [Event(ERP, identity, what) for identity, what in kept]
