"""The two functions of a suite's computed columns: events of the rows they are made of, and a timer that catches up.

The factory needs only names: no setting is read while functions are indexed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import azure.functions as func

from functions.events import dataverse_row
from functions.http import json_body, new_blueprint, receiver
from functions.runtime import deadline, for_a_moment, house, runtime
from functions.schedules import spread
from functions.suites import COLUMNS, Configured, timers
from shared.columns import Columns, Keeper
from shared.engine import check_environment, demand_ledger, recheck_environment
from shared.errors import Busy, Halted, KoppelError, TryLater, cause_of

Make = Callable[[Configured], Columns]
log: Final = logging.getLogger("koppel.columns")


def columns_blueprint(module: str, make: Make) -> func.Blueprint:
    """The functions of `functions.<suite>.columns`. make: what the suite keeps, by its settings."""
    suite = module.split(".")[1]
    blueprint = new_blueprint()

    @blueprint.function_name(f"{suite}_columns")
    @blueprint.route(route=f"{suite}/columns/dataverse", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @receiver
    async def receive_event(req: func.HttpRequest) -> str:
        keeper = await keeper_of(suite, make)
        tables = {table.type: table.name for table, _ in keeper.columns.followed}
        logical, row_id = dataverse_row(json_body(req), keeper.columns.name, list(tables))
        await demand_ledger(keeper.house)
        return await receive(keeper, tables[logical], row_id, runtime().settings.answer_seconds)

    @blueprint.function_name(f"{suite}_columns_catch_up")
    @blueprint.timer_trigger(schedule=spread(suite, COLUMNS, timers(suite)), arg_name="timer")
    async def on_schedule(timer: func.TimerRequest) -> None:
        await follow(await keeper_of(suite, make), runtime().settings.slice_seconds)

    return blueprint


async def keeper_of(suite: str, make: Make) -> Keeper:
    """The keeper of a suite's columns in this process."""
    here = runtime()
    if suite not in here.keepers:
        here.keepers[suite] = Keeper(await house(), make(here.configured))
    return here.keepers[suite]


async def receive(keeper: Keeper, table: str, row_id: str, seconds: float) -> str:
    """Looks at a row for a moment; what is not done by then goes on, and the catch-up finds whatever fails."""
    return await for_a_moment(_woken(keeper, table, row_id), seconds)


async def _woken(keeper: Keeper, table: str, row_id: str) -> str:
    try:
        await recheck_environment(keeper.house)
        return await keeper.woken(table, row_id)
    except KoppelError as problem:
        log.warning("%s: %s(%s) is left to the catch-up: %s", keeper.columns.name, table, row_id, cause_of(problem))
        return "later"


async def follow(keeper: Keeper, seconds: float) -> None:
    """Catches up, for so long at most. What stops it is logged; the next run goes on where it ended."""
    name = keeper.columns.name
    try:
        await check_environment(keeper.house)
        if why := await keeper.why_not():
            log.info("%s keeps nothing: %s", name, why)
        else:
            await keeper.follow(deadline(seconds))
    except Busy:
        log.info("%s is being caught up by another instance", name)
    except (Halted, TryLater) as problem:
        log.warning("%s is caught up later: %s", name, problem)
    except KoppelError as problem:
        log.error("%s could not catch up: %s", name, problem)  # noqa: TRY400 - it was raised on purpose, and says it all
