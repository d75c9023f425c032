"""Servers that make something else of what they are sent: it flows back where it can, never to and fro or unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.engine import explain
from shared.ledger import PARKED, read_trouble
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

Change = Callable[[Any], Any]

TEXTS: list[Any] = [
    pytest.param(lambda text: text and str(text).upper(), "A SHOP", id="upper-casing"),
    pytest.param(lambda text: text or "(none)", "a shop", id="defaulting"),
]


def dataverse_changes(rig: Rig, column: str, change: Change) -> None:
    """A plug-in of Dataverse changes a column of accounts on every write."""

    def plug_in(_before: object, values: dict[str, Any]) -> None:
        values[column] = change(values[column])

    rig.world.dataverse._writer.checks["accounts"] = plug_in


def erp_changes(rig: Rig, field: str, change: Change) -> None:
    """Business logic of the ERP changes a field of customers on every write."""
    readers: Any = rig.world.finops.environment.table("CustomersV3").readers
    read = readers[field]
    readers[field] = lambda value: change(read(value))


def codes(rig: Rig) -> list[str]:
    return [item["code"] for row in rig.rows(PARKED) for item in read_trouble(row).items]


async def is_quiet(rig: Rig) -> None:
    """A further pass and a further event write nothing to either side, nor any news to the ledger."""
    rows = [rig.rows(prefix) for prefix in ("c~", "j~", "p~", "w~")]
    writes = rig.writes()
    await rig.compare()
    await rig.visit(ERP, ("usmf", ACCOUNT))
    await rig.compare()
    assert rig.writes() == writes
    assert [rig.rows(prefix) for prefix in ("c~", "j~", "p~", "w~")] == rows


@pytest.mark.parametrize("many", [False, True], ids=["one", "in bulk"])
@pytest.mark.parametrize(("change", "stored"), TEXTS)
def test_what_dataverse_makes_of_a_value_flows_back(change: Change, stored: str, *, many: bool) -> None:
    """Both sides end up with what Dataverse stored, also where it answers a bulk create without its rows."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", change)
        for number in range(2 if many else 0):
            rig.customer(f"US-10{number}")
        identity = rig.customer(SalesMemo="a shop")
        if many:
            await rig.compare()
        else:
            await rig.visit(ERP, identity)
        assert rig.both("SalesMemo", "description") == (stored, stored)
        await is_quiet(rig)
        assert codes(rig) == []

    on_stage(story)


@pytest.mark.parametrize(("change", "stored"), TEXTS)
def test_what_the_erp_makes_of_a_value_flows_back(change: Change, stored: str) -> None:
    """The same from the other side, on create and on update."""

    async def story(rig: Rig) -> None:
        erp_changes(rig, "SalesMemo", change)
        row_id = rig.account(description="a shop")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == (stored, stored)
        rig.change(row_id, description="a shop!")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == (change("a shop!"), change("a shop!"))
        await is_quiet(rig)

    on_stage(story)


def test_a_default_that_fills_a_blank_flows_back() -> None:
    """A blank that the other server does not accept becomes its default on both sides."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", lambda text: text or "(none)")
        await rig.visit(ERP, rig.customer())
        assert rig.both("SalesMemo", "description") == ("(none)", "(none)")
        await is_quiet(rig)

    on_stage(story)


def test_two_servers_that_disagree_do_not_play_ping_pong() -> None:
    """Each keeps its own form after one exchange; the difference is parked, and stays so until somebody edits."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", lambda text: text and str(text).upper())
        erp_changes(rig, "SalesMemo", lambda text: text and str(text).lower())
        await rig.visit(ERP, rig.customer(SalesMemo="A shop"))
        assert rig.both("SalesMemo", "description") == ("a shop", "A SHOP")
        assert codes(rig) == ["coerced"]
        await is_quiet(rig)
        rig.edit(SalesMemo="12")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (rig.both("SalesMemo", "description"), codes(rig)) == (("12", "12"), [])

    on_stage(story)


@pytest.mark.parametrize("many", [False, True], ids=["one", "in bulk"])
def test_a_one_way_line_that_is_changed_on_arrival_is_written_once_and_shown(tmp_path: Path, *, many: bool) -> None:
    """It cannot flow back, so it is not sent again and again; the difference stands in one parked row."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "description", lambda text: text and str(text).upper())
        if many:
            rig.customer("US-002")
        identity = rig.customer(SalesMemo="a shop")
        if many:
            await rig.compare()
        else:
            await rig.visit(ERP, identity)
        assert rig.both("SalesMemo", "description") == ("a shop", "A SHOP")
        await is_quiet(rig)
        (item,) = [item for row in rig.rows(PARKED) for item in read_trouble(row).items]
        assert (item["code"], item["value"]) == ("coerced", "A SHOP")
        story = await explain(rig.flow(), ERP, identity)
        assert story["why"] == "lines are set aside: see what is open"
        rig.edit(SalesMemo="53")
        await rig.visit(ERP, identity)
        assert rig.both("SalesMemo", "description") == ("53", "53")
        assert codes(rig) == []

    on_stage(story, maps_with(tmp_path, "fields: |\n  SalesMemo > description\n"))


def test_what_becomes_of_a_put_back_is_shown_though_its_source_is_blank(tmp_path: Path) -> None:
    """The ERP never leaves the memo blank. That is no first match at which Dataverse said nothing: it still rules."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        erp_changes(rig, "SalesMemo", lambda text: text or "(none)")
        for memo in ("once", "again"):
            rig.edit(SalesMemo=memo)
            await rig.visit(ERP, ("usmf", ACCOUNT))
            assert (rig.both("SalesMemo", "description"), codes(rig)) == (("(none)", None), ["coerced"])
            await is_quiet(rig)
        rig.change(row_id, description="53")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (rig.both("SalesMemo", "description"), codes(rig)) == (("53", "53"), [])

    on_stage(story, maps_with(tmp_path, "fields: |\n  SalesMemo < description\n"))


def test_an_edit_of_a_coerced_one_way_line_on_its_target_is_put_back_once() -> None:
    """The source is the truth, in the form that the target gives it."""

    async def story(rig: Rig) -> None:
        dataverse_changes(rig, "address1_latitude", lambda value: value and round(float(value)))
        await rig.visit(ERP, rig.customer(DeliveryAddressLatitude=52.5))
        account = rig.dataverse()
        assert account is not None
        rig.change(account["accountid"], address1_latitude=7)
        await rig.visit(DATAVERSE, (account["accountid"],))
        assert rig.both("DeliveryAddressLatitude", "address1_latitude") == (52.5, 52)
        await is_quiet(rig)

    on_stage(story)
