"""The schema files say what was published of tables and entities, as far as that reaches.

`published/dataverse.json` holds the columns of the standard tables and of the vendor's solution for prospect to cash,
`published/parties.json` what the party solutions of release 3 define or change, and what was seen of other columns of
dual-write, `published/finops.json` the fields of entities with their keys, `published/business_central.json` those of
the pages of API v2.0 as their source declares them, `published/*_enums.json` members in their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.mapping import DATAVERSE, OWNER, Entity, Field, entity, enums, known_entities
from shared.mapping._schema import SCHEMAS, UNIT
from tests.emulator.dataverse.behaviour import Behaviour
from tests.emulator.dataverse.delete_rules import delete_rule
from tests.emulator.dataverse.schema import definitions

FOLDER: Final = Path(__file__).parent / "published"
Facts = Mapping[str, Any]


def _facts(name: str) -> Facts:
    found: Facts = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


TABLES: Final = _facts("dataverse")
PARTIES: Final = _facts("parties")
ENTITIES: Final = _facts("finops")
ENUMS: Final = _facts("finops_enums")
BUSINESS_CENTRAL: Final = "business_central"
PAGES: Final = _facts(BUSINESS_CENTRAL)
PAGE_ENUMS: Final = _facts(f"{BUSINESS_CENTRAL}_enums")
COMPANY: Final = "company"
"""The company of a row stands in its address, not on the page."""
OTHER_PREFIX: Final = "koppel_"
"""Columns of the vendor's solution that an installation has under a prefix of its own."""
PLATFORM: Final = {OWNER, UNIT, "statecode", "createdon", "modifiedon"}
"""Columns that the platform adds to every table of its kind."""
OTHERWISE: Final = {
    "systemusers.fullname",  # made of first and last name, which no flow reads
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
AL: Final = {
    "Guid": "guid",
    "Decimal": "decimal",
    "Boolean": "bool",
    "Date": "date",
    "DateTime": "datetime",
    "Enum": "enum",
    "DateFormula": "text",
    "Text": "memo",
}
SHORTER: Final = {
    "currencyCode": ("code", 10),  # a text without a length, cut to the field behind it
    "taxRegistrationNumber": ("text", 20),  # the control holds 50 characters, the field behind it 20
    "customerName": ("text", 100),  # an expression, whose type is that of the customer's name
}
"""Properties of pages whose control says another type than what is kept."""


def columns(table: str) -> Iterator[tuple[Field, Facts]]:
    """The columns of a table that were published, with what was published of each."""
    for name, fact in TABLES[table]["columns"].items():
        if f"{table}.{name}" not in OTHERWISE:
            yield entity(DATAVERSE, table).fields[name], fact


def _published(table: Entity, field: Field) -> bool:
    """Whether anybody published what a column is; of a lookup, what sets it and which table it points to."""
    if field.name in PLATFORM or field.name == f"{table.type}id":
        return True
    told = [found[table.name]["columns"].get(field.name) for found in (TABLES, PARTIES) if table.name in found]
    return any(fact and (field.type != "lookup" or fact.get("targets")) for fact in told)


@pytest.mark.parametrize("table", TABLES)
def test_primary_columns(table: str) -> None:
    """What a row is called was published."""
    assert entity(DATAVERSE, table).primary == TABLES[table]["name"]


@pytest.mark.parametrize("table", known_entities(DATAVERSE))
def test_what_is_assumed_of_dataverse(table: str) -> None:
    """A column that nobody published says so in its schema file, and no other does."""
    found = entity(DATAVERSE, table)
    own = {name: field for name, field in found.fields.items() if not name.startswith(OTHER_PREFIX)}
    assert {name for name, field in own.items() if field.assumed} == {
        name for name, field in own.items() if not _published(found, field)
    }


@pytest.mark.parametrize("name", known_entities("finops"))
def test_what_is_assumed_of_finance_and_operations(name: str) -> None:
    """Fields and their types were published, the length of a text not always: then its schema file says so."""
    facts = ENTITIES[name]["fields"]
    for each, field in entity("finops", name).fields.items():
        assert field.assumed == (field.length is not None and "length" not in facts[each]), each


def test_nothing_is_assumed_of_business_central() -> None:
    """The source of its pages is public."""
    assert not any(
        field.assumed
        for name in known_entities(BUSINESS_CENTRAL)
        for field in entity(BUSINESS_CENTRAL, name).fields.values()
    )


def _holds(field: Field, fact: Facts) -> None:
    """Type, size, options and targets of a column are what was published."""
    assert field.type in KINDS[fact["type"]], field.name
    assert (field.length or None) == fact.get("len"), field.name
    assert dict(field.options) == fact.get("options", {}) or field.type == "bool", field.name
    targets = {name: nav for name, nav in fact.get("targets", {}).items() if name in field.targets}
    assert dict(field.targets) == targets, field.name


def _written(field: Field, fact: Facts) -> None:
    """Read-only, on create only, on update only, or always; ids are given on create."""
    creatable, updatable = fact.get("create", True), fact.get("update", True) or fact["type"] == "Uniqueidentifier"
    assert field.read_only == (not creatable and not updatable), field.name
    assert field.create_only == (creatable and not updatable), field.name
    assert field.update_only == (updatable and not creatable), field.name


@pytest.mark.parametrize("table", TABLES)
def test_what_a_column_holds(table: str) -> None:
    """Type, size, range, options and targets of every column."""
    for field, fact in columns(table):
        _holds(field, fact)
        if field.type in {"int", "decimal", "double", "money"}:
            assert (field.min, field.max, field.scale) == (fact["min"], fact["max"], fact.get("prec")), field.name
            assert (field.decimals != "") == (fact.get("precsrc") == 2), field.name


@pytest.mark.parametrize("table", TABLES)
def test_when_a_column_can_be_written(table: str) -> None:
    """Whenever it was published to be."""
    for field, fact in columns(table):
        _written(field, fact)


def of_parties(table: str) -> Iterator[tuple[Field, Facts]]:
    """The columns of the party solutions. Standard ones they only widen, where they are installed."""
    for name, fact in PARTIES[table]["columns"].items():
        if not fact.get("standard") and name not in TABLES.get(table, {"columns": ()})["columns"]:
            yield entity(DATAVERSE, table).fields[name], fact


@pytest.mark.parametrize("table", PARTIES)
def test_columns_of_parties(table: str) -> None:
    """What a column holds and when it is written; without targets, where a lookup points to was not published."""
    for field, fact in of_parties(table):
        assumed = {} if fact.get("targets") else {"targets": field.targets}
        _holds(field, {**assumed, **fact})
        _written(field, fact)


@pytest.mark.parametrize("table", PARTIES)
def test_keys_of_parties(table: str) -> None:
    """An alternate key that refuses a second row of a party is known, so that no flow counts on writing one."""
    known = {frozenset(key) for key in entity(DATAVERSE, table).keys}
    assert {frozenset(key) for key in PARTIES[table]["keys"].values()} <= known


DELETES: Final = {"RemoveLink": "remove_link", "Restrict": "restrict"}


@pytest.mark.parametrize("table", PARTIES)
def test_what_a_deletion_does(table: str) -> None:
    """The twin empties or keeps a reference to a deleted row as published."""
    found = {each.name: each for each in definitions()}[table]
    for name, fact in PARTIES[table]["columns"].items():
        if "delete" in fact:
            assert delete_rule(Behaviour(), found, found.columns[name]) == DELETES[fact["delete"]], name


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


def _declared(name: str, fact: Facts) -> tuple[str, int | None]:
    """Type and length that the source of a page gives to a property."""
    if name in SHORTER and fact.get("type") != "Code[10]":
        return SHORTER[name]
    text = re.fullmatch(r"(Text|Code)\[(\d+)\]", fact["type"])
    if text:
        return text[1].lower(), int(text[2])
    return AL[fact["type"]], 32 if fact["type"] == "DateFormula" else None


def test_every_page_has_facts() -> None:
    """Nothing is held against nothing: but for companies, which are the platform's, every set is a page.

    The pages of our connector are held against the tables they show (`tests/unit/connector`).
    """
    of_the_product = {
        each for each in known_entities(BUSINESS_CENTRAL) if entity(BUSINESS_CENTRAL, each).route == "v2.0"
    }
    assert of_the_product == {*PAGES, "companies"}
    assert enums(BUSINESS_CENTRAL).keys() == PAGE_ENUMS.keys()


@pytest.mark.parametrize("name", PAGES)
def test_pages(name: str) -> None:
    """Properties and their order are the page's, streams aside; a set that the page does not write is read-only."""
    found, facts = entity(BUSINESS_CENTRAL, name), PAGES[name]
    published = [each for each, fact in facts["fields"].items() if fact.get("edm") != "Edm.Stream"]
    assert found.type == facts["type"]
    shown = {each: field for each, field in found.fields.items() if not field.elsewhere}
    assert (found.company, list(shown)) == (COMPANY, [COMPANY, *published])
    assert found.key[0] == COMPANY
    assert all(each.read_only for each in shown.values()) == (not facts["operations"])


@pytest.mark.parametrize("name", PAGES)
def test_heads_of_pages(name: str) -> None:
    """What a page allows, who makes the id of a new row, and where it is read from."""
    head, facts = _head(name), PAGES[name]
    told = (head["page"], head["table"], head.get("operations", []), head.get("temporary", False))
    assert told == (facts["page"], facts["table"], facts["operations"], facts.get("temporary", False))
    assert head.get("id_on_insert", "") == (facts.get("idOnInsert", "") if "insert" in facts["operations"] else "")
    assert head.get("replica", False) == (facts.get("dataAccessIntent") == "ReadOnly")


@pytest.mark.parametrize("name", PAGES)
def test_fields_behind_properties(name: str) -> None:
    """The field of the table that a property shows; what a page works out by itself has none."""
    for each, fact in PAGES[name]["fields"].items():
        behind, worked_out = _head(name)["from"].get(each), fact["from"].startswith(("variable ", "expression "))
        if fact.get("edm") != "Edm.Stream" and each not in _KEPT:
            assert behind == (None if worked_out else fact["from"]), each
        assert behind == _KEPT.get(each, behind), each


_KEPT: Final = {"id": "SystemId", "taxRegistrationNumber": "VAT Registration No."}
"""The id of a temporary row is its own field; the tax number is held in a variable, and kept in a field."""


def _head(name: str) -> Facts:
    found: Facts = json.loads((SCHEMAS / BUSINESS_CENTRAL / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_properties(name: str) -> None:
    """Type, length and enumeration of every property, whether it may be written, and that codes are in capitals."""
    for each, field in entity(BUSINESS_CENTRAL, name).fields.items():
        if each == COMPANY or field.elsewhere:
            continue
        fact = PAGES[name]["fields"][each]
        assert (field.type, field.length) == _declared(each, fact), each
        assert field.enum.lower() == re.sub("[^a-z]", "", fact.get("enum", "").lower()), each
        assert field.read_only == (fact.get("read_only", False) or not PAGES[name]["operations"]), each
        assert (field.case == "upper") == (field.type == "code"), each


@pytest.mark.parametrize("name", PAGES)
def test_relations(name: str) -> None:
    """A field that the source relates to a table refers to the set over that table."""
    tables = {facts["table"]: each for each, facts in PAGES.items() if each in _MAIN}
    for each, fact in PAGES[name]["fields"].items():
        related = [tables[table] for table in _tables(fact) if table in tables]
        if fact.get("edm") != "Edm.Stream":
            assert entity(BUSINESS_CENTRAL, name).fields[each].ref == "".join(related), each


_MAIN: Final = PAGES.keys() - {"customerContacts", "customerFinancialDetails"}
"""Those that show a whole table, where several show the same."""


def _tables(fact: Facts) -> Iterator[str]:
    """What a field is related to by the key or the id of a table, not by another field of it."""
    return (each.removesuffix(".SystemId") for each in fact.get("relation", ()))


@pytest.mark.parametrize("name", PAGE_ENUMS)
def test_members_on_the_wire(name: str) -> None:
    """Members are the published ones, in their order, as names of XML: a blank is `_x0020_`."""
    assert list(enums(BUSINESS_CENTRAL)[name]) == PAGE_ENUMS[name]
