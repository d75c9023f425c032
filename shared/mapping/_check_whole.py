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

    A field has one writer, which a computed value goes into from several sources.
    """
    writers = {target: (sources, line) for line in lines for sources, target in _ways(line)}

    def back(start: str, place: str, passed: Sequence[Checked]) -> Sequence[Checked]:
        sources, line = writers.get(place, ((), None))
        if line is None or line in passed:
            return ()
        if start in sources:
            return (line, *passed)
        return next(filter(None, (back(start, source, (line, *passed)) for source in sources)), ())

    return next(filter(None, (back(start, start, ()) for start in writers)), ())


def _ways(line: Checked) -> list[tuple[Sequence[str], str]]:
    """From where to where a one-way line hands a value; a line for both ways ends where it began."""
    if line.erp is None or line.dataverse is None or (line.parsed.to_erp and line.parsed.to_dataverse):
        return []
    left = [f"erp {field.name}" for field in line.erp.read_from]
    right = [f"dataverse {field.name}" for field in line.dataverse.read_from]
    return [(left, right[0])] if line.parsed.to_dataverse else [(right, left[0])]
