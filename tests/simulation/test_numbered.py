"""Records that the ERP numbers: claims that nobody can find by a number, what came out of them, and what people do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from shared.engine import Wake, clear, couple, uncouple, visit
from shared.errors import Busy, Refused
from shared.ledger import PARKED, end_of, read_trouble
from shared.mapping import SIDES
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, at_first, on_stage
from tests.simulation.test_repairs import LONG, dies_at


def test_a_create_whose_number_never_came_is_not_repeated() -> None:
    """The ERP numbers the record, and the answer is lost: it may be there, so a person has to look before a repeat."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(None)
        await dies_at(rig, "finops create", rig.visit(DATAVERSE, (row_id,)))
        await rig.visit(DATAVERSE, (row_id,))
        (row,) = rig.rows(PARKED)
        assert read_trouble(row).items[0]["code"] == "maybe-created"
        (customer,) = rig.world.finops.rows("CustomersV3")
        rig.change(row_id, accountnumber=customer["CustomerAccount"])
        await asyncio.sleep(LONG)
        await rig.visit(DATAVERSE, (row_id,))
        (coupling,) = rig.couplings()
        assert (coupling.erp, coupling.dataverse) == (("usmf", customer["CustomerAccount"]), row_id)

    on_stage(story)


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("maker", ["dies", "is slow"])
def test_a_customer_that_the_erp_has_just_numbered_is_not_created_in_dataverse_again(maker: str, edited: bool) -> None:
    """A pass meets it before its maker has coupled it: it holds just what was to be created, and goes to that claim.

    Once that was seen, nobody forgets it, whatever the customer holds by then.
    """

    async def story(rig: Rig) -> None:
        row_id, maker_instance = await being_numbered(rig)
        rig.world.loop.freeze(maker_instance)
        await rig.compare()
        if edited:
            (customer,) = rig.world.finops.rows("CustomersV3")
            rig.edit(customer["CustomerAccount"], OrganizationName="Edited")
        rig.world.loop.kill(maker_instance) if maker == "dies" else rig.world.loop.thaw(maker_instance)
        for _ in range(3):
            await asyncio.sleep(LONG)
            await rig.pump()
        await rig.compare()
        await rig.pump()
        (coupling,) = rig.couplings()
        (customer,) = rig.world.finops.rows("CustomersV3")
        assert (coupling.state, coupling.dataverse) == ("coupled", row_id)
        assert rig.world.dataverse.row("accounts", row_id)["accountnumber"] == customer["CustomerAccount"]  # type: ignore[index] # it is there
        assert len(list(rig.world.dataverse.rows("accounts"))) == 1
        assert (rig.counts()["parked"], rig.counts()["hints"], rig.rows("n~")) == (0, 0, [])

    on_stage(story)


async def being_numbered(rig: Rig) -> tuple[str, int]:
    """The ERP has numbered an account, and the instance that asked has not heard yet; its id, and the instance."""
    row_id = rig.account(None, name="Numbered")
    slow = replace(rig, house=rig.world.house())
    numbered = asyncio.Event()
    rig.world.weather.heard = at_first("finops create", numbered.set)
    maker, _ = rig.world.instance(slow.visit(DATAVERSE, (row_id,)))
    await numbered.wait()
    return row_id, maker


async def numbered_unheard(rig: Rig) -> tuple[str, str]:
    """The ERP numbers a record, and whoever asked for it dies before it hears; the account's id, and the number."""
    row_id = rig.account(None, name="Numbered", description="Memo")
    await dies_at(rig, "finops create", rig.visit(DATAVERSE, (row_id,)))
    rig.house = rig.world.house()
    (customer,) = rig.world.finops.rows("CustomersV3")
    return row_id, str(customer["CustomerAccount"])


@pytest.mark.parametrize("fate", ["stays", "edited", "deleted"])
def test_a_person_who_retries_an_account_whose_customer_was_met_does_not_make_it_twice(fate: str) -> None:
    """A visit has met the customer while the claim was alive. Only if it is gone again, another one is created."""

    async def story(rig: Rig) -> None:
        row_id, maker = await being_numbered(rig)
        rig.world.loop.kill(maker)
        (customer,) = rig.world.finops.rows("CustomersV3")
        number = customer["CustomerAccount"]
        assert (await rig.visit(ERP, ("usmf", number))).kind == "kept"
        await asyncio.sleep(LONG)
        if fate == "edited":
            rig.edit(number, OrganizationName="Edited")
        if fate == "deleted":
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": number})
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        (customer,) = rig.world.finops.rows("CustomersV3")
        assert (customer["CustomerAccount"] == number) == (fate != "deleted")
        (coupling,) = rig.couplings()
        assert (coupling.state, coupling.erp) == ("coupled", ("usmf", customer["CustomerAccount"]))
        assert rig.accounts() == [row_id]

    on_stage(story)


def test_a_customer_that_only_resembles_what_was_created_is_for_a_person() -> None:
    """Somebody edited it before anybody had seen it: it is not created in Dataverse until a person says so."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        rig.edit(number, OrganizationName="Edited")
        for _ in range(2):
            await rig.compare()
        parked = [read_trouble(row) for row in rig.rows(PARKED)]
        assert {(row.side, row.items[0]["code"]) for row in parked} == {(side, "maybe-created") for side in SIDES}
        assert any(str(row.items[0]["message"]).startswith("it looks like what was created for '") for row in parked)
        assert rig.accounts() == [row_id]
        before = [row.etag for row in rig.rows(PARKED)]
        await rig.compare()
        assert [row.etag for row in rig.rows(PARKED)] == before
        hint = await rig.flow().ledger.ask(ERP, ("usmf", number))
        assert (await visit(rig.flow(), Wake(ERP, ("usmf", number), hint))).kind == "created"

    on_stage(story)


async def resembling(rig: Rig) -> tuple[str, tuple[str, str]]:
    """A claim that is kept, and a customer that may have come out of it, both parked; the account and the customer."""
    row_id, number = await numbered_unheard(rig)
    rig.edit(number, OrganizationName="Edited")
    for _ in range(2):
        await rig.compare()
    assert rig.counts()["parked"] == 2
    return row_id, ("usmf", number)


def test_a_customer_that_resembles_what_was_created_is_coupled_by_hand() -> None:
    """A person knows that it is the one: both rows go, and the two are one record from then on."""

    async def story(rig: Rig) -> None:
        row_id, identity = await resembling(rig)
        with pytest.raises(Busy, match="may still be under way until"):
            await couple(rig.flow(), identity, row_id)
        rig.world.loop.pass_time(3_600)
        await couple(rig.flow(), identity, row_id)
        await rig.pump()
        (coupling,) = rig.couplings()
        assert (coupling.state, coupling.dataverse, coupling.erp) == ("coupled", row_id, identity)
        assert (rig.counts()["parked"], rig.rows("n~"), rig.accounts()) == (0, [], [row_id])
        writes = rig.writes()
        await rig.compare()
        assert (rig.writes(), rig.couplings()) == (writes, [coupling])

    on_stage(story)


@pytest.mark.parametrize("end", [uncouple, clear])
def test_a_claim_that_is_kept_is_ended_by_a_person(end: Callable[..., Awaitable[str]]) -> None:
    """Uncoupled, its account is left alone; cleared, it is looked at anew. The customer is one of its own then."""

    async def story(rig: Rig) -> None:
        row_id, _ = await resembling(rig)
        with pytest.raises(Busy, match="may still be under way until"):
            await end(rig.flow(), DATAVERSE, (row_id,))
        rig.world.loop.pass_time(3_600)
        assert "claim" in await end(rig.flow(), DATAVERSE, (row_id,))
        for _ in range(2):  # while the account is being created, nobody can tell what the customer resembles
            await rig.pump()
        states = {each.dataverse: each.state for each in rig.couplings()}
        assert states.pop(row_id) == ("uncoupled" if end is uncouple else "coupled")
        assert list(states.values()) == ["coupled"]
        assert (rig.counts()["parked"], rig.rows("n~"), len(rig.accounts())) == (0, [], 2)
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes
        if end is uncouple:
            await clear(rig.flow(), DATAVERSE, (row_id,))
            await rig.pump()
        assert sorted(each.state for each in rig.couplings()) == ["coupled", "coupled"]

    on_stage(story)


async def kept_claim(rig: Rig) -> tuple[str, str]:
    """The claim of a customer whose account was never created, kept and parked; the customer."""
    identity = rig.customer()
    await rig.dies(ERP, identity, before="dataverse create")
    await asyncio.sleep(LONG)
    rig.edit(PrimaryContactEmail="x" * 90 + "@contoso.example")
    await rig.compare()
    assert {each.state for each in rig.couplings()} == {"claimed"}
    return identity


def test_an_id_that_was_drawn_for_a_claim_is_no_former_row() -> None:
    """Nothing was ever journaled with values under it: whoever erases the customer has not to look there."""

    async def story(rig: Rig) -> None:
        identity = await kept_claim(rig)
        rig.world.loop.pass_time(3_600)
        await clear(rig.flow(), ERP, identity)
        assert (rig.couplings(), rig.rows("f~")) == ([], [])

    on_stage(story)


@pytest.mark.parametrize("theirs", [False, True], ids=["a free account", "an account with a claim of its own"])
def test_a_claimed_customer_is_coupled_by_hand_with_another_account(theirs: bool) -> None:
    """What was to be created for it never was: the claims of both ends give way in the transaction that couples."""

    async def story(rig: Rig) -> None:
        row_id = ""
        if theirs:
            row_id, number = await numbered_unheard(rig)
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": number})
        identity = await kept_claim(rig)
        row_id = row_id or rig.account("D-1")
        rig.world.loop.pass_time(3_600)
        await couple(rig.flow(), identity, row_id)
        (coupling,) = [each for each in rig.couplings() if each.dataverse == row_id]
        assert (coupling.state, coupling.erp, rig.rows("n~")) == ("coupled", identity, [])
        assert {each.state for each in rig.couplings()} == {"coupled"}
        index = await rig.flow().ledger.coupling(end_of(ERP, identity))
        assert index == coupling

    on_stage(story)


def test_what_koppel_created_itself_is_not_left_alone_by_a_coupling() -> None:
    """The account that the claim stands for is there: it is that one, and not another."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(SalesMemo="before")
        await dies_at(rig, "dataverse create", rig.visit(ERP, identity))
        rig.house = rig.world.house()
        (created,) = rig.accounts()
        row_id = rig.account("D-1")
        rig.world.loop.pass_time(3_600)
        with pytest.raises(Refused, match=f"^{ACCOUNT} .* was created for it"):
            await couple(rig.flow(), identity, row_id)
        await couple(rig.flow(), identity, created)
        assert [(each.state, each.dataverse) for each in rig.couplings()] == [("coupled", created)]

    on_stage(story)


def test_a_claim_whose_owner_is_alive_is_nobody_elses() -> None:
    """He may be writing: whoever wants to couple, uncouple or clear is told until when."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(None)
        owner, _ = rig.world.instance(rig.visit(DATAVERSE, (row_id,)))
        rig.world.weather.strike = at_first("finops create", lambda: rig.world.loop.freeze(owner))
        await asyncio.sleep(2)
        identity = rig.customer("E-1")
        for attempt in (couple(rig.flow(), identity, row_id), uncouple(rig.flow(), DATAVERSE, (row_id,)),
                        clear(rig.flow(), DATAVERSE, (row_id,))):  # fmt: skip
            with pytest.raises(Busy, match="may still be under way until"):
                await attempt
        assert [each.state for each in rig.couplings()] == ["claimed"]

    on_stage(story)


def test_a_customer_that_resembles_one_that_is_just_being_created_waits_for_that() -> None:
    """Two of the same name, keyed in on both sides at once, are two: nobody is bothered."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(None, name="Smith")
        slow = replace(rig, house=rig.world.house())
        owner, _ = rig.world.instance(slow.visit(DATAVERSE, (row_id,)))
        rig.world.weather.strike = at_first("finops create", lambda: rig.world.loop.freeze(owner))
        await asyncio.sleep(2)
        identity = rig.customer("US-9", OrganizationName="Smith", SalesMemo="Another")
        assert (await rig.visit(ERP, identity)).kind == "kept"
        rig.world.loop.thaw(owner)
        await asyncio.sleep(60)
        await rig.pump()
        assert sorted(each.state for each in rig.couplings()) == ["coupled", "coupled"]
        assert rig.rows(PARKED) == []

    on_stage(story)


def test_a_customer_that_was_set_aside_waits_while_a_person_has_what_it_resembles_created_anew() -> None:
    """What becomes of the claim is not told yet: once it is coupled, the customer is one of its own, without a pass."""

    async def story(rig: Rig) -> None:
        row_id, identity = await resembling(rig)
        rig.world.loop.pass_time(3_600)
        slow = replace(rig, house=rig.world.house())
        owner, _ = rig.world.instance(slow.visit(DATAVERSE, (row_id,), source="retry"))
        rig.world.weather.strike = at_first("finops create", lambda: rig.world.loop.freeze(owner))
        await asyncio.sleep(2)
        assert (await rig.visit(ERP, identity)).kind == "kept"
        rig.world.loop.thaw(owner)
        await asyncio.sleep(60)
        await rig.pump()
        assert sorted(each.state for each in rig.couplings()) == ["coupled", "coupled"]
        assert rig.rows(PARKED) == []

    on_stage(story)


def test_an_edit_while_a_numbered_customer_is_coupled_does_not_create_it_again() -> None:
    """The claim alone knows the number: it is not given back because its record has just been edited."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        await rig.visit(ERP, ("usmf", number))
        rig.world.weather.heard = at_first("dataverse read", lambda: rig.change(row_id, creditlimit=7))
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.weather.heard = None
        await rig.pump()
        (coupling,) = rig.couplings()
        assert (coupling.state, coupling.dataverse, coupling.erp) == ("coupled", row_id, ("usmf", number))
        assert len(list(rig.world.finops.rows("CustomersV3"))) == 1

    on_stage(story)


@pytest.mark.parametrize("step", ["dataverse read", "dataverse read answered", "ledger intend"])
def test_what_was_numbered_for_an_account_that_is_gone_does_not_bring_it_back(step: str) -> None:
    """The account was deleted before its number came: its customer is treated as one whose account was deleted."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        rig.world.loop.pass_time(3_600)
        deleted = at_first(step.removesuffix(" answered"), lambda: rig.world.dataverse.delete("accounts", row_id))
        hears = step.endswith("answered")
        rig.world.weather.strike, rig.world.weather.heard = (None, deleted) if hears else (deleted, None)
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.weather.strike = rig.world.weather.heard = None
        assert rig.accounts() == []
        await rig.visit(ERP, ("usmf", number))
        for _ in range(3):
            await asyncio.sleep(LONG)
            await rig.pump()
        assert rig.accounts() == []
        assert [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)] == ["deleted-edited"]

    on_stage(story)


@pytest.mark.parametrize("finished", [True, False], ids=["coupled", "being coupled"])
def test_a_claim_is_kept_for_what_was_numbered_although_its_account_matches_another_customer(finished: bool) -> None:
    """Somebody gave the account a number that is taken: what was created for it is its own all the same."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        theirs = rig.account("US-9", name="Another")
        if finished:
            await rig.visit(DATAVERSE, (theirs,))
        else:
            await dies_at(rig, "ledger claim", rig.visit(DATAVERSE, (theirs,)))
            rig.house = rig.world.house()
            rig.customer("US-9", OrganizationName="Another")
        rig.change(theirs, accountnumber="US-8")
        rig.change(row_id, accountnumber="US-9")
        await rig.visit(DATAVERSE, (row_id,))
        rig.world.loop.pass_time(3_600)
        await rig.visit(ERP, ("usmf", number))
        for _ in range(3):
            await rig.compare()
            await asyncio.sleep(LONG)
            await rig.pump()
        assert len(rig.accounts()) == 2
        partners = {each.erp: each.dataverse for each in rig.couplings()}
        assert partners["usmf", number] == row_id

    on_stage(story)


def test_a_claim_is_kept_for_what_was_numbered_although_a_customer_matches_that_nobody_has() -> None:
    """Somebody gave the account the number of another customer, which is not what was created for it."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        rig.customer("US-9", OrganizationName="Another")
        rig.change(row_id, accountnumber="US-9")
        rig.world.loop.pass_time(3_600)
        for _ in range(2):
            await rig.visit(DATAVERSE, (row_id,))
            assert [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)] == ["maybe-created"]
            etags = [row.etag for row in rig.rows("d~")]
        await rig.visit(DATAVERSE, (row_id,))
        assert [row.etag for row in rig.rows("d~")] == etags
        for _ in range(3):
            await rig.visit(ERP, ("usmf", number))
            await asyncio.sleep(LONG)
            await rig.pump()
        assert rig.accounts() == [row_id]
        assert [(each.state, each.erp) for each in rig.couplings()] == [("coupled", ("usmf", number))]

    on_stage(story)


@pytest.mark.parametrize("fate", ["renamed", "deleted"])
@pytest.mark.parametrize("later", [LONG, 3_600.0])
def test_what_was_numbered_for_an_account_and_is_gone_is_not_created_again(fate: str, later: float) -> None:
    """Its claim knows the number already: a person says what becomes of the account."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        await asyncio.sleep(LONG)
        await rig.visit(ERP, ("usmf", number))
        key = {"dataAreaId": "usmf", "CustomerAccount": number}
        if fate == "renamed":
            rig.world.finops.rename("CustomersV3", key, key | {"CustomerAccount": "US-777"})
        else:
            rig.world.finops.delete("CustomersV3", key)
        await asyncio.sleep(later)
        for _ in range(5):
            await rig.pump()
            await asyncio.sleep(LONG)
        await rig.compare()
        numbers = [row["CustomerAccount"] for row in rig.world.finops.rows("CustomersV3")]
        assert numbers == (["US-777"] if fate == "renamed" else [])
        assert row_id in rig.accounts()
        assert "renamed" in {read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)}

    on_stage(story)


def test_what_a_claim_was_set_aside_for_goes_with_it_although_its_customer_is_gone() -> None:
    """That it may have been created is known by then: only that it is gone is left for a person to decide."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        await asyncio.sleep(LONG)
        await rig.visit(DATAVERSE, (row_id,))
        assert [read_trouble(row).items[0]["code"] for row in rig.rows(PARKED)] == ["maybe-created"]
        rig.world.loop.pass_time(3_600)
        await rig.visit(ERP, ("usmf", number))
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": number})
        for _ in range(3):
            await asyncio.sleep(LONG)
            await rig.pump()
        (row,) = rig.rows(PARKED)
        assert [item["code"] for item in read_trouble(row).items] == ["renamed"]

    on_stage(story)


def test_a_claim_of_a_record_that_is_gone_does_not_stay_for_ever() -> None:
    """Nothing came to light for days: it goes with a pass."""

    async def story(rig: Rig) -> None:
        row_id, number = await numbered_unheard(rig)
        rig.world.dataverse.delete("accounts", row_id)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": number})
        await rig.compare()
        assert len(rig.couplings()) == 1
        rig.world.loop.pass_time(4 * 86_400)
        await rig.compare()
        assert (rig.couplings(), rig.rows("n~")) == ([], [])

    on_stage(story)
