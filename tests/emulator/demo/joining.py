"""Demo data of two suites in one Dataverse."""

from __future__ import annotations

import json

from tests.emulator.demo.build import Demo

CURRENCIES = "transactioncurrencies"


def joined(first: Demo, second: Demo) -> Demo:
    """Both. A currency that both have is the first one's, and rows of the second refer to it."""
    known = {row["isocurrencycode"]: row["transactioncurrencyid"] for row in first.dataverse[CURRENCIES]}
    text = json.dumps(second.dataverse)
    for row in second.dataverse[CURRENCIES]:
        text = text.replace(
            row["transactioncurrencyid"], known.get(row["isocurrencycode"], row["transactioncurrencyid"])
        )
    there = json.loads(text)
    there[CURRENCIES] = [row for row in there[CURRENCIES] if row["isocurrencycode"] not in known]
    tables = dict.fromkeys([*first.dataverse, *there])
    return Demo(
        finops={**first.finops, **second.finops},
        dataverse={name: [*first.dataverse.get(name, ()), *there.get(name, ())] for name in tables},
        expected={**first.expected, **second.expected},
        broken={**first.broken, **second.broken},
        business_central={**first.business_central, **second.business_central},
        places=first.places or second.places,
    )
