"""Values that the map itself supplies: given once, and from then on a person's, unless they are enforced."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.engine import catch_up, explain, restore
from shared.errors import Refused
from shared.ledger import JOURNAL, PARKED, read_journal, read_trouble
from shared.mapping import Catalogue
from tests.simulation.rig import ACCOUNT, CUSTOMERS, DATAVERSE, ERP, Rig, coupled, maps_with, on_stage
from tests.simulation.test_coercion import dataverse_changes, erp_changes
from tests.simulation.test_reports import planned
from tests.simulation.world import shipped_maps

LANGUAGE, KIND, TYPE = "LanguageId << -", "- >> address1_addresstypecode", "- >> customertypecode"
ENFORCED = """fields: |
  LanguageId << - default en-us ; enforced
  - >> address1_addresstypecode default 2 ; enforced
"""
KEPT = ("d~", "c~", "j~", "p~", "w~")


def told(rig: Rig) -> list[tuple[str, str, str]]:
    """What the journal says that constants changed, newest entry first: line, old and new value."""
    lines = [line for row in rig.rows(JOURNAL) for line in read_journal(row)["lines"]]
    return [(each["line"], each["old"], each["new"]) for each in lines if each["reason"] == "constant"]


def kept(rig: Rig) -> list[tuple[str, str, str, str]]:
    return [(each.line, each.loser, each.value, each.winner) for each in rig.conflicts()]


def parked(rig: Rig) -> list[Mapping[str, Any]]:
    return [item for row in rig.rows(PARKED) for item in read_trouble(row).items]


async def is_quiet(rig: Rig) -> None:
    """A further pass writes nothing anywhere."""
    before = rig.writes(), [rig.rows(prefix) for prefix in KEPT]
    await rig.compare()
    assert (rig.writes(), [rig.rows(prefix) for prefix in KEPT]) == before


def enforcing(folder: Path) -> Catalogue:
    return maps_with(folder, ENFORCED)


# -- a person's


def test_what_a_new_record_is_given_is_journaled() -> None:
    """Both sides of a create say which values came from the map."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        assert sorted(told(rig)) == [(KIND, "", "2"), (TYPE, "", "3")]
        await rig.visit(DATAVERSE, (rig.account("D-1"),))
        assert (LANGUAGE, "", "en-us") in told(rig)

    on_stage(story)


def test_what_somebody_set_is_left_alone() -> None:
    """An edit of another field carries over that field, and overwrites no language and no kind of address."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(LanguageId="de")
        rig.change(row_id, address1_addresstypecode=1, telephone1="1")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(PrimaryContactEmail="a@contoso.com")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("PrimaryContactPhone", "telephone1") == ("1", "1")
        assert rig.both("PrimaryContactEmail", "emailaddress1") == ("a@contoso.com", "a@contoso.com")
        assert rig.both("LanguageId", "address1_addresstypecode") == ("de", 1)
        assert (len(told(rig)), kept(rig)) == (2, [])
        await is_quiet(rig)

    on_stage(story)


def test_a_blank_is_filled_with_the_next_write_and_never_for_its_own_sake() -> None:
    """Nothing is written for it alone; what is filled stands in the journal, and replaces nothing."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, address1_addresstypecode=None)
        await rig.visit(DATAVERSE, (row_id,))
        await is_quiet(rig)
        said = (await explain(rig.flow(), ERP, ("usmf", ACCOUNT)))["lines"]
        assert [each["flows"] for each in said if each["line"] == KIND] == [
            "to dataverse (constant) with the next write there"
        ]
        rig.edit(PrimaryContactPhone="1")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert rig.both("PrimaryContactPhone", "address1_addresstypecode") == ("1", 2)
        assert told(rig)[0] == (KIND, "", "2")
        assert kept(rig) == []

    on_stage(story)


def test_the_report_tells_what_constants_would_change() -> None:
    """A match out of the scope, and one with a blank: old and new value stand in the samples, before anything does."""

    async def story(rig: Rig) -> None:
        rig.customer()
        rig.account(customertypecode=8, name="Old")
        samples = (await planned(rig))["samples"]
        lines = [line for kind in samples.values() for each in kind for line in each.get("lines", ())]
        assert {"line": TYPE, "side": DATAVERSE, "old": "8", "new": "3", "reason": "constant"} in lines
        assert {"line": KIND, "side": DATAVERSE, "old": "", "new": "2", "reason": "constant"} in lines
        assert [each["record"]["erp"][1] for each in samples["overruled"] if each["lines"][0]["line"] == TYPE]

    on_stage(story)


def test_what_gives_way_to_the_scope_can_be_restored() -> None:
    """A prospect becomes a customer, journaled and kept; restored, it is a prospect again, and sleeps."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8, address1_addresstypecode=1)
        await rig.visit(ERP, rig.customer())
        account = rig.world.dataverse.row("accounts", row_id)
        assert account is not None
        assert (account["customertypecode"], account["address1_addresstypecode"]) == (3, 1)
        assert (TYPE, "8", "3") in told(rig)
        (lost,) = [each for each in rig.conflicts() if each.line == TYPE]
        await restore(rig.flow(), lost.key)
        assert rig.world.dataverse.row("accounts", row_id)["customertypecode"] == 8  # type: ignore[index] # it is there
        assert [each for each in kept(rig) if each[0] == TYPE] == []
        assert [each.state for each in rig.couplings()] == ["dormant"]
        assert read_journal(rig.rows(JOURNAL)[0])["what"] == "losing value restored"
        await is_quiet(rig)

    on_stage(story)


def test_what_was_changed_since_is_not_restored_over() -> None:
    """Somebody has made it a supplier meanwhile."""

    async def story(rig: Rig) -> None:
        row_id = rig.account(customertypecode=8)
        await rig.visit(ERP, rig.customer())
        (lost,) = [each for each in rig.conflicts() if each.line == TYPE]
        rig.change(row_id, customertypecode=10)
        with pytest.raises(Refused, match="holds '10' by now, and not '3'"):
            await restore(rig.flow(), lost.key)

    on_stage(story)


# -- enforced


async def by_event(rig: Rig, row_id: str) -> None:
    await rig.visit(ERP, ("usmf", ACCOUNT))
    await rig.visit(DATAVERSE, (row_id,))


async def by_pass(rig: Rig, _row_id: str) -> None:
    await rig.compare()


async def by_catch_up(rig: Rig, _row_id: str) -> None:
    assert await catch_up(rig.house, CUSTOMERS, lambda: False)


@pytest.mark.parametrize("look", [by_event, by_pass, by_catch_up])
def test_what_is_enforced_is_put_back_at_every_look(tmp_path: Path, look: Any) -> None:
    """Nothing else has changed; what stood there is journaled, kept, and told by explain before."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        await rig.compare()
        assert await catch_up(rig.house, CUSTOMERS, lambda: False)
        rig.change(row_id, address1_addresstypecode=1)
        if look is not by_catch_up:
            rig.edit(LanguageId="de")
        said = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert said["why"] == "something else stands where the map enforces a constant: it will be put back"
        await look(rig, row_id)
        assert rig.both("LanguageId", "address1_addresstypecode") == ("en-us", 2)
        changed = [(KIND, "1", "2"), *([(LANGUAGE, "de", "en-us")] if look is not by_catch_up else [])]
        assert sorted(told(rig)[: len(changed)]) == changed
        assert sorted((line, old, new) for line, _, old, new in kept(rig)) == changed
        assert (await explain(rig.flow(), DATAVERSE, (row_id,)))["why"] == "in sync"
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path))


def test_what_an_enforced_line_replaced_is_restored_once_it_is_not_enforced(tmp_path: Path) -> None:
    """The refusal names the way out, and that works."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, address1_addresstypecode=1)
        await rig.compare()
        (lost,) = rig.conflicts()
        with pytest.raises(Refused, match="take `enforced` off the line in the map, then restore"):
            await restore(rig.flow(), lost.key)
        rig.world.maps = shipped_maps()
        rig.house = rig.world.house()
        await restore(rig.flow(), lost.key)
        assert rig.both("LanguageId", "address1_addresstypecode") == ("en-us", 1)
        assert kept(rig) == []
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path))


def test_what_has_left_the_scope_is_not_written(tmp_path: Path) -> None:
    """A record that sleeps keeps what somebody set, whatever is enforced."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.change(row_id, address1_addresstypecode=1, customertypecode=8)
        await rig.compare()
        row = rig.world.dataverse.row("accounts", row_id)
        assert row is not None
        assert (row["address1_addresstypecode"], row["customertypecode"]) == (1, 8)
        assert [each.state for each in rig.couplings()] == ["dormant"]

    on_stage(story, maps_with(tmp_path, ENFORCED + "  - >> customertypecode default 3 ; enforced\n"))


def test_a_constant_that_a_server_changes_is_written_once_and_shown(tmp_path: Path) -> None:
    """What the answer does not show is parked; no pass tries it again for its own sake."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        dataverse_changes(rig, "address1_addresstypecode", lambda _value: 4)
        rig.change(row_id, telephone1="1")
        await rig.visit(DATAVERSE, (row_id,))
        (item,) = parked(rig)
        assert (item["code"], item["value"]) == ("coerced", "4")
        assert (item["line"], "address1_addresstypecode" in item["message"]) == (KIND, True)
        said = await explain(rig.flow(), DATAVERSE, (row_id,))
        assert said["why"] == "lines are set aside: see what is open"
        assert [each["flows"][:10] for each in said["lines"] if each["line"] == KIND] == ["set aside:"]
        await is_quiet(rig)
        rig.world.dataverse._writer.checks.clear()
        rig.change(row_id, address1_addresstypecode=3)
        await rig.visit(DATAVERSE, (row_id,))
        await rig.visit(DATAVERSE, (row_id,), source="retry")
        assert (rig.both("LanguageId", "address1_addresstypecode"), parked(rig)) == (("en-us", 2), [])

    on_stage(story, enforcing(tmp_path))


def test_a_language_that_the_erp_changes_is_written_once_and_shown(tmp_path: Path) -> None:
    """The same on the other side."""

    async def story(rig: Rig) -> None:
        await coupled(rig)
        erp_changes(rig, "LanguageId", lambda _value: "de")
        rig.edit(LanguageId="fr")
        await rig.visit(ERP, ("usmf", ACCOUNT))
        assert [item["code"] for item in parked(rig)] == ["coerced"]
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path))


# -- cut off


FAULTS: Sequence[str] = ("lost", "unanswered", "error after", "late")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("enforced", [False, True])
def test_a_lost_answer_leaves_one_story(tmp_path: Path, fault: str, *, enforced: bool) -> None:
    """Whatever became of the request: one value is kept, its replacement is journaled, and all is quiet again."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig) if enforced else rig.account(customertypecode=8)
        if enforced:
            rig.change(row_id, address1_addresstypecode=1)
        else:
            rig.customer()
        rig.world.weather.orders["dataverse update"] = fault
        await rig.compare_and_note()
        await asyncio.sleep(1000)
        for _ in range(2):
            await rig.pump()
            await rig.compare()
        line, old, new = (KIND, "1", "2") if enforced else (TYPE, "8", "3")
        assert [each for each in kept(rig) if each[0] == line] == [(line, DATAVERSE, old, new)]
        reasons = [
            each["reason"] for row in rig.rows(JOURNAL) for each in read_journal(row)["lines"]
            if (each["line"], each["old"], each["new"]) == (line, old, new)
        ]  # fmt: skip
        assert [each for each in reasons if each in {"constant", "recovered: constant"}]
        await is_quiet(rig)

    on_stage(story, enforcing(tmp_path) if enforced else None)
