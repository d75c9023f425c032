"""What an approval covers: the flow, its map, the master, the companies; and when nobody needs to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.engine import (
    approve,
    catch_up,
    demand_approval,
    demand_to_go_on,
    is_loading,
    pump,
    report,
    set_state,
    start_job,
    state_checked,
    state_of,
    stop_job,
    work_on,
)
from shared.errors import Refused
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, on_stage

PROSPECT = 8


async def approved(rig: Rig, master: Side | None = None, names: Sequence[str] = (CUSTOMERS,)) -> None:
    """A person plans flows with a master, looks at the reports, and approves them."""
    job = await start_job(rig.house, "plan", names, master=master)
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    for name in names:
        await approve(rig.house, name)


async def told(rig: Rig) -> str:
    return str((await state_checked(rig.house, CUSTOMERS))["reason"])


def one_prospect(rig: Rig) -> None:
    """The only account is no customer yet, and the only customer has its number."""
    rig.customer()
    rig.account(customertypecode=PROSPECT)


def one_person(rig: Rig) -> None:
    """The only customer is a person, and the only account has its number."""
    rig.customer(PartyType="Person", OrganizationName="", PersonFirstName="Ann")
    rig.account()


@pytest.mark.parametrize("stands", [one_prospect, one_person])
def test_what_a_match_could_touch_counts_whether_it_is_in_the_scope_or_not(stands: Any) -> None:
    """Matching ignores the scope of the other side, and so does the question whether somebody has to look first."""

    async def story(rig: Rig) -> None:
        stands(rig)
        with pytest.raises(Refused, match="both sides hold rows"):
            await demand_approval(rig.house, CUSTOMERS)
        await approved(rig)
        await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


def test_rows_that_are_outside_of_both_scopes_need_no_report() -> None:
    """Neither looks for a partner."""

    async def story(rig: Rig) -> None:
        rig.customer(PartyType="Person", OrganizationName="", PersonFirstName="Ann")
        rig.account(customertypecode=PROSPECT)
        await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


def test_customers_of_a_company_that_is_not_synced_need_no_report() -> None:
    """Nobody looks for a partner among them."""

    async def story(rig: Rig) -> None:
        rig.house.companies = ("usmf",)
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        rig.customer(dataAreaId="demf")
        rig.account()
        await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


@pytest.mark.parametrize(("planned", "run"), [(ERP, DATAVERSE), (ERP, None), (DATAVERSE, ERP), (None, ERP)])
def test_a_report_approves_a_run_with_its_own_master_only(planned: Side | None, run: Side | None) -> None:
    """With the other one it would overwrite the other way. The shipped map says dataverse."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        await approved(rig, planned)
        with pytest.raises(Refused, match=f"the master {planned or DATAVERSE} was approved, not .* {run or DATAVERSE}"):
            await demand_approval(rig.house, CUSTOMERS, run)
        assert (await report(rig.house, CUSTOMERS))["master"] == (planned or DATAVERSE)
        await approved(rig, run)
        await demand_approval(rig.house, CUSTOMERS, run)

    on_stage(story)


def test_the_master_that_a_map_names_may_be_named_again() -> None:
    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        await approved(rig, None)
        await demand_approval(rig.house, CUSTOMERS, DATAVERSE)

    on_stage(story)


@pytest.mark.parametrize("way", ["paused", "stopped job"])
def test_a_first_synchronisation_that_was_cut_off_goes_on_as_it_was_begun(way: str) -> None:
    """Whoever resumes the flow need not know: all that was not looked at yet is compared, and the same master wins."""

    async def story(rig: Rig) -> None:
        rig.customer(OrganizationName="Contoso Ltd")
        rig.account(name="Contoso")
        await approved(rig, ERP)
        job = await start_job(rig.house, "sync", (CUSTOMERS,), master=ERP, begin="initializing")
        if way == "paused":
            await set_state(rig.house, CUSTOMERS, "paused", "a system refused")
        else:
            await stop_job(rig.house, job["id"])
        await demand_to_go_on(rig.house, CUSTOMERS)
        await start_job(rig.house, "catch-up", (CUSTOMERS,), begin="resuming")
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")
        assert await rig.state() == "running"
        assert not is_loading(await state_of(rig.house, CUSTOMERS))

    on_stage(story)


def test_a_first_synchronisation_goes_on_only_as_it_is_approved() -> None:
    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        await start_job(rig.house, "sync", (CUSTOMERS,), master=ERP, begin="initializing")
        await set_state(rig.house, CUSTOMERS, "paused", "a system refused")
        await approved(rig, DATAVERSE)
        with pytest.raises(Refused, match=r"master dataverse was approved, not .* erp; plan it with the master erp"):
            await demand_to_go_on(rig.house, CUSTOMERS)

    on_stage(story)


def test_whoever_stops_a_flow_gives_its_first_synchronisation_up() -> None:
    """Run again without one, nothing is left of the master that was named for it."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(OrganizationName="Contoso Ltd")
        rig.account(name="Contoso")
        await start_job(rig.house, "sync", (CUSTOMERS,), master=ERP, begin="initializing")
        await set_state(rig.house, CUSTOMERS, "not running", "stopped by an operator")
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.hint(ERP, identity)
        await pump(rig.house, lambda: False, lambda: True)
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")

    on_stage(story)


def test_an_event_during_a_first_synchronisation_follows_the_master_of_that() -> None:
    async def story(rig: Rig) -> None:
        identity = rig.customer(OrganizationName="Contoso Ltd")
        rig.account(name="Contoso")
        await start_job(rig.house, "sync", (CUSTOMERS,), master=ERP, begin="initializing")
        await rig.hint(ERP, identity)
        await pump(rig.house, lambda: False, lambda: True)  # it has time for hints, and none for jobs
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


def test_a_catch_up_before_a_first_synchronisation_is_over_follows_its_master() -> None:
    """The flow runs already, for its job could not finish: until a compare pass has, nothing else decides."""

    async def story(rig: Rig) -> None:
        await rig.compare()
        await start_job(rig.house, "sync", (CUSTOMERS,), master=ERP, begin="initializing")
        await set_state(rig.house, CUSTOMERS, "running")
        rig.customer(OrganizationName="Contoso Ltd")
        rig.account(name="Contoso")
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")

    on_stage(story)


def test_a_company_that_was_not_planned_needs_a_report_of_its_own() -> None:
    """The flow does not run with it, and one that runs pauses when it is chosen."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        rig.house.companies = ("usmf",)
        await approved(rig)
        await demand_approval(rig.house, CUSTOMERS)
        rig.house.companies = ("USMF",)
        assert (await state_checked(rig.house, CUSTOMERS))["state"] == "running"
        rig.house.companies = ("usmf", "demf")
        assert "DEMF was not approved" in await told(rig)
        with pytest.raises(Refused, match="says nothing about DEMF"):
            await demand_to_go_on(rig.house, CUSTOMERS)
        await approved(rig)
        await demand_to_go_on(rig.house, CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, "running")
        rig.house.companies = ("usmf",)
        await demand_to_go_on(rig.house, CUSTOMERS)
        assert (await state_checked(rig.house, CUSTOMERS))["state"] == "running"

    on_stage(story)


@pytest.mark.parametrize("back", [("usmf", "demf"), ()])
@pytest.mark.parametrize("state", ["running", "paused", "not running"])
def test_a_company_that_comes_back_is_asked_for_like_a_new_one(back: tuple[str, ...], state: Any) -> None:
    """Left out for a while, it has changed unseen: neither events, nor a resume, nor the old report let it in again."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        rig.house.companies = ("usmf", "demf")
        await approved(rig)
        await demand_approval(rig.house, CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, state)
        rig.house.companies = ("usmf",)
        assert (await state_checked(rig.house, CUSTOMERS))["state"] == state
        rig.house.companies = back
        await set_state(rig.house, CUSTOMERS, "running")
        assert "DEMF was not approved" in await told(rig)
        for _ in range(2):
            with pytest.raises(Refused, match="says nothing about DEMF"):
                await demand_to_go_on(rig.house, CUSTOMERS)
            await approve(rig.house, CUSTOMERS)
        await approved(rig)
        await demand_to_go_on(rig.house, CUSTOMERS)
        await set_state(rig.house, CUSTOMERS, "running")
        assert (await state_checked(rig.house, CUSTOMERS))["state"] == "running"

    on_stage(story)


def test_a_run_with_fewer_companies_is_no_approval_of_the_others_later() -> None:
    """Also where the flow was never let run with them."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        await approved(rig)
        rig.house.companies = ("usmf",)
        await demand_approval(rig.house, CUSTOMERS)
        rig.house.companies = ("usmf", "demf")
        with pytest.raises(Refused, match="says nothing about DEMF"):
            await demand_approval(rig.house, CUSTOMERS)

    on_stage(story)


def test_a_company_that_dataverse_has_learned_of_is_matched_when_somebody_has_looked() -> None:
    """Where all companies are synced, a new one without records disturbs nobody; with records the flow asks first."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account()
        rig.house.companies = ()
        rig.world.dataverse.delete("cdm_companies", rig.companies["demf"])
        await approved(rig)
        await demand_approval(rig.house, CUSTOMERS)
        rig.world.dataverse.create("cdm_companies", {"cdm_companycode": "DEMF", "cdm_name": "demf"})
        assert not (await rig.compare_and_note())["errors"]
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        rig.customer(dataAreaId="demf")
        await rig.compare_and_note()
        assert "demf was not approved" in await told(rig)

    on_stage(story)
