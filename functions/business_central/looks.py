"""What the preflight looks for beside the maps: whether Business Central can tell what changes, and of which lists."""

from __future__ import annotations

from collections.abc import Collection

from functions.business_central.subscriptions import SYSTEM, resources_of, without_ear
from functions.runtime import runtime
from shared.engine import House
from shared.errors import Denied, Gone
from shared.setup import Finding
from shared.systems import BusinessCentral, Subscriber


async def subscription_findings(here: House, flows: Collection[str]) -> list[Finding]:
    """Why Business Central tells nothing, or of which lists it does not: their changes come with the schedules."""
    central = here.erps.get(SYSTEM)
    ours = tuple(each.name for each in here.catalogue.sound() if each.name in flows and each.erp.system == SYSTEM)
    if not ours or not isinstance(central, BusinessCentral):
        return []
    if why := without_ear(runtime().settings):
        what, _, remedy = why.partition(": ")
        late = "changes come with the schedules, and deletes with compare passes"
        return [Finding("warning", f"{what}, so it tells nothing", f"{remedy}; until then {late}", ours)]
    return [finding for name in ours for finding in await _silent(here, Subscriber(central), name)]


async def _silent(here: House, subscriber: Subscriber, name: str) -> list[Finding]:
    """Lists that a flow needs, and that this version of Business Central tells nobody of."""
    flow, silent = here.catalogue.map(name), dict[str, None]()
    for each in resources_of(here, flow):
        try:
            told = await subscriber.supported(each.company)
        except (Denied, Gone):
            continue  # this version does not say
        if told and (each.route, each.name) not in told:
            silent[each.name] = None
    what = "this version of Business Central tells nobody what changes in"
    remedy = "nothing to do: changes come with the schedule, and deletes with compare passes"
    return [Finding("note", f"{what} {each}", remedy, (name,)) for each in silent]
