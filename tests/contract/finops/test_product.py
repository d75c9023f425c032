"""What people do in the product, loading, and what is remembered of it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.emulator.finops import Refusal
from tests.emulator.finops.probe import CROSS, Probe, organization
from tests.emulator.identity import APP_ID

US_1 = {"dataAreaId": "usmf", "CustomerAccount": "US-1"}
LINE = "5b4c3a29-1807-4f6e-9d5c-4b3a29180f7e"


def test_create(probe: Probe) -> None:
    """A person gets the row as it was stored, with generated numbers."""
    row = probe.twin.create("CustomersV3", organization(CreditLimit=0.1))
    assert (row["CustomerAccount"], row["CreditLimit"]) == ("US-000001", Decimal("0.1"))
    assert probe.twin.row("CustomersV3", {**US_1, "CustomerAccount": "us-000001"}) == row


@pytest.mark.parametrize(
    ("entity", "key", "found"),
    [
        ("CustomersV3", {"dataAreaId": "USMF", "CustomerAccount": "us-1 "}, True),
        ("CustomersV3", {"dataAreaId": "demf", "CustomerAccount": "US-1"}, False),
        ("NameAffixes", {"Type": "PersonalPrefix", "Affix": "dr."}, True),
        ("NameAffixes", {"Type": "Neither", "Affix": "Dr."}, False),
        ("PaymentScheduleLines", {"dataAreaId": "usmf", "PaymentScheduleName": "M", "LineNumber": 1}, True),
        ("PaymentScheduleLines", {"dataAreaId": "usmf", "PaymentScheduleName": "M", "LineNumber": "1.0"}, True),
        ("PaymentDayLinesCds", {"dataAreaId": "usmf", "CdsIntegrationKey": LINE.upper()}, True),
    ],
)
def test_row(probe: Probe, entity: str, key: dict[str, Any], found: bool) -> None:
    """Rows are found by their key as the product compares it; ETags too."""
    probe.twin.load("NameAffixes", [{"Type": "PersonalPrefix", "Affix": "Dr."}])
    probe.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": "M"}])
    probe.twin.load("PaymentScheduleLines", [{"dataAreaId": "usmf", "PaymentScheduleName": "M", "LineNumber": 1}])
    probe.twin.load("PaymentDayLinesCds", [{"dataAreaId": "usmf", "CdsIntegrationKey": LINE}])
    assert (probe.twin.row(entity, key) is not None) is found
    assert (probe.twin.etag(entity, key) is not None) is found


def test_incomplete_keys_are_mistakes(probe: Probe) -> None:
    """A key that is not the entity's is a mistake of the test."""
    with pytest.raises(KeyError, match="dataAreaId, CustomerAccount"):
        probe.twin.row("CustomersV3", {"CustomerAccount": "US-1"})
    with pytest.raises(Refusal):
        probe.twin.row("NoSuchSet", {})


def test_missing_rows(probe: Probe) -> None:
    """What is not there can be neither changed, deleted nor renamed."""
    nobody = {**US_1, "CustomerAccount": "US-9"}
    twin = probe.twin
    for act in (
        partial(twin.update, "CustomersV3", nobody, {"SalesMemo": "x"}),
        partial(twin.delete, "CustomersV3", nobody),
        partial(twin.rename, "CustomersV3", nobody, {"CustomerAccount": "US-8"}),
    ):
        with pytest.raises(Refusal, match="No resources were found") as caught:
            act()
        assert caught.value.status == 400


def test_rows_in_order(probe: Probe) -> None:
    """Rows come in the order of their keys, and may be changed meanwhile."""
    probe.customer("A-1")
    probe.customer("b-1", "demf")
    for row in probe.twin.rows("CustomersV3"):
        probe.twin.delete("CustomersV3", {name: row[name] for name in US_1})
    assert [change.key["CustomerAccount"] for change in probe.twin.history] == ["b-1", "A-1", "US-1"]


def test_history(probe: Probe) -> None:
    """Every committed change is remembered: who, what, and the fields before and after."""
    probe.post("CustomersV3", organization(CustomerAccount="US-2"))
    probe.pass_time(60)
    probe.twin.update("CustomersV3", US_1, {"SalesMemo": "x", "OrganizationName": "Contoso"}, user="ines")
    probe.delete("CustomersV3(dataAreaId='usmf',CustomerAccount='US-2')")
    create, update, delete = probe.twin.history
    assert [each.sequence for each in probe.twin.history] == [1, 2, 3]
    assert [each.operation for each in probe.twin.history] == ["create", "update", "delete"]
    assert (create.user, create.app, create.entity) == ("koppel", APP_ID, "CustomersV3")
    assert (create.before, create.after["OrganizationName"]) == ({}, "Contoso")
    assert create.sent == ("PartyType", "OrganizationName", "CustomerGroupId", "CustomerAccount")
    assert (update.user, update.app, update.time, update.key) == ("ines", None, probe.now, US_1)
    assert (update.before, update.after) == ({"SalesMemo": ""}, {"SalesMemo": "x"})
    assert (delete.before["OrganizationName"], delete.after) == ("Contoso", {})


def test_needless_writes_are_remembered(probe: Probe) -> None:
    """A write that changes nothing is still a write."""
    probe.patch("CustomersV3(dataAreaId='usmf',CustomerAccount='US-1')", {"OrganizationName": "Contoso"})
    (change,) = probe.twin.history
    assert (change.operation, change.before, change.after) == ("update", {}, {})


def test_rename(probe: Probe) -> None:
    """A renamed record keeps its record id; everything that names it follows, silently."""
    probe.customer("US-2", InvoiceAccount="US-1")
    probe.customer("US-1", "demf", InvoiceAccount="US-1")
    contact = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer"}
    probe.twin.load("CDSContactPersonsV2", [{**contact, "AssociatedContactNumber": "US-1"}])
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/hook")
    record = probe.twin.environment.table("CustomersV3").row_at(US_1)
    probe.twin.rename("CustomersV3", US_1, {"CustomerAccount": "US-7"})
    renamed = probe.twin.environment.table("CustomersV3").row_at({**US_1, "CustomerAccount": "US-7"})
    assert record is not None
    assert renamed is not None
    assert (record.record, record.etag == renamed.etag) == (renamed.record, False)
    assert probe.twin.row("CustomersV3", US_1) is None
    assert [row["InvoiceAccount"] for row in probe.twin.rows("CustomersV3")] == ["US-1", "US-7", ""]
    assert [row["AssociatedContactNumber"] for row in probe.twin.rows("CDSContactPersonsV2")] == ["US-7"]
    assert [each.operation for each in probe.twin.history] == ["rename", "update", "update"]
    first = probe.twin.history[0]
    assert (first.key["CustomerAccount"], first.before, first.after) == (
        "US-7",
        {"CustomerAccount": "US-1"},
        {"CustomerAccount": "US-7"},
    )
    assert [(each.message, each.key["CustomerAccount"]) for each in probe.twin.outbox] == [("Update", "US-7")]


def test_rename_moves_lines(probe: Probe) -> None:
    """Lines whose key holds the renamed code move with it."""
    probe.twin.load("PaymentSchedules", [{"dataAreaId": "usmf", "Name": "M"}])
    line = {"dataAreaId": "usmf", "PaymentScheduleName": "M"}
    probe.twin.load("PaymentScheduleLines", [{**line, "LineNumber": number} for number in (1, 2)])
    probe.twin.rename("PaymentSchedules", {"dataAreaId": "usmf", "Name": "M"}, {"Name": "Monthly"})
    rows = list(probe.twin.rows("PaymentScheduleLines"))
    assert [(row["PaymentScheduleName"], row["LineNumber"]) for row in rows] == [("Monthly", 1), ("Monthly", 2)]
    key = "dataAreaId='usmf',PaymentScheduleName='monthly',LineNumber=2"
    assert probe.get(f"PaymentScheduleLines({key})").status == 200


def test_rename_in_another_letter_case(probe: Probe) -> None:
    """A new letter case is a rename too, and the references keep working."""
    probe.customer("US-2", InvoiceAccount="US-1")
    probe.twin.rename("CustomersV3", US_1, {"CustomerAccount": "us-1"})
    assert [row["CustomerAccount"] for row in probe.twin.rows("CustomersV3")] == ["us-1", "US-2"]
    assert [row["InvoiceAccount"] for row in probe.twin.rows("CustomersV3")] == ["", "us-1"]


@pytest.mark.parametrize(
    ("new_key", "text"),
    [
        ({"CustomerAccount": "US-2"}, "already exists"),
        ({"CustomerAccount": ""}, "must be filled in"),
        ({"CustomerAccount": "x" * 21}, "longer than"),
        ({"dataAreaId": "demf"}, "another company"),
        ({"OrganizationName": "x"}, "Only codes of the key"),
    ],
)
def test_refused_rename(probe: Probe, new_key: dict[str, str], text: str) -> None:
    """A rename needs a free code of the same company."""
    probe.customer("US-2", InvoiceAccount="US-1")
    with pytest.raises(Refusal, match=text):
        probe.twin.rename("CustomersV3", US_1, new_key)
    assert probe.twin.history == []
    assert probe.twin.row("CustomersV3", US_1) is not None


def test_load(probe: Probe) -> None:
    """Loaded rows are complete, silent, and may name each other."""
    probe.twin.activate("CustomersV3", "http://127.0.0.1:7071/hook")
    rows = [organization(CustomerAccount=f"US-{number}", InvoiceAccount=f"US-{5 - number}") for number in (2, 3)]
    probe.twin.load("CustomersV3", [*rows, organization()])
    assert probe.twin.outbox == []
    assert probe.twin.history == []
    found = list(probe.twin.rows("CustomersV3"))
    assert [row["InvoiceAccount"] for row in found] == ["", "", "US-3", "US-2"]
    assert found[0]["CustomerAccount"] == "US-000001"
    assert {row["SalesCurrencyCode"] for row in found} == {"USD"}


@pytest.mark.parametrize(
    "bad",
    [
        {"CustomerGroupId": "99"},
        {"OrganizationName": ""},
        {"CreditLimit": "5"},
        {"NoSuchProperty": 1},
        {"dataAreaId": "frrt"},
        {"InvoiceAccount": "US-9"},
    ],
)
def test_bad_rows_are_not_loaded(probe: Probe, bad: dict[str, Any]) -> None:
    """Loading checks like a create, and loads all rows or none."""
    with pytest.raises(Refusal):
        probe.twin.load("CustomersV3", [organization(CustomerAccount="US-2"), organization(**bad)])
    assert [row["CustomerAccount"] for row in probe.twin.rows("CustomersV3")] == ["US-1"]
    assert probe.get("CustomersV3").column("CustomerAccount") == ["US-1"]


def test_loading_again_replaces(probe: Probe) -> None:
    """A row with a known key takes the place of the one before, as another record."""
    before = probe.twin.etag("CustomersV3", US_1)
    probe.customer("us-1", SalesMemo="again")
    row = probe.twin.row("CustomersV3", US_1)
    assert row is not None
    assert (row["SalesMemo"], probe.twin.etag("CustomersV3", US_1) == before) == ("again", False)
    assert len(list(probe.twin.rows("CustomersV3"))) == 1


class Counting(dict[Any, Any]):
    """A dictionary that counts how often it was asked."""

    asked = 0

    def __getitem__(self, key: Any) -> Any:
        self.asked += 1
        return super().__getitem__(key)


@pytest.mark.parametrize(
    ("options", "most"),
    [
        ("$filter=dataAreaId eq 'usmf' and CustomerAccount gt 'US-0500'&$orderby=CustomerAccount&$top=10", 10),
        ("$filter=dataAreaId eq 'usmf' and CustomerAccount ge 'US-0500' and CustomerAccount lt 'US-0510'", 10),
        ("$filter=CustomerAccount eq 'US-0500' or CustomerAccount eq 'US-0600'", 2),
        ("$filter=dataAreaId eq 'usmf' and (PartyNumber eq '000000500' or PartyNumber eq '000000600')", 2),
        ("$top=10", 11),
        ("$skip=100&$top=10", 111),
    ],
)
def test_reading_looks_at_little(options: str, most: int) -> None:
    """Reading by key, by code and by page looks at the rows it gives, and not at the whole table."""
    probe = Probe()
    probe.group()
    probe.twin.load("CustomersV3", [organization(CustomerAccount=f"US-{number:04d}") for number in range(1000)])
    table = probe.twin.environment.table("CustomersV3")
    counting = table.rows = Counting(table.rows)
    assert probe.get(f"CustomersV3?{CROSS}&{options}").status == 200
    assert counting.asked <= most + 1
