"""Sets that belong to no company: the companies themselves, the environments of the tenant, what webhooks there are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from odata_query import ast

from tests.emulator.business_central import options
from tests.emulator.business_central.addresses import Place
from tests.emulator.business_central.documents import JSON
from tests.emulator.business_central.environment import VERSION, Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.filters import EVERYTHING, compiled, parse
from tests.emulator.business_central.refusal import bad_request, no_company, no_resource, wrong_method
from tests.emulator.business_central.schema import ZERO, Page, every_page, pages
from tests.emulator.business_central.subscriptions import Subscriptions
from tests.emulator.business_central.values import comparable
from tests.emulator.wire import Answer, json_answer


def companies(environment: Environment, exchange: Exchange, at: Place) -> Answer:
    """`GET companies`, or one of them: made and renamed elsewhere (reference: scenario COM-01)."""
    if exchange.method != "GET":
        raise wrong_method(f"{exchange.method} on companies")
    page, given = pages()["companies"], exchange.options
    options.check(given, options.KNOWN - {"$expand"})
    context = f"{exchange.base}/$metadata#companies"
    chosen = options.selection(page, given.get("$select"))
    if at.key is not None:
        found = environment.companies.get(at.key)
        if found is None:
            raise no_company(at.key)
        return _answer({"@odata.context": f"{context}/$entity", **_shown(_row(found), chosen)})
    rows = _asked(environment, exchange, page)
    if at.counts:
        return Answer(200, {"content-type": "text/plain"}, str(len(rows)).encode())
    body: dict[str, Any] = {"@odata.context": context}
    if options.wants_count(given):
        body["@odata.count"] = len(rows)
    skip, top = options.number(given, "$skip") or 0, options.number(given, "$top")
    shown = rows[skip:][: len(rows) if top is None else top]
    return _answer({**body, "value": [_shown(each, chosen) for each in shown]})


def _asked(environment: Environment, exchange: Exchange, page: Page) -> list[dict[str, Any]]:
    """The companies that match, in the order asked for, or else by name."""
    text = exchange.options.get("$filter")
    chosen = compiled(page, text, newer=exchange.is_newer) if text is not None else EVERYTHING
    rows = [_row(each) for each in sorted(environment.companies.values(), key=lambda each: each.name)]
    rows = [row for row in rows if chosen.test(row)]
    for order in reversed(options.ordering(page, exchange.options.get("$orderby"))):
        rows.sort(key=lambda row: comparable(order.kind, row[order.field]), reverse=order.descending)
    return rows


def environments(environment: Environment) -> Answer:
    """The environments of the tenant: this one."""
    row = {
        "aadTenantId": environment.tenant,
        "applicationFamily": "BusinessCentral",
        "type": "Sandbox",
        "name": environment.name,
        "countryCode": "W1",
        "webServiceUrl": environment.url,
        "webClientLoginUrl": f"{environment.url}/{environment.tenant}/{environment.name}",
        "ringName": "Production",
    }
    return json_answer(200, {"value": [row]})


def supported(environment: Environment, exchange: Exchange, at: Place, subscriptions: Subscriptions) -> Answer:
    """Which sets one can subscribe to."""
    if at.resource != "webhookSupportedResources" or not at.company:
        raise no_resource(f"{exchange.base}/{at.resource}")
    if exchange.method != "GET":
        raise wrong_method(f"{exchange.method} on webhookSupportedResources")
    options.check(exchange.options, {"$filter"})
    environment.company(at.company)
    found = every_page().values() if environment.behaviour.connector else pages().values()
    names = [f"{page.route}/{page.name}" for page in found if subscriptions.supports(page)]
    names = [name for name in names if _matches(exchange.options.get("$filter"), name)]
    context = f"{exchange.base}/$metadata#webhookSupportedResources"
    return json_answer(200, {"@odata.context": context, "value": [{"resource": name} for name in names]})


def _matches(text: str | None, name: str) -> bool:
    """Whether a name is what a filter of names asks for, in which a star stands for anything."""
    if text is None:
        return True
    node = parse(text)
    if not (
        isinstance(node, ast.Compare) and isinstance(node.comparator, ast.Eq) and isinstance(node.right, ast.String)
    ):
        raise bad_request("The list of resources is filtered by one name.")
    if not isinstance(node.left, ast.Identifier) or node.left.name != "resource":
        raise bad_request("The list of resources has no other property than resource.")
    return fnmatchcase(name, node.right.val)


def _row(company: Company) -> dict[str, Any]:
    return {
        "id": company.id,
        "systemVersion": VERSION,
        "timestamp": company.version,
        "name": company.name,
        "displayName": company.name,
        "businessProfileId": "",
        "systemCreatedAt": company.created,
        "systemCreatedBy": ZERO,
        "systemModifiedAt": company.created,
        "systemModifiedBy": ZERO,
    }


def _shown(row: Mapping[str, Any], chosen: Sequence[str] | None) -> dict[str, Any]:
    return {name: value for name, value in row.items() if chosen is None or name in chosen}


def _answer(body: dict[str, Any]) -> Answer:
    return Answer(200, JSON, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
