"""Subscriptions of Business Central: there while a flow needs them; and nothing is lost when they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.business_central.subscriptions import Keeper, without_ear
from functions.operations.subscriptions import notified
from functions.runtime import runtime
from shared.engine import confirm_environment, set_state
from shared.errors import Busy
from shared.mapping import ERP, Catalogue
from shared.systems import Resource
from tests.emulator.business_central.subscriptions import Handshake
from tests.emulator.wire import Request
from tests.simulation.central import CUSTOMERS, DE, Central, with_words
from tests.simulation.notified import URL, Told, on_told, settings_with

VENDORS = "business_central.vendors"


async def paired(told: Told) -> str:
    """A customer in sync with his account, and both sides compared; the customer's id."""
    central = told.central
    identity, _ = central.customer(), central.account()
    await central.visit(ERP, identity)
    await central.compare()
    central.later(minutes=30)
    await told.run()
    await told.run()
    return identity[1]


def city(central: Central) -> object:
    return central.accounts()[0]["address1_city"]


# -- there while they are needed


async def test_made_for_flows_that_are_started() -> None:
    """One for each list of each company of theirs, with a secret of its own, and none for the others."""

    async def story(told: Told) -> None:
        await told.keep()
        (made, vendors) = told.central.erp.subscriptions.alive()
        assert told.names == ["customers", "vendors"]
        assert (made.url, made.company) == (URL, told.central.company)
        assert made.client_state != vendors.client_state
        assert {*(await told.found()).noted} == {made.resource, vendors.resource}

    await on_told(story, [CUSTOMERS, VENDORS])


async def test_what_is_as_it_should_be_costs_a_look_in_five_minutes() -> None:
    """And nothing is written there."""

    async def story(told: Told) -> None:
        await told.keep()
        before = told.central.house.erps["business_central"].calls["subscriptions"]
        for _ in range(12):
            await told.keep()
        assert told.central.house.erps["business_central"].calls["subscriptions"] - before == 2
        (found,) = told.central.erp.subscriptions.alive()
        assert found.modified == found.created

    await on_told(story)


async def test_renewed_at_half_of_their_life() -> None:
    """Long before the end, with a handshake."""

    async def story(told: Told) -> None:
        await told.keep()
        (found,) = told.central.erp.subscriptions.alive()
        ends = found.expires
        told.central.later(hours=35)
        await told.keep()
        assert found.expires == ends
        told.central.later(hours=1)
        await told.keep()
        assert [each.id for each in told.central.erp.subscriptions.alive()] == [found.id]
        assert found.expires > ends + timedelta(hours=35)

    await on_told(story)


async def test_removed_where_no_flow_needs_them() -> None:
    """Within a minute of a flow's end."""

    async def story(told: Told) -> None:
        await told.keep()
        await set_state(told.central.house, VENDORS, "not running")
        await told.keep()
        assert told.names == ["customers"]
        await set_state(told.central.house, CUSTOMERS, "not running")
        await told.keep()
        assert (told.names, (await told.found()).noted) == ([], {})

    await on_told(story, [CUSTOMERS, VENDORS])


async def test_a_paused_flow_keeps_its_own_and_gets_no_new_one() -> None:
    """What it misses it catches up with; what it is told of waits."""

    async def story(told: Told) -> None:
        await told.keep()
        for name in (CUSTOMERS, VENDORS):
            await set_state(told.central.house, name, "paused")
        await told.keep()
        assert told.names == ["customers", "vendors"]
        told.central.erp.forget_subscribers()
        told.central.later(minutes=5)
        await told.keep()
        assert told.names == []
        await set_state(told.central.house, CUSTOMERS, "running")
        await told.keep()
        assert told.names == ["customers"]

    await on_told(story, [CUSTOMERS, VENDORS])


async def test_somebody_elses_is_left_alone() -> None:
    """Of the same list, at another address, with another secret."""

    async def story(told: Told) -> None:
        subscribed(told, "https://other.example/hook", "theirs")
        await told.keep()
        told.central.later(minutes=5)
        await told.keep()
        assert sorted(each.url for each in told.central.erp.subscriptions.alive()) == [
            URL,
            "https://other.example/hook",
        ]
        await set_state(told.central.house, CUSTOMERS, "not running")
        await told.keep()
        assert [each.client_state for each in told.central.erp.subscriptions.alive()] == ["theirs"]

    await on_told(story)


def subscribed(told: Told, url: str, state: str, name: str = "customers") -> None:
    """Somebody has a subscription of the first company."""
    erp = told.central.erp
    resource = f'"/api/v2.0/companies({told.central.company})/{name}"'
    body = f'{{"notificationUrl": "{url}", "resource": {resource}, "clientState": "{state}"}}'
    token = told.central.identity.issue("https://api.businesscentral.dynamics.com")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    path = f"{erp.base.removeprefix(erp.environment.url)}/subscriptions"
    erp.shaken(url, Handshake("token", 200, "token"))
    assert erp.handle(Request("POST", path, "", headers, body.encode())).status == 201


async def test_a_map_that_cannot_be_read_loses_its_flow_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what that flow needs: nothing is removed until it can be read again."""

    async def story(told: Told) -> None:
        await told.keep()
        whole = Catalogue.sound
        monkeypatch.setattr(Catalogue, "sound", lambda self: [each for each in whole(self) if each.name != CUSTOMERS])
        told.central.later(minutes=5)
        await told.keep()
        assert told.names == ["customers", "vendors"]

    await on_told(story, [CUSTOMERS, VENDORS])


# -- lost


async def test_a_subscription_that_is_lost_in_the_middle() -> None:
    """An app that was stopped answers 403, which ends them all; what was edited meanwhile arrives after the start."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        told.stopped = True
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        await told.tell()
        assert (told.calls, told.names) == ([403], [])
        told.central.erp.update(DE, "customers", row_id, {"addressLine1": "Ring 1"})
        told.start()
        await told.run()
        assert (told.names, city(told.central)) == (["customers"], "Graz")
        assert told.central.accounts()[0]["address1_line1"] == "Ring 1"
        told.central.erp.update(DE, "customers", row_id, {"city": "Linz"})
        await told.tell()
        assert (told.calls, city(told.central)) == ([403, 202], "Linz")

    await on_told(story)


async def test_one_that_expired_while_nobody_renewed_it_is_made_anew_and_its_flow_catches_up() -> None:
    """An app that was off for longer than the three days; what was edited then is caught up with, once."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        (old,) = told.central.erp.subscriptions.alive()
        told.central.later(days=4)
        assert told.names == []
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        await told.tell()
        assert told.calls == []
        told.start()
        await told.run()
        (new,) = told.central.erp.subscriptions.alive()
        assert (new.id != old.id, city(told.central)) == (True, "Graz")
        before = len(told.central.dataverse.history)
        await told.run()
        assert len(told.central.dataverse.history) == before

    await on_told(story)


async def test_they_are_looked_at_first_after_a_start() -> None:
    """However short the stop was."""

    async def story(told: Told) -> None:
        await told.keep()
        told.central.erp.forget_subscribers()
        told.start()
        await told.keep()
        assert told.names == ["customers"]

    await on_told(story)


async def test_what_was_deleted_meanwhile_is_found_by_the_compare_pass() -> None:
    """No stamp tells of it, and no subscription does any more."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        for number in range(12):
            told.central.customer(f"D{number}", displayName=f"Somebody {number}")
        told.central.erp.forget_subscribers()
        told.central.erp.delete(DE, "customers", row_id)
        told.central.later(minutes=5)
        await told.run()
        assert (told.names, told.central.troubles()) == (["customers"], [])
        await told.central.compare()
        assert [code for code, _ in told.central.troubles()] == ["deleted"]

    await on_told(story)


@pytest.mark.parametrize("changed", ["url", "client_state"])
async def test_put_right_where_somebody_has_changed_them(changed: str) -> None:
    """In the one that there is, without a second one; and what it did not tell is caught up with."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        (found,) = told.central.erp.subscriptions.alive()
        right = getattr(found, changed)
        setattr(found, changed, "https://koppel.example/other")
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        told.central.later(minutes=5)
        await told.run()
        assert [each.id for each in told.central.erp.subscriptions.alive()] == [found.id]
        assert (getattr(found, changed), city(told.central)) == (right, "Graz")

    await on_told(story)


async def test_a_second_one_is_removed() -> None:
    """One of another address that we had is, too, as the ledger notes its id."""

    async def story(told: Told) -> None:
        await told.keep()
        (old,) = told.central.erp.subscriptions.alive()
        old.url = "https://former.example/hook"
        subscribed(told, URL, (await told.ear()).state(Resource("v2.0", told.central.company, "customers")))
        told.central.later(minutes=5)
        await told.keep()
        (left,) = told.central.erp.subscriptions.alive()
        assert (left.url, left.id != old.id) == (URL, True)

    await on_told(story)


async def test_one_that_the_ledger_does_not_know_of() -> None:
    """Whoever made it died before he noted it: nobody knows since when it has been silent, so its flow catches up."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        told.central.tables.partitions["feeds"].pop("business_central.subscriptions")
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        told.central.erp.notifications.clear()
        await told.run()
        assert (told.names, city(told.central)) == (["customers"], "Graz")

    await on_told(story)


async def test_a_copy_is_subscribed_to_once_a_person_has_confirmed_it() -> None:
    """Until then nothing is asked of an environment that the ledger does not speak of."""

    async def story(told: Told) -> None:
        await told.run()
        told.central.erp.copy("Copied")
        told.start()
        assert "environment" in (await told.run()).problems
        assert told.names == []
        await confirm_environment(told.central.house)
        await set_state(told.central.house, CUSTOMERS, "running")
        await told.run()
        assert told.names == ["customers"]

    await on_told(story)


async def test_a_restore_in_place_is_put_right_without_a_word() -> None:
    """It keeps its name and has no subscriptions left; whether records were turned back is asked as ever."""

    async def story(told: Told) -> None:
        row_id = await paired(told)
        backup = told.central.erp.back_up()
        told.central.erp.restore(backup)
        told.central.erp.update(DE, "customers", row_id, {"city": "Graz"})
        told.central.later(minutes=5)
        await told.run()
        assert (told.names, city(told.central)) == (["customers"], "Graz")

    await on_told(story)


# -- what stands in the way


async def test_an_address_that_cannot_be_reached_is_told() -> None:
    """With what Business Central says and where it called; it is tried again, and then all is well."""

    async def story(told: Told) -> None:
        told.stopped = True
        await told.keep()
        trouble, _ = await notified(told.central.house)
        assert "1 are missing" in trouble
        assert URL in trouble
        told.stopped = False
        told.central.later(minutes=5)
        await told.keep()
        assert ((await notified(told.central.house))[0], told.names) == ("", ["customers"])

    await on_told(story)


async def test_a_list_that_nobody_is_told_of_is_no_trouble() -> None:
    """Its changes come with the schedule; it is not asked for time after time."""

    async def story(told: Told) -> None:
        told.central.erp.behaviour.unsupported_webhooks = {"vendors"}
        await told.keep()
        assert told.names == ["customers"]
        assert [each.rpartition("/")[2] for each in (await told.found()).silent] == ["vendors"]
        assert (await notified(told.central.house))[0] == ""
        before = dict(told.central.house.erps["business_central"].calls)
        told.central.later(minutes=5)
        await told.keep()
        assert told.central.house.erps["business_central"].calls["subscriptions"] - before["subscriptions"] == 1
        told.central.erp.behaviour.unsupported_webhooks = set()
        told.start()
        await told.keep()
        assert told.names == ["customers", "vendors"]

    await on_told(story, [CUSTOMERS, VENDORS])


async def test_one_refused_list_does_not_hold_up_the_others() -> None:
    """An environment has room for so many subscriptions."""

    async def story(told: Told) -> None:
        told.central.erp.behaviour.most_subscriptions = 1
        await told.keep()
        assert len(told.names) == 1
        trouble, _ = await notified(told.central.house)
        assert "At most 1 subscriptions are allowed" in trouble

    await on_told(story, [CUSTOMERS, VENDORS])


async def test_two_instances_make_each_once() -> None:
    """Whoever comes second while the first one looks leaves it alone."""

    async def story(told: Told) -> None:
        other = Keeper(told.central.house, await told.ear())
        shake = told.central.called

        async def meanwhile(url: str) -> tuple[int, bytes]:
            with pytest.raises(Busy):
                await other.keep(at_once=True)
            return await shake(url)

        told.central.called = meanwhile
        await told.keep()
        assert told.names == ["customers"]

    await on_told(story)


async def test_the_ledger_holds_no_secret() -> None:
    """Whoever reads it can tell Koppel nothing."""

    async def story(told: Told) -> None:
        await told.run()
        (found,) = told.central.erp.subscriptions.alive()
        everything = repr(told.central.tables.partitions)
        assert found.id in everything
        assert found.client_state not in everything

    await on_told(story)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"app_url": ""}, "set APP_URL"),
        ({"app_url": "http://localhost:7071"}, "write https://"),
        ({"business_central_notification_key": ""}, "set BUSINESS_CENTRAL_NOTIFICATION_KEY"),
    ],
)
async def test_without_an_address_none_are_made_and_it_is_said(given: dict[str, str], says: str) -> None:
    """Nothing is wrong with that: changes come with the schedules."""

    async def story(told: Told) -> None:
        told.start(**given)
        await told.keep()
        assert told.names == []
        trouble, said = await notified(told.central.house)
        assert (trouble, says in said) == ("", True)

    await on_told(story)


def test_a_local_twin_may_be_called_without_encryption() -> None:
    """Where Business Central is on this machine, too."""
    here = {"app_url": "http://127.0.0.1:7071", "business_central_url": "http://127.0.0.1:7083/v2.0/Sandbox"}
    assert without_ear(settings_with(**here)) == ""


async def test_pages_of_the_connector() -> None:
    """Subscriptions to them are made with their own API."""

    async def story(told: Told) -> None:
        await told.keep()
        (found,) = told.central.erp.subscriptions.alive()
        assert found.resource.startswith("/api/koppel/sync/v1.0/companies(")
        assert found.page.name == "customerCards"
        told.central.erp.behaviour.connector = False
        told.central.later(minutes=5)
        await told.keep()
        assert "customerCards" in (await notified(told.central.house))[0]
        assert runtime().subscriptions is not None

    await on_told(story, [CUSTOMERS], with_words("person", "connector"))
