"""Change tracking: full reads, delta links, deletes, and tokens that are too old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.dataverse.probe import Probe, Said

TRACK = "odata.track-changes"


def read(probe: Probe, link: str, prefer: str = TRACK) -> tuple[list[dict[str, Any]], str]:
    """All pages from a link on; their members and the delta link on the last page."""
    members: list[dict[str, Any]] = []
    while True:
        said = probe.get(link, prefer=prefer)
        assert said.status == 200, said.text
        members += said.rows
        if "@odata.nextLink" not in said.json:
            return members, str(said.json["@odata.deltaLink"])
        assert "@odata.deltaLink" not in said.json
        link = said.json["@odata.nextLink"]


def start(probe: Probe, table: str = "accounts") -> str:
    return read(probe, f"{table}?$select=name" if table == "accounts" else table)[1]


def ids(members: list[dict[str, Any]]) -> list[str]:
    return [str(member.get("accountid", member.get("id"))) for member in members]


def test_first_read(probe: Probe) -> None:
    """The first read gives all rows and, at its end, a link to what comes later."""
    row_id = probe.created("accounts", name="A")
    said = probe.get("accounts?$select=name", prefer=TRACK)
    assert said.headers["preference-applied"] == TRACK
    assert said.json["@odata.context"].endswith("$metadata#accounts(name)")
    assert [row["accountid"] for row in said.rows] == [row_id]
    link = said.json["@odata.deltaLink"]
    assert link.startswith("http://127.0.0.1:7081/api/data/v9.2/accounts?$select=name&$deltatoken=")
    assert link.endswith("%2101%2f06%2f2025%2009%3a00%3a00")


def test_nothing_changed(probe: Probe) -> None:
    """Without changes the answer is empty and carries a new link."""
    probe.created("accounts")
    members, link = read(probe, start(probe))
    assert members == []
    assert "$deltatoken=" in link


def test_changes(probe: Probe) -> None:
    """Created and updated rows look alike, with the chosen columns as they are now; each stands once."""
    old = probe.created("accounts", name="old")
    same = probe.created("accounts", name="same")
    link = start(probe)
    new = probe.created("accounts", name="new")
    for name in ("x", "y", "renamed"):
        probe.patch(f"accounts({old})", {"name": name})
    said = probe.get(link, prefer=TRACK)
    assert said.json["@odata.context"].endswith("$metadata#accounts(name)/$delta")
    assert [(row["accountid"], row["name"]) for row in said.rows] == [(new, "new"), (old, "renamed")]
    assert all(set(row) == {"@odata.etag", "name", "accountid"} for row in said.rows)
    assert same not in ids(said.rows)
    assert read(probe, said.json["@odata.deltaLink"])[0] == []


def test_deletes(probe: Probe) -> None:
    """Deleted rows come after changed ones, with their id and the reason."""
    gone, kept = probe.created("accounts"), probe.created("accounts")
    link = start(probe)
    probe.delete(f"accounts({gone})")
    probe.patch(f"accounts({kept})", {"name": "B"})
    changed, deleted = probe.get(link).rows
    assert changed["accountid"] == kept
    assert deleted == {
        "@odata.context": "http://127.0.0.1:7081/api/data/v9.2/$metadata#accounts/$deletedEntity",
        "id": gone,
        "reason": "deleted",
    }


def test_created_and_deleted_between(probe: Probe) -> None:
    """A row that came and went shows as deleted only."""
    link = start(probe)
    row_id = probe.created("accounts")
    probe.delete(f"accounts({row_id})")
    assert [row.get("reason") for row in probe.get(link).rows] == ["deleted"]


def test_deleted_and_created_again(probe: Probe) -> None:
    """A row that is there again shows as changed only."""
    row_id = probe.created("accounts", name="A")
    link = start(probe)
    probe.delete(f"accounts({row_id})")
    probe.post("accounts", {"accountid": row_id, "name": "B"})
    assert [row.get("name") for row in probe.get(link).rows] == ["B"]


def test_refused_writes_leave_no_trace(probe: Probe) -> None:
    """What was undone is no change."""
    row_id = probe.created("accounts")
    link = start(probe)
    target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "A"}
    bad = [target, target | {"accountid": row_id}]
    assert probe.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": bad}).status == 412
    assert probe.get(link).rows == []


@pytest.mark.parametrize(
    "option", ["$filter=name eq 'A'", "$orderby=name", "$expand=primarycontactid", "$top=1", "$count=true"]
)
def test_only_a_choice_of_columns(probe: Probe, option: str) -> None:
    """Nothing but $select may be combined, in the first read and with a token."""
    link = start(probe)
    name = option.partition("=")[0]
    for said in (probe.get(f"accounts?{option}", prefer=TRACK), probe.get(f"{link}&{option}")):
        assert said.refusal == (400, "0x80060888")
        assert said.message == f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'


def test_tables_without_tracking(probe: Probe) -> None:
    """Tracking must be enabled."""
    probe.twin.environment.table("contacts").definition.change_tracking = False
    said = probe.get("contacts", prefer=TRACK)
    assert said.refusal == (400, "0x80072491")
    assert said.message == "Entity contact isn't enabled for change tracking."
    assert probe.get("systemusers", prefer=TRACK).refusal == (400, "0x80072491")


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_paging_of_the_first_read(probe: Probe, size: int) -> None:
    """The first read comes in pages; rows that change meanwhile come with the delta."""
    rows = sorted(probe.created("accounts", name=str(number)) for number in range(5))
    first = probe.get("accounts?$select=name", prefer=f"{TRACK},odata.maxpagesize={size}")
    probe.patch(f"accounts({rows[0]})", {"name": "changed"})
    probe.delete(f"accounts({rows[4]})")
    late = probe.created("accounts", name="late")
    members, link = first.rows, first.json.get("@odata.deltaLink")
    if "@odata.nextLink" in first.json:
        rest, link = read(probe, first.json["@odata.nextLink"], f"{TRACK},odata.maxpagesize={size}")
        members = members + rest
    assert set(rows[:4]) <= set(ids(members))
    assert len(ids(members)) == len(set(ids(members)))
    assert set(ids(read(probe, str(link))[0])) == {rows[0], rows[4], late}


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_paging_of_changes(probe: Probe, size: int) -> None:
    """Long deltas come in pages; what changes meanwhile comes with the next delta, and nothing is lost."""
    rows = [probe.created("accounts", name=str(number)) for number in range(4)]
    link = start(probe)
    for row_id in rows[:3]:
        probe.patch(f"accounts({row_id})", {"name": "changed"})
    probe.delete(f"accounts({rows[3]})")
    prefer = f"{TRACK},odata.maxpagesize={size}"
    first = probe.get(link, prefer=prefer)
    probe.patch(f"accounts({rows[2]})", {"name": "again"})
    members, later = first.rows, first.json.get("@odata.deltaLink")
    if "@odata.nextLink" in first.json:
        rest, later = read(probe, first.json["@odata.nextLink"], prefer)
        members = members + rest
    assert [each for each in ids(members) if each != rows[2]] == [rows[0], rows[1], rows[3]]
    assert ids(read(probe, str(later))[0]) == [rows[2]]


def test_next_links_need_the_preference(probe: Probe) -> None:
    """Pages of a tracked read are followed with the same header."""
    for _ in range(3):
        probe.created("accounts")
    link = probe.get("accounts", prefer=f"{TRACK},odata.maxpagesize=2").json["@odata.nextLink"]
    assert probe.get(link, prefer="odata.maxpagesize=2").refusal == (400, "0x80060888")
    assert probe.get(link, prefer=f"{TRACK},odata.maxpagesize=2").status == 200


def expired(said: Said) -> bool:
    return said.refusal == (400, "0x80044352") and "full sync" in said.message


def test_tokens_expire(probe: Probe) -> None:
    """A token lives for seven days."""
    link = start(probe)
    probe.pass_time(7 * 86_400)
    assert probe.get(link).status == 200
    probe.pass_time(1)
    assert expired(probe.get(link))
    assert probe.get(start(probe)).status == 200


def test_life_of_tokens_is_a_setting(probe: Probe) -> None:
    """The organisation decides how long tokens live."""
    link = start(probe)
    probe.twin.update("organizations", probe.twin.organization_id, {"expirechangetrackingindays": 1})
    probe.pass_time(86_401)
    assert expired(probe.get(link))


def test_tokens_expire_on_order(probe: Probe) -> None:
    """Every token issued so far can be made to expire; those issued afterwards are good."""
    link = start(probe)
    probe.twin.behaviour.expire_delta_tokens = True
    assert expired(probe.get(link))
    assert expired(probe.get(link))
    assert probe.get(start(probe)).status == 200


def test_status_of_expiry_is_a_switch(probe: Probe) -> None:
    """The status is not documented; a client must go by the code."""
    link = start(probe)
    probe.twin.behaviour.expired_delta_status = 410
    probe.twin.behaviour.expire_delta_tokens = True
    assert probe.get(link).refusal == (410, "0x80044352")


def test_tokens_of_another_environment(probe: Probe) -> None:
    """After a restore a token from the future is not good."""
    for _ in range(5):
        probe.created("accounts")
    assert expired(Probe().get(start(probe)))


@pytest.mark.parametrize("token", ["1", "x", "1!yesterday", ""])
def test_malformed_tokens(probe: Probe, token: str) -> None:
    """A token is repeated as it was given."""
    assert probe.get(f"accounts?$deltatoken={token}").refusal == (400, "0x80060888")


def test_annotations_lose_the_link(probe: Probe) -> None:
    """With annotations the delta link is missing, as reported of the service."""
    said = probe.get("accounts", prefer=f'{TRACK},odata.include-annotations="*"')
    assert said.status == 200
    assert "@odata.deltaLink" not in said.json


def test_counting_changes(probe: Probe) -> None:
    """Pending changes can be counted."""
    row_id = probe.created("accounts")
    token = start(probe).partition("$deltatoken=")[2]
    probe.patch(f"accounts({row_id})", {"name": "A"})
    probe.delete(f"accounts({probe.created('accounts')})")
    assert probe.get(f"accounts/$count?$deltatoken={token}").answer.body == b"\xef\xbb\xbf2"
    assert probe.get(f"accounts/$count?$deltatoken={token}&$filter=name eq 'A'").refusal == (400, "0x80060888")


def test_tracking_sees_what_reads_do_not_yet(probe: Probe) -> None:
    """A delay of visibility does not make tracking lose a change."""
    link = start(probe)
    probe.twin.behaviour.visible_after = 60
    row_id = probe.created("accounts")
    assert ids(probe.get(link).rows) == [row_id]


def test_a_change_that_is_committed_late_comes_behind_a_token_that_is_beyond_it(probe: Probe) -> None:
    """Its version was given out first: who goes on from the later token alone never sees it."""
    link = start(probe)
    probe.twin.behaviour.slow_commits = 60
    row_id = probe.created("accounts")
    early = probe.get(link)
    assert early.rows == []
    probe.now += timedelta(seconds=61)
    assert ids(probe.get(link).rows) == [row_id]
    assert probe.get(early.json["@odata.deltaLink"]).rows == []


def test_loaded_rows_are_changes(probe: Probe) -> None:
    """Rows that were loaded have versions like others."""
    link = start(probe)
    probe.twin.load("accounts", [{"name": "A"}, {"name": "B"}])
    assert len(probe.get(link).rows) == 2
