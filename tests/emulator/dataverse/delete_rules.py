"""What deleting a row does to the rows that point to it: the delete behaviour of a relationship."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.emulator.dataverse.behaviour import Behaviour, DeleteRule
from tests.emulator.dataverse.schema import Column, Definition

_BY_NATURE: Final[Mapping[tuple[str, str], DeleteRule]] = {
    ("accounts", "msdyn_primarycontact"): "restrict",
    ("annotations", "objectid"): "cascade",
    ("contacts", "msdyn_primarycontact"): "restrict",
    ("contacts", "msdyn_vendorcontactid"): "restrict",
    ("contacts", "parentcustomerid"): "cascade",
    ("invoicedetails", "invoiceid"): "cascade",
    ("invoicedetails", "productid"): "restrict",
    ("invoices", "customerid"): "restrict",
    ("invoices", "pricelevelid"): "restrict",
    ("msdyn_contactforparties", "msdyn_associatedcompanyid"): "remove_link",
    ("msdyn_contactforparties", "msdyn_associatedpartyid"): "remove_link",
    ("productpricelevels", "pricelevelid"): "cascade",
    ("productpricelevels", "productid"): "cascade",
    ("products", "defaultuomid"): "restrict",
    ("products", "defaultuomscheduleid"): "restrict",
    ("quotedetails", "productid"): "restrict",
    ("quotedetails", "quoteid"): "cascade",
    ("quotes", "customerid"): "restrict",
    ("quotes", "pricelevelid"): "restrict",
    ("salesorderdetails", "productid"): "restrict",
    ("salesorderdetails", "salesorderid"): "cascade",
    ("salesorders", "customerid"): "restrict",
    ("salesorders", "pricelevelid"): "restrict",
    ("uoms", "uomscheduleid"): "cascade",
    ("sdkmessageprocessingsteps", "eventhandler"): "restrict",
    ("sdkmessageprocessingstepimages", "sdkmessageprocessingstepid"): "cascade",
}


def delete_rule(behaviour: Behaviour, table: Definition, column: Column) -> DeleteRule:
    """The rule of one lookup: as customised, as the platform has it, or as the lookup's own nature asks for."""
    where = (table.name, column.name)
    needed = column.create_only or not {"cdm_companies", "transactioncurrencies"}.isdisjoint(column.targets)
    by_nature = _BY_NATURE.get(where, "restrict" if needed else "remove_link")
    return behaviour.delete_rules.get(where, by_nature)
