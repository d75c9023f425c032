"""The pages of the connector, as its AL source has them (reference: business-central-connector)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.business_central.environment import Template
from tests.emulator.business_central.probe import DE, ROOT, Probe, Said
from tests.emulator.business_central.schema import OF_CONNECTOR, ZERO, every_page, pages, served

API = ROOT.replace("api/v2.0/", f"api/{OF_CONNECTOR}/")
OURS = "0c0ffee0-0000-4000-8000-000000000001"
NEW: dict[str, dict[str, Any]] = {
    "customerCards": {"displayName": "Trey"},
    "vendorCards": {"displayName": "Fabrikam"},
    "contactCards": {"displayName": "Adatum"},
    "itemCards": {"number": "I1"},
    "shippingAgents": {"code": "DHL"},
    "customerPriceGroups": {"code": "RETAIL"},
}


def card(probe: Probe, target: str) -> str:
    """The address of a row of a connector's page, in the first company."""
    return f"{API}companies({probe.company})/{target}"


def change(probe: Probe, target: str, **values: Any) -> Said:
    return probe.patch(target, values, if_match=probe.get(target).etag)


@pytest.mark.parametrize("name", NEW)
def test_a_row_keeps_the_id_that_it_is_given(probe: Probe, name: str) -> None:
    """The page inserts it with that id, which no page of API v2.0 does with customers; a second time it is there."""
    made = probe.post(card(probe, name), {"id": OURS, **NEW[name]})
    assert (made.status, made.id) == (201, OURS)
    assert list(made.json) == ["@odata.context", "@odata.etag", *served(OF_CONNECTOR)[name].properties]
    assert probe.post(card(probe, name), {"id": OURS, **NEW[name]}).status == 400
    assert probe.post(card(probe, name), {**NEW[name], **_other(NEW[name])}).id != OURS


def _other(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "OTHER" for key in values if key in {"number", "code"}}


def test_every_page_that_can_be_filled_is_tried() -> None:
    """Nothing writable is left out above."""
    assert {name for name, page in served(OF_CONNECTOR).items() if "insert" in page.operations} == NEW.keys()


def test_a_card_shows_the_record_of_api_v2(probe: Probe) -> None:
    """The same id and values; what is written on the one is read on the other, in one version of the row."""
    made = probe.post("customers", {"displayName": "Trey", "phoneNumber": "1"})
    shown = probe.get(card(probe, f"customerCards({made.id})"))
    assert (shown.json["displayName"], shown.json["phoneNumber"], shown.json["faxNumber"]) == ("Trey", "1", "")
    changed = change(probe, card(probe, f"customerCards({made.id})"), faxNumber="22", phoneNumber="2")
    assert changed.json["faxNumber"] == "22"
    assert probe.get(f"customers({made.id})").json["phoneNumber"] == "2"


@pytest.mark.parametrize("name", ["customerCards", "vendorCards", "contactCards"])
def test_the_local_currency_has_its_code_on_the_wire(probe: Probe, name: str) -> None:
    """In the record it is blank; another one has to be there."""
    probe.there("currencies", {"code": "SEK"})
    local = probe.twin.company(DE).currency
    made = probe.post(card(probe, name), NEW[name])
    assert made.json["currencyCode"] == local
    target = card(probe, f"{name}({made.id})")
    assert change(probe, target, currencyCode="SEK").json["currencyCode"] == "SEK"
    assert change(probe, target, currencyCode=local).json["currencyCode"] == local
    assert change(probe, target, currencyCode="XXX").status == 400


def test_whom_a_person_works_for(probe: Probe) -> None:
    """A person is put under the company contact that stands for a customer or vendor (reference: 3.3)."""
    customer, vendor = _owner(probe, "customers", "C100"), _owner(probe, "vendors", "V100")
    values = {"type": "Person", "customerOrVendorId": vendor, "firstName": "Anna", "middleName": "M", "lastName": "B"}
    made = probe.post(card(probe, "contactCards"), values)
    shown = ("customerOrVendorId", "vendorOrCustomerId", "companyName", "contactBusinessRelation", "displayName")
    assert [made.json[each] for each in shown] == [vendor, vendor, "V100", "Vendor", "Anna M B"]
    target = card(probe, f"contactCards({made.id})")
    assert change(probe, target, customerOrVendorId=customer).json["companyName"] == "C100"
    assert change(probe, target, customerOrVendorId=ZERO).json["companyNumber"] == ""
    assert probe.get(target).json["customerOrVendorId"] == ZERO


def test_whom_nobody_can_work_for(probe: Probe) -> None:
    """A company contact has no other company; a customer without a company contact has no people."""
    customer = _owner(probe, "customers", "C100")
    company = probe.post(card(probe, "contactCards"), {"displayName": "Trey"})
    refused = change(probe, card(probe, f"contactCards({company.id})"), customerOrVendorId=customer)
    assert "Type must be equal to 'Person'" in refused.refusal[1]
    probe.twin.company(DE).customer_relation = ""
    alone = _owner(probe, "customers", "C200")
    person = {"type": "Person", "displayName": "Anna", "customerOrVendorId": alone}
    assert probe.post(card(probe, "contactCards"), person).status == 400
    assert probe.post(card(probe, "contactCards"), {**person, "customerOrVendorId": OURS}).status == 400


def test_for_whom_a_company_stands_that_is_both(probe: Probe) -> None:
    """The customer, or the vendor, as it is asked (reference: 5.2, 11); neither can be asked for by a filter."""
    customer = _owner(probe, "customers", "C100")
    (company,) = probe.get("contacts").rows
    probe.twin.company(DE).vendor_relation = ""
    vendor = _owner(probe, "vendors", "V100")
    probe.twin.link(DE, company["id"], "vendors", vendor)
    person = {"type": "Person", "displayName": "Anna", "companyNumber": company["number"]}
    made = probe.post(card(probe, "contactCards"), person).json
    assert (made["customerOrVendorId"], made["vendorOrCustomerId"]) == (customer, vendor)
    for name in ("customerOrVendorId", "vendorOrCustomerId"):
        assert probe.get(card(probe, f"contactCards?$filter={name} eq {customer}")).status == 400


@pytest.mark.parametrize(("name", "cards"), [("customers", "customerCards"), ("vendors", "vendorCards")])
def test_who_can_be_a_primary_contact(probe: Probe, name: str, cards: str) -> None:
    """Somebody of the same company: a person gives the contact's name, a company its numbers; nobody takes it away."""
    owner, other = _owner(probe, name, "X100"), _owner(probe, name, "X200")
    company, strange = probe.get("contacts").rows
    person = {"type": "Person", "displayName": "Anna Berg", "customerOrVendorId": owner}
    anna = probe.post(card(probe, "contactCards"), person).json
    target = card(probe, f"{cards}({owner})")
    assert change(probe, target, primaryContactNumber=anna["number"]).json["contactName"] == "Anna Berg"
    assert change(probe, target, primaryContactNumber="").json["contactName"] == ""
    change(probe, card(probe, f"contactCards({company['id']})"), phoneNumber="1")
    shown = change(probe, target, primaryContactNumber=company["number"]).json
    assert (shown["contactName"], shown["phoneNumber"]) == ("", "1")
    for number in (strange["number"], "NOBODY"):
        assert change(probe, target, primaryContactNumber=number).status == 400
    assert change(probe, card(probe, f"{cards}({other})"), primaryContactNumber=anna["number"]).status == 400


def _owner(probe: Probe, name: str, number: str) -> str:
    return str(probe.post(name, {"number": number, "displayName": number}).id)


def test_a_new_item_may_name_its_unit(probe: Probe) -> None:
    """Which API v2.0 refuses where an id is given: the connector sets it once the item is there."""
    unit = probe.post("unitsOfMeasure", {"code": "PCS"}).id
    made = probe.post(card(probe, "itemCards"), {"id": OURS, "number": "I1", "baseUnitOfMeasureId": unit})
    assert (made.id, made.json["baseUnitOfMeasureCode"]) == (OURS, "PCS")
    assert probe.patch(card(probe, f"itemCards({OURS})"), {"inventory": 3}, if_match=made.etag).status == 400


def test_templates_give_what_was_not_sent(probe: Probe) -> None:
    """The company's are those of the record, whichever page it is made on."""
    probe.there("paymentTerms", {"code": "30D"})
    terms = probe.get("paymentTerms").rows[0]["id"]
    probe.twin.company(DE).templates["customers"] = [Template({"paymentTermsId": terms, "phoneNumber": "9"})]
    made = probe.post(card(probe, "customerCards"), {"displayName": "Trey", "phoneNumber": "1"})
    assert (made.json["paymentTermsCode"], made.json["phoneNumber"]) == ("30D", "1")


@pytest.mark.parametrize("name", ["customerCards", "vendorCards", "contactCards", "itemCards"])
def test_a_new_row_may_name_its_template(probe: Probe, name: str) -> None:
    """Which takes the place of the rules; nothing is kept of its name, and a row that is there gets nothing of it."""
    field = "displayName" if name == "itemCards" else "phoneNumber"
    usual, named = Template({field: "0"}), Template({field: "1"}, code="NAMED", chosen=False)
    probe.twin.company(DE).templates[every_page()[name].shows] = [usual, named]
    asked: list[dict[str, Any]] = [{}, {"templateCode": "NAMED"}, {"templateCode": "NAMED", field: "2"}]
    made = [probe.post(card(probe, name), {**NEW[name], "number": f"X{at}", **more}) for at, more in enumerate(asked)]
    assert [(each.status, each.json[field], each.json["templateCode"]) for each in made] == [
        (201, "0", ""), (201, "1", ""), (201, "2", "")]  # fmt: skip
    assert change(probe, card(probe, f"{name}({made[0].id})"), templateCode="NAMED").json[field] == "0"
    refused = probe.post(card(probe, name), {**NEW[name], "number": "X9", "templateCode": "OTHER"})
    assert "The Config. Template Header does not exist" in refused.refusal[1]


@pytest.mark.parametrize("name", [name for name, page in served(OF_CONNECTOR).items() if not page.operations])
def test_what_is_taken_over_from_is_read_only(probe: Probe, name: str) -> None:
    """The product's own couplings and set-up can be read, and nothing else."""
    assert probe.get(card(probe, name)).rows == []
    assert probe.post(card(probe, name), {}).status == 405


def test_texts_that_a_page_makes_cannot_be_filtered(probe: Probe) -> None:
    """They stand for no field as it is stored."""
    probe.there("crmOptionMappings", {"record": "Shipping Agent: DHL", "tableNumber": 291, "optionValue": 2})
    assert probe.get(card(probe, "crmOptionMappings?$filter=tableNumber eq 291")).column("record") == [
        "Shipping Agent: DHL"
    ]
    assert probe.get(card(probe, "crmOptionMappings?$filter=record eq 'x'")).status == 400


def test_each_api_serves_its_own(probe: Probe) -> None:
    """The sets of the connector are not those of API v2.0, in addresses as in what an API says of itself."""
    assert {each["name"] for each in probe.get(API.rstrip("/")).rows} == {*served(OF_CONNECTOR), "subscriptions"}
    assert probe.get(card(probe, "customers")).status == 404
    assert probe.get("customerCards").status == 404
    assert not served(OF_CONNECTOR).keys() & pages().keys()
    assert 'EntityType Name="customerCard"' in probe.get(f"{API}$metadata").answer.body.decode()


def test_what_is_not_published_is_not_there(probe: Probe) -> None:
    """Without the extension its API does not exist."""
    probe.twin.behaviour.connector = False
    assert probe.get(card(probe, "customerCards")).status == 404
    assert probe.get("customers").status == 200


def test_a_batch_goes_to_one_api(probe: Probe) -> None:
    """Parts are relative to the API that the batch is sent to."""
    parts = [probe.part("GET", "customerCards", part_id="1"), probe.part("GET", "customers", part_id="2")]
    said = probe.post(f"{API}$batch", {"requests": parts}, prefer="odata.continue-on-error")
    assert [part["status"] for part in said.parts] == [200, 404]
