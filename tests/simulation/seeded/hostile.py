"""Input that nobody sends in good faith: taken as it comes."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a version is sent whatever stands in it", "systems._odata",
        "    if not _VERSION.fullmatch(version):\n", "    if False:\n",
        "tests/unit/systems/dataverse/test_updating.py"),
    _of("whatever signing in gives is a token", "systems._tokens",
        "        if not _TOKEN.fullmatch(token):\n", "        if False:\n",
        "tests/unit/systems/test_tokens.py"),
    _of("an address may hold a password", "settings",
        '    if "@" in parts.netloc:\n', "    if False:\n", "tests/unit/test_settings.py"),
    _of("an overlay may lie anywhere", "settings",
        "if path.is_file() and _is_below(path, root)", "if path.is_file()", "tests/unit/test_settings.py"),
    _of("a file nests as deep as it likes", "mapping._document",
        "        if self.depth > DEEPEST:\n", "        if False:\n",
        "tests/unit/mapping/test_documents.py"),
)  # fmt: skip
