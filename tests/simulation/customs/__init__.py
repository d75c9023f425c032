"""Customisations as customers ask for them: what a consultant writes, and what becomes of it on either side."""

from __future__ import annotations

from typing import Final

from tests.simulation.customs.by_company import BY_COMPANY
from tests.simulation.customs.columns import COLUMNS
from tests.simulation.customs.computed import COMPUTED, FUNCTIONS
from tests.simulation.customs.custom import Custom
from tests.simulation.customs.lists import LISTS
from tests.simulation.customs.lookups import LOOKUPS
from tests.simulation.customs.own_flows import OWN_FLOWS
from tests.simulation.customs.policies import POLICIES
from tests.simulation.customs.scopes import SCOPES
from tests.simulation.customs.supplied import SUPPLIED

CUSTOMS: Final = (*COLUMNS, *LISTS, *SUPPLIED, *POLICIES, *LOOKUPS, *SCOPES, *COMPUTED, *BY_COMPANY, *OWN_FLOWS)

__all__ = ["CUSTOMS", "FUNCTIONS", "Custom"]
