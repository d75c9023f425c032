"""One way to name a record, in every route: its side, and its identity or a key that people know."""

from __future__ import annotations

from typing import Any

import pytest

from functions.operators import WITH_KEY
from shared.engine import sync_now
from tests.functions.stage import Stage, on_stage, problem_of
from tests.functions.test_decisions import PLACE, coupled, quarrel
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP

OPERATIONS = "/api/operations"
PEOPLE = "dual_write/customers_v3_contacts"


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
@pytest.mark.parametrize("key", [ACCOUNT, ACCOUNT.lower(), "Contoso Ltd"])
def test_a_record_is_asked_for_by_its_number_or_its_name(side: str, key: str) -> None:
    """On either side; the answer names it by its identity."""

    async def story(stage: Stage) -> None:
        row_id = await coupled(stage.rig)
        stage.rig.edit(OrganizationName="Contoso Ltd")
        await stage.rig.visit(ERP, ("usmf", ACCOUNT))
        told = (await stage.post(f"{OPERATIONS}/records/{PLACE}", {"side": side, "key": key})).json()
        identity = ["usmf", ACCOUNT] if side == ERP else [row_id]
        assert (told["state"], told["side"], told["identity"]) == ("coupled", side, identity)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_person_is_asked_for_by_the_whole_name(side: str) -> None:
    """It stands in two fields, of several words each."""

    async def story(stage: Stage) -> None:
        name = {"PersonFirstName": "Ada Maria", "PersonLastName": "de Vries", "OrganizationName": ""}
        identity = stage.rig.customer("P-1", PartyType="Person", **name)
        await sync_now(stage.rig.house.flow(PEOPLE.replace("/", ".")), ERP, identity)
        told = (await stage.post(f"{OPERATIONS}/records/{PEOPLE}", {"side": side, "key": "Ada Maria de Vries"})).json()
        assert told["state"] == "coupled", told

    on_stage(story)


SEVERAL: list[tuple[dict[str, Any], int, tuple[str, ...]]] = [
    ({"side": ERP, "key": "Same"}, 409, ("2 records in the ERP", "usmf A-1", "usmf A-2", "name one by its identity")),
    ({"side": ERP, "key": "Nobody"}, 404, ("CustomerAccount or OrganizationName", "Nobody")),
    ({"side": DATAVERSE, "key": "Nobody"}, 404, ("accountnumber or name", "Nobody")),
    ({"side": ERP, "key": "A-1", "company": "demf"}, 404, ("in demf",)),
    ({"side": ERP, "key": " "}, 400, ("1 to 200 characters",)),
    ({"side": ERP, "key": "x" * 201}, 400, ("1 to 200 characters",)),
    ({"side": ERP, "key": "A-1", "identity": ["usmf", "A-1"]}, 400, ("not by both",)),
    ({"side": ERP, "identity": ["usmf", "A-1"], "company": "usmf"}, 400, ("company goes with key",)),
    ({"key": "A-1"}, 400, ("side is missing", "use erp or dataverse", '"key"')),
    ({"sid": ERP, "key": "A-1"}, 400, ("'sid'", "did you mean side?")),
    ({"side": "ERPs", "key": "A-1"}, 400, ("use erp or dataverse: erp, if that is meant",)),
    ({"side": ERP, "identity": "A-1"}, 400, ("[dataAreaId, CustomerAccount]", '{"side": "erp", "key": ...}')),
    (
        {"side": DATAVERSE, "identity": ["A-1"]},
        400,
        ("not the id", '"key": ...', "accountnumber"),
    ),
]


@pytest.mark.parametrize(("body", "status", "words"), SEVERAL)
def test_a_name_that_means_no_record_or_several(body: dict[str, Any], status: int, words: tuple[str, ...]) -> None:
    """The refusal says what there is, and how the record is named."""

    async def story(stage: Stage) -> None:
        for account in ("A-1", "A-2"):
            stage.rig.customer(account, OrganizationName="Same")
        problem_of(await stage.post(f"{OPERATIONS}/records/{PLACE}", body), status, *words)

    on_stage(story)


def test_of_records_of_one_number_the_one_of_a_company() -> None:
    """Each company has its own numbers."""

    async def story(stage: Stage) -> None:
        stage.rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        for company in ("usmf", "demf"):
            stage.rig.customer("A-1", dataAreaId=company)
        asked = {"side": ERP, "key": "A-1"}
        problem_of(await stage.post(f"{OPERATIONS}/records/{PLACE}", asked), 409, "say its company")
        told = (await stage.post(f"{OPERATIONS}/records/{PLACE}", {**asked, "company": "DEMF"})).json()
        assert told["identity"] == ["demf", "A-1"]

    on_stage(story)


def test_a_record_that_is_gone_is_known_by_the_number_that_it_had() -> None:
    """So its tombstone can be asked for, and cleared."""

    async def story(stage: Stage) -> None:
        await coupled(stage.rig)
        stage.rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        told = (await stage.post(f"{OPERATIONS}/records/{PLACE}", {"side": ERP, "key": ACCOUNT})).json()
        assert told["identity"] == ["usmf", ACCOUNT]
        assert "gone in the ERP" in told["why"]

    on_stage(story)


def test_every_action_on_one_record_takes_its_number() -> None:
    """Sync, retry, couple, uncouple, clear and erase are told the same record in the same words."""

    async def story(stage: Stage) -> None:
        rig, by_name = stage.rig, {"side": DATAVERSE, "key": "D-1"}
        row_id, identity = rig.account("D-1"), rig.customer("E-1")
        couplings = f"{OPERATIONS}/couplings/{PLACE}"
        done = await stage.post(f"{couplings}/couple", {"erp": "E-1", "dataverse": "D-1"})
        assert (done.json()["erp"], done.json()["dataverse"]) == ([*identity], row_id)
        retried = await stage.post(f"{OPERATIONS}/parked/{PLACE}/retry", by_name)
        assert retried.json() == {"retried": 1}
        assert "outcome" in (await stage.post(f"{OPERATIONS}/sync/{PLACE}", by_name)).json()
        for action, what in (("uncouple", f"uncoupled by {WITH_KEY}"), ("clear", "tombstone cleared")):
            answer = (await stage.post(f"{couplings}/{action}", by_name)).json()
            assert (answer["what"], answer["side"], answer["identity"]) == (what, DATAVERSE, [row_id])
        assert "would erase" in (await stage.post(f"{couplings}/erase", by_name)).json()
        both = {"erp": {"identity": [*identity]}, "dataverse": {"side": DATAVERSE, "identity": [row_id]}}
        problem_of(await stage.post(f"{couplings}/couple", both), 409, "has another partner")
        wrong = {"erp": {"side": DATAVERSE, "key": "x"}, "dataverse": row_id}
        problem_of(await stage.post(f"{couplings}/couple", wrong), 400, "a record of that side")

    on_stage(story)


def test_every_row_of_a_list_names_its_record_as_a_request_does() -> None:
    """What a list tells can be sent as it is."""

    async def story(stage: Stage) -> None:
        row_id = await quarrel(stage.rig)
        group = {"dataAreaId": "usmf", "CustomerGroupId": "new"}
        stage.rig.world.finops.create("CustomerGroups", group)
        await stage.rig.visit(ERP, stage.rig.customer("A-1", CustomerGroupId="new"))
        rows = (await stage.get(f"{OPERATIONS}/conflicts/{PLACE}")).json()["conflicts"]
        rows += (await stage.get(f"{OPERATIONS}/parked/{PLACE}")).json()["records"]
        assert (rows[0]["side"], rows[0]["identity"], rows[0]["record"]["dataverse"]) == (
            ERP,
            ["usmf", ACCOUNT],
            row_id,
        )
        for row in rows:
            body = {"side": row["side"], "identity": row["identity"]}
            told = (await stage.post(f"{OPERATIONS}/records/{PLACE}", body)).json()
            assert told["flow"] == CUSTOMERS

    on_stage(story)
