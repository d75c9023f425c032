"""What no event tells of: a restore in place, and rows that a security policy hides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.finops.probe import CROSS, Probe, organization
from tests.emulator.finops.refusal import Refusal

HIDDEN = "CustomersV3(dataAreaId='usmf',CustomerAccount='US-002')"
KEY = {"dataAreaId": "usmf", "CustomerAccount": "US-002"}


def customer(probe: Probe, account: str, **values: Any) -> None:
    probe.twin.create("CustomersV3", organization(dataAreaId="usmf", CustomerAccount=account, **values))


@pytest.mark.parametrize("new_versions", [False, True])
def test_a_restore_in_place(probe: Probe, new_versions: bool) -> None:
    """Edits, creates and deletes since then are undone; the history knows nothing of it, and no event is sent."""
    for account in ("US-001", "US-002", "US-003"):
        customer(probe, account, SalesMemo="before")
    backup, etag = probe.twin.back_up(), probe.twin.etag("CustomersV3", KEY)
    probe.twin.update("CustomersV3", KEY, {"SalesMemo": "after"})
    probe.twin.delete("CustomersV3", {**KEY, "CustomerAccount": "US-003"})
    customer(probe, "US-004")
    history, outbox = len(probe.twin.history), len(probe.twin.outbox)
    assert probe.twin.put_back(backup, new_versions=new_versions) == 3
    page = probe.get(f"CustomersV3?$filter=dataAreaId eq 'usmf'&{CROSS}")
    assert {"US-001", "US-002", "US-003"} <= set(page.column("CustomerAccount"))
    assert "US-004" not in page.column("CustomerAccount")
    assert probe.get(f"{HIDDEN}?{CROSS}").json["SalesMemo"] == "before"
    assert (probe.twin.etag("CustomersV3", KEY) == etag) != new_versions
    assert (len(probe.twin.history), len(probe.twin.outbox)) == (history, outbox)


def test_a_row_that_a_policy_hides_reads_as_absent(probe: Probe) -> None:
    """Neither its key nor a page shows it, and it can be neither changed nor created; people in the product see it."""
    customer(probe, "US-001")
    customer(probe, "US-002")
    probe.twin.behaviour.hidden_rows["CustomersV3"] = lambda row: row["CustomerAccount"] == "US-002"
    assert probe.get(f"{HIDDEN}?{CROSS}").status == 404
    assert "US-002" not in probe.get(f"CustomersV3?{CROSS}").column("CustomerAccount")
    assert probe.get(f"CustomersV3?{CROSS}&$filter=CustomerAccount eq 'US-002'").column("CustomerAccount") == []
    assert probe.patch(f"{HIDDEN}?{CROSS}", {"SalesMemo": "x"}).status == 400
    refused = probe.post(f"CustomersV3?{CROSS}", organization(dataAreaId="usmf", CustomerAccount="US-002"))
    assert refused.status == 400
    probe.twin.update("CustomersV3", KEY, {"SalesMemo": "seen"})
    with pytest.raises(Refusal):
        customer(probe, "US-002")
