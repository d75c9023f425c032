"""What is wrong with `authority`: filters that cannot be read, or that decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.mapping._check_lines import Checked
from shared.mapping._merge import Draft
from shared.mapping._model import Authority
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import Entity
from shared.mapping._scopes import compile_scope


def authority_findings(
    draft: Draft, authority: Authority | None, erp: Entity, dataverse: Entity, lines: Iterable[Checked] | None
) -> Iterator[Problem]:
    """Each filter is one, stands still, and there are lines that it decides about.

    lines: None where it decides about the map as a whole, which continues another.
    """
    if authority is None:
        return
    for side, text, of in (("erp", authority.erp, erp), ("dataverse", authority.dataverse, dataverse)):
        try:
            found = compile_scope(text, of)
        except Fault as fault:
            yield draft.problem("authority", side, what=fault.what, remedy=fault.remedy)
            continue
        if found.paths:
            what, remedy = "authority does not look into another row", f"compare a column of {of.name} itself"
            yield draft.problem("authority", side, what=what, remedy=remedy)
        if found.moving:
            what = f"the authority of {of.name} hangs on the day: it would end at midnight, and nobody be told"
            yield draft.problem("authority", side, what=what, remedy="name a state of the record, or write a scope")
    if lines is None:
        return
    if not (authority.erp or authority.dataverse):
        remedy = "write authority: {dataverse: statecode eq 0}, or leave it out"
        yield draft.problem("authority", what="names no filter", remedy=remedy)
    elif not any(line.erp and line.dataverse and line.parsed.to_erp and line.parsed.to_dataverse for line in lines):
        what, remedy = "no line goes both ways: there is nothing to decide", "leave it out, or map lines with ="
        yield draft.problem("authority", what=what, remedy=remedy)
