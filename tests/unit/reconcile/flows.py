"""Random small flows and records, for laws: lines of every kind, values of every sort, any policy and master."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from shared.mapping import DATAVERSE, ERP, SIDES, Failed, FlowMap, Line, Side, Unresolved, Values
from shared.reconcile import Context
from tests.unit.mapping.maps import HOLD, customers
from tests.unit.reconcile.records import Record, agreement, known

COPIED: Final = ("=", ">", "<")
MAPPED: Final = ("><", ">>", "<<")
MASTERED: Final = ("; master erp", "; master dataverse")
OPTIONS: Final = ("", "; conflict park", "; conflict erp_wins", "; conflict dataverse_wins", "; blank keep")


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of a kind, with the values its two sides may hold: some of them the other side cannot take."""

    text: str
    symbols: tuple[str, ...]
    erp: tuple[str, ...]
    dataverse: tuple[str, ...]

    def of(self, side: Side) -> tuple[str, ...]:
        return self.erp if side == ERP else self.dataverse


KINDS: Final = (
    Kind("OrganizationName {} name", COPIED, ("a", "b", "A"), ("a", "b", "A", "x" * 101)),
    Kind("SalesMemo {} description", COPIED, ("a\nb", "b"), ("a\nb", "\U0001f600")),
    Kind("CreditRating {} msdyn_creditrating", COPIED, ("a", "A", "b"), ("a", "B", "c", "x" * 11)),
    Kind("CreditLimit {} creditlimit", COPIED, ("1", "1.005", "1.01", "-1"), ("1", "1.01", "2")),
    Kind("OrganizationNumberOfEmployees {} numberofemployees", COPIED, ("1", "2", "-5"), ("1", "2", "3")),
    Kind(
        "OnHoldStatus {} msdyn_onholdstatus hold",
        MAPPED,
        ("No", "All", "Never"),
        ("806380000", "806380002", "806380005"),
    ),
    Kind("IsOneTimeCustomer {} msdyn_onetimecustomer yes_no", MAPPED, ("No", "Yes"), ("false", "true")),
    Kind("PaymentTerms {} msdyn_paymentterm.msdyn_name", COPIED, ("id1", "id2", "id3"), ("id1", "id2", "strange")),
    Kind("PrimaryContactFax {} fax fn strip_zeros(3)", MAPPED, ("042", "42", "7"), ("42", "007", "7")),
    Kind("PrimaryContactEmail {} emailaddress1 fn lower", MAPPED, ("A", "a", "b"), ("a", "B", "x" * 101)),
)
COMPUTED: Final = Kind(
    "- {} telephone1 fn join(' ', AddressCity, AddressState)",
    (">>",),
    ("a b", "b", Failed(("a", "c"), "no")),
    ("a b", "c"),
)
BY_FIELD: Final[Mapping[str, Kind]] = {
    **{kind.text.partition(" ")[0]: kind for kind in KINDS},
    COMPUTED.text.partition(" fn ")[2]: COMPUTED,
}
CODES: Final = {"id1": "10D", "id2": "30D", "id3": "x" * 11}


def masters() -> st.SearchStrategy[Side | None]:
    return st.sampled_from([None, ERP, DATAVERSE])


@st.composite
def flows(draw: st.DrawFn, *, two_way: bool = False) -> FlowMap:
    """A map of customers with some lines, any symbols, options and policy."""
    known_kinds = KINDS if two_way else (*KINDS, COMPUTED)
    kinds = draw(st.lists(st.sampled_from(known_kinds), min_size=1, max_size=4, unique=True))
    symbols = [kind.symbols[0] if two_way else draw(st.sampled_from(kind.symbols)) for kind in kinds]
    both = [symbol in {"=", "><"} for symbol in symbols]
    options = [draw(st.sampled_from((*OPTIONS, *MASTERED) if each else OPTIONS)) for each in both]
    lines = [f"{kind.text.format(symbol)} {each}" for kind, symbol, each in zip(kinds, symbols, options, strict=True)]
    conflict = draw(st.sampled_from(["erp_wins", "dataverse_wins", "park"]))
    return customers(*lines, values=HOLD, policy=f"{{conflict: {conflict}}}")


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    return known(CODES, master=draw(masters()))


def value(line: Line, side: Side, *, blanks: bool = False, codes: bool = False) -> st.SearchStrategy[str]:
    """What a side may hold on a line. blanks: or nothing. codes: or a code of the ERP that has no partner."""
    values = [*BY_FIELD[line.erp.name].of(side)]
    if blanks and line.dataverse.type != "bool":
        values.append("")
    if codes and line.lookup is not None and side == ERP:
        values.append(Unresolved("90D"))
    return st.sampled_from(values)


@st.composite
def values(draw: st.DrawFn, flow: FlowMap, side: Side, *, blanks: bool = True) -> Values:
    """One side of a record: its key, and anything on the other lines."""
    return ["C1", *(draw(value(line, side, blanks=blanks, codes=True)) for line in flow.lines[1:])]


@st.composite
def records(draw: st.DrawFn, *, two_way: bool = False) -> Record:
    """Any record: any values on both sides, and on each line a base of any values, or none."""
    flow = draw(flows(two_way=two_way))
    now, before = ([draw(values(flow, side)) for side in SIDES] for _ in range(2))
    based = [flow.lines[0], *(line for line in flow.lines[1:] if draw(st.booleans()))]
    return Record(flow, now[0], now[1], agreement(flow, before[0], before[1], based))


@st.composite
def settled_records(draw: st.DrawFn, *, two_way: bool = False) -> Record:
    """A record on whose every line both sides hold the same, and agreed on it."""
    flow = draw(flows(two_way=two_way))
    pairs = [draw(st.sampled_from(_equal(line))) for line in flow.lines[1:]]
    erp, dataverse = ["C1", *(pair[0] for pair in pairs)], ["C1", *(pair[1] for pair in pairs)]
    return Record(flow, erp, dataverse, agreement(flow, erp, dataverse))


def _equal(line: Line) -> list[tuple[str, str]]:
    kind = BY_FIELD[line.erp.name]
    return [(erp, dataverse) for erp in kind.erp for dataverse in kind.dataverse if line.same(erp, dataverse)]
