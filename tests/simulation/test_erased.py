"""What an erasure leaves of a pair that has ended: digests of its two ends, by which the two are still kept apart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import Wake, clear, couple, erase, explain, uncouple, visit
from shared.ledger import PARKED, dataverse_end, erp_end, read_trouble
from shared.mapping import Printer, Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage

OLD: Final = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
IDENTITY: Final = ("usmf", ACCOUNT)
ONE: Final = (b"one" * 12,)
TWO: Final = (*ONE, b"two" * 12)
PARTED: Final = "policy: {delete: uncouple, reborn: park}\n"


def written(rig: Rig) -> str:
    """The whole ledger, as somebody reads it."""
    return repr(
        [(name, key, row.cells) for name, rows in rig.world.tables.partitions.items() for key, row in rows.items()]
    )


async def erased(rig: Rig, side: Side, identity: tuple[str, ...]) -> dict[str, int]:
    return (await erase(rig.house, CUSTOMERS, side, identity, confirmed=True))[CUSTOMERS]


async def parted(rig: Rig) -> str:
    """A pair that a person has parted, and everything about it erased; the id of its account."""
    row_id = await coupled(rig)
    await uncouple(rig.flow(), ERP, IDENTITY)
    assert (await erased(rig, ERP, IDENTITY))["tombstones"] == 1
    return row_id


async def everybody_looks(rig: Rig, row_id: str) -> None:
    """Both sides tell of their record, and passes come by."""
    if rig.erp() is not None:
        await rig.visit(ERP, IDENTITY)
    if rig.world.dataverse.row("accounts", row_id) is not None:
        await rig.visit(DATAVERSE, (row_id,))
    for _ in range(2):
        await rig.compare()
        await rig.pump()


def keyed(rig: Rig, keys: tuple[bytes, ...]) -> None:
    rig.world.keys = keys
    rig.house = rig.world.house()


def test_a_tombstone_keeps_who_they_were_and_nothing_of_what_they_agreed_on() -> None:
    """But for the party, which is one of their names."""

    async def story(rig: Rig) -> None:
        await coupled(rig, SalesMemo="Pays on time")
        await uncouple(rig.flow(), ERP, IDENTITY)
        (stone,) = rig.couplings()
        line = rig.flow().map.second_line
        assert line is not None
        assert list(stone.agreed.bases) == [line.definition]
        assert (stone.agreed.first, stone.agreed.marks, stone.digests, stone.answered, stone.earlier) == (
            {},
            {},
            {},
            {},
            (),
        )

    on_stage(story)


@pytest.mark.parametrize("keys", [(), ONE])
def test_nobody_reads_from_the_ledger_whom_an_erased_tombstone_was_about(keys: tuple[bytes, ...]) -> None:
    """Neither number nor id stands anywhere; under a key nobody guesses them either. A further pass writes nothing."""

    async def story(rig: Rig) -> None:
        keyed(rig, keys)
        row_id = await parted(rig)
        for text in (ACCOUNT, ACCOUNT.lower(), row_id, row_id.lower()):
            assert text not in written(rig)
        plain = {Printer().fingerprint(end).hex() for end in (dataverse_end(row_id), erp_end(IDENTITY))}
        assert {key for key in plain if key in written(rig)} == (set() if keys else plain)
        before = rig.writes()
        await everybody_looks(rig, row_id)
        ledger = [(row.key, row.cells) for row in rig.rows("")]
        await rig.compare()
        assert [(row.key, row.cells) for row in rig.rows("")] == ledger
        assert ({row.key[:2] for row in rig.rows("")}, rig.writes()) == ({"x~"}, before)

    on_stage(story)


@pytest.mark.parametrize("gone", [ERP, DATAVERSE])
def test_what_is_left_of_an_erased_pair_is_not_doubled(tmp_path: Path, gone: Side) -> None:
    """Its other half was deleted, and the policy leaves it alone: it is not created again over there."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        if gone == ERP:
            rig.world.finops.delete("CustomersV3", OLD)
            await rig.visit(ERP, IDENTITY, source="delete")
        else:
            rig.world.dataverse.delete("accounts", row_id)
            await rig.visit(DATAVERSE, (row_id,), source="delete")
        await erased(rig, ERP, IDENTITY)
        await everybody_looks(rig, row_id)
        assert (rig.erp() is None, rig.accounts() == []) == (gone == ERP, gone == DATAVERSE)
        assert rig.couplings() == []

    on_stage(story, maps_with(tmp_path, PARTED))


async def deleted(rig: Rig) -> str:
    """Both are gone, and erased."""
    row_id = await coupled(rig)
    rig.world.finops.delete("CustomersV3", OLD)
    rig.world.dataverse.delete("accounts", row_id)
    await rig.compare()
    assert [each.state for each in rig.couplings()] == ["deleted"]
    await erased(rig, ERP, IDENTITY)
    return row_id


@pytest.mark.parametrize("keys", [(), ONE])
def test_an_erased_record_that_comes_back_is_left_to_a_person(tmp_path: Path, keys: tuple[bytes, ...]) -> None:
    """Also under a newer key. It is explained; cleared, it is synchronised."""

    async def story(rig: Rig) -> None:
        keyed(rig, keys)
        await deleted(rig)
        keyed(rig, TWO if keys else ())
        rig.customer()
        await everybody_looks(rig, "")
        ((item,),) = [read_trouble(row).items for row in rig.rows(PARKED)]
        assert (item["code"], rig.accounts()) == ("erased", [])
        assert "was deleted on" in (await explain(rig.flow(), ERP, IDENTITY))["why"]
        assert await clear(rig.flow(), ERP, IDENTITY) == "erased tombstone cleared"
        await everybody_looks(rig, "")
        assert (rig.both("OrganizationName", "name"), rig.rows(PARKED)) == (("Contoso", "Contoso"), [])
        assert "x~" not in written(rig)

    on_stage(story, maps_with(tmp_path, "policy: {reborn: park}\n"))


def test_where_a_deleted_record_may_begin_anew_nothing_is_left_of_it() -> None:
    async def story(rig: Rig) -> None:
        await deleted(rig)
        assert "x~" not in written(rig)
        assert ACCOUNT.lower() not in written(rig)
        rig.customer()
        await everybody_looks(rig, "")
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")

    on_stage(story)


def test_a_person_may_couple_what_was_erased() -> None:
    async def story(rig: Rig) -> None:
        row_id = await parted(rig)
        assert (await couple(rig.flow(), IDENTITY, row_id)).kind in {"equal", "updated", "matched"}
        assert [each.state for each in rig.couplings()] == ["coupled"]
        assert "x~" not in written(rig)

    on_stage(story)


@pytest.mark.parametrize("gone", [False, True])
def test_who_makes_an_account_in_place_of_an_erased_one_is_told(*, gone: bool) -> None:
    """Its number is that of a customer which was parted from its account: neither coupled by it, nor created again."""

    async def story(rig: Rig) -> None:
        row_id = await parted(rig)
        rig.world.dataverse.delete("accounts", row_id)
        if gone:
            rig.world.finops.delete("CustomersV3", OLD)
        again = rig.account()
        await rig.visit(DATAVERSE, (again,))
        assert (rig.couplings(), rig.erp() is None) == ([], gone)

    on_stage(story)


@pytest.mark.parametrize("after", [0.0, 0.5, 1.0, 1.5, 1.9, 2.0, 2.1, 3.0])
def test_whoever_is_at_work_meanwhile_does_not_couple_them(after: float) -> None:
    """Another instance read shortly before that nothing was erased, and its pass has seen no coupling."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await uncouple(rig.flow(), ERP, IDENTITY)
        other: Any = rig.world.house()
        assert await other.buried(CUSTOMERS) == {}
        erasing = asyncio.ensure_future(erased(rig, ERP, IDENTITY))
        await asyncio.sleep(after)
        for wake in (Wake(ERP, IDENTITY, new=True), Wake(DATAVERSE, (row_id,), new=True)):
            await visit(other.flow(CUSTOMERS), wake)
        await erasing
        await everybody_looks(rig, row_id)
        assert rig.couplings() == []

    on_stage(story)
