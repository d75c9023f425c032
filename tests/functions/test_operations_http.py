"""The file of requests for editors: it has one for every operation, and each of them is sent and carried out."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from functions.business_central import BusinessCentralSettings
from functions.runtime import kept, runtime
from shared.columns import Upgrades
from shared.engine import set_state
from shared.mapping import Catalogue
from tests.emulator.local import Ports
from tests.functions.stage import Stage, on_stage, the_host
from tests.functions.test_blanked import blank
from tests.functions.test_copies import made
from tests.functions.test_decisions import PLACE, followed, quarrel
from tests.functions.test_suite_setup import both
from tests.functions.test_turned_back import put_back
from tests.simulation.central import shipped
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP
from tests.simulation.world import shipped_maps

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.http"
OPERATIONS: Final = "/api/operations"
NUMBER: Final = "US-000107"
"""The customer of the demo data that the file is about."""


@dataclass(frozen=True)
class Sent:
    """A request as an editor's client reads it, its variables still in it."""

    name: str
    method: str
    address: str
    headers: dict[str, str]
    body: str


def read(text: str) -> list[Sent]:
    """The requests of the file, in order."""
    found = []
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n\n")
        name, first, *headers = head.splitlines()
        method, address = first.split(" ", 1)
        pairs = (line.split(": ", 1) for line in headers if line)
        found.append(Sent(name, method, address.strip(), {key.lower(): value for key, value in pairs}, body.strip()))
    return found


TEXT: Final = FILE.read_text("utf-8")
REQUESTS: Final = read(TEXT)
VARIABLES: Final = dict(re.findall(r"^@(\w+) = (.*)$", TEXT, re.MULTILINE))


def filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda match: values[match[1]], text)


def pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", route))


def test_every_operation_has_a_request() -> None:
    """And every request is one of an operation, at the address of the local house."""
    assert VARIABLES["host"] == f"{Ports().host_url}{OPERATIONS}"
    assert VARIABLES["flow"] == PLACE
    triggers = [each.trigger for each in the_host().functions.values() if each.trigger["type"] == "httpTrigger"]
    routes = {(method, f"/api/{each['route']}") for each in triggers for method in each["methods"]}
    operations = {each for each in routes if each[1].startswith(OPERATIONS)}
    met = set()
    for each in REQUESTS:
        path = filled(each.address, VARIABLES).removeprefix(Ports().host_url).partition("?")[0]
        fits = [(method, route) for method, route in operations if pattern(route).fullmatch(path)]
        met |= {(method, route) for method, route in fits if method == each.method}
    assert met == operations


async def coupled_107(stage: Stage) -> None:
    """The customer of the demo data, in sync."""
    await stage.rig.visit(ERP, stage.rig.customer(NUMBER))


async def strangers(stage: Stage) -> None:
    stage.rig.customer("LONELY")
    stage.rig.account("ALONE")


async def too_long(stage: Stage) -> None:
    row_id = stage.rig.account("TOO-LONG", address1_stateorprovince="Schleswig-Holstein")
    await stage.rig.visit(DATAVERSE, (row_id,))


async def ended(stage: Stage) -> None:
    await coupled_107(stage)
    await stage.post(f"{OPERATIONS}/couplings/{PLACE}/uncouple", {"side": ERP, "key": NUMBER})


async def lost_its_row(stage: Stage) -> None:
    await coupled_107(stage)
    row = stage.rig.dataverse(NUMBER)
    assert row is not None
    stage.rig.world.dataverse.delete("accounts", row["accountid"])


async def stopped(stage: Stage) -> None:
    await stage.post(f"{OPERATIONS}/flows/{PLACE}/stop")


async def reviewed(stage: Stage) -> None:
    for name in stage.rig.house.catalogue.names:
        await set_state(stage.rig.house, name, "not running")
    await stage.post(f"{OPERATIONS}/review/dual_write/open")


async def synchronised(stage: Stage) -> None:
    """The review of the accounts alone, to its end."""
    await reviewed(stage)
    await stage.post(f"{OPERATIONS}/review/dual_write/choose", {"choice": "skip"})
    await stage.post(f"{OPERATIONS}/review/dual_write/choose", {"flows": [CUSTOMERS], "choice": "advised"})
    await stage.post(f"{OPERATIONS}/review/dual_write/start")
    for _ in range(2):
        await stage.fire("operations_pump")
        await stage.pass_time(60)


async def paused(stage: Stage) -> None:
    await planned(stage)
    await stage.approve(PLACE)
    await stage.post(f"{OPERATIONS}/flows/{PLACE}/pause")


async def planned(stage: Stage) -> None:
    await followed(stage, await stage.post(f"{OPERATIONS}/reports/{PLACE}/plan"))


async def loaded(stage: Stage) -> None:
    await stopped(stage)
    await followed(stage, await stage.post(f"{OPERATIONS}/flows/{PLACE}/run"))


async def under_way(stage: Stage) -> None:
    await stage.post(f"{OPERATIONS}/sync/{PLACE}", {"what": "everything"})


async def quarrelled(stage: Stage) -> None:
    await planned(stage)
    await stage.approve(PLACE)
    await quarrel(stage.rig)


async def watched(stage: Stage) -> None:
    await stage.post(f"{OPERATIONS}/webhooks")
    await stage.fire("operations_pump")


async def copied(stage: Stage) -> None:
    await made(stage)
    await stopped(stage)


async def upgradable(stage: Stage) -> None:
    stage.rig.house.upgrade = Upgrades(kept(runtime().configured))


BEFORE: Final[dict[str, Callable[[Stage], Awaitable[object]]]] = {
    "Does everything work that the alerts listen to": watched,
    "Read the report": planned,
    "Approve the report that was read": planned,
    "Read the review of a suite's full synchronisation": reviewed,
    "Choose another way for some of its flows": reviewed,
    "Start it: each flow after those that it needs": reviewed,
    "Do one of its flows again": synchronised,
    "Run a flow with its first synchronisation": stopped,
    "Resume it, and release the deletes that are held": paused,
    "Synchronise one record, by its number": coupled_107,
    "Synchronise one record, by its identity": coupled_107,
    "One job": under_way,
    "What it has created in Dataverse": under_way,
    "What an undo or a rebuild left": under_way,
    "End a job where it stands": under_way,
    'Count what a copy would put back (with "confirm": true it is done)': copied,
    "Try one of them again": too_long,
    "Try all of a cause again": too_long,
    "Accept the winner of one": quarrelled,
    "Restore what lost, for a whole group": quarrelled,
    "Why is a record as it is, by its number in Dataverse": coupled_107,
    "Why is a record as it is, by its id in Dataverse": coupled_107,
    "Couple two records that no number brings together": strangers,
    "Uncouple a pair: both records stay": coupled_107,
    'What coupling a list would do (with "confirm": true it is done)': strangers,
    "Clear a tombstone": ended,
    'What is left of a pair that lost one record, before it is restored, uncoupled or deleted (with "confirm": true)': (
        lost_its_row
    ),
    'What is kept about a person, before it is erased (with "confirm": true)': coupled_107,
    'What taking back a first synchronisation would do (with "confirm": true it is done)': loaded,
    "Which side is right there": put_back,
    "People have cleared one of them": blank,
    "Count what rows lack that are older than these columns": upgradable,
}
CENTRAL: Final = "business_central"
OF_SUITE: Final[dict[str, dict[str, Any]]] = {
    "prospect_to_cash": {"suites": both()},
    CENTRAL: {
        "suites": {CENTRAL: BusinessCentralSettings(companies=("11111111-0000-0000-0000-000000000001",))},
        "maps": Catalogue({**shipped_maps().files, **shipped().files}),
    },
}
"""What is on for a request on the set-up of a suite."""
"""What has to be so before a request is sent, by its name."""


async def values_now(stage: Stage) -> dict[str, str]:
    """The variables of the file, as a person would copy them from the lists."""
    jobs = (await stage.get(f"{OPERATIONS}/jobs")).json()["jobs"]
    reports = (await stage.get(f"{OPERATIONS}/reports/{PLACE}")).json().get("reports", [])
    conflicts = (await stage.get(f"{OPERATIONS}/conflicts/{PLACE}")).json()["conflicts"]
    copies = (await stage.get(f"{OPERATIONS}/copies")).json()["copies"]
    row = stage.rig.dataverse(NUMBER) or stage.rig.dataverse(ACCOUNT)
    found: dict[str, Any] = {
        "job": next((each["id"] for each in jobs), None),
        "report": next((each["report"] for each in reports), None),
        "conflict": next((each["id"] for each in conflicts), None),
        "copy": next((each["id"] for each in copies), None),
        "row": row and row["accountid"],
    }
    return {**VARIABLES, **{name: value for name, value in found.items() if value}}


@pytest.mark.parametrize("sent", REQUESTS, ids=lambda each: each.name)
def test_every_request_is_carried_out(sent: Sent) -> None:
    """As it stands in the file, once there is what it is about."""

    async def story(stage: Stage) -> None:
        if sent.name in BEFORE:
            await BEFORE[sent.name](stage)
        values = await values_now(stage)
        headers = {name: filled(value, values) for name, value in sent.headers.items()}
        body = filled(sent.body, values)
        assert not body or isinstance(json.loads(body), dict)
        answer = await stage.client.request(sent.method, filled(sent.address, values), content=body, headers=headers)
        assert answer.status_code in {200, 202}, answer.text

    on_stage(story, **OF_SUITE.get(sent.address.rpartition("/setup/")[2], {}))
