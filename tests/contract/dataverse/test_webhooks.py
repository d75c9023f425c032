"""Webhooks: registration, and which changes are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dataverse.calls import document, pairs
from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.probing import change_set


def told(probe: Probe) -> list[tuple[str, str]]:
    """Messages and rows in the outbox, in order."""
    return [(delivery.message, delivery.row_id) for delivery in probe.twin.outbox]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"contract": None},
        {"contract": 99},
        {"url": None},
        {"url": "hook"},
        {"url": "ftp://example.com/hook"},
        {"url": "https://example.com:8443/hook"},
        {"url": "https://example.com/" + "x" * 2000},
        {"authtype": None},
        {"authtype": 2},
        {"authvalue": "x" * 2049},
        {"authtype": 5, "authvalue": "key"},
        {"authtype": 6, "authvalue": "<settings>"},
    ],
)
def test_bad_endpoints(probe: Probe, changes: dict[str, Any]) -> None:
    """A webhook endpoint needs an address on a usual port and one of three kinds of secrets."""
    body = {"name": "K", "contract": 8, "url": "https://example.com/hook", "authtype": 4, "authvalue": "key"}
    assert probe.post("serviceendpoints", body | changes).status == 400
    assert probe.post("serviceendpoints", body).status == 204
    assert probe.post("serviceendpoints", body | {"url": "http://127.0.0.1:7071/api/hook"}).status == 204


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": None}, 400),
        ({"sdkmessageid@odata.bind": None}, 400),
        ({"eventhandler_serviceendpoint@odata.bind": None}, 400),
        ({"eventhandler@odata.bind": "/serviceendpoints({endpoint})"}, 400),
        ({"stage": None}, 400),
        ({"stage": 30}, 400),
        ({"stage": 20}, 400),
        ({"mode": 0}, 501),
        ({"sdkmessageid@odata.bind": "/sdkmessages({delete})"}, 400),
        ({"filteringattributes": "name,nothing"}, 400),
        ({"filteringattributes": "name", "sdkmessagefilterid@odata.bind": None}, 400),
        ({"sdkmessageid@odata.bind": "/sdkmessages({multiple})", "sdkmessagefilterid@odata.bind": None}, 501),
    ],
)
def test_bad_steps(probe: Probe, changes: dict[str, Any], status: int) -> None:
    """A step fits its message and its table; asynchronous ones run after the operation."""
    step = probe.twin.row("sdkmessageprocessingsteps", probe.webhook("Update", "account"))
    assert step is not None
    ids = {row["name"]: row["sdkmessageid"] for row in probe.get("sdkmessages").rows}
    names = {"endpoint": step["_eventhandler_value"], "delete": ids["Delete"], "multiple": ids["CreateMultiple"]}
    body = {
        "name": "S",
        "stage": 40,
        "mode": 1,
        "filteringattributes": None,
        "sdkmessageid@odata.bind": f"/sdkmessages({step['_sdkmessageid_value']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({step['_sdkmessagefilterid_value']})",
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({step['_eventhandler_value']})",
    }
    assert probe.post("sdkmessageprocessingsteps", body).status == 204
    filled = {name: value.format(**names) if isinstance(value, str) else value for name, value in changes.items()}
    assert probe.post("sdkmessageprocessingsteps", body | filled).status == status


def test_filtering_is_for_updates(probe: Probe) -> None:
    """Filtering attributes make no sense for other messages."""
    with pytest.raises(Exception, match="Filtering attributes"):
        probe.webhook("Create", "account", filteringattributes="name")


@pytest.mark.parametrize(
    ("message", "changes", "good"),
    [
        ("Create", {"imagetype": 0, "messagepropertyname": "Id"}, False),
        ("Create", {"imagetype": 2, "messagepropertyname": "Id"}, False),
        ("Create", {"imagetype": 1, "messagepropertyname": "Target"}, False),
        ("Create", {"imagetype": 1, "messagepropertyname": "Id"}, True),
        ("Update", {"imagetype": 2, "messagepropertyname": "Target"}, True),
        ("Update", {"imagetype": 2, "messagepropertyname": "Id"}, False),
        ("Update", {"imagetype": 2, "messagepropertyname": "Target", "attributes": "nothing"}, False),
        ("Update", {"imagetype": None, "messagepropertyname": "Target"}, False),
        ("Update", {"imagetype": 0, "messagepropertyname": "Target", "entityalias": None}, False),
        ("Delete", {"imagetype": 1, "messagepropertyname": "Target"}, False),
        ("Delete", {"imagetype": 0, "messagepropertyname": "Target"}, True),
    ],
)
def test_images(probe: Probe, message: str, changes: dict[str, Any], good: bool) -> None:
    """There is no row before a create and none after a delete."""
    step = probe.webhook(message, "account")
    bind = {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"}
    body = {"name": "image", "entityalias": "image", **bind, **changes}
    assert probe.post("sdkmessageprocessingstepimages", body).status == (204 if good else 400)


def test_unused_endpoints_only_are_deleted(probe: Probe) -> None:
    """An endpoint stays while steps use it; images go with their step."""
    step = probe.webhook("Update", "account")
    bind = {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"}
    probe.created(
        "sdkmessageprocessingstepimages", name="i", entityalias="i", imagetype=0, messagepropertyname="Target", **bind
    )
    endpoint = probe.get("serviceendpoints").rows[0]["serviceendpointid"]
    assert probe.delete(f"serviceendpoints({endpoint})").refusal == (405, "0x80040227")
    assert probe.delete(f"sdkmessageprocessingsteps({step})").status == 204
    assert probe.get("sdkmessageprocessingstepimages").rows == []
    assert probe.delete(f"serviceendpoints({endpoint})").status == 204


def test_what_is_told(probe: Probe) -> None:
    """Each message of a table is told to the steps for it, and to no others."""
    for message in ("Create", "Delete"):
        probe.webhook(message, "account")
    row_id = probe.created("accounts", name="A")
    probe.created("contacts", lastname="N")
    probe.patch(f"accounts({row_id})", {"name": "B"})
    probe.delete(f"accounts({row_id})")
    assert told(probe) == [("Create", row_id), ("Delete", row_id)]


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ({"name": "B"}, True),
        ({"name": "A"}, True),
        ({"fax": "1"}, False),
        ({"fax": "1", "name": "B"}, True),
        ({"primarycontactid": None}, True),
        ({}, False),
    ],
)
def test_filtering_looks_at_the_request(probe: Probe, body: dict[str, Any], heard: bool) -> None:
    """Columns count that were sent, whether or not their values changed."""
    row_id = probe.created("accounts", name="A")
    probe.webhook("Update", "account", filteringattributes="name, primarycontactid")
    probe.patch(f"accounts({row_id})", body)
    assert bool(probe.twin.outbox) is heard


def test_disabled_steps(probe: Probe) -> None:
    """A disabled step hears nothing, and hears again when it is enabled."""
    step = probe.webhook("Create", "account")
    probe.patch(f"sdkmessageprocessingsteps({step})", {"statecode": 1, "statuscode": 2})
    probe.created("accounts")
    assert probe.twin.outbox == []
    probe.patch(f"sdkmessageprocessingsteps({step})", {"statecode": 0, "statuscode": 1})
    probe.created("accounts")
    assert len(probe.twin.outbox) == 1


def test_several_steps(probe: Probe) -> None:
    """Every step is told, by rank."""
    probe.webhook("Create", "account", rank=5)
    probe.webhook("Create", "account", rank=2)
    probe.created("accounts")
    ranks = {row["sdkmessageprocessingstepid"]: row["rank"] for row in probe.get("sdkmessageprocessingsteps").rows}
    assert [ranks[delivery.step_id] for delivery in probe.twin.outbox] == [2, 5]


def test_refused_writes_are_not_told(probe: Probe) -> None:
    """What was undone is not told."""
    probe.webhook("Create", "account")
    probe.batch(change_set(part("POST", "accounts", {}, "1"), part("POST", "accounts", {"X": 1}, "2")))
    assert probe.twin.outbox == []


def test_batches_and_bulk_are_told_row_by_row(probe: Probe) -> None:
    """Every row of a batch or of a bulk message is told by itself."""
    probe.webhook("Create", "account")
    probe.batch(change_set(part("POST", "accounts", {}, "1"), part("POST", "accounts", {}, "2")))
    typed = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    probe.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple?tag=koppel", {"Targets": [typed, typed, typed]})
    assert len(probe.twin.outbox) == 5
    assert pairs(document(probe)["SharedVariables"])["tag"] == "koppel"


def test_bypassing(probe: Probe) -> None:
    """A request can leave out asynchronous steps, all or by id; the twin can leave out all."""
    step = probe.webhook("Create", "account")
    other = probe.webhook("Create", "account")
    header = "mscrm.bypassbusinesslogicexecution"
    probe.post("accounts", {}, **{header: "CustomSync,CustomAsync"})
    assert probe.twin.outbox == []
    probe.post("accounts", {}, **{header: "CustomSync"})
    probe.post("accounts", {}, **{f"{header}stepids": step.upper()})
    assert [delivery.step_id for delivery in probe.twin.outbox] == [step, other, other]
    probe.twin.outbox.clear()
    probe.twin.behaviour.webhooks = False
    probe.created("accounts")
    assert probe.twin.outbox == []
