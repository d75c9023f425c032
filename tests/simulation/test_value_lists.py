"""Value maps in use: what means the same already is left as it stands, and nothing goes to and fro."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.ledger import PARKED, read_trouble
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_constants import KEPT

HOLD = ("OnHoldStatus", "msdyn_onholdstatus")
NO, INVOICE, ALL, PAYMENT, REQUISITION, NEVER = range(806380000, 806380006)


def listing(folder: Path, values: str, symbol: str = "><") -> Catalogue:
    """The shipped maps with this list for the status of customers."""
    line = f"OnHoldStatus {symbol} msdyn_onholdstatus hold"
    return maps_with(folder, f"fields: |\n  {line}\nvalues: {{hold: {values}}}\n")


async def is_at_rest(rig: Rig, erp: str, dataverse: int | None) -> None:
    """Both sides hold this; a further pass writes nothing, and sets nothing aside."""
    assert rig.both(*HOLD) == (erp, dataverse)
    before = rig.writes(), [rig.rows(prefix) for prefix in KEPT]
    await rig.compare()
    assert (rig.writes(), [rig.rows(prefix) for prefix in KEPT]) == before


async def set_in_dataverse(rig: Rig, row_id: str, value: int | None) -> None:
    rig.change(row_id, msdyn_onholdstatus=value)
    await rig.visit(DATAVERSE, (row_id,))


async def set_in_the_erp(rig: Rig, member: str) -> None:
    rig.edit(OnHoldStatus=member)
    await rig.visit(ERP, ("usmf", ACCOUNT))


@pytest.mark.parametrize("symbol", ["><", ">>"])
def test_several_values_of_one_member(tmp_path: Path, symbol: str) -> None:
    """The first is written. Another one that somebody sets stands, for it means the same, and the ERP's next edit
    replaces it.
    """

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="Invoice")
        await is_at_rest(rig, "Invoice", INVOICE)
        writes = rig.writes()
        await set_in_dataverse(rig, row_id, NEVER)
        await is_at_rest(rig, "Invoice", NEVER)
        assert rig.writes() == writes
        await set_in_the_erp(rig, "No")
        await is_at_rest(rig, "No", NO)
        await set_in_dataverse(rig, row_id, NEVER)
        await is_at_rest(rig, *(("Invoice", NEVER) if symbol == "><" else ("No", NO)))

    on_stage(story, listing(tmp_path, f"{{No: {NO}, Invoice: [{INVOICE}, {NEVER}]}}", symbol))


def test_several_members_of_one_value(tmp_path: Path) -> None:
    """Either stands beside the value; an edit in Dataverse writes the one that the list marks."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="Payment")
        await is_at_rest(rig, "Payment", ALL)
        await set_in_the_erp(rig, "All")
        await is_at_rest(rig, "All", ALL)
        await set_in_the_erp(rig, "Payment")
        await set_in_dataverse(rig, row_id, NO)
        await set_in_dataverse(rig, row_id, ALL)
        await is_at_rest(rig, "All", ALL)

    on_stage(story, listing(tmp_path, f"{{No: {NO}, All: {ALL}, Payment: {ALL}, to_erp: {{{ALL}: All}}}}"))


def test_what_stands_for_all_others(tmp_path: Path) -> None:
    """The ERP's member stays where nobody edits Dataverse. An edit back to what stands for many is set aside with its
    value and the reason, and the next edit that is clear goes through.
    """

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="Requisition")
        await is_at_rest(rig, "Requisition", NEVER)
        await set_in_the_erp(rig, "Payment")
        await is_at_rest(rig, "Payment", NEVER)
        await set_in_dataverse(rig, row_id, NO)
        await is_at_rest(rig, "No", NO)
        await set_in_dataverse(rig, row_id, NEVER)
        assert rig.both(*HOLD) == ("No", NEVER)
        (item,) = [item for row in rig.rows(PARKED) for item in read_trouble(row).items]
        assert (item["code"], item["value"]) == ("value-map", str(NEVER))
        assert "stands for all that the value map hold does not list" in item["message"]
        await set_in_the_erp(rig, "Payment")
        await is_at_rest(rig, "Payment", NEVER)
        assert not rig.rows(PARKED)

    on_stage(story, listing(tmp_path, f"{{No: {NO}, Invoice: {INVOICE}, others: {NEVER}}}"))


def test_a_member_for_all_other_values(tmp_path: Path) -> None:
    """A value that the list does not have becomes the member for others, and stays as it is in Dataverse."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="No")
        for value in (REQUISITION, NEVER):
            await set_in_dataverse(rig, row_id, value)
            await is_at_rest(rig, "All", value)
        await set_in_the_erp(rig, "No")
        await set_in_the_erp(rig, "All")
        await is_at_rest(rig, "All", ALL)
        await set_in_dataverse(rig, row_id, None)
        await rig.compare()
        assert rig.erp() is not None

    on_stage(story, listing(tmp_path, f"{{No: {NO}, All: {ALL}, to_erp: {{others: All}}}}"))


def test_a_list_for_each_direction(tmp_path: Path) -> None:
    """More may be read as a member than is written for it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="Payment")
        await is_at_rest(rig, "Payment", ALL)
        await set_in_dataverse(rig, row_id, REQUISITION)
        await is_at_rest(rig, "Requisition", REQUISITION)
        await set_in_the_erp(rig, "No")
        await is_at_rest(rig, "No", NO)

    there = f"to_dataverse: {{No: {NO}, Payment: {ALL}, Requisition: {PAYMENT}}}"
    back = f"to_erp: {{{NO}: No, {ALL}: Payment, {PAYMENT}: Requisition, {REQUISITION}: Requisition}}"
    on_stage(story, listing(tmp_path, f"{{{there}, {back}}}"))


@pytest.mark.parametrize("edits", [("Invoice", NEVER), ("All", REQUISITION)])
def test_both_sides_say_the_same(tmp_path: Path, edits: tuple[str, Any]) -> None:
    """Two edits that mean the same are no conflict, whichever of the values was taken."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OnHoldStatus="No")
        rig.edit(OnHoldStatus=edits[0])
        await set_in_dataverse(rig, row_id, edits[1])
        await is_at_rest(rig, *edits)
        assert not rig.conflicts()

    values = f"{{No: {NO}, Invoice: [{INVOICE}, {NEVER}], All: {ALL}, to_erp: {{{REQUISITION}: All}}}}"
    on_stage(story, listing(tmp_path, values))
