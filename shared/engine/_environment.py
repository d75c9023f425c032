"""The environment fingerprint: which Dataverse organisation and which ERP the ledger speaks of.

After a restore, a copy, or a wrong setting the couplings describe other records than the ones we would write to. So
everything pauses until a person confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from shared.engine._house import LIVE, House
from shared.engine._states import pause_all, state_of
from shared.errors import KoppelError, Refused
from shared.ledger import moment

ENVIRONMENT: Final = "environment"
_KEY: Final = "fingerprint"
FRESH: Final = timedelta(minutes=1)
"""How long events rely on what was seen: about as long as the pump takes to come round and look again."""
NAMES: Final[Mapping[str, str]] = {"dataverse": "Dataverse organisation", "erp": "ERP environment"}


class OtherEnvironment(KoppelError):
    """The ledger was written for another environment: nothing is written to this one."""


async def environments(house: House) -> dict[str, dict[str, str]]:
    """What the ledger was written for (`known`, empty before the first look), and what the systems say now."""
    stored = (await house.documents.get(ENVIRONMENT, _KEY)).value
    known = {name: str(stored.get(name, "")) for name in NAMES} if stored else {}
    return {"known": known, "now": await _now(house)}


async def check_environment(house: House) -> None:
    """Once per slice, before anything is written. On a change every live flow pauses, and OtherEnvironment is raised.

    Raises TryLater or Denied if a system cannot be asked.
    """
    found = await environments(house)
    changed = _changed(found) if found["known"] else ""
    if changed:
        house.environment_checked = None
        live = [name for name in house.catalogue.names if (await state_of(house, name))["state"] in LIVE]
        await pause_all(house, live, changed)
        raise OtherEnvironment(changed)
    if not found["known"]:
        await confirm_environment(house)
    await house.learn()
    await house.look_at_columns()
    house.environment_checked = house.clock()


async def recheck_environment(house: House) -> None:
    """The same for work that begins often: asks once a minute at most, and once for all who want to know together."""
    async with house.environment_turn:
        seen = house.environment_checked
        if seen is None or house.clock() - seen > FRESH:
            await check_environment(house)


async def demand_environment(house: House) -> None:
    """Raises Refused while the environment is not the one that the ledger was written for."""
    found = await environments(house)
    if found["known"] and (changed := _changed(found)):
        raise Refused(changed)
    await house.look_at_columns()


async def confirm_environment(house: House) -> None:
    """A person says that the couplings hold for the environment as it is now."""
    now = {**await _now(house), "at": moment(house.clock())}
    await house.documents.change(ENVIRONMENT, _KEY, lambda _value: now)
    house.environment_checked = house.clock()


async def _now(house: House) -> dict[str, str]:
    return {"dataverse": await house.dataverse.environment(), "erp": await house.erp.environment()}


def _changed(found: Mapping[str, Mapping[str, str]]) -> str:
    """What has changed, in words; empty if nothing has."""
    known, now = found["known"], found["now"]
    parts = [f"the {NAMES[name]} was {known[name]} and is {now[name]}" for name in NAMES if known[name] != now[name]]
    return f"{' and '.join(parts)}: confirm the environment, or correct the settings" if parts else ""
