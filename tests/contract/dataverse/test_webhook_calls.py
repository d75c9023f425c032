"""Webhook calls as they stand on the wire: headers, secrets, and what the body tells."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.dataverse.calls import document, pairs
from tests.emulator.dataverse import Delivery
from tests.emulator.dataverse.probe import Probe, part

CRM = "http://schemas.microsoft.com/xrm/2011/Contracts"


MEMBERS = [
    "BusinessUnitId",
    "CorrelationId",
    "Depth",
    "InitiatingUserAgent",
    "InitiatingUserAzureActiveDirectoryObjectId",
    "InitiatingUserId",
    "InputParameters",
    "IsExecutingOffline",
    "IsInTransaction",
    "IsOfflinePlayback",
    "IsolationMode",
    "MessageName",
    "Mode",
    "OperationCreatedOn",
    "OperationId",
    "OrganizationId",
    "OrganizationName",
    "OutputParameters",
    "OwningExtension",
    "ParentContext",
    "PostEntityImages",
    "PreEntityImages",
    "PrimaryEntityId",
    "PrimaryEntityName",
    "RequestId",
    "SecondaryEntityName",
    "SharedVariables",
    "Stage",
    "UserAzureActiveDirectoryObjectId",
    "UserId",
]


ENTITY = ["__type", "Attributes", "EntityState", "FormattedValues", "Id", "KeyAttributes", "LogicalName"]


REFERENCE = ["__type", "Id", "KeyAttributes", "LogicalName", "Name", "RowVersion"]


def target(found: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = pairs(found["InputParameters"])["Target"]
    return value


def columns(entity: dict[str, Any]) -> dict[str, Any]:
    return pairs(entity["Attributes"])


def test_headers(probe: Probe) -> None:
    """A call carries the documented headers and the secret in its address."""
    probe.webhook("Update", "account")
    row_id = probe.created("accounts")
    probe.patch(f"accounts({row_id})", {"name": "A"})
    delivery = probe.twin.outbox[0]
    assert delivery.url == "http://127.0.0.1:7071/hook?code=key"
    assert dict(delivery.headers) == {
        "content-type": "application/json",
        "x-ms-dynamics-organization": "127.0.0.1:7081",
        "x-ms-dynamics-entity-name": "account",
        "x-ms-dynamics-request-name": "Update",
        "x-ms-correlation-request-id": document(probe)["CorrelationId"],
    }


@pytest.mark.parametrize(
    ("kind", "url", "expected"),
    [
        (4, "https://example.com/hook?a=1", {"a": ["1"], "code": ['k&"<']}),
        (6, "https://example.com/hook?a=1", {"a": ["1"], "x-api-key": ['k&"<'], "b": ["2"]}),
        (5, "https://example.com/hook?a=1", {"a": ["1"]}),
    ],
)
def test_secrets(probe: Probe, kind: int, url: str, expected: dict[str, list[str]]) -> None:
    """The secret goes into the query or into headers, as the endpoint says."""
    step = probe.twin.row("sdkmessageprocessingsteps", probe.webhook("Create", "account"))
    assert step is not None
    xml = '<settings><setting name="x-api-key" value="k&amp;&quot;&lt;" /><setting name="b" value="2" /></settings>'
    secret = 'k&"<' if kind == 4 else xml
    endpoint = f"serviceendpoints({step['_eventhandler_value']})"
    assert probe.patch(endpoint, {"url": url, "authtype": kind, "authvalue": secret}).status == 204
    probe.created("accounts")
    delivery = probe.twin.outbox[0]
    assert parse_qs(urlsplit(delivery.url).query) == expected
    assert (delivery.headers.get("x-api-key"), delivery.headers.get("b")) == (
        ('k&"<', "2") if kind == 5 else (None, None)
    )


def test_form_of_the_body(probe: Probe) -> None:
    """Members stand in alphabetical order, slashes are escaped, dates are milliseconds."""
    probe.webhook("Create", "account")
    probe.post("accounts?tag=a/b", {"name": "A/B"})
    body = probe.twin.outbox[0].body.decode()
    assert "/" not in body.replace("\\/", "")
    assert '"OperationCreatedOn":"\\/Date(1736154000000+0000)\\/"' in body
    assert '{"key":"createdon","value":"\\/Date(1736154000000)\\/"}' in body
    assert '"__type":"Entity:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts"' in body
    found = document(probe)
    assert list(found) == list(found["ParentContext"]) == MEMBERS
    entity = target(found)
    assert list(entity) == [*ENTITY, "RelatedEntities", "RowVersion"]


def test_create(probe: Probe) -> None:
    """A create tells whose it was, of which row, and what came of it."""
    probe.webhook("Create", "account")
    me = probe.get("WhoAmI").json
    said = probe.post("accounts?tag=koppel", {"name": "A"})
    found = document(probe)
    row_id = said.headers["location"].rpartition("(")[2].rstrip(")")
    assert (found["MessageName"], found["Stage"], found["Mode"], found["Depth"]) == ("Create", 40, 1, 1)
    assert (found["PrimaryEntityName"], found["PrimaryEntityId"]) == ("account", row_id)
    assert found["InitiatingUserId"] == found["UserId"] == me["UserId"]
    assert (found["BusinessUnitId"], found["OrganizationId"]) == (me["BusinessUnitId"], me["OrganizationId"])
    assert found["OutputParameters"] == [{"key": "id", "value": row_id}]
    assert target(found)["Id"] == row_id
    assert found["SecondaryEntityName"] == "none"
    assert found["OwningExtension"]["LogicalName"] == "sdkmessageprocessingstep"
    assert found["OwningExtension"]["Name"] is None
    assert list(pairs(found["SharedVariables"])) == ["tag", "IsAutoTransact", "DefaultsAddedFlag"]


def test_columns_of_a_create(probe: Probe) -> None:
    """Every column that is stored stands in a create, typed as the platform has it, with labels beside."""
    probe.webhook("Create", "account")
    contact = probe.created("contacts", lastname="Novak")
    bind = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    body = {"name": "A", "creditlimit": 25000, "customertypecode": 3, "numberofemployees": 42, "fax": None, **bind}
    probe.post("accounts", body)
    entity = target(document(probe))
    values = columns(entity)
    assert values["name"] == "A"
    assert values["accountid"] == entity["Id"]
    assert values["creditlimit"] == values["creditlimit_base"] == {"__type": f"Money:{CRM}", "Value": 25000.0}
    assert values["exchangerate"] == 1.0
    assert values["customertypecode"] == {"__type": f"OptionSetValue:{CRM}", "Value": 3}
    assert values["statecode"] == {"__type": f"OptionSetValue:{CRM}", "Value": 0}
    assert (values["numberofemployees"], values["msdyn_onetimecustomer"], values["fax"]) == (42, False, None)
    assert list(values["primarycontactid"]) == REFERENCE
    assert values["primarycontactid"] == {
        "__type": f"EntityReference:{CRM}",
        "Id": contact,
        "KeyAttributes": [],
        "LogicalName": "contact",
        "Name": None,
        "RowVersion": None,
    }
    assert values["ownerid"]["LogicalName"] == "systemuser"
    assert {"createdon", "createdby", "modifiedon", "modifiedby", "owningbusinessunit", "owninguser"} <= set(values)
    assert values["modifiedonbehalfby"] is None
    assert {"_primarycontactid_value", "versionnumber", "telephone1"}.isdisjoint(values)
    labels = pairs(entity["FormattedValues"])
    assert labels["creditlimit"] == "€25,000.00"
    assert labels["customertypecode"] == "Customer"
    assert labels["createdon"] == "2025-01-06T09:00:00+00:00"
    assert labels["ownerid"] is None


def test_parent_of_a_create(probe: Probe) -> None:
    """The parent context is the core operation with what was sent, and carries the tag."""
    probe.webhook("Create", "account")
    probe.post("accounts?tag=koppel", {"name": "A", "creditlimit": 1})
    parent = document(probe)["ParentContext"]
    assert (parent["Stage"], parent["ParentContext"], parent["OutputParameters"]) == (30, None, [])
    assert set(columns(target(parent))) == {"name", "creditlimit", "accountid"}
    assert pairs(parent["InputParameters"])["SuppressDuplicateDetection"] is False
    shared = pairs(parent["SharedVariables"])
    assert (shared["tag"], shared["DefaultsAddedFlag"]) == ("koppel", True)
    assert shared["ChangedEntityTypes"] == [
        {"__type": "KeyValuePairOfstringstring:#System.Collections.Generic", "key": "account", "value": "Update"}
    ]


def test_update(probe: Probe) -> None:
    """An update tells what was sent and what the platform added."""
    account = probe.created("accounts", name="Fabrikam")
    row_id = probe.created("contacts", firstname="Mia", lastname="Novak", jobtitle="Buyer")
    step = probe.webhook("Update", "contact")
    bind = {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"}
    for alias, kind, chosen in (
        ("pre", 0, "firstname,lastname,jobtitle"),
        ("post", 1, "firstname,lastname,parentcustomerid,jobtitle"),
    ):
        image = {"name": alias, "entityalias": alias, "imagetype": kind, "messagepropertyname": "Target"}
        probe.created("sdkmessageprocessingstepimages", attributes=chosen, **image, **bind)
    probe.pass_time(10)
    body = {"firstname": "Mira", "jobtitle": None, "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    probe.patch(f"contacts({row_id})?tag=koppel", body)
    found = document(probe)
    values = columns(target(found))
    assert set(values) == {
        *("firstname", "jobtitle", "parentcustomerid", "contactid", "fullname"),
        *("modifiedon", "modifiedby", "modifiedonbehalfby"),
    }
    assert (values["firstname"], values["jobtitle"], values["fullname"]) == ("Mira", None, "Mira Novak")
    assert values["parentcustomerid"]["Name"] is None
    assert target(found)["FormattedValues"] == found["OutputParameters"] == found["SharedVariables"] == []
    assert pairs(found["ParentContext"]["SharedVariables"]) == {"tag": "koppel"}
    assert set(columns(target(found["ParentContext"]))) == {"firstname", "jobtitle", "parentcustomerid", "contactid"}
    before, after = pairs(found["PreEntityImages"]), pairs(found["PostEntityImages"])
    assert (list(before), list(after)) == (["pre"], ["post", "AsynchronousStepPrimaryName"])
    assert "__type" not in before["pre"]
    assert columns(before["pre"]) == {"firstname": "Mia", "lastname": "Novak", "jobtitle": "Buyer", "contactid": row_id}
    assert set(columns(after["post"])) == {"firstname", "lastname", "parentcustomerid", "contactid"}
    assert columns(after["post"])["parentcustomerid"]["Name"] == "Fabrikam"
    assert columns(after["AsynchronousStepPrimaryName"]) == {"fullname": "Mira Novak", "contactid": row_id}


def test_delete(probe: Probe) -> None:
    """A delete tells a reference, and how the row was called."""
    row_id = probe.created("accounts", name="Fabrikam")
    probe.webhook("Delete", "account")
    probe.delete(f"accounts({row_id})?tag=koppel")
    found = document(probe)
    assert list(target(found)) == REFERENCE
    assert (target(found)["Id"], target(found)["LogicalName"]) == (row_id, "account")
    assert found["PostEntityImages"] == found["OutputParameters"] == []
    image = pairs(found["PreEntityImages"])["AsynchronousStepPrimaryName"]
    assert columns(image) == {"name": "Fabrikam", "accountid": row_id}
    assert pairs(found["ParentContext"]["SharedVariables"])["tag"] == "koppel"
    assert list(pairs(found["ParentContext"]["InputParameters"])) == ["Target"]


def test_ids_of_calls(probe: Probe) -> None:
    """Every call has an operation of its own; what one request did shares its ids."""
    probe.webhook("Create", "account")
    probe.batch(part("POST", "accounts", {}), part("POST", "accounts", {}))
    one, other = document(probe, 0), document(probe, 1)
    assert one["OperationId"] != other["OperationId"]
    assert one["CorrelationId"] == other["CorrelationId"]
    assert one["RequestId"] != other["RequestId"]
    assert one["ParentContext"]["OperationId"] == one["OperationId"]


def test_people_are_told_apart(probe: Probe) -> None:
    """The initiating user tells people from the application."""
    probe.webhook("Create", "account")
    probe.created("accounts")
    probe.post("accounts", {})
    users = [document(probe, place)["InitiatingUserId"] for place in (0, 1)]
    assert users[0] != users[1] == probe.get("WhoAmI").json["UserId"]


def test_impersonating_calls(probe: Probe) -> None:
    """When somebody is acted for, both are named."""
    probe.webhook("Create", "account")
    probe.created("accounts")
    anna = document(probe)["UserId"]
    probe.post("accounts", {}, mscrmcallerid=anna)
    found = document(probe)
    assert (found["UserId"], found["InitiatingUserId"]) == (anna, probe.get("WhoAmI").json["UserId"])


def test_cascades_are_nested(probe: Probe) -> None:
    """What happens in consequence is deeper and names what it follows from."""
    account = probe.created("accounts", name="A")
    probe.created("contacts", **{"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    probe.webhook("Delete", "contact")
    probe.delete(f"accounts({account})")
    found = document(probe)
    assert found["Depth"] == 2
    assert found["ParentContext"]["ParentContext"]["PrimaryEntityId"] == account


def test_calls_hold_the_moment(probe: Probe) -> None:
    """A call tells the row as it was when it changed, however late it is sent."""
    probe.webhook("Create", "account")
    row_id = probe.created("accounts", name="A")
    probe.patch(f"accounts({row_id})", {"name": "B"})
    assert columns(target(document(probe, 0)))["name"] == "A"


def test_large_calls_are_stripped(probe: Probe) -> None:
    """A body over 256 KB loses its rows and says so in a header."""
    step = probe.webhook("Update", "msdyn_paymentschedule")
    probe.twin.environment.table("msdyn_paymentschedules")
    row_id = probe.created("msdyn_paymentschedules", msdyn_note="x" * 2000)
    bind = {"sdkmessageprocessingstepid@odata.bind": f"/sdkmessageprocessingsteps({step})"}
    for number in range(80):
        image = {"name": "i", "entityalias": f"i{number}", "imagetype": 2, "messagepropertyname": "Target"}
        probe.created("sdkmessageprocessingstepimages", **image, **bind)
    probe.patch(f"msdyn_paymentschedules({row_id})", {"msdyn_name": "A"})
    delivery = probe.twin.outbox[-1]
    assert "x-ms-dynamics-msg-size-exceeded" in delivery.headers
    gone = {"ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages"}
    assert list(document(probe)) == [name for name in MEMBERS if name not in gone]


def test_deliveries_name_their_step(probe: Probe) -> None:
    """A delivery says what it is about without its body being read."""
    probe.webhook("Create", "account")
    row_id = probe.created("accounts")
    delivery: Delivery = probe.twin.outbox[0]
    assert (delivery.step, delivery.table, delivery.row_id) == ("Create of account", "accounts", row_id)
    assert (delivery.attempts, delivery.queued) == ([], probe.now)
