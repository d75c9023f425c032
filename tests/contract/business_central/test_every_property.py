"""Every property of every set that can be written: what its type, its length, its list and its relation refuse.

Reference: business-central-api 4, 5 and 12; business-central-api.json and business-central-tables.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.contract.business_central import test_connector, test_rows
from tests.emulator.business_central.probe import ROOT, ZERO, Probe, Said
from tests.emulator.business_central.schema import OF_PRODUCT, Property, decoded, every_page

OTHER: Final = "11111111-1111-4111-a111-111111111111"
NEW: Final[dict[str, dict[str, Any]]] = {**test_rows.NEW, **test_connector.NEW}
"""What is enough for a row of every set in which one can be made."""
CODES: Final = frozenset({
    "customers.taxAreaId", "items.taxGroupId", "items.taxGroupCode", "customerContacts.customerId",
    "contactCards.customerOrVendorId", "contactCards.vendorOrCustomerId", "customerCards.templateCode",
    "vendorCards.templateCode", "contactCards.templateCode", "itemCards.templateCode",
})  # fmt: skip
"""References that the page looks up, which no schema names."""
LISTED: Final = frozenset({"companyInformation.experience"})
"""Texts of which there are some few."""
CUT: Final = frozenset({"customers.currencyCode", "vendors.currencyCode"})
"""Held in a text without a length: what is longer is cut."""
UNKEPT: Final = frozenset({"vendors.irs1099Code"})
"""Fields of other countries: what is sent is kept nowhere."""
WRONG: Final[dict[str, list[Any]]] = {
    "text": [5, True, {}, []],
    "code": [5, True, {}, []],
    "memo": [5],
    "enum": [5, True, {}],
    "decimal": ["5", True, {}],
    "bool": ["true", 1, {}],
    "guid": [5, "", "30D", "{" + OTHER + "}"],
    "date": ["2025-1-1", "01.01.2025", "2025-02-30", 5, ""],
    "datetime": ["2025-01-01", 5, ""],
}
MADE_OF_PARTS: Final = frozenset({"contactCards.displayName"})
"""The name of a person follows its parts, which come behind it."""
ANOTHER: Final[dict[str, Any]] = {
    "text": "x", "code": "X", "memo": "x", "enum": "", "decimal": 7.25, "bool": True, "guid": OTHER,
    "date": "2026-02-03", "datetime": "2025-01-01T00:00:00Z",
}  # fmt: skip
WRITTEN = pytest.mark.parametrize("name", [name for name, page in every_page().items() if "modify" in page.operations])
MADE = pytest.mark.parametrize("name", [name for name, page in every_page().items() if "insert" in page.operations])


def at(probe: Probe, name: str) -> str:
    """The address of a set in the first company."""
    route = every_page()[name].route
    return f"{ROOT.replace(f'api/{OF_PRODUCT}', f'api/{route}')}companies({probe.company})/{name}"


@pytest.fixture
def target(probe: Probe, name: str) -> str:
    """The address of a row of the set."""
    if name == "customerContacts":
        probe.customer()
        company = probe.get("contacts").rows[0]["number"]
        probe.post("contacts", {"type": "Person", "displayName": "Anna Berg", "companyNumber": company})
    if name in NEW:
        return f"{at(probe, name)}({probe.post(at(probe, name), NEW[name]).id})"
    return f"{at(probe, name)}({probe.get(at(probe, name)).rows[0]['id']})"


def test_every_set_is_tried() -> None:
    """Nothing that can be made is left out above."""
    assert {name for name, page in every_page().items() if "insert" in page.operations} == NEW.keys()


def tried(probe: Probe, name: str, target: str, values: dict[str, Any]) -> list[Said]:
    """A change with these values, and a create where there is one."""
    made = [probe.post(at(probe, name), {**NEW[name], **values})] if name in NEW else []
    return [probe.write(target, values), *made]


def writable(name: str) -> Iterator[Property]:
    return (each for each in every_page()[name].properties.values() if not each.read_only)


def refers(name: str, each: Property) -> bool:
    return bool(each.ref) or each.name == "currencyCode" or f"{name}.{each.name}" in CODES


@WRITTEN
def test_no_text_is_longer_than_its_field(probe: Probe, name: str, target: str) -> None:
    """Refused on create and on change, and stored by neither."""
    before = probe.get(at(probe, name)).rows
    for each in writable(name):
        if each.type not in ("text", "code") or f"{name}.{each.name}" in CUT | LISTED:
            continue
        text = "X" * (each.length + 1)
        for said in tried(probe, name, target, {each.name: text}):
            assert said.error[:2] == (400, "Application_StringExceededLength"), each.name
            assert said.refusal[1].endswith(f"less than or equal to {each.length} characters. Value: {text}")
    assert probe.get(at(probe, name)).rows == before


@WRITTEN
def test_what_a_page_only_shows_cannot_be_sent(probe: Probe, name: str, target: str) -> None:
    """CON-02: another value than there is, on create and on change; what there is may be sent back."""
    row = probe.get(target).json
    for each in every_page()[name].properties.values():
        if not each.read_only:
            continue
        other = next(value for value in [*each.members[::-1], ANOTHER[each.type]] if value != row[each.name])
        for said in tried(probe, name, target, {each.name: other})[: 1 if each.name == "id" else 2]:
            assert said.error == (400, "BadRequest_InvalidOperation", f"Control '{each.name}' is read-only."), each
        assert probe.write(target, {each.name: row[each.name]}).status == 200
    assert probe.get(target).json == row


@WRITTEN
def test_a_member_that_a_list_does_not_have(probe: Probe, name: str, target: str) -> None:
    """Refused with those that there are; each of these is taken, plain and encoded."""
    for each in writable(name):
        if each.type != "enum":
            continue
        known = ",".join(decoded(member) for member in each.members)
        text = f"'Foo' is not an option. The existing options are: {known}"
        for said in tried(probe, name, target, {each.name: "Foo"}):
            assert said.error == (400, "Application_EvaluateException", text)
        for member in each.members:
            for sent in (decoded(member), member):
                assert probe.write(target, {each.name: sent}).json[each.name] == member


@WRITTEN
def test_a_value_of_another_type(probe: Probe, name: str, target: str) -> None:
    """Refused, and so is null: empty is the empty value of the type."""
    before = probe.get(target).json
    for each in every_page()[name].properties.values():
        for value in [*WRONG[each.type], None]:
            for said in tried(probe, name, target, {each.name: value}):
                assert said.error[0] == 400, (each.name, value)
                assert said.error[1] in ("BadRequest", "Application_EvaluateException"), (each.name, value)
    assert probe.get(target).json == before


@WRITTEN
def test_what_is_referred_to_has_to_be_there(probe: Probe, name: str, target: str) -> None:
    """A code or id that no row has is refused; the empty one refers to nothing."""
    if every_page()[name].table == "Contact" and name != "customerContacts":
        probe.write(target, {"type": "Person"})
    for each in writable(name):
        if not refers(name, each):
            continue
        before = probe.get(target).json
        for said in tried(probe, name, target, {each.name: OTHER if each.type == "guid" else "NOBODY"}):
            assert said.error[:2] in (
                (400, "Application_DialogException"), (400, "Internal_InvalidTableRelation"),
            ), each.name  # fmt: skip
        assert probe.get(target).json == before
        blank = probe.write(target, {each.name: ZERO if each.type == "guid" else ""})
        assert blank.status == (400 if each.name == "customerId" else 200)


@WRITTEN
def test_what_is_free_comes_back(probe: Probe, name: str, target: str) -> None:
    """Every other property keeps what it is sent, in the answer and in the next read, on change and on create."""
    sent: dict[str, Any] = {}
    for each in writable(name):
        kept = f"{name}.{each.name}"
        if (
            refers(name, each)
            or each.type == "enum"
            or kept in UNKEPT | LISTED | MADE_OF_PARTS
            or each.name == "inventory"
        ):
            continue
        sent[each.name] = "30D" if each.name.endswith("Calculation") else ANOTHER[each.type]
    changed = probe.write(target, sent)
    assert {each: changed.json[each] for each in sent} == sent
    assert probe.get(target).json == changed.json
    if name in NEW:
        probe.remove(target)
        made = probe.post(at(probe, name), {**NEW[name], **sent})
        assert {each: made.json[each] for each in sent} == sent


@MADE
def test_a_number_or_code_that_is_taken(probe: Probe, name: str, target: str) -> None:
    """Nobody is created under it, and nobody is renamed to it (section 5)."""
    key = "number" if "number" in every_page()[name].properties else "code"
    taken = probe.get(target).json[key]
    other = f"{at(probe, name)}({probe.post(at(probe, name), {**NEW[name], key: 'OTHER'}).id})"
    for said in (
        probe.post(at(probe, name), {**NEW[name], key: taken.lower()}), probe.write(other, {key: taken.lower()}),
    ):  # fmt: skip
        assert said.error[:2] == (400, "Internal_EntityWithSameKeyExists")
        identification = f"{'No.' if key == 'number' else 'Code'}='{taken}'"
        assert said.refusal[1].endswith(f"already exists. Identification fields and values: {identification}")
    assert probe.get(other).json[key] == "OTHER"
