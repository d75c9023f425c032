"""What a set-up makes: publisher, solution, columns, keys, automatic numbers, options, forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.dataverse.catalogue import product_body, unit_group
from tests.emulator.dataverse.probe import Probe

CRM = "Microsoft.Dynamics.CRM."
CONTACT = "EntityDefinitions(LogicalName='contact')"
ACCOUNT = "EntityDefinitions(LogicalName='account')"
REFUSED = (400, "0x80040203")
IN_SOLUTION = {"mscrm.solutionuniquename": "Koppel"}
FORM_REFUSED = (400, "0x8004701e")


def label(text: str) -> dict[str, Any]:
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": 1033}]}


def text_column(name: str = "koppel_ContactNumber", **values: Any) -> dict[str, Any]:
    """The definition of a text column."""
    kind = {"@odata.type": f"{CRM}StringAttributeMetadata", "SchemaName": name, "DisplayName": label("Contact Number")}
    return {**kind, "MaxLength": 20, "RequiredLevel": {"Value": "None"}, **values}


def yes_no(name: str, *, default: bool = False) -> dict[str, Any]:
    options = {"TrueOption": {"Value": 1, "Label": label("Yes")}, "FalseOption": {"Value": 0, "Label": label("No")}}
    kind = {"@odata.type": f"{CRM}BooleanAttributeMetadata", "SchemaName": name, "DisplayName": label(name)}
    return {**kind, "OptionSet": options, "DefaultValue": default}


def choice(name: str = "koppel_ProcessingStatus") -> dict[str, Any]:
    options = [{"Value": 100_000 + place, "Label": label(text)} for place, text in enumerate(("Active", "Draft"))]
    kind = {"@odata.type": f"{CRM}PicklistAttributeMetadata", "SchemaName": name, "DisplayName": label(name)}
    return {**kind, "OptionSet": {"IsGlobal": False, "Options": options}, "DefaultFormValue": 100_001}


@pytest.fixture
def ready(probe: Probe) -> Probe:
    """A publisher with the prefix koppel, and its unmanaged solution."""
    publisher = probe.created(
        "publishers", uniquename="koppel", friendlyname="Koppel", customizationprefix="koppel",
        customizationoptionvalueprefix=64_739,
    )  # fmt: skip
    bind = {"publisherid@odata.bind": f"/publishers({publisher})"}
    probe.created("solutions", uniquename="Koppel", friendlyname="Koppel", version="1.0.0.0", **bind)
    return probe


@pytest.mark.parametrize(
    "change",
    [
        {"customizationprefix": "k"},
        {"customizationprefix": "mscrmk"},
        {"customizationprefix": "Kop pel"},
        {"customizationoptionvalueprefix": None},
        {"uniquename": None},
        {"uniquename": "kop pel"},
    ],
)
def test_publishers(probe: Probe, change: dict[str, Any]) -> None:
    """A publisher has a unique name, a prefix of two to eight letters and digits, and one for option values."""
    body = {"uniquename": "koppel", "friendlyname": "K", "customizationprefix": "koppel"}
    body |= {"customizationoptionvalueprefix": 64_739} | change
    assert probe.post("publishers", body).refusal == REFUSED


def test_solutions_are_unique_and_unmanaged(ready: Probe) -> None:
    """A second solution of one name is refused; nothing is put into one that is not there."""
    (publisher,) = (row["publisherid"] for row in ready.twin.rows("publishers") if row["uniquename"] == "koppel")
    bind = {"publisherid@odata.bind": f"/publishers({publisher})"}
    body = {"uniquename": "koppel", "friendlyname": "Again", "version": "1.0", **bind}
    assert ready.post("solutions", body).status == 412
    assert ready.post("solutions", {**body, "uniquename": "Other", "version": "one"}).refusal == REFUSED
    asked = {"mscrm.solutionuniquename": "Nothing"}
    assert ready.post(f"{CONTACT}/Attributes", text_column(), **asked).refusal == (400, "0x80048d21")


def test_a_column_is_there_at_once(ready: Probe) -> None:
    """Rows that were there have no value, new ones the default; the column belongs to the solution."""
    old = ready.created("contacts", lastname="Novak")
    before = ready.get(f"contacts({old})").json["@odata.etag"]
    said = ready.post(f"{CONTACT}/Attributes", yes_no("koppel_IsActiveCustomer"), **IN_SOLUTION)
    assert said.status == 204
    assert "Attributes(" in said.headers["odata-entityid"]
    row = ready.get(f"contacts({old})").json
    assert (row["koppel_isactivecustomer"], row["@odata.etag"]) == (None, before)
    new = ready.created("contacts", lastname="Silva")
    assert ready.get(f"contacts({new})?$select=koppel_isactivecustomer").json["koppel_isactivecustomer"] is False
    assert ready.patch(f"contacts({old})", {"koppel_isactivecustomer": True}).status == 204
    assert ready.get("contacts?$filter=koppel_isactivecustomer eq true").rows[0]["contactid"] == old
    assert [row["componenttype"] for row in ready.twin.rows("solutioncomponents")] == [2]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"SchemaName": "other_ContactNumber"}, REFUSED),
        ({"SchemaName": "ContactNumber"}, REFUSED),
        ({"SchemaName": None}, (400, "0x80060888")),
        ({"DisplayName": {}}, (400, "0x80060888")),
        ({"DisplayName": {"LocalizedLabels": [{"Label": "N", "LanguageCode": 1043}]}}, REFUSED),
        ({"MaxLength": 4001}, REFUSED),
        ({"MaxLength": 0}, REFUSED),
        ({"RequiredLevel": {"Value": "SystemRequired"}}, (400, "0x80060888")),
        ({"AutoNumberFormat": "CON-"}, REFUSED),
        ({"AutoNumberFormat": "CON-{SEQNUM}"}, REFUSED),
        ({"AutoNumberFormat": "CON-{SEQNUM:5}-{RANDSTRING:7}"}, REFUSED),
        ({"AutoNumberFormat": "{SEQNUM:5}{SEQNUM:5}"}, REFUSED),
        ({"AutoNumberFormat": "{SEQNUM:5}{COUNTER:5}"}, REFUSED),
        ({"@odata.type": ""}, (400, "0x80060888")),
        ({"@odata.type": f"{CRM}LookupAttributeMetadata"}, (501, "0x8006088a")),
    ],
)
def test_columns_that_are_refused(ready: Probe, change: dict[str, Any], refusal: tuple[int, str]) -> None:
    """Names begin with a publisher's prefix, labels are in the base language, formats have known placeholders."""
    assert ready.post(f"{CONTACT}/Attributes", text_column() | change).refusal == refusal


def test_a_column_is_made_once(ready: Probe) -> None:
    """A second one of that name is refused, in any letter case and of any type."""
    assert ready.post(f"{CONTACT}/Attributes", text_column()).status == 204
    assert ready.post(f"{CONTACT}/Attributes", text_column("koppel_contactnumber")).refusal == (400, "0x80047013")
    assert ready.post(f"{CONTACT}/Attributes", yes_no("koppel_ContactNumber")).refusal == (400, "0x80047013")


@pytest.mark.parametrize(
    ("target", "body", "privilege"),
    [
        (f"{CONTACT}/Attributes", text_column(), "prvCreateAttribute"),
        (f"{CONTACT}/Keys", {}, "prvWriteEntity"),
        ("PublishXml", {"ParameterXml": "<importexportxml/>"}, "prvPublishCustomization"),
        ("InsertOptionValue", {}, "prvWriteAttribute"),
        ("publishers", {}, "prvCreatePublisher"),
        ("solutions", {}, "prvCreateSolution"),
    ],
)
def test_missing_privileges(ready: Probe, target: str, body: dict[str, Any], privilege: str) -> None:
    """A right that was taken away in the middle of set-up refuses its step, and names itself."""
    ready.twin.behaviour.missing_privileges = {privilege}
    said = ready.post(target, body)
    assert said.refusal == (403, "0x80040220")
    assert privilege.lower() in said.message.lower()


def test_automatic_numbers(ready: Probe) -> None:
    """A row without a number gets the next one, a number given by hand stays, and nothing keeps both apart."""
    format_ = "CON-{SEQNUM:5}-{RANDSTRING:6}"
    ready.post(f"{CONTACT}/Attributes", text_column(AutoNumberFormat=format_))
    rows = [ready.twin.row("contacts", ready.created("contacts", lastname=name)) for name in ("Novak", "Silva")]
    numbers = [str(row["koppel_contactnumber"]) for row in rows if row is not None]
    assert [number[:10] for number in numbers] == ["CON-01000-", "CON-01001-"]
    assert all(len(number) == 16 and number[10:].isalnum() and number.upper() == number for number in numbers)
    own = ready.created("contacts", koppel_contactnumber="CON-01002-ABCDEF")
    row = ready.twin.row("contacts", own)
    assert row is not None
    assert row["koppel_contactnumber"] == "CON-01002-ABCDEF"
    assert ready.post("GetNextAutoNumberValue", numbered()).json["NextAutoNumberValue"] == 1002


def numbered(**values: Any) -> dict[str, Any]:
    return {"EntityName": "contact", "AttributeName": "koppel_contactnumber", **values}


def test_the_seed_of_automatic_numbers(ready: Probe) -> None:
    """A block of numbers is reserved by moving the seed; only numbered columns have one."""
    assert ready.post("SetAutoNumberSeed", {"EntityName": "contact", "AttributeName": "fax", "Value": 5}).status == 400
    ready.post(f"{CONTACT}/Attributes", text_column(AutoNumberFormat="CON-{SEQNUM:5}"))
    assert ready.post("GetAutoNumberSeed", numbered()).json["AutoNumberSeedValue"] == 1000
    assert ready.post("SetAutoNumberSeed", numbered(Value="5")).refusal == REFUSED
    assert ready.post("SetAutoNumberSeed", numbered(Value=2000)).status == 204
    row = ready.twin.row("contacts", ready.created("contacts", lastname="Novak"))
    assert row is not None
    assert row["koppel_contactnumber"] == "CON-02000"


def test_a_standard_column_gets_numbers_when_that_is_published(ready: Probe) -> None:
    """The whole definition is put back with the format; until it is published accounts stay without numbers."""
    target = f"{ACCOUNT}/Attributes(LogicalName='accountnumber')"
    found = ready.get(target).json
    body = {**found, "@odata.type": f"{CRM}StringAttributeMetadata", "AutoNumberFormat": "ACC-{SEQNUM:5}"}
    assert ready.put(target, {"AutoNumberFormat": "ACC-{SEQNUM:5}"}).refusal == (400, "0x80060888")
    assert ready.put(target, {**body, "AutoNumberFormat": "ACC"}).refusal == REFUSED
    assert ready.put(target, body).status == 204
    early = ready.twin.row("accounts", ready.created("accounts", name="Contoso"))
    publish(ready, "account")
    late = ready.twin.row("accounts", ready.created("accounts", name="Fabrikam"))
    assert early is not None
    assert late is not None
    assert (early["accountnumber"], late["accountnumber"]) == (None, "ACC-01000")


def publish(probe: Probe, *tables: str) -> None:
    names = "".join(f"<entity>{table}</entity>" for table in tables)
    xml = f"<importexportxml><entities>{names}</entities></importexportxml>"
    assert probe.post("PublishXml", {"ParameterXml": xml}).status == 204


def test_a_key_is_active_after_a_while(ready: Probe) -> None:
    """The index of a key over a new column is built asynchronously; a double makes it fail until it is mended."""
    ready.twin.behaviour.key_index_seconds = 60
    ready.post(f"{CONTACT}/Attributes", text_column())
    rows = [ready.created("contacts", koppel_contactnumber="CON-1") for _ in range(2)]
    body = {"SchemaName": "koppel_number", "DisplayName": label("Number"), "KeyAttributes": ["koppel_contactnumber"]}
    assert ready.post(f"{CONTACT}/Keys", body, **IN_SOLUTION).status == 204
    assert status(ready) == "Pending"
    ready.pass_time(60)
    assert status(ready) == "Failed"
    ready.twin.update("contacts", rows[0], {"koppel_contactnumber": "CON-2"})
    named = {"EntityLogicalName": "contact", "EntityKeyLogicalName": "koppel_number"}
    assert ready.post("ReactivateEntityKey", named).status == 204
    assert status(ready) == "Pending"
    ready.pass_time(60)
    assert status(ready) == "Active"
    assert ready.post("ReactivateEntityKey", named).refusal == REFUSED


def status(probe: Probe) -> str:
    rows = probe.get(f"{CONTACT}/Keys?$select=SchemaName,EntityKeyIndexStatus").rows
    return next(str(row["EntityKeyIndexStatus"]) for row in rows if row["SchemaName"] == "koppel_number")


def test_options_of_a_choice(ready: Probe) -> None:
    """An option is added, renamed and taken away through actions, and counts once it is published."""
    orders = "EntityDefinitions(LogicalName='salesorder')"
    assert ready.post(f"{orders}/Attributes", choice()).status == 204
    order = ready.created("salesorders", name="Coffee")
    assert ready.get(f"salesorders({order})").json["koppel_processingstatus"] == 100_001
    named = {"EntityLogicalName": "salesorder", "AttributeLogicalName": "koppel_processingstatus"}
    body = {**named, "Label": label("Confirmed"), "SolutionUniqueName": "Koppel"}
    value = ready.post("InsertOptionValue", body).json["NewOptionValue"]
    assert value == 647_390_000
    assert ready.patch(f"salesorders({order})", {"koppel_processingstatus": value}).status == 400
    assert ready.post("InsertOptionValue", {**body, "Value": value}).refusal == REFUSED
    assert ready.post("UpdateOptionValue", {**named, "Value": value, "Label": label("Settled")}).status == 204
    publish(ready, "salesorder")
    assert ready.patch(f"salesorders({order})", {"koppel_processingstatus": value}).status == 204
    target = f"{orders}/Attributes(LogicalName='koppel_processingstatus')/{CRM}PicklistAttributeMetadata"
    options = ready.get(f"{target}?$select=LogicalName&$expand=OptionSet").json["OptionSet"]["Options"]
    assert [each["Label"]["UserLocalizedLabel"]["Label"] for each in options] == ["Active", "Draft", "Settled"]
    assert ready.post("DeleteOptionValue", {**named, "Value": 5}).refusal == REFUSED
    assert ready.post("DeleteOptionValue", {**named, "Value": 100_000}).status == 204


def main_form(probe: Probe, table: str) -> dict[str, Any]:
    query = quote(f"objecttypecode eq '{table}' and type eq 2", safe="")
    found: dict[str, Any] = probe.get(f"systemforms?$filter={query}&$select=name,formxml").rows[0]
    return found


def cell(column: str, number: int = 1) -> str:
    place = f"{{00000000-0000-0000-0000-00000000000{number}}}"
    classid = "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}"
    return f'<row><cell id="{place}"><control id="{column}" classid="{classid}" datafieldname="{column}"/></cell></row>'


def test_a_form_is_shown_as_published(ready: Probe) -> None:
    """A column is put on the main form, and seen there once the form is published."""
    ready.post(f"{CONTACT}/Attributes", text_column())
    form = main_form(ready, "contact")
    xml = form["formxml"].replace("<rows>", f"<rows>{cell('koppel_contactnumber')}")
    target = f"systemforms({form['formid']})"
    assert ready.patch(target, {"formxml": xml}, **IN_SOLUTION).status == 204
    assert "koppel_contactnumber" not in main_form(ready, "contact")["formxml"]
    assert ready.get(f"{target}/{CRM}RetrieveUnpublished()").json["formxml"] == xml
    publish(ready, "account")
    assert "koppel_contactnumber" not in main_form(ready, "contact")["formxml"]
    publish(ready, "contact")
    assert main_form(ready, "contact")["formxml"] == xml
    assert [row["componenttype"] for row in ready.twin.rows("solutioncomponents")] == [60]


@pytest.mark.parametrize(
    "rows", [cell("koppel_nothing"), cell("fax") + cell("telephone1"), "<row>", "<row><cell/></row>"]
)
def test_forms_that_are_refused(ready: Probe, rows: str) -> None:
    """A form has controls for columns that exist, and ids that stand once."""
    form = main_form(ready, "contact")
    xml = form["formxml"].replace("<rows>", f"<rows>{rows}")
    assert ready.patch(f"systemforms({form['formid']})", {"formxml": xml}).refusal == FORM_REFUSED


@pytest.mark.parametrize("xml", ["<importexportxml>", "<publish/>"])
def test_publishing_names_what(ready: Probe, xml: str) -> None:
    """ParameterXml is a list of what to publish."""
    assert ready.post("PublishXml", {"ParameterXml": xml}).status == 400


def test_the_solution_of_the_vendor(probe: Probe) -> None:
    """Its columns are empty in rows that were there; its key keeps contact numbers apart; defaults are its own."""
    old = probe.created("products", **product_body(*unit_group(probe)))
    probe.twin.install()
    assert probe.get(f"products({old})").json["msdynce_ismaintainedexternally"] is None
    order = probe.created("salesorders", name="Coffee")
    row = probe.get(f"salesorders({order})").json
    assert (row["msdynce_processingstatus"], row["msdynce_hasexternallymaintainedproductsonly"]) == (647_390_011, True)
    probe.created("contacts", msdynce_contactnumber="CON-1")
    assert probe.post("contacts", {"msdynce_contactnumber": "con-1"}).refusal == (412, "0x80060892")
    keys = probe.get(f"{CONTACT}/Keys?$select=SchemaName,KeyAttributes").rows
    assert ["msdynce_contactnumber"] in [row["KeyAttributes"] for row in keys]
