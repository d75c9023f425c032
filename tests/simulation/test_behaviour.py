"""BEHAVIOUR.md, line by line: what happens, told by its event or found by a pass, ends as the table says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from shared.ledger import PARKED, read_trouble
from tests.simulation.network import LATEST
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, TERMS, Rig, maps_with, on_stage

TABLE: Final = (Path(__file__).parents[2] / "BEHAVIOUR.md").read_text("utf-8")
LINES: Final = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in TABLE.splitlines()
                if line.startswith("| ") and not line.startswith("| what happens")]  # fmt: skip
OLD: Final = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
NEW: Final = {**OLD, "CustomerAccount": "US-777"}

OURS, THEIRS = "Contoso Retail", "Contoso AG"
LATITUDE: Final = ("DeliveryAddressLatitude", "address1_latitude")

OVERLAYS: Final = {
    "enforced": "fields: |\n  LanguageId << - default en-us ; enforced\n"
    "  - >> address1_addresstypecode default 2 ; enforced\n"
}
"""What the table calls a policy, and is an option of lines."""

Heard = Literal["event", "pass"]


@dataclass(slots=True)
class Scene:
    """One line on stage. row_id: the account of the record, once it is known."""

    rig: Rig
    where: str
    heard: Heard
    row_id: str = ""
    other_id: str = ""
    before: int = 0

    @property
    def erp(self) -> Mapping[str, Any] | None:
        return self.rig.erp()

    @property
    def account(self) -> Mapping[str, Any] | None:
        """The record's account, whatever its number is by now."""
        return self.rig.world.dataverse.row("accounts", self.row_id) if self.row_id else self.rig.dataverse()

    async def coupled(self, **values: Any) -> None:
        """The record is in sync on both sides."""
        await self.rig.visit(ERP, self.rig.customer(**values))
        account = self.rig.dataverse()
        assert account is not None
        self.row_id = str(account["accountid"])

    async def noticed(self, *sides: str) -> None:
        """The events of these sides arrive; or none does, and the passes come by."""
        self.before = self.rig.writes()
        identities: dict[str, tuple[str, ...]] = {"ERP": ("usmf", ACCOUNT), "Dataverse": (self.row_id,)}
        for side in sides if self.heard == "event" else ():
            await self.rig.visit(ERP if side == "ERP" else DATAVERSE, identities[side])
        if self.heard == "pass":
            await self.rig.compare()
        await self.rig.pump()

    def edit(self, side: str, value: str, *, other: bool = False) -> None:
        """A person changes the name, or the remarks, on one side."""
        if side == "ERP":
            self.rig.edit(**{"SalesMemo" if other else "OrganizationName": value})
        else:
            self.rig.change(self.row_id, **{"description" if other else "name": value})

    def names(self) -> tuple[Any, Any]:
        return self.rig.both("OrganizationName", "name")

    def delete(self, side: str) -> None:
        if side == "ERP":
            self.rig.world.finops.delete("CustomersV3", OLD)
        else:
            self.rig.world.dataverse.delete("accounts", self.row_id)

    def losers(self) -> list[str]:
        return [each.value for each in self.rig.conflicts()]

    def parked(self) -> list[str]:
        return [str(item["message"]) for row in self.rig.rows(PARKED) for item in read_trouble(row).items]

    def ended(self) -> bool:
        return all(coupling.ended for coupling in self.rig.couplings())


def across(side: str) -> str:
    return "Dataverse" if side == "ERP" else "ERP"


# -- what happens


async def created(scene: Scene) -> None:
    if scene.where == "ERP":
        scene.rig.customer()
    else:
        scene.row_id = scene.rig.account()
    await scene.noticed(scene.where)


async def equal_on_both(scene: Scene) -> None:
    scene.rig.customer()
    scene.rig.edit(PaymentTerms="")
    assert scene.erp is not None
    scene.row_id = scene.rig.account(
        msdyn_partynumber=scene.erp["PartyNumber"], msdyn_onholdstatus=806380000, msdyn_invoiceaddress=806380000
    )
    await scene.noticed("ERP")


async def different_on_both(scene: Scene) -> None:
    scene.rig.customer(OrganizationName=OURS)
    scene.row_id = scene.rig.account(name=THEIRS)
    await scene.noticed("ERP")


async def zero_on_both(scene: Scene) -> None:
    scene.rig.customer(CreditLimit=5000)
    scene.row_id = scene.rig.account(creditlimit=0)
    await scene.noticed("ERP")


async def null_on_both(scene: Scene) -> None:
    scene.rig.customer(CreditLimitIsMandatory="Yes")
    scene.row_id = scene.rig.account()
    values: Any = scene.account
    values["msdyn_creditlimitismandatory"] = None  # a row that is older than the column
    scene.rig.change(scene.row_id, telephone1="")
    await scene.noticed("ERP")


async def one_way_never_filled(scene: Scene) -> None:
    scene.row_id = scene.rig.account(address1_latitude=12.5)
    await scene.noticed("Dataverse")


async def strangers_on_both(scene: Scene) -> None:
    scene.rig.customer(OrganizationName="Northwind")
    scene.row_id = scene.rig.account(name="Fabrikam")
    await scene.noticed("ERP")


async def field_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.edit(scene.where, "New")
    await scene.noticed(scene.where)


async def one_value_refused(scene: Scene) -> None:
    await scene.coupled()
    refused, world = frozenset({"remark"}), scene.rig.world
    if scene.where == "ERP":
        world.dataverse.behaviour.refused_values["accounts"] = {"description": refused}
    else:
        world.finops.behaviour.refused_values["CustomersV3"] = {"SalesMemo": refused}
    scene.edit(scene.where, "New")
    scene.edit(scene.where, "remark", other=True)
    await scene.noticed(scene.where)


async def different_fields_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.edit("ERP", "New")
    scene.edit("Dataverse", "remark", other=True)
    await scene.noticed("ERP", "Dataverse")


async def same_field_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.edit("ERP", "Ours")
    scene.edit("Dataverse", "Theirs")
    await scene.noticed("ERP", "Dataverse")


async def supplied_changed(scene: Scene) -> None:
    """And another field on the other side, so that something is written here anyway."""
    await scene.coupled()
    if scene.where == "ERP":
        scene.rig.edit(LanguageId="de")
        scene.rig.change(scene.row_id, description="remark")
    else:
        scene.rig.change(scene.row_id, address1_addresstypecode=1)
        scene.rig.edit(SalesMemo="remark")
    await scene.noticed("ERP", "Dataverse")


async def one_way_target_changed(scene: Scene) -> None:
    await scene.coupled(DeliveryAddressLatitude=12.5)
    scene.rig.change(scene.row_id, address1_latitude=10.0)
    await scene.noticed("Dataverse")


async def deleted(scene: Scene) -> None:
    await scene.coupled()
    scene.delete(scene.where)
    await scene.noticed(scene.where)


async def deleted_and_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.delete(scene.where)
    scene.edit(across(scene.where), "Just edited")
    await scene.noticed(scene.where)


async def deleted_with_payer(scene: Scene) -> None:
    """What is invoiced to it where it still is there: a prospect in Dataverse, a person in the ERP."""
    rig = scene.rig
    await scene.coupled()
    if scene.where == "ERP":
        billed = {"msdyn_billingaccount@odata.bind": f"/accounts({scene.row_id})"}
        rig.account("US-002", customertypecode=8, **billed)
    else:
        rig.customer("US-002", PartyType="Person", PersonFirstName="Ada", InvoiceAccount=ACCOUNT)
    scene.delete(scene.where)
    await scene.noticed(scene.where)


async def both_deleted(scene: Scene) -> None:
    rig = scene.rig
    await scene.coupled()
    await rig.visit(ERP, rig.customer("US-002", InvoiceAccount=ACCOUNT))
    payer = rig.dataverse("US-002")
    assert payer is not None
    if scene.where == "ERP":
        rig.world.finops.delete("CustomersV3", {**OLD, "CustomerAccount": "US-002"})
    else:
        rig.world.dataverse.delete("accounts", str(payer["accountid"]))
    scene.delete(scene.where)
    await scene.noticed(scene.where)


async def created_again(scene: Scene) -> None:
    await scene.coupled()
    scene.delete(scene.where)
    await scene.noticed(scene.where)
    scene.row_id = scene.rig.account() if scene.where == "Dataverse" else ""
    if scene.where == "ERP":
        scene.rig.customer()
    await scene.noticed(scene.where)


async def came_back_late(scene: Scene) -> None:
    """Its create got no answer and was repeated; then somebody deleted what the second request had created."""
    rig = scene.rig
    if scene.where == "ERP":
        rig.world.weather.orders["finops create"] = "late"
        scene.row_id = rig.account()
        await rig.visit(DATAVERSE, (scene.row_id,))
    else:
        rig.world.weather.orders["dataverse create"] = "late"
        await scene.coupled()
    scene.delete(scene.where)
    await scene.noticed(scene.where)
    await asyncio.sleep(LATEST)
    await scene.noticed(scene.where)


async def number_changed(scene: Scene) -> None:
    await scene.coupled()
    if scene.where == "ERP":
        scene.rig.world.finops.rename("CustomersV3", OLD, NEW)
        if scene.heard == "event":
            await scene.rig.visit(ERP, tuple(NEW.values()))
    else:
        scene.rig.change(scene.row_id, accountnumber="US-777", description="remark")
    await scene.noticed(scene.where)


async def number_used_again(scene: Scene) -> None:
    await scene.coupled()
    scene.delete("ERP")
    scene.rig.customer(OrganizationName="Fabrikam")
    await scene.noticed("ERP")


async def left_the_scope(scene: Scene) -> None:
    await scene.coupled()
    scene.rig.change(scene.row_id, customertypecode=8, name="Prospect")
    await scene.noticed("Dataverse")


async def came_back(scene: Scene) -> None:
    await left_the_scope(scene)
    scene.edit("ERP", "meanwhile", other=True)
    scene.rig.change(scene.row_id, customertypecode=3)
    await scene.noticed("Dataverse")


async def lost_its_half(scene: Scene) -> None:
    await scene.coupled()
    scene.rig.change(scene.row_id, customertypecode=8)
    await scene.noticed("Dataverse")
    scene.delete("ERP")
    await scene.noticed("ERP")
    scene.rig.change(scene.row_id, customertypecode=3)
    await scene.noticed("Dataverse")


async def company_changed(scene: Scene) -> None:
    await scene.coupled()
    values: Any = scene.account
    values["_msdyn_company_value"] = scene.rig.companies["demf"]
    scene.rig.change(scene.row_id, telephone1="demf")
    await scene.noticed("Dataverse")


async def target_missing(scene: Scene) -> None:
    scene.rig.world.finops.create("Currencies", {"CurrencyCode": "CHF", "Name": "Franc"})
    scene.rig.customer(SalesCurrencyCode="CHF")
    await scene.noticed("ERP")
    assert (scene.rig.counts()["waiting"], scene.rig.dataverse()) == (1, None)
    scene.rig.new_currency("CHF")
    await asyncio.sleep(7200)
    await scene.rig.pump()


async def target_deleted(scene: Scene) -> None:
    await scene.coupled(PaymentTerms="Net30")
    (term,) = scene.rig.world.dataverse.rows("msdyn_paymentterms")
    assert scene.account is not None
    assert scene.account["_msdyn_paymentterm_value"] == term["msdyn_paymenttermid"]
    for group in scene.rig.world.dataverse.rows("msdyn_customergroups"):
        scene.rig.world.dataverse.update(
            "msdyn_customergroups", str(group["msdyn_customergroupid"]), {"msdyn_paymenttermid@odata.bind": None}
        )
    scene.rig.world.dataverse.delete("msdyn_paymentterms", str(term["msdyn_paymenttermid"]))
    await scene.noticed("Dataverse")


async def target_renamed(scene: Scene) -> None:
    await scene.coupled(PaymentTerms="Net30")
    scene.rig.world.finops.rename("PaymentTerms", {"dataAreaId": "usmf", "Name": "Net30"}, {"Name": "N30"})
    await scene.rig.compare(TERMS)
    await scene.noticed("ERP")


async def merged(scene: Scene) -> None:
    await scene.coupled()
    scene.other_id = scene.rig.account("US-002")
    scene.rig.world.dataverse.merge("accounts", scene.other_id, scene.row_id)
    await scene.noticed("Dataverse")


async def merged_and_deleted(scene: Scene) -> None:
    await merged(scene)
    scene.delete("Dataverse")
    await scene.noticed("Dataverse")


async def moved_and_deleted(scene: Scene) -> None:
    await company_changed(scene)
    scene.delete("Dataverse")
    await scene.noticed("Dataverse")


HAPPENS: Final[Mapping[str, Callable[[Scene], Awaitable[None]]]] = {
    "a row is created": created,
    "an equal row is on both sides": equal_on_both,
    "a different row is on both sides": different_on_both,
    "a credit limit of 0 is in Dataverse, another one in the ERP": zero_on_both,
    "a field is filled in the ERP only": null_on_both,
    "a row is created with a value that only the ERP may change": one_way_never_filled,
    "a stranger has its number": strangers_on_both,
    "a field is changed": field_changed,
    "two fields are changed, and the other side refuses one value": one_value_refused,
    "different fields are changed": different_fields_changed,
    "the same field is changed": same_field_changed,
    "the target of a one-way field is changed": one_way_target_changed,
    "a value that the map supplies is changed": supplied_changed,
    "a row is deleted": deleted,
    "a row is deleted, the other one changed": deleted_and_changed,
    "a row is deleted on which another one hangs": deleted_with_payer,
    "a row is deleted, and before it the one that hung on it": both_deleted,
    "a deleted row is created again": created_again,
    "a deleted row comes back by a late request of Koppel's": came_back_late,
    "its number is changed": number_changed,
    "its number is given to another row": number_used_again,
    "it leaves the scope": left_the_scope,
    "it comes back into the scope": came_back,
    "its other half is deleted while it is out of the scope, and it comes back": lost_its_half,
    "it moves to another company": company_changed,
    "what it refers to is not there yet": target_missing,
    "the code that it refers to is renamed": target_renamed,
    "what it refers to is deleted": target_deleted,
    "it is merged into another row": merged,
    "a merged row is deleted": merged_and_deleted,
    "a row of another company is deleted": moved_and_deleted,
}


# -- what Koppel does


def there(scene: Scene) -> bool:
    """Coupled, and equal on both sides."""
    return scene.names() == ("Contoso", "Contoso") and not scene.ended()


def nothing_deleted(scene: Scene) -> bool:
    return len(scene.parked()) == 1 and (scene.account if scene.where == "ERP" else scene.erp) is not None


def left_alone(scene: Scene) -> bool:
    return scene.ended() and not scene.parked() and scene.rig.writes() == scene.before


def asleep(scene: Scene) -> bool:
    return scene.rig.writes() == scene.before and [each.state for each in scene.rig.couplings()] == ["dormant"]


def supplied(scene: Scene) -> tuple[Any, Any]:
    """What stands where the map has constants, once the remark has arrived."""
    assert scene.rig.both("SalesMemo", "description") == ("remark", "remark")
    return scene.rig.both("LanguageId", "address1_addresstypecode")


def equal_names(scene: Scene, name: str) -> bool:
    return scene.names() == (name, name)


DOES: Final[Mapping[str, Callable[[Scene], bool]]] = {
    "creates it in Dataverse": there,
    "creates it in the ERP": there,
    "couples them and writes nothing": lambda scene: there(scene) and scene.rig.writes() == scene.before,
    "couples them; the ERP's value wins and the other is kept":
        lambda scene: equal_names(scene, OURS) and scene.losers() == [THEIRS],
    "couples them; Dataverse's value wins and the other is kept":
        lambda scene: equal_names(scene, THEIRS) and scene.losers() == [OURS],
    "parks it with both names; neither side is written":
        lambda scene: {all(name in text for name in (scene.names())) for text in scene.parked()} == {True}
        and len(set(scene.names())) == 2 and scene.rig.writes() == scene.before,
    "couples them all the same": lambda scene: equal_names(scene, "Fabrikam") and scene.losers() == ["Northwind"],
    "writes it to Dataverse": lambda scene: equal_names(scene, "New"),
    "writes it to the ERP": lambda scene: equal_names(scene, "New"),
    "carries the other field over and parks the refused one": lambda scene: equal_names(scene, "New")
        and len(set(scene.rig.both("SalesMemo", "description"))) == len(scene.parked()) + 1 == 2,
    "keeps both changes": lambda scene: equal_names(scene, "New")
        and scene.rig.both("SalesMemo", "description") == ("remark", "remark") and not scene.losers(),
    "the ERP's value wins and the other is kept":
        lambda scene: equal_names(scene, "Ours") and scene.losers() == ["Theirs"],
    "Dataverse's value wins and the other is kept":
        lambda scene: equal_names(scene, "Theirs") and scene.losers() == ["Ours"],
    "leaves both values and shows them as a conflict":
        lambda scene: scene.names() == ("Ours", "Theirs") and len(scene.losers()) == 1,
    "couples them; the 0 wins and the other is kept":
        lambda scene: {float(each or 0) for each in scene.rig.both("CreditLimit", "creditlimit")} == {0}
        and scene.losers() == ["5000"],
    "couples them and fills it in Dataverse": lambda scene: not scene.losers()
        and scene.rig.both("CreditLimitIsMandatory", "msdyn_creditlimitismandatory") == ("Yes", True),
    "creates it in the ERP and leaves that value as it is": lambda scene: there(scene) and not scene.parked()
        and [float(each) for each in scene.rig.both(*LATITUDE)] == [0, 12.5],
    "puts the ERP's value back":
        lambda scene: {float(each) for each in scene.rig.both(*LATITUDE)} == {12.5},
    "leaves it as it is, whatever else it writes": lambda scene: supplied(scene)
        in {("de", 2), ("en-us", 1)} and not scene.losers(),
    "puts it back and keeps the other": lambda scene: supplied(scene) == ("en-us", 2)
        and scene.losers() == ["de" if scene.where == "ERP" else "1"],
    "creates it again, with the change": lambda scene: equal_names(scene, "Just edited") and not scene.parked(),
    "deletes both in Dataverse": lambda scene: not scene.rig.accounts() and not scene.parked(),
    "deletes both in the ERP": lambda scene: not list(scene.rig.world.finops.rows("CustomersV3"))
        and not scene.parked(),
    "deletes it in Dataverse": lambda scene: scene.account is None and scene.ended(),
    "deletes it in the ERP": lambda scene: scene.erp is None and scene.ended(),
    "leaves the other row alone from then on": left_alone,
    "creates it again in the ERP": there,
    "creates it again in Dataverse": there,
    "parks it": lambda scene: len(scene.parked()) == 1,
    "parks it; nothing is created": lambda scene: len(scene.parked()) == 1 and scene.account is None,
    "deletes it again": lambda scene: (scene.erp, scene.account, scene.parked()) == (None, None, [])
        and scene.ended(),
    "parks it; nothing is deleted": nothing_deleted,
    "adds that to its reasons; nothing is deleted": lambda scene: scene.erp is not None and len(scene.parked()) == 2,
    "parks both ends; nothing is deleted": lambda scene: len(scene.parked()) == 2 and scene.account is not None,
    "follows the new number in Dataverse":
        lambda scene: scene.account is not None and scene.account["accountnumber"] == "US-777" and not scene.parked(),
    "parks the number; other fields go on": lambda scene: len(scene.parked()) == 1 and scene.erp is not None
        and scene.erp["SalesMemo"] == "remark",
    "puts the old number back":
        lambda scene: scene.account is not None and scene.account["accountnumber"] == ACCOUNT and not scene.parked(),
    "lets it sleep; neither side is written": asleep,
    "carries over what happened meanwhile": lambda scene: equal_names(scene, "Prospect")
        and scene.rig.both("SalesMemo", "description") == ("meanwhile", "meanwhile"),
    "parks it; neither side is written":
        lambda scene: len(scene.parked()) == 1 and scene.rig.writes() == scene.before,
    "waits, and goes on by itself": lambda scene: there(scene) and scene.rig.counts()["waiting"] == 0,
    "leaves its row and who points to it; waits for a person": lambda scene: scene.account is not None
        and [scene.account["_msdyn_paymentterm_value"]]
        == [row["msdyn_paymenttermid"] for row in scene.rig.world.dataverse.rows("msdyn_paymentterms")]
        and scene.rig.counts()["waiting"] == 1 and len(scene.rig.rows(PARKED, TERMS)) == 2,
    "keeps the reference in the ERP; waits for a row to put back": lambda scene: scene.erp is not None
        and scene.erp["PaymentTerms"] == "Net30" and scene.rig.counts()["waiting"] == 1,
    "parks it and names the survivor": lambda scene: len(scene.parked()) == 1 and scene.other_id in scene.parked()[0],
}  # fmt: skip


@pytest.mark.parametrize("heard", ["event", "pass"])
@pytest.mark.parametrize("line", LINES, ids=lambda line: ", ".join(line[:3]))
def test_every_line(tmp_path: Path, line: Sequence[str], heard: Heard) -> None:
    """What the table says is what happens."""
    happens, where, policy, does = line
    maps = None if policy == "any" else maps_with(tmp_path, OVERLAYS.get(policy, f"policy: {{{policy}}}\n"))

    async def story(rig: Rig) -> None:
        scene = Scene(rig, where, heard)
        await HAPPENS[happens](scene)
        assert DOES[does](scene), (scene.erp, scene.account, scene.losers(), scene.parked(), rig.couplings())

    on_stage(story, maps)


def test_no_word_is_left_over() -> None:
    """Everything that a test can show stands in the table."""
    assert {line[0] for line in LINES} == set(HAPPENS)
    assert {line[3] for line in LINES} == set(DOES)
