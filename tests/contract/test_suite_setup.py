"""What a suite needs in Dataverse, over the twin: shown first, made once, repeated without effect, cut off anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Any, Final

import pytest

from functions.suites import ROOT
from shared.errors import TryLater
from shared.setup import Declared, SuiteSetup, look_at_setup, read_declared, set_up
from shared.systems import Dataverse
from tests.contract.dataverse.test_setup_columns import text_column, yes_no
from tests.emulator.dataverse.attributes import column_of
from tests.simulation.crashes import NEVER, Cut, Fate, Life
from tests.simulation.world import World, in_a_world

FILE: Final = ROOT / "prospect_to_cash" / "setup" / "dataverse.yaml"
OURS: Final = read_declared(FILE, "koppel")
VENDORS: Final = read_declared(FILE, "msdynce")
CONTACTS: Final = OURS.model_copy(update={"tables": {"contact": OURS.tables["contact"]}})
"""The part of it that is about contacts: columns, a key, numbers, a place on a form."""
NUMBER: Final = "koppel_contactnumber"
THEIRS: Final = "the vendor's solution is installed: there is contact.msdynce_contactnumber and 25 more of its columns"
FOREIGN: Final = {"customizationoptionvalueprefix": 10_001, "friendlyname": "Contoso"}
Story = Callable[[World], Coroutine[Any, Any, None]]


async def made(world: World, declared: Declared = CONTACTS, seconds: float = 600) -> SuiteSetup:
    """Somebody sets up, and has so much time for it."""
    end = world.loop.time() + seconds
    return await set_up(client(world), declared, lambda: world.loop.time() >= end)


async def seen(world: World, declared: Declared = CONTACTS) -> SuiteSetup:
    return await look_at_setup(client(world), declared)


def client(world: World) -> Dataverse:
    """The client of an app that was just started."""
    found = world.house().dataverse
    assert isinstance(found, Dataverse)
    return found


def states(found: SuiteSetup) -> dict[str, str]:
    """Titles of the steps to their states."""
    return {step.title: step.state for step in found.steps}


def step(found: SuiteSetup, title: str) -> tuple[str, str, str]:
    """State, what stands in the way, and what to do."""
    (each,) = [each for each in found.steps if each.title == title]
    return each.state, each.says, each.remedy


def writes(world: World) -> list[str]:
    return [what for _, _, what, _ in world.requests if not what.startswith("GET")]


def given(world: World, table: str, body: dict[str, Any]) -> None:
    """An administrator has made a column by hand."""
    environment = world.dataverse.environment
    prefix = body["SchemaName"].partition("_")[0]
    environment.by_logical[table].set_column(column_of(body, frozenset({prefix})))


def form_of(world: World, table: str) -> Mapping[str, Any]:
    """The main form of a table, as people see it."""
    return next(row for row in world.dataverse.rows("systemforms") if row["objecttypecode"] == table)


def test_what_is_missing_is_shown() -> None:
    """A look shows each thing with its state, what an administrator would do, and the right it takes."""

    async def story(world: World) -> None:
        found = await seen(world, OURS)
        assert set(states(found).values()) == {"missing"}
        assert not found.complete
        told = {each["kind"]: each for each in found.as_json()["steps"]}
        assert list(told) == ["publisher", "solution", "column", "numbers", "key", "form"]
        assert told["key"] == {
            "kind": "key", "table": "contact", "name": NUMBER, "state": "missing",
            "remedy": f"add to contact an alternate key over {NUMBER}", "rights": ("prvWriteEntity",),
        }  # fmt: skip
        assert writes(world) == []

    in_a_world(1, story)


def test_everything_is_made_once() -> None:
    """Setting up makes it all, waits for the key, and publishes once; then it is complete, and again writes nothing."""

    async def story(world: World) -> None:
        world.dataverse.behaviour.key_index_seconds = 45
        missing = await seen(world, OURS)
        found = await made(world, OURS)
        assert [each.state for each in found.steps] == ["there"] * len(found.steps)
        assert {each.title for each in found.made} == {*states(missing), f"numbers contact {NUMBER}"}
        assert sum("PublishXml" in each for each in writes(world)) == 1
        before = len(writes(world))
        assert (await made(world, OURS)).made == []
        assert (await seen(world, OURS)).complete
        assert len(writes(world)) == before

    in_a_world(1, story)


def test_what_was_made_works() -> None:
    """Rows get their numbers, one typed by hand stays, defaults are those published, and the form shows the columns."""

    async def story(world: World) -> None:
        await made(world, OURS)
        twin = world.dataverse
        contact = twin.row("contacts", twin.create("contacts", {"lastname": "Novak"})) or {}
        account = twin.row("accounts", twin.create("accounts", {"name": "Contoso"})) or {}
        typed = twin.row("accounts", twin.create("accounts", {"name": "Fabrikam", "accountnumber": "F-1"})) or {}
        order = twin.row("salesorders", twin.create("salesorders", {"name": "Coffee"})) or {}
        assert contact[NUMBER].startswith("CON-01000-")
        assert contact["koppel_isactivecustomer"] is False
        assert account["accountnumber"].startswith("ACC-01000-")
        assert typed["accountnumber"] == "F-1"
        assert order["koppel_processingstatus"] == 647_390_011
        assert order["koppel_hasexternallymaintainedproductsonly"] is True
        assert 'datafieldname="koppel_processingstatus" disabled="false"' in form_of(world, "salesorder")["formxml"]
        assert f'datafieldname="{NUMBER}" disabled="true"' in form_of(world, "contact")["formxml"]
        assert {row["componenttype"] for row in twin.rows("solutioncomponents")} == {2, 14, 60}

    in_a_world(1, story)


# -- the vendor's own solution


def test_the_vendors_columns_are_used_as_they_are() -> None:
    """Where its solution is installed there is nothing to make: no numbers, no forms, no publisher of ours."""

    async def story(world: World) -> None:
        world.dataverse.install()
        found = await made(world, VENDORS)
        assert found.complete
        assert {each.kind for each in found.steps} == {"column", "key"}
        assert writes(world) == []

    in_a_world(1, story)


def test_the_vendors_columns_are_never_made() -> None:
    """Where it is not installed nothing is made under its prefix; the way out is named."""

    async def story(world: World) -> None:
        found = await made(world, VENDORS)
        assert set(states(found).values()) == {"blocked"}
        _, says, remedy = step(found, "column contact msdynce_contactnumber")
        assert "lacks contact.msdynce_contactnumber" in says
        assert remedy == "import the solution whose prefix is msdynce, or set the suite's PREFIX to koppel"
        assert writes(world) == []

    in_a_world(1, story)


def test_nothing_is_made_beside_the_vendors_solution() -> None:
    """Ours would number and flag the same rows: both are never there at once."""

    async def story(world: World) -> None:
        world.dataverse.install()
        found = await made(world, OURS)
        state, says, remedy = step(found, "vendor msdynce")
        assert (state, says) == ("blocked", THEIRS)
        assert "set the suite's PREFIX to msdynce" in remedy
        assert writes(world) == []

    in_a_world(1, story)


def test_a_column_of_the_vendors_name_and_another_type() -> None:
    """It is named with the type that it has, and left alone; the key over it is not asked for."""

    async def story(world: World) -> None:
        given(world, "contact", yes_no("msdynce_ContactNumber"))
        found = await made(world, VENDORS)
        state, says, remedy = step(found, "column contact msdynce_contactnumber")
        assert (state, says) == (
            "blocked", "contact.msdynce_contactnumber is of type bool, and has to be text of 20 characters",
        )  # fmt: skip
        assert "import the vendor's solution" in remedy
        assert "key contact msdynce_contactnumber" not in states(found)

    in_a_world(1, story)


# -- what somebody else has made


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (yes_no("koppel_ContactNumber"), f"contact.{NUMBER} is of type bool, and has to be text of 20 characters"),
        (text_column(MaxLength=10), f"contact.{NUMBER} takes 10 characters, and has to take 20"),
    ],
)
def test_a_column_that_cannot_be_used(body: dict[str, Any], says: str) -> None:
    """It stays as it is and is named; everything that does not stand on it is made."""

    async def story(world: World) -> None:
        given(world, "contact", body)
        found = await made(world)
        assert step(found, f"column contact {NUMBER}")[:2] == ("blocked", says)
        assert states(found)["column contact koppel_isactivecustomer"] == "there"
        assert {each for each in states(found) if NUMBER in each} == {f"column contact {NUMBER}"}

    in_a_world(1, story)


@pytest.mark.parametrize("body", [text_column(), text_column(MaxLength=100)])
def test_a_column_that_was_made_by_hand(body: dict[str, Any]) -> None:
    """It is taken as it is, and gets its numbers."""

    async def story(world: World) -> None:
        given(world, "contact", body)
        found = await made(world)
        assert found.complete
        assert f"numbers contact {NUMBER}" in [each.title for each in found.made]
        row = world.dataverse.row("contacts", world.dataverse.create("contacts", {"lastname": "Novak"})) or {}
        assert row[NUMBER].startswith("CON-01000-")

    in_a_world(1, story)


def test_numbers_of_ones_own_stay() -> None:
    """A column that somebody numbers by a format of their own keeps it."""

    async def story(world: World) -> None:
        given(world, "contact", text_column(AutoNumberFormat="C{SEQNUM:8}"))
        found = await made(world)
        state, says, _ = step(found, f"numbers contact {NUMBER}")
        assert (state, says) == ("there", "it is numbered by C{SEQNUM:8} here, which stays")
        assert found.complete

    in_a_world(1, story)


def test_options_are_added() -> None:
    """A choice that lacks some of our options gets them; its others stay."""

    async def story(world: World) -> None:
        options = [{"Value": 647_390_000, "Label": _label("Go")}, {"Value": 5, "Label": _label("Mine")}]
        kind = {"@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "DisplayName": _label("Status")}
        column = {**kind, "SchemaName": "koppel_ProcessingStatus", "OptionSet": {"Options": options}}
        given(world, "salesorder", column)
        found = await made(world, OURS)
        assert found.complete
        now = world.dataverse.environment.by_logical["salesorder"].definition.columns["koppel_processingstatus"]
        assert (len(now.options), now.options[647_390_000], now.options[5]) == (13, "Go", "Mine")
        assert now.options[647_390_011] == "Draft"

    in_a_world(1, story)


def _label(text: str) -> dict[str, Any]:
    return {"LocalizedLabels": [{"Label": text, "LanguageCode": 1033}]}


@pytest.mark.parametrize(
    ("publisher", "says", "remedy"),
    [
        ({"uniquename": "contoso", "customizationprefix": "koppel"},
         "the prefix koppel belongs to the publisher Contoso", "set the suite's PREFIX to one that nobody uses"),
        ({"uniquename": "koppel", "customizationprefix": "kop"},
         "the publisher koppel has the prefix kop, the setting says koppel", "set the suite's PREFIX to kop"),
    ],
)  # fmt: skip
def test_a_prefix_that_is_taken(publisher: dict[str, Any], says: str, remedy: str) -> None:
    """Where the prefix is somebody else's, or our publisher has another one, nothing is made under it."""

    async def story(world: World) -> None:
        world.dataverse.create("publishers", FOREIGN | publisher)
        found = await made(world)
        assert step(found, "publisher koppel") == ("blocked", says, remedy)
        assert writes(world) == []

    in_a_world(1, story)


def test_a_solution_of_another_publisher() -> None:
    """Columns of ours are not put into a solution that is somebody else's."""

    async def story(world: World) -> None:
        ours = {**FOREIGN, "uniquename": "koppel", "customizationprefix": "koppel"}
        other = {**FOREIGN, "uniquename": "contoso", "customizationprefix": "con"}
        world.dataverse.create("publishers", ours)
        bind = {"publisherid@odata.bind": f"/publishers({world.dataverse.create('publishers', other)})"}
        world.dataverse.create("solutions", {"uniquename": "Koppel", "friendlyname": "K", "version": "1.0", **bind})
        found = await made(world)
        assert step(found, "solution Koppel")[1] == "the solution Koppel belongs to another publisher than koppel"
        assert writes(world) == []

    in_a_world(1, story)


def test_a_form_without_the_section() -> None:
    """A main form that was rebuilt is a person's: the column is to be put on it by hand. On any section it counts."""

    async def story(world: World) -> None:
        form = form_of(world, "contact")
        rebuilt = form["formxml"].replace("CONTACT_INFORMATION", "OURS")
        form = {name: form[name] for name in ("formid", "name", "objecttypecode", "type")}
        world.dataverse.load("systemforms", [{**form, "formxml": rebuilt}])
        found = await made(world)
        state, says, remedy = step(found, f"form contact {NUMBER}")
        assert (state, says) == ("blocked", "no main form of contact has a section CONTACT_INFORMATION")
        assert remedy == f"put {NUMBER} on a main form of contact, and publish"
        cell = f'<row><cell id="{{1}}"><control id="n" datafieldname="{NUMBER}"/></cell></row></rows>'
        world.dataverse.load("systemforms", [{**form, "formxml": rebuilt.replace("</rows>", cell)}])
        assert (await made(world)).complete

    in_a_world(1, story)


def test_a_form_that_is_deleted_meanwhile() -> None:
    """It does not come back, and the rest is made."""

    async def story(world: World) -> None:
        form = form_of(world, "contact")

        def deleted(step: str) -> bool:
            if step == "dataverse update" and world.dataverse.row("systemforms", form["formid"]):
                world.dataverse.delete("systemforms", form["formid"])
            return False

        world.weather.strike = deleted
        await made(world)
        assert world.dataverse.row("systemforms", form["formid"]) is None
        assert states(await seen(world))[f"key contact {NUMBER}"] == "there"

    in_a_world(1, story)


# -- rights


@pytest.mark.parametrize(
    ("privilege", "kinds"),
    [
        ("prvCreatePublisher", {"publisher", "solution", "column", "numbers", "key", "form"}),
        ("prvCreateAttribute", {"column", "key", "form"}),
        ("prvWriteAttribute", {"numbers"}),
        ("prvWriteEntity", {"key"}),
        ("prvWriteSystemForm", {"form"}),
        ("prvPublishCustomization", {"numbers", "form"}),
        ("prvReadSystemForm", {"form"}),
    ],
)
def test_a_right_that_is_missing(privilege: str, kinds: set[str]) -> None:
    """It is named before anything is tried, with what an administrator does instead; what it is not for is made."""

    async def story(world: World) -> None:
        world.dataverse.behaviour.missing_privileges = {privilege}
        shown = await seen(world, OURS)
        assert any(privilege.lower() in each.says.lower() for each in shown.steps if each.state == "not allowed")
        found = await made(world, OURS)
        assert {each.kind for each in found.steps if each.state != "there"} == kinds
        refused = [each for each in found.steps if each.state == "not allowed"]
        assert all(privilege.lower() in each.says.lower() for each in refused)
        assert all("give the app's user a security role" in each.remedy for each in refused)
        world.dataverse.behaviour.missing_privileges = set()
        assert (await made(world, OURS)).complete

    in_a_world(1, story)


@pytest.mark.parametrize("privilege", ["prvCreateAttribute", "prvWriteEntity", "prvPublishCustomization"])
def test_a_right_that_goes_in_the_middle(privilege: str) -> None:
    """What was made stays, the right is named once it is missed, nothing more is tried with it, the rest is made."""
    statuses: list[int] = []

    async def story(world: World) -> None:
        def taken_away(_step: str) -> bool:
            if len(writes(world)) == 4:
                world.dataverse.behaviour.missing_privileges = {privilege}
            return False

        world.weather.strike = taken_away
        found = await made(world, OURS)
        refused = [each for each in found.steps if each.state == "not allowed"]
        assert all(privilege in each.says and privilege in each.remedy for each in refused)
        left = [each for each in found.steps if each.state == "missing"]
        assert all(each.says == f"{each.table}.{each.needs[0]} is not there" for each in left)
        assert (statuses.count(403), bool(refused)) == (1, True)
        world.weather.strike = None
        world.dataverse.behaviour.missing_privileges = set()
        assert (await made(world, OURS)).complete

    in_a_world(1, lambda world: _listening(world, statuses, story))


@pytest.mark.parametrize("privilege", ["prvCreatePublisher", "prvCreateAttribute", "prvWriteEntity"])
def test_a_refusal_that_nobody_saw_coming(privilege: str) -> None:
    """Where the list of privileges does not tell, the refusal does: it is shown as it came, with a way out."""

    async def story(world: World) -> None:
        def refused(step: str) -> bool:
            world.dataverse.behaviour.missing_privileges = {privilege} if step == "dataverse create" else set()
            return False

        world.weather.strike = refused
        found = await made(world, OURS)
        (first, *_) = [each for each in found.steps if each.state == "not allowed"]
        assert f"is missing {privilege} privilege".lower() in first.says.lower()
        assert f"give the app's user a security role with {privilege}" in first.remedy
        assert "or, as an administrator, " in first.remedy
        world.weather.strike = None
        assert (await made(world, OURS)).complete

    in_a_world(1, story)


def test_a_complete_setup_takes_no_right_to_make_anything() -> None:
    """Once everything is there, neither a look nor setting up again asks for a right to change or to read the house."""

    async def story(world: World) -> None:
        await made(world)
        rights = "CreatePublisher CreateSolution CreateAttribute WriteAttribute WriteEntity PublishCustomization"
        taken = f"{rights} ReadPublisher ReadSolution WriteSystemForm".split()
        world.dataverse.behaviour.missing_privileges = {f"prv{name}" for name in taken}
        assert (await made(world)).complete

    in_a_world(1, story)


# -- keys


def test_a_key_that_takes_its_time() -> None:
    """Who has no time left is told that it is being built; a later look finds it there."""

    async def story(world: World) -> None:
        world.dataverse.behaviour.key_index_seconds = 3600
        found = await made(world, seconds=60)
        assert step(found, f"key contact {NUMBER}")[:2] == ("waits", "its index is Pending")
        assert f"key contact {NUMBER}" in [each.title for each in found.made]
        await asyncio.sleep(3600)
        assert (await seen(world)).complete

    in_a_world(1, story)


def test_a_key_that_cannot_become_active() -> None:
    """The values in its way are named; once they are mended setting up again builds it anew."""

    async def story(world: World) -> None:
        given(world, "contact", text_column())
        twin = world.dataverse
        rows = [twin.create("contacts", {"lastname": "Novak", NUMBER: each}) for each in ("CON-1", "con-1", "CON-2")]
        found = await made(world)
        state, says, remedy = step(found, f"key contact {NUMBER}")
        assert (state, says) == ("blocked", f"its index failed: more than one row of contact holds {NUMBER} CON-1")
        assert "merge or renumber" in remedy
        twin.update("contacts", rows[0], {NUMBER: "CON-3"})
        assert step(await seen(world), f"key contact {NUMBER}")[0] == "missing"
        assert (await made(world)).complete

    in_a_world(1, story)


# -- cut off, twice, throttled


def test_twice_at_once() -> None:
    """Two who set up at the same time make everything once, and both say that it is there."""

    async def story(world: World) -> None:
        found = await asyncio.gather(made(world), made(world))
        assert [each.complete for each in found] == [True, True]
        assert len(world.dataverse.rows("solutions")) == 1
        assert len(world.dataverse.environment.by_logical["contact"].definition.keys) == 2

    for seed in range(5):
        in_a_world(seed, story)


@pytest.mark.parametrize("fate", ["unsent", "unheard", "late"])
def test_cut_off_anywhere(fate: Fate) -> None:
    """Whoever sets up again after the app has died, at any request that writes, has it complete."""
    for at in writing_requests():

        async def story(world: World, at: int = at) -> None:
            await Life(world, Cut(fate, at)).live(made(world))
            assert (await made(world)).complete, at
            assert NUMBER in form_of(world, "contact")["formxml"]

        in_a_world(1, story)


@cache
def writing_requests() -> list[int]:
    """Which requests of setting up write something."""
    lives: list[Life] = []

    async def story(world: World) -> None:
        lives.append(Life(world, NEVER))
        await lives[0].live(made(world))

    in_a_world(1, story)
    assert len(lives[0].writes) == 8
    return list(lives[0].writes)


def test_no_time_left() -> None:
    """What there was no time for is left, and says so; setting up again does it."""

    async def story(world: World) -> None:
        found = await made(world, seconds=0.7)
        left = [each for each in found.steps if each.state == "missing"]
        assert 0 < len(left) < len(found.steps)
        assert {each.remedy for each in left} == {"set up again: that does what is left"}
        assert (await made(world)).complete

    in_a_world(1, story)


def test_a_system_that_asks_to_wait() -> None:
    """Its pauses are kept, and everything is made in the end."""
    answered: list[int] = []

    async def story(world: World) -> None:
        world.dataverse.behaviour.request_limit = 30
        assert (await made(world, seconds=3600)).complete
        assert 429 in answered

    in_a_world(1, lambda world: _listening(world, answered, story))


async def _listening(world: World, answered: list[int], story: Story) -> None:
    """Plays a story and notes the status of every answer."""
    world.on_request = lambda _where, _request, _fault, status: answered.append(status)
    await story(world)


def test_a_system_that_is_away() -> None:
    """Where it does not answer in the middle the caller is told to try later; what is left is done then."""

    async def story(world: World) -> None:
        def away(_step: str) -> bool:
            if len(writes(world)) == 4:
                world.weather.outage["dataverse"] = world.loop.time() + 60
                world.weather.strike = None
            return False

        world.weather.strike = away
        with pytest.raises(TryLater):
            await made(world, OURS)
        await asyncio.sleep(60)
        assert (await made(world, OURS)).complete

    in_a_world(1, story)


def test_whose_a_row_is() -> None:
    """Where companies of Business Central share a Dataverse each table gets the column, once; it is nobody else's."""

    async def story(world: World) -> None:
        declared = read_declared(ROOT / "business_central" / "setup" / "dataverse.yaml", "koppel")
        assert not declared.vendors
        found = await made(world, declared)
        for table in ("account", "contact", "product"):
            assert "koppel_company" in world.dataverse.environment.by_logical[table].definition.columns
        before = writes(world)
        assert states(await made(world, declared)) == states(found)
        assert set(states(found).values()) == {"there"}
        assert writes(world) == before

    in_a_world(1, story)
