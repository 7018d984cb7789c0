"""The most connections, and who waits for one: first come, first served, and not for ever."""

import asyncio
import contextlib
import time

import pytest

from clients import connect, refusal, reset, session_id
from faults import fault_relay
from gateway import relay
from recording import recording_backend
from waiting import eventually, stays

MAXIMUM = 2


def pool(**options) -> dict:
    """One small pool, no checks; use it with `loops=1`, since each loop has its share."""
    return {"pool": {"warm": 0, "maximum": MAXIMUM, "queue_timeout": "20s", **options}, "health": {"kind": "none"}}


async def waiting(gateway, count: int) -> None:
    """Waits until so many sessions wait."""
    await eventually(lambda: gateway.upstream()["waiting"] == count, f"{count} sessions wait")


async def queue_up(gateway, count: int) -> list[asyncio.Task]:
    """Sessions that wait, in the order in which they came."""
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(connect(gateway, f"/relay/waiting-{number}", open_timeout=30).__aenter__()))
        await waiting(gateway, number + 1)
    return tasks


async def test_those_who_wait_get_in_as_they_came(start_gateway):
    async with recording_backend() as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=pool()))
        inside = [await connect(gateway, "/relay/first") for _ in range(MAXIMUM)]
        tasks = await queue_up(gateway, 3)
        assert gateway.metric("roadstead_sessions", route="relay", state="attaching") == 3
        for number, task in enumerate(tasks):
            assert not any(later.done() for later in tasks[number:])
            await inside[number].close()
            # Each place that becomes free is taken by the one that has waited longest.
            inside.append(await asyncio.wait_for(task, 5))
            assert gateway.upstream()["waiting"] == 2 - number
            assert gateway.endpoint(backend.url)["connections"]["leased"] <= MAXIMUM
        assert [attachment.connection.request.path for attachment in backend.attachments[MAXIMUM:]] == [
            f"/relay/waiting-{number}" for number in range(3)
        ]
        for client in inside:
            await client.close()


@pytest.mark.parametrize("count", [MAXIMUM - 1, MAXIMUM, MAXIMUM + 1])
async def test_at_the_limit_and_beside_it(start_gateway, count):
    async with recording_backend() as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=pool(queue_timeout="300ms")))
        inside = [await connect(gateway, "/relay/room") for _ in range(min(count, MAXIMUM))]
        if count > MAXIMUM:
            started = time.monotonic()
            response = await refusal(gateway, "/relay/room")
            assert 0.25 < time.monotonic() - started < 3
            assert response.status_code == 503
            assert int(response.headers["Retry-After"]) >= 1
            assert gateway.metric("roadstead_upgrade_refusals_total", status="503") == 1
            (record,) = [session["close"] for session in gateway.sessions("state=closed")]
            assert record["cause"] in ("upstream_unavailable", "capacity") and record["stage"] == "attaching"
        assert gateway.endpoint(backend.url)["connections"]["leased"] == len(inside)
        assert gateway.upstream()["waiting"] == 0
        for client in inside:
            await client.close()


async def test_one_who_gives_up_leaves_the_queue(start_gateway):
    async with recording_backend() as backend, contextlib.AsyncExitStack() as stack:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=pool()))
        first = await connect(gateway, "/relay/room")
        await stack.enter_async_context(connect(gateway, "/relay/room"))
        tasks = await queue_up(gateway, 2)
        # The library closes the connection when its opening is cancelled.
        tasks[0].cancel()
        await waiting(gateway, 1)
        await first.close()
        late = await asyncio.wait_for(tasks[1], 5)
        await late.close()
        await waiting(gateway, 0)


async def test_a_place_is_free_however_its_session_ended(start_gateway):
    async def kick(client) -> None:
        gateway.request("DELETE", f"/api/v1/sessions/{session_id(client)}")

    async def cut(client) -> None:
        reset(client)

    async def close_upstream(client) -> None:
        attachment = next(a for a in backend.attachments if a.session == session_id(client))
        await attachment.connection.close()

    async with recording_backend() as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=pool(maximum=1)))
        inside = await connect(gateway, "/relay/room")
        for leave in (kick, cut, close_upstream):
            (task,) = await queue_up(gateway, 1)
            await leave(inside)
            inside = await asyncio.wait_for(task, 5)
            await waiting(gateway, 0)
        await inside.close()


@pytest.mark.parametrize("maximum", [1, 2, 3])
async def test_warm_connections_count_and_give_way(start_gateway, maximum):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=1, **relay(line.url, upstream=pool(maximum=maximum, warm=maximum)))
        await eventually(lambda: len(line.open_links) == maximum, "as many are warm as may be")
        clients = [await connect(gateway, "/relay/room") for _ in range(maximum)]
        await stays(lambda: len(line.open_links) <= maximum, "never more than the maximum", 0.3)
        assert line.most_at_once <= maximum
        for client in clients:
            await client.close()


async def test_warm_connections_to_one_endpoint_give_way_to_a_session_at_another(start_gateway):
    """All places are taken by warm connections; the session whose key leads elsewhere gets one of them."""
    async with recording_backend() as one, recording_backend() as other:
        upstream = {**pool(maximum=2, warm=2), "balance": "hash:query:key"}
        gateway = start_gateway(loops=1, **relay(one.url, other.url, upstream=upstream))
        for number in range(12):
            async with connect(gateway, f"/relay/room?key={number}", open_timeout=5) as client:
                await client.send("hello")
                assert await client.recv() == "got hello"
        assert one.attachments and other.attachments
        # The library's server waits for connections that say nothing, such as warm ones.
        await asyncio.to_thread(gateway.stop)


async def test_a_session_that_lost_its_upstream_gets_a_place_again(start_gateway):
    """Which of the two is first is not promised; that both are served is."""
    async with recording_backend() as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=pool(maximum=1)))
        lost = await connect(gateway, "/relay/room")
        (task,) = await queue_up(gateway, 1)
        backend.latest.connection.transport.abort()
        await eventually(lambda: len(backend.attachments) == 2, "somebody has the place")
        if backend.latest.session == session_id(lost):
            await lost.close()
            await (await asyncio.wait_for(task, 5)).close()
        else:
            await (await asyncio.wait_for(task, 5)).close()
            await eventually(lambda: backend.latest.session == session_id(lost), "the lost one has the place")
            await lost.send("hello")
            assert await lost.recv() == "got hello"
            await lost.close()


async def test_shares_of_the_loops_add_up(start_gateway):
    """Eight places over four loops: where a session is refused, its loop's share is used up, and in all there are never more."""
    async with recording_backend() as backend:
        gateway = start_gateway(loops=4, **relay(backend.url, upstream=pool(maximum=8, queue_timeout="100ms")))
        async with contextlib.AsyncExitStack() as stack:
            admitted = 0
            for _ in range(60):
                with contextlib.suppress(Exception):
                    await stack.enter_async_context(connect(gateway, "/relay/room"))
                    admitted += 1
            assert admitted == 8
            assert gateway.endpoint(backend.url)["connections"]["leased"] == 8
