"""What a map and its overlays say about a scope: an overlay adds to it, or says that it takes its place.

    dataverse: {scope: {and: statecode eq 0}}
    dataverse: {scope: {instead: customertypecode eq 8}}

An overlay that writes a whole filter has to keep every condition of the one before: else records come in that nobody
meant to synchronise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.mapping._document import Document
from shared.mapping._filter_faults import CUT, joined
from shared.mapping._problems import Fault, Problem
from shared.mapping._schema import Entity
from shared.mapping._scopes import Scope, compile_scope

CODE: Final = "DIPV1012"
_SIDES: Final = ("erp", "dataverse")
_ADDS, _REPLACES = "and", "instead"
_WAYS: Final = "write scope: {and: field eq 1} to add to the scope, or scope: {instead: field eq 1} to replace it"


@dataclass(frozen=True, slots=True)
class Piece:
    """A filter, as one file writes it. whole: it has to hold what `before` it held."""

    text: str
    document: Document
    place: tuple[str, ...]
    before: tuple[Piece, ...] = ()

    def problem(self, what: str, remedy: str) -> Problem:
        """A finding about it."""
        return Problem(
            self.document.file, self.document.line(*self.place), ".".join(self.place[:2]), what, remedy, CODE
        )


@dataclass(slots=True)
class ScopesAsWritten:
    """The scopes of both sides, file by file."""

    pieces: dict[str, tuple[Piece, ...]] = field(default_factory=dict)

    def of(self, side: str) -> Sequence[Piece]:
        """What has to hold together."""
        return self.pieces.get(side, ())

    def take(self, document: Document, entries: dict[str, Any], *, is_overlay: bool) -> Iterator[Problem]:
        """Takes what a file says about scopes out of its entries. What is neither a text nor a group is left there."""
        for side in _SIDES:
            part = entries.get(side)
            if isinstance(part, dict) and isinstance(written := part.get("scope"), str | dict):
                entries[side] = {name: each for name, each in part.items() if name != "scope"}
                yield from self._taken(document, side, written, is_overlay=is_overlay)

    def put_into(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """The entries of all files together, with the scopes as they hold."""
        scopes = {side: effective(pieces) for side, pieces in self.pieces.items()}
        parts = {side: data[side] for side in scopes if isinstance(data.get(side), dict)}
        return {**data, **{side: {**part, "scope": scopes[side]} for side, part in parts.items()}}

    def _taken(self, document: Document, side: str, written: Any, *, is_overlay: bool) -> Iterator[Problem]:
        before, place = self.pieces.get(side, ()), (side, "scope")
        if isinstance(written, str):
            self.pieces[side] = (Piece(written, document, place, before),)
            return
        odd = [name for name, text in written.items() if name not in {_ADDS, _REPLACES} or not isinstance(text, str)]
        if odd or not written or not is_overlay:
            yield Piece("", document, place).problem(*_odd(odd, is_overlay=is_overlay))
            return
        if _REPLACES in written:
            before = (Piece(written[_REPLACES], document, (*place, _REPLACES)),)
        if _ADDS in written:
            before = (*before, Piece(written[_ADDS], document, (*place, _ADDS)))
        self.pieces[side] = before


def _odd(names: Sequence[str], *, is_overlay: bool) -> tuple[str, str]:
    """What is said of a group that is no scope."""
    if any(name.endswith(")") for name in names):
        return CUT
    what = f"{names[0]!r} says nothing of a scope" if names else "a map of its own has nothing to add to"
    return what, _WAYS if is_overlay else "write the filter itself: scope: field eq 1"


def effective(pieces: Sequence[Piece]) -> str:
    """The whole filter."""
    texts = [text for each in pieces if (text := joined(each.text))]
    return texts[0] if len(texts) == 1 else " and ".join(f"({text})" for text in texts)


def scope_findings(pieces: Sequence[Piece], of: Entity) -> Iterator[Problem]:
    """What is wrong with each filter, in the file that wrote it."""
    for piece in pieces:
        try:
            kept = compile_scope(piece.text, of).conditions
        except Fault as fault:
            yield piece.problem(fault.what, fault.remedy)
            continue
        if dropped := [each for earlier in piece.before for each in sorted(_read(earlier, of).conditions - kept)]:
            what = f"drops a condition of the scope that it replaces: {', '.join(dropped)}"
            remedy = "write scope: {and: ...} to add to the scope, or scope: {instead: ...} if more is to come in"
            yield piece.problem(what, remedy)


def hangs_on_the_day(piece: Piece, of: Entity) -> bool:
    """True if time alone takes records out of it, or lets them in."""
    return bool(_read(piece, of).moving)


def looks_into_other_rows(piece: Piece, of: Entity) -> bool:
    """True if an edit of another row takes records out of it, or lets them in."""
    return bool(_read(piece, of).paths)


def _read(piece: Piece, of: Entity) -> Scope:
    """The filter; one that says nothing where it has a fault, which `scope_findings` tells."""
    try:
        return compile_scope(piece.text, of)
    except Fault:
        return Scope()
