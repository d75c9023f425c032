"""Match reports: plan a flow without writing anything, look at what it would do, and approve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import azure.functions as func

from functions.bodies import Sent, action_of, body_of, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals
from functions.naming import with_name
from functions.operations.flows import chosen
from functions.operators import operators_only
from functions.paging import Page, Paged
from functions.runtime import house
from shared.engine import OPEN, House, approve, demand_current, job, report, start_job, terms_of
from shared.errors import NotFound, Refused
from shared.mapping import Creates, Side

blueprint = new_blueprint()


class Plan(Sent):
    """The terms of the run that is planned, where they are not those of the map."""

    master: Side | None = None
    creates: Creates | None = None


class Approve(Sent):
    """report: the one that was looked at, by its id."""

    report: str | None = None


BODIES: Final[Mapping[str, type[Plan | Approve]]] = {"plan": Plan, "approve": Approve}


@blueprint.function_name("operations_reports")
@blueprint.route(route="operations/reports/{suite}/{flow}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def reports(req: func.HttpRequest) -> func.HttpResponse:
    """The last report of a flow (or of every flow of a suite that has one): counts, samples with old and new values,
    strangers. `?limit=` and `?next=` turn the pages of the strangers of all of them.
    """
    here, page = await house(), Page(req, parameters_of(req, Paged))
    found = [told for name in chosen(here, *_route(req)) if (told := await _report(here, name)) is not None]
    if not found:
        raise NotFound(f"{'.'.join(_route(req))} has no report yet: plan it first")
    return answer({"reports": [_told(each, page) for each in sorted(found, key=_name)], **page.onwards()})


async def _report(here: House, name: str) -> Mapping[str, Any] | None:
    try:
        return await report(here, name)
    except NotFound:
        return None


def _name(found: Mapping[str, Any]) -> str:
    return str(found["flow"])


def _told(found: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """A report, its id first: with those of its strangers that are on the page, and how many there are."""
    pairs = [each for at, each in enumerate(found["strangers"]) if page.takes(_name(found), f"{at:09d}")]
    samples = {what: [with_name(each) for each in some] for what, some in found.get("samples", {}).items()}
    strangers = {"strangers": [with_name(each) for each in pairs], "strangers in all": len(found["strangers"])}
    return {"report": found["job"], **found, "samples": samples, **strangers}


@blueprint.function_name("operations_report_action")
@blueprint.route(
    route="operations/reports/{suite}/{flow}/{action}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS
)
@refusals
@operators_only
async def act(req: func.HttpRequest) -> func.HttpResponse:
    """plan: a job that makes the reports; body {"master": "erp"|"dataverse",
    "creates": "both"|"erp"|"dataverse"|"none"}, both optional.

    approve: lets the flows run; body {"report": ...}, the id of the report that was looked at: that of its job.
    Of all flows those are meant that it is about.
    """
    here, action = await house(), action_of(req, BODIES)
    names, body = chosen(here, *_route(req)), body_of(req, BODIES[action])
    if isinstance(body, Plan):
        for name in names:
            await terms_of(here, name, body.master, body.creates)
        started = await start_job(here, "plan", names, master=body.master, creates=body.creates)
        return answer({"job": started["id"]}, 202)
    names = await _reported(here, names, body.report)
    for name in names:  # all of them or none
        await demand_current(here, name, body.report)
    for name in names:
        await approve(here, name, body.report)
    return answer({"approved": names, "report": body.report})


async def _reported(here: House, names: list[str], asked: str | None) -> list[str]:
    """Those of the flows that a report is about. Raises BadRequest, NotFound or Refused."""
    if asked is None:
        known: dict[str, list[str]] = {}
        for name in names:
            if (told := await _report(here, name)) is not None:
                known.setdefault(told["job"], []).append(name)
        if not known:
            raise NotFound(f"{', '.join(names)} has no report yet: plan it first")
        listed = ", ".join(f"{each} of {', '.join(about)}" for each, about in known.items())
        raise BadRequest(f'say which report you have looked at: {{"report": ...}}; the last ones: {listed}')
    try:
        planned = await job(here, asked)
    except NotFound as unknown:
        raise NotFound(f"there is no report {asked!r}: name one as the list of reports does") from unknown
    if planned["kind"] != "plan":
        raise NotFound(f"{asked} is no report, but a job that did something: name the report as its list does")
    if planned["state"] == OPEN:
        raise Refused(f"the report {asked} is still being made: wait until that job is done, and look at it")
    about = [name for name in names if name in planned["flows"]]
    if not about:
        raise NotFound(f"the report {asked} is about {', '.join(planned['flows'])}, not about {', '.join(names)}")
    return about


def _route(req: func.HttpRequest) -> tuple[str, str]:
    return req.route_params.get("suite", ""), req.route_params.get("flow", "")
