"""What was begun and never finished: the process dies at every moment of it, and another one goes on."""

from __future__ import annotations

import pytest

from tests.simulation.crashes import Scenario, in_full, in_short
from tests.simulation.golden import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])
def test_whoever_dies_meanwhile_it_ends_as_it_should(scenario: Scenario) -> None:
    """A few of the deaths that leave something else behind; the long form, `./koppel simulate --crashes`, tries all."""
    survey = in_short(scenario)
    assert survey.plays > 1
    assert not survey.told()


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])
def test_whoever_dies_at_whatever_step_it_ends_as_it_should(scenario: Scenario) -> None:
    """Every request with each of its fates, and every step of the code."""
    assert not in_full(scenario).told()
