"""Ids and codes of one thing: sending one sets the other, and which errors tell of one that is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.refusal import not_related, rule
from tests.emulator.business_central.schema import ZERO
from tests.emulator.business_central.store import Row


@dataclass(frozen=True, slots=True)
class Pair:
    """A field with an id and one with a code, and the words of the errors (reference: business-central-api 4)."""

    set: str
    id_field: str
    code_field: str
    no_id: str
    no_code: str = ""
    differ: str = ""
    stands_in: str = ""
    """Another field by which a code is looked up where none is that code."""
    is_currency: bool = False
    """A code that is the local currency's is stored blank."""


def _named(set_name: str, id_field: str, code_field: str, name: str, thing: str) -> Pair:
    return Pair(set_name, id_field, code_field, f'The "{name}Id" does not match to {thing}.')


_CURRENCY: Final = Pair(
    "currencies", "Currency Id", "Currency Code", 'The "currencyId" does not match to a Currency.',
    'The "currencyCode" does not match to a Currency.', "The currency values do not match to a specific Currency.",
    is_currency=True,
)  # fmt: skip
_TERMS: Final = _named("paymentTerms", "Payment Terms Id", "Payment Terms Code", "paymentTerms", "a Payment Terms")
_SHIPMENT: Final = _named(
    "shipmentMethods", "Shipment Method Id", "Shipment Method Code", "shipmentMethod", "a Shipment Method"
)
_PAYMENT: Final = _named(
    "paymentMethods", "Payment Method Id", "Payment Method Code", "paymentMethod", "a Payment Method"
)
_UNIT: Final = Pair(
    "unitsOfMeasure", "Unit of Measure Id", "Base Unit of Measure",
    'The "baseUnitOfMeasureId" does not match to a Unit of Measure.',
    "The Unit of Measure with Code {code} does not exist.",
    "The unit of measure values do not match to a specific Unit of Measure.",
    stands_in="International Standard Code",
)  # fmt: skip
_CATEGORY: Final = Pair(
    "itemCategories", "Item Category Id", "Item Category Code",
    'The "itemCategoryId" does not match to a specific Item Category group.',
    'The "itemCategoryCode" does not match to a Item Category.',
    "The item categories values do not match to a specific item category.",
)  # fmt: skip
_GENERAL: Final = _named(
    "generalProductPostingGroups", "Gen. Prod. Posting Group Id", "Gen. Prod. Posting Group",
    "generalProductPostingGroup", "a Gen. Product Posting Group",
)  # fmt: skip
_INVENTORY: Final = _named(
    "inventoryPostingGroups", "Inventory Posting Group Id", "Inventory Posting Group", "inventoryPostingGroup",
    "an Inventory Posting Group",
)  # fmt: skip
PAIRS: Final[Mapping[str, tuple[Pair, ...]]] = {
    "Customer": (_CURRENCY, _TERMS, _SHIPMENT, _PAYMENT),
    "Vendor": (_CURRENCY, _TERMS, _PAYMENT),
    "Item": (_UNIT, _CATEGORY, _GENERAL, _INVENTORY),
}


def by_id(table: str, field: str) -> Pair | None:
    return next((each for each in PAIRS.get(table, ()) if each.id_field == field), None)


def by_code(table: str, field: str) -> Pair | None:
    return next((each for each in PAIRS.get(table, ()) if each.code_field == field), None)


def set_id(draft: Draft, pair: Pair, row_id: str) -> None:
    """The code follows the id."""
    code = ""
    if row_id != ZERO:
        row = draft.of(pair.set).rows.get(row_id)
        if row is None:
            raise rule(pair.no_id)
        code = str(row.values[row.table.definition.key[0]])
        draft.found[pair.code_field] = code
    _store(draft, pair, row_id, code)


def set_code(draft: Draft, pair: Pair, code: str) -> None:
    """The id follows the code; where the request gave the id before, both have to mean the same row."""
    code = "" if pair.is_currency and code == draft.company.currency else code
    before = draft.found.get(pair.code_field)
    if before is not None:
        if before != code:
            raise rule(pair.differ or pair.no_id)
        return
    row = _row(draft, pair, code)
    _store(draft, pair, row.id if row else ZERO, str(row.values[row.table.definition.key[0]]) if row else "")


def _row(draft: Draft, pair: Pair, code: str) -> Row | None:
    if not code:
        return None
    table = draft.of(pair.set)
    row = table.with_code(code)
    if row is None and pair.stands_in:
        others = table.index(pair.stands_in).get(code)
        row = table.rows[min(others)] if others else None
    if row is None:
        if pair.no_code:
            raise rule(pair.no_code.format(code=code))
        raise not_related(pair.code_field, draft.page.table, code, table.definition.name)
    return row


def _store(draft: Draft, pair: Pair, row_id: str, code: str) -> None:
    draft.values[pair.id_field], draft.values[pair.code_field] = row_id, code
    draft.sent |= {pair.id_field, pair.code_field}
