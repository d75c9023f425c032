"""Where customisations are tried: a customer's own fields and columns, and what people do with one record at a time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from shared.engine import set_state
from shared.mapping import DATAVERSE, ERP, SIDES, Side
from tests.simulation.rig import GROUPS, TERMS, Rig

BUYERS: Final = "dual_write.customers_v3_contacts"
Values = Mapping[str, Any]

FIELDS: Final[Mapping[str, Values]] = {
    "CtsRegion": {"type": "text", "length": 30},
    "CtsSector": {"type": "code", "length": 10, "case": "upper"},
    "CtsNotes": {"type": "memo"},
    "CtsScore": {"type": "int"},
    "CtsDiscount": {"type": "decimal", "scale": 6},
    "CtsVip": {"type": "enum", "enum": "NoYes"},
    "CtsTier": {"type": "enum", "enum": "CtsTier"},
    "CtsSince": {"type": "datetime"},
    "CtsLastVisit": {"type": "datetime"},
    "CtsProducts": {"type": "text", "length": 60},
    "CtsPayer": {"type": "code", "length": 20},
    "CtsParent": {"type": "code", "length": 20},
    "ModifiedDateTime": {"type": "datetime"},
}
COLUMNS: Final[Mapping[str, Values]] = {
    "new_region": {"type": "text", "length": 100},
    "new_sector": {"type": "text", "length": 10},
    "new_notes": {"type": "memo", "length": 2000},
    "new_score": {"type": "int", "min": 0, "max": 1000000},
    "new_discount": {"type": "decimal", "scale": 2, "min": 0, "max": 100},
    "new_vip": {"type": "bool", "default": False},
    "new_tier": {"type": "choice", "options": {"1": "Gold", "2": "Silver", "3": "Bronze", "9": "Other"}},
    "new_since": {"type": "date"},
    "new_birthday": {"type": "datetime", "local_day": True},
    "new_lastvisit": {"type": "datetime"},
    "new_products": {"type": "choices", "options": {"1": "Ships", "2": "Trains", "10": "Planes"}},
    "new_parent": {"type": "lookup", "targets": {"accounts": "new_parent"}},
    "new_payer": {"type": "lookup", "targets": {"accounts": "new_payer_account", "contacts": "new_payer_contact"}},
}
ENUMS: Final = {"CtsTier": ("None", "Gold", "Silver", "Bronze", "Platinum")}
OWN_FIELDS: Final = {"finops/CustomersV3": FIELDS, "dataverse/accounts": COLUMNS}

CODES: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "msdyn_paymentterm": (("msdyn_paymentterms", "msdyn_name", "msdyn_paymentterm"),),
    "transactioncurrencyid": (("transactioncurrencies", "isocurrencycode", "transactioncurrencyid"),),
    "msdyn_salestaxgroup": (("msdyn_taxgroups", "msdyn_name", "msdyn_salestaxgroup"),),
    "msdyn_customergroupid": (("msdyn_customergroups", "msdyn_groupid", "msdyn_customergroupid"),),
    "primarycontactid": (("contacts", "lastname", "primarycontactid"),),
    "ownerid": (("systemusers", "employeeid", "ownerid"),),
    "new_parent": (("accounts", "accountnumber", "new_parent"),),
    "new_payer": (
        ("accounts", "accountnumber", "new_payer_account"),
        ("contacts", "msdyn_contactpersonid", "new_payer_contact"),
    ),
}
"""Lookups of an account: the tables that each may point to, the code of a row there, and the navigation property."""


async def furnish(rig: Rig) -> None:
    """A second company, terms, a tax group, a salesperson, and a person that buys, coupled; a group without a term."""
    for company in ("usmf", "demf"):
        for number in ("20", "90"):
            rig.world.finops.create("CustomerGroups", {"dataAreaId": company, "CustomerGroupId": number})
    rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net10", "Description": "10 days"})
    for code in ("FULL", "REDUCED"):
        rig.world.finops.create("TaxGroups", {"dataAreaId": "usmf", "TaxGroupCode": code})
    bound = {"msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
    rig.world.dataverse.create("msdyn_taxgroups", {"msdyn_name": "FULL", **bound})
    king = {"PersonFirstName": "Ada", "PersonLastName": "King", "PersonProfessionalTitle": "Buyer"}
    rig.customer("C-1", PartyType="Person", OrganizationName="", **king)
    (anna,) = [row for row in rig.world.dataverse.rows("systemusers") if row["fullname"] == "anna"]
    rig.world.dataverse.update("systemusers", str(anna["systemuserid"]), {"employeeid": "E7"})
    await set_state(rig.house, BUYERS, "running")
    await rig.compare(TERMS, GROUPS, BUYERS)


def side_of(name: str) -> Side:
    """Whose field that is: the ERP writes its names with a capital letter."""
    return ERP if name[0].isupper() else DATAVERSE


def on(side: Side, values: Values) -> dict[str, Any]:
    return {name: value for name, value in values.items() if side_of(name) == side}


class Record:
    """One customer and its account."""

    def __init__(self, rig: Rig, number: str, company: str = "usmf") -> None:
        self.rig, self.number, self.company = rig, number, company

    @property
    def identities(self) -> dict[Side, tuple[str, ...]]:
        """By which it is known where it is."""
        row = self.row(DATAVERSE)
        there: dict[Side, tuple[str, ...]] = {} if row is None else {DATAVERSE: (str(row["accountid"]),)}
        return {**({ERP: (self.company, self.number)} if self.row(ERP) else {}), **there}

    def row(self, side: Side) -> Values | None:
        if side == ERP:
            return self.rig.world.finops.row("CustomersV3", self._key)
        return self.rig.dataverse(self.number)

    @property
    def _key(self) -> dict[str, str]:
        return {"dataAreaId": self.company, "CustomerAccount": self.number}

    def make(self, side: Side, values: Values) -> None:
        """Somebody creates it there."""
        if side == ERP:
            base = {"dataAreaId": self.company, "CustomerGroupId": "20"}
            self.rig.customer(self.number, **{**base, **on(ERP, values)})
        else:
            bound = {"msdyn_customergroupid@odata.bind": None, "transactioncurrencyid@odata.bind": None}
            given = {"msdyn_customergroupid": "20", "transactioncurrencyid": "USD", **on(DATAVERSE, values)}
            self.rig.account(self.number, **{**bound, **self._bound(given)})

    def edit(self, values: Values) -> set[Side]:
        """Somebody edits it, or deletes it, on the sides whose names are given; those sides."""
        if values.get("CustomersV3", "") is None:
            self.rig.world.finops.delete("CustomersV3", self._key)
        elif theirs := on(ERP, values):
            self.rig.world.finops.update("CustomersV3", self._key, theirs)
        row = self.row(DATAVERSE)
        if "accounts" in values and row is not None:
            self.rig.world.dataverse.delete("accounts", str(row["accountid"]))
        elif (theirs := on(DATAVERSE, values)) and row is not None:
            self.rig.change(str(row["accountid"]), **self._bound(theirs))
        return {side for side in SIDES if on(side, values)}

    def _bound(self, values: Values) -> dict[str, Any]:
        """Values with lookups as the Web API takes them."""
        plain = {name: float(each) if isinstance(each, Decimal) else each for name, each in values.items()}
        sent = {name: each for name, each in plain.items() if name not in CODES or each is None}
        for name, code in ((each, code) for each, code in values.items() if each in CODES and code is not None):
            table, row_id, navigation = self._target(name, code)
            sent[f"{navigation}@odata.bind"] = f"/{table}({row_id})"
        return sent

    def _target(self, column: str, code: str) -> tuple[str, str, str]:
        for table, key, navigation in CODES[column]:
            for row in self.rig.world.dataverse.rows(table):
                if row.get(key) == code and row.get("_msdyn_company_value") in {None, self.rig.companies[self.company]}:
                    return table, str(row[self._id_of(table)]), navigation
        raise LookupError(f"nothing in {column} has the code {code}")

    def _id_of(self, table: str) -> str:
        return next(each.definition.id for name, each in self.rig.world.dataverse.environment.tables.items()
                    if name == table)  # fmt: skip

    def holds(self, names: Values) -> dict[str, Any]:
        """What it holds under these names; an entity of which there is no row is None."""
        return {name: self._value(name) for name in names}

    def _value(self, name: str) -> Any:
        if name in {"CustomersV3", "accounts"}:
            return self.row(ERP if name == "CustomersV3" else DATAVERSE) and "there"
        row = self.row(side_of(name))
        if row is None:
            return "nobody there"
        if name not in CODES:
            value = row[name]
            return Decimal(str(value)) if isinstance(value, float) else value
        for table, key, _ in CODES[name]:
            for each in self.rig.world.dataverse.rows(table):
                if each[self._id_of(table)] == row[f"_{name}_value"]:
                    return each[key]
        return None
