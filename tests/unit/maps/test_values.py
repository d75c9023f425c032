"""The value maps of the shipped maps: every published pair, in both directions, and nothing else but blanks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from shared.errors import FieldError
from shared.mapping import Line
from tests.unit.maps.shipped import FLOWS, shipped

PUBLISHED: Final = dict(
    line.split(": ") for line in (Path(__file__).parent / "values.txt").read_text("utf-8").splitlines()
)
"""Flow and ERP field to pairs. Those of InvoiceAddress, gender and marital status were deduced, not published."""


def line_of(name: str) -> Line:
    flow, _, field = name.partition(".")
    return next(line for line in shipped(flow).lines if line.erp.name == field)


def members(line: Line) -> dict[str, str]:
    """Members of the ERP's enumeration that the line has a value for."""
    found: dict[str, str] = {}
    for member in line.erp.members:
        try:
            found[member] = line.forward(member)
        except FieldError:
            continue
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_values_are_as_they_were_published(name: str) -> None:
    """Each member has its published value, and each value its member; what has no value is a blank or refused."""
    line = line_of(name)
    pairs = dict(pair.split("=") for pair in PUBLISHED[name].split())
    assert {member: value for member, value in members(line).items() if value} == pairs
    assert {line.backward(value): value for value in pairs.values()} == pairs


def test_every_line_with_a_transform_has_its_values() -> None:
    """No value map is left out here."""
    mapped = {f"{flow}.{line.erp.name}" for flow in FLOWS for line in shipped(flow).lines if "><" in line.name}
    assert {name for name in mapped if not name.startswith("cds_contacts_v2_customers.")} == PUBLISHED.keys()


@pytest.mark.parametrize(
    ("name", "blank", "strange"),
    [("PersonGender", "Unknown", "NonSpecific"), ("PersonMaritalStatus", "None", "Engaged")],
)
def test_what_nobody_told_is_a_blank(name: str, blank: str, strange: str) -> None:
    """The member that means nothing is known is an empty column, both ways; what has no value there is refused."""
    line = line_of(f"customers_v3_contacts.{name}")
    assert (line.forward(blank), line.backward("")) == ("", blank)
    with pytest.raises(FieldError, match="is not in the value map"):
        line.forward(strange)
