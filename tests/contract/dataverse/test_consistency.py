"""Whatever is written, refused or undone: indexes, keys, pages and deltas tell the same story as the rows."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.dataverse.probe import Probe, part
from tests.emulator.probing import change_set

NUMBERS = ["C-1", "c-1 ", "C-2", "C-3", None]
IDS = [f"00000000-1111-4222-8333-44444444444{digit}" for digit in range(4)]
Step = tuple[str, str, str | None]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "upsert", "update", "delete", "undone", "bulk", "person", "key"]),
        st.sampled_from(IDS),
        st.sampled_from(NUMBERS),
    ),
    max_size=30,
)


def take(probe: Probe, company: str, step: Step) -> None:
    """One step; many of them are refused, and that is part of it."""
    kind, row_id, number = step
    bind = {"msdyn_company@odata.bind": f"/cdm_companies({company})"}
    body: dict[str, Any] = {"accountnumber": number, "name": kind, **bind}
    if kind == "create":
        probe.post("accounts", {"accountid": row_id, **body})
    elif kind == "upsert":
        probe.patch(f"accounts({row_id})", body)
    elif kind == "update":
        probe.patch(f"accounts({row_id})", body, if_match="*")
    elif kind == "delete":
        probe.delete(f"accounts({row_id})")
    elif kind == "undone":
        bad = part("POST", "accounts", {"Name": "x"}, "3")
        gone = part("DELETE", f"accounts({row_id})", None, "1")
        probe.batch(change_set(part("PATCH", f"accounts({IDS[0]})", body, "2"), gone, bad))
    elif kind == "bulk":
        typed = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
        targets = [typed | {"accountid": each, **body} for each in (row_id, IDS[3])]
        probe.post("accounts/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": targets})
    elif kind == "key" and number is not None:
        probe.patch(f"accounts(accountnumber='{number}',_msdyn_company_value={company})", {"name": kind})
    elif probe.twin.row("accounts", row_id) is not None:
        probe.twin.update("accounts", row_id, {"name": "person"})


@settings(max_examples=60, deadline=None)
@given(STEPS, STEPS)
def test_one_story(before: list[Step], after: list[Step]) -> None:
    """A mirror that follows deltas equals the table, and every way to read a row agrees."""
    probe = Probe()
    company = probe.company()
    probe.webhook("Create", "account")
    for step in before:
        take(probe, company, step)
    first = probe.get("accounts?$select=name,accountnumber", prefer="odata.track-changes")
    mirror = {row["accountid"]: row for row in first.rows}
    for step in after:
        take(probe, company, step)
    for change in probe.get(first.json["@odata.deltaLink"]).rows:
        if change.get("reason") == "deleted":
            mirror.pop(change["id"], None)
        else:
            mirror[change["accountid"]] = change
    rows = {row["accountid"]: row for row in probe.get("accounts?$select=name,accountnumber").rows}
    assert mirror == rows
    check_reads(probe, company, rows)


def check_reads(probe: Probe, company: str, rows: dict[str, dict[str, Any]]) -> None:
    """Filters, keys, pages and the stored rows agree."""
    assert list(rows) == sorted(row["accountid"] for row in probe.twin.rows("accounts"))
    folded = {row_id: (row["accountnumber"] or "").strip().lower() for row_id, row in rows.items()}
    filled = [number for number in folded.values() if number]
    assert len(filled) == len(set(filled))
    for number in ("C-1", "C-2", "C-3"):
        expected = [row_id for row_id, each in folded.items() if each == number.lower()]
        found = probe.get(f"accounts?$filter=accountnumber eq '{number}'").rows
        assert [row["accountid"] for row in found] == expected
        by_key = probe.get(f"accounts(accountnumber='{number}',_msdyn_company_value={company})")
        assert by_key.status == (200 if expected else 404)
    owned = probe.get(f"accounts/$count?$filter=_msdyn_company_value eq {company}")
    assert owned.text == f"\ufeff{len(rows)}"


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_history_replays(steps: list[Step]) -> None:
    """The history, replayed, gives the rows; calls and creates in it agree."""
    probe = Probe()
    company = probe.company()
    probe.webhook("Create", "account")
    known = len(probe.twin.history)
    for step in steps:
        take(probe, company, step)
    replayed: dict[str, dict[str, Any]] = {}
    for change in probe.twin.history[known:]:
        if change.operation == "delete":
            del replayed[change.id]
        else:
            replayed.setdefault(change.id, {}).update(change.after)
    stored = {str(row["accountid"]): row for row in probe.twin.rows("accounts")}
    assert {row_id: row.get("name") for row_id, row in replayed.items()} == {
        row_id: row["name"] for row_id, row in stored.items()
    }
    creates = [change.id for change in probe.twin.history[known:] if change.operation == "create"]
    assert [delivery.row_id for delivery in probe.twin.outbox] == creates
