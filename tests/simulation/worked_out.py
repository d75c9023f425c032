"""What no page of Business Central shows of a record, told by the twins: what it is worth, and in which currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.mapping import Entity
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin


def worked_out(
    twin: BusinessCentralTwin, dataverse: DataverseTwin, of: Entity, row: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Fields of a record that Koppel works out of other lists of its company. Nobody enters a rate in a history."""
    names = [name for name, field in of.fields.items() if field.elsewhere]
    if not names:
        return {}
    company = str(row["company"])
    assert not any(twin.rows(company, "currencyExchangeRates")), "the judge does not know who entered which rate when"
    (setup,), (organization,) = twin.rows(company, "generalLedgerSetup"), dataverse.rows("organizations")
    local, base_id = setup["localCurrencyCode"], organization["_basecurrencyid_value"]
    (base,) = (each["isocurrencycode"] for each in dataverse.rows("transactioncurrencies")
               if each["transactioncurrencyid"] == base_id)  # fmt: skip
    worth = int(row.get("code") == local)
    told = {"localCurrencyCode": local, "rate": worth, "rateToday": worth, "baseCurrency": base,
            "baseRate": int(base == local), "baseDecimals": organization["currencydecimalprecision"]}  # fmt: skip
    return {name: told[name] for name in names}
