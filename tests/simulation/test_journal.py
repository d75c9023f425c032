"""The journal: what it keeps of values, and for how long."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.engine import FlowState, Options, accept, restore, set_state
from shared.errors import Refused
from shared.ledger import JOURNAL, PARKED, read_journal, read_trouble
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage
from tests.simulation.test_conflicts import listed, parking, quarrel
from tests.simulation.test_recovery import others_go_on


@pytest.mark.parametrize("values", [True, False])
def test_the_journal_keeps_values_or_only_the_names_of_fields(*, values: bool) -> None:
    """Who does not want old and new values in it still sees which fields were written, where and why."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(OrganizationName="Jane Doe")
        await rig.visit(ERP, identity)
        rig.edit(OrganizationName="J. Doe")
        await rig.visit(ERP, identity)
        (update,) = [read_journal(row) for row in rig.rows(JOURNAL) if "updated" in read_journal(row)["what"]]
        (line,) = update["lines"]
        told = {"line": "OrganizationName = name", "side": DATAVERSE, "reason": "edit"}
        assert line == {**told, "old": "Jane Doe", "new": "J. Doe"} if values else line == told
        assert ("Doe" in repr([read_journal(row) for row in rig.rows(JOURNAL)])) is values

    on_stage(story, options=Options(journal_values=values))


def test_old_rows_go_away_and_recent_ones_stay() -> None:
    """Once a day every flow's journal is looked through; further runs on that day write nothing."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        rig.world.loop.now += timedelta(days=20).total_seconds()
        rig.edit(OrganizationName="Recent")
        await rig.visit(ERP, identity)
        await rig.pump()
        assert len(rig.rows(JOURNAL)) == 2
        rig.world.loop.now += timedelta(days=20).total_seconds()
        await rig.pump()
        assert [read_journal(row)["what"] for row in rig.rows(JOURNAL)] == ["updated dataverse"]
        transactions = rig.world.tables.transactions
        await rig.pump()
        assert rig.world.tables.transactions == transactions
        coupling = await rig.coupling(ACCOUNT)
        assert (coupling is not None, await rig.state(CUSTOMERS)) == (True, "running")

    on_stage(story, options=Options(journal=timedelta(days=30)))


def told(rig: Rig, what: str) -> list[dict[str, Any]]:
    """Journal rows that begin so."""
    entries = [read_journal(row) for row in rig.rows(JOURNAL)]
    return [each for each in entries if each["what"].startswith(what)]


def lines(entry: dict[str, Any], name: str) -> list[tuple[str, str, str]]:
    return [(each["side"], each["old"], each["new"]) for each in entry["lines"] if each["line"] == name]


NAME = "OrganizationName = name"


async def dies_at(rig: Rig, step: str, work: Any) -> None:
    """An instance dies before it sends a request of this kind; the others go on."""
    rig.world.weather.strike = lambda sent: sent == step
    await asyncio.wait({rig.world.instance(work)[1]}, timeout=60)
    rig.world.weather.strike = None
    await others_go_on(rig)


def test_a_create_that_recovery_meets_as_a_match_is_journaled() -> None:
    """The ERP holds what was created for an account when no answer came: the journal says what stands there."""

    async def story(rig: Rig) -> None:
        await dies_at(rig, "ledger settle", rig.visit(DATAVERSE, (rig.account(name="By hand"),)))
        assert rig.both("OrganizationName", "name") == ("By hand", "By hand")
        (entry,) = told(rig, "found in erp")
        assert lines(entry, NAME) == [(ERP, "", "By hand")]

    on_stage(story)


def test_a_create_that_is_found_is_journaled_as_it_was_made() -> None:
    """Its record was edited before anybody found the new one: what was created had the older value."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        rig.world.weather.strike = lambda sent: sent == "ledger settle"
        await asyncio.wait({rig.world.instance(rig.visit(ERP, identity))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.edit(OrganizationName="Edited")
        await others_go_on(rig)
        (created,), (updated,) = told(rig, "created in dataverse"), told(rig, "updated")
        assert lines(created, NAME) == [(DATAVERSE, "", "Contoso")]
        assert lines(updated, NAME) == [(DATAVERSE, "Contoso", "Edited")]

    on_stage(story)


def test_a_write_that_came_through_is_journaled_although_somebody_has_edited_it_since() -> None:
    """Nobody can tell any more whether it stood there; the journal says that it may have."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, name="Fabrikam")
        rig.world.weather.strike = lambda sent: sent == "ledger settle"
        await asyncio.wait({rig.world.instance(rig.visit(DATAVERSE, (row_id,)))[1]}, timeout=60)
        rig.world.weather.strike = None
        rig.edit(OrganizationName="Northwind")
        await others_go_on(rig)
        (entry,) = told(rig, "recovered")
        assert lines(entry, NAME) == [(ERP, "Contoso", "Fabrikam")]

    on_stage(story)


def test_a_restore_that_is_cut_off_has_said_what_it_writes_and_why() -> None:
    """The value stands there, and so does the row; the conflict stays in the list."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        await dies_at(rig, "ledger decide", restore(rig.flow(), row["id"]))
        assert rig.both("OrganizationName", "name") == ("ERP", "ERP")
        (entry,) = told(rig, "losing value")
        assert lines(entry, NAME) == [(ERP, "Dataverse", "ERP")]

    on_stage(story)


def test_a_restore_that_is_refused_was_never_made() -> None:
    """The journal tells nothing of a value that the system does not take back."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        rig.edit(OrganizationName="Edited since")
        with pytest.raises(Refused):
            await restore(rig.flow(), row["id"])
        assert told(rig, "losing value") == []

    on_stage(story)


@pytest.mark.parametrize("winner", [ERP, DATAVERSE])
def test_a_decision_is_journaled_with_what_gives_way_to_what(tmp_path: Path, winner: Any) -> None:
    """On the side that loses, from its value to the winner's."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        await accept(rig.flow(), row["id"], winner)
        (entry,) = told(rig, "conflict decided")
        expected = (DATAVERSE, "Dataverse", "ERP") if winner == ERP else (ERP, "ERP", "Dataverse")
        assert lines(entry, NAME) == [expected]

    on_stage(story, parking(tmp_path))


def test_an_accepted_conflict_is_journaled_with_what_was_given_up() -> None:
    """The loser gave way to the winner."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        await accept(rig.flow(), row["id"])
        (entry,) = told(rig, "conflict accepted")
        assert lines(entry, NAME) == [(ERP, "ERP", "Dataverse")]

    on_stage(story)


@pytest.mark.parametrize("state", ["running", "paused", "not running"])
def test_what_is_parked_for_long_keeps_no_values_where_nobody_says_it_anew(state: FlowState) -> None:
    """In a flow that runs it is as fresh as the record; elsewhere the value and the words go with the journal."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer())
        rig.edit(PrimaryContactEmail="jane" * 30 + "@contoso.example")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        (fresh,) = read_trouble(rig.rows(PARKED)[0]).items
        await set_state(rig.house, CUSTOMERS, state)
        rig.world.loop.now += timedelta(days=500).total_seconds()
        await rig.pump()
        (item,) = read_trouble(rig.rows(PARKED)[0]).items
        assert (item["line"], item["code"]) == (fresh["line"], "too-long")
        assert ("jane" in repr(rig.rows(PARKED))) == (state == "running")
        rows = rig.rows(PARKED)
        rig.world.loop.now += timedelta(days=2).total_seconds()
        await rig.pump()
        assert rig.rows(PARKED) == rows
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert read_trouble(rig.rows(PARKED)[0]).items == (fresh,)

    on_stage(story)
