"""What operators and the platform ask: health, flow states, synchronisation, jobs, parked records, explanations."""

from functions.operations import flows, health, jobs, parked, pump, records, sync

blueprints = tuple(module.blueprint for module in (health, flows, sync, jobs, parked, records, pump))
