"""The review over HTTP: what is advised, chosen and started, and a list behind every number."""

from __future__ import annotations

from typing import Any, Final

from shared.engine import set_state
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import CUSTOMERS, GROUPS, TERMS

MADE: Final = ("created dataverse", "created erp", "updated dataverse", "updated erp")
REVIEW: Final = "/api/operations/review/dual_write"


async def new_installation(stage: Stage) -> None:
    """No flow has been run, and the review is opened."""
    for name in stage.rig.house.catalogue.names:
        await set_state(stage.rig.house, name, "not running")
    assert (await stage.post(f"{REVIEW}/open")).status_code == 200


async def rows(stage: Stage) -> dict[str, Any]:
    """The review as it is shown, by flow."""
    return {each["flow"]: each for each in (await stage.get(REVIEW)).json()["flows"]}


async def minutes(stage: Stage, number: int) -> None:
    for _ in range(number):
        await stage.fire("operations_pump")
        await stage.pass_time(60)


def test_open_choose_start_and_look() -> None:
    """With customers on both sides coupling is advised; a full synchronisation is warned of; what was planned has to be
    approved; then each number leads to its records.
    """

    async def story(stage: Stage) -> None:
        stage.rig.customer("E-1")
        stage.rig.customer("E-2", PartyType="Person", PersonFirstName="Ada", PersonLastName="Okafor")
        stage.rig.account("E-1", websiteurl="https://contoso.example")
        stage.rig.account("D-2", name="Fabrikam")
        stage.rig.account("D-1", name="Litware", address1_stateorprovince="Schleswig-Holstein")
        await new_installation(stage)
        before = (await rows(stage))[CUSTOMERS]
        assert (before["advised"], before["status"], before["counts"]["erp"]["rows"]) == ("couple", "", 2)
        assert before["counts"]["dataverse"]["filter"] == "customertypecode eq 3"
        assert "created by the next compare pass" in before["later"]
        everything = [name for name in await rows(stage) if name not in before["needs"] and name != CUSTOMERS]
        await stage.post(f"{REVIEW}/choose", {"flows": [*everything, *before["needs"]], "choice": "skip"})
        warned = await stage.post(f"{REVIEW}/choose", {"flows": ["customers_v3_accounts"], "choice": "full"})
        assert "creates on the other side" in warned.json()["warning"]
        assert (await rows(stage))[CUSTOMERS]["choice"] == "couple"
        sure = {"flows": [CUSTOMERS], "choice": "full", "confirm": True}
        assert (await stage.post(f"{REVIEW}/choose", sure)).json()["left"] == []
        assert (await stage.post(f"{REVIEW}/start")).status_code == 202
        await minutes(stage, 2)
        waiting = (await rows(stage))[CUSTOMERS]
        assert (waiting["status"], waiting["job"]) == ("to approve", "")
        assert (await stage.get(waiting["links"]["report"])).json()["reports"][0]["report"] == waiting["plan"]
        await stage.approve("dual_write/customers_v3_accounts")
        await minutes(stage, 2)
        done = (await rows(stage))[CUSTOMERS]
        assert done["status"] == "finished", done
        assert {side: each["status"] for side, each in done["directions"].items()} == {
            "dataverse": "success", "erp": "error"}  # fmt: skip
        listed = (await stage.get(done["links"]["failed erp"])).json()
        assert listed["total"] == done["directions"]["erp"]["failed"] == 1
        assert (await stage.get(done["links"]["failed dataverse"])).json()["total"] == 0
        for link in done["links"].values():
            assert (await stage.get(link)).status_code == 200
        await the_numbers_lead_to_their_records(stage, done)

    on_stage(story)


async def the_numbers_lead_to_their_records(stage: Stage, done: Any) -> None:
    """As many as were counted, each with both its ends and what was written; a page at a time. What was created in the
    ERP gets its number back, which is a row beside.
    """
    listed = {what: (await stage.get(done["links"][what])).json()["records"] for what in ("coupled", *MADE)}
    counts = {what: done["done"].get(what, 0) for what in MADE}
    counts["updated dataverse"] += counts["created erp"]
    assert {what: len(listed[what]) for what in MADE} == counts
    assert sorted(each["record"]["erp"][1] for each in listed["coupled"]) == ["D-2", "E-1"]
    (made,) = listed["created erp"]
    assert (made["identity"], made["what"]) == (["usmf", "D-2"], "created in erp")
    job = f"/api/operations/jobs/{done['job']}/records"
    assert (await stage.get(f"{job}?flow={CUSTOMERS}&limit=0")).json() == {"records": []}
    problem_of(await stage.get(f"{job}?flow={GROUPS}"), 400, f"is about {CUSTOMERS}")
    problem_of(await stage.get(job), 400, "flow is missing")
    refused = problem_of(await stage.get(f"{job}?flow={CUSTOMERS}&what=create"), 400, "coupled, created, ")
    assert "did you mean created?" in refused["detail"]
    for known in ("deleted", "recovered", "renamed"):
        assert (await stage.get(f"{job}?flow={CUSTOMERS}&what={known}")).json() == {"records": []}


def test_what_is_refused() -> None:
    """A suite that is off, a review that nobody has opened, flows that there are not, and a second start."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.get("/api/operations/review/prospect_to_cash"), 404, "not turned on")
        problem_of(await stage.get(REVIEW), 404, "open one")
        problem_of(await stage.post(f"{REVIEW}/start"), 404, "open one")
        problem_of(await stage.post(f"{REVIEW}/begin"), 400, "open, choose, start, restart")
        await new_installation(stage)
        problem_of(await stage.post(f"{REVIEW}/choose", {"flows": ["nothing"], "choice": "skip"}), 404, "nothing")
        problem_of(await stage.post(f"{REVIEW}/choose", {"choice": "nothing"}), 400, "full, couple, skip or advised")
        problem_of(await stage.post(f"{REVIEW}/choose", {"flows": ["all"], "choice": "skip"}), 400, "leave flows out")
        for nothing in (None, {"flows": [TERMS]}, {"confirm": True}):
            problem_of(await stage.post(f"{REVIEW}/choose", nothing), 400, "say what is chosen")
        before = await rows(stage)
        nobody: dict[str, Any] = {"flows": [], "choice": "full", "confirm": True}
        problem_of(await stage.post(f"{REVIEW}/choose", nobody), 400, '"flows" is empty', "leave it out for all")
        assert await rows(stage) == before, "an empty selection is not taken for all"
        problem_of(await stage.post(f"{REVIEW}/restart", {}), 400, "flow is missing")
        problem_of(await stage.post(f"{REVIEW}/restart", {"flow": TERMS}), 409, "has not been started")
        await stage.post(f"{REVIEW}/choose", {"choice": "skip"})
        await stage.post(f"{REVIEW}/choose", {"flows": [GROUPS], "choice": "advised"})
        started = await stage.post(f"{REVIEW}/start")
        assert (
            started.json()["start"]
            == "there is no flow that has not been started: restart one, or open the review anew"
        )
        problem_of(await stage.post(f"{REVIEW}/start"), 409, "no flow that has not been started")
        problem_of(await stage.post(f"{REVIEW}/open", {"anew": True}), 409, f"{GROUPS}: under way")
        await minutes(stage, 1)
        assert sum(1 for each in (await rows(stage)).values() if each["job"]) <= 1
        await stage.post(f"{REVIEW}/choose", {"choice": "couple"})
        assert (await stage.post(f"{REVIEW}/start")).status_code == 202
        problem_of(await stage.post(f"{REVIEW}/choose", {"choice": "skip"}), 409, "every flow has been started")

    on_stage(story)


def test_what_could_not_be_counted_is_not_taken_for_started() -> None:
    """Each flow says why, and what to do; nothing is lost by opening again once that is put right."""

    async def story(stage: Stage) -> None:
        stage.rig.world.dataverse.behaviour.missing_privileges = {"prvReadAccount"}
        await new_installation(stage)
        why = (await rows(stage))[CUSTOMERS]["why"]
        assert "could not be counted" in why
        assert "give the application user" in why
        names = [name for name in await rows(stage) if name != CUSTOMERS]
        await stage.post(f"{REVIEW}/choose", {"flows": names, "choice": "skip"})
        problem_of(await stage.post(f"{REVIEW}/start"), 409, "could not be counted", "open the review again")
        stage.rig.world.dataverse.behaviour.missing_privileges = set()
        assert (await stage.post(f"{REVIEW}/open")).json()["start"] == ""
        assert {each["choice"] for name, each in (await rows(stage)).items() if name in names} == {"skip"}

    on_stage(story)


def test_a_report_that_somebody_else_has_planned_over() -> None:
    """What waited for it breaks off, says so, and can still be looked at; restarted, it is planned again."""

    async def story(stage: Stage) -> None:
        stage.rig.customer("E-1")
        stage.rig.account("D-1")
        await new_installation(stage)
        await stage.post(f"{REVIEW}/choose", {"choice": "skip"})
        await stage.post(f"{REVIEW}/choose", {"flows": [CUSTOMERS], "choice": "couple"})
        await stage.post(f"{REVIEW}/start")
        await minutes(stage, 2)
        assert (await rows(stage))[CUSTOMERS]["status"] == "to approve"
        await stage.post("/api/operations/reports/dual_write/customers_v3_accounts/plan", {"master": "dataverse"})
        await minutes(stage, 2)
        broken = (await rows(stage))[CUSTOMERS]
        assert (broken["status"], broken["done"], broken["progress"]["erp"]["read"]) == ("broken off", {}, 0)
        assert "somebody has planned it on other terms; restart it" in broken["why"]
        assert (await stage.post(f"{REVIEW}/restart", {"flow": CUSTOMERS})).status_code == 202
        await minutes(stage, 2)
        assert (await rows(stage))[CUSTOMERS]["status"] == "to approve"

    on_stage(story)


def test_what_is_left_out_of_a_choice_stays_as_it_was_chosen() -> None:
    """A master is not taken back by another choice, nor a choice by another master; each has a word that does so."""

    async def story(stage: Stage) -> None:
        await new_installation(stage)
        for said in ({"master": "dataverse"}, {"choice": "skip"}):
            await stage.post(f"{REVIEW}/choose", {"flows": [CUSTOMERS], **said})
        now = (await rows(stage))[CUSTOMERS]
        assert (now["choice"], now["master"]) == ("skip", "dataverse")
        await stage.post(f"{REVIEW}/choose", {"flows": [CUSTOMERS], "master": "map"})
        assert (await rows(stage))[CUSTOMERS]["choice"] == "skip"
        await stage.post(f"{REVIEW}/choose", {"flows": [CUSTOMERS], "choice": "advised"})
        now = (await rows(stage))[CUSTOMERS]
        assert (now["choice"], now["master"]) == (now["advised"], None)

    on_stage(story)


def test_nothing_starts_beside_another_engine() -> None:
    """While dual-write runs on one of its tables the review is not started; what is skipped is not asked about."""

    async def story(stage: Stage) -> None:
        await new_installation(stage)
        row = {"msdyn_name": "map", "msdyn_internalentityname": "account", "msdyn_externalentityname": "Customers V3"}
        stage.rig.world.dataverse.create("msdyn_dualwriteruntimeconfigs", row)
        problem_of(await stage.post(f"{REVIEW}/start"), 409, "dual-write is running on account")
        await stage.post(f"{REVIEW}/choose", {"flows": [CUSTOMERS], "choice": "skip"})
        assert (await stage.post(f"{REVIEW}/start")).status_code == 202

    on_stage(story)
