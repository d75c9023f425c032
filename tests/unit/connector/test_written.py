"""The connector is what its command writes, and speaks of tables, fields and enumerations that were published.

`published/business_central_tables.json` holds the fields of the application that its pages name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from infra.business_central.write import (
    CONNECTOR,
    EXPRESSIONS,
    HELD,
    VERSIONS,
    digest,
    identifier,
    pages,
    record,
    sources,
    version_now,
    write,
)
from shared.mapping import entity, enums
from tests.emulator.azurite import ROOT

Facts = Mapping[str, Any]
PUBLISHED: Final = ROOT / "tests" / "unit" / "mapping" / "published"
TABLES: Final[Mapping[str, Facts]] = json.loads((PUBLISHED / "business_central_tables.json").read_text("utf-8"))
APP: Final[Facts] = json.loads((CONNECTOR / "app.json").read_text("utf-8"))
SYSTEM: Final = {"SystemId": "Guid", "SystemModifiedAt": "DateTime"}
"""Fields that every table has."""
PLATFORM: Final = {"Field"}
"""Tables of the platform, which were not published (reference: business-central-connector, configuration templates)."""
LONGEST_NAME: Final = 30
TYPES: Final = {
    "Guid": "guid",
    "Decimal": "decimal",
    "Boolean": "bool",
    "Integer": "int",
    "Date": "date",
    "DateTime": "datetime",
    "Enum": "enum",
}
SETS: Final = {
    "Contact": "contacts",
    "Country/Region": "countriesRegions",
    "Customer Price Group": "customerPriceGroups",
    "Payment Terms": "paymentTerms",
    "Salesperson/Purchaser": "salespeoplePurchasers",
    "Shipment Method": "shipmentMethods",
    "Shipping Agent": "shippingAgents",
    "Unit of Measure": "unitsOfMeasure",
    "Vendor": "vendors",
}
"""The set by whose rows a table is shown."""
EITHER: Final = {("businessRelations", "number")}
"""Fields that refer to one table or another."""


def names() -> list[str]:
    return [page["name"] for page in pages()]


def page(name: str) -> Facts:
    return next(each for each in pages() if each["name"] == name)


def shown(name: str) -> Iterator[tuple[str, str, Facts]]:
    """The properties of a page that show a field, with that field and what was published of it."""
    for each, field in page(name)["from"].items():
        fields = TABLES[page(name)["table"]]["fields"]
        yield each, field, {"type": SYSTEM[field]} if field in SYSTEM else fields[field]


def test_what_stands_there_is_what_is_written() -> None:
    """Whoever changes a schema file or a template runs the command: python -m infra.business_central.write."""
    there = {path.relative_to(CONNECTOR).as_posix(): path.read_text("utf-8") for path in CONNECTOR.rglob("*.al")}
    assert there == sources()


def test_what_is_not_written_any_more_goes(tmp_path: Path) -> None:
    """The page of a schema file that is gone goes as well; what a person keeps there stays."""
    (tmp_path / "pages").mkdir()
    for name in ("pages/Former.Page.al", "app.json"):
        (tmp_path / name).touch()
    write(tmp_path)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert written == {*sources(), "app.json"}


def test_another_source_is_another_version() -> None:
    """Business Central installs no app over one of the same version: whoever changes the source raises it in app.json,
    and runs the command.
    """
    assert json.loads(VERSIONS.read_text("utf-8")).get(version_now()) == digest()


def test_a_version_that_is_recorded_stays_what_it_is(tmp_path: Path) -> None:
    """A second time nothing changes; another source under its number is refused."""
    path = tmp_path / "versions.json"
    record("1.0.0.0", path)
    before = path.read_text("utf-8")
    record("1.0.0.0", path)
    assert path.read_text("utf-8") == before
    path.write_text('{"1.0.0.0": "of another source"}', "utf-8")
    with pytest.raises(ValueError, match=r"raise the version in app\.json"):
        record("1.0.0.0", path)
    record("1.0.1.0", path)
    assert json.loads(path.read_text("utf-8")) == {"1.0.0.0": "of another source", "1.0.1.0": digest()}


@pytest.mark.parametrize("name", names())
def test_every_name_was_published(name: str) -> None:
    """Each record, field and table that a page names, also in its code, is one of the application."""
    text = sources()[f"pages/{name[0].upper()}{name[1:]}.Page.al"]
    known = {page(name)["table"], *PLATFORM, *TABLES}
    records = re.findall(r'(?:: Record |Database::|SourceTable = )("[^"]+"|\w+)', text)
    assert records
    assert {each.strip('"') for each in records} <= known
    fields = re.findall(r'(?:Rec\.|Before\.|FieldNo\()("[^"]+"|\w+)(?!\w*\()', text)
    of_page = {each.strip('"') for each in fields} - {"FieldNo", "Validate", "TestField"}
    assert of_page <= {*TABLES[page(name)["table"]]["fields"], *SYSTEM} | _METHODS


_METHODS: Final = {"Insert", "Modify", "Rename", "TransferFields", "GetBySystemId"}


@pytest.mark.parametrize("name", names())
def test_what_a_property_holds(name: str) -> None:
    """Type, length and enumeration of a property are those of its field."""
    for each, _, fact in shown(name):
        field = entity("business_central", name).fields[each]
        text = re.fullmatch(r"(Text|Code)\[(\d+)\]", fact["type"])
        wanted = (text[1].lower(), int(text[2])) if text else (TYPES[fact["type"]], None)
        assert (field.type, field.length) == wanted, each
        assert field.enum.lower() == re.sub("[^a-z]", "", fact.get("enum", "").lower()), each
        assert (field.case == "upper") == (field.type == "code"), each
        assert not field.enum or field.enum in enums("business_central"), each
        assert "obsolete" not in fact, each


@pytest.mark.parametrize("name", names())
def test_what_cannot_be_written_says_so(name: str) -> None:
    """What is worked out, or closed to people, is read-only; so is the whole of a page without operations."""
    for each, field in entity("business_central", name).fields.items():
        fact = {prop: fact for prop, _, fact in shown(name)}.get(each, {})
        closed = fact.get("class") == "FlowField" or fact.get("editable") is False or not page(name).get("operations")
        assert field.read_only or not closed, each


@pytest.mark.parametrize("name", names())
def test_what_a_property_refers_to(name: str) -> None:
    """A field that is related to a table refers to the set that shows its rows."""
    for each, field, fact in shown(name):
        if (name, each) not in EITHER:
            sets = {SETS[table] for table in fact.get("relation", ()) if table in SETS}
            assert {entity("business_central", name).fields[each].ref} - {""} == sets, field


@pytest.mark.parametrize("name", names())
def test_every_property_comes_from_somewhere(name: str) -> None:
    """From a field, from code that has a template, or from an expression."""
    without = set(page(name)["fields"]) - set(page(name)["from"]) - {page(name)["company"]}
    assert without <= HELD.keys() | EXPRESSIONS.keys()


@pytest.mark.parametrize("name", [name for name in names() if page(name).get("operations")])
def test_a_row_keeps_the_id_that_it_is_given(name: str) -> None:
    """Then the company's templates give what was not sent. The key is the field by which rows are renamed."""
    text = sources()[f"pages/{name[0].upper()}{name[1:]}.Page.al"]
    assert text.index("Rec.Insert(true, true);") < text.index("ProcessNewRecordFromAPI(Inserted, TempSent,")
    assert re.search(r"field\(id; Rec\.SystemId\)\s*{\s*Caption = 'id', Locked = true;\s*}", text)
    key = [identifier(each) for each in TABLES[page(name)["table"]]["primaryKey"]]
    assert re.findall(r"Rename\(Rec\.(.*)\)", text) == key


def test_the_objects_of_the_app() -> None:
    """Numbers are the app's own, each once; no name is too long for the compiler; the permission set has everything."""
    text = "".join(sources().values())
    found = re.findall(r'^(?:page|permissionset) (\d+) "(.*)"', text, re.MULTILINE)
    numbers = [int(number) for number, _ in found if number]
    (own,) = APP["idRanges"]
    assert all(own["from"] <= number <= own["to"] for number in numbers)
    of_pages = [page["page"] for page in pages()]
    assert len({*of_pages}) == len(of_pages)
    assert all(len(name) <= LONGEST_NAME for _, name in found)
    allowed = sources()["KoppelSync.PermissionSet.al"]
    assert set(re.findall(r'page "(.*)" = X', allowed)) == {f"Koppel {name}" for name in names()}
    assert {each.strip('"') for each in re.findall(r"tabledata (.*) =", allowed)} == TABLES.keys()


def test_nothing_secret_is_shown() -> None:
    """Of the product's own connections only what helps to take over: no users, keys or connection strings."""
    for name in ("cdsConnectionSetups", "crmConnectionSetups"):
        assert not [
            each for each in page(name)["from"].values() if re.search("Key|Secret|Connection String|User", each)
        ]
