"""Columns that a suite brings along have the prefix of the installation, in maps, schemas and twin alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from shared.mapping import parse_document
from shared.mapping._prefixes import document_under, under
from shared.mapping._schema import entity, know_under, known_entities
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.identity import Identity

PUBLISHED: Final = "msdynce_"
OURS: Final = "koppel_"
BOTH: Final = {PUBLISHED: OURS}
TABLES: Final = [
    name
    for name in known_entities("dataverse")
    if any(each.startswith(PUBLISHED) for each in entity("dataverse", name).fields)
]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("CustomerAccount < msdynce_contactnumber", "CustomerAccount < koppel_contactnumber"),
        ("parentcustomerid.Contact(msdynce_contactnumber)", "parentcustomerid.Contact(koppel_contactnumber)"),
        ("msdynce_a eq true and msdynce_b ne 'x'", "koppel_a eq true and koppel_b ne 'x'"),
        ("new_msdynce_a", "new_msdynce_a"),
        ("msdyn_contactpersonid", "msdyn_contactpersonid"),
    ],
)
def test_a_name_is_renamed_as_a_whole(text: str, becomes: str) -> None:
    """Only what begins with the published prefix is meant."""
    assert under(BOTH, text) == becomes


def test_a_map_file_is_renamed_throughout() -> None:
    """Scopes, lines and names of entries; a finding still names its line of the file."""
    text = "dataverse:\n  scope: msdynce_a eq true\nvalues:\n  msdynce_list: {No: [1, 2]}\n"
    found = document_under(BOTH, parse_document(text, "x.yaml"))
    assert found.data == {"dataverse": {"scope": "koppel_a eq true"}, "values": {"koppel_list": {"No": ["1", "2"]}}}
    assert found.line("values", "koppel_list") == 4


@pytest.mark.parametrize("table", TABLES)
def test_schemas_and_twin_know_the_columns_under_either_prefix(table: str) -> None:
    """The same columns and keys, with the same properties; what a fresh environment offers is there once it is made."""
    know_under(BOTH)
    found = entity("dataverse", table)
    published = {name: field for name, field in found.fields.items() if name.startswith(PUBLISHED)}
    assert published
    twin = DataverseTwin(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), identity=Identity(lambda: datetime.now(UTC)))
    twin.add_columns(OURS)
    columns = twin.environment.tables[table].definition.columns
    for name, field in published.items():
        ours = found.fields[name.replace(PUBLISHED, OURS)]
        assert (ours.type, ours.length, ours.options, ours.default) == (
            field.type, field.length, field.options, field.default,
        )  # fmt: skip
        assert columns[ours.name].type == field.type
        assert name not in columns
    keys = {key for key in found.keys if any(name.startswith(PUBLISHED) for name in key)}
    assert {tuple(name.replace(PUBLISHED, OURS) for name in key) for key in keys} <= {*found.keys}
