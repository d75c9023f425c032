"""Watching: each alert is fired once, and mended; what makes `ready` red makes its alert speak, and only that."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from functions.operations.checks import ALERTS
from functions.operations.numbers import GROWTH
from functions.telemetry import BY_FLOW
from shared.engine import set_up_ledger
from shared.ledger import Trouble, Write
from tests.emulator.azurite import ROOT
from tests.functions.heard import Heard
from tests.functions.stage import Stage, on_stage
from tests.simulation.rig import CUSTOMERS, GROUPS
from tests.simulation.world import shipped_maps
from tests.unit.maps.once import overlaid

PLACE = CUSTOMERS.replace(".", "/")


async def looked(stage: Stage) -> set[tuple[str, str]]:
    """What is red in the answer of ready: the alert of each check, and what it is about."""
    answer = await stage.get("/api/operations/ready")
    red = {(each["alert"], each["check"]) for each in answer.json()["checks"] if not each["ok"]}
    assert (answer.status_code == 200) == (not red)
    return red


async def next_look(stage: Stage) -> None:
    """The pump runs when it is time to look at everything again."""
    await stage.pass_time(300)
    await stage.fire("operations_pump")


Act = Callable[[Stage], Awaitable[None]]


async def no_sign_in(stage: Stage) -> None:
    stage.rig.world.dataverse.behaviour.application_user = "missing"


async def sign_in(stage: Stage) -> None:
    stage.rig.world.dataverse.behaviour.application_user = "enabled"


async def lose_the_ledger(stage: Stage) -> None:
    stage.rig.house.marked = True
    await set_up_ledger(stage.rig.house)
    stage.rig.world.tables.empty()


async def confirm_the_ledger(stage: Stage) -> None:
    assert (await stage.post("/api/operations/environment/confirm")).status_code == 200


async def pause(stage: Stage) -> None:
    assert (await stage.post(f"/api/operations/flows/{PLACE}/pause")).status_code == 202


async def resume(stage: Stage) -> None:
    assert (await stage.post(f"/api/operations/flows/{PLACE}/resume")).status_code == 202


async def break_a_map(stage: Stage) -> None:
    stage.rig.house.catalogue = overlaid(shipped_maps(), {"dual_write.name_affixes": [ROOT / "README.md"]})


async def mend_the_map(stage: Stage) -> None:
    stage.rig.house.catalogue = shipped_maps()


async def hide_a_column(stage: Stage) -> None:
    stage.rig.world.dataverse.behaviour.secured_columns["accounts", "creditlimit"] = frozenset()


async def show_the_column(stage: Stage) -> None:
    stage.rig.world.dataverse.behaviour.secured_columns.clear()


async def no_passes(stage: Stage) -> None:
    await stage.pass_time(3 * 86400)


async def a_night(stage: Stage) -> None:
    await stage.fire("dual_write_compare")
    await stage.fire("operations_pump")


def parked(number: int, write: str) -> Write:
    """A record of customer groups that is set aside."""
    end = f"e~usmf~{number:03}"
    trouble = Trouble("parked", end, "erp", ("usmf", f"{number:03}"), ({"code": "x", "line": ""},), moment_zero())
    return Write(write, trouble.key, trouble.cells(), "*" if write == "delete" else "")  # type: ignore[arg-type] # two of its words


def moment_zero() -> str:
    return "2026-01-01T00:00:00.000000Z"


async def park_many(stage: Stage) -> None:
    ledger = stage.rig.house.ledger(GROUPS)
    await ledger.commit([parked(number, "insert") for number in range(GROWTH)])


async def take_them_up(stage: Stage) -> None:
    ledger = stage.rig.house.ledger(GROUPS)
    await ledger.commit([parked(number, "delete") for number in range(GROWTH)])


async def drop_a_subscription(stage: Stage) -> None:
    twin, steps = stage.rig.world.dataverse, "sdkmessageprocessingsteps"
    for each in list(twin.rows(steps)):
        twin.delete(steps, each["sdkmessageprocessingstepid"])


async def subscribe(stage: Stage) -> None:
    assert (await stage.post("/api/operations/webhooks")).status_code == 200


async def stand_still(stage: Stage) -> None:
    ledger = stage.rig.flow().ledger
    hint = await ledger.store_hint("erp", ("usmf", "US-002"), "update")
    why = {"kind": "waiting", "code": "unanswered", "message": "An unexpected error.", "since": hint.at}
    await ledger.postpone(hint, stage.rig.house.clock() + timedelta(days=1), why)
    await stage.pass_time(3700)


async def get_on(stage: Stage) -> None:
    ledger = stage.rig.flow().ledger
    hint = await ledger.oldest()
    assert hint is not None
    await ledger.drop(hint)


TROUBLES: dict[str, tuple[Act, Act]] = {
    "sign_in": (no_sign_in, sign_in),
    "ledger": (lose_the_ledger, confirm_the_ledger),
    "flow": (pause, resume),
    "map": (break_a_map, mend_the_map),
    "held": (hide_a_column, show_the_column),
    "passes": (no_passes, a_night),
    "parked": (park_many, take_them_up),
    "standing": (stand_still, get_on),
    "subscriptions": (drop_a_subscription, subscribe),
}


def test_every_alert_is_tried() -> None:
    """Each alert that is deployed is fired below; that of a pump that stands has a test of its own."""
    assert TROUBLES.keys() == ALERTS


@pytest.mark.parametrize("alert", TROUBLES)
def test_an_alert_speaks_while_ready_is_red(heard: Heard, alert: str) -> None:
    """Trouble makes both red, about the same things; mended, both are quiet."""
    break_it, mend_it = TROUBLES[alert]

    async def story(stage: Stage) -> None:
        await subscribe(stage)
        await stage.fire("operations_pump")
        assert heard.red() == await looked(stage) == set()
        await break_it(stage)
        await next_look(stage)
        red = heard.red()
        assert alert in {each for each, _ in red}
        assert red == await looked(stage)
        await mend_it(stage)
        await next_look(stage)
        assert alert not in {each for each, _ in heard.red() | await looked(stage)}

    on_stage(story)


def test_a_pump_that_stands_is_heard_of(heard: Heard) -> None:
    """Each run is told, and the alert hears when nothing is; ready is red by then, and not before."""

    async def story(stage: Stage) -> None:
        await subscribe(stage)
        for _ in range(3):
            await stage.fire("operations_pump")
            assert "koppel.red" in heard.values()
            await stage.pass_time(60)
        await stage.pass_time(15 * 60)
        assert heard.values() == {}
        assert ("pump", "pump") in await looked(stage)

    on_stage(story)


def test_each_run_tells_its_numbers(heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
    """In one line of the log and as metrics: by flow what waits and since when, by system what was asked."""
    caplog.set_level(logging.INFO, "koppel.pump")

    async def story(stage: Stage) -> None:
        await park_many(stage)
        await pause(stage)
        await stage.rig.house.ledger(CUSTOMERS).store_hint("erp", ("usmf", "US-001"), "update")
        await stage.pass_time(90)
        await stage.fire("operations_pump")
        (line,) = [each.getMessage() for each in caplog.records if each.getMessage().startswith("numbers ")]
        found, systems = json.loads(line.removeprefix("numbers ")).values()
        values = heard.values()
        assert found.keys() == {dict(labels)["flow"] for labels in values["koppel.hints"]}
        for name in BY_FLOW:
            told = {dict(labels)["flow"]: value for labels, value in values[f"koppel.{name}"].items()}
            assert told == {flow: counts[name] for flow, counts in found.items()}
        assert found[GROUPS]["parked"] == GROWTH
        assert (found[CUSTOMERS]["hints"], found[CUSTOMERS]["oldest_hint_seconds"] >= 90) == (1, True)
        assert values["koppel.calls"][frozenset({("system", "dataverse")})] > 0
        assert values["koppel.throttles"][frozenset({("system", "finops")})] == 0
        for name in ("calls", "throttles"):
            told = {dict(labels)["system"]: value for labels, value in values[f"koppel.{name}"].items()}
            assert told == {system: numbers[name] for system, numbers in systems.items()}

    on_stage(story)


def test_throttles_are_counted(heard: Heard) -> None:
    """A system that asks to wait is told, by how often since the last run."""

    async def story(stage: Stage) -> None:
        await stage.fire("operations_pump")
        heard.values()
        stage.rig.house.dataverse.connection.throttles += 3  # type: ignore[attr-defined] # what its own tests show it count
        await stage.fire("operations_pump")
        assert heard.values()["koppel.throttles"][frozenset({("system", "dataverse")})] == 3
        await stage.fire("operations_pump")
        assert heard.values()["koppel.throttles"][frozenset({("system", "dataverse")})] == 0

    on_stage(story)


def test_troubles_are_errors_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """What stops a flow, and what is red, is no warning."""

    async def story(stage: Stage) -> None:
        await no_sign_in(stage)
        await stage.fire("operations_pump")
        errors = {each.getMessage().partition(":")[0] for each in caplog.records if each.levelno == logging.ERROR}
        assert not [each for each in caplog.records if each.levelno == logging.WARNING and each.name == "koppel.pump"]
        assert "dataverse" in errors

    on_stage(story)


def test_the_workbook_shows_the_numbers() -> None:
    """The same numbers as are told, and no other."""
    text = (ROOT / "infra" / "app" / "workbook.json").read_text("utf-8")
    assert set(re.findall(r"koppel\.(\w+)", text)) == {*BY_FLOW, "calls", "throttles", "red"}
