"""One thing wrong with an environment, one finding: exactly the one it is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emulator.finops.schema import Field
from tests.unit.setup.changes import (
    Break,
    change_step,
    column,
    company,
    define,
    drop_key,
    dual_write,
    entity,
    field,
    fields,
    pending,
    rename,
    second_company,
    step,
)
from tests.unit.setup.stage import ACCOUNTS, GROUPS, TERMS, Stage, found

ALL: tuple[str, ...] = ()
BLOCKED = ("No", "Invoice", "All", "Payment", "Requisition", "Never")


def renamed(known: dict[str, Field]) -> None:
    known["Memo"] = replace(known.pop("SalesMemo"), name="Memo")


def mandatory(known: dict[str, Field]) -> None:
    known["Segment"] = Field("Segment", "text", length=10, required=True)


WRONG: dict[str, tuple[Break, str, str, str, tuple[str, ...]]] = {
    # what is broken: how, severity, code, words of the finding, flows it concerns
    "column renamed": (
        lambda stage: rename(stage, "account", "msdyn_taxexemptnumber"),
        "error", "DIPV1025", "no column accounts.msdyn_taxexemptnumber", (ACCOUNTS,)),
    "column of another type": (
        lambda stage: column(stage, "account", "numberofemployees", type="text", length=10),
        "error", "DIPV1030", "accounts.numberofemployees is of type text, our schema says int", (ACCOUNTS,)),
    "a choice of several": (
        lambda stage: column(stage, "account", "numberofemployees", type="choices", options={1: "One"}),
        "error", "DIPV1030", "accounts.numberofemployees is of type choices, our schema says int", (ACCOUNTS,)),
    "a day that is held as a moment": (
        lambda stage: column(stage, "account", "modifiedon", local_day=True),
        "error", "DIPV1030", "accounts.modifiedon holds a day, at midnight of whoever entered it", (ACCOUNTS,)),
    "column too short": (
        lambda stage: column(stage, "account", "name", length=100),
        "warning", "", "accounts.name takes 100 characters, our schema says 160", (ACCOUNTS,)),
    "column longer": (
        lambda stage: column(stage, "account", "name", length=200),
        "note", "", "accounts.name takes 200 characters", (ACCOUNTS,)),
    "column read-only": (
        lambda stage: column(stage, "account", "description", read_only=True),
        "error", "DIPV1011", "accounts.description is read-only", (ACCOUNTS,)),
    "column on create only": (
        lambda stage: column(stage, "account", "description", create_only=True),
        "error", "DIPV1011", "accounts.description can be written on create only", (ACCOUNTS,)),
    "lookup to another table": (
        lambda stage: column(stage, "account", "msdyn_vendor", targets={"contacts": "msdyn_vendor"}),
        "error", "DIPV1027", "accounts.msdyn_vendor does not point to msdyn_vendor", (ACCOUNTS,)),
    "navigation property renamed": (
        lambda stage: column(stage, "account", "msdyn_vendor", targets={"msdyn_vendors": "msdyn_Vendor"}),
        "error", "DIPV1027", "accounts.msdyn_vendor is written by msdyn_Vendor", (ACCOUNTS,)),
    "option removed": (
        lambda stage: column(stage, "account", "msdyn_invoiceaddress", options={806380000: "Invoice account"}),
        "error", "DIPV1030", "accounts.msdyn_invoiceaddress has no option 806380001", (ACCOUNTS,)),
    "default's option removed": (
        lambda stage: column(stage, "account", "address1_addresstypecode", options={1: "Bill To"}),
        "error", "DIPV1030", "accounts.address1_addresstypecode has no option 2, which the map writes", (ACCOUNTS,)),
    "option added": (
        lambda stage: column(stage, "account", "msdyn_invoiceaddress",
                             options={806380000: "Invoice account", 806380001: "Order account", 7: "Own"}),
        "note", "", "options our schema does not know: 7", (ACCOUNTS,)),
    "key column of a target renamed": (
        lambda stage: rename(stage, "msdyn_vendor", "msdyn_vendoraccountnumber"),
        "error", "DIPV1025", "no column msdyn_vendors.msdyn_vendoraccountnumber", (ACCOUNTS,)),
    "table missing": (
        lambda stage: define(stage, "msdyn_vendor", logical="x"),
        "error", "DIPV1020", "Dataverse has no table msdyn_vendor", (ACCOUNTS,)),
    "alternate key missing": (
        lambda stage: drop_key(stage, "account"),
        "error", "DIPV1003", "accounts has no alternate key over accountnumber + msdyn_company", (ACCOUNTS,)),
    "alternate key being built": (
        lambda stage: pending(stage, "account"),
        "warning", "", "key over accountnumber + msdyn_company is Pending", (ACCOUNTS,)),
    "versions not enforced in Dataverse": (
        lambda stage: define(stage, "account", optimistic=False),
        "warning", "", "accounts does not enforce If-Match", (ACCOUNTS,)),
    "versions not enforced in F&O": (
        lambda stage: stage.finops.behaviour.ignore_if_match.add("CustomersV3"),
        "warning", "", "CustomersV3 does not enforce If-Match", (ACCOUNTS,)),
    "terms that take accounts along": (
        lambda stage: stage.dataverse.behaviour.delete_rules.update({("accounts", "msdyn_paymentterm"): "cascade"}),
        "note", "", "deletes the rows of accounts that have it as msdyn_paymentterm", (TERMS,)),
    "privilege withdrawn": (
        lambda stage: stage.dataverse.behaviour.missing_privileges.add("prvDeleteAccount"),
        "error", "", "lacks prvDeleteaccount", (ACCOUNTS,)),
    "privilege on a target withdrawn": (
        lambda stage: stage.dataverse.behaviour.missing_privileges.add("prvAppendTomsdyn_paymentterm"),
        "error", "", "lacks prvAppendTomsdyn_paymentterm", (ACCOUNTS, GROUPS)),
    "privilege to register withdrawn": (
        lambda stage: stage.dataverse.behaviour.missing_privileges.add("prvWriteServiceEndpoint"),
        "warning", "", "lacks prvWriteServiceEndpoint", ALL),
    "role to read withdrawn": (
        lambda stage: stage.finops.behaviour.missing_roles.add("CustomerGroups:read"),
        "error", "", "CustomerGroups in F&O: not allowed", (GROUPS,)),
    "role to update withdrawn": (
        lambda stage: stage.finops.behaviour.missing_roles.add("CustomerGroups:update"),
        "error", "", "CustomerGroups in F&O: not allowed", (GROUPS,)),
    "dual-write running": (
        lambda stage: dual_write(stage, "account"),
        "error", "", "dual-write is running on account (Customers V3)", (ACCOUNTS,)),
    "entity missing": (
        lambda stage: entity(stage, "PaymentTerms", type="PaymentTermV2"),
        "error", "DIPV1018", "F&O has no public entity PaymentTerms", (TERMS,)),
    "entity read-only": (
        lambda stage: entity(stage, "PaymentTerms", read_only=True),
        "error", "DIPV1011", "PaymentTerms is read-only", (TERMS,)),
    "field renamed": (
        lambda stage: fields(stage, "CustomersV3", renamed),
        "error", "DIPV1022", "F&O has no field CustomersV3.SalesMemo", (ACCOUNTS,)),
    "field of another type": (
        lambda stage: field(stage, "CustomersV3", "CreditLimit", type="text"),
        "error", "DIPV1030", "CustomersV3.CreditLimit is of type Edm.String", (ACCOUNTS,)),
    "field read-only": (
        lambda stage: field(stage, "CustomersV3", "SalesMemo", read_only=True),
        "error", "DIPV1011", "CustomersV3.SalesMemo is read-only", (ACCOUNTS,)),
    "field on create only": (
        lambda stage: field(stage, "CustomersV3", "SalesMemo", create_only=True),
        "error", "DIPV1011", "CustomersV3.SalesMemo can be written on create only", (ACCOUNTS,)),
    "field mandatory and not written": (
        lambda stage: fields(stage, "CustomersV3", mandatory),
        "error", "DIPV1010", "CustomersV3 needs Segment", (ACCOUNTS,)),
    "key changed": (
        lambda stage: fields(stage, "CustomerGroups", lambda known: known.update(
            CustomerGroupId=replace(known["CustomerGroupId"], is_key=False))),
        "error", "DIPV1014", "the key of CustomerGroups is dataAreaId, our schema says", (GROUPS,)),
    "member removed": (
        lambda stage: stage.finops.environment.enums.update(CustVendorBlocked=BLOCKED[:-1]),
        "error", "DIPV1030", "CustVendorBlocked has no member Never", (ACCOUNTS,)),
    "member added": (
        lambda stage: stage.finops.environment.enums.update(CustVendorBlocked=(*BLOCKED, "Perhaps")),
        "note", "", "CustVendorBlocked has members our schema does not know: Perhaps", (ACCOUNTS,)),
    "company only in Dataverse": (
        lambda stage: company(stage, "FRRT"),
        "warning", "DIPV1016", "F&O has no legal entity frrt", (ACCOUNTS, GROUPS, TERMS)),
    "company code twice": (
        lambda stage: second_company(stage, "usmf"),
        "error", "", "2 companies in Dataverse have the code usmf", (ACCOUNTS, GROUPS, TERMS)),
    "step disabled": (
        lambda stage: change_step(stage, statecode=1, statuscode=2),
        "warning", "", "webhooks are not as they should be: repair", (ACCOUNTS,)),
    "step deleted": (
        lambda stage: stage.dataverse.delete("sdkmessageprocessingsteps", step(stage, "Delete")),
        "warning", "", "webhooks are not as they should be: create", (ACCOUNTS,)),
}  # fmt: skip  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_one_finding(stage: Stage, name: str) -> None:
    """What is wrong is found: once, with its severity, its documented code, what to do and the flows it concerns."""
    break_it, severity, code, words, flows = WRONG[name]
    break_it(stage)
    (finding,) = await found(stage)
    assert (finding.severity, finding.code, set(finding.flows)) == (severity, code, set(flows))
    assert words in finding.what
    assert finding.remedy


async def test_everything_at_once(stage: Stage) -> None:
    """Findings do not hide one another."""
    chosen = ("column renamed", "privilege withdrawn", "dual-write running", "field renamed", "step deleted")
    for name in chosen:
        WRONG[name][0](stage)
    told = " ".join(finding.what for finding in await found(stage))
    assert all(WRONG[name][3] in told for name in chosen)
