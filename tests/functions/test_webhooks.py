"""Events that arrive, good and bad: what is answered, what is remembered, and that nothing else happens."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.ledger import Conflict, Write
from tests.emulator.local import KEYS
from tests.functions.stage import ADDRESS, Stage, context, data_event, on_stage, problem_of
from tests.simulation.rig import ACCOUNT, CUSTOMERS, maps_with

FINOPS = ADDRESS.replace("dataverse", "finops")
ROW = str(uuid4())


# -- refused


@pytest.mark.parametrize("key", ["", "wrong", KEYS["default"] + "x"])
def test_wrong_keys(key: str) -> None:
    """Without a right key the host itself answers, as the real one does: 401, no body, and nothing is stored."""

    async def story(stage: Stage) -> None:
        answer = await stage.post(ADDRESS, context(ROW), key)
        assert (answer.status_code, answer.content) == (401, b"")
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


NOT_EVENTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "no JSON": (b"<html>", "not JSON"),
    "half of JSON": (b'{"PrimaryEntityName": "acc', "not JSON"),
    "not UTF-8": (b'{"PrimaryEntityName": "\xff\xfe"}', "not JSON"),
    "deeper than anybody reads": (b"[" * 100_000, "not JSON"),
    "a list": (b"[]", "not an object"),
    "a number": (b"1e999", "not an object"),
    "an empty object": (b"{}", "RemoteExecutionContext"),
    "no id": (b'{"PrimaryEntityName": "account", "MessageName": "Update"}', "PrimaryEntityId"),
    "not an id": (
        b'{"PrimaryEntityName":"account","PrimaryEntityId":"42","MessageName":"Update"}',
        "'42' is not an id",
    ),
    "numbers": (b'{"PrimaryEntityName": 1, "PrimaryEntityId": 2, "MessageName": 3}', "RemoteExecutionContext"),
    "another table": (
        b'{"PrimaryEntityName":"contact","PrimaryEntityId":"x","MessageName":"Update"}',
        "about 'contact'",
    ),
    "a person's word": (
        b'{"PrimaryEntityName":"account","PrimaryEntityId":"%s","MessageName":"Retry"}' % ROW.encode(),
        "MessageName is 'Retry'; known: Create, Update, Delete",
    ),
    "another letter case": (
        b'{"PrimaryEntityName":"account","PrimaryEntityId":"%s","MessageName":"RETRY"}' % ROW.encode(),
        "known: Create",
    ),
    "a word of ours": (
        b'{"PrimaryEntityName":"account","PrimaryEntityId":"%s","MessageName":"taken"}' % ROW.encode(),
        "known: Create",
    ),
    "33,000 characters": (
        b'{"PrimaryEntityName":"account","PrimaryEntityId":"%s","MessageName":"%s"}' % (ROW.encode(), b"x" * 33_000),
        "known: Create",
    ),
    "half an emoji": (b'{"PrimaryEntityName":"\\ud83d","PrimaryEntityId":"x","MessageName":"Update"}', "about account"),
}


@pytest.mark.parametrize("name", NOT_EVENTS)
def test_what_is_not_an_event_of_dataverse(name: str) -> None:
    """What cannot be an event of this table is a bad request that says what was expected; nothing is stored."""
    body, word = NOT_EVENTS[name]

    async def story(stage: Stage) -> None:
        problem_of(await stage.event(body), 400, word)
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


CUSTOMER = data_event("usmf", ACCOUNT)
NOT_DATA_EVENTS: dict[str, tuple[Mapping[str, Any], str]] = {
    "an event of Dataverse": (context(ROW), "BusinessEventId"),
    "a business event": ({"BusinessEventId": "SalesOrderConfirmedBusinessEvent"}, "not a data event"),
    "a person's word": (data_event("usmf", ACCOUNT, message="Retry"), "not a data event"),
    "33,000 characters": (data_event("usmf", ACCOUNT, message="x" * 33_000), "not a data event"),
    "another entity": ({"BusinessEventId": "CustCustomerGroupEntity_DataEvent_Update"}, "CustCustomerV3Entity"),
    "no key": ({**CUSTOMER, "InputParameters": None}, "dataAreaId"),
    "half a key": (data_event("usmf", ""), "CustomerAccount"),
    "rows of another shape": ({**CUSTOMER, "InputParameters": [{"key": "Target", "value": 7}]}, "dataAreaId"),
    "parameters of another shape": ({**CUSTOMER, "InputParameters": 5}, "dataAreaId"),
    **{
        f"attributes: {shape!r}": (
            {**CUSTOMER, "InputParameters": [{"key": "Target", "value": {"Attributes": shape}}]}, "dataAreaId"
        ) for shape in (5, "text", {"key": "dataAreaId"}, [5], [{"key": 5}])
    },
    **{
        f"a key of another shape: {value!r}": (
            {**CUSTOMER, "InputParameters": [{"key": "Target", "value": {"Attributes": [
                {"key": "dataAreaId", "value": value}, {"key": "CustomerAccount", "value": ACCOUNT}]}}]}, "dataAreaId"
        ) for value in (["usmf"], {"Value": ["usmf"]}, {"Value": {"Value": "usmf"}}, True, {})
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_DATA_EVENTS)
def test_what_is_not_a_data_event(name: str) -> None:
    """The same for finance and operations: without the whole natural key nobody can tell which record changed."""
    body, word = NOT_DATA_EVENTS[name]

    async def story(stage: Stage) -> None:
        problem_of(await stage.event(body, source="finops"), 400, word)
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_large_bodies() -> None:
    """A megabyte is read; more than any system sends is not."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        large = context(row_id, InputParameters=[{"key": "Target", "value": "x" * 1024 * 1024}])
        assert await stage.outcome(large) == "created"
        problem_of(await stage.event(b'"' + b"x" * 3 * 1024 * 1024 + b'"'), 400, "at most 2097152")

    on_stage(story)


@pytest.mark.parametrize("source", ["", "sap", "Dataverse"])
def test_unknown_sources(source: str) -> None:
    """Another source than the flow has is not found, and the known ones are named."""

    async def story(stage: Stage) -> None:
        answer = await stage.post(f"/api/dual_write/customers_v3_accounts/{source}", context(ROW), KEYS["dataverse"])
        if source:
            problem_of(answer, 404, repr(source), "dataverse", "finops")
        else:
            assert answer.status_code == 404

    on_stage(story)


@pytest.mark.parametrize("path", ["/api/dual_write/nobody/dataverse", "/api/nothing/customers_v3_accounts/dataverse"])
def test_unknown_flows(path: str) -> None:
    """No function answers for a flow that does not exist: the host says 404 itself."""

    async def story(stage: Stage) -> None:
        assert (await stage.post(path, context(ROW))).status_code == 404

    on_stage(story)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_wrong_methods(method: str) -> None:
    """Events are posted; the host answers 404 to any other method, as the real one does."""

    async def story(stage: Stage) -> None:
        answer = await stage.client.request(method, ADDRESS, headers={"x-functions-key": KEYS["dataverse"]})
        assert answer.status_code == 404

    on_stage(story)


# -- taken


def test_an_event_reaches_the_other_side_before_it_is_answered() -> None:
    """A record that can be brought into agreement at once is; nothing is left to do."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account(name="Fabrikam")
        assert await stage.outcome(context(row_id, "Create")) == "created"
        customer = stage.rig.erp()
        assert customer is not None
        assert customer["OrganizationName"] == "Fabrikam"
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_a_data_event_reaches_the_other_side() -> None:
    """The same from finance and operations, by the natural key."""

    async def story(stage: Stage) -> None:
        identity = stage.rig.customer()
        assert await stage.outcome(data_event(*identity, message="Create"), FINOPS) == "created"
        assert stage.rig.dataverse() is not None

    on_stage(story)


def test_every_event_of_the_twins_is_understood() -> None:
    """Whatever the two systems send about a customer, in their own shapes, is taken."""

    async def story(stage: Stage) -> None:
        world = stage.rig.world
        world.finops.activate("CustomersV3", "http://koppel/finops", {})
        stage.rig.customer()
        stage.rig.edit(OrganizationName="Fabrikam")
        world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        for delivery in world.finops.outbox:
            assert (await stage.event(delivery.body, source="finops")).status_code == 202

    on_stage(story)


@pytest.mark.parametrize("state", ["created", "equal", "nobody's", "paused"])
def test_who_sends_events_learns_nothing(state: str) -> None:
    """Whether there is such a record, whether it is in agreement, whether its flow runs: the answer is the same."""

    async def story(stage: Stage) -> None:
        row_id = ROW if state == "nobody's" else stage.rig.account()
        if state == "equal":
            await stage.event(context(row_id))
        elif state == "paused":
            await stage.post("/api/operations/flows/dual_write/customers_v3_accounts/pause")
        for body, source in ((context(row_id), "dataverse"), (data_event("usmf", ACCOUNT), "finops")):
            answer = await stage.event(body, source=source)
            assert (answer.status_code, answer.content) == (202, b"")

    on_stage(story)


def test_a_body_cut_down_for_its_size() -> None:
    """Over 256 KB Dataverse leaves rows and parameters out: ids are all that is needed."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        cut = context(row_id, InputParameters=None, ParentContext=None, PreEntityImages=None, PostEntityImages=None)
        assert await stage.outcome(cut, **{"x-ms-dynamics-msg-size-exceeded": "true"}) == "created"

    on_stage(story)


def test_the_same_event_twice() -> None:
    """A repeated event finds both sides equal and writes nothing."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id))
        before = stage.rig.writes()
        assert await stage.outcome(context(row_id)) == "equal"
        assert stage.rig.writes() == before

    on_stage(story)


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_our_own_write_comes_back(depth: int) -> None:
    """An event with our tag, in its context or one around it, of our own user, is dropped unread."""

    async def story(stage: Stage) -> None:
        body = context(ROW, SharedVariables=[{"key": "tag", "value": "koppel"}])
        for _ in range(depth):
            body = context(ROW, SharedVariables=[], ParentContext=body)
        body["InitiatingUserId"] = (await stage.rig.house.dataverse.user()).upper()
        assert await stage.outcome(body) == "ours"
        requests = len(stage.rig.world.requests)
        assert await stage.outcome(body) == "ours"
        assert len(stage.rig.world.requests) == requests

    on_stage(story)


@pytest.mark.parametrize("who", ["somebody else", "nobody", "another shape"])
def test_a_user_who_sends_our_tag_is_heard(who: str) -> None:
    """Anybody may write with `?tag=koppel`: an edit of theirs is visited at once, as any other."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        ours = await stage.rig.house.dataverse.user()
        said: dict[str, Any] = {"somebody else": str(UUID(int=7)), "nobody": None, "another shape": [ours]}
        body = context(row_id, "Create", SharedVariables=TAGGED, InitiatingUserId=said[who])
        assert await stage.outcome(body) != "ours"
        assert stage.rig.erp() is not None

    on_stage(story)


@pytest.mark.parametrize("member", ["SharedVariables", "ParentContext", "InputParameters", "PrimaryEntityId around it"])
@pytest.mark.parametrize("shape", [5, "tag", True, {"key": "tag"}, ["tag"], [["tag", "koppel"]]], ids=str)
def test_contexts_of_another_shape(member: str, shape: Any) -> None:
    """Only what a context says in its own form counts as our tag; whatever else stands there, it is news."""

    async def story(stage: Stage) -> None:
        body = context(ROW, **{member: shape})
        if member == "PrimaryEntityId around it":
            shared = [{"key": "tag", "value": "koppel"}]
            body = context(ROW, SharedVariables=shared, ParentContext={**context(ROW), "PrimaryEntityId": shape})
        assert await stage.outcome(body) != "ours"

    on_stage(story)


@pytest.mark.parametrize(("around", "outcome"), [(str(UUID(int=1)), "gone"), (str(UUID(int=0)), "ours")])
def test_what_our_own_write_did_elsewhere(around: str, outcome: str) -> None:
    """Rows that the platform deletes because we deleted another are news; rows of a request for many are not."""

    async def story(stage: Stage) -> None:
        shared = [{"key": "tag", "value": "koppel"}]
        request = {**context(around, "Delete"), "SharedVariables": shared}
        ours = await stage.rig.house.dataverse.user()
        body = context(ROW, "Delete", SharedVariables=shared, ParentContext=request, InitiatingUserId=ours)
        assert await stage.outcome(body) == outcome

    on_stage(story)


def test_an_unknown_record() -> None:
    """An event about a record that nobody can see yet is kept and looked at again; in the end it is let go."""

    async def story(stage: Stage) -> None:
        assert await stage.outcome(context(ROW, "Create")) == "kept"
        assert stage.rig.counts()["hints"] == 1
        for _ in range(10):
            await stage.pass_time(600)
            await stage.fire("operations_pump")
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_an_event_overtakes_its_row() -> None:
    """An event that is faster than its row's transaction loses nothing: the row is found at a later look."""

    async def story(stage: Stage) -> None:
        assert (await stage.event(data_event("usmf", ACCOUNT, message="Create"), source="finops")).status_code == 202
        stage.rig.customer()
        await stage.pass_time(60)
        await stage.fire("operations_pump")
        assert stage.rig.dataverse() is not None
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_a_deleted_record() -> None:
    """The event of a delete carries it over; a late update of the same record changes nothing more."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        stage.rig.world.dataverse.delete("accounts", row_id)
        assert await stage.outcome(context(row_id, "Delete")) == "deleted"
        assert stage.rig.erp() is None
        assert await stage.outcome(context(row_id, "Delete")) == "gone"
        assert stage.rig.counts()["parked"] == 0

    on_stage(story)


@pytest.mark.parametrize(
    ("around", "message", "outcome"),
    [
        (str(UUID(int=1)), "Delete", "parked"),
        (str(UUID(int=1)), "BulkDelete", "deleted"),
        (str(UUID(int=0)), "Delete", "deleted"),
        ("itself", "Delete", "deleted"),
    ],
)
def test_a_record_that_was_deleted_along_with_another(around: str, message: str, outcome: str) -> None:
    """The context around the event tells: nobody asked for that delete, and it is not carried over."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        stage.rig.world.dataverse.delete("accounts", row_id)
        request = context(row_id if around == "itself" else around, message, "contact")
        body = context(row_id, "Delete", ParentContext={**request, "ParentContext": None})
        assert await stage.outcome(body) == outcome
        assert (stage.rig.erp() is None) == (outcome == "deleted")

    on_stage(story)


# -- a flow that does not take events now


def pointing(row_id: str, message: str, *pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    """An event of a quote whose customer is each of these: a table and an id, the last one as it was before."""
    rows = [{"key": "customerid", "value": {"LogicalName": table, "Id": each.upper()}} for table, each in pairs]
    target = {"key": "Target", "value": {"Attributes": rows[:1]}}
    image = {"key": "before", "value": {"Attributes": rows[1:]}}
    return context(row_id, message, "quote", InputParameters=[target], PreEntityImages=[image], **more)


TAGGED = [{"key": "tag", "value": "koppel"}]


@pytest.mark.parametrize("more", [{}, {"SharedVariables": TAGGED}], ids=["a person's", "our own"])
def test_an_event_of_a_table_that_wakes_the_flow(tmp_path: Path, more: dict[str, Any]) -> None:
    """Both records are visited at once, the one that it points to and the one that it did, whoever wrote there."""

    async def story(stage: Stage) -> None:
        one, two = stage.rig.account(), stage.rig.account("US-002", name="Fabrikam")
        body = pointing(ROW, "Update", ("account", one), ("account", two), **more)
        assert await stage.outcome(body) == "created, created"
        assert stage.rig.erp("US-002") is not None
        assert stage.rig.counts()["hints"] == 0

    on_stage(story, maps=maps_with(tmp_path, "woken_by: [quotes(customerid)]\n"))


@pytest.mark.parametrize(
    "body",
    [
        pointing(ROW, "Create", ("contact", ROW)),
        pointing(ROW, "Delete"),
        context(ROW, "Update", "quote", InputParameters=None, PreEntityImages=None),
        context(
            ROW, "Update", "quote", InputParameters=7, PreEntityImages=[7, {"value": 7}, {"value": {"Attributes": 7}}]
        ),
        context(
            ROW, "Update", "quote", PreEntityImages=[{"value": {"Attributes": [{"key": "customerid", "value": 7}]}}]
        ),
    ],
    ids=["a person's", "nobody's", "cut down", "another shape", "a lookup of another shape"],
)
def test_an_event_that_wakes_nobody(tmp_path: Path, body: dict[str, Any]) -> None:
    """What points to no record of the flow, or does not say to whom, is taken and remembered for nobody."""

    async def story(stage: Stage) -> None:
        assert await stage.outcome(body) == "nobody"
        assert stage.rig.counts()["hints"] == 0

    on_stage(story, maps=maps_with(tmp_path, "woken_by: [quotes(customerid)]\n"))


@pytest.mark.parametrize(("action", "outcome", "hints"), [("pause", "paused", 1), ("stop", "not running", 0)])
def test_flows_that_do_not_run(action: str, outcome: str, hints: int) -> None:
    """A paused flow keeps the hint for later, a stopped one keeps no queue."""

    async def story(stage: Stage) -> None:
        assert (await stage.post(f"/api/operations/flows/dual_write/customers_v3_accounts/{action}")).status_code == 202
        row_id = stage.rig.account()
        assert await stage.outcome(context(row_id, "Create")) == outcome
        assert stage.rig.counts()["hints"] == hints
        assert stage.rig.erp() is None

    on_stage(story)


COPY = str(UUID(int=0xC0DE))
"""The organisation of a copy."""


@pytest.mark.parametrize("began", ["just now", "long ago"])
def test_an_event_of_another_environment_writes_nothing(began: str) -> None:
    """Another organisation stands where the couplings were made: everything pauses, and the hint is kept."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        if began == "just now":
            stage.rig.house.environment_checked = None
        else:
            await stage.pass_time(120)
        stage.rig.world.dataverse.environment.organization_id = COPY
        stage.rig.change(row_id, name="Restored")
        assert await stage.outcome(context(row_id)) == "later"
        assert stage.rig.both("OrganizationName", "name") == ("Contoso", "Restored")
        assert (await stage.rig.state(), stage.rig.counts()["hints"]) == ("paused", 1)

    on_stage(story)


def test_the_timer_of_a_flow_writes_nothing_to_another_environment() -> None:
    """It looks where it is before it catches up."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        await stage.event(context(row_id, "Create"))
        stage.rig.world.dataverse.environment.organization_id = COPY
        stage.rig.change(row_id, name="Restored")
        await stage.fire("dual_write_customers_v3_accounts_catch_up")
        await stage.pass_time(60)
        assert stage.rig.both("OrganizationName", "name") == ("Contoso", "Restored")
        assert await stage.rig.state() == "paused"

    on_stage(story)


def test_events_do_not_ask_for_the_environment_each() -> None:
    """Many at once share one question, and those of the next minute ask none."""

    async def story(stage: Stage) -> None:
        await stage.event(context(ROW))
        stage.rig.house.environment_checked = None
        before = len(stage.rig.world.requests)
        await asyncio.gather(*(stage.event(context(str(UUID(int=number)))) for number in range(1, 9)))
        await stage.event(context(ROW))
        assert sum("WhoAmI" in what for _, _, what, _ in stage.rig.world.requests[before:]) == 1

    on_stage(story)


# -- when something is away


def test_the_ledger_is_away() -> None:
    """An event that cannot be stored is answered 503: the sender repeats it."""

    async def story(stage: Stage) -> None:
        stage.weather.outage["ledger"] = math.inf
        told = problem_of(await stage.event(context(ROW)), 503, "send it again")
        assert "ledger" not in told["detail"]
        stage.weather.outage.clear()
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_a_ledger_that_is_busy_is_answered_so_that_the_event_comes_again() -> None:
    """Dataverse repeats an event that is answered with 503, and no other."""

    async def story(stage: Stage) -> None:
        row_id, tables = stage.rig.account(), stage.rig.world.tables
        genuine = tables.apply

        def busy(partition: str, writes: Sequence[Write]) -> Sequence[str]:
            if any(write.key.startswith("h~") for write in writes):
                raise Conflict(0)
            return genuine(partition, writes)

        tables.apply = busy  # type: ignore[method-assign] # the twin of a table at which many are at work
        assert (await stage.event(context(row_id, "Create"))).status_code == 503

    on_stage(story)


def test_a_slow_system() -> None:
    """A visit that takes longer than a webhook may is answered 202 all the same, and goes on by itself."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        stage.weather.latency = 30.0
        assert await stage.outcome(context(row_id, "Create")) == "later"
        stage.weather.latency = 0.05
        await stage.pass_time(600)
        await stage.fire("operations_pump")
        assert stage.rig.erp() is not None
        assert stage.rig.counts()["hints"] == 0

    on_stage(story)


def test_many_events_at_once() -> None:
    """Ten events about one record at once end with one record on the other side."""

    async def story(stage: Stage) -> None:
        row_id = stage.rig.account()
        answers = await asyncio.gather(*(stage.event(context(row_id)) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        await stage.pass_time(600)
        await stage.fire("operations_pump")
        assert len(list(stage.rig.world.finops.rows("CustomersV3"))) == 1
        assert stage.rig.counts()["hints"] == 0
        assert await stage.rig.state(CUSTOMERS) == "running"

    on_stage(story)
