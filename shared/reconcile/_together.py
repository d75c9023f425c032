"""Lines that only make sense with each other: where one of them cannot be written now, none of them is. Pure."""

from __future__ import annotations

from typing import Final

from shared.mapping import FlowMap, Side, other
from shared.reconcile._plan import Plan, Problem
from shared.reconcile._sizes import without

TOGETHER: Final = "together"


def kept_together(flow: FlowMap, plan: Plan) -> Plan:
    """The plan without writes that go together with a line that is parked, or waits for what it refers to.

    Beside a parked one they are parked, too: each says what it goes with. Their bases stay, so they flow with it.
    """
    parked = {_group(flow, each.index, each.side): each.index for each in plan.problems}
    waiting = {_group(flow, each.index, other(each.side)) for each in plan.missing if not each.deferred}
    held = [each for each in plan.writes if flow.lines[each.index].together
            and _group(flow, each.index, each.side) in {*parked, *waiting}]  # fmt: skip
    problems = []
    for each in held:
        if (stuck := parked.get(_group(flow, each.index, each.side))) is not None:
            message = f"it only makes sense together with {flow.lines[stuck].name}, which cannot be written"
            problems.append(Problem(each.index, each.side, TOGETHER, message, each.source))
    return without(plan, [each.index for each in held], tuple(problems)) if held else plan


def _group(flow: FlowMap, index: int, side: Side) -> tuple[str, Side]:
    return flow.lines[index].together, side
