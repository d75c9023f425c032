"""The pump, every minute: hints, waiting records, slices of jobs. And the compare schedule of every suite."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Final

import azure.functions as func

from functions.http import new_blueprint
from functions.operations.checks import PUMP, Check, checked, states_of
from functions.operations.numbers import KEPT, numbers, traffic, with_hours
from functions.operations.subscriptions import keep_subscriptions
from functions.runtime import deadline, house, runtime
from functions.suites import suites_on
from functions.telemetry import told
from shared.engine import House, Pumped, jobs, pump, start_job, state_of
from shared.ledger import moment

blueprint = new_blueprint()
log: Final = logging.getLogger("koppel.pump")
JOBS_SHARE: Final = 2 / 3
"""Of the time of a run; what people do while a long job runs is looked at in the rest."""
CHECK_PAUSE: Final = timedelta(minutes=4)
"""Between two looks at everything: within a quarter of an hour an alert hears of three."""


@blueprint.function_name("operations_pump")
@blueprint.timer_trigger(schedule="%PUMP_SCHEDULE%", arg_name="timer")
async def operations_pump(timer: func.TimerRequest) -> None:
    """Works until nothing is due or its time is up. Subscriptions come first: they may be gone after a stop."""
    here = await house()
    seconds = runtime().settings.slice_seconds
    out_of_time, no_more_jobs = deadline(seconds), deadline(seconds * JOBS_SHARE)
    await keep_subscriptions(here)
    pumped = await pump(here, out_of_time, no_more_jobs)
    if pumped.problems:
        log.error("pump: %s", pumped.problems)
    await tell(here, pumped)


async def tell(here: House, pumped: Pumped) -> None:
    """Stores what came of a run, logs its numbers in one line, and tells the alerts; those of checks now and then."""
    found, states = await numbers(here), await states_of(here)
    now, before = here.clock(), (await here.documents.get("flows", PUMP)).value
    running = [name for name, state in states.items() if state["state"] == "running"]
    report = {
        "at": moment(now), "checked": before.get("checked", ""), **pumped.as_json(),
        "numbers": found, KEPT: with_hours(before, now, found, running),
    }  # fmt: skip
    checks: list[Check] = []
    if report["checked"] < moment(now - CHECK_PAUSE):
        checks, report["checked"] = await checked(here, report, states), moment(now)
    for check in checks:
        if not check.ok:
            log.error("%s: %s", check.what, check.logged or check.trouble)
    asked = traffic(here, runtime().traffic)
    log.info("numbers %s", json.dumps({"flows": found, "systems": asked}, separators=(",", ":")))
    await here.documents.change("flows", PUMP, lambda _value: report)
    await told(found, asked, checks)


def _compare_timer(suite: str) -> None:
    @blueprint.function_name(f"{suite}_compare")
    @blueprint.timer_trigger(schedule=f"%{suite.upper()}_COMPARE_SCHEDULE%", arg_name="timer")
    async def compare(timer: func.TimerRequest) -> None:
        """Starts a compare pass over what runs, but for what an earlier one has not come to the end of."""
        here = await house()
        under_way = {
            name
            async for value in jobs(here)
            if (value["kind"], value["state"]) == ("compare", "running")
            for name in value["flows"][value["at"] :]
        }
        names = [name for name in here.catalogue.names if name.startswith(f"{suite}.") and name not in under_way]
        running = [name for name in names if (await state_of(here, name))["state"] == "running"]
        if running:
            await start_job(here, "compare", running)


for _suite in suites_on():
    _compare_timer(_suite)
