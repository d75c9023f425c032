"""The action Merge: what becomes of winner, loser and what points to it, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.probing import change_set

ABSENT = "00000000-1111-4222-8333-444444444444"


def row(kind: str, row_id: str, **values: object) -> dict[str, object]:
    return {"@odata.type": f"Microsoft.Dynamics.CRM.{kind}", f"{kind}id": row_id, **values}


def body(winner: str, loser: str, kind: str = "account", **more: object) -> dict[str, object]:
    parts = {"Target": row(kind, winner), "Subordinate": row(kind, loser)}
    return {**parts, "PerformParentingChecks": False, **more}


def pair(probe: Probe) -> tuple[str, str]:
    return probe.created("accounts", name="A"), probe.created("accounts", name="B")


def test_merged(probe: Probe) -> None:
    """The loser stays, inactive, and names its master; the winner takes over what was chosen, and nothing else."""
    winner, loser = probe.created("accounts", name="A"), probe.created("accounts", name="B", telephone1="1", fax="2")
    given = {"@odata.type": "Microsoft.Dynamics.CRM.account", "telephone1": "1"}
    said = probe.post("Merge", body(winner, loser, UpdateContent=given))
    assert (said.status, said.answer.body) == (204, b"")
    lost, kept = probe.get(f"accounts({loser})").json, probe.get(f"accounts({winner})").json
    assert (lost["merged"], lost["_masterid_value"], lost["statecode"], lost["statuscode"]) == (True, winner, 1, 2)
    assert (kept["name"], kept["telephone1"], kept["fax"], kept["merged"]) == ("A", "1", None, False)


def test_references_follow(probe: Probe) -> None:
    """Whatever pointed to the loser points to the winner, in every table; other rows are left alone."""
    winner, loser = pair(probe)
    own = {"parentcustomerid_account@odata.bind": f"/accounts({loser})"}
    person = probe.created("contacts", lastname="Novak", **own)
    theirs = {"parentcustomerid_account@odata.bind": f"/accounts({winner})"}
    other = probe.created("contacts", lastname="Kral", **theirs)
    branch = probe.created("accounts", name="C", **{"msdyn_billingaccount_account@odata.bind": f"/accounts({loser})"})
    untouched = probe.get(f"contacts({other})").json["@odata.etag"]
    assert probe.post("Merge", body(winner, loser)).status == 204
    assert probe.get(f"contacts({person})").json["_parentcustomerid_value"] == winner
    assert probe.get(f"accounts({branch})").json["_msdyn_billingaccount_value"] == winner
    assert probe.get(f"contacts({other})").json["@odata.etag"] == untouched
    annotated = probe.get(f"contacts({person})", prefer='odata.include-annotations="*"').json
    assert annotated["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"


def test_earlier_losers_keep_their_master(probe: Probe) -> None:
    """Who was merged before into the row that loses now still names it."""
    first, second, third = (probe.created("accounts", name=name) for name in "abc")
    assert probe.post("Merge", body(second, first)).status == 204
    assert probe.post("Merge", body(third, second)).status == 204
    assert probe.get(f"accounts({first})").json["_masterid_value"] == second


@pytest.mark.parametrize("tell", [False, True])
def test_what_is_told(probe: Probe, tell: bool) -> None:
    """Webhooks hear of winner and loser. Rows that move along are found by change tracking, and told on a switch."""
    probe.twin.behaviour.moved_rows_tell = tell
    winner, loser = pair(probe)
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({loser})"}
    person = probe.created("contacts", lastname="Novak", **bind)
    link = probe.get("contacts?$select=lastname", prefer="odata.track-changes").json["@odata.deltaLink"]
    for table in ("account", "contact"):
        probe.webhook("Update", table)
    given = {"@odata.type": "Microsoft.Dynamics.CRM.account", "telephone1": "1"}
    assert probe.post("Merge", body(winner, loser, UpdateContent=given)).status == 204
    assert [each.row_id for each in probe.twin.outbox] == [winner, *[person] * tell, loser]
    assert [each["contactid"] for each in probe.get(link, prefer="odata.track-changes").rows] == [person]


def test_contacts(probe: Probe) -> None:
    """Persons merge likewise, and who reports to the loser reports to the winner."""
    winner, loser = probe.created("contacts", lastname="A"), probe.created("contacts", lastname="B")
    below = probe.created("contacts", lastname="C", **{"parentcustomerid_contact@odata.bind": f"/contacts({loser})"})
    assert probe.post("Merge", body(winner, loser, "contact")).status == 204
    assert probe.get(f"contacts({below})").json["_parentcustomerid_value"] == winner


def test_in_a_batch(probe: Probe) -> None:
    """Merge is an operation like others: a later one that fails takes it back."""
    winner, loser = pair(probe)
    person = probe.created("contacts", lastname="C", **{"parentcustomerid_account@odata.bind": f"/accounts({loser})"})
    merge = part("POST", "Merge", body(winner, loser), "1")
    assert probe.batch(change_set(merge, part("PATCH", f"accounts({loser})", {"Name": 1}, "2"))).status == 400
    assert probe.get(f"contacts({person})").json["_parentcustomerid_value"] == loser
    assert probe.get(f"accounts({loser})").json["merged"] is False


@pytest.mark.parametrize(
    ("change", "refusal", "text"),
    [
        ({"Subordinate": None}, (400, "0x80040203"), "with '@odata.type' and their id"),
        ({"PerformParentingChecks": 1}, (400, "0x80040203"), "true or false"),
        ({"SubordinateId": ABSENT}, (400, "0x80040203"), "'SubordinateId'"),
        ({"Subordinate": row("account", ABSENT)}, (404, "0x80040217"), "Does Not Exist"),
        ({"Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.account"}}, (400, "0x80040203"), "accountid"),
        ({"Target": row("quote", ABSENT)}, (400, "0x80040203"), "This type: quote is not supported with merge"),
        ({"Target": {"@odata.type": "#Microsoft.Dynamics.CRM.lead", "leadid": ABSENT}}, (501, "0x8006088a"), "lead"),
        ({"UpdateContent": {"name": "A"}}, (400, "0x80040203"), "UpdateContent"),
        ({"UpdateContent": row("contact", ABSENT)}, (400, "0x80048d19"), "not compatible"),
        ({"UpdateContent": row("account", ABSENT)}, (400, "0x80048d19"), "is not the id"),
    ],
)
def test_refused_bodies(probe: Probe, change: dict[str, Any], refusal: tuple[int, str], text: str) -> None:
    """What the action cannot read is refused, and nothing of it done."""
    winner, loser = pair(probe)
    said = probe.post("Merge", {**body(winner, loser), **change})
    assert said.refusal == refusal
    assert text in said.message
    assert probe.get(f"accounts({loser})").json["merged"] is False


def test_missing_parameters(probe: Probe) -> None:
    """Three parameters are not nullable."""
    for name in ("Target", "Subordinate", "PerformParentingChecks"):
        given = body(*pair(probe))
        del given[name]
        said = probe.post("Merge", given)
        assert (said.refusal, name in said.message) == ((400, "0x80040203"), True)


def test_two_tables(probe: Probe) -> None:
    """An account and a person are not the same."""
    person = probe.created("contacts", lastname="A")
    given = {**body(probe.created("accounts", name="A"), ABSENT), "Subordinate": row("contact", person)}
    assert probe.post("Merge", given).refusal == (400, "0x80040203")


def test_the_same_row(probe: Probe) -> None:
    winner, _ = pair(probe)
    assert probe.post("Merge", body(winner, winner.upper())).refusal == (400, "0x80045305")


def test_inactive_rows(probe: Probe) -> None:
    """Neither of the two may be inactive: a row is merged once."""
    winner, loser = pair(probe)
    assert probe.post("Merge", body(winner, loser)).status == 204
    for first, second, part_of in ((winner, loser, "sub-entity"), (loser, winner, "master entity")):
        said = probe.post("Merge", body(first, second))
        assert said.refusal == (400, "0x80045304")
        assert said.message == f"{part_of}:account-{loser} is deactive"


def test_circles(probe: Probe) -> None:
    """A person is not merged into somebody who stands below him."""
    loser = probe.created("contacts", lastname="A")
    middle = probe.created("contacts", lastname="B", **{"parentcustomerid_contact@odata.bind": f"/contacts({loser})"})
    winner = probe.created("contacts", lastname="C", **{"parentcustomerid_contact@odata.bind": f"/contacts({middle})"})
    for each in (middle, winner):
        assert probe.post("Merge", body(each, loser, "contact")).refusal == (400, "0x80045300")


def test_parents(probe: Probe) -> None:
    """Other parents are asked about on request only."""
    accounts = pair(probe)
    alone = probe.created("contacts", lastname="A")
    first, second = (
        probe.created("contacts", lastname="B", **{"parentcustomerid_account@odata.bind": f"/accounts({each})"})
        for each in accounts
    )
    for winner, code in ((first, "0x80045316"), (alone, "0x80045317")):
        said = probe.post("Merge", body(winner, second, "contact", PerformParentingChecks=True))
        assert said.refusal == (400, code)
    assert probe.post("Merge", body(first, alone, "contact", PerformParentingChecks=True)).status == 204
    assert probe.post("Merge", body(first, second, "contact")).status == 204


def test_active_quotes(probe: Probe) -> None:
    """A customer with a quote that is out is not merged away."""
    winner, loser = pair(probe)
    prices = probe.created("pricelevels", name="Retail")
    bound = {"customerid_account": f"/accounts({loser})", "pricelevelid": f"/pricelevels({prices})"}
    quote = probe.created("quotes", name="Q", **{f"{name}@odata.bind": each for name, each in bound.items()})
    probe.twin.update("quotes", quote, {"statecode": 1, "statuscode": 2})
    assert probe.post("Merge", body(winner, loser)).refusal == (400, "0x80045302")
    assert probe.post("Merge", body(loser, winner)).status == 204


@pytest.mark.parametrize("privilege", ["prvMerge", "prvShareaccount", "prvWriteaccount"])
def test_rights(probe: Probe, privilege: str) -> None:
    """Without a right the action says little."""
    winner, loser = pair(probe)
    probe.twin.behaviour.missing_privileges = {privilege}
    said = probe.post("Merge", body(winner, loser))
    assert said.refusal == (403, "0x80045301")
    assert privilege not in said.message


def test_wrong_method(probe: Probe) -> None:
    assert probe.get("Merge").status == 405
