"""Notifications: collected, merged, grouped, repeated, and what ends a subscription (checklist 10 and 11)."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from tests.emulator.business_central import sender as sending
from tests.emulator.business_central.notifications import Delivery
from tests.emulator.business_central.probe import DE, US, Probe
from tests.emulator.business_central.sender import HandshakePort, NotificationSender
from tests.emulator.sending import Disorder
from tests.emulator.wire import Request, direct

HOOK = "https://hook.example/bc"


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [each["changeType"] for each in told]


def make(probe: Probe, number: int = 1) -> list[str]:
    """So many new customers, without contacts of their own."""
    probe.twin.company(DE).customer_relation = ""
    return [str(probe.twin.create(DE, "customers", {"displayName": f"X{each}"})["id"]) for each in range(number)]


def test_an_item(probe: Probe) -> None:
    """Who, the secret, the end of the subscription, the row's address without a slash, the kind and the time."""
    subscription = probe.subscribe("customers").json
    (made,) = make(probe)
    probe.pass_time(30)
    (told,) = probe.told()
    assert told == {
        "subscriptionId": subscription["subscriptionId"],
        "clientState": "secret",
        "expirationDateTime": "2025-01-09T09:00:00Z",
        "resource": f"api/v2.0/companies({probe.company})/customers({made})",
        "changeType": "created",
        "lastModifiedDateTime": "2025-01-06T09:00:00Z",
    }
    assert probe.told() == []


def test_the_first_change_starts_the_time(probe: Probe) -> None:
    """Half a minute after it everything is told that has happened since."""
    probe.subscribe("customers")
    make(probe)
    probe.pass_time(29)
    assert probe.told() == []
    make(probe)
    probe.pass_time(1)
    assert kinds(probe.told()) == ["created", "created"]


def test_merging(probe: Probe) -> None:
    """Updates in a row are one, the latest; a create, and a delete, are items of their own."""
    probe.subscribe("customers")
    (made,) = make(probe)
    for second in range(3):
        probe.pass_time(1)
        probe.twin.update(DE, "customers", made, {"city": f"at {second}"})
    probe.twin.delete(DE, "customers", made)
    probe.pass_time(30)
    told = probe.told()
    assert kinds(told) == ["created", "updated", "deleted"]
    assert told[1]["lastModifiedDateTime"] == "2025-01-06T09:00:03Z"


def test_nothing_changed(probe: Probe, c100: str) -> None:
    """An update that changed nothing is not told, nor is one of rows that are simply loaded."""
    probe.subscribe("customers")
    probe.write(c100, {"displayName": "Adatum"})
    probe.pass_time(60)
    assert probe.told() == []


def test_a_rename_is_an_update(probe: Probe, c100: str) -> None:
    """The id stays; what holds the code is not told of."""
    currency = probe.there("currencies", {"code": "USD"})
    probe.write(c100, {"currencyCode": "USD"})
    for name in ("customers", "currencies"):
        probe.subscribe(name)
    probe.write(currency, {"code": "USX"})
    probe.pass_time(60)
    (told,) = probe.told()
    assert (told["changeType"], "/currencies(" in told["resource"]) == ("updated", True)


def test_our_own_writes_are_told(probe: Probe) -> None:
    """Nothing in an item says who changed the row."""
    probe.twin.company(DE).customer_relation = ""
    probe.subscribe("customers")
    probe.post("customers", {"displayName": "X"})
    probe.pass_time(60)
    assert kinds(probe.told()) == ["created"]


def test_one_call_for_one_url_in_one_company(probe: Probe) -> None:
    """All subscriptions with the same URL share a call; each company has its own."""
    us = probe.twin.company(US).id
    for name in ("customers", "items"):
        probe.subscribe(name)
    probe.subscribe("items", f"{HOOK}/2")
    probe.subscribe("customers", resource=f"companies({us})/customers")
    make(probe)
    probe.twin.create(DE, "items", {"displayName": "I"})
    probe.twin.create(US, "customers", {"displayName": "X"})
    probe.pass_time(60)
    calls = probe.due()
    assert sorted((each.url, len(json.loads(each.body)["value"])) for each in calls) == [
        (HOOK, 1), (HOOK, 2), (f"{HOOK}/2", 1),
    ]  # fmt: skip
    assert {each.headers["clientrequestid"] == each.headers["x-ms-correlation-id"] for each in calls} == {True}


def test_a_collection(probe: Probe) -> None:
    """More than a thousand items of a subscription are one, with a filter that begins a little earlier."""
    probe.subscribe("customers")
    make(probe, 1000)
    probe.pass_time(30)
    assert len(probe.told()) == 1000
    make(probe, 1001)
    probe.pass_time(30)
    (told,) = probe.told()
    assert told["changeType"] == "collection"
    path, _, query = told["resource"].partition("?")
    assert path == f"api/v2.0/companies({probe.company})/customers"
    assert query == "$filter=lastModifiedDateTime%20gt%202025-01-06T09:00:29.95Z"


def test_a_collection_with_a_delete(probe: Probe) -> None:
    """It names the whole set: everything has to be read."""
    probe.twin.behaviour.most_items = 2
    probe.subscribe("customers")
    for each in make(probe, 2):
        probe.twin.delete(DE, "customers", each)
    probe.pass_time(30)
    (told,) = probe.told()
    assert told["resource"] == f"api/v2.0/companies({probe.company})/customers"


def test_a_collection_of_rows_without_a_stamp(probe: Probe) -> None:
    """The page has nothing to filter by: everything has to be read."""
    probe.twin.behaviour.most_items = 1
    probe.subscribe("customerContacts")
    probe.customer()
    company = probe.get("contacts").rows[0]["number"]
    for name in ("Anna", "Bert"):
        probe.post("contacts", {"type": "Person", "displayName": name, "companyNumber": company})
    probe.pass_time(30)
    (told,) = probe.told()
    assert (told["changeType"], told["resource"]) == (
        "collection", f"api/v2.0/companies({probe.company})/customerContacts",
    )  # fmt: skip


def test_more_than_are_kept(probe: Probe) -> None:
    """Fact sheet 9.2: behind a million items of a company that are not yet sent, changes are told to nobody."""
    assert probe.twin.behaviour.most_kept == 1_000_000
    probe.twin.behaviour.most_kept = 2
    probe.subscribe("customers")
    probe.subscribe("items", f"{HOOK}/2")
    make(probe, 2)
    probe.twin.create(DE, "items", {"displayName": "I"})
    probe.pass_time(30)
    assert kinds(probe.told()) == ["created", "created"]
    probe.twin.create(DE, "items", {"displayName": "J"})
    probe.pass_time(30)
    assert kinds(probe.told()) == ["created"]


@pytest.mark.parametrize("status", [0, 408, 429, 500, 503])
def test_repeats(probe: Probe, status: int) -> None:
    """What failed is kept and sent with what is newer, five times at most; then the subscription is deleted."""
    probe.subscribe("customers")
    make(probe)
    probe.pass_time(30)
    for number, seconds in enumerate((60, 60, 600, 6_000, 60_000), 1):
        (call,) = probe.due()
        assert len(json.loads(call.body)["value"]) == number
        assert not probe.twin.notifications.answered(call, status)
        make(probe)
        probe.pass_time(seconds - 1)
        assert probe.due() == []
        probe.pass_time(1)
    (call,) = probe.due()
    assert probe.get("~subscriptions").rows != []
    assert probe.twin.notifications.answered(call, status)
    assert probe.get("~subscriptions").rows == []


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_any_other_answer_ends_the_subscription(probe: Probe, status: int) -> None:
    """At once, with all that was pending: of all subscriptions of the call."""
    for name in ("customers", "items"):
        probe.subscribe(name)
    probe.subscribe("vendors")
    make(probe)
    probe.twin.create(DE, "items", {"displayName": "I"})
    probe.pass_time(30)
    (call,) = probe.due()
    probe.twin.notifications.answered(call, status)
    assert [each["resource"].rpartition("/")[2] for each in probe.get("~subscriptions").rows] == ["vendors"]


def test_a_success_begins_the_count_anew(probe: Probe) -> None:
    """Failures count in a row."""
    probe.subscribe("customers")
    for _ in range(3):
        make(probe)
        probe.pass_time(60)
        (call,) = probe.due()
        probe.twin.notifications.answered(call, 503)
        probe.pass_time(60)
        (call,) = probe.due()
        probe.twin.notifications.answered(call, 202)
    assert len(probe.get("~subscriptions").rows) == 1


def test_users_who_cannot_schedule(probe: Probe, c100: str) -> None:
    """Their changes are held until somebody else changes the same table."""
    probe.twin.behaviour.cannot_schedule = {"DELEGATED"}
    probe.subscribe("customers")
    probe.twin.update(DE, "customers", c100[-37:-1], {"city": "X"}, user="DELEGATED")
    probe.pass_time(3600)
    assert probe.told() == []
    probe.twin.create(DE, "items", {"displayName": "I"})
    make(probe)
    probe.pass_time(30)
    assert kinds(probe.told()) == ["updated", "created"]


def test_contacts_tell_on_their_own(probe: Probe) -> None:
    """A contact that came with a customer is a create among contacts."""
    for name in ("customers", "contacts"):
        probe.subscribe(name)
    probe.twin.create(DE, "customers", {"displayName": "X"})
    probe.pass_time(30)
    assert sorted(each["resource"].split("/")[-1].partition("(")[0] for each in probe.told()) == [
        "contacts", "customers",
    ]  # fmt: skip


def test_notifications_that_are_off(probe: Probe) -> None:
    """On order nothing is told."""
    probe.twin.behaviour.notifications = False
    probe.subscribe("customers")
    make(probe)
    probe.pass_time(60)
    assert probe.told() == []


class Receiver:
    """Answers calls and handshakes as it is told to."""

    def __init__(self, status: int = 202) -> None:
        self.status = status
        self.calls: list[Delivery] = []

    async def post(self, delivery: Delivery) -> int:
        self.calls.append(delivery)
        return self.status

    async def ask(self, url: str) -> tuple[int, bytes]:
        return 200, url.rpartition("validationToken=")[2].encode()


async def test_the_sender(probe: Probe) -> None:
    """What is due is posted; what is refused ends the subscription; on order calls come twice."""
    receiver = Receiver()
    sender = NotificationSender(probe.twin, receiver.post, random.Random(1), asyncio.sleep)
    sender.disorder = Disorder(duplicate=1.0)
    probe.subscribe("customers")
    make(probe)
    await sender.flush()
    assert receiver.calls == []
    probe.pass_time(30)
    await sender.flush()
    assert len(receiver.calls) == 2
    receiver.status, sender.disorder = 404, Disorder()
    make(probe)
    probe.pass_time(30)
    await sender.flush()
    assert (len(sender.failed), probe.get("~subscriptions").rows) == (1, [])


async def test_a_receiver_that_takes_too_long(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds for the handshake, half a minute for a notification: then it counts as no answer."""
    assert (sending.HANDSHAKE_SECONDS, NotificationSender.time_out) == (5.0, 30.0)
    monkeypatch.setattr(sending, "HANDSHAKE_SECONDS", 0.01)
    monkeypatch.setattr(NotificationSender, "time_out", 0.01)

    async def slow(url: str) -> tuple[int, bytes]:
        await asyncio.sleep(10)
        return await Receiver().ask(url)

    async def late(_delivery: Delivery) -> int:
        await asyncio.sleep(10)
        return 202

    body = {"notificationUrl": HOOK, "resource": f"companies({probe.company})/items", "clientState": "s"}
    headers = {"authorization": f"Bearer {probe.token}", "content-type": "application/json"}
    request = Request("POST", "/v2.0/Sandbox/api/v2.0/subscriptions", "", headers, json.dumps(body).encode())
    assert (await HandshakePort(probe.twin, slow, direct(probe.twin))(request)).status == 400
    probe.subscribe("customers")
    make(probe)
    probe.pass_time(30)
    sender = NotificationSender(probe.twin, late, random.Random(1), asyncio.sleep)
    await sender.flush()
    assert [each.attempts for each in sender.failed] == [[0]]
    assert len(probe.get("~subscriptions").rows) == 1


async def test_the_handshake_over_the_wire(probe: Probe) -> None:
    """While a subscription is made its receiver is asked; whoever does not answer gets none."""
    body = {"notificationUrl": HOOK, "resource": f"companies({probe.company})/items", "clientState": "s"}
    headers = {"authorization": f"Bearer {probe.token}", "content-type": "application/json"}
    request = Request("POST", "/v2.0/Sandbox/api/v2.0/subscriptions", "", headers, json.dumps(body).encode())

    async def away(url: str) -> tuple[int, bytes]:
        raise OSError(url)

    assert (await HandshakePort(probe.twin, away, direct(probe.twin))(request)).status == 400
    assert (await HandshakePort(probe.twin, Receiver().ask, direct(probe.twin))(request)).status == 201
    listed = Request("GET", "/v2.0/Sandbox/api/v2.0/subscriptions", "", headers)
    assert (await HandshakePort(probe.twin, away, direct(probe.twin))(listed)).status == 200
