"""Filters, orders, selections, expansions and pages (checklist 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.emulator.business_central.filters import OR
from tests.emulator.business_central.probe import DE, HOST, Probe

ROWS: tuple[dict[str, Any], ...] = (
    {"number": "10", "displayName": "Adatum", "city": "Odense", "creditLimit": 10},
    {"number": "20", "displayName": "adatum", "city": "Aarhus", "creditLimit": 20.5, "blocked": "All"},
    {"number": "C30", "displayName": "Trey's", "city": "Odense", "type": "Person", "taxLiable": True},
)


@pytest.fixture
def three(probe: Probe) -> Probe:
    """Three customers, a minute apart."""
    for row in ROWS:
        probe.pass_time(60)
        probe.customer(**row)
    return probe


def found(probe: Probe, text: str, more: str = "") -> list[str]:
    return probe.get(f"customers?$filter={text}{more}").column("number")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("number eq '10'", ["10"]),
        ("'10' eq number", ["10"]),
        ("number eq 'c30'", ["C30"]),
        ("number ne '10'", ["20", "C30"]),
        ("number gt '10' and number lt 'C30'", ["20"]),
        ("displayName eq 'Adatum'", ["10"]),
        ("tolower(displayName) eq 'adatum'", ["10", "20"]),
        ("toupper(displayName) eq 'Adatum'", ["10", "20"]),
        ("displayName eq 'Trey''s'", ["C30"]),
        ("displayName eq 'A*m'", ["10"]),
        ("number eq 'c*'", ["C30"]),
        ("contains(displayName,'datu')", ["10", "20"]),
        ("startswith(displayName,'Ad')", ["10"]),
        ("endswith(displayName,'m')", ["10", "20"]),
        ("substring(displayName,1) eq 'datum'", ["10", "20"]),
        ("substring(displayName,1,2) eq 're'", ["C30"]),
        ("creditLimit ge 10.0", ["10", "20"]),
        ("creditLimit eq 0", ["C30"]),
        ("10 lt creditLimit", ["20"]),
        ("taxLiable eq true", ["C30"]),
        ("blocked eq 'All'", ["20"]),
        ("blocked eq ' '", ["10", "C30"]),
        ("blocked eq '_x0020_'", ["10", "C30"]),
        ("type eq 'Person'", ["C30"]),
        ("lastModifiedDateTime gt 2025-01-06T09:01:00Z", ["20", "C30"]),
        ("lastModifiedDateTime ge 2025-01-06T10:02:00%2B01:00", ["20", "C30"]),
        ("number eq '10' or number eq '20'", ["10", "20"]),
        ("(number eq '10' or number eq '20') and city eq 'Odense'", ["10"]),
        ("currencyId eq 00000000-0000-0000-0000-000000000000", ["10", "20", "C30"]),
    ],
)
def test_filters(three: Probe, text: str, numbers: Sequence[str]) -> None:
    """Operators, functions and literals; a code in any letter case, a text in its own; a star stands for anything."""
    assert found(three, text) == numbers


def test_ids_in_filters(three: Probe) -> None:
    """By id, one or several."""
    one, other = (three.twin.id_of(DE, "customers", number) for number in ("10", "20"))
    assert found(three, f"id eq {one.upper()}") == ["10"]
    assert found(three, f"id eq {other} or id eq {one}") == ["10", "20"]
    assert found(three, f"id eq {one} and id ne {one}") == []


@pytest.mark.parametrize(
    "text",
    ["number eq '10' or displayName eq 'x'", "(number eq '1' or city eq 'x') and taxLiable eq true"],
)
def test_or_over_different_fields(three: Probe, text: str) -> None:
    """`or` is for conditions on one property."""
    assert three.get(f"customers?$filter={text}").error == (400, "BadRequest", OR)


def test_what_the_old_schema_version_reads_past(three: Probe) -> None:
    """Nested functions and lambdas give everything, without an error; in a newer version the former work."""
    nested = "contains(tolower(displayName),'adatum')"
    assert found(three, nested) == ["10", "20", "C30"]
    assert found(three, nested, "&$schemaversion=2.1") == ["10", "20"]
    assert found(three, "contactsInformation/any(c:c/contactNumber eq 'x')") == ["10", "20", "C30"]


def test_in(three: Probe) -> None:
    """The old schema version reads past `in`, too: everything is found, without an error."""
    assert found(three, "number in ('10','20')") == ["10", "20", "C30"]
    assert found(three, "number in ('10','c30')", "&$schemaversion=2.1") == ["10", "C30"]


@pytest.mark.parametrize(
    "text",
    [
        "nothing eq 1", "Number eq '10'", "number eq 10", "creditLimit eq '10'", "id eq '10'", "taxLiable eq 1",
        "number eq null", "not (number eq '10')", "length(number) eq 2", "number", "number eq", "(number eq '10'",
        "blocked eq 'Nobody'", "number eq displayName", "balanceDue gt 0", "currencyCode eq 'EUR'",
        "creditLimit add 1 eq 11", "lastModifiedDateTime gt 2025-01-06", "contains(creditLimit,'1')",
    ],
)  # fmt: skip
def test_filters_that_are_refused(three: Probe, text: str) -> None:
    """Unknown names, letter case included, other types, null, and what the service does not do."""
    assert three.get(f"customers?$filter={text}").status == 400


def test_orders(three: Probe) -> None:
    """By fields, downwards too; without an order by number."""
    assert three.get("customers").column("number") == ["10", "20", "C30"]
    assert three.get("customers?$orderby=city,number desc").column("number") == ["20", "C30", "10"]
    assert three.get("customers?$orderby=lastModifiedDateTime desc").column("number") == ["C30", "20", "10"]
    for text in ("nothing", "number up", "currencyCode"):
        assert three.get(f"customers?$orderby={text}").status == 400


def test_selections(three: Probe) -> None:
    """Only what was asked for, in the order of the page, and the version."""
    assert list(three.get("customers?$select=number,id").rows[0]) == ["@odata.etag", "id", "number"]
    assert three.get("customers?$select=nothing").status == 400
    three.twin.behaviour.gone["customers"] = frozenset({"website"})
    assert "website" not in three.get("customers").rows[0]


def test_counts(three: Probe) -> None:
    """Beside the rows, or alone."""
    assert three.get("customers?$count=true&$top=1").json["@odata.count"] == 3
    assert three.get("customers/$count").text == "3"
    assert three.get("customers/$count?$filter=city eq 'Odense'").text == "2"
    assert three.get("customers?$count=yes").status == 400


def test_top_and_skip(three: Probe) -> None:
    """So many rows, and no link to more."""
    said = three.get("customers?$top=1&$skip=1")
    assert said.column("number") == ["20"]
    assert "@odata.nextLink" not in said.json
    assert three.get("customers?$top=-1").status == 400


@pytest.mark.parametrize("option", ["$search=x", "$apply=x", "$filter=number eq '1'&$filter=number eq '2'"])
def test_options_that_are_refused(three: Probe, option: str) -> None:
    """Options that the service does not have, or that stand twice."""
    assert three.get(f"customers?{option}").status == 400


def test_expansions(probe: Probe) -> None:
    """One row or many beside a row, several levels deep; null where there is none."""
    unit = probe.there("unitsOfMeasure", {"code": "PCS"})[-37:-1]
    probe.there("items", {"number": "I1", "baseUnitOfMeasureId": unit})
    (row,) = probe.get("items?$expand=unitOfMeasure($select=code),itemCategory").rows
    assert row["unitOfMeasure"].keys() == {"@odata.etag", "code"}
    assert (row["unitOfMeasure"]["code"], row["itemCategory"]) == ("PCS", None)
    customer = probe.customer("C1")
    told = probe.get(f"{customer}?$expand=contactsInformation($expand=contact($select=number);$top=1),currency")
    assert [each["contact"]["number"] for each in told.json["contactsInformation"]] == ["CT000001"]
    assert told.json["currency"] is None
    assert probe.get(f"{customer}?$expand=nothing").status == 400


def test_parts_of_a_row_by_address(probe: Probe) -> None:
    """A single row, or none at all; a page of many."""
    terms = probe.there("paymentTerms", {"code": "30D"})[-37:-1]
    customer = probe.customer("C1", paymentTermsId=terms)
    assert probe.get(f"{customer}/paymentTerm").json["code"] == "30D"
    assert probe.get(f"{customer}/currency").status == 204
    assert probe.get(f"{customer}/contactsInformation").column("contactNumber") == ["CT000001"]
    assert probe.get(f"{customer}/nothing").status == 404


def test_pages(three: Probe) -> None:
    """A page as long as asked for, an absolute link with an opaque place, and the same headers again."""
    said = three.get("customers?$select=number&$count=true", prefer="odata.maxpagesize=2")
    assert said.column("number") == ["10", "20"]
    link = said.json["@odata.nextLink"]
    assert link.startswith(f"{HOST}/v2.0/Sandbox/api/v2.0/companies({three.company})/customers?")
    assert "$skiptoken=" in link
    last = three.get(link, prefer="odata.maxpagesize=2")
    assert last.column("number") == ["C30"]
    assert "@odata.nextLink" not in last.json
    assert three.get("customers?$skiptoken=nonsense").status == 400


def test_page_sizes(three: Probe) -> None:
    """More than the service gives is refused, not cut."""
    three.twin.behaviour.max_page_size = 2
    assert three.get("customers").json["@odata.nextLink"]
    assert three.get("customers", prefer="odata.maxpagesize=3").error[0] == 413
    assert three.get("customers?$top=3").column("number") == ["10", "20"]


def test_pages_are_no_snapshot(three: Probe) -> None:
    """A row that moves meanwhile is seen twice or not at all; a row that is gone does not end the way."""
    first = three.get("customers?$orderby=city", prefer="odata.maxpagesize=1")
    assert first.column("number") == ["20"]
    three.twin.update(DE, "customers", first.rows[0]["id"], {"city": "Z"})
    assert three.get(first.json["@odata.nextLink"]).column("number") == []
    first = three.get("customers", prefer="odata.maxpagesize=1")
    three.twin.delete(DE, "customers", first.rows[0]["id"])
    assert three.get(first.json["@odata.nextLink"]).column("number") == ["20", "C30"]


@pytest.mark.parametrize(("shift", "numbers"), [("repeat", ["20", "C30"]), ("skip", [])])
def test_shifted_pages(three: Probe, shift: str, numbers: Sequence[str]) -> None:
    """On order a page begins a row too early or too late."""
    three.twin.behaviour.page_shift = [shift]  # type: ignore[list-item] # one of the two words
    first = three.get("customers", prefer="odata.maxpagesize=2")
    assert three.get(first.json["@odata.nextLink"]).column("number") == numbers


def test_hidden_rows(three: Probe) -> None:
    """What a security filter hides reads as absent."""
    three.twin.behaviour.hidden_rows["customers"] = lambda row: row["city"] == "Odense"
    assert three.get("customers").column("number") == ["20"]
    hidden = three.twin.id_of(DE, "customers", "10")
    assert three.get(f"customers({hidden})").status == 404
    assert three.patch(f"customers({hidden})", {"city": "X"}, if_match="*").status == 404
