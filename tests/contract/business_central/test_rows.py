"""Reading, creating, changing and deleting one row: statuses, versions, and what a body may hold (checklist 2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.business_central.probe import DE, ZERO, Probe
from tests.emulator.business_central.schema import pages

OTHER = "11111111-1111-4111-a111-111111111111"
NEW: dict[str, dict[str, Any]] = {
    "customers": {"displayName": "Trey"},
    "vendors": {"displayName": "Fabrikam"},
    "contacts": {"displayName": "Adatum"},
    "items": {"number": "I1"},
    "unitsOfMeasure": {"code": "PCS"},
    "currencies": {"code": "SEK"},
    "salespeoplePurchasers": {"code": "JR"},
    "paymentTerms": {"code": "30D"},
    "paymentMethods": {"code": "BANK"},
    "shipmentMethods": {"code": "EXW"},
    "itemCategories": {"code": "CHAIRS"},
    "countriesRegions": {"code": "DK"},
    "taxAreas": {"code": "EXPORT"},
    "taxGroups": {"code": "FOOD"},
}


@pytest.mark.parametrize("name", NEW)
def test_create_change_delete(probe: Probe, name: str) -> None:
    """CON-01: 201, 200, 204, with the whole row and its version, and nothing at all after a delete."""
    made = probe.post(name, NEW[name])
    assert made.status == 201
    assert list(made.json) == ["@odata.context", "@odata.etag", *pages()[name].properties]
    assert made.headers["etag"] == made.etag
    text = "displayName"
    changed = probe.patch(f"{name}({made.id})", {text: "Another"}, if_match=made.etag)
    assert (changed.status, changed.json[text], changed.etag != made.etag) == (200, "Another", True)
    assert probe.get(f"{name}({made.id})").json == changed.json
    gone = probe.delete(f"{name}({made.id})", if_match=changed.etag)
    assert (gone.status, gone.answer.body) == (204, b"")
    assert probe.get(f"{name}({made.id})").status == 404
    assert probe.delete(f"{name}({made.id})", if_match="*").status == 404


@pytest.mark.parametrize("name", NEW)
def test_every_set_that_can_be_filled_is_tried(name: str) -> None:
    """Nothing writable is left out above."""
    assert "insert" in pages()[name].operations
    assert {each for each, page in pages().items() if "insert" in page.operations} == NEW.keys()


def test_a_version_is_weak_and_opaque(probe: Probe, c100: str) -> None:
    """It begins as the product's do, and stands on every row of a page."""
    tag = probe.get(c100).etag
    assert tag.startswith('W/"Jz')
    assert probe.get("customers").rows[0]["@odata.etag"] == tag


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"city": "X"}), ("DELETE", None)])
def test_a_version_is_required(probe: Probe, c100: str, method: str, body: object) -> None:
    """Without `If-Match` nothing is changed or deleted; `*` is any version."""
    assert probe.send(method, c100, body).error[:2] == (400, "BadRequest_InvalidToken")
    probe.twin.behaviour.missing_token_status = 412
    assert probe.send(method, c100, body).error[:2] == (412, "BadRequest_InvalidToken")
    assert probe.send(method, c100, body, if_match="*").status in (200, 204)


@pytest.mark.parametrize(("method", "body"), [("PATCH", {"city": "X"}), ("DELETE", None)])
def test_a_stale_version(probe: Probe, c100: str, method: str, body: object) -> None:
    """Whoever does not know the row as it is changes nothing: 409, and never 412."""
    old = probe.get(c100).etag
    probe.write(c100, {"city": "Odense"})
    said = probe.send(method, c100, body, if_match=old)
    assert said.error == (409, "Request_EntityChanged", "Another user has already changed the record.")
    assert probe.get(c100).json["city"] == "Odense"
    probe.twin.behaviour.ignore_if_match.add("customers")
    assert probe.send(method, c100, body, if_match=old).status in (200, 204)


def test_nothing_changed(probe: Probe, c100: str) -> None:
    """CON-06: a PATCH with what is there makes no version and no stamp."""
    before = probe.get(c100).json
    probe.pass_time(60)
    said = probe.write(c100, {"number": "c100", "displayName": "Adatum", "currencyCode": "EUR", "balanceDue": 0})
    assert (said.status, said.json) == (200, before)
    assert not probe.twin.history


def test_the_stamp_is_the_servers(probe: Probe, c100: str) -> None:
    """A change moves it; it is kept to a three hundredth of a second, and written without zeros at the end."""
    stamps = {"09:01:00Z": 60.0, "09:01:00.5Z": 0.5, "09:01:00.533Z": 0.0345, "09:01:00.567Z": 0.031}
    for stamp, seconds in stamps.items():
        probe.pass_time(seconds)
        said = probe.write(c100, {"city": f"at {stamp}"})
        assert said.json["lastModifiedDateTime"] == f"2025-01-06T{stamp}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("lastModifiedDateTime", "2020-01-01T00:00:00Z"), ("balanceDue", 5), ("taxAreaDisplayName", "X"), ("id", OTHER)],
)
def test_read_only_properties(probe: Probe, c100: str, name: str, value: object) -> None:
    """Another value than there is is refused; the one there is is not."""
    said = probe.write(c100, {name: value})
    assert said.error == (400, "BadRequest_InvalidOperation", f"Control '{name}' is read-only.")
    assert probe.write(c100, {name: probe.get(c100).json[name]}).status == 200


def test_an_id_on_create(probe: Probe) -> None:
    """Checklist 15: most pages make an id of their own, whatever the body holds; some leave it to the platform."""
    assert probe.post("customers", {"id": OTHER, "displayName": "X"}).id not in (OTHER, ZERO)
    assert probe.post("salespeoplePurchasers", {"id": OTHER, "code": "JR"}).id == OTHER
    assert probe.post("salespeoplePurchasers", {"id": ZERO, "code": "PS"}).id != ZERO
    assert probe.post("items", {"id": OTHER, "number": "I1"}).id == OTHER
    again = probe.post("salespeoplePurchasers", {"id": OTHER, "code": "XX"})
    assert again.error[:2] == (400, "Internal_EntityWithSameKeyExists")


def test_an_item_with_its_id_and_a_base_unit(probe: Probe) -> None:
    """Nothing inserts such a row before it is changed."""
    probe.there("unitsOfMeasure", {"code": "PCS"})
    said = probe.post("items", {"id": OTHER, "number": "I1", "baseUnitOfMeasureCode": "PCS"})
    assert said.status == 400
    assert "does not exist" in said.refusal[1]


@pytest.mark.parametrize("name", [each for each in NEW if pages()[each].id_on_insert in ("auto", "buffer")])
def test_pages_that_refuse_an_id(probe: Probe, name: str) -> None:
    """Whether such a page ignores or refuses an id is not known: there is a switch for both."""
    probe.twin.behaviour.given_ids = "refuse"
    assert probe.post(name, {"id": OTHER, **NEW[name]}).error[:2] == (400, "BadRequest_InvalidOperation")
    assert probe.post(name, {"id": ZERO, **NEW[name]}).status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nothing": 1}, "BadRequest"),
        ({"DisplayName": "X"}, "BadRequest"),
        ({"displayName": 5}, "BadRequest"),
        ({"displayName": None}, "BadRequest"),
        ({"creditLimit": "5"}, "BadRequest"),
        ({"creditLimit": True}, "BadRequest"),
        ({"creditLimit": 10**18}, "Application_EvaluateException"),
        ({"taxLiable": "true"}, "BadRequest"),
        ({"paymentTermsId": "30D"}, "BadRequest"),
        ({"currency": {"code": "SEK"}}, "BadRequest"),
    ],
)
def test_bodies_that_do_not_fit(probe: Probe, c100: str, body: object, code: str) -> None:
    """Unknown properties, letter case included, other types, and null are refused."""
    assert probe.write(c100, body).error[:2] == (400, code)


def test_null_where_it_clears(probe: Probe, c100: str) -> None:
    """Whether null is refused or empties a field is not known: there is a switch for both."""
    probe.twin.behaviour.nulls = "clear"
    probe.write(c100, {"city": "Odense"})
    assert probe.write(c100, {"city": None}).json["city"] == ""


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"city":"a","city":"b"}', b'{"creditLimit":NaN}', b'{"city":"\\ud800"}']
)
def test_bodies_that_are_no_object(probe: Probe, c100: str, body: bytes) -> None:
    """What is not one JSON object is refused before anything is looked at."""
    said = probe.send("PATCH", c100, body, content_type="application/json", if_match="*")
    assert said.error[:2] == (400, "BadRequest")


def test_the_type_of_a_body(probe: Probe, c100: str) -> None:
    """A body is JSON and says so."""
    assert probe.send("PATCH", c100, b"{}", content_type="text/plain", if_match="*").status == 415


def test_annotations_in_a_body_are_passed_over(probe: Probe, c100: str) -> None:
    """A row may be sent back as it was read."""
    row = probe.get(c100).json
    assert probe.write(c100, {**row, "city": "Odense"}).json["city"] == "Odense"


def test_decimals_keep_every_digit(probe: Probe) -> None:
    """ITM-10: prices are stored with the decimals they came with."""
    target = probe.there("items", {"number": "I1"})
    said = probe.send(
        "PATCH", target, b'{"unitPrice":123.45600000000001}', content_type="application/json", if_match="*"
    )
    assert '"unitPrice":123.45600000000001' in said.text
    assert probe.twin.history[-1].set == "items"
    assert probe.twin.company(DE).name == DE
