"""What a suite says it needs in Dataverse: held against what the vendor's solution made, and against the maps."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from functions.suites import ROOT, setup_file, shipped, suite
from shared.errors import SettingError
from shared.mapping import DATAVERSE, entity
from shared.setup import read_declared
from shared.setup._declared import DeclaredTable

FILE: Final = ROOT / "prospect_to_cash" / "setup" / "dataverse.yaml"
TESTS: Final = Path(__file__).parents[1]
PUBLISHED: Final[dict[str, Any]] = json.loads((TESTS / "mapping" / "published" / "dataverse.json").read_text("utf-8"))
PRINTED: Final = TESTS / "maps" / "printed"
TYPES: Final = {
    "String": "text",
    "Boolean": "bool",
    "Integer": "int",
    "Money": "money",
    "Picklist": "choice",
    "DateTime": "date",
}
NAMES: Final = re.compile(r"\bmsdynce_[a-z]+")


def tables() -> dict[str, DeclaredTable]:
    """What prospect to cash needs, by entity set, under the published names."""
    return {f"{logical}s": table for logical, table in read_declared(FILE, "msdynce").tables.items()}


def test_every_column_of_the_vendors_solution() -> None:
    """No column is missing, and none is added: the maps are written for just these."""
    theirs = {
        f"{table}.{name}" for table, facts in PUBLISHED.items() for name in facts["columns"] if NAMES.fullmatch(name)
    }
    assert {f"{table}.{name}" for table, found in tables().items() for name in found.named()} == theirs


@pytest.mark.parametrize(
    ("table", "name"), [(table, name) for table, found in tables().items() for name in found.named()]
)
def test_a_column_is_as_published(table: str, name: str) -> None:
    """With the type, size, bounds, options and default that it has in the vendor's solution."""
    ours, theirs = tables()[table].named()[name], PUBLISHED[table]["columns"][name]
    assert ours.type == TYPES[theirs["type"]]
    assert ours.length == theirs.get("len", 0)
    assert ours.precision == theirs.get("prec", 0)
    assert (ours.minimum, ours.maximum) == (theirs.get("min", 0), theirs.get("max", 0))
    assert {str(value): label for value, label in ours.options.items()} == theirs.get("options", {})
    assert (ours.default or False) == theirs.get("default", False)


def test_the_maps_use_nothing_else() -> None:
    """Every name with the vendor's prefix, in a map of the suite or in a printed table, is a column that is made."""
    known = {name for table in tables().values() for name in table.named()}
    files = [*FILE.parents[1].rglob("*.yaml"), *PRINTED.glob("*.txt")]
    assert {name for file in files for name in NAMES.findall(file.read_text("utf-8"))} <= known


def test_keys_numbers_and_forms_are_of_columns_that_there_are() -> None:
    """They name columns of ours, or of the product's own."""
    for name, table in tables().items():
        used = {column for columns in table.keys.values() for column in columns} | {*table.numbers}
        used |= {column for _, column, _ in table.placed()}
        assert used <= {*table.named(), *entity(DATAVERSE, name).fields}


def test_names_begin_with_the_prefix_of_the_setting() -> None:
    """Everywhere: columns, keys, numbers and forms. What is not published by the vendor keeps its name."""
    found = read_declared(FILE, "contoso")
    contact = found.tables["contact"]
    assert next(iter(contact.columns)) == "contoso_ContactNumber"
    assert contact.keys == {"contoso_ContactNumber": ["contoso_contactnumber"]}
    assert list(contact.numbers) == ["contoso_contactnumber"]
    assert [column for _, column, _ in contact.placed()] == ["contoso_contactnumber"]
    assert list(found.tables["account"].numbers) == ["accountnumber"]
    assert (found.vendors, read_declared(FILE, "msdynce").vendors) == (False, True)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("published: x\ntables: {contact: {columns: {x_N: {type: text, label: N}}}}", "a text has a length"),
        ("published: x\ntables: {contact: {columns: {x_N: {type: bool, length: 5, label: N}}}}", "a text has a length"),
        ("published: x\ntables: {contact: {columns: {x_N: {type: choice, label: N}}}}", "a choice has options"),
        ("published: x\ntables: {contact: {columns: {x_N: {type: lookup, label: N}}}}", "type"),
        ("published: x\ntables: {contact: {colums: {}}}", "colums"),
        ("published: x\ntables: [", "setup.yaml"),
        (
            f"published: x\ntables: {{contact: {{columns: {{x_{'N' * 49}: {{type: bool, label: N}}}}}}}}",
            "names of columns and keys have at most 50 characters; choose a shorter prefix than contoso",
        ),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, what: str) -> None:
    """It is refused before anything is asked for, with the place."""
    file = tmp_path / "setup.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingError) as refusal:
        read_declared(file, "contoso")
    assert what in str(refusal.value)


def test_maps_and_set_up_go_by_one_published_prefix() -> None:
    """What the maps of the suite take for the vendor's prefix is what its set-up takes for it."""
    assert suite("prospect_to_cash").published == (f"{read_declared(FILE, 'koppel').published}_",)


def test_suites_that_need_something() -> None:
    """A suite with such a file may need something beside webhooks; the others do not."""
    assert {name: bool(setup_file(name)) for name in shipped()} == {
        "business_central": True,
        "dual_write": False,
        "prospect_to_cash": True,
    }
