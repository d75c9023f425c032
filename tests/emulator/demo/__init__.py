"""Demo data: what two systems have that were never kept equal, for each suite."""

from __future__ import annotations

from collections.abc import Sequence

from tests.emulator.demo.build import Demo, demo
from tests.emulator.demo.kinds import Expected
from tests.emulator.demo.sales import SUITE as PROSPECT_TO_CASH
from tests.emulator.demo.sales import sales_demo

__all__ = ["Demo", "Expected", "demo", "demo_of", "sales_demo"]


def demo_of(suites: Sequence[str], customers: int) -> Demo:
    """The demo data of the suites that are turned on; dual_write and prospect_to_cash are alternatives."""
    return sales_demo(customers) if PROSPECT_TO_CASH in suites else demo(customers)
