"""What the settings say of a suite, as far as its flows go by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.mapping import fold


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """companies: ERP codes to sync, in lower case; empty: all that there are. owner: whose new rows of Dataverse are,
    where neither map nor company says it. writer: the company of rows that hold none; empty: they belong to nobody.
    units: folded names of business units to the companies of their rows, where rows hold none. unreviewed: flows that
    are left out of the review of a full synchronisation, by their names, each with why.
    """

    companies: tuple[str, ...] = ()
    owner: str = ""
    writer: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    unreviewed: Mapping[str, str] = field(default_factory=dict)

    def writes(self, company: str) -> bool:
        """True if rows of Dataverse that hold no company belong to this one."""
        return bool(self.writer) and fold(company) == fold(self.writer)
