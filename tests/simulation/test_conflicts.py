"""Conflicts: who wins, what is kept, and how a person decides or takes the decision back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.engine import accept, clear, couple, restore, uncouple
from shared.errors import NotFound, Refused
from shared.mapping import Catalogue, Side
from tests.simulation.listed import conflicts
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, TERMS, Rig, at_first, coupled, maps_with, on_stage
from tests.simulation.test_deletes import delete

TABLE = "msdyn_paymentterms"


async def quarrel(rig: Rig, erp: str = "ERP", dataverse: str = "Dataverse") -> str:
    """Both sides change the name of one customer; the id of its account."""
    identity = rig.customer()
    await rig.visit(ERP, identity)
    account = rig.dataverse()
    assert account is not None
    rig.edit(OrganizationName=erp)
    rig.change(account["accountid"], name=dataverse)
    await rig.visit(ERP, identity)
    return str(account["accountid"])


async def listed(rig: Rig) -> list[dict[str, Any]]:
    return [row async for row in conflicts(rig.flow().ledger)]


def parking(folder: Path) -> Catalogue:
    return maps_with(folder, "policy: {conflict: park}\n")


def test_a_line_may_have_a_policy_of_its_own(tmp_path: Path) -> None:
    """The line's word goes before the flow's."""
    lines = "fields: |\n  OrganizationName = name ; conflict erp_wins\n"
    maps = maps_with(tmp_path, f"policy: {{conflict: dataverse_wins}}\n{lines}")

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        assert rig.both("OrganizationName", "name") == ("ERP", "ERP")
        rig.edit(SalesMemo="ERP")
        rig.change(row_id, description="Dataverse")
        await rig.visit(DATAVERSE, (row_id,))
        assert rig.both("SalesMemo", "description") == ("Dataverse", "Dataverse")

    on_stage(story, maps)


def test_the_list_shows_the_field_both_values_and_both_records() -> None:
    """Whoever looks at the list sees what was lost, where, and to what."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        assert row["record"] == {"erp": ["usmf", ACCOUNT], "dataverse": row_id}
        assert (row["line"], row["winner"]) == ("OrganizationName = name", DATAVERSE)
        assert row["values"] == {ERP: "ERP", DATAVERSE: "Dataverse"}
        assert row["cause"] == "overruled:OrganizationName = name"
        assert not row["provisional"]

    on_stage(story)


def test_an_accepted_conflict_leaves_the_list_and_nothing_else_happens() -> None:
    """The winner stands; only the journal remembers."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        writes = rig.writes()
        await accept(rig.flow(), (await listed(rig))[0]["id"])
        assert (await listed(rig), rig.writes()) == ([], writes)
        assert rig.both("OrganizationName", "name") == ("Dataverse", "Dataverse")

    on_stage(story)


@pytest.mark.parametrize(("policy", "restored"), [("erp_wins", "Dataverse"), ("dataverse_wins", "ERP")])
def test_a_losing_value_is_restored_as_an_edit(tmp_path: Path, policy: str, restored: str) -> None:
    """bc-150: it is written back where it stood, and flows to the other side from there."""
    maps = maps_with(tmp_path, f"policy: {{conflict: {policy}}}\n")

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        await restore(rig.flow(), (await listed(rig))[0]["id"])
        assert rig.both("OrganizationName", "name") == (restored, restored)
        assert await listed(rig) == []
        writes = rig.writes()
        await rig.compare()
        assert rig.writes() == writes

    on_stage(story, maps)


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize(("policy", "side"), [("dataverse_wins", ERP), ("erp_wins", DATAVERSE)])
def test_nothing_is_restored_over_a_newer_edit(tmp_path: Path, policy: str, side: Side, seen: bool) -> None:
    """Whoever decided did not see it: both values are named, and the losing one stays in the list."""
    maps = maps_with(tmp_path, f"policy: {{conflict: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        rig.edit(OrganizationName="Newer") if side == ERP else rig.change(row_id, name="Newer")
        if seen:
            await rig.visit(DATAVERSE, (row_id,))
        with pytest.raises(Refused, match=f"'Newer' by now, and not '{row['values'][row['winner']]}'"):
            await restore(rig.flow(), row["id"])
        await rig.pump()
        assert rig.both("OrganizationName", "name") == ("Newer", "Newer")
        assert await listed(rig) == [row]

    on_stage(story, maps)


@pytest.mark.parametrize("partner", ["stays", "goes"])
@pytest.mark.parametrize(("policy", "side"), [("dataverse_wins", ERP), ("erp_wins", DATAVERSE)])
def test_nothing_is_restored_over_the_winner_where_that_is_a_newer_edit(
    tmp_path: Path, policy: str, side: Side, partner: str
) -> None:
    """The record went on, and somebody types the winner's value anew: the other side has to have it first. It never
    will where the record is gone there, and then a person decides about that.
    """
    maps = maps_with(tmp_path, f"policy: {{conflict: {policy}}}\n")

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        for name in ("Newer", row["values"][row["winner"]]):
            if name != "Newer":
                await rig.visit(DATAVERSE, (row_id,))
            rig.edit(OrganizationName=name) if side == ERP else rig.change(row_id, name=name)
        if partner == "goes":
            delete(rig, DATAVERSE if side == ERP else ERP, row_id)
        with pytest.raises(Refused, match="has not reached"):
            await restore(rig.flow(), row["id"])
        await rig.visit(DATAVERSE, (row_id,))
        found = rig.erp() if side == ERP else rig.dataverse()
        assert found is not None
        assert found["OrganizationName" if side == ERP else "name"] == row["values"][row["winner"]]
        if partner == "goes":
            assert rig.counts()["parked"] == 1
            return
        await restore(rig.flow(), row["id"])
        assert rig.both("OrganizationName", "name") == (row["values"][side], row["values"][side])

    on_stage(story, maps)


def test_a_reference_that_was_typed_anew_is_not_restored_over() -> None:
    """In the ERP it is a code, and is compared as the row that it means."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        crown, _ = [rig.new_currency(code) for code in ("DKK", "GBP")]
        for code in ("DKK", "GBP"):
            rig.world.finops.create("Currencies", {"CurrencyCode": code, "Name": code})
        rig.edit(SalesCurrencyCode="GBP")
        rig.change(row_id, **{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({crown})"})
        await rig.visit(DATAVERSE, (row_id,))
        row = next(each for each in await listed(rig) if each["values"][ERP] == "GBP")
        rig.edit(SalesCurrencyCode="USD")
        await rig.visit(DATAVERSE, (row_id,))
        rig.edit(SalesCurrencyCode="DKK")
        with pytest.raises(Refused, match="has not reached"):
            await restore(rig.flow(), row["id"])
        await rig.visit(DATAVERSE, (row_id,))
        await restore(rig.flow(), row["id"])
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value")[0] == "GBP"

    on_stage(story)


def test_an_edit_in_the_middle_of_a_restore_is_not_written_over() -> None:
    """It comes between the look and the write."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        rig.world.weather.strike = at_first("finops update", lambda: rig.edit(OrganizationName="Newer"))
        with pytest.raises(Refused, match="'Newer' by now"):
            await restore(rig.flow(), row["id"])
        assert await listed(rig) == [row]

    on_stage(story)


def test_a_newer_edit_of_a_reference_is_told_by_its_code() -> None:
    """Nobody reads ids: both values are shown as the ERP calls them."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        euro, *_ = [rig.new_currency(code) for code in ("EUR", "GBP", "DKK")]
        for code in ("GBP", "DKK"):
            rig.world.finops.create("Currencies", {"CurrencyCode": code, "Name": code})
        bind = "transactioncurrencyid@odata.bind"
        rig.edit(SalesCurrencyCode="GBP")
        rig.change(row_id, **{bind: f"/transactioncurrencies({euro})"})
        await rig.visit(DATAVERSE, (row_id,))
        row = next(each for each in await listed(rig) if each["values"][ERP] == "GBP")
        rig.edit(SalesCurrencyCode="DKK")
        with pytest.raises(Refused, match="holds 'DKK' by now, and not 'EUR'"):
            await restore(rig.flow(), row["id"])

    on_stage(story)


def test_a_winner_that_was_stored_otherwise_is_still_the_winner() -> None:
    """The ERP trimmed what won: nobody has edited it, so what lost can be restored."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig, dataverse="Dataverse  ")
        assert rig.both("OrganizationName", "name")[0] != rig.both("OrganizationName", "name")[1]
        await restore(rig.flow(), (await listed(rig))[0]["id"])
        assert rig.both("OrganizationName", "name") == ("ERP", "ERP")
        assert row_id in rig.accounts()

    on_stage(story)


@pytest.mark.parametrize(
    ("change", "source"),
    [(str.upper, "DATAVERSE"), (lambda text: text[:4], "Dataverse")],
    ids=["another text flows back", "what is cut off does not"],
)
def test_a_winner_that_was_stored_as_something_else_is_still_the_winner(
    change: Callable[[str], str], source: str
) -> None:
    """Business logic made something else of what won: nobody has edited it, and the loser can be restored."""

    async def story(rig: Rig) -> None:
        readers: Any = rig.world.finops.environment.table("CustomersV3").readers
        read = readers["OrganizationName"]
        readers["OrganizationName"] = lambda value: change(read(value))
        await quarrel(rig)
        assert rig.both("OrganizationName", "name") == (change("Dataverse"), source)
        await restore(rig.flow(), (await listed(rig))[0]["id"])
        assert rig.both("OrganizationName", "name") == ("ERP", "ERP")

    on_stage(story)


def test_a_restore_that_was_cut_off_is_finished() -> None:
    """The value stands there again, and nobody has noted it: the second try brings it over."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        rig.edit(OrganizationName="ERP")
        writes = rig.writes()
        await restore(rig.flow(), row["id"])
        assert (rig.both("OrganizationName", "name"), await listed(rig)) == (("ERP", "ERP"), [])
        assert rig.writes() == writes + 1

    on_stage(story)


@pytest.mark.parametrize("known", [True, False])
def test_a_reference_that_lost_is_restored_by_its_code(known: bool) -> None:
    """A lookup stands in the list as its code, and goes back as that, also if Dataverse does not know the code yet."""

    async def story(rig: Rig) -> None:
        identity = rig.customer()
        await rig.visit(ERP, identity)
        account = rig.dataverse()
        assert account is not None
        rig.world.finops.create("Currencies", {"CurrencyCode": "GBP", "Name": "Pound"})
        euro = rig.new_currency("EUR")
        pound = rig.new_currency("GBP") if known else euro
        rig.edit(SalesCurrencyCode="GBP")
        rig.change(account["accountid"], **{"transactioncurrencyid@odata.bind": f"/transactioncurrencies({euro})"})
        await rig.visit(ERP, identity)
        (row,) = await listed(rig)
        assert row["values"] == {ERP: "GBP", DATAVERSE: "EUR"}
        await restore(rig.flow(), row["id"])
        assert rig.both("SalesCurrencyCode", "_transactioncurrencyid_value") == ("GBP", pound)

    on_stage(story)


@pytest.mark.parametrize("gone", [(ERP, DATAVERSE), (ERP,)])
def test_a_reference_to_a_code_that_is_gone_is_not_restored(gone: tuple[Side, ...]) -> None:
    """It neither empties the field nor writes a code that names nothing."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig, PaymentTerms="")
        for name in ("Net45", "Net60"):
            rig.world.finops.create("PaymentTerms", {"dataAreaId": "usmf", "Name": name, "Description": name})
        await rig.compare(TERMS)
        terms = {each["msdyn_name"]: each["msdyn_paymenttermid"] for each in rig.world.dataverse.rows(TABLE)}
        rig.edit(PaymentTerms="Net45")
        rig.change(row_id, **{"msdyn_paymentterm@odata.bind": f"/{TABLE}({terms['Net60']})"})
        await rig.visit(DATAVERSE, (row_id,))
        (row,) = await listed(rig)
        assert row["values"] == {ERP: "Net45", DATAVERSE: "Net60"}
        rig.world.finops.delete("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net45"})
        if DATAVERSE in gone:
            rig.world.dataverse.delete(TABLE, terms["Net45"])
            await rig.compare(TERMS)
        with pytest.raises(Refused, match="'Net45' is not in the ERP any more"):
            await restore(rig.flow(), row["id"])
        customer = rig.erp()
        assert customer is not None
        assert (customer["PaymentTerms"], await listed(rig)) == ("Net60", [row])

    on_stage(story)


@pytest.mark.parametrize(("winner", "value"), [(ERP, "ERP"), (DATAVERSE, "Dataverse")])
def test_an_undecided_conflict_goes_the_way_a_person_says(tmp_path: Path, winner: Side, value: str) -> None:
    """The chosen side flows, and what it replaced stands in the list as overruled."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        with pytest.raises(Refused, match="name the side that wins"):
            await accept(rig.flow(), row["id"])
        await accept(rig.flow(), row["id"], winner)
        assert rig.both("OrganizationName", "name") == (value, value)
        (lost,) = await listed(rig)
        assert lost["winner"] == winner
        await restore(rig.flow(), lost["id"])
        assert value not in rig.both("OrganizationName", "name")

    on_stage(story, parking(tmp_path))


def test_a_decision_holds_only_for_the_values_that_were_shown(tmp_path: Path) -> None:
    """Somebody edits the losing side before the decision is made: that is a new conflict, and no value has lost."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        rig.change(row_id, name="Newer")
        with pytest.raises(Refused, match="open again: the ERP 'ERP' and Dataverse 'Newer'"):
            await accept(rig.flow(), row["id"], ERP)
        assert rig.both("OrganizationName", "name") == ("ERP", "Newer")
        (undecided,) = await listed(rig)
        assert (undecided["winner"], undecided["values"]) == (None, {ERP: "ERP", DATAVERSE: "Newer"})
        await accept(rig.flow(), undecided["id"], ERP)
        assert rig.both("OrganizationName", "name") == ("ERP", "ERP")

    on_stage(story, parking(tmp_path))


def test_a_decision_that_is_overtaken_says_so(tmp_path: Path) -> None:
    """The edit comes in while the decision is carried out: the list shows the new pair, and nothing as overruled."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        rig.world.weather.strike = at_first("dataverse update", lambda: rig.change(row_id, name="Just now"))
        with pytest.raises(Refused, match="open again: the ERP 'ERP' and Dataverse 'Just now'"):
            await accept(rig.flow(), row["id"], ERP)
        (undecided,) = await listed(rig)
        assert (undecided["winner"], undecided["values"]) == (None, {ERP: "ERP", DATAVERSE: "Just now"})

    on_stage(story, parking(tmp_path))


def test_a_decision_about_what_is_over_says_so(tmp_path: Path) -> None:
    """Somebody has made both sides equal by hand: no value has lost, and none is shown as overruled."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        rig.change(row_id, name="ERP")
        with pytest.raises(Refused, match="over, for the record has changed since"):
            await accept(rig.flow(), row["id"], DATAVERSE)
        assert (await listed(rig), rig.both("OrganizationName", "name")) == ([], ("ERP", "ERP"))

    on_stage(story, parking(tmp_path))


@pytest.mark.parametrize("action", ["accept", "restore"])
def test_nothing_is_written_in_a_company_that_is_not_synchronised(tmp_path: Path, action: str) -> None:
    """One side would be written, and the other left as it is. In sync again, the same is done."""

    async def story(rig: Rig) -> None:
        await quarrel(rig)
        (row,) = await listed(rig)
        if action == "restore":
            await accept(rig.flow(), row["id"], ERP)
            (row,) = await listed(rig)
        before = rig.both("OrganizationName", "name")
        rig.house.companies = ("demf",)
        with pytest.raises(Refused, match="is of usmf, which is not synchronised"):
            await (restore(rig.flow(), row["id"]) if action == "restore" else accept(rig.flow(), row["id"], ERP))
        assert (rig.both("OrganizationName", "name"), await listed(rig)) == (before, [row])
        rig.house.companies = ()
        await (restore(rig.flow(), row["id"]) if action == "restore" else accept(rig.flow(), row["id"], ERP))
        assert rig.both("OrganizationName", "name") != before

    on_stage(story, parking(tmp_path))


def test_what_cannot_be_restored_says_why(tmp_path: Path) -> None:
    """No such row, a record that is gone, an undecided pair: each is refused with its reason."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        (row,) = await listed(rig)
        with pytest.raises(Refused, match="nobody has lost yet"):
            await restore(rig.flow(), row["id"])
        await accept(rig.flow(), row["id"], ERP)
        (row,) = await listed(rig)
        with pytest.raises(NotFound):
            await restore(rig.flow(), row["id"] + "x")
        rig.world.dataverse.delete("accounts", row_id)
        with pytest.raises(Refused, match="gone"):
            await restore(rig.flow(), row["id"])
        assert [each["id"] for each in await listed(rig)] == [row["id"]]

    on_stage(story, parking(tmp_path))


def test_a_record_that_is_out_of_scope_or_uncoupled_is_not_written_by_a_decision() -> None:
    """What was lost before stays in the list: it can be given up, and restored when the record is back."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        rig.change(row_id, customertypecode=8)
        await rig.visit(DATAVERSE, (row_id,))
        (row,) = await listed(rig)
        with pytest.raises(Refused, match="dormant: nothing is written"):
            await restore(rig.flow(), row["id"])
        await uncouple(rig.flow(), DATAVERSE, (row_id,))
        with pytest.raises(Refused, match="uncoupled: nothing is written"):
            await restore(rig.flow(), row["id"])
        rig.change(row_id, customertypecode=3)
        await clear(rig.flow(), DATAVERSE, (row_id,))
        await accept(rig.flow(), row["id"])
        assert (await listed(rig), rig.both("OrganizationName", "name")) == ([], ("Dataverse", "Dataverse"))

    on_stage(story)


def test_a_conflict_that_is_over_before_it_is_settled_leaves_the_list(tmp_path: Path) -> None:
    """Whoever stored it died, and both sides came to agree before anybody looked again."""

    async def story(rig: Rig) -> None:
        row_id = await coupled(rig)
        rig.edit(OrganizationName="ERP", SalesMemo="to be written")
        rig.change(row_id, name="Dataverse")
        await rig.dies(DATAVERSE, (row_id,), before="dataverse update")
        assert rig.counts()["conflicts"] == 1
        rig.edit(OrganizationName="Dataverse")
        rig.house = rig.world.house()
        for _ in range(2):
            await asyncio.sleep(300)
            await rig.pump()
        assert rig.both("SalesMemo", "description") == ("to be written", "to be written")
        assert rig.counts()["conflicts"] == 0

    on_stage(story, parking(tmp_path))


@pytest.mark.parametrize("end", ["both deleted", "uncoupled"])
def test_an_undecided_conflict_ends_with_its_coupling(tmp_path: Path, end: str) -> None:
    """Nobody could decide it any more."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        if end == "uncoupled":
            await uncouple(rig.flow(), DATAVERSE, (row_id,))
        else:
            rig.world.dataverse.delete("accounts", row_id)
            rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
            await rig.compare()
        assert await listed(rig) == []

    on_stage(story, parking(tmp_path))


def test_an_undecided_conflict_ends_where_the_policy_creates_the_deleted_record_again(tmp_path: Path) -> None:
    """What is left of the two is all that there is: its copy holds the same."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        rig.world.dataverse.delete("accounts", row_id)
        await rig.compare()
        await rig.compare()
        assert (rig.both("OrganizationName", "name"), await listed(rig)) == (("ERP", "ERP"), [])

    on_stage(story, maps_with(tmp_path, "policy: {conflict: park, delete: restore}\n"))


def test_an_undecided_conflict_ends_with_whom_it_was_about(tmp_path: Path) -> None:
    """The customer is gone, and its account is coupled with another one by hand: the map's master decides anew."""

    async def story(rig: Rig) -> None:
        row_id = await quarrel(rig)
        rig.world.finops.delete("CustomersV3", {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT})
        await couple(rig.flow(), rig.customer("C-2", OrganizationName="Contoso"), row_id)
        names = [each["winner"] for each in await listed(rig) if each["line"].startswith("OrganizationName")]
        assert names == [DATAVERSE]

    on_stage(story, parking(tmp_path))
