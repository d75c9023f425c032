"""A strict imitation of the Dataverse Web API in this process."""

from tests.emulator.dataverse.behaviour import Behaviour
from tests.emulator.dataverse.environment import Change
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.twin import BASE_CURRENCY_ID, DataverseTwin
from tests.emulator.dataverse.webhooks import Delivery

__all__ = ["BASE_CURRENCY_ID", "Behaviour", "Change", "DataverseTwin", "Delivery", "Refusal"]
