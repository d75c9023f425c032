"""The second identity of a new record, such as its party: a number that somebody types would join it to anybody's.

Who joins a party reads its name, and changes the name and the addresses of all that it is. So the number goes along
only where it came from the ERP through a coupling, unless the map's policy says otherwise (`second`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shared.engine._flow import Flow
from shared.engine.record._former import had_agreed
from shared.errors import Rejected
from shared.ledger import Coupling, dataverse_end, erp_end
from shared.mapping import ERP, FlowMap, Line, Row
from shared.reconcile import LineWrite, Plan, Problem
from shared.systems import Observation, exactly


async def unjoined(flow: Flow, row: Row, plan: Plan, code: str) -> Plan:
    """The plan of a new record of the ERP, with the problem that its second identity is one which it may not take.

    row: the record in Dataverse. code: the second identity that it would be given, as the ERP spells it.
    """
    line, policy = flow.map.second_line, flow.map.policy.second
    write = second_write(flow.map, plan)
    if line is None or write is None or policy == "typed":
        return plan
    row_id = flow.map.dataverse_identity(row)
    holder = await _holder(flow, row_id, code)
    if policy == "unused" and not holder:
        return plan  # asked first: of new records hardly any has one, and searches travel together
    if await _is_agreed(flow, line, row_id, write.source):
        return plan
    name = flow.map.called_by(flow.map.dataverse.read(row)) or row_id
    problem = Problem(line.index, ERP, "joins", _told(line, policy, code, name, holder), code)
    return replace(plan, problems=(*plan.problems, problem))


def second_write(found: FlowMap, plan: Plan) -> LineWrite | None:
    """What a new record of the ERP would be given as its second identity."""
    line = found.second_line
    return next((each for each in plan.on(ERP) if line is not None and each.index == line.index), None)


async def _is_agreed(flow: Flow, line: Line, row_id: str, value: str) -> bool:
    """True if a pair that the row was, or is, one half of had agreed on this value: in this flow, or in another one."""
    if await had_agreed(flow, row_id, line, value):
        return True
    for each in _of_suite(flow):
        if each.name == flow.map.name or each.dataverse.entity.name != flow.map.dataverse.entity.name:
            continue
        coupling = await flow.others.flow(each.name).ledger.coupling(dataverse_end(row_id))
        if coupling is not None and coupling.state != "claimed" and _agrees(each, coupling, line, value):
            return True
    return False


def _agrees(found: FlowMap, coupling: Coupling, line: Line, value: str) -> bool:
    """True if a coupling of another flow holds this value of the same column as what it agreed on."""
    theirs = found.second_line
    if theirs is None or theirs.dataverse.name != line.dataverse.name or theirs.lookup != line.lookup:
        return False
    if theirs.erp.name in found.identity:
        held = (coupling.erp or ())[found.identity.index(theirs.erp.name) :][:1]
        return any(theirs.comparable(each) == line.comparable(value) for each in held)
    base = coupling.agreed.base(theirs)
    return base is not None and base[1] == theirs.print(value)


async def _holder(flow: Flow, row_id: str, code: str) -> str:
    """Who has a second identity in the ERP, in any company, as far as the suite's flows can see; empty if nobody has.

    A record that the row itself is coupled with is none.
    """
    asked = set[str]()
    for each in _of_suite(flow):
        second, part = each.second, each.erp
        if second is None or part.entity.name in asked:
            continue
        asked.add(part.entity.name)
        try:
            found = await flow.erp.find(part.entity, [(second, code)], part.columns)
        except Rejected:
            continue  # a text that the ERP does not look for is no number of its own
        for row in exactly(found, [(second, code)]):
            if not await _is_own(flow, each, row, row_id):
                return _called(each, row)
    return ""


async def _is_own(flow: Flow, found: FlowMap, row: Observation, row_id: str) -> bool:
    """True if the record is the row's own, in one of the flows over its entity."""
    end = erp_end(found.erp_identity(row.row))
    over = [each for each in _of_suite(flow) if each.erp.entity.name == found.erp.entity.name]
    pairs = [await flow.others.flow(each.name).ledger.coupling(end) for each in over]
    return any(pair is not None and pair.dataverse.lower() == row_id.lower() for pair in pairs)


def _called(found: FlowMap, row: Observation) -> str:
    """What people call a record of the ERP: its key and its name."""
    names = dict.fromkeys((*found.erp_identity(row.row), found.called_by(found.erp.read(row.row))))
    return " ".join(each for each in names if each)


def _of_suite(flow: Flow) -> Iterator[FlowMap]:
    """The maps of the suite, this one first."""
    yield flow.map
    yield from (each for each in flow.others.maps() if each.suite == flow.map.suite and each.name != flow.map.name)


def _told(line: Line, policy: str, code: str, name: str, holder: str) -> str:
    """Why the number is not sent, with both names, and what to do."""
    whose = f"is that of {holder!r}" if holder else "may be that of somebody whom no flow sees"
    otherwise = (
        f"give {name!r} a number that nobody has"
        if policy == "unused"
        else f"empty {line.dataverse.name}, and the ERP gives one of its own"
    )
    return (
        f"{code!r} stands at {name!r} without ever having come from the ERP, and {whose}: a new record would join it. "
        f"{otherwise[0].upper()}{otherwise[1:]}; or make the record in the ERP, and couple the two"
    )
