"""Where the party solutions of release 3 are installed: lengths, numbers, tracking, keys and rules as published."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe

COMPANY = "msdyn_company@odata.bind"
PARTY = "msdyn_partyid@odata.bind"


@pytest.fixture
def parties(probe: Probe) -> Probe:
    probe.twin.install_parties()
    return probe


def test_standard_columns_are_widened(parties: Probe) -> None:
    """A mail address has 255 characters, where it had 100."""
    assert parties.post("contacts", {"emailaddress1": "a" * 255}).status == 204
    assert parties.post("contacts", {"emailaddress1": "a" * 256}).status == 400


def test_numbers_are_made_by_the_platform(parties: Probe) -> None:
    """A row that is sent without a party number gets one."""
    row_id = parties.created("accounts", name="A")
    assert parties.get(f"accounts({row_id})").json["msdyn_partynumber"].startswith("PAR-01000-")


def test_tracking_is_off(parties: Probe) -> None:
    """Nothing is tracked before somebody switches it on."""
    asked = parties.get("EntityDefinitions(LogicalName='account')?$select=ChangeTrackingEnabled")
    assert asked.json["ChangeTrackingEnabled"] is False


def contact(parties: Probe, **values: Any) -> dict[str, Any]:
    row_id = parties.created("contacts", **values)
    found: dict[str, Any] = parties.get(f"contacts({row_id})").json
    return found


def test_contact_persons_have_no_company(parties: Probe) -> None:
    """Whoever is neither customer nor vendor loses the company, and is marked."""
    bound = {COMPANY: f"/cdm_companies({parties.company('USMF')})"}
    person = contact(parties, **bound)
    assert (person["_msdyn_company_value"], person["msdyn_contacthasnocompany"]) == (None, 192_360_000)
    for role in ("msdyn_sellable", "msdyn_isvendor"):
        buys = contact(parties, **bound, **{role: True})
        assert (buys["_msdyn_company_value"] is not None, buys["msdyn_contacthasnocompany"]) == (True, None)


def test_numbered_contact_persons_are_refused_a_company(parties: Probe) -> None:
    """With a contact person id it is an error, on create and on update."""
    bound = {COMPANY: f"/cdm_companies({parties.company('USMF')})"}
    assert parties.post("contacts", {**bound, "msdyn_contactpersonid": "1"}).refusal == (400, "0x80040265")
    row_id = parties.created("contacts", msdyn_contactpersonid="1")
    assert parties.patch(f"contacts({row_id})", bound).refusal == (400, "0x80040265")


def test_keys_come_with_the_solutions(probe: Probe) -> None:
    """Elsewhere a party may be as many customers as it likes."""
    party = probe.created("msdyn_parties", msdyn_partynumber="P-1", msdyn_partytype=192_350_002)
    bound = {COMPANY: f"/cdm_companies({probe.company('USMF')})", PARTY: f"/msdyn_parties({party})"}
    for name in "AB":
        probe.created("accounts", name=name, customertypecode=3, **bound)


def test_a_party_is_one_customer_of_a_company(parties: Probe) -> None:
    """A second customer of one party in one company is refused, a vendor of it is not."""
    party = parties.created("msdyn_parties", msdyn_partynumber="P-1", msdyn_partytype=192_350_002)
    bound = {COMPANY: f"/cdm_companies({parties.company('USMF')})", PARTY: f"/msdyn_parties({party})"}
    parties.created("accounts", name="A", customertypecode=3, **bound)
    assert parties.post("accounts", {"name": "B", "customertypecode": 3, **bound}).refusal == (412, "0x80060892")
    parties.created("accounts", name="B", customertypecode=11, **bound)


def test_what_a_party_is_stays(parties: Probe) -> None:
    """Number and type of a party are given on create."""
    party = parties.created("msdyn_parties", msdyn_partynumber="P-1", msdyn_partytype=192_350_002)
    assert parties.patch(f"msdyn_parties({party})", {"msdyn_partytype": 192_350_001}).status == 400
