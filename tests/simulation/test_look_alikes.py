"""Numbers that look alike: what is two to a system is two to us, and what is one to it is nobody's second record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.engine import explain, report, start_job, work_on
from shared.ledger import PARKED, read_trouble
from shared.mapping import Side
from tests.emulator.finops import values as finops
from tests.simulation.rig import CUSTOMERS, DATAVERSE, ERP, Rig, coupled, on_stage

DOTLESS = "C\u0131-1"
PLAIN = "CI-1"


def messages(rig: Rig) -> list[str]:
    return [str(item["message"]) for row in rig.rows(PARKED) for item in read_trouble(row).items]


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("first", [PLAIN, DOTLESS])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_letter_that_looks_like_another_makes_another_number(heard: str, first: str, side: Side) -> None:
    """Each customer gets an account of its own, and each account a customer, in whatever order they come."""

    async def story(rig: Rig) -> None:
        ends: list[tuple[str, ...]] = []
        for number in (first, DOTLESS if first == PLAIN else PLAIN):
            if side == ERP:
                ends.append(rig.customer(number, OrganizationName=f"Contoso {number}"))
            else:
                ends.append((rig.account(number, name=f"Contoso {number}"),))
        for end in ends if heard == "event" else ():
            assert (await rig.visit(side, end)).kind == "created"
        await rig.compare()
        for number in (PLAIN, DOTLESS):
            assert rig.both("OrganizationName", "name", number) == (f"Contoso {number}", f"Contoso {number}")
        assert not messages(rig)
        for end in ends:
            assert (await explain(rig.flow(), side, end))["why"] == "in sync"
        rig.edit(DOTLESS, OrganizationName="Contoso of Ankara")
        await rig.compare()
        assert rig.both("OrganizationName", "name", DOTLESS) == ("Contoso of Ankara", "Contoso of Ankara")
        assert rig.both("OrganizationName", "name", PLAIN) == (f"Contoso {PLAIN}", f"Contoso {PLAIN}")

    on_stage(story)


@pytest.mark.parametrize(
    ("erp", "dataverse"), [("STRASSE-1", "Stra\u00dfe-1"), ("\uff23-1", "c-1"), ("AERO", "\u00c6ro")]
)
def test_spellings_that_are_one_to_both_systems_are_one_number(erp: str, dataverse: str) -> None:
    """Coupled, from whichever side it is seen, and never created a second time."""

    async def story(rig: Rig) -> None:
        rig.customer(erp)
        rig.account(dataverse)
        await rig.compare()
        assert (len(rig.couplings()), len(rig.accounts())) == (1, 1)
        assert not [each for each in messages(rig) if "look" in each]

    on_stage(story)


def test_an_account_that_only_looks_like_a_deleted_one_is_not_taken_for_it() -> None:
    """Its number is one with the deleted account's to Dataverse, and two to us: the delete is carried over."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, "Cafe-1")
        rig.world.dataverse.delete("accounts", row_id)
        rig.account("Caf\u00e9-1", name="Fabrikam")
        assert (await rig.visit(DATAVERSE, (row_id,))).kind == "deleted"
        assert rig.erp("Cafe-1") is None

    on_stage(story)


@pytest.mark.parametrize("heard", ["event", "pass"])
def test_two_numbers_that_are_one_to_dataverse_park_the_second_with_both_names(heard: str) -> None:
    """Accents do not count there, and its key takes the number once. Nothing is swallowed, and nothing mixed up."""

    async def story(rig: Rig) -> None:
        rig.customer("Cafe-1", OrganizationName="Contoso")
        await rig.compare()
        second = rig.customer("Caf\u00e9-1", OrganizationName="Fabrikam")
        writes = rig.writes()
        if heard == "event":
            assert (await rig.visit(ERP, second)).codes == ("look-alike",)
        await rig.compare()
        (message,) = messages(rig)
        assert all(word in message for word in ("Cafe-1", "Caf\u00e9-1", "Contoso", "Fabrikam"))
        assert message in (await explain(rig.flow(), ERP, second))["why"]
        before = rig.rows(PARKED)
        await rig.compare()
        assert (rig.rows(PARKED), rig.writes()) == (before, writes)
        key = {"dataAreaId": "usmf", "CustomerAccount": "Caf\u00e9-1"}
        rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "Bar-1"})
        await rig.compare()
        assert not messages(rig)
        assert rig.both("OrganizationName", "name", "Bar-1") == ("Fabrikam", "Fabrikam")

    on_stage(story)


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("side", [ERP, DATAVERSE])
def test_a_number_in_other_letters_is_the_same_number(heard: str, side: Side) -> None:
    """Changed in letter case on either side: nothing is deleted, doubled or parked, and edits go on as before."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, "Us-1a")
        if side == ERP:
            key = {"dataAreaId": "usmf", "CustomerAccount": "Us-1a"}
            rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "US-1A"})
        else:
            rig.change(row_id, accountnumber="US-1A")
        writes = rig.writes()
        if heard == "event":
            await rig.visit(side, ("usmf", "US-1A") if side == ERP else (row_id.upper(),))
        await rig.compare()
        assert (rig.writes(), len(rig.couplings()), messages(rig)) == (writes, 1, [])
        rig.edit("US-1A", OrganizationName="Fabrikam")
        await rig.visit(ERP, ("USMF", "us-1a"))
        rig.change(row_id, description="edited")
        await rig.compare()
        account = rig.world.dataverse.row("accounts", row_id)
        customer = rig.erp("us-1a")
        assert account is not None
        assert customer is not None
        assert (account["name"], customer["SalesMemo"]) == ("Fabrikam", "edited")
        assert (len(rig.accounts()), len(rig.couplings()), messages(rig)) == (1, 1, [])

    on_stage(story)


def test_the_dry_run_says_so_too() -> None:
    async def story(rig: Rig) -> None:
        rig.account("Cafe-1", name="Contoso")
        await rig.compare()
        rig.customer("Caf\u00e9-1", OrganizationName="Fabrikam")
        job: Any = await start_job(rig.house, "plan", (CUSTOMERS,))
        while job["state"] == "running":
            job = await work_on(rig.house, job["id"], lambda: False)
        told = await report(rig.house, CUSTOMERS)
        assert [each["items"][0]["code"] for each in told["samples"]["parked"]] == ["look-alike"]
        assert told["counts"]["parked"] == 1

    on_stage(story)


def test_a_reference_means_the_code_to_the_letter() -> None:
    """A lookup is not filled with a row that Dataverse only takes for the one that is meant."""

    async def story(rig: Rig) -> None:
        group = {"msdyn_groupid": "CAFE", "msdyn_company@odata.bind": f"/cdm_companies({rig.companies['usmf']})"}
        rig.world.dataverse.create("msdyn_customergroups", group)
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "usmf", "CustomerGroupId": "Caf\u00e9"})
        outcome = await rig.visit(ERP, rig.customer(CustomerGroupId="Caf\u00e9"))
        assert outcome.kind == "waiting"

    on_stage(story)


@pytest.fixture
def stricter() -> Iterator[None]:
    """A database of the ERP to which one letter never equals two."""
    finops.fold.expands = False
    yield
    finops.fold.expands = True


@pytest.mark.usefixtures("stricter")
@pytest.mark.parametrize("heard", ["event", "pass"])
def test_a_record_that_we_take_for_another_is_shown_and_not_swallowed(heard: str) -> None:
    """The ERP has both; the first is in sync, and the second parks with both names until it gets another number."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer("STRASSE-1", OrganizationName="Contoso"))
        second = rig.customer("Stra\u00dfe-1", OrganizationName="Fabrikam")
        writes = rig.writes()
        if heard == "event":
            assert (await rig.visit(ERP, second)).codes == ("look-alike",)
            assert rig.counts()["hints"] == 0
        await rig.compare()
        (message,) = messages(rig)
        assert all(word in message for word in ("STRASSE-1", "Stra\u00dfe-1", "Contoso", "Fabrikam"))
        before = rig.rows(PARKED)
        await rig.compare()
        assert (rig.rows(PARKED), rig.writes()) == (before, writes)
        assert message in (await explain(rig.flow(), ERP, second))["why"]
        assert (await explain(rig.flow(), ERP, ("usmf", "STRASSE-1")))["why"] == "in sync"
        key = {"dataAreaId": "usmf", "CustomerAccount": "Stra\u00dfe-1"}
        rig.world.finops.rename("CustomersV3", key, {"CustomerAccount": "Weg-1"})
        await rig.compare()
        assert not messages(rig)
        assert rig.both("OrganizationName", "name", "Weg-1") == ("Fabrikam", "Fabrikam")

    on_stage(story)
