"""The preflight: looks at both systems before anything is synchronised, and reports everything at once.

It changes nothing, with one exception that cannot be had otherwise: see `_versions`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from shared.errors import KoppelError, Refused, in_one, parted
from shared.ledger import FLOWS, PREFLIGHT, Versions, moment, versions_after
from shared.mapping import FlowMap, Side
from shared.setup._companies import dual_write_findings
from shared.setup._dataverse_reader import read_dual_write
from shared.setup._findings import Finding, merged
from shared.setup._inspection import Inspection, Site
from shared.setup._needs import assumed
from shared.systems import Dataverse


@dataclass(frozen=True, slots=True)
class Report:
    """What a preflight found. versions: table or entity to whether it enforces `If-Match`, where that could be told.

    assumed: by side and table or entity, what the flows use and no public source tells. Where a system says of itself
    what our schema says of these, it was held against that, and what differs is a finding; finance and operations says
    nothing of the length of a text, so that a longer one than it takes is refused when it is written.
    """

    at: str
    flows: Sequence[str]
    findings: Sequence[Finding]
    companies: Mapping[Side, Sequence[str]] = field(default_factory=dict)
    versions: Versions = field(default_factory=dict)
    assumed: Mapping[Side, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """True if nothing was found that keeps a flow from working."""
        return all(finding.severity != "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "sound": self.sound,
            "flows": list(self.flows),
            "findings": [finding.as_json() for finding in self.findings],
            "companies": self.companies,
            "enforces_if_match": self.versions,
            "assumed": self.assumed,
        }


async def preflight(site: Site, names: Collection[str] | None = None) -> Report:
    """Looks at these flows, None for all of them, and stores what was learned. Raises nothing for what it finds."""
    inspection = Inspection(site)
    inspection.load(site.catalogue.names if names is None else names)
    await inspection.run()
    report = Report(
        moment(site.clock()),
        [flow.name for flow in inspection.flows],
        merged(inspection.findings),
        inspection.companies,
        inspection.versions,
        assumed(inspection.flows),
    )
    try:
        await site.documents.change(FLOWS, PREFLIGHT, lambda before: _remembered(before, report))
    except KoppelError as problem:
        lost = Finding("error", f"the ledger does not take the report: {problem}", "check the LEDGER settings")
        return replace(report, findings=merged([lost, *report.findings]))
    return report


async def refuse_dual_write(dataverse: Dataverse, flows: Collection[FlowMap]) -> None:
    """Raises Refused if dual-write is running on a table of these flows: two engines would loop."""
    running = await read_dual_write(dataverse)
    found = merged(chain.from_iterable(dual_write_findings(flow, running) for flow in flows))
    if found:
        raise Refused(in_one(*(f"{parted(finding.what)}: {finding.remedy}" for finding in found)))


def _remembered(before: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """What was told of versions is kept until it is told anew."""
    return {"at": report.at, "sound": report.sound, "versions": versions_after(before, report.versions)}
