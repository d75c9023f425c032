"""Registrations of ours that nobody needs any longer: of a table that wakes no flow by now, of a flow that is gone.

Ours are known by their ids, as ever: a row of that name with another id is somebody else's, and so is an endpoint that
has a step of somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from shared.setup._reading import rows
from shared.setup._registrations import ENDPOINTS, STEPS, Change, Listener, Row, endpoint_id, registered_by, step_id
from shared.systems import Dataverse

_OWN: Final = "Koppel "
_STEP: Final = re.compile(r"Koppel (.+): (Create|Update|Delete) of (\w+)")


async def unneeded(
    dataverse: Dataverse, listening: Collection[Listener], known: Collection[str] | None
) -> list[Change]:
    """What is to be removed, steps before their endpoint.

    known: names of all that may listen, also of what is not looked at now; None: only steps of those who do listen.
    """
    url = f"{ENDPOINTS}?$select=serviceendpointid,name&$filter=startswith(name,'{_OWN}')"
    named = {str(row["name"]).removeprefix(_OWN): str(row["serviceendpointid"]) async for row in rows(dataverse, url)}
    ours = {name for name, row_id in named.items() if row_id == endpoint_id(name)}
    gone = {name for name in ours if known is not None and name not in known}
    looked = sorted(ours & ({each.name for each in listening} | gone))
    steps = await _steps(dataverse, looked)
    wanted = {row_id for each in listening for row_id in registered_by(each)[STEPS]}
    return [change for name in looked for change in _of(name, steps.get(name, ()), wanted, is_gone=name in gone)]


async def _steps(dataverse: Dataverse, names: Collection[str]) -> Mapping[str, list[Row]]:
    """The steps of listeners' endpoints, whosever they are."""
    at = {endpoint_id(name): name for name in names}
    found: dict[str, list[Row]] = {}
    about = " or ".join(f"_eventhandler_value eq {row_id}" for row_id in at)
    url = f"{STEPS}?$select=sdkmessageprocessingstepid,name,_eventhandler_value&$filter={about}"
    if about:
        async for row in rows(dataverse, url):
            found.setdefault(at[str(row["_eventhandler_value"])], []).append(row)
    return found


def _of(name: str, steps: Collection[Row], wanted: Collection[str], *, is_gone: bool) -> Iterator[Change]:
    """What one listener no longer needs."""
    key = "sdkmessageprocessingstepid"
    mine = [row for row in steps if _is_ours(name, row)]
    for row in sorted(mine, key=lambda each: str(each["name"])):
        if str(row[key]) not in wanted:
            yield Change("remove", STEPS, str(row[key]), name, {"name": row["name"]})
    if is_gone and len(mine) == len(steps):
        yield Change("remove", ENDPOINTS, endpoint_id(name), name, {"name": f"{_OWN}{name}"})


def _is_ours(name: str, step: Row) -> bool:
    found = _STEP.fullmatch(str(step["name"]))
    if found is None:
        return False
    _, message, table = found.groups()
    return str(step["sdkmessageprocessingstepid"]) in {step_id(name, message), step_id(name, message, table)}
