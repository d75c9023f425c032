"""Webhooks: registration, which changes are told, and the calls as they stand on the wire."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.emulator.dataverse import Delivery
from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.probing import change_set

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


def told(probe: Probe) -> list[tuple[str, str]]:
    """Messages and rows in the outbox, in order."""
    return [(delivery.message, delivery.row_id) for delivery in probe.twin.outbox]


def document(probe: Probe, place: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(probe.twin.outbox[place].body)
    return found


def pairs(found: list[dict[str, Any]]) -> dict[str, Any]:
    """A list of keys and values as a mapping."""
    assert all(list(each) == ["key", "value"] for each in found)
    return {each["key"]: each["value"] for each in found}


def target(found: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = pairs(found["InputParameters"])["Target"]
    return value


def columns(entity: dict[str, Any]) -> dict[str, Any]:
    return pairs(entity["Attributes"])


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
    """A create tells everything that is stored; what the client sent stands in the parent context."""
    probe.webhook("Create", "account")
    me = probe.get("WhoAmI").json
    contact = probe.created("contacts", lastname="Novak")
    bind = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    body = {"name": "A", "creditlimit": 25000, "customertypecode": 3, "numberofemployees": 42, "fax": None, **bind}
    said = probe.post("accounts?tag=koppel", body)
    found = document(probe)
    row_id = said.headers["location"].rpartition("(")[2].rstrip(")")
    assert (found["MessageName"], found["Stage"], found["Mode"], found["Depth"]) == ("Create", 40, 1, 1)
    assert (found["PrimaryEntityName"], found["PrimaryEntityId"]) == ("account", row_id)
    assert found["InitiatingUserId"] == found["UserId"] == me["UserId"]
    assert (found["BusinessUnitId"], found["OrganizationId"]) == (me["BusinessUnitId"], me["OrganizationId"])
    assert found["OutputParameters"] == [{"key": "id", "value": row_id}]
    assert found["SecondaryEntityName"] == "none"
    assert found["OwningExtension"]["LogicalName"] == "sdkmessageprocessingstep"
    assert found["OwningExtension"]["Name"] is None
    assert list(pairs(found["SharedVariables"])) == ["tag", "IsAutoTransact", "DefaultsAddedFlag"]
    entity = target(found)
    values = columns(entity)
    assert values["name"] == "A"
    assert values["accountid"] == entity["Id"] == row_id
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
    probe.twin.behaviour.delete_rules = {("contacts", "parentcustomerid"): "cascade"}
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
