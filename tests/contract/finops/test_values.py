"""What properties take, what they keep, and how they are written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.finops.probe import Probe, organization

NULL = "A null value was found"
LITERAL = "Cannot convert the literal"


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.group()
    return probe


def created(probe: Probe, entity: str, name: str, text: str) -> Any:
    """The answer to a create in which one property is written as the given JSON text."""
    least = {
        "CustomersV3": organization(),
        "RetailLoyaltyCards": {"CardNumber": "1"},
        "PaymentDayLinesCds": {"DayOfMonth": 1},
        "NameAffixes": {"Affix": "Dr."},
    }
    sent = json.dumps({key: value for key, value in least[entity].items() if key != name})
    return probe.post(entity, f'{sent[:-1]},"{name}":{text}}}'.encode(), content_type="application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("entity", "name", "text", "reason"),
    [
        ("CustomersV3", "OrganizationName", "5", LITERAL),
        ("CustomersV3", "OrganizationName", "true", LITERAL),
        ("CustomersV3", "OrganizationName", "{}", LITERAL),
        ("CustomersV3", "OrganizationName", '["x"]', LITERAL),
        ("CustomersV3", "CreditLimit", '"5"', LITERAL),
        ("CustomersV3", "CreditLimit", "true", LITERAL),
        ("CustomersV3", "CreditLimit", "null", NULL),
        ("CustomersV3", "CreditLimit", "NaN", "not valid JSON"),
        ("CustomersV3", "CreditLimit", "Infinity", "not valid JSON"),
        ("CustomersV3", "CreditLimit", "1e26", "too large"),
        ("CustomersV3", "DeliveryAddressLatitude", "1e16", "too large"),
        ("CustomersV3", "OrganizationNumberOfEmployees", '"5"', LITERAL),
        ("CustomersV3", "OrganizationNumberOfEmployees", "5.0", LITERAL),
        ("CustomersV3", "OrganizationNumberOfEmployees", "false", LITERAL),
        ("CustomersV3", "OrganizationNumberOfEmployees", "null", NULL),
        ("CustomersV3", "OrganizationNumberOfEmployees", "2147483648", LITERAL),
        ("CustomersV3", "OnHoldStatus", '"Sometimes"', LITERAL),
        ("CustomersV3", "OnHoldStatus", '"no"', LITERAL),
        ("CustomersV3", "OnHoldStatus", '""', LITERAL),
        ("CustomersV3", "OnHoldStatus", "0", LITERAL),
        ("CustomersV3", "CreditLimitIsMandatory", "true", LITERAL),
        ("CustomersV3", "CreditLimitIsMandatory", '"yes"', LITERAL),
        ("CustomersV3", "CustomerAccount", "null", NULL),
        ("CustomersV3", "dataAreaId", "null", NULL),
        ("CustomersV3", "NoSuchProperty", '"x"', "Could not find a property named 'NoSuchProperty'"),
        ("CustomersV3", "organizationName", '"x"', "Could not find a property named 'organizationName'"),
        ("CustomersV3", "CustomerGroup@odata.bind", '"x"', "Could not find a property named"),
        ("PaymentDayLinesCds", "CdsIntegrationKey", "null", NULL),
        ("PaymentDayLinesCds", "CdsIntegrationKey", '""', LITERAL),
        ("PaymentDayLinesCds", "CdsIntegrationKey", '"{5b4c3a29-1807-4f6e-9d5c-4b3a29180f7e}"', LITERAL),
        ("NameAffixes", "Type", "null", NULL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", "null", NULL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '""', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-12-05"', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-12-05T10:00:00"', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-02-30T00:00:00Z"', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"1899-12-31T00:00:00Z"', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2155-01-01T00:00:00Z"', LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", "1733392800", LITERAL),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"/Date(1733392800000)/"', LITERAL),
    ],
)
def test_refused(probe: Probe, entity: str, name: str, text: str, reason: str) -> None:
    """A value of another type, an unknown member and an unknown property are refused."""
    status, message = created(probe, entity, name, text).refusal
    assert status == 400
    assert reason in message
    assert list(probe.twin.rows(entity)) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100_000])
def test_broken_body(probe: Probe, body: bytes) -> None:
    """A body that is not one JSON object is refused."""
    assert probe.post("CustomersV3", body, content_type="application/json").refusal[0] == 400


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_wrong_media_type(probe: Probe, kind: str) -> None:
    """A body must say that it is JSON."""
    assert probe.post("CustomersV3", b"{}", content_type=kind).refusal[0] == 415


@pytest.mark.parametrize(
    ("name", "value"),
    [("OrganizationName", "x" * 101), ("InvoiceAddressZipCode", "12345678901"), ("OrganizationName", "\N{OX}" * 51)],
)
def test_too_long(probe: Probe, name: str, value: str) -> None:
    """Text that does not fit is refused by validation, not cut."""
    status, message = created(probe, "CustomersV3", name, json.dumps(value)).refusal
    assert status == 400
    assert message.startswith("Write failed for table row of type 'CustCustomerV3Entity'. Infolog: Warning: The text")
    assert message.endswith(f"Warning: validateField failed on field 'CustCustomerV3Entity.{name}'.")


@pytest.mark.parametrize(
    ("entity", "name", "sent", "stored"),
    [
        ("CustomersV3", "OrganizationName", '"Contoso  "', '"Contoso"'),
        ("CustomersV3", "OrganizationName", '"  Contoso\\u00e9"', '"  Contosoé"'),
        ("CustomersV3", "OrganizationName", json.dumps("x" * 100 + " "), json.dumps("x" * 100)),
        ("CustomersV3", "SalesMemo", json.dumps("line\n" * 2000), json.dumps("line\n" * 2000)),
        ("CustomersV3", "SalesMemo", "null", '""'),
        ("CustomersV3", "SalesMemo", '"a \\"quoted\\" \\\\ text"', '"a \\"quoted\\" \\\\ text"'),
        ("CustomersV3", "AddressCountryRegionISOCode", '"nl"', '"NL"'),
        ("CustomersV3", "SalesCurrencyCode", '"eur"', '"EUR"'),
        ("CustomersV3", "LanguageId", '"de"', '"de"'),
        ("CustomersV3", "OnHoldStatus", "null", '"No"'),
        ("CustomersV3", "OnHoldStatus", '"Payment"', '"Payment"'),
        ("CustomersV3", "CreditLimit", "100", "100"),
        ("CustomersV3", "CreditLimit", "100.10", "100.1"),
        ("CustomersV3", "CreditLimit", "-0.0", "0"),
        ("CustomersV3", "CreditLimit", "1.0000005", "1.000001"),
        ("CustomersV3", "CreditLimit", "-1.0000005", "-1.000001"),
        ("CustomersV3", "CreditLimit", "1E+5", "100000"),
        ("CustomersV3", "CreditLimit", "12345678901234567890.123456", "12345678901234567890.123456"),
        ("CustomersV3", "DeliveryAddressLatitude", "47.1234567890123456", "47.1234567890123456"),
        ("CustomersV3", "OrganizationNumberOfEmployees", "-3", "-3"),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-12-05T00:00:00Z"', '"2024-12-05T12:00:00Z"'),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-12-05T23:30:00.123-01:00"', '"2024-12-06T12:00:00Z"'),
        ("RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"1900-01-01T12:00:00Z"', '"1900-01-01T00:00:00Z"'),
    ],
)
def test_stored(probe: Probe, entity: str, name: str, sent: str, stored: str) -> None:
    """Values are kept as the product keeps them: trimmed, folded, rounded, dates at noon."""
    said = created(probe, entity, name, sent)
    assert said.status == 201, said.text
    assert f'"{name}":{stored}' in said.text
    read = probe.get(said.headers["location"])
    assert f'"{name}":{stored}' in read.text


def test_dates_can_keep_their_time(probe: Probe) -> None:
    """A switch keeps the time of pure dates."""
    probe.twin.behaviour.dates_at_noon = False
    said = created(probe, "RetailLoyaltyCards", "LoyaltyEnrollmentDate", '"2024-12-05T07:00:00Z"')
    assert said.json["LoyaltyEnrollmentDate"] == "2024-12-05T07:00:00Z"


def test_empty_values(probe: Probe) -> None:
    """Nothing is ever null: empty text, the first member, zero, and 1900-01-01 stand for no value."""
    row = probe.post("CustomersV3", organization()).json
    assert None not in row.values()
    assert (row["SalesMemo"], row["InvoiceAccount"]) == ("", "")
    assert (row["CreditLimit"], row["OrganizationNumberOfEmployees"]) == (0, 0)
    assert (row["OnHoldStatus"], row["IsOneTimeCustomer"]) == ("No", "No")
    assert probe.post("RetailLoyaltyCards", {"CardNumber": "7"}).json["LoyaltyEnrollmentDate"] == "1900-01-01T00:00:00Z"


def test_blank_id_of_a_line_is_generated(probe: Probe) -> None:
    """A line without an id gets one, also if the empty id was sent."""
    ids = {
        probe.post("PaymentDayLinesCds", body).json["CdsIntegrationKey"]
        for body in ({}, {"CdsIntegrationKey": "00000000-0000-0000-0000-000000000000"})
    }
    assert len(ids) == 2
    assert "00000000-0000-0000-0000-000000000000" not in ids


def test_format_annotations_are_passed_over(probe: Probe) -> None:
    """Annotations of the format itself do no harm."""
    named = "#Microsoft.Dynamics.DataEntities.CustomerV3"
    sent = organization(**{"@odata.type": named, "OrganizationName@odata.type": "#String"})
    assert probe.post("CustomersV3", sent).status == 201


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("#Microsoft.Dynamics.DataEntities.CustomerGroup", "is not assignable to the expected type"),
        ("#CustomerV3", "A type named 'CustomerV3' could not be resolved by the model."),
        ("Microsoft.Dynamics.DataEntities.Nothing", "could not be resolved by the model"),
    ],
)
def test_a_body_of_another_type(probe: Probe, named: str, says: str) -> None:
    """A body that says that it is something else is refused."""
    said = probe.post("CustomersV3", organization(**{"@odata.type": named}))
    assert said.status == 400
    assert says in said.json["error"]["innererror"]["message"]
