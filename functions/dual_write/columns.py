"""A contact that is named as customer of a quote or an order becomes sellable, and stays so.

Unset by hand, it is set again as long as there is such a document. With prospect to cash on, that suite keeps what it
asks for instead (reference: dual-write 3.3).
"""

from functions.columns import columns_blueprint
from functions.suites import Configured
from shared.columns import Columns, Customers

CONSUMERS = "dual_write.customers_v3_contacts"


def columns(configured: Configured) -> Columns:
    """What the suite keeps."""
    rule = Customers(CONSUMERS, said="msdyn_sellable", documents=("quotes", "salesorders"))
    other = "prospect_to_cash"
    idle = f"the suite {other} keeps its own" if other in configured.suites else ""
    return Columns("dual_write", (rule,), (CONSUMERS,), idle)


blueprint = columns_blueprint(__name__, columns)
