"""What a new record holds that nobody said: an initial value, and what its system fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from shared.engine import explain
from shared.mapping import Catalogue, Side, other
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, GROUPS, Rig, maps_with, on_stage
from tests.simulation.test_reports import planned

Both = tuple[Any, Any]
INITIAL: Final = "PrimaryContactFax = fax initial 555"
UPDATE: Final = "CreditLimitIsMandatory >< msdyn_creditlimitismandatory yes_no ; update"
FIELDS: Final = ("CreditLimitIsMandatory", "msdyn_creditlimitismandatory")


def line(folder: Path, text: str) -> Catalogue:
    return maps_with(folder, f"fields: |\n  {text}\n")


async def made(rig: Rig, side: Side, *, mandatory: bool = False) -> str:
    """A record that is made on one side, and its partner; the id of the account."""
    if side == ERP:
        await rig.visit(ERP, rig.customer(CreditLimitIsMandatory="Yes" if mandatory else "No"))
    else:
        await rig.visit(DATAVERSE, (rig.account(msdyn_creditlimitismandatory=mandatory),))
    (coupling,) = rig.couplings()
    return coupling.dataverse


async def is_at_rest(rig: Rig) -> None:
    """Nothing is parked, and no pass writes any more."""
    writes = rig.writes()
    await rig.compare()
    await rig.pump()
    assert (rig.writes(), rig.counts()["parked"], rig.counts()["waiting"]) == (writes, 0, 0)


@pytest.mark.parametrize(("side", "both"), [(ERP, ("", "555")), (DATAVERSE, ("555", None))])
def test_an_initial_value_stands_beside_a_blank(tmp_path: Path, side: Side, both: tuple[str, str | None]) -> None:
    """It is no difference that a server made: nothing is parked, and it never flows back."""

    async def story(rig: Rig) -> None:
        row_id = await made(rig, side)
        await is_at_rest(rig)
        assert rig.both("PrimaryContactFax", "fax") == both
        assert (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"] == "in sync"
        rig.edit(PrimaryContactFax="777")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("PrimaryContactFax", "fax") == ("777", "777")

    on_stage(story, line(tmp_path, INITIAL))


@pytest.mark.parametrize(("side", "both"), [(ERP, ("", "111")), (DATAVERSE, ("111", None))])
def test_an_initial_value_may_hang_on_the_company(tmp_path: Path, side: Side, both: tuple[str, str | None]) -> None:
    """A line with a source: each company has its own, all others share one, and it stands beside the blank."""

    async def story(rig: Rig) -> None:
        await made(rig, side)
        rig.world.finops.create("CustomerGroups", {"dataAreaId": "demf", "CustomerGroupId": "10"})
        await rig.compare(GROUPS)
        await rig.visit(ERP, rig.customer("D-1", dataAreaId="demf"))
        await is_at_rest(rig)
        assert rig.both("PrimaryContactFax", "fax") == both
        found = rig.dataverse("D-1")
        assert found is not None
        assert found["fax"] == "222"

    overlay = "constants: {fax: {USMF: '111', '*': '222'}}\nfields: |\n  PrimaryContactFax = fax initial $fax\n"
    on_stage(story, maps_with(tmp_path, overlay))


@pytest.mark.parametrize(("side", "both"), [(ERP, ("Yes", False)), (DATAVERSE, ("No", True))])
def test_the_default_of_a_new_row_overwrites_nothing(tmp_path: Path, side: Side, both: tuple[str, bool]) -> None:
    """On a line for updates only both keep what they hold, whoever is master, and explain says why."""

    async def story(rig: Rig) -> None:
        row_id = await made(rig, side, mandatory=True)
        await is_at_rest(rig)
        assert rig.both(*FIELDS) == both
        lines = (await explain(rig.flow(), DATAVERSE, (row_id,)))["lines"]
        assert ["for updates" in each["flows"] for each in lines if each["line"].startswith(FIELDS[0])] == [True]

    on_stage(story, line(tmp_path, UPDATE))


@pytest.mark.parametrize(("side", "edited"), [(ERP, DATAVERSE), (DATAVERSE, ERP)])
def test_the_first_edit_of_a_line_for_updates_flows(tmp_path: Path, side: Side, edited: Side) -> None:
    """What only stood there is no edit, so the first one is no conflict."""

    async def story(rig: Rig) -> None:
        row_id = await made(rig, side)
        if edited == ERP:
            rig.edit(CreditLimitIsMandatory="Yes")
        else:
            rig.change(row_id, msdyn_creditlimitismandatory=True)
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both(*FIELDS) == ("Yes", True)
        await is_at_rest(rig)

    on_stage(story, line(tmp_path, UPDATE))


ONE_WAY: Final = [
    ("CreditLimit > creditlimit", DATAVERSE, ("CreditLimit", "creditlimit"), (0, 700), (0, 800), (900, 900)),
    ("OnHoldStatus >> msdyn_onholdstatus hold", DATAVERSE, ("OnHoldStatus", "msdyn_onholdstatus"),
     ("No", 806380001), ("No", 806380002), ("Invoice", 806380001)),
    ("CreditLimitIsMandatory << msdyn_creditlimitismandatory yes_no", ERP, FIELDS, ("Yes", False), ("No", False),
     ("Yes", True)),
]  # fmt: skip
"""Lines, the side that a record is made on, their fields, and what stands: made, edited there, edited at the source."""


@pytest.mark.parametrize(("text", "side", "fields", "as_made", "edited", "ruled"), ONE_WAY)
def test_a_source_that_is_made_of_its_target_rules_once_it_is_edited(
    tmp_path: Path, text: str, side: Side, fields: tuple[str, str], as_made: Both, edited: Both, ruled: Both
) -> None:
    """What its system fills in is nobody's word: nothing is parked, nor overwritten, until somebody edits it."""

    async def story(rig: Rig) -> None:
        await rig.visit(*_made_by_hand(rig, side, dict(zip(fields, as_made, strict=True))))
        (row_id,) = rig.accounts()
        await is_at_rest(rig)
        assert rig.both(*fields) == as_made
        _edit(rig, side, row_id, fields, edited)
        await rig.compare()
        await is_at_rest(rig)
        assert rig.both(*fields) == edited
        _edit(rig, other(side), row_id, fields, ruled)
        await rig.compare()
        assert rig.both(*fields) == ruled
        _edit(rig, side, row_id, fields, as_made)
        await rig.compare()
        assert rig.both(*fields) == ruled

    hold = "values: {hold: {No: 806380000, Invoice: 806380001, All: 806380002}}\n"
    on_stage(story, maps_with(tmp_path, f"{hold}fields: |\n  {text}\n"))


def test_whoever_dies_over_such_a_create_changes_nothing_about_it(tmp_path: Path) -> None:
    """The account is found, and the No that its column begins with overwrites no Yes of the customer."""

    async def story(rig: Rig) -> None:
        identity = rig.customer(CreditLimitIsMandatory="Yes")
        await rig.dies(ERP, identity, after="dataverse create")
        rig.world.loop.pass_time(1200)
        await rig.pump()
        await rig.compare()
        assert (rig.both(*FIELDS), rig.conflicts()) == (("Yes", False), [])
        await is_at_rest(rig)

    on_stage(story, line(tmp_path, "CreditLimitIsMandatory << msdyn_creditlimitismandatory yes_no"))


def _made_by_hand(rig: Rig, side: Side, values: dict[str, Any]) -> tuple[Side, tuple[str, ...]]:
    """Somebody makes a record there, with its own of these values."""
    own = {name: value for name, value in values.items() if name[0].isupper() == (side == ERP)}
    return side, rig.customer(**own) if side == ERP else (rig.account(**own),)


def _edit(rig: Rig, side: Side, row_id: str, fields: tuple[str, str], values: Both) -> None:
    if side == ERP:
        rig.edit(**{fields[0]: values[0]})
    else:
        rig.change(row_id, **{fields[1]: values[1]})


def test_a_report_knows_that_an_enumeration_is_never_blank(tmp_path: Path) -> None:
    """A customer that a dry run makes holds No where nothing is sent, as it does in the run: nothing is parked."""

    async def story(rig: Rig) -> None:
        rig.account()
        told = await planned(rig)
        tally = (await rig.compare()).as_json()
        assert (told["counts"], told["reasons"]) == (tally["counts"], tally["reasons"])
        assert "parked" not in told["counts"]

    on_stage(story, line(tmp_path, "CreditLimitIsMandatory >< msdyn_creditlimitismandatory yes_no ; blank No"))
