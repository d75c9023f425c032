"""Where a read is answered from, and stamps of long transactions (fact sheet 3 and 8)."""

from __future__ import annotations

import pytest

from tests.emulator.business_central.probe import DE, Probe

READ_WRITE, READ_ONLY = "ReadWrite", "ReadOnly"


@pytest.fixture
def lagging(probe: Probe) -> Probe:
    """A replica that is a minute behind, a rate and a customer that were just now changed."""
    probe.there("currencies", {"code": "USD"})
    row = {"currencyCode": "USD", "startingDate": "2025-01-01", "exchangeRateAmount": 1}
    rate = probe.there("currencyExchangeRates", row)
    customer = probe.customer("C1", city="old")
    probe.twin.behaviour.replica_lag = 60
    probe.pass_time(120)
    probe.twin.update(DE, "currencyExchangeRates", rate[-37:-1], {"exchangeRateAmount": 2})
    probe.twin.update(DE, "customers", customer[-37:-1], {"city": "new"})
    return probe


def rates(probe: Probe, **headers: str) -> list[float]:
    return probe.get("currencyExchangeRates", **headers).column("exchangeRateAmount")


def test_rates_come_from_the_replica(lagging: Probe) -> None:
    """EXR-01: unless the caller asks otherwise, and until the replica has caught up."""
    assert rates(lagging) == [1]
    assert rates(lagging, data_access_intent=READ_WRITE) == [2]
    lagging.pass_time(60)
    assert rates(lagging) == [2]


def test_others_come_from_the_database(lagging: Probe) -> None:
    """Unless the caller asks for the replica."""
    assert lagging.get("customers").column("city") == ["new"]
    assert lagging.get("customers", data_access_intent=READ_ONLY).column("city") == ["old"]


def test_the_replica_knows_of_deletes_late(lagging: Probe) -> None:
    """What is gone is still there, and what is new is not yet."""
    lagging.twin.delete(DE, "customers", lagging.twin.id_of(DE, "customers", "C1"))
    lagging.twin.create(DE, "customers", {"displayName": "X"})
    assert lagging.get("customers", data_access_intent=READ_ONLY).column("number") == ["C1"]
    assert lagging.get("customers").column("number") == ["C00010"]


def test_writes_do_not_go_to_the_replica(probe: Probe, c100: str) -> None:
    """Such an intent on a write is an error, and so is one that is not known."""
    assert probe.write(c100, {"city": "X"}, data_access_intent=READ_ONLY).status == 400
    assert probe.post("customers", {"displayName": "X"}, data_access_intent=READ_ONLY).status == 400
    assert probe.get("customers", data_access_intent="Sometimes").status == 400


def test_long_transactions(probe: Probe, c100: str) -> None:
    """They commit late with the stamp of their beginning: whoever looks behind the last stamp he saw misses them."""
    probe.pass_time(600)
    probe.twin.behaviour.late_commits = [300.0]
    probe.twin.update(DE, "customers", c100[-37:-1], {"city": "late"})
    assert probe.get(c100).json["lastModifiedDateTime"] == "2025-01-06T09:05:00Z"
    probe.twin.update(DE, "customers", c100[-37:-1], {"city": "in time"})
    assert probe.get(c100).json["lastModifiedDateTime"] == "2025-01-06T09:10:00Z"
