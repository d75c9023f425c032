"""The connection: what is repeated and what never, what a refusal means, and what must not leak."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from decimal import Decimal

import httpx
import pytest
import stamina

from shared.errors import Denied, KoppelError, NotTheService, Throttled, TryLater, Unanswered
from shared.systems import Connection, Limiter, Patience
from shared.systems._connection import parse_json, parsed, retry_after
from tests.unit.systems.worlds import BASE, QUICK, CountedTokens, Script, answer, connection

pytestmark = pytest.mark.usefixtures("impatient")

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
PAUSE = 0.015


async def read(link: Connection, url: str = "accounts") -> httpx.Response:
    return await link.send("GET", url, {}, reads=True)


async def write(link: Connection, url: str = "accounts") -> httpx.Response:
    return await link.send("POST", url, {"Content-Type": "application/json"}, b'{"name":"x"}')


Send = Callable[[Connection], Awaitable[httpx.Response]]
EITHER = pytest.mark.parametrize("send", [read, write])


async def test_no_system_gives_another_one_a_cookie() -> None:
    """Both stand below one domain and share what sends: one that answers evil sets none for either."""
    seen: list[httpx.Request] = []

    async def evil(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(
            200, headers=[("Set-Cookie", "sid=evil; Domain=dynamics.com; Path=/"), ("Set-Cookie", "own=1")]
        )

    client = httpx.AsyncClient(transport=httpx.MockTransport(evil))
    one, other = (
        Connection(client, f"https://{name}.dynamics.com/", CountedTokens(), Limiter(), QUICK)
        for name in ("one", "other")
    )
    for link in (one, other, one):
        await read(link)
    assert [each.headers.get("cookie") for each in seen] == [None, None, None]
    assert not client.cookies.jar


KEYED = "CustomersV3(dataAreaId='usmf',CustomerAccount='Jane-Roe')?$filter=TaxExemptNumber eq 'GB-4711'"


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize(
    "trouble", [answer(503), answer(429), httpx.ConnectError("nobody"), httpx.ReadError("gone")], ids=repr
)
async def test_what_is_asked_for_stands_in_no_message_and_in_no_log(
    caplog: pytest.LogCaptureFixture, reads: bool, trouble: httpx.Response | Exception
) -> None:
    """Keys and filters hold what people entered; the retry library's own record has fields that hide them."""
    link = connection(Script(*[trouble] * 99))
    with caplog.at_level(logging.INFO, "stamina"), pytest.raises(KoppelError) as problem:
        await link.send("GET", KEYED, {}, reads=reads)
    records = [repr(vars(each)) for each in caplog.records if not each.name.startswith("httpx")]
    for said in (str(problem.value), *records):
        assert "Jane-Roe" not in said
        assert "GB-4711" not in said
    assert "CustomersV3" in str(problem.value) or not isinstance(problem.value, Unanswered)


# -- sign-in


@EITHER
async def test_refused_sign_in(send: Send) -> None:
    """A token that is refused is renewed once and the request repeated once; a second refusal is final."""
    script, tokens = Script(*[answer(401)] * 5), CountedTokens()
    with pytest.raises(Denied, match="401"):
        await send(connection(script, tokens=tokens))
    assert script.tokens == ["token-1", "token-2"]
    assert tokens.renewals == 1


@EITHER
async def test_expired_token(send: Send) -> None:
    """After a renewal the same request goes out again: method, address, headers and body."""
    script = Script(answer(401), answer(204))
    response = await send(connection(script))
    first, second = script.requests
    assert response.status_code == 204
    assert script.tokens == ["token-1", "token-2"]
    assert (first.method, first.url, first.content) == (second.method, second.url, second.content)
    assert first.headers.get("content-type") == second.headers.get("content-type")


async def test_many_expired_tokens() -> None:
    """A token that many requests were refused with at the same time is renewed once for all of them."""
    tokens = CountedTokens()

    async def server(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return answer(401 if request.headers["authorization"] == "Bearer token-1" else 200)

    link = connection(server, tokens=tokens, limiter=Limiter(8.0))
    await asyncio.gather(*(read(link) for _ in range(8)))
    assert tokens.renewals == 1


@pytest.mark.parametrize("problem", [Denied("sign-in for https://contoso.example was refused")])
async def test_no_token(problem: Denied) -> None:
    """Without a token nothing is sent."""

    class NoTokens(CountedTokens):
        async def token(self) -> str:
            raise problem

    script = Script()
    with pytest.raises(Denied):
        await read(connection(script, tokens=NoTokens()))
    assert script.requests == []


async def test_sign_in_out_of_reach() -> None:
    """While the sign-in service cannot be reached, a request is tried again, also a write: it was never sent."""

    class LateTokens(CountedTokens):
        tries = 0

        async def token(self) -> str:
            self.tries += 1
            if self.tries < 3:
                raise Throttled("sign-in cannot be reached")
            return "token"

    script, tokens = Script(), LateTokens()
    assert (await write(connection(script, tokens=tokens))).status_code == 200
    assert (tokens.tries, len(script.requests)) == (3, 1)


# -- throttling

SAID_NOTHING = ["Wed, 21 Oct 2099 07:28:00 GMT", "soon", "", "-", "1,198.20", "-3", "0", "nan"]


@EITHER
async def test_throttled(send: Send) -> None:
    """A throttled request was not read: it is sent again after the pause, also a write, by fewer at once."""
    script, limiter = Script(answer(429, {"retry-after": str(PAUSE)}), answer(200)), Limiter(8.0)
    begin = time.monotonic()
    await send(connection(script, limiter=limiter))
    assert time.monotonic() - begin >= PAUSE - 0.001
    assert len(script.requests) == 2
    assert 4.0 <= limiter.limit < 5.0


@pytest.mark.parametrize("header", [None, *SAID_NOTHING])
async def test_pause_in_a_form_we_do_not_understand(header: str | None) -> None:
    """A Retry-After that is missing, a date or nonsense means the default pause, never an error and never none."""
    script = Script(answer(429, {"retry-after": header} if header is not None else {}))
    begin = time.monotonic()
    await read(connection(script))
    assert time.monotonic() - begin >= QUICK.default_pause - 0.001
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17.0), ("1.5", 1.5), (" 2 ", 2.0), ("0", 0.0), ("-3", 0.0), ("soon", None), ("Wed, 21 Oct 2099", None)],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """Seconds are read, whole or not; anything else says nothing."""
    assert retry_after(httpx.Headers({"retry-after": header})) == seconds


@pytest.mark.parametrize("header", ["inf", "1e400", "99999999999"])
async def test_endless_pause(header: str) -> None:
    """No header makes us wait without end."""
    async with asyncio.timeout(5):
        with pytest.raises(Throttled):
            await read(connection(Script(*[answer(429, {"retry-after": header})] * 9)))


async def test_throttled_for_good() -> None:
    """When patience ends, the pause that was asked for goes with the error."""
    script = Script(*[answer(429, {"retry-after": "0.002"})] * 9)
    with pytest.raises(Throttled) as throttled:
        await write(connection(script))
    assert throttled.value.retry_after == 0.002
    assert len(script.requests) == QUICK.attempts


async def test_a_pause_is_for_everybody() -> None:
    """Whoever sends during a pause waits it out, whatever they send."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    script = Script(answer(429, {"retry-after": str(PAUSE)}))

    async def server(request: httpx.Request) -> httpx.Response:
        times.append(loop.time())
        return await script(request)

    link = connection(server)
    first = asyncio.create_task(read(link))
    while not times:  # noqa: ASYNC110 - until the first request has arrived
        await asyncio.sleep(0)
    await asyncio.gather(first, read(link), write(link))
    assert min(times[1:]) - times[0] >= PAUSE - 0.001


async def test_a_pause_beyond_patience() -> None:
    """A pause longer than a request may take is not slept out: the caller learns of it at once."""
    script = Script(*[answer(429, {"retry-after": "30"})] * 9)
    async with asyncio.timeout(5):
        with pytest.raises(Throttled):
            await read(connection(script, patience=Patience(seconds=0.01)))


async def test_coming_into_a_pause_beyond_patience() -> None:
    """Who comes while everybody waits longer than a request may take learns of it at once."""
    limiter = Limiter()
    limiter.throttled(30)
    async with asyncio.timeout(5):
        with pytest.raises(Throttled):
            await read(connection(Script(), limiter=limiter, patience=Patience(seconds=0.01)))


@pytest.mark.parametrize("status", [503])
async def test_busy_with_a_pause(status: int) -> None:
    """A busy system that says how long to wait is obeyed, too."""
    script = Script(answer(status, {"retry-after": str(PAUSE)}), answer(200))
    begin = time.monotonic()
    await read(connection(script))
    assert time.monotonic() - begin >= PAUSE - 0.001


# -- no answer

LOST = [
    httpx.ReadTimeout("timed out"),
    httpx.ReadError("reset by peer"),
    httpx.WriteError("broken pipe"),
    httpx.WriteTimeout("timed out"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.CloseError("closed"),
]
GATEWAY = [answer(status, {"content-type": "text/html"}, HTML) for status in (502, 503, 504)]
NO_ANSWER = pytest.mark.parametrize("trouble", [*LOST, *GATEWAY], ids=str)


@NO_ANSWER
async def test_read_without_an_answer(trouble: httpx.Response | Exception) -> None:
    """A read that got no answer is sent again: reading twice harms nobody."""
    script = Script(trouble, trouble, answer(200, content=b"{}"))
    assert (await read(connection(script))).status_code == 200
    assert len(script.requests) == 3


@NO_ANSWER
async def test_write_without_an_answer(trouble: httpx.Response | Exception) -> None:
    """A write that got no answer is never sent again: nobody knows whether it was carried out."""
    script = Script(trouble)
    with pytest.raises(Unanswered):
        await write(connection(script))
    assert len(script.requests) == 1


@NO_ANSWER
async def test_no_answer_for_good(trouble: httpx.Response | Exception) -> None:
    """A read is given up after as many attempts as patience allows, and may be tried later."""
    script = Script(*[trouble] * 99)
    with pytest.raises(TryLater):
        await read(connection(script))
    assert len(script.requests) == QUICK.attempts


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_budget_of_attempts(attempts: int) -> None:
    """No request is sent more often than patience says."""
    script = Script(*[answer(503)] * 99)
    with pytest.raises(Unanswered):
        await read(connection(script, patience=Patience(attempts=attempts)))
    assert len(script.requests) == attempts


async def test_budget_of_time() -> None:
    """Repeats end when the time is up, however many attempts are left."""
    stamina.set_testing(False)
    script = Script(*[answer(429, {"retry-after": "0.005"})] * 99)
    with pytest.raises(Throttled):
        await read(connection(script, patience=Patience(attempts=50, seconds=0.03)))
    assert len(script.requests) <= 9  # each pause is as long as that at least, however slow the machine is


@EITHER
async def test_nobody_listens(send: Send) -> None:
    """A connection that was never made did nothing: also a write is tried again, and given up as 'try later'."""
    refused = httpx.ConnectError("connection refused")
    script = Script(refused, refused, answer(200))
    await send(connection(script))
    assert len(script.requests) == 3
    script = Script(*[refused] * 9)
    with pytest.raises(Throttled, match="cannot be reached"):
        await send(connection(script))
    assert len(script.requests) == QUICK.attempts


@pytest.mark.parametrize("problem", [httpx.ConnectTimeout("timed out"), httpx.PoolTimeout("pool is full")], ids=repr)
async def test_never_sent(problem: httpx.HTTPError) -> None:
    """A write that never left this machine is sent again like one that found nobody listening."""
    script = Script(problem, answer(200))
    await write(connection(script))
    assert len(script.requests) == 2


# -- everything else is an answer

STATUSES = [200, 201, 204, 400, 403, 404, 405, 409, 410, 412, 413, 500, 501]
OWN = b'{"error":{"code":"1","message":"No."}}'


@EITHER
@pytest.mark.parametrize("status", STATUSES)
async def test_answers(send: Send, status: int) -> None:
    """Any other answer is the caller's to judge, and is asked for once."""
    script = Script(answer(status, content=OWN))
    response = await send(connection(script))
    assert (response.status_code, response.content) == (status, OWN)
    assert len(script.requests) == 1


async def test_redirects_are_not_followed() -> None:
    """Our token goes nowhere else."""
    script = Script(*[answer(302, {"location": "https://elsewhere.example/data"})] * 9)
    with pytest.raises(NotTheService):
        await read(connection(script))
    assert {str(request.url) for request in script.requests} == {f"{BASE}/accounts"}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("accounts?$top=1", f"{BASE}/accounts?$top=1"),
        (f"{BASE}/accounts?$skiptoken=%3Ca%20b", f"{BASE}/accounts?$skiptoken=%3Ca%20b"),
    ],
)
async def test_addresses(url: str, address: str) -> None:
    """Addresses lie below the base; links are sent character by character as they came."""
    script = Script()
    await read(connection(script, base=BASE + "/"), url)
    assert str(script.requests[0].url) == address


@pytest.mark.parametrize("url", ["https://elsewhere.example/data/accounts", "http://contoso.example/data/accounts",
                                 "https://contoso.example.evil.example/data"])  # fmt: skip
async def test_tokens_stay_at_home(url: str) -> None:
    """Whatever address is asked for, the token goes to our own system and nowhere else."""
    script = Script()
    with pytest.raises(KoppelError):
        await read(connection(script), url)
    assert script.requests == []


async def test_calls_are_counted() -> None:
    """Every request that was sent is counted under its kind, repeats too."""
    link = connection(Script(answer(503), answer(401), answer(429), answer(200), answer(200)))
    await link.send("GET", "a", {}, reads=True, kind="page")
    await link.send("PATCH", "a", {})
    assert link.calls == {"page": 4, "patch": 1}


@pytest.mark.parametrize("trouble", [*LOST, *GATEWAY, answer(401), answer(429), httpx.ConnectError("x")], ids=str)
async def test_places_are_given_back(trouble: httpx.Response | Exception) -> None:
    """Whatever goes wrong, the limiter's places come back."""
    limiter = Limiter()
    with pytest.raises(KoppelError):
        await read(connection(Script(*[trouble] * 99), limiter=limiter))
    assert limiter.running == 0


async def test_cancelled_on_the_way() -> None:
    """A request that is cancelled gives its place back."""
    limiter = Limiter(1.0)

    async def silent(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        raise AssertionError

    task = asyncio.create_task(read(connection(silent, limiter=limiter)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert limiter.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert limiter.running == 0


async def test_health_lets_more_in() -> None:
    """Answers, also refusals of a record, let the limit grow; gateway errors do not."""
    limiter = Limiter(4.0)
    link = connection(Script(answer(412), answer(503)), limiter=limiter)
    await read(link)
    grown = limiter.limit
    assert grown > 4.0
    with pytest.raises(Unanswered):
        await write(link)
    assert limiter.limit == grown


# -- what must not leak

SECRET = "s3cret-token"


class SecretTokens(CountedTokens):
    async def token(self) -> str:
        return SECRET


@EITHER
@pytest.mark.parametrize("trouble", [*LOST, *GATEWAY, answer(401), answer(429), httpx.ConnectError("x")], ids=str)
async def test_no_secrets_in_errors(
    send: Send, trouble: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """A token shows in no error text, no traceback and no log, however chatty."""
    caplog.set_level(logging.DEBUG)
    link = connection(Script(*[trouble] * 99), tokens=SecretTokens())
    with pytest.raises(KoppelError) as problem:
        await send(link)
    told = "".join(traceback.format_exception(problem.value)) + repr(problem.value) + repr(link) + caplog.text
    assert SECRET not in told


# -- bodies


@pytest.mark.parametrize(
    "content",
    [b"", b" ", HTML, b'{"value":[{"name":"cut', b"{", b"\xff\xfe", b'{"a":1}x', b"\x00"],
    ids=repr,
)
def test_bodies_that_are_no_json(content: bytes) -> None:
    """A body that is no JSON tells nothing about what was done; the error shows where it begins."""
    with pytest.raises(Unanswered, match="not JSON"):
        parse_json(content, "an answer")
    with pytest.raises(Unanswered, match=r"200 from https://contoso\.example/data"):
        parsed(httpx.Response(200, content=content, request=httpx.Request("GET", BASE)))


def test_long_bodies_are_not_repeated_in_errors() -> None:
    """An error shows the beginning of a body, not megabytes of it."""
    with pytest.raises(Unanswered) as problem:
        parse_json(b"<" * 1_000_000, "an answer")
    assert len(str(problem.value)) < 300


@pytest.mark.parametrize("text", ["1.10", "0.1", "12345678901234567.890123456789", "1E+2", "-0.0", "100.00"])
def test_decimals_keep_every_digit(text: str) -> None:
    """Numbers with decimals arrive as they were written, whole numbers as numbers."""
    found = parse_json(f'{{"amount":{text},"count":7,"big":9007199254740993}}'.encode(), "an answer")
    assert found == {"amount": text, "count": 7, "big": 9007199254740993}
    assert Decimal(found["amount"]) == Decimal(text)


def test_byte_order_mark() -> None:
    """A byte order mark before the JSON does not matter."""
    assert parse_json(b'\xef\xbb\xbf{"a":"\xc3\xa9"}', "an answer") == {"a": "é"}


# -- a page that is not from the service

PAGE = b"<html><body><h1>We will be back soon</h1></body></html>"
HURRIED = Patience(attempts=1, seconds=1, wait=0.001)
FOREIGN = [
    *[(status, PAGE) for status in (200, 302, 400, 403, 404, 405, 409)],
    *[(status, b"") for status in (301, 302, 304, 307, 400, 403, 405)],
    (403, b"Forbidden"),
    (400, b'{"statusCode":400,"message":"Bad Request"}'),
    (404, b"no backend"),
]


@EITHER
@pytest.mark.parametrize(("status", "body"), FOREIGN)
async def test_what_stands_before_the_service_refuses_nothing(send: Send, status: int, body: bytes) -> None:
    """Nothing is known then: not of the record, nor of a right; and a write may have been carried out."""
    link = connection(Script(answer(status, {}, body)), patience=HURRIED)
    with pytest.raises(NotTheService, match="not answered by the service"):
        await send(link)


@pytest.mark.parametrize("body", [OWN, b'{"Message":"No HTTP resource was found."}', b'\xef\xbb\xbf{"error":null}'])
async def test_what_the_service_says_itself_is_believed(body: bytes) -> None:
    """In the shape of either service, or of the router of F&O."""
    for status in (400, 403, 404, 405):
        assert (await read(connection(Script(answer(status, {}, body))))).status_code == status


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_may_be_said_without_a_word(status: int) -> None:
    assert (await read(connection(Script(answer(status))))).status_code == status


@pytest.mark.parametrize(
    ("url", "is_believed"),
    [("Groups(Id='a%26b')", True), ("Groups(Id='ab')", False), ("Groups?$filter=Id%20eq%20'a%26b'", False)],
)
async def test_a_page_may_refuse_what_is_escaped_in_an_address(url: str, is_believed: bool) -> None:
    """So the front of F&O does; where nothing is escaped there is nothing to refuse."""
    link = connection(Script(answer(400, {}, PAGE)), patience=HURRIED)
    if is_believed:
        assert (await read(link, url)).status_code == 400
    else:
        with pytest.raises(NotTheService):
            await read(link, url)


async def test_maintenance_is_no_answer_to_the_small_request() -> None:
    link = probed(Script(*[answer(403, {}, PAGE)] * 3))
    with pytest.raises(NotTheService):
        await read(link)
    assert link.away


# -- a system that is away


def probed(script: Script) -> Connection:
    """A connection that asks for something small when in doubt."""
    found = connection(script, patience=Patience(attempts=1, seconds=1, wait=0.001))
    found.probe = "WhoAmI"
    return found


@EITHER
async def test_a_system_that_is_away_is_not_asked(send: Send) -> None:
    """One request in vain and a small one tell; nobody asks then until it is time for the next small one."""
    script = Script(*[answer(503)] * 9)
    link = probed(script)
    with pytest.raises(TryLater):
        await send(link)
    assert (link.away, [each.url.path for each in script.requests[1:]]) == (True, ["/data/WhoAmI"])
    for _ in range(5):
        with pytest.raises(Throttled, match="asked again in"):
            await send(link)
    assert len(script.requests) == 2


@EITHER
async def test_a_request_that_fails_alone_says_nothing_about_the_system(send: Send) -> None:
    """The small one is answered, be it with a refusal: the next one is sent."""
    script = Script(httpx.ReadError("dropped"), answer(403, content=OWN), answer(200))
    link = probed(script)
    with pytest.raises(Unanswered):
        await send(link)
    assert not link.away
    assert (await send(link)).status_code == 200


async def test_who_got_an_answer_meanwhile_speaks_for_the_system() -> None:
    """Where others are answered while one is not, no small request is needed."""
    asked, answered = list[str](), asyncio.Event()

    async def server(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.rpartition("/")[2])
        if request.method == "POST":
            await answered.wait()
            raise httpx.ReadError("dropped")
        return answer(200)

    link = connection(server)
    link.probe = "WhoAmI"
    lost = asyncio.create_task(write(link))
    await asyncio.sleep(0.001)
    await read(link)
    answered.set()
    with pytest.raises(Unanswered):
        await lost
    assert asked == ["accounts", "accounts"]


async def test_it_is_asked_less_and_less_and_found_to_be_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.systems._health.FIRST", 0.01)
    monkeypatch.setattr("shared.systems._health.LONGEST", 0.04)
    script = Script(*[answer(503)] * 5)
    link = probed(script)
    link.health._pause = 0.01
    began, times = time.monotonic(), list[float]()
    while len(script.requests) < 6:
        before = len(script.requests)
        await asyncio.gather(read(link), return_exceptions=True)
        times += [time.monotonic() - began] if len(script.requests) > before else []
        await asyncio.sleep(0.001)
    assert times[-1] >= 0.01 + 0.02 + 0.04 - 0.005
    assert (await read(link)).status_code == 200
    assert not link.away


async def test_whoever_gives_up_leaves_a_doubt() -> None:
    """A request that nobody waits for any more tells as much as one that failed: the next one is not sent in vain."""
    never = asyncio.Event()

    async def server(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("WhoAmI"):
            return answer(503)
        await never.wait()
        return answer(200)

    link = connection(server)
    link.probe = "WhoAmI"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(link), 0.01)
    with pytest.raises(Throttled, match="asked again in"):
        await read(link)
