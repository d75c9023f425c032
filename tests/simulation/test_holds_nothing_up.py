"""One bad record holds nothing else up: it is listed with the system's words, and tried again by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.engine import Wake, explain
from shared.ledger import PARKED, Trouble, read_trouble
from tests.emulator.wire import Answer, Request
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, on_stage

ID = ("usmf", ACCOUNT)
OTHER = "US-002"
HOUR = 3600.0
Story = Callable[[Rig], Awaitable[None]]


def refusal(status: int, code: str, message: str) -> Answer:
    """How Dataverse says no."""
    body = json.dumps({"error": {"code": code, "message": message}})
    return Answer(status, {"content-type": "application/json"}, body.encode())


async def failing(rig: Rig) -> list[Trouble]:
    """What is listed because the visits to it fail."""
    return [each async for each in rig.flow().ledger.failing()]


def parked(rig: Rig) -> list[dict[str, Any]]:
    return [dict(item) for row in rig.rows(PARKED) for item in read_trouble(row).items]


def answers(rig: Rig, where: str, path: str, answer: Answer, *, method: str = "") -> list[str]:
    """From now on a system answers just so to requests for this path; the list of them. Clearing `path` ends it."""
    service: Any = {"dataverse": rig.world.dataverse, "finops": rig.world.finops}[where]
    seen = list[str]()

    def handle(request: Request) -> Answer:
        text = f"{request.method} {request.decoded_path} {request.body.decode('utf-8', 'replace')}"
        if path in text and method in text:
            seen.append(request.method)
            return answer
        found: Answer = service.handle(request)
        return found

    for client in rig.world.clients:
        client.services = {**client.services, _HOSTS[where]: _Service(handle)}  # type: ignore[attr-defined] # ours
    return seen


class _Service:
    def __init__(self, handle: Callable[[Request], Answer]) -> None:
        self.handle = handle


_HOSTS = {"dataverse": "127.0.0.1:7081", "finops": "127.0.0.1:7082"}


def healed(rig: Rig) -> None:
    """Both systems answer as ever."""
    services = {_HOSTS["dataverse"]: rig.world.dataverse, _HOSTS["finops"]: rig.world.finops}
    for client in rig.world.clients:
        client.services = services  # type: ignore[attr-defined] # ours


async def pumped_for(rig: Rig, seconds: float) -> None:
    """The pump runs every five minutes for so long."""
    until = rig.world.loop.time() + seconds
    while rig.world.loop.time() < until:
        await rig.pump()
        await asyncio.sleep(300.0)


# -- rights on one record, or one column


def test_a_record_that_may_not_be_written_is_parked_and_the_flow_runs_on() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, OTHER)
        rig.world.dataverse.behaviour.withheld_rows["accounts", "update"] = {row_id}
        rig.edit(PrimaryContactPhone="1", SalesMemo="x")
        rig.edit(OTHER, PrimaryContactPhone="2")
        await rig.compare()
        assert (await rig.state(), rig.both("PrimaryContactPhone", "telephone1", OTHER)) == ("running", ("2", "2"))
        assert {item["code"] for item in parked(rig)} == {"withheld"}
        assert all("AccessCheckEx" in item["message"] for item in parked(rig))
        rig.world.dataverse.behaviour.withheld_rows.clear()
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert (rig.both("PrimaryContactPhone", "telephone1"), parked(rig)) == (("1", "1"), [])

    on_stage(story)


def test_what_is_refused_for_the_record_as_a_whole_is_sent_once() -> None:
    """Nobody looks by halves for the line that is at fault, where none is."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.dataverse.behaviour.withheld_rows["accounts", "update"] = {row_id}
        rig.edit(PrimaryContactPhone="1", SalesMemo="x", PrimaryContactFax="2", OrganizationName="y")
        before = len(rig.world.requests)
        assert (await rig.visit(ERP, ID)).kind == "parked"
        assert sum("PATCH" in each[2] for each in rig.world.requests[before:]) == 1
        assert len(parked(rig)) == 4

    on_stage(story)


def test_a_secured_column_parks_its_line_and_no_other() -> None:
    """Also if it is secured after we looked which columns are."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PrimaryContactFax="1")
        rig.world.dataverse.behaviour.secured_columns["accounts", "fax"] = frozenset({"read"})
        rig.edit(PrimaryContactFax="2", OrganizationName="Contoso Ltd")
        assert (await rig.visit(ERP, ID)).kind == "parked"
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")
        (item,) = parked(rig)
        assert (item["line"], item["code"]) == ("PrimaryContactFax = fax", "withheld")

    on_stage(story)


def test_an_event_about_a_row_that_may_not_be_read_pauses_nobody() -> None:
    async def story(rig: Rig) -> None:
        row_id = rig.account(number="US-009")
        rig.world.dataverse.behaviour.withheld_rows["accounts", "read"] = {row_id}
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        (row,) = await failing(rig)
        assert (await rig.state(), row.kind, row.identity) == ("running", "parked", (row_id,))
        assert (row.cause, "AccessCheckEx" in row.items[0]["message"]) == ("withheld:", True)

    on_stage(story)


def test_a_privilege_on_the_table_stops_the_flow() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.world.dataverse.behaviour.missing_privileges = {"prvWriteaccount"}
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        await rig.pump()
        assert await rig.state() == "paused"

    on_stage(story)


# -- requests that never succeed

BROKEN = refusal(500, "0x80040216", "An unexpected error.")
MOVED = refusal(412, "0x80060882", "The version differs.")


@pytest.mark.parametrize("answer", [BROKEN, MOVED], ids=["500", "412"])
def test_a_record_whose_writes_never_succeed_is_tried_later_and_later_and_listed(answer: Answer) -> None:
    """At once as waiting, after some tries as parked, with the server's words; the day it works it needs nobody."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        tried = answers(rig, "dataverse", row_id, answer, method="PATCH")
        await rig.pump()
        (row,) = await failing(rig)
        assert (row.kind, row.end[:2]) == ("waiting", "e~")
        words = "An unexpected error." if answer is BROKEN else "The version differs."
        assert words in row.items[0]["message"]
        await pumped_for(rig, 6 * HOUR)
        (row,) = await failing(rig)
        assert (row.kind, await rig.state()) == ("parked", "running")
        assert len(tried) <= 2 * 12 + 6
        healed(rig)
        await asyncio.sleep(24 * HOUR)
        await rig.pump()
        await rig.pump()
        assert (rig.both("PrimaryContactPhone", "telephone1"), await failing(rig)) == (("1", "1"), [])
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_pauses_grow_to_a_day_and_events_do_not_shorten_what_is_known() -> None:
    """An event is a new try, and no new beginning; a person's retry is one."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        answers(rig, "dataverse", row_id, BROKEN, method="GET")
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        for _ in range(14):
            await rig.pump()
            await asyncio.sleep(24 * HOUR)
        await rig.hint(ERP, ID)
        await rig.pump()
        (row,) = await failing(rig)
        now = rig.world.loop.clock()
        assert row.due > (now + timedelta(hours=23)).isoformat()
        await rig.flow().ledger.ask(ERP, ID)
        await rig.pump()
        (row,) = await failing(rig)
        assert (row.tries, row.kind) == (1, "waiting")

    on_stage(story)


def test_a_visit_that_is_never_answered_ends_and_others_have_their_turn() -> None:
    async def story(rig: Rig) -> None:
        await coupled(rig)
        await coupled(rig, OTHER)
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)

        async def silent(_sender: int, step: str, _what: str) -> None:
            if step == "dataverse update":
                await asyncio.sleep(10_000.0)

        rig.world.weather.gate = silent
        before = rig.world.loop.time()
        await asyncio.wait_for(rig.world.instance(rig.pump())[1], 1_000)
        assert rig.world.loop.time() - before <= 1.1 * rig.house.options.visit.total_seconds()
        (row,) = await failing(rig)
        assert (row.kind, row.cause) == ("waiting", "unsettled:")

    on_stage(story)


# -- a page that is not from the service


@pytest.mark.parametrize("status", [302, 400, 403, 404, 405])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_minute_of_maintenance_parks_nothing_and_pauses_nobody(method: str, status: int) -> None:
    """What fell into that minute arrives by itself; if it lasts for one record it is listed as what it is."""
    page = Answer(status, {"content-type": "text/html"}, b"<html>We will be back soon</html>")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        answers(rig, "dataverse", row_id, page, method=method)
        await rig.pump()
        (row,) = await failing(rig)
        assert (parked(rig), row.kind, row.cause, await rig.state()) == ([], "waiting", "not-the-service:", "running")
        await pumped_for(rig, HOUR)
        (row,) = await failing(rig)
        assert (row.kind, await rig.state()) == ("parked", "running")
        healed(rig)
        await pumped_for(rig, HOUR)
        assert (rig.both("PrimaryContactPhone", "telephone1"), await failing(rig)) == (("1", "1"), [])

    on_stage(story)


# -- reads that are refused


REFUSED = refusal(400, "0x80040203", "Corrupt row.")


@pytest.mark.parametrize("known", [True, False], ids=["coupled", "new"])
def test_a_read_that_is_refused_parks_its_record_and_is_explained(*, known: bool) -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig) if known else rig.account()
        answers(rig, "dataverse", row_id, REFUSED, method="GET")
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        (row,) = await failing(rig)
        assert (row.kind, row.items[0]["message"], await rig.state()) == ("parked", "Corrupt row.", "running")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert "Corrupt row." in told["why"]
        assert [(each["kind"], each["items"][0]["message"]) for each in told["open"]] == [("parked", "Corrupt row.")]

    on_stage(story)


def test_wakes_of_a_pass_are_listed_too() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(PrimaryContactPhone="1")
        answers(rig, "dataverse", row_id, BROKEN, method="PATCH")
        await rig.compare_and_note()
        (row,) = await failing(rig)
        assert Wake(row.side, row.identity).end == row.end

    on_stage(story)


# -- what is healed from its other end


async def _failing_update(rig: Rig) -> str:
    """A coupled record whose event cannot be carried over, listed under its end in the ERP; it is healed by now."""
    row_id = await coupled(rig)
    rig.edit(PrimaryContactPhone="1")
    await rig.hint(ERP, ID)
    answers(rig, "dataverse", row_id, BROKEN, method="PATCH")
    await pumped_for(rig, HOUR)
    assert [(row.end[:2], row.kind) for row in await failing(rig)] == [("e~", "parked")]
    healed(rig)
    return row_id


async def _by_an_event(rig: Rig, row_id: str) -> None:
    await rig.visit(DATAVERSE, (row_id,))


async def _by_a_pass(rig: Rig, _row_id: str) -> None:
    await rig.compare()


@pytest.mark.parametrize("heals", [_by_an_event, _by_a_pass], ids=["an event", "a pass"])
def test_what_was_put_off_leaves_the_list_when_another_visit_brings_its_record_to_an_end(
    heals: Callable[[Rig, str], Awaitable[None]],
) -> None:
    """Its own hint is looked at once more, at once: it may tell of something that the visit has not seen."""

    async def story(rig: Rig) -> None:
        row_id = await _failing_update(rig)
        await heals(rig, row_id)
        assert (rig.both("PrimaryContactPhone", "telephone1"), await failing(rig)) == (("1", "1"), [])
        assert rig.counts()["hints"] == 1
        await rig.pump()
        assert (rig.counts()["hints"], [each.put_off for each in rig.couplings()]) == (0, [False])

    on_stage(story)


@pytest.mark.parametrize("made", ["matched", "created"])
@pytest.mark.parametrize("by", ["an event", "a pass"])
def test_what_was_put_off_before_it_was_coupled_leaves_the_list_when_it_is(by: str, made: str) -> None:
    async def story(rig: Rig) -> None:
        await rig.hint(ERP, rig.customer())
        answers(rig, "dataverse", "accounts", BROKEN)
        await pumped_for(rig, HOUR)
        assert [row.end[:2] for row in await failing(rig)] == ["e~"]
        healed(rig)
        row_id = rig.account() if made == "matched" else ""
        if by == "a pass":
            await rig.compare()
        else:
            await rig.visit(*((DATAVERSE, (row_id,)) if row_id else (ERP, ID)))
        assert ((await rig.coupling() is not None), await failing(rig)) == (True, [])
        await rig.pump()
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_what_was_put_off_before_it_was_set_aside_is_listed_once() -> None:
    """With what stands in its way by now."""

    async def story(rig: Rig) -> None:
        await rig.hint(ERP, rig.customer(OrganizationName="Northwind"))
        answers(rig, "dataverse", "accounts", BROKEN)
        await pumped_for(rig, HOUR)
        assert [row.end[:2] for row in await failing(rig)] == ["e~"]
        healed(rig)
        rig.account(name="Fabrikam")
        await rig.compare()
        assert ([each["code"] for each in parked(rig)], await failing(rig)) == (["stranger"] * 2, [])
        await rig.pump()
        assert rig.counts()["hints"] == 0

    on_stage(story)


def test_a_visit_that_fails_as_well_leaves_what_is_listed_and_how_often_it_failed() -> None:
    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(PrimaryContactPhone="1")
        await rig.hint(ERP, ID)
        answers(rig, "dataverse", row_id, BROKEN, method="PATCH")
        await pumped_for(rig, HOUR)
        (before,) = await failing(rig)
        await rig.hint(DATAVERSE, (row_id,))
        await rig.pump()
        assert before in await failing(rig)

    on_stage(story)


def test_no_hint_is_read_for_a_record_of_which_nothing_is_put_off() -> None:
    """Its coupling says so."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        rig.edit(PrimaryContactPhone="1")
        read = list[str]()

        async def notes(_sender: int, step: str, what: str) -> None:
            read.extend([what] if step in {"ledger get", "ledger range"} else [])

        rig.world.weather.gate = notes
        await rig.world.instance(rig.compare())[1]
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert read
        assert not [each for each in read if " h~" in each]

    on_stage(story)
