"""Keys of fingerprints: nobody guesses a value from the ledger, and no key is changed, missed or lost unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest

from functions.operations.checks import checked, states_of
from shared.engine import check_environment, confirm_environment, ledger_trouble
from shared.errors import KoppelError, Refused
from shared.ledger import OtherKey
from shared.mapping import Printer, fingerprint
from tests.simulation.network import LATEST
from tests.simulation.rig import DATAVERSE, Rig, coupled, on_stage
from tests.simulation.test_landing import created

ONE: Final = (b"one" * 12,)
TWO: Final = (*ONE, b"two" * 12)
OTHER: Final = (b"other" * 12,)
PHONE: Final = "+49 30 901820"
QUARTER: Final = timedelta(minutes=15)


def hashes(rig: Rig) -> Iterator[bytes]:
    """Every eight bytes of the rows of records, as somebody reads them who guesses."""
    for row in rig.rows(""):
        for cell in row.cells.values():
            digits = cell if isinstance(cell, bytes) else _digits(str(cell))
            yield from (digits[at : at + 8] for at in range(len(digits) - 7))


def _digits(text: str) -> bytes:
    return bytes.fromhex(text) if len(text) % 2 == 0 and text.isalnum() and _is_hex(text) else b""


def _is_hex(text: str) -> bool:
    return all(each in "0123456789abcdef" for each in text)


async def later(rig: Rig, keys: tuple[bytes, ...], pause: timedelta = timedelta()) -> None:
    """A new instance begins, with these keys."""
    rig.world.keys = keys
    rig.house = rig.world.house()
    with suppress(OtherKey):
        await check_environment(rig.house)
    await asyncio.sleep(pause.total_seconds())


def stamps(rig: Rig) -> set[str]:
    return {str(row.cells.get("key", "")) for row in rig.rows("d~")}


@pytest.mark.parametrize(("keys", "is_found"), [((), True), (ONE, False)])
def test_a_value_is_guessed_only_without_a_key(keys: tuple[bytes, ...], is_found: bool) -> None:
    """Whoever reads the ledger hashes all phone numbers; under a key none of them is there."""

    async def story(rig: Rig) -> None:
        await coupled(rig, PrimaryContactPhone=PHONE)
        rig.edit(PrimaryContactPhone=f"{PHONE}1")
        await rig.compare()
        assert (fingerprint(f"{PHONE}1") in set(hashes(rig))) == is_found

    on_stage(story, keys=keys)


@pytest.mark.parametrize(("before", "after"), [((), ONE), (ONE, TWO), ((), TWO)])
def test_a_new_key_changes_nothing_but_the_ledger(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> None:
    """Edits made meanwhile on both sides flow as ever, line by line; the next pass stores every coupling anew, and the
    one after that stores nothing.
    """

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await coupled(rig, "US-002")
        row_id = str((rig.dataverse() or {})["accountid"])
        await check_environment(rig.house)
        await later(rig, after, QUARTER)
        await check_environment(rig.house)
        rig.edit(OrganizationName="Fabrikam")
        rig.change(row_id, description="by hand")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert rig.conflicts() == []
        assert stamps(rig) == {Printer(after).stamp}
        before_that = (rig.writes(), rig.rows("d~"), rig.counts())
        await rig.compare()
        assert (rig.writes(), rig.rows("d~"), rig.counts()) == before_that

    on_stage(story, keys=before)


def test_plain_hashes_wait_until_nobody_knows_only_them() -> None:
    """An older release takes every keyed fingerprint for an edit: nothing is written for a quarter of an hour."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await check_environment(rig.house)
        old = rig.house
        await later(rig, ONE)
        rig.edit(OrganizationName="Fabrikam")
        with pytest.raises(OtherKey, match="the fingerprints are put under a key at"):
            await check_environment(rig.house)
        await check_environment(old)
        assert stamps(rig) == {""}
        await asyncio.sleep(QUARTER.total_seconds())
        await check_environment(rig.house)
        with pytest.raises(OtherKey, match="and FINGERPRINT_KEYS is empty"):
            await check_environment(old)
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("wrong", [OTHER, (), (*OTHER, *ONE)])
def test_an_instance_without_the_key_writes_nothing(wrong: tuple[bytes, ...]) -> None:
    """Neither pump nor person; `ready` says so with the way out; with the key everything goes on."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        await check_environment(rig.house)
        rig.edit(OrganizationName="Fabrikam")
        stood = (rig.writes(), rig.rows("d~"))
        await later(rig, wrong)
        await rig.pump()
        with pytest.raises(KoppelError, match="which this instance does not have"):
            await rig.coupling()
        trouble = await ledger_trouble(rig.house)
        assert isinstance(trouble, OtherKey)
        assert "Set it to what it was" in str(trouble)
        told = {each.what: each for each in await checked(rig.house, {}, await states_of(rig.house))}
        assert told["ledger"].trouble == str(trouble)
        assert (rig.writes(), rig.rows("d~")) == stood
        await later(rig, ONE)
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")

    on_stage(story, keys=ONE)


def test_a_lost_key_leaves_what_differs_to_people() -> None:
    """A person gives the key up: what is equal is agreed on again, what differs parks with both values, and neither
    side's is overwritten. No record is created or coupled a second time.
    """

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await coupled(rig, "US-002")
        await check_environment(rig.house)
        rig.edit(OrganizationName="Fabrikam")
        await later(rig, OTHER)
        with pytest.raises(Refused, match="gives up what was agreed"):
            await confirm_environment(rig.house)
        await confirm_environment(rig.house, key_lost=True)
        await check_environment(rig.house)
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Contoso")
        (kept,) = rig.conflicts()
        assert (kept.line, kept.open) == ("OrganizationName = name", True)
        assert stamps(rig) == {Printer(OTHER).stamp}
        assert len(rig.accounts()) == 2
        rig.change(row_id, name="Fabrikam")
        rig.edit("US-002", OrganizationName="Tailspin")
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Fabrikam", "Fabrikam")
        assert rig.both("OrganizationName", "name", "US-002") == ("Tailspin", "Tailspin")
        assert rig.counts()["parked"] == 0

    on_stage(story, keys=ONE)


def test_a_create_that_lands_late_is_known_under_the_key_that_it_was_sent_with() -> None:
    """A person has deleted the account, and the key is another one when it is back: it is deleted again."""

    async def story(rig: Rig) -> None:
        await check_environment(rig.house)
        row_id = await created(rig, DATAVERSE)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.visit(DATAVERSE, (row_id,))
        await later(rig, TWO)
        await asyncio.sleep(LATEST)
        assert rig.dataverse() is not None
        await rig.visit(DATAVERSE, (row_id,))
        assert (rig.dataverse(), rig.erp()) == (None, None)

    on_stage(story, keys=ONE)
