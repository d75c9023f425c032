"""Demo data: what two systems have that were never kept equal, for each suite."""

from __future__ import annotations

from collections.abc import Sequence

from tests.emulator.demo.build import Demo, demo
from tests.emulator.demo.joining import joined
from tests.emulator.demo.kinds import Expected
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.demo.sales import sales_demo
from tests.emulator.demo.trading import SUITE as BUSINESS_CENTRAL
from tests.emulator.demo.trading import trading_demo

__all__ = ["Demo", "Expected", "demo", "demo_of", "sales_demo", "trading_demo"]


def demo_of(suites: Sequence[str], customers: int) -> Demo:
    """The demo data of the suites that are turned on; dual_write and prospect_to_cash are alternatives."""
    if BUSINESS_CENTRAL not in suites:
        return sales_demo(customers) if PROSPECT_TO_CASH in suites else demo(customers)
    others = [each for each in suites if each != BUSINESS_CENTRAL]
    return joined(demo_of(others, customers), trading_demo(customers)) if others else trading_demo(customers)
