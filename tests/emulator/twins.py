"""The twins in one process, with demo data, behind uvicorn; and the senders of their events.

Beside the systems' own addresses: the token endpoints of Entra ID, and `/_twin/faults` for fault orders.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import httpx
import uvicorn

from shared.mapping import know_more
from shared.settings import schema_folders
from tests.emulator.azurite import ROOT
from tests.emulator.business_central.sender import HandshakePort, NotificationSender
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.dataverse.sender import WebhookSender
from tests.emulator.demo import demo_of
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.demo.sales_people import SalesPeople
from tests.emulator.demo.trading import load
from tests.emulator.demo.trading_people import TradingPeople
from tests.emulator.faults import Gate
from tests.emulator.finops import FinopsTwin
from tests.emulator.finops.sender import EventSender
from tests.emulator.identity import TENANT, Identity
from tests.emulator.local import BUSINESS_CENTRAL, HOST, KEYS, SUITES, Ports
from tests.emulator.options import SIDES
from tests.emulator.suites import maps_of
from tests.emulator.wire import Answer, Port, Request, Service, asgi_app, json_answer

log: Final = logging.getLogger("koppel.twins")
KEPT_ALIVE: Final = 120
"""Seconds that an idle connection is kept: longer than any client of ours uses one, so that none is cut off in use."""
SECONDS_BETWEEN_ACTS: Final = 20.0


@dataclass(slots=True)
class Counter:
    """Where a twin's requests enter: tokens and fault orders aside, everything is the twin's."""

    service: Service
    identity: Identity
    gate: Gate | None = None

    def handle(self, request: Request) -> Answer:
        if request.path.startswith(("/msi/", f"/{TENANT}/")):
            return self.identity.handle(request)
        if request.path == "/_twin/faults" and request.method == "POST":
            return self._order(json.loads(request.body))
        return self.service.handle(request)

    def _order(self, body: Mapping[str, Any]) -> Answer:
        assert self.gate is not None
        try:
            self.gate.order(**body)
        except (TypeError, ValueError) as problem:
            return json_answer(400, {"error": str(problem)})
        return json_answer(201, {"orders": len(self.gate.orders)})


class People(Protocol):
    """Somebody who works in the systems."""

    def act(self) -> str: ...


class Sending(Protocol):
    """Somebody who delivers what a twin has to tell."""

    async def flush(self) -> None: ...


@dataclass(slots=True)
class Twins:
    """The systems of the local house, loaded with demo data and connected to the host by their events."""

    dataverse: DataverseTwin
    finops: FinopsTwin
    business_central: BusinessCentralTwin
    identity: Identity
    suites: Sequence[str] = SUITES

    @classmethod
    def with_demo_data(cls, ports: Ports, customers: int, empty: str = "", suites: Sequence[str] = SUITES) -> Twins:
        """empty: the side that has none of the records that flows bring."""

        def clock() -> datetime:
            return datetime.now(UTC)

        identity = Identity(clock)
        dataverse = DataverseTwin(clock=clock, identity=identity, url=ports.dataverse_url)
        finops = FinopsTwin(clock=clock, identity=identity, url=ports.finops_url)
        central = BusinessCentralTwin(clock=clock, identity=identity, url=ports.business_central_url)
        data, maps = demo_of(suites, customers), maps_of(suites)
        finops.behaviour.places = data.places
        brought = {flow.dataverse.entity.name if empty == "dataverse" else flow.erp.entity.name for flow in maps}
        for table, rows in data.dataverse.items():
            dataverse.load(table, [] if empty == "dataverse" and table in brought else rows)
        for entity, rows in data.finops.items():
            finops.load(entity, [] if empty == "finops" and entity in brought else rows)
        if PROSPECT_TO_CASH in suites:
            dataverse.install()
            dataverse.upgrade()
        load(data, central, brought if empty == BUSINESS_CENTRAL else ())
        return cls(dataverse, finops, central, identity, suites)

    def connect(self, ports: Ports) -> None:
        """Activates a data event for every flow, as a person would in F&O. Webhooks are Koppel's own to register."""
        for flow in maps_of(self.suites):
            if flow.erp.system != "finops":
                continue
            url = f"{ports.host_url}/api/{flow.name.replace('.', '/')}/finops"
            self.finops.activate(flow.erp.entity.name, url, {"x-functions-key": KEYS["finops"]})

    def people(self, chance: random.Random) -> Sequence[People]:
        """Those who work in the systems of the suites that run."""
        found: list[People] = []
        if PROSPECT_TO_CASH in self.suites:
            found.append(SalesPeople(dataverse=self.dataverse, finops=self.finops, random=chance))
        if BUSINESS_CENTRAL in self.suites:
            found.append(TradingPeople(dataverse=self.dataverse, business_central=self.business_central, random=chance))
        return found


async def serve(ports: Ports, customers: int, empty: str = "", suites: Sequence[str] = SUITES) -> None:
    """Serves the twins until the process is stopped."""
    twins = Twins.with_demo_data(ports, customers, empty, suites)
    twins.connect(ports)
    async with httpx.AsyncClient(timeout=60) as client:

        async def post(delivery: Any) -> int:
            answer = await client.post(delivery.url, headers=dict(delivery.headers), content=delivery.body)
            return answer.status_code

        async def ask(url: str) -> tuple[int, bytes]:
            answer = await client.post(url)
            return answer.status_code, answer.content

        chance = random.Random(1)
        senders: list[Sending] = [
            WebhookSender(twins.dataverse, post, chance, asyncio.sleep),
            EventSender(twins.finops, post, chance, asyncio.sleep),
        ]
        served = [
            listen(gated(twins.dataverse, twins.identity), ports.dataverse),
            listen(gated(twins.finops, twins.identity), ports.finops),
        ]
        if BUSINESS_CENTRAL in suites:
            senders.append(NotificationSender(twins.business_central, post, chance, asyncio.sleep))
            port = HandshakePort(twins.business_central, ask, gated(twins.business_central, twins.identity))
            served.append(listen(port, ports.business_central))
        async with asyncio.TaskGroup() as group:
            group.create_task(_send(senders))
            for each in (*map(_live, twins.people(chance)), *served):
                group.create_task(each)


async def _send(senders: Sequence[Sending]) -> None:
    while True:
        for sender in senders:
            await sender.flush()
        await asyncio.sleep(0.2)


async def _live(people: People) -> None:
    """A little life: every now and then somebody does something."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_ACTS)
        log.info("%s", people.act())


def gated(service: Service, identity: Identity) -> Gate:
    """A twin behind its counter and its gate."""
    counter = Counter(service, identity)
    counter.gate = Gate(counter, asyncio.sleep)
    return counter.gate


async def listen(entrance: Port, port: int) -> None:
    """Serves what is behind an entrance."""
    config = uvicorn.Config(
        asgi_app(entrance),
        host=HOST,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEPT_ALIVE,
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """`python -m tests.emulator.twins --customers 2000`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--empty", choices=SIDES, default="")
    parser.add_argument("--suites", default=",".join(SUITES), help="suites to load, separated by commas")
    for name in ("host", "dataverse", "finops", "business_central"):
        parser.add_argument(f"--{name.replace('_', '-')}-port", type=int, default=getattr(Ports(), name))
    given = parser.parse_args()
    know_more(schema_folders(tuple(filter(None, os.environ.get("MAP_SCHEMAS", "").split(","))), ROOT))
    ports = Ports(
        host=given.host_port,
        dataverse=given.dataverse_port,
        finops=given.finops_port,
        business_central=given.business_central_port,
    )
    suites = [each.strip() for each in given.suites.split(",")]
    asyncio.run(serve(ports, given.customers, given.empty, suites))


if __name__ == "__main__":
    main()
