"""Switches that make the twin as awkward as the real service can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DeleteRule = Literal["remove_link", "restrict", "cascade"]
NullReference = Literal["clear", "ignore", "refuse"]
RowRight = Literal["read", "update", "delete"]
ColumnRight = Literal["read", "create", "update"]


@dataclass(slots=True)
class Behaviour:
    """How the twin behaves from now on. Everything starts as documented; a test changes what it is about.

    page_shift: orders for the next page boundaries of plain reads, one each: `repeat` gives the last row of a page
    again on the next page, `skip` leaves the next page's first row out of this read.
    expire_delta_tokens: set to True, every delta token issued so far expires; the twin then sets it back.
    visible_after: seconds until a created or changed row is read by GET as it is; until then as it was before.
    slow_commits: seconds until a change comes into tracked reads, though its version was given out when it was made:
    tokens that are handed out meanwhile are beyond it.
    ignore_if_match: entity sets whose stale `If-Match` is not enforced.
    withheld_rows: per entity set and right (read, update or delete), ids of rows that no role of applications reaches.
    missing_privileges: names like `prvReadaccount` or `prvCreatemsdyn_vendor`, in any letter case.
    refuse_concurrent: so many next requests are refused as too many at the same time.
    duplicate_rules: per entity set the columns of a duplicate detection rule, used when a request turns rules on.
    refused_values: per entity set and column, values that a plug-in refuses, without a word about which it is;
    own_words: what it says, if it has words of its own.
    delete_rules: what deleting a row does to rows that point to it, per entity set and lookup: `remove_link`
    (the default), `restrict` (the default for currencies and for lookups that are set once) or `cascade` (the default
    for the company of a contact).
    moved_rows_tell: webhooks are told of rows that point to another row because the one they pointed to was merged.
    bind_null, navigation_null: what comes of a lookup that a request means to clear, by a null as the reference to bind
    or as the value of the navigation property: reports differ. What people do in the product itself always clears it.
    secured_columns: entity set and column of every column with column security, and what applications may do with it.
    A row of the table `attributemaskingrules` for one of them makes it read as a mask.
    gone: per entity set, columns that somebody has taken away: whoever asks for one is refused.
    broken_sets: entity sets of which no request is answered but with 500. broken_rows: entity set to the rows of which
    a calculated column fails, so that whoever asks for more than their id gets a 500 for the whole page.
    cut: per entity set and column, how many characters a plug-in leaves of a text, whoever wrote it. noted: per entity
    set and column, the other column in which a plug-in makes a note when that one changes, and its first word.
    """

    max_page_size: int = 5000
    page_shift: list[Literal["repeat", "skip"]] = field(default_factory=list)
    expire_delta_tokens: bool = False
    expired_delta_status: int = 400
    visible_after: float = 0.0
    slow_commits: float = 0.0
    ignore_if_match: set[str] = field(default_factory=set)
    application_user: Literal["enabled", "disabled", "missing"] = "enabled"
    withheld_rows: dict[tuple[str, RowRight], set[str]] = field(default_factory=dict)
    missing_privileges: set[str] = field(default_factory=set)
    request_limit: int = 6000
    window_seconds: int = 300
    execution_limit: float = 1200.0
    seconds_per_operation: float = 0.02
    refuse_concurrent: int = 0
    webhooks: bool = True
    trim_text: bool = False
    blank_text_is_null: bool = True
    read_only_columns: Literal["refuse", "ignore"] = "refuse"
    moved_rows_tell: bool = False
    bind_null: NullReference = "clear"
    navigation_null: NullReference = "clear"
    key_index_seconds: float = 0.0
    changeset_error: Literal["single", "nested"] = "nested"
    max_body_bytes: int = 128 * 1024 * 1024
    duplicate_rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused_values: dict[str, dict[str, frozenset[Any]]] = field(default_factory=dict)
    own_words: str = ""
    delete_rules: dict[tuple[str, str], DeleteRule] = field(default_factory=dict)
    secured_columns: dict[tuple[str, str], frozenset[ColumnRight]] = field(default_factory=dict)
    gone: dict[str, frozenset[str]] = field(default_factory=dict)
    broken_sets: set[str] = field(default_factory=set)
    broken_rows: dict[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    cut: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    noted: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
