"""A mistake in one place stops the house, or is told to nobody."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a field that is gone is the fault of a record", "systems._causes",
        "    if found is None:\n", "    if found is None or status == 400:\n",
        "tests/simulation/test_gone_fields.py"),
    _of("a mistake in a schema is nobody's", "mapping._schema",
        "    except MISTAKES as mistake:\n", "    except ZeroDivisionError as mistake:\n",
        "tests/unit/mapping/test_schemas.py::test_a_mistake_in_a_schema_stops_the_flows_over_it_alone"),
)  # fmt: skip
