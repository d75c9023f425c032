"""An undo takes back what a load created, and only that: whatever people did since stays, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import couple, kept_by, restore, set_state, start_job, work_on
from shared.ledger import JOURNAL, read_journal
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, GROUPS, TERMS, Rig, at_first, maps_with, on_stage
from tests.simulation.test_unseen import secure

Since = Callable[[Rig, str], Awaitable[object]]
LOADED: Final = "E-0"


async def job(rig: Rig, kind: Any, *names: str, **options: Any) -> Mapping[str, Any]:
    """A job, to its end."""
    value = await start_job(rig.house, kind, names or (CUSTOMERS,), **options)
    while value["state"] == "running":
        value = await work_on(rig.house, value["id"], lambda: False)
    assert not value["errors"], value["errors"]
    return value


async def paused(rig: Rig, *names: str) -> None:
    for name in names or (CUSTOMERS,):
        await set_state(rig.house, name, "paused")


async def undone(rig: Rig, loaded: Mapping[str, Any], *names: str) -> tuple[dict[str, int], list[Mapping[str, Any]]]:
    """The dry run and the run of an undo, which have to tell the same; the counts, and what was left."""
    names = names or (CUSTOMERS,)
    await paused(rig, *names)
    writes = rig.writes()
    dry = await job(rig, "undo", *names, undo=loaded["id"], dry=True)
    assert rig.writes() == writes
    run = await job(rig, "undo", *names, undo=loaded["id"])
    left = [each async for each in kept_by(rig.house.documents, run["id"])]
    assert dry["tallies"] == run["tallies"]
    assert [each async for each in kept_by(rig.house.documents, dry["id"])] == left
    counts: dict[str, int] = {}
    for tally in run["tallies"].values():
        for what, number in tally["counts"].items():
            counts[what] = counts.get(what, 0) + number
    return counts, left


async def created(rig: Rig, side: str) -> tuple[Mapping[str, Any], str]:
    """A load that creates one record on one side; the job, and the id of the account."""
    row_id = rig.account(LOADED) if side == ERP else ""
    if side == DATAVERSE:
        rig.customer(LOADED)
    loaded = await job(rig, "sync")
    account = rig.dataverse(LOADED)
    assert account is not None
    return loaded, row_id or str(account["accountid"])


# -- what is as Koppel left it


@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_nobody_has_touched_goes(side: str) -> None:
    """Also after Koppel itself has written to it again, for its source was edited."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, side)
        for name in ("first", "second"):
            rig.change(row_id, name=name) if side == ERP else rig.edit(LOADED, OrganizationName=name)
            await rig.visit(DATAVERSE, (row_id,))
        counts, left = await undone(rig, loaded)
        assert (counts, left) == ({f"deleted {side}": 1}, [])

    on_stage(story)


@pytest.mark.parametrize("way", ["load", "event"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_what_was_taken_back_can_be_loaded_again(side: str, way: str) -> None:
    """Nothing of the first time is in its way: it is created once, and edits of both sides arrive."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, side)
        await undone(rig, loaded)
        await set_state(rig.house, CUSTOMERS, "running")
        if way == "load":
            counts = (await job(rig, "sync"))["tallies"][CUSTOMERS]["counts"]
            assert (counts["created"], counts[f"created {side}"]) == (1, 1)
        else:
            rig.change(row_id, name="Edited") if side == ERP else rig.edit(LOADED, OrganizationName="Edited")
            await rig.visit(*((DATAVERSE, (row_id,)) if side == ERP else (ERP, ("usmf", LOADED))))
        account = rig.dataverse(LOADED)
        assert account is not None
        rig.edit(LOADED, SalesMemo="of the ERP")
        rig.change(account["accountid"], telephone1="1")
        await rig.compare()
        assert rig.both("SalesMemo", "description", LOADED) == ("of the ERP", "of the ERP")
        assert rig.both("PrimaryContactPhone", "telephone1", LOADED) == ("1", "1")
        assert (len(rig.couplings()), rig.counts()["parked"], rig.counts()["conflicts"]) == (1, 0, 0)

    on_stage(story)


@pytest.mark.parametrize("edited", [True, False])
def test_an_edit_before_a_write_that_was_recovered_is_a_persons(tmp_path: Path, edited: bool) -> None:
    """A person edits the account, the ERP wins, and the answer to that write is lost: Koppel was the last to modify."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        if edited:
            rig.change(row_id, name="by a person")
        rig.edit(LOADED, OrganizationName="of the ERP")
        await rig.dies(ERP, ("usmf", LOADED), after="dataverse update")
        rig.house = rig.world.house()
        rig.world.loop.pass_time(1200)
        await rig.compare()
        assert rig.both("OrganizationName", "name", LOADED) == ("of the ERP", "of the ERP")
        counts, left = await undone(rig, loaded)
        assert counts == ({"edited since, uncoupled": 1} if edited else {f"deleted {DATAVERSE}": 1})
        assert len(left) == edited

    on_stage(story, maps_with(tmp_path, "policy: {conflict: erp_wins}\n"))


def test_a_column_that_cannot_be_seen_keeps_nothing() -> None:
    """Koppel was the last to write to the accounts, and so nobody has edited the limits that it cannot see."""

    async def story(rig: Rig) -> None:
        secure(rig, "creditlimit")
        for number in range(12):
            rig.customer(f"E-{number}", CreditLimit=5000)
        loaded = await job(rig, "sync")
        counts, _ = await undone(rig, loaded)
        assert (counts, rig.accounts()) == ({"deleted dataverse": 12}, [])

    on_stage(story)


def test_what_was_created_by_a_request_without_an_answer_goes() -> None:
    """Nobody knows its first version; that Koppel's own user was the last at it is enough."""

    async def story(rig: Rig) -> None:
        rig.customer(LOADED)
        rig.world.weather.orders["dataverse create"] = "unanswered"
        loaded = await job(rig, "sync")
        rig.world.loop.pass_time(3_600)
        await rig.pump()
        counts, left = await undone(rig, loaded)
        assert (counts, left) == ({"deleted dataverse": 1}, [])

    on_stage(story)


def test_dependants_go_first() -> None:
    """Each customer pays through the next one, down to the seventh: the load made them all, and all go."""

    async def story(rig: Rig) -> None:
        for number in range(7, 0, -1):
            rig.account(f"D-{number}")
        loaded = await job(rig, "sync")
        for number in range(1, 7):
            account = rig.dataverse(f"D-{number + 1}")
            assert account is not None
            payer = rig.dataverse(f"D-{number}")
            assert payer is not None
            rig.change(
                payer["accountid"], **{"msdyn_billingaccount_account@odata.bind": f"/accounts({account['accountid']})"}
            )
            await rig.visit(DATAVERSE, (payer["accountid"],))
        counts, left = await undone(rig, loaded)
        assert (counts, left) == ({"deleted erp": 7}, [])

    on_stage(story)


def test_what_refers_to_each_other_in_a_circle_stays() -> None:
    """Neither can go before the other."""

    async def story(rig: Rig) -> None:
        ids = [rig.account(f"D-{number}") for number in (1, 2)]
        loaded = await job(rig, "sync")
        for payer, account in (ids, ids[::-1]):
            rig.change(payer, **{"msdyn_billingaccount_account@odata.bind": f"/accounts({account})"})
            await rig.visit(DATAVERSE, (payer,))
        counts, left = await undone(rig, loaded)
        assert counts == {"in use, uncoupled": 2}
        assert sorted(each["why"] for each in left) == [f"CustomersV3 usmf D-{number} hangs on it" for number in (1, 2)]

    on_stage(story)


@pytest.mark.parametrize(("names", "left"), [((CUSTOMERS, GROUPS), 0), ((GROUPS,), 1)], ids=["both", "one"])
def test_a_group_goes_with_its_customers_and_not_before(names: tuple[str, ...], left: int) -> None:
    """Both flows were loaded. Whoever takes back the groups alone would leave customers without one."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
        rig.customer(LOADED, CustomerGroupId="20")
        loaded = await job(rig, "sync", TERMS, GROUPS, CUSTOMERS)
        counts, kept = await undone(rig, loaded, *names)
        groups = [row["msdyn_groupid"] for row in rig.world.dataverse.rows("msdyn_customergroups")]
        assert ("20" in groups, counts.get("in use, uncoupled", 0), len(kept)) == (bool(left), left, left)

    on_stage(story)


def test_what_another_is_writing_is_left_alone() -> None:
    """Somebody died in the middle of an update: the account stays, and so does the group that it hangs on."""

    async def story(rig: Rig) -> None:
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "20"})
        identity = rig.customer(LOADED, CustomerGroupId="20")
        loaded = await job(rig, "sync", TERMS, GROUPS, CUSTOMERS)
        rig.edit(LOADED, OrganizationName="Edited")
        await rig.dies(ERP, identity, before="dataverse update")
        counts, _ = await undone(rig, loaded, CUSTOMERS, GROUPS)
        assert (counts["being written"], counts["in use, uncoupled"]) == (1, 1)
        assert rig.dataverse(LOADED) is not None
        assert [coupling.intent is not None for coupling in rig.couplings()] == [True]

    on_stage(story)


def test_what_came_after_the_load_is_none_of_its_undo() -> None:
    """Records that were coupled since stay as they are, and coupled."""

    async def story(rig: Rig) -> None:
        loaded, _ = await created(rig, DATAVERSE)
        rig.world.loop.pass_time(60)
        await rig.visit(ERP, rig.customer("E-1"))
        counts, left = await undone(rig, loaded)
        assert (counts, left) == ({"deleted dataverse": 1}, [])
        assert [coupling.erp for coupling in rig.couplings()] == [("usmf", "E-1")]

    on_stage(story)


async def by_hand(rig: Rig) -> None:
    """Two numbers that no match would bring together."""
    await couple(rig.flow(), rig.customer("E-1"), rig.account("D-1"))


async def by_an_event(rig: Rig) -> None:
    await rig.visit(ERP, rig.customer("E-1"))


@pytest.mark.parametrize("meanwhile", [by_hand, by_an_event])
def test_what_came_in_during_the_load_is_none_of_its_undo(meanwhile: Callable[[Rig], Awaitable[None]]) -> None:
    """Uncoupled, a pair that a person has made would be created twice by the next pass."""

    async def story(rig: Rig) -> None:
        rig.customer(LOADED)
        loaded = await start_job(rig.house, "sync", (CUSTOMERS,))
        rig.world.loop.pass_time(60)
        await meanwhile(rig)
        before = rig.couplings()
        await work_on(rig.house, loaded["id"], lambda: False)
        counts, left = await undone(rig, loaded)
        assert (counts, left) == ({"deleted dataverse": 1}, [])
        assert [each.dataverse for each in rig.couplings()] == [each.dataverse for each in before]
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert len(rig.accounts()) == 2

    on_stage(story)


def test_a_pair_that_the_load_matched_is_uncoupled() -> None:
    """Both were there before: they stay, and the next pass finds them again."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(LOADED)
        rig.customer(LOADED)
        counts, left = await undone(rig, await job(rig, "sync"))
        assert (counts, left, rig.couplings()) == ({"uncoupled": 1}, [], [])
        assert rig.accounts() == [row_id]

    on_stage(story)


@pytest.mark.parametrize("side", [ERP, DATAVERSE, ""])
def test_a_pair_that_no_number_finds_again_stays_coupled(side: str) -> None:
    """Its account was given another number, and it is listed with the reason: the next pass makes neither of the two
    anew. side: where the load has created it; none where it matched the two.
    """

    async def story(rig: Rig) -> None:
        if side:
            loaded, row_id = await created(rig, side)
        else:
            rig.customer(LOADED)
            row_id = rig.account(LOADED)
            loaded = await job(rig, "sync")
        rig.change(row_id, accountnumber="E-9")
        rig.edit(LOADED, SalesMemo="theirs")
        await rig.visit(DATAVERSE, (row_id,))
        counts, left = await undone(rig, loaded)
        assert (counts, len(left)) == ({"not found again, still coupled": 1}, 1)
        await set_state(rig.house, CUSTOMERS, "running")
        await rig.compare()
        assert (rig.accounts(), len(list(rig.world.finops.rows("CustomersV3")))) == ([row_id], 1)

    on_stage(story)


# -- what people did since


async def edit(rig: Rig, row_id: str) -> None:
    rig.change(row_id, name="Edited")


async def edit_what_is_carried_over(rig: Rig, row_id: str) -> None:
    """Both sides agree on it by now."""
    rig.change(row_id, name="Edited")
    await rig.visit(DATAVERSE, (row_id,))
    assert rig.both("OrganizationName", "name", LOADED) == ("Edited", "Edited")


async def edit_and_take_back(rig: Rig, row_id: str) -> None:
    for name in ("Edited", "Contoso"):
        rig.change(row_id, name=name)


async def deactivate(rig: Rig, row_id: str) -> None:
    rig.change(row_id, statecode=1, statuscode=2)


async def add_a_contact(rig: Rig, row_id: str) -> None:
    row = {"firstname": "Ada", "parentcustomerid_account@odata.bind": f"/accounts({row_id})"}
    rig.world.dataverse.create("contacts", row)


async def add_a_note(rig: Rig, row_id: str) -> None:
    row = {"subject": "Met at the fair", "objectid_account@odata.bind": f"/accounts({row_id})"}
    rig.world.dataverse.create("annotations", row)


async def merge_into_it(rig: Rig, row_id: str) -> None:
    rig.world.dataverse.merge("accounts", row_id, rig.account("D-9"))


async def bill_through_it(rig: Rig, row_id: str) -> None:
    rig.account("D-9", **{"msdyn_billingaccount_account@odata.bind": f"/accounts({row_id})"})


async def edit_between_two_writes(rig: Rig, row_id: str) -> None:
    """Koppel is the last at it, and the agreed values stand there; only the versions tell."""
    rig.edit(LOADED, SalesMemo="first")
    await rig.visit(DATAVERSE, (row_id,))
    rig.change(row_id, customertypecode=3)
    rig.edit(LOADED, SalesMemo="second")
    await rig.visit(DATAVERSE, (row_id,))


@pytest.mark.parametrize(
    "since",
    [edit, edit_what_is_carried_over, edit_and_take_back, deactivate, add_a_contact, add_a_note, merge_into_it,
     bill_through_it, edit_between_two_writes],
)  # fmt: skip
def test_an_account_that_people_have_touched_stays(since: Since) -> None:
    """Its own values, its state, and whatever hangs on it. It is uncoupled, and told with the reason."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        await since(rig, row_id)
        before = hanging(rig)
        counts, left = await undone(rig, loaded)
        assert row_id in rig.accounts()
        assert hanging(rig) == before
        assert [each["record"]["dataverse"] for each in left] == [row_id]
        assert left[0]["why"]
        assert counts[left[0]["what"]] == 1

    on_stage(story)


def hanging(rig: Rig) -> list[int]:
    return [len(list(rig.world.dataverse.rows(table))) for table in ("contacts", "annotations")]


async def keyed_in_again(rig: Rig) -> None:
    for name in ("Edited", "Contoso"):
        rig.edit(LOADED, OrganizationName=name)


async def given_a_contact_person(rig: Rig) -> None:
    row = {"dataAreaId": "usmf", "ContactPersonPartyNumber": "P-1", "AssociatedContactType": "Customer",
           "AssociatedContactNumber": LOADED, "FirstName": "Ada", "LastName": "King"}  # fmt: skip
    rig.world.finops.create("CDSContactPersonsV2", row)


async def paid_through(rig: Rig) -> None:
    rig.customer("E-9", InvoiceAccount=LOADED)


@pytest.mark.parametrize("since", [keyed_in_again, given_a_contact_person, paid_through])
def test_a_customer_that_people_have_touched_stays(since: Callable[[Rig], Awaitable[object]]) -> None:
    """Finance and operations does not tell who changed a record: what has another version stays."""

    async def story(rig: Rig) -> None:
        loaded, _ = await created(rig, ERP)
        await since(rig)
        _, left = await undone(rig, loaded)
        assert rig.erp(LOADED) is not None
        assert [each["record"]["erp"] for each in left] == [["usmf", LOADED]]

    on_stage(story)


def test_a_value_that_a_person_took_back_is_that_persons(tmp_path: Path) -> None:
    """Koppel wrote it, at the word of an operator."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        rig.edit(LOADED, OrganizationName="Ours")
        rig.change(row_id, name="Theirs")
        await rig.visit(DATAVERSE, (row_id,))
        (row,) = rig.conflicts()
        await restore(rig.flow(), row.key)
        _, left = await undone(rig, loaded)
        assert [each["what"] for each in left] == ["edited since, uncoupled"]

    on_stage(story, maps_with(tmp_path, "policy: {conflict: erp_wins}\n"))


def test_what_cannot_be_asked_keeps_the_record() -> None:
    """Koppel's user may not read contacts: nobody can tell whether any hangs on the account."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        rig.world.dataverse.behaviour.missing_privileges = {"prvReadcontact"}
        _, left = await undone(rig, loaded)
        assert "nobody can tell what hangs on it" in left[0]["why"]
        assert row_id in rig.accounts()

    on_stage(story)


def test_an_edit_that_comes_in_during_the_undo_stays() -> None:
    """The delete is for the version that was judged."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        await paused(rig)
        rig.world.weather.strike = at_first("dataverse delete", lambda: rig.change(row_id, name="Just now"))
        run = await job(rig, "undo", undo=loaded["id"])
        assert run["tallies"][CUSTOMERS]["counts"] == {"cannot be deleted dataverse": 1}
        assert row_id in rig.accounts()

    on_stage(story)


def test_who_dies_with_a_delete_has_deleted() -> None:
    """The next one finds the record gone, and who meant to delete it: the count and the journal say what was done."""

    async def story(rig: Rig) -> None:
        loaded, row_id = await created(rig, DATAVERSE)
        await paused(rig)
        started = await start_job(rig.house, "undo", (CUSTOMERS,), undo=loaded["id"])
        await rig.dies_at(work_on(rig.house, started["id"], lambda: False), after="dataverse delete")
        await asyncio.sleep(3600)
        run = await work_on(rig.house, started["id"], lambda: False)
        assert run["tallies"][CUSTOMERS]["counts"] == {"deleted dataverse": 1}
        told = [read_journal(row)["what"] for row in rig.rows(f"{JOURNAL}{row_id}")]
        assert told[0] == "deleted dataverse"

    on_stage(story)
