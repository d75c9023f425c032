"""Creating, changing and deleting over the wire: what is answered, and what business logic refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.finops.probe import CROSS, Probe, organization

NOT_FOUND = "No resources were found when selecting for update."
FAILED = "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: "
VALIDATE_WRITE = "; Warning: validateWrite failed on data source 'CustCustomerV3Entity (CustCustomerV3Entity)'."


def at_field(name: str) -> str:
    """What the log adds where a field's value is not accepted."""
    return f"; Warning: validateField failed on field 'CustCustomerV3Entity.{name}'."


US_1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"
KEY = {"dataAreaId": "usmf", "CustomerAccount": "US-1"}


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_no_upsert(probe: Probe, method: str) -> None:
    """A write to a record that is not there is an error and creates nothing."""
    target = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-9')"
    said = probe.send(method, target, None if method == "DELETE" else organization())
    assert said.refusal == (400, NOT_FOUND)
    assert said.json["error"]["innererror"]["type"].endswith(".UpdateException")
    probe.twin.behaviour.missing_row_status["CustomersV3"] = 404
    assert probe.send(method, target, {}).refusal == (404, NOT_FOUND)
    assert len(list(probe.twin.rows("CustomersV3"))) == 1


@pytest.mark.parametrize("account", ["US-1", "us-1", "US-1 "])
def test_create_of_an_existing_key(probe: Probe, account: str) -> None:
    """A key is taken whatever its letter case."""
    reason = f"Cannot create a record in Customers (CustTable). Customer account: {account.strip()}.\n"
    said = probe.post("CustomersV3", organization(CustomerAccount=account))
    assert said.refusal == (400, f"{FAILED}Info: {reason}The record already exists..")
    assert said.json["error"]["innererror"]["type"].endswith(".AxODataWriteException")
    probe.twin.behaviour.write_failure_status = 500
    assert probe.post("CustomersV3", organization(CustomerAccount=account)).refusal[0] == 500


@pytest.mark.parametrize(
    ("name", "label"),
    [("CustomerGroupId", "Customer group"), ("OrganizationName", "Organization name")],
)
@pytest.mark.parametrize("missing", [None, "", "  "])
def test_mandatory_fields(probe: Probe, name: str, label: str, missing: str | None) -> None:
    """A mandatory field must be filled in, on create and on update."""
    body = organization(**{name: missing}) if missing is not None else organization()
    if missing is None:
        del body[name]
    refusal = (400, f"{FAILED}Warning: Field '{label}' must be filled in.{VALIDATE_WRITE}")
    assert probe.post("CustomersV3", body).refusal == refusal
    assert probe.patch(US_1, {name: missing}).refusal == refusal


def test_a_mandatory_field_that_is_filled_in_on_create(probe: Probe) -> None:
    """A customer without a currency has its company's; nobody takes it away later (fact sheet: mandatory)."""
    label = "Sales currency code"
    body = organization(CustomerAccount="C-9", SalesCurrencyCode="")
    assert probe.post("CustomersV3", body).json["SalesCurrencyCode"] == "USD"
    refusal = (400, f"{FAILED}Warning: Field '{label}' must be filled in.{VALIDATE_WRITE}")
    for blank in ("", None):
        assert probe.patch(US_1, {"SalesCurrencyCode": blank}).refusal == refusal


@pytest.mark.parametrize(
    ("name", "value", "label", "table"),
    [
        ("CustomerGroupId", "99", "Customer group", "Customer groups"),
        ("SalesCurrencyCode", "XXX", "Sales currency code", "Currencies"),
        ("PaymentTerms", "N99", "Payment terms", "Payment terms"),
        ("InvoiceAccount", "US-9", "Invoice account", "Customers"),
        ("VendorAccount", "V1", "Vendor account", "Vendors"),
        ("SalesTaxGroup", "T", "Sales tax group", "Tax groups"),
        ("PaymentDay", "FRI", "Payment day", "Payment days"),
    ],
)
def test_unknown_reference(probe: Probe, name: str, value: str, label: str, table: str) -> None:
    """A code must exist in the table that it refers to."""
    reason = f"The value '{value}' in field '{label}' is not found in the related table '{table}'."
    refusal = (400, f"{FAILED}Warning: {reason}{at_field(name)}")
    assert probe.post("CustomersV3", organization(**{name: value})).refusal == refusal
    assert probe.patch(US_1, {name: value}).refusal == refusal


def test_references_stay_in_their_company(probe: Probe) -> None:
    """A code of another company does not count."""
    probe.group("20", "demf")
    assert probe.patch(US_1, {"CustomerGroupId": "20"}).status == 400
    probe.group("20")
    assert probe.patch(US_1, {"CustomerGroupId": "20"}).status == 204


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ({"CustomerAccount": "US-2"}, "Customer account"),
        ({"dataAreaId": "demf"}, "Company"),
        ({"PartyNumber": "000000999"}, "Party number"),
    ],
)
def test_fixed_fields(probe: Probe, body: dict[str, Any], label: str) -> None:
    """Key fields, and fields that are set once, cannot be changed."""
    reason = f"Field '{label}' cannot be changed after the record was created."
    (name,) = body
    assert probe.patch(US_1, body).refusal == (400, f"{FAILED}Warning: {reason}{at_field(name)}")


def test_fixed_fields_may_be_sent_again(probe: Probe) -> None:
    """Sending a key as it is, in whatever letter case, changes nothing."""
    said = probe.patch(US_1, {"dataAreaId": "USMF", "CustomerAccount": "us-1", "SalesMemo": "x"})
    assert said.status == 204
    assert probe.get(US_1).json["CustomerAccount"] == "US-1"


def test_party_type_is_fixed(probe: Probe) -> None:
    """An organisation never becomes a person."""
    reason = "You cannot update a party's type from DirOrganization to DirPerson."
    assert probe.patch(US_1, {"PartyType": "Person"}).refusal == (400, f"{FAILED}Error: {reason}.")


@pytest.mark.parametrize("kind", ["Team", "organization", "LegalEntity"])
def test_unknown_party_type(probe: Probe, kind: str) -> None:
    """A customer is an organisation or a person."""
    assert "Party type" in probe.post("CustomersV3", organization(PartyType=kind)).message


def test_create(probe: Probe) -> None:
    """A create answers 201 with the whole row, its number, its version and its address."""
    said = probe.post(f"CustomersV3?{CROSS}", organization(SalesMemo="x"))
    row = said.json
    assert said.status == 201
    assert row["@odata.context"] == "http://127.0.0.1:7082/data/$metadata#CustomersV3/$entity"
    assert row["@odata.etag"] == said.headers["etag"]
    assert (row["CustomerAccount"], row["SalesMemo"]) == ("US-000001", "x")
    assert row.keys() == probe.get(US_1).json.keys()
    assert said.headers["location"].endswith("/data/CustomersV3(dataAreaId='usmf',CustomerAccount='US-000001')")
    assert said.headers["odata-version"] == "4.0"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_update(probe: Probe, method: str) -> None:
    """An update changes what is sent and answers 204, or with the row if that is preferred."""
    said = probe.send(method, US_1, {"SalesMemo": "new"})
    assert (said.status, said.text) == (204, "")
    row = probe.send(method, US_1, {"CreditLimit": 2.5}, prefer="return=representation")
    assert (row.status, row.headers["preference-applied"]) == (200, "return=representation")
    assert (row.json["SalesMemo"], row.json["CreditLimit"], row.json["OrganizationName"]) == ("new", 2.5, "Contoso")
    assert row.json["@odata.etag"] == probe.get(US_1).json["@odata.etag"]


def test_delete(probe: Probe) -> None:
    """A delete answers 204 and the record is gone."""
    said = probe.delete(US_1)
    assert (said.status, said.text) == (204, "")
    assert probe.get(US_1).status == 404
    assert probe.delete(US_1).refusal == (400, NOT_FOUND)
    assert probe.post("CustomersV3", organization(CustomerAccount="US-1")).status == 201


def test_records_in_use_stay(probe: Probe) -> None:
    """A record that others name cannot be deleted."""
    group = "CustomerGroups(dataAreaId='usmf',CustomerGroupId='10')"
    status, message = probe.delete(group).refusal
    assert status == 400
    assert "Infolog: Warning: Cannot delete a record in Customer groups (CustGroup)." in message
    assert "dependent records exist in Customers." in message
    assert probe.delete(US_1).status == 204
    assert probe.delete(group).status == 204


def test_users_in_other_companies_do_not_count(probe: Probe) -> None:
    """Only records of the same company keep a record."""
    probe.group("10", "demf")
    assert probe.delete(f"CustomerGroups(dataAreaId='demf',CustomerGroupId='10')?{CROSS}").status == 204
    assert probe.delete("Currencies(CurrencyCode='USD')").status == 400


def test_own_invoice_account_does_not_count(probe: Probe) -> None:
    """A record that only names itself can be deleted."""
    assert probe.patch(US_1, {"InvoiceAccount": "us-1"}).status == 204
    assert probe.delete(US_1).status == 204


def test_clearing_a_reference(probe: Probe) -> None:
    """Null and empty text clear a reference that is not mandatory."""
    for nothing in (None, ""):
        probe.patch(US_1, {"InvoiceAccount": "US-1"})
        assert probe.patch(US_1, {"InvoiceAccount": nothing}).status == 204
        assert probe.get(US_1).json["InvoiceAccount"] == ""


@pytest.mark.parametrize("trouble", ["update_conflict", "deadlock"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_passing_trouble(probe: Probe, trouble: str, method: str) -> None:
    """A conflict of updates and a deadlock answer 500 once, and nothing is written."""
    setattr(probe.twin.behaviour, trouble, 1)
    target, body = ("CustomersV3", organization()) if method == "POST" else (US_1, {"SalesMemo": "x"})
    status, message = probe.send(method, target, body).refusal
    assert status == 500
    assert ("An update conflict occurred" if trouble == "update_conflict" else "Deadlock") in message
    assert probe.twin.history == []
    assert probe.send(method, target, body).status in (201, 204)


def test_read_only_fields(probe: Probe) -> None:
    """Fields that are only computed are refused, or passed over where a version does so."""
    probe.twin.behaviour.computed_fields["CustomersV3"] = frozenset({"PartyCountry"})
    assert "read-only" in probe.patch(US_1, {"PartyCountry": "USA"}).message
    probe.twin.behaviour.read_only_fields = "ignore"
    assert probe.patch(US_1, {"PartyCountry": "USA"}).status == 204
    assert probe.get(US_1).json["PartyCountry"] == ""


def test_nothing_of_a_refused_write_stays(probe: Probe) -> None:
    """A refused write leaves no row, no version and no history."""
    before = probe.get(US_1).json
    assert probe.patch(US_1, {"SalesMemo": "x", "CustomerGroupId": "99"}).status == 400
    assert probe.get(US_1).json == before
    assert probe.twin.history == []
    assert KEY.items() <= before.items()
