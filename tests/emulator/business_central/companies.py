"""Sets that belong to no company: the companies themselves, the environments of the tenant, what webhooks there are."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.business_central import options
from tests.emulator.business_central.addresses import Place
from tests.emulator.business_central.documents import JSON
from tests.emulator.business_central.environment import VERSION, Company, Environment
from tests.emulator.business_central.exchange import Exchange
from tests.emulator.business_central.refusal import no_company, no_resource, wrong_method
from tests.emulator.business_central.schema import ZERO, pages
from tests.emulator.business_central.subscriptions import Subscriptions
from tests.emulator.wire import Answer, json_answer


def companies(environment: Environment, exchange: Exchange, at: Place) -> Answer:
    """`GET companies`, or one of them: made and renamed elsewhere (reference: scenario COM-01)."""
    if exchange.method != "GET":
        raise wrong_method(f"{exchange.method} on companies")
    options.check(exchange.options, {"$select", "$count"})
    context = f"{exchange.base}/$metadata#companies"
    chosen = options.selection(pages()["companies"], exchange.options.get("$select"))
    if at.key is not None:
        found = environment.companies.get(at.key)
        if found is None:
            raise no_company(at.key)
        return _answer({"@odata.context": f"{context}/$entity", **_row(found, chosen)})
    if at.counts:
        return Answer(200, {"content-type": "text/plain"}, str(len(environment.companies)).encode())
    rows = [_row(each, chosen) for each in sorted(environment.companies.values(), key=lambda each: each.name)]
    return _answer({"@odata.context": context, "value": rows})


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
    environment.company(at.company)
    names = [page.name for page in pages().values() if subscriptions.supports(page)]
    context = f"{exchange.base}/$metadata#webhookSupportedResources"
    return json_answer(200, {"@odata.context": context, "value": [{"resource": f"v2.0/{name}"} for name in names]})


def _row(company: Company, chosen: Any) -> dict[str, Any]:
    found = {
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
    return {name: value for name, value in found.items() if chosen is None or name in chosen}


def _answer(body: dict[str, Any]) -> Answer:
    return Answer(200, JSON, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
