"""Endpoints that fail real sessions are put aside for a while, but never all of them."""

import asyncio
import contextlib
import http
import time

import pytest
from websockets.exceptions import InvalidStatus

from clients import connect, refusal
from faults import Mode, fault_relay
from gateway import relay
from health import becomes, checks, doctored_backend
from recording import recording_backend
from waiting import eventually, stays


def outlier(failures: int = 3, eject: str = "1s", maximum_ejected: str = "50%", **upstream) -> dict:
    """No warm connections, no checks unless given: only sessions tell."""
    rules = {"failures": failures, "eject": eject, "maximum_ejected": maximum_ejected}
    return {"pool": {"warm": 0}, "health": {"kind": "none"}, "balance": "round_robin", "outlier": rules, **upstream}


async def visit(gateway) -> bool:
    """One session; whether it was let in."""
    with contextlib.suppress(InvalidStatus):
        async with connect(gateway, "/relay/room") as client:
            await client.send("hello")
            assert await client.recv() == "got hello"
            return True
    return False


@pytest.mark.parametrize("failures", [1, 3])
async def test_failures_in_a_row_eject(start_gateway, failures):
    async with doctored_backend() as bad, doctored_backend() as good:
        bad.doctor.upgrade_status = 500
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream=outlier(failures)))
        while bad.doctor.refused < failures:
            assert gateway.endpoint(bad.url)["state"] == "up"
            assert await visit(gateway), "the other endpoint would have served it"
        endpoint = await becomes(gateway, bad.url, "ejected")
        assert endpoint["ejections"] == 1 and endpoint["failures"] >= failures
        assert gateway.metric("roadstead_upstream_state", endpoint=bad.url) == 2
        for _ in range(6):
            assert await visit(gateway)
        assert bad.doctor.refused == failures, "an ejected endpoint was asked"
        bad.doctor.upgrade_status = 101
        await becomes(gateway, bad.url, "up")
        for _ in range(4):
            assert await visit(gateway)
        assert bad.attachments, "nobody came back"
        assert gateway.endpoint(good.url)["ejections"] == 0


async def test_a_success_in_between_starts_the_count_anew(start_gateway):
    async with doctored_backend() as moody, doctored_backend() as good:
        gateway = start_gateway(loops=1, **relay(moody.url, good.url, upstream=outlier(3)))
        for status in (500, 500, 101) * 4:
            moody.doctor.upgrade_status = status
            before = moody.doctor.refused + len(moody.attachments)
            while moody.doctor.refused + len(moody.attachments) == before:
                assert await visit(gateway)
        assert gateway.endpoint(moody.url)["ejections"] == 0


async def test_the_applications_own_no_is_no_failure(start_gateway):
    """Statuses below 500 are about the client."""
    async with doctored_backend() as strict, doctored_backend() as other:
        strict.doctor.upgrade_status = other.doctor.upgrade_status = 403
        gateway = start_gateway(loops=1, **relay(strict.url, other.url, upstream=outlier(1)))
        for _ in range(6):
            assert not await visit(gateway)
        for backend in (strict, other):
            endpoint = gateway.endpoint(backend.url)
            assert (endpoint["state"], endpoint["ejections"]) == ("up", 0)


@pytest.mark.parametrize("status", [404, 429])
async def test_the_applications_own_no_ends_the_trial(start_gateway, status):
    """It is an answer: what lets one session hear it may be asked by all."""
    async with doctored_backend() as bad, doctored_backend() as good:
        bad.doctor.upgrade_status = 500
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream=outlier(1, "300ms")))
        while gateway.endpoint(bad.url)["ejections"] == 0:
            assert await visit(gateway)
        bad.doctor.upgrade_status, refused = status, bad.doctor.refused
        endpoint = await becomes(gateway, bad.url, "up")
        assert endpoint["admission"] == "trial"
        while bad.doctor.refused == refused:
            await visit(gateway)
        await eventually(lambda: gateway.endpoint(bad.url)["admission"] == "open", "it is open to all")
        assert gateway.endpoint(bad.url)["ejections"] == 1


async def test_those_who_do_not_improve_stay_out_longer(start_gateway):
    async with doctored_backend() as bad, doctored_backend() as good:
        bad.doctor.upgrade_status = 500
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream=outlier(1, "300ms")))
        ejected = []
        while len(ejected) < 3:
            before = gateway.endpoint(bad.url)["ejections"]
            while gateway.endpoint(bad.url)["ejections"] == before:
                assert await visit(gateway)
            started = time.monotonic()
            await eventually(lambda: gateway.endpoint(bad.url)["state"] != "ejected", "it is let back")
            ejected.append(time.monotonic() - started)
        assert ejected[0] >= 0.2 and ejected[2] > ejected[0] * 1.5, ejected


@pytest.mark.parametrize("share, at_most", [("34%", 1), ("67%", 2), ("0%", 0)])
async def test_no_more_than_the_largest_share_is_ejected(start_gateway, share, at_most):
    async with contextlib.AsyncExitStack() as stack:
        backends = [await stack.enter_async_context(doctored_backend()) for _ in range(3)]
        for backend in backends:
            backend.doctor.upgrade_status = 500
        gateway = start_gateway(loops=1, **relay(*(backend.url for backend in backends), upstream=outlier(1, "60s", share)))
        for _ in range(10):
            assert (await refusal(gateway, "/relay/room")).status_code in (502, 503)
            states = [endpoint["state"] for endpoint in gateway.upstream()["endpoints"]]
            assert states.count("ejected") <= at_most, states
        assert states.count("ejected") == at_most


async def test_an_endpoint_that_says_nothing_costs_a_session_its_timeout_only(start_gateway):
    async with recording_backend() as unheard, recording_backend() as good, fault_relay(unheard.port) as line:
        line.mode = Mode.BLACK_HOLE
        upstream = outlier(3, "60s", pool={"warm": 0, "connect_timeout": "300ms"})
        gateway = start_gateway(loops=1, **relay(line.url, good.url, upstream=upstream))
        slow = 0
        for _ in range(12):
            started = time.monotonic()
            assert await visit(gateway)
            slow += time.monotonic() - started > 0.25
        assert 1 <= slow <= 4, "after some failures nobody tries it any more"


async def test_losses_eject_too(start_gateway):
    """A backend that lets every session in and drops it."""

    async def drop(attachment):
        attachment.connection.transport.abort()

    async with recording_backend(drop) as bad, recording_backend() as good:
        upstream = outlier(3, "60s", reconnect={"initial": "20ms", "maximum": "100ms"})
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream=upstream))
        clients = [await connect(gateway, "/relay/room") for _ in range(8)]
        await eventually(lambda: gateway.endpoint(good.url)["sessions"] == len(clients), "all are with the good one")
        for client in clients:
            await client.close()


@pytest.mark.parametrize("count", [1, 3])
async def test_panic_serves_sessions_where_every_check_fails(start_gateway, count):
    async with contextlib.AsyncExitStack() as stack:
        backends = [await stack.enter_async_context(doctored_backend()) for _ in range(count)]
        for backend in backends:
            backend.doctor.says(500)
        upstream = {"pool": {"warm": 0}, "health": checks("http", "100ms", rise=1, fall=2)}
        gateway = start_gateway(**relay(*(backend.url for backend in backends), upstream=upstream))
        for backend in backends:
            await becomes(gateway, backend.url, "down", "http_status")
        await eventually(lambda: gateway.upstream()["panic"] is True, "panic is told")
        assert gateway.metric("roadstead_upstream_panic", upstream="backend") == 1
        for _ in range(5):
            assert await visit(gateway)
        await stays(lambda: gateway.upstream()["panic"], "sessions do not end it", 0.5)

        backends[0].doctor.says(200)
        await becomes(gateway, backends[0].url, "up")
        await eventually(lambda: gateway.upstream()["panic"] is False, "panic is over")
        assert gateway.metric("roadstead_upstream_panic", upstream="backend") == 0
        assert await visit(gateway)
        assert len(backends[0].attachments) >= 1
        lines = [line for line in gateway.log.splitlines() if "panic" in line]
        # Its beginning and its end, once each.
        assert 1 <= len(lines) <= 2, lines


async def test_a_session_outlives_the_ejection_of_its_endpoint(start_gateway):
    async with doctored_backend() as bad, doctored_backend() as good:
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream=outlier(1, "60s")))
        clients = [await connect(gateway, "/relay/room") for _ in range(2)]
        bad.doctor.upgrade_status = 500
        while gateway.endpoint(bad.url)["state"] == "up":
            assert await visit(gateway)
        for client in clients:
            await client.send("hello")
            assert await asyncio.wait_for(client.recv(), 5) == "got hello"
            await client.close()


@contextlib.asynccontextmanager
async def poisoned(start_gateway, health: dict):
    """Two backends, and clients whose one request makes them drop the connection or fail, over and over."""

    def process_request(connection, request):
        match request.path:
            case "/relay/poison":
                heard.append(request.path)
                connection.transport.abort()
            case "/relay/broken":
                heard.append(request.path)
                return connection.respond(http.HTTPStatus.INTERNAL_SERVER_ERROR, "broken\n")

    async def attack(path: str) -> None:
        while True:
            await refusal(gateway, path)

    heard = []
    async with (
        recording_backend(process_request=process_request) as one,
        recording_backend(process_request=process_request) as other,
        asyncio.TaskGroup() as attackers,
    ):
        pool = {"warm": 0, "queue_timeout": "2s"}
        gateway = start_gateway(**relay(one.url, other.url, upstream={"pool": pool, "health": health, "outlier": {"failures": 0}}))
        assert await visit(gateway)
        attacks = [attackers.create_task(attack(path)) for path in ("/relay/poison", "/relay/broken") for _ in range(4)]
        yield gateway, heard
        for task in attacks:
            task.cancel()


@pytest.mark.parametrize(
    "health, alone",
    [(checks("none"), 0), (checks("tcp"), 0), (checks("http"), 7), (checks("websocket"), 7)],
    ids=["no-checks", "tcp-checks", "http-checks", "websocket-checks"],
)
@pytest.mark.deadline(60)
async def test_clients_whose_own_requests_fail_keep_nobody_out(start_gateway, health, alone):
    async with poisoned(start_gateway, health) as (gateway, heard):
        # Nobody else is there for longer than it takes to lose trust, where checks are no answer to that.
        await asyncio.sleep(alone)
        for _ in range(10):
            started = time.monotonic()
            assert await visit(gateway)
            assert time.monotonic() - started < 1
            await asyncio.sleep(0.5)
        assert len(heard) > 100


@pytest.mark.deadline(60)
async def test_endpoints_that_are_down_and_fail_sessions_serve_again_when_they_can(start_gateway):
    """Panic: every check fails and sessions are tried all the same. What one loop has seen of it must not shut it off for ever."""
    async with doctored_backend() as one, doctored_backend() as other:
        for backend in (one, other):
            backend.doctor.says(404)
            backend.doctor.upgrade_status = 503
        upstream = outlier(2, "300ms", "100%", health=checks("http", "200ms", rise=1, fall=1))
        gateway = start_gateway(loops=1, **relay(one.url, other.url, upstream=upstream))
        for backend in (one, other):
            await becomes(gateway, backend.url, "down")
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            assert not await visit(gateway)
        for backend in (one, other):
            backend.doctor.upgrade_status = 101
        await eventually(lambda: gateway.upstream()["panic"], "they are still down")
        async with asyncio.timeout(10):
            while not await visit(gateway):
                await asyncio.sleep(0.1)
