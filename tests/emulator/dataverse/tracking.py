"""Change tracking: the first full read, what changed since a token, and tokens that are too old."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import islice

from tests.emulator.dataverse import options
from tests.emulator.dataverse.environment import Environment
from tests.emulator.dataverse.exchange import Exchange, members
from tests.emulator.dataverse.projection import Projection, Projector
from tests.emulator.dataverse.reading import CollectionReader, collection, count_answer
from tests.emulator.dataverse.refusal import Refusal, bad_request
from tests.emulator.dataverse.store import Table
from tests.emulator.dataverse.tokens import Cookie, cookie_text, delta_text, read_cookie, read_delta
from tests.emulator.wire import Answer


class Tracker:
    """Answers GET on entity sets with `odata.track-changes` or a `$deltatoken`."""

    def __init__(self, environment: Environment, projector: Projector, reader: CollectionReader) -> None:
        self.environment = environment
        self.projector = projector
        self.reader = reader
        self._expired_before = 0

    def concerns(self, exchange: Exchange) -> bool:
        """True if a read of a collection is a tracked one."""
        token = exchange.options.get("$skiptoken", "")
        return exchange.preferences.track_changes or "$deltatoken" in exchange.options or 'istracking="True"' in token

    def read(self, exchange: Exchange, table: Table) -> Answer:
        """A page of all rows, or of what changed since the token."""
        self._check(exchange, table)
        size = self.reader.page_size(exchange)
        given = exchange.options
        projection = self.projector.projection(table, given.get("$select"))
        cookie = read_cookie(exchange, given["$skiptoken"], size) if "$skiptoken" in given else None
        if "$deltatoken" in given or (cookie is not None and cookie.since is not None):
            return self._changes(exchange, projection, cookie, size)
        return self._everything(exchange, projection, cookie, size)

    def count(self, exchange: Exchange, table: Table) -> Answer:
        """How many changes are pending behind a token."""
        options.check(exchange.options, frozenset({"$deltatoken"}))
        self._check(exchange, table)
        since = self._since(exchange)
        gone = sum(1 for version in table.deleted.values() if version > since)
        return count_answer(gone + sum(1 for row in table.rows.values() if row.version > since))

    def _check(self, exchange: Exchange, table: Table) -> None:
        if not table.definition.change_tracking:
            text = f"Entity {table.definition.logical} isn't enabled for change tracking."
            raise Refusal(400, "0x80072491", text)
        for name in exchange.options:
            if name in ("$filter", "$orderby", "$expand", "$top", "$count"):
                raise bad_request(f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.')
        options.check(exchange.options, frozenset({"$select", "$skiptoken", "$deltatoken"}))
        if self.environment.behaviour.expire_delta_tokens:
            self._expired_before = self.environment.next_version()
            self.environment.behaviour.expire_delta_tokens = False

    def _everything(self, exchange: Exchange, projection: Projection, cookie: Cookie | None, size: int) -> Answer:
        table = projection.table
        until = cookie.until if cookie else self.environment.version
        start = bisect_right(table.ids, cookie.after[0]) if cookie else 0
        reaches = partial(self.environment.reaches, exchange.actor, table, right="read")
        ids = list(islice(filter(reaches, islice(table.ids, start, None)), size + 1))
        texts = [self.projector.text(projection, table.rows[each], exchange.preferences) for each in ids[:size]]
        if len(ids) > size:
            following = Cookie(cookie.page + 1 if cookie else 2, (ids[size - 1],), until)
            return self._page(exchange, projection, texts, "", following, size)
        return self._last(exchange, projection, texts, "", until)

    def _changes(self, exchange: Exchange, projection: Projection, cookie: Cookie | None, size: int) -> Answer:
        since = cookie.since if cookie is not None and cookie.since is not None else self._since(exchange)
        until = cookie.until if cookie else self.environment.version
        passed = (cookie.after[0], cookie.after[1]) if cookie else (0, since)
        changes = self._between(projection.table, since, until)
        seen = (
            change
            for change in changes
            if change[0] or self.environment.reaches(exchange.actor, projection.table, change[2], "read")
        )
        found = [change for change in seen if change[:2] > passed][: size + 1]
        texts = [self._change(exchange, projection, deleted, row_id) for deleted, _, row_id in found[:size]]
        if len(found) > size:
            following = Cookie(cookie.page + 1 if cookie else 2, found[size - 1][:2], until, since)
            return self._page(exchange, projection, texts, "/$delta", following, size)
        return self._last(exchange, projection, texts, "/$delta", until)

    def _between(self, table: Table, since: int, until: int) -> list[tuple[int, int, str]]:
        """Changed rows by version, then deleted ones: kind (0 or 1), version, id."""
        changed = [(0, row.version, row.row_id) for row in table.rows.values() if since < row.version <= until]
        gone = [(1, version, row_id) for row_id, version in table.deleted.items() if since < version <= until]
        return [each for each in sorted(changed) + sorted(gone) if self.environment.committed(each[1])]

    def _change(self, exchange: Exchange, projection: Projection, deleted: int, row_id: str) -> bytes:
        table = projection.table
        if not deleted:
            return self.projector.text(projection, table.rows[row_id], exchange.preferences)
        context = exchange.context(f"{table.definition.name}/$deletedEntity")
        return b"{%b}" % members({"@odata.context": context, "id": row_id, "reason": "deleted"})

    def _since(self, exchange: Exchange) -> int:
        version, issued = read_delta(exchange.options["$deltatoken"])
        organization = self.environment.tables["organizations"].rows[self.environment.organization_id]
        life = timedelta(days=organization.values["expirechangetrackingindays"])
        too_old = self.environment.clock() - issued > life
        if too_old or version < self._expired_before or version > self.environment.version:
            text = "Version stamp associated with the client has expired. Please perform a full sync."
            raise Refusal(self.environment.behaviour.expired_delta_status, "0x80044352", text)
        return version

    def _page(
        self,
        exchange: Exchange,
        projection: Projection,
        texts: Sequence[bytes],
        kind: str,
        following: Cookie,
        size: int,
    ) -> Answer:
        link = exchange.link(skiptoken=cookie_text(exchange, following, size))
        return self._answer(exchange, projection, texts, kind, {"@odata.nextLink": link})

    def _last(
        self, exchange: Exchange, projection: Projection, texts: Sequence[bytes], kind: str, until: int
    ) -> Answer:
        link = exchange.link(deltatoken=delta_text(until, self.environment.clock()))
        # A long-standing defect of the service: with annotations the delta link is missing.
        tail = {} if exchange.preferences.annotations is not None else {"@odata.deltaLink": link}
        return self._answer(exchange, projection, texts, kind, tail)

    def _answer(
        self, exchange: Exchange, projection: Projection, texts: Sequence[bytes], kind: str, tail: dict[str, str]
    ) -> Answer:
        name = projection.table.definition.name
        chosen = f"({projection.chosen})" if projection.chosen else ""
        return collection(exchange, {"@odata.context": exchange.context(f"{name}{chosen}{kind}")}, texts, tail)
