"""The judge: what it must not pass over, shown by taking away what would excuse it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.engine import Wake, _emptied, clear, restore, set_state, start_job, uncouple, visit, work_on
from shared.engine.passes import _undo
from shared.engine.record import _create
from shared.errors import TryLater
from shared.ledger import PARKED, ConflictRow, IntendedLine, IntendedWrite, Intent, Write, read_trouble
from shared.mapping import SIDES, Catalogue, Line, Side
from tests.simulation.book import FOR_EVER, LOOKING
from tests.simulation.ended import UNSEEN
from tests.simulation.judge import Judge
from tests.simulation.policies import parted
from tests.simulation.prospects import ACCOUNTS, CONTACTS, Sales, in_sales
from tests.simulation.rig import (
    ACCOUNT,
    CUSTOMERS,
    DATAVERSE,
    ERP,
    GROUPS,
    TERMS,
    Rig,
    at_first,
    coupled,
    furnished,
    maps_with,
)
from tests.simulation.test_clearing import parked
from tests.simulation.test_codes import NET30, TABLE, everything, held, lose_the_term, term
from tests.simulation.test_constants import TYPE, enforcing
from tests.simulation.test_landing import STEP, created, delete, lands
from tests.simulation.test_never_agreed import paid_by_another
from tests.simulation.test_recovery import others_go_on
from tests.simulation.test_undo import LOADED
from tests.simulation.test_undo import created as loaded
from tests.simulation.trace import Trace
from tests.simulation.undoing import take_back
from tests.simulation.world import World, in_a_world, shipped_maps


def judged(
    story: Callable[[Rig, Judge], Coroutine[Any, Any, None]], maps: Catalogue | None = None, latency: float = 0.05
) -> None:
    """Plays a story before the judge."""

    async def whole(world: World) -> None:
        judge = Judge(world)
        world.on_applied = judge.watch
        await story(await furnished(world), judge)

    in_a_world(1, whole, maps=maps, latency=latency)


async def verdict(rig: Rig, judge: Judge, word: str) -> list[str]:
    """What it says with that word in it."""
    return [text for text in await judge.verdict(rig.house, [TERMS, GROUPS, CUSTOMERS]) if word in text]


async def forget(rig: Rig, judge: Judge, row: ConflictRow) -> None:
    """A row of the conflict list never was."""
    await rig.flow().ledger.commit([Write("delete", row.key, etag="*")])
    del judge.kept[CUSTOMERS, row.key]


def test_a_number_that_a_record_had_before_is_that_of_whoever_was_coupled_under_it() -> None:
    """A customer is renumbered, another one is made under its old number, and the account of the first is deleted."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.customer("I-1")
        rig.world.finops.rename(
            "CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": "I-1"}, {"CustomerAccount": "C-1"}
        )
        rig.account("I-1", name="Fabrikam")
        await rig.compare()
        first = rig.dataverse("C-1")
        assert first is not None
        rig.world.loop.pass_time(UNSEEN)
        rig.world.dataverse.delete("accounts", first["accountid"])
        await rig.compare()
        assert (rig.erp("C-1"), rig.erp("I-1") is None) == (None, False)
        assert await verdict(rig, judge, "law 8") == []

    judged(story)


@pytest.mark.parametrize("done", [True, False])
def test_a_constant_that_is_said_to_be_restored_has_to_stand_there(done: bool) -> None:
    """As any other value that a person takes back."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.account(customertypecode=8)
        await rig.visit(ERP, rig.customer())
        (lost,) = [each for each in rig.conflicts() if each.line == TYPE]
        since = rig.world.loop.time()
        if done:
            await restore(rig.flow(), lost.key)
        judge.resolved({"flow": CUSTOMERS, "id": lost.key}, "restore", since)
        assert bool(await verdict(rig, judge, "never stood there")) is not done

    judged(story)


@pytest.mark.parametrize("coupled_by_then", [True, False])
def test_what_was_written_before_a_flow_had_the_row_is_told_by_another_one(*, coupled_by_then: bool) -> None:
    """An account that was a customer, and is a vendor by now: the vendors' journal says nothing of those days."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = rig.account(customertypecode=8)
        await rig.visit(ERP, rig.customer())
        judge.journal.clear()
        if not coupled_by_then:
            judge.pairs[CUSTOMERS] = dict.fromkeys(judge.pairs[CUSTOMERS], rig.world.loop.time() + 1)
        told = await verdict(rig, judge, f"customertypecode of dataverse {row_id} got '3'")
        assert bool(told) is coupled_by_then

    judged(story)


@pytest.mark.parametrize("kept", [True, False])
def test_a_value_that_a_constant_replaces_again_has_to_be_kept_again(tmp_path: Path, kept: bool) -> None:
    """A row about the first time says nothing about the second."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await coupled(rig)
        for _ in range(2):
            rig.edit(LanguageId="de")
            await rig.visit(DATAVERSE, (row_id,))
            rig.world.loop.pass_time(60)
        rows = sorted(rig.conflicts(), key=lambda each: each.at)
        assert [each.value for each in rows] == ["de", "de"]
        if not kept:
            await forget(rig, judge, rows[-1])
        assert bool(await verdict(rig, judge, "nothing keeps what stood there")) is not kept

    judged(story, enforcing(tmp_path))


@pytest.mark.parametrize("kept", [True, False])
def test_an_edit_that_loses_again_has_to_be_kept_again(tmp_path: Path, kept: bool) -> None:
    """The conflict list knows the value from an hour before."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await coupled(rig)
        for name in ("Northwind", "Adventure Works"):
            rig.edit(OrganizationName="Fabrikam")
            rig.change(row_id, name=name)
            await rig.visit(DATAVERSE, (row_id,))
            assert rig.both("OrganizationName", "name") == (name, name)
            rig.world.loop.pass_time(3_600)
        rows = sorted(rig.conflicts(), key=lambda each: each.at)
        assert [each.value for each in rows] == ["Fabrikam", "Fabrikam"]
        if not kept:
            await forget(rig, judge, rows[-1])
        assert bool(await verdict(rig, judge, "was edited to 'Fabrikam'")) is not kept

    judged(story, maps_with(tmp_path, "policy: {conflict: dataverse_wins}\n"))


@pytest.mark.parametrize(
    ("side", "reason", "breaks"), [(DATAVERSE, "edit", True), (DATAVERSE, "fill", False), (ERP, "edit", False)]
)
def test_a_conflict_decides_for_all_lines_that_go_together(side: Side, reason: str, breaks: bool) -> None:
    """A city that won here does not go with a country that was edited there."""
    flow = shipped_maps().map(CUSTOMERS)
    city, country = (line for line in flow.lines if line.dataverse.name in {"address1_city", "address1_country"})
    assert city.together == country.together
    intent = Intent(
        operation="1",
        attempt="1",
        expires="",
        kind="update",
        writes=(_written(ERP, city, "conflict"), _written(side, country, reason)),
    )
    assert bool([*parted(flow, intent)]) is breaks


def _written(side: Side, line: Line, reason: str) -> IntendedWrite:
    intended = IntendedLine(
        definition=line.definition.hex(), name=line.name, old="", new="a", source="a", reason=reason
    )
    return IntendedWrite(side=side, action="update", lines=(intended,))


@pytest.mark.parametrize("known", [True, False])
def test_a_value_that_was_deleted_with_its_pair_had_to_be_agreed_or_to_be_set_aside(known: bool) -> None:
    """A reference that waited from the first look on is no edit; anything else that never arrived is one."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await paid_by_another(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.compare()
        assert rig.erp() is None
        if not known:
            judge.waited.said.clear()
        assert bool(await verdict(rig, judge, "law 1: InvoiceAccount")) is not known

    judged(story)


@pytest.mark.parametrize("back", [True, False])
def test_a_reference_is_cleared_by_nobody_unless_its_row_looks_as_if_it_was_never_away(
    monkeypatch: pytest.MonkeyPatch, *, back: bool
) -> None:
    """back: the term is there again under its id before anybody has looked, as a late create of ours leaves it."""

    async def is_there(*_: Any) -> bool:
        return False

    async def story(rig: Rig, judge: Judge) -> None:
        await coupled(rig, PaymentTerms="Net30")
        row = term(rig)
        assert row is not None
        lose_the_term(rig)
        await asyncio.sleep(1)
        if back:
            again = {name: row[name] for name in ("msdyn_paymenttermid", "msdyn_name")}
            company = {"msdyn_company@odata.bind": f"/cdm_companies({row['_msdyn_company_value']})"}
            rig.world.dataverse.create(TABLE, {**again, **company})
        else:
            monkeypatch.setattr(_emptied, "has_gone", is_there)
        await everything(rig)
        assert held(rig) == ("", "")
        assert bool(await verdict(rig, judge, "was cleared because the row that it meant went")) is not back

    judged(story)


@pytest.mark.parametrize("edited", [True, False])
def test_what_an_undo_takes_back_was_touched_by_whoever_edited_it_and_not_by_the_platform(
    monkeypatch: pytest.MonkeyPatch, *, edited: bool
) -> None:
    """Where a term is deleted, Dataverse empties the lookups of accounts that nobody has looked at since."""

    async def nobody(*_: Any) -> str:
        return ""

    async def story(rig: Rig, judge: Judge) -> None:
        _, row_id = await loaded(rig, DATAVERSE)
        if edited:
            rig.change(row_id, name="Edited")
            monkeypatch.setattr(_undo, "touched", nobody)
        else:
            lose_the_term(rig)
            assert held(rig, LOADED) == ("Net30", "")
        await take_back(rig.house, judge.undoing, Trace(rig.world.loop), CUSTOMERS)
        assert rig.accounts() == []
        assert bool(await verdict(rig, judge, "was undone")) is edited

    judged(story)


@pytest.mark.parametrize("undone", [True, False])
def test_what_is_begun_in_a_flow_that_is_paused_is_a_breach_unless_an_undo_has_begun_it(*, undone: bool) -> None:
    """An undo demands that its flow is paused, and timers carry it on long after that."""

    async def story(rig: Rig, judge: Judge) -> None:
        load, _ = await loaded(rig, DATAVERSE)
        judge.pauses.patience = 30
        await set_state(rig.house, CUSTOMERS, "paused")
        rig.world.loop.pass_time(34)
        started = await start_job(rig.house, "undo", [CUSTOMERS], undo=load["id"])
        judge.undoing.jobs |= {started["id"]} if undone else set()
        await work_on(rig.house, started["id"], lambda: False)
        assert rig.accounts() == []
        assert bool(await verdict(rig, judge, f"after {CUSTOMERS} was paused")) is not undone

    judged(story)


def test_what_the_map_fills_in_is_no_word_of_a_source_that_says_nothing(tmp_path: Path) -> None:
    """The two are matched, and somebody fills the memo while the default is on its way: both keep what they hold."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.customer()
        rig.account()
        rig.world.weather.strike = at_first("finops update", lambda: rig.edit(SalesMemo="mine"))
        await rig.visit(ERP, ("usmf", ACCOUNT))
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("mine", None)
        assert await verdict(rig, judge, "no row says why") == []

    judged(story, maps_with(tmp_path, "fields: |\n  SalesMemo << description default none\n"))


@pytest.mark.parametrize("edited", [True, False])
def test_what_was_created_for_a_number_that_is_corrected_and_then_edited_is_a_stranger(*, edited: bool) -> None:
    """Nobody has heard that it was created. As long as it holds what was sent, it is known by that."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = rig.account()
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        if edited:
            rig.edit(OrganizationName="Fabrikam")
        rig.change(row_id, accountnumber="US-002")
        rig.world.loop.pass_time(1800)
        await others_go_on(rig)
        assert len(rig.accounts()) == 1 + edited
        assert await verdict(rig, judge, "law 6") == []

    judged(story)


@pytest.mark.parametrize("renamed", [True, False])
def test_what_was_renamed_before_anybody_heard_that_it_was_created_is_a_stranger(*, renamed: bool) -> None:
    """Nobody can tell where it came from. Under the number that it was given it is known, and no copy is made of it."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = rig.account()
        await rig.dies(DATAVERSE, (row_id,), before="ledger settle")
        number = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        if renamed:
            rig.world.finops.rename("CustomersV3", number, {"CustomerAccount": "US-002"})
        await others_go_on(rig)
        assert len(rig.accounts()) == 1 + renamed
        assert await verdict(rig, judge, "law 6") == []

    judged(story)


@pytest.mark.parametrize("agreed", [True, False])
def test_what_a_record_agreed_on_with_a_row_before_is_not_agreed_with_the_one_that_was_made_again(
    *, agreed: bool
) -> None:
    """What was to be written to that one had not arrived when it was deleted, too: it is left to a person."""

    async def story(rig: Rig, judge: Judge) -> None:
        first = await coupled(rig, SalesMemo="A")
        rig.world.loop.pass_time(2 * LOOKING)
        rig.world.dataverse.delete("accounts", first)
        row_id = rig.account()
        gone = partial(rig.world.dataverse.delete, "accounts", row_id)
        rig.world.weather.strike = at_first("dataverse update", gone)
        await rig.visit(DATAVERSE, (first,), source="delete")
        await rig.visit(DATAVERSE, (row_id,))
        await rig.visit(DATAVERSE, (row_id,), source="delete")
        assert [item["code"] for row in rig.rows(PARKED) for item in read_trouble(row).items] == ["deleted-edited"]
        if agreed:
            definitions = (line.definition for line in rig.flow().map.lines)
            judge.agreed[CUSTOMERS].update({(row_id, each): [(0.0, FOR_EVER)] for each in definitions})
        assert bool(await verdict(rig, judge, "which is not so")) is agreed

    judged(story)


@pytest.mark.parametrize("again", [True, False])
def test_what_came_back_by_an_old_request_is_wanted_only_by_a_partner_that_is_there(*, again: bool) -> None:
    """again: somebody has keyed the customer in anew meanwhile, and it would get its account anyway."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await created(rig, DATAVERSE)
        for side in SIDES:
            delete(rig, side, row_id)
        await lands()
        assert rig.accounts() == [row_id]
        if again:
            rig.customer(OrganizationName="Contoso again")
        assert bool(await verdict(rig, judge, "came back")) is not again

    judged(story)


def test_what_came_back_by_an_old_request_is_left_to_whoever_is_asked_about_a_delete_that_is_held() -> None:
    """Nobody had seen that it was gone for a while, so it goes as its partner did: within the budget."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await created(rig, DATAVERSE)
        for side in SIDES:
            delete(rig, side, row_id)
        await lands()
        assert await verdict(rig, judge, "came back")
        rig.house.deletes = 0
        await rig.compare()
        assert [trouble.cause for trouble in map(read_trouble, rig.rows(PARKED))] == ["held:"]
        assert not await verdict(rig, judge, "came back")

    judged(story)


def test_what_came_back_by_an_old_request_is_left_to_whoever_is_asked_if_its_partner_was_renamed() -> None:
    """He decides about the pair, and nobody had seen that its row was gone for a while."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.finops.create("PaymentTerms", NET30 | {"Name": "Net60", "Description": "60 days"})
        rig.world.weather.orders["dataverse create"] = "late"
        await rig.compare(TERMS)
        row = term(rig, "Net60")
        assert row is not None
        rig.world.finops.rename("PaymentTerms", NET30 | {"Name": "Net60"}, {"Name": "N60"})
        rig.world.dataverse.delete(TABLE, row["msdyn_paymenttermid"])
        await lands()
        assert await verdict(rig, judge, "came back")
        await rig.compare(TERMS)
        assert term(rig, "Net60")
        assert not await verdict(rig, judge, "came back")

    judged(story)


@pytest.mark.parametrize("long_ago", [True, False])
def test_whoever_has_the_number_of_a_deleted_customer_keeps_its_account_only_while_it_is_called_so(
    *, long_ago: bool
) -> None:
    """Another customer took the number, and was renamed: after that nobody finds a partner of the account."""

    async def story(rig: Rig, judge: Judge) -> None:
        await coupled(rig)
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.finops.delete("CustomersV3", key)
        rig.customer(OrganizationName="Northwind")
        await asyncio.sleep(0 if long_ago else 3 * UNSEEN)
        rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "US-777"})
        await asyncio.sleep(3 * UNSEEN if long_ago else 0)
        await rig.visit(ERP, ("usmf", ACCOUNT), source="delete")
        assert rig.accounts() == []
        assert bool(await verdict(rig, judge, "nobody deleted its partner")) is not long_ago

    judged(story)


def test_what_came_too_late_under_a_number_that_a_rename_had_freed_needs_no_row_of_the_journal() -> None:
    """The request that was answered has told of the create; this one was sent before the number was free."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.weather.orders["finops create"] = "late"
        await rig.visit(DATAVERSE, (rig.account(),))
        key = {"dataAreaId": "usmf", "CustomerAccount": "US-001"}
        rig.world.finops.rename("CustomersV3", key, key | {"CustomerAccount": "US-777"})
        await rig.visit(ERP, ("usmf", "US-777"))
        await lands()
        assert rig.erp() is not None
        await rig.visit(ERP, ("usmf", "US-001"))
        await rig.compare()
        assert not await verdict(rig, judge, "law 10")

    judged(story)


@pytest.mark.parametrize("told", [True, False])
def test_what_was_renamed_before_anybody_had_heard_of_it_is_told_as_what_was_created_once_more(*, told: bool) -> None:
    """The ERP gives the party itself, so nothing tells that the two are one."""

    async def story(rig: Rig, judge: Judge) -> None:
        await rig.dies(DATAVERSE, (rig.account(),), after="finops create")
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.finops.rename("CustomersV3", key, key | {"CustomerAccount": "US-777"})
        await asyncio.sleep(3600)
        await rig.compare()
        assert rig.erp() is not None
        assert rig.erp("US-777") is not None
        if not told:
            judge.journal.clear()
        assert bool(await verdict(rig, judge, "created erp usmf US-777")) is not told

    judged(story)


@pytest.mark.parametrize("told", [True, False])
def test_a_create_that_was_given_up_is_told_of_a_record_that_was_renamed_before_anybody_had_heard_of_it(
    *, told: bool
) -> None:
    """So was its account: nobody looks for the old number any more, and nothing tells that the two are one."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = rig.account()
        await rig.dies(DATAVERSE, (row_id,), after="finops create")
        key = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
        rig.world.finops.rename("CustomersV3", key, key | {"CustomerAccount": "US-777"})
        rig.change(row_id, accountnumber="US-888")
        await asyncio.sleep(3600)
        await rig.compare()
        assert rig.erp() is None
        assert rig.erp("US-777") is not None
        assert rig.erp("US-888") is not None
        if not told:
            judge.journal.clear()
        assert bool(await verdict(rig, judge, "created erp usmf US-777")) is not told

    judged(story)


@pytest.mark.parametrize("told", [True, False])
def test_a_create_that_was_given_up_is_told_of_a_record_with_a_key_of_several_parts(*, told: bool) -> None:
    """A contact person is called by its own number and by that of whom it works for, which is a reference."""

    async def story(sales: Sales) -> None:
        judge = Judge(sales.world)
        sales.world.on_applied = judge.watch
        account = sales.account()
        await sales.look(ACCOUNTS, account)
        contact = sales.contact(account)
        sales.world.weather.strike = lambda step: step == "ledger settle"
        _, task = sales.world.instance(sales.look(CONTACTS, contact))
        await asyncio.wait({task}, timeout=60)
        sales.world.weather.strike = None
        sales.house = sales.world.house()
        ((person, customer),) = sales.persons()
        key = {"dataAreaId": "usmf", "ContactPersonPartyNumber": person, "AssociatedPartyNumber": customer}
        sales.world.finops.delete("CDSContactPersons", key)
        sales.world.dataverse.delete("contacts", contact)
        sales.world.loop.pass_time(24 * 3600)
        await sales.look(CONTACTS, contact)
        if not told:
            judge.journal.clear()
        found = await judge.verdict(sales.house, [CONTACTS])
        assert any("no journal row says so" in text for text in found) is not told

    in_sales(story)


def test_a_record_that_koppel_never_meant_to_create_cannot_have_come_too_late() -> None:
    """One that it did may have: whoever died over it may have sent the request, and a person made the same again."""

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = rig.account(description="ours")
        await rig.dies(DATAVERSE, (row_id,), before="finops create")
        rig.customer(SalesMemo="ours")
        await asyncio.sleep(200)
        await rig.visit(DATAVERSE, (row_id,))
        rig.change(row_id, description="theirs")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("theirs", "theirs")
        rig.edit(SalesMemo="ours")
        assert (await rig.visit(DATAVERSE, (row_id,))).codes == ("revived",)
        assert not await verdict(rig, judge, "revived")
        judge.to_create.clear()
        assert await verdict(rig, judge, "revived")

    judged(story)


@pytest.mark.parametrize("back", [True, False])
def test_what_a_side_has_cut_off_explains_a_difference_and_is_nobodys_value(back: bool) -> None:
    """Both keep what they hold; written over the whole one, the rest of it is lost."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.dataverse.behaviour.cut = {"accounts": {"description": 3}}
        await coupled(rig, SalesMemo="a shop")
        if back:
            flow = rig.flow()
            seen = await flow.read(ERP, ("usmf", "US-001"))
            assert seen is not None
            entity, columns = flow.map.erp.entity, flow.map.erp.columns
            await flow.system(ERP).update(entity, ("usmf", "US-001"), {"SalesMemo": '"a s"'}, seen.version, columns)
        assert bool(await verdict(rig, judge, "which only the other side had made of it")) is back
        assert not await verdict(rig, judge, "no row says why")

    judged(story)


@pytest.mark.parametrize("sent", [True, False])
def test_a_value_that_a_side_cuts_off_arrives_each_time_that_it_is_sent(*, sent: bool) -> None:
    """Though nothing changes by that over there: what is typed later is newer, and takes its place."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.finops.behaviour.cut = {"CustomersV3": {"SalesMemo": 2}}
        row_id = await coupled(rig, SalesMemo="v4")
        rig.change(row_id, description="v4.")
        await rig.visit(DATAVERSE, (row_id,))
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
        rig.world.dataverse.delete("accounts", row_id)
        row_id = rig.account(description="v4")
        await rig.compare()
        rig.change(row_id, description="v4.", name="Fabrikam")
        await rig.visit(DATAVERSE, (row_id,))
        if not sent:
            history = rig.world.finops.history
            history[:] = [each for each in history if each.after.get("OrganizationName") != "Fabrikam"]
        rig.edit(SalesMemo="A")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("SalesMemo", "description") == ("A", "A")
        assert bool(await verdict(rig, judge, "law 1: SalesMemo")) is not sent

    judged(story)


@pytest.mark.parametrize("kept", [True, False])
def test_an_edit_gives_way_to_a_note_of_the_system_that_has_lost_itself_only_if_that_is_kept(kept: bool) -> None:
    """The note replaced it, was cut off over there, and lost to what was left of it when the two were coupled anew."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.dataverse.behaviour.cut = {"accounts": {"description": 2}}
        rig.world.finops.behaviour.noted = {"CustomersV3": {"CreditLimit": ("SalesMemo", "limit")}}
        row_id = await coupled(rig)
        rig.edit(SalesMemo="A")
        await rig.compare()
        rig.change(row_id, creditlimit=20)
        await rig.compare()
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("limit 20", "li")
        await uncouple(rig.flow(), ERP, ("usmf", ACCOUNT))
        await clear(rig.flow(), ERP, ("usmf", ACCOUNT))
        await rig.compare()
        assert rig.both("SalesMemo", "description") == ("li", "li")
        (row,) = (each for each in rig.conflicts() if each.value == "limit 20")
        if not kept:
            await forget(rig, judge, row)
        assert bool(await verdict(rig, judge, "and nothing else since")) is not kept

    judged(story)


@pytest.mark.parametrize("asked", [True, False])
def test_only_what_was_asked_of_a_side_explains_that_it_holds_less(asked: bool) -> None:
    """The same beginning, typed by a person whose edit nobody has seen, is a difference like any other."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.dataverse.behaviour.cut = {"accounts": {"description": 3}} if asked else {}
        row_id = await coupled(rig, SalesMemo="a shop")
        if not asked:
            rig.change(row_id, description="a s")
        assert bool(await verdict(rig, judge, "no row says why")) is not asked

    judged(story)


@pytest.mark.parametrize("calm", [True, False])
def test_what_a_write_of_ours_sets_off_competes_with_no_later_edit(calm: bool) -> None:
    """Somebody died over the visit, and a person's edit meets what the plug-in had set: in bad weather only."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.world.dataverse.behaviour.noted = {"accounts": {"emailaddress1": ("description", "mail")}}
        await coupled(rig, SalesMemo="before")
        rig.edit(PrimaryContactEmail="a@contoso.com")
        await rig.dies(ERP, ("usmf", "US-001"), after="dataverse update")
        await asyncio.sleep(1_000)
        rig.edit(SalesMemo="a person's")
        await rig.compare()
        assert [each.line for each in rig.conflicts()] == ["SalesMemo = description"]
        judge.patience = 60.0 if calm else judge.patience
        assert bool(await verdict(rig, judge, "which our write had set off")) is calm

    judged(story)


@pytest.mark.parametrize("emptied", ["before", "after"])
def test_a_source_that_was_emptied_before_the_two_were_coupled_rules_nothing(tmp_path: Path, emptied: str) -> None:
    """At the first match it says nothing, and both keep what they hold. What it empties later is to be emptied, too."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.customer(SalesMemo="said")
        for when in ("before", "after"):
            rig.world.loop.pass_time(60)
            if when == emptied:
                rig.edit(SalesMemo="")
            if when == "before":
                rig.world.loop.pass_time(60)
                rig.account(description="of the account")
                await rig.compare()
        assert bool(await verdict(rig, judge, "no row says why")) is (emptied == "after")

    judged(story, maps_with(tmp_path, "fields: |\n  SalesMemo > description\n"))


@pytest.mark.parametrize("stands", [True, False])
def test_what_is_said_about_a_target_whose_source_says_nothing_has_to_stand_there(tmp_path: Path, stands: bool) -> None:
    """An edit of the target is to be put back, and the ERP takes no blank; then somebody empties it there after all."""

    async def story(rig: Rig, judge: Judge) -> None:
        await rig.visit(DATAVERSE, (rig.account(),))
        rig.world.finops.behaviour.refused_values = {"CustomersV3": {"SalesMemo": frozenset({""})}}
        rig.edit(SalesMemo="by telephone")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert [item["code"] for item in parked(rig)] == ["refused"]
        if not stands:
            rig.world.finops.behaviour.refused_values = {}
            rig.edit(SalesMemo="")
        assert bool(await verdict(rig, judge, "is equal, but a row says")) != stands

    judged(story, maps_with(tmp_path, "fields: |\n  SalesMemo < description\n"))


@pytest.mark.parametrize("looks", [True, False])
def test_a_pass_that_claims_something_only_to_give_it_back_is_a_needless_one(
    monkeypatch: pytest.MonkeyPatch, *, looks: bool
) -> None:
    """Two strangers with one number stand aside: who does not look first tries them with every pass, for nothing."""

    async def blindly(*_: Any) -> None:
        return None

    async def story(rig: Rig, judge: Judge) -> None:
        rig.customer(OrganizationName="Northwind Traders")
        rig.account(name="Fabrikam GmbH")
        await rig.compare()
        if not looks:
            monkeypatch.setattr(_create, "still_aside", blindly)
        before = judge.standing()
        await rig.compare()
        assert any("gave it back" in text for text in judge.needless(before)) is not looks

    judged(story)


def test_what_was_claimed_before_a_pass_in_the_same_instant_is_none_of_its_claims() -> None:
    """Where every answer comes at once, no time passes between a pass that had news and one that has none."""

    async def story(rig: Rig, judge: Judge) -> None:
        rig.customer(OrganizationName="Northwind Traders")
        rig.account(name="Fabrikam GmbH")
        await rig.compare()
        assert judge.claimed[CUSTOMERS]
        before = judge.standing()
        await rig.compare()
        assert not judge.needless(before)

    judged(story, latency=0.0)


# -- what an old request brought back


@pytest.mark.parametrize("told", [True, False])
def test_what_was_gone_and_back_before_anybody_knew_of_it_is_no_news(tmp_path: Path, told: bool) -> None:
    """A term was created by a second request, which could not be noted, and the first one is carried out when a
    person has deleted it: it passes for what was meant, unless an event has told of the end.
    """

    async def story(rig: Rig, judge: Judge) -> None:
        net10, flow = {"dataAreaId": "usmf", "Name": "Net10"}, rig.flow(TERMS)
        rig.world.finops.create("PaymentTerms", net10)
        rig.world.weather.orders |= {STEP[DATAVERSE]: "late", "ledger settle": "busy"}
        with suppress(TryLater):
            await visit(flow, Wake(ERP, ("usmf", "Net10")))
        (row_id,) = (
            row["msdyn_paymenttermid"] for row in rig.world.dataverse.rows(TABLE) if row["msdyn_name"] == "Net10"
        )
        rig.world.dataverse.delete(TABLE, row_id)
        await lands()
        rig.world.finops.delete("PaymentTerms", net10)
        await visit(flow, Wake(ERP, ("usmf", "Net10"), told="delete"))
        judge.told |= {(TERMS, f"d~{row_id}")} if told else set()
        assert [each.state for each in rig.couplings(TERMS) if each.dataverse == row_id] == ["uncoupled"]
        assert bool(await verdict(rig, judge, "by an old request")) is told

    judged(story, maps_with(tmp_path, "policy: {delete: uncouple}\n", TERMS))


# -- a one-way line whose source says nothing


async def claimed_meanwhile(rig: Rig) -> str:
    """A word that stood only while the account was claimed, by somebody who died."""
    row_id = rig.account(address1_latitude=10.25)
    await rig.dies(DATAVERSE, (row_id,), before="finops create")
    rig.customer(DeliveryAddressLatitude=52.5)
    rig.edit(DeliveryAddressLatitude=0)
    rig.world.loop.pass_time(UNSEEN * 60)
    return row_id


async def matched(rig: Rig) -> str:
    rig.customer()
    return rig.account(address1_latitude=10.25)


async def matched_equal(rig: Rig) -> str:
    rig.customer(DeliveryAddressLatitude=10.25)
    return rig.account(address1_latitude=10.25)


async def made(rig: Rig) -> str:
    rig.customer(DeliveryAddressLatitude=10.25)
    await rig.compare()
    return rig.accounts()[0]


@pytest.mark.parametrize(
    ("begun", "seen", "counts"),
    [
        (claimed_meanwhile, False, False),
        (matched, False, False),
        (matched, True, True),
        (matched_equal, False, True),
        (made, False, True),
    ],
)
def test_a_source_rules_since_a_word_of_it_could_be_seen(
    begun: Callable[[Rig], Coroutine[Any, Any, str]], seen: bool, counts: bool
) -> None:
    """What it said before the two were coupled, or took back before anybody looked, is no word: both keep theirs. After
    one that was carried over, or agreed on, its blank is an edit that has to arrive.
    """

    async def story(rig: Rig, judge: Judge) -> None:
        row_id = await begun(rig)
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(DeliveryAddressLatitude=52.5)
        if seen:
            await rig.visit(DATAVERSE, (row_id,))
        rig.edit(DeliveryAddressLatitude=0)
        assert bool(await verdict(rig, judge, "law 7: DeliveryAddressLatitude")) is counts
        await rig.compare()
        assert await verdict(rig, judge, "law 7") == []

    judged(story)


@pytest.mark.parametrize("said", [True, False])
def test_what_the_erp_fills_into_a_new_record_is_no_word_of_its_source(*, said: bool) -> None:
    """A customer of an account without a currency has its company's own: nothing has to be equal, nor to be told. Where
    the account named one when its customer was made, that it names none any more is an edit.
    """

    async def story(sales: Sales) -> None:
        judge = Judge(sales.world)
        sales.world.on_applied = judge.watch
        sales.house = sales.world.house()
        account = sales.account()
        if not said:
            sales.change("accounts", account, transactioncurrencyid=None)
        await sales.look(ACCOUNTS, account)
        sales.change("accounts", account, transactioncurrencyid=None)
        found = await judge.verdict(sales.house, [ACCOUNTS])
        assert any("law 7: SalesCurrencyCode" in text for text in found) is said

    in_sales(story)
