"""The environment fingerprint: which Dataverse organisation and which ERP the ledger speaks of.

After a restore, a copy, or a wrong setting the couplings describe other records than the ones we would write to. So
everything pauses until a person confirms.

An empty ledger is a new one, or it was lost: emptied, or not the one that the settings mean. Set-up leaves a mark in
Dataverse that names the ledger. Where there is a mark and no ledger, every record would be met as if for the first
time; nothing is written then, and a person confirms. Nor is anything written where the key of the fingerprints is not
the ledger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from shared.engine._house import LIVE, House
from shared.engine._ledger_key import NOTES as KEY_NOTES
from shared.engine._ledger_key import is_under_another_key, key_trouble_in, know_lost, take_over, with_key
from shared.engine._states import pause_all, state_of
from shared.errors import Denied, KoppelError, Refused, TryLater
from shared.ledger import Known, OtherKey, moment, who

ENVIRONMENT: Final = "environment"
_KEY: Final = "fingerprint"
FRESH: Final = timedelta(minutes=1)
"""How long events rely on what was seen: about as long as the pump takes to come round and look again."""
NOTES: Final = frozenset({"at", "by", "ledger"}) | KEY_NOTES
"""What is stored beside the names of the environments."""


class OtherEnvironment(KoppelError):
    """The ledger was written for another environment: nothing is written to this one."""


class NewHouse(OtherEnvironment):
    """Neither a ledger nor a mark: this installation was never set up."""


class LostLedger(TryLater):
    """There is a mark, and the ledger that it names is not this one. Senders of events are to keep them."""


WAY_OUT: Final = "POST /api/operations/environment/confirm"
KEY_LOST: Final = f'{WAY_OUT} {{"key_lost": true}}'
NEW: Final = "this installation is new: set it up, POST /api/operations/webhooks"


async def ledger_trouble(house: House) -> KoppelError | None:
    """Why nothing may be done with the ledger as it is; None if it is the one that set-up named, and its key fits."""
    stored = await _stored(house)
    return await _lost_or_new(house, stored) or key_trouble_in(house, stored, KEY_LOST)


async def _stored(house: House) -> Mapping[str, Any]:
    return (await house.documents.get(ENVIRONMENT, _KEY)).value


async def _lost_or_new(house: House, stored: Mapping[str, Any]) -> KoppelError | None:
    if not house.marked:
        return None
    mark, own = await house.dataverse.mark(), str(stored.get("ledger", ""))
    named, check = f"set-up has named ledger {mark} in Dataverse", "Correct LEDGER_TABLE or LEDGER_ENDPOINT"
    if mark and not stored:
        why = f"the ledger is empty, but {named}: what was coupled is lost"
        return LostLedger(f"{why}. {check}, restore the table, or begin anew: {WAY_OUT}")
    if mark and mark != own:
        why = f"this is ledger {own or 'without a name'}, but {named}"
        return LostLedger(f"{why}. {check}, or confirm that this one is meant: {WAY_OUT}")
    return None if stored else NewHouse(NEW)


async def demand_ledger(house: House, *, is_empty: bool = False) -> None:
    """Before an event is taken. Raises LostLedger; asks once a minute, unless the ledger is_empty by all that is seen.

    Events are taken as ever while Dataverse cannot say which ledger it knows.
    """
    seen = house.environment_checked
    if not house.marked or (seen is not None and house.clock() - seen <= FRESH and not is_empty):
        return
    try:
        trouble = await _lost_or_new(house, await _stored(house))
    except (Denied, TryLater):
        return
    if isinstance(trouble, LostLedger):
        raise trouble


async def set_up_ledger(house: House) -> None:
    """Names the ledger in Dataverse, unless that is done. Raises Refused if another one is named there."""
    trouble = await ledger_trouble(house)
    if isinstance(trouble, (LostLedger, OtherKey)):
        raise Refused(str(trouble))
    if trouble is not None or (house.marked and not await house.dataverse.mark()):
        await confirm_environment(house)


async def known_of(house: House) -> Known:
    """What the ledger is called and speaks of, as it is stored."""
    stored = await _stored(house)
    return Known(str(stored.get("ledger", "")), _systems(stored))


async def environments(house: House) -> dict[str, dict[str, str]]:
    """What the ledger was written for (`known`, empty before the first look), and what the systems say now."""
    return await _environments(house, await _stored(house))


async def _environments(house: House, stored: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {"known": _systems(stored), "now": await _now(house)}


def _systems(stored: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in stored.items() if name not in NOTES}


async def check_environment(house: House) -> None:
    """Once per slice, before anything is written. On a change every live flow pauses, and OtherEnvironment is raised.

    A ledger that is new or lost raises NewHouse or LostLedger; only in the local house it is taken into use like that.
    Raises TryLater or Denied if a system cannot be asked.
    """
    stored = await _stored(house)
    if (trouble := await _lost_or_new(house, stored)) is not None:
        house.environment_checked = None
        raise trouble
    found = await _environments(house, await _with_our_key(house, stored))
    changed = _changed(found) if found["known"] else ""
    if changed:
        house.environment_checked = None
        live = [name for name in house.catalogue.names if (await state_of(house, name))["state"] in LIVE]
        await pause_all(house, live, changed)
        raise OtherEnvironment(changed)
    if found["now"].keys() - found["known"].keys():
        await confirm_environment(house)
    await house.learn()
    await house.look_at_columns()
    house.environment_checked = house.clock()


async def _with_our_key(house: House, stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is stored of the environment, once the ledger has this instance's key. Raises OtherKey if it has not."""
    know_lost(house, stored)
    if take_over(house, stored) != stored:
        changed = await house.documents.change(ENVIRONMENT, _KEY, lambda value: take_over(house, value))
        stored = changed.value
    if (trouble := key_trouble_in(house, stored, KEY_LOST)) is not None:
        house.environment_checked = None
        raise trouble
    return stored


async def recheck_environment(house: House) -> None:
    """The same for work that begins often: asks once a minute at most, and once for all who want to know together."""
    async with house.environment_turn:
        seen = house.environment_checked
        if seen is None or house.clock() - seen > FRESH:
            await check_environment(house)


async def demand_environment(house: House) -> None:
    """Raises Refused while the environment is not that of the ledger, or the ledger not that of the environment."""
    if (trouble := await ledger_trouble(house)) is not None:
        raise Refused(str(trouble))
    found = await environments(house)
    if found["known"] and (changed := _changed(found)):
        raise Refused(changed)
    await house.look_at_columns()


async def confirm_environment(house: House, *, key_lost: bool = False) -> None:
    """A person says that the couplings hold for the environment as it is now, and that this is its ledger.

    key_lost: that the key of its fingerprints, which this instance does not have, is gone. Raises Refused without that.
    """
    if not key_lost and is_under_another_key(house, known := await _stored(house)):
        raise Refused(str(key_trouble_in(house, known, KEY_LOST)))
    now, name = {**await _now(house), "at": moment(house.clock()), "by": who()}, house.token()
    stored = await house.documents.change(
        ENVIRONMENT, _KEY, lambda value: {**with_key(house, value), **now, "ledger": value.get("ledger") or name}
    )
    know_lost(house, stored.value)
    if house.marked:
        await house.dataverse.leave_mark(str(stored.value["ledger"]))
    house.environment_checked = house.clock()


async def _now(house: House) -> dict[str, str]:
    """What each system that the house works with is called. A suite that is off needs none."""
    systems = {"dataverse": house.dataverse, **house.erps}
    return {name: await system.environment() for name, system in systems.items()}


def _changed(found: Mapping[str, Mapping[str, str]]) -> str:
    """What has changed, in words; empty if nothing has. A system that was not there before is no change."""
    known, now = found["known"], found["now"]
    moved = [name for name in now if known.get(name, now[name]) != now[name]]
    parts = [f"the environment of {name} was {known[name]} and is {now[name]}" for name in moved]
    return f"{' and '.join(parts)}: confirm the environment, or correct the settings" if parts else ""
