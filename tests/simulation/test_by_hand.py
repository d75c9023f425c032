"""What operators do to couplings by hand, and how they take an initial load back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.engine import clear, couple, erase, explain, report, set_state, start_job, uncouple, work_on
from shared.errors import Busy, NotFound, Refused
from shared.mapping import Side
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.test_owners import CONSUMERS, PERSONS, both_flows, contact, furnish, look, sellable, states


async def carried_out(rig: Rig, kind: Any, **options: Any) -> Mapping[str, Any]:
    """A job over the customers, to its end."""
    job = await start_job(rig.house, kind, (CUSTOMERS,), **options)
    while job["state"] == "running":
        job = await work_on(rig.house, job["id"], lambda: False)
    return job


# -- one coupling


def test_two_records_with_different_numbers_are_coupled_by_hand() -> None:
    """From then on they are one record; the numbers stay as they are and are shown to a person."""

    async def story(rig: Rig) -> None:
        row_id = rig.account("D-1", name="Dataverse's name")
        identity = rig.customer("E-1", OrganizationName="ERP's name")
        assert (await couple(rig.flow(), identity, row_id)).codes == ("key-changed",)
        customer, account = rig.erp("E-1"), rig.dataverse("D-1")
        assert customer is not None and account is not None  # noqa: PT018 - one fact
        assert (customer["OrganizationName"], account["name"]) == ("Dataverse's name",) * 2
        assert [coupling.state for coupling in rig.couplings()] == ["coupled"]

    on_stage(story)


def test_what_has_a_partner_or_does_not_exist_is_not_coupled() -> None:
    """Each refusal says which record, and what to do first."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        other = rig.account("D-1")
        with pytest.raises(Refused, match="US-001 has another partner"):
            await couple(rig.flow(), ("usmf", ACCOUNT), other)
        with pytest.raises(Refused, match="has another partner, usmf US-001"):
            await couple(rig.flow(), rig.customer("E-1"), row_id)
        with pytest.raises(Refused, match="E-9 does not exist"):
            await couple(rig.flow(), ("usmf", "E-9"), other)

    on_stage(story)


def test_a_refusal_names_records_as_people_do() -> None:
    """By number and name, and not by the id of a row, which nobody knows."""

    async def story(rig: Rig) -> None:
        row_id, other, loser = await coupled(rig), rig.account("D-1", name="Fabrikam"), rig.account("D-2", name="Gone")
        prospect = rig.account("D-3", name="Prospect", customertypecode=8)
        rig.world.dataverse.merge("accounts", other, loser)
        flow, identity, alone = rig.flow(), ("usmf", ACCOUNT), rig.customer("E-1")
        tried = [couple(flow, identity, other), couple(flow, identity, row_id), couple(flow, alone, loser),
                 couple(flow, alone, prospect), uncouple(flow, DATAVERSE, (other,))]  # fmt: skip
        told = []
        for each in tried:
            with pytest.raises(Refused) as refusal:
                await each
            told.append(str(refusal.value))
        assert told == [
            "usmf US-001 has another partner, US-001 Contoso: uncouple the two first",
            "usmf US-001 and US-001 Contoso are coupled with each other already: nothing is to be done",
            "D-2 Gone was merged into D-1 Fabrikam: couple that one",
            "D-3 Prospect is outside the flow's scope in Dataverse: bring it into that first",
            f"D-1 Fabrikam is not coupled in {CUSTOMERS}",
        ]

    on_stage(story)


def test_a_pair_that_stands_is_not_coupled_again() -> None:
    """Whoever asks twice is told that it is done, and not to uncouple the two first."""

    async def story(rig: Rig) -> None:
        row_id, identity = rig.account("D-1"), rig.customer("E-1")
        await couple(rig.flow(), identity, row_id)
        before = rig.couplings()
        with pytest.raises(Refused, match="are coupled with each other already"):
            await couple(rig.flow(), identity, row_id)
        assert rig.couplings() == before

    on_stage(story)


def test_what_can_never_be_synced_is_not_coupled() -> None:
    """A prospect is out of the scope, and a company may be left out: put right, the two are coupled."""

    async def story(rig: Rig) -> None:
        row_id, identity = rig.account("D-1", customertypecode=8), rig.customer("E-1")
        with pytest.raises(Refused, match="outside the flow's scope in Dataverse"):
            await couple(rig.flow(), identity, row_id)
        rig.change(row_id, customertypecode=3)
        rig.house.companies = ("demf",)
        with pytest.raises(Refused, match="usmf, which is not synchronised"):
            await couple(rig.flow(), identity, row_id)
        assert rig.couplings() == []
        rig.house.companies = ()
        await couple(rig.flow(), identity, row_id)
        assert [each.state for each in rig.couplings()] == ["coupled"]

    on_stage(story)


def test_uncoupled_records_live_on_apart_until_the_tombstone_is_cleared() -> None:
    """Edits no longer flow, nothing is created anew, and a cleared pair finds together by its number."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        rig.edit(OrganizationName="Contoso apart")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        await rig.compare()
        assert rig.both("OrganizationName", "name") == ("Contoso apart", "Contoso")
        with pytest.raises(Refused, match="uncoupled already"):
            await uncouple(rig.flow(), DATAVERSE, (row_id,))
        await clear(rig.flow(), DATAVERSE, (row_id,))
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Contoso", "Contoso")
        with pytest.raises(Refused, match="no tombstone"):
            await clear(rig.flow(), DATAVERSE, (row_id,))
        with pytest.raises(NotFound):
            await uncouple(rig.flow(), ERP, ("usmf", "E-9"))

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_is_heard_of_an_uncoupled_record_asks_nobody(side: Side) -> None:
    """It was said that the two are to be left alone: an edit is no reason to say so once more."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
        outcome = await rig.visit(side, ("usmf", ACCOUNT) if side == ERP else (row_id,))
        assert (outcome.codes, rig.counts()["parked"], rig.counts()["hints"]) == (("uncoupled",), 0, 0)

    on_stage(story)


def test_a_tombstone_of_a_deleted_record_is_cleared_by_a_person(tmp_path: Path) -> None:
    """Where the policy holds a record back that was deleted before, clearing lets it sync again."""
    maps = maps_with(tmp_path, "policy: {reborn: park}\n")

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await rig.visit(DATAVERSE, (row_id,))
        identity = rig.customer()
        assert (await rig.visit(ERP, identity)).codes == ("reborn",)
        await clear(rig.flow(), ERP, identity)
        await rig.pump()
        assert (rig.dataverse() is not None, rig.counts()["parked"]) == (True, 0)

    on_stage(story, maps)


# -- one person's data


def test_a_persons_data_is_erased_from_everything_but_the_systems(tmp_path: Path) -> None:
    """Journal, conflicts, parked rows and samples of reports name nobody any more; others keep theirs."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OrganizationName="Jane Doe")
        await coupled(rig, "US-002")
        rig.edit(OrganizationName="J. Doe", PrimaryContactEmail="jane" + "x" * 90 + "@contoso.example")
        rig.change(row_id, name="Jane D.")
        await carried_out(rig, "plan")
        rig.world.loop.pass_time(3_600)
        await rig.pump()  # what the dry run has set down goes by itself
        await rig.visit(DATAVERSE, (row_id,))
        would = await erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=False)
        assert would[CUSTOMERS]["conflicts"] == would[CUSTOMERS]["parked"] == 1
        assert would[CUSTOMERS]["journal"] >= 2
        assert would[CUSTOMERS]["samples"] >= 2
        assert await erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True) == would
        kept = [row for rows in rig.world.tables.partitions.values() for row in rows.values()]
        assert [row for row in kept if "Doe" in repr(_unpacked(row)) or "jane" in repr(_unpacked(row))] == []
        assert "Doe" not in repr(await report(rig.house, CUSTOMERS))
        assert rig.counts()["journal"] == 1
        rig.edit(PrimaryContactEmail="short@contoso.example")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "updated"

    on_stage(story, maps_with(tmp_path, "policy: {conflict: dataverse_wins}\n"))


@pytest.mark.parametrize("parted", ["deleted and back", "restored", "rebuilt", "given away", "cleared", "renamed"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_was_kept_about_a_person_under_a_former_row_is_erased(tmp_path: Path, parted: str, side: Side) -> None:
    """The journal is kept by row; whoever had another row before, or another number, is erased from there, too."""
    policy = {"restored": "{delete: restore, reborn: sync}", "renamed": "{key_change: rename}"}

    async def story(rig: Rig) -> None:
        first = await coupled(rig, OrganizationName="Jane Doe")
        rig.edit(OrganizationName="J. Doe")
        rig.change(first, name="Jane D.")
        await rig.visit(DATAVERSE, (first,))
        row_id = await _parted(rig, parted, first)
        identity = (row_id,) if side == DATAVERSE else ("usmf", "US-777" if parted == "renamed" else ACCOUNT)
        would = await erase(rig.house, CUSTOMERS, side, identity, confirmed=False)
        assert would[CUSTOMERS]["conflicts"] >= 1
        assert await erase(rig.house, CUSTOMERS, side, identity, confirmed=True) == would
        kept = [row for row in rig.rows("") if "Doe" in repr(_unpacked(row)) or "Jane" in repr(_unpacked(row))]
        assert kept == []

    on_stage(story, maps_with(tmp_path, f"policy: {policy.get(parted, '{reborn: sync}')}\n"))


async def _parted(rig: Rig, how: str, first: str) -> str:
    """The customer comes to another row, or the row to another number; the row that it has in the end."""
    old = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
    if how == "deleted and back":
        rig.world.finops.delete("CustomersV3", old)
        await rig.visit(DATAVERSE, (first,))
        await rig.visit(ERP, rig.customer())
    elif how == "restored":
        rig.world.dataverse.delete("accounts", first)
        await rig.visit(DATAVERSE, (first,))
    elif how == "renamed":
        rig.world.finops.rename("CustomersV3", old, {"dataAreaId": "usmf", "CustomerAccount": "US-777"})
        await rig.visit(DATAVERSE, (first,))
    elif how == "rebuilt":
        await set_state(rig.house, CUSTOMERS, "paused")
        await carried_out(rig, "rebuild")
        rig.world.dataverse.delete("accounts", first)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
    elif how == "given away":
        await uncouple(rig.flow(), DATAVERSE, (first,))
        await couple(rig.flow(), ("usmf", ACCOUNT), rig.account("US-008"))
    else:
        await uncouple(rig.flow(), DATAVERSE, (first,))
        rig.world.dataverse.delete("accounts", first)
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
    await rig.pump()
    (found,) = [each for each in rig.couplings() if not each.ended]
    assert (found.dataverse == first) == (how == "renamed")
    return found.dataverse


def test_a_person_who_was_handed_over_is_erased_from_both_flows(tmp_path: Path) -> None:
    """A contact person that buys is another flow's customer: the first one has kept name and phone in its journal."""

    async def story(rig: Rig) -> None:
        row_id = contact(rig, await furnish(rig), firstname="Jane", lastname="Roe")
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        rig.world.dataverse.update("contacts", row_id, {"lastname": "Poe"})
        await look(rig, PERSONS, DATAVERSE, (row_id,))
        sellable(rig, row_id)
        for name in (PERSONS, CONSUMERS):
            await look(rig, name, DATAVERSE, (row_id,))
        (customer,) = [each for each in rig.couplings(CONSUMERS) if not each.ended]
        assert customer.erp is not None
        would = await erase(rig.house, CONSUMERS, ERP, customer.erp, confirmed=False)
        assert would[PERSONS]["journal"] >= 2
        assert await erase(rig.house, CONSUMERS, ERP, customer.erp, confirmed=True) == would
        for name in (PERSONS, CONSUMERS):
            assert [row for row in rig.rows("", name) if {"Jane", "Roe", "Poe"} & {*_words(row)}] == []
        assert states(rig, PERSONS) == ["dormant"]

    on_stage(story, both_flows(tmp_path))


def _words(row: Any) -> list[str]:
    return re.findall(r"\w+", repr(_unpacked(row)))


def test_what_waits_is_looked_at_all_the_same_after_it_was_erased() -> None:
    """Its currency comes, and no event tells of that: the customer is created by the next look, and not by a pass."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("Currencies", {"CurrencyCode": "DKK", "Name": "Krone"})
        identity = rig.customer(SalesCurrencyCode="DKK")
        await rig.visit(ERP, identity)
        assert rig.counts()["waiting"] == 1
        assert (await erase(rig.house, CUSTOMERS, ERP, identity, confirmed=True))[CUSTOMERS]["waiting"] == 1
        rig.new_currency("DKK")
        for _ in range(5):
            rig.world.loop.pass_time(3_600)
            await rig.pump()
        assert rig.dataverse() is not None

    on_stage(story)


def test_what_a_system_said_about_a_record_is_erased() -> None:
    """A record whose visits fail is listed with the server's words; it is tried again all the same."""

    async def story(rig: Rig) -> None:
        hint = await rig.flow().ledger.store_hint(ERP, ("usmf", ACCOUNT), "update")
        why = {"kind": "waiting", "code": "unanswered", "message": "Jane Roe is locked", "since": hint.at}
        await rig.flow().ledger.postpone(hint, rig.house.clock(), why)
        counts = await erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True)
        assert counts[CUSTOMERS]["hints"] == 1
        (row,) = rig.rows("h~")
        assert "Jane" not in repr(_unpacked(row))

    on_stage(story)


@pytest.mark.parametrize("confirmed", [False, True])
def test_of_a_record_that_nobody_knows_nothing_is_erased_and_that_is_said(confirmed: bool) -> None:
    """Four zeros would read as if all were well: it may be spelled otherwise."""

    async def story(rig: Rig) -> None:
        with pytest.raises(NotFound, match=f"nothing is kept about usmf US-0O1 in {CUSTOMERS}"):
            await erase(rig.house, CUSTOMERS, ERP, ("usmf", "US-0O1"), confirmed=confirmed)

    on_stage(story)


def test_an_undecided_conflict_is_not_erased(tmp_path: Path) -> None:
    """It is why the two sides differ, and both values stand in them anyway."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        assert (await erase(rig.house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True))[CUSTOMERS]["conflicts"] == 0
        await rig.compare()
        assert rig.counts()["conflicts"] == 1

    on_stage(story, maps_with(tmp_path, "policy: {conflict: park}\n"))


def test_what_is_stored_about_a_person_while_it_is_being_erased_stays(tmp_path: Path) -> None:
    """An edit comes in between: its loser is kept, and whoever erases is told to repeat it."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP")
        rig.change(row_id, name="Dataverse")
        house, looks = rig.world.house(), list[str]()
        rig.world.weather.strike = lambda step: bool(looks.append(step))  # type: ignore[func-returns-value] # nobody dies
        await erase(house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=False)
        ranges = looks.count("ledger range")
        number, erasing = rig.world.instance(erase(house, CUSTOMERS, ERP, ("usmf", ACCOUNT), confirmed=True))
        rig.world.weather.strike = at_first("ledger range", lambda: rig.world.loop.freeze(number), after=ranges)
        await asyncio.sleep(5)
        rig.world.weather.strike = None
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "updated"
        rig.world.loop.thaw(number)
        with pytest.raises(Busy, match="erase it again"):
            await erasing
        assert [row.value for row in rig.conflicts()] == ["ERP"]

    on_stage(story, maps_with(tmp_path, "policy: {conflict: dataverse_wins}\n"))


def _unpacked(row: Any) -> list[Any]:
    import zlib  # noqa: PLC0415 - only here are rows looked into from outside

    packed = [value for name, value in row.cells.items() if isinstance(value, bytes) and name[-1:].isdigit()]
    return [zlib.decompress(value) for value in packed] + [row.cells]


# -- many couplings


async def loaded(rig: Rig) -> Mapping[str, Any]:
    """A first synchronisation with something created on both sides, something matched, and edits afterwards."""
    for number in range(3):
        rig.customer(f"E-{number}")
        rig.account(f"D-{number}")
    rig.customer("B-1")
    rig.account("B-1")
    job = await carried_out(rig, "sync")
    created = rig.dataverse("E-2")
    assert created is not None
    rig.change(created["accountid"], name="Contoso, edited since")
    rig.edit("E-1", SalesMemo="Edited at its source")
    await set_state(rig.house, CUSTOMERS, "paused")
    return job


def numbers(rig: Rig) -> tuple[set[str], set[str]]:
    erp = {str(row["CustomerAccount"]) for row in rig.world.finops.rows("CustomersV3")}
    return erp, {str(row["accountnumber"]) for row in rig.world.dataverse.rows("accounts")}


def test_an_initial_load_is_undone() -> None:
    """What it created is deleted unless somebody has edited it since; nothing is coupled any more."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        job = await loaded(rig)
        planned = await carried_out(rig, "undo", undo=job["id"], dry=True)
        assert len(rig.couplings()) == 8
        undone = await carried_out(rig, "undo", undo=job["id"])
        expected = {"deleted dataverse": 2, "deleted erp": 3, "edited since, uncoupled": 1, "uncoupled": 1}
        assert undone["tallies"][CUSTOMERS]["counts"] == expected == planned["tallies"][CUSTOMERS]["counts"]
        assert numbers(rig) == ({ACCOUNT, "E-0", "E-1", "E-2", "B-1"}, {ACCOUNT, "E-2", "D-0", "D-1", "D-2", "B-1"})
        assert [coupling.erp for coupling in rig.couplings()] == [("usmf", ACCOUNT)]
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert (len(rig.couplings()), len(numbers(rig)[0]), len(numbers(rig)[1])) == (8, 8, 8)

    on_stage(story)


def test_nothing_is_undone_where_an_edit_might_be_deleted_unseen() -> None:
    """A side that does not enforce versions cannot be asked to delete what nobody has edited."""

    async def story(rig: Rig) -> None:
        job = await loaded(rig)
        await rig.unversioned((ERP, "CustomersV3"))
        before = numbers(rig)[0]
        undone = await carried_out(rig, "undo", undo=job["id"])
        assert undone["tallies"][CUSTOMERS]["counts"]["cannot be deleted erp"] == 3
        assert numbers(rig)[0] == before

    on_stage(story)


def test_a_flow_that_runs_is_not_undone_under_its_feet() -> None:
    """Pause or stop it first."""

    async def story(rig: Rig) -> None:
        job = await loaded(rig)
        await set_state(rig.house, CUSTOMERS, "running")
        undone = await carried_out(rig, "undo", undo=job["id"])
        assert undone["errors"] == {CUSTOMERS: "the flow is running: pause or stop it first"}
        assert len(rig.couplings()) == 7

    on_stage(story)


def test_couplings_are_rebuilt_by_match() -> None:
    """All are forgotten, tombstones are not, and the next pass finds every pair again without creating anything."""

    async def story(rig: Rig) -> None:
        for number in range(3):
            await coupled(rig, f"US-{number}")
        await coupled(rig)
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        await set_state(rig.house, CUSTOMERS, "paused")
        await carried_out(rig, "rebuild", dry=True)
        assert len(rig.couplings()) == 4
        rebuilt = await carried_out(rig, "rebuild")
        assert rebuilt["tallies"][CUSTOMERS]["counts"] == {"uncoupled": 3}
        assert [coupling.state for coupling in rig.couplings()] == ["uncoupled"]
        await set_state(rig.house, CUSTOMERS, "running")
        writes = rig.writes()
        assert (await rig.compare()).counts["matched"] == 3
        assert rig.writes() == writes

    on_stage(story)


def test_an_id_that_was_drawn_for_no_row_is_shown_to_nobody() -> None:
    """Who loses a partner to a coupling by hand keeps a tombstone of its own, under an id that no row has."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        assert (await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))["dataverse"] == row_id
        rig.customer("E-2")
        await couple(rig.flow(), ("usmf", "E-2"), row_id)
        told = await explain(rig.flow(), ERP, ("usmf", ACCOUNT))
        assert (told["state"], told["dataverse"]) == ("uncoupled", "")

    on_stage(story)
