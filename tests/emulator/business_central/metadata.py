"""What the service says about itself: the service document and the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

from tests.emulator.business_central.environment import Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.refusal import wrong_method
from tests.emulator.business_central.schema import NAMESPACE, TEXTS, Page, Property, enums, pages, served
from tests.emulator.wire import Answer, json_answer

_EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
SUBSCRIPTIONS: Final = "subscriptions"
"""What every API serves beside its pages."""


def service_document(exchange: Exchange, route: str) -> Answer:
    """The sets of an API."""
    _reads(exchange)
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in (*served(route), SUBSCRIPTIONS)]
    return json_answer(200, {"@odata.context": f"{exchange.base}/$metadata", "value": sets})


def model(environment: Environment, exchange: Exchange, route: str) -> Answer:
    """`GET $metadata` of an API."""
    _reads(exchange)
    types = [_entity(environment, page) for page in served(route).values()]
    types += [_enum(name, members) for name, members in enums().items()]
    sets = "".join(
        f"<EntitySet Name={quoteattr(page.name)} EntityType={quoteattr(page.qualified_type)}/>"
        for page in served(route).values()
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="{_EDMX}"><edmx:DataServices>'
        f'<Schema Namespace="{NAMESPACE}" xmlns="{_EDM}">{"".join(types)}<EntityContainer Name="NAV">{sets}'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
    return Answer(200, {"content-type": "application/xml"}, text.encode())


def _reads(exchange: Exchange) -> None:
    if exchange.method != "GET":
        raise wrong_method(exchange.method)


def _entity(environment: Environment, page: Page) -> str:
    gone = environment.behaviour.gone.get(page.name, ())
    properties = "".join(_property(page, each) for name, each in page.properties.items() if name not in gone)
    navigations = "".join(_navigation(page, name) for name in page.navigations)
    return (
        f'<EntityType Name="{page.type}"><Key><PropertyRef Name="{page.key}"/></Key>{properties}{navigations}'
        "</EntityType>"
    )


def _property(page: Page, found: Property) -> str:
    nullable = ' Nullable="false"' if found.name == page.key else ""
    length = f' MaxLength="{found.length}"' if found.type in TEXTS and found.length else ""
    scale = ' Scale="Variable"' if found.type == "decimal" else ""
    return f'<Property Name="{found.name}" Type="{found.edm}"{nullable}{length}{scale}/>'


def _navigation(page: Page, name: str) -> str:
    target = page.navigations[name]
    kind = pages()[target.set].qualified_type
    return f'<NavigationProperty Name="{name}" Type="{f"Collection({kind})" if target.many else kind}"/>'


def _enum(name: str, members: Sequence[str]) -> str:
    found = "".join(f'<Member Name="{member}" Value="{value}"/>' for value, member in enumerate(members))
    return f'<EnumType Name="{name}">{found}</EnumType>'
