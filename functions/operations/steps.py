"""Steps of a set-up that are the same for every suite: those in Dataverse, and what is synchronised."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from functions.assisted import Look, SetupStep
from functions.beside import beside_findings, said_off
from functions.operations.setup import applied_webhooks, planned_webhooks
from functions.operations.suite_setup import PATIENCE, SYNCHRONISED, declared_by, in_dataverse
from functions.runtime import deadline, runtime
from shared.engine import House, chosen_flows, is_chosen, known_of, ledger_trouble, state_of
from shared.errors import Denied, KoppelError, SettingError
from shared.mapping import FlowMap
from shared.setup import (
    ROLE,
    Finding,
    SuiteSetup,
    held_by_app,
    look_at_setup,
    role_privileges,
    set_up,
    sign_in_finding,
)
from shared.systems import System

WITH: Final = "POST this step"


async def signed_in(here: House, title: str, system: System, told: Sequence[str]) -> Look:
    """Whether a system answers the app, and is the one that the ledger speaks of. told: where it is."""
    try:
        await system.ping()
    except KoppelError as problem:
        found = sign_in_finding(title, problem)
        state = "needs an administrator" if isinstance(problem, Denied) else "cannot be seen"
        return Look(state, told, [found.what], found.remedy)  # type: ignore[arg-type] # both are states
    known, now = (await known_of(here)).environments.get(system.name, ""), await system.environment()
    if known and known != now:
        moved = f"the ledger speaks of {known}, and this is {now}"
        remedy = "correct the settings, or confirm it: POST /api/operations/environment/confirm"
        return Look("needs an administrator", told, [moved], remedy)
    return Look("done", [*told, "answers"])


async def _dataverse(here: House) -> Look:
    dataverse = in_dataverse(here)
    look = await signed_in(here, "Dataverse", dataverse, [runtime().settings.dataverse_url])
    if look.state != "done":
        return look
    rows = (await dataverse.get("organizations?$select=name"))["value"]
    return Look("done", [*look.told, *(f"organisation {row['name']}" for row in rows)])


async def _synchronised(suite: str, here: House) -> Look:
    """Which flows were chosen; without a word of anybody all are."""
    names = _of_suite(suite, here)
    states = {name: await state_of(here, name) for name in names}
    left = {name for name in names if not is_chosen(states[name])}
    told = [f"{_short(name)} refers to {_short(to)}, which is not chosen: such references wait"
            for name in names if name not in left for to in sorted(_refers_to(here, name) & left)]  # fmt: skip
    flows = [{"flow": _short(name), "chosen": name not in left, "state": states[name]["state"]} for name in names]
    return Look("done", told, more={"flows": flows})


def _refers_to(here: House, name: str) -> set[str]:
    """The flows that one comes after; of a bad map, which the preflight tells, none."""
    return {*here.catalogue.needed_by(name)} if name in here.catalogue.order() else set()


def _short(name: str) -> str:
    return name.partition(".")[2]


async def _beside(suite: str, pages: str, here: House) -> Look:
    """Whether the integration that the ERP brings itself is off, for the flows that are chosen."""
    found = await beside_findings(here, await chosen_flows(here, _of_suite(suite, here)))
    if not found:
        return Look("done", ["it is switched off wherever something is synchronised"])
    if on := [each for each in found if each.severity == "error"]:
        return Look("needs an administrator", (), [each.what for each in on], _each_once(on))
    if said := await said_off(here, suite):
        return Look("done", [f"it cannot be seen, and {said}"])
    remedy = f'switch it off on {pages}, look that it is, and say so: POST {{"product_off": true}}'
    return Look("cannot be seen", (), [each.what for each in found], remedy)


def _each_once(found: Sequence[Finding]) -> str:
    return "; ".join(dict.fromkeys(each.remedy for each in found))


def _of_suite(suite: str, here: House) -> list[str]:
    return [name for name in here.catalogue.names if name.startswith(f"{suite}.")]


async def _side(suite: str, here: House) -> Look:
    """The columns, keys and form entries that the suite needs in Dataverse."""
    declared = declared_by(suite)
    if declared is None:
        return Look("done", ["nothing is needed: with these settings no column of ours says whose a row is"])
    return _of_setup(await look_at_setup(in_dataverse(here), declared))


def _of_setup(found: SuiteSetup) -> Look:
    left = [step for step in found.steps if step.state != "there"]
    missing = [step.title + (f" ({step.says})" if step.says else "") for step in left]
    more = {"columns": [step.as_json() for step in found.steps]}
    if not left:
        return Look("done", [f"{len(found.steps)} things of ours are there"], more=more)
    if any(step.state in {"missing", "waits"} for step in left):
        return Look("to do", (), missing, WITH, more)
    return Look("needs an administrator", (), missing, left[0].remedy, more)


async def _made(suite: str, here: House) -> None:
    declared = declared_by(suite)
    assert declared is not None, "a suite that needs nothing has nothing to do"
    await set_up(in_dataverse(here), declared, deadline(PATIENCE))


async def chosen_maps(here: House) -> list[FlowMap]:
    """The maps of what is synchronised, as far as they can be used."""
    names = await chosen_flows(here, here.catalogue.names)
    return [each for each in here.catalogue.sound() if each.name in names]


async def _role(here: House) -> Look:
    """What the app's user lacks for all that is synchronised. It cannot give itself what it does not have."""
    held = await held_by_app(in_dataverse(here))
    needed = role_privileges(await chosen_maps(here))
    told = [f"{len(needed)} privileges are needed", *(f"has the role {name}" for name in held.roles)]
    if "System Administrator" in held.roles:
        told.append(f"may do everything: ./koppel setup gives it {ROLE}, which is what it needs; then take that away")
    url, client = runtime().settings.dataverse_url, held.application or "<client id of the app>"
    remedy = f"an administrator of Dataverse runs: ./koppel setup --dataverse {url} --app {client}"
    return Look.of(held.lacking(needed), "needs an administrator", remedy, told)


async def _webhooks(here: House) -> Look:
    """What Dataverse has to tell, and that it knows the ledger."""
    trouble = await ledger_trouble(here)
    try:
        planned = await planned_webhooks(here)
    except SettingError as problem:
        return Look("needs an administrator", (), [str(problem)], "set them, and start the app anew")
    missing = [f"{each.what} {each.wanted['name']}" for each in planned.changes]
    missing += [f"change tracking of {each}" for each in planned.track]
    missing += [str(trouble)] if trouble is not None else []
    return Look.of(
        missing, "to do", WITH, [f"events go to {urlsplit(runtime().settings.app_url).netloc or 'this app'}"]
    )


DATAVERSE: Final = SetupStep("dataverse", "Sign-in to Dataverse", _dataverse)
ROLE_OF_APP: Final = SetupStep("role", "Role of the app's user in Dataverse", _role)
WEBHOOKS: Final = SetupStep("webhooks", "Webhooks of Dataverse", _webhooks, applied_webhooks)


def synchronised(suite: str) -> SetupStep:
    """The step in which a person says what is synchronised; without that, everything is."""
    return SetupStep(SYNCHRONISED, "What is synchronised", partial(_synchronised, suite))


def product_off(suite: str, pages: str) -> SetupStep:
    """The step that tells whether the ERP's own integration still runs. pages: where a person switches it off."""
    return SetupStep("product_off", "The ERP's own integration with Dataverse", partial(_beside, suite, pages))


def columns(suite: str) -> SetupStep:
    """The step that makes what the suite needs in Dataverse beside its roles and webhooks."""
    return SetupStep("columns", "Columns and choices in Dataverse", partial(_side, suite), partial(_made, suite))
