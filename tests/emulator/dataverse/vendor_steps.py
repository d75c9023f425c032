"""What the vendor's solution for prospect to cash does by its steps, where it is installed.

By the fact sheet's checked section "When what runs": before the write numbers and whether the company is an account,
after it who is an active customer, what belongs on a price list, whose order is invoiced.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from tests.emulator.dataverse.environment import Actor, Environment, Event
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.sales import DOCUMENTS, Document
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.values import fold
from tests.emulator.dataverse.writer import Effect, Writer

EXTERNAL: Final = "msdynce_ismaintainedexternally"
ONLY: Final = "msdynce_hasexternallymaintainedproductsonly"
ACTIVE_CUSTOMER: Final = "msdynce_isactivecustomer"
IS_ACCOUNT: Final = "msdynce_iscompanyanaccount"
NUMBER: Final = "msdynce_contactnumber"
_NUMBERED: Final = (("accounts", "ACC", "accountnumber"), ("contacts", "CON", NUMBER))
_COPIES: Final = {
    "quotedetails": "msdynce_quotehasexternalmaintainedproductsonly",
    "salesorderdetails": "msdynce_orderhasexternalmaintainedproductsonly",
}
_PRICED_BY: Final = ("_transactioncurrencyid_value", "_pricelevelid_value", "_defaultuomid_value", "price")
_SUFFIX: Final = string.ascii_uppercase + string.digits
_FIRST: Final = 1000
_INVOICED: Final = (4, 100_003)
Values = dict[str, Any]


class VendorSteps:
    """Registers the steps with whatever writes rows."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        self.writer = writer
        self.given = {"accounts": _FIRST, "contacts": _FIRST}
        writer.checks |= {"accounts": self._account, "contacts": self._contact}
        self._after("products", self._price)
        for document in DOCUMENTS:
            self._after(document.headers, self._activate)
            if document.lines in _COPIES:
                self._after(document.lines, partial(self._flag, document))
        self._after("invoices", self._invoice)

    def _after(self, table: str, effect: Effect) -> None:
        """Adds an effect behind those that are there."""
        before = self.writer.effects.get(table)

        def both(event: Event) -> None:
            if before is not None:
                before(event)
            effect(event)

        self.writer.effects[table] = both

    def upgrade(self, actor: Actor) -> None:
        """What the solution's upgrade does to rows that were there before: numbers, active customers (3.3).

        That it tells whose company is an account is deduced: the rule of its own task for contacts asks for that.
        """
        buyers = {
            row.values["_customerid_value"]
            for document in DOCUMENTS
            for row in self.environment.tables[document.headers].rows.values()
        }
        for name, prefix, number in _NUMBERED:
            table = self.environment.tables[name]
            for row in list(table.rows.values()):
                changes: Values = {} if row.values[number] else {number: self._number(name, prefix)}
                if name == "contacts":
                    changes |= {ACTIVE_CUSTOMER: row.row_id in buyers, IS_ACCOUNT: self._employed(row.values)}
                self.writer.update(table, row, changes, actor)

    # -- before the write

    def _account(self, before: Row | None, values: Values) -> None:
        if before is None and values["accountnumber"] is None:
            values["accountnumber"] = self._number("accounts", "ACC")

    def _contact(self, before: Row | None, values: Values) -> None:
        if before is None and values[NUMBER] is None:
            values[NUMBER] = self._number("contacts", "CON")
        company = values["_parentcustomerid_value"]
        if before is None or before.values["_parentcustomerid_value"] != company:
            values[IS_ACCOUNT] = self._employed(values)

    def _employed(self, contact: Mapping[str, Any]) -> bool:
        """Whether the company of a contact is an account."""
        return contact["_parentcustomerid_value"] in self.environment.tables["accounts"].rows

    def _number(self, table: str, prefix: str) -> str:
        suffix = "".join(self.environment.randomness.choice(_SUFFIX) for _ in range(6))
        self.given[table] += 1
        return f"{prefix}-{self.given[table] - 1:05d}-{suffix}"

    # -- after the write

    def _activate(self, event: Event) -> None:
        """A contact who is the customer of a document is an active customer from then on."""
        assert event.after is not None
        customer = event.after.values["_customerid_value"]
        contact = self.environment.tables["contacts"].rows.get(customer or "")
        moved = event.before is None or event.before.values["_customerid_value"] != customer
        if moved and contact is not None and contact.values[ACTIVE_CUSTOMER] is not True:
            self._set(event, "contacts", contact, {ACTIVE_CUSTOMER: True})

    def _flag(self, document: Document, event: Event) -> None:
        """Whether every product of a document is F&O's, on its header and copied to its lines."""
        assert event.after is not None
        lines = self.environment.tables[document.lines]
        header = self.environment.tables[document.headers].rows[event.after.values[document.parent_wire]]
        found = [lines.rows[each] for each in lines.index(document.parent_wire).get(fold(header.row_id), set())]
        only = all(self._is_external(line.values) for line in found)
        if header.values[ONLY] is not only:
            self._set(event, document.headers, header, {ONLY: only})
        for line in found:
            if line.values[_COPIES[document.lines]] is not only:
                self._set(event, document.lines, line, {_COPIES[document.lines]: only}, quietly=True)

    def _is_external(self, line: Values) -> bool:
        product = self.environment.target("products", line["_productid_value"] or "")
        return product is not None and product.values[EXTERNAL] is True

    def _price(self, event: Event) -> None:
        """A product of F&O's is on the first valid price list of its currency, at its price; without one it fails."""
        assert event.after is not None
        product = event.after.values
        unmoved = event.before is not None and all(event.before.values[name] == product[name] for name in _PRICED_BY)
        if product[EXTERNAL] is not True or unmoved:
            return
        prices = self._price_list(product["_transactioncurrencyid_value"])
        items = self.environment.tables["productpricelevels"]
        mine = items.index("_productid_value").get(fold(event.row_id), set())
        for row_id in sorted(mine):
            if items.rows[row_id].values["_pricelevelid_value"] == prices:
                self._set(event, "productpricelevels", items.rows[row_id], {"amount": product["price"]})
                return
        body = {
            "pricelevelid@odata.bind": f"/pricelevels({prices})",
            "productid@odata.bind": f"/products({event.row_id})",
            "amount": product["price"],
        }
        self.writer.create(items, body, event.actor)

    def _price_list(self, currency: str | None) -> str:
        now = self.environment.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [
            (row.values["name"].casefold(), row.row_id)
            for row in self.environment.tables["pricelevels"].rows.values()
            if row.values["_transactioncurrencyid_value"] == currency
            and row.values["statecode"] == 0
            and (row.values["begindate"] or now) <= now <= (row.values["enddate"] or now)
        ]
        if not found:
            raise Refusal(400, "0x80040265", "There is no valid price list in the currency of the product.")
        return min(found)[1]

    def _invoice(self, event: Event) -> None:
        """The order of an invoice becomes invoiced, and the invoice belongs to whoever owns the order."""
        assert event.after is not None
        order = self.environment.target("salesorders", event.after.values["_salesorderid_value"] or "")
        if order is None or order.values["statecode"] == _INVOICED[0]:
            return
        self._set(event, "salesorders", order, dict(zip(("statecode", "statuscode"), _INVOICED, strict=True)))
        invoice = self.environment.tables["invoices"].rows[event.row_id]
        if invoice.values["_ownerid_value"] != order.values["_ownerid_value"]:
            self._set(event, "invoices", invoice, {"_ownerid_value": order.values["_ownerid_value"]}, quietly=True)

    def _set(self, event: Event, name: str, row: Row, changes: Values, *, quietly: bool = False) -> None:
        """Another version of a row in the same transaction, by the solution's own user."""
        table = self.environment.tables[name]
        row = table.rows[row.row_id]
        version = self.environment.next_version()
        after = Row(row.row_id, row.values | changes | {"versionnumber": version}, row.targets, version)
        table.put(after)
        sent = tuple(table.definition.wires[wire].name for wire in changes)
        self.environment.record(
            Event(table, row.row_id, "update", row, after, event.actor, sent, silent=quietly, parent=event)
        )
