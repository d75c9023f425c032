"""Rules over companies and over another engine on the same tables. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.mapping import FlowMap, fold
from shared.setup._findings import Finding


def company_findings(
    flows: Sequence[FlowMap], chosen: Sequence[str], erp: Sequence[str], dataverse: Sequence[str]
) -> Iterator[Finding]:
    """Companies of both sides against those chosen by setting (none: all that Dataverse knows). All in lower case."""
    striped = tuple(flow.name for flow in flows if flow.company)
    if not striped:
        return
    for code, number in sorted(Counter(dataverse).items()):
        if number > 1:
            what = f"{number} companies in Dataverse have the code {code}"
            yield Finding("error", what, "keep one of them: the others' rows have no company to go to", striped)
    if not (chosen or dataverse):
        remedy = "create a company whose code is that of the legal entity"
        yield Finding("error", "Dataverse has no company with a code", remedy, striped, "DIPV1016")
    for code in sorted(set(chosen) - set(dataverse)):
        remedy = "create it with that code, or correct COMPANIES"
        yield Finding("error", f"Dataverse has no company {code}", remedy, striped, "DIPV1016")
    for code in sorted(set(chosen or dataverse) - set(erp)):
        what = f"F&O has no legal entity {code}, or the app's user may not see it"
        remedy = "correct COMPANIES" if chosen else "name the companies to sync in COMPANIES"
        yield Finding("error" if chosen else "warning", what, remedy, striped, "DIPV1016")
    for flow in flows if dataverse else ():
        yield from _of_lines(flow, dataverse)
    if not chosen:
        for code in sorted(set(erp) - set(dataverse)):
            what = f"the legal entity {code} has no company in Dataverse: its records are not synced"
            yield Finding("note", what, "create the company if they should be", striped)


def _of_lines(flow: FlowMap, known: Sequence[str]) -> Iterator[Finding]:
    """Lines for a company that is not there, or whose code is misspelt, hold for nothing."""
    for code in sorted({*map(str.lower, flow.companies_named)} - set(known)):
        what = f"lines of the map are for the company {code}, which Dataverse does not have"
        yield Finding("warning", what, "correct the option company", (flow.name,))


def named_company_findings(flow: FlowMap, named: Sequence[str], erp: Sequence[str]) -> Iterator[Finding]:
    """A flow whose rows point to no company of Dataverse: those that the settings of its suite name. In lower case."""
    if not named:
        what = f"no setting of {flow.suite} says which company rows belong to"
        yield Finding("error", what, f"name it in the settings that begin with {flow.suite.upper()}_", (flow.name,))
    for code in sorted(set(named) - set(erp)):
        what = f"the ERP has no legal entity {code}, or the app's user may not see it"
        remedy = f"correct it in the settings that begin with {flow.suite.upper()}_, or let the user see it"
        yield Finding("error", what, remedy, (flow.name,), "DIPV1016")


def unit_findings(flow: FlowMap, named: Collection[str], known: Collection[str]) -> Iterator[Finding]:
    """Business units by which rows get a company. named: folded names in the settings. known: those of Dataverse."""
    for unit in sorted({*named} - {*map(fold, known)}):
        what = f"Dataverse has no business unit {unit}, or the app's user may not see it"
        remedy = f"correct it in the settings that begin with {flow.suite.upper()}_: its rows go to another company"
        yield Finding("error", what, remedy, (flow.name,))


def dual_write_findings(flow: FlowMap, running: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """running: logical name of a table to the entities that dual-write keeps it equal with."""
    for entity in running.get(flow.dataverse.entity.type, ()):
        what = f"dual-write is running on {flow.dataverse.entity.type} ({entity}): two engines would loop"
        yield Finding("error", what, "stop its map in the Data management workspace, Dual-write", (flow.name,))
