"""Whether what an operator is told when something is refused was so, by what the ledger and the systems held then."""

from __future__ import annotations

import re
from typing import Final

from tests.simulation import reasons_of_conflicts, reasons_of_flows, reasons_of_pairs
from tests.simulation.seen import Order, Rule, Seen

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    *reasons_of_flows.RULES,
    *reasons_of_pairs.RULES,
    *reasons_of_conflicts.RULES,
)
"""What a refusal says, and whether that was so at any moment since the order was given."""


def untrue(seen: Seen, order: Order, text: str) -> list[str]:
    """What was said when an order was refused, if it was not so, or nobody here can tell whether it was."""
    for pattern, was_so in RULES:
        if (said := re.search(pattern, text)) is not None:
            return [] if was_so(seen, order, said) else [f"law 10: an operator is told what is not so: {text}"]
    return [f"law 10: an operator is told what no rule of the judge knows: {text}"]
