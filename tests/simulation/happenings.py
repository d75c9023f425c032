"""What the table of BEHAVIOUR.md says may happen to a row, each as a scene on the stage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.ledger import PARKED, read_trouble
from tests.simulation.network import LATEST
from tests.simulation.rig import ACCOUNT, DATAVERSE, ERP, TERMS, Rig

OLD: Final = {"dataAreaId": "usmf", "CustomerAccount": ACCOUNT}
NEW: Final = {**OLD, "CustomerAccount": "US-777"}

OURS, THEIRS = "Contoso Retail", "Contoso AG"
LATITUDE: Final = ("DeliveryAddressLatitude", "address1_latitude")

Heard = Literal["event", "pass"]


@dataclass(slots=True)
class Scene:
    """One line on stage. row_id: the account of the record, once it is known."""

    rig: Rig
    where: str
    heard: Heard
    row_id: str = ""
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


async def anothers_party(scene: Scene) -> None:
    scene.rig.customer("US-002", OrganizationName=THEIRS, PartyNumber="000000777")
    scene.row_id = scene.rig.account(msdyn_partynumber="000000777")
    await scene.noticed("Dataverse")


async def field_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.edit(scene.where, "New")
    await scene.noticed(scene.where)


async def letter_case_changed(scene: Scene) -> None:
    await scene.coupled(CreditRating="Good")
    if scene.where == "ERP":
        scene.rig.edit(CreditRating="GOOD")
    else:
        scene.rig.change(scene.row_id, msdyn_creditrating="GOOD")
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


async def amount_rounded(scene: Scene) -> None:
    row = {"isocurrencycode": "JPY", "currencyname": "Yen", "currencysymbol": "Y", "exchangerate": 1}
    scene.rig.world.dataverse.create("transactioncurrencies", {**row, "currencyprecision": 0})
    scene.rig.world.finops.create("Currencies", {"CurrencyCode": "JPY", "Name": "Yen"})
    await scene.coupled(SalesCurrencyCode="JPY", CreditLimit=7)
    scene.rig.edit(CreditLimit=1234.56)
    await scene.noticed("ERP")


async def another_one_changed(scene: Scene) -> None:
    await scene.coupled()
    scene.rig.world.dataverse._writer.checks["accounts"] = lambda _, values: values.update(description=values["name"])
    scene.edit("ERP", "New")
    await scene.noticed("ERP")


async def much_entered(scene: Scene) -> None:
    await scene.coupled()
    scene.edit("ERP", "New")
    scene.edit("ERP", "x" * 100_001, other=True)
    await scene.noticed("ERP")


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
        billed = {"msdyn_billingaccount_account@odata.bind": f"/accounts({scene.row_id})"}
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
    survivor = scene.rig.account("US-002")
    scene.rig.world.dataverse.merge("accounts", survivor, scene.row_id)
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
    "a row is created with the party number of another record": anothers_party,
    "a field is changed": field_changed,
    "only the letter case of a code is changed": letter_case_changed,
    "two fields are changed, and the other side refuses one value": one_value_refused,
    "an amount is changed, and the currency rounds it in Dataverse": amount_rounded,
    "a field is changed, and a plug-in changes another one with it": another_one_changed,
    "a text of more than 100,000 characters is entered": much_entered,
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
