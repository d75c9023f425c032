"""Switches that make the twin as awkward as the real service can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(slots=True)
class Behaviour:
    """How the twin behaves from now on. Everything starts as documented; a test changes what it is about.

    max_page_size: rows of a page at most; who asks for more is refused. page_shift: orders for the next page links, one
    each: `repeat` gives the last row of a page again on the next page, `skip` leaves the next page's first row out.
    default_company: of the service user, by name; without one a request has to name its company.
    sign_in: `entra` (online) or `basic` (a user and his web service access key, on premises). application: `missing`
    stands for a client id that nobody entered in Business Central.
    api_enabled: off, every call is answered with 405 (on premises it starts so).
    missing_permissions: sets that the service user may not use, or `customers:modify` for one operation (read, insert,
    modify, delete). hidden_rows: set to what a security filter hides from callers.
    gone: per set, properties that another version does not have.
    broken_sets: sets of which no request is answered but with 500. broken_rows: set to the rows of which something that
    is worked out fails, so that whoever asks for more than their id gets a 500 for the whole page.
    locked: statuses of the next writes over the wire, each refused because somebody holds a lock: 409 or 500.
    refused_values: per set and property, values that business logic refuses. cut: per set and property, how many
    characters business logic leaves of a text, whoever wrote it. noted: per set and property, the other property in
    which it makes a note when that one changes, and its first word. insisted: per set, what it puts into properties
    with each write over the wire, whatever the body says, and answers as if nothing were wrong.
    request_limit, window_seconds: requests of a user over a sliding window; a batch counts as one, or with
    batch_counts_parts as its parts. refuse_concurrent: so many next requests are refused as too many at once;
    refuse_busy: so many as waiting too long in the queue (503), with retry_after seconds. retry_after_limit: seconds
    that a 429 names, which is not documented.
    connector: whether Koppel's extension is published there, so that its pages are served.
    given_ids: what becomes of an id in a POST where the page makes its own: `replace` or `refuse`.
    missing_token_status: of a write without `If-Match`. ignore_if_match: sets that do not enforce it.
    nulls: what becomes of null in a body.
    continues: a batch goes on behind a failed part, whatever it asked for.
    replica_lag: seconds by which the replica is behind.
    late_commits: seconds by which stamps of people's edits are older than what they become visible at, one for each of
    the next: a long transaction.
    rename_stamps: rows that follow a rename get a new stamp, and are told of.
    notifications: off, nothing is told to anybody. notification_delay: seconds that changes are collected.
    most_items: of a subscription in one notification. most_kept: items of a company that wait to be sent; what comes
    behind them is told to nobody. most_subscriptions: of the environment. subscription_days: how
    long one lives. unsupported_webhooks: sets that nobody can subscribe to in this version.
    cannot_schedule: users whose changes are held until somebody else changes the same table.
    """

    max_page_size: int = 20_000
    page_shift: list[Literal["repeat", "skip"]] = field(default_factory=list)
    default_company: str = ""
    sign_in: Literal["entra", "basic"] = "entra"
    application: Literal["registered", "missing"] = "registered"
    api_enabled: bool = True
    missing_permissions: set[str] = field(default_factory=set)
    hidden_rows: dict[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    gone: dict[str, frozenset[str]] = field(default_factory=dict)
    broken_sets: set[str] = field(default_factory=set)
    broken_rows: dict[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    locked: list[int] = field(default_factory=list)
    refused_values: dict[str, dict[str, frozenset[Any]]] = field(default_factory=dict)
    cut: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    noted: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    insisted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    request_limit: int = 6000
    window_seconds: int = 300
    batch_counts_parts: bool = False
    refuse_concurrent: int = 0
    refuse_busy: int = 0
    retry_after: int = 30
    retry_after_limit: int | None = None
    connector: bool = True
    given_ids: Literal["replace", "refuse"] = "replace"
    missing_token_status: int = 400
    ignore_if_match: set[str] = field(default_factory=set)
    nulls: Literal["refuse", "clear"] = "refuse"
    continues: bool = False
    replica_lag: float = 0.0
    late_commits: list[float] = field(default_factory=list)
    rename_stamps: bool = False
    notifications: bool = True
    notification_delay: float = 30.0
    most_items: int = 1000
    most_kept: int = 1_000_000
    most_subscriptions: int = 200
    subscription_days: float = 3.0
    unsupported_webhooks: set[str] = field(default_factory=set)
    cannot_schedule: set[str] = field(default_factory=set)
