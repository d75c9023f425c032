"""Prospect to cash: what its module of columns says, who has a contact in hand, prices, the upgrade."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_ACTIONS: Final = "tests/unit/test_product_actions.py"
_COLUMNS: Final = "functions.prospect_to_cash.columns"
_COMPUTED: Final = "tests/simulation/test_computed_columns.py"
_CONTACTS: Final = "tests/simulation/test_prospect_contacts.py"
_PRICES: Final = "functions.product_actions"
_PRODUCTS: Final = "tests/simulation/test_products.py"
_UNIT: Final = "tests/unit/columns/test_rules.py"
_UPGRADE: Final = "tests/simulation/test_upgrade.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant("an invoice makes nobody a customer", _COLUMNS,
           'documents=("quotes", "salesorders", "invoices"),', 'documents=("quotes", "salesorders"),', (_COMPUTED,)),
    Mutant("whether a company is an account is not kept", _COLUMNS,
           '        account=ours("msdynce_iscompanyanaccount"),\n', "", (_COMPUTED,)),
    Mutant("what is older than a column stays blank", _COLUMNS, "fills=True", "fills=False", (_COMPUTED,)),
    Mutant("lines of quotes and orders have each other's copies", _COLUMNS,
           'for each in ("quote", "order"))', 'for each in ("order", "quote"))', (_COMPUTED,)),
    Mutant("nobody asks whether the vendor's solution is there", _COLUMNS,
           "vendor = SOLUTION if", 'vendor = "" if', (_COMPUTED,)),
    Mutant("older accounts get no numbers", _COLUMNS,
           'numbers = (Numbers("accounts", "accountnumber", "ACC"), Numbers(', "numbers = (Numbers(", (_UPGRADE,)),
    _of("what is set aside by its heir is handed over again at every pass", "engine._owners",
        "keys = (end, PARKED + end, WAITING + end)", "keys = (end,)", _CONTACTS),
    _of("what the target fills in by itself is emptied where the source says nothing", "reconcile._creation",
        "elif line.source == source and not (value or new) and stored is not None:", "elif False:", _CONTACTS),
    _of("what is handed over stays the former flow's", "engine._owners",
        'await self.documents.put(row, {"flow": self.heir.name, "claim": ""})', "pass", _CONTACTS),
    _of("a document without lines is not the ERP's", "columns._rules",
        "    return all(flag is True for flag in products)", "    return {*products} == {True}", _UNIT, _COMPUTED),
    _of("a document that was closed is looked at", "columns._rules",
        'return row.get("statecode") == OPEN', 'return row.get("statecode") is not None', _UNIT, _COMPUTED),
    _of("what somebody wrote meanwhile is overwritten", "columns._put_right",
        "body, due.row.version, tuple(body))", 'body, "*", tuple(body))', _COMPUTED),
    _of("columns are looked at again only by an event", "columns._keeper",
        "            await self._look(hand, table, [each.row for each in page.rows], gone=bool(page.deleted))\n", "",
        _COMPUTED),
    _of("a row that is gone stops whoever keeps columns", "columns._put_right",
        "        except Gone:\n            return False\n", "", _COMPUTED),
    _of("an upgrade gives numbers and computes nothing", "columns._upgrade",
        "[*self.columns.numbers, *self.columns.rules]", "[*self.columns.numbers]", _UPGRADE),
    _of("an upgrade begins with the number before its block", "columns._upgrade",
        "return range(first, first + many)", "return range(first - 1, first + many - 1)", _UPGRADE),
    _of("whoever edits a row meanwhile keeps it from getting a number", "columns._upgrade",
        "if again is None or again.row.get(numbers.column):", "if True:", _UPGRADE),
    _of("what an upgrade was refused is not listed", "columns._upgrade",
        "        if self.hand.left:", "        if False:", _UPGRADE),
    Mutant("the last valid price list by name is taken", _PRICES, "return min(valid, key", "return max(valid, key",
           (_ACTIONS,)),
    Mutant("a price list holds before it begins", _PRICES, "return self.state == ACTIVE and begun and",
           "return self.state == ACTIVE and", (_ACTIONS,)),
    Mutant("a price of nothing is no price", _PRICES, 'Change("amount", "", product.price or "0"),',
           'Change("amount", "", product.price),', (_ACTIONS,)),
    Mutant("a retired product is put on a price list", _PRICES, "    if product.state == RETIRED and (",
           "    if False and (", (_ACTIONS,)),
    Mutant("a retired product is asked about though its price is right", _PRICES, " and (lacking or found.steps):", ":",
           (_ACTIONS, f"{_PRODUCTS}::test_a_price_that_a_person_put_right_is_said_to_be_missing_no_more")),
    Mutant("a product family has a price", _PRICES, "    if product.structure == FAMILY:", "    if False:",
           (_ACTIONS,)),
)  # fmt: skip
