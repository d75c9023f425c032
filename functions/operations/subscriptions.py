"""Whether the systems tell us what happens, and that Business Central goes on to do so."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

import azure.functions as func

from functions.bodies import Nothing, body_of
from functions.business_central.subscriptions import SYSTEM, Found, Keeper, Needs, ear_of, last_found, without_ear
from functions.http import answer, new_blueprint, refusals
from functions.operations.setup import expected_changes
from functions.operators import operators_only
from functions.runtime import house, runtime
from shared.engine import House
from shared.errors import Busy, KoppelError, Refused

blueprint = new_blueprint()
log: Final = logging.getLogger("koppel.subscriptions")
SHOWN = 5
"""How many a message names."""
REPAIRS: Final = "GET /api/operations/subscriptions lists them, POST looks again at once"


async def subscriptions(here: House, live: Sequence[str]) -> None:
    """Raises Refused if events of flows that are live are not subscribed to as they should be."""
    wrong = await expected_changes(here, live) if live else []
    if wrong:
        named = ", ".join(dict.fromkeys(wrong[:SHOWN]))
        raise Refused(
            f"{len(wrong)} webhooks are missing or were changed ({named}): POST /api/operations/webhooks repairs them"
        )


async def keep_subscriptions(here: House) -> None:
    """What a run of the pump does first. Whatever stands in the way is tried again by the next run."""
    keeper = await _keeper(here)
    if keeper is None:
        return
    try:
        await keeper.keep()
    except Busy:
        log.info("another instance looks at the subscriptions")
    except KoppelError as problem:
        log.warning("subscriptions are looked at later: %s", problem)


async def notified(here: House) -> tuple[str, str]:
    """What is wrong with the subscriptions of Business Central, and what else there is to say; both empty where the
    system is not there, or no flow needs any.
    """
    needs = await Needs.of(here) if SYSTEM in here.erps else None
    if needs is None or not needs.makes:
        return "", ""
    if why := without_ear(runtime().settings):
        return "", f"none are made, so that changes are found by the schedules alone: {why}"
    found = await last_found(here)
    wrong = [f"{each}: {why}" for each, why in found.troubles.items()]
    trouble = f"{len(wrong)} are missing ({'; '.join(wrong[:SHOWN])}). {REPAIRS}" if wrong else ""
    return trouble, found.at


@blueprint.function_name("operations_subscriptions")
@blueprint.route(route="operations/subscriptions", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def show(req: func.HttpRequest) -> func.HttpResponse:
    """What Business Central is asked to tell, and what of it failed, as of the last look."""
    here = await house()
    return answer(_told(await last_found(here), await Needs.of(here), _without(here)))


@blueprint.function_name("operations_subscriptions_apply")
@blueprint.route(route="operations/subscriptions", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def apply(req: func.HttpRequest) -> func.HttpResponse:
    """Looks at once, and puts right what is not as it should be, as the pump does every few minutes."""
    here = await house()
    body_of(req, Nothing)
    return answer(_told(await keep_at_once(here), await Needs.of(here), _without(here)))


async def keep_at_once(here: House) -> Found:
    """Looks at them now, and puts right what is not as it should be; what was found."""
    keeper = await _keeper(here)
    return await keeper.keep(at_once=True) if keeper else await last_found(here)


def _without(here: House) -> str:
    """Why Business Central is not asked to tell anything; empty if it is."""
    return without_ear(runtime().settings) if SYSTEM in here.erps else "no suite over Business Central is on"


async def _keeper(here: House) -> Keeper | None:
    """The one of this process; None where there is nothing to keep, or nowhere to be called."""
    ours = runtime()
    if ours.subscriptions is None and (ear := await ear_of(here, ours.settings)) is not None:
        ours.subscriptions = Keeper(here, ear)
    return ours.subscriptions


def _told(found: Found, needs: Needs, why: str) -> dict[str, Any]:
    """Lists that are subscribed to, or should be, with the flows that are about them."""
    rows = [
        {
            "resource": each.address,
            "flows": needs.flows[each],
            "expires": found.noted.get(each.address, {}).get("until", ""),
            "trouble": found.troubles.get(each.address, ""),
            "silent": each.address in found.silent,
        }
        for each in sorted(needs.flows)
    ]
    return {"looked": found.at, "none": why, "subscriptions": rows}
