"""What the party solutions (release 3) do to rows that a flow writes, told before it writes them. Pure.

Published with the solutions' metadata (reference: dual-write, the party solutions). That they are there shows by an
alternate key of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from shared.mapping import FlowMap, Line
from shared.setup._findings import Finding
from shared.setup._live import LiveTable

NO_COMPANY: Final = "msdyn_contacthasnocompany"
COMPANY: Final = "msdyn_company"
SELLABLE: Final = "msdyn_sellable"


def party_findings(flow: FlowMap, live: LiveTable | None) -> Iterator[Finding]:
    """live: the flow's own table."""
    if live is not None:
        yield from _without_company(flow, live)
        yield from _numbered(flow, live)


def _without_company(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    stripe = flow.company.dataverse if flow.company else None
    installed = any(NO_COMPANY in key.columns for key in live.keys)
    if installed and stripe is not None and stripe.name == COMPANY and _takes_contact_persons(flow):
        what = (
            f"the party solutions (release 3) let no row of {live.name} have a company that is neither customer nor "
            "vendor: they empty it, or refuse the row where it has a contact person id"
        )
        remedy = (
            "turn the flow off, as the product does with its own map there: contact persons are then contacts for "
            "parties"
        )
        yield Finding("error", what, remedy, (flow.name,))


def _takes_contact_persons(flow: FlowMap) -> bool:
    """Whether rows that are not sold to are in the flow's scope."""
    scope = flow.dataverse.scope
    if SELLABLE not in flow.dataverse.entity.fields:
        return False
    of_vendors, numbers = (True, False), (None, "1")
    rows = (
        {
            **dict.fromkeys(scope.fields),
            SELLABLE: False,
            "msdyn_contactforvendor": vendor,
            "msdyn_contactpersonid": number,
        }
        for vendor, number in product(of_vendors, numbers)
    )
    return any(map(scope.includes, rows))


def _numbered(flow: FlowMap, live: LiveTable) -> Iterator[Finding]:
    """A number that the platform makes up is no edit of anybody's, and would travel like one, or keep each new row back
    where only numbers of the ERP go along.
    """
    for line in flow.lines:
        column = live.columns.get(line.dataverse.name)
        if column is None or not column.numbers or not line.to_erp:
            continue
        by_itself = f"Dataverse numbers {live.name}.{line.dataverse.name} by itself ({column.numbers})"
        if line is flow.second_line:
            yield from _second(flow, line, by_itself)
        elif line.erp.name not in flow.identity:
            what = f"{by_itself}, and {line.erp.name} takes that number"
            remedy = (
                f"switch the line {line.name} off by an overlay, as release 3 does, or drop the format of the column"
            )
            yield Finding("warning", what, remedy, (flow.name,))


def _second(flow: FlowMap, line: Line, by_itself: str) -> Iterator[Finding]:
    """Such a number on the line of the second identity."""
    if flow.policy.second == "agreed":
        what = f"{by_itself}, and {line.erp.name} takes none that did not come from the ERP: each new row is parked"
        remedy = (
            f"drop the format of the column, and the ERP numbers; or name the overlay {flow.name}=typed_party in "
            "MAP_OVERLAYS, once you have read what that opens"
        )
        yield Finding("warning", what, remedy, (flow.name,))
