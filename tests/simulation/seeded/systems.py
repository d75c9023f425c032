"""Clients that forget what they are told: versions, refusals, absences."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("Dataverse is updated without If-Match", "systems._dataverse",
        '"Prefer": _returning(entity, own), **if_match(version)}', '"Prefer": _returning(entity, own)}',
        "tests/simulation/test_in_between.py::test_an_edit_that_comes_before_our_write_is_not_written_over"),
    _of("F&O is updated without If-Match", "systems._finops", "{**_RETURNING, **if_match(version)}", "_RETURNING",
        "tests/unit/systems/finops/test_writing.py"),
    _of("a delete in Dataverse has no If-Match", "systems._dataverse",
        '?tag={self._tag}", {**WRITING, **if_match(version)}\n', '?tag={self._tag}", WRITING\n',
        "tests/unit/systems/dataverse/test_deleting.py"),
    _of("a row of Dataverse that may not be read is taken for gone", "systems._dataverse_errors",
        "        return _denied(status, code, message, text, logical)", "        return Gone(text)",
        "tests/unit/systems/dataverse/test_reading.py"),
    _of("a record of the ERP that may not be read is taken for gone", "systems._finops_errors",
        "        return SignedOut(told) if status == 401 else Denied(told)", "        return Gone(told)",
        "tests/unit/systems/finops/test_reading.py"),
    _of("a read believes that a row of another table is missing", "systems._dataverse",
        "about=_row(entity, identity, alone=True)", "about=_row(entity, identity)",
        "tests/unit/systems/test_answers.py"),
    _of("every 409 of Business Central is a stale version", "systems._business_central_errors",
        "return Stale(text) if code == _STALE else TryLater(text)", "return Stale(text)",
        "tests/unit/systems/business_central/test_errors.py"),
    _of("answers of a JSON batch are told apart by their place", "systems._json_batch",
        "[_answer(part, known.get(str(number))) for number, part in enumerate(parts, 1)]",
        "[_answer(part, told) for part, told in zip(parts, found, strict=False)]",
        "tests/unit/systems/business_central/test_records.py"),
    _of("a look at what was modified does not reach back", "systems._business_central_pages",
        "datetime.fromisoformat(stamp) - overlap", "datetime.fromisoformat(stamp)",
        "tests/unit/systems/business_central/test_lists.py"),
    _of("an id that the ERP gives is no number that it assigns", "mapping._flow_map",
        "return self.has_given_id or any(", "return any(", "tests/simulation/test_central_customers.py"),
    _of("what only serves to find a partner is written, too", "mapping._build",
        'update=options.keys().isdisjoint({"create", "match"}),', 'update="create" not in options,',
        "tests/simulation/test_central_customers.py"),
    _of("a page of Business Central that lacks a property will do", "setup._central",
        "sorted({*asked} - {*page, entity.company})", "sorted(set[str]())",
        "tests/simulation/test_central_preflight.py"),
    _of("what was modified in the ERP is not caught up with", "engine.passes._jobs",
        "if not flow.system(ERP).tells_changes(flow.map.erp.entity):", "if flow:",
        "tests/simulation/test_central_feeds.py"),
    _of("changes begin at the newest record that a pass has read", "systems._business_central_pages",
        "if self.reading.track and company not in since:", "if self.reading.track:",
        "tests/unit/systems/business_central/test_lists.py"),
)  # fmt: skip
