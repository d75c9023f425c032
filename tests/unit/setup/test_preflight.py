"""The preflight over both twins: a clean environment gives no finding, and every fault exactly the one it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Refused
from shared.mapping import Catalogue
from shared.setup import Finding, Receiver, enforcement, refuse_dual_write
from tests.emulator.dataverse.schema import Column
from tests.emulator.finops.schema import Field
from tests.unit.setup.stage import ACCOUNTS, APP, GROUPS, KEY, TERMS, Stage, shipped

ALL: tuple[str, ...] = ()
BLOCKED = ("No", "Invoice", "All", "Payment", "Requisition", "Never")


@pytest.fixture
async def stage() -> Stage:
    """An environment in which everything is as it should be."""
    made = Stage()
    await made.register()
    return made


async def found(stage: Stage) -> list[Finding]:
    return list((await stage.report()).findings)


# -- changes of the twins, as an administrator would make them


def column(stage: Stage, table: str, name: str, **changes: Any) -> None:
    definition = stage.dataverse.environment.by_logical[table].definition
    changed: Column = replace(definition.columns[name], **changes)
    definition.columns[name] = changed


def define(stage: Stage, table: str, **changes: Any) -> None:
    definition = stage.dataverse.environment.by_logical[table].definition
    for name, value in changes.items():
        setattr(definition, name, value)


def rename(stage: Stage, table: str, name: str) -> None:
    columns = stage.dataverse.environment.by_logical[table].definition.columns
    columns[f"{name}_old"] = replace(columns.pop(name), name=f"{name}_old", wire=f"{name}_old")


def fields(stage: Stage, entity: str, change: Callable[[dict[str, Field]], None]) -> None:
    table = stage.finops.environment.tables[entity]
    changed = dict(table.entity.fields)
    change(changed)
    table.entity = replace(table.entity, fields=changed)


def field(stage: Stage, entity: str, name: str, **changes: Any) -> None:
    fields(stage, entity, lambda known: known.update({name: replace(known[name], **changes)}))


def drop_key(stage: Stage, table: str) -> None:
    found_table = stage.dataverse.environment.by_logical[table]
    found_table.definition.keys.clear()
    found_table.keys.clear()


def dual_write(stage: Stage, table: str) -> None:
    row = {"msdyn_name": "map", "msdyn_internalentityname": table, "msdyn_externalentityname": "Customers V3"}
    stage.dataverse.create("msdyn_dualwriteruntimeconfigs", row)


def company(stage: Stage, code: str) -> None:
    stage.dataverse.create("cdm_companies", {"cdm_companycode": code, "cdm_name": code})


def step(stage: Stage, message: str) -> str:
    """The id of a registered step of the accounts flow."""
    rows = stage.dataverse.rows("sdkmessageprocessingsteps")
    name = f"Koppel {ACCOUNTS}: {message} of account"
    return next(str(row["sdkmessageprocessingstepid"]) for row in rows if row["name"] == name)


def change_step(stage: Stage, **values: Any) -> None:
    stage.dataverse.update("sdkmessageprocessingsteps", step(stage, "Update"), values)


# -- nothing


async def test_clean(stage: Stage) -> None:
    """A clean environment gives no finding, and tells the companies and what enforces versions."""
    report = await stage.report()
    assert list(report.findings) == []
    assert report.sound
    assert report.companies == {"erp": ["demf", "usmf"], "dataverse": ["demf", "usmf"]}
    assert report.versions["erp"] == {"CustomersV3": True, "CustomerGroups": True, "PaymentTerms": True}
    assert report.versions["dataverse"] == {"accounts": True, "msdyn_customergroups": True, "msdyn_paymentterms": True}


async def test_writes_nothing(stage: Stage) -> None:
    """The only writes are the attempts over versions that never were, and both systems stay as they are."""
    before, known = (len(stage.dataverse.history), len(stage.finops.history)), len(stage.writes)
    await stage.report()
    assert (len(stage.dataverse.history), len(stage.finops.history)) == before
    assert [request.method for request in stage.writes[known:]] == ["PATCH"] * 3


async def test_every_shipped_map() -> None:
    """Whatever is shipped fits the twins: an environment without rows gives notes about just that."""
    stage = Stage(customers=1, maps=shipped())
    await stage.register()
    told = await found(stage)
    assert [
        finding for finding in told if finding.severity != "note" or "there is no row to try it on" not in finding.what
    ] == []


async def test_one_flow(stage: Stage) -> None:
    """Only the flow that was asked for is looked at."""
    stage.dataverse.behaviour.missing_privileges = {"prvReadaccount"}
    assert list((await stage.report(GROUPS)).findings) == []
    assert (await stage.report(ACCOUNTS)).flows == [ACCOUNTS]


# -- one thing wrong, one finding

Break = Callable[[Stage], None]
WRONG: dict[str, tuple[Break, str, str, str, tuple[str, ...]]] = {
    # what is broken: how, severity, code, words of the finding, flows it concerns
    "column renamed": (
        lambda stage: rename(stage, "account", "msdyn_taxexemptnumber"),
        "error", "DIPV1025", "no column accounts.msdyn_taxexemptnumber", (ACCOUNTS,)),
    "column of another type": (
        lambda stage: column(stage, "account", "numberofemployees", type="text", length=10),
        "error", "DIPV1030", "accounts.numberofemployees is of type text, our schema says int", (ACCOUNTS,)),
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
}  # fmt: skip


def pending(stage: Stage, table: str) -> None:
    stage.dataverse.behaviour.key_index_seconds = 60
    for key in stage.dataverse.environment.by_logical[table].definition.keys.values():
        key.since = stage.now.timestamp()


def entity(stage: Stage, name: str, **changes: Any) -> None:
    table = stage.finops.environment.tables[name]
    table.entity = replace(table.entity, **changes)


def renamed(known: dict[str, Field]) -> None:
    known["Memo"] = replace(known.pop("SalesMemo"), name="Memo")


def second_company(stage: Stage, code: str) -> None:
    drop_key(stage, "cdm_company")
    company(stage, code)


def mandatory(known: dict[str, Field]) -> None:
    known["Segment"] = Field("Segment", "text", length=10, required=True)


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


async def test_no_tracking(stage: Stage) -> None:
    """A table without change tracking is found, and what is registered anew mends it."""
    define(stage, "account", change_tracking=False)
    (finding,) = await found(stage)
    assert (finding.severity, finding.flows) == ("error", (ACCOUNTS,))
    assert "accounts has no change tracking" in finding.what
    await stage.register()
    assert await found(stage) == []


async def test_broken_map(stage: Stage, tmp_path: Path) -> None:
    """Every problem of a map is a finding with its place and code; the other flows are looked at all the same."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(stage.maps.files[GROUPS].read_text().replace("Description", "Descryption"))
    files = {GROUPS: broken, TERMS: stage.maps.files[TERMS]}
    stage.site = replace(stage.site, catalogue=Catalogue(files))
    stage.dataverse.behaviour.missing_privileges = {"prvReadmsdyn_paymentterm"}
    lacking, problem = sorted(await found(stage), key=lambda finding: finding.code)
    assert (problem.severity, problem.code, problem.flows) == ("error", "DIPV1022", (GROUPS,))
    assert "broken.yaml:" in problem.what
    assert lacking.flows == (TERMS,)


async def test_no_usable_map(stage: Stage, tmp_path: Path) -> None:
    """Without a usable map there is nothing to look at but the sign-ins."""
    (tmp_path / "broken.yaml").write_text("fields: ''")
    stage.site = replace(stage.site, catalogue=Catalogue({"x.y": tmp_path / "broken.yaml"}))
    report = await stage.report()
    assert report.flows == []
    assert {finding.flows for finding in report.findings} == {("x.y",)}


# -- duplicates


def twice(stage: Stage) -> None:
    """Accounts that share numbers within a company."""
    drop_key(stage, "account")
    companies = {row["cdm_companycode"]: row["cdm_companyid"] for row in stage.dataverse.rows("cdm_companies")}
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({companies['USMF']})"}
    for number in ("DUP-1", "dup-1", "Dup-1", "DUP-2", "DUP-2", "DUP-3"):
        stage.dataverse.create("accounts", {"accountnumber": number, "name": "Twice", **bind})


async def test_duplicates(stage: Stage) -> None:
    """Rows that share a match key are found where no key keeps them apart, in any letter case."""
    twice(stage)
    missing, repeated = await found(stage)
    assert missing.code == "DIPV1003"
    assert (repeated.severity, repeated.flows) == ("warning", (ACCOUNTS,))
    assert "2 values of accountnumber + msdyn_company occur more than once in accounts" in repeated.what
    assert "DUP-1" in repeated.what


async def test_key_that_failed(stage: Stage) -> None:
    """A key whose index failed keeps nothing apart: the rows that stand in its way are told beside it."""
    twice(stage)
    label = {"LocalizedLabels": [{"Label": "Number", "LanguageCode": 1033}]}
    body = {"SchemaName": "number", "DisplayName": label, "KeyAttributes": ["accountnumber", "msdyn_company"]}
    definition = stage.dataverse.environment.by_logical["account"].definition
    stage.dataverse._service.metadata.setup.create_key(definition, body)
    failed, repeated = await found(stage)
    assert (failed.severity, failed.flows) == ("error", (ACCOUNTS,))
    assert "alternate key over accountnumber + msdyn_company failed" in failed.what
    assert "occur more than once" in repeated.what


async def test_no_reading_without_the_privilege(stage: Stage) -> None:
    """Rows that may not be read are not asked for: the missing privilege is said once."""
    twice(stage)
    stage.dataverse.behaviour.missing_privileges = {"prvReadaccount"}
    missing, lacking = sorted(await found(stage), key=lambda finding: finding.what)
    assert missing.code == "DIPV1003"
    assert "lacks prvReadaccount" in lacking.what


async def test_no_reading_for_duplicates(stage: Stage) -> None:
    """What a key keeps unique is not read for it."""
    await stage.report()
    assert not [request for request in stage.arrived[0].requests if request.path.endswith("/accounts")]


# -- companies


async def test_chosen_companies() -> None:
    """Companies named by setting must be on both sides."""
    stage = Stage(companies=("usmf", "ussi"))
    await stage.register()
    told = {(finding.severity, finding.what.split(",")[0]) for finding in await found(stage)}
    assert told == {("error", "Dataverse has no company ussi"), ("error", "F&O has no legal entity ussi")}


# -- sign-in


SIGN_IN: dict[str, tuple[Break, str, str]] = {
    "no application user": (
        lambda stage: setattr(stage.dataverse.behaviour, "application_user", "missing"),
        "Dataverse refuses the sign-in", "create an application user"),
    "application user disabled": (
        lambda stage: setattr(stage.dataverse.behaviour, "application_user", "disabled"),
        "Dataverse refuses the sign-in", "enable the application user"),
    "app not registered in F&O": (
        lambda stage: setattr(stage.finops.behaviour, "application", "missing"),
        "F&O refuses the sign-in", "Microsoft Entra ID applications"),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGN_IN)
async def test_sign_in(stage: Stage, name: str) -> None:
    """A sign-in that fails is one finding with the missing registration; the other side is looked at all the same."""
    break_it, what, remedy = SIGN_IN[name]
    break_it(stage)
    (finding,) = await found(stage)
    assert (finding.severity, finding.flows) == ("error", ALL)
    assert what in finding.what
    assert remedy in finding.remedy


async def test_each_sign_in_by_itself(stage: Stage) -> None:
    """Both sign-ins that fail are told."""
    for break_it, _, _ in SIGN_IN.values():
        break_it(stage)
    assert len(await found(stage)) == 2


# -- what is remembered, what is refused


async def test_enforcement_is_remembered(stage: Stage) -> None:
    """The engine learns from the last preflight which side enforces versions; what nobody tried is trusted."""
    assert await enforcement(stage.site.documents) == {"erp": True, "dataverse": True}
    stage.finops.behaviour.ignore_if_match.add("CustomersV3")
    await stage.report()
    await stage.report(GROUPS)
    assert await enforcement(stage.site.documents) == {"erp": False, "dataverse": True}
    stage.finops.behaviour.ignore_if_match.clear()
    await stage.report()
    assert await enforcement(stage.site.documents) == {"erp": True, "dataverse": True}


async def test_no_row_to_try() -> None:
    """Without a row it is not known whether versions are enforced: a note, no guess."""
    stage = Stage()
    await stage.register()
    table = stage.finops.environment.tables["PaymentTerms"]
    table.rows.clear()
    table._sorted.clear()
    report = await stage.report(TERMS)
    (finding,) = report.findings
    assert (finding.severity, finding.flows) == ("note", (TERMS,))
    assert report.versions["erp"] == {}


async def test_no_receiver() -> None:
    """Without an address and a key the webhooks cannot be told: a warning that names the settings."""
    (finding,) = await found(Stage(receiver=None))
    assert finding.severity == "warning"
    assert "APP_URL" in finding.remedy
    assert "DATAVERSE_WEBHOOK_KEY" in finding.remedy


async def test_two_engines_are_refused(stage: Stage) -> None:
    """A flow on whose table dual-write runs is refused; the others are not."""
    dual_write(stage, "account")
    await refuse_dual_write(stage.site.dataverse, [stage.maps.map(GROUPS)])
    with pytest.raises(Refused, match=r"dual-write is running on account.*stop its map"):
        await refuse_dual_write(stage.site.dataverse, stage.maps.sound())


async def test_secrets_do_not_show(stage: Stage) -> None:
    """The key shows in no report and no representation."""
    stage.dataverse.delete("sdkmessageprocessingsteps", step(stage, "Delete"))
    report = await stage.report()
    assert KEY not in f"{report} {report.as_json()} {stage.site!r} {Receiver(url=APP, key=KEY)!r}"
