"""Lines that hold for some companies only."""

from __future__ import annotations

import pytest

from shared.mapping import ABSENT, FlowMap
from tests.unit.mapping.maps import GROUP, HOLD, KEY, built, map_text, problems

US = "{us: {No: 806380001, Invoice: 806380000}}"
LINE = "OnHoldStatus >< msdyn_onholdstatus hold"
BASE = map_text(KEY, GROUP, LINE, "OrganizationName = name", values=HOLD)


def overlay(*lines: str, **head: str) -> str:
    entries = {"extends": "customers", **head}
    return "\n".join(
        [*(f"{name}: {value}" for name, value in entries.items()), "fields: |", *(f"  {each}" for each in lines)]
    )


def holding(flow: FlowMap, company: str, start: str = "OnHold") -> list[str]:
    """The lines that hold for a company, of those that begin so."""
    return [line.name for line in flow.lines if line.name.startswith(start) and line.holds(company)]


OWN = "OnHoldStatus >< msdyn_onholdstatus us ; company USMF ussi"
NAME = "OnHoldStatus >< msdyn_onholdstatus"


def test_a_line_takes_the_place_of_another_in_some_companies() -> None:
    """Everywhere else the shipped line holds, as it was defined."""
    flow = built(BASE, overlay(OWN, values=US))
    assert [holding(flow, each) for each in ("usmf", "USSI", "demf")] == [[f"{NAME} (USMF ussi)"]] * 2 + [[NAME]]
    shipped, own = flow.lines[1], flow.lines[3]
    assert (shipped.forward("No"), own.forward("No")) == ("806380000", "806380001")
    assert shipped.definition == built(BASE).lines[1].definition != own.definition
    assert shipped.root == own.root


def test_a_line_that_is_only_there_for_some() -> None:
    flow = built(BASE, overlay("PrimaryContactFax = fax ; company DEMF"))
    assert [holding(flow, each, "Primary") for each in ("DEMF", "USMF")] == [["PrimaryContactFax = fax (DEMF)"], []]


def test_a_line_that_is_off_for_some() -> None:
    flow = built(BASE, overlay(f"{LINE} ; off, company USMF"))
    assert [holding(flow, each) for each in ("USMF", "DEMF")] == [[], [NAME]]


def test_another_field_for_some() -> None:
    """Two lines may write one field where they never meet."""
    flow = built(BASE, overlay("OrganizationName = name ; off, company USMF", "PartyCountry > name ; company USMF"))
    assert holding(flow, "USMF", "PartyCountry") == ["PartyCountry > name (USMF)"]
    assert holding(flow, "USMF", "Organ") == []


def test_behind_a_switch_that_is_off_nothing_is_taken() -> None:
    text = overlay(f"{OWN}, if pilot", values=US)
    assert holding(built(BASE, text), "USMF") == [NAME]
    assert holding(built(BASE, text, switches=("pilot",)), "USMF") == [f"{NAME} (USMF ussi)"]


def test_a_constant_for_some() -> None:
    """The shipped value stays that of all others."""
    flow = built(BASE, overlay("CustomerGroupId << - default 20 ; company USMF"))
    given = [[each.of(company) for each in flow.erp.constants] for company in ("usmf", "DEMF")]
    assert given == [[None, "20"], ["10", None]]


def test_what_a_record_of_another_company_holds_is_absent() -> None:
    flow = built(BASE, overlay(OWN, values=US))
    row = {"CustomerAccount": "1", "OnHoldStatus": "No", "OrganizationName": "x"}
    assert flow.erp.read({**row, "dataAreaId": "usmf"})[1::2] == [ABSENT, "No"]
    assert flow.erp.read({**row, "dataAreaId": "DEMF"})[1::2] == ["No", ABSENT]
    assert flow.erp.read(row)[1::2] == [ABSENT, ABSENT]


def test_rows_of_dataverse_are_known_by_what_they_hold() -> None:
    """Before anybody knows what that is, neither line flows."""
    flow = built(BASE, overlay(OWN, values=US))
    row = {"accountnumber": "1", "msdyn_onholdstatus": 806380000, "name": "x", "_msdyn_company_value": "AB-1"}
    assert flow.dataverse.read(row)[1::2] == [ABSENT, ABSENT]
    known = flow.marked({"AB-1": "USMF"}).dataverse
    assert known.read(row)[1::2] == [ABSENT, "806380000"]
    assert known.read({**row, "_msdyn_company_value": "ab-2"})[1::2] == ["806380000", ABSENT]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["CustomerAccount = accountnumber ; company USMF"],
         "CustomerAccount tells which records belong together, and has to do so in every company"),
        ([OWN, "OnHoldStatus >< msdyn_onholdstatus us ; company USSI"],
         "msdyn_onholdstatus is also written by line 4"),
        (["PartyCountry > name ; company USMF"], "name is also written by line 11 of base.yaml"),
        (["CustomerGroupId << - default 10 ; off", "CustomerGroupId << - default 20 ; company USMF"],
         "is switched off, but CustomersV3 needs CustomerGroupId"),
        (["PrimaryContactFax = fax ; company"], "option 'company' needs one argument"),
        (["PrimaryContactFax = fax ; company USMF create"], "a comma is missing before 'create'"),
    ],
)  # fmt: skip
def test_mistakes(lines: list[str], what: str) -> None:
    found = [each.what for each in problems(BASE, overlay(*lines, values=US))]
    assert what in found


def test_a_flow_without_companies_has_no_such_lines() -> None:
    text = map_text(
        "CurrencyCode = isocurrencycode",
        "Name = currencyname ; company USMF",
        erp="{system: finops, entity: Currencies, identity: [CurrencyCode]}",
        dataverse="{table: transactioncurrencies}",
        match="[[CurrencyCode]]",
        company="",
    )
    assert [each.what for each in problems(text)] == ["the records of this flow belong to no company"]
