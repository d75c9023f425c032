"""Setting up for a suite: the columns, keys, numbers and forms that it needs in Dataverse, shown and made; or the steps
of its connection, where it has such.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib import import_module
from typing import Any, Final

import azure.functions as func

from functions.assisted import FINE, Look, SetupStep, gone_through, looked_at
from functions.beside import refuse_beside
from functions.bodies import Nothing, Sent, body_of, meant
from functions.http import BadRequest, answer, new_blueprint, refusals, told
from functions.operators import operators_only
from functions.runtime import deadline, house, runtime
from functions.suites import connection_module, setup_file
from shared.engine import House, choose_flows
from shared.errors import Denied, KoppelError, NotFound, Refused
from shared.setup import Declared, Finding, SuiteSetup, look_at_setup, read_declared, set_up, setup_findings
from shared.systems import Dataverse

SYNCHRONISED: Final = "synchronised"
"""The step in which a person says what is synchronised."""
PATIENCE = 150.0
"""Seconds that setting up takes at most, in Azure's 230 for an answer. What is left is done by the next time."""

blueprint = new_blueprint()


class Connecting(Sent):
    """step: one step; left out: all that can be done. synchronise: the flows, by name, that are to be synchronised.
    product_off: the ERP's own integration is switched off, where nobody can see that.
    """

    step: str = ""
    synchronise: list[str] | None = None
    product_off: bool = False


@blueprint.function_name("operations_setup")
@blueprint.route(route="operations/setup/{suite}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """What the suite needs in Dataverse, and what is missing there; or how its steps stand. Nothing is changed."""
    here, suite = await house(), req.route_params["suite"]
    _demand_on(suite)
    if steps := _steps(suite):
        return answer(_told(suite, [(step, await looked_at(here, step)) for step in steps], None))
    declared = declared_by(suite)
    found = await look_at_setup(in_dataverse(here), declared) if declared else SuiteSetup("", ())
    return answer({"suite": suite, **found.as_json()})


@blueprint.function_name("operations_setup_apply")
@blueprint.route(route="operations/setup/{suite}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def make(req: func.HttpRequest) -> func.HttpResponse:
    """Makes what is missing; the answer is how it stands then. A second time it does nothing.

    Of a suite that is set up by steps it does one (`step`), or all that can be done; `synchronise` lists the flows that
    are to be synchronised; all others are not run any more.
    """
    here, suite = await house(), req.route_params["suite"]
    _demand_on(suite)
    if steps := _steps(suite):
        return answer(await _gone_through(here, suite, steps, body_of(req, Connecting)))
    body_of(req, Nothing)
    declared = declared_by(suite)
    found = await set_up(in_dataverse(here), declared, deadline(PATIENCE)) if declared else SuiteSetup("", ())
    return answer({"suite": suite, **found.as_json()})


async def findings(here: House, flows: Iterable[str]) -> list[Finding]:
    """What the suites of these flows lack in Dataverse, as the preflight tells it."""
    found: list[Finding] = []
    for suite in dict.fromkeys(name.partition(".")[0] for name in flows):
        names = tuple(name for name in flows if name.startswith(f"{suite}."))
        try:
            declared = declared_by(suite)
            found += setup_findings(suite, await look_at_setup(in_dataverse(here), declared), names) if declared else []
        except KoppelError as problem:
            remedy = "give the app's user a role that allows it" if isinstance(problem, Denied) else "try again later"
            found.append(Finding("error", f"the set-up of {suite} cannot be looked at: {problem}", remedy, names))
    return found


def _demand_on(suite: str) -> None:
    """Raises NotFound for a suite that is not turned on."""
    suites = runtime().configured.suites
    if suite not in suites:
        raise NotFound(f"there is no suite {told(suite)} that is turned on; turned on: {', '.join(suites)}")


def declared_by(suite: str) -> Declared | None:
    """What a suite needs in Dataverse with its settings as they are; None if that is nothing."""
    settings = runtime().configured.suites.get(suite)
    file = setup_file(suite) if settings else None
    return read_declared(file, settings.column_prefix()) if settings and file and settings.column_prefix() else None


def in_dataverse(here: House) -> Dataverse:
    """The client that set-up works with."""
    if not isinstance(here.dataverse, Dataverse):
        raise Refused("the set-up knows Dataverse only")
    return here.dataverse


# -- by steps


def _steps(suite: str) -> Sequence[SetupStep]:
    """The steps of a suite's connection; none if it is not set up by steps."""
    module = connection_module(suite)
    found: Sequence[SetupStep] = import_module(f"functions.{suite}.{module}").STEPS if module else ()
    return found


async def _gone_through(here: House, suite: str, steps: Sequence[SetupStep], body: Connecting) -> dict[str, Any]:
    """Does what a person asks for, once all of it is known to be possible."""
    names = [step.name for step in steps]
    if body.step and body.step not in names:
        raise BadRequest(f"step is {told(body.step)}{meant(body.step, names)} steps: {', '.join(names)}")
    flows = [name.partition(".")[2] for name in here.catalogue.names if name.startswith(f"{suite}.")]
    wanted = None if body.synchronise is None else [each.removeprefix(f"{suite}.") for each in body.synchronise]
    for each in wanted or ():
        if each not in flows:
            raise BadRequest(f"synchronise names {told(each)}{meant(each, flows)} flows: {', '.join(flows)}")
    before = {step.name for step in steps if (await looked_at(here, step)).state == "done"}
    if body.product_off:
        await refuse_beside(here, [f"{suite}.{each}" for each in flows], run=True, said=True)
    if wanted is not None:
        await choose_flows(here, [f"{suite}.{each}" for each in flows], {f"{suite}.{each}" for each in wanted})
    asked = body.step or (SYNCHRONISED if wanted is not None else "")
    return _told(suite, await gone_through(here, steps, asked), before)


def _told(suite: str, found: Sequence[tuple[SetupStep, Look]], before: Collection[str] | None) -> dict[str, Any]:
    """before: the steps that were done already; None where nothing was asked to be done."""
    return {
        "suite": suite,
        "complete": all(look.state in FINE for _, look in found),
        "made": [
            step.name for step, look in found if before is not None and look.state == "done" and step.name not in before
        ],
        "steps": [step.as_json(look) for step, look in found],
    }
