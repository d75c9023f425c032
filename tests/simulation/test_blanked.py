"""A line that reads blank in a share of rows that people do not cause is held; the others go on, a person confirms."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest

from shared.engine import blanked, confirm_blank, explain
from shared.errors import Refused
from shared.mapping import Side
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage

ACCOUNTS = [f"B-{number:02}" for number in range(16)]


async def customers(rig: Rig, accounts: Collection[str] = ACCOUNTS) -> dict[str, str]:
    ids = {each: await coupled(rig, each, CreditLimit=5000, PrimaryContactPhone="555") for each in accounts}
    rig.world.loop.pass_time(30 * 86_400)
    await rig.pump()
    return ids


def blank(rig: Rig, side: Side, ids: dict[str, str], accounts: Iterable[str]) -> None:
    """The credit limit reads blank on a side, as after a faulty import."""
    for account in accounts:
        if side == ERP:
            rig.edit(account, CreditLimit=0)
        else:
            rig.change(ids[account], creditlimit=None)


def limits(rig: Rig, side: Side) -> list[Any]:
    """What the other side holds."""
    if side == ERP:
        return [row["CreditLimit"] for row in rig.world.finops.rows("CustomersV3")]
    return [row["creditlimit"] for row in rig.world.dataverse.rows("accounts")]


def opposite(side: Side) -> Side:
    return DATAVERSE if side == ERP else ERP


def line_of(rig: Rig) -> str:
    return next(line.name for line in rig.flow().map.lines if line.erp.name == "CreditLimit")


@pytest.mark.parametrize("edited_in", [ERP, DATAVERSE])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_line_that_reads_blank_everywhere_is_held_before_anything_of_it_is_written(
    side: Side, edited_in: Side
) -> None:
    """Not one limit is cleared, whichever side a pass meets first; the phone of the same records goes on."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, side, ids, ACCOUNTS)
        for account, row_id in ids.items():
            if edited_in == ERP:
                rig.edit(account, PrimaryContactPhone="777")
            else:
                rig.change(row_id, telephone1="777")
        await rig.compare_and_note()
        assert set(limits(rig, opposite(side))) == {5000}
        phones = {row["telephone1"] for row in rig.world.dataverse.rows("accounts")}
        assert phones == {row["PrimaryContactPhone"] for row in rig.world.finops.rows("CustomersV3")} == {"777"}
        assert await rig.state() == "running"
        (held,) = await blanked(rig.house, CUSTOMERS)
        assert (held["side"], held["line"]) == (side, line_of(rig))
        assert "16 of 16 records" in held["reason"]
        assert rig.counts()["parked"] == len(ACCOUNTS)
        writes = rig.writes()
        await rig.compare_and_note()
        assert (rig.writes(), len(await blanked(rig.house, CUSTOMERS))) == (writes, 1)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_a_person_confirms_is_carried_over(side: Side) -> None:
    """People cleared them after all: the next pass does it, and the word holds for this one time."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, side, ids, ACCOUNTS)
        await rig.compare_and_note()
        await confirm_blank(rig.house, CUSTOMERS, line_of(rig))
        await rig.compare_and_note()
        assert set(limits(rig, opposite(side))) <= {0, None}
        assert (await blanked(rig.house, CUSTOMERS), rig.counts()["parked"]) == ([], 0)
        with pytest.raises(Refused, match="not held"):
            await confirm_blank(rig.house, CUSTOMERS, line_of(rig))
        for account in ACCOUNTS:
            rig.edit(account, PrimaryContactPhone="")
        await rig.compare_and_note()
        assert len(await blanked(rig.house, CUSTOMERS)) == 1, "another line asks anew"

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_values_that_are_back_take_the_hold_away(side: Side) -> None:
    """What was hidden is seen again: nothing was written, nothing is parked, and nobody has to say anything."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, side, ids, ACCOUNTS)
        await rig.compare_and_note()
        for account, row_id in ids.items():
            if side == ERP:
                rig.edit(account, CreditLimit=5000)
            else:
                rig.change(row_id, creditlimit=5000)
        rig.world.loop.pass_time(60)
        await rig.compare()
        assert (await blanked(rig.house, CUSTOMERS), rig.counts()["parked"]) == ([], 0)
        assert limits(rig, ERP) == limits(rig, DATAVERSE)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_few_that_people_cleared_are_nobodys_concern(side: Side) -> None:
    """Seven of sixteen are carried over at once, in a pass and by events."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, side, ids, ACCOUNTS[:7])
        await rig.compare()
        assert sum(not each for each in limits(rig, opposite(side))) == 7
        assert not await blanked(rig.house, CUSTOMERS)

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_live_not_more_than_ten_clears_pass(side: Side) -> None:
    """Events tell of sixteen edits, and each of the records reads blank: the eleventh is held, and all that follow."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, side, ids, ACCOUNTS)
        for account, row_id in ids.items():
            await rig.visit(side, ("usmf", account) if side == ERP else (row_id,))
        assert sum(not each for each in limits(rig, opposite(side))) == 10
        (held,) = await blanked(rig.house, CUSTOMERS)
        assert held["side"] == side
        assert rig.counts()["parked"] == 6

    on_stage(story)


def test_many_single_clearings_among_many_more_are_people() -> None:
    """Thirteen of forty in a day: a look at the others tells that it is no share to hold anything for."""

    async def story(rig: Rig) -> None:
        accounts = [f"M-{number:02}" for number in range(40)]
        ids = await customers(rig, accounts)
        for account in accounts[:13]:
            blank(rig, DATAVERSE, ids, [account])
            await rig.visit(DATAVERSE, (ids[account],))
        assert sum(not each for each in limits(rig, ERP)) == 13
        assert not await blanked(rig.house, CUSTOMERS)

    on_stage(story)


def test_a_catch_up_counts_what_changed() -> None:
    """Sixteen rows changed at once, and all of them read blank on one line."""

    async def story(rig: Rig) -> None:
        from shared.engine import catch_up  # noqa: PLC0415 - the one story that needs it

        ids = await customers(rig)
        await rig.compare()
        blank(rig, DATAVERSE, ids, ACCOUNTS)
        await catch_up(rig.house, CUSTOMERS, lambda: False)
        assert set(limits(rig, ERP)) == {5000}
        assert len(await blanked(rig.house, CUSTOMERS)) == 1

    on_stage(story)


def test_explain_tells_of_a_line_that_is_held() -> None:
    """The line says why it stays; the record is not in sync."""

    async def story(rig: Rig) -> None:
        ids = await customers(rig)
        blank(rig, DATAVERSE, ids, ACCOUNTS)
        await rig.compare_and_note()
        told = await explain(rig.flow(), DATAVERSE, (ids[ACCOUNTS[0]],))
        (line,) = [each for each in told["lines"] if each["line"] == line_of(rig)]
        assert "people do not cause" in line["flows"]
        assert told["why"] == "lines are set aside: see what is open"

    on_stage(story)


def test_what_a_first_synchronisation_finds_blank_is_no_clearing() -> None:
    """Nothing was ever agreed: a blank is filled, however many there are."""

    async def story(rig: Rig) -> None:
        for account in ACCOUNTS:
            rig.customer(account, CreditLimit=5000)
            rig.account(account)
        await rig.compare()
        assert set(limits(rig, DATAVERSE)) == {5000}
        assert not await blanked(rig.house, CUSTOMERS)

    on_stage(story)


def test_a_clearing_that_was_refused_is_not_tried_with_every_pass() -> None:
    """The customer group is cleared in Dataverse, and the ERP wants one: parked once, and left so."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, **{"msdyn_customergroupid@odata.bind": None})
        await rig.compare()
        assert rig.counts()["parked"] == 1
        parked = rig.rows("p~")
        await rig.compare()
        assert rig.rows("p~") == parked, "the very same row, at the same version"

    on_stage(story)
