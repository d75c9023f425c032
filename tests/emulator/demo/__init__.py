"""Demo data: customers and what they refer to, as two systems have them that were never kept equal."""

from tests.emulator.demo.build import Demo, demo
from tests.emulator.demo.kinds import Expected

__all__ = ["Demo", "Expected", "demo"]
