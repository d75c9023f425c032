"""What operators are told: titles, the systems by the names that people use, and ways out that work as said."""

from __future__ import annotations

from typing import Any

import pytest

from shared.mapping import Side
from tests.emulator.wire import Answer
from tests.functions.stage import Stage, context, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled
from tests.functions.test_turned_back import WHERE, put_back
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP
from tests.simulation.test_holds_nothing_up import answers

OPERATIONS = "/api/operations"
COUPLINGS = f"{OPERATIONS}/couplings/{PLACE}"


async def aside(stage: Stage) -> list[dict[str, Any]]:
    """What is set aside, as it is listed."""
    found: list[dict[str, Any]] = (await stage.get(f"{OPERATIONS}/parked/{PLACE}")).json()["records"]
    return found


async def why(stage: Stage, side: str, record: str) -> str:
    body = {"side": side, "identity": record.split(",")}
    return str((await stage.post(f"{OPERATIONS}/records/{PLACE}", body)).json()["why"])


async def synced(stage: Stage, side: str, *identity: str) -> str:
    body = {"what": "record", "side": side, "identity": list(identity)}
    return str((await stage.post(f"{OPERATIONS}/sync/{PLACE}", body)).json()["outcome"])


async def let_run(stage: Stage) -> None:
    """A report is planned and approved, so that records may be written at a person's word."""
    await stage.post(f"{OPERATIONS}/reports/{PLACE}/plan")
    await stage.fire("operations_pump")
    assert (await stage.approve(PLACE)).status_code == 200


def test_strangers_are_listed_under_a_title() -> None:
    """And not under a code."""

    async def story(stage: Stage) -> None:
        stage.rig.account(name="Northwind Traders")
        await stage.rig.visit(ERP, stage.rig.customer(OrganizationName="Fabrikam GmbH"))
        (row,) = await aside(stage)
        assert (row["cause"], row["title"]) == ("stranger:", "only the number matches, and the names do not")

    on_stage(story)


def test_a_record_that_is_set_aside_as_a_whole_says_why() -> None:
    """Its lines are in order: what is shown is the reason, with its way out."""

    async def story(stage: Stage) -> None:
        survivor, row_id = [await coupled(stage.rig, number) for number in ("A-1", "B-1")]
        stage.rig.world.dataverse.merge("accounts", survivor, row_id)
        await stage.event(context(row_id))
        (row,) = await aside(stage)
        for side, record in ((DATAVERSE, row_id), (ERP, "usmf,B-1")):
            assert await why(stage, side, record) == f"it is set aside: {row['items'][0]['message']}"

    on_stage(story)


def test_a_changed_number_that_is_set_back_as_said_is_in_order_again() -> None:
    async def story(stage: Stage) -> None:
        row_id = await coupled(stage.rig)
        stage.rig.change(row_id, accountnumber="US-009")
        await stage.event(context(row_id))
        ((item,),) = [row["items"] for row in await aside(stage)]
        assert f"set it to '{ACCOUNT}' in Dataverse, or uncouple the two" in item["message"]
        stage.rig.change(row_id, accountnumber=ACCOUNT)
        await stage.event(context(row_id))
        assert await aside(stage) == []

    on_stage(story)


def test_a_record_is_coupled_as_the_erp_spells_its_number() -> None:
    """However a person has typed it."""

    async def story(stage: Stage) -> None:
        await let_run(stage)
        row_id = stage.rig.account("D-1")
        stage.rig.customer("E-1")
        done = await stage.post(f"{COUPLINGS}/couple", {"erp": ["USMF", "e-1"], "dataverse": row_id})
        assert done.status_code == 200
        (found,) = stage.rig.couplings()
        assert found.erp == ("usmf", "E-1")

    on_stage(story)


def test_the_systems_are_called_as_people_call_them() -> None:
    """In what is said of a record that is not there, or out of scope."""

    async def story(stage: Stage) -> None:
        await let_run(stage)
        row_id, nobody = await coupled(stage.rig), "00000000-0000-4000-8000-00000000c0de"
        couple = f"{COUPLINGS}/couple"
        problem_of(await stage.post(couple, {"erp": ["usmf", "X"], "dataverse": row_id}), 409, "not exist in the ERP")
        body = {"erp": list(stage.rig.customer("E-1")), "dataverse": nobody}
        problem_of(await stage.post(couple, body), 409, "not exist in Dataverse")
        stage.rig.change(row_id, customertypecode=1)
        assert "outside the scope in Dataverse" in await why(stage, DATAVERSE, row_id)

    on_stage(story)


def test_a_match_that_is_coupled_already_is_named_with_its_partner() -> None:
    """The record that asks is not taken for it."""

    async def story(stage: Stage) -> None:
        await let_run(stage)
        row_id = stage.rig.account("A-1")
        await stage.post(f"{COUPLINGS}/couple", {"erp": list(stage.rig.customer("B-1")), "dataverse": row_id})
        stage.rig.customer("A-1")
        assert await synced(stage, ERP, "usmf", "A-1") == "parked"
        pair = f"usmf B-1 in the ERP with {row_id} in Dataverse"
        assert f"what matches it is coupled already ({pair})" in await why(stage, ERP, "usmf,A-1")
        assert (
            await stage.post(f"{COUPLINGS}/uncouple", {"side": ERP, "identity": ["usmf", "B-1"]})
        ).status_code == 200
        done = await stage.post(f"{COUPLINGS}/couple", {"erp": ["usmf", "A-1"], "dataverse": row_id})
        assert done.json()["reasons"] == []
        assert await why(stage, ERP, "usmf,A-1") == "in sync"

    on_stage(story)


def test_a_delete_that_no_budget_allows_is_named_and_can_be_made_by_hand() -> None:
    """What its row says to do works: the flow goes on, and the two are gone."""

    async def story(stage: Stage) -> None:
        row_id = await coupled(stage.rig)
        await let_run(stage)
        stage.rig.house.deletes = 0
        stage.rig.world.dataverse.delete("accounts", row_id)
        await stage.event(context(row_id, "Delete"))
        await stage.fire("operations_pump")
        assert 'retry the group with {"cause": "held:"}' in await why(stage, ERP, f"usmf,{ACCOUNT}")
        stage.rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await stage.rig.compare()
        assert await why(stage, ERP, f"usmf,{ACCOUNT}") == "deleted: gone on both sides"

    on_stage(story)


def test_a_record_that_looks_turned_back_is_shown_by_its_number() -> None:
    """As other lists show records."""

    async def story(stage: Stage) -> None:
        await put_back(stage)
        (flow,) = (await stage.get(WHERE)).json()["flows"]
        shown = {tuple(each["record"]["erp"]): each["record"]["dataverse"] for each in flow[ERP]["records"]}
        assert shown == {each.erp: each.dataverse for each in stage.rig.couplings()}
        assert "in the ERP (they read as before)" in flow[ERP]["reason"]
        assert (
            "(but no event of CustomersV3 has come for days, so check that its events are registered)"
            in (flow[ERP]["reason"])
        )

    on_stage(story)


def test_a_customer_that_is_hidden_from_us_is_coupled_when_it_is_let_be_seen() -> None:
    """It can be neither found nor created nor coupled by hand before: the message names that way out, too."""

    async def story(stage: Stage) -> None:
        await let_run(stage)
        stage.rig.customer("H-1")
        hidden = stage.rig.world.finops.behaviour.hidden_rows
        hidden["CustomersV3"] = lambda row: row["CustomerAccount"] == "H-1"
        row_id = stage.rig.account("H-1")
        assert await synced(stage, DATAVERSE, row_id) == "parked"
        ((item,),) = [row["items"] for row in await aside(stage)]
        assert "if it is hidden from us, let it be seen and retry; otherwise couple the two" in item["message"]
        hidden.clear()
        await stage.post(f"{OPERATIONS}/parked/{PLACE}/retry", {"side": DATAVERSE})
        await stage.fire("operations_pump")
        assert await why(stage, DATAVERSE, row_id) == "in sync"

    on_stage(story)


@pytest.mark.parametrize("known", [True, False], ids=["known to be away", "not asked before"])
@pytest.mark.parametrize("by", [ERP, DATAVERSE])
@pytest.mark.parametrize("where", ["finops", "dataverse"])
def test_a_record_is_explained_while_a_system_is_away(where: str, by: Side, *, known: bool) -> None:
    """What the ledger knows is told, and which system does not answer; soon enough for whoever asks."""

    async def story(stage: Stage) -> None:
        await let_run(stage)
        row_id = await coupled(stage.rig)
        answers(stage.rig, where, "", Answer(503, {"content-type": "text/html"}, b"<html>Service unavailable</html>"))
        if known:
            stage.rig.edit(PrimaryContactPhone="1")
            await stage.rig.hint(ERP, ("usmf", ACCOUNT))
            await stage.rig.pump()
        began = stage.rig.world.loop.time()
        path, body = f"{OPERATIONS}/records/{PLACE}", {"side": ERP, "identity": ["usmf", ACCOUNT]}
        told = await (stage.post(path, body) if by == ERP else stage.get(f"{path}/dataverse/{row_id}"))
        assert told.status_code == 200
        assert told.json()["state"] == "coupled"
        name = "the ERP" if where == "finops" else "Dataverse"
        assert told.json()["why"].startswith(f"it cannot be looked at, for {name} does not answer: ")
        assert ("columns" in told.json()) is (where == "dataverse")
        assert stage.rig.world.loop.time() - began < 60

    on_stage(story)
