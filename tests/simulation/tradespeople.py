"""People in Business Central and in Sales beside it: what they buy, sell and refer to, in one company or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, Side
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.simulation.kinds import Kind, Pair
from tests.simulation.people import MERGEABLE, NOTHING, People, drawn, erp_key, row_id_of
from tests.simulation.trade_kinds import (
    AGENTS,
    CHOICES,
    COLUMN,
    CONTACTS,
    CURRENCIES,
    CUSTOMERS,
    DE,
    ITEMS,
    SALESPEOPLE,
    SHIPMENT,
    TERMS,
    UNITS,
    US,
    VENDORS,
)
from tests.simulation.worked_out import RATES

WEIGHTS: Final = {CUSTOMERS: 8, VENDORS: 4, CONTACTS: 5, ITEMS: 3, TERMS: 2, SHIPMENT: 1, AGENTS: 1, SALESPEOPLE: 1,
                  CURRENCIES: 1, UNITS: 1}  # fmt: skip
ACTIONS: Final = {"edit": 26, "create": 8, "delete": 3, "rename": 2, "move": 4, "merge": 1, "use_again": 1,
                  "make_again": 1, "both": 3, "primary": 2, "rate": 5, "unit": 3}  # fmt: skip
DOUBLING: Final = {**ACTIONS, "make_again": 8, "double": 8}
"""Those of people who enter again what is there, or was."""
PARTNERS: Final = (CUSTOMERS, VENDORS)
TYPES: Final = {CUSTOMERS: 3, VENDORS: 11}
PROSPECT: Final = 1
STRIPED: Final = frozenset({"accounts", "contacts", "products"})
"""Tables whose rows say of which company they are, where several stand in one Dataverse."""
NUMBERED: Final = (*PARTNERS, ITEMS)
AMOUNTS: Final = (2, 4, 5, 1.25, 90, 160.5, 0)
"""What one unit of the local currency, or a hundred of them, may be in another one."""
DAYS: Final = ("2025-01-01", "2025-07-01", "2026-01-01", "2026-06-01", "2099-01-01")
TRADED: Final = "USD"
"""A currency that there is in Sales from the beginning."""


@dataclass(slots=True)
class Tradespeople(People):
    """Everybody who works there, and knows nothing of Koppel. several: rows of Dataverse name their company."""

    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    several: bool = False

    @property
    def central(self) -> BusinessCentralTwin:
        assert self.world.central is not None
        return self.world.central.twin

    # -- what is there before

    def furnish(self, decimals: int = 2) -> None:
        """Currencies, a salesperson with his user, a unit, payment terms; a customer with somebody who works there."""
        self.companies = {name: self.central.company(name).id for name in (DE, US)}
        dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
        self.world.dataverse.create("transactioncurrencies", {**dollar, "currencyprecision": decimals})
        user = {"fullname": "Jim Olive", "internalemailaddress": "jim@contoso.example", "islicensed": True,
                "domainname": "jim@contoso.example"}  # fmt: skip
        self.world.dataverse.create("systemusers", user)
        self.world.dataverse.create("uomschedules", {"name": "NAV PCS", "baseuomname": "PCS"})
        for name in (DE, US):
            mail = {"displayName": "Jim", "email": "jim@contoso.example"}
            self._enter(SALESPEOPLE, name, {"code": "JO", **mail})
            for code in ("PCS", "KG"):
                self._enter(UNITS, name, {"code": code})
            self._enter(TERMS, name, {"code": "30 DAYS"})
            self._enter(CURRENCIES, name, {"code": TRADED, "displayName": "Dollar"})
            self.central.create(name, RATES, {"currencyCode": TRADED, "startingDate": DAYS[0], **_worth(2, 1)})
            self._enter(CUSTOMERS, name, {"number": "10000", "displayName": "Contoso A", "postalCode": "1010"})
        account = {"name": "Contoso A", "accountnumber": "10000", "customertypecode": 3, **self._money()}
        self.world.dataverse.create("accounts", account)

    def _enter(self, flow: str, company: str, values: Mapping[str, Any]) -> None:
        self.world.erp.create(self.kinds[flow].entity, {"company": company, **values})

    def stock(self, size: int) -> None:
        """Customers and items that were there before Koppel: on one side, on the other, and on both."""
        for number in range(size):
            for flow, code in ((CUSTOMERS, f"S{number}"), (VENDORS, f"S{number}")):
                for side in (ERP, DATAVERSE) if number % 3 == 0 else (ERP,) if number % 3 == 1 else (DATAVERSE,):
                    kind = self.kinds[flow]
                    named = {self._name_of(kind, side): f"Contoso {flow[-3:]} {number}"}
                    self._try("create", kind, side, partial(self._create, kind, side, code, DE, named))

    @staticmethod
    def _name_of(kind: Kind, side: Side) -> str:
        return kind.pairs[0].erp if side == ERP else kind.pairs[0].dataverse

    def copy_long_texts(self) -> None:
        """Nobody has any."""

    # -- what people do

    def _both(self, kind: Kind, side: Side) -> str:
        """Two people edit the two records of one number, the same minute."""
        kind = kind if kind.codes else self.kinds[CUSTOMERS]
        rows = self._records(kind, ERP)
        if not rows:
            return self._create(kind, side)
        record = self.random.choice(rows)
        there = [each for each in self._all(kind, DATAVERSE) if each.get(kind.column) == record[kind.key]]
        said = self._edit(kind, ERP, record)
        return "; ".join([said, *(self._edit(kind, DATAVERSE, each) for each in there[:1])])

    def _delete(self, kind: Kind, side: Side, record: Mapping[str, Any] | None = None) -> str:
        """Nobody deletes a user, or what everything else is of: they are disabled, or stay."""
        if kind.flow == SALESPEOPLE and side == DATAVERSE:
            return self._disable(kind, record)
        if kind.flow in {CURRENCIES, UNITS}:
            return self._edit(kind, side, record)
        return super(Tradespeople, self)._delete(kind, side, record)

    def _disable(self, kind: Kind, record: Mapping[str, Any] | None) -> str:
        record = record or self.random.choice(self._records(kind, DATAVERSE))
        self._update(kind, DATAVERSE, record, {"isdisabled": not record.get("isdisabled")})
        return f"disables {record['fullname']}, or the other way round"

    def _move(self, kind: Kind, side: Side) -> str:
        """Something leaves what a flow is about, or comes back: blocked, inactive, of another type, or elsewhere."""
        records = self._records(kind, side)
        if not records:
            return self._create(kind, side)
        record = self.random.choice(records)
        if kind.flow == CONTACTS:
            return self._move_to_another_account(kind, side, record)
        if side == ERP and kind.flow in {*PARTNERS, ITEMS}:
            values = self._blocked(kind, record)
        elif side == DATAVERSE and kind.flow in PARTNERS:
            values = self._turned(record)
        else:
            return self._edit(kind, side, record)
        self._update(kind, side, record, values)
        return f"gives {record.get(kind.key if side == ERP else kind.column)} another place: {values}"

    @staticmethod
    def _blocked(kind: Kind, record: Mapping[str, Any]) -> dict[str, Any]:
        if kind.flow == ITEMS:
            return {"blocked": not record["blocked"]}
        return {"blocked": " " if record["blocked"] not in {"", " ", "_x0020_"} else "All"}

    def _turned(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """An account becomes inactive, or active again; or a vendor's, a customer's, or nobody's."""
        if self.random.random() < 0.4:
            state = 0 if record["statecode"] else 1
            return {"statecode": state, "statuscode": 2 if state else 1}
        return {"customertypecode": self.random.choice((*TYPES.values(), PROSPECT))}

    def _move_to_another_account(self, kind: Kind, side: Side, record: Mapping[str, Any]) -> str:
        where = self._company_of(side, record)
        values = self._of_an_account(where) if side == DATAVERSE else self._of_a_company(where)
        self._update(kind, side, record, values or {"jobtitle" if side == DATAVERSE else "pager": "1"})
        return f"moves {record.get('fullname') or record.get('number')} to another company: {values}"

    def _primary(self, kind: Kind, side: Side) -> str:
        """Somebody becomes the primary contact of an account or a customer, or nobody does."""
        kind = self.kinds[self.random.choice(PARTNERS)]
        records = self._records(kind, side)
        if CONTACTS not in self.kinds or not records:
            return self._edit(kind, side) if records else self._create(kind, side)
        record = self.random.choice(records)
        values = self._primary_in_sales(record) if side == DATAVERSE else self._primary_at_home(kind, record)
        self._update(kind, side, record, values)
        return f"says who is the primary contact of {record.get(kind.key if side == ERP else kind.column)}: {values}"

    def _primary_in_sales(self, account: Mapping[str, Any]) -> dict[str, Any]:
        mine = [each["contactid"] for each in self.world.dataverse.rows("contacts")
                if each["_parentcustomerid_value"] == account["accountid"]]  # fmt: skip
        if not mine or self.random.random() < 0.3:
            return {"primarycontactid@odata.bind": None}
        return {"primarycontactid@odata.bind": f"/contacts({self.random.choice(mine)})"}

    def _primary_at_home(self, kind: Kind, record: Mapping[str, Any]) -> dict[str, Any]:
        company = record["company"]
        related = self.central.company(company).relations
        table = "Customer" if kind.flow == CUSTOMERS else "Vendor"
        owners = {contact for contact, whom in related.items() if (table, record["id"]) in whom}
        rows = [*self.central.rows(company, "contactCards")]
        numbers = {each["number"] for each in rows if each["id"] in owners}
        people = [each["number"] for each in rows if each["type"] == "Person" and each["companyNumber"] in numbers]
        return {"primaryContactNumber": self.random.choice(people) if people and self.random.random() < 0.7 else ""}

    def _rate(self, _kind: Kind, _side: Side) -> str:
        """Somebody enters, changes or deletes a rate of a currency, which itself stays as it is."""
        where = drawn(self.random, self.stripes)
        codes = [row["code"] for row in self.central.rows(where, "currencies")]
        rates = [*self.central.rows(where, RATES)]
        if rates and self.random.random() < 0.5:
            return self._change_rate(where, self.random.choice(rates))
        row = {"currencyCode": self.random.choice(codes), "startingDate": self.random.choice(DAYS),
               **_worth(self.random.choice(AMOUNTS), self.random.choice((1, 100))),
               "relationalCurrencyCode": self.random.choice(("", "", "", *codes))}  # fmt: skip
        self.central.create(where, RATES, row)
        return f"(in erp) enters a rate in {where}: {row}"

    def _change_rate(self, where: str, rate: Mapping[str, Any]) -> str:
        if self.random.random() < 0.2:
            self.central.delete(where, RATES, rate["id"])
            return f"(in erp) deletes a rate of {rate['currencyCode']} in {where}"
        values = {"exchangeRateAmount": self.random.choice(AMOUNTS)}
        self.central.update(where, RATES, rate["id"], values)
        return f"(in erp) changes a rate of {rate['currencyCode']} in {where} to {values}"

    def _unit(self, _kind: Kind, side: Side) -> str:
        """An item or product is counted in another unit from now on; Sales refuses that once it has been active."""
        kind = self.kinds[ITEMS]
        records = self._records(kind, side)
        if not records:
            return self._create(kind, side)
        record = self.random.choice(records)
        if side == ERP:
            codes = [row["code"] for row in self.central.rows(record["company"], "unitsOfMeasure")]
            values = {"baseUnitOfMeasureCode": self.random.choice(codes)}
        else:
            values = self._some_unit()
        self._update(kind, side, record, values)
        return f"counts {record.get(kind.key if side == ERP else kind.column)} in another unit: {values}"

    def _merge(self, kind: Kind, side: Side) -> str:
        kind = kind if kind.table in MERGEABLE else self.kinds[CUSTOMERS]
        return super(Tradespeople, self)._merge(kind, side)

    def _use_again(self, kind: Kind, side: Side) -> str:
        """A record is deleted in Business Central, and its number given to another one the same minute."""
        records = self._records(kind, ERP)
        if kind.flow not in PARTNERS or not records:
            return self._create(kind, side)
        record = self.random.choice(records)
        self.world.erp.delete(kind.entity, erp_key(kind, record))
        where = self._company_of(ERP, record)
        values = {**self._needed(kind, where), **self._where(kind, ERP, where), kind.key: record[kind.key]}
        self.world.erp.create(kind.entity, values)
        return f"(in erp) deletes {record[kind.key]}, and gives its number to another: {values}"

    def _double(self, kind: Kind, side: Side) -> str:
        """A second record under the number of another one, mostly called like it."""
        kind = kind if kind.codes else self.kinds[CUSTOMERS]
        records = self._records(kind, side)
        if not records:
            return self._create(kind, side)
        record = self.random.choice(records)
        name = self._name_of(kind, side)
        number = str(record.get(kind.column) or "") if side == DATAVERSE else ""
        called = {name: record[name]} if self.random.random() < 0.7 and record.get(name) else NOTHING
        return f"makes a double: {self._create(kind, side, number, self._company_of(side, record), called)}"

    # -- records

    def _all(self, kind: Kind, side: Side) -> Sequence[Mapping[str, Any]]:
        """Of users those who work in Sales."""
        rows = super(Tradespeople, self)._all(kind, side)
        return (
            [each for each in rows if each["islicensed"]] if kind.table == "systemusers" and side == DATAVERSE else rows
        )

    def _may_be_blank(self, kind: Kind) -> bool:
        return kind.flow in PARTNERS

    def _where(self, kind: Kind, side: Side, where: str) -> dict[str, Any]:
        if side == ERP:
            return {"company": self.companies[where]}
        return {COLUMN: self.companies[where]} if self.several and kind.table in STRIPED else {}

    def _company_of(self, side: Side, record: Mapping[str, Any]) -> str:
        mine = record.get("company") if side == ERP else record.get(COLUMN)
        return next((name for name, company in self.companies.items() if company == mine), DE)

    def _needed(self, kind: Kind, where: str) -> dict[str, Any]:
        """What Business Central does not create such a record without, or what people mostly fill in."""
        name = f"Contoso v{next(self._numbers)}"
        if kind.flow == CONTACTS:
            return {"type": "Person", "firstName": name, **self._of_a_company(where)}
        if kind.flow == ITEMS:
            return {"displayName": name, "baseUnitOfMeasureCode": "PCS"}
        seller = {"salespersonCode": "JO"} if kind.flow == CUSTOMERS and self.random.random() < 0.3 else {}
        return {"displayName": name, **seller, **({"postalCode": "1010"} if kind.flow in PARTNERS else {})}

    def _of_a_company(self, where: str) -> dict[str, Any]:
        """Whom a person works for: the company contact of a customer or vendor."""
        rows = [each for each in self.central.rows(where, "contactCards") if each["type"] == "Company"]
        return {"companyNumber": self.random.choice(rows)["number"]} if rows else {}

    def _wanted(self, kind: Kind, where: str) -> dict[str, Any]:
        name = f"Contoso v{next(self._numbers)}"
        if kind.flow in PARTNERS:
            return {"name": name, "customertypecode": TYPES[kind.flow], "address1_postalcode": "1010", **self._money()}
        if kind.flow == CONTACTS:
            return {"firstname": name, **self._of_an_account(where), **self._money()}
        if kind.flow == ITEMS:
            return {"name": name, "producttypecode": 1, "quantitydecimal": 2, **self._some_unit()}
        if kind.flow == CURRENCIES:
            return {"currencyname": name, "currencysymbol": "$", "exchangerate": 1, "currencyprecision": 2}
        if kind.flow == UNITS:
            return {"baseuomname": name}
        if kind.flow == SALESPEOPLE:
            mail = f"{next(self._numbers)}@contoso.example"
            return {"fullname": name, "islicensed": True, "internalemailaddress": mail}
        return {}

    def _of_an_account(self, where: str) -> dict[str, Any]:
        rows = self._of_company(self.kinds[CUSTOMERS], DATAVERSE, where)
        if not rows or self.random.random() < 0.1:
            return {}
        return {"parentcustomerid_account@odata.bind": f"/accounts({self.random.choice(rows)['accountid']})"}

    def _some_unit(self) -> dict[str, Any]:
        units = self.random.choice([*self.world.dataverse.rows("uoms")])
        group = units["_uomscheduleid_value"]
        return {"defaultuomscheduleid@odata.bind": f"/uomschedules({group})",
                "defaultuomid@odata.bind": f"/uoms({units['uomid']})"}  # fmt: skip

    def _money(self) -> dict[str, Any]:
        rows = self.world.dataverse.rows("transactioncurrencies")
        euro = next(row["transactioncurrencyid"] for row in rows if row["isocurrencycode"] == "EUR")
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"}

    def _filled(self, pair: Pair, side: Side, where: str) -> dict[str, Any]:
        if not pair.refers:
            return super(Tradespeople, self)._filled(pair, side, where)
        rows = self._of_company(self.kinds[pair.refers], side, where)
        row = self.random.choice(rows) if rows and self.random.random() < 0.9 else None
        if side == ERP:
            nothing = "00000000-0000-0000-0000-000000000000" if pair.by == "id" else ""
            return {pair.erp: row[pair.by] if row else nothing}
        if pair.refers in CHOICES:
            return {pair.dataverse: row["value"] if row else None}
        if row is None:
            return self._money()
        target = self.kinds[pair.refers]
        return {f"{pair.navigation}@odata.bind": f"/{target.table}({row_id_of(target, row)})"}

    def _of_company(self, kind: Kind, side: Side, where: str) -> Sequence[Mapping[str, Any]]:
        rows = self._records(kind, side)
        return rows if side == DATAVERSE and not self._where(kind, side, where) else [
            each for each in rows if self._company_of(side, each) == where
        ]  # fmt: skip

    def _create(self, kind: Kind, side: Side, code: str = "", where: str = "", own: Mapping[str, Any] = NOTHING) -> str:
        """A product is entered as a draft, and mostly set active at once. The number may be left to the system."""
        numbered = side == ERP and not code and kind.flow in NUMBERED and self.random.random() < 0.5
        if not numbered:
            said = super(Tradespeople, self)._create(kind, side, code, where, own)
        else:
            where = where or drawn(self.random, self.stripes)
            values = {**self._needed(kind, where), **own, **self._where(kind, side, where)}
            self.world.erp.create(kind.entity, values)
            said = f"creates one that is numbered, of {where}: {values}"
        if kind.flow == ITEMS and side == DATAVERSE and self.random.random() < 0.8:
            rows = [each for each in self.world.dataverse.rows("products") if each["statecode"] == 2]
            for each in rows[-1:]:
                self.world.dataverse.update("products", each["productid"], {"statecode": 0, "statuscode": 1})
        return said


def _worth(amount: float, of_others: int) -> dict[str, Any]:
    """So many units of a currency are so many of the local one, or of the other that a rate names."""
    return {"exchangeRateAmount": amount, "relationalExchangeRateAmount": of_others}
