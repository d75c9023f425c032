"""Data events: who is told of what, and in which shape."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from tests.emulator.finops import Delivery, Refusal
from tests.emulator.finops.probe import CROSS, Probe, organization
from tests.emulator.identity import APP_ID
from tests.emulator.probing import change_set, part

HOOK = "http://127.0.0.1:7071/api/dual_write/customers_v3_accounts/finops"
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
US_1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"
KEY = {"dataAreaId": "usmf", "CustomerAccount": "US-1"}


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.customer("US-1")
    probe.twin.activate("CustomersV3", HOOK, {"x-functions-key": "key"})
    return probe


def told(probe: Probe) -> list[dict[str, Any]]:
    return [json.loads(delivery.body) for delivery in probe.twin.outbox]


def names(probe: Probe) -> list[str]:
    return [each["BusinessEventId"].removeprefix("CustCustomerV3Entity_DataEvent_") for each in told(probe)]


def image(event: dict[str, Any], name: str) -> dict[str, Any]:
    """Attributes of Target or PreImage."""
    found = {each["key"]: each["value"] for each in event["InputParameters"]}
    return {each["key"]: each["value"] for each in found[name]["Attributes"]}


def test_nobody_is_told_without_activation() -> None:
    """Data events are inactive by default."""
    probe = Probe()
    probe.group()
    probe.post("CustomersV3", organization())
    assert probe.twin.outbox == []


def test_what_raises_events(probe: Probe) -> None:
    """Each committed create, update and delete is told once, wherever it was made."""
    made = probe.post("CustomersV3", organization())
    probe.patch(US_1, {"SalesMemo": "x"})
    probe.twin.update("CustomersV3", KEY, {"SalesMemo": "y"})
    probe.delete(made.headers["location"])
    assert names(probe) == ["Create", "Update", "Update", "Delete"]


def test_what_raises_none(probe: Probe) -> None:
    """Refused writes, writes that change nothing, other entities and loaded rows are not told."""
    probe.patch(US_1, {"CustomerGroupId": "99"})
    probe.patch(US_1, {"OrganizationName": "Contoso"})
    probe.post("CustomerGroups", {"CustomerGroupId": "30"})
    probe.customer("US-2")
    probe.batch(
        change_set(part("PATCH", f"/data/{US_1}", {"SalesMemo": "x"}, "1"), part("POST", "/data/CustomersV3", {}, "2"))
    )
    assert probe.twin.outbox == []
    probe.twin.behaviour.events = False
    probe.patch(US_1, {"SalesMemo": "x"})
    assert probe.twin.outbox == []


def test_delivery(probe: Probe) -> None:
    """A call goes to the endpoint with its headers, and knows what it is about."""
    probe.patch(US_1, {"SalesMemo": "x"})
    (delivery,) = probe.twin.outbox
    assert isinstance(delivery, Delivery)
    assert delivery.url == HOOK
    assert delivery.headers == {"content-type": "application/json; charset=utf-8", "x-functions-key": "key"}
    assert (delivery.entity, delivery.message, delivery.key) == ("CustomersV3", "Update", KEY)
    assert delivery.queued == probe.now


def test_shape(probe: Probe) -> None:
    """The body is the context of the platform with the common fields of events."""
    probe.patch(US_1, {"SalesMemo": "x"})
    (event,) = told(probe)
    assert event["BusinessEventId"] == "CustCustomerV3Entity_DataEvent_Update"
    assert (event["MessageName"], event["PrimaryEntityName"]) == ("Update", "CustCustomerV3Entity")
    assert (event["LegalEntity"], event["BusinessEventLegalEntity"]) == ("usmf", "usmf")
    assert event["EventTime"] == "/Date(1736154000000)/"
    assert event["EventTimeIso8601"] == "2025-01-06T09:00:00.000000Z"
    assert isinstance(event["ControlNumber"], int)
    for name in ("EventId", "CorrelationId", "PrimaryEntityId"):
        assert re.fullmatch(GUID, event[name].lower())
    assert (event["MajorVersion"], event["MinorVersion"]) == (0, 0)
    assert [each["key"] for each in event["InputParameters"]] == ["Target", "PreImage"]


def test_initiating_user(probe: Probe) -> None:
    """An event names who made the change, so that our own can be told apart."""
    probe.patch(US_1, {"SalesMemo": "x"})
    probe.twin.update("CustomersV3", KEY, {"SalesMemo": "y"}, user="ines")
    ours, theirs = (each["InitiatingUserAADObjectId"] for each in told(probe))
    assert re.fullmatch(rf"\{{{GUID}\}}", ours.lower())
    assert theirs == f"{{{probe.twin.user_id('ines').upper()}}}" != ours
    assert [(each.user, each.app) for each in probe.twin.history] == [("koppel", APP_ID), ("ines", None)]


def test_images(probe: Probe) -> None:
    """Target is the whole row as it is, PreImage as it was; a deleted row shows its key and its last state."""
    probe.patch(US_1, {"SalesMemo": "x", "CreditLimit": 2.5})
    probe.delete(US_1)
    made = probe.post("CustomersV3", organization())
    update, delete, create = told(probe)
    assert (image(update, "Target")["SalesMemo"], image(update, "PreImage")["SalesMemo"]) == ("x", "")
    assert (image(update, "Target")["CreditLimit"], image(update, "Target")["OnHoldStatus"]) == (2.5, "No")
    assert image(delete, "Target") == KEY
    assert image(delete, "PreImage")["SalesMemo"] == "x"
    assert image(create, "Target")["CustomerAccount"] == made.json["CustomerAccount"]
    assert [each["key"] for each in create["InputParameters"]] == ["Target"]


def test_no_dates_in_events(probe: Probe) -> None:
    """Empty dates are left out."""
    probe.twin.activate("RetailLoyaltyCards", HOOK)
    probe.post("RetailLoyaltyCards", {"CardNumber": "1"})
    probe.post("RetailLoyaltyCards", {"CardNumber": "2", "LoyaltyEnrollmentDate": "2024-05-01T00:00:00Z"})
    first, second = told(probe)
    assert "LoyaltyEnrollmentDate" not in image(first, "Target")
    assert image(second, "Target")["LoyaltyEnrollmentDate"] == "2024-05-01T12:00:00Z"
    assert first["LegalEntity"] == ""


def test_wrapped_values(probe: Probe) -> None:
    """Amounts and enumerations may come wrapped, and attributes with a prefix."""
    probe.twin.behaviour.wrap_event_values = True
    probe.twin.behaviour.attribute_prefix = "mserp_"
    probe.patch(US_1, {"CreditLimit": 2.5, "OnHoldStatus": "All"})
    target = image(told(probe)[0], "Target")
    assert target["mserp_CreditLimit"] == {
        "__type": "Money:http://schemas.microsoft.com/xrm/2011/Contracts",
        "Value": 2.5,
    }
    assert target["mserp_OnHoldStatus"] == {
        "__type": "OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts",
        "Value": 2,
    }
    assert target["mserp_CustomerAccount"] == "US-1"


def test_control_numbers(probe: Probe) -> None:
    """Control numbers grow, with gaps; every event has its own id, shared by all its endpoints."""
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/other")
    for text in map(str, range(20)):
        probe.patch(US_1, {"SalesMemo": text})
    events = told(probe)
    assert [each["EventId"] for each in events[::2]] == [each["EventId"] for each in events[1::2]]
    numbers = [each["ControlNumber"] for each in events[::2]]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    assert min(steps) >= 1
    assert len(steps) > 1
    assert len({each["EventId"] for each in events}) == 20


def test_activation_of_one_company(probe: Probe) -> None:
    """An activation for a legal entity tells only of its records."""
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/german", legal_entity="DEMF")
    probe.group(company="demf")
    probe.post(f"CustomersV3?{CROSS}", organization(dataAreaId="demf"))
    probe.post("CustomersV3", organization())
    assert [delivery.url.rpartition("/")[2] for delivery in probe.twin.outbox] == ["finops", "german", "finops"]


def test_activation_of_some_messages() -> None:
    """Create, update and delete are activated one by one."""
    probe = Probe()
    probe.customer("US-1")
    probe.twin.activate("CustomersV3", HOOK, messages=("Delete",))
    probe.patch(US_1, {"SalesMemo": "x"})
    probe.delete(US_1)
    assert names(probe) == ["Delete"]


def test_most_endpoints(probe: Probe) -> None:
    """An event has at most ten endpoints for each legal entity."""
    for number in range(9):
        probe.twin.activate("CustomersV3", f"http://127.0.0.1:7071/{number}")
    with pytest.raises(Refusal):
        probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/x")
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/x", legal_entity="usmf")
    with pytest.raises(Refusal):
        probe.twin.activate("NoSuchSet", HOOK)


def test_untracked_fields(probe: Probe) -> None:
    """A change of fields that events do not see is told to nobody: the address of a contact person."""
    probe.twin.activate("CDSContactPersonsV2", HOOK)
    key = {
        "dataAreaId": "usmf",
        "ContactPersonPartyNumber": "P-1",
        "AssociatedContactType": "Customer",
        "AssociatedContactNumber": "US-1",
    }
    probe.twin.load("CDSContactPersonsV2", [key])
    probe.twin.update("CDSContactPersonsV2", key, {"PrimaryAddressCity": "Oslo"})
    assert probe.twin.outbox == []
    probe.twin.update("CDSContactPersonsV2", key, {"PrimaryAddressCity": "Rome", "Notes": "x"})
    assert len(probe.twin.outbox) == 1
    probe.twin.behaviour.silent_fields["CustomersV3"] = frozenset({"SalesMemo"})
    probe.patch(US_1, {"SalesMemo": "x"})
    assert len(probe.twin.outbox) == 1
    probe.delete(US_1)
    assert len(probe.twin.outbox) == 2
