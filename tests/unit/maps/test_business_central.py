"""The maps of Business Central's suite against the rows that the product installs (reference: business-central 2).

`printed/business_central.json` holds these rows by mapping, with fields as the product calls them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import ValidationError

from functions.business_central import BusinessCentralSettings
from functions.runtime import catalogue
from functions.suites import flow_names, suite
from shared.errors import MapError, Refused
from shared.mapping import FlowMap
from shared.mapping._grammar import ParsedLine, parse_fields
from shared.settings import Settings
from tests.emulator.azurite import ROOT

SUITE: Final = "business_central"
PRINTED: Final[Mapping[str, list[dict[str, Any]]]] = json.loads(
    (Path(__file__).parent / "printed" / f"{SUITE}.json").read_text("utf-8")
)
FLOWS: Final = {
    "contacts": "CONTACT",
    "currencies": "CURRENCY",
    "customers": "CUSTOMER",
    "items": "ITEM-PRODUCT",
    "payment_terms": "PAYMENT TERMS",
    "salespeople": "SALESPEOPLE",
    "shipment_methods": "SHIPMENT METHOD",
    "shipping_agents": "SHIPPING AGENT",
    "units_of_measure": "UNIT OF MEASURE",
    "vendors": "VENDOR",
}
"""Flow to the product's mapping."""
PROPERTIES: Final = {
    "Name": "displayName",
    "Description": "displayName",
    "Code": "code",
    "Symbol": "symbol",
    "Salesperson Code": "salespersonCode",
    "Unit Price": "unitPrice",
    "Unit Cost": "unitCost",
    "Inventory": "inventory",
    "Base Unit of Measure": "baseUnitOfMeasureId",
    "Job Title": "jobTitle",
    "E-Mail 2": "email2",
    "Address": "addressLine1",
    "Address 2": "addressLine2",
    "Post Code": "postalCode",
    "City": "city",
    "Country/Region Code": "country",
    "County": "state",
    "Currency Code": "currencyCode",
    "E-Mail": "email",
    "Home Page": "website",
    "Phone No.": "phoneNumber",
    "Credit Limit (LCY)": "creditLimit",
    "No.": "number",
}
"""Fields of the product to properties of API v2.0 (reference: 2)."""
WITH_CONNECTOR: Final = {
    "Contact": "contactName",
    "Primary Contact No.": "primaryContactNumber",
    "Fax No.": "faxNumber",
    "Mobile Phone No.": "mobilePhoneNumber",
    "Purchaser Code": "purchaserCode",
    "First Name": "firstName",
    "Middle Name": "middleName",
    "Surname": "lastName",
    "Pager": "pager",
    "Salutation Code": "salutationCode",
    "Unit Volume": "unitVolume",
    "Gross Weight": "grossWeight",
    "Shipment Method Code": "shipmentMethodCode",
    "Shipping Agent Code": "shippingAgentCode",
    "Payment Terms Code": "paymentTermsCode",
    "Vendor No.": "vendorNumber",
    "Vendor Item No.": "vendorItemNumber",
}
"""Fields that API v2.0 does not have, to properties of the connector's pages."""
ONLY_WITH_CONNECTOR: Final = {"contacts"}
"""Flows that are about a page of the connector and nothing else: all their lines stand in the map."""
LATER: Final = {
    ("contacts", "owneridtype"): "the set that an owner is bound to says it over the Web API",
    ("contacts", "parentcustomeridtype"): "the set that the parent is bound to says it over the Web API",
    ("customers", "owneridtype"): "the set that an owner is bound to says it over the Web API",
    ("vendors", "owneridtype"): "the set that an owner is bound to says it over the Web API",
    ("items", "defaultuomid"): "unit group mapping is not shipped",
    ("customers", "telephone2"): "installed disabled, and an overlay holds no line that is off",
    ("vendors", "telephone2"): "installed disabled, and an overlay holds no line that is off",
}
"""Rows that have no line, and why."""
BESIDES: Final = {
    "units_of_measure": {"name"},
    "contacts": {"parentcustomerid"},
    "items": {"transactioncurrencyid", "defaultuomid"},
    "currencies": {"currencyprecision"},
}
"""Columns that the product fills outside its rows (reference: 2.26, 3.3, 3.6)."""
SYMBOLS: Final = {"both": {"=", "><"}, "to": {">", ">>"}, "from": {"<", "<<"}}


def lines(flow: str, overlay: str = "") -> list[ParsedLine]:
    """The lines of a map, or of an overlay that ships with it; none where none does."""
    path = ROOT / "functions" / SUITE / (f"revisions/{flow}.{overlay}.yaml" if overlay else f"{flow}.yaml")
    if overlay and not path.exists():
        return []
    text = path.read_text("utf-8")
    found, problems = parse_fields(text.partition("fields: |\n")[2], flow, 1)
    assert not problems
    return found


def of(flow: str, row: Mapping[str, Any]) -> ParsedLine | None:
    """The line of a printed row, in the map or in what the connector adds to it."""
    if row["field"] in WITH_CONNECTOR and flow not in ONLY_WITH_CONNECTOR:
        name, there = WITH_CONNECTOR[row["field"]], lines(flow, "connector")
        return next((each for each in there if each.erp == name and each.pair[1] == row["column"]), None)
    name = (PROPERTIES | WITH_CONNECTOR | {"Type": "type"}).get(row["field"] or "", "")
    name = "phoneNo" if flow == "salespeople" and row["field"] == "Phone No." else name
    found = (each for each in lines(flow) if each.erp == name and each.pair[1] == (row["column"] or ""))
    return next(found, None)


def whole(flow: str, *words: str, overlay: str = "") -> FlowMap:
    """A map as it holds where the settings say these words, or name an overlay."""
    chosen = Settings(dataverse_url="https://unused", suites=(SUITE,), map_overlays=(overlay,) if overlay else ())
    return catalogue(chosen, words={SUITE: ("person", *words)}).map(f"{SUITE}.{flow}")


def columns(flow: FlowMap) -> set[str]:
    return {line.dataverse.name for line in flow.lines}


def rows() -> list[tuple[str, dict[str, Any]]]:
    return [(flow, row) for flow, mapping in FLOWS.items() for row in PRINTED[mapping]]


@pytest.mark.parametrize(("flow", "row"), rows(), ids=lambda each: each if isinstance(each, str) else each["column"])
def test_every_printed_row(flow: str, row: dict[str, Any]) -> None:
    """Each has its line, in its direction; one that the product installs disabled writes nothing: bc-029, bc-031,
    bc-035, bc-036.
    """
    if (flow, row["column"]) in LATER:
        assert of(flow, row) is None
        return
    line = of(flow, row)
    assert line is not None
    if row.get("enabled", True):
        assert line.symbol in SYMBOLS[row["direction"]]
        assert "off" not in line.options
    else:
        assert line.options.keys() & {"off", "match"}


@pytest.mark.parametrize("flow", FLOWS)
def test_nothing_is_written_that_is_not_printed(flow: str) -> None:
    """But for what a record needs that the product gives by its templates."""
    printed = {row["column"] or "" for row in PRINTED[FLOWS[flow]]}
    assert {line.pair[1] for line in [*lines(flow), *lines(flow, "connector")] if line.erp} - printed <= BESIDES.get(
        flow, set()
    )


def test_every_flow_is_held_against_its_rows() -> None:
    assert sorted(FLOWS) == flow_names(SUITE)


@pytest.mark.parametrize(
    ("flow", "page"), {"customers": "customerCards", "vendors": "vendorCards", "items": "itemCards"}.items()
)
def test_the_connector_takes_the_place_of_api_v2(flow: str, page: str) -> None:
    """With the setting a flow is about the connector's page, which fills all of the map's columns and more; the overlay
    may be named instead.
    """
    own = f"{SUITE}.{flow}=functions/{SUITE}/revisions/{flow}.connector.yaml"
    without, switched, chosen = whole(flow), whole(flow, "connector"), whole(flow, overlay=own)
    assert (without.erp.entity.name, switched.erp.entity.name) == (flow, page)
    assert switched.erp.entity.route == "koppel/sync/v1.0"
    assert columns(without) < columns(chosen) <= columns(switched)


@pytest.mark.parametrize("flow", ["salespeople", "currencies", "units_of_measure"])
def test_what_api_v2_has_needs_no_connector(flow: str) -> None:
    """These flows are the same with it and without."""
    assert [whole(flow, *words).erp.entity.route for words in [(), ("connector",)]] == ["v2.0", "v2.0"]


def test_contacts_are_there_with_the_connector_alone() -> None:
    """API v2.0 does not say for whom the company of a contact stands, nor what its parts are called."""
    with pytest.raises(Refused):
        whole("contacts")
    assert whole("contacts", "connector").erp.entity.route == "koppel/sync/v1.0"


def test_a_map_may_create_people(tmp_path: Path) -> None:
    """Business Central makes the name of a person of its parts, so that no line is about the whole name."""
    overlay = tmp_path / "contacts.yaml"
    says = "extends: contacts\npolicy: {creates: both}\n"
    overlay.write_text(says, "utf-8")
    assert overlaid_by(overlay).creates == {"erp", "dataverse"}
    off = "".join(f"  {each} = {each.lower()} ; off\n" for each in ("firstName", "middleName", "lastName"))
    overlay.write_text(f"{says}match: [[email]]\nname: [email]\nfields: |\n{off}", "utf-8")
    with pytest.raises(MapError, match="contactCards needs displayName"):
        overlaid_by(overlay)


def overlaid_by(path: Path) -> FlowMap:
    """The map of contacts with an overlay of somebody's own."""
    chosen, name = Settings(dataverse_url="https://unused", suites=(SUITE,)), f"{SUITE}.contacts"
    shipped = catalogue(chosen, words={SUITE: ("person", "connector")})
    return replace(shipped, overlays={name: [path]}).map(name)


def test_customers_come_before_their_people() -> None:
    """Their primary contact is filled in later, so nobody waits in a circle."""
    chosen = Settings(dataverse_url="https://unused", suites=(SUITE,))
    found = catalogue(chosen, words={SUITE: ("person", "connector")})
    order = [name.partition(".")[2] for name in found.order()]
    assert max(order.index("customers"), order.index("vendors")) < order.index("contacts")
    assert not found.circles()


@pytest.mark.parametrize("flow", ["customers", "vendors"])
def test_accounts_come_after_all_that_they_refer_to(flow: str) -> None:
    """Salespeople, currencies and the three choices: bc-037, bc-233. No vendor names a salesperson."""
    chosen = Settings(dataverse_url="https://unused", suites=(SUITE,))
    found = catalogue(chosen, words={SUITE: ("person", "connector")})
    needed = {"currencies", "payment_terms", "shipment_methods", "shipping_agents"}
    needed |= {"salespeople"} if flow == "customers" else set()
    assert {f"{SUITE}.{each}" for each in needed} <= set(found.needed_by(f"{SUITE}.{flow}"))
    order = [name.partition(".")[2] for name in found.order()]
    assert max(map(order.index, needed)) < order.index(flow) < order.index("contacts")


def test_whose_people_are_of_a_company_that_is_both() -> None:
    """The customer's, as in the product; an overlay says otherwise (reference: 5.2, 11)."""
    shipped = whole("contacts", "connector")
    own = f"{SUITE}.contacts=functions/{SUITE}/revisions/contacts.vendors_first.yaml"
    other = whole("contacts", "connector", overlay=own)
    found = [line for flow in (shipped, other) for line in flow.lines if line.dataverse.name == "parentcustomerid"]
    assert [line.erp.name for line in found] == ["customerOrVendorId", "vendorOrCustomerId"]
    assert [line.lookup.via for line in found if line.lookup] == [
        (f"{SUITE}.customers", f"{SUITE}.vendors"), (f"{SUITE}.vendors", f"{SUITE}.customers")]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("connector",)])
def test_what_is_blocked_is_in_scope_with_its_overlay_alone(words: Sequence[str]) -> None:
    """Over the page of API v2.0 and over the connector's (reference: 3.7)."""
    own = f"{SUITE}.items=functions/{SUITE}/revisions/items.retire_blocked.yaml"
    for flow, carried in ((whole("items", *words), False), (whole("items", *words, overlay=own), True)):
        assert flow.erp.scope.includes({"blocked": True}) is carried
        assert flow.dataverse.scope.includes({"producttypecode": 1, "statecode": 1}) is carried
        assert [line.erp.name for line in flow.lines if line.dataverse.name == "statecode"] == ["blocked"] * carried


def test_the_words_of_settings_are_all_known() -> None:
    """What the suite's settings can switch on is said of the suite, so that MAP_SWITCHES is not told to."""
    both = (str(UUID(int=1)), str(UUID(int=2)))
    told = BusinessCentralSettings(companies=both, connector=True, ownership="person").words()
    assert set(told) == set(suite(SUITE).words)


def test_a_person_owns_what_is_new_where_the_setting_says_nothing() -> None:
    """bc-013: the product begins with a team; what is set holds, and there is no third model."""
    ids = (str(UUID(int=1)),)
    assert "person" in BusinessCentralSettings(companies=ids).words()
    assert "person" in BusinessCentralSettings(companies=ids, ownership="person").words()
    assert "person" not in BusinessCentralSettings(companies=ids, ownership="team").words()
    with pytest.raises(ValidationError, match="ownership"):
        BusinessCentralSettings.model_validate({"companies": ids, "ownership": "nobody"})


def test_units_and_currencies_are_not_filtered() -> None:
    """bc-053: but for codes that Dataverse takes for no currency. Currencies are coupled only, as in the product; units
    are made, for items need them.
    """
    units, currencies = whole("units_of_measure"), whole("currencies")
    filters = [units.erp.scope, units.dataverse.scope, currencies.dataverse.scope]
    assert [each.conditions for each in filters] == [frozenset()] * len(filters)
    assert [currencies.erp.scope.includes({"code": code}) for code in ("EUR", "USD", "GOLD")] == [True, True, False]
    assert not currencies.creates
    assert units.creates == {"dataverse"}


@pytest.mark.parametrize("number", [1, 2])
def test_rows_say_whose_they_are_where_there_are_several_companies(number: int) -> None:
    """Of one company nobody has to; what rows of all companies share says nothing either way."""
    settings = BusinessCentralSettings(companies=tuple(str(UUID(int=each + 1)) for each in range(number)))
    assert settings.column_prefix() == ("koppel" if number > 1 else "")
    words = {*settings.words(), "connector"}
    columns = {flow: whole(flow, *words).company for flow in FLOWS}
    held = {flow: each.dataverse.name for flow, each in columns.items() if each and each.dataverse}
    striped = ("contacts", "customers", "items", "vendors") if number > 1 else ()
    assert held == dict.fromkeys(striped, "koppel_company")
