"""A record with a base: what one side changed flows, what both changed alike is agreed, the rest is left alone."""

from __future__ import annotations

from typing import Final

import pytest

from shared.mapping import ABSENT, DATAVERSE, ERP, Side
from shared.reconcile import Plan
from tests.unit.mapping.maps import HOLD, customers
from tests.unit.reconcile.records import ASK, Record, Row, agreement, record, writes

NAME: Final = "OrganizationName = name"
LIMIT: Final = "CreditLimit = creditlimit"
RATING: Final = "CreditRating = msdyn_creditrating"
STATUS: Final = "OnHoldStatus >< msdyn_onholdstatus hold"
ALL: Final = "806380002"


# -- what cannot flow


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse", "side", "code", "value"),
    [
        (RATING, ("a", "a"), "a", "x" * 11, ERP, "too-long", "x" * 11),
        (LIMIT, ("5", "5"), "-1", "5", DATAVERSE, "range", "-1"),
        (STATUS, ("All", ALL), "Never", ALL, DATAVERSE, "value-map", "Never"),
        (STATUS, ("All", ALL), "All", "806380005", ERP, "value-map", "806380005"),
        ("CreditRating < msdyn_creditrating", ("a", "a"), "b", "x" * 11, ERP, "too-long", "x" * 11),
    ],
)
def test_refused_value(
    text: str, base: tuple[str, str], erp: str, dataverse: str, side: Side, code: str, value: str
) -> None:
    """A value that the map does not let through is a problem of its line; nothing is written for it."""
    plan = record(text, erp, dataverse, base).planned()
    (problem,) = plan.problems
    assert (problem.index, problem.side, problem.code, problem.value) == (1, side, code, value)
    assert problem.message
    assert plan.empty


def test_one_line_stops_no_other() -> None:
    """Beside a line with a problem, the others flow."""
    flow = customers(RATING, NAME)
    values = (["C1", "a", "old"], ["C1", "a", "old"])
    changed = Record(flow, ["C1", "a", "new"], ["C1", "x" * 11, "old"], agreement(flow, *values))
    plan = changed.planned()
    assert [problem.index for problem in plan.problems] == [1]
    assert [(write.index, write.new) for write in plan.writes] == [(2, "new")]


@pytest.mark.parametrize(("erp", "dataverse"), [(ABSENT, "b"), ("b", ABSENT), (ABSENT, ABSENT)])
@pytest.mark.parametrize("base", [None, ("a", "a")])
def test_absent(base: tuple[str, str] | None, erp: str, dataverse: str) -> None:
    """A line that one side did not show is left alone, with or without a base."""
    assert record(NAME, erp, dataverse, base).planned() == Plan()


@pytest.mark.parametrize("base", [None, ("a", "a")])
def test_create_only(base: tuple[str, str] | None) -> None:
    """A line for create only is of no concern afterwards."""
    assert record(f"{NAME} ; create", "b", "c", base).planned() == Plan()


# -- what is left alone


@pytest.mark.parametrize(
    ("text", "erp", "dataverse"),
    [
        (NAME, "a", "a"),
        (NAME, "", ""),
        (NAME, "a", "b"),
        (LIMIT, "1.005", "1.01"),
        ("OrganizationName > name", "a", "b"),
        ("OrganizationName < name", "a", "b"),
        (STATUS, "Never", ""),
        (RATING, "a", "A"),
    ],
)
def test_unchanged(text: str, erp: str, dataverse: str) -> None:
    """Where neither side moved from what was agreed, nothing is planned, also where they differ."""
    assert record(text, erp, dataverse, (erp, dataverse)).planned() == Plan()


def test_letter_case_of_codes() -> None:
    """A code in another letter case is no edit."""
    assert record(RATING, "ab", "AB ", ("AB", "ab")).planned() == Plan()


# -- what flows


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse", "expected"),
    [
        (NAME, ("a", "a"), "b", "a", (DATAVERSE, "b", "edit")),
        (NAME, ("a", "a"), "a", "b", (ERP, "b", "edit")),
        (NAME, ("a", "a"), "", "a", (DATAVERSE, "", "edit")),
        (NAME, ("a", "a"), "a", "", (ERP, "", "edit")),
        (NAME, ("a", "b"), "c", "b", (DATAVERSE, "c", "edit")),
        (NAME, ("a", "a"), "a", "A", (ERP, "A", "edit")),
        (LIMIT, ("1.005", "1.01"), "2.345", "1.01", (DATAVERSE, "2.345", "edit")),
        (LIMIT, ("1.005", "1.01"), "1.005", "3", (ERP, "3", "edit")),
        (STATUS, ("All", ALL), "No", ALL, (DATAVERSE, "806380000", "edit")),
        (STATUS, ("All", ALL), "All", "", (ERP, "", "edit")),
        (f"{NAME} ; update", ("a", "a"), "a", "b", (ERP, "b", "edit")),
        ("OrganizationName > name", ("a", "a"), "b", "a", (DATAVERSE, "b", "edit")),
        ("OrganizationName > name", ("a", "a"), "a", "b", (DATAVERSE, "a", "put_back")),
        ("OrganizationName > name", ("a", "a"), "b", "c", (DATAVERSE, "b", "edit")),
        ("OrganizationName > name", ("", ""), "", "b", (DATAVERSE, "", "put_back")),
        ("OrganizationName < name", ("a", "a"), "a", "b", (ERP, "b", "edit")),
        ("OrganizationName < name", ("a", "a"), "b", "a", (ERP, "a", "put_back")),
        ("OnHoldStatus >> msdyn_onholdstatus hold", ("All", ALL), "All", "806380000", (DATAVERSE, ALL, "put_back")),
        ("OnHoldStatus << msdyn_onholdstatus hold", ("All", ALL), "No", ALL, (ERP, "All", "put_back")),
        ("PartyCountry = msdyn_partycountry default US", ("NL", "NL"), "", "NL", (DATAVERSE, "US", "edit")),
    ],
)
def test_flows(text: str, base: tuple[str, str], erp: str, dataverse: str, expected: Row) -> None:
    """What one side changed is written to the other through the map; on a one-way line the source is written back."""
    plan = record(text, erp, dataverse, base).planned()
    (write,) = plan.writes
    source, old = (erp, dataverse) if expected[0] == DATAVERSE else (dataverse, erp)
    assert (write.side, write.new, write.reason) == expected
    assert (write.index, write.source, write.old) == (1, source, old)
    assert (plan.agree, plan.kept, plan.problems, plan.confirm) == ((), (), (), False)
    assert plan.on(write.side) == (write,)
    assert not plan.empty


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse"),
    [
        (NAME, ("a", "a"), "b", "b"),
        (NAME, ("a", "a"), "", ""),
        (NAME, ("a", "b"), "a", "a"),
        (LIMIT, ("1", "1"), "2.004", "2"),
        (LIMIT, ("1.005", "1.01"), "1.006", "1.01"),
        (RATING, ("a", "a"), "B", "b"),
        (STATUS, ("All", ALL), "No", "806380000"),
        ("OrganizationName > name", ("a", "a"), "b", "b"),
        ("PartyCountry = msdyn_partycountry default US", ("US", "US"), "", "US"),
    ],
)
def test_changed_alike(text: str, base: tuple[str, str], erp: str, dataverse: str) -> None:
    """What is the same now is agreed without a write, after a second look."""
    assert record(text, erp, dataverse, base).planned() == Plan(agree=(1,), confirm=True)


@pytest.mark.parametrize(
    ("text", "base", "erp", "dataverse"),
    [
        (f"{NAME} ; blank keep", ("a", "a"), "", "a"),
        (f"{NAME} ; blank keep", ("a", "a"), "a", ""),
        ("OrganizationName > name ; blank keep", ("", ""), "", "b"),
        ("OrganizationName < name ; blank keep", ("a", "a"), "a", ""),
        (f"{STATUS}; blank keep", ("All", ALL), "All", ""),
    ],
)
def test_blank_keep(text: str, base: tuple[str, str], erp: str, dataverse: str) -> None:
    """With `blank keep` a blank does not wipe out a value; that is agreed, and so not looked at again."""
    changed = record(text, erp, dataverse, base)
    plan = changed.planned()
    assert (plan.writes, plan.agree) == ((), (1,))
    changed.carry_out(plan)
    assert changed.planned() == Plan()


def test_blank_keep_and_then_a_value() -> None:
    """After a blank was kept out, the next value flows."""
    changed = record(f"{NAME} ; blank keep", "", "a", ("", "a"))
    changed.erp[1] = "b"
    assert writes(changed.planned()) == [(DATAVERSE, "b", "edit")]


def test_both_sides_at_once() -> None:
    """Different lines flow in different directions in one plan."""
    flow = customers(NAME, LIMIT, STATUS, values=HOLD)
    before = ["C1", "a", "1", "All"], ["C1", "a", "1", ALL]
    changed = Record(flow, ["C1", "b", "1", "All"], ["C1", "a", "2", "806380000"], agreement(flow, *before))
    plan = changed.planned(ASK)
    assert [(write.index, write.new) for write in plan.on(DATAVERSE)] == [(1, "b")]
    assert [(write.index, write.new) for write in plan.on(ERP)] == [(2, "2"), (3, "No")]
