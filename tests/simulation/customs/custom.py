"""Customisations as customers ask for them: what a consultant writes, and what becomes of it on either side.

Values stand under the names of fields: those of the ERP in capitals, columns of Dataverse in small letters. A lookup
stands as the code of its row, a record that is not there as None under the name of its entity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Values = Mapping[str, Any]
Deed = tuple[Values, Values]
"""What somebody does, and what stands once it was looked at."""

GONE: Final[Values] = {"CustomersV3": None, "accounts": None}
NO_CUSTOMER: Final[Values] = {"CustomersV3": None}
NO_ACCOUNT: Final[Values] = {"accounts": None}


@dataclass(frozen=True, slots=True)
class Custom:
    """wish: in a customer's words. written: the overlay, or the whole map where `own`. does: what comes of it.

    erp, dataverse: a record made on that side only. elsewhere: one of the company DEMF, made in the ERP. met: one that
    is on both sides before anything was agreed. lived: what then happens to the first of them that is coupled, step by
    step; a step that edits both sides is a conflict. left: what is left to people when all is quiet.
    """

    wish: str
    written: str
    does: str
    erp: Deed = ({}, {"name": "Contoso"})
    dataverse: Deed = ({}, {"OrganizationName": "Contoso"})
    elsewhere: Deed | None = None
    met: Deed = ({}, {})
    lived: tuple[Deed, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    own: bool = False
    switches: tuple[str, ...] = ()


def lines(*written: str, head: str = "", values: str = "") -> str:
    """The text of an overlay with these lines."""
    fields = "fields: |\n" + "".join(f"  {line}\n" for line in written) if written else ""
    return head + fields + (f"values:\n  {values}\n" if values else "")


TIERS: Final = "tier: {None: '', Gold: 1, Silver: 2, Bronze: 3}"
NO, INVOICE, ALL, PAYMENT, REQUISITION, NEVER = range(806380000, 806380006)
