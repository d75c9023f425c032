"""Looks at both systems, one question after the other, and collects findings. Judging is left to the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from shared.errors import Denied, KoppelError, MapError, TryLater
from shared.ledger import Documents
from shared.mapping import DATAVERSE, ERP, Catalogue, FlowMap, Side, secured_tables, unseen
from shared.setup import _dataverse_reader as dataverse_reader
from shared.setup import _finops_reader as finops_reader
from shared.setup._central import company_findings_of, experience_findings, page_findings, pages_of, read_pages
from shared.setup._central_probes import enforces_versions, experience, may_read
from shared.setup._companies import company_findings, dual_write_findings, named_company_findings, unit_findings
from shared.setup._duplicates import duplicates, in_central, in_dataverse
from shared.setup._entities import entity_findings, member_findings, used_enums
from shared.setup._findings import Finding
from shared.setup._live import LiveTable
from shared.setup._lookup_keys import lookup_key_findings
from shared.setup._needs import needed_columns, written_fields
from shared.setup._party_rules import party_findings
from shared.setup._references import reference_findings
from shared.setup._registrations import Listener, Receiver
from shared.setup._sign_in import sign_in_finding
from shared.setup._tables import (
    nobodys_findings,
    privilege_findings,
    registering_findings,
    table_findings,
    unenforced,
    unseen_findings,
)
from shared.setup._versions import enforces_if_match
from shared.setup._webhooks import plan_webhooks
from shared.systems import BusinessCentral, Dataverse, Finops, asked_columns, nobodys

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is set up: the maps, both systems, and the ledger's documents.

    companies: those to sync, in lower case; none: all that Dataverse knows. named: those that the settings name for a
    flow. units: business units, by folded name, whose rows the settings give a company of their own. writer: the
    company of rows that hold none. receiver: where events are to go. listeners: who hears of tables beside the flows.
    """

    catalogue: Catalogue
    dataverse: Dataverse
    finops: Finops | None = None
    central: BusinessCentral | None = None
    documents: Documents
    clock: Callable[[], datetime]
    companies: Sequence[str] = ()
    receiver: Receiver | None = None
    listeners: Collection[Listener] = ()
    named: Callable[[FlowMap], Sequence[str]] = field(default=lambda _flow: ())
    units: Callable[[FlowMap], Collection[str]] = field(default=lambda _flow: ())
    writer: Callable[[FlowMap], str] = field(default=lambda _flow: "")


async def _none() -> list[str]:
    """No row has to point to a company of Dataverse: a plain organisation has no table of them."""
    return []


class Inspection:
    """One preflight under way."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.flows: list[FlowMap] = []
        self.findings: list[Finding] = []
        self.companies: dict[Side, Sequence[str]] = {}
        self.versions: dict[Side, dict[str, bool]] = {ERP: {}, DATAVERSE: {}}
        self.tables: Mapping[str, LiveTable | None] = {}
        self.readable: set[str] = set()

    def load(self, names: Collection[str]) -> None:
        """The maps; one that cannot be used is a finding for each of its problems, and so are those that wait for each
        other.
        """
        for name in names:
            try:
                self.flows.append(self.site.catalogue.map(name))
            except MapError as broken:
                for problem in broken.problems:
                    what = f"{problem.file}:{problem.line} {problem.field}: {problem.what}"
                    self.findings.append(Finding("error", what, problem.remedy, (name,), problem.code))
        asked = {flow.name for flow in self.flows}
        for circle, lines in self.site.catalogue.circles().items():
            what = f"records that name each other wait for each other for ever ({'; '.join(lines)})"
            remedy = "add the option deferred to one of the lines, by an overlay"
            self.findings += [Finding("error", what, remedy, circle)] if asked & set(circle) else []

    async def run(self) -> None:
        """Both sign-ins are tried whatever else is wrong; without a usable map there is nothing more to look at."""
        dataverse, finops, central = await asyncio.gather(
            self._signed_in_to_dataverse(), self._signed_in_to_finops(), self._signed_in_to_central()
        )
        if not self.flows:
            return
        await asyncio.gather(
            *([self._dataverse()] if dataverse else []),
            *([self._finops(self.site.finops)] if finops and self.site.finops else []),
            *([self._central(self.site.central)] if central and self.site.central else []),
        )
        if dataverse and finops and self.site.finops:
            await self._both(self.site.finops)
        for flow in self._over(BusinessCentral.name) if dataverse and central else ():
            await self._doubles(flow)

    # -- sign-in

    async def _signed_in_to_dataverse(self) -> bool:
        return await self._signed_in("Dataverse", self.site.dataverse.ping)

    async def _signed_in_to_finops(self) -> bool:
        finops = self.site.finops
        return finops is not None and await self._signed_in("F&O", lambda: finops_reader.read_enums(finops, ["NoYes"]))

    async def _signed_in_to_central(self) -> bool:
        central = self.site.central
        return central is not None and await self._signed_in("Business Central", central.ping)

    def _over(self, system: str) -> list[FlowMap]:
        """The flows over an ERP system."""
        return [flow for flow in self.flows if flow.erp.system == system]

    async def _signed_in(self, system: str, ask: Callable[[], Awaitable[Any]]) -> bool:
        try:
            await ask()
        except KoppelError as problem:
            self.findings.append(sign_in_finding(system, problem))
            return False
        return True

    async def _asked(self, what: str, question: Awaitable[T], flows: Collection[str] = ()) -> T | None:
        """The answer; None, and a finding, if it cannot be had."""
        try:
            return await question
        except Denied as problem:
            remedy = "give the app's user a role that allows it"
            self.findings.append(Finding("error", f"{what}: not allowed ({problem})", remedy, tuple(flows)))
        except TryLater as problem:
            self.findings.append(Finding("error", f"{what}: no answer ({problem})", "try again later", tuple(flows)))
        except KoppelError as problem:
            remedy = "see what the system says; the flow is not safe before this can be read"
            self.findings.append(Finding("error", f"{what}: {problem}", remedy, tuple(flows)))
        return None

    # -- Dataverse

    async def _dataverse(self) -> None:
        site = self.site
        await self._tables()
        privileges = await self._asked("privileges in Dataverse", dataverse_reader.read_privileges(site.dataverse))
        self.findings += registering_findings(privileges, self.flows) if privileges is not None else ()
        for flow in self.flows:
            self.findings += lookup_key_findings(flow, self.tables)
            lacking = list(privilege_findings(flow, privileges)) if privileges is not None else []
            self.findings += lacking
            if not lacking and self._has_match_columns(flow):
                self.readable.add(flow.name)
        running = await self._asked("the dual-write configuration", dataverse_reader.read_dual_write(site.dataverse))
        for flow in self.flows:
            self.findings += dual_write_findings(flow, running or {})
        await self._nobodys()
        await self._webhooks()

    async def _nobodys(self) -> None:
        """What no flow of a table takes, as far as it can be read."""
        for name in dict.fromkeys(flow.dataverse.entity.name for flow in self.flows if flow.name in self.readable):
            flows = [each.by(self.site.clock) for each in self.site.catalogue.of_table(name)]
            own = self.tables.get(flows[0].dataverse.entity.type)
            columns = asked_columns(flows)
            if own is None or not set(columns.values()) <= own.columns.keys():
                continue
            of = tuple(flow.name for flow in self.flows if flow.dataverse.entity.name == name)
            silent = {each.name for each in flows if self.site.writer(each)}
            found = await self._asked(f"rows of {name}", nobodys(self.site.dataverse, flows, silent), of)
            self.findings += nobodys_findings(name, found, of) if found else ()

    async def _tables(self) -> None:
        needed: dict[str, set[str]] = {}
        for each in chain.from_iterable(map(needed_columns, self.flows)):
            needed.setdefault(each.table.type, set()).add(each.column.name)
        found = await self._asked("tables in Dataverse", dataverse_reader.read_tables(self.site.dataverse, needed))
        if found is None:
            return
        self.tables = found
        await self._columns()
        for flow in self.flows:
            self.findings += table_findings(flow, found)
            own = found.get(flow.dataverse.entity.type)
            self.findings += party_findings(flow, own)
            if own is not None:
                self.versions[DATAVERSE][own.name] = own.enforces_if_match

    async def _columns(self) -> None:
        """What column security keeps a flow from: what it stands on, or single lines."""
        tables = {name for flow in self.flows for name in secured_tables(flow)}
        secured = await self._asked("column security in Dataverse", self.site.dataverse.secured(tables))
        heirs = {flow.name: flow for flow in self.site.catalogue.sound()}
        for flow in self.flows if secured else ():
            heir = heirs.get(flow.hands_over_to)
            hidden = unseen(flow, secured or {}, heir)
            self.findings += unseen_findings(flow, hidden) if hidden else ()

    def _has_match_columns(self, flow: FlowMap) -> bool:
        own = self.tables.get(flow.dataverse.entity.type)
        names = {line.dataverse.name for group in flow.match for line in group}
        names |= {column.name} if flow.company and (column := flow.company.dataverse) else set()
        return own is not None and names <= own.columns.keys()

    async def _webhooks(self) -> None:
        """Tables without tracking are findings of their own."""
        flows = [flow for flow in self.flows if self.tables.get(flow.dataverse.entity.type)]
        if self.site.receiver is None:
            remedy = "set APP_URL and DATAVERSE_WEBHOOK_KEY, then POST /api/operations/webhooks"
            names = tuple(flow.name for flow in flows)
            self.findings.append(Finding("warning", "webhooks cannot be registered: changes come late", remedy, names))
            return
        planned = await self._asked(
            "webhooks", plan_webhooks(self.site.dataverse, flows, self.site.receiver, self.site.listeners)
        )
        changes = planned.changes if planned else ()
        for name in dict.fromkeys(change.flow for change in changes):
            of = [f"{change.what} {change.wanted['name']}" for change in changes if change.flow == name]
            what = f"webhooks are not as they should be: {'; '.join(of)}"
            remedy = "POST /api/operations/webhooks; until then changes come with the next pass"
            self.findings.append(Finding("warning", what, remedy, (name,)))

    # -- finance and operations

    async def _finops(self, finops: Finops) -> None:
        flows = self._over(finops.name)
        types = {flow.erp.entity.type for flow in flows}
        names = set[str]().union(*map(used_enums, flows))
        found = await self._asked("entities in F&O", finops_reader.read_entities(finops, types))
        enums = await self._asked("enumerations in F&O", finops_reader.read_enums(finops, names))
        if found is None:
            return
        fitting = []
        for flow in flows:
            wrong = list(entity_findings(flow, found[flow.erp.entity.type]))
            self.findings += [*wrong, *member_findings(flow, enums or {})]
            fitting += [flow] if all(finding.severity != "error" for finding in wrong) else []
        await self._versions(finops, fitting)

    async def _versions(self, finops: Finops, flows: Sequence[FlowMap]) -> None:
        """Each entity once, by the first of its flows that writes it."""
        for name in sorted({flow.erp.entity.name for flow in flows}):
            of = [flow for flow in flows if flow.erp.entity.name == name]
            chosen = next((flow for flow in of if written_fields(flow)), of[0])
            known = len(self.findings)
            enforced = await self._asked(
                f"{name} in F&O", enforces_if_match(finops, chosen), [flow.name for flow in of]
            )
            if enforced is not None:
                self.versions[ERP][name] = enforced
                self.findings += [unenforced(flow.name, name) for flow in of if not enforced]
            elif len(self.findings) == known:
                what = f"whether {name} enforces If-Match is not known: there is no row to try it on"
                remedy = "run the preflight again when there is one that can be edited"
                self.findings += [Finding("note", what, remedy, (flow.name,)) for flow in of]

    # -- Business Central

    async def _central(self, central: BusinessCentral) -> None:
        """Its companies, and what its pages have."""
        flows = self._over(central.name)
        there = await self._asked("companies in Business Central", central.companies())
        pages = await self._asked("pages of Business Central", read_pages(central, pages_of(flows)))
        for flow in flows:
            self.findings += company_findings_of(flow, self.site.named(flow), there) if there is not None else ()
            lacking = list(page_findings(flow, pages)) if pages is not None else []
            self.findings += lacking
            if pages is not None and there is not None and not lacking:
                chosen = {each: there[each] for each in self.site.named(flow) or there if each in there}
                await self._records_of_central(central, flow, chosen)

        await self._experiences(central, flows, there or {})

    async def _experiences(self, central: BusinessCentral, flows: Sequence[FlowMap], there: Mapping[str, str]) -> None:
        """What the users of each company that is synchronised see of the product. No flow depends on it."""
        names = [flow.name for flow in flows]
        chosen = {each for flow in flows for each in self.site.named(flow) or there if each in there}
        found = {}
        for company in sorted(chosen, key=lambda each: there[each]):
            try:
                found[there[company]] = await experience(central, company)
            except KoppelError as problem:
                what = f"which experience {there[company]} has is not known: {problem}"
                remedy = "let the app's user read Company Information, or look at that page"
                self.findings.append(Finding("note", what, remedy, tuple(names)))
        self.findings += experience_findings(found, names)

    async def _records_of_central(self, central: BusinessCentral, flow: FlowMap, companies: Mapping[str, str]) -> None:
        """Whether its records may be read and written, as far as a harmless request tells, and told apart."""
        name, known = flow.erp.entity.name, len(self.findings)
        await self._asked(f"{name} in Business Central", may_read(central, flow, companies), [flow.name])
        if len(self.findings) > known:
            return
        doubles = in_central(flow, central, companies)
        self.findings += await self._asked(f"match keys of {flow.name}", doubles, [flow.name]) or []
        if not written_fields(flow):
            return
        enforced: bool | None = None
        for company in companies:
            if enforced is None:
                question = enforces_versions(central, flow, company)
                enforced = await self._asked(f"writing {name} in Business Central", question, [flow.name])
        if enforced is not None:
            self.versions[ERP][name] = enforced
            self.findings += [] if enforced else [unenforced(flow.name, name)]

    # -- what concerns both

    async def _both(self, finops: Finops) -> None:
        site, flows = self.site, self._over(finops.name)
        erp = await self._asked("legal entities in F&O", finops_reader.read_legal_entities(finops))
        by_setting = [flow for flow in flows if flow.company and flow.company.path is None]
        others = [flow for flow in flows if flow not in by_setting]
        asked = dataverse_reader.read_companies(site.dataverse) if others else _none()
        known = await self._asked("companies in Dataverse", asked)
        if erp is not None and known is not None:
            self.companies = {ERP: sorted(erp), DATAVERSE: sorted(known)}
            self.findings += company_findings(others, site.companies, erp, known)
        for flow in by_setting if erp is not None else ():
            self.findings += named_company_findings(flow, site.named(flow), erp or ())
        await self._units()
        for flow in flows if erp is not None and known is not None else ():
            of = {*(site.named(flow) or known or ())} & {*(erp or ())}
            lacking = reference_findings(flow, finops, of)
            self.findings += await self._asked(f"what {flow.name} gives to records", lacking, [flow.name]) or []
        for flow in flows:
            own = self.tables.get(flow.dataverse.entity.type)
            if flow.name in self.readable and own is not None:
                found = duplicates(flow, site.dataverse, finops, own.keys)
                self.findings += await self._asked(f"match keys of {flow.name}", found, [flow.name]) or []

    async def _doubles(self, flow: FlowMap) -> None:
        """Match keys that occur more than once in Dataverse. Options of a choice have labels of their own."""
        own = self.tables.get(flow.dataverse.entity.type)
        if flow.name in self.readable and own is not None and not flow.dataverse.entity.choice:
            found = in_dataverse(flow, self.site.dataverse, own.keys)
            self.findings += await self._asked(f"match keys of {flow.name}", found, [flow.name]) or []

    async def _units(self) -> None:
        """Business units that the settings name have to be readable, and there."""
        of = {flow.name: units for flow in self.flows if (units := self.site.units(flow))}
        if not of:
            return
        known = await self._asked("business units in Dataverse", dataverse_reader.read_units(self.site.dataverse), of)
        for flow in self.flows if known is not None else ():
            self.findings += unit_findings(flow, of.get(flow.name, ()), known or ())
