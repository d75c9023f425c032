"""The schema files say what was published of tables and entities, as far as that reaches.

`published/dataverse.json` holds the columns of the standard tables and of the vendor's solution for prospect to cash,
`published/finops.json` the fields of entities with their keys, `published/finops_enums.json` members in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.mapping import DATAVERSE, Field, entity, enums, known_entities

FOLDER: Final = Path(__file__).parent / "published"
Facts = Mapping[str, Any]


def _facts(name: str) -> Facts:
    found: Facts = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


TABLES: Final = _facts("dataverse")
ENTITIES: Final = _facts("finops")
ENUMS: Final = _facts("finops_enums")
OF_DUAL_WRITE: Final = "msdyn_"
OTHER_PREFIX: Final = "koppel_"
"""Columns of the vendor's solution that an installation has under a prefix of its own."""
UNPUBLISHED: Final = {("productpricelevels", "productidname")}
OTHERWISE: Final = {
    "accounts.msdyn_billingaccount",  # its navigation property was not published
}
"""Columns and fields where ours differs from what was published, and why."""

KINDS: Final = {
    "String": {"text", "code"},
    "Memo": {"memo"},
    "Integer": {"int"},
    "Decimal": {"decimal"},
    "Double": {"double"},
    "Money": {"money"},
    "Boolean": {"bool"},
    "Picklist": {"choice"},
    "State": {"choice"},
    "Status": {"choice"},
    "DateTime": {"date", "datetime"},
    "Lookup": {"lookup"},
    "Customer": {"lookup"},
    "Owner": {"lookup"},
    "Uniqueidentifier": {"guid"},
}
EDM: Final = {
    "Edm.String": {"text", "memo", "code"},
    "Edm.Int32": {"int"},
    "Edm.Decimal": {"decimal"},
    "Edm.DateTimeOffset": {"datetime", "date"},
    "Edm.Guid": {"guid"},
    "enum": {"enum"},
}


def columns(table: str) -> Iterator[tuple[Field, Facts]]:
    """The columns of a table that were published, with what was published of each."""
    for name, fact in TABLES[table]["columns"].items():
        if f"{table}.{name}" not in OTHERWISE:
            yield entity(DATAVERSE, table).fields[name], fact


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_published(table: str) -> None:
    """Every column of a standard table was published, but for what dual-write adds; so was the primary one."""
    own = {name for name in entity(DATAVERSE, table).fields if not name.startswith((OF_DUAL_WRITE, OTHER_PREFIX))}
    assert {(table, name) for name in own - TABLES[table]["columns"].keys()} <= UNPUBLISHED
    assert entity(DATAVERSE, table).primary == TABLES[table]["name"]


@pytest.mark.parametrize("table", TABLES)
def test_what_a_column_holds(table: str) -> None:
    """Type, size, range, options and targets of every column."""
    for field, fact in columns(table):
        assert field.type in KINDS[fact["type"]], field.name
        assert (field.length or None) == fact.get("len"), field.name
        assert dict(field.options) == fact.get("options", {}) or field.type == "bool", field.name
        targets = {name: nav for name, nav in fact.get("targets", {}).items() if name in field.targets}
        assert dict(field.targets) == targets, field.name
        if field.type in {"int", "decimal", "double", "money"}:
            assert (field.min, field.max, field.scale) == (fact["min"], fact["max"], fact.get("prec")), field.name
            assert (field.decimals != "") == (fact.get("precsrc") == 2), field.name


@pytest.mark.parametrize("table", TABLES)
def test_when_a_column_can_be_written(table: str) -> None:
    """Read-only, on create only, on update only, or always; ids are given on create."""
    for field, fact in columns(table):
        creatable, updatable = fact.get("create", True), fact.get("update", True) or fact["type"] == "Uniqueidentifier"
        assert field.read_only == (not creatable and not updatable), field.name
        assert field.create_only == (creatable and not updatable), field.name
        assert field.update_only == (updatable and not creatable), field.name


@pytest.mark.parametrize("table", TABLES)
def test_defaults_and_days(table: str) -> None:
    """Published defaults are ours, and a day is told from a moment by format and behaviour."""
    for field, fact in columns(table):
        assert "default" not in fact or field.default == fact["default"], field.name
        if fact["type"] == "DateTime" and not field.read_only:
            whole = fact.get("behavior") == "DateOnly"
            assert (field.type == "date") == whole, field.name
            assert field.local_day == (fact["format"] == "DateOnly" and not whole), field.name


def test_every_entity_has_facts() -> None:
    """Nothing is held against nothing."""
    assert set(known_entities("finops")) == ENTITIES.keys()
    assert enums("finops").keys() == ENUMS.keys()


@pytest.mark.parametrize("name", ENTITIES)
def test_entities(name: str) -> None:
    """Type, X++ name and key of an entity are the published ones, and every field of ours is."""
    found, facts = entity("finops", name), ENTITIES[name]
    assert (found.type, found.xpp) == (facts["type"], facts["xpp"])
    assert set(found.key) == set(facts["key"])
    assert found.fields.keys() == facts["fields"].keys()


@pytest.mark.parametrize("name", ENTITIES)
def test_fields(name: str) -> None:
    """Type and length of every field; an enumeration is the published one."""
    for each, fact in ENTITIES[name]["fields"].items():
        field = entity("finops", name).fields[each]
        assert field.type in EDM[fact["type"]], each
        assert field.enum == fact.get("enum", ""), each
        if field.length is not None and f"{name}.{each}" not in OTHERWISE:
            assert fact.get("length", field.length) == field.length, each


@pytest.mark.parametrize("name", ENUMS)
def test_members(name: str) -> None:
    """Members are the published ones, in their order."""
    assert list(enums("finops")[name]) == ENUMS[name]
