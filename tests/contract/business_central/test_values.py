"""Values: nothing is null, codes are in capitals, members are encoded, ids and codes go together (checklist 3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.business_central.probe import DE, US, ZERO, Probe
from tests.emulator.business_central.schema import ID, MODIFIED, decoded, enums, pages
from tests.emulator.business_central.tables import definitions

EMPTY = {
    "text": "",
    "memo": "",
    "code": "",
    "guid": ZERO,
    "decimal": 0,
    "bool": False,
    "date": "0001-01-01",
    "datetime": "0001-01-01T00:00:00Z",
}
INITIAL = {"amountDecimalPlaces": "2:2", "amountRoundingPrecision": 0.01}
BEHIND_IDS = {
    "paymentTerms": "paymentTermsId",
    "shipmentMethods": "shipmentMethodId",
    "paymentMethods": "paymentMethodId",
}
OTHER = "11111111-1111-4111-a111-111111111111"


@pytest.mark.parametrize("name", ["customers", "vendors", "contacts", "items", "salespeoplePurchasers", "currencies"])
def test_nothing_is_null(probe: Probe, name: str) -> None:
    """CON-05: what was never said is the empty value of its type; of enumerations the first member."""
    made = probe.post(name, {"code": "X1"} if "code" in pages()[name].properties else {"displayName": "X"}).json
    said = {"id", "number", "code", "displayName", "lastModifiedDateTime", "companyNumber", "companyName"}
    said |= {"searchName", "currencyCode", "contactBusinessRelation"} - ({"currencyCode"} if name == "items" else set())
    for each in pages()[name].properties.values():
        if each.name not in said:
            empty = each.members[0] if each.members else EMPTY[each.type]
            assert made[each.name] == INITIAL.get(each.name, empty), each.name


def test_what_a_new_row_begins_with(probe: Probe) -> None:
    """Some fields begin with a value of their own (business-central-tables, init); it can be sent and changed."""
    assert probe.post("countriesRegions", {"code": "XX"}).json["addressFormat"] == "City_x002B_Post_x0020_Code"
    said = probe.post("currencies", {"code": "JPY", "amountDecimalPlaces": "0:0", "amountRoundingPrecision": 0})
    assert [said.json[name] for name in INITIAL] == ["0:0", 0]
    for each in definitions().values():
        assert each.template.keys() == {ID, MODIFIED, *each.fields}, each.name


def test_a_field_that_has_to_be_filled(probe: Probe) -> None:
    """How many decimals the amounts of a currency have cannot be emptied (business-central-tables, notBlank)."""
    refused = (400, "BadRequest_RequiredParamNotProvided", "Amount Decimal Places must be filled in. Enter a value.")
    assert probe.post("currencies", {"code": "SEK", "amountDecimalPlaces": ""}).error == refused
    target = probe.there("currencies", {"code": "SEK"})
    assert probe.write(target, {"amountDecimalPlaces": ""}).error == refused


@pytest.mark.parametrize("code", ["c10", " C10 ", "C10", "c10\t"])
def test_codes_are_trimmed_and_in_capitals(probe: Probe, code: str) -> None:
    """A code is stored in its normal form, and found in any."""
    assert probe.post("customers", {"number": code, "displayName": "X"}).json["number"] == "C10"
    assert probe.get("customers?$filter=number eq 'c10'").column("number") == ["C10"]
    again = probe.post("customers", {"number": code, "displayName": "Y"})
    assert again.error[1] == "Internal_EntityWithSameKeyExists"


@pytest.mark.parametrize("code", ["A/B", "O'B", "A&B", "Ä-1", "100%", "A B"])
def test_codes_of_any_letters(probe: Probe, code: str) -> None:
    """Marks in a code are kept, and found by a filter."""
    made = probe.post("customers", {"number": code, "displayName": "X"}).json["number"]
    assert made == code.upper()
    quoted = code.replace("'", "''").replace("&", "%26").replace("100%", "100%25").replace("/", "%2F")
    assert probe.get(f"customers?$filter=number eq '{quoted}'").column("number") == [made]


@pytest.mark.parametrize(
    ("name", "text"), [("displayName", "x" * 101), ("number", "X" * 21), ("state", "x" * 31), ("email", "x" * 81)]
)
def test_texts_that_are_too_long(probe: Probe, c100: str, name: str, text: str) -> None:
    """A text longer than its field is refused, and nothing is stored of it."""
    said = probe.write(c100, {"city": "Odense", name: text})
    assert said.error[:2] == (400, "Application_StringExceededLength")
    assert said.refusal[1].startswith(f"The length of the string is {len(text)}, but it must be less than")
    assert probe.get(c100).json["city"] == ""
    assert probe.write(c100, {name: text[:-1]}).status == 200


def test_a_currency_code_is_cut(probe: Probe, c100: str) -> None:
    """It is held in a text without a length: a longer one is cut to ten characters, not refused."""
    probe.there("currencies", {"code": "GRAPH00001"})
    assert probe.write(c100, {"currencyCode": "graph00001-and-more"}).json["currencyCode"] == "GRAPH00001"
    made = probe.post("vendors", {"number": "V1", "currencyCode": "graph00001-and-more"})
    assert made.json["currencyCode"] == "GRAPH00001"


@pytest.mark.parametrize(("sent", "kept"), [("Non-Inventory",) * 2, ("Non_x002D_Inventory",) * 2, ("Service",) * 2])
def test_members_are_taken_plain_and_encoded(probe: Probe, sent: str, kept: str) -> None:
    """CON-04: bodies may hold either form; answers hold the encoded one."""
    said = probe.post("items", {"number": "I1", "type": sent})
    assert decoded(said.json["type"]) == decoded(kept)
    assert said.json["type"] in enums()["itemType"]


@pytest.mark.parametrize("blank", [" ", "_x0020_"])
def test_a_blank_member(probe: Probe, blank: str) -> None:
    """The member without a name is a blank, encoded on the wire."""
    target = probe.customer("C1", blocked="Ship")
    assert probe.get(target).json["blocked"] == "Ship"
    assert probe.write(target, {"blocked": blank}).json["blocked"] == "_x0020_"


@pytest.mark.parametrize("value", ["Foo", "", "service", "non_x002d_inventory", "0"])
def test_members_that_are_not_there(probe: Probe, value: str) -> None:
    """An unknown member is refused with those that there are."""
    said = probe.post("items", {"number": "I1", "type": value})
    text = f"'{value}' is not an option. The existing options are: Inventory,Service,Non-Inventory"
    assert said.error == (400, "Application_EvaluateException", text)


@pytest.mark.parametrize(("name", "code_of"), BEHIND_IDS.items())
def test_ids_of_coded_rows(probe: Probe, c100: str, name: str, code_of: str) -> None:
    """CUS-05: an id must be one of a row; the zero id clears."""
    row_id = probe.there(name, {"code": "X"})[-37:-1]
    assert probe.write(c100, {code_of: row_id}).json[code_of] == row_id
    assert probe.write(c100, {code_of: ZERO}).json[code_of] == ZERO
    said = probe.write(c100, {code_of: OTHER})
    assert said.error[:2] == (400, "Application_DialogException")
    assert said.refusal[1].startswith(f'The "{code_of}" does not match to a ')


@pytest.mark.parametrize(("name", "value"), [("country", "XX"), ("salespersonCode", "NOBODY")])
def test_codes_of_related_tables(probe: Probe, c100: str, name: str, value: str) -> None:
    """A code must exist in the table that it refers to, in this company."""
    said = probe.write(c100, {name: value})
    assert said.error[:2] == (400, "Internal_InvalidTableRelation")
    assert f"contains a value ({value}) that cannot be found in the related table" in said.refusal[1]
    other = "countriesRegions" if name == "country" else "salespeoplePurchasers"
    probe.there(other, {"code": value}, US)
    assert probe.write(c100, {name: value}).status == 400
    probe.there(other, {"code": value})
    assert probe.write(c100, {name: value.lower()}).json[name] == value
    assert probe.write(c100, {name: ""}).json[name] == ""


def test_cities_and_post_codes_are_free(probe: Probe, c100: str) -> None:
    """What is related to the list of post codes need not be in it."""
    said = probe.write(c100, {"postalCode": "dk-5000", "city": "Odense"}).json
    assert (said["postalCode"], said["city"]) == ("DK-5000", "Odense")


@pytest.fixture
def currencies(probe: Probe) -> dict[str, str]:
    """Ids of two foreign currencies."""
    return {code: probe.there("currencies", {"code": code})[-37:-1] for code in ("USD", "SEK")}


def currency(said: Any) -> tuple[str, str]:
    return said.json["currencyId"], said.json["currencyCode"]


def test_the_local_currency(probe: Probe, c100: str, currencies: dict[str, str]) -> None:
    """CUS-09, CUS-10: it is stored blank, and shown by its code; it has no row among the currencies."""
    assert currency(probe.get(c100)) == (ZERO, "EUR")
    assert probe.get("currencies").column("code") == ["SEK", "USD"]
    for blank in ({"currencyCode": "eur"}, {"currencyCode": ""}, {"currencyId": ZERO}):
        assert currency(probe.write(c100, {"currencyCode": "USD"})) == (currencies["USD"], "USD")
        assert currency(probe.write(c100, blank)) == (ZERO, "EUR")
    assert currency(probe.get(probe.customer("C1", US))) == (ZERO, "USD")


def test_a_currency_by_id_or_code(probe: Probe, c100: str, currencies: dict[str, str]) -> None:
    """Sending one sets the other."""
    assert currency(probe.write(c100, {"currencyId": currencies["SEK"]})) == (currencies["SEK"], "SEK")
    assert currency(probe.write(c100, {"currencyCode": "USD"})) == (currencies["USD"], "USD")
    assert currency(probe.get(c100)) == (currencies["USD"], "USD")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"currencyId": OTHER}, 'The "currencyId" does not match to a Currency.'),
        ({"currencyCode": "XXX"}, 'The "currencyCode" does not match to a Currency.'),
    ],
)
def test_a_currency_that_is_not_there(probe: Probe, c100: str, body: dict[str, str], text: str) -> None:
    """CUS-11."""
    assert probe.write(c100, body).error == (400, "Application_DialogException", text)
    assert probe.post("vendors", {"number": "V1", **body}).error == (400, "Application_DialogException", text)


def test_an_id_before_its_code(probe: Probe, c100: str, currencies: dict[str, str]) -> None:
    """CUS-12, checklist 15: both are compared if the id comes first; else the id wins, and nobody compares."""
    text = "The currency values do not match to a specific Currency."
    said = probe.write(c100, {"currencyId": currencies["USD"], "currencyCode": "SEK"})
    assert said.error == (400, "Application_DialogException", text)
    said = probe.write(c100, {"currencyCode": "SEK", "currencyId": currencies["USD"]})
    assert currency(said) == (currencies["USD"], "USD")


@pytest.mark.parametrize("formula", ["30D", "CM+10D", "1M-5D", "D15", "-1W", "cm", "<30D>", ""])
def test_date_formulas(probe: Probe, formula: str) -> None:
    """PTM-01: a formula comes back in capitals, without marks around it."""
    said = probe.post("paymentTerms", {"code": "X", "displayName": "x", "dueDateCalculation": formula})
    assert said.json["dueDateCalculation"] == formula.upper().strip("<>")


@pytest.mark.parametrize("formula", ["thirty days", "30X", "D", "+"])
def test_what_is_no_date_formula(probe: Probe, formula: str) -> None:
    """It is refused."""
    said = probe.post("paymentTerms", {"code": "X", "dueDateCalculation": formula})
    assert said.error[:2] == (400, "Application_EvaluateException")


def test_calculated_values_move_the_version_alone(probe: Probe, c100: str) -> None:
    """Nobody wrote to the row: the version is another, the stamp is not."""
    before = probe.get(c100).json
    probe.twin.calculate(DE, "customers", before["id"], "balanceDue", 12.5)
    after = probe.get(c100).json
    assert after["balanceDue"] == 12.5
    assert after["lastModifiedDateTime"] == before["lastModifiedDateTime"]
    assert after["@odata.etag"] != before["@odata.etag"]
    assert probe.patch(c100, {"city": "X"}, if_match=before["@odata.etag"]).status == 409


def test_only_what_is_worked_out_is_calculated(probe: Probe, c100: str) -> None:
    """A test that has another value worked out would prove nothing: it is written."""
    with pytest.raises(ValueError, match="city is not worked out"):
        probe.twin.calculate(DE, "customers", c100[-37:-1], "city", "X")
