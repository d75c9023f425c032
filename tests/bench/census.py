"""What both systems hold, read straight from them: who is there twice, and which version every row has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from functions.runtime import DATAVERSE_API, FINOPS_API, catalogue
from shared.mapping import DATAVERSE, ERP, SIDES, FlowMap, Side
from shared.settings import Settings
from tests.bench.stage import token_form, token_url
from tests.emulator.local import Ports


class Census:
    """The tables of every flow, read from outside of Koppel."""

    def __init__(self, ports: Ports, client: httpx.Client) -> None:
        self.client = client
        settings = Settings(dataverse_url=ports.dataverse_url, finops_url=ports.finops_url)
        self.flows: list[FlowMap] = list(catalogue(settings).sound())
        self.bases = {ERP: f"{ports.finops_url}{FINOPS_API}", DATAVERSE: f"{ports.dataverse_url}{DATAVERSE_API}"}
        urls: dict[Side, str] = {ERP: ports.finops_url, DATAVERSE: ports.dataverse_url}
        self.headers = {side: self._authorization(ports, url) for side, url in urls.items()}

    def doubled(self) -> set[str]:
        """Keys that several Dataverse rows carry, as `table: key`."""
        return {name for flow in self.flows for name in self._doubled_in(flow)}

    def versions(self) -> dict[str, str]:
        """The version of every row of both systems, by the address of the row."""
        return {name: version for flow in self.flows for side in SIDES for name, version in self._versions(flow, side)}

    def _doubled_in(self, flow: FlowMap) -> Iterator[str]:
        columns = [line.dataverse.wire_name for line in flow.match[0]]
        columns += flow.company.read if flow.company else []
        rows = self._rows(DATAVERSE, flow.dataverse.entity.name, columns)
        keys = Counter(tuple(str(row[name] or "") for name in columns) for row in rows)
        found = (key for key, number in keys.items() if number > 1 and all(key))
        yield from (f"{flow.dataverse.entity.name}: {' '.join(key)}" for key in found)

    def _versions(self, flow: FlowMap, side: Side) -> Iterator[tuple[str, str]]:
        entity = flow.side(side).entity
        for row in self._rows(side, entity.name, entity.key):
            yield " ".join((entity.name, *(str(row[name]) for name in entity.key))), str(row["@odata.etag"])

    def _rows(self, side: Side, table: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        companies = "&cross-company=true" if side == ERP else ""
        url = f"{self.bases[side]}/{table}?$select={','.join(columns)}{companies}"
        while url:
            page = self.client.get(url, headers=self.headers[side], timeout=120).raise_for_status().json()
            yield from page["value"]
            url = page.get("@odata.nextLink", "")

    def _authorization(self, ports: Ports, url: str) -> dict[str, str]:
        answer = self.client.post(token_url(ports), data=token_form(url)).raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}
