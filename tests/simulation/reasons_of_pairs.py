"""Refusals that are about two records and what stands between them: couple, uncouple, clear, erase."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.ledger import Coupling, end_of
from shared.mapping import DATAVERSE, ERP, fold
from tests.simulation.seen import Order, Rule, Seen, side_called

Said = re.Match[str]


def _does_not_exist(seen: Seen, order: Order, said: Said) -> bool:
    return None in order.stood(seen, side_called(said["place"]))


def _is_merged(seen: Seen, order: Order, _said: Said) -> bool:
    return any(row is not None and row.get("merged") is True for row in order.stood(seen, DATAVERSE))


def _is_outside(seen: Seen, order: Order, said: Said) -> bool:
    side = side_called(said["place"])
    scope = order.map_of(seen).side(side).scope
    return any(row is not None and not scope.includes(row) for row in order.stood(seen, side))


def _is_left_out(seen: Seen, order: Order, said: Said) -> bool:
    return fold(said["company"]) not in order.companies(seen)


def _are_of_two_companies(seen: Seen, order: Order, said: Said) -> bool:
    field = order.map_of(seen).erp.entity.company
    erp = {fold(str(row.get(field, ""))) for row in order.stood(seen, ERP) if row}
    dataverse = {_company_of(seen, order, row) for row in order.stood(seen, DATAVERSE) if row}
    told = fold(said["erp"]), fold(said["dataverse"])
    return told[0] != told[1] and told[0] in erp and told[1] in dataverse


def _company_of(seen: Seen, order: Order, row: Mapping[str, Any]) -> str:
    """The code of the company that a row of Dataverse names."""
    columns = order.map_of(seen).company
    held = columns.held(row) if columns else ""
    company = seen.world.dataverse.row("cdm_companies", held) if held else None
    return fold(str(company["cdm_companycode"])) if company else held or "no company"


def _belongs_to(seen: Seen, order: Order, said: Said) -> bool:
    (row_id,) = order.records[DATAVERSE]
    table = order.map_of(seen).dataverse.entity.name
    owners = seen.documents("owners", f"{table}~{row_id}", order.since)
    return any(each.get("flow") == said["flow"] for each in owners)


def _standing(seen: Seen, order: Order) -> list[Coupling]:
    return [each for each in order.couplings(seen) if not each.ended]


def _is_asked_for(order: Order, each: Coupling) -> bool:
    return each.index_key == end_of(ERP, order.records[ERP]) and (each.dataverse,) == order.records[DATAVERSE]


def _are_a_pair(seen: Seen, order: Order, _said: Said) -> bool:
    return any(_is_asked_for(order, each) for each in _standing(seen, order))


def _has_another_partner(seen: Seen, order: Order, _said: Said) -> bool:
    found = [each for each in _standing(seen, order) if each.state != "claimed"]
    return any(not _is_asked_for(order, each) for each in found)


def _was_created_for_it(seen: Seen, order: Order, _said: Said) -> bool:
    made = [each.dataverse for each in order.couplings(seen) if each.state == "claimed"]
    there = [seen.stood(order.map_of(seen), DATAVERSE, (row_id,), order.since) for row_id in made]
    return any(row is not None for rows in there for row in rows)


def _may_be_created(seen: Seen, order: Order, _said: Said) -> bool:
    return any(each.state == "claimed" and each.intent is not None for each in order.couplings(seen))


def _may_land(seen: Seen, order: Order, _said: Said) -> bool:
    return any(each.late for each in order.couplings(seen))


def _has_no_number(seen: Seen, order: Order, _said: Said) -> bool:
    return any(each.numberless for each in order.couplings(seen))


def _is_renamed(seen: Seen, order: Order, said: Said) -> bool:
    name = tuple(said["new"].split(" "))
    return any(row is not None for row in seen.stood(order.map_of(seen), ERP, name, order.since))


def _is_ended(seen: Seen, order: Order, said: Said) -> bool:
    return any(each.state == said["state"] for each in order.couplings(seen))


def _is_no_tombstone(seen: Seen, order: Order, said: Said) -> bool:
    found = order.couplings(seen)
    return any(each.state == said["state"] and not each.ended and each.intent is None for each in found)


def _is_unknown(seen: Seen, order: Order, _said: Said) -> bool:
    return not all(cells for end in order.about for cells in seen.during(order.flow, end, order.since))


def _is_being_written(seen: Seen, order: Order, _said: Said) -> bool:
    return any(each.intent is not None for each in order.couplings(seen))


def _something_came_in(seen: Seen, order: Order, _said: Said) -> bool:
    return any(seen.changes(order.flow, each.key, order.since) for each in order.couplings(seen))


_PLACE: Final = "(?P<place>the ERP|Dataverse)"

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    (rf"^.+ does not exist in {_PLACE}$", _does_not_exist),
    (r"^.+ was merged into .+: couple that one$", _is_merged),
    (rf"^.+ is outside the flow's scope in {_PLACE}: ", _is_outside),
    (r"^.+ is of (?P<company>[\w-]+), which is not synchronised: add the company first$", _is_left_out),
    (r" is of (?P<erp>[\w -]+) and .+ of (?P<dataverse>[\w -]+): choose two of one company$", _are_of_two_companies),
    (r"^.+ belongs to (?P<flow>\w+\.\w+)(?:, and is handed over .*|:) uncouple it there first$", _belongs_to),
    (r"^.+ are coupled with each other already: nothing is to be done$", _are_a_pair),
    (r"^.+ has another partner, .+: uncouple the two first$", _has_another_partner),
    (r"^.+ was created for it: couple it with that one", _was_created_for_it),
    (r"^what was to be created for the record may still be under way until ", _may_be_created),
    (r"^an earlier request to create the record may still be under way until ", _may_land),
    (r"^nobody knows under which number the record may have been created", _has_no_number),
    (r"^.+ seems to have been renamed to (?P<new>.+): couple ", _is_renamed),
    (r"^the record is (?P<state>\w+) already", _is_ended),
    (r"^the record is (?P<state>\w+): there is no tombstone", _is_no_tombstone),
    (r" is not coupled in ", _is_unknown),
    (r"^the record is being written until ", _is_being_written),
    (r"^nothing is kept about ", _is_unknown),
    (r"^something came in about the record while it was being erased", _something_came_in),
)
