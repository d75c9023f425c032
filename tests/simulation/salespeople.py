"""People at work in Sales and behind it: they sell to contacts and accounts, and do whatever people do to records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from shared.mapping import DATAVERSE, ERP, Side, other
from tests.simulation.kinds import Kind
from tests.simulation.people import NOTHING, People, drawn, row_id_of
from tests.simulation.sales_kinds import (
    ACCOUNTS,
    BUYERS,
    BUYS,
    CONTACTS,
    LINES,
    NUMBER,
    ONLY,
    PARENTS,
    PRODUCTS,
    SALES_KINDS,
    WORKS,
)
from tests.simulation.world import World

WEIGHTS: Final = {ACCOUNTS: 5, CONTACTS: 6, BUYERS: 2, PRODUCTS: 3}
ACTIONS: Final = {"edit": 20, "create": 8, "sell": 8, "unsell": 3, "resell": 2, "detail": 4, "rename": 2, "restate": 2,
                  "state": 2, "delete": 3, "merge": 1, "own": 1}  # fmt: skip
DOUBLING: Final = {**ACTIONS, "make_again": 8, "double": 8}
"""Those of people who enter again what is there, or was."""
ABOUT_DOCUMENTS: Final = frozenset({"sell", "unsell", "resell", "detail", "restate", "state"})
"""What is done to what hangs on records, whatever kind of record was thought of."""
AT_THE_SOURCE: Final = 0.75
"""How often people work on the side that a flow goes out from. What they edit on the other one is put back."""
STATES: Final = {"quotes": ({"statecode": 1, "statuscode": 2}, {"statecode": 0, "statuscode": 1}),
                 "products": ({"statecode": 1}, {"statecode": 0})}  # fmt: skip


def number_rows(world: World) -> None:
    """Set-up has given both columns their automatic numbers."""
    for table, name, begins in (("accounts", "accountnumber", "ACC"), ("contacts", NUMBER, "CON")):
        found = world.dataverse.environment.tables[table]
        form = f"{begins}-{{SEQNUM:5}}-{{RANDSTRING:6}}"
        found.set_column(replace(found.definition.columns[name], auto_number=form))


@dataclass(slots=True)
class Salespeople(People):
    """Everybody who works in Sales, or in finance and operations, and knows nothing of Koppel."""

    group: str = ""
    unit: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=lambda: SALES_KINDS)
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)

    def furnish(self, decimals: int = 2) -> None:
        """What no flow brings; an account and two who work there; and somebody who is older than the columns, so that
        they say nothing of him.
        """
        finops, dataverse = self.world.finops, self.world.dataverse
        number_rows(self.world)
        for company in ("usmf", "demf"):
            finops.create("CustomerGroups", {"dataAreaId": company, "CustomerGroupId": "10"})
            finops.create("OperationalSites", {"dataAreaId": company, "SiteId": "1"})
            warehouse = {"dataAreaId": company, "WarehouseId": "13", "OperationalSiteId": "1"}
            finops.create("Warehouses", warehouse)
        finops.create("UnitsOfMeasure", {"UnitSymbol": "ea"})
        dollar = {"isocurrencycode": "USD", "currencyname": "Dollar", "currencysymbol": "$", "exchangerate": 1}
        self.currency = dataverse.create("transactioncurrencies", {**dollar, "currencyprecision": decimals})
        self.group = dataverse.create("uomschedules", {"name": "Default Unit", "baseuomname": "ea"})
        (self.unit,) = (str(row["uomid"]) for row in dataverse.rows("uoms"))
        dataverse.create("pricelevels", {"name": "Retail", **self._money()})
        account = dataverse.create("accounts", {"name": "Contoso", **self._money()})
        works = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
        for name in ("King", "Byron"):
            dataverse.create("contacts", {"lastname": name, **works, **self._money()})
        older = dataverse.create("contacts", {"lastname": "Older", **self._money()})
        dataverse.update("contacts", older, {NUMBER: None, BUYS: None, WORKS: None})

    def stock(self, size: int) -> None:
        """Accounts and products that were there before Koppel: on one side, on the other, and on both."""
        for number in range(size):
            for flow, code in ((ACCOUNTS, f"ACC-S{number}"), (PRODUCTS, f"P-S{number}")):
                for side in (ERP, DATAVERSE) if number % 3 == 0 else (ERP,) if number % 3 == 1 else (DATAVERSE,):
                    kind = SALES_KINDS[flow]
                    self._try("create", kind, side, partial(self._create, kind, side, code))

    def copy_long_texts(self) -> None:
        """Somebody enters long memos in Sales, which the ERP holds whole."""
        for account in self._all(SALES_KINDS[ACCOUNTS], DATAVERSE):
            memo = f"{account['accountid']} buys " + "a lot " * 300
            self._update(SALES_KINDS[ACCOUNTS], DATAVERSE, account, {"description": memo})

    def act(self) -> None:
        """Somebody does something."""
        kind = self.kinds[drawn(self.random, self.weights)]
        source: Side = ERP if kind.flow == PRODUCTS else DATAVERSE
        side = source if self.random.random() < AT_THE_SOURCE else other(source)
        action = drawn(self.random, self.actions)
        if action not in ABOUT_DOCUMENTS and action != "create" and not self._records(kind, side):
            action = "create"
        self._try(action, kind, side, partial(getattr(self, f"_{action}"), kind, side))

    # -- documents

    def _sell(self, kind: Kind, side: Side) -> str:
        """Somebody writes a quote, an order or an invoice, for a contact or for an account."""
        table = self.random.choice([*PARENTS])
        made = self.world.dataverse.create(table, {"name": "Tea", **self._customer()})
        more = [self._add(table, made) for _ in range(self.random.choice((0, 1, 2))) if table in LINES]
        return f"(in Sales) writes one of the {table} [{made[:8]}] {', '.join(more)}"

    def _resell(self, kind: Kind, side: Side) -> str:
        """It is for somebody else."""
        table, row_id = self._document()
        if not row_id:
            return self._sell(kind, side)
        self.world.dataverse.update(table, row_id, self._customer())
        return f"(in Sales) makes [{row_id[:8]}] of {table} somebody else's"

    def _unsell(self, kind: Kind, side: Side) -> str:
        table, row_id = self._document()
        if not row_id:
            return self._sell(kind, side)
        self.world.dataverse.delete(table, row_id)
        return f"(in Sales) deletes [{row_id[:8]}] of {table}"

    def _detail(self, kind: Kind, side: Side) -> str:
        """A line comes or goes."""
        table, row_id = self._document(LINES)
        if not row_id:
            return self._sell(kind, side)
        parent = f"_{PARENTS[table]}_value"
        lines = [row for row in self.world.dataverse.rows(LINES[table]) if row[parent] == row_id]
        if not lines or self.random.random() < 0.6:
            return f"(in Sales) {self._add(table, row_id)} to [{row_id[:8]}]"
        gone = str(self.random.choice(lines)[LINES[table][:-1] + "id"])
        self.world.dataverse.delete(LINES[table], gone)
        return f"(in Sales) deletes a line of [{row_id[:8]}]"

    def _add(self, table: str, document: str) -> str:
        products = [row for row in self.world.dataverse.rows("products") if row["statecode"] == 0]
        what: dict[str, Any] = {"isproductoverridden": True, "productdescription": "Something"}
        if sold := products and self.random.random() < 0.7:
            product = self.random.choice(products)["productid"]
            what = {"productid@odata.bind": f"/products({product})", "uomid@odata.bind": f"/uoms({self.unit})"}
        parent = {f"{PARENTS[table]}@odata.bind": f"/{table}({document})"}
        self.world.dataverse.create(LINES[table], {"quantity": 1, **parent, **what})
        return "adds a product" if sold else "adds a write-in"

    def _customer(self) -> dict[str, str]:
        """Mostly a contact; now and then an account."""
        table = "contacts" if self.random.random() < 0.8 else "accounts"
        flow = CONTACTS if table == "contacts" else ACCOUNTS
        rows = self._records(SALES_KINDS[flow], DATAVERSE)
        if not rows:
            return {}
        row_id = row_id_of(SALES_KINDS[flow], self.random.choice(rows))
        return {f"customerid_{table[:-1]}@odata.bind": f"/{table}({row_id})"}

    def _document(self, tables: Mapping[str, str] = PARENTS) -> tuple[str, str]:
        """Any document of these tables; nothing if there is none."""
        found = [(each, str(row[PARENTS[each]])) for each in tables for row in self.world.dataverse.rows(each)]
        return self.random.choice(found) if found else ("", "")

    def _state(self, kind: Kind, side: Side) -> str:
        """A quote is activated or taken back, a product retired or set active."""
        table = self.random.choice([*STATES])
        rows = list(self.world.dataverse.rows(table))
        if not rows:
            return self._sell(kind, side)
        row_id, values = str(self.random.choice(rows)[table[:-1] + "id"]), self.random.choice(STATES[table])
        self.world.dataverse.update(table, row_id, values)
        return f"(in Sales) gives [{row_id[:8]}] of {table} another state: {values}"

    def _restate(self, kind: Kind, side: Side) -> str:
        """Somebody means to know better what a computed column should say."""
        said = {"contacts": (BUYS, WORKS), "quotes": (ONLY,), "salesorders": (ONLY,)}
        table = self.random.choice(("contacts", "contacts", "quotes", "salesorders"))
        rows = list(self.world.dataverse.rows(table))
        if not rows:
            return self._sell(kind, side)
        row_id = str(self.random.choice(rows)[table[:-1] + "id"])
        values = {self.random.choice(said[table]): self.random.choice((True, False, None))}
        self.world.dataverse.update(table, row_id, values)
        return f"(in Sales) says of [{row_id[:8]}] of {table}: {values}"

    # -- records

    def _may_be_blank(self, kind: Kind) -> bool:
        return kind.table != "products"

    def _where(self, kind: Kind, side: Side, where: str) -> dict[str, Any]:
        return {"dataAreaId": where} if side == ERP else {}

    def _needed(self, kind: Kind, where: str) -> dict[str, Any]:
        name = f"v{next(self._numbers)}"
        if kind.flow == PRODUCTS:
            return {"ProductName": name, "ProductType": "Item", "SalesPrice": 12.5, "SalesUnitSymbol": "ea"}
        if kind.flow == CONTACTS:
            rows = self._all(SALES_KINDS[ACCOUNTS], ERP)
            party = self.random.choice(rows)["PartyNumber"] if rows else ""
            return {"FirstName": name, "AssociatedPartyNumber": party}
        assert kind.only is not None
        named = "OrganizationName" if kind.flow == ACCOUNTS else "PersonFirstName"
        return {named: name, "CustomerGroupId": "10", "PartyType": kind.only[1], "SalesCurrencyCode": "USD"}

    def _wanted(self, kind: Kind, where: str) -> dict[str, Any]:
        name = f"v{next(self._numbers)}"
        if kind.flow == PRODUCTS:
            binds = {"defaultuomscheduleid@odata.bind": f"/uomschedules({self.group})",
                     "defaultuomid@odata.bind": f"/uoms({self.unit})"}  # fmt: skip
            return {"name": name, "quantitydecimal": 0, **binds}
        if kind.flow == ACCOUNTS:
            return {"name": name, **self._money()}
        return {"firstname": name, "lastname": "King", **self._money(), **self._of_an_account(where)}

    def _of_an_account(self, where: str) -> dict[str, Any]:
        """Whom a contact works for: mostly an account, nobody, or another contact."""
        accounts = self._records(SALES_KINDS[ACCOUNTS], DATAVERSE)
        contacts = self._records(SALES_KINDS[CONTACTS], DATAVERSE)
        whom = self.random.choice(("account", "account", "account", "account", "nobody", "contact"))
        if whom == "account" and accounts:
            return {"parentcustomerid_account@odata.bind": f"/accounts({self.random.choice(accounts)['accountid']})"}
        if whom == "contact" and contacts:
            return {"parentcustomerid_contact@odata.bind": f"/contacts({self.random.choice(contacts)['contactid']})"}
        return {}

    def _money(self) -> dict[str, str]:
        return {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})"}

    def _rename(self, kind: Kind, side: Side, record: Mapping[str, Any] | None = None) -> str:
        """A contact mostly moves to another account, or to none; whatever else gets another number."""
        if kind.table != "contacts" or side == ERP or self.random.random() < 0.3:
            return super(Salespeople, self)._rename(kind, side, record)
        record = record or self.random.choice(self._records(kind, side))
        values = self._of_an_account("") or {"parentcustomerid_account@odata.bind": None}
        self._update(kind, side, record, values)
        return f"moves [{record['contactid'][:8]}] to {', '.join(map(str, values.values()))}"

    def _merge(self, kind: Kind, side: Side) -> str:
        kind = kind if kind.table != "products" else SALES_KINDS[ACCOUNTS]
        return super(Salespeople, self)._merge(kind, side)

    def _company_of(self, side: Side, record: Mapping[str, Any]) -> str:
        return str(record["dataAreaId"]).lower() if side == ERP else ""

    def _double(self, kind: Kind, side: Side) -> str:
        """A second record under the number of another one."""
        record = self.random.choice(self._records(kind, side))
        number = str(record.get(kind.key if side == ERP else kind.column) or "")
        return f"makes a double: {self._create(kind, side, number, '', NOTHING)}"
