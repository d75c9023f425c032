"""Choice columns of which several options may be selected (reference: dataverse-web-api, columns)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe
from tests.other_schemas import column_like

OPTIONS = {"1": "Ships", "9": "Trains", "10": "Planes"}
LABEL = "fax@OData.Community.Display.V1.FormattedValue"


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Probe]:
    """A twin in which the fax of an account is such a column."""
    with column_like(tmp_path, "accounts", "fax", {"type": "choices", "options": OPTIONS}):
        yield Probe()


@pytest.mark.parametrize("sent", ["1,9", "1, 9", "1,9,1"])
def test_what_is_selected(asked: Probe, sent: str) -> None:
    """It is one string of numbers with commas, and its label one of labels with semicolons."""
    row = asked.created("accounts", name="A", fax=sent)
    said = asked.get(f"accounts({row})?$select=fax", prefer="odata.include-annotations=*").json
    assert (said["fax"], said[LABEL]) == ("1,9", "Ships; Trains")


@pytest.mark.parametrize("sent", [None, ""])
def test_nothing_is_selected(asked: Probe, sent: Any) -> None:
    """Null clears it."""
    row = asked.created("accounts", name="A", fax="1")
    assert asked.patch(f"accounts({row})", {"fax": sent}).status == 204
    assert asked.get(f"accounts({row})?$select=fax").json["fax"] is None


@pytest.mark.parametrize("sent", [1, [1, 9], "Ships", "1;9", "1,,9", "1,7"])
def test_what_is_refused(asked: Probe, sent: Any) -> None:
    """Numbers that are no options, labels, and anything but a string with commas."""
    assert asked.post("accounts", {"name": "A", "fax": sent}).status == 400


def test_what_the_metadata_says(asked: Probe) -> None:
    """Its type is virtual; its name and its own kind of document tell what it is."""
    below = "EntityDefinitions(LogicalName='account')/Attributes"
    told = asked.get(f"{below}(LogicalName='fax')?$select=AttributeType,AttributeTypeName").json
    assert (told["AttributeType"], told["AttributeTypeName"]) == ("Virtual", {"Value": "MultiSelectPicklistType"})
    cast = f"{below}/Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata"
    (column,) = asked.get(f"{cast}?$select=LogicalName&$expand=OptionSet($select=Options)").json["value"]
    assert [each["Value"] for each in column["OptionSet"]["Options"]] == [1, 9, 10]
