"""Companies to sync: what belongs to another company is left alone, however Koppel hears of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.engine import couple, explain
from shared.errors import Refused
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, GROUPS, Rig, on_stage
from tests.simulation.world import company

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def german(rig: Rig) -> tuple[str, str]:
    """A customer of demf that somebody creates in the ERP; its identity."""
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
    return rig.customer(dataAreaId="demf")


async def german_pair(rig: Rig) -> str:
    """A customer of demf in sync; the id of its account."""
    identity = german(rig)
    await rig.compare(GROUPS)
    outcome = await rig.visit(ERP, identity)
    assert outcome.kind == "created", outcome
    return outcome.dataverse


def customer(rig: Rig) -> Any:
    return rig.world.finops.row("CustomersV3", {"dataAreaId": "demf", "CustomerAccount": ACCOUNT})


def choose(rig: Rig, *codes: str) -> None:
    rig.house.companies = codes


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_an_event_creates_nothing_in_a_company_that_is_left_out(side: Side) -> None:
    """The record is ignored, whichever side it is on, and nothing is left to be done for it."""

    async def story(rig: Rig) -> None:
        choose(rig, "usmf")
        where = f"/cdm_companies({rig.companies['demf']})"
        identity = german(rig) if side == ERP else (rig.account(**{"msdyn_company@odata.bind": where}),)
        outcome = await rig.visit(side, identity)
        assert (outcome.kind, outcome.codes) == ("ignored", ("company",))
        assert (customer(rig) is not None, len(rig.accounts())) == (side == ERP, int(side == DATAVERSE))
        assert (rig.couplings(), rig.counts()["hints"]) == ([], 0)
        assert "demf" in (await explain(rig.flow(), side, identity))["why"]

    on_stage(story)


def test_a_company_that_is_left_out_does_not_read_empty() -> None:
    """A pass does not ask for its records, so that none of them is met, however many are coupled."""

    async def story(rig: Rig) -> None:
        german(rig)
        await rig.compare(GROUPS)
        for number in range(12):
            await rig.visit(ERP, rig.customer(f"DE-{number:02}", dataAreaId="demf"))
        await rig.visit(ERP, rig.customer())
        assert len(rig.couplings()) == 13
        choose(rig, "usmf")
        await rig.compare()
        assert (await rig.state(), rig.counts()["parked"]) == ("running", 0)

    on_stage(story)


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_pair_of_a_company_that_is_left_out_stays_as_it_is(heard: str) -> None:
    """Edits on either side flow no more, and the coupling stands for the day when the company is chosen again."""

    async def story(rig: Rig) -> None:
        row_id = await german_pair(rig)
        before = rig.rows("d~")
        choose(rig, "usmf")
        writes = rig.writes()
        key = {"dataAreaId": "demf", "CustomerAccount": ACCOUNT}
        rig.world.finops.update("CustomersV3", key, {"OrganizationName": "Edited"})
        rig.change(row_id, telephone1="12345")
        await hear(rig, heard, row_id)
        assert (rig.writes(), rig.rows("d~"), rig.counts()["hints"]) == (writes, before, 0)
        assert "demf" in (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"]
        choose(rig, "DEMF", "usmf")
        await hear(rig, "event", row_id)
        assert (customer(rig)["PrimaryContactPhone"], rig.dataverse()["name"]) == ("12345", "Edited")  # type: ignore[index] # it is there

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_delete_in_a_company_that_is_left_out_is_not_carried_over(side: Side, heard: str) -> None:
    """The partner stays, and so does the coupling."""

    async def story(rig: Rig) -> None:
        row_id = await german_pair(rig)
        before = rig.rows("d~")
        choose(rig, "usmf")
        if side == ERP:
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "demf", "CustomerAccount": ACCOUNT})
        else:
            rig.world.dataverse.delete("accounts", row_id)
        await hear(rig, heard, row_id)
        assert (customer(rig) is not None, len(rig.accounts())) == (side == DATAVERSE, int(side == ERP))
        assert rig.rows("d~") == before

    on_stage(story)


def test_what_was_under_way_in_a_company_that_is_left_out_is_not_finished() -> None:
    """An intent whose owner is gone stays as it stands: to finish it would be to write."""

    async def story(rig: Rig) -> None:
        row_id = await german_pair(rig)
        rig.change(row_id, name="Fabrikam")
        await rig.dies(DATAVERSE, (row_id,), before="finops update")
        before = rig.rows("d~")
        choose(rig, "usmf")
        await asyncio.sleep(1200)
        await rig.pump()
        await rig.compare()
        assert (customer(rig)["OrganizationName"], rig.rows("d~")) == ("Contoso", before)
        choose(rig)
        await hear(rig, "event", row_id)
        assert customer(rig)["OrganizationName"] == "Fabrikam"

    on_stage(story)


async def hear(rig: Rig, heard: str, row_id: str) -> None:
    """Koppel hears of both ends of a pair, by an event each or by a pass."""
    if heard == "pass":
        await rig.compare()
        return
    await rig.visit(DATAVERSE, (row_id,))
    await rig.visit(ERP, ("demf", ACCOUNT))


def test_a_company_code_is_written_as_it_is_spelled() -> None:
    """Whatever a company is called, its code travels as a text of its own and breaks out of nothing."""

    async def story(rig: Rig) -> None:
        code = 'a"b'
        choose(rig, code)
        where = f"/cdm_companies({company(rig.world, code)})"
        row_id = rig.account(**{"msdyn_company@odata.bind": where, "msdyn_customergroupid@odata.bind": None})
        outcome = await rig.visit(DATAVERSE, (row_id,))
        assert outcome.kind == "parked"
        told = (await explain(rig.flow(), DATAVERSE, (row_id,)))["open"]
        assert f"The company {code!r} does not exist" in told[0]["items"][0]["message"]

    on_stage(story)


def test_records_of_two_companies_are_not_coupled_by_hand() -> None:
    """They would park at once: nobody moved the account, it was another company's from the beginning."""

    async def story(rig: Rig) -> None:
        identity, row_id = german(rig), rig.account()
        with pytest.raises(Refused, match=r"is of demf and .* of usmf: choose two of one company"):
            await couple(rig.flow(), identity, row_id)
        assert rig.couplings() == []

    on_stage(story)
