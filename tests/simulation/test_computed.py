"""Computed values (`fn`): put together, split, tidied; a function that fails parks its line alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import explain
from shared.ledger import JOURNAL, PARKED, read_conflict, read_journal, read_trouble
from shared.mapping import Catalogue, Function, Side, functions_in
from shared.mapping._functions import Pure
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_reports import planned
from tests.simulation.test_unseen import secure
from tests.unit.maps.once import like

PLACE: Final = "- >> description fn join(', ', AddressCity, AddressState)"
FIRST: Final = "SalesMemo << - fn first_word(name)"
PHONE: Final = "PrimaryContactPhone >> telephone1 fn digits"
PADDED: Final = "PrimaryContactFax >< fax fn strip_zeros(6)"
OFF: Final = "  SalesMemo = description ; off\n"
KEPT: Final = ("d~", "e~", "c~", "j~", "p~", "w~")


def computing(folder: Path, *lines: str, policy: str = "", head: str = "", **own: Pure) -> Catalogue:
    """The shipped map of customers with these lines in place of its own for the same fields."""
    head += f"policy: {{{policy}}}\n" if policy else ""
    found = maps_with(folder, f"{head}fields: |\n{OFF}" + "".join(f"  {line}\n" for line in lines))
    known = {name: Function(name, call, "1") for name, call in own.items()}
    return like(found, functions=lambda _flow: known)


async def is_quiet(rig: Rig) -> None:
    """A further pass, over events and over everything, writes nothing anywhere."""
    before = rig.writes(), [rig.rows(prefix) for prefix in KEPT]
    await rig.compare()
    await rig.compare()
    assert (rig.writes(), [rig.rows(prefix) for prefix in KEPT]) == before


def journaled(rig: Rig, line: str) -> list[tuple[str, str, str]]:
    """What the journal says of a line, newest first: why it was written, over what, and with what."""
    lines: Sequence[Mapping[str, Any]] = [each for row in rig.rows(JOURNAL) for each in read_journal(row)["lines"]]
    return [(each["reason"], each["old"], each["new"]) for each in lines if each["line"] == line]


def parked(rig: Rig) -> list[Mapping[str, Any]]:
    return [item for row in rig.rows(PARKED) for item in read_trouble(row).items]


def place(rig: Rig, account: str = ACCOUNT) -> str | None:
    """What Dataverse holds of the place that the ERP's fields make."""
    row = rig.dataverse(account)
    assert row is not None
    return row["description"]  # type: ignore[no-any-return] # a column of text


# -- from the ERP


def test_a_new_customer_arrives_with_what_its_fields_make(tmp_path: Path) -> None:
    """Met by an event, or by a pass; a second pass writes nothing."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna", AddressState="W", PrimaryContactPhone="+43 (0) 1 234")
        rig.customer("US-002", AddressCity="Graz")
        await rig.compare()
        row = rig.dataverse()
        assert row is not None
        assert (place(rig), place(rig, "US-002"), row["telephone1"]) == ("Vienna, W", "Graz", "+431234")
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE, PHONE))


def test_a_new_account_arrives_without_it(tmp_path: Path) -> None:
    """What only the ERP tells is not asked of Dataverse; what is computed from Dataverse arrives."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(name="Contoso Retail", description="typed by hand", telephone1="0 1 2")
        await rig.visit(DATAVERSE, (row_id,))
        found = rig.erp()
        assert found is not None
        assert (found["SalesMemo"], found["PrimaryContactPhone"]) == ("Contoso", "")
        assert place(rig) == "typed by hand"
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE, FIRST, PHONE))


@pytest.mark.parametrize(
    ("edit", "made"),
    [
        ({"AddressState": "NOE"}, "Vienna, NOE"),
        ({"AddressState": ""}, "Vienna"),
        ({"AddressCity": ""}, "W"),
        ({"AddressCity": "", "AddressState": ""}, None),
    ],
)
@pytest.mark.parametrize("looked", ["event", "pass"])
def test_one_of_its_fields_is_edited_or_cleared(
    tmp_path: Path, edit: dict[str, str], made: str | None, looked: str
) -> None:
    """The result follows; where nothing is left of it, it is blank. That is one edit, and the second pass is silent."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna", AddressState="W")
        rig.edit(**edit)
        if looked == "event":
            await rig.visit(ERP, ("usmf", ACCOUNT))
        else:
            await rig.compare()
        assert place(rig) == made
        assert journaled(rig, "- >> description") == [("edit", "Vienna, W", made or ""), ("create", "", "Vienna, W")]
        assert rig.conflicts() == []
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE))


def test_fields_that_change_without_changing_the_result_cost_nothing(tmp_path: Path) -> None:
    """What moves from one field to the other makes the same text: nothing is written, to no side and to no ledger."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna")
        rig.edit(AddressCity="", AddressState="Vienna")
        await is_quiet(rig)
        assert place(rig) == "Vienna"

    on_stage(story, computing(tmp_path, PLACE))


@pytest.mark.parametrize("value", ["typed by hand", None])
def test_an_edit_of_the_target_is_put_back_and_journaled(tmp_path: Path, value: str | None) -> None:
    """The source is the truth; what somebody typed stands in the journal, as on any line for one way."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, AddressCity="Vienna", AddressState="W")
        rig.change(row_id, description=value)
        await rig.visit(DATAVERSE, (row_id,))
        assert place(rig) == "Vienna, W"
        assert journaled(rig, "- >> description")[0] == ("put_back", value or "", "Vienna, W")
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE))


@pytest.mark.parametrize("conflict", ["erp_wins", "dataverse_wins", "park"])
def test_both_sides_are_edited(tmp_path: Path, conflict: str) -> None:
    """A line for one way knows no conflict: the result arrives, whatever the policy of the others is."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, AddressCity="Vienna")
        rig.edit(AddressCity="Graz")
        rig.change(row_id, description="typed by hand", name="Contoso Ltd")
        await rig.compare()
        assert place(rig) == "Graz"
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")
        assert [each for each in rig.conflicts() if each.open] == []
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE, policy=f"conflict: {conflict}"))


# -- from Dataverse, and both ways


def test_a_name_is_split(tmp_path: Path) -> None:
    """The field that it is made of goes on flowing by a line of its own."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OrganizationName="Contoso Retail")
        assert rig.both("SalesMemo", "name") == ("Contoso", "Contoso Retail")
        rig.change(row_id, name="Fabrikam Retail")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "name") == ("Fabrikam", "Fabrikam Retail")
        rig.edit(OrganizationName="Northwind Retail", SalesMemo="typed by hand")
        await rig.compare()
        assert rig.both("SalesMemo", "name") == ("Northwind", "Northwind Retail")
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, FIRST))


def test_a_function_goes_both_ways_with_its_inverse(tmp_path: Path) -> None:
    """Each side has its own spelling, and neither is put back; a conflict goes by the policy."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="000042")
        assert rig.both("PrimaryContactFax", "fax") == ("000042", "42")
        await is_quiet(rig)
        rig.change(row_id, fax="7")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("PrimaryContactFax", "fax") == ("000007", "7")
        rig.edit(PrimaryContactFax="8")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("PrimaryContactFax", "fax") == ("8", "8"), "what it came from is left alone"
        await is_quiet(rig)
        rig.edit(PrimaryContactFax="000001")
        rig.change(row_id, fax="2")
        await rig.compare()
        assert rig.both("PrimaryContactFax", "fax") == ("000002", "2")
        assert [each.value for each in rig.conflicts()] == ["000001"]
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PADDED, policy="conflict: dataverse_wins"))


# -- the first match


@pytest.mark.parametrize("master", ["erp", "dataverse"])
def test_first_match(tmp_path: Path, master: str) -> None:
    """The result wins, whoever is master, and the loser is kept; where it is blank both keep what they hold."""

    async def story(rig: Rig) -> None:
        for account, city in ((ACCOUNT, "Vienna"), ("US-002", ""), ("US-003", "Graz"), ("US-004", "Linz")):
            rig.customer(account, AddressCity=city)
        for account, text in ((ACCOUNT, "by hand"), ("US-002", "by hand"), ("US-003", None), ("US-004", "Linz")):
            rig.account(account, description=text)
        told = await planned(rig)
        tally = await rig.compare()
        assert [place(rig, account) for account in (ACCOUNT, "US-002", "US-003", "US-004")] == [
            "Vienna", "by hand", "Graz", "Linz"]  # fmt: skip
        assert [each.value for each in rig.conflicts() if each.line == "- >> description"] == ["by hand"]
        assert told["counts"] == tally.as_json()["counts"]
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE, policy=f"master: {master}"))


@pytest.mark.parametrize("met", [ERP, DATAVERSE])
def test_a_match_by_what_a_function_makes(tmp_path: Path, met: Side) -> None:
    """Each side is searched for its own spelling."""

    async def story(rig: Rig) -> None:
        rig.customer(PrimaryContactFax="000042")
        row_id = rig.account(None, fax="42")
        await rig.visit(*((ERP, ("usmf", ACCOUNT)) if met == ERP else (DATAVERSE, (row_id,))))
        assert rig.both("PrimaryContactFax", "fax") == ("000042", "42")
        assert rig.accounts() == [row_id]
        await is_quiet(rig)

    match = "match: [[CustomerAccount], [PrimaryContactFax]]\n"
    on_stage(story, computing(tmp_path, PADDED, head=match))


def test_a_dry_run_tells_what_is_computed(tmp_path: Path) -> None:
    """And writes nothing; explain shows the result beside what stands there."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna")
        rig.edit(AddressCity="Graz")
        before = rig.writes()
        told = await planned(rig)
        assert rig.writes() == before
        assert '"Graz"' in str(told).replace("'", '"')
        (line,) = [each for each in (await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))["lines"]
                   if each["line"] == "- >> description"]  # fmt: skip
        assert (line["erp"], line["dataverse"], line["flows"]) == ("Graz", "Vienna", "to dataverse (edit)")

    on_stage(story, computing(tmp_path, PLACE))


# -- a function that fails


def region(city: str, _state: str = "") -> str:
    """A consultant's own function."""
    if city == "Nowhere":
        raise ValueError(f"no region for {city}")
    return {"Vienna": "East"}.get(city, "")


@pytest.mark.parametrize(
    "line", ["- >> description fn region(AddressCity, AddressState)", "AddressCity >> description fn region"]
)
def test_a_function_that_fails_parks_its_line_alone(tmp_path: Path, line: str) -> None:
    """It says what it was given and why; other lines go on, and with the next edit it is over."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna")
        rig.edit(AddressCity="Nowhere", OrganizationName="Contoso Ltd")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("OrganizationName", "name") == ("Contoso Ltd", "Contoso Ltd")
        assert place(rig) == "East", "what stood there stays"
        (item,) = parked(rig)
        assert (item["code"], item["message"].endswith("no region for Nowhere")) == ("function", True)
        assert item["message"].startswith("region fails for AddressCity 'Nowhere'")
        assert item["value"].startswith("Nowhere")
        assert "\x00" not in str(await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))
        await is_quiet(rig)
        rig.edit(AddressCity="Vienna")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert parked(rig) == []
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, line, region=region))


def test_nothing_is_created_while_a_function_fails(tmp_path: Path) -> None:
    """As with any value that the map does not let through."""

    async def story(rig: Rig) -> None:
        await rig.visit(ERP, rig.customer(AddressCity="Nowhere"))
        assert (rig.dataverse(), [each["code"] for each in parked(rig)]) == (None, ["function"])
        rig.edit(AddressCity="Vienna")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert (place(rig), parked(rig)) == ("East", [])

    on_stage(story, computing(tmp_path, "- >> description fn region(AddressCity, AddressState)", region=region))


def test_a_result_that_has_no_room_parks_its_line(tmp_path: Path) -> None:
    """The text is not cut."""

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna")
        rig.edit(AddressStreet="x" * 90)
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert [each["code"] for each in parked(rig)] == ["too-long"]
        await is_quiet(rig)

    on_stage(
        story,
        computing(
            tmp_path,
            "PrimaryContactPhone = telephone1 ; off",
            "- >> telephone1 fn join(', ', AddressCity, AddressStreet)",
        ),
    )


# -- whoever writes it dies


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("first", ["create", "update"])
def test_whoever_writes_a_result_dies(tmp_path: Path, when: str, first: str) -> None:
    """Another instance goes on from the intent, also where the fields have moved on since."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(AddressCity="Vienna" if first == "create" else "Graz", PrimaryContactFax="000042")
        if first == "update":
            await rig.visit(ERP, identity)
            rig.edit(AddressCity="Vienna")
        await rig.dies(ERP, identity, **{when: f"dataverse {first}"})
        rig.edit(AddressState="W")
        rig.world.loop.pass_time(1200)
        await rig.compare()
        await rig.pump()
        assert (place(rig), rig.both("PrimaryContactFax", "fax")) == ("Vienna, W", ("000042", "42"))
        assert [each for each in rig.conflicts() if not each.unsure] == []
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, PLACE, PADDED))


# -- what is read


def test_a_field_that_may_not_be_read_stops_the_line(tmp_path: Path) -> None:
    """Half of a result is none: the line does not flow and says why, and the others go on."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, OrganizationName="Contoso", CreditRating="A")
        rig.change(row_id, websiteurl="https://a", fax="1")
        await rig.compare()
        (memo,) = [row["SalesMemo"] for row in rig.world.finops.rows("CustomersV3")]
        assert memo == "https://a, 1"
        secure(rig, "fax")
        rig.change(row_id, websiteurl="https://b", telephone1="555")
        await rig.compare()
        found = rig.erp()
        assert found is not None
        assert (found["SalesMemo"], found["PrimaryContactURL"]) == ("https://a, 1", "https://b")
        told = await explain(rig.flow(), DATAVERSE, (row_id,))
        (line,) = [each for each in told["lines"] if each["line"] == "SalesMemo << -"]
        assert "account.fax is secured" in line["flows"]
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, "SalesMemo << - fn join(', ', websiteurl, fax)"))


def test_a_column_that_may_not_be_written_is_read_by_others(tmp_path: Path) -> None:
    """The line that writes it rests; one that only reads it takes its value for what it is, and not for a blank."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PrimaryContactFax="1")
        secure(rig, "fax", "read")
        rig.change(row_id, fax="2", name="Contoso Ltd")
        await rig.compare()
        found = rig.erp()
        assert found is not None
        assert (found["SalesMemo"], found["OrganizationName"]) == ("2", "Contoso Ltd")
        await is_quiet(rig)

    on_stage(story, computing(tmp_path, "PrimaryContactFax > fax", "SalesMemo < fax"))


# -- the function changes


def test_another_version_of_a_function_is_looked_at_anew(tmp_path: Path) -> None:
    """What it makes otherwise arrives everywhere, in one pass; what it replaces is kept."""
    file = tmp_path / "own.py"
    file.write_text("def shout(text: str) -> str:\n    return text.upper()\n", "utf-8")
    line = "- >> description fn shout(AddressCity)"

    def maps() -> Catalogue:
        found = computing(tmp_path, line)
        return like(found, functions=lambda _flow: functions_in([file]))

    async def story(rig: Rig) -> None:
        await coupled(rig, AddressCity="Vienna")
        assert place(rig) == "VIENNA"
        file.write_text("def shout(text: str) -> str:\n    return text + '!'\n", "utf-8")
        rig.world.maps = maps()
        rig.house = rig.world.house()
        await rig.house.learn()
        await rig.compare()
        assert place(rig) == "Vienna!"
        assert [read_conflict(row).value for row in rig.rows("c~")] == ["VIENNA"]
        await is_quiet(rig)

    on_stage(story, maps())
