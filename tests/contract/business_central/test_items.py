"""Items: units, categories, stock, and what their entries fix (scenarios ITM)."""

from __future__ import annotations

import pytest

from tests.emulator.business_central.probe import DE, ZERO, Probe

DIALOG = "Application_DialogException"


@pytest.fixture
def i100(probe: Probe) -> str:
    """The address of an item with a base unit."""
    probe.there("unitsOfMeasure", {"code": "PCS", "internationalStandardCode": "EA"})
    return probe.there("items", {"number": "I100", "baseUnitOfMeasureCode": "PCS", "unitPrice": 100})


def test_a_number_is_enough(probe: Probe) -> None:
    """ITM-01."""
    made = probe.post("items", {"number": "GI00001"})
    assert (made.status, made.json["type"], made.json["displayName"]) == (201, "Inventory", "")


def test_categories(probe: Probe, i100: str) -> None:
    """ITM-02, ITM-03, ITM-04: by id or code, cleared by an empty code, refused where both differ."""
    chairs, tables = (probe.there("itemCategories", {"code": code})[-37:-1] for code in ("CHAIRS", "TABLES"))
    assert probe.post("items", {"itemCategoryId": chairs}).json["itemCategoryCode"] == "CHAIRS"
    assert probe.write(i100, {"itemCategoryId": tables}).json["itemCategoryCode"] == "TABLES"
    assert probe.write(i100, {"itemCategoryCode": "chairs"}).json["itemCategoryId"] == chairs
    assert probe.write(i100, {"itemCategoryCode": ""}).json["itemCategoryId"] == ZERO
    text = "The item categories values do not match to a specific item category."
    said = probe.write(i100, {"itemCategoryId": chairs, "itemCategoryCode": "TABLES"})
    assert said.error == (400, DIALOG, text)


def test_base_units(probe: Probe, i100: str) -> None:
    """ITM-05, ITM-06, ITM-07: by id or code; the international code is tried where no unit has that code."""
    unit = probe.get(i100).json["baseUnitOfMeasureId"]
    assert probe.post("items", {"baseUnitOfMeasureId": unit}).json["baseUnitOfMeasureCode"] == "PCS"
    assert probe.post("items", {"baseUnitOfMeasureCode": "EA"}).json["baseUnitOfMeasureCode"] == "PCS"
    text = "The Unit of Measure with Code NOPE does not exist."
    assert probe.write(i100, {"baseUnitOfMeasureCode": "NOPE"}).error == (400, DIALOG, text)
    wrong = probe.write(i100, {"baseUnitOfMeasureId": probe.company})
    assert wrong.refusal[1] == 'The "baseUnitOfMeasureId" does not match to a Unit of Measure.'
    text = "The unit of measure values do not match to a specific Unit of Measure."
    kilo = probe.there("unitsOfMeasure", {"code": "KG"})[-37:-1]
    differ = probe.write(i100, {"baseUnitOfMeasureId": kilo, "baseUnitOfMeasureCode": "PCS"})
    assert differ.error == (400, DIALOG, text)
    assert probe.get(f"{i100}/unitOfMeasure").json["code"] == "PCS"


CHANGE = "You cannot change"
MORE = "because there are one or more"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"baseUnitOfMeasureCode": "KG"},
            f"{CHANGE} Base Unit of Measure {MORE} open ledger entries for this item.",
        ),
        (
            {"type": "Service"},
            f"{CHANGE} the Type field on Item I100 because at least one Item Ledger Entry exists for this item.",
        ),
        ({"unitCost": 12}, f"{CHANGE} Unit Cost {MORE} ledger entries for this item."),
    ],
)
def test_what_entries_fix(probe: Probe, i100: str, body: dict[str, object], text: str) -> None:
    """ITM-08, ITM-14, ITM-15: until then it may be changed."""
    probe.there("unitsOfMeasure", {"code": "KG"})
    probe.twin.company(DE).usage.entries.add(("Item", "I100"))
    assert probe.write(i100, body).error == (400, DIALOG, text)
    probe.twin.company(DE).usage.entries.clear()
    assert probe.write(i100, body).status == 200


def test_stock(probe: Probe, i100: str) -> None:
    """ITM-11, ITM-12: another quantity is posted, which moves the version and not the stamp; a new item has none."""
    before = probe.get(i100).json
    probe.pass_time(60)
    after = probe.write(i100, {"inventory": 40}).json
    assert (after["inventory"], after["lastModifiedDateTime"]) == (40, before["lastModifiedDateTime"])
    assert after["@odata.etag"] != before["@odata.etag"]
    assert probe.write(i100, {"inventory": 40}).json == after
    assert probe.write(i100, {"inventory": 25}).json["inventory"] == 25
    assert probe.remove(i100).error[:2] == (400, DIALOG)
    probe.twin.calculate(DE, "items", after["id"], "inventory", 7)
    sold = probe.get(i100).json
    assert (sold["inventory"], sold["lastModifiedDateTime"]) == (7, before["lastModifiedDateTime"])
    text = "Inventory cannot be changed during on insert."
    assert probe.post("items", {"number": "I2", "inventory": 5}).error == (400, DIALOG, text)


def test_a_refused_change_posts_nothing(probe: Probe, i100: str) -> None:
    """What is in one body is one transaction."""
    assert probe.write(i100, {"inventory": 40, "baseUnitOfMeasureCode": "NOPE"}).status == 400
    assert probe.get(i100).json["inventory"] == 0
    assert probe.remove(i100).status == 204


def test_an_item_in_an_order(probe: Probe, i100: str) -> None:
    """It cannot be deleted; unused it can (ITM-13)."""
    probe.twin.company(DE).usage.orders.append(("C100", "I100"))
    assert "at least one outstanding Sales Order that includes this item" in probe.remove(i100).refusal[1]
    probe.twin.company(DE).usage.orders.clear()
    assert probe.remove(i100).status == 204


def test_tax_groups_of_items(probe: Probe, i100: str) -> None:
    """ITM-16: they are those of sales tax, so in a company with VAT there are none."""
    group = probe.there("taxGroups", {"code": "VAT25"})[-37:-1]
    text = 'The "taxGroupId" does not match to a Tax Group.'
    assert probe.write(i100, {"taxGroupId": group}).error == (400, DIALOG, text)
    assert probe.write(i100, {"taxGroupCode": "VAT25"}).status == 400
    probe.twin.company(DE).vat = False
    assert probe.write(i100, {"taxGroupId": group}).json["taxGroupCode"] == "VAT25"
    assert probe.write(i100, {"taxGroupCode": ""}).json["taxGroupId"] == ZERO
    probe.there("taxGroups", {"code": "FOOD"})
    text = "The tax group values do not match to a specific Tax Group."
    assert probe.write(i100, {"taxGroupId": group, "taxGroupCode": "FOOD"}).error == (400, DIALOG, text)
    assert probe.write(i100, {"taxGroupCode": "FOOD", "taxGroupId": group}).json["taxGroupCode"] == "VAT25"


def test_posting_groups(probe: Probe, i100: str) -> None:
    """By id or code; both are read-only sets."""
    group = probe.there("inventoryPostingGroups", {"code": "RESALE"})[-37:-1]
    assert probe.write(i100, {"inventoryPostingGroupCode": "resale"}).json["inventoryPostingGroupId"] == group
    assert probe.get(f"{i100}/inventoryPostingGroup").json["code"] == "RESALE"
    said = probe.write(i100, {"generalProductPostingGroupCode": "NOPE"})
    assert said.error[:2] == (400, "Internal_InvalidTableRelation")


def test_blocked_is_a_boolean(probe: Probe, i100: str) -> None:
    """Unlike that of customers."""
    assert probe.write(i100, {"blocked": True}).json["blocked"] is True
    assert probe.write(i100, {"blocked": "All"}).status == 400
