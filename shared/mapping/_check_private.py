"""Which lines may be private: their values are shown nowhere, so they are none by which people know a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.mapping._check_lines import Checked
from shared.mapping._model import Head
from shared.mapping._problems import Problem


def private(lines: Iterable[Checked], head: Head) -> Iterator[Problem]:
    """Neither references nor what tells records apart, finds a partner, or says what a record is called."""
    told = {*head.erp.identity, head.erp.second, *head.name, *(name for group in head.match for name in group)}
    for line in lines:
        if "private" not in line.parsed.options:
            continue
        if line.is_lookup:
            yield line.parsed.problem("a reference is not private: what waits for it says its code", "drop the option")
        elif line.erp is not None and line.erp.name in told:
            what = f"{line.erp.name} is what the record is known by, and shown wherever it is"
            yield line.parsed.problem(what, "drop the option")
