"""When the process runs out of descriptors."""

import asyncio
import contextlib

import pytest
from websockets.exceptions import InvalidStatus

import backends
from clients import connect
from gateway import relay
from waiting import eventually

LIMIT = 64


async def test_open_sessions_go_on_and_accepting_resumes(start_gateway):
    gateway = start_gateway(descriptors=LIMIT)
    clients = []
    # Connect until one is left waiting: the kernel has accepted it, the gateway cannot.
    with contextlib.suppress(TimeoutError):
        while len(clients) <= LIMIT:
            async with asyncio.timeout(2):
                clients.append(await connect(gateway))
    assert LIMIT / 4 < len(clients) < LIMIT
    assert gateway.descriptor_count <= LIMIT

    for number, client in enumerate(clients):
        await client.send(str(number))
        assert await asyncio.wait_for(client.recv(), 5) == str(number)

    lines = [line for line in gateway.log.splitlines() if "descriptor" in line.lower()]
    # Said, and not said for every attempt.
    assert 1 <= len(lines) <= 10, lines

    for client in clients[: len(clients) // 2]:
        await client.close()
    async with asyncio.timeout(10):
        async with connect(gateway) as late:
            await late.send("late, but in")
            assert await late.recv() == "late, but in"
    for client in clients:
        await client.close()
    await eventually(lambda: not gateway.sessions(), "all sessions are gone")


async def crowd_out(gateway) -> list:
    """Relayed sessions until one is refused because no descriptor is left for its connection to a backend."""
    clients, has_made_room = [], False
    while len(clients) <= LIMIT:
        try:
            async with asyncio.timeout(2):
                clients.append(await connect(gateway, "/relay/room"))
        except InvalidStatus as refused:
            assert refused.response.status_code == 503
            assert b"no upstream connection free" in refused.response.body
            assert refused.response.headers["Retry-After"]
            return clients
        except TimeoutError:
            # None was left even for the client: one of two made free again is taken by a session that needs no second one.
            assert not has_made_room, "a session waits instead of being refused"
            has_made_room = True
            await clients.pop().close()
            clients.append(await connect(gateway))
    raise AssertionError("nobody was refused")


@pytest.mark.parametrize(
    "health",
    [{"kind": "none"}, {"kind": "tcp", "interval": "100ms", "timeout": "100ms", "rise": 1, "fall": 1}],
    ids=["unchecked", "checked"],
)
async def test_no_endpoint_is_blamed_for_it(start_gateway, health):
    async with backends.backend() as one, backends.backend() as other:
        rules = {"health": health, "outlier": {"failures": 1, "maximum_ejected": "100%"}}
        gateway = start_gateway(descriptors=LIMIT, loops=1, **relay(one.url, other.url, upstream={"balance": "round_robin", **rules}))
        clients = await crowd_out(gateway)
        assert len(clients) > LIMIT / 8
        # Not one is left, so that no check can be made: for ten times the interval.
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(1):
                    clients.append(await connect(gateway))

        for number, client in enumerate(clients):
            await client.send(str(number))
            assert await asyncio.wait_for(client.recv(), 5) == str(number)
        for client in clients[: len(clients) // 2]:
            await client.close()

        await eventually(lambda: gateway.get("/readyz").status == 200, "the admin listener has a descriptor again")
        for backend in (one, other):
            endpoint = gateway.endpoint(backend.url)
            assert (endpoint["state"], endpoint["admission"]) == ("up", "open"), endpoint
            assert (endpoint["failures"], endpoint["ejections"]) == (0, 0), endpoint
        assert not [line for line in gateway.log.splitlines() if "endpoint unreachable" in line or "endpoint state changed" in line]
        for _ in range(4):
            async with connect(gateway, "/relay/room") as late:
                await late.send("late, but in")
                assert await late.recv() == "late, but in"
        for client in clients:
            await client.close()
