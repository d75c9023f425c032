"""How Business Central writes members of enumerations, and what is held of them."""

from __future__ import annotations

import json

import pytest

from shared.mapping import entity, reader, writer
from shared.mapping._wire_names import member_of, wire_of

PAIRS = [
    ("", "_x0020_"),
    ("Open", "Open"),
    ("In Progress", "In_x0020_Progress"),
    ("Non-Inventory", "Non_x002D_Inventory"),
    ("Positive Adjmt.", "Positive_x0020_Adjmt_x002E_"),
    ("G/L Account", "G_x002F_L_x0020_Account"),
    ("a_x0020_b", "a_x005F_x0020_b"),
]


@pytest.mark.parametrize(("member", "wire"), PAIRS)
def test_both_ways(member: str, wire: str) -> None:
    """A member is what people see; on the wire it is a name of XML."""
    assert wire_of(member) == wire
    assert member_of(wire) == member


@pytest.mark.parametrize(
    ("raw", "member"), [("_x0020_", ""), (" ", ""), ("Ship", "Ship"), ("ship", "Ship"), ("?", "?")]
)
def test_members_are_read_encoded_and_plain(raw: str, member: str) -> None:
    """In any letter case. What is no member is left to the line."""
    assert reader(entity("business_central", "customers").fields["blocked"])(raw) == member


@pytest.mark.parametrize(("member", "sent"), [("", " "), ("Ship", "Ship")])
def test_members_are_written_plain(member: str, sent: str) -> None:
    """As the published tests of the service send them."""
    field = entity("business_central", "customers").fields["blocked"]
    assert json.loads(writer("business_central", field)(member)) == sent
