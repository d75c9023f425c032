"""Holds a value map against the fields of a line that names it. What is wrong stands at the entry of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.errors import FieldError
from shared.mapping._check_lines import Checked
from shared.mapping._lines import typed, unfit
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import Field
from shared.mapping._value_lists import OTHERS, Entry, Reads, ValueList, value_map
from shared.mapping._wording import correct_value, labelled

Found = tuple[Entry, Fault]


def list_findings(line: Checked, given: ValueList) -> Iterator[Found]:
    """What is wrong with the list that a line names, each with the entry where it is."""
    if line.erp is None or line.dataverse is None or given.faults:
        return
    erp, dataverse = line.erp, line.dataverse
    unknown = [*_strange(erp, given, erp=True), *_strange(dataverse, given, erp=False)]
    yield from (worst := [*_reverse(erp, dataverse, given)] or unknown)
    if not worst:
        yield from _twice(line, erp, dataverse, given)
        yield from _word(erp, given)
        yield from [*_contradiction(line, erp, dataverse, given)][:1]


def default_finding(line: Checked, given: ValueList, texts: Iterable[str]) -> Iterator[Problem]:
    """What a line that goes both ways has in place of a blank is a member of its list."""
    if line.erp is None or line.dataverse is None or not (line.parsed.to_erp and line.parsed.to_dataverse):
        return
    convert = value_map(given, line.erp, line.dataverse).to_dataverse("")
    for text in filter(None, texts):
        try:
            convert(typed(text, line.erp) or "")
        except FieldError as refused:
            remedy = f"list it: a line that goes both ways has a value of the ERP, which {given.name} carries over"
            yield line.parsed.problem(str(refused), remedy, "DIPV1030")


def _spelt(value: str, field: Field) -> str:
    """A value of a list in the one form that all its spellings have: `1` and `1.0` are one number."""
    return (typed(value, field) or value).lower()


def _reverse(erp: Field, dataverse: Field, given: ValueList) -> Iterator[Found]:
    """Lists whose two sides were confused."""
    both = [each for each in given.to_dataverse if not each.is_one_way]
    there = [each for each in given.to_dataverse if each.is_one_way]
    back = [each for each in given.to_erp if each.is_one_way]
    for reads, left, right, where, rule in (
        (both, erp, dataverse, "", "the ERP's value stands left: "),
        (there, erp, dataverse, ": to_dataverse", "what is read stands left: to_dataverse: "),
        (back, dataverse, erp, ": to_erp", "what is read stands left: to_erp: "),
    ):
        pairs = [(each.value, each.becomes) for each in reads if each.value not in {"", OTHERS} and each.becomes]
        if pairs and _fit(pairs, right, left) and not _fit(pairs, left, right):
            (first, second), entry = pairs[0], reads[0].entry
            what, remedy = f"{given.name}{where} is written in reverse", f"{rule}{{{second}: {first}, ...}}"
            yield entry[:1] if where else (), Fault(what, remedy, "DIPV1029")


def _fit(pairs: Sequence[tuple[str, str]], left: Field, right: Field) -> bool:
    return all(typed(a, left) is not None and typed(b, right) is not None for a, b in pairs)


def _strange(field: Field, given: ValueList, *, erp: bool) -> Iterator[Found]:
    """Values that the field does not know, in one finding; and those that do not fit it."""
    named: dict[str, Entry] = {}
    for value, entry in given.given(erp=erp):
        if value:
            named.setdefault(value, entry)
    strange = [value for value in named if typed(value, field) is None]
    if strange:
        quoted = ", ".join(map(repr, strange))
        labels = all(labelled(value, field) for value in strange)
        told = f"labels of {field.name} instead of values" if labels else ""
        plural = "is not a value" if len(strange) == 1 else "are not values"
        what = f"{given.name}: {quoted}: {told}" if told else f"{given.name}: {quoted} {plural} of {field.name}"
        yield named[strange[0]], Fault(what, correct_value(field, "correct the value map"), "DIPV1030")
        return
    for value, entry in named.items():
        if fault := unfit(value, field):
            yield entry, Fault(f"{given.name}: {fault}", "correct the value map", "DIPV1030")


def _twice(line: Checked, erp: Field, dataverse: Field, given: ValueList) -> Iterator[Found]:
    """A member that is listed twice; a value that several members have, while nothing says which is written back."""
    for reads, field, name in ((given.to_dataverse, erp, "a member"), (given.to_erp, dataverse, "a value")):
        for each in _again([each for each in reads if each.is_one_way or name == "a member"], field):
            yield each.entry, Fault(f"{given.name} lists {name} twice", "keep the one that is meant", "DIPV1029")
    marked = {_spelt(each.value, dataverse) for each in given.to_erp if each.is_one_way}
    shared = [each for each in given.to_erp if _spelt(each.value, dataverse) not in marked]
    if line.parsed.to_erp:
        for each in _again(shared, dataverse):
            what = f"{given.name} gives one Dataverse value to several members"
            remedy = f"say which of them is written back: to_erp: {{{each.value}: {each.becomes}}}, or use >>"
            yield each.entry, Fault(what, remedy, "DIPV1029")


def _again(reads: Sequence[Reads], field: Field) -> Iterator[Reads]:
    """What reads the same as another entry of its kind."""
    seen: set[tuple[bool, str]] = set()
    for each in reads:
        key = (each.is_one_way, OTHERS if each.value == OTHERS else f"={_spelt(each.value, field)}")
        if key in seen:
            yield each
        seen.add(key)


def _word(erp: Field, given: ValueList) -> Iterator[Found]:
    """The word for all others, where a reader would take it for a member."""
    member = next((each for each in erp.members if each.lower() == OTHERS), "")
    listed = {each.value for each in given.to_dataverse}
    for each in given.to_dataverse:
        if member and each.value == OTHERS and member not in listed - {OTHERS}:
            what = f"{given.name}: others stands for all that is not listed, and {erp.name} has a member {member}"
            yield each.entry, Fault(what, f"list {member} as well, in just this spelling", "DIPV1029")


def _contradiction(line: Checked, erp: Field, dataverse: Field, given: ValueList) -> Iterator[Found]:
    """What Koppel itself wrote would be read as something else."""
    there, back = _first(given.to_dataverse, erp), _first(given.to_erp, dataverse)
    if not (line.parsed.to_erp and line.parsed.to_dataverse):
        return
    for table, reverse, left, right in ((there, back, erp, dataverse), (back, there, dataverse, erp)):
        for each in table.values():
            returned = reverse.get(_spelt(each.becomes, right))
            again = returned and table.get(_spelt(returned.becomes, left), table.get(OTHERS))
            if returned and (again is None or _spelt(again.becomes, right) != _spelt(each.becomes, right)):
                what = f"{given.name} writes {each.becomes} for {each.value}, and reads it as {returned.becomes}"
                yield each.entry, Fault(what, "let both directions say the same of it", "DIPV1029")


def _first(reads: Sequence[Reads], field: Field) -> Mapping[str, Reads]:
    """The entries by what is read; of several the one that counts."""
    found: dict[str, Reads] = {}
    for each in reads:
        found.setdefault(OTHERS if each.value == OTHERS else _spelt(each.value, field), each)
    return found
