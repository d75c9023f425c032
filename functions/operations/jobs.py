"""Jobs: what runs and ran over whole flows, with progress and what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import azure.functions as func

from functions.bodies import Nothing, Number, body_of, parameters_of
from functions.http import answer, new_blueprint, refusals
from functions.links import with_links
from functions.naming import with_name
from functions.operators import operators_only
from functions.paging import Page, Paged
from functions.runtime import house, runtime
from shared.engine import House, held_until, job, jobs, kept_by, stop_job

blueprint = new_blueprint()

GLANCE: Final = 0.5
"""Seconds between two looks whether the writing has stopped."""
ENDED: Final = "nothing is written for it any more"
ENDING: Final = (
    "an instance may still be at work on it, until {} at most: what is just being written is finished, and no other "
    "record is begun"
)


class Newest(Paged):
    """A page of jobs, newest first."""

    limit: Number = 20


@blueprint.function_name("operations_jobs")
@blueprint.route(route="operations/jobs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """The jobs, newest first, a page at a time (`?limit=`, `?next=`)."""
    here, page = await house(), Page(req, parameters_of(req, Newest))
    async for value in jobs(here):
        if page.takes(value["id"]):
            page.rows.append(value)
        if page.is_full:
            break
    return answer({"jobs": page.rows, **page.onwards()})


@blueprint.function_name("operations_job")
@blueprint.route(route="operations/jobs/{id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def one_job(req: func.HttpRequest) -> func.HttpResponse:
    """One job."""
    return answer(await job(await house(), req.route_params.get("id", "")))


@blueprint.function_name("operations_job_left")
@blueprint.route(route="operations/jobs/{id}/left", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def left(req: func.HttpRequest) -> func.HttpResponse:
    """What an undo or a rebuild left as it is, or what came of each pair that was to be coupled or uncoupled; of a dry
    run, what would. Records with their reasons, a page at a time (`?limit=`, `?next=`), and how many there are of each.
    """
    here, job_id = await house(), req.route_params.get("id", "")
    page, reasons = Page(req, parameters_of(req, Paged)), Counter[str]()
    await job(here, job_id)
    found = [each async for each in kept_by(here.documents, job_id)]
    for each in sorted(found, key=_place):
        reasons[each["what"]] += 1
        if page.takes(*_place(each)):
            page.rows.append(with_name(each) if each["record"] else each)
    return answer({"records": await with_links(here, page.rows), "reasons": reasons, **page.onwards()})


def _place(left: Mapping[str, Any]) -> tuple[str, str, str]:
    """In the order of what was given, else by flow."""
    at = left.get("at")
    return ("", f"{at:09d}", left["flow"]) if at is not None else (left["flow"], str(left["record"]["dataverse"]), "")


@blueprint.function_name("operations_job_stop")
@blueprint.route(route="operations/jobs/{id}/stop", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def stop(req: func.HttpRequest) -> func.HttpResponse:
    """Ends a job where it stands; what it did stays. Flows that were coming up with it are paused.

    It answers when nothing is written for the job any more, or after a few seconds with until when that may go on:
    `writing` is that moment, and empty where it has stopped.
    """
    here, job_id = await house(), req.route_params.get("id", "")
    body_of(req, Nothing)
    stopped = await stop_job(here, job_id)
    until = await _written_until(here, job_id, runtime().settings.answer_seconds)
    told = ENDING.format(until) if until else ENDED
    return answer({**stopped, "writing": until, "note": told}, 202)


async def _written_until(here: House, job_id: str, seconds: float) -> str:
    """Until when an instance may be at work on a job, once it has had so long to end; empty if none is."""
    for _ in range(round(seconds / GLANCE)):
        if not await held_until(here, job_id):
            return ""
        await asyncio.sleep(GLANCE)
    return await held_until(here, job_id)
