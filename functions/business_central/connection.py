"""Setting the connection up, as Business Central's own guide does: step by step, each of which can be repeated.

(reference: business-central 1.3, 3.17; scenarios, group 1)
"""

from __future__ import annotations

from typing import Final

from functions.assisted import Look, SetupStep
from functions.business_central.looks import missing_currencies
from functions.business_central.subscriptions import SYSTEM, Needs, last_found, without_ear
from functions.business_central.taking_over import CONNECTIONS
from functions.operations.steps import (
    DATAVERSE,
    ROLE_OF_APP,
    WEBHOOKS,
    WITH,
    columns,
    product_off,
    signed_in,
    synchronised,
)
from functions.operations.subscriptions import keep_at_once
from functions.runtime import runtime
from shared.engine import ENVIRONMENT, House
from shared.errors import Refused
from shared.ledger import moment
from shared.systems import BusinessCentral

KNOWN: Final = f"companies {SYSTEM}"
"""The row that keeps what the companies were called when somebody last looked."""


def _central(here: House) -> BusinessCentral:
    found = here.erps.get(SYSTEM)
    if not isinstance(found, BusinessCentral):
        raise Refused("no suite over Business Central is on")
    return found


async def _sign_in(here: House) -> Look:
    return await signed_in(here, "Business Central", _central(here), [runtime().settings.business_central_url])


async def _companies(here: House) -> Look:
    """The companies by their ids: which are synchronised, and what became of them since the last time."""
    there, known = await _central(here).companies(), await _known(here)
    named = here.suites[SYSTEM].companies
    told = [f"{there[each]} ({each}) is synchronised" for each in named if each in there]
    told += [f"{known[each]} is called {name} now ({each}): nothing changes by that, for its id is the same"
             for each, name in there.items() if known.get(each, name) != name]  # fmt: skip
    told += [f"{name} ({each}) is not synchronised{_news(each, known)}"
             for each, name in there.items() if each not in named]  # fmt: skip
    told += [f"{name} ({each}) is gone" for each, name in known.items() if each not in there and each not in named]
    gone = [f"{known.get(each, 'company')} ({each})" for each in named if each not in there]
    if gone:
        remedy = (
            "let the app's user see it again; if it is deleted or given up, leave it out of BUSINESS_CENTRAL_COMPANIES"
        )
        return Look("needs an administrator", told, gone, remedy)
    lacking = await missing_currencies(here, named)
    if lacking:
        remedy = "add the currency in Dataverse (Currencies, with its ISO code): without it rows in it wait"
        return Look("needs an administrator", told, [f"{code}, {whose}" for code, whose in lacking.items()], remedy)
    if known != there:
        return Look("to do", told, ["what they are called has not been noted yet"], WITH)
    return Look("done", told)


def _news(company: str, known: dict[str, str]) -> str:
    """What is said of a company that was not there before."""
    if not known or company in known:
        return ""
    return ", and is new: a copy has an id of its own, and nothing of it is coupled until its id is in the settings"


async def _known(here: House) -> dict[str, str]:
    return dict((await here.documents.get(ENVIRONMENT, KNOWN)).value.get("names", {}))


async def _note(here: House) -> None:
    """Notes what the companies are called now."""
    names, at = dict(await _central(here).companies()), moment(here.clock())
    await here.documents.change(ENVIRONMENT, KNOWN, lambda _value: {"names": names, "at": at})


async def _orders(here: House) -> Look:
    """Sales orders are synchronised by this release in neither direction: there is nothing to switch on for them."""
    return Look(
        "not offered", ["sales orders are not synchronised yet: leave the product's order integration as it is"]
    )


async def _subscriptions(here: House) -> Look:
    needs, found = await Needs.of(here), await last_found(here)
    if why := without_ear(runtime().settings):
        what, _, remedy = why.partition(": ")
        return Look("needs an administrator", (), [what], remedy)
    missing = [f"{address}: {why}" for address, why in found.troubles.items()]
    missing += [each.address for each in sorted(needs.makes)
                if each.address not in {*found.noted, *found.troubles, *found.silent}]  # fmt: skip
    told = [f"Business Central tells nobody of {each}: its changes come with the schedule" for each in found.silent]
    told += [f"{len(found.noted)} are there"] if needs.flows else ["none are needed until a flow runs"]
    return Look.of(missing, "to do", WITH, told)


STEPS: Final = (
    DATAVERSE,
    SetupStep("business_central", "Sign-in to Business Central", _sign_in),
    SetupStep("companies", "Companies", _companies, _note),
    synchronised(SYSTEM),
    product_off(SYSTEM, f"the pages {' and '.join(CONNECTIONS.values())} of each company"),
    columns(SYSTEM),
    ROLE_OF_APP,
    SetupStep("orders", "Sales order integration", _orders),
    SetupStep("subscriptions", "Subscriptions of Business Central", _subscriptions, keep_at_once),
    WEBHOOKS,
)
