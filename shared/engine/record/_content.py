"""What a new record holds, as a few characters that are kept in place of its values.

References do not count: the row that a code means may be another by the time that somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from shared.engine._flow import Flow
from shared.mapping import ERP, Agreed, Line, Side, Values, fingerprint
from shared.reconcile import LineWrite


def content_of(flow: Flow, writes: Sequence[LineWrite]) -> str:
    """Stands for what a create sends: which lines, and their values. Empty for no lines: nothing to know it by."""
    sent = ((flow.map.lines[write.index], write.new) for write in writes)
    return _stamp({line.index: _print(line, value) for line, value in sent if line.lookup is None})


def content_in(flow: Flow, like: str, values: Values) -> str:
    """Stands for what a record holds in the lines that some content is about."""
    return _stamp({line.index: _print(line, values[line.index]) for line in _lines(flow, like)})


def agreed_content(flow: Flow, like: str, agreed: Agreed, side: Side) -> str:
    """The same for what was agreed on a side; empty if that is not known of every line."""
    bases = [(line, agreed.bases.get(line.definition)) for line in _lines(flow, like)]
    prints = {line.index: line.definition + base[0 if side == ERP else 1] for line, base in bases if base is not None}
    return _stamp(prints) if len(prints) == len(bases) else ""


def emptied(flow: Flow, like: str, agreed: Agreed, side: Side, values: Values) -> bool:
    """True if something was agreed in a line that some content is not about, and a record does not hold it any more."""
    about = {line.index for line in _lines(flow, like)}
    for line in flow.map.lines:
        base = agreed.bases.get(line.definition)
        if base is None or line.index in about:
            continue
        before = base[0 if side == ERP else 1]
        if before not in {fingerprint(""), fingerprint(line.comparable(values[line.index]))}:
            return True
    return False


def _lines(flow: Flow, like: str) -> Iterator[Line]:
    mask = int(like.partition(".")[0] or "0", 16)
    return (line for line in flow.map.lines if mask >> line.index & 1)


def _print(line: Line, value: str) -> bytes:
    return line.definition + fingerprint(line.comparable(value))


def _stamp(prints: Mapping[int, bytes]) -> str:
    mask = sum(1 << index for index in prints)
    digest = blake2b(b"".join(prints[index] for index in sorted(prints)), digest_size=8).hexdigest()
    return f"{mask:x}.{digest}" if prints else ""
