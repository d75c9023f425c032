"""JOURNAL_VALUES=false, everywhere: after a day on which all sorts of things went wrong no row of any table, and no
line of the log, holds what a person is called or what was entered about him.

Identities are no values: couplings, and what is set aside, are about records, and name them. In the log they stand no
more than values do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Options, accept, set_state, start_job, work_on
from shared.engine._discreet import unquoted
from shared.engine.passes._retention import RESTORABLE
from shared.ledger import CONFLICT, PARKED, WAITING, read_conflict, read_trouble
from tests.simulation.rig import CUSTOMERS, ERP, GROUPS, Rig, coupled, maps_with, on_stage

MARK: Final = "Qzx"
"""Begins every value that somebody enters in these stories."""
NUMBER: Final = "QN-"
"""Begins every number of a customer."""
SILENT: Final = Options(journal_values=False)
PARKS: Final = "fields: |\n  SalesMemo = description ; conflict park\n"


def cells(rig: Rig) -> Iterator[str]:
    """Everything that stands in the ledger, row by row, with its key."""
    for name, rows in rig.world.tables.partitions.items():
        for row in rows.values():
            yield repr(
                (
                    name,
                    row.key,
                    dict(row.cells),
                )
            )


def told(rig: Rig, kind: str, name: str = CUSTOMERS) -> list[Any]:
    return [item for row in rig.rows(kind, name) for item in read_trouble(row).items]


async def went_wrong(rig: Rig) -> None:
    """A conflict that is decided, and one that is not; what is refused; who waits; strangers; a party; quotes."""
    row_id = await coupled(rig, f"{NUMBER}1", OrganizationName="QzxAda King", SalesMemo="QzxFirst")
    await _conflicts(rig, row_id)
    await _refusals(rig)
    rig.customer(f"{NUMBER}5", OrganizationName="QzxNorth Wind")
    rig.account(f"{NUMBER}5", name="QzxFabrikam", telephone1="Qzx0123")
    rig.account(f"{NUMBER}6", name='QzxEve\'s "own"', msdyn_partynumber="QzxParty")
    rig.customer(f"{NUMBER}7", OrganizationName="QzxBo", VendorAccount="")
    rig.edit(f"{NUMBER}7", SalesMemo="QzxMemo")
    await set_state(rig.house, GROUPS, "running")
    rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "QzxGroup"})
    rig.customer(f"{NUMBER}8", OrganizationName="QzxCy", CustomerGroupId="QzxGroup")
    for _ in range(2):
        await rig.compare()
        await rig.pump()


async def _conflicts(rig: Rig, row_id: str) -> None:
    rig.edit(f"{NUMBER}1", OrganizationName="QzxErp", SalesMemo="QzxTheirs")
    rig.change(row_id, name="QzxDataverse", description="QzxOurs")
    await rig.visit(ERP, ("usmf", f"{NUMBER}1"))


async def _refusals(rig: Rig) -> None:
    """A plug-in refuses what it quotes, with other values beside it; the ERP refuses a whole record; and an edit."""
    behaviour = rig.world.dataverse.behaviour
    behaviour.refused_values["accounts"] = {"description": frozenset({"QzxBad"})}
    behaviour.own_words = "The text 'QzxBad' of QzxDi, phone Qzx555, is not valid."
    rig.customer(f"{NUMBER}2", OrganizationName="QzxDi", SalesMemo="QzxBad", PrimaryContactPhone="Qzx555")
    await coupled(rig, f"{NUMBER}3", OrganizationName="QzxDi", PrimaryContactPhone="Qzx555")
    rig.edit(f"{NUMBER}3", SalesMemo="QzxBad")
    await rig.visit(ERP, ("usmf", f"{NUMBER}3"))


async def planned(rig: Rig) -> None:
    job = await start_job(rig.house, "plan", [CUSTOMERS])
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)


def test_no_row_and_no_line_of_the_log_holds_a_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def story(rig: Rig) -> None:
        await went_wrong(rig)
        await planned(rig)
        codes = {str(item["code"]) for kind in (PARKED, WAITING) for item in told(rig, kind)}
        assert codes >= {"plug-in", "stranger", "joins", "missing"}
        (open_one,) = [each for row in rig.rows(CONFLICT) if (each := read_conflict(row)).open]
        assert {open_one.value, open_one.winner} == {"QzxTheirs", "QzxOurs"}, "what is undecided is shown to decide it"
        await accept(rig.flow(), open_one.key, ERP)
        assert not [each for each in cells(rig) if MARK in each and CONFLICT not in each]
        rig.world.dataverse.behaviour.refused_values.clear()
        await asyncio.sleep((RESTORABLE + timedelta(days=1)).total_seconds())
        await rig.pump()
        assert not [each for each in cells(rig) if MARK in each]
        assert len(rig.rows(CONFLICT)) == 2, "that there was a conflict, and who won, still stands"
        lines = [
            each.getMessage() + repr(vars(each))
            for each in caplog.records
            if each.name.startswith(("koppel", "stamina"))
        ]
        assert not [each for each in lines if MARK in each or NUMBER in each]

    on_stage(story, maps_with(tmp_path, PARKS), options=SILENT)


def test_what_is_waited_for_is_not_told() -> None:
    """Which line waits, and for which table: the code may be somebody's number."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": "QzxTerms"})
        assert (await rig.visit(ERP, rig.customer(f"{NUMBER}1", PaymentTerms="QzxTerms"))).kind == "waiting"
        (item,) = told(rig, WAITING)
        assert (item["code"], item["value"], item["table"]) == ("missing", "", "msdyn_paymentterms")
        assert not [each for each in cells(rig) if MARK in each]

    on_stage(story, options=SILENT)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("the record's name is 'QzxAda'", "the record's name is \u2026"),
        (
            "it is \"QzxO'Neil\" in the ERP and 'QzxEve\\'s \"own\"' in Dataverse",
            "it is \u2026 in the ERP and \u2026 in Dataverse",
        ),
    ],
)
def test_what_stands_in_quotes_goes_and_an_apostrophe_opens_none(message: str, kept: str) -> None:
    assert unquoted(message) == kept


def test_what_is_undecided_keeps_both_values(tmp_path: Path) -> None:
    """As long as nobody has decided: he has to see them."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, f"{NUMBER}1", SalesMemo="QzxFirst")
        await _conflicts(rig, row_id)
        await asyncio.sleep((RESTORABLE + timedelta(days=1)).total_seconds())
        await rig.pump()
        kept = {each.open: {each.value, each.winner} for each in map(read_conflict, rig.rows(CONFLICT))}
        assert kept == {True: {"QzxTheirs", "QzxOurs"}, False: {""}}

    on_stage(story, maps_with(tmp_path, PARKS), options=SILENT)


@pytest.mark.parametrize("where", ["visit", "job"])
def test_a_mistake_of_ours_is_logged_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """What nobody expected may quote anything: the log tells what kind it was, and where it broke."""

    async def broken(*_args: object) -> None:
        raise ValueError(f"{MARK}Ada cannot be a number")

    async def story(rig: Rig) -> None:
        rig.customer(f"{NUMBER}1")
        monkeypatch.setattr(f"shared.engine.passes.{'_waves.visit' if where == 'visit' else '_pump.work_on'}", broken)
        await start_job(rig.house, "compare", [CUSTOMERS])
        if where == "visit":
            await rig.compare_and_note()
        else:
            await rig.pump()
        assert "ValueError" in caplog.text
        assert "in broken" in caplog.text
        assert MARK not in caplog.text
        assert not [each for each in cells(rig) if MARK in each]

    on_stage(story, options=SILENT)
