"""What our own write shows as changed, beside what was written, flows in the same visit, and overrules no edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shared.ledger import JOURNAL, read_journal
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_coercion import codes, is_quiet

PHONE = ("PrimaryContactPhone", "telephone1")
MEMO = ("SalesMemo", "description")


def a_plug_in_notes_calls(rig: Rig, *, always: bool = False) -> None:
    """A plug-in of Dataverse keeps a note of the last phone number, or a new one whenever anything is written."""
    count = iter(range(100))

    def plug_in(before: Any, values: dict[str, Any]) -> None:
        if always:
            values["description"] = f"note {next(count)}"
        elif values["telephone1"] != (before.values["telephone1"] if before else None):
            values["description"] = f"call {values['telephone1']}"

    rig.world.dataverse._writer.checks["accounts"] = plug_in


def test_what_a_plug_in_sets_beside_our_write_flows_at_once() -> None:
    """One visit, and both sides say the same on every line."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        a_plug_in_notes_calls(rig)
        rig.edit(PrimaryContactPhone="77")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both(*PHONE) == ("77", "77")
        assert rig.both(*MEMO) == ("call 77", "call 77")
        reasons = [line["reason"] for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"]]
        assert reasons.count("edit") == 2
        await is_quiet(rig)

    on_stage(story)


def test_an_edit_after_the_plug_in_is_not_overruled() -> None:
    """By then the ERP has what the plug-in set, and the newer edit of a person flows."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        a_plug_in_notes_calls(rig)
        rig.edit(PrimaryContactPhone="77")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        rig.edit(SalesMemo="a person's")
        await rig.compare()
        assert rig.both(*MEMO) == ("a person's", "a person's")
        assert rig.conflicts() == []

    on_stage(story)


def erp_sets(rig: Rig, changed: str, sets: str, value: Callable[[Any], str]) -> None:
    """Business logic of the ERP sets one field of a customer whenever another is written."""
    writer: Any = rig.world.finops._writer
    updated = writer._updated

    def noting(table: Any, row: Any, body: Mapping[str, Any], actor: Any) -> Any:
        return updated(table, row, {**body, sets: value(body[changed])} if changed in body else body, actor)

    writer._updated = noting


def test_what_business_logic_of_the_erp_sets_beside_our_write_flows_at_once() -> None:
    """The same from the other side."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, SalesMemo="before")
        erp_sets(rig, "PrimaryContactPhone", "SalesMemo", lambda phone: f"call {phone}")
        rig.change(row_id, telephone1="77")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*PHONE) == ("77", "77")
        assert rig.both(*MEMO) == ("call 77", "call 77")
        await is_quiet(rig)

    on_stage(story)


def test_two_servers_that_answer_each_other_for_ever_do_so_once_a_visit() -> None:
    """A note makes a fax number, and that another note: what is left of it is the next visit's."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        a_plug_in_notes_calls(rig, always=True)
        erp_sets(rig, "SalesMemo", "PrimaryContactFax", lambda memo: f"fax {memo}")
        rig.edit(PrimaryContactPhone="77")
        writes = rig.writes()
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.writes() - writes == 3
        assert rig.both("PrimaryContactFax", "fax") == ("fax note 0", "fax note 0")
        assert rig.both(*MEMO) == ("note 0", "note 1")

    on_stage(story)


def test_a_plug_in_that_never_rests_is_followed_once_a_visit() -> None:
    """Every write makes another note: it flows once, and the visit ends."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        a_plug_in_notes_calls(rig, always=True)
        rig.edit(PrimaryContactPhone="77")
        writes = rig.writes()
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "updated"
        assert rig.both(*MEMO) == ("note 0", "note 0")
        assert rig.writes() - writes == 2
        await is_quiet(rig)

    on_stage(story)


def test_a_one_way_line_that_a_plug_in_sets_is_put_back_once(tmp_path: Path) -> None:
    """Where the plug-in sets it again, the difference is parked, and the visit ends."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")
        a_plug_in_notes_calls(rig, always=True)
        rig.edit(PrimaryContactPhone="77")
        writes = rig.writes()
        assert (await rig.visit(ERP, ("usmf", ACCOUNT))).kind == "parked"
        assert rig.both(*MEMO) == ("before", "note 1")
        assert (rig.writes() - writes, codes(rig)) == (2, ["coerced"])
        await is_quiet(rig)

    on_stage(story, maps_with(tmp_path, "fields: |\n  SalesMemo > description\n"))


def test_what_a_plug_in_brings_about_is_no_longer_waited_for(tmp_path: Path) -> None:
    """A reference that is there before the visit is over has arrived, and the pass counts it so."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="before")

        def plug_in(_before: Any, values: dict[str, Any]) -> None:
            if values["telephone1"] == "77" and values["description"] == "before":
                values["description"] = f"calls cost {rig.new_currency('DKK')}"

        rig.world.dataverse._writer.checks["accounts"] = plug_in
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        rig.edit(PrimaryContactPhone="77", SalesCurrencyCode="DKK")
        tally = await rig.compare()
        assert (tally.counts["updated"], tally.counts["waiting"]) == (1, 0)
        assert rig.counts()["waiting"] == 0
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value")[1] in rig.both(*MEMO)[0]

    line = "SalesCurrencyCode = transactioncurrencyid.isocurrencycode ; missing wait"
    on_stage(story, maps_with(tmp_path, f"fields: |\n  {line}\n"))
