"""Items: what their ledger entries fix, and stock that is changed by a journal line."""

from __future__ import annotations

from typing import Any

from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.refusal import rule


def has_entries(draft: Draft) -> bool:
    return ("Item", draft.values["No."]) in draft.company.usage.entries


def type_changed(draft: Draft, old: Any) -> None:
    if has_entries(draft):
        draft.values["Type"] = old
        raise rule(
            f"You cannot change the Type field on Item {draft.values['No.']} because at least one Item Ledger Entry "
            "exists for this item."
        )


def cost_changed(draft: Draft, _old: Any) -> None:
    if has_entries(draft):
        raise rule("You cannot change Unit Cost because there are one or more ledger entries for this item.")


def check_unit(draft: Draft) -> None:
    """The base unit is fixed once there are open entries."""
    before = draft.before
    changed = before is not None and before.values["Base Unit of Measure"] != draft.values["Base Unit of Measure"]
    if changed and has_entries(draft):
        raise rule(
            "You cannot change Base Unit of Measure because there are one or more open ledger entries for this item."
        )


def set_inventory(draft: Draft, value: Any) -> None:
    """Another stock than there is posts a journal line of today; a new item has none."""
    if draft.before is None:
        raise rule("Inventory cannot be changed during on insert.")
    stock, number, usage = draft.company.usage.stock, draft.values["No."], draft.company.usage
    before, entries = stock.get(number), set(usage.entries)

    def undo() -> None:
        usage.entries = entries
        stock.pop(number, None)
        if before is not None:
            stock[number] = before

    draft.environment.undo_with(undo)
    stock[number] = value
    usage.entries = entries | {("Item", number)}
