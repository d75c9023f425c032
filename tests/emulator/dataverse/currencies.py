"""Rules of currencies: each has a rate against the base currency of the organisation, whose own rate stays 1."""

from __future__ import annotations

from typing import Any, Final

from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.products import required
from tests.emulator.dataverse.refusal import Refusal
from tests.emulator.dataverse.store import Row
from tests.emulator.dataverse.writer import Writer

_NEEDED: Final = ("isocurrencycode", "currencyname", "currencysymbol", "exchangerate", "currencyprecision")
"""SystemRequired (reference: dataverse-tables)."""


class Currencies:
    """Checks currencies, with the codes and words that the platform publishes for what it refuses."""

    def __init__(self, environment: Environment, writer: Writer) -> None:
        self.environment = environment
        writer.checks["transactioncurrencies"] = self._check

    def _check(self, before: Row | None, values: dict[str, Any]) -> None:
        required("transactioncurrency", values, *_NEEDED)
        if before is None or values["transactioncurrencyid"] != self.environment.base_currency():
            return
        if values["exchangerate"] != before.values["exchangerate"]:
            raise Refusal(400, "0x80048cf5", "The exchange rate of the base currency cannot be modified.")
        if values["statecode"] != before.values["statecode"]:
            raise Refusal(400, "0x80048cf4", "The base currency cannot be deactivated.")
