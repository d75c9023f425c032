"""Rates of currencies, which move without them."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_TESTS: Final = "tests/simulation/test_central_currencies.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("nobody looks whether the rates have moved", "systems._elsewhere",
        "return after, after != before", "return after, False",
        f"{_TESTS}::test_a_rate_that_changes_without_its_currency_flows"),
    _of("a look at rates begins at the newest that was seen", "systems._elsewhere",
        "modified_since(newest, overlap))", "modified_since(newest, 0 * overlap))",
        f"{_TESTS}::test_a_rate_that_is_committed_late_is_not_missed"),
    _of("a rate that comes into force is news to nobody", "systems._elsewhere",
        'after = {**lists, "day": day}', "after = {**lists}",
        f"{_TESTS}::test_a_rate_that_waits_for_its_day_flows_on_that_day"),
    _of("a rate of tomorrow counts today", "systems._exchange_rates",
        'newest = _Worth(client, company, local), "" if base.code == local else self.day',
        'newest = _Worth(client, company, local), ""',
        f"{_TESTS}::test_where_another_currency_is_the_base_both_rates_are_those_of_today"),
    _of("the oldest rate of a currency counts", "systems._exchange_rates",
        "$orderby=startingDate desc", "$orderby=startingDate asc",
        f"{_TESTS}::test_the_newest_row_counts_where_the_local_currency_is_the_base"),
    _of("every rate is one to the local currency", "systems._exchange_rates",
        'row["relationalCurrencyCode"] or self.local', "self.local",
        f"{_TESTS}::test_a_rate_against_another_currency_goes_by_the_rate_of_that_one"),
    _of("no decimals are taken for a blank", "mapping._schema",
        "return self.tells_apart or self.zero_counts", "return self.tells_apart",
        f"{_TESTS}::test_a_new_currency_has_the_decimals_of_the_organisation"),
    Mutant("a rate is what one unit of the currency is worth", "functions.business_central.currencies",
           "round(rate / base_rate, DECIMALS)", "round(base_rate / rate, DECIMALS)",
           (f"{_TESTS}::test_a_rate_is_units_of_the_currency_for_one_of_the_base",)),
)  # fmt: skip
