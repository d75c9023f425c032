"""Differences that stand: a server made something else of a value, and it cannot, or may not again, flow back. Pure."""

from __future__ import annotations

from shared.mapping import ABSENT, DATAVERSE, ERP, Agreed, FlowMap, Side, prints
from shared.reconcile._plan import Problem
from shared.reconcile._reconcile import Context, is_apart, is_unsent, may_differ
from shared.reconcile._settle import BothValues


def coerced(flow: FlowMap, agreed: Agreed, now: BothValues, context: Context) -> list[Problem]:
    """Lines that are agreed at values that do not mean the same. Each is to be shown for as long as it stands."""
    found: list[Problem] = []
    for line, erp, dataverse in zip(flow.lines, *now, strict=True):
        if erp is ABSENT or dataverse is ABSENT or not line.update or line.same(erp, dataverse):
            continue
        if is_apart(line, agreed, (erp, dataverse), context) or is_unsent(line, agreed):
            continue
        if agreed.bases.get(line.definition) == prints(line, erp, dataverse) and not may_differ(line, erp, dataverse):
            side: Side = ERP if line.source == DATAVERSE else DATAVERSE
            stored, sent = (erp, dataverse) if side == ERP else (dataverse, erp)
            name = (line.erp if side == ERP else line.dataverse).name
            message = f"{name} is stored as {stored!r}, whatever it is sent; the other side holds {sent!r}"
            found.append(Problem(line.index, side, "coerced", message, stored))
    return found
