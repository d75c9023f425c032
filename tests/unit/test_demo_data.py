"""Demo data: the same every time, right by the schemas, and of the kinds it says it is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared.mapping import DATAVERSE, ERP, Field, Side, entity, fold
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo import Demo, Expected, demo
from tests.emulator.demo.broken import BREAKERS
from tests.emulator.demo.kinds import DEFERRED, SHARES
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.unit.demo_pairs import Pairs, Row, key_of
from tests.unit.maps.shipped import FLOWS

ROOT = Path(__file__).parents[2]
CUSTOMERS = "dual_write.customers_v3_accounts"
ONE_EACH = 400
"""So many customers are enough for every breakage."""


@pytest.fixture(scope="module")
def data() -> Demo:
    return demo(2000)


# -- the same every time


def printed(made: Demo) -> str:
    """Everything, in order."""
    return json.dumps([made.finops, made.dataverse, made.broken, repr(made.expected)])


def summed(made: Demo) -> str:
    return hashlib.sha256(printed(made).encode()).hexdigest()


@pytest.mark.parametrize("arguments", [(50, 1), (50, 7, ("usmf",)), (35, 7, ("demf", "usmf", "jpmf"))])
def test_the_same_arguments_give_the_same_data(arguments: tuple[Any, ...]) -> None:
    """Demo data depends on nothing but its arguments."""
    assert printed(demo(*arguments)) == printed(demo(*arguments))


def test_another_process_makes_the_same_data() -> None:
    """Neither the order of hashes nor the clock of a process shows in the data."""
    code = "from tests.unit.test_demo_data import demo, summed; print(summed(demo(120)))"
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == summed(demo(120))


def test_another_seed_gives_other_data() -> None:
    """Each seed has data of its own."""
    assert printed(demo(50, seed=1)) != printed(demo(50, seed=2))


# -- how many of what


@pytest.mark.parametrize("customers", [0, 1, 7, 33, 34, 40, 99, 401])
def test_any_number_of_customers_can_be_made(customers: int) -> None:
    """The kinds always add up to the customers asked for."""
    assert sum(by_kind(demo(customers).expected[CUSTOMERS]).values()) == customers


def test_kinds_have_their_shares(data: Demo) -> None:
    """Each kind has the share that is written down, and the shares make a whole."""
    assert sum(SHARES.values()) == pytest.approx(1)
    assert by_kind(data.expected[CUSTOMERS]) == {kind: round(2000 * share) for kind, share in SHARES.items()}


def test_seven_of_ten_customers_are_in_the_first_company(data: Demo) -> None:
    """Companies differ in size."""
    companies = Counter(row["dataAreaId"] for row in data.finops["CustomersV3"])
    assert companies["usmf"] / companies.total() == pytest.approx(0.7, abs=0.04)
    assert set(companies) == {"usmf", "demf"}


def test_reference_rows_come_in_every_kind(data: Demo) -> None:
    """Terms and groups are only here, only there, equal and different, in each company."""
    terms, groups = data.expected["dual_write.terms_of_payment"], data.expected["dual_write.customer_groups"]
    assert by_kind(terms) == {**by_kind(terms), "only_erp": 4, "only_dataverse": 4, "different": 4, "broken": 2}
    assert by_kind(groups) == {**by_kind(groups), "only_erp": 2, "only_dataverse": 2, "different": 4, "broken": 2}


def by_kind(expected: Expected) -> dict[str, int]:
    return {kind: getattr(expected, kind) for kind in SHARES}


# -- right by the schemas


def test_every_finops_row_fits_its_schema(data: Demo) -> None:
    """F&O rows name every property, with values that F&O would store unchanged."""
    for name, rows in data.finops.items():
        form = entity("finops", name)
        for row in rows:
            assert row.keys() == form.fields.keys()
            assert [each.name for each in form.fields.values() if not stored(each, row[each.name])] == []


def stored(field: Field, value: Any) -> bool:
    """True if F&O keeps the value as it is."""
    if field.type == "enum":
        return value in field.members
    if field.type in {"int", "decimal"}:
        return type(value) in ({int} if field.type == "int" else {int, float}) and decimals(value) <= (field.scale or 0)
    cased = {"upper": value.upper(), "lower": value.lower()}.get(field.case, value)
    return value == cased == cased.rstrip() and (field.length is None or units(value) <= field.length)


def units(text: str) -> int:
    """Length as servers count it."""
    return len(text.encode("utf-16-le")) // 2


def decimals(number: float) -> int:
    return len(str(number).partition(".")[2]) if number != int(number) else 0


def test_every_dataverse_row_fits_its_schema(data: Demo) -> None:
    """Dataverse rows hold an id, values that fit their columns, and references to rows that are there."""
    ids = {name: {row[entity("dataverse", name).id] for row in rows} for name, rows in data.dataverse.items()}
    for name, rows in data.dataverse.items():
        table = entity("dataverse", name)
        binds = {f"{way}@odata.bind": target for each in table.fields.values() for target, way in each.targets.items()}
        for row in rows:
            assert table.id in row
            for key, value in row.items():
                assert points(value, binds[key], ids) if key in binds else accepted(table.fields[key], value), (
                    key,
                    value,
                )


def points(link: str, table: str, ids: Mapping[str, set[str]]) -> bool:
    match = re.fullmatch(r"/(\w+)\(([0-9a-f-]{36})\)", link)
    return match is not None and match[1] == table and match[2] in ids[table]


def accepted(field: Field, value: Any) -> bool:
    """True if Dataverse takes the value and keeps it as it is."""
    if field.type == "bool":
        return type(value) is bool
    if field.type == "choice":
        return type(value) is int and str(value) in field.options
    if field.type == "guid":
        return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None
    if field.type in {"int", "double", "money", "decimal"}:
        low, high = field.min or 0, field.max or 0
        return low <= value <= high and decimals(value) <= (field.scale or 0)
    return value == value.rstrip() != "" and units(value) <= (field.length or 10**6)


def test_finops_references_are_there(data: Demo) -> None:
    """Whatever an F&O row refers to is in its company, or before it where it is global."""
    codes = {name: {key_of(entity("finops", name), row) for row in rows} for name, rows in data.finops.items()}
    for name, rows in data.finops.items():
        for field in (each for each in entity("finops", name).fields.values() if each.ref in codes):
            prefix = ("dataAreaId",) if "dataAreaId" in entity("finops", field.ref).key else ()
            for row in rows:
                code = (*(row[part] for part in prefix), fold(row[field.name]))
                assert not row[field.name] or code in codes[field.ref], (name, field.name, row[field.name])


def test_keys_are_unique_in_any_letter_case(data: Demo) -> None:
    """No two rows of a company have the same key, on either side; parties are unique in all of them."""
    for name, rows in data.finops.items():
        assert_unique([key_of(entity("finops", name), row) for row in rows])
    for name, rows in data.dataverse.items():
        for key in entity("dataverse", name).keys:
            found = [[row.get(part, row.get(f"{part}@odata.bind")) for part in key] for row in rows]
            assert_unique([tuple(fold(str(part)) for part in each) for each in found if None not in each])
    assert_unique([row["PartyNumber"] for row in data.finops["CustomersV3"]])


def assert_unique(keys: Sequence[object]) -> None:
    assert [key for key, number in Counter(keys).items() if number > 1] == []


@pytest.mark.parametrize("customers", [1, ONE_EACH])
def test_the_twins_take_every_row(customers: int) -> None:
    """The strict twins load the data in the order in which it comes, and know one currency by each code."""
    made = demo(customers)
    identity = Identity(lambda: datetime(2026, 1, 1, tzinfo=UTC))
    dataverse, finops = (
        DataverseTwin(clock=identity.clock, identity=identity),
        FinopsTwin(clock=identity.clock, identity=identity),
    )
    for table, rows in made.dataverse.items():
        dataverse.load(table, rows)
    for name, rows in made.finops.items():
        finops.load(name, rows)
    assert_unique([row["isocurrencycode"] for row in dataverse.rows("transactioncurrencies")])
    assert len(list(finops.rows("CustomersV3"))) == len(made.finops["CustomersV3"])


# -- of the kind it says


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("seed", [2026, 5])
def test_records_are_of_the_kind_they_are_counted_as(name: str, seed: int) -> None:
    """By the compiled map, equal pairs are equal, different ones differ, and nobody else has a partner."""
    made = demo(ONE_EACH * 2, seed)
    expected = by_kind(made.expected[f"dual_write.{name}"])
    bad = broken_of(made, f"dual_write.{name}")
    assert Pairs(made, name).counted(bad) == {
        kind: expected[kind] for kind in SHARES if kind not in {"outside", "broken"}
    }


def broken_of(made: Demo, flow: str) -> frozenset[str]:
    """The numbers of the broken records of a flow, as keys have them."""
    return frozenset(fold(number) for numbers in made.broken.get(flow, {}).values() for number in numbers)


def test_what_is_outside_is_out_of_scope_or_without_a_company(data: Demo) -> None:
    """Prospects and accounts without a company are counted as outside, and nobody else is."""
    pairs = Pairs(data, "customers_v3_accounts")
    prospects = sum(row["customertypecode"] == 8 for row in pairs.rows)
    homeless = sum(pairs.company(row) == "" for row in pairs.rows)
    assert len(pairs.rows) - len(list(pairs.in_scope(DATAVERSE))) == prospects + homeless
    assert prospects + homeless == data.expected[CUSTOMERS].outside
    assert min(prospects, homeless) > 20


def test_equal_pairs_say_the_same_in_both_directions(data: Demo) -> None:
    """What Dataverse holds of an equal customer is what the map makes of the F&O row, value by value."""
    pairs = Pairs(data, "customers_v3_accounts")
    equal = [(row, there) for key, row in pairs.in_scope(ERP) if (there := pairs.dataverse.get(key))
             and not pairs.different_lines(row, there)]  # fmt: skip
    assert len(equal) == data.expected[CUSTOMERS].equal
    for row, there in equal:
        left, right = pairs.map.erp.read(row), pairs.map.dataverse.read(there)
        for line in (each for each in pairs.map.lines if each.lookup is None):
            held = left[line.index], right[line.index]
            assert fold(line.forward(held[0])) == fold(held[1]) or line.alike(*held, None)
        assert (there["address1_addresstypecode"], there["customertypecode"]) == (2, 3)


def test_some_pairs_differ_on_both_sides_of_one_way_lines_too(data: Demo) -> None:
    """Differences are spread over many lines, one to three a customer."""
    pairs = Pairs(data, "customers_v3_accounts")
    found = [
        pairs.different_lines(row, pairs.dataverse[key]) for key, row in pairs.in_scope(ERP) if key in pairs.dataverse
    ]
    lines = Counter(line for each in found for line in each)
    assert {len(each) for each in found} == {0, 1, 2, 3}
    assert {"DeliveryAddressLatitude", "OnHoldStatus", "CreditLimit", "SalesMemo", "OrganizationName"} <= lines.keys()


# -- deferred and broken


def test_one_in_twenty_pays_through_an_invoice_account(data: Demo) -> None:
    """Invoice accounts name the customer itself or one that comes later, on both sides."""
    rows = data.finops["CustomersV3"]
    place = {(row["dataAreaId"], row["CustomerAccount"]): at for at, row in enumerate(rows)}
    bad = {number for numbers in data.broken[CUSTOMERS].values() for number in numbers}
    payers = [(at, place[row["dataAreaId"], row["InvoiceAccount"]]) for at, row in enumerate(rows)
              if row["InvoiceAccount"] and row["CustomerAccount"] not in bad]  # fmt: skip
    accounts = sum("msdyn_billingaccount_account@odata.bind" in row for row in data.dataverse["accounts"])
    assert all(payer >= at for at, payer in payers)
    assert any(payer == at for at, payer in payers)
    assert len(payers) < 2000 * DEFERRED < len(payers) + accounts


@cache
def small() -> tuple[Demo, Pairs]:
    made = demo(ONE_EACH)
    return made, Pairs(made, "customers_v3_accounts")


def limit(column: str) -> int:
    return entity("dataverse", "accounts").fields[column].length or 0


def finops_limit(name: str) -> int:
    return entity("finops", "CustomersV3").fields[name].length or 0


SIGNS: Mapping[str, Callable[[Pairs, Row], bool]] = {
    "long_mail": lambda _, row: len(row["PrimaryContactEmail"]) > limit("emailaddress1"),
    "long_state": lambda _, row: len(row["address1_stateorprovince"]) > finops_limit("DeliveryAddressState"),
    "spelled_out": lambda pairs, row: "DeliveryAddressState" in pairs.different_lines(row, partner(pairs, row)),
    "unknown_currency": lambda pairs, row: not known(pairs, "isocurrencycode", row["SalesCurrencyCode"]),
    "foreign_currency": lambda pairs, row: pairs.code(row["_transactioncurrencyid_value"], "isocurrencycode") == "BRL",
    "unknown_vendor": lambda pairs, row: not known(pairs, "msdyn_vendoraccountnumber", row["VendorAccount"]),
    "off_the_map": lambda _, row: row["DeliveryAddressLatitude"] > 90,
    "heavy_memo": lambda _, row: len(row["SalesMemo"]) <= limit("description") < units(row["SalesMemo"]),
    "no_group": lambda _, row: row["_msdyn_customergroupid_value"] is None,
    "party_of_a_person": lambda pairs, row: row["msdyn_partynumber"] in parties(pairs),
    "billed_to_person": lambda pairs, row: outside(pairs, ERP, payer(pairs, row)),
    "billed_to_prospect": lambda pairs, row: pairs.names[row["_msdyn_billingaccount_value"]]["customertypecode"] == 8,
}
"""What shows that a customer is broken in just this way."""


@pytest.mark.parametrize("breakage", BREAKERS)
def test_every_breakage_is_there_and_shows(breakage: str) -> None:
    """From 400 customers on, each breakage has a customer, named and broken in just that way."""
    made, pairs = small()
    rows: dict[str, Row] = {fold(row["accountnumber"] or ""): row for row in pairs.rows}
    rows |= {fold(row["CustomerAccount"]): row for row in pairs.erp.values()}
    found = made.broken[CUSTOMERS][breakage]
    assert found
    assert all(SIGNS[breakage](pairs, rows[fold(number)]) for number in found)


def test_breakages_are_all_there_is(data: Demo) -> None:
    """Broken records are counted as such, and BRL is in Dataverse alone."""
    for flow, found in data.broken.items():
        assert sum(map(len, found.values())) == data.expected[flow].broken
    assert "BRL" not in {row["CurrencyCode"] for row in data.finops["Currencies"]}


def partner(pairs: Pairs, row: Row) -> Row:
    return pairs.dataverse[pairs.erp_key(row)]


def payer(pairs: Pairs, row: Row) -> Row:
    return pairs.erp[row["dataAreaId"], fold(row["InvoiceAccount"])]


def outside(pairs: Pairs, side: Side, row: Row) -> bool:
    return not pairs.map.side(side).scope.includes(row)


def parties(pairs: Pairs) -> set[str]:
    return {row["PartyNumber"] for row in pairs.erp.values() if row["PartyType"] == "Person"}


def known(pairs: Pairs, key: str, code: str) -> bool:
    return any(fold(str(row.get(key, ""))) == fold(code) for row in pairs.names.values())


# -- lifelike


SCRIPTS = {
    "latin": "[A-Z][a-z]",
    "umlauts": "[ÄÖÜäöüß]",
    "polish": "[ąęłńśźż]",
    "greek": "[\u03b1-\u03c9]",
    "cyrillic": "[\u0430-\u044f]",
    "kana": "[\u3041-\u30f6]",
    "han": "[\u4e00-\u9fff]",
    "hangul": "[\uac00-\ud7a3]",
    "arabic": "[\u0620-\u064a]",
    "hebrew": "[\u05d0-\u05ea]",
    "combining marks": "[\u0300-\u036f]",
    "emoji": "[\U0001f300-\U0001faff]",
    "legal forms": "GmbH|S\\.r\\.l\\.|株式会社",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_come_in_many_scripts(script: str, data: Demo) -> None:
    """Names hold diacritics, other alphabets, emoji, combining marks and the legal forms of their countries."""
    assert any(re.search(SCRIPTS[script], row["OrganizationName"]) for row in data.finops["CustomersV3"])


@pytest.mark.parametrize("character", "/\\#?%'& +:_ü")
def test_numbers_hold_awkward_characters(character: str, data: Demo) -> None:
    """Some account numbers hold what addresses, keys and filters stumble over."""
    assert any(character in row["CustomerAccount"] for row in data.finops["CustomersV3"])


def test_numbers_keep_leading_zeros_and_differ_in_letter_case(data: Demo) -> None:
    """Some numbers begin with zeros; some are spelled in another case in Dataverse; the ranges do not meet."""
    numbers = {row["CustomerAccount"] for row in data.finops["CustomersV3"]}
    accounts = {row["accountnumber"] for row in data.dataverse["accounts"] if "accountnumber" in row}
    assert any(number.startswith("000") for number in numbers)
    assert {each.upper() for each in accounts if each.upper() not in accounts} & numbers
    assert "US-000123" in numbers
    assert "C-00017" in accounts


def test_customers_are_consistent_with_their_country(data: Demo) -> None:
    """A country has one currency and one language."""
    found: dict[str, set[tuple[str, str]]] = {}
    bad = {number for found in data.broken.values() for number in found.get("unknown_currency", ())}
    for row in data.finops["CustomersV3"]:
        if row["CustomerAccount"] not in bad:
            found.setdefault(row["PartyCountry"], set()).add((row["SalesCurrencyCode"], row["LanguageId"]))
    assert len(found) > 12
    assert {len(each) for each in found.values()} == {1}


def test_codes_arrive_as_they_are_written(data: Demo) -> None:
    """Codes that look like numbers, dates or answers are texts on both sides."""
    terms = {row["Name"] for row in data.finops["PaymentTerms"]}
    assert {"No", "010", "1.10", "Net30", "2%10Net30"} <= terms
    assert {"NO", "010", "1.10"} <= {row["CustomerGroupId"] for row in data.finops["CustomerGroups"]}
    assert {"No", "NET30"} <= {row["msdyn_name"] for row in data.dataverse["msdyn_paymentterms"]}
