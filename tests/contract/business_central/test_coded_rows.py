"""Units, currencies, terms, methods, salespeople, countries, tax areas, and the set-up of a company (scenarios)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.business_central.probe import DE, ZERO, Probe

DIALOG = "Application_DialogException"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("unitsOfMeasure", {"displayName": "Pieces", "code": "PCS", "internationalStandardCode": "EA", "symbol": "#"}),
        ("currencies", {"code": "GRAPH00001", "displayName": "Test", "symbol": "¤", "amountRoundingPrecision": 0.01}),
        ("paymentTerms", {"code": "30D", "displayName": "30 days", "dueDateCalculation": "30D", "discountPercent": 2}),
        ("shipmentMethods", {"code": "EXW", "displayName": "Ex works"}),
        ("countriesRegions", {"code": "GRAPH00001", "displayName": "Test"}),
        ("taxAreas", {"code": "EXPORT", "displayName": "Export"}),
        (
            "salespeoplePurchasers",
            {
                "code": "JR", "displayName": "John", "email": "j@x.y", "email2": "j2@x.y", "phoneNo": "1",
                "jobTitle": "Seller", "commisionPercent": 12.5, "privacyBlocked": True, "blocked": True,
            },
        ),
    ],
)  # fmt: skip
def test_what_is_sent_comes_back(probe: Probe, name: str, body: dict[str, Any]) -> None:
    """UOM-01, CUR-01, PTM-01, SPP-01, CTY-01, TAX-02: and the id is not zero."""
    made = probe.post(name, body)
    assert made.status == 201
    assert {each: made.json[each] for each in body} == body
    assert made.id != ZERO


def test_a_plain_address_format(probe: Probe) -> None:
    """CTY-01: the name of the format need not be encoded."""
    made = probe.post("countriesRegions", {"code": "DE2", "addressFormat": "City+Post Code"})
    assert made.json["addressFormat"] == "City_x002B_Post_x0020_Code"


@pytest.mark.parametrize(
    "name", ["unitsOfMeasure", "currencies", "salespeoplePurchasers", "itemCategories", "taxAreas"]
)
def test_without_use(probe: Probe, name: str) -> None:
    """UOM-02, CUR-02, SPP-02, CAT-02, TAX-04: 204 and nothing else."""
    said = probe.remove(probe.there(name, {"code": "X"}))
    assert (said.status, said.answer.body) == (204, b"")


def test_a_unit_in_use(probe: Probe) -> None:
    """UOM-03."""
    unit = probe.there("unitsOfMeasure", {"code": "PCS"})
    item = probe.there("items", {"number": "I1", "baseUnitOfMeasureCode": "PCS"})
    text = "You cannot delete the unit of measure because it is assigned to one or more records."
    assert probe.remove(unit).error == (400, DIALOG, text)
    probe.remove(item)
    assert probe.remove(unit).status == 204


def test_rates_go_with_their_currency(probe: Probe) -> None:
    """CUR-02."""
    currency = probe.there("currencies", {"code": "USD"})
    probe.there("currencyExchangeRates", {"currencyCode": "USD", "startingDate": "2025-01-01"})
    probe.remove(currency)
    assert probe.get("currencyExchangeRates").rows == []


def test_rates(probe: Probe) -> None:
    """EXR-02: the local currency is blank here; a currency has one rate for a day."""
    probe.there("currencies", {"code": "USD"})
    row = {"currencyCode": "USD", "startingDate": "2025-01-01", "exchangeRateAmount": 100}
    rate = probe.there("currencyExchangeRates", {**row, "relationalExchangeRateAmount": 123.4567})
    found = probe.get(rate).json
    assert (found["relationalCurrencyCode"], found["relationalExchangeRateAmount"]) == ("", 123.4567)
    with pytest.raises(Exception, match="already exists"):
        probe.twin.load(DE, "currencyExchangeRates", [row])
    probe.twin.create(DE, "currencyExchangeRates", {**row, "startingDate": "2025-02-01"})
    assert probe.get("currencyExchangeRates").column("startingDate") == ["2025-01-01", "2025-02-01"]


def test_a_rate_changes_without_its_currency(probe: Probe) -> None:
    """Only the row of the rate has a new stamp."""
    currency = probe.there("currencies", {"code": "USD"})
    rate = probe.there("currencyExchangeRates", {"currencyCode": "USD", "startingDate": "2025-01-01"})
    probe.pass_time(60)
    probe.twin.update(DE, "currencyExchangeRates", rate[-37:-1], {"exchangeRateAmount": 2})
    stamps = [probe.get(each).json["lastModifiedDateTime"] for each in (currency, rate)]
    assert stamps == ["2025-01-06T09:00:00Z", "2025-01-06T09:01:00Z"]


def test_terms_that_are_in_use(probe: Probe) -> None:
    """PTM-03: they can be deleted; the customer is left with an id that leads nowhere."""
    terms = probe.there("paymentTerms", {"code": "30D"})
    customer = probe.customer("C1", paymentTermsId=terms[-37:-1])
    assert probe.remove(terms).status == 204
    assert probe.get(customer).json["paymentTermsId"] == terms[-37:-1]
    assert probe.get(f"{customer}?$expand=paymentTerm").json["paymentTerm"] is None
    assert probe.write(customer, {"city": "Odense"}).status == 200


def test_a_salesperson_with_open_opportunities(probe: Probe) -> None:
    """SPP-03."""
    target = probe.there("salespeoplePurchasers", {"code": "JR"})
    probe.twin.company(DE).usage.opportunities.append(("CT1", "JR"))
    text = "You cannot delete the salesperson/purchaser with code JR because it has open opportunities."
    assert probe.remove(target).error == (400, DIALOG, text)


@pytest.mark.parametrize("vat", [True, False])
def test_tax_areas(probe: Probe, vat: bool) -> None:
    """TAX-01, TAX-03: of which kind they are is the company's; the name is stored under the same id."""
    probe.twin.company(DE).vat = vat
    target = probe.there("taxAreas", {"code": "DOMESTIC"})
    row = probe.get(target).json
    assert row["taxType"] == ("VAT" if vat else "Sales_x0020_Tax")
    said = probe.write(target, {"id": row["id"], "code": "DOMESTIC", "displayName": "Domestic"})
    assert (said.id, said.json["displayName"]) == (row["id"], "Domestic")


def test_company_information(probe: Probe) -> None:
    """CIN-01, CIN-02, CIN-03: one row, whose experience is one of those that there are."""
    (row,) = probe.get("companyInformation").rows
    assert (row["displayName"], row["currencyCode"], row["experience"]) == (DE, "EUR", "Essential")
    assert row["currentFiscalYearStartDate"] == "2025-01-01"
    target = f"companyInformation({row['id']})"
    assert probe.write(target, {"experience": "Premium"}).json["experience"] == "Premium"
    text = "Failed to save experience tier for the current company."
    assert probe.write(target, {"experience": "whatever"}).error == (400, DIALOG, text)
    assert probe.write(target, {"currencyCode": "USD"}).error[1] == "BadRequest_InvalidOperation"
    assert probe.post("companyInformation", {}).status == 405
    assert probe.remove(target).status == 405


def test_the_general_ledger_setup(probe: Probe) -> None:
    """GLS-01, GLS-02: one row with the local currency; read-only."""
    (row,) = probe.get("generalLedgerSetup").rows
    assert (row["localCurrencyCode"], row["localCurrencySymbol"]) == ("EUR", "€")
    assert {f"shortcutDimension{number}Code" for number in range(1, 9)} <= row.keys()
    assert probe.send("PATCH", f"generalLedgerSetup({row['id']})", {}, if_match="*").status == 405
