"""Rules of quotes, orders and invoices: numbers, customers, states that forbid writing, lines under their header."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any, Final

from tests.emulator.dataverse.deleting import Deleter
from tests.emulator.dataverse.environment import Environment, Event
from tests.emulator.dataverse.pricing import of_document, of_line
from tests.emulator.dataverse.products import ACTIVE, REVISED, check_unit, required
from tests.emulator.dataverse.refusal import Refusal, invalid_argument
from tests.emulator.dataverse.store import Row, Table
from tests.emulator.dataverse.values import fold
from tests.emulator.dataverse.writer import Writer

_SUFFIX: Final = string.ascii_uppercase + string.digits
_FIRST_NUMBER: Final = 1000
_ALWAYS: Final = frozenset({"statecode", "statuscode", "_ownerid_value", "_owninguser_value", "modifiedon"})
_MAINTAINED: Final = frozenset({"_modifiedby_value", "_modifiedonbehalfby_value", "versionnumber"})
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document: the tables of header and lines, the column of its number and how numbers begin."""

    headers: str
    lines: str
    parent: str
    number: str
    prefix: str

    @property
    def parent_wire(self) -> str:
        return f"_{self.parent}_value"


DOCUMENTS: Final = (
    Document("quotes", "quotedetails", "quoteid", "quotenumber", "QUO"),
    Document("salesorders", "salesorderdetails", "salesorderid", "ordernumber", "ORD"),
    Document("invoices", "invoicedetails", "invoiceid", "invoicenumber", "INV"),
)


class Sales:
    """Checks and completes documents. In their first state they can be edited, in no other."""

    def __init__(self, environment: Environment, writer: Writer, deleter: Deleter) -> None:
        self.environment = environment
        for document in DOCUMENTS:
            rules = _Rules(environment, document)
            writer.checks |= {document.headers: rules.header, document.lines: rules.line}
            writer.effects[document.lines] = rules.total
            deleter.checks[document.lines] = rules.unlocked
            deleter.effects[document.lines] = rules.total


class _Rules:
    """The rules of one kind of document."""

    def __init__(self, environment: Environment, document: Document) -> None:
        self.environment = environment
        self.document = document
        self.given = 0

    @property
    def headers(self) -> Table:
        return self.environment.tables[self.document.headers]

    @property
    def lines(self) -> Table:
        return self.environment.tables[self.document.lines]

    # -- headers

    def header(self, before: Row | None, values: Values) -> None:
        """A header as it would be stored."""
        if before is not None and before.values["statecode"] != 0:
            self._refuse_edits(before, values)
            return
        values[self.document.number] = values[self.document.number] or self._next_number()
        self._customer(values)
        self._currency(values)
        if "revisionnumber" in values:
            values["revisionnumber"] = values["revisionnumber"] or 0
        if self.environment.computes_prices:
            values |= of_document(values, self._lines_of(values[self.headers.definition.id]), self._places(values))

    def _refuse_edits(self, before: Row, values: Values) -> None:
        kept = _ALWAYS | _MAINTAINED
        if any(value != before.values[name] for name, value in values.items() if name not in kept):
            state = self.headers.definition.columns["statecode"].options[before.values["statecode"]]
            logical = self.headers.definition.logical
            raise Refusal(400, "0x80040203", f"The {logical} is read-only: its state is {state}.")

    def _next_number(self) -> str:
        """The next number that nobody took by hand."""
        while True:
            chosen = "".join(self.environment.randomness.choice(_SUFFIX) for _ in range(6))
            number = f"{self.document.prefix}-{_FIRST_NUMBER + self.given:05d}-{chosen}"
            self.given += 1
            if fold(number) not in self.headers.index(self.document.number):
                return number

    def _customer(self, values: Values) -> None:
        customer = values["_customerid_value"]
        for wire, name in (("_accountid_value", "accounts"), ("_contactid_value", "contacts")):
            values[wire] = customer if customer in self.environment.tables[name].rows else None

    def _currency(self, values: Values) -> None:
        prices = self.environment.target("pricelevels", values["_pricelevelid_value"] or "")
        expected = prices.values["_transactioncurrencyid_value"] if prices is not None else None
        if values["_transactioncurrencyid_value"] is None:
            values["_transactioncurrencyid_value"] = expected or self.environment.base_currency()
        if expected not in (None, values["_transactioncurrencyid_value"]):
            raise invalid_argument("The currency of the record does not match the currency of the price list.")

    def _lines_of(self, header: str) -> list[Values]:
        found = self.lines.index(self.document.parent_wire).get(fold(header), set())
        return [self.lines.rows[row_id].values for row_id in found]

    def _places(self, values: Values) -> int:
        currency = self.environment.target("transactioncurrencies", values["_transactioncurrencyid_value"] or "")
        places = currency.values["currencyprecision"] if currency is not None else None
        return 2 if places is None else int(places)

    # -- lines

    def line(self, before: Row | None, values: Values) -> None:
        """A line as it would be stored."""
        wire = self.document.parent_wire
        required(self.lines.definition.logical, values, wire)
        for parent in {values[wire], before.values[wire] if before is not None else values[wire]}:
            self._open(parent)
        header = self.headers.rows[values[wire]].values
        self._product(values)
        values["producttypecode"] = values["producttypecode"] or 1
        if values["propertyconfigurationstatus"] is None:
            values["propertyconfigurationstatus"] = 2
        values["_transactioncurrencyid_value"] = header["_transactioncurrencyid_value"]
        if before is None and values["lineitemnumber"] is None:
            values["lineitemnumber"] = len(self._lines_of(values[wire])) + 1
        if self.environment.computes_prices:
            self._price(values, header)
            values |= of_line(values, self._places(header))

    def _open(self, header: str) -> None:
        if self.headers.rows[header].values["statecode"] != 0:
            raise invalid_argument(f"The {self.headers.definition.logical} of the line is read-only.")

    def unlocked(self, row: Row) -> None:
        """Refuses to take a line out of a document that cannot be edited."""
        self._open(row.values[self.document.parent_wire])

    def _product(self, values: Values) -> None:
        product = self.environment.target("products", values["_productid_value"] or "")
        if values["isproductoverridden"]:
            if product is not None or values["productdescription"] is None:
                raise invalid_argument("A write-in has a productdescription and no product.")
            return
        required(self.lines.definition.logical, values, "_productid_value", "_uomid_value")
        assert product is not None
        if product.values["statecode"] not in (ACTIVE, REVISED):
            raise invalid_argument("You can only add active products.")
        check_unit(self.environment, values["_uomid_value"], product.values["_defaultuomscheduleid_value"])

    def _price(self, values: Values, header: Values) -> None:
        """The price of the price list, unless somebody overrode it."""
        if values["ispriceoverridden"] or values["isproductoverridden"]:
            return
        names = ("_productid_value", "_uomid_value")
        items = self.environment.tables["productpricelevels"]
        found = items.index("_pricelevelid_value").get(fold(header["_pricelevelid_value"]), set())
        for row_id in found:
            item = items.rows[row_id].values
            if all(item[name] == values[name] for name in names):
                values["priceperunit"] = item["amount"]

    def total(self, event: Event) -> None:
        """Lines that came, changed or went move the totals, and with them the version, of their header."""
        rows = [row for row in (event.before, event.after) if row is not None]
        for header in {row.values[self.document.parent_wire] for row in rows} & self.headers.rows.keys():
            if self.environment.computes_prices and event.parent is None:
                self._put_totals(self.headers.rows[header], event)

    def _put_totals(self, row: Row, event: Event) -> None:
        totals = of_document(row.values, self._lines_of(row.row_id), self._places(row.values))
        values = row.values | totals | {"versionnumber": self.environment.next_version()}
        after = Row(row.row_id, values, row.targets, values["versionnumber"])
        self.headers.put(after)
        self.environment.record(
            Event(self.headers, row.row_id, "update", row, after, event.actor, tuple(totals), parent=event)
        )
