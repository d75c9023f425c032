"""A small catalogue and documents over it, as people enter them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.emulator.dataverse.probe import Probe
from tests.emulator.dataverse.twin import BASE_CURRENCY_ID

CURRENCY: dict[str, Any] = {
    "isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1.25,
    "currencyprecision": 2,
}  # fmt: skip
"""The body of a currency, with all that the system requires."""


@dataclass(frozen=True)
class Catalogue:
    """A unit group with its unit, a price list in the base currency, and an active product at 12.50 with a price."""

    probe: Probe
    group: str
    unit: str
    prices: str
    product: str
    customer: str

    def order(self, table: str = "salesorders", **values: Any) -> str:
        """The id of a document of the customer."""
        return self.probe.created(table, **self.document(**values))

    def document(self, **values: Any) -> dict[str, Any]:
        binds = {"customerid_account@odata.bind": f"/accounts({self.customer})"}
        return {"name": "Coffee", "pricelevelid@odata.bind": f"/pricelevels({self.prices})", **binds, **values}

    def line(self, order: str, parent: str = "salesorders", **values: Any) -> dict[str, Any]:
        """The body of a line."""
        key = {"salesorders": "salesorderid", "quotes": "quoteid", "invoices": "invoiceid"}[parent]
        return {
            f"{key}@odata.bind": f"/{parent}({order})",
            "productid@odata.bind": f"/products({self.product})",
            "uomid@odata.bind": f"/uoms({self.unit})",
            "quantity": 2,
            **values,
        }


def unit_group(probe: Probe, name: str = "Default Unit", base: str = "Primary Unit") -> tuple[str, str]:
    """The ids of a new unit group and of its base unit."""
    group = probe.created("uomschedules", name=name, baseuomname=base)
    (unit,) = (row["uomid"] for row in probe.twin.rows("uoms") if row["_uomscheduleid_value"] == group)
    return group, unit


def product_body(group: str, unit: str, number: str = "P-1", **values: Any) -> dict[str, Any]:
    """The body of a product."""
    return {
        "productnumber": number,
        "name": f"Product {number}",
        "quantitydecimal": 0,
        "defaultuomscheduleid@odata.bind": f"/uomschedules({group})",
        "defaultuomid@odata.bind": f"/uoms({unit})",
        **values,
    }


def catalogue(probe: Probe) -> Catalogue:
    group, unit = unit_group(probe)
    currency = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({BASE_CURRENCY_ID})"}
    prices = probe.created("pricelevels", name="Retail", **currency)
    product = probe.created("products", **product_body(group, unit))
    probe.twin.update("products", product, {"statecode": 0})
    probe.created("productpricelevels", **item_body(prices, product))
    return Catalogue(probe, group, unit, prices, product, probe.created("accounts", name="Contoso"))


def item_body(prices: str, product: str, amount: float = 12.5, **values: Any) -> dict[str, Any]:
    """The body of a price list item."""
    binds = {
        "pricelevelid@odata.bind": f"/pricelevels({prices})",
        "productid@odata.bind": f"/products({product})",
    }
    return {**binds, "amount": amount, **values}
