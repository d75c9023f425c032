"""Computed columns over HTTP: events of what they are made of, good and bad, and the timer that catches up."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import pytest

from shared.engine import set_state
from tests.emulator.local import KEYS
from tests.functions.stage import Stage, context, on_stage, problem_of
from tests.simulation.test_sellable import CONSUMERS, document, person, sellable

ADDRESS: Final = "/api/dual_write/columns/dataverse"


async def event(stage: Stage, body: dict[str, Any]) -> str:
    return await stage.outcome(body, ADDRESS)


def test_an_event_of_a_document() -> None:
    """It is looked at at once; a second event of the same finds everything in order."""

    async def story(stage: Stage) -> None:
        await set_state(stage.rig.house, CONSUMERS, "running")
        ada = person(stage.rig)
        made = document(stage.rig, "quotes", ada)
        assert await event(stage, context(made, "Create", "quote")) == "written"
        assert sellable(stage.rig, ada) is True
        assert await event(stage, context(made, "Update", "quote")) == "in order"

    on_stage(story)


def test_an_event_of_what_is_gone() -> None:
    """Nobody turns back for it."""

    async def story(stage: Stage) -> None:
        await set_state(stage.rig.house, CONSUMERS, "running")
        assert await event(stage, context(str(uuid4()), "Delete", "quote")) == "in order"

    on_stage(story)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (context(str(uuid4()), table="invoice"), "about quote, salesorder, contact"),
        (context("42", table="quote"), "'42' is not an id"),
        ({}, "RemoteExecutionContext"),
    ],
)
def test_what_is_no_event_of_theirs(body: dict[str, Any], word: str) -> None:
    """It is refused, and the refusal says what was expected."""

    async def story(stage: Stage) -> None:

        problem_of(await stage.post(ADDRESS, body, KEYS["dataverse"]), 400, word)

    on_stage(story)


def test_while_dataverse_does_not_answer() -> None:
    """The sender is told that it is done later; the timer does it, and says nothing of an event."""

    async def story(stage: Stage) -> None:
        await set_state(stage.rig.house, CONSUMERS, "running")
        ada = person(stage.rig)
        made = document(stage.rig, "quotes", ada)
        stage.weather.outage = {"dataverse": 1e9}
        assert await event(stage, context(made, "Create", "quote")) == "later"
        stage.weather.outage = {}
        await stage.fire("dual_write_columns_catch_up")
        await stage.pass_time(60)
        assert sellable(stage.rig, ada) is True

    on_stage(story)


def test_while_no_flow_runs() -> None:
    """The answer says why nothing is done, and the timer does nothing."""

    async def story(stage: Stage) -> None:
        ada = person(stage.rig)
        made = document(stage.rig, "quotes", ada)
        assert "none of dual_write.customers_v3_contacts runs" in await event(stage, context(made, "Create", "quote"))
        await stage.fire("dual_write_columns_catch_up")
        await stage.pass_time(60)
        assert sellable(stage.rig, ada) is False

    on_stage(story)
