"""What the lines of a map do together: which records a match couples, and whether values come to rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.mapping._check_lines import Checked
from shared.mapping._schema import TEXTS


def identifies(group: Sequence[str], lines: Sequence[Checked], identity: Collection[str]) -> bool:
    """True if records that agree on a match group can be the same: it has a field of the identity, or a text or code
    of the record's own. A currency or a group is shared by many, and so is a member of a list, a number or a date.
    """
    return any(
        line.erp.name in identity
        or (line.erp.type in {*TEXTS, "guid"} and not line.is_lookup and not line.parsed.values)
        for line in lines
        if line.erp and line.dataverse and line.erp.name in group
    )


def circle(lines: Sequence[Checked]) -> Sequence[Checked]:
    """One-way lines that hand a value round for ever; empty if every value comes to rest.

    A field has one writer, so that going from source to source either ends or comes back.
    """
    writers = {target: (source, line) for line in lines for source, target in _ways(line)}
    for start in writers:
        place = start
        passed: list[Checked] = []
        while place in writers and len(passed) < len(writers):
            place, line = writers[place]
            passed.append(line)
            if place == start:
                return passed[::-1]
    return ()


def _ways(line: Checked) -> list[tuple[str, str]]:
    """From where to where a one-way line hands a value; a line for both ways ends where it began."""
    if line.erp is None or line.dataverse is None or (line.parsed.to_erp and line.parsed.to_dataverse):
        return []
    ends = (f"erp {line.erp.name}", f"dataverse {line.dataverse.name}")
    return [ends if line.parsed.to_dataverse else ends[::-1]]
