"""The upgrade of prospect to cash: what older rows lack is counted, and then given to them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from functions.prospect_to_cash.columns import columns
from shared.columns import Upgrades
from shared.engine import House, job, kept_by, start_upgrade, stop_job, work_on
from tests.emulator.dataverse.refusal import Refusal
from tests.simulation.prospects import NUMBER, Sales, configured, in_sales
from tests.simulation.rig import at_first
from tests.simulation.shops import BUYS, WORKS

SUITE: Final = "prospect_to_cash"
CONTACT_NUMBER: Final = "contacts.koppel_contactnumber"
ACCOUNT_NUMBER: Final = "accounts.accountnumber"
FORM: Final = {"accounts": r"ACC-\d{5}-[A-Z0-9]{6}", "contacts": r"CON-\d{5}-[A-Z0-9]{6}"}
BLANK: Final = {"koppel_contactnumber": None, f"koppel_{BUYS}": None, f"koppel_{WORKS}": None}


def older(sales: Sales, people: int = 3) -> list[str]:
    """Contacts that are older than the columns, of whom the first works for an account and buys; their ids."""
    account = sales.account(None)
    twin = sales.world.dataverse
    found = [twin.create("contacts", {"lastname": str(place), **BLANK}) for place in range(people)]
    twin.update("contacts", found[0], {"parentcustomerid_account@odata.bind": f"/accounts({account})"})
    twin.create("invoices", {"name": "Tea", "customerid_contact@odata.bind": f"/contacts({found[0]})"})
    return found


def numbered(sales: Sales) -> None:
    """Set-up has given both columns their automatic numbers."""
    for table, column in (name.split(".") for name in (ACCOUNT_NUMBER, CONTACT_NUMBER)):
        found = sales.world.dataverse.environment.tables[table]
        form = f"{table[:3].upper()}-{{SEQNUM:5}}-{{RANDSTRING:6}}"
        found.set_column(replace(found.definition.columns[column], auto_number=form))


def numbers(sales: Sales, table: str) -> list[Any]:
    column = {"accounts": "accountnumber", "contacts": "koppel_contactnumber"}[table]
    return [row[column] for row in sales.world.dataverse.rows(table)]


def house_of(sales: Sales) -> House:
    """Another instance of the app."""
    house = sales.world.house()
    house.upgrade = Upgrades([columns(configured("koppel"))])
    return house


async def upgrade(
    sales: Sales, *, dry: bool = False, out_of_time: Callable[[], bool] = lambda: False
) -> Mapping[str, Any]:
    """A job, carried on by one instance after another until it has ended."""
    started: Mapping[str, Any] = await start_upgrade(sales.house, SUITE, dry=dry)
    for _ in range(40):
        if (found := await work_on(house_of(sales), str(started["id"]), out_of_time))["state"] != "running":
            return found
    raise AssertionError("it does not end")


def test_a_report_first() -> None:
    """It counts what would be done, column by column, and writes nothing."""

    async def story(sales: Sales) -> None:
        older(sales)
        before = sales.writes()
        found = await upgrade(sales, dry=True)
        assert (found["state"], found["errors"], sales.writes()) == ("done", {}, before)
        assert found["tallies"][SUITE] == {
            ACCOUNT_NUMBER: 1,
            CONTACT_NUMBER: 3,
            f"contacts.koppel_{BUYS}": 3,
            f"contacts.koppel_{WORKS}": 3,
        }

    in_sales(story)


def test_what_the_report_counts_is_done() -> None:
    """Numbers as the sequence gives them, flags as they should be; a second run finds nothing to do."""

    async def story(sales: Sales) -> None:
        buyer, *others = older(sales)
        kept = sales.contact(number="CON-77777-AAAAAA"), sales.account()
        numbered(sales)
        report = await upgrade(sales, dry=True)
        done = await upgrade(sales)
        assert (done["tallies"], done["errors"]) == (report["tallies"], {})
        for table, form in FORM.items():
            assert all(re.fullmatch(form, each) for each in numbers(sales, table))
            assert len(set(numbers(sales, table))) == len(numbers(sales, table))
        assert sales.row("contacts", kept[0])["koppel_contactnumber"] == "CON-77777-AAAAAA"
        assert sales.row("accounts", kept[1])["accountnumber"] == NUMBER
        said = [(sales.row("contacts", each)[f"koppel_{BUYS}"], sales.row("contacts", each)[f"koppel_{WORKS}"])
                for each in (buyer, *others)]  # fmt: skip
        assert said == [(True, True), (False, False), (False, False)]
        before = sales.writes()
        assert (await upgrade(sales))["tallies"] == {SUITE: {}}
        assert sales.writes() == before

    in_sales(story)


def test_the_sequence_goes_on_behind_the_block() -> None:
    """Whoever is created afterwards, or while it runs, has a number that the block does not hold."""

    async def story(sales: Sales) -> None:
        older(sales)
        numbered(sales)
        await upgrade(sales)
        new = sales.world.dataverse.create("contacts", {"lastname": "New"})
        given = sorted(each[4:9] for each in numbers(sales, "contacts"))
        assert given == ["01000", "01001", "01002", "01003"]
        assert str(sales.row("contacts", new)["koppel_contactnumber"])[4:9] == "01003"

    in_sales(story)


def test_a_number_typed_meanwhile_stays() -> None:
    """The write is conditional: whoever was faster has it. Another edit is none of a number's business."""

    async def story(sales: Sales) -> None:
        twin = sales.world.dataverse
        edits: list[tuple[Mapping[str, Any], str]] = [({"koppel_contactnumber": "MY-OWN"}, "MY-OWN"),
                                                      ({"firstname": "Ada"}, "CON-")]  # fmt: skip
        numbered(sales)
        for edit, given in edits:
            ada = twin.create("contacts", {"lastname": "King"})
            twin.update("contacts", ada, BLANK)
            sales.world.weather.strike = at_first("dataverse update", lambda: twin.update("contacts", ada, edit))  # noqa: B023 - at once
            assert (await upgrade(sales))["errors"] == {}
            assert str(sales.row("contacts", ada)["koppel_contactnumber"]).startswith(given)

    in_sales(story)


@pytest.mark.parametrize("after", range(0, 16, 3))
def test_whoever_dies_in_the_middle(after: int) -> None:
    """Another one goes on: everybody has a number in the end, and nobody two."""

    async def story(sales: Sales) -> None:
        people = older(sales, 4)
        numbered(sales)
        started = await start_upgrade(sales.house, SUITE, dry=False)
        left = [after]

        def strikes(_step: str) -> bool:
            left[0] -= 1
            return left[0] < 0

        sales.world.weather.strike = strikes
        _, task = sales.world.instance(work_on(house_of(sales), str(started["id"]), lambda: False))
        await asyncio.wait({task}, timeout=60)
        sales.world.weather.strike = None
        await asyncio.sleep(300)
        given = {each: sales.row("contacts", each)["koppel_contactnumber"] for each in people}
        while (await work_on(house_of(sales), str(started["id"]), lambda: False))["state"] == "running":
            pass
        assert (await job(sales.house, str(started["id"])))["errors"] == {}
        assert all(re.fullmatch(FORM["contacts"], each) for each in numbers(sales, "contacts"))
        assert all(sales.row("contacts", each)["koppel_contactnumber"] == was for each, was in given.items() if was)

    in_sales(story)


def test_in_slices() -> None:
    """Time that is up ends a slice behind a page; the next one goes on there."""

    async def story(sales: Sales) -> None:
        older(sales, 450)
        numbered(sales)
        done = await upgrade(sales, out_of_time=lambda: True)
        assert done["tallies"][SUITE][CONTACT_NUMBER] == 450
        assert None not in numbers(sales, "contacts")

    in_sales(story)


def test_a_job_that_is_stopped() -> None:
    """It ends behind the page that it is at; what it did stays."""

    async def story(sales: Sales) -> None:
        older(sales, 450)
        numbered(sales)
        started = str((await start_upgrade(sales.house, SUITE, dry=False))["id"])
        stops: list[asyncio.Future[Any]] = []
        stop = lambda: stops.append(asyncio.ensure_future(stop_job(sales.house, started)))  # noqa: E731 - at that moment
        sales.world.weather.strike = at_first("dataverse batch", stop)
        await work_on(house_of(sales), started, lambda: False)
        assert ((await job(sales.house, started))["state"], len(stops)) == ("stopped", 1)
        assert 0 < numbers(sales, "contacts").count(None) < 450

    in_sales(story)


def test_without_automatic_numbers() -> None:
    """Nobody has set them up: the job says what is missing, and the rows stay as they are."""

    async def story(sales: Sales) -> None:
        older(sales)
        done = await upgrade(sales)
        assert "has no automatic numbers" in done["errors"][SUITE]
        assert numbers(sales, "accounts") == [None]

    in_sales(story)


def test_what_dataverse_refuses_is_listed() -> None:
    """With the row and the reason; everybody else has what he should."""

    async def story(sales: Sales) -> None:
        buyer, *_ = older(sales)
        numbered(sales)
        sales.world.dataverse.behaviour.refused_values = {"contacts": {f"koppel_{BUYS}": frozenset({True})}}
        done = await upgrade(sales, out_of_time=lambda: True)
        left = [each async for each in kept_by(sales.house.documents, str(done["id"]))]
        assert [(each["record"]["dataverse"], each["what"]) for each in left] == [(buyer, "refused")]
        assert done["tallies"][SUITE] == {
            ACCOUNT_NUMBER: 1, CONTACT_NUMBER: 3, f"contacts.koppel_{BUYS}": 2, f"contacts.koppel_{WORKS}": 2,
            "refused": 1,
        }  # fmt: skip

    in_sales(story)


def test_a_number_that_the_upgrade_would_give_is_taken() -> None:
    """Typed by hand before, to the letter: Dataverse refuses the second one, and the row gets another number."""
    given: list[str] = []

    async def story(sales: Sales) -> None:
        numbered(sales)
        twin = sales.world.dataverse
        ada, bob = twin.create("contacts", {"lastname": "King"}), twin.create("contacts", {"lastname": "Novak"})
        twin.update("contacts", ada, BLANK)
        twin.update("contacts", bob, {"koppel_contactnumber": given[0] if given else "MY-OWN"})
        assert (await upgrade(sales))["errors"] == {}
        given.append(str(sales.row("contacts", ada)["koppel_contactnumber"]))
        assert sales.row("contacts", bob)["koppel_contactnumber"] == (given[0] if given[1:] else "MY-OWN")

    in_sales(story)
    in_sales(story)
    assert given[0] != given[1]
    assert all(re.fullmatch(FORM["contacts"], each) for each in given)


def test_a_number_typed_by_hand_that_the_sequence_gives_next() -> None:
    """Dataverse refuses whoever comes second, and the sequence goes on: one more try, and nobody has it twice."""

    async def story(sales: Sales) -> None:
        numbered(sales)
        twin = sales.world.dataverse
        sequences = twin.environment.sequences
        before = sequences.chance.getstate()
        form = twin.environment.tables["contacts"].definition.columns["koppel_contactnumber"].auto_number
        coming = sequences.take("contact", "koppel_contactnumber", form, sales.world.loop.clock())
        sequences.chance.setstate(before)
        sequences.set_seed("contact", "koppel_contactnumber", 1000)
        account = sales.account()
        first = sales.contact(account, coming)
        with pytest.raises(Refusal, match=r"0x80060892|already exists"):
            sales.contact(account, None)
        second = sales.contact(account, None)
        await sales.compare()
        taken = [sales.row("contacts", each)["koppel_contactnumber"] for each in (first, second)]
        assert taken[0] == coming != taken[1]
        assert {number for number, _ in sales.persons()} == set(taken)

    in_sales(story)
