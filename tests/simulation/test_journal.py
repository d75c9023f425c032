"""The journal: what it keeps of values, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.engine import Options
from shared.ledger import JOURNAL, read_journal
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, on_stage


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
