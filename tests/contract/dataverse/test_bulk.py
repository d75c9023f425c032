"""CreateMultiple, UpdateMultiple and UpsertMultiple."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe, Said

PREFIX = "Microsoft.Dynamics.CRM."
IDS = [f"00000000-1111-4222-8333-44444444444{digit}" for digit in range(4)]


def send(probe: Probe, message: str, *targets: dict[str, Any], query: str = "") -> Said:
    """A bulk message for accounts, with the type filled in."""
    typed = [{"@odata.type": f"{PREFIX}account", **target} for target in targets]
    return probe.post(f"accounts/{PREFIX}{message}{query}", {"Targets": typed})


def names(probe: Probe) -> list[str]:
    return sorted(str(row["name"]) for row in probe.twin.rows("accounts"))


def test_create_multiple(probe: Probe) -> None:
    """Many rows are made at once; their ids come back in order."""
    said = send(probe, "CreateMultiple", {"name": "A"}, {"name": "B", "accountid": IDS[0]})
    assert said.status == 200
    assert said.json["@odata.context"].endswith("$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse")
    assert [probe.get(f"accounts({row_id})").json["name"] for row_id in said.json["Ids"]] == ["A", "B"]
    assert said.json["Ids"][1] == IDS[0]


def test_create_multiple_with_lookups(probe: Probe) -> None:
    """Lookups are bound as usual."""
    company = probe.company()
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
    said = send(probe, "CreateMultiple", {"accountnumber": "C-1", **bind}, {"accountnumber": "C-2", **bind})
    assert said.status == 200
    assert probe.get(f"accounts(accountnumber='C-2',_msdyn_company_value={company})").status == 200


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        ({"name": "x" * 161}, (400, "0x80044331")),
        ({"Name": "B"}, (400, "0x80048d19")),
        ({"name": "B", "accountid": IDS[3]}, (412, "0x80040237")),
        ({"primarycontactid@odata.bind": f"/contacts({IDS[0]})"}, (404, "0x80040217")),
    ],
)
def test_all_or_nothing(probe: Probe, bad: dict[str, Any], refusal: tuple[int, str]) -> None:
    """One bad target refuses all, with the ordinary error and no row index."""
    probe.created("accounts", name="there", accountid=IDS[3])
    said = send(probe, "CreateMultiple", {"name": "A"}, bad, {"name": "C"})
    assert said.refusal == refusal
    assert set(said.json["error"]) == {"code", "message"}
    assert names(probe) == ["there"]
    assert len(probe.twin.history) == 1
    assert probe.twin.outbox == []


def test_keys_within_a_request(probe: Probe) -> None:
    """Targets of one request must not share a key either."""
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({probe.company()})"}
    said = send(probe, "CreateMultiple", {"accountnumber": "C-1", **bind}, {"accountnumber": "c-1", **bind})
    assert said.refusal == (412, "0x80060892")
    assert names(probe) == []


@pytest.mark.parametrize("message", ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Targets": []},
        {"Targets": {}},
        {"targets": [{"@odata.type": f"{PREFIX}account"}]},
        {"Targets": [{"name": "A"}]},
        {"Targets": [{"@odata.type": f"{PREFIX}contact", "accountid": IDS[0], "name": "A"}]},
        {"Targets": [{"@odata.type": "account", "accountid": IDS[0], "name": "A"}]},
        {"Targets": ["A"]},
        {"Targets": [{"@odata.type": f"{PREFIX}account", "accountid": IDS[0], "name": "A"}], "x": 1},
    ],
)
def test_bad_bodies(probe: Probe, message: str, body: dict[str, Any]) -> None:
    """Every target needs the type of the table; nothing else stands in the body."""
    probe.created("accounts", accountid=IDS[0])
    assert probe.post(f"accounts/{PREFIX}{message}", body).refusal == (400, "0x80048d19")


def test_update_multiple(probe: Probe) -> None:
    """Rows are updated by id."""
    rows = [probe.created("accounts", name="old") for _ in range(2)]
    said = send(probe, "UpdateMultiple", *({"accountid": row_id, "name": "new"} for row_id in rows))
    assert (said.status, said.text) == (204, "")
    assert names(probe) == ["new", "new"]


def test_update_multiple_of_an_absent_row(probe: Probe) -> None:
    """A row that is not there refuses the whole request."""
    row_id = probe.created("accounts", name="old")
    said = send(probe, "UpdateMultiple", {"accountid": row_id, "name": "new"}, {"accountid": IDS[0], "name": "new"})
    assert said.refusal == (404, "0x80040217")
    assert names(probe) == ["old"]


def test_update_multiple_takes_no_keys(probe: Probe) -> None:
    """Updates are addressed by primary id only."""
    company = probe.company()
    probe.account("C-1", company)
    link = f"accounts(accountnumber='C-1',_msdyn_company_value={company})"
    assert send(probe, "UpdateMultiple", {"@odata.id": link, "name": "B"}).refusal == (400, "0x8006088f")
    assert send(probe, "UpdateMultiple", {"name": "B"}).refusal == (400, "0x80040203")


def test_update_multiple_with_doubles(probe: Probe) -> None:
    """Of two targets for one row the first counts."""
    row_id = probe.created("accounts", name="old")
    first, second = ({"accountid": row_id, "name": name} for name in ("first", "second"))
    assert send(probe, "UpdateMultiple", first, second).status == 204
    assert names(probe) == ["first"]


def test_upsert_multiple(probe: Probe) -> None:
    """Rows are made or updated, by id or by alternate key, without a word on which."""
    company = probe.company()
    probe.account("C-1", company)
    links = [f"accounts(accountnumber='C-{number}',_msdyn_company_value={company})" for number in (1, 2)]
    targets = [{"@odata.id": link, "name": "new"} for link in links]
    said = send(probe, "UpsertMultiple", *targets, {"accountid": IDS[0], "name": "new"})
    assert (said.status, said.text) == (204, "")
    assert names(probe) == ["new"] * 3
    assert probe.get(links[1]).json["accountnumber"] == "C-2"


def test_upsert_multiple_with_doubles(probe: Probe) -> None:
    """Two targets for one row refuse the request."""
    targets = [{"accountid": IDS[0], "name": name} for name in ("first", "second")]
    assert send(probe, "UpsertMultiple", *targets).refusal == (400, "0x80040203")
    assert names(probe) == []


def test_upsert_multiple_of_another_table(probe: Probe) -> None:
    """All targets are of one table."""
    said = send(probe, "UpsertMultiple", {"@odata.id": f"contacts({IDS[0]})", "name": "A"})
    assert said.refusal == (400, "0x80060888")


def test_delete_multiple(probe: Probe) -> None:
    """Ordinary tables do not have it."""
    said = send(probe, "DeleteMultiple", {"accountid": IDS[0]})
    assert said.refusal == (501, "0x8006088a")
    assert said.message == "DeleteMultiple has not yet been implemented."


def test_other_actions(probe: Probe) -> None:
    """Other actions are not known, and reading is no way to act."""
    assert send(probe, "Merge", {}).refusal == (501, "0x8006088a")
    assert probe.get(f"accounts/{PREFIX}CreateMultiple").status == 405


def test_not_every_table_has_them(probe: Probe) -> None:
    """A table has the messages for which there is a message filter."""
    found = probe.get(
        "sdkmessagefilters?$filter=sdkmessageid/name eq 'CreateMultiple' and primaryobjecttypecode eq 'account'"
    ).rows
    assert len(found) == 1
    probe.delete(f"sdkmessagefilters({found[0]['sdkmessagefilterid']})")
    assert send(probe, "CreateMultiple", {"name": "A"}).refusal == (400, "0x80040800")
    assert send(probe, "UpsertMultiple", {"name": "A"}).refusal == (400, "0x80040800")
    row_id = probe.created("accounts")
    assert send(probe, "UpdateMultiple", {"accountid": row_id, "name": "A"}).status == 204


def test_one_request_counts_once(probe: Probe) -> None:
    """A bulk message is one request."""
    said = send(probe, "CreateMultiple", *({"name": str(number)} for number in range(50)))
    assert said.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "5999"


def test_tags(probe: Probe) -> None:
    """The tag reaches every row."""
    send(probe, "CreateMultiple", {"name": "A"}, {"name": "B"}, query="?tag=koppel")
    assert [change.tag for change in probe.twin.history] == ["koppel", "koppel"]
