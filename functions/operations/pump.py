"""The pump, every minute: hints, waiting records, slices of jobs. And the compare schedule of every suite."""

from __future__ import annotations

import logging
from typing import Final

import azure.functions as func

from functions.http import new_blueprint
from functions.operations.health import PUMP
from functions.runtime import deadline, house, runtime
from functions.suites import suites_on
from shared.engine import jobs, pump, start_job, state_of
from shared.ledger import moment

blueprint = new_blueprint()
log: Final = logging.getLogger("koppel.pump")
JOBS_SHARE: Final = 2 / 3
"""Of the time of a run; what people do while a long job runs is looked at in the rest."""


@blueprint.function_name("operations_pump")
@blueprint.timer_trigger(schedule="%PUMP_SCHEDULE%", arg_name="timer")
async def operations_pump(timer: func.TimerRequest) -> None:
    """Works until nothing is due or its time is up."""
    here = await house()
    seconds = runtime().settings.slice_seconds
    pumped = await pump(here, deadline(seconds), deadline(seconds * JOBS_SHARE))
    report = {"at": moment(here.clock()), **pumped.as_json()}
    await here.documents.change("flows", PUMP, lambda _value: report)
    if pumped.problems:
        log.warning("pump: %s", pumped.problems)


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
