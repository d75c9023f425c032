"""Lookups among the rows of the row that another line gives all records."""

from __future__ import annotations

import pytest

from tests.unit.mapping.maps import GROUP, KEY, map_text, problems
from tests.unit.maps.prospects import prospect_map

FIXED = "- >> msdyn_paymentterm.msdyn_name default '10 days'"
OTHER = "PaymentMethod > msdyn_customerpaymentmethod.msdyn_name"


def test_a_unit_is_looked_for_in_its_group() -> None:
    """The rows that count belong to the row of the other line, by the column that points from table to table."""
    found = prospect_map("products")
    (line,) = (each for each in found.lines if each.dataverse.name == "defaultuomid")
    assert line.lookup is not None
    within = line.lookup.paths[0].within
    assert within is not None
    assert (within.column, within.table, within.key, within.code) == (
        "uomscheduleid", "uomschedules", "name", "Default unit",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["OrganizationName = name ; within msdyn_paymentterm"], "only a lookup can be within others"),
        ([f"{OTHER} ; within msdyn_paymentterm"], "no line gives msdyn_paymentterm the same row for all records"),
        (
            [f"{OTHER} ; within msdyn_paymentterm", "PaymentTerms > msdyn_paymentterm.msdyn_name"],
            "no line gives msdyn_paymentterm the same row for all records",
        ),
        (
            [f"{OTHER} ; within msdyn_paymentterm", FIXED],
            "msdyn_customerpaymentmethods does not point to msdyn_paymentterms",
        ),
    ],
    ids=["a text", "no line", "not one row", "strangers"],
)
def test_what_can_be_within_what(lines: list[str], what: str) -> None:
    """Only a lookup, and only beside a line that gives the other column one row, to which its rows point."""
    (problem,) = problems(map_text(KEY, GROUP, *lines))
    assert (problem.what, bool(problem.remedy)) == (what, True)
