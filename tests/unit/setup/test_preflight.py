"""The preflight over both twins: a clean environment gives no finding, and what is not clear is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from shared.errors import Refused
from shared.ledger import unversioned
from shared.mapping import Catalogue
from shared.setup import Receiver, refuse_dual_write
from shared.setup._tables import nobodys_findings
from shared.systems import Nobodys
from tests.unit.mapping.maps import GROUP, map_text
from tests.unit.mapping.maps import KEY as KEYED
from tests.unit.setup.changes import Break, column, define, drop_key, dual_write, step
from tests.unit.setup.stage import ACCOUNTS, APP, GROUPS, KEY, TERMS, Stage, found, shipped

ALL: tuple[str, ...] = ()
CONTACTS = "dual_write.customers_v3_contacts"


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
    """Whatever is shipped fits the twins: notes are about tables without rows, and about what a delete takes along."""
    stage = Stage(customers=1, maps=shipped())
    await stage.register()
    told = await found(stage)
    assert {finding.severity for finding in told} == {"note"}
    assert [finding.what for finding in told if "there is no row to try it on" not in finding.what] == [
        "deleting a row of contacts deletes the rows of contacts that have it as parentcustomerid",
        "deleting a row of accounts deletes the rows of contacts that have it as parentcustomerid",
    ]


async def test_assumed(stage: Stage) -> None:
    """What a flow uses and nobody published is listed with every report; what it does not use is not."""
    told = (await stage.report(ACCOUNTS)).as_json()["assumed"]
    assert {"msdyn_onholdstatus", "msdyn_paymentterm"} <= set(told["dataverse"]["accounts"])
    assert told["dataverse"]["msdyn_paymentterms"] == ["msdyn_company", "msdyn_name"]
    assert told["erp"] == {"CustomersV3": ["PartyType"]}
    known = {"name", "creditlimit", "msdyn_primaryfacebookdescription", "msdyn_billingaccount"}
    assert known.isdisjoint(told["dataverse"]["accounts"])
    assert "accounts" not in (await stage.report(TERMS)).as_json()["assumed"]["dataverse"]


async def test_what_is_assumed_is_checked(stage: Stage) -> None:
    """An environment that says otherwise is believed: what was assumed of it is a finding."""
    column(stage, "account", "msdyn_creditrating", length=40)
    assert [each.what for each in await found(stage)] == [
        "accounts.msdyn_creditrating takes 40 characters, our schema says 100"
    ]


async def test_one_flow(stage: Stage) -> None:
    """Only the flow that was asked for is looked at."""
    stage.dataverse.behaviour.missing_privileges = {"prvReadaccount"}
    assert list((await stage.report(GROUPS)).findings) == []
    assert (await stage.report(ACCOUNTS)).flows == [ACCOUNTS]


async def test_no_tracking(stage: Stage) -> None:
    """A table without change tracking is found, and what is registered anew mends it."""
    define(stage, "account", change_tracking=False)
    (finding,) = await found(stage)
    assert (finding.severity, finding.flows) == ("error", (ACCOUNTS,))
    assert "accounts has no change tracking" in finding.what
    await stage.register()
    assert await found(stage) == []


async def test_secured_columns(stage: Stage) -> None:
    """A line whose column cannot be read or written is a warning, what a whole flow stands on an error."""
    stage.dataverse.behaviour.secured_columns = {
        ("accounts", "creditlimit"): frozenset(),
        ("accounts", "description"): frozenset({"read"}),
        ("accounts", "telephone1"): frozenset({"read", "create", "update"}),
        ("msdyn_paymentterms", "msdyn_name"): frozenset(),
    }
    told = {finding.what: (finding.severity, finding.flows) for finding in await found(stage)}
    unread = "account.creditlimit is secured, and Koppel's user may not read it"
    assert told[f"{unread}: the line CreditLimit = creditlimit does not flow"] == ("warning", (ACCOUNTS,))
    assert ("error", (TERMS,)) in told.values()
    assert ("error", (ACCOUNTS,)) not in told.values()
    assert any("description is secured, and Koppel's user may not create or update it" in what for what in told)
    assert not any("telephone1" in what for what in told)


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


async def test_flows_that_wait_for_each_other(tmp_path: Path) -> None:
    """A customer and its contact that name each other, both before they can be created: neither ever is."""
    texts = {
        "customers": map_text(KEYED, GROUP, "VendorAccount > primarycontactid.msdyn_contactpersonid"),
        "people": map_text(
            "CustomerAccount = msdyn_contactpersonid",
            GROUP,
            "InvoiceAccount > parentcustomerid.accountnumber",
            dataverse="{table: contacts}",
        ),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    stage = Stage(maps=Catalogue({f"suite.{name}": tmp_path / f"{name}.yaml" for name in texts}))
    told = [finding for finding in await found(stage) if "wait for each other" in finding.what]
    assert [(each.severity, each.flows) for each in told] == [("error", ("suite.customers", "suite.people"))]
    assert "suite.people: InvoiceAccount > parentcustomerid.accountnumber" in told[0].what


# -- what belongs to nobody


async def test_rows_of_no_flow(stage: Stage) -> None:
    """An account that nobody has given a type, and one without a company, are told; a prospect and a merged one not."""
    companies = {row["cdm_companycode"]: row["cdm_companyid"] for row in stage.dataverse.rows("cdm_companies")}
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({companies['USMF']})"}
    blank = stage.dataverse.create("accounts", {"name": "Untold", **bind})
    alone = stage.dataverse.create("accounts", {"name": "Alone", "customertypecode": 3})
    stage.dataverse.create("accounts", {"name": "Prospect", "customertypecode": 8, **bind})
    merged = stage.dataverse.create("accounts", {"name": "Twice"})
    stage.dataverse.merge("accounts", alone, merged)
    (finding,) = await found(stage)
    assert (finding.severity, finding.flows) == ("note", (ACCOUNTS,))
    assert finding.what.startswith("2 rows of accounts belong to no flow: 1 without customertypecode, 1 without")
    assert {blank, alone} == set(finding.what.partition("such as ")[2].split(", "))


def test_one_row_of_no_flow() -> None:
    """Is told of in the singular."""
    (finding,) = nobodys_findings("contacts", Nobodys(1, Counter(parentcustomerid=1), ["c1"]), ())
    assert finding.what == "1 row of contacts belongs to no flow: 1 without parentcustomerid, such as c1"


# -- duplicates


def twice(stage: Stage) -> None:
    """Accounts that share numbers within a company."""
    drop_key(stage, "account")
    companies = {row["cdm_companycode"]: row["cdm_companyid"] for row in stage.dataverse.rows("cdm_companies")}
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({companies['USMF']})"}
    for number in ("DUP-1", "dup-1", "Dup-1", "DUP-2", "DUP-2", "DUP-3"):
        stage.dataverse.create("accounts", {"accountnumber": number, "name": "Twice", "customertypecode": 3, **bind})


async def test_duplicates(stage: Stage) -> None:
    """Rows that share a match key are found where no key keeps them apart, in any letter case."""
    twice(stage)
    missing, repeated = await found(stage)
    assert missing.code == "DIPV1003"
    assert (repeated.severity, repeated.flows) == ("warning", (ACCOUNTS,))
    assert "2 values of accountnumber + msdyn_company occur more than once in accounts" in repeated.what
    assert "DUP-1" in repeated.what


async def test_keys_of_another_suite() -> None:
    """A key over columns that no line of a flow has is not asked for, in an environment that has no such columns."""
    stage = Stage(customers=1, maps=shipped(CONTACTS))
    await stage.register()
    assert ("msdynce_contactnumber",) in stage.maps.map(CONTACTS).dataverse.entity.keys
    assert "msdynce_contactnumber" not in stage.dataverse.environment.by_logical["contact"].definition.columns
    assert [finding.what for finding in await found(stage) if "alternate key" in finding.what] == []
    drop_key(stage, "contact")
    (missing,) = [finding.what for finding in await found(stage) if "alternate key" in finding.what]
    assert missing == "contacts has no alternate key over msdyn_contactpersonid + msdyn_company"


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
    asked = [request.query for request in stage.arrived[0].requests if request.path.endswith("/accounts")]
    assert not [query for query in asked if "accountnumber" in query]


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
    """The ledger knows from the last preflight which entities do not enforce versions; what nobody tried is trusted."""
    assert await unversioned(stage.site.documents) == frozenset()
    stage.finops.behaviour.ignore_if_match.add("CustomersV3")
    await stage.report()
    await stage.report(GROUPS)
    assert await unversioned(stage.site.documents) == {("erp", "CustomersV3")}
    stage.finops.behaviour.ignore_if_match.clear()
    await stage.report()
    assert await unversioned(stage.site.documents) == frozenset()


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
