"""What business logic adds to a create: defaults, numbers and parties."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.finops import Refusal
from tests.emulator.finops.places import Places
from tests.emulator.finops.probe import CROSS, Probe, organization
from tests.emulator.probing import change_set, part


@pytest.fixture
def probe() -> Probe:
    probe = Probe()
    probe.twin.load("PaymentTerms", [{"dataAreaId": "usmf", "Name": name} for name in ("N10", "N30")])
    probe.group(PaymentTermId="N30")
    probe.group(company="demf")
    return probe


def person(**values: Any) -> dict[str, Any]:
    return {"PartyType": "Person", "PersonFirstName": "Ann", "CustomerGroupId": "10", **values}


@pytest.mark.parametrize(
    ("name", "company", "value"),
    [
        ("SalesCurrencyCode", "usmf", "USD"),
        ("SalesCurrencyCode", "demf", "EUR"),
        ("LanguageId", "usmf", "en-us"),
        ("OnHoldStatus", "usmf", "No"),
        ("InvoiceAddress", "usmf", "InvoiceAccount"),
        ("InvoiceAccount", "usmf", ""),
        ("PaymentTerms", "usmf", "N30"),
        ("PaymentTerms", "demf", ""),
        ("PartyNumber", "usmf", "000000001"),
    ],
)
def test_defaults(probe: Probe, name: str, company: str, value: str) -> None:
    """A create fills in what was not sent."""
    assert probe.post("CustomersV3", organization(dataAreaId=company)).json[name] == value


@pytest.mark.parametrize("name", ["SalesCurrencyCode", "CustomerAccount", "PartyNumber", "PartyType"])
def test_empty_counts_as_not_sent(probe: Probe, name: str) -> None:
    """Where business logic wants a value, empty text does not keep it from filling one in."""
    assert probe.post("CustomersV3", organization(**{name: ""})).json[name] != ""


def test_what_is_sent_is_kept(probe: Probe) -> None:
    """A default never replaces what was sent, not even nothing."""
    assert probe.post("CustomersV3", organization(PaymentTerms="N10")).json["PaymentTerms"] == "N10"
    assert probe.post("CustomersV3", organization(PaymentTerms="")).json["PaymentTerms"] == ""
    assert probe.post("CustomersV3", organization(SalesCurrencyCode="EUR")).json["SalesCurrencyCode"] == "EUR"
    probe.twin.behaviour.defaults_from_group = False
    assert probe.post("CustomersV3", organization()).json["PaymentTerms"] == ""


def test_updates_default_nothing(probe: Probe) -> None:
    """Moving a customer to another group leaves its payment terms alone."""
    probe.group("20", PaymentTermId="N10")
    row = probe.post("CustomersV3", organization())
    assert probe.patch(row.headers["location"], {"CustomerGroupId": "20"}).status == 204
    assert probe.get(row.headers["location"]).json["PaymentTerms"] == "N30"


def test_numbers(probe: Probe) -> None:
    """Accounts count per company, parties over all of them."""
    rows = [probe.post("CustomersV3", organization(dataAreaId=each)).json for each in ("usmf", "demf", "usmf")]
    assert [row["CustomerAccount"] for row in rows] == ["US-000001", "DE-000001", "US-000002"]
    assert [row["PartyNumber"] for row in rows] == ["000000001", "000000002", "000000003"]
    vendor = probe.post("VendorsV2", {"VendorOrganizationName": "Fabrikam"}).json
    assert (vendor["VendorAccountNumber"], vendor["VendorPartyNumber"]) == ("US-V000001", "000000004")


def test_formats_of_numbers(probe: Probe) -> None:
    """The format of a sequence can be set."""
    probe.twin.numbers.formats["CustomerAccount", "usmf"] = "F-###"
    probe.twin.numbers.formats["PartyNumber", ""] = "P#####"
    row = probe.post("CustomersV3", organization()).json
    assert (row["CustomerAccount"], row["PartyNumber"]) == ("F-001", "P00001")


def test_numbers_step_over_what_is_taken(probe: Probe) -> None:
    """A number given by hand is accepted, and the sequence steps over it."""
    assert probe.post("CustomersV3", organization(CustomerAccount="us-000001")).json["CustomerAccount"] == "us-000001"
    assert probe.post("CustomersV3", organization(PartyNumber="000000002")).json["CustomerAccount"] == "US-000002"
    row = probe.post("CustomersV3", organization()).json
    assert (row["CustomerAccount"], row["PartyNumber"]) == ("US-000003", "000000003")


def test_without_sequences(probe: Probe) -> None:
    """Where no sequence is set up, numbers must be given."""
    probe.twin.behaviour.assign_numbers = False
    assert "Field 'Customer account' must be filled in." in probe.post("CustomersV3", organization()).message
    assert "Field 'Party number' must be" in probe.post("CustomersV3", organization(CustomerAccount="A")).message
    given = organization(CustomerAccount="A", PartyNumber="P")
    assert probe.post("CustomersV3", given).json["CustomerAccount"] == "A"


def test_refused_creates_leave_gaps(probe: Probe) -> None:
    """A sequence does not take a number back."""
    assert probe.post("CustomersV3", organization(CustomerGroupId="99")).status == 400
    assert probe.post("CustomersV3", organization()).json["CustomerAccount"] == "US-000002"


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ({"PartyType": "Person", "CustomerGroupId": "10", "OrganizationName": "x"}, "Person first name"),
        ({"PartyType": "Organization", "CustomerGroupId": "10", "PersonFirstName": "x"}, "Organization name"),
        ({"CustomerGroupId": "10"}, "Organization name"),
    ],
)
def test_names(probe: Probe, body: dict[str, Any], label: str) -> None:
    """An organisation needs its name, a person a first name."""
    assert f"Field '{label}' must be filled in." in probe.post("CustomersV3", body).message


@pytest.mark.parametrize(
    ("refuses_by", "words"),
    [
        ("label", "The value 'Barred' in field 'Sales memo' is not valid."),
        ("field", "validateField failed on field 'CustCustomerV3Entity.SalesMemo'."),
        ("nothing", "validateWrite failed on data source"),
    ],
)
def test_an_installation_refuses_values_of_its_own(probe: Probe, refuses_by: Any, words: str) -> None:
    """On create and on update, in whatever words its logic has; what stands there already may be sent again."""
    key = probe.post("CustomersV3", organization(SalesMemo="Barred")).json["CustomerAccount"]
    address = f"CustomersV3(dataAreaId='usmf',CustomerAccount='{key}')?cross-company=true"
    probe.twin.behaviour.refused_values = {"CustomersV3": {"SalesMemo": frozenset({"Barred"})}}
    probe.twin.behaviour.refuses_by = refuses_by
    assert words in probe.post("CustomersV3", organization(SalesMemo="Barred")).message
    assert probe.patch(address, {"SalesMemo": "Barred"}).status in {200, 204}
    assert probe.patch(address, {"SalesMemo": "Other"}).status in {200, 204}
    assert words in probe.patch(address, {"SalesMemo": "Barred"}).message
    assert [names for _, _, names, _ in probe.twin.environment.refused] == [frozenset({"SalesMemo"})]


def test_an_installation_cuts_and_makes_notes(probe: Probe) -> None:
    """Whoever writes. The history knows what was asked for; what nobody asked for was not sent."""
    probe.twin.behaviour.cut = {"CustomersV3": {"SalesMemo": 3}}
    probe.twin.behaviour.noted = {"CustomersV3": {"CreditLimit": ("SalesMemo", "limit")}}
    key = probe.post("CustomersV3", organization(SalesMemo="a shop")).json["CustomerAccount"]
    address = f"CustomersV3(dataAreaId='usmf',CustomerAccount='{key}')?cross-company=true"
    assert probe.patch(address, {"SalesMemo": "two shops"}).status in {200, 204}
    assert probe.patch(address, {"CreditLimit": 5}).status in {200, 204}
    created, cut, noted = probe.twin.history[-3:]
    assert [change.after["SalesMemo"] for change in (created, cut)] == ["a s", "two"]
    assert [change.asked["SalesMemo"] for change in (created, cut)] == ["a shop", "two shops"]
    assert (noted.after["SalesMemo"], dict(noted.asked), noted.sent) == ("limit 5", {}, ("CreditLimit",))


def test_new_party(probe: Probe) -> None:
    """A party number that is not known makes a new party."""
    assert probe.post("CustomersV3", organization(PartyNumber="P-77")).json["PartyNumber"] == "P-77"
    assert probe.post("RetailLoyaltyCards", {"CardNumber": "1", "PartyNumber": "p-77"}).status == 201


@pytest.mark.parametrize("number", ["P-1", "p-1 "])
def test_party_of_another_type(probe: Probe, number: str) -> None:
    """A party number of an organisation cannot be used for a person, and the other way round."""
    assert probe.post("CustomersV3", organization(PartyNumber="P-1")).status == 201
    reason = "You cannot update a party's type from DirOrganization to DirPerson."
    assert reason in probe.post("CustomersV3", person(PartyNumber=number)).message
    assert probe.post("CustomersV3", person(PartyNumber="P-2")).status == 201
    reason = "You cannot update a party's type from DirPerson to DirOrganization."
    assert reason in probe.post("CustomersV3", organization(PartyNumber="P-2")).message
    assert reason in probe.post("VendorsV2", {"VendorPartyNumber": "P-2"}).message


def test_party_in_several_roles(probe: Probe) -> None:
    """One party may be a customer in two companies, and a vendor."""
    for company in ("usmf", "demf"):
        assert probe.post("CustomersV3", organization(dataAreaId=company, PartyNumber="P-1")).status == 201
    assert probe.post("VendorsV2", {"VendorPartyNumber": "P-1"}).status == 201


def test_party_of_a_refused_changeset_is_not_made(probe: Probe) -> None:
    """A create that is undone leaves no party behind."""
    bodies = [organization(PartyNumber="P-1"), organization(CustomerGroupId="99")]
    creates = [part("POST", "/data/CustomersV3", body, str(number)) for number, body in enumerate(bodies)]
    assert "HTTP/1.1 500" in probe.batch(change_set(*creates)).text
    assert probe.post("CustomersV3", person(PartyNumber="P-1")).status == 201


def test_party_outlives_the_customer(probe: Probe) -> None:
    """Deleting a customer leaves its party."""
    row = probe.post("CustomersV3", organization(PartyNumber="P-1"))
    assert probe.delete(row.headers["location"]).status == 204
    assert probe.post("CustomersV3", person(PartyNumber="P-1")).status == 400


def test_loyalty_card_needs_its_party(probe: Probe) -> None:
    """A loyalty card names a party that exists, or none."""
    assert "'Party number'" in probe.post("RetailLoyaltyCards", {"CardNumber": "1", "PartyNumber": "P-9"}).message
    assert probe.post("RetailLoyaltyCards", {"CardNumber": "1"}).status == 201
    assert "must be filled in" in probe.post("RetailLoyaltyCards", {}).message


@pytest.mark.parametrize(("kind", "label"), [("Customer", "Customers"), ("Vendor", "Vendors")])
def test_contact_person_belongs_to_somebody(probe: Probe, kind: str, label: str) -> None:
    """A contact person names a customer or vendor of its company; the person's party is made."""
    contact = {"ContactPersonPartyNumber": "P-5", "AssociatedContactType": kind, "AssociatedContactNumber": "A-1"}
    assert f"related table '{label}'" in probe.post("CDSContactPersonsV2", contact).message
    if kind == "Customer":
        probe.customer("A-1")
    else:
        probe.twin.load("VendorsV2", [{"dataAreaId": "usmf", "VendorAccountNumber": "A-1"}])
    assert probe.post("CDSContactPersonsV2", contact).status == 201
    assert "already exists" in probe.post("CDSContactPersonsV2", contact).message
    assert probe.post("CustomersV3", organization(PartyNumber="P-5")).status == 400
    assert probe.post(f"CustomersV3?{CROSS}", person(PartyNumber="P-5")).status == 201


def test_same_rules_for_people(probe: Probe) -> None:
    """People in the product meet the same rules as callers over the wire."""
    with pytest.raises(Refusal, match="Customer group") as caught:
        probe.twin.create("CustomersV3", organization(CustomerGroupId="99"))
    assert caught.value.status == 400
    assert caught.value.message.startswith("Write failed for table row of type 'CustCustomerV3Entity'.")


PLACES = Places.of(
    [("USA", "WA", "King"), ("USA", "TX", ""), ("DEU", "BY", ""), ("GBR", "", "Staffs")], ["en-us", "de"]
)


@pytest.mark.parametrize(
    ("given", "field", "table"),
    [
        ({"AddressState": "WA", "AddressCountryRegionISOCode": "US"}, "", ""),
        ({"AddressState": "wa", "AddressCounty": "king", "AddressCountryRegionISOCode": "us"}, "", ""),
        ({"AddressCounty": "Staffs", "AddressCountryRegionISOCode": "GB"}, "", ""),
        ({"AddressState": "BY"}, "", ""),
        ({"DeliveryAddressState": "BY", "DeliveryAddressCountryRegionISOCode": "US"}, "DeliveryAddressState", "States"),
        ({"InvoiceAddressState": "Bavaria", "InvoiceAddressCountryRegionISOCode": "DE"}, "InvoiceAddressState", "Stat"),
        ({"AddressState": "TX", "AddressCounty": "King"}, "AddressCounty", "Counties"),
        ({"AddressState": "ZZ"}, "AddressState", "States/provinces"),
        ({"PartyState": "WA", "PartyCountry": "DEU"}, "PartyState", "States/provinces"),
        ({"PartyCountry": "Germany"}, "PartyCountry", "Address country regions"),
        ({"LanguageId": "DE"}, "", ""),
        ({"LanguageId": "german"}, "LanguageId", "Languages"),
    ],
)
def test_places(probe: Probe, given: dict[str, str], field: str, table: str) -> None:
    """Where the lists are loaded, an address lies in a state and county of its country, and a language is known."""
    rows = [{"CountryRegion": own, "ISOcode": iso} for own, iso in (("USA", "US"), ("DEU", "DE"), ("GBR", "GB"))]
    probe.twin.load("AddressCountryRegions", rows)
    probe.twin.behaviour.places = PLACES
    said = probe.post("CustomersV3", organization(**given))
    assert said.status == (400 if field else 201)
    if field:
        assert f"is not found in the related table '{table}" in said.json["error"]["innererror"]["message"]
        assert f"'CustCustomerV3Entity.{field}'" in said.json["error"]["innererror"]["message"]


def test_places_are_asked_for_what_changes(probe: Probe) -> None:
    """What stood there before the lists were kept stays, until somebody changes it."""
    probe.customer("US-1", AddressState="Somewhere")
    probe.twin.behaviour.places = PLACES
    address = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')"
    assert probe.patch(address, {"SalesMemo": "x"}).status == 204
    assert probe.patch(address, {"AddressState": "Elsewhere"}).status == 400
    assert probe.patch(address, {"AddressState": ""}).status == 204


def test_places_without_lists(probe: Probe) -> None:
    """Without lists any text is a state."""
    assert probe.post("CustomersV3", organization(AddressState="Bavaria", LanguageId="german")).status == 201
