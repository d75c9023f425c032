"""What people know of the flows of prospect to cash, and of what hangs on them: documents, their lines, price lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.mapping import ERP, Side
from tests.simulation.kinds import Kind, Pair, amount, name_never_blank, one_of
from tests.simulation.prospects import ACCOUNTS, BUYERS, CONTACTS
from tests.simulation.wares import FLOW as PRODUCTS
from tests.unit.maps.prospects import OURS

NUMBER: Final = f"{OURS}contactnumber"
BUYS: Final = f"{OURS}isactivecustomer"
WORKS: Final = f"{OURS}iscompanyanaccount"
ONLY: Final = f"{OURS}hasexternallymaintainedproductsonly"
EXTERNAL: Final = f"{OURS}ismaintainedexternally"
LINES: Final = {"quotes": "quotedetails", "salesorders": "salesorderdetails"}
PARENTS: Final = {"quotes": "quoteid", "salesorders": "salesorderid", "invoices": "invoiceid"}
COPIES: Final = {
    "quotes": f"{OURS}quotehasexternalmaintainedproductsonly",
    "salesorders": f"{OURS}orderhasexternalmaintainedproductsonly",
}
"""By the table of a document: its lines, its id, and the column of a line that repeats what the header says."""

_COUNTRY: Final = (one_of("US", "DE", ""), one_of("United States", "Germany", None, "Atlantis"))
_LAST: Final = one_of("King", "Byron", "Lovelace", "O'Neil")
_LANGUAGE: Final[Mapping[Side, tuple[str, tuple[str, ...]]]] = {ERP: ("LanguageId", ("de", "fr", "en-us", ""))}

SALES_KINDS: Final[Mapping[str, Kind]] = {
    ACCOUNTS: Kind(ACCOUNTS, "CustomersV3", "accounts", "CustomerAccount", "accountnumber",
                   ("ACC-1", "ACC'2", "ACC+3"), (
        Pair("OrganizationName", "name", name_never_blank),
        Pair("SalesMemo", "description"),
        Pair("CreditLimit", "creditlimit", amount),
        Pair("PrimaryContactPhone", "telephone1"),
        Pair("AddressCity", "address1_city"),
        Pair("AddressCountryRegionISOCode", "address1_country", *_COUNTRY),
    ), ("PartyType", "Organization"), _LANGUAGE),
    CONTACTS: Kind(CONTACTS, "CDSContactPersons", "contacts", "ContactPersonPartyNumber", NUMBER,
                   ("CON-1", "CON'2", "CON+3"), (
        Pair("FirstName", "firstname", name_never_blank),
        Pair("LastName", "lastname", _LAST),
        Pair("Notes", "description"),
        Pair("EmploymentProfession", "jobtitle"),
        Pair("IsReceivingDirectMail", "donotemail", one_of("Yes", "No"), one_of(True, False)),
    )),
    BUYERS: Kind(BUYERS, "CustomersV3", "contacts", "CustomerAccount", NUMBER, ("CON-1", "CON'2", "CON+3"), (
        Pair("PersonFirstName", "firstname", name_never_blank),
        Pair("PersonLastName", "lastname", _LAST),
        Pair("SalesMemo", "description"),
        Pair("CreditLimit", "creditlimit", amount),
        Pair("AddressCountryRegionISOCode", "address1_country", *_COUNTRY),
    ), ("PartyType", "Person"), _LANGUAGE),
    PRODUCTS: Kind(PRODUCTS, "SellableReleasedProducts", "products", "ProductNumber", "productnumber",
                   ("P-1", "P'2", "P+3"), (
        Pair("ProductName", "name", name_never_blank),
        Pair("SalesPrice", "price", amount),
        Pair("ProductDescription", "description"),
        Pair("UnitCost", "currentcost", amount),
    )),
}  # fmt: skip
"""By the names of their flows, in the order in which they run."""

__all__ = ["ACCOUNTS", "BUYERS", "CONTACTS", "PRODUCTS", "SALES_KINDS"]
