"""Prospect to cash: which flows come first, and columns under another prefix."""

from __future__ import annotations

from typing import Final

from tests.simulation.seeded.mutant import Mutant
from tests.simulation.seeded.mutant import of as _of

_NEEDED: Final = "tests/functions/test_needed.py"
_LISTS: Final = "tests/unit/mapping/test_value_lists.py"
_PRODUCTS: Final = "tests/simulation/test_prospect_products.py"
_PREFIXES: Final = "tests/unit/mapping/test_prefixes.py"

MUTANTS: Final[tuple[Mutant, ...]] = (
    _of("a flow is let run before what it needs", "engine._needed",
        'if (await state_of(house, each))["state"] == "not running":', "if False:", _NEEDED),
    _of("what is waived once is waived for ever", "engine._needed",
        'if its or found.get("waived"):', "if its:", _NEEDED),
    _of("a waiver ends when the flow is paused", "engine._needed",
        'known = (await state_of(house, name)).get("waived", ()) if waived is None else waived', "known = waived or ()",
        _NEEDED),
    _of("what runs along with a flow does not count", "engine._needed",
        "if each in {*names, *along, *known} or", "if each in {*known} or", _NEEDED),
    _of("anything can be waived", "engine._needed", "if unknown := sorted(set(waived) - words.keys()):",
        "waived = set(waived) & words.keys()\n    if unknown := set():", _NEEDED),
    _of("what a flow needs may come after it", "mapping._catalogue", "{*found.after, *found.needs}", "{*found.after}",
        "tests/unit/maps/test_prospect_maps.py"),
    _of("a name that ends like one of the suite is renamed", "mapping._prefixes",
        'rf"\\b{re.escape(published)}(?=\\w)"', "re.escape(published)", _PREFIXES),
    _of("entries of a map keep the published prefix", "mapping._prefixes",
        "{under(prefixes, name): renamed(each) for", "{name: renamed(each) for", _PREFIXES),
    _of("keys keep the published prefix", "mapping._schema",
        "keys += [key for key in others if key not in keys]", "pass", _PREFIXES),
    _of("a reference without a source is put back", "mapping._codes_given",
        'parsed.options if "update" in parsed.options else {**parsed.options, "create": "yes"}', "parsed.options",
        "tests/unit/maps/test_prospect_maps.py"),
    _of("a reference without a source is never given", "mapping._check_lines",
        "if not parsed.erp and parsed.default is not None:", 'if not parsed.erp and parsed.default == "":',
        "tests/unit/maps/test_prospect_maps.py"),
    _of("codes of a value map are told by their letters", "mapping._codes_given",
        "codes.get(fold(code), ", "codes.get(code, ", _PRODUCTS),
    _of("a code that a value map lacks is a blank", "mapping._codes_given",
        "code if others is None or not code else others", '""', _PRODUCTS),
    _of("another value map of codes means the same", "mapping._codes_given",
        "repr(sorted({**codes, **others}.items()))", 'repr("")', _PRODUCTS),
    _of("the last of two codes that read the same counts", "mapping._codes_given",
        "[*reversed(written.to_dataverse)]", "written.to_dataverse", _LISTS),
    _of("others is a code of a value map like any other", "mapping._codes_given",
        "others is None or not code", "True", _LISTS),
    _of("a key that Dataverse has to give may be blank", "reconcile._creation",
        "if not new and line.key and line.source == DATAVERSE:", "if False:",
        "tests/unit/reconcile/test_creation.py", "tests/simulation/test_prospect_accounts.py"),
)  # fmt: skip
