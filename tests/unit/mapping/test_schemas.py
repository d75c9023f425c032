"""The shipped schemas hold together: what one names, another has."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.errors import MapError, Refused
from shared.mapping import DATAVERSE, Catalogue, Entity, entity, enums, known_entities, usable_entities
from tests.other_schemas import fields_like
from tests.simulation.world import shipped_maps
from tests.unit.mapping.maps import GROUP, KEY, map_text, problems

GROUPS: Final = "dual_write.customer_groups"

FINOPS: Final = [entity("finops", name) for name in known_entities("finops")]
TABLES: Final = [entity(DATAVERSE, name) for name in known_entities(DATAVERSE)]
PAGES: Final = [entity("business_central", name) for name in known_entities("business_central")]
ALL: Final = [*FINOPS, *PAGES, *TABLES]


def name_of(found: Entity) -> str:
    return f"{found.system}.{found.name}"


@pytest.mark.parametrize("name", ["Nothing", "customersv3", "enums", "", "../finops/CustomersV3", "CustomersV3.json"])
def test_unknown(name: str) -> None:
    """An entity without a schema is refused with the names of those that have one, which are exact."""
    with pytest.raises(Refused, match=r"no schema for finops entity .*; known: .*CustomersV3"):
        entity("finops", name)


def test_unknown_system() -> None:
    """A system without schemas has none."""
    with pytest.raises(Refused, match="known: none"):
        entity("nothing", "CustomersV3")
    assert enums("nothing") == {}


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_fields(found: Entity) -> None:
    """Keys are fields, and no two fields differ in letter case only, so that every spelling finds one."""
    assert {name for key in (found.key, *found.keys) for name in key} <= set(found.fields)
    assert len({name.lower() for name in found.fields}) == len(found.fields)
    for name, each in found.fields.items():
        assert found.find(name) is found.find(name.upper()) is found.find(name.lower()) is each
    assert found.find("nothing") is None


@pytest.mark.parametrize("found", FINOPS, ids=name_of)
def test_finops(found: Entity) -> None:
    """References name entities that exist, enumerations have members, and the company, if any, leads the key."""
    for each in found.fields.values():
        assert each.ref in {"", *known_entities("finops")}
        assert bool(each.members) is (each.type == "enum")
        assert each.case in {"", "upper", "lower"}
    assert ("dataAreaId" in found.fields) is (found.key[0] == "dataAreaId")


@pytest.mark.parametrize("found", PAGES, ids=name_of)
def test_pages(found: Entity) -> None:
    """A row is known by its company and its id; references name sets that exist, and only codes are in capitals."""
    assert found.key[0] == found.company or found.key == ("id",)
    assert found.fields[found.key[-1]].type == "guid"
    for each in found.fields.values():
        assert each.ref in {"", *known_entities("business_central")}
        assert bool(each.members) is (each.type == "enum")
        assert (each.case == "upper") is (each.type == "code")


@pytest.mark.parametrize("found", TABLES, ids=name_of)
def test_tables(found: Entity) -> None:
    """A table has one id, its own name, and lookups whose targets have schemas."""
    assert found.fields[found.id].type == "guid"
    assert found.primary in found.fields
    assert found.type
    for each in found.fields.values():
        assert bool(each.targets) is (each.type == "lookup")
        assert set(each.targets) <= set(known_entities(DATAVERSE))
        assert bool(each.options) is (each.type == "choice")
        assert each.wire_name == (f"_{each.name}_value" if each.type == "lookup" else each.name)


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_limits(found: Entity) -> None:
    """Text and codes have a length, a decimal has a scale, a range is one, and a default is a value of its field."""
    for each in found.fields.values():
        assert each.length or each.type not in {"text", "code"}
        assert each.scale is not None or each.type not in {"decimal", "money", "double"}
        assert each.min is None or each.max is None or each.min < each.max
        assert not each.options or each.default is None or str(each.default) in each.options
        assert not each.members or each.default is None or each.default in each.members


@pytest.mark.parametrize(
    ("place", "field", "kind", "among"),
    [
        ("finops/CustomersV3", "CtsSince", "date", "code, datetime, decimal"),
        ("finops/CustomersV3", "CtsVip", "bool", "enum"),
        ("dataverse/accounts", "new_region", "string", "text"),
    ],
)
def test_a_type_that_a_system_does_not_have(tmp_path: Path, place: str, field: str, kind: str, among: str) -> None:
    """Whoever adds a field and gets its type wrong is told at the map, with the types there are and the file."""
    with fields_like(tmp_path, {place: {field: {"type": kind}}}):
        (found,) = problems(map_text(KEY, GROUP))
    assert (
        found.what == f"the schema says of {field} that it is {kind!r}, which no field of {place.partition('/')[0]} is"
    )
    assert among in found.remedy
    assert found.remedy.endswith(f"in shared/mapping/schemas/{place}.json")


@pytest.mark.parametrize(
    "like",
    [{"type": "enum", "enum": "Nothing"}, {"type": "text", "lenght": 10}, {}, None],
    ids=["a list that is not there", "a property that no field has", "no type", "nothing"],
)
def test_a_mistake_in_a_schema_stops_the_flows_over_it_alone(tmp_path: Path, like: Any) -> None:
    """It is told at their maps, with the file; the house, and every flow over other entities, goes on."""
    with fields_like(tmp_path, {"finops/CustomerGroups": {"CtsExtra": like}}):
        catalogue = Catalogue(shipped_maps().files)
        with pytest.raises(MapError, match=r"schemas/finops/CustomerGroups\.json"):
            catalogue.map(GROUPS)
        assert {each.name for each in catalogue.sound()} == {*catalogue.names} - {GROUPS}
        assert GROUPS not in catalogue.order()
        assert "CustomerGroups" not in {each.name for each in usable_entities("finops")}
