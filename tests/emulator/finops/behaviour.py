"""Switches that make the twin as awkward as the real service can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.emulator.finops.places import Places

_UNTRACKED = frozenset(
    {
        "PrimaryAddressCity",
        "PrimaryAddressCountryRegionId",
        "PrimaryAddressCountryRegionISOCode",
        "PrimaryAddressCountyId",
        "PrimaryAddressStateId",
        "PrimaryAddressStreet",
        "PrimaryAddressZipCode",
    }
)


@dataclass(slots=True)
class Behaviour:
    """How the twin behaves from now on. Everything starts as documented; a test changes what it is about.

    max_page_size: rows of a page at most. page_shift: orders for the next page links, one each: `repeat` gives the last
    row of a page again on the next page, `skip` leaves the next page's first row out.
    default_company: of every user; empty for the first of the companies. inaccessible_companies: companies that no
    caller may see.
    hidden_rows: entity set to what a security policy hides from callers (extensible data security): such rows read as
    absent, and cannot be written.
    gone: per entity set, fields that somebody has taken away: whoever asks for one is refused.
    broken_sets: entity sets of which no request is answered but with 500. broken_rows: entity set to the rows of which
    a computed field fails, so that whoever asks for more than their key gets a 500 for the whole page; refuses: a 400
    instead, for such rows, or for whoever asks for more than a key.
    application: `missing` stands for an app that is not registered in the product.
    missing_roles: entity sets that applications may not use, or `CustomersV3:update` for one operation
    (read, create, update, delete).
    request_limit, execution_limit, seconds_per_operation: service protection over `window_seconds`; a batch is one
    request. refuse_concurrent, refuse_busy: so many next requests are refused as too many at once, or for the load of
    the server. retry_after: off leaves the header out.
    ignore_if_match: entity sets whose stale `If-Match` is not enforced. rewrite_makes_version: a write that changes
    nothing makes a new version.
    update_conflict, deadlock: so many next writes over the wire fail that way.
    write_failure_status: of everything that business logic refuses; changeset_failure_status: in a changeset.
    changeset_error: the error of a changeset stands in a nested part of its own, or in the place of that part.
    missing_row_status: entity set to the status of a write to a row that is not there; 400 for the others.
    refused_values: per entity set and field, values that business logic refuses; refuses_by: what it says then: the
    `label` of the field and the value, the `field` at which the check failed, or `nothing` of either.
    cut: per entity set and field, how many characters business logic leaves of a text, whoever wrote it. noted: per
    entity set and field, the other field in which it makes a note when that one changes, and its first word.
    missing_row_body: a read of a row that is not there answers with the error envelope, not with a bare 404.
    front_decodes: the web server before the service decodes an address once more than its router.
    front_in_batches: the parts of a batch are decoded once more, too, as a request of its own is.
    functions_in_filter: contains, startswith and endswith work in `$filter`.
    assign_numbers: off, numbers must be given. defaults_from_group: a new customer takes the payment terms of its
    group. read_only_fields: what happens to them when sent. dates_at_noon: pure dates come back at 12:00:00Z.
    events: off, nothing is told to anybody. silent_fields: per entity set, fields whose change alone raises no event.
    wrap_event_values: amounts and enumerations as Money and OptionSetValue. attribute_prefix: before attribute names.
    """

    max_page_size: int = 10_000
    page_shift: list[Literal["repeat", "skip"]] = field(default_factory=list)
    default_company: str = ""
    inaccessible_companies: set[str] = field(default_factory=set)
    hidden_rows: dict[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    gone: dict[str, frozenset[str]] = field(default_factory=dict)
    broken_sets: set[str] = field(default_factory=set)
    broken_rows: dict[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    refuses: Literal["", "rows", "reads"] = ""
    application: Literal["registered", "missing"] = "registered"
    missing_roles: set[str] = field(default_factory=set)
    request_limit: int = 6000
    window_seconds: int = 300
    execution_limit: float = 1200.0
    seconds_per_operation: float = 0.01
    refuse_concurrent: int = 0
    refuse_busy: int = 0
    retry_after: bool = True
    ignore_if_match: set[str] = field(default_factory=set)
    rewrite_makes_version: bool = True
    update_conflict: int = 0
    deadlock: int = 0
    write_failure_status: int = 400
    changeset_failure_status: int = 500
    changeset_error: Literal["single", "nested"] = "nested"
    missing_row_status: dict[str, int] = field(default_factory=dict)
    refused_values: dict[str, dict[str, frozenset[Any]]] = field(default_factory=dict)
    cut: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    noted: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    refuses_by: Literal["label", "field", "nothing"] = "nothing"
    missing_row_body: bool = False
    front_decodes: bool = True
    front_in_batches: bool = False
    functions_in_filter: bool = False
    assign_numbers: bool = True
    defaults_from_group: bool = True
    places: Places | None = None
    computed_fields: dict[str, frozenset[str]] = field(default_factory=dict)
    read_only_fields: Literal["refuse", "ignore"] = "refuse"
    dates_at_noon: bool = True
    events: bool = True
    silent_fields: dict[str, frozenset[str]] = field(
        default_factory=lambda: dict.fromkeys(("CDSContactPersons", "CDSContactPersonsV2"), _UNTRACKED)
    )
    wrap_event_values: bool = False
    attribute_prefix: str = ""
