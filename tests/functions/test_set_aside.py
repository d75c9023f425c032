"""What is set aside, how it is sent again, and the explanation of any record, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.ledger import moment
from tests.functions.stage import Stage, on_stage, problem_of
from tests.simulation.rig import ACCOUNT, ERP, coupled

FLOW = "dual_write/customers_v3_accounts"
ROW = str(uuid4())


# -- parked


async def three_troubles(stage: Stage) -> None:
    """Two customers that wait for a group, and an account that the ERP refuses."""
    for account in ("A-1", "A-2"):
        stage.rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": account})
        stage.rig.customer(account, CustomerGroupId=account)
    stage.rig.account(**{"msdyn_customergroupid@odata.bind": None})
    await stage.rig.compare()


def test_everything_that_is_set_aside() -> None:
    """All of them, each with its reason, and how many there are per cause; narrowed down as asked."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        told = (await stage.get(f"/api/operations/parked/{FLOW}")).json()
        assert told["total"] == sum(told["causes"].values()) == len(told["records"]) == 3
        assert all(record["items"][0]["message"] for record in told["records"])
        assert told["titles"].keys() == told["causes"].keys()
        assert "CustomerGroupId = msdyn_customergroupid.msdyn_groupid: it must be filled in" in told["titles"].values()
        for part in ("kind", "side", "cause", "end"):
            for value in {record[part] for record in told["records"]}:
                address = f"/api/operations/parked/{FLOW}?{part}={value.replace('=', '%3D').replace('+', '%2B')}"
                narrowed = (await stage.get(address)).json()
                assert narrowed["records"] == [record for record in told["records"] if record[part] == value]
        one = (await stage.get(f"/api/operations/parked/{FLOW}?limit=1")).json()
        assert (len(one["records"]), one["total"]) == (1, 3)
        problem_of(await stage.get(f"/api/operations/parked/{FLOW}?limit=all"), 400, "'all'")

    on_stage(story)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("parked/dual_write/all?cause=nope:", ("ambiguous", "required", "value-map")),
        ("parked/dual_write/all?cause=require:CustomerGroupId", ("did you mean required?",)),
        ("parked/dual_write/all?cause=required", ("the part before the colon", "required")),
        ("parked/dual_write/all?kind=nope", ("parked or waiting",)),
        ("parked/dual_write/all?side=nope", ("erp or dataverse",)),
        ("parked/dual_write/all?to=nope", ("erp or dataverse",)),
        ("conflicts/dual_write/all?cause=nope:", ("undecided", "overruled")),
        ("conflicts/dual_write/all?cause=undecided", ("undecided", "overruled")),
    ],
)
def test_a_filter_by_what_there_is_not_is_refused_with_what_there_is(asked: str, words: tuple[str, ...]) -> None:
    """An empty list would say that all is well."""

    async def story(stage: Stage) -> None:
        refused = problem_of(await stage.get(f"/api/operations/{asked}"), 400, words[0])
        assert all(word in refused["detail"] for word in words), refused["detail"]

    on_stage(story)


def test_a_cause_of_which_there_is_nothing_is_an_empty_list() -> None:
    async def story(stage: Stage) -> None:
        for asked in ("parked/dual_write/all?cause=required:X", "conflicts/dual_write/all?cause=overruled:X"):
            assert (await stage.get(f"/api/operations/{asked}")).json()["total"] == 0

    on_stage(story)


def test_what_fails_is_listed_with_the_rest_and_retried() -> None:
    async def story(stage: Stage) -> None:
        ledger = stage.rig.flow().ledger
        hint = await ledger.store_hint(ERP, ("usmf", ACCOUNT), "update")
        why = {"kind": "parked", "code": "unanswered", "message": "An unexpected error.", "since": hint.at}
        due = stage.rig.house.clock() + timedelta(days=1)
        await ledger.postpone(hint, due, why)
        (record,) = (await stage.get(f"/api/operations/parked/{FLOW}?kind=parked")).json()["records"]
        assert (record["end"], record["cause"], record["due"]) == (hint.end, "unanswered:", moment(due))
        assert record["items"][0]["message"] == "An unexpected error."
        answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", {"end": hint.end})
        assert answer.json() == {"retried": 1}
        found = await ledger.hint(hint.end)
        assert found is not None
        assert (found.asked, found.due <= moment(stage.rig.house.clock())) == (True, True)

    on_stage(story)


@pytest.mark.parametrize("part", ["end", "cause", "kind", ""])
def test_retry(part: str) -> None:
    """bc-169, bc-184: one record, a group or all of them are looked at again at once, and how many is told."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        records = (await stage.get(f"/api/operations/parked/{FLOW}")).json()["records"]
        body = {part: records[0][part]} if part else None
        expected = [record for record in records if not part or record[part] == records[0][part]]
        answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", body)
        assert (answer.status_code, answer.json()) == (202, {"retried": len(expected)})
        assert stage.rig.counts()["hints"] == len(expected)

    on_stage(story)


def test_a_retry_of_everything_decides_nothing() -> None:
    """bc-162: a deleted account waits for a word: whoever retries all of them has not said it, who names it has."""

    async def story(stage: Stage) -> None:
        await stage.rig.unversioned((ERP, "CustomersV3"))
        stage.rig.world.dataverse.delete("accounts", await coupled(stage.rig))
        await stage.rig.compare()
        (record,) = (await stage.get(f"/api/operations/parked/{FLOW}")).json()["records"]
        assert record["items"][0]["code"] == "deleted"
        for body in (None, {"kind": "parked"}):
            answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", body)
            assert (answer.status_code, answer.json()) == (202, {"retried": 0, "left": 1})
        assert stage.rig.counts()["hints"] == 0
        for part in ("cause", "end"):
            answer = await stage.post(f"/api/operations/parked/{FLOW}/retry", {part: record[part]})
            assert (answer.status_code, answer.json()) == (202, {"retried": 1})
        assert stage.rig.counts()["hints"] == 1

    on_stage(story)


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"end": "d~nothing"}, 404, "d~nothing"),
        ({"cause": "nothing"}, 404, "nothing"),
        ({"ends": "all"}, 400, "'ends'"),
        ({"end": 7}, 400, "a text"),
    ],
)
def test_retries_that_hit_nothing(body: object, status: int, word: str) -> None:
    """A record or group that is not set aside is told, instead of nothing being done in silence."""

    async def story(stage: Stage) -> None:
        await three_troubles(stage)
        problem_of(await stage.post(f"/api/operations/parked/{FLOW}/retry", body), status, word)
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


# -- explain


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"side": "dataverse", "identity": ["US-001"]}, "not the id"),
        ({"side": "erp", "identity": ["US-001"]}, "dataAreaId, CustomerAccount"),
        ({"side": "erp", "identity": ["usmf", ""]}, "none of them empty"),
        ({"side": "crm", "identity": ["1"]}, "erp or dataverse"),
        ({"side": "erp"}, "dataAreaId, CustomerAccount"),
    ],
)
def test_identities_that_are_none(body: dict[str, Any], word: str) -> None:
    """An identity that a side cannot have is told with what it has to look like."""

    async def story(stage: Stage) -> None:
        problem_of(await stage.post(f"/api/operations/records/{FLOW}", body), 400, word)

    on_stage(story)


@pytest.mark.parametrize("number", ["A/1", "A,1", "50%", "#1?", "O'Neil & Söhne", "0010", "😀"])
def test_explain_any_number(number: str) -> None:
    """Any record can be asked for, whatever stands in its number."""

    async def story(stage: Stage) -> None:
        stage.rig.customer(number)
        await stage.rig.compare()
        body = {"side": "erp", "identity": ["usmf", number]}
        answer = await stage.post(f"/api/operations/records/{FLOW}", body)
        assert answer.status_code == 200
        assert (answer.json()["state"], answer.json()["why"]) == ("coupled", "in sync")

    on_stage(story)


def test_no_key_of_a_person_stands_in_an_address() -> None:
    """What is asked for by GET is seen in the telemetry of requests: only ids of Dataverse are."""

    async def story(stage: Stage) -> None:
        assert (await stage.get(f"/api/operations/records/{FLOW}/erp/usmf,{ACCOUNT}")).status_code == 404
        problem_of(await stage.get(f"/api/operations/records/{FLOW}/dataverse/{ACCOUNT}"), 400, "not the id")

    on_stage(story)


def test_explain_a_stranger() -> None:
    """A record that does not exist is told so, and so is one that is outside the flow."""

    async def story(stage: Stage) -> None:
        body = {"side": "erp", "identity": ["usmf", ACCOUNT]}
        stranger = (await stage.post(f"/api/operations/records/{FLOW}", body)).json()
        assert (stranger["state"], stranger["why"]) == ("not coupled", "the record does not exist")
        row_id = stage.rig.account(customertypecode=1)
        outside = (await stage.get(f"/api/operations/records/{FLOW}/dataverse/{row_id}")).json()
        assert "outside" in outside["why"]

    on_stage(story)
