"""What no page of Business Central shows of a record, told by the twins: what it is worth, and in which currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from shared.mapping import Entity
from tests.emulator.business_central.twin import BusinessCentralTwin
from tests.emulator.dataverse import DataverseTwin

RATES: Final = "currencyExchangeRates"
_NOTHING: Final[Mapping[str, Any]] = {}
Rows = Sequence[Mapping[str, Any]]


def worked_out(
    twin: BusinessCentralTwin, dataverse: DataverseTwin, of: Entity, row: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Fields of a record that Koppel works out of other lists of its company, as they stand now."""
    names = [name for name, field in of.fields.items() if field.elsewhere]
    if not names:
        return {}
    company, today = str(row["company"]), twin.environment.clock().date().isoformat()
    (setup,), (organization,) = twin.rows(company, "generalLedgerSetup"), dataverse.rows("organizations")
    local, base_id = setup["localCurrencyCode"], organization["_basecurrencyid_value"]
    (base,) = (each["isocurrencycode"] for each in dataverse.rows("transactioncurrencies")
               if each["transactioncurrencyid"] == base_id)  # fmt: skip
    every = [*twin.rows(company, RATES)]
    ours = [each for each in every if each["startingDate"] <= today]
    rates = every if base == local else ours
    code = str(row.get("code"))
    told = {"localCurrencyCode": local, "rate": worth(rates, code, local), "rateToday": worth(ours, code, local),
            "baseCurrency": base, "baseRate": worth(rates, base, local),
            "baseDecimals": organization["currencydecimalprecision"]}  # fmt: skip
    return {name: told[name] for name in names}


def worth(rates: Rows, code: str, local: str) -> Decimal:
    """Units of a currency for one of the local one, by the newest of its rates; 0 where somebody has to enter one."""
    units, left = Decimal(1), len(rates) + 1
    while code != local:
        mine = [each for each in rates if each["currencyCode"] == code]
        newest = max(mine, key=lambda each: str(each["startingDate"]), default=_NOTHING)
        amount, of_others = (newest.get(f"{name}Amount") or 0 for name in ("exchangeRate", "relationalExchangeRate"))
        left -= 1
        if not (amount and of_others and left):
            return Decimal(0)
        units, code = units * Decimal(amount) / Decimal(of_others), newest["relationalCurrencyCode"] or local
    return units
