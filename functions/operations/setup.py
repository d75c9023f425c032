"""Setting up: the preflight, and the webhooks that Dataverse needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import azure.functions as func

from functions.beside import beside_findings
from functions.bodies import Nothing, Sent, body_of, parameters_of
from functions.http import BadRequest, answer, new_blueprint, refusals, told
from functions.operations.flows import chosen
from functions.operations.suite_setup import findings as of_setup
from functions.operators import operators_only
from functions.runtime import house, kept, runtime
from functions.suites import suite, suites_on
from shared.columns import Keeper
from shared.engine import (
    WAY_OUT,
    House,
    LostLedger,
    chosen_flows,
    clash,
    ledger_trouble,
    rivals,
    set_up_ledger,
    turned_back,
)
from shared.errors import KoppelError, Refused, SettingError
from shared.mapping import FlowMap
from shared.settings import app_address
from shared.setup import (
    Finding,
    Listener,
    Receiver,
    Registration,
    Severity,
    Site,
    apply_webhooks,
    plan_webhooks,
    preflight,
)
from shared.systems import BusinessCentral, Dataverse, Finops

blueprint = new_blueprint()


class Flows(Sent):
    """flow: one flow (suite.flow), or every flow of a suite (suite.all); left out: all."""

    flow: str = ""


@blueprint.function_name("operations_preflight")
@blueprint.route(route="operations/preflight", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """Everything that stands in the way, of all flows or of `?flow=suite.flow` (`suite.all`). Always 200."""
    here = await house()
    wanted = parameters_of(req, Flows).flow
    report = await preflight(replace(_site(here), listeners=await _heard(here, wanted)), await _named(here, wanted))
    await here.learn()
    waiting = [finding for name in report.flows for finding in await _turned_back(here, name)]
    waiting += [finding for name in report.flows for finding in _beside(here, name)]
    waiting += [finding for name in suites_on() for finding in _asked(name, report.flows)]
    lacking = [*await of_setup(here, report.flows), *await _looked(here, report.flows)]
    return answer(replace(report, findings=[*await _ledger(here), *waiting, *lacking, *report.findings]).as_json())


@blueprint.function_name("operations_webhooks")
@blueprint.route(route="operations/webhooks", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def plan(req: func.HttpRequest) -> func.HttpResponse:
    """What has to be registered or repaired in Dataverse; nothing is changed."""
    here = await house()
    return answer((await planned_webhooks(here, parameters_of(req, Flows).flow)).as_json())


@blueprint.function_name("operations_webhooks_apply")
@blueprint.route(route="operations/webhooks", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def apply(req: func.HttpRequest) -> func.HttpResponse:
    """Does what the plan shows; the answer is what was done. A second time it does nothing. What nobody needs any more
    is removed: of one flow its own steps, of all what was registered for flows and columns that are gone.

    A new ledger is named in Dataverse with that; one that was lost is refused.
    """
    here = await house()
    body_of(req, Nothing)
    return answer((await applied_webhooks(here, parameters_of(req, Flows).flow)).as_json())


async def planned_webhooks(here: House, wanted: str = "") -> Registration:
    """What is to be registered or repaired: for a flow, those of a suite (`suite.all`), or all that are chosen."""
    site, flows, others = _site(here), await _flows(here, wanted), await _others(here, wanted)
    return await plan_webhooks(site.dataverse, flows, _required(site), others, await _known(here, wanted, others))


async def applied_webhooks(here: House, wanted: str = "") -> Registration:
    """Does that, and names the ledger in Dataverse. Raises Refused if another one is named there."""
    site, flows = _site(here), await _flows(here, wanted)
    receiver = _required(site)
    await set_up_ledger(here)
    others = await _others(here, wanted)
    return await apply_webhooks(site.dataverse, flows, receiver, others, await _known(here, wanted, others))


async def expected_changes(here: House, flows: Sequence[str]) -> list[str]:
    """Of these flows, and of the columns that suites keep: those whose webhooks are missing or were changed."""
    site = _site(here)
    if site.receiver is None:
        return []
    maps = [each for each in here.catalogue.sound() if each.name in flows]
    planned = await plan_webhooks(site.dataverse, maps, site.receiver, await _keepers(here))
    return [each.flow for each in planned.changes]


async def _ledger(here: House) -> list[Finding]:
    """What keeps everything from working: a ledger that is lost, or was never set up."""
    try:
        trouble = await ledger_trouble(here)
    except KoppelError:
        return []  # Dataverse cannot be asked, which is a finding of its own
    what, _, remedy = str(trouble or "").partition(". " if isinstance(trouble, LostLedger) else ": ")
    severity: Severity = "error" if isinstance(trouble, LostLedger) else "warning"
    return [Finding(severity, what, remedy)] if trouble else []


async def _turned_back(here: House, name: str) -> list[Finding]:
    """What keeps a flow from working until a person has said which side is right."""
    reasons = [each["reason"] for each in (await turned_back(here, name)).values()]
    remedy = "put right what is hidden and resume, or confirm the side that is right, as said there"
    return [Finding("error", reason, remedy, (name,)) for reason in reasons if reason]


def _beside(here: House, name: str) -> list[Finding]:
    """Flows of other suites that would keep the same rows."""
    found = here.catalogue.map(name)
    return [Finding("error", clash(found, each), WAY_OUT, (name, each.name)) for each in rivals(here, found)]


async def _looked(here: House, flows: Sequence[str]) -> list[Finding]:
    """What the suites look for beside their maps; a system that cannot be asked is a finding of its own."""
    found: list[Finding] = []
    for look_for in (each for name in suites_on() for each in suite(name).looks):
        with suppress(KoppelError):
            found += await look_for(here, flows)
    with suppress(KoppelError):
        found += await beside_findings(here, flows)
    return found


def _asked(name: str, flows: Sequence[str]) -> Iterator[Finding]:
    """What a person is asked to look at in a suite, where flows of it were looked at."""
    own = tuple(flow for flow in flows if flow.startswith(f"{name}."))
    for each in suite(name).asks if own else ():
        yield Finding("note", each.what, each.remedy, own)


async def _named(here: House, wanted: str) -> list[str]:
    """The flows that are meant; where none is named, those that are chosen to be synchronised."""
    if wanted and "." not in wanted:
        known = ", ".join(here.catalogue.names)
        raise BadRequest(f"flow is {told(wanted)}; use suite.flow, or suite.all for every flow of a suite: {known}")
    return chosen(here, *wanted.partition(".")[::2]) if wanted else await chosen_flows(here, here.catalogue.names)


async def _flows(here: House, wanted: str) -> list[FlowMap]:
    """The flows that are meant. A bad map stops its own flow, so of all flows those that can be used."""
    names = await _named(here, wanted)
    if wanted:
        return [here.catalogue.map(name) for name in names]
    return [each for each in here.catalogue.sound() if each.name in names]


async def _heard(here: House, wanted: str) -> list[Listener]:
    """The same, or nobody where Dataverse cannot be asked, which is a finding of its own."""
    try:
        return await _others(here, wanted)
    except KoppelError:
        return []


async def _others(here: House, wanted: str) -> list[Listener]:
    """Who hears of tables beside the flows, unless one flow is meant."""
    return [] if wanted else await _keepers(here)


async def _keepers(here: House) -> list[Listener]:
    """The columns that suites keep here."""
    keepers = [Keeper(here, each) for each in kept(runtime().configured)]
    columns = [each.columns for each in keepers if not await each.missing()]
    return [
        Listener(f"{each.name}.{table.name}", table.type, f"{each.suite}/columns/dataverse", names)
        for each in columns
        for table, names in each.followed
    ]


async def _known(here: House, wanted: str, others: Sequence[Listener]) -> list[str] | None:
    """Everybody who may listen, also flows with a bad map; None where one flow is meant."""
    return None if wanted else [*await _named(here, ""), *(each.name for each in others)]


def _site(here: House) -> Site:
    finops, central = here.erps.get("finops"), here.erps.get("business_central")
    if not isinstance(here.dataverse, Dataverse):
        raise Refused("the set-up knows Dataverse only")
    return Site(
        catalogue=here.catalogue,
        dataverse=here.dataverse,
        finops=finops if isinstance(finops, Finops) else None,
        central=central if isinstance(central, BusinessCentral) else None,
        documents=here.documents,
        clock=here.clock,
        companies=here.companies,
        receiver=_receiver(),
        named=here.chosen_companies,
        units=lambda flow: here.suite_of(flow).units,
        writer=lambda flow: here.suite_of(flow).writer,
    )


def _receiver() -> Receiver | None:
    """Where events are to go; None if the settings do not say."""
    settings = runtime().settings
    url, key = app_address(settings), settings.dataverse_webhook_key.get_secret_value()
    return Receiver(url=url, key=key) if url and key else None


def _required(site: Site) -> Receiver:
    if site.receiver is None:
        raise SettingError("APP_URL and DATAVERSE_WEBHOOK_KEY are needed: where events go, and the key they carry")
    return site.receiver
