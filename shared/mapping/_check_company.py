"""What is wrong with lines that hold for some companies only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.mapping._check_lines import Checked
from shared.mapping._model import Head
from shared.mapping._problems import Problem


def by_company_findings(lines: Sequence[Checked], head: Head) -> Iterator[Problem]:
    """A flow without companies has no such lines, and what tells records apart holds for all of them."""
    telling = {*head.erp.identity, head.erp.second, *head.name, *(name for group in head.match for name in group)}
    for line in lines:
        parsed = line.parsed
        if not (parsed.companies or parsed.besides):
            continue
        if head.company is None:
            yield parsed.problem("the records of this flow belong to no company", "drop the option company")
        elif line.erp and line.dataverse and line.erp.name in telling:
            what = f"{line.erp.name} tells which records belong together, and has to do so in every company"
            yield parsed.problem(what, "map it in one way for all companies")
