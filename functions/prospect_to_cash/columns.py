"""Columns that the retired solution for Sales kept by plug-ins (reference: prospect-to-cash 3.7).

Of a contact: whether its company is an account, and whether it was ever the customer of a quote, an order or an
invoice; that never turns back. Of a quote and an order: whether all its products are maintained in finance and
operations, and the copy on each line. Whether a row itself is maintained there is said by the maps. A document that can
no longer be edited keeps what it said last, and a product that changes hands is seen at the next change of a document.

Where the solution is installed its own steps do the same: then nothing is done here.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from functions.columns import columns_blueprint
from functions.suites import Configured
from shared.columns import Columns, Customers, Numbers, Products
from shared.mapping import under

NAME: Final = "prospect_to_cash"
SOLUTION: Final = "msdynce_ProspectToCashIntegration"
CONTACTS: Final = f"{NAME}.contacts"
CUSTOMERS: Final = f"{NAME}.contacts_to_customers"
QUOTES: Final = f"{NAME}.quotes"
ORDERS: Final = f"{NAME}.orders_out"


def columns(configured: Configured) -> Columns:
    """What the suite keeps, under the prefix of the installation."""
    ours = partial(under, configured.prefixes().get(NAME, {}))
    vendor = SOLUTION if ours("msdynce_isactivecustomer") == "msdynce_isactivecustomer" else ""
    rules = (*_documents(ours), _contacts(ours))
    numbers = (Numbers("accounts", "accountnumber", "ACC"), Numbers("contacts", ours("msdynce_contactnumber"), "CON"))
    return Columns(NAME, rules, (CONTACTS, CUSTOMERS, QUOTES, ORDERS), vendor=vendor, numbers=numbers)


def _contacts(ours: Callable[[str], str]) -> Customers:
    return Customers(
        CUSTOMERS,
        said=ours("msdynce_isactivecustomer"),
        documents=("quotes", "salesorders", "invoices"),
        account=ours("msdynce_iscompanyanaccount"),
        fills=True,
    )


def _documents(ours: Callable[[str], str]) -> tuple[Products, Products]:
    only, external = ours("msdynce_hasexternallymaintainedproductsonly"), ours("msdynce_ismaintainedexternally")
    quote, order = (ours(f"msdynce_{each}hasexternalmaintainedproductsonly") for each in ("quote", "order"))
    return (
        Products(QUOTES, "quotes", "quotedetails", "quoteid", only, quote, external),
        Products(ORDERS, "salesorders", "salesorderdetails", "salesorderid", only, order, external),
    )


blueprint = columns_blueprint(__name__, columns)
