"""What people do in the product, what is remembered of it, and how demo data is loaded."""

from __future__ import annotations

import json

import pytest

from tests.emulator.dataverse import BASE_CURRENCY_ID, DataverseTwin, Refusal
from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.identity import APP_ID

ABSENT = "00000000-1111-4222-8333-444444444444"


def test_people_are_validated(probe: Probe) -> None:
    """People are refused what the wire is refused."""
    with pytest.raises(Refusal) as refusal:
        probe.twin.create("accounts", {"name": "x" * 161})
    assert (refusal.value.status, refusal.value.code) == (400, "0x80044331")
    with pytest.raises(Refusal, match="404 0x80040217"):
        probe.twin.update("accounts", ABSENT, {"name": "A"})
    with pytest.raises(Refusal, match="404 0x80040217"):
        probe.twin.delete("accounts", ABSENT)
    with pytest.raises(Refusal, match="404 0x8006088a"):
        probe.twin.create("nothing", {})
    assert probe.twin.history == []


def test_history(probe: Probe) -> None:
    """Every committed change is remembered with who, what, before and after."""
    row_id = probe.twin.create("accounts", {"name": "A"}, user="otto")
    probe.pass_time(60)
    probe.patch(f"accounts({row_id})?tag=koppel", {"name": "B", "fax": None})
    probe.twin.delete("accounts", row_id)
    create, update, delete = probe.twin.history
    assert [change.sequence for change in probe.twin.history] == [1, 2, 3]
    assert (create.user, create.app, create.tag, create.operation) == ("otto", None, None, "create")
    assert (update.app, update.tag, update.operation) == (APP_ID, "koppel", "update")
    assert (delete.user, delete.table, delete.id) == ("anna", "accounts", row_id)
    assert (create.before, create.after["name"]) == ({}, "A")
    assert (dict(update.before), dict(update.after)) == ({"name": "A"}, {"name": "B"})
    assert update.sent == ("name", "fax")
    assert (delete.before["name"], delete.after) == ("B", {})
    assert (update.time - create.time).total_seconds() == 60


def test_history_shows_what_the_platform_changed(probe: Probe) -> None:
    """Values that follow from others are changes too; stamps of every write are not."""
    row_id = probe.created("contacts", firstname="Mia", lastname="Novak")
    probe.twin.update("contacts", row_id, {"firstname": "Mira"})
    assert dict(probe.twin.history[-1].after) == {"firstname": "Mira", "fullname": "Mira Novak"}


def test_people_have_rows(probe: Probe) -> None:
    """Whoever does something is a user of the environment, the same one every time."""
    rows = [probe.twin.row("accounts", probe.twin.create("accounts", {}, user="otto")) for _ in range(2)]
    owners = {row["_ownerid_value"] for row in rows if row is not None}
    assert len(owners) == 1
    assert probe.get(f"systemusers({owners.pop()})?$select=fullname").json["fullname"] == "otto"


def test_rows_as_stored(probe: Probe) -> None:
    """Rows are seen as they are stored, whatever reads see yet."""
    probe.twin.behaviour.visible_after = 60
    row_id = probe.created("accounts", name="A")
    row = probe.twin.row("accounts", row_id.upper())
    assert row is not None
    assert (row["name"], row["_primarycontactid_value"]) == ("A", None)
    assert [each["accountid"] for each in probe.twin.rows("accounts")] == [row_id]
    assert probe.twin.row("accounts", ABSENT) is None


def test_merge(probe: Probe) -> None:
    """The loser of a merge stays, inactive, and names its master."""
    winner, loser = probe.created("accounts", name="A"), probe.created("accounts", name="B")
    probe.webhook("Update", "account")
    probe.twin.merge("accounts", winner, loser)
    row = probe.get(f"accounts({loser})").json
    assert (row["merged"], row["_masterid_value"], row["statecode"]) == (True, winner, 1)
    assert len(probe.twin.outbox) == 1
    with pytest.raises(Refusal):
        probe.twin.merge("accounts", ABSENT, loser)


def test_loading(probe: Probe) -> None:
    """Loaded rows are complete, without events and history."""
    probe.webhook("Create", "account")
    count = len(probe.twin.history)
    company = probe.company()
    row = {
        "accountid": ABSENT,
        "name": "A",
        "accountnumber": "C-1",
        "creditlimit": 2.345,
        "createdon": "2020-05-05T05:05:05Z",
        "merged": True,
        "msdyn_company@odata.bind": f"/cdm_companies({company})",
        "primarycontactid@odata.bind": "/contacts(00000000-1111-4222-8333-999999999999)",
    }
    probe.twin.load("accounts", [row])
    assert len(probe.twin.history) == count + 1
    assert probe.twin.outbox == []
    found = probe.get(f"accounts(accountnumber='C-1',_msdyn_company_value={company})").json
    assert (found["accountid"], found["creditlimit"], found["createdon"]) == (ABSENT, 2.35, "2020-05-05T05:05:05Z")
    assert found["_transactioncurrencyid_value"] == BASE_CURRENCY_ID
    assert found["merged"] is True


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"name": "x" * 161}, "0x80044331"),
        ({"customertypecode": 99}, "0x8004431a"),
        ({"Name": "A"}, "0x80048d19"),
        ({"primarycontactid@odata.bind": "/contacts(1)"}, "0x80060888"),
        ({"msdyn_company@odata.bind": "/cdm_companies(cdm_companycode='X')"}, "0x80060891"),
    ],
)
def test_loading_is_checked(probe: Probe, row: dict[str, object], code: str) -> None:
    """Loaded rows are checked like created ones."""
    with pytest.raises(Refusal) as refusal:
        probe.twin.load("accounts", [row])
    assert refusal.value.code == code


def test_loading_keeps_keys(probe: Probe) -> None:
    """Loaded rows must not share a key; a known id replaces its row."""
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({probe.company()})"}
    row = {"accountid": ABSENT, "accountnumber": "C-1", **bind}
    probe.twin.load("accounts", [row])
    with pytest.raises(Refusal, match="0x80060892"):
        probe.twin.load("accounts", [{"accountnumber": "c-1", **bind}])
    probe.twin.load("accounts", [row | {"name": "B"}])
    assert [each["name"] for each in probe.twin.rows("accounts")] == ["B"]


def test_same_seed_same_twin() -> None:
    """The same calls on the same seed give the same bytes; reading in between does not change what is created."""

    def run(seed: int, reads: int) -> list[bytes]:
        probe = Probe(seed)
        probe.webhook("Create", "account")
        said = [probe.get("accounts").answer.body for _ in range(reads)]
        said = [probe.post("accounts", {"name": name}, prefer="return=representation").answer.body for name in "abc"]
        return [*said, probe.batch(part("GET", "accounts")).answer.body, probe.twin.outbox[0].body]

    assert run(1, 0) == run(1, 0)
    assert run(1, 0)[:3] == run(1, 5)[:3]
    assert run(1, 0)[:3] != run(2, 0)[:3]


def test_seeds_are_environments() -> None:
    """Twins of different seeds are different organisations."""
    assert Probe(1).twin.organization_id == Probe(1).twin.organization_id != Probe(2).twin.organization_id


def test_other_addresses() -> None:
    """A twin answers for the address it was given, with or without a slash at its end."""
    probe = Probe()
    twin = DataverseTwin(clock=lambda: probe.now, identity=probe.identity, url="https://contoso.crm4.dynamics.com/")
    probe.twin, probe.token = twin, probe.identity.issue("https://contoso.crm4.dynamics.com")
    said = probe.post("accounts", {"name": "A"})
    assert said.headers["location"].startswith("https://contoso.crm4.dynamics.com/api/data/v9.2/accounts(")
    assert json.loads(probe.get("accounts").answer.body)["@odata.context"].startswith("https://contoso.crm4")
