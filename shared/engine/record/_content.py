"""What a new record holds, as a text that is kept in place of its values: for every line a mark of the line and one of
its value.

Whether a record holds all of it is asked without its references: the row that a code means may be another by the time
that somebody asks. A line that the map has lost since counts as it was. Before the marks stands with how many keys they
were made, if with any: what is asked of a record is then asked with the same ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from shared.engine._flow import Flow
from shared.mapping import ERP, Agreed, Line, Side, Values, fingerprint
from shared.reconcile import LineWrite

_MARK: Final = 8
"""Characters of a mark: half of the line's definition, or of the value's fingerprint."""
_AFTER: Final = ":"


def content_of(flow: Flow, writes: Sequence[LineWrite]) -> str:
    """Stands for what a create sends: which lines, and their values. Empty for nothing but references, if even those:
    nothing to know it by.
    """
    sent = [(flow.map.lines[write.index], write.new) for write in writes]
    if all(line.lookup for line, _ in sent):
        return ""
    return _joined({_mark(line.definition): _print(line, value) for line, value in sent}, flow.map.printer.number)


def content_in(flow: Flow, like: str, values: Values) -> str:
    """Stands for what a record holds in the lines that some content is about; empty if the map has none of them."""
    number = _number(like)
    held = {_mark(line.definition): _print(line, values[line.index], number) for line in _lines(flow, like)}
    return _joined({**_parts(like), **held}, number) if held else ""


def content_made(flow: Flow, like: str, sent: Collection[str], values: Values) -> str:
    """Stands for what a server would make of some content, by what it has just made of a record.

    sent: all that this may have been created with; only lines that are the same in all of it tell.
    """
    made, others = _parts(content_in(flow, like, values)), [_parts(each) for each in sent]
    return _joined({
        mark: made.get(mark, value) if all(each.get(mark) == value for each in others) else value
        for mark, value in _parts(like).items()
    }, _number(like))  # fmt: skip


def agreed_content(flow: Flow, like: str, agreed: Agreed, side: Side) -> str:
    """The same for what was agreed on a side; empty if that is not known of every line."""
    if _number(like) != flow.map.printer.number:
        return ""
    bases = {line.definition: agreed.base(line) for line in _lines(flow, like)}
    prints = {_mark(key): _mark(base[0 if side == ERP else 1]) for key, base in bases.items() if base is not None}
    return _joined({**_parts(like), **prints}, _number(like)) if prints and len(prints) == len(bases) else ""


def as_sent(flow: Flow, contents: Collection[str], values: Values) -> set[int]:
    """The lines in which a record holds what one of these creates has sent."""
    sent = [(_parts(each), _number(each)) for each in contents]
    return {
        line.index for line in flow.map.lines
        if any(each.get(_mark(line.definition)) == _print(line, values[line.index], number) for each, number in sent)
    }  # fmt: skip


def emptied(flow: Flow, like: str, agreed: Agreed, side: Side, values: Values) -> bool:
    """True if something was agreed in a line that some content is not about, and a record does not hold it any more."""
    about = {line.index for line in _lines(flow, like)}
    for line in flow.map.lines:
        base = agreed.base(line)
        if base is None or line.index in about:
            continue
        before = base[0 if side == ERP else 1]
        if before not in {fingerprint(""), line.print(values[line.index])}:
            return True
    return False


def held_again(flow: Flow, contents: Collection[str], agreed: Agreed, side: Side, values: Values) -> Iterator[Line]:
    """Lines of a record that stand as they were created, where something else was agreed since: with what was sent, or
    blank where nothing was. Only lines that flow from there, for no other passes for an edit.
    """
    sent = [_parts(each) for each in contents if _number(each) == flow.map.printer.number]
    for line in flow.map.lines:
        base = agreed.base(line)
        if base is None or not line.flows_from(side) or line.name in flow.unseen:
            continue
        mark, before, now = (
            _mark(line.definition),
            _mark(base[0 if side == ERP else 1]),
            _print(line, values[line.index]),
        )
        created = {each.get(mark, _BLANK) for each in sent}
        if now in created and before not in created:
            yield line


def _lines(flow: Flow, like: str) -> Iterator[Line]:
    """What a record is asked for that may hold some content."""
    parts = _parts(like)
    return (line for line in flow.map.lines if line.lookup is None and _mark(line.definition) in parts)


def _print(line: Line, value: str, number: int | None = None) -> str:
    """number: of the keys that it is made with, if not with all of them."""
    printer = line.printer if number is None else line.printer.at(number)
    return _mark(printer.fingerprint(line.comparable(value)))


def _mark(value: bytes) -> str:
    return value.hex()[:_MARK]


def _joined(parts: Mapping[str, str], number: int) -> str:
    marks = "".join(key + parts[key] for key in sorted(parts))
    return f"{number}{_AFTER}{marks}" if number and marks else marks


def _number(like: str) -> int:
    """With how many keys the marks of some content were made."""
    number, is_keyed, _ = like.partition(_AFTER)
    return int(number) if is_keyed else 0


def _parts(like: str) -> dict[str, str]:
    """Mark of a line to mark of its value."""
    size, like = 2 * _MARK, like.rpartition(_AFTER)[2]
    return {like[at : at + _MARK]: like[at + _MARK : at + size] for at in range(0, len(like), size)}


_BLANK: Final = _mark(fingerprint(""))
