"""What tests, demos and histories do with the twin: people, loading, restores, companies that come and go."""

from __future__ import annotations

import pytest

from tests.emulator.business_central import Founding, Refusal
from tests.emulator.business_central.probe import DE, US, ZERO, Probe


def test_people(probe: Probe) -> None:
    """They create, change, rename and delete; each change is remembered with who did it."""
    made = probe.twin.create(DE, "customers", {"displayName": "X"})
    row_id = str(made["id"])
    probe.pass_time(60)
    probe.twin.update(DE, "customers", row_id, {"city": "Odense"}, user="BERT")
    probe.twin.update(DE, "customers", row_id, {"number": "C1"})
    probe.twin.delete(DE, "customers", row_id)
    told = [each for each in probe.twin.history if each.set == "customers"]
    assert [(each.operation, each.user, each.app) for each in told] == [
        ("create", "ANNA", None), ("update", "BERT", None), ("rename", "ANNA", None), ("delete", "ANNA", None),
    ]  # fmt: skip
    assert told[1].after.keys() == {"city", "lastModifiedDateTime"}
    assert told[1].before["city"] == ""
    assert told[1].id == row_id


def test_people_are_refused_as_the_wire_is(probe: Probe) -> None:
    """By the same rules."""
    with pytest.raises(Refusal, match="must be provided"):
        probe.twin.create(DE, "customers", {})
    with pytest.raises(Refusal, match="does not exist"):
        probe.twin.update(DE, "customers", ZERO, {})
    assert not probe.twin.history


def test_what_the_app_did_is_known(probe: Probe) -> None:
    """A change over the wire names the app."""
    probe.post("items", {"number": "I1"})
    assert probe.twin.history[-1].app is not None
    assert probe.twin.history[-1].sent == ("number",)


def test_loading(probe: Probe) -> None:
    """Rows are there with the ids they bring, and with calculated values; nobody is told, and rules hold."""
    row_id = "11111111-1111-4111-a111-111111111111"
    probe.twin.load(DE, "customers", [{"id": row_id, "displayName": "X", "balanceDue": 5}])
    found = probe.twin.row(DE, "customers", row_id)
    assert found is not None
    assert (found["number"], found["balanceDue"]) == ("C00010", 5)
    assert (probe.twin.id_of(DE, "customers", "C00010"), probe.twin.history) == (row_id, [])
    assert probe.twin.etag(DE, "customers", row_id) == probe.get(f"customers({row_id})").etag
    with pytest.raises(Refusal, match="cannot be found in the related table"):
        probe.twin.load(DE, "customers", [{"displayName": "Y", "country": "XX"}, {"displayName": "Z"}])
    assert len(list(probe.twin.rows(DE, "customers"))) == 1


def test_a_restore(probe: Probe, c100: str) -> None:
    """Every row is what it was, in value and in version; what came since is gone."""
    before, backup = probe.get(c100).json, probe.twin.back_up()
    probe.write(c100, {"number": "C101"})
    probe.customer("C200")
    assert probe.twin.restore(backup) == 3
    assert probe.get(c100).json == before
    assert probe.get("customers?$filter=number eq 'C101'").rows == []


def test_a_restore_knows_whom_contacts_stand_for_and_which_numbers_were_given(probe: Probe) -> None:
    """Business relations and number series are rows like any others."""
    probe.twin.create(DE, "customers", {"displayName": "A", "number": "C100"})
    company = probe.twin.company(DE)
    relations, last = dict(company.relations), company.series["Customer"].last
    backup = probe.twin.back_up()
    row = probe.twin.create(DE, "customers", {"displayName": "B"})
    probe.twin.delete(DE, "customers", probe.twin.id_of(DE, "customers", "C100"))
    probe.twin.restore(backup)
    assert (company.relations, company.series["Customer"].last) == (relations, last)
    assert probe.twin.create(DE, "customers", {"displayName": "C"})["number"] == row["number"]


def test_companies_come_and_go(probe: Probe) -> None:
    """A new one is founded, one is renamed under its id, one is deleted with its subscriptions."""
    made = probe.twin.found(Founding("NEW", "SEK", "kr", "SE"))
    assert probe.get("~companies").column("name") == [DE, US, "NEW"]
    assert probe.get(f"~companies({made.id})/generalLedgerSetup").column("localCurrencyCode") == ["SEK"]
    probe.twin.rename_company(DE, "CRONUS Deutschland")
    assert probe.get(f"~companies({probe.company})").json["name"] == "CRONUS Deutschland"
    probe.subscribe("customers")
    probe.twin.close("CRONUS Deutschland")
    assert (probe.get("customers").status, probe.get("~subscriptions").rows) == (404, [])


def test_companies_do_not_share(probe: Probe) -> None:
    """Series, codes and rows are each one's own."""
    for name in (DE, US):
        assert probe.twin.create(name, "customers", {"displayName": "X"})["number"] == "C00010"
        probe.twin.load(name, "currencies", [{"code": "SEK"}])
    ids = {str(each["id"]) for name in (DE, US) for each in probe.twin.rows(name, "currencies")}
    assert len(ids) == 2


def test_the_same_again(probe: Probe) -> None:
    """The same seed gives the same ids and versions."""
    other = Probe()
    for each in (probe, other):
        each.post("customers", {"displayName": "X"})
        each.get("customers")
        each.post("items", {"displayName": "I"})
    assert probe.get("customers").json == other.get("customers").json
    assert probe.get("items").json == other.get("items").json
    assert Probe(1).company != probe.company


@pytest.mark.parametrize("status", [409, 500])
def test_locks(probe: Probe, c100: str, status: int) -> None:
    """On order a write meets a lock: the refusal is not that of a version, and nothing is kept."""
    probe.twin.behaviour.locked = [status]
    said = probe.patch(c100, {"city": "X"}, if_match="*")
    assert said.error[:2] == (status, "Unknown")
    assert "locked by another user" in said.refusal[1]
    assert probe.patch(c100, {"city": "X"}, if_match="*").status == 200


def test_what_fails(probe: Probe) -> None:
    """On order a set answers nothing, or whoever asks for more than the ids of some rows."""
    bad, good = probe.customer("C1"), probe.customer("C2")
    probe.twin.behaviour.broken_rows["customers"] = lambda row: row["number"] == "C1"
    for target in ("customers", bad, "customers?$select=id,number"):
        assert probe.get(target).error[:2] == (500, "Internal_ServerError")
    assert probe.get(good).status == 200
    assert len(probe.get("customers?$select=id").rows) == 2
    probe.twin.behaviour.broken_sets.add("customers")
    assert probe.get(good).status == 500
    assert probe.get("vendors").status == 200


def test_own_logic(probe: Probe, c100: str) -> None:
    """On order business logic refuses a value, cuts a text, and notes a change elsewhere, whoever writes."""
    behaviour = probe.twin.behaviour
    behaviour.refused_values = {"customers": {"city": frozenset({"Nowhere"})}}
    said = probe.write(c100, {"city": "Nowhere"})
    assert said.error == (400, "Application_FieldValidationException", "City must not be Nowhere in Customer.")
    assert [each[:2] for each in probe.twin.environment.refused] == [("customers", c100[-37:-1])]
    behaviour.cut = {"customers": {"city": 3}}
    behaviour.noted = {"customers": {"city": ("addressLine2", "was moved to")}}
    row = probe.write(c100, {"city": "Odense"}).json
    assert (row["city"], row["addressLine2"]) == ("Ode", "was moved to Odense")
    assert probe.twin.create(DE, "customers", {"displayName": "X", "city": "Aarhus"})["city"] == "Aar"


def test_versions_that_are_not_enforced_are_remembered(probe: Probe, c100: str) -> None:
    """Which change a stale version would have stopped."""
    probe.twin.behaviour.ignore_if_match.add("customers")
    probe.patch(c100, {"city": "X"}, if_match="*")
    probe.patch(c100, {"city": "Y"}, if_match='W/"old"')
    (sequence,) = probe.twin.environment.unmatched
    assert probe.twin.history[sequence - 1].after["city"] == "Y"
