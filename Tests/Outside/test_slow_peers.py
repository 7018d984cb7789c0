"""Back-pressure: a peer that stops reading costs bounded memory, and nothing is lost."""

import asyncio
import contextlib

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import connect, session_id
from gateway import relay
from waiting import standstill

MIB = 1 << 20
MESSAGE_BYTES = 4096
MESSAGES = 16384
# Far more than the kernel's socket buffers and the libraries' queues hold between the two ends.
FLOOD_BYTES = MESSAGES * MESSAGE_BYTES
OUTBOUND = 256 * 1024
ROUTE = {"limits": {"outbound": "256KiB", "on_slow_client": "pause"}, "heartbeat": {"interval": "60s", "timeout": "60s"}}


def numbered(number: int) -> bytes:
    return number.to_bytes(4, "big") * (MESSAGE_BYTES // 4)


class Flood:
    """Sends the numbered messages into a connection and tells how far it got."""

    def __init__(self, connection):
        self.sent = 0
        self.task = asyncio.create_task(self._run(connection))

    async def _run(self, connection):
        # Whoever needs the whole flood to pass checks what was received.
        with contextlib.suppress(ConnectionClosed):
            for number in range(MESSAGES):
                await connection.send(numbered(number))
                self.sent += 1


async def drain_in_order(connection) -> None:
    for number in range(MESSAGES):
        assert await connection.recv() == numbered(number)


@pytest.mark.deadline(120)
async def test_a_client_that_stops_reading_is_waited_for(start_gateway):
    flood = asyncio.Future()
    read_all = asyncio.Event()

    async def handler(connection):
        flood.set_result(Flood(connection))
        await read_all.wait()

    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=ROUTE))
        before = gateway.resident_bytes
        async with connect(gateway, "/relay/room", max_queue=4) as client:
            sending = await flood
            sent = await standstill(lambda: sending.sent)
            assert sent < MESSAGES, "the flood passed: nothing was held back"
            queued = gateway.session(session_id(client))["queued_bytes"]
            # One read may overshoot the limit by what was in its buffer.
            assert 0 < queued <= OUTBOUND + 128 * 1024
            assert gateway.resident_bytes - before < 16 * MIB
            await drain_in_order(client)
            await sending.task
            read_all.set()
        assert gateway.metric("roadstead_slow_client_total", action="pause") >= 1


@pytest.mark.deadline(120)
async def test_a_backend_that_stops_reading_is_waited_for(start_gateway):
    may_read, read_all = asyncio.Event(), asyncio.Event()

    async def handler(connection):
        await may_read.wait()
        await drain_in_order(connection)
        read_all.set()
        await connection.wait_closed()

    async with backends.backend(handler, max_queue=4) as backend:
        gateway = start_gateway(**relay(backend.url, route=ROUTE))
        before = gateway.resident_bytes
        async with connect(gateway, "/relay/room") as client:
            sending = Flood(client)
            sent = await standstill(lambda: sending.sent)
            assert sent < MESSAGES, "the flood passed: nothing was held back"
            assert gateway.resident_bytes - before < 16 * MIB
            may_read.set()
            await sending.task
            await read_all.wait()


@pytest.mark.deadline(120)
async def test_a_slow_client_does_not_slow_the_others(start_gateway):
    never = asyncio.Event()

    async def handler(connection):
        if connection.request.path == "/relay/flood":
            connection.flood = Flood(connection)
            await never.wait()
        else:
            await backends.echo(connection)

    async with backends.backend(handler) as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, route=ROUTE))
        async with connect(gateway, "/relay/flood", max_queue=4), connect(gateway, "/relay/echo") as quick:
            await standstill(lambda: backend.connections[0].flood.sent)
            for number in range(500):
                await quick.send(str(number))
                assert await asyncio.wait_for(quick.recv(), 2) == str(number)
            never.set()
            backend.connections[0].transport.abort()
