"""A line that reads blank too often, or that column security hides, over HTTP: where it is said, and the way out."""

from __future__ import annotations

from typing import Any

import pytest

from shared.engine import demand_approval
from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import PLACE, followed
from tests.simulation.rig import CUSTOMERS
from tests.simulation.rig import coupled as visited

WHERE = f"/api/operations/blanked/{PLACE}"
LINE = "CreditLimit = creditlimit"
ACCOUNTS = [f"T-{number:02}" for number in range(12)]


async def blank(stage: Stage) -> None:
    """Twelve credit limits read blank in the ERP; the compare pass comes by."""
    rig = stage.rig
    await demand_approval(rig.house, CUSTOMERS)
    for account in ACCOUNTS:
        await visited(rig, account, CreditLimit=5000)
    for account in ACCOUNTS:
        rig.edit(account, CreditLimit=0)
    await stage.pass_time(300)
    await followed(stage, await stage.post(f"/api/operations/sync/{PLACE}", {"what": "everything"}))


def limits(stage: Stage) -> set[Any]:
    return {row["creditlimit"] for row in stage.rig.world.dataverse.rows("accounts")}


async def checks(stage: Stage) -> dict[str, Any]:
    return {each["check"]: each for each in (await stage.get("/api/operations/ready")).json()["checks"]}


def test_what_a_person_confirms_is_carried_over() -> None:
    """`ready` names the line with the way out; the answer names the line, and a pass carries it out."""

    async def story(stage: Stage) -> None:
        await blank(stage)
        assert limits(stage) == {5000}
        said = (await checks(stage))[f"blanks {CUSTOMERS} {LINE}"]
        assert f"POST {WHERE}/confirm" in said["detail"]
        (shown,) = (await stage.get(WHERE)).json()["flows"]
        assert [(each["line"], each["reason"]) for each in shown["lines"]] == [(LINE, said["detail"])]
        await followed(stage, await stage.post(f"{WHERE}/confirm", {"line": LINE}))
        assert limits(stage) == {None}
        assert f"blanks {CUSTOMERS} {LINE}" not in await checks(stage)

    on_stage(story)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [({"line": "creditlimit"}, 409, f"held: {LINE}"), ({"line": LINE, "force": True}, 400, "not known"),
     ({"line": 1}, 400, "line")],
)  # fmt: skip
def test_what_cannot_be_confirmed_is_refused(body: dict[str, Any], status: int, says: str) -> None:
    """A line that is held has to be named as it is shown."""

    async def story(stage: Stage) -> None:
        await blank(stage)
        problem_of(await stage.post(f"{WHERE}/confirm", body), status, says)

    on_stage(story)


def test_ready_names_a_line_whose_column_cannot_be_read() -> None:
    """And a flow that does not see its scope is neither run nor resumed."""

    async def story(stage: Stage) -> None:
        secured = stage.rig.world.dataverse.behaviour.secured_columns
        secured["accounts", "creditlimit"] = frozenset()
        assert LINE in (await checks(stage))[f"columns {CUSTOMERS}"]["detail"]
        secured["accounts", "customertypecode"] = frozenset()
        await stage.fire("operations_pump")
        assert await stage.rig.state() == "paused"
        problem_of(await stage.post(f"/api/operations/flows/{PLACE}/resume"), 409, "customertypecode is secured")

    on_stage(story)
