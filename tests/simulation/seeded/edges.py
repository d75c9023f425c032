"""Rules at the edges: what is over, what is another's, and what is not there at all."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a claim ends without its tombstone", "engine.record._claim",
        "        if self.source.target == ERP or not claim.may_land(self.flow.now()):\n", "        if True:\n",
        "tests/simulation/test_may_land.py::test_a_create_that_found_a_match_instead_leaves_its_id_guarded"),
    _of("a renamed record keeps its late create's memory", "engine.record._ending",
        "erp=found, digests={}, intent=None, late=())", "erp=found, digests={}, intent=None)",
        "tests/simulation/test_landing_edges.py::test_what_may_have_landed_is_forgotten_with_the_number_that_it_had"),
    _of("an undo touches what another is writing", "engine.passes._forget",
        "busy = coupling.intent is not None and coupling.intent.job != self.flow.job\n", "busy = False\n",
        "tests/simulation/test_undo.py::test_what_another_is_writing_is_left_alone"),
    _of("an undo counts as gone what another is writing", "engine.passes._undo",
        "if coupling.intent is not None and coupling.intent.job != current.job:\n", "if False:\n",
        "tests/simulation/test_undo.py::test_what_another_is_writing_is_left_alone"),
    _of("an undo takes back what came after its load", "engine.passes._undo",
        "return coupling.job == self.job", "return coupling.job == self.job or not coupling.job",
        "tests/simulation/test_undo.py::test_what_came_after_the_load_is_none_of_its_undo",
        "tests/simulation/test_undo.py::test_what_came_in_during_the_load_is_none_of_its_undo"),
    _of("a pair that a load has matched is none of its work", "engine.record._create",
        "job=held.coupling.job, etag", "etag",
        "tests/simulation/test_undo.py::test_a_pair_that_the_load_matched_is_uncoupled"),
    _of("a look-alike leaves its hint", "engine.record._alike",
        "        if wake.hint is not None:\n", "        if False:\n",
        "tests/simulation/test_look_alikes.py::test_a_record_that_we_take_for_another_is_shown_and_not_swallowed"),
    _of("the id of a claim is taken for a former row", "engine.record._former",
        '    if coupling.index_key is None or coupling.state == "claimed":\n', "    if coupling.index_key is None:\n",
        "tests/simulation/test_numbered.py::test_an_id_that_was_drawn_for_a_claim_is_no_former_row"),
    _of("a new company is asked for although it has no records", "engine._reports",
        "    if new and await house.flow(name).holds_rows(ERP, new):\n", "    if new:\n",
        "tests/simulation/test_terms.py"
        "::test_a_company_that_dataverse_has_learned_of_is_matched_when_somebody_has_looked"),
    _of("an empty page counts as a row", "engine._flow",
        "                if page.rows:\n", "                if page:\n",
        "tests/simulation/test_reports.py::test_an_empty_side_needs_no_approval"),
    _of("customers of a company that is not synced ask for a report", "engine._flow",
        'part.scope.pushed if inside else "", companies, page=1)', 'part.scope.pushed if inside else "", (), page=1)',
        "tests/simulation/test_terms.py::test_customers_of_a_company_that_is_not_synced_need_no_report"),
    _of("a company that is not synced reads empty", "engine.passes._compare",
        "            if coupled >= SUSPICIOUS and company in self.companies and not",
        "            if coupled >= SUSPICIOUS and not",
        "tests/simulation/test_companies.py::test_a_company_that_is_left_out_does_not_read_empty"),
    _of("a delete does not wait for its wave if its visit has written before", "engine.passes._waves",
        "outcome.codes[:1] == (DEFERRED,)", "outcome.codes[:1] == (DEFERRED,) and not outcome.sides",
        "tests/simulation/test_landing_edges.py"
        "::test_a_delete_waits_for_its_wave_though_the_visit_has_written_before"),
)  # fmt: skip
