"""What people decide, over HTTP: conflicts, couplings, reports, the environment. Everything that deletes asks first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from functions.operators import WITH_KEY
from shared.engine import set_state
from shared.ledger import Coupling
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig

PLACE = CUSTOMERS.replace(".", "/")


async def coupled(rig: Rig, account: str = ACCOUNT) -> str:
    """A customer in sync; the id of its account."""
    await rig.visit(ERP, rig.customer(account))
    found = rig.dataverse(account)
    assert found is not None
    return str(found["accountid"])


async def quarrel(rig: Rig) -> str:
    """Both sides change one name, and Dataverse wins; the id of the account."""
    row_id = await coupled(rig)
    rig.edit(OrganizationName="ERP")
    rig.change(row_id, name="Dataverse")
    await rig.visit(ERP, ("usmf", ACCOUNT))
    return row_id


async def followed(stage: Stage, answer: Any) -> Any:
    """The job that an answer names, carried to its end by the pump."""
    assert answer.status_code == 202, answer.text
    path = f"/api/operations/jobs/{answer.json()['job']}"
    for _ in range(20):
        await stage.fire("operations_pump")
        await stage.pass_time(60)
        job = (await stage.get(path)).json()
        if job["state"] != "running":
            return job
    raise AssertionError(job)


# -- conflicts


@pytest.mark.parametrize(("action", "name"), [("accept", "Dataverse"), ("restore", "ERP")])
def test_conflicts_are_listed_and_dealt_with_by_cause(action: str, name: str) -> None:
    """A group is closed at once: its winners stand, or its losers are written back."""

    async def story(stage: Stage) -> None:
        row_id = await quarrel(stage.rig)
        listed = (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()
        (row,), ((cause, number),) = listed["conflicts"], listed["causes"].items()
        assert (row["record"]["dataverse"], row["values"], number) == (row_id, {ERP: "ERP", DATAVERSE: "Dataverse"}, 1)
        would = await stage.post(f"/api/operations/conflicts/{PLACE}/{action}", {"cause": cause})
        assert (would.status_code, would.json()[f"would {action}"], len(stage.rig.conflicts())) == (200, 1, 1)
        assert all(words in would.json()["note"] for words in ("nothing was done", '"confirm": true'))
        done = await stage.post(f"/api/operations/conflicts/{PLACE}/{action}", {"cause": cause, "confirm": True})
        assert (done.status_code, done.json()) == (202, {action: 1})
        assert stage.rig.both("OrganizationName", "name") == (name, name)
        assert (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()["conflicts"] == []

    on_stage(story)


@pytest.mark.parametrize(
    ("action", "body", "status", "word"),
    [
        ("accept", {}, 400, "name the conflicts"),
        ("accept", {"id": "x", "winner": "me"}, 400, "winner is 'me'"),
        ("undo", {"id": "x"}, 400, "accept, restore"),
    ],
)
def test_a_decision_that_cannot_be_understood(action: str, body: Any, status: int, word: str) -> None:
    """It says what was expected, and nothing is done."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        problem_of(await stage.post(f"/api/operations/conflicts/{PLACE}/{action}", body), status, word)
        assert len(stage.rig.conflicts()) == 1

    on_stage(story)


async def first_of_two(rig: Rig) -> Coupling:
    """Two customers are in conflict over their names; the one whose conflict is listed first."""
    for account in ("A-1", "A-2"):
        row_id = await coupled(rig, account)
        rig.edit(account, OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
    return next(row for row in rig.couplings() if row.dataverse == rig.conflicts()[0].dataverse)


def test_one_conflict_that_is_refused_stops_no_other_of_its_group() -> None:
    """The answer says how many were decided, and why the others were not."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        first = await first_of_two(rig)
        assert first.erp is not None
        rig.edit(first.erp[1], OrganizationName="Newer")
        cause = {"cause": "overruled:OrganizationName = name", "confirm": True}
        answer = await stage.post(f"/api/operations/conflicts/{PLACE}/restore", cause)
        problem_of(answer, 409, "1 done, 1 refused", "'Newer' by now")
        assert [row.dataverse for row in rig.conflicts()] == [first.dataverse]

    on_stage(story)


def test_one_record_that_is_being_written_stops_no_other_of_its_group() -> None:
    """The answer says how many were decided, and that the other one is at work."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        first = await first_of_two(rig)
        assert first.erp is not None
        rig.edit(first.erp[1], SalesMemo="Newer")
        await stage.dies(ERP, first.erp, before="dataverse update")
        cause = {"cause": "overruled:OrganizationName = name", "confirm": True}
        answer = await stage.post(f"/api/operations/conflicts/{PLACE}/accept", cause)
        problem_of(answer, 409, "1 done, 1 refused", "the record is being written until")
        assert [row.dataverse for row in rig.conflicts()] == [first.dataverse]

    on_stage(story)


def test_who_decides_second_is_told_who_was_first() -> None:
    """Two operators have the same list before them."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        (row,) = (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()["conflicts"]
        path = f"/api/operations/conflicts/{PLACE}/accept"
        assert (await stage.post(path, {"id": row["id"]})).status_code == 202
        words = ("conflict accepted about OrganizationName = name", "by ")
        problem_of(await stage.post(path, {"id": row["id"]}), 404, *words)
        problem_of(await stage.post(path, {"id": f"c~{'x' * 40}~'~"}), 404, "no such conflict")

    on_stage(story)


def test_a_restore_after_an_undo_says_what_it_needs() -> None:
    """The pair is gone by then, and its losing value stands in the list."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        (row,) = stage.rig.conflicts()
        await stage.post(f"/api/operations/flows/{PLACE}/pause")
        await followed(stage, await stage.post(f"/api/operations/couplings/{PLACE}/rebuild", {"confirm": True}))
        await set_state(stage.rig.house, CUSTOMERS, "running")
        answer = await stage.post(f"/api/operations/conflicts/{PLACE}/restore", {"id": row.key})
        problem_of(answer, 409, "not coupled any more", "couple the two again first")

    on_stage(story)


@pytest.mark.parametrize(("gate", "until"), [("pause", "resumed"), ("stop", "run")])
def test_what_waits_for_its_flow_says_until_when(gate: str, until: str) -> None:
    """A retry and a cleared tombstone are looked at when the flow is at work again; at work, nothing is said."""

    async def story(stage: Stage) -> None:
        rig, parked, couplings = stage.rig, f"/api/operations/parked/{PLACE}", f"/api/operations/couplings/{PLACE}"
        await coupled(rig)
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        await rig.visit(ERP, rig.customer("E-1", SalesCurrencyCode="DKK"))
        assert (await stage.post(f"{parked}/retry")).json() == {"retried": 1}
        end = {"side": ERP, "identity": ["usmf", ACCOUNT]}
        await stage.post(f"{couplings}/uncouple", end)
        await stage.post(f"/api/operations/flows/{PLACE}/{gate}")
        for answer in (await stage.post(f"{parked}/retry"), await stage.post(f"{couplings}/clear", end)):
            assert f"nothing is tried until it is {until}" in answer.json()["waits"]

    on_stage(story)


# -- what may be written at a person's word


async def paused(stage: Stage) -> str:
    await stage.post(f"/api/operations/flows/{PLACE}/pause")
    return "resume it first"


async def elsewhere(stage: Stage) -> str:
    await stage.fire("operations_pump")
    await stage.pass_time(5)
    stage.rig.world.dataverse.environment.organization_id = "0c0c0c0c-0000-4000-8000-00000000c0de"
    return "confirm the environment"


async def unapproved(stage: Stage) -> str:
    await stage.post(f"/api/operations/flows/{PLACE}/stop")
    return "approve it first"


GATES = [paused, elsewhere, unapproved]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(("action", "winner"), [("restore", None), ("accept", ERP)])
def test_no_decision_writes_where_nothing_may_be_written(gate: Any, action: str, winner: str | None) -> None:
    """A pause, another environment, a map that nobody approved: each holds for decisions, and says the way out."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        (row,) = (await stage.get(f"/api/operations/conflicts/{PLACE}")).json()["conflicts"]
        word, writes = await gate(stage), stage.rig.writes()
        body = {"id": row["id"], **({"winner": winner} if winner else {})}
        problem_of(await stage.post(f"/api/operations/conflicts/{PLACE}/{action}", body), 409, word)
        assert (len(stage.rig.conflicts()), stage.rig.writes()) == (1, writes)

    on_stage(story)


@pytest.mark.parametrize("gate", GATES)
def test_nobody_is_coupled_where_nothing_may_be_written(gate: Any) -> None:
    """Coupling lets values flow; ending a coupling does not, so that stays possible."""

    async def story(stage: Stage) -> None:
        path, rig = f"/api/operations/couplings/{PLACE}", stage.rig
        await coupled(rig)
        row_id, identity = rig.account("D-1"), list(rig.customer("E-1"))
        word, writes = await gate(stage), rig.writes()
        problem_of(await stage.post(f"{path}/couple", {"erp": identity, "dataverse": row_id}), 409, word)
        assert (len(rig.couplings()), rig.writes()) == (1, writes)
        end = {"side": ERP, "identity": ["usmf", ACCOUNT]}
        for action in ("uncouple", "clear"):
            assert (await stage.post(f"{path}/{action}", end)).status_code == 200
        assert rig.writes() == writes

    on_stage(story)


@pytest.mark.parametrize("gate", GATES)
def test_what_lost_can_be_given_up_at_any_time(gate: Any) -> None:
    """It changes the list alone."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        await gate(stage)
        cause = {"cause": "overruled:OrganizationName = name", "confirm": True}
        assert (await stage.post(f"/api/operations/conflicts/{PLACE}/accept", cause)).json() == {"accept": 1}
        assert stage.rig.conflicts() == []

    on_stage(story)


# -- couplings


def test_couplings_by_hand() -> None:
    """Two records are coupled, uncoupled, and set free again: each gets a partner of its own."""

    async def story(stage: Stage) -> None:
        path, rig = f"/api/operations/couplings/{PLACE}", stage.rig
        row_id, identity = rig.account("D-1"), list(rig.customer("E-1"))
        done = await stage.post(f"{path}/couple", {"erp": identity, "dataverse": row_id})
        told = {"erp": identity, "dataverse": row_id}
        assert done.json() == {"outcome": "parked", "reasons": ["key-changed"], **told}
        end = {"side": ERP, "identity": identity}
        assert (await stage.post(f"{path}/uncouple", end)).json()["what"] == f"uncoupled by {WITH_KEY}"
        problem_of(await stage.post(f"{path}/uncouple", end), 409, "uncoupled already")
        assert (await stage.post(f"{path}/clear", end)).json()["what"] == "tombstone cleared"
        assert [each.state for each in rig.couplings()] == ["coupled", "coupled"]
        unknown = {"side": ERP, "identity": ["usmf", "E-9"]}
        problem_of(await stage.post(f"{path}/uncouple", unknown), 404, "not coupled")

    on_stage(story)


@pytest.mark.parametrize(
    ("action", "body", "word"),
    [
        ("couple", {"erp": ["usmf"], "dataverse": str(UUID(int=1))}, "a list of 2 texts is needed"),
        ("couple", {"erp": ["usmf", "E-1"]}, "none of them empty"),
        ("uncouple", {"side": "left", "identity": ["x"]}, "use erp or dataverse"),
        ("clear", {"side": ERP, "identity": "usmf"}, "a list of 2 texts is needed"),
        ("marry", {"side": ERP, "identity": ["usmf", "E-1"]}, "couple, uncouple"),
    ],
)
def test_couplings_that_cannot_be_understood(action: str, body: Any, word: str) -> None:
    """Each refusal names what was wrong with the request."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"/api/operations/couplings/{PLACE}/{action}", body), 400, word)

    on_stage(story)


def test_erasing_asks_first() -> None:
    """Without a confirmation it says what it would erase, and erases nothing."""

    async def story(stage: Stage) -> None:
        await quarrel(stage.rig)
        path, end = f"/api/operations/couplings/{PLACE}/erase", {"side": ERP, "identity": ["usmf", ACCOUNT]}
        told = (await stage.post(path, end)).json()
        would = told["would erase"]
        assert (would[CUSTOMERS]["conflicts"], len(stage.rig.conflicts())) == (1, 1)
        assert all(words in told["note"] for words in ("nothing was erased", '"confirm": true'))
        assert (await stage.post(path, {**end, "confirm": True})).json() == {"erased": would, "stays": told["stays"]}
        assert any("log" in each for each in told["stays"])
        assert any("copies of the ledger" in each and "erase again" in each for each in told["stays"])
        assert stage.rig.conflicts() == []

    on_stage(story)


def test_undoing_asks_first() -> None:
    """The first synchronisation is counted out, then undone; another kind of job cannot be."""

    async def story(stage: Stage) -> None:
        rig, path = stage.rig, f"/api/operations/couplings/{PLACE}/undo"
        rig.customer("E-1")
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        load = await followed(stage, await stage.post(f"/api/operations/flows/{PLACE}/run"))
        assert rig.dataverse("E-1") is not None
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        planned = await followed(stage, await stage.post(path, {"job": load["id"]}))
        assert planned["tallies"][CUSTOMERS]["counts"] == {"deleted dataverse": 1}
        assert rig.dataverse("E-1") is not None
        problem_of(await stage.post(path, {"job": planned["id"]}), 400, "only that can be undone")
        await followed(stage, await stage.post(path, {"job": load["id"], "confirm": True}))
        assert (rig.dataverse("E-1"), rig.erp("E-1") is not None) == (None, True)

    on_stage(story)


@pytest.mark.parametrize("action", ["undo", "rebuild"])
def test_nothing_is_taken_back_from_a_flow_at_work(action: str) -> None:
    """Its way out works: stopped, the same request is carried out. Counting it out is possible at any time."""

    async def story(stage: Stage) -> None:
        stage.rig.customer("E-1")
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        load = await followed(stage, await stage.post(f"/api/operations/flows/{PLACE}/run"))
        path = f"/api/operations/couplings/{PLACE}/{action}"
        body = {"job": load["id"]} if action == "undo" else {}
        problem_of(await stage.post(path, {**body, "confirm": True}), 409, CUSTOMERS, "pause or stop it first")
        assert (await stage.post(path, body)).status_code == 202
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        assert not (await followed(stage, await stage.post(path, {**body, "confirm": True})))["errors"]

    on_stage(story)


@pytest.mark.parametrize("action", ["undo", "rebuild"])
def test_nothing_begins_in_a_flow_that_is_just_taken_back(action: str) -> None:
    """The next pass would make anew what has just gone. Its ways out work: the job ends, or is stopped."""

    async def story(stage: Stage) -> None:
        flow, path = f"/api/operations/flows/{PLACE}", f"/api/operations/couplings/{PLACE}/{action}"
        stage.rig.customer("E-1")
        await stage.post(f"{flow}/stop")
        load = await followed(stage, await stage.post(f"{flow}/run"))
        body = {"job": load["id"], "confirm": True} if action == "undo" else {"confirm": True}
        await stage.post(f"{flow}/pause")
        job = (await stage.post(path, body)).json()["job"]
        words = (CUSTOMERS, f"the {action} {job} is under way", "stop that job first")
        problem_of(await stage.post(f"{flow}/resume"), 409, *words)
        problem_of(await stage.post(path, body), 409, *words)
        await stage.post(f"{flow}/stop")
        for initial in (True, False):
            problem_of(await stage.post(f"{flow}/run", {"initial": initial}), 409, *words)
        one = {"what": "record", "side": ERP, "identity": ["usmf", "E-1"]}
        problem_of(await stage.post(f"/api/operations/sync/{PLACE}", one), 409, *words)
        await stage.post(f"/api/operations/jobs/{job}/stop")
        assert (await stage.post(f"{flow}/run", {"initial": False})).status_code == 202

    on_stage(story)


def test_a_dry_run_of_an_undo_holds_nobody_up() -> None:
    """It only counts."""

    async def story(stage: Stage) -> None:
        flow = f"/api/operations/flows/{PLACE}"
        await stage.post(f"{flow}/pause")
        assert (await stage.post(f"/api/operations/couplings/{PLACE}/rebuild", {})).status_code == 202
        assert (await stage.post(f"{flow}/resume")).status_code == 202

    on_stage(story)


def test_what_an_undo_leaves_is_listed_with_its_reason() -> None:
    """Before anything is done, and afterwards the same."""

    async def story(stage: Stage) -> None:
        rig, path = stage.rig, f"/api/operations/couplings/{PLACE}/undo"
        rig.customer("E-1")
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        load = await followed(stage, await stage.post(f"/api/operations/flows/{PLACE}/run"))
        await stage.post(f"/api/operations/flows/{PLACE}/stop")
        account = rig.dataverse("E-1")
        assert account is not None
        rig.change(account["accountid"], statecode=1, statuscode=2)
        told = []
        for confirm in (False, True):
            run = await followed(stage, await stage.post(path, {"job": load["id"], "confirm": confirm}))
            told.append((await stage.get(f"/api/operations/jobs/{run['id']}/left")).json())
        assert told[0] == told[1]
        assert told[0]["reasons"] == {"edited since, uncoupled": 1}
        (left,) = told[0]["records"]
        assert (left["record"]["erp"], left["why"]) == (
            ["usmf", "E-1"], "somebody else has modified it in Dataverse since",
        )  # fmt: skip
        problem_of(await stage.get("/api/operations/jobs/0000000000-00000000/left"), 404, "there is no job")

    on_stage(story)


# -- reports and the environment


def test_a_report_is_planned_looked_at_and_approved() -> None:
    """A flow whose sides both hold rows runs when somebody has approved what it would do."""

    async def story(stage: Stage) -> None:
        stage.rig.customer("E-1")
        stage.rig.account("D-1")
        flow, path = f"/api/operations/flows/{PLACE}", f"/api/operations/reports/{PLACE}"
        await stage.post(f"{flow}/stop")
        problem_of(await stage.post(f"{flow}/run"), 409, "approve it first")
        problem_of(await stage.get(path), 404, "plan it first")
        problem_of(await stage.post(f"{path}/sign"), 400, "plan, approve")
        await followed(stage, await stage.post(f"{path}/plan"))
        (told,) = (await stage.get(path)).json()["reports"]
        assert told["counts"]["created"] == 2
        assert told["samples"]["created in erp"][0]["lines"]
        problem_of(await stage.post(f"{path}/approve"), 400, "which report", told["report"])
        done = await stage.post(f"{path}/approve", {"report": told["report"]})
        assert done.json() == {"approved": [CUSTOMERS], "report": told["report"]}
        assert (await stage.post(f"{flow}/run")).status_code == 202

    on_stage(story)


def test_another_environment_is_confirmed_by_a_person() -> None:
    """Until then nothing is resumed, and the answer says which environment was known."""

    async def story(stage: Stage) -> None:
        await stage.fire("operations_pump")
        await stage.pass_time(5)
        stage.rig.world.dataverse.environment.organization_id = "0c0c0c0c-0000-4000-8000-00000000c0de"
        await stage.fire("operations_pump")
        await stage.pass_time(5)
        assert await stage.rig.state() == "paused"
        problem_of(await stage.post(f"/api/operations/flows/{PLACE}/resume"), 409, "confirm the environment")
        shown = (await stage.get("/api/operations/environment")).json()
        assert shown["known"] != shown["now"]
        confirmed = (await stage.post("/api/operations/environment/confirm")).json()
        assert confirmed["known"] == confirmed["now"]
        assert (await stage.post(f"/api/operations/flows/{PLACE}/resume")).status_code == 202

    on_stage(story)


def test_a_budget_of_no_older_values_does_not_begin_anew() -> None:
    """The flow would pause again at the first record: what helps is the setting. Resuming without it is possible."""

    async def story(stage: Stage) -> None:
        stage.rig.house.older = 0
        await stage.post(f"/api/operations/flows/{PLACE}/pause")
        resume = f"/api/operations/flows/{PLACE}/resume"
        problem_of(await stage.post(resume, {"older": True}), 409, "OLDER_BUDGET is 0", "raise it")
        assert await stage.rig.state() == "paused"
        assert (await stage.post(resume, {"older": False})).status_code == 202

    on_stage(story)


@pytest.mark.parametrize("budget", [1, 0])
@pytest.mark.parametrize("way", ["resume", "retry"])
def test_deletes_that_are_held_go_on_when_a_person_allows_them(way: str, budget: int) -> None:
    """A retry of the group releases them all, and so does the word of whoever resumes; a retry of all does not."""

    async def story(stage: Stage) -> None:
        rig = stage.rig
        for account in ("A-1", "A-2", "A-3"):
            await coupled(rig, account)
        rig.house.deletes = budget
        for account in ("A-1", "A-2", "A-3"):
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": account})
            await rig.hint(ERP, ("usmf", account), "delete")
        await stage.fire("operations_pump")
        parked = f"/api/operations/parked/{PLACE}"
        assert (await stage.get(parked)).json()["causes"] == {"held:": 3 - budget}
        assert (await stage.post(f"{parked}/retry")).json() == {"retried": 0, "left": 3 - budget}
        if way == "retry":
            assert (await stage.post(f"{parked}/retry", {"cause": "held:"})).json() == {"retried": 3 - budget}
        else:
            await stage.post(f"/api/operations/flows/{PLACE}/pause")
            assert (await stage.post(f"/api/operations/flows/{PLACE}/resume", {"deletes": True})).status_code == 202
        await stage.fire("operations_pump")
        assert list(rig.world.dataverse.rows("accounts")) == []

    on_stage(story)
