"""When the process runs out of descriptors."""

import asyncio
import contextlib
import os
import signal
import socket

import pytest
from websockets.exceptions import InvalidStatus

import backends
from clients import connect
from faults import fault_relay
from gateway import relay
from health import checks
from recording import recording_backend
from waiting import eventually

LIMIT = 64
# One in eight is kept back from new clients.
RESERVE = LIMIT // 8


async def test_open_sessions_go_on_and_accepting_resumes(start_gateway):
    gateway = start_gateway(descriptors=LIMIT)
    clients = []
    await fill(gateway, clients)
    assert LIMIT / 4 < len(clients) < LIMIT - RESERVE

    for number, client in enumerate(clients):
        await client.send(str(number))
        assert await asyncio.wait_for(client.recv(), 5) == str(number)
    # Told once for each loop, however often it is tried.
    assert 1 <= len(pauses(gateway)) == gateway.metric("roadstead_accept_pauses_total", cause="descriptors") <= os.cpu_count()

    for client in clients[: len(clients) // 2]:
        await client.close()
    async with asyncio.timeout(10):
        async with connect(gateway) as late:
            await late.send("late, but in")
            assert await late.recv() == "late, but in"
    await eventually(lambda: resumptions(gateway) == len(pauses(gateway)), "it is told that accepting goes on")
    for client in clients:
        await client.close()
    await eventually(lambda: not gateway.sessions(), "all sessions are gone")


async def test_operators_and_reloads_find_some_left(start_gateway):
    gateway = start_gateway(descriptors=LIMIT)
    clients = []
    await fill(gateway, clients)
    assert LIMIT - RESERVE <= gateway.descriptor_count < LIMIT
    gateway.process.send_signal(signal.SIGHUP)
    await eventually(lambda: gateway.metric("roadstead_config_reloads_total", result="success") == 1, "it is reloaded")
    assert len(gateway.sessions()) >= len(clients)
    for client in clients:
        await client.close()


async def test_sessions_that_lose_their_upstream_find_another(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        upstream = {"pool": {"warm": 0}, "health": checks("none"), "reconnect": {"initial": "100ms", "maximum": "200ms"}}
        gateway = start_gateway(descriptors=LIMIT, loops=1, **relay(line.url, upstream=upstream))
        clients = await crowd_out(gateway)
        await fill(gateway, clients)
        # New clients are waiting all the while for what the lost connections leave.
        late = asyncio.ensure_future(connect(gateway, open_timeout=30))
        line.reset_all()
        for client in clients:
            await client.send("still here")
            assert await asyncio.wait_for(client.recv(), 10) in ("got still here", "still here")
        assert gateway.metric("roadstead_reattachments_total", route="relay", result="reattached") >= LIMIT / 8
        for client in clients:
            await client.close()
        await (await late).close()


async def fill(gateway, clients: list) -> None:
    """Connects until one is left waiting: the kernel has accepted it, the gateway will not yet."""
    with contextlib.suppress(TimeoutError):
        while len(clients) <= LIMIT:
            async with asyncio.timeout(2):
                clients.append(await connect(gateway))


def pauses(gateway) -> list[str]:
    return [line for line in gateway.log.splitlines() if "accepting paused" in line and "descriptor" in line]


def resumptions(gateway) -> int:
    return gateway.log.count("accepting resumed")


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
        # Not one is left, even of those that are kept back, so that no check can be made: for ten times the interval.
        operators = [socket.create_connection(("127.0.0.1", gateway.admin_port)) for _ in range(2 * RESERVE)]
        await eventually(lambda: gateway.descriptor_count == LIMIT, "all are taken")
        await asyncio.sleep(1)

        for number, client in enumerate(clients):
            await client.send(str(number))
            assert await asyncio.wait_for(client.recv(), 5) == str(number)
        for client in clients[: len(clients) // 2]:
            await client.close()
        for operator in operators:
            operator.close()
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
