"""A number alone is no proof: who is coupled by it has something in common by name, or a person has said so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.engine import approve, couple, demand_approval, erase, explain, report, start_job, work_on
from shared.engine._strangers import LISTED
from shared.ledger import PARKED, read_trouble
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, maps_with, on_stage


def strangers(rig: Rig, number: str = ACCOUNT, **values: Any) -> tuple[tuple[str, str], str]:
    """A customer and an account that have a number in common, and nothing else."""
    return rig.customer(number, OrganizationName="Northwind Traders"), rig.account(
        number, name="Fabrikam GmbH", telephone1="0123", **values
    )


def one(side: Side, pair: tuple[tuple[str, str], str]) -> tuple[str, ...]:
    return pair[0] if side == ERP else (pair[1],)


def names(rig: Rig, number: str = ACCOUNT) -> tuple[Any, Any]:
    return rig.both("OrganizationName", "name", number)


def parked(rig: Rig) -> list[Any]:
    return [read_trouble(row) for row in rig.rows(PARKED)]


async def planned(rig: Rig) -> Any:
    job = await start_job(rig.house, "plan", (CUSTOMERS,))
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    assert not job["errors"], job["errors"]
    return await report(rig.house, CUSTOMERS)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("customertypecode", [3, 8])
def test_strangers_with_one_number_are_not_coupled_by_an_event(side: Side, customertypecode: int) -> None:
    """Both names stand in the row, and nothing is written; a prospect with the number is no exception."""

    async def story(rig: Rig) -> None:
        pair = strangers(rig, customertypecode=customertypecode if side == ERP else 3)
        writes = rig.writes()
        outcome = await rig.visit(side, one(side, pair))
        assert (outcome.kind, outcome.codes, rig.writes()) == ("parked", ("stranger",), writes)
        assert names(rig) == ("Northwind Traders", "Fabrikam GmbH")
        (row,) = parked(rig)
        assert all(name in row.items[0]["message"] for name in ("Northwind Traders", "Fabrikam GmbH", ACCOUNT))
        assert "Fabrikam GmbH" in (await explain(rig.flow(), side, one(side, pair)))["why"]

    on_stage(story)


def test_a_record_that_waits_for_a_person_is_not_coupled_with_who_gets_its_number_meanwhile() -> None:
    """The account is parked; the ERP numbers somebody else like it; an event of either couples nobody."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Fabrikam GmbH", address1_stateorprovince="x" * 40)
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "parked"
        identity = rig.customer(OrganizationName="Northwind Traders")
        assert (await rig.visit(ERP, identity)).codes == ("stranger",)
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("stranger",)
        assert names(rig) == ("Northwind Traders", "Fabrikam GmbH")

    on_stage(story)


def test_a_pass_parks_both_ends_once_and_writes_nothing_again() -> None:
    async def story(rig: Rig) -> None:
        strangers(rig)
        assert (await rig.compare()).as_json()["counts"]["parked"] == 2
        before = rig.rows(PARKED)
        await rig.compare()
        assert rig.rows(PARKED) == before
        assert {row.side for row in parked(rig)} == {ERP, DATAVERSE}

    on_stage(story)


@pytest.mark.parametrize(
    ("erp", "dataverse"), [("Northwind Traders", ""), ("Contoso GmbH", "CONTOSO"), ("Müller", "Mueller AG")]
)
def test_a_blank_and_another_spelling_are_no_strangers(erp: str, dataverse: str) -> None:
    async def story(rig: Rig) -> None:
        identity = rig.customer(OrganizationName=erp)
        rig.account(name=dataverse or None)
        assert (await rig.visit(ERP, identity)).kind in {"matched", "updated"}
        assert not parked(rig)

    on_stage(story)


def test_a_policy_couples_strangers(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        pair = strangers(rig)
        await rig.visit(ERP, pair[0])
        assert names(rig) == ("Fabrikam GmbH", "Fabrikam GmbH")

    on_stage(story, maps_with(tmp_path, "policy: {strangers: couple}\n"))


def test_where_no_line_says_what_a_record_is_called_its_number_is_enough(tmp_path: Path) -> None:
    async def story(rig: Rig) -> None:
        pair = strangers(rig)
        await rig.visit(ERP, pair[0])
        assert names(rig) == ("Fabrikam GmbH", "Fabrikam GmbH")

    on_stage(story, maps_with(tmp_path, "name: []\n"))


@pytest.mark.parametrize("looked", ["before", "never"])
def test_a_person_couples_strangers_by_hand(looked: str) -> None:
    """What the row says to do works, and both rows go."""

    async def story(rig: Rig) -> None:
        identity, row_id = strangers(rig)
        if looked == "before":
            await rig.compare()
        await couple(rig.flow(), identity, row_id)
        assert names(rig) == ("Fabrikam GmbH", "Fabrikam GmbH")
        assert not parked(rig)

    on_stage(story)


@pytest.mark.parametrize("mended", ["the number", "the name"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_corrected_number_or_name_sets_both_free(mended: str, side: Side) -> None:
    """Whichever side it is corrected on, one compare pass later both are in sync."""

    async def story(rig: Rig) -> None:
        _, row_id = strangers(rig)
        await rig.compare()
        if mended == "the name":
            rig.edit(OrganizationName="Fabrikam") if side == ERP else rig.change(row_id, name="Northwind")
        elif side == ERP:
            key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
            rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "US-002"})
        else:
            rig.change(row_id, accountnumber="US-002")
        await rig.compare()
        assert not parked(rig)
        assert len(rig.couplings()) == (1 if mended == "the name" else 2)

    on_stage(story)


@pytest.mark.parametrize("way", ["couple", "its number", "the other's number", "the name"])
@pytest.mark.parametrize("fault", ["lost", "unanswered", "late"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_stranger_that_gets_the_number_of_what_is_being_created_can_be_told_from_it(
    side: Side, fault: str, way: str
) -> None:
    """No answer came, and somebody else was quicker: it is shown, no look writes anything, and every way out works."""
    step = "dataverse create" if side == ERP else "finops create"

    async def story(rig: Rig) -> None:
        ours: tuple[str, ...] = rig.customer() if side == ERP else (rig.account(),)
        rig.world.weather.orders[step] = fault

        def quicker() -> None:
            if side == ERP:
                rig.account(name="Fabrikam GmbH")
            else:
                rig.customer(OrganizationName="Fabrikam GmbH")

        rig.world.weather.strike = at_first(step, quicker)
        await rig.visit(side, ours)
        rig.world.weather.strike = None
        for _ in range(2):
            await asyncio.sleep(3600)
            await rig.pump()
            await rig.compare()
        rows, writes = [rig.rows(prefix) for prefix in ("d~", "p~", "h~")], rig.writes()
        await asyncio.sleep(3600)
        await rig.pump()
        await rig.compare()
        assert ([rig.rows(prefix) for prefix in ("d~", "p~", "h~")], rig.writes()) == (rows, writes)
        assert "stranger" in {str(each.items[0]["code"]) for each in parked(rig)}
        assert rig.counts()["hints"] == 0
        (row_id,) = rig.accounts()
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        if way == "couple":
            await couple(rig.flow(), ("usmf", ACCOUNT), row_id)
        elif way == "the name":
            rig.edit(OrganizationName="Contoso Fabrikam") if side == DATAVERSE else rig.change(row_id, name="Contoso")
        elif (way == "its number") == (side == ERP):
            rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "US-002"})
        else:
            rig.change(row_id, accountnumber="US-002")
        for _ in range(3):
            await asyncio.sleep(3600)
            await rig.pump()
            await rig.compare()
        assert (parked(rig), rig.counts()["hints"]) == ([], 0)
        both = [ACCOUNT, "US-002"] if "number" in way else [ACCOUNT]
        assert all(names(rig, each)[0] == names(rig, each)[1] for each in both)
        assert len(rig.accounts()) == len(both)

    on_stage(story)


def test_a_number_that_is_corrected_at_once_is_not_waited_for_longer_than_a_request_lives() -> None:
    """However often the account is looked at meanwhile."""

    async def story(rig: Rig) -> None:
        row_id = rig.account()
        rig.world.weather.orders["finops create"] = "lost"
        rig.world.weather.strike = at_first("finops create", lambda: rig.customer(OrganizationName="Fabrikam GmbH"))
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.weather.strike = None
        rig.change(row_id, accountnumber="US-002")
        for _ in range(10):
            await asyncio.sleep(300)
            await rig.visit(DATAVERSE, (row_id,))
        assert names(rig, "US-002") == ("Contoso", "Contoso")
        await rig.compare()
        assert names(rig) == ("Fabrikam GmbH", "Fabrikam GmbH")
        assert (parked(rig), rig.counts()["hints"]) == ([], 0)

    on_stage(story)


def test_a_report_lists_every_stranger_and_its_approval_couples_them() -> None:
    """All of them, not samples: more than one row of the ledger holds. The run does what the dry run said."""
    many = LISTED + 5

    async def story(rig: Rig) -> None:
        for number in range(many):
            strangers(rig, f"US-{number:03d}")
        rig.customer("C-1")
        rig.account("C-1")
        told = await planned(rig)
        assert len(told["strangers"]) == many
        assert all(pair["names"] == ["Northwind Traders", "Fabrikam GmbH"] for pair in told["strangers"])
        await approve(rig.house, CUSTOMERS)
        await demand_approval(rig.house, CUSTOMERS)
        tally = (await rig.compare()).as_json()
        assert (told["counts"], told["reasons"]) == (tally["counts"], tally["reasons"])
        assert len(rig.couplings()) == many + 1
        assert names(rig, "US-000") == ("Fabrikam GmbH", "Fabrikam GmbH")

    on_stage(story)


def test_a_report_of_many_slices_lists_the_same_strangers() -> None:
    """Also where every slice is another instance's."""

    async def story(rig: Rig) -> None:
        rig.world.finops.behaviour.max_page_size = rig.world.dataverse.behaviour.max_page_size = 2
        for number in range(7):
            strangers(rig, f"US-{number:03d}")
        job = await start_job(rig.house, "plan", (CUSTOMERS,))
        for _ in range(200):
            job = await work_on(rig.house, job["id"], lambda: True)
            if job["state"] != "running":
                break
        assert len((await report(rig.house, CUSTOMERS))["strangers"]) == 7

    on_stage(story)


def test_an_approval_frees_the_strangers_of_a_running_flow() -> None:
    """They are looked at again by the next pump, and only those that the report listed."""

    async def story(rig: Rig) -> None:
        strangers(rig, "US-001")
        await rig.compare()
        await planned(rig)
        later = strangers(rig, "US-002")
        await approve(rig.house, CUSTOMERS)
        await rig.pump()
        assert names(rig, "US-001") == ("Fabrikam GmbH", "Fabrikam GmbH")
        assert (await rig.visit(ERP, later[0])).codes == ("stranger",)
        assert names(rig, "US-002") == ("Northwind Traders", "Fabrikam GmbH")

    on_stage(story)


def test_a_report_that_nobody_approved_couples_no_strangers() -> None:
    """Nor does one that was approved before the pair was there, and is planned anew since."""

    async def story(rig: Rig) -> None:
        await planned(rig)
        await approve(rig.house, CUSTOMERS)
        pair = strangers(rig)
        await planned(rig)
        assert (await rig.visit(ERP, pair[0])).codes == ("stranger",)

    on_stage(story)


def test_reports_that_are_neither_the_last_nor_approved_leave_no_names_behind() -> None:
    async def story(rig: Rig) -> None:
        strangers(rig)
        await planned(rig)
        await approve(rig.house, CUSTOMERS)
        for _ in range(3):
            await planned(rig)
        assert len(rows_of_strangers(rig)) == 2

    on_stage(story)


def rows_of_strangers(rig: Rig) -> Sequence[str]:
    return [key for key in rig.world.tables.partitions["reports"] if "~strangers~" in key]


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_erasing_a_person_erases_the_names_in_the_reports(side: Side) -> None:
    async def story(rig: Rig) -> None:
        pair = strangers(rig)
        await planned(rig)
        await rig.compare()
        counts = await erase(rig.house, CUSTOMERS, side, one(side, pair), confirmed=True)
        assert (counts[CUSTOMERS]["samples"] >= 1, counts[CUSTOMERS]["parked"], parked(rig)) == (True, 2, [])
        assert [each["names"] for each in (await report(rig.house, CUSTOMERS))["strangers"]] == [["", ""]]

    on_stage(story)


@pytest.mark.parametrize("number", [ACCOUNT, "US-009"])
def test_a_stranger_of_a_claim_that_is_kept_is_looked_at_only(number: str) -> None:
    """Whoever was to create the customer died, and somebody gave its number to another one: passes write nothing.

    Whoever corrects the number of the account sets it free.
    """

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Fabrikam GmbH", telephone1="0123")
        await rig.dies(DATAVERSE, (row_id,), before="finops create")
        rig.customer(OrganizationName="Northwind Traders")
        rig.world.loop.pass_time(3_600)
        rig.change(row_id, accountnumber=number)
        await rig.compare()
        codes = [each["code"] for row in parked(rig) if row.side == DATAVERSE for each in row.items]
        assert codes == (["stranger"] if number == ACCOUNT else [])
        assert (rig.erp("US-009") is not None) == (number == "US-009")
        for _ in range(2):
            rig.world.loop.pass_time(3_600)
            await rig.pump()
        before = rig.rows("")
        await rig.compare()
        assert rig.rows("") == before

    on_stage(story)
