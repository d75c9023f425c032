"""What columns take, what they keep, and what is filled in by the platform."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dataverse.catalogue import CURRENCY
from tests.emulator.dataverse import BASE_CURRENCY_ID
from tests.emulator.dataverse.probe import Probe


def stored(probe: Probe, table: str, name: str, value: Any) -> Any:
    """The value of a column after a create over the wire."""
    said = probe.post(f"{table}?$select={name}", {name: value}, prefer="return=representation")
    assert said.status == 201, said.text
    return said.json[name]


@pytest.mark.parametrize(
    ("table", "name", "value", "code"),
    [
        ("accounts", "name", 5, "0x80048d19"),
        ("accounts", "name", True, "0x80048d19"),
        ("accounts", "name", ["x"], "0x80048d19"),
        ("accounts", "name", "x" * 161, "0x80044331"),
        ("accounts", "name", "\N{GRINNING FACE}" * 81, "0x80044331"),
        ("accounts", "description", "x" * 2001, "0x80044331"),
        ("accounts", "accountnumber", "x" * 21, "0x80044331"),
        ("accounts", "numberofemployees", "5", "0x80048d19"),
        ("accounts", "numberofemployees", "", "0x80048d19"),
        ("accounts", "numberofemployees", 5.0, "0x80048d19"),
        ("accounts", "numberofemployees", True, "0x80048d19"),
        ("accounts", "numberofemployees", -1, "0x8004432f"),
        ("accounts", "numberofemployees", 1_000_000_001, "0x8004432f"),
        ("accounts", "creditlimit", "5.00", "0x80048d19"),
        ("accounts", "creditlimit", -0.01, "0x80044330"),
        ("accounts", "creditlimit", 100_000_000_000_001, "0x80044330"),
        ("accounts", "address1_latitude", 90.1, "0x80044330"),
        ("msdyn_paymentschedulelines", "msdyn_linenumber", "1", "0x80048d19"),
        ("msdyn_paymentschedulelines", "msdyn_linenumber", 1e12, "0x80044330"),
        ("accounts", "msdyn_onetimecustomer", "true", "0x80048d19"),
        ("accounts", "msdyn_onetimecustomer", 1, "0x80048d19"),
        ("accounts", "customertypecode", 99, "0x8004431a"),
        ("accounts", "customertypecode", "3", "0x80048d19"),
        ("accounts", "customertypecode", True, "0x80048d19"),
        ("accounts", "statecode", 2, "0x8004431a"),
        ("accounts", "statecode", None, "0x80040203"),
        ("accounts", "accountid", None, "0x80040203"),
        ("accounts", "accountid", "{b1f2c3d4-5e6f-4f11-a671-000d3a33cc10}", "0x80048d19"),
        ("accounts", "accountid", "b1f2c3d4", "0x80048d19"),
        ("msdyn_loyaltycards", "msdyn_enrollmentdate", "2024-12-05T00:00:00Z", "0x80048d19"),
        ("msdyn_loyaltycards", "msdyn_enrollmentdate", "05.12.2024", "0x80048d19"),
        ("msdyn_loyaltycards", "msdyn_enrollmentdate", "2024-02-30", "0x80048d19"),
        ("msdyn_loyaltycards", "msdyn_enrollmentdate", "1752-12-31", "0x80040203"),
        ("accounts", "Name", "A", "0x80048d19"),
        ("accounts", "msdyn_nothing", None, "0x80048d19"),
        ("accounts", "createdon", "2024-12-05T09:01:01Z", "0x80040203"),
        ("accounts", "creditlimit_base", 5, "0x80040203"),
        ("accounts", "versionnumber", 5, "0x80040203"),
    ],
)
def test_refused_values(probe: Probe, table: str, name: str, value: Any, code: str) -> None:
    """A value that a column does not take is refused, in creates and in updates, and nothing is kept."""
    row_id = probe.created(table)
    before = probe.twin.row(table, row_id)
    assert probe.post(table, {name: value}).refusal == (400, code)
    assert probe.patch(f"{table}({row_id})", {name: value}).refusal == (400, code)
    assert probe.twin.row(table, row_id) == before
    assert len(probe.twin.rows(table)) == 1


@pytest.mark.parametrize(
    ("table", "name", "value", "kept"),
    [
        ("accounts", "name", "x" * 160, "x" * 160),
        ("accounts", "name", 'Müller \N{GRINNING FACE} "quoted" \\ \n', 'Müller \N{GRINNING FACE} "quoted" \\ \n'),
        ("accounts", "name", "", None),
        ("accounts", "name", "A  ", "A  "),
        ("accounts", "numberofemployees", 42, 42),
        ("accounts", "creditlimit", 5, 5.0),
        ("accounts", "creditlimit", 2.345, 2.35),
        ("accounts", "creditlimit", 1.005, 1.01),
        ("accounts", "creditlimit", 0.004, 0.0),
        ("accounts", "address1_latitude", -0.000001, 0.0),
        ("accounts", "address1_latitude", -33.123456, -33.12346),
        ("msdyn_paymentschedulelines", "msdyn_percentoramountvalue", 33.335, 33.34),
        ("accounts", "msdyn_onetimecustomer", True, True),
        ("accounts", "customertypecode", 3, 3),
        ("msdyn_loyaltycards", "msdyn_enrollmentdate", "2024-12-05", "2024-12-05"),
        ("accounts", "accountid", "B1F2C3D4-5E6F-4F11-A671-000D3A33CC10", "b1f2c3d4-5e6f-4f11-a671-000d3a33cc10"),
    ],
)
def test_kept_values(probe: Probe, table: str, name: str, value: Any, kept: Any) -> None:
    """Values are kept as the column keeps them: decimals and money rounded, empty text as null, ids in lower case."""
    assert stored(probe, table, name, value) == kept


@pytest.mark.parametrize("text", ["A  ", "  A", "A"])
def test_trimming_is_a_switch(probe: Probe, text: str) -> None:
    """Trailing spaces are cut only where that was ordered."""
    probe.twin.behaviour.trim_text = True
    assert stored(probe, "accounts", "name", text) == text.rstrip(" ")


def test_blank_text_is_a_switch(probe: Probe) -> None:
    """Empty text is kept as it is only where that was ordered."""
    probe.twin.behaviour.blank_text_is_null = False
    assert stored(probe, "accounts", "name", "") == ""


def test_read_only_columns_are_a_switch(probe: Probe) -> None:
    """The real service ignores what cannot be set; the twin refuses it unless told otherwise."""
    body = {"name": "A", "createdon": "2020-01-01T00:00:00Z"}
    assert probe.post("accounts", body).refusal == (400, "0x80040203")
    probe.twin.behaviour.read_only_columns = "ignore"
    said = probe.post("accounts?$select=createdon", body, prefer="return=representation")
    assert said.json["createdon"] == "2025-01-06T09:00:00Z"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2024-12-05T09:01:01Z", "2024-12-05T09:01:01Z"),
        ("2024-12-05T09:01:01.987Z", "2024-12-05T09:01:01Z"),
        ("2024-12-05T10:01:01+01:00", "2024-12-05T09:01:01Z"),
        ("2024-12-05T09:01Z", "2024-12-05T09:01:00Z"),
    ],
)
def test_datetimes(probe: Probe, given: str, kept: str) -> None:
    """Points in time come back in UTC without a fraction."""
    row_id = "b1f2c3d4-5e6f-4f11-a671-000d3a33cc10"
    probe.twin.load("accounts", [{"accountid": row_id, "createdon": given}])
    assert probe.get(f"accounts({row_id})?$select=createdon").json["createdon"] == kept


@pytest.mark.parametrize("given", ["2024-12-05", "2024-12-05T09:01:01", "2024-13-05T09:01:01Z", "now", 0])
def test_bad_datetimes(probe: Probe, given: Any) -> None:
    """A point in time needs date, time and zone."""
    with pytest.raises(Exception, match="Cannot convert the literal"):
        probe.twin.load("accounts", [{"createdon": given}])


def test_null_clears(probe: Probe) -> None:
    """Null empties a column of any type."""
    values = {
        "name": "A",
        "numberofemployees": 1,
        "creditlimit": 5,
        "customertypecode": 3,
        "msdyn_onetimecustomer": True,
    }
    row_id = probe.created("accounts", **values)
    assert probe.patch(f"accounts({row_id})", dict.fromkeys(values)).status == 204
    row = probe.get(f"accounts({row_id})").json
    assert [row[name] for name in values] == [None] * len(values)


def test_defaults(probe: Probe) -> None:
    """Two-option columns and states start with their defaults, everything else empty."""
    row = probe.get(f"accounts({probe.created('accounts')})").json
    assert row["msdyn_onetimecustomer"] is False
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert row["customertypecode"] is None


def test_who_and_when(probe: Probe) -> None:
    """Rows know who made and changed them, when, and who owns them."""
    me = probe.get("WhoAmI").json
    made = probe.post("accounts", {"name": "A"}, prefer="return=representation").json
    assert made["_createdby_value"] == made["_modifiedby_value"] == made["_ownerid_value"] == me["UserId"]
    assert made["_owningbusinessunit_value"] == me["BusinessUnitId"]
    assert made["createdon"] == made["modifiedon"] == "2025-01-06T09:00:00Z"
    probe.pass_time(61.5)
    probe.twin.update("accounts", made["accountid"], {"name": "B"}, user="otto")
    row = probe.get(f"accounts({made['accountid']})").json
    assert row["createdon"] == made["createdon"]
    assert row["modifiedon"] == "2025-01-06T09:01:01Z"
    assert row["_modifiedby_value"] not in (me["UserId"], None)


def test_money_brings_its_currency(probe: Probe) -> None:
    """A money column sets the currency, the rate and the amount in the base currency."""
    body = {"name": "A", "creditlimit": 100}
    row = probe.post("accounts?$select=creditlimit,creditlimit_base,exchangerate", body, prefer="return=representation")
    assert row.json["_transactioncurrencyid_value"] == BASE_CURRENCY_ID
    assert (row.json["creditlimit_base"], row.json["exchangerate"]) == (100.0, 1.0)


def test_money_in_another_currency(probe: Probe) -> None:
    """The base amount follows the currency of the row."""
    dollar = probe.created("transactioncurrencies", **CURRENCY)
    bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({dollar})"}
    row_id = probe.created("accounts", name="A", creditlimit=100, **bind)
    row = probe.get(f"accounts({row_id})").json
    assert (row["creditlimit_base"], row["exchangerate"]) == (80.0, 1.25)
    probe.patch(
        f"accounts({row_id})", {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({BASE_CURRENCY_ID})"}
    )
    assert probe.get(f"accounts({row_id})").json["creditlimit_base"] == 100.0


@pytest.mark.parametrize(
    ("change", "code"), [({"exchangerate": 2}, "0x80048cf5"), ({"statecode": 1, "statuscode": 2}, "0x80048cf4")]
)
def test_the_base_currency_stays_what_it_is(probe: Probe, change: dict[str, Any], code: str) -> None:
    """Its rate to itself is 1, and it is in use."""
    assert probe.patch(f"transactioncurrencies({BASE_CURRENCY_ID})", change).json["error"]["code"] == code
    assert probe.patch(f"transactioncurrencies({BASE_CURRENCY_ID})", {"exchangerate": 1}).status == 204


@pytest.mark.parametrize("rate", [{}, {"exchangerate": None}, {"exchangerate": 0}])
def test_a_currency_has_a_rate(probe: Probe, rate: dict[str, Any]) -> None:
    """Without one there is no currency (bc-211), and it is taken from none."""
    dollar = {name: value for name, value in CURRENCY.items() if name != "exchangerate"}
    assert probe.post("transactioncurrencies", {**dollar, **rate}).status == 400
    row_id = probe.created("transactioncurrencies", **dollar, exchangerate=1.25)
    assert probe.patch(f"transactioncurrencies({row_id})", {"exchangerate": None}).status == 400


def test_a_currency_has_decimals(probe: Probe) -> None:
    """The column is SystemRequired (tables of the reference); none at all is a number of them."""
    yen = {"isocurrencycode": "JPY", "currencyname": "Yen", "currencysymbol": "Y", "exchangerate": 160}
    assert probe.post("transactioncurrencies", yen).status == 400
    row_id = probe.created("transactioncurrencies", **yen, currencyprecision=0)
    assert probe.get(f"transactioncurrencies({row_id})").json["currencyprecision"] == 0


def test_the_organisation_tells_its_base_currency(probe: Probe) -> None:
    """With the decimals that new currencies have."""
    asked = "organizations?$select=currencydecimalprecision&$expand=basecurrencyid($select=isocurrencycode)"
    (row,) = probe.get(asked).json["value"]
    assert (row["currencydecimalprecision"], row["basecurrencyid"]["isocurrencycode"]) == (2, "EUR")


def test_no_money_no_currency(probe: Probe) -> None:
    """Without money there is no currency."""
    row = probe.get(f"accounts({probe.created('accounts', name='A')})").json
    assert row["_transactioncurrencyid_value"] is None
    assert row["exchangerate"] is None


def test_money_is_returned_with_its_currency(probe: Probe) -> None:
    """Choosing a money column brings the currency along."""
    row_id = probe.created("accounts", creditlimit=1)
    assert "_transactioncurrencyid_value" in probe.get(f"accounts({row_id})?$select=creditlimit").json
    assert "_transactioncurrencyid_value" not in probe.get(f"accounts({row_id})?$select=name").json


@pytest.mark.parametrize(
    ("first", "last", "full"), [("Mira", "Novak", "Mira Novak"), (None, "Novak", "Novak"), (None, None, None)]
)
def test_full_names(probe: Probe, first: str | None, last: str | None, full: str | None) -> None:
    """The full name of a contact is computed and cannot be set."""
    row_id = probe.created("contacts", firstname=first, lastname=last)
    assert probe.get(f"contacts({row_id})?$select=fullname").json["fullname"] == full
    assert probe.patch(f"contacts({row_id})", {"fullname": "X"}).refusal == (400, "0x80040203")
    probe.patch(f"contacts({row_id})", {"lastname": "Berg"})
    assert probe.get(f"contacts({row_id})?$select=fullname").json["fullname"] == " ".join(filter(None, (first, "Berg")))


def test_states_and_statuses(probe: Probe) -> None:
    """A status must belong to the state; a state alone brings its first status."""
    row_id = probe.created("accounts")
    assert probe.patch(f"accounts({row_id})", {"statuscode": 2}).refusal == (400, "0x80048408")
    assert probe.patch(f"accounts({row_id})", {"statecode": 1, "statuscode": 1}).refusal == (400, "0x80048408")
    assert probe.patch(f"accounts({row_id})", {"statecode": 1, "statuscode": 2}).status == 204
    probe.patch(f"accounts({row_id})", {"statecode": 0})
    assert probe.get(f"accounts({row_id})").json["statuscode"] == 1


def test_company_is_set_once(probe: Probe) -> None:
    """A company may be filled in later, but never changed; the refusal is a plug-in's."""
    one, other = probe.company("USMF"), probe.company("DEMF")
    row_id = probe.created("accounts", name="A")
    bind = "msdyn_company@odata.bind"
    assert probe.patch(f"accounts({row_id})", {bind: f"/cdm_companies({one})"}).status == 204
    assert probe.patch(f"accounts({row_id})", {bind: f"/cdm_companies({one})", "name": "B"}).status == 204
    assert probe.patch(f"accounts({row_id})", {bind: f"/cdm_companies({other})"}).refusal == (400, "0x80040265")
    assert probe.patch(f"accounts({row_id})", {bind: None}).refusal == (400, "0x80040265")


def test_messages_name_column_and_limit(probe: Probe) -> None:
    """Refusals of values say which column and which limit."""
    assert (
        "The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '160'."
        in probe.post("accounts", {"name": "x" * 161}).message
    )
    assert "Cannot convert the literal '' to the expected type 'Edm.Int32'" in (
        probe.post("accounts", {"numberofemployees": ""}).message
    )
