"""System pricing: what Sales computes of the lines of a quote, an order or an invoice, and of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.emulator.dataverse.values import rounded

Values = Mapping[str, Any]


def of_line(values: Values, places: int) -> dict[str, float]:
    """Amounts of a line: price times quantity, and that with discount and tax."""
    base = rounded((values["priceperunit"] or 0.0) * (values["quantity"] or 0.0), places)
    whole = base - (values["manualdiscountamount"] or 0.0) + (values["tax"] or 0.0)
    return {"baseamount": base, "extendedamount": rounded(whole, places)}


def of_document(values: Values, lines: Iterable[Values], places: int) -> dict[str, float]:
    """Totals of a document: its lines, its own discounts and freight, and the tax of its lines."""
    known = list(lines)
    discounts = sum(line["manualdiscountamount"] or 0.0 for line in known)
    amount = sum(line["baseamount"] or 0.0 for line in known) - discounts
    own = (values["discountamount"] or 0.0) + amount * (values["discountpercentage"] or 0.0) / 100
    tax = sum(line["tax"] or 0.0 for line in known)
    found = {
        "totallineitemamount": amount,
        "totallineitemdiscountamount": discounts,
        "totaldiscountamount": own + discounts,
        "totalamountlessfreight": amount - own,
        "totaltax": tax,
        "totalamount": amount - own + (values["freightamount"] or 0.0) + tax,
    }
    return {name: rounded(value, places) for name, value in found.items()}
