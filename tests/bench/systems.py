"""The two systems under measurement, in a process of their own: N customers on one side, none of them on the other."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Final

from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo.countries import countries
from tests.emulator.demo.customers import Maker
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import Row
from tests.emulator.demo.references import References
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.local import Ports
from tests.emulator.twins import Twins, gated, listen

COMPANIES: Final = ("usmf", "demf")
SEED: Final = 2026


def loaded(ports: Ports, customers: int) -> tuple[DataverseTwin, FinopsTwin, Identity]:
    """Both twins, their request limits off: what is measured is the work, not the patience."""

    def clock() -> datetime:
        return datetime.now(UTC)

    identity = Identity(clock)
    dataverse = DataverseTwin(clock=clock, identity=identity, url=ports.dataverse_url)
    finops = FinopsTwin(clock=clock, identity=identity, url=ports.finops_url)
    _unlimited(dataverse, finops)
    references, rows = _made(customers, COMPANIES)
    for table, there in references.dataverse.items():
        dataverse.load(table, there)
    for entity, here in (references.finops | {"CustomersV3": rows}).items():
        finops.load(entity, here)
    return dataverse, finops, identity


def _unlimited(dataverse: DataverseTwin, finops: FinopsTwin) -> None:
    for twin in (dataverse, finops):
        twin.behaviour.request_limit = 10**9
        twin.behaviour.execution_limit = 1e12


def made_customers(customers: int, companies: Sequence[str]) -> list[Row]:
    """Customers as F&O has them."""
    return _made(customers, companies)[1]


def _made(customers: int, companies: Sequence[str]) -> tuple[References, list[Row]]:
    numbers = Numbers(Random(f"{SEED} numbers"))
    references = References(companies, Random(f"{SEED} references"), numbers)
    maker = Maker(Random(f"{SEED} bench"), countries(SEED), references, numbers)
    made = [maker.in_finops() for _ in range(customers)]
    return references, [customer.here for customer in made if customer.here]


def sold_to(ports: Ports, customers: int) -> tuple[DataverseTwin, FinopsTwin, Identity]:
    """The same for prospect to cash: so many accounts and contacts in Sales, and none of them in F&O yet."""
    twins = Twins.with_demo_data(ports, customers, "finops", (PROSPECT_TO_CASH,))
    _unlimited(twins.dataverse, twins.finops)
    return twins.dataverse, twins.finops, twins.identity


async def serve(ports: Ports, customers: int, suite: str) -> None:
    """Serves both until the process is stopped."""
    dataverse, finops, identity = (sold_to if suite == PROSPECT_TO_CASH else loaded)(ports, customers)
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(gated(dataverse, identity), ports.dataverse))
        group.create_task(listen(gated(finops, identity), ports.finops))


def main() -> None:
    """`python -m tests.bench.systems --customers 2000 --dataverse-port 7181 --finops-port 7182`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--dataverse-port", type=int, required=True)
    parser.add_argument("--finops-port", type=int, required=True)
    parser.add_argument("--suite", default="dual_write")
    given = parser.parse_args()
    asyncio.run(serve(Ports(dataverse=given.dataverse_port, finops=given.finops_port), given.customers, given.suite))


if __name__ == "__main__":
    main()
