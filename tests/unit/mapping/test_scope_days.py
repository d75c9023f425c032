"""Scopes that hang on the day: it is handed in, and what time takes out is told from what people take out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.mapping import Scope, compile_scope, entity
from tests.unit.mapping.maps import GROUP, KEY, built, map_text, problems

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
RECENT = "createdon ge today - 30 days"


def scope(text: str, at: datetime = NOON, table: str = "accounts") -> Scope:
    return compile_scope(text, entity("dataverse", table)).by(lambda: at)


@pytest.mark.parametrize(
    ("text", "created", "inside"),
    [
        (RECENT, "2024-01-31T00:00:00Z", True),
        (RECENT, "2024-01-30T23:59:59Z", False),
        (RECENT, None, False),
        ("createdon gt today", "2024-03-01T08:00:00Z", True),
        ("createdon lt today", "2024-02-29T23:00:00Z", True),
        ("createdon le today-365 days", "2023-03-03T00:00:00Z", False),
        ("createdon le TODAY - 365 Days", "2023-03-02T00:00:00Z", True),
        ("createdon lt today + 1 day", "2024-03-01T23:59:59Z", True),
        ("not (createdon lt today - 30 days)", "2024-01-31T00:00:00Z", True),
    ],
)
def test_days_that_move(text: str, created: str | None, inside: bool) -> None:
    """The days are counted from today in UTC; a blank is neither before nor after."""
    assert scope(text).includes({"createdon": created}) is inside


def test_nothing_is_known_of_a_day_that_was_not_read() -> None:
    assert not scope(RECENT).includes({})
    assert not scope(f"not ({RECENT})").includes({})


@pytest.mark.parametrize(
    ("at", "pushed"),
    [
        (NOON, "createdon ge 2024-01-31T00:00:00Z"),
        (NOON + timedelta(days=1), "createdon ge 2024-02-01T00:00:00Z"),
        (datetime(2024, 3, 2, 1, tzinfo=timezone(timedelta(hours=2))), "createdon ge 2024-01-31T00:00:00Z"),
    ],
)
def test_the_server_is_told_a_moment(at: datetime, pushed: str) -> None:
    assert scope(RECENT, at).pushed == pushed


def test_a_day_of_finance_and_operations() -> None:
    found = compile_scope("LoyaltyEnrollmentDate ge today - 1 day", entity("finops", "RetailLoyaltyCards"))
    assert found.by(lambda: NOON).pushed == "LoyaltyEnrollmentDate ge 2024-02-29T00:00:00Z"
    assert not found.by(lambda: NOON).includes({"LoyaltyEnrollmentDate": "1900-01-01T00:00:00Z"})


def test_a_text_that_speaks_of_days_is_a_text() -> None:
    assert scope("name eq 'today - 30 days'").includes({"name": "today - 30 days"})


def test_a_scope_without_days_needs_no_clock() -> None:
    found = compile_scope("name eq 'x'", entity("dataverse", "accounts"))
    assert found.by(lambda: NOON) is found
    with pytest.raises(RuntimeError, match="without a clock"):
        compile_scope(RECENT, entity("dataverse", "accounts")).includes({"createdon": None})


@pytest.mark.parametrize(
    ("text", "row", "lapsed"),
    [
        (RECENT, {"createdon": "2024-01-30T09:00:00Z"}, True),
        (RECENT, {"createdon": "2024-02-20T09:00:00Z"}, False),
        (RECENT, {"createdon": None}, False),
        (f"{RECENT} and statecode eq 0", {"createdon": "2023-01-30T09:00:00Z", "statecode": 0}, True),
        (f"{RECENT} and statecode eq 0", {"createdon": "2024-02-20T09:00:00Z", "statecode": 1}, False),
        (f"{RECENT} and statecode eq 0", {"createdon": "2023-01-30T09:00:00Z", "statecode": 1}, False),
        ("createdon lt today - 30 days", {"createdon": "2024-02-20T09:00:00Z"}, False),
        ("not (createdon lt today - 30 days)", {"createdon": "2024-01-20T09:00:00Z"}, True),
        ("statecode eq 0", {"statecode": 1}, False),
    ],
)
def test_what_time_takes_out(text: str, row: dict[str, Any], lapsed: bool) -> None:
    """A record has aged out if it was inside on an earlier day as it stands; one that somebody moved has not."""
    assert scope(text).lapsed(row) is lapsed


def test_the_map_is_the_same_on_another_day() -> None:
    """What was approved yesterday holds today."""
    text = map_text(KEY, GROUP, dataverse=f"{{table: accounts, scope: {RECENT}}}")
    found = built(text)
    assert found.by(lambda: NOON).fingerprint == found.by(lambda: NOON + timedelta(days=1)).fingerprint
    assert found.by(lambda: NOON).dataverse.scope.includes({"createdon": "2024-02-20T09:00:00Z"})


def test_time_alone_deletes_nothing() -> None:
    policy = "{leaves: delete}"
    (problem,) = problems(map_text(KEY, GROUP, policy=policy, dataverse=f"{{table: accounts, scope: {RECENT}}}"))
    assert problem.field == "policy.leaves"
    assert problem.what == "the scope of accounts hangs on the day: records would be deleted because time passes"
    assert problem.remedy == "write leaves: keep, or leaves: uncouple"


def test_an_edit_of_another_row_deletes_nothing() -> None:
    policy, looks = "{leaves: delete}", "transactioncurrencyid.isocurrencycode eq 'EUR'"
    (problem,) = problems(map_text(KEY, GROUP, policy=policy, dataverse=f"{{table: accounts, scope: {looks}}}"))
    assert problem.field == "policy.leaves"
    what = "the scope of accounts looks into other rows: records would be deleted because one of those was edited"
    assert (problem.what, problem.remedy) == (what, "write leaves: keep, or leaves: uncouple")
