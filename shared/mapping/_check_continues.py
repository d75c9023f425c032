"""What is wrong with a map that continues another: what it may not say, and what both have to say alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shared.mapping._continues import is_alike
from shared.mapping._flow_map import FlowMap
from shared.mapping._flow_names import FlowNames
from shared.mapping._merge import Draft
from shared.mapping._model import Authority
from shared.mapping._problems import Fault, Problem

_ITS_OWN: Final = frozenset({"continues", "authority", "policy", "values", "constants", "if", "extends", "fields"})
_TELL: Final = (
    "write authority: {erp: OnHoldStatus eq 'All'}, the records that are this map's, by one of their two sides"
)


def head_findings(draft: Draft, before: FlowMap) -> Iterator[Problem]:
    """Only what differs from the map that is continued may stand in the head."""
    said: dict[str, Any] = {}
    for document in draft.documents:
        said |= document.data
    for name in sorted(said.keys() - _ITS_OWN):
        what = f"{before.name} says that for both maps"
        yield draft.problem(name, what=what, remedy="leave it out, or write it there")
    policy = said.get("policy")
    for word in sorted(policy.keys() - {"creates"}) if isinstance(policy, dict) else ():
        what = f"{before.name} says that for both maps; this one may say creates alone"
        yield draft.problem("policy", word, what=what, remedy="leave it out, or write it there")


def authority_finding(draft: Draft, authority: Authority | None) -> Iterator[Problem]:
    """It has to be known of each record whose it is."""
    named = [side for side in ("erp", "dataverse") if authority and authority.model_dump()[side]]
    if not named:
        what = "nothing says which records are this map's, and which those of the one that it continues"
        yield draft.problem("authority", what=what, remedy=_TELL)
    elif len(named) > 1:
        what = "two sides say which records are this map's: while they differ it would be half of each map's"
        yield draft.problem("authority", what=what, remedy="name a filter for one side")


def line_findings(draft: Draft, before: FlowMap, after: FlowMap) -> Iterator[Problem]:
    """What tells records apart is mapped in one way, whichever map holds."""
    apart = {line.index: line for line in before.lines if line.key}
    apart |= {line.index: line for group in before.match for line in group}
    apart |= {line.index: line for line in (before.second_line,) if line}
    for line in apart.values():
        if not any(each.definition == line.definition and is_alike(line, each) for each in after.lines):
            parsed = next((each for each in draft.lines if each.erp.lower() == line.erp.name.lower()), None)
            what = f"it tells records apart, and {before.name} has it otherwise"
            remedy = f"write it as there: {line.name}, with the same options"
            yield parsed.problem(what, remedy) if parsed else draft.problem("fields", what=what, remedy=remedy)


def alone(draft: Draft, target: str, flows: FlowNames) -> Problem:
    """About a map that continues none, although it says so."""
    try:
        found = flows.other(target)
    except Fault as fault:
        return draft.problem("continues", what=fault.what, remedy=fault.remedy)
    what = f"it cannot continue {found}, which is another suite's, or is continued by another map already"
    return draft.problem("continues", what=what, remedy="name a flow of this suite that nothing continues yet")
