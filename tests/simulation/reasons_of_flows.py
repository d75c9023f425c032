"""Refusals that are about flows, their jobs and their reports, and about who else is at work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.engine import LIVE
from shared.ledger import FEEDS, FLOWS, JOBS, dataverse_end, erp_end
from shared.mapping import SIDES, fold
from tests.simulation.seen import REPORTS, Order, Rule, Seen

Said = re.Match[str]


def _is_in_state(seen: Seen, order: Order, said: Said) -> bool:
    return said["state"] in seen.states(said["flow"], order.since)


def _is_at_work(seen: Seen, order: Order, said: Said) -> bool:
    return all(seen.states(name, order.since) & LIVE for name in said["flows"].split(", "))


def _is_not_running(seen: Seen, order: Order, said: Said) -> bool:
    return "not running" in seen.states(said["needed"], order.since)


def _is_under_way(seen: Seen, order: Order, said: Said) -> bool:
    return "running" in seen.job_states(said["job"], order.since)


def _has_ended(seen: Seen, order: Order, said: Said) -> bool:
    return said["state"] in seen.job_states(said["job"], order.since)


def _is_no_job(seen: Seen, order: Order, said: Said) -> bool:
    return not all(seen.documents(JOBS, said["job"], order.since))


def _is_hidden(seen: Seen, _order: Order, _said: Said) -> bool:
    return seen.world.weather.seen["mood", "a column is secured"] > 0


def _is_not_chosen(seen: Seen, order: Order, said: Said) -> bool:
    return any("not_chosen" in each for each in seen.documents(FLOWS, said["flow"], order.since))


def _is_not_planned(seen: Seen, order: Order, said: Said) -> bool:
    return any("planned" not in each for each in seen.documents(REPORTS, said["flow"], order.since))


def _approved(seen: Seen, order: Order, said: Said) -> list[Mapping[str, Any]]:
    """What was approved of a flow; an empty value while nothing was."""
    return [each.get("approved", {}) for each in seen.documents(REPORTS, said["flow"], order.since)]


def _is_of_another_map(seen: Seen, order: Order, said: Said) -> bool:
    own = order.map_of(seen).fingerprint
    planned = [each.get("planned", {}) for each in seen.documents(REPORTS, said["flow"], order.since)]
    return any(each and each["map"] != own for each in planned)


def _was_approved_for_another_map(seen: Seen, order: Order, said: Said) -> bool:
    return any(each and each["map"] != order.map_of(seen).fingerprint for each in _approved(seen, order, said))


def _was_approved_with_another_master(seen: Seen, order: Order, said: Said) -> bool:
    masters = [each["master"] for each in _approved(seen, order, said) if each]
    return (said["was"] or "") in masters and said["was"] != said["asked"]


def _was_approved_with_other_creates(seen: Seen, order: Order, said: Said) -> bool:
    return any(each.get("creates") for each in _approved(seen, order, said))


def _was_approved_without(seen: Seen, order: Order, said: Said) -> bool:
    new = {fold(each) for each in said["companies"].split(", ")}
    return any(each and not new & set(each["companies"]) for each in _approved(seen, order, said))


def _was_let_run_without(seen: Seen, order: Order, said: Said) -> bool:
    new = {fold(each) for each in said["companies"].split(", ")}
    return any(not new & set(each.get("companies", ())) for each in seen.documents(FLOWS, order.flow, order.since))


def _could_match(seen: Seen, order: Order, said: Said) -> bool:
    """Nothing was approved, and one side holds a record in the scope, the other one any; or somebody took it away."""
    flow = seen.world.maps.map(said["flow"])
    rows = {side: [*seen.rows_of(flow, side, order.since)] for side in SIDES}
    inside = any(flow.side(side).scope.includes(row) for side in SIDES for row in rows[side])
    return not all(_approved(seen, order, said)) and all(rows.values()) and inside


def _is_changed_by_many(seen: Seen, order: Order, said: Said) -> bool:
    return seen.changes(said["partition"], said["key"], order.since) > 1


def _hint_is_changed_by_many(seen: Seen, order: Order, said: Said) -> bool:
    return seen.changes(order.flow, f"h~{said['end']}", order.since) > 1


def _row_is_wanted(seen: Seen, order: Order, said: Said) -> bool:
    return seen.changes("owners", f"{said['table']}~{said['row']}", order.since) > 1


def _is_leased(seen: Seen, order: Order, said: Said) -> bool:
    return any(each.get("owner") for each in seen.documents(FEEDS, said["key"], order.since))


def _was_taken(seen: Seen, order: Order, said: Said) -> bool:
    return any(seen.changes(FEEDS, key, order.since) for key in said["keys"].split(" or "))


def _is_being_coupled(seen: Seen, order: Order, said: Said) -> bool:
    found = seen.couplings(order.flow, erp_end(said["name"].split(" ")), order.since)
    return any(each.intent is not None for each in found)


def _is_written_elsewhere(seen: Seen, order: Order, said: Said) -> bool:
    rows = [row for side, row in order.records.items() if side == "dataverse"]
    ends = [erp_end(said["name"].split(" ")), *(dataverse_end(row) for (row,) in rows)]
    return any(each.intent for end in ends for each in seen.couplings(said["flow"], end, order.since))


_FLOW: Final = r"^(?P<flow>\w+\.\w+)"
_MASTER: Final = r"a run with(?:out a master| the master (?P<{}>\w+))"

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    (r"(?P<flow>[\w.]+) is not chosen to be synchronised", _is_not_chosen),
    (rf"{_FLOW} is (?P<state>[a-z ]+): it cannot ", _is_in_state),
    (rf"{_FLOW} is (?P<state>paused) \(.*\): resume it first", _is_in_state),
    (r"^(?P<flows>\w+\.\w+(?:, \w+\.\w+)*): still at work", _is_at_work),
    (rf"{_FLOW} needs (?P<needed>\w+\.\w+), which is not running", _is_not_running),
    (rf"{_FLOW}: .+ is secured, and ", _is_hidden),
    (rf"{_FLOW} has no report yet", _is_not_planned),
    (rf"{_FLOW}: the map has changed since the report was made", _is_of_another_map),
    (rf"{_FLOW}: its map has changed since it was approved; plan it", _was_approved_for_another_map),
    (rf"{_FLOW}: {_MASTER.format('was')} was approved, not {_MASTER.format('asked')}; plan it",
     _was_approved_with_another_master),
    (rf"{_FLOW}: a run that creates .+ was approved, not ", _was_approved_with_other_creates),
    (rf"{_FLOW}: what was approved says nothing about (?P<companies>[^;]+); plan it", _was_approved_without),
    (r"^(?P<companies>\w+(?:, \w+)*) was not approved with it", _was_let_run_without),
    (rf"{_FLOW}: both sides hold rows; plan it, .* approve it first", _could_match),
    (r"the (undo|rebuild) (?P<job>[0-9]+-[0-9a-f]+) is under way", _is_under_way),
    (r"^(?P<job>[0-9]+-[0-9a-f]+) is still under way", _is_under_way),
    (r"^the job (?P<job>[0-9]+-[0-9a-f]+) is (?P<state>\w+) already", _has_ended),
    (r"^there is no job '(?P<job>[^']+)'", _is_no_job),
    (r"^(?P<partition>[\w~.-]+)/(?P<key>.+) is being changed by many at once", _is_changed_by_many),
    (r"^the hint of (?P<end>.+) is being stored by many at once", _hint_is_changed_by_many),
    (r"^(?P<table>\w+) (?P<row>[0-9a-f-]{36}) is wanted by several flows", _row_is_wanted),
    (r"^(?P<key>.+) is being read by another worker until ", _is_leased),
    (r"^(?P<keys>.+) was taken by another worker", _was_taken),
    (r"^(?P<name>.+) is being coupled, and may be ", _is_being_coupled),
    (r"^(?P<name>.+) is being written in (?P<flow>\w+\.\w+)$", _is_written_elsewhere),
)  # fmt: skip
