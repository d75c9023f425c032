"""What computed columns say, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.columns._rules import differing, is_account, is_open, only_external, ratchet

LOOKUP = "_parentcustomerid_value"
TARGET = f"{LOOKUP}@Microsoft.Dynamics.CRM.lookuplogicalname"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({LOOKUP: "1", TARGET: "account"}, True),
        ({LOOKUP: "1", TARGET: "contact"}, False),
        ({LOOKUP: None, TARGET: None}, False),
        ({LOOKUP: None}, False),
        ({}, False),
        ({LOOKUP: "1"}, False),
    ],
)
def test_the_company_of_a_contact(row: dict[str, Any], said: bool) -> None:
    """Only a company that is an account counts: no contact, nothing, nothing that nobody tells."""
    assert is_account(row, LOOKUP) is said


@pytest.mark.parametrize(
    ("now", "named", "said"),
    [
        (None, False, False),
        (None, True, True),
        (False, False, False),
        (False, True, True),
        (True, False, True),
        (True, True, True),
        ("true", False, False),
    ],
)
def test_a_ratchet(now: object, named: bool, said: bool) -> None:
    """Once Yes, always Yes; else whether anything names the row."""
    assert ratchet(now, named=named) is said


@pytest.mark.parametrize(
    ("products", "said"),
    [
        ([], True),
        ([True], True),
        ([True, True], True),
        ([False], False),
        ([None], False),
        ([True, None], False),
        ([True, False, True], False),
    ],
)
def test_products_of_the_erp_only(products: list[object], said: bool) -> None:
    """A write-in, and a product that is older than the column, count as Sales' own; an empty document has none."""
    assert only_external(products) is said


@pytest.mark.parametrize(("state", "said"), [(0, True), (1, False), (2, False), (3, False), (4, False), (None, False)])
def test_what_can_be_edited(state: int | None, said: bool) -> None:
    """A document in its first state."""
    assert is_open({"statecode": state}) is said


@pytest.mark.parametrize(
    ("row", "wanted", "written"),
    [
        ({"a": True}, {"a": True}, {}),
        ({"a": False}, {"a": False}, {}),
        ({"a": None}, {"a": False}, {"a": False}),
        ({}, {"a": False}, {"a": False}),
        ({"a": True, "b": False}, {"a": False, "b": False}, {"a": False}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({"a": True}, {}, {}),
    ],
)
def test_only_what_differs_is_written(row: dict[str, Any], wanted: dict[str, bool], written: dict[str, bool]) -> None:
    """A blank differs from a No."""
    assert differing(row, wanted) == written
