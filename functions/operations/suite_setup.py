"""Setting Dataverse up for a suite: the columns, keys, numbers and forms that it needs, shown and made."""

from __future__ import annotations

from collections.abc import Iterable

import azure.functions as func

from functions.bodies import Nothing, body_of
from functions.http import answer, new_blueprint, refusals, told
from functions.operators import operators_only
from functions.runtime import deadline, house, runtime
from functions.suites import setup_file
from shared.engine import House
from shared.errors import Denied, KoppelError, NotFound, Refused
from shared.setup import Declared, Finding, SuiteSetup, look_at_setup, read_declared, set_up, setup_findings
from shared.systems import Dataverse

PATIENCE = 150.0
"""Seconds that setting up takes at most, in Azure's 230 for an answer. What is left is done by the next time."""

blueprint = new_blueprint()


@blueprint.function_name("operations_setup")
@blueprint.route(route="operations/setup/{suite}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def look(req: func.HttpRequest) -> func.HttpResponse:
    """What the suite needs in Dataverse, what is there and what is missing; nothing is changed."""
    here, suite = await house(), req.route_params["suite"]
    declared = _demanded(suite)
    found = await look_at_setup(_dataverse(here), declared) if declared else SuiteSetup("", ())
    return answer({"suite": suite, **found.as_json()})


@blueprint.function_name("operations_setup_apply")
@blueprint.route(route="operations/setup/{suite}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@refusals
@operators_only
async def make(req: func.HttpRequest) -> func.HttpResponse:
    """Makes what is missing; the answer is how it stands then. A second time it does nothing."""
    here, suite = await house(), req.route_params["suite"]
    body_of(req, Nothing)
    declared = _demanded(suite)
    found = await set_up(_dataverse(here), declared, deadline(PATIENCE)) if declared else SuiteSetup("", ())
    return answer({"suite": suite, **found.as_json()})


async def findings(here: House, flows: Iterable[str]) -> list[Finding]:
    """What the suites of these flows lack in Dataverse, as the preflight tells it."""
    found: list[Finding] = []
    for suite in dict.fromkeys(name.partition(".")[0] for name in flows):
        names = tuple(name for name in flows if name.startswith(f"{suite}."))
        try:
            declared = _declared(suite)
            found += setup_findings(suite, await look_at_setup(_dataverse(here), declared), names) if declared else []
        except KoppelError as problem:
            remedy = "give the app's user a role that allows it" if isinstance(problem, Denied) else "try again later"
            found.append(Finding("error", f"the set-up of {suite} cannot be looked at: {problem}", remedy, names))
    return found


def _demanded(suite: str) -> Declared | None:
    """What a suite needs that is turned on. Raises NotFound for any other."""
    suites = runtime().configured.suites
    if suite not in suites:
        raise NotFound(f"there is no suite {told(suite)} that is turned on; turned on: {', '.join(suites)}")
    return _declared(suite)


def _declared(suite: str) -> Declared | None:
    settings = runtime().configured.suites.get(suite)
    file = setup_file(suite) if settings else None
    return read_declared(file, settings.column_prefix()) if settings and file and settings.column_prefix() else None


def _dataverse(here: House) -> Dataverse:
    if not isinstance(here.dataverse, Dataverse):
        raise Refused("the set-up knows Dataverse only")
    return here.dataverse
