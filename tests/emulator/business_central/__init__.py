"""A strict imitation of the API of Dynamics 365 Business Central in this process."""

from tests.emulator.business_central.behaviour import Behaviour
from tests.emulator.business_central.environment import Change, Company, Template
from tests.emulator.business_central.notifications import Delivery
from tests.emulator.business_central.refusal import Refusal
from tests.emulator.business_central.twin import BusinessCentralTwin, Founding

__all__ = ["Behaviour", "BusinessCentralTwin", "Change", "Company", "Delivery", "Founding", "Refusal", "Template"]
