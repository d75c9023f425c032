"""Who wins a first match, one rule short."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

HERE: Final = "tests/simulation/test_masters.py"
MAPS: Final = "tests/unit/mapping/test_checks_of_maps.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a line has no master of its own", "reconcile._reconcile",
        "or line.master or chosen or self.master\n", "or chosen or self.master\n",
        f"{HERE}::test_a_line_with_a_master_of_its_own"),
    _of("the master of a run goes before that of a line", "reconcile._reconcile",
        "or line.master or chosen or self.master\n", "or chosen or self.master or line.master\n",
        f"{HERE}::test_a_line_with_a_master_of_its_own"),
    _of("what the map calls nothing gives way without a trace", "reconcile._reconcile",
        "        return bool(value) if self.holds is None else self.holds(line, side)\n",
        "        return self.speaks(line, side, value)\n",
        f"{HERE}::test_what_gives_way_because_the_map_calls_it_nothing_is_shown_and_kept"),
    _of("what fills a blank may overwrite a value", "reconcile._reconcile",
        '            self._win(line, ERP if left or (not right and values[0]) else DATAVERSE, values, "fill")\n',
        '            self._flow(line, ERP if left or (not right and values[0]) else DATAVERSE, values, "fill")\n',
        f"{HERE}::test_what_gives_way_because_the_map_calls_it_nothing_is_shown_and_kept"),
    _of("a line that flows one way may name another master", "mapping._check_policies",
        "        if not (parsed.to_dataverse and parsed.to_erp):\n", "        if False:\n",
        f"{MAPS}::test_a_master_where_nobody_else_could_win"),
    _of("Dataverse may be master of what the ERP does not change", "mapping._check_policies",
        '        elif master == "dataverse" and (line.erp.create_only or line.erp.name in identity):\n',
        "        elif False:\n", f"{MAPS}::test_a_master_where_nobody_else_could_win"),
    _of("a side without a modified time may win as the latest", "mapping._check_policies",
        "        if side.find(time):\n", "        if True:\n", f"{MAPS}::test_latest_wins"),
)  # fmt: skip
