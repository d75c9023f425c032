"""The maps of Business Central's suite against the rows that the product installs (reference: business-central 2).

`printed/business_central.json` holds these rows by mapping, with fields as the product calls them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from functions.suites import flow_names
from shared.mapping._grammar import ParsedLine, parse_fields
from tests.emulator.azurite import ROOT

SUITE: Final = "business_central"
PRINTED: Final[Mapping[str, list[dict[str, Any]]]] = json.loads(
    (Path(__file__).parent / "printed" / f"{SUITE}.json").read_text("utf-8")
)
FLOWS: Final = {
    "currencies": "CURRENCY",
    "customers": "CUSTOMER",
    "items": "ITEM-PRODUCT",
    "salespeople": "SALESPEOPLE",
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
CONNECTOR: Final = {
    "Contact", "Fax No.", "Shipping Agent Code", "Primary Contact No.", "Mobile Phone No.", "Purchaser Code",
    "Unit Volume", "Gross Weight", "Vendor No.", "Vendor Item No.",
}  # fmt: skip
"""What API v2.0 does not have: the connector brings it."""
LATER: Final = {
    ("customers", "owneridtype"): "the set that an owner is bound to says it over the Web API",
    ("vendors", "owneridtype"): "the set that an owner is bound to says it over the Web API",
    ("vendors", "address1_freighttermscode"): "options of choices have no flow yet, and API v2.0 not the code",
    ("vendors", "paymenttermscode"): "options of choices have no flow yet",
    ("items", "defaultuomid"): "unit group mapping is not shipped",
    ("customers", "address1_freighttermscode"): "options of choices have no flow yet",
    ("customers", "paymenttermscode"): "options of choices have no flow yet",
}
"""Rows that have no line, and why."""
BESIDES: Final = {"units_of_measure": {"name"}}
"""Columns that the product fills outside its rows (reference: 3.6)."""
SYMBOLS: Final = {"both": {"=", "><"}, "to": {">", ">>"}, "from": {"<", "<<"}}


def lines(flow: str) -> list[ParsedLine]:
    text = (ROOT / "functions" / SUITE / f"{flow}.yaml").read_text("utf-8")
    found, problems = parse_fields(text.partition("fields: |\n")[2], flow, 1)
    assert not problems
    return found


def of(flow: str, row: Mapping[str, Any]) -> ParsedLine | None:
    """The line of a printed row."""
    name = PROPERTIES.get(row["field"] or "", "")
    name = "phoneNo" if flow == "salespeople" and row["field"] == "Phone No." else name
    found = (each for each in lines(flow) if each.erp == name and each.pair[1] == (row["column"] or ""))
    return next(found, None)


def rows() -> list[tuple[str, dict[str, Any]]]:
    return [(flow, row) for flow, mapping in FLOWS.items() for row in PRINTED[mapping]]


@pytest.mark.parametrize(("flow", "row"), rows(), ids=lambda each: each if isinstance(each, str) else each["column"])
def test_every_printed_row(flow: str, row: dict[str, Any]) -> None:
    """Each has its line, in its direction; one that the product installs disabled writes nothing."""
    if (flow, row["column"]) in LATER or row["field"] in CONNECTOR:
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
    printed = {row["column"] for row in PRINTED[FLOWS[flow]]}
    assert {line.pair[1] for line in lines(flow) if line.erp} - printed <= BESIDES.get(flow, set())


def test_every_flow_is_held_against_its_rows() -> None:
    assert sorted(FLOWS) == flow_names(SUITE)
