"""The preflight of prospect to cash: what its maps take for granted on either side."""

from __future__ import annotations

import pytest

from shared.mapping import fold
from tests.unit.setup.changes import dual_write
from tests.unit.setup.stage import Stage, found, prospects

SUITE = "prospect_to_cash"
ACCOUNTS, CONTACTS, BUYERS, PRODUCTS = (
    f"{SUITE}.{flow}" for flow in ("accounts", "contacts", "contacts_to_customers", "products")
)
GROUPS, SEVERAL = "uomschedules", "several rows may hold the same"


async def stage_of(customers: int = 20, units: tuple[str, ...] = (), named: tuple[str, ...] = ("usmf",)) -> Stage:
    """Sales with the vendor's solution, before the first synchronisation."""
    folded = tuple(map(fold, units))
    stage = Stage(customers=customers, maps=prospects(), suite=SUITE, named=named, units=folded)
    stage.dataverse.install()
    stage.dataverse.upgrade()
    await stage.register()
    return stage


async def test_nothing_is_missing() -> None:
    """The demo has everything; of an entity without rows it is not known whether it enforces versions.

    The group of units is named by what is no key of its table, as published; a unit is one of the few of its group.
    """
    told = {(each.severity, each.flows, each.what) for each in await found(await stage_of())}
    assert told == {
        *(
            ("note", (flow,), f"whether {entity} enforces If-Match is not known: there is no row to try it on")
            for flow, entity in ((CONTACTS, "CDSContactPersons"), (PRODUCTS, "SellableReleasedProducts"))
        ),
        ("warning", (PRODUCTS,), f"- >> defaultuomscheduleid.name: {GROUPS}.name is no key of {GROUPS}: {SEVERAL}"),
    }


@pytest.mark.parametrize(
    ("entity", "key", "code", "flows"),
    [
        ("CustomerGroups", "CustomerGroupId", "10", (ACCOUNTS, BUYERS)),
        ("OperationalSites", "SiteId", "1", (ACCOUNTS,)),
        ("Warehouses", "WarehouseId", "13", (ACCOUNTS,)),
    ],
)
async def test_what_the_maps_give_has_to_be_there(entity: str, key: str, code: str, flows: tuple[str, ...]) -> None:
    """Group, site and warehouse of the constants; a line that is off asks for nothing."""
    stage = await stage_of(customers=1)
    if entity == "OperationalSites":
        stage.finops.delete("Warehouses", {"dataAreaId": "usmf", "WarehouseId": "13"})
    stage.finops.delete(entity, {"dataAreaId": "usmf", key: code})
    errors = [each for each in await found(stage) if each.severity == "error"]
    told = {each.what: each.flows for each in errors}
    assert told[f"F&O has no {code} in {entity} in usmf, which the map gives to records"] == flows


async def test_each_company_needs_them() -> None:
    """A company by business unit is asked for the same."""
    stage = await stage_of(named=("demf", "usmf"), units=("Contoso",))
    told = [each.what for each in await found(stage) if each.severity == "error"]
    assert told == [
        f"F&O has no {code} in {name} in demf, which the map gives to records"
        for code, name in (("10", "CustomerGroups"), ("1", "OperationalSites"), ("13", "Warehouses"))
    ]


async def test_a_business_unit_that_is_not_there() -> None:
    """Its rows would go to the company of all others."""
    told = [
        each for each in await found(await stage_of(units=("Contoso", "Contoso Germany"))) if each.severity == "error"
    ]
    (missing,) = told
    assert missing.what == "Dataverse has no business unit CONTOSO GERMANY, or the app's user may not see it"
    assert missing.flows == (ACCOUNTS, CONTACTS, BUYERS, PRODUCTS)


async def test_business_units_that_may_not_be_read() -> None:
    """Without that right the company of a row is not known."""
    stage = await stage_of(units=("Contoso",))
    stage.dataverse.behaviour.missing_privileges = {"prvReadbusinessunit"}
    assert any(each.what.startswith("business units in Dataverse: not allowed") for each in await found(stage))


async def test_two_accounts_with_one_number() -> None:
    """Nothing keeps numbers of accounts apart in Sales: two with the same would park."""
    stage = await stage_of()
    first, second = stage.dataverse.rows("accounts")[:2]
    stage.dataverse.update("accounts", first["accountid"], {"accountnumber": second["accountnumber"]})
    (told,) = [each for each in await found(stage) if "occur more than once" in each.what]
    assert told.flows == (ACCOUNTS,)
    assert second["accountnumber"] in told.what


async def test_dual_write_on_the_same_tables() -> None:
    """Two engines would loop: refused as for any suite."""
    stage = await stage_of()
    dual_write(stage, "contact")
    (told,) = [each for each in await found(stage) if each.severity == "error"]
    assert told.what.startswith("dual-write is running on contact")
    assert told.flows == (CONTACTS, BUYERS)
