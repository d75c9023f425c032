"""What an installation's own logic makes of what is written, and what it refuses: on order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tests.emulator.business_central.draft import Draft
from tests.emulator.business_central.refusal import FIELD, rule
from tests.emulator.business_central.schema import Page
from tests.emulator.reworked import reworked


def customise(draft: Draft, given: Collection[str]) -> None:
    """Looks at the properties that a body gave: puts its own values in their place, refuses one, cuts a text, makes a
    note in another property.
    """
    behaviour, page = draft.environment.behaviour, draft.page
    for name, value in behaviour.insisted.get(page.name, {}).items() if draft.actor.app is not None else ():
        draft.values[page.properties[name].source] = value
    wrong, cut = behaviour.refused_values.get(page.name, {}), behaviour.cut.get(page.name, {})
    noted = behaviour.noted.get(page.name, {})
    if not (wrong or cut or noted):
        return
    before = draft.before.values if draft.before else draft.table.definition.template
    now = _stored(page, draft.values)
    for name in given:
        if now.get(name) in wrong.get(name, ()):
            raise rule(f"{page.properties[name].source} must not be {now[name]} in {page.table}.", FIELD)
    own = {name: most for name, most in cut.items() if name in given}
    made = reworked(now, _stored(page, before), own, {name: noted[name] for name in noted if name in given})
    draft.values |= {page.properties[name].source: value for name, value in made.items()}


def _stored(page: Page, values: Mapping[str, Any]) -> dict[str, Any]:
    """The stored fields of a row by their properties."""
    return {each.name: values[each.source] for each in page.properties.values() if each.source in values}
