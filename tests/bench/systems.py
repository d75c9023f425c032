"""The two systems under measurement, in a process of their own: N customers on one side, none of them on the other."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Final

from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin
from tests.emulator.demo.countries import countries
from tests.emulator.demo.customers import Maker
from tests.emulator.demo.numbers import Numbers
from tests.emulator.demo.pairs import Row
from tests.emulator.demo.references import References
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.demo.trading_cast import Cast
from tests.emulator.demo.trading_catalogue import DE, trading_catalogue
from tests.emulator.finops import FinopsTwin
from tests.emulator.identity import Identity
from tests.emulator.local import BUSINESS_CENTRAL, Ports
from tests.emulator.twins import Twins, gated, listen

COMPANIES: Final = ("usmf", "demf")
SEED: Final = 2026
Both = tuple[DataverseTwin, FinopsTwin | BusinessCentralTwin, Identity]


def clock() -> datetime:
    """The moment, as the twins see it."""
    return datetime.now(UTC)


def loaded(ports: Ports, customers: int) -> Both:
    """Both twins, their request limits off: what is measured is the work, not the patience."""
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


def _unlimited(*twins: DataverseTwin | FinopsTwin) -> None:
    for twin in twins:
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


def traded_with(ports: Ports, customers: int) -> Both:
    """The same for Business Central: so many customers in its first company, and no account in Dataverse."""
    identity = Identity(clock)
    dataverse = DataverseTwin(clock=clock, identity=identity, url=ports.dataverse_url)
    central = BusinessCentralTwin(clock=clock, identity=identity, url=ports.business_central_url)
    _unlimited(dataverse)
    central.behaviour.request_limit = 10**9
    catalogue = trading_catalogue(Random(f"{SEED} trading catalogue"))
    cast = Cast(Random(f"{SEED} trading"), countries(SEED), catalogue)
    for _ in range(customers):
        row, _account = cast.customer("only_erp")
        row["displayName"] += f" {row['number']}"  # of two with one name and postal code Koppel parks the later
    for table, there in cast.in_dataverse().items():
        dataverse.load(table, there)
    for name, here in cast.in_business_central()[DE].items():
        central.load(DE, name, here)
    return dataverse, central, identity


def sold_to(ports: Ports, customers: int) -> Both:
    """The same for prospect to cash: so many accounts and contacts in Sales, and none of them in F&O yet."""
    twins = Twins.with_demo_data(ports, customers, "finops", (PROSPECT_TO_CASH,))
    _unlimited(twins.dataverse, twins.finops)
    return twins.dataverse, twins.finops, twins.identity


_MADE: Final[Mapping[str, Callable[[Ports, int], Both]]] = {PROSPECT_TO_CASH: sold_to, BUSINESS_CENTRAL: traded_with}


async def serve(ports: Ports, customers: int, suite: str) -> None:
    """Serves both until the process is stopped."""
    dataverse, erp, identity = _MADE.get(suite, loaded)(ports, customers)
    port = ports.business_central if suite == BUSINESS_CENTRAL else ports.finops
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(gated(dataverse, identity), ports.dataverse))
        group.create_task(listen(gated(erp, identity), port))


def main() -> None:
    """`python -m tests.bench.systems --customers 2000 --dataverse-port 7181 --finops-port 7182`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--dataverse-port", type=int, required=True)
    parser.add_argument("--finops-port", type=int, default=0)
    parser.add_argument("--business-central-port", type=int, default=0)
    parser.add_argument("--suite", default="dual_write")
    given = parser.parse_args()
    ports = Ports(
        dataverse=given.dataverse_port, finops=given.finops_port, business_central=given.business_central_port
    )
    asyncio.run(serve(ports, given.customers, given.suite))


if __name__ == "__main__":
    main()
