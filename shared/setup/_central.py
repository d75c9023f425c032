"""Business Central as it is: its companies, and the pages and properties that its service shows (reference:
business-central-api 1.3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from shared.errors import Denied
from shared.mapping import Entity, FlowMap
from shared.setup._findings import Finding
from shared.systems import BusinessCentral

_EDM: Final = "{http://docs.oasis-open.org/odata/ns/edm}"
Pages = Mapping[tuple[str, str], Collection[str]]
"""Route and set of a page to the names of its properties."""


WHOLE: Final = frozenset({"Essential", "Premium", "Advanced"})
"""Experiences in which users see customers, vendors, contacts and items whole."""


def pages_of(flows: Collection[FlowMap]) -> list[Entity]:
    """The pages that flows read: those that they are about, and the lists behind what these do not show."""
    return [each for flow in flows for each in (flow.erp.entity, *flow.erp.lists)]


async def read_pages(central: BusinessCentral, entities: Collection[Entity]) -> Pages:
    """The pages of the APIs that serve these entities; those of an API that is not installed are missing."""
    found: dict[tuple[str, str], Collection[str]] = {}
    for route in sorted({each.route for each in entities}):
        try:
            text = await central.metadata(route)
        except Denied:
            continue
        found |= {(route, name): properties for name, properties in _pages(text)}
    return found


def _pages(text: bytes) -> Iterator[tuple[str, Collection[str]]]:
    root = ET.fromstring(text)  # noqa: S314 - the service's own, asked for with our token
    types = {
        each.get("Name"): {found.get("Name", "") for found in each.iter(f"{_EDM}Property")}
        for each in root.iter(f"{_EDM}EntityType")
    }
    for each in root.iter(f"{_EDM}EntitySet"):
        yield each.get("Name", ""), types.get(each.get("EntityType", "").rpartition(".")[2], set())


def page_findings(flow: FlowMap, pages: Pages) -> Iterator[Finding]:
    """What a flow's map asks of a page that is not there."""
    entity = flow.erp.entity
    page = pages.get((entity.route, entity.name))
    if page is None:
        what = f"Business Central has no page {entity.name} under {entity.route}"
        remedy = "update Business Central, or install the extension that has it; else leave this flow out"
        yield Finding("error", what, remedy, (flow.name,))
        return
    for each in flow.erp.lists:
        if (each.route, each.name) not in pages:
            what = (
                f"Business Central has no page {each.name} under {each.route}, from which the map fills {entity.name}"
            )
            yield Finding("error", what, "take its lines out of the map with an overlay, or update", (flow.name,))
    asked = (name for name in flow.erp.columns if not entity.fields[name].elsewhere)
    for name in sorted({*asked} - {*page, entity.company}):
        what = f"{entity.name} of Business Central has no {name}, which the map asks for"
        yield Finding("error", what, "take it out of the map with an overlay, or update", (flow.name,))


def company_findings_of(flow: FlowMap, named: Sequence[str], there: Mapping[str, str]) -> Iterator[Finding]:
    """Companies that the settings name and the app's user does not see. there: names by id."""
    for each in named:
        if each not in there:
            seen = ", ".join(f"{name} ({found})" for found, name in there.items()) or "none"
            what = f"BUSINESS_CENTRAL_COMPANIES names {each}, which cannot be seen; companies that can: {seen}"
            yield Finding("error", what, "name one of these, or let the app's user see that company", (flow.name,))


def experience_findings(found: Mapping[str, str], flows: Sequence[str]) -> Iterator[Finding]:
    """Companies whose users do not see all that flows write. found: the experience of each, by its name.

    What an experience leaves out is hidden on pages and stays in the tables, so that a flow goes on all the same
    (dev-itpro: devenv-extending-application-areas).
    """
    for company, experience in found.items():
        if experience and experience not in WHOLE:
            what = f"{company} has the experience {experience}: its users do not see every field that flows write"
            remedy = "choose Essential or Premium on the page Company Information, unless that is meant"
            yield Finding("warning", what, remedy, tuple(flows))
