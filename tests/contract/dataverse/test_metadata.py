"""Metadata: what a preflight asks, and what a set-up changes."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.emulator.dataverse.probe import Probe

ACCOUNT = "EntityDefinitions(LogicalName='account')"
CRM = "Microsoft.Dynamics.CRM."
LABEL = {
    "LocalizedLabels": [{"Label": "Number", "LanguageCode": 1033}],
    "UserLocalizedLabel": {"Label": "Number", "LanguageCode": 1033},
}


def test_service_document(probe: Probe) -> None:
    """The root lists the entity sets."""
    found = probe.get("").json
    assert found["@odata.context"].endswith("/api/data/v9.2/$metadata")
    assert {"name": "accounts", "kind": "EntitySet", "url": "accounts"} in found["value"]


def test_model(probe: Probe) -> None:
    """The model names types, properties and navigation properties."""
    said = probe.get("$metadata")
    assert said.headers["content-type"] == "application/xml"
    schema = ET.fromstring(said.text)  # noqa: S314
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    contact = next(each for each in schema.iter(f"{edm}EntityType") if each.get("Name") == "contact")
    names = {each.get("Name") for each in contact.iter(f"{edm}NavigationProperty")}
    assert {"parentcustomerid_account", "parentcustomerid_contact", "ownerid"} <= names
    properties = {each.get("Name"): each.get("Type") for each in contact.iter(f"{edm}Property")}
    assert properties["_parentcustomerid_value"] == "Edm.Guid"


def test_one_table(probe: Probe) -> None:
    """A table tells its names and what is switched on."""
    names = "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,ChangeTrackingEnabled"
    found = probe.get(f"{ACCOUNT}?$select={names},IsOptimisticConcurrencyEnabled,ObjectTypeCode").json
    assert found["EntitySetName"] == "accounts"
    assert (found["PrimaryIdAttribute"], found["PrimaryNameAttribute"]) == ("accountid", "name")
    assert found["ChangeTrackingEnabled"] is found["IsOptimisticConcurrencyEnabled"] is True
    assert "MetadataId" in found
    assert "SchemaName" not in found
    again = probe.get(f"EntityDefinitions({found['MetadataId']})?$select=LogicalName").json
    assert again["LogicalName"] == "account"


@pytest.mark.parametrize("name", ["Account", "accounts", "nothing"])
def test_unknown_tables(probe: Probe, name: str) -> None:
    """Tables are named exactly."""
    assert probe.get(f"EntityDefinitions(LogicalName='{name}')").refusal == (404, "0x80041102")


def test_all_tables_with_keys(probe: Probe) -> None:
    """Tables can be listed with their keys, filtered by equality."""
    keys = "Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)"
    target = f"EntityDefinitions?$select=LogicalName&$expand={keys}"
    found = {row["LogicalName"]: row["Keys"] for row in probe.get(target).rows}
    assert found["account"][0]["KeyAttributes"] == ["accountnumber", "msdyn_company"]
    assert found["account"][0]["EntityKeyIndexStatus"] == "Active"
    assert found["transactioncurrency"] == []
    one = probe.get(f"{target}&$filter=LogicalName eq 'account' or LogicalName eq 'contact'").rows
    assert len(one) == 2


@pytest.mark.parametrize(
    ("option", "refusal"),
    [
        ("$filter=startswith(LogicalName,'a')", (501, "0x8006088a")),
        ("$filter=ObjectTypeCode gt 5", (501, "0x8006088a")),
        ("$filter=Nothing eq 'a'", (400, "0x80060888")),
        ("$select=Nothing", (400, "0x80060888")),
        ("$expand=Nothing", (400, "0x80060888")),
        ("$top=1", (400, "0x80060888")),
        ("$orderby=LogicalName", (400, "0x80060888")),
    ],
)
def test_bad_options(probe: Probe, option: str, refusal: tuple[int, str]) -> None:
    """Metadata is compared with eq and ne only, and not ordered."""
    assert probe.get(f"EntityDefinitions?{option}").refusal == refusal


def test_columns(probe: Probe) -> None:
    """Columns tell type and use; the type stands in their annotation."""
    names = "LogicalName,AttributeType,AttributeTypeName,RequiredLevel,IsValidForCreate,IsValidForUpdate"
    rows = {row["LogicalName"]: row for row in probe.get(f"{ACCOUNT}/Attributes?$select={names}").rows}
    assert rows["name"]["@odata.type"] == f"#{CRM}StringAttributeMetadata"
    assert rows["name"]["AttributeTypeName"] == {"Value": "StringType"}
    assert (rows["createdon"]["IsValidForCreate"], rows["createdon"]["IsValidForUpdate"]) == (False, False)
    assert (rows["msdyn_company"]["IsValidForCreate"], rows["msdyn_company"]["IsValidForUpdate"]) == (True, True)
    assert rows["accountid"]["RequiredLevel"]["Value"] == "SystemRequired"
    types = {name: row["AttributeType"] for name, row in rows.items()}
    assert types["statecode"] == "State"
    assert types["statuscode"] == "Status"
    assert types["ownerid"] == "Owner"
    assert types["versionnumber"] == "BigInt"


@pytest.mark.parametrize(
    ("cast", "select", "name", "expected"),
    [
        ("String", "MaxLength", "accountnumber", {"MaxLength": 20}),
        ("Memo", "MaxLength", "description", {"MaxLength": 2000}),
        ("Money", "Precision,MaxValue", "creditlimit", {"Precision": 2, "MaxValue": 100000000000000}),
        ("Integer", "MinValue", "numberofemployees", {"MinValue": 0}),
        ("Double", "Precision", "address1_latitude", {"Precision": 5}),
        ("Boolean", "DefaultValue", "msdyn_onetimecustomer", {"DefaultValue": False}),
        ("Lookup", "Targets", "primarycontactid", {"Targets": ["contact"]}),
        ("DateTime", "Format,DateTimeBehavior", "createdon", {"DateTimeBehavior": {"Value": "UserLocal"}}),
        ("UniqueIdentifier", "IsPrimaryId", "accountid", {"IsPrimaryId": True}),
    ],
)
def test_typed_columns(probe: Probe, cast: str, select: str, name: str, expected: dict[str, Any]) -> None:
    """A cast gives the columns of one type with what belongs to it."""
    said = probe.get(f"{ACCOUNT}/Attributes/{CRM}{cast}AttributeMetadata?$select=LogicalName,{select}")
    rows = {row["LogicalName"]: row for row in said.rows}
    assert expected.items() <= rows[name].items()
    one = probe.get(f"{ACCOUNT}/Attributes(LogicalName='{name}')/{CRM}{cast}AttributeMetadata?$select={select}").json
    assert expected.items() <= one.items()


def test_options_of_choices(probe: Probe) -> None:
    """Options of choices are expanded on request."""
    cast = f"{ACCOUNT}/Attributes/{CRM}PicklistAttributeMetadata"
    expand = "OptionSet($select=Options),GlobalOptionSet($select=Options)"
    rows = {row["LogicalName"]: row for row in probe.get(f"{cast}?$select=LogicalName&$expand={expand}").rows}
    options = rows["customertypecode"]["OptionSet"]["Options"]
    assert {"Value": 3, "Label": options[2]["Label"]} == options[2]
    assert options[2]["Label"]["UserLocalizedLabel"]["Label"] == "Customer"
    assert rows["customertypecode"]["GlobalOptionSet"] is None
    status = f"{ACCOUNT}/Attributes/{CRM}StatusAttributeMetadata?$expand=OptionSet"
    assert [option["State"] for option in probe.get(status).rows[0]["OptionSet"]["Options"]] == [0, 1]


@pytest.mark.parametrize(
    "path", ["Attributes/Nothing", "Attributes/Microsoft.Dynamics.CRM.Nothing", "Nothing", "Keys(1)", "Keys/x"]
)
def test_unknown_paths(probe: Probe, path: str) -> None:
    """What is not there is not found."""
    assert probe.get(f"{ACCOUNT}/{path}").status == 404


def test_unknown_column(probe: Probe) -> None:
    """A column is named exactly."""
    assert probe.get(f"{ACCOUNT}/Attributes(LogicalName='Name')").status == 404


def test_relationships(probe: Probe) -> None:
    """Lookups tell the name to bind them by, once per target."""
    names = "SchemaName,ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName"
    target = f"EntityDefinitions(LogicalName='contact')/ManyToOneRelationships?$select={names}"
    rows = [row for row in probe.get(target).rows if row["ReferencingAttribute"] == "parentcustomerid"]
    found = {row["ReferencedEntity"]: row["ReferencingEntityNavigationPropertyName"] for row in rows}
    assert found == {"account": "parentcustomerid_account", "contact": "parentcustomerid_contact"}


def test_relationships_from_the_other_end(probe: Probe) -> None:
    """A table tells which rows point to its own, and what a delete does to them."""
    names = "ReferencingEntity,ReferencingAttribute,CascadeConfiguration"
    rows = probe.get(f"EntityDefinitions(LogicalName='account')/OneToManyRelationships?$select={names}").rows
    found = {
        (row["ReferencingEntity"], row["ReferencingAttribute"]): row["CascadeConfiguration"]["Delete"] for row in rows
    }
    assert (found["contact", "parentcustomerid"], found["annotation", "objectid"]) == ("Cascade", "Cascade")
    assert found["account", "msdyn_billingaccount"] == "RemoveLink"
    assert ("contact", "transactioncurrencyid") not in found


def test_no_global_choices(probe: Probe) -> None:
    """There are no global choices."""
    assert probe.get("GlobalOptionSetDefinitions(Name='new_x')").status == 404
    assert probe.get("GlobalOptionSetDefinitions").rows == []


def test_change_tracking_is_turned_on(probe: Probe) -> None:
    """The whole definition is put with the switch on, and counts once it is published."""
    contact = "EntityDefinitions(LogicalName='contact')"
    probe.twin.environment.table("contacts").definition.change_tracking = False
    whole = {name: value for name, value in probe.get(contact).json.items() if not name.startswith("@")}
    assert probe.put(contact, {"ChangeTrackingEnabled": True}).refusal == (400, "0x80060888")
    assert probe.put(contact, whole | {"SchemaName": "x"}).refusal == (400, "0x80040203")
    assert probe.put(contact, whole | {"ChangeTrackingEnabled": True}).status == 204
    assert probe.get("contacts", prefer="odata.track-changes").refusal == (400, "0x80072491")
    assert probe.post("PublishXml", {}).refusal == (400, "0x80060888")
    xml = "<importexportxml><entities><entity>contact</entity></entities></importexportxml>"
    assert probe.post("PublishXml", {"ParameterXml": xml}).status == 204
    assert probe.get("contacts", prefer="odata.track-changes").status == 200
    assert probe.put(contact, whole | {"ChangeTrackingEnabled": False}).refusal == (400, "0x80040203")


def test_keys_are_made(probe: Probe) -> None:
    """A new key can be used when its index is active."""
    probe.twin.behaviour.key_index_seconds = 10
    row_id = probe.created("accounts", msdyn_partynumber="P-1")
    body = {"SchemaName": "new_party", "DisplayName": LABEL, "KeyAttributes": ["msdyn_partynumber"]}
    said = probe.post(f"{ACCOUNT}/Keys", body)
    assert said.status == 204
    key = said.headers["odata-entityid"].rpartition("/")[2]
    seen = []
    for _ in range(3):
        status = probe.get(f"{ACCOUNT}/{key}").json["EntityKeyIndexStatus"]
        seen.append((status, probe.get("accounts(msdyn_partynumber='P-1')").status))
        probe.pass_time(5)
    assert seen == [("Pending", 400), ("InProgress", 400), ("Active", 200)]
    assert probe.get("accounts(msdyn_partynumber='p-1')").json["accountid"] == row_id
    assert "Number" in probe.post("accounts", {"msdyn_partynumber": "P-1"}).message
    assert probe.delete(f"{ACCOUNT}/{key}").status == 204
    assert probe.post("accounts", {"msdyn_partynumber": "P-1"}).status == 204


def test_inactive_keys_have_their_own_code(probe: Probe) -> None:
    """A key that is known but not active is not defined yet."""
    probe.twin.behaviour.key_index_seconds = 10
    body = {"SchemaName": "new_party", "DisplayName": LABEL, "KeyAttributes": ["msdyn_partynumber"]}
    probe.post(f"{ACCOUNT}/Keys", body)
    assert probe.get("accounts(msdyn_partynumber='P-1')").refusal == (400, "0x80060890")


def test_keys_over_doubles_fail(probe: Probe) -> None:
    """Rows that share a key let its index fail."""
    for _ in range(2):
        probe.created("accounts", msdyn_partynumber="P-1")
    body = {"SchemaName": "new_party", "DisplayName": LABEL, "KeyAttributes": ["msdyn_partynumber"]}
    assert probe.post(f"{ACCOUNT}/Keys", body).status == 204
    keys = {row["SchemaName"]: row["EntityKeyIndexStatus"] for row in probe.get(f"{ACCOUNT}/Keys").rows}
    assert keys["new_party"] == "Failed"
    assert probe.get("accounts(msdyn_partynumber='P-1')").refusal == (400, "0x80060890")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SchemaName": ""}, "0x80060888"),
        ({"DisplayName": "Number"}, "0x80060888"),
        ({"KeyAttributes": []}, "0x80060888"),
        ({"KeyAttributes": "fax"}, "0x80060888"),
        ({"KeyAttributes": ["fax", "fax"]}, "0x80060888"),
        ({"KeyAttributes": ["Fax"]}, "0x80041103"),
        ({"KeyAttributes": ["description"]}, "0x80040203"),
        ({"KeyAttributes": ["creditlimit"]}, "0x80040203"),
        ({"KeyAttributes": ["msdyn_onetimecustomer"]}, "0x80040203"),
        ({"KeyAttributes": ["websiteurl", "name", "address1_line1"]}, "0x80040203"),
        ({"KeyAttributes": ["accountnumber", "msdyn_company"]}, "0x80060892"),
    ],
)
def test_bad_keys(probe: Probe, changes: dict[str, Any], code: str) -> None:
    """Keys have names, allowed types, and limits."""
    body = {"SchemaName": "new_key", "DisplayName": LABEL, "KeyAttributes": ["fax"], **changes}
    assert probe.post(f"{ACCOUNT}/Keys", body).refusal == (400, code)


def test_most_keys(probe: Probe) -> None:
    """A table has at most ten keys, those that were shipped among them."""
    columns = [name for name in probe.twin.environment.table("accounts").definition.columns if "address" in name]
    bodies = [
        {"SchemaName": f"new_{name}", "DisplayName": LABEL, "KeyAttributes": [name, "fax"]}
        for name in columns
        if name.endswith(("city", "county", "postalcode", "country", "line1", "stateorprovince"))
    ]
    free = 10 - len(probe.twin.environment.table("accounts").definition.keys)
    said = [probe.post(f"{ACCOUNT}/Keys", body).status for body in bodies]
    assert said[:free] == [204] * free
    assert said[free:] == [400] * (len(said) - free)
    assert len(said) > free


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "EntityDefinitions"), ("DELETE", f"{ACCOUNT}/Attributes"), ("DELETE", ACCOUNT)]
)
def test_other_changes_are_left_out(probe: Probe, method: str, path: str) -> None:
    """The twin says what it cannot change."""
    assert probe.send(method, path, {}).refusal == (501, "0x8006088a")


def test_dual_write_is_not_there(probe: Probe) -> None:
    """A preflight that looks for dual-write finds its tables empty."""
    for table in ("msdyn_dualwriteentitymaps", "msdyn_dualwriteruntimeconfigs"):
        assert probe.get(table).rows == []
    probe.created("msdyn_dualwriteentitymaps", msdyn_name="Customers V3")
    assert probe.get("msdyn_dualwriteentitymaps?$filter=statecode eq 0").rows[0]["msdyn_name"] == "Customers V3"


def test_every_type_that_the_model_names_is_declared(probe: Probe) -> None:
    """A strict reader refuses a model that names a type, or a property of it, and declares it nowhere."""
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    model = ET.fromstring(probe.get("$metadata").text)  # noqa: S314 - written by the twin itself
    declared = {
        each.get("Name"): {found.get("Name") for found in each.iter(f"{edm}Property")}
        for each in model.iter(f"{edm}EntityType")
    }
    for navigation in model.iter(f"{edm}NavigationProperty"):
        whole = str(navigation.get("Type"))
        target = whole.removeprefix("Collection(").removesuffix(")").removeprefix("Microsoft.Dynamics.CRM.")
        assert target in declared
        bound = [each.get("ReferencedProperty") for each in navigation.iter(f"{edm}ReferentialConstraint")]
        assert len(bound) == (0 if whole.startswith("Collection(") else 1), navigation.attrib
        assert set(bound) <= declared[target], navigation.attrib


def test_schema_names(probe: Probe) -> None:
    """A table has a name in which letter case is kept."""
    found = probe.get("EntityDefinitions?$select=LogicalName,SchemaName").json["value"]
    names = {each["LogicalName"]: each["SchemaName"] for each in found}
    assert (names["account"], names["uomschedule"], names["msdyn_party"]) == ("Account", "UoMSchedule", "msdyn_party")
    assert all(name.lower() == logical for logical, name in names.items())


def test_names_of_a_type_are_given_once(probe: Probe) -> None:
    """A strict reader refuses a type that has two properties of one name."""
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    model = ET.fromstring(probe.get("$metadata").text)  # noqa: S314 - written by the twin itself
    for each in model.iter(f"{edm}EntityType"):
        names = [found.get("Name") for found in each if found.tag in (f"{edm}Property", f"{edm}NavigationProperty")]
        assert len(names) == len(set(names)), each.get("Name")


def test_what_clients_ask_of_all_tables_and_columns(probe: Probe) -> None:
    """Clients skip tables that are private, and columns that belong to another one."""
    tables = probe.get("EntityDefinitions?$select=LogicalName&$filter=IsPrivate eq false").json["value"]
    assert "account" in {each["LogicalName"] for each in tables}
    found = probe.get("EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName,AttributeOf").json
    assert {each["AttributeOf"] for each in found["value"]} == {None}


def test_relationships_of_all_tables(probe: Probe) -> None:
    """All of them in one list, each by its name; none is of many rows to many."""
    name = "account_contact_parentcustomerid"
    (found,) = probe.get(f"RelationshipDefinitions?$filter=SchemaName eq '{name}'").rows
    assert found["@odata.type"] == f"#{CRM}OneToManyRelationshipMetadata"
    assert (found["ReferencedEntity"], found["ReferencingAttribute"]) == ("account", "parentcustomerid")
    for address in (f"SchemaName='{name}'", found["MetadataId"]):
        assert probe.get(f"RelationshipDefinitions({address})").json["SchemaName"] == name
    assert probe.get(f"RelationshipDefinitions/{CRM}OneToManyRelationshipMetadata?$select=SchemaName").rows
    assert probe.get(f"RelationshipDefinitions/{CRM}ManyToManyRelationshipMetadata").rows == []
    assert probe.get(f"{ACCOUNT}/ManyToManyRelationships").rows == []
    assert probe.get(f"RelationshipDefinitions/{CRM}Nothing").status == 404
    assert probe.post("RelationshipDefinitions", {}).refusal == (501, "0x8006088a")


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("account", ("AccountNumber", "EMailAddress1", "Address1_City", "WebSiteURL", "StateCode", "msdyn_partyid")),
        ("contact", ("FirstName", "ParentCustomerId", "WebSiteUrl", "CreatedOn", "OwnerId", "msdyn_sellable")),
        ("msdyn_customergroup", ("msdyn_groupid", "CreatedOn", "OwnerId", "statecode", "statuscode", "VersionNumber")),
        ("transactioncurrency", ("ISOCurrencyCode", "CurrencyPrecision", "ExchangeRate")),
        ("quotedetail", ("PricePerUnit", "QuoteId")),
    ],
)
def test_schema_names_of_columns(probe: Probe, table: str, names: tuple[str, ...]) -> None:
    """A column, too, has a name in which letter case is kept, and can be looked for by it."""
    path = f"EntityDefinitions(LogicalName='{table}')/Attributes"
    found = {row["LogicalName"]: row["SchemaName"] for row in probe.get(f"{path}?$select=LogicalName,SchemaName").rows}
    assert {found[name.lower()] for name in names} == set(names)
    assert all(schema.lower() == logical for logical, schema in found.items())
    (row,) = probe.get(f"{path}?$select=LogicalName&$filter=SchemaName eq '{names[0]}'").rows
    assert row["LogicalName"] == names[0].lower()
