"""Products of finance and operations become products of Sales: their lines, references and bad input."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.mapping import Catalogue
from tests.simulation.prospects import Sales, in_sales
from tests.unit.maps.prospects import NAME, prospects

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

PRODUCTS: Final = f"{NAME}.products"


def unit_group(sales: Sales, name: str = "Default Unit", unit: str = "ea") -> str:
    """A unit group of Sales with its base unit; its id."""
    return sales.world.dataverse.create("uomschedules", {"name": name, "baseuomname": unit})


def release(sales: Sales, number: str = "P-1", **values: Any) -> None:
    """A product that finance and operations sells."""
    if not sales.world.finops.row("UnitsOfMeasure", {"UnitSymbol": "ea"}):
        for symbol in ("ea", "pl"):
            sales.world.finops.create("UnitsOfMeasure", {"UnitSymbol": symbol})
    row = {"dataAreaId": "usmf", "ProductNumber": number, "ProductName": f"Product {number}", "SalesUnitSymbol": "ea"}
    sales.world.finops.create("SellableReleasedProducts", {**row, **values})


def product(sales: Sales, number: str = "P-1") -> Mapping[str, Any]:
    (found,) = [row for row in sales.world.dataverse.rows("products") if row["productnumber"] == number]
    return found


@pytest.mark.parametrize("group", ["Default Unit", "default unit"])
@pytest.mark.parametrize("prefix", ["koppel_", "msdynce_"])
def test_a_product_arrives(prefix: str, group: str) -> None:
    """With its unit, the unit group of the template in whatever letter case, its mark."""

    async def story(sales: Sales) -> None:
        row_id = unit_group(sales, group)
        release(sales, SalesPrice=12.5, UnitCost=7, ProductType="Service", ProductDescription="x")
        await sales.compare(PRODUCTS)
        row = product(sales)
        told = ("name", "description", "price", "currentcost", "producttypecode", "isstockitem", "quantitydecimal")
        assert [row[name] for name in told] == ["Product P-1", "x", 12.5, 7, 3, False, 0]
        assert (row["_defaultuomscheduleid_value"], row[sales.own("ismaintainedexternally")]) == (row_id, True)
        (unit,) = [each for each in sales.world.dataverse.rows("uoms") if each["uomid"] == row["_defaultuomid_value"]]
        assert (unit["name"], row["_transactioncurrencyid_value"]) == ("ea", sales.currency)
        before = sales.writes()
        await sales.compare(PRODUCTS)
        assert sales.writes() == before

    in_sales(story, prefix=prefix)


def test_sales_is_put_back() -> None:
    """A price that somebody types in Sales is put back; a mark that somebody takes away is his to take."""

    async def story(sales: Sales) -> None:
        unit_group(sales)
        release(sales, SalesPrice=12.5)
        await sales.compare(PRODUCTS)
        edit = {"price": 1, sales.own("ismaintainedexternally"): False}
        sales.change("products", product(sales)["productid"], **edit)
        await sales.compare(PRODUCTS)
        assert [product(sales)[name] for name in edit] == [12.5, False]

    in_sales(story)


def test_a_group_that_is_not_there() -> None:
    """The product waits for the unit group by its name, and arrives once there is one."""

    async def story(sales: Sales) -> None:
        unit_group(sales, "Pieces")
        release(sales)
        await sales.compare(PRODUCTS)
        assert not sales.world.dataverse.rows("products")
        assert any("Default unit" in why for why in sales.troubles("w~", PRODUCTS))
        sales.world.dataverse.create("uomschedules", {"name": "Default Unit", "baseuomname": "ea"})
        await sales.compare(PRODUCTS)
        assert not sales.troubles("w~", PRODUCTS)

    in_sales(story)


def test_a_unit_that_sales_lacks() -> None:
    """The product waits for it by its symbol; another one is not kept from arriving."""

    async def story(sales: Sales) -> None:
        unit_group(sales)
        release(sales, "P-1", SalesUnitSymbol="pl")
        release(sales, "P-2")
        await sales.compare(PRODUCTS)
        assert [row["productnumber"] for row in sales.world.dataverse.rows("products")] == ["P-2"]
        assert any("'pl'" in why for why in sales.troubles("w~", PRODUCTS))

    in_sales(story)


def test_nobody_creates_products_in_finance_and_operations() -> None:
    """A product of Sales stays there; one of the same number is the same."""

    async def story(sales: Sales) -> None:
        group = unit_group(sales)
        (unit,) = [row["uomid"] for row in sales.world.dataverse.rows("uoms")]
        bind = {"defaultuomscheduleid@odata.bind": f"/uomschedules({group})", "quantitydecimal": 0,
                "defaultuomid@odata.bind": f"/uoms({unit})"}  # fmt: skip
        for number in ("P-1", "OWN"):
            sales.world.dataverse.create("products", {"productnumber": number, "name": f"Product {number}", **bind})
        release(sales, SalesPrice=12.5)
        await sales.compare(PRODUCTS)
        assert product(sales)["price"] == 12.5
        assert [row["ProductNumber"] for row in sales.world.finops.rows("SellableReleasedProducts")] == ["P-1"]
        assert len(sales.world.dataverse.rows("products")) == 2

    in_sales(story)


def test_every_variant_is_a_product() -> None:
    """Each has a product number of its own."""

    async def story(sales: Sales) -> None:
        unit_group(sales)
        for number in ("P-1 : S", "P-1 : M"):
            release(sales, number)
        await sales.compare(PRODUCTS)
        assert {row["productnumber"] for row in sales.world.dataverse.rows("products")} == {"P-1 : S", "P-1 : M"}

    in_sales(story)


def test_a_product_that_is_no_longer_sold() -> None:
    """It is gone from the entity: the pair is parked, and the product of Sales stays as it is."""

    async def story(sales: Sales) -> None:
        unit_group(sales)
        release(sales)
        await sales.compare(PRODUCTS)
        sales.world.finops.delete("SellableReleasedProducts", {"dataAreaId": "usmf", "ProductNumber": "P-1"})
        await sales.compare(PRODUCTS)
        assert product(sales)
        assert sales.troubles("p~", PRODUCTS)

    in_sales(story)


def units(folder: Path, names: str) -> Catalogue:
    """The suite with names of units that an overlay lists."""
    own = folder / f"{len(names)}.yaml"
    own.write_text(f"extends: products\nvalues:\n  unit_names: {{{names}}}\n")
    return prospects(("products", own))


def test_units_have_names_of_their_own_in_sales(tmp_path: Path) -> None:
    """An overlay names them by their symbol, in any letter case; a symbol that is not listed is the name."""

    async def story(sales: Sales) -> None:
        unit_group(sales, unit="Primary Unit")
        group = sales.world.dataverse.rows("uomschedules")[0]["uomscheduleid"]
        (base,) = [row["uomid"] for row in sales.world.dataverse.rows("uoms")]
        bind = {"uomscheduleid@odata.bind": f"/uomschedules({group})", "baseuom@odata.bind": f"/uoms({base})"}
        sales.world.dataverse.create("uoms", {"name": "pl", "quantity": 12, **bind})
        release(sales, "P-1")
        release(sales, "P-2", SalesUnitSymbol="pl")
        await sales.compare(PRODUCTS)
        names = {row["uomid"]: row["name"] for row in sales.world.dataverse.rows("uoms")}
        found = {
            row["productnumber"]: names[row["_defaultuomid_value"]] for row in sales.world.dataverse.rows("products")
        }
        assert found == {"P-1": "Primary Unit", "P-2": "pl"}
        before = sales.writes()
        await sales.compare(PRODUCTS)
        assert sales.writes() == before

    in_sales(story, units(tmp_path, "EA: Primary Unit"))


def test_other_names_of_units_are_another_map(tmp_path: Path) -> None:
    """A list that says something else asks for a new match report, and its lines are looked at anew."""
    one, two = (units(tmp_path, names).map(PRODUCTS) for names in ("ea: Each", "ea: Primary Unit"))
    assert one.fingerprint != two.fingerprint
    assert one.by_definition.keys() != two.by_definition.keys()
