"""The records behind a job's numbers."""

from __future__ import annotations

import azure.functions as func
from pydantic import Field

from functions.bodies import meant, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals, told
from functions.links import with_links
from functions.naming import with_name
from functions.operators import operators_only
from functions.paging import Page, Paged
from functions.runtime import house
from shared.engine import COUPLED, DONE, House, both_ends, coupled_by, job, written_by
from shared.mapping import Side

blueprint = new_blueprint()


class Asked(Paged):
    """flow: with its suite. what: `coupled`, or the first word of what the journal says, such as `created`. side: where
    that was written.
    """

    flow: str = Field(description="the flow, with its suite: a job may be about several")
    what: str = ""
    side: Side | None = None


@blueprint.function_name("operations_job_records")
@blueprint.route(route="operations/jobs/{id}/records", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def records(req: func.HttpRequest) -> func.HttpResponse:
    """What a job has done to records of a flow: the pairs that it brought together (`?what=coupled`), or its rows in
    the journal, a page at a time (`?limit=`, `?next=`); `?what=` and `?side=` narrow these down.
    """
    here, job_id, asked = await house(), req.route_params.get("id", ""), parameters_of(req, Asked)
    flows = (await job(here, job_id))["flows"]
    if asked.flow not in flows:
        raise BadRequest(f"the job {job_id} is about {', '.join(flows)}, not about {asked.flow!r}")
    page = Page(req, asked)
    await (_coupled if asked.what == COUPLED else _written)(here, job_id, asked, page)
    rows = await with_links(here, [with_name(each) for each in page.rows], asked.flow)
    return answer({"records": rows, **page.onwards()})


async def _coupled(here: House, job_id: str, asked: Asked, page: Page) -> None:
    async for done in coupled_by(here, job_id, asked.flow, page.since):
        if page.takes(done["record"]["dataverse"]):
            page.rows.append(done)
        if page.is_full:
            return


async def _written(here: House, job_id: str, asked: Asked, page: Page) -> None:
    """Raises BadRequest, on the first page, if nothing of the kind is known, nor done by this job."""
    known = dict.fromkeys(("", COUPLED, *DONE))
    async for done in written_by(here, job_id, asked.flow, page.since):
        words = done["what"].split()
        known[words[0]] = None
        if asked.what not in {"", words[0]} or asked.side not in {None, *words[1:]}:
            continue
        if page.takes(done.pop("key")):
            page.rows.append(await both_ends(here, done))
        if page.is_full:
            return
    if asked.what not in known and not asked.next:
        words = [each for each in known if each]
        raise BadRequest(f"no job does {told(asked.what)}{meant(asked.what, words)} known: {', '.join(words)}")
