"""The head of a map: everything but its lines, as written."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["erp", "dataverse"]
ConflictPolicy = Literal["erp_wins", "dataverse_wins", "latest_wins", "park"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ErpPart(_Part):
    """The ERP side. second: another field that identifies the same record, looked at before a delete (a rename)."""

    system: Literal["finops", "business_central"]
    entity: str
    identity: tuple[str, ...] = Field(min_length=1)
    scope: str = ""
    second: str = ""


class DataversePart(_Part):
    """The Dataverse side."""

    table: str
    scope: str = ""


class Company(_Part):
    """How a company-striped flow finds its company: an ERP field, and `lookup.key` on the Dataverse row.

    team: the column of the company's own row that says which team new rows belong to.
    """

    erp: str
    dataverse: str
    team: str = ""


class Policy(_Part):
    """What happens when the two sides disagree. The defaults change nothing and ask."""

    master: Side | None = None
    conflict: ConflictPolicy = "park"
    delete: Literal["propagate", "uncouple", "restore", "park"] = "park"
    leaves: Literal["keep", "uncouple", "delete"] = "keep"
    key_change: Literal["put_back", "park", "rename"] = "park"
    reborn: Literal["park", "sync"] = "park"
    strangers: Literal["park", "couple"] = "park"


class Head(_Part):
    """A map without its lines. values: value maps by name; constants: by name, then by company (`*`: any other).

    name: ERP fields that say, together, what a record is called.

    after: flows of the suite whose records must be there first, though no lookup says so.
    """

    erp: ErpPart
    dataverse: DataversePart
    company: Company | None = None
    match: tuple[tuple[str, ...], ...] = ()
    name: tuple[str, ...] = ()
    policy: Policy = Policy()
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, dict[str, str]] = Field(default_factory=dict)
    hands_over_to: str = ""
    after: tuple[str, ...] = ()
