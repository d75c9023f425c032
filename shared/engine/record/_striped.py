"""What tells rows of Dataverse of one company from those of another, in searches."""

from __future__ import annotations

from collections.abc import Sequence

from shared.engine._flow import Flow
from shared.engine.record._observe import company_of
from shared.mapping import DATAVERSE, fold
from shared.systems import Condition, Observation


def striped(flow: Flow, company: str, mark: str) -> list[Condition]:
    """The condition that a row is of a company; none where rows without one may be, which `of_company` sees to.

    mark: what rows of the company hold.
    """
    columns = flow.map.company
    column = columns.dataverse if columns else None
    return [(column, mark)] if column is not None and not flow.writes_for(company) else []


async def of_company(flow: Flow, company: str, rows: Sequence[Observation]) -> list[Observation]:
    """Those of the rows found that belong to a company."""
    if flow.map.company is None or not flow.writes_for(company):
        return list(rows)
    return [row for row in rows if fold(await company_of(flow, DATAVERSE, row.row) or "") == fold(company)]
