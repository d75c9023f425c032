"""Rules of the catalogue: unit groups and units, price lists and their items, products with their states.

The unit group of a product cannot be changed once that has been active (reference: business-central 3.6). How that
refusal is worded is not published.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.emulator.dataverse.environment import Environment, Event
from tests.emulator.dataverse.refusal import Refusal, invalid_argument
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.values import fold
from tests.emulator.dataverse.writer import Writer

ACTIVE, RETIRED, DRAFT, REVISED = 0, 1, 2, 3
_WAYS: Final = {DRAFT: {ACTIVE}, ACTIVE: {RETIRED, REVISED}, REVISED: {ACTIVE, RETIRED}, RETIRED: {ACTIVE}}
_GROUP: Final = "_defaultuomscheduleid_value"
_ITEM_DEFAULTS: Final = {"pricingmethodcode": 1, "quantitysellingcode": 1, "roundingpolicycode": 1}
Values = dict[str, Any]


class Products:
    """Checks rows of the catalogue, and makes the base unit of a new unit group."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer
        writer.checks |= {
            "uomschedules": self._group,
            "uoms": self._unit,
            "pricelevels": self._price_list,
            "productpricelevels": self._item,
            "products": self._product,
        }
        writer.effects["uomschedules"] = self._base_unit

    def _group(self, _before: Row | None, values: Values) -> None:
        required("uomschedule", values, "name")

    def _unit(self, before: Row | None, values: Values) -> None:
        required("uom", values, "name", "_uomscheduleid_value")
        values["isschedulebaseuom"] = values["_baseuom_value"] is None
        if before is None and values["isschedulebaseuom"] and self._units_of(values["_uomscheduleid_value"]):
            raise invalid_argument("A unit other than the first of its group needs a base unit.")

    def _base_unit(self, event: Event) -> None:
        """A new group has one unit from the beginning, by the name that its maker gave."""
        if event.operation != "create" or event.after is None or event.after.values["baseuomname"] is None:
            return
        body = {
            "name": event.after.values["baseuomname"],
            "quantity": 1,
            "uomscheduleid@odata.bind": f"/uomschedules({event.row_id})",
        }
        self.writer.create(self.environment.table("uoms"), body, replace(event.actor, by_token=False))

    def _units_of(self, group: str) -> set[str]:
        return self.environment.tables["uoms"].index("_uomscheduleid_value").get(fold(group), set())

    def _price_list(self, _before: Row | None, values: Values) -> None:
        required("pricelevel", values, "name")
        if values["_transactioncurrencyid_value"] is None:
            values["_transactioncurrencyid_value"] = self.environment.base_currency()

    def _product(self, before: Row | None, values: Values) -> None:
        required("product", values, "productnumber")
        if values[_GROUP] is None:
            raise Refusal(400, "0x80043b0a", "The unit schedule id is missing.")
        self._unused_number(values)
        check_unit(self.environment, values["_defaultuomid_value"], values["_defaultuomscheduleid_value"])
        if before is None:
            values["productstructure"] = values["productstructure"] or 1
            if values["statecode"] == DRAFT and self._made_active():
                values["statecode"], values["statuscode"] = ACTIVE, 1
            if values["statecode"] not in {DRAFT, ACTIVE}:
                raise Refusal(400, "0x80048408", "A product begins as a draft, or active.")
            return
        if values["statecode"] not in _WAYS[before.values["statecode"]] | {before.values["statecode"]}:
            raise Refusal(400, "0x80048408", f"A product in state {before.values['statecode']} cannot become that.")
        if values[_GROUP] != before.values[_GROUP] and before.values["statecode"] != DRAFT:
            raise invalid_argument("The unit group of a product that has been active cannot be changed.")

    def _made_active(self) -> bool:
        """A setting of the organisation: products come into being active, or as drafts."""
        organization = self.environment.tables["organizations"].rows[self.environment.organization_id]
        return bool(organization.values["createproductswithoutparentinactivestate"])

    def _unused_number(self, values: Values) -> None:
        found = self.environment.tables["products"].index("productnumber").get(fold(values["productnumber"]), set())
        if found - {values["productid"]}:
            text = "The specified product ID conflicts with the product ID of an existing record."
            raise Refusal(400, "0x8004f973", text)

    def _item(self, _before: Row | None, values: Values) -> None:
        required("productpricelevel", values, "_pricelevelid_value", "_productid_value")
        product = self.environment.tables["products"].rows[values["_productid_value"]].values
        if product["statecode"] == RETIRED:
            raise invalid_argument("A retired product cannot be added to a price list.")
        values["_uomid_value"] = values["_uomid_value"] or product["_defaultuomid_value"]
        values["_uomscheduleid_value"] = product["_defaultuomscheduleid_value"]
        check_unit(self.environment, values["_uomid_value"], values["_uomscheduleid_value"])
        prices = self.environment.tables["pricelevels"].rows[values["_pricelevelid_value"]].values
        values["_transactioncurrencyid_value"] = prices["_transactioncurrencyid_value"]
        values["productidname"] = product["name"]
        values |= {name: value for name, value in _ITEM_DEFAULTS.items() if values[name] is None}
        if any(row_id != values["productpricelevelid"] for row_id in self._same_price(values)):
            raise invalid_argument("This product and unit combination has a price for this price list.")

    def _same_price(self, values: Values) -> set[str]:
        table = self.environment.tables["productpricelevels"]
        names = ("_pricelevelid_value", "_productid_value", "_uomid_value")
        return set.intersection(*(table.index(name).get(fold(values[name]), set()) for name in names))


def required(logical: str, values: Values, *names: str) -> None:
    """Refuses a row that lacks what the system itself requires."""
    for name in names:
        if values[name] is None:
            column = name.removeprefix("_").removesuffix("_value")
            raise invalid_argument(f"The attribute '{column}' of {logical} is required and has no value.")


def check_unit(environment: Environment, unit: str | None, group: str | None) -> None:
    """Refuses a unit of another group."""
    if unit is None or group is None:
        return
    if environment.tables["uoms"].rows[unit].values["_uomscheduleid_value"] != group:
        raise invalid_argument("The unit does not belong to the unit group of the product.")
