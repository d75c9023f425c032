"""What the party solutions (release 3) do to rows that a flow writes, told before it writes them. Pure.

Published with the solutions' metadata (reference: dual-write, the party solutions). That they are there shows by an
alternate key of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from shared.mapping import FlowMap
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
    """A number that the platform makes up is no edit of anybody's, and would travel like one."""
    for line in flow.lines:
        column = live.columns.get(line.dataverse.name)
        if column is not None and column.numbers and line.to_erp and line.erp.name not in flow.identity:
            place = f"{live.name}.{line.dataverse.name}"
            what = f"Dataverse numbers {place} by itself ({column.numbers}), and {line.erp.name} takes that number"
            remedy = (
                f"switch the line {line.name} off by an overlay, as release 3 does, or drop the format of the column"
            )
            yield Finding("warning", what, remedy, (flow.name,))
