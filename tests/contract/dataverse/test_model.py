"""`$metadata` as a strict reader takes it: what it names is declared once, and what it declares is served."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from tests.emulator.dataverse.probe import Probe, Said

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
OWN = "Microsoft.Dynamics.CRM."
PRIMITIVE = {
    f"Edm.{name}"
    for name in (
        "Boolean", "Date", "DateTimeOffset", "Decimal", "Double", "Guid", "Int32", "Int64", "String",
    )
}  # fmt: skip
SIMPLE = re.compile(r"[A-Za-z_]\w{0,127}")
TYPES = ("EntityType", "ComplexType", "EnumType")
OPERATIONS = ("Action", "Function")


@pytest.fixture(scope="module")
def model() -> ET.Element:
    return ET.fromstring(Probe().get("$metadata").text)  # noqa: S314 - written by the twin itself


def each(model: ET.Element, *tags: str) -> Iterator[ET.Element]:
    for tag in tags:
        yield from model.iter(f"{EDM}{tag}")


def named(model: ET.Element, *tags: str) -> list[str]:
    return [str(found.get("Name")) for found in each(model, *tags)]


def item(kind: str) -> str:
    """The type of a value, or of the members of a list."""
    return kind.removeprefix("Collection(").removesuffix(")")


def knows(said: Said) -> bool:
    """False if the address means nothing to the twin, or something that it leaves out."""
    return said.status < 400 or said.refusal[1] != "0x8006088a"


def test_types_are_declared_once(model: ET.Element) -> None:
    """Every type that is named, of a property, parameter, answer, set or base, is declared, and none twice."""
    declared = Counter(named(model, *TYPES))
    assert [name for name, times in declared.items() if times > 1] == []
    asked = {found.get(name) for name in ("Type", "BaseType", "EntityType") for found in model.iter()} - {None}
    unknown = {item(str(kind)) for kind in asked} - PRIMITIVE - {OWN + name for name in declared}
    assert {kind for kind in unknown if not kind.startswith("OData.Community.Keys")} == set()


def test_names_are_identifiers(model: ET.Element) -> None:
    """Names are simple identifiers, and no member of a type has its name twice."""
    tags = (*TYPES, *OPERATIONS, "Property", "NavigationProperty", "Parameter", "EntitySet", "Member")
    assert [name for name in named(model, *tags) if not SIMPLE.fullmatch(name)] == []
    for found in each(model, *TYPES, *OPERATIONS, "EntityContainer"):
        names = [str(member.get("Name")) for member in found if member.get("Name")]
        assert len(names) == len(set(names)), found.get("Name")


def test_keys_are_never_null(model: ET.Element) -> None:
    """Each type of a set has one key, of properties that it declares and that are never null; alternate keys, too,
    are of its own properties.
    """
    for kind in each(model, "EntityType"):
        properties = {found.get("Name"): found for found in kind.iter(f"{EDM}Property")}
        keys = [found.get("Name") for found in kind.iter(f"{EDM}PropertyRef")]
        assert (len(keys) == 1) is (kind.get("Abstract") != "true"), kind.get("Name")
        assert all(properties[name].get("Nullable") == "false" for name in keys), kind.get("Name")
        alternate = {found.get("PropertyPath") for found in kind.iter(f"{EDM}PropertyValue")} - {None}
        assert alternate <= properties.keys(), kind.get("Name")


def test_alternate_keys_are_there(model: ET.Element) -> None:
    """An alternate key that a request may name can be read in the model."""
    account = next(found for found in each(model, "EntityType") if found.get("Name") == "account")
    records = [
        {value.get("PropertyPath") for value in record.iter(f"{EDM}PropertyValue")} - {None}
        for record in account.iter(f"{EDM}Record")
        if str(record.get("Type")).endswith(".AlternateKey")
    ]
    assert {"accountnumber", "_msdyn_company_value"} in records


def test_sets_bind_to_sets(model: ET.Element) -> None:
    """A binding names a navigation property of the set's type and a set of the property's type."""
    types = {found.get("Name"): found for found in each(model, "EntityType")}
    sets = {found.get("Name"): str(found.get("EntityType")).removeprefix(OWN) for found in each(model, "EntitySet")}
    bindings = list(each(model, "NavigationPropertyBinding"))
    assert bindings
    for found in each(model, "EntitySet"):
        properties = {
            nav.get("Name"): item(str(nav.get("Type")))
            for nav in types[sets[found.get("Name")]].iter(f"{EDM}NavigationProperty")
        }
        for binding in found.iter(f"{EDM}NavigationPropertyBinding"):
            assert properties[binding.get("Path")] == OWN + sets[binding.get("Target")], found.get("Name")


def test_operations_are_sound(model: ET.Element) -> None:
    """A function answers something; what is bound names the type first; the rest stands in the container, but for
    the functions that serve in a filter only.
    """
    imported = {str(found.get("Name")) for found in each(model, "ActionImport", "FunctionImport")}
    for found in each(model, *OPERATIONS):
        bound, name = found.get("IsBound") == "true", str(found.get("Name"))
        parameters = [str(given.get("Type")) for given in found.iter(f"{EDM}Parameter")]
        if found.tag == f"{EDM}Function":
            assert len(list(found.iter(f"{EDM}ReturnType"))) == 1, name
        if bound:
            assert item(parameters[0]).removeprefix(OWN) in named(model, "EntityType"), name
        in_filters = name in ("In", "NotIn", "Between", "NotBetween")
        assert (name in imported) is not (bound or in_filters), name


def test_merge_is_declared(model: ET.Element) -> None:
    """As the product's own page prints it."""
    (merge,) = (found for found in each(model, "Action") if found.get("Name") == "Merge")
    base = f"{OWN}crmbaseentity"
    assert [(found.get("Name"), found.get("Type"), found.get("Nullable")) for found in merge] == [
        ("Target", base, "false"),
        ("Subordinate", base, "false"),
        ("UpdateContent", base, None),
        ("PerformParentingChecks", "Edm.Boolean", "false"),
    ]


@pytest.mark.parametrize("tag", ["ActionImport", "FunctionImport"])
def test_what_is_declared_is_served(probe: Probe, model: ET.Element, tag: str) -> None:
    """No operation of the model is one that the twin leaves out, or does not know; a wrong method is told."""
    for name in named(model, tag):
        right, wrong = ("POST", "GET") if tag == "ActionImport" else ("GET", "POST")
        assert knows(probe.send(right, name, {} if right == "POST" else None)), name
        assert probe.send(wrong, name, {} if wrong == "POST" else None).status in (400, 405), name


def test_bound_operations_are_served(probe: Probe, model: ET.Element) -> None:
    """Bound ones, too."""
    row = {"systemuser": "systemusers", "systemform": "systemforms", "role": "roles", "crmbaseentity": "accounts"}
    for found in each(model, *OPERATIONS):
        if found.get("IsBound") != "true":
            continue
        bound = str(next(found.iter(f"{EDM}Parameter")).get("Type"))
        table = row[item(bound).removeprefix(OWN)]
        rows = probe.twin.environment.table(table).rows
        where = table if bound.startswith("Collection") else f"{table}({next(iter(rows))})"
        method, body = ("GET", None) if found.tag == f"{EDM}Function" else ("POST", b"{}")
        assert knows(probe.send(method, f"{where}/{OWN}{found.get('Name')}", body)), found.get("Name")


@pytest.mark.parametrize("name", ["RetrieveVersion", "RetrieveDuplicates(X=1)"])
def test_what_is_not_served_says_so(probe: Probe, model: ET.Element, name: str) -> None:
    """An operation that the real service may have, and the twin lacks, is no address that nobody knows."""
    plain = name.partition("(")[0]
    assert plain not in named(model, *OPERATIONS)
    said = probe.get(name)
    assert said.refusal == (501, "0x8006088a")
    assert plain in said.message
