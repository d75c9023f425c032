"""What is cut off in the middle is not found again."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("an erasure first forgets which rows a record had", "engine.record._erase",
        "[*[write async for _, write in _rows(kept)], *former]",
        "[*former, *[write async for _, write in _rows(kept)]]",
        "tests/simulation/test_cut_off.py"),
    _of("a visit that is halted in the middle leaves no hint", "engine.record._visit",
        "            await keep(flow, wake)\n            return so_far", "            return so_far",
        "tests/simulation/test_cut_off.py"),
    _of("a repeated undo forgets what it has left before", "engine.passes._kept",
        '(*standing.value.get("records", ()), *chunk)', "chunk",
        "tests/simulation/test_cut_off.py"),
    _of("an undo that died with a delete says that it only uncoupled", "engine.passes._undo",
        "if side and _was_to_go(coupling, flow.job) else", "if False else",
        "tests/simulation/test_undo.py::test_who_dies_with_a_delete_has_deleted"),
)  # fmt: skip
