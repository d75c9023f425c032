"""A strict imitation of the OData API of Dynamics 365 finance and operations in this process."""

from tests.emulator.finops.behaviour import Behaviour
from tests.emulator.finops.environment import Change
from tests.emulator.finops.events import Delivery
from tests.emulator.finops.refusal import Refusal
from tests.emulator.finops.twin import FinopsTwin

__all__ = ["Behaviour", "Change", "Delivery", "FinopsTwin", "Refusal"]
