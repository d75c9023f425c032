"""A small Business Central at the transport: companies with customers, pages of two, JSON batches."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from shared.mapping import entity
from shared.systems import BusinessCentral, Limiter
from tests.unit.systems.worlds import boundaries, connection

CUSTOMERS: Final = entity("business_central", "customers")
ONE: Final = "11111111-0000-0000-0000-000000000001"
TWO: Final = "22222222-0000-0000-0000-000000000002"
ROOT: Final = "https://bc.example/v2.0/tenant/Production/api"
NAMES: Final = ["company", "displayName", "lastModifiedDateTime"]
ADDRESS: Final = re.compile(r"v2\.0/companies\(([0-9a-f-]+)\)/customers(?:\(([0-9a-f-]+)\))?$")
Edit = Callable[[dict[str, Any]], None]


def row_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def refusal(status: int, code: str, message: str = "No.") -> httpx.Response:
    tail = "  CorrelationId:  0b7f3c52-9f04-4a0e-8d1e-1f7a2b8c6d5e."
    return httpx.Response(status, json={"error": {"code": code, "message": message + tail}})


class Service:
    """What the customers of two companies hold, and what arrived. `link` is in force while its generation is.

    edit: what is done to an answer of a batch before it goes out. broken: ids of records whose page fails.
    """

    def __init__(self, *numbers: int) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {ONE: {}, TWO: {}}
        self.requests: list[httpx.Request] = []
        self.parts: list[dict[str, Any]] = []
        self.generation = 1
        self.broken: set[str] = set()
        self.edit: Edit = lambda _answer: None
        for number in numbers:
            self.put(number)
        self.client = BusinessCentral(connection(self, base=ROOT, limiter=Limiter(5, 5)), boundaries())

    def put(self, number: int, company: str = ONE, **values: Any) -> str:
        found = row_id(number)
        self.rows[company][found] = {
            "@odata.etag": f'W/"{number}"', "id": found, "displayName": f"Customer {number}",
            "lastModifiedDateTime": f"2026-11-30T10:{number:02d}:00Z", **values,
        }  # fmt: skip
        return found

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = str(request.url).removeprefix(f"{ROOT}/")
        if path.startswith("v2.0/companies?"):
            return httpx.Response(200, json={"value": [{"id": each, "name": each[:1]} for each in self.rows]})
        if path != "v2.0/$batch":
            return self._one(request.method, path, json.loads(request.content or "{}"), dict(request.headers))
        answers = [self._part(each) for each in json.loads(request.content)["requests"]]
        body = {"responses": answers}
        self.edit(body)
        return httpx.Response(200, json=body)

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        self.parts.append(part)
        answer = self._one(part["method"], f"v2.0/{part['url']}", part.get("body", {}), part["headers"])
        body = json.loads(answer.content) if answer.content else None
        return {"id": part["id"], "status": answer.status_code, "headers": {}, "body": body}

    def _one(self, method: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
        company, found = ADDRESS.match(path.partition("?")[0]).groups()  # type: ignore[union-attr] # nothing else is asked
        rows = self.rows.get(company)
        if rows is None:
            return refusal(404, "Internal_CompanyNotFound")
        if method == "POST":
            self.put(90, company, **body)
            return self._answer(201, rows[row_id(90)], company)
        if found is None:
            return self._list(path, company, headers)
        if found not in rows:
            return refusal(404, "Internal_RecordNotFound")
        if found in self.broken:
            return refusal(500, "Internal_ServerError")
        if method == "PATCH":
            if headers.get("If-Match", headers.get("if-match")) != rows[found]["@odata.etag"]:
                return refusal(409, "Request_EntityChanged", "Another user has already changed the record.")
            rows[found] |= {**body, "@odata.etag": 'W/"new"'}
        return self._answer(200, rows[found], company)

    def _answer(self, status: int, row: dict[str, Any], company: str) -> httpx.Response:
        context = f"{ROOT}/v2.0/$metadata#companies({company})/customers/$entity"
        return httpx.Response(status, json={"@odata.context": context, **row})

    def _list(self, path: str, company: str, headers: dict[str, str]) -> httpx.Response:
        query = parse_qs(urlsplit(path).query)
        generation, start = (int(each) for each in query.get("$skiptoken", [f"{self.generation}-0"])[0].split("-"))
        if generation != self.generation:
            return refusal(400, "BadRequest_InvalidRequestUrl", "The skip token is not known.")
        prefer = {name.lower(): value for name, value in headers.items()}["prefer"]
        size = min(2, int(prefer.removeprefix("odata.maxpagesize=")))
        rows = [row for row in self.rows[company].values() if _meets(row, unquote(query.get("$filter", [""])[0]))]
        rows.sort(key=lambda row: str(row["lastModifiedDateTime"]), reverse="desc" in path)
        page = rows[start : start + int(query.get("$top", [size])[0])]
        if query["$select"] != ["id"] and any(row["id"] in self.broken for row in page):
            return refusal(500, "Internal_ServerError")
        body: dict[str, Any] = {
            "@odata.context": f"{ROOT}/v2.0/$metadata#companies({company})/customers",
            "value": page,
        }
        if start + size < len(rows) and "$top" not in query:
            again = path.partition("&$skiptoken")[0]
            body["@odata.nextLink"] = f"{ROOT}/{again}&$skiptoken={self.generation}-{start + size}"
        return httpx.Response(200, json=body)


def _meets(row: dict[str, Any], text: str) -> bool:
    """The filters that these tests ask with: since, one of several ids or names."""
    if since := re.fullmatch(r"lastModifiedDateTime ge (\S+)", text):
        return str(row["lastModifiedDateTime"]) >= since[1].replace(".000Z", "Z")
    ids, texts = re.findall(r"id eq ([0-9a-f-]+)", text), re.findall(r"eq '([^']*)'", text)
    held = {str(row["displayName"]).lower(), row.get("postalCode")}
    return not text or row["id"] in ids or not held.isdisjoint(texts)
