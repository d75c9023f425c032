"""What Business Central tells, and what others tell in its name: 202 and no more, and hints alone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import azure.functions as func
import httpx
import pytest

from functions.business_central.notifications import LARGEST, LONGEST_TOKEN, MANY, answered, blueprint
from shared.engine import pump, set_state
from shared.engine.passes._due import due_flows
from shared.errors import TryLater
from shared.ledger import read_hint
from shared.mapping import DATAVERSE, ERP
from shared.setup import Ear
from shared.systems import Resource
from tests.emulator.host import LocalHost
from tests.emulator.local import KEYS
from tests.emulator.tables import MemoryTables
from tests.simulation.central import CUSTOMERS, DE
from tests.simulation.notified import URL, Told, on_told

CURRENCIES = "business_central.currencies"
OTHER = "0c0ffee0-0000-4000-8000-000000000001"
_app = func.FunctionApp()
_app.register_functions(blueprint)
HOST = LocalHost(_app, KEYS, {})


async def paired(told: Told) -> tuple[str, str]:
    """A customer in sync with his account; their ids. What our write left behind is over."""
    identity, row_id = told.central.customer(), told.central.account()
    await told.central.visit(ERP, identity)
    told.central.later(minutes=30)
    return identity[1], row_id


def sources(told: Told) -> list[tuple[str, str]]:
    """The records that hints are about, and what they say of them."""
    return [(hint.identity[1], hint.source) for hint in map(read_hint, told.central.kept("h~"))]


# -- the handshake


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_handshake_needs_no_key(method: str) -> None:
    """200 and the token as plain text, which no browser takes for a page."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(HOST.asgi())
        async with httpx.AsyncClient(transport=transport, base_url="https://koppel.example") as client:
            return await client.request(
                method, "/api/business_central/notifications", params={"validationToken": "<b>to ken</b>"}
            )

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.text) == (200, "<b>to ken</b>")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("token", ["x" * (LONGEST_TOKEN + 1), "a\r\nb"])
async def test_what_is_no_token(token: str) -> None:
    """Neither a book nor a line of a header is given back."""
    request = func.HttpRequest("POST", URL, params={"validationToken": token}, body=b"")
    assert (await answered(request)).status_code == 400


# -- what is told


@pytest.mark.parametrize(("kind", "source"), [("created", "create"), ("updated", "update"), ("deleted", "delete")])
async def test_a_record_is_hinted_at(kind: str, source: str) -> None:
    """And looked at at once, where it is one of a few; a paused flow keeps the hint."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        assert await told.notify(await told.item(kind, OTHER)) == 202
        assert sources(told) == [(OTHER, source)]

    await on_told(story)


async def test_an_edit_reaches_dataverse_before_the_answer() -> None:
    """As with the events of other systems."""

    async def story(told: Told) -> None:
        row_id, _ = await paired(told)
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        assert await told.notify(await told.item("updated", row_id)) == 202
        assert (told.central.accounts()[0]["address1_city"], told.hints()) == ("Graz", 0)

    await on_told(story)


@pytest.mark.parametrize("shape", ["/{0}", "{0}", "https://bc.example/v2.0/t/Sandbox/{0}"])
async def test_addresses_in_any_form(shape: str) -> None:
    """Relative, with or without a slash, or whole; ids in capitals."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        item = await told.item("updated", OTHER.upper())
        item["resource"] = shape.format(item["resource"])
        await told.notify(item)
        assert sources(told) == [(OTHER, "update")]

    await on_told(story)


async def test_the_same_twice_and_late() -> None:
    """One hint; and of a record that is long gone nothing comes but that it is."""

    async def story(told: Told) -> None:
        row_id, _ = await paired(told)
        item = await told.item("updated", row_id)
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        assert [await told.notify(item), await told.notify(item)] == [202, 202]
        history = len(told.central.dataverse.history)
        told.central.later(hours=20)
        assert await told.notify(item, item) == 202
        assert (len(told.central.dataverse.history), told.hints()) == (history, 0)
        told.central.erp.delete(DE, "customers", row_id)
        assert await told.notify(item) == 202
        assert len(told.central.accounts()) == 1

    await on_told(story)


async def test_the_end_of_a_record_counts_in_any_order() -> None:
    """Items are sorted by nobody's promise."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        items = [await told.item(kind, OTHER) for kind in ("created", "deleted", "updated")]
        await told.notify(*items)
        assert sources(told) == [(OTHER, "delete")]

    await on_told(story)


async def test_our_own_write_stands_behind_peoples_edits() -> None:
    """It comes back as an item that carries no tag."""

    async def story(told: Told) -> None:
        row_id, account = await paired(told)
        told.central.dataverse.update("accounts", account, {"telephone1": "77"})
        await told.central.visit(DATAVERSE, (account,))
        told.central.later(seconds=31)
        assert await told.notify(await told.item("updated", row_id)) == 202
        (hint,) = map(read_hint, told.central.kept("h~"))
        assert hint.echo
        await pump(told.central.house, lambda: False)
        assert told.hints() == 0

    await on_told(story)


async def test_a_thousand_items() -> None:
    """Kept within the time that Business Central waits: what changed by an order, what was deleted by hints."""

    async def story(told: Told) -> None:
        row_id, _ = await paired(told)
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        ids = [f"0c0ffee0-0000-4000-8000-{number:012x}" for number in range(999)]
        kinds = ["deleted" if number % 100 == 0 else "updated" for number in range(999)]
        items = [await told.item(kind, each) for kind, each in zip(kinds, ids, strict=True)]
        assert await told.notify(*items, await told.item("updated", row_id)) == 202
        assert (told.hints(), {source for _, source in sources(told)}) == (10, {"delete"})
        await told.central.compare()
        await pump(told.central.house, lambda: False)
        assert told.central.accounts()[0]["address1_city"] == "Graz"
        assert (told.hints(), told.central.tables.partitions.get("due", {})) == (0, {})

    await on_told(story)


async def test_many_items_are_not_visited_before_the_answer() -> None:
    """Each leaves its hint; the pump does the work."""

    async def story(told: Told) -> None:
        items = [await told.item("updated", f"0c0ffee0-0000-4000-8000-{number:012x}") for number in range(MANY)]
        assert await told.notify(*items) == 202
        assert told.hints() == MANY

    await on_told(story)


@pytest.mark.parametrize("filtered", [True, False])
async def test_a_collection_is_read_by_a_pass(filtered: bool) -> None:
    """What changed by a catch-up; and where deletes may be among it, by a compare pass, too."""

    async def story(told: Told) -> None:
        row_id, _ = await paired(told)
        await told.central.compare()
        told.central.later(minutes=30)
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        item = await told.item("collection", "")
        item["resource"] += "?$filter=lastModifiedDateTime%20gt%202026-11-30T08:00:00Z" if filtered else ""
        assert [await told.notify(item), await told.notify(item)] == [202, 202]
        assert told.hints() == 0
        before = len(told.central.tables.partitions["jobs"])
        await pump(told.central.house, lambda: False)
        assert told.central.accounts()[0]["address1_city"] == "Graz"
        assert len(told.central.tables.partitions["jobs"]) - before == (0 if filtered else 1)

    await on_told(story)


async def test_a_kind_that_nobody_knows_is_read_by_a_pass() -> None:
    """Whatever it means, something has changed in that list."""

    async def story(told: Told) -> None:
        assert await told.notify(await told.item("archived", OTHER)) == 202
        assert [*told.central.tables.partitions["due"]] == [CUSTOMERS]

    await on_told(story)


@pytest.mark.parametrize(("kind", "whole"), [("created", False), ("updated", False), ("deleted", True)])
async def test_a_rate_catches_its_currencies_up(kind: str, *, whole: bool) -> None:
    """Which of them it is about a pass finds out, by the stamps of the rates; a delete leaves none."""

    async def story(told: Told) -> None:
        assert await told.notify(await told.item(kind, OTHER, "currencyExchangeRates")) == 202
        (order,) = (await due_flows(told.central.house)).values()
        assert (order.key, order.value["whole"], told.hints(CURRENCIES)) == (CURRENCIES, whole, 0)
        await told.keep()
        assert told.names == ["currencies", "currencyExchangeRates"]

    await on_told(story, [CURRENCIES])


async def test_an_order_waits_for_its_flow() -> None:
    """While it is paused; one that is stopped owes nothing any more."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        await told.notify(await told.item("collection", ""))
        await pump(told.central.house, lambda: False)
        assert [*told.central.tables.partitions["due"]] == [CUSTOMERS]
        await set_state(told.central.house, CUSTOMERS, "not running")
        await pump(told.central.house, lambda: False)
        await told.notify(await told.item("collection", ""))
        assert told.central.tables.partitions["due"] == {}

    await on_told(story)


# -- what is not proved, or nobody's


async def _states(told: Told, form: str) -> object:
    ear, company = await told.ear(), told.central.company
    vendors = Resource("v2.0", company, "vendors")
    us = Resource("v2.0", told.central.erp.company("CRONUS US").id, "customers")
    found: dict[str, object] = {
        "none": None, "empty": "", "another": "0" * 64, "no text": 7, "not ASCII": "ü" * 64, "half an emoji": "\ud83d",
        "of another list": ear.state(vendors), "of another company": ear.state(us),
        "of another environment": Ear(ear.url, ear.key, "elsewhere").state(Resource("v2.0", company, "customers")),
        "made with another key": Ear(ear.url, b"x", ear.environment).state(Resource("v2.0", company, "customers")),
    }  # fmt: skip
    return found[form]


@pytest.mark.parametrize(
    "form",
    [
        "none", "empty", "another", "no text", "not ASCII", "half an emoji", "of another list", "of another company",
        "of another environment", "made with another key",
    ],
)  # fmt: skip
async def test_a_wrong_secret_is_dropped_without_a_word(form: str) -> None:
    """A 4xx would delete the subscription, and tell whoever tries. What is right beside it is taken."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        wrong = await told.item("updated", OTHER, clientState=await _states(told, form))
        assert await told.notify(wrong, {**wrong, "changeType": "collection"}) == 202
        assert (told.hints(), told.central.tables.partitions.get("due", {})) == (0, {})
        right = await told.item("updated", OTHER)
        assert await told.notify(wrong, right) == 202
        assert sources(told) == [(OTHER, "update")]

    await on_told(story)


async def test_an_unknown_subscription() -> None:
    """Its id proves nothing, and is not asked: with the secret it is ours, made a moment ago; without it nobody's."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        await told.notify(await told.item("updated", OTHER, subscriptionId="f" * 32))
        assert told.hints() == 1

    await on_told(story)


@pytest.mark.parametrize("name", ["currencies", "journals"])
async def test_a_list_of_no_flow(name: str) -> None:
    """Of one that is not started, and of none."""

    async def story(told: Told) -> None:
        assert await told.notify(await told.item("updated", OTHER, name)) == 202
        assert await told.notify(await told.item("collection", "", name)) == 202
        assert told.central.tables.partitions.get("due", {}) == {}
        assert told.hints("business_central.currencies") == 0

    await on_told(story)


async def test_a_company_that_is_not_synchronised() -> None:
    """Though its secret is right: the flow was told to leave it alone."""

    async def story(told: Told) -> None:
        us = Resource("v2.0", told.central.erp.company("CRONUS US").id, "customers")
        state = (await told.ear()).state(us)
        item = {"clientState": state, "resource": f"{us.address}({OTHER})", "changeType": "updated"}
        assert await told.notify(item) == 202
        assert told.hints() == 0

    await on_told(story)


ODD: dict[str, Any] = {
    "no address": None, "a number": 7, "a list": [], "no company": "api/v2.0/customers(1)", "nothing": "",
    "no id": "api/v2.0/companies(5d2b4c1a)/customers", "another page": "api/v2.0/companies(x)/customers/companies(y)",
    "very long": "api/" * 100_000 + "/companies(" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_an_address_that_is_none(name: str) -> None:
    """An item that cannot be read is dropped, and the others are taken: a 4xx would delete all subscriptions."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        right = await told.item("updated", OTHER)
        assert await told.notify({**right, "resource": ODD[name]}, right) == 202
        assert sources(told) == [(OTHER, "update")]

    await on_told(story)


MALFORMED: dict[str, bytes] = {
    "empty": b"", "no JSON": b"<html>", "half of JSON": b'{"value": [', "not UTF-8": b'{"value": "\xff"}',
    "deep": b"[" * 100_000, "a list": b"[]", "no value": b"{}", "a text": b'{"value": "x"}',
    "numbers": b'{"value": [1]}', "too large": b" " * (LARGEST + 1),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_notification(name: str) -> None:
    """Business Central sends nothing of the kind: 400, with what is expected."""

    async def story(told: Told) -> None:
        answer = await told.call(URL, MALFORMED[name])
        assert answer.status_code == 400
        assert "detail" in json.loads(answer.get_body())

    await on_told(story)


async def test_a_large_call_is_taken() -> None:
    """All that is pending of all subscriptions of an address comes in one call: more than an event of one record."""

    async def story(told: Told) -> None:
        await set_state(told.central.house, CUSTOMERS, "paused")
        padding = {"resource": "x" * 3 * 1024 * 1024}
        assert await told.notify(padding, await told.item("updated", OTHER)) == 202
        assert told.hints() == 1

    await on_told(story)


async def test_a_get_without_a_token() -> None:
    """Tells nothing."""

    async def story(told: Told) -> None:
        assert (await told.call(URL, method="GET")).status_code == 400

    await on_told(story)


async def test_a_ledger_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """503, upon which Business Central sends it again, and keeps the subscription."""

    async def story(told: Told) -> None:
        item = await told.item("updated", OTHER)

        async def away(*_given: object, **_named: object) -> None:
            raise TryLater("the ledger is away")

        monkeypatch.setattr(MemoryTables, "get", away)
        assert await told.notify(item) == 503
        monkeypatch.undo()
        assert await told.notify(item) == 202

    await on_told(story)


async def test_without_a_key_nothing_is_proved() -> None:
    """Where no subscriptions can be made, whatever is told is somebody else's."""

    async def story(told: Told) -> None:
        item = await told.item("updated", OTHER)
        told.start(business_central_notification_key="")
        assert await told.notify(item) == 202
        assert told.hints() == 0

    await on_told(story)
