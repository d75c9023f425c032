"""The head of a map: everything but its lines, as written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, Protocol, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

Side = Literal["erp", "dataverse"]
ConflictPolicy = Literal["erp_wins", "dataverse_wins", "latest_wins", "park"]
DeletePolicy = Literal["propagate", "uncouple", "restore", "park"]
Creates = Literal["both", "erp", "dataverse", "none"]
Phase = Literal["", "before", "after"]
"""Of two maps of which one continues the other: the continued one, the continuing one, or both."""
CREATES: Final[dict[Creates, frozenset[Side]]] = {
    "both": frozenset({"erp", "dataverse"}),
    "erp": frozenset({"erp"}),
    "dataverse": frozenset({"dataverse"}),
    "none": frozenset(),
}


class _Directed(Protocol):
    """A line, as far as its direction goes."""

    @property
    def to_dataverse(self) -> bool: ...
    @property
    def to_erp(self) -> bool: ...


def written_by(lines: Iterable[_Directed]) -> frozenset[Side]:
    """The sides that lines with a source write."""
    there = list(lines)
    found: dict[Side, bool] = {
        "erp": any(line.to_erp for line in there),
        "dataverse": any(line.to_dataverse for line in there),
    }
    return frozenset(side for side in found if found[side])


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
    """The Dataverse side: rows of a table, or the options of a choice column (`accounts.paymenttermscode`)."""

    table: str = ""
    choice: str = ""
    scope: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> DataversePart:
        if bool(self.table) == bool(self.choice):
            way_out = "write dataverse: {table: accounts}, or {choice: accounts.paymenttermscode}"
            raise PydanticCustomError("dataverse", "{what}", {"what": f"needs a table or a choice; {way_out}"})
        if self.choice and self.scope:
            way_out = "drop scope: all options of the column are meant"
            raise PydanticCustomError("dataverse", "{what}", {"what": f"options of a choice have no scope; {way_out}"})
        return self

    @property
    def name(self) -> str:
        """Of what its schema is asked for."""
        return self.table or self.choice


class Company(_Part):
    """How a company-striped flow finds its company: an ERP field, and on the Dataverse row `lookup.key`, or a column
    that holds the ERP's own code. Without either all rows belong to the company that the suite's settings name.

    team: the column of the company's own row that says which team new rows belong to.
    """

    erp: str
    dataverse: str = ""
    team: str = ""


class Deletes(_Part):
    """What comes of a record whose other half was deleted, by the side where that was. both: where it has no word."""

    erp: DeletePolicy | None = None
    dataverse: DeletePolicy | None = None
    both: DeletePolicy | None = None

    def on(self, gone: Side) -> DeletePolicy | None:
        """The word for this side alone."""
        return self.erp if gone == "erp" else self.dataverse


class Policy(_Part):
    """What happens when the two sides disagree. The defaults change nothing and ask.

    creates: on which side a record without a partner may be made; left out: where the map's lines write. second: which
    second identity of Dataverse a new record of the ERP is given: one that came from the ERP through a coupling, or
    that nobody has there as far as the suite's flows see, or whatever somebody has typed.
    """

    master: Side | None = None
    conflict: ConflictPolicy = "park"
    creates: Creates | None = None
    delete: Deletes = Deletes()
    leaves: Literal["keep", "uncouple", "delete"] = "keep"
    key_change: Literal["put_back", "park", "rename"] = "park"
    reborn: Literal["park", "sync"] = "park"
    strangers: Literal["park", "couple"] = "park"
    second: Literal["agreed", "unused", "typed"] = "agreed"

    @field_validator("delete", mode="before")
    @classmethod
    def _of_both_sides(cls, given: object) -> object:
        """One word stands for both sides."""
        if not isinstance(given, str):
            return given
        if given not in get_args(DeletePolicy):
            words = ", ".join(get_args(DeletePolicy))
            way_out = "a word for each side is written {erp: park, dataverse: restore}"
            raise PydanticCustomError("delete", "{what}", {"what": f"{given!r} is not one of {words}; {way_out}"})
        return {"both": given}

    def creating(self, targets: frozenset[Side]) -> frozenset[Side]:
        """The sides on which a record without a partner may be made. targets: those that lines write."""
        return targets if self.creates is None else CREATES[self.creates]


class Authority(_Part):
    """Filters of the two sides: a record that is outside its own only receives. Empty: every record is inside."""

    erp: str = ""
    dataverse: str = ""

    def on(self, side: Side) -> str:
        return self.erp if side == "erp" else self.dataverse


class Review(_Part):
    """What the review of a full synchronisation goes by. comes_with: so many records of Dataverse are there from the
    beginning, and are no data. creates: where a full synchronisation may create; left out: wherever lines write.
    """

    comes_with: int = Field(0, ge=0)
    creates: Creates | None = None


class Head(_Part):
    """A map without its lines. values: value maps by name; constants: by name, then by company (`*`: any other).

    name: ERP fields that say, together, what a record is called.

    after: flows of the suite whose records must be there first, though no lookup says so. needs: flows that have to run
    before this one does. continues: the flow whose records are this map's where it has authority. woken_by: other
    tables, with the column that points to records of the flow, whose changes are hints for them. only_if: the switch
    without which there is no such map.
    """

    only_if: str = Field("", alias="if", pattern=r"^\w*$")
    erp: ErpPart
    dataverse: DataversePart
    company: Company | None = None
    match: tuple[tuple[str, ...], ...] = ()
    name: tuple[str, ...] = ()
    policy: Policy = Policy()
    authority: Authority | None = None
    continues: str = ""
    values: dict[str, dict[str, Any]] = Field(default_factory=dict)
    constants: dict[str, dict[str, str]] = Field(default_factory=dict)
    hands_over_to: str = ""
    review: Review = Review()
    after: tuple[str, ...] = ()
    woken_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
