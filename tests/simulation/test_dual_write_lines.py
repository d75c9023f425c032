"""The law of lines: for each line of each map, a value given at its source arrives at its target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from shared.mapping import DATAVERSE, ERP
from tests.simulation.lines import outcomes, working
from tests.unit.maps.shipped import FLOWS, REVISIONS, lines_of, shipped

MAPS: Final = [*FLOWS, *REVISIONS]
"""Every shipped map, and every map with one of its overlays."""


def every_line() -> Iterator[tuple[str, str]]:
    """Map and line."""
    for name in MAPS:
        flow, *revisions = name.split(".")
        yield from ((name, line) for line in lines_of(shipped(flow, *revisions)))


@pytest.mark.parametrize(("name", "line"), list(every_line()))
def test_a_value_given_at_the_source_of_a_line_arrives_at_its_target(name: str, line: str) -> None:
    """On creation and on an edit, in each direction that the line flows; constants come with the creation."""
    found = [(what, wrong) for played, what, wrong in outcomes(*name.split(".")) if played == line]
    assert found
    assert [(what, wrong) for what, wrong in found if wrong] == []


@pytest.mark.parametrize("flow", FLOWS)
def test_every_line_of_every_flow_works(flow: str) -> None:
    """The number of lines that work is the number of lines that the map has."""
    good, all_lines = working(flow)
    assert good == all_lines


@pytest.mark.parametrize("flow", FLOWS)
def test_lines_are_edited_on_every_side_they_flow_from(flow: str) -> None:
    """The play leaves out no edit: only keys, and what the ERP takes on creation only, cannot be edited."""
    editable = [line for line in shipped(flow).lines if not line.key and not line.fixed]
    edits = {(line, what) for line, what, _ in outcomes(flow) if what.startswith("edited")}
    wanted = {(line.name, f"edited in {ERP}") for line in editable if line.to_dataverse}
    assert edits == wanted | {(line.name, f"edited in {DATAVERSE}") for line in editable if line.to_erp}
