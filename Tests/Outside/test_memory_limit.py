"""`limits.memory`: what all queues together may take, whoever fills them."""

import asyncio
import contextlib

import pytest

import backends
from clients import BINARY, PING, PONG, RawClient, connect, frame, refusal, upgrade_head
from gateway import ECHO, relay
from test_slow_clients import HEARTBEAT, SlowReader, numbered
from waiting import eventually, standstill

KIB, MIB = 1 << 10, 1 << 20
READERS = 50
LIMIT = 4 * MIB
# Before a loop has stopped everybody, each connection may have been read once more: 64 KiB, and what TLS and a message need beside.
SLACK = READERS * 128 * KIB
MESSAGES = 3000


def queued(gateway) -> float:
    return gateway.metric("roadstead_queued_bytes")


class Watch:
    """Asks for the queued bytes all the time and keeps the most it saw."""

    def __init__(self, gateway):
        self.most = 0.0
        self._gateway = gateway
        self._task = asyncio.create_task(self._run())

    async def _run(self):
        while True:
            self.most = max(self.most, await asyncio.to_thread(queued, self._gateway))
            await asyncio.sleep(0.005)

    async def stop(self) -> float:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        return self.most


@pytest.mark.deadline(150)
@pytest.mark.parametrize("action", ["pause", "drop_oldest", "close"])
async def test_fifty_slow_readers_stay_within_the_limit(start_gateway, action):
    async def handler(connection):
        if connection.request.path == "/relay/slow":
            for number in range(MESSAGES):
                await connection.send(numbered(number))
        await backends.echo(connection)

    async with backends.backend(handler) as backend:
        # None reaches its own limit but by the shortage.
        limits = {"limits": {"outbound": "64MiB", "on_slow_client": action}, "heartbeat": HEARTBEAT, "timeouts": {"close": "2s"}}
        gateway = start_gateway(loops=2, limits={"memory": LIMIT}, **relay(backend.url, route=limits))
        assert gateway.metric("roadstead_memory_limit_bytes") == LIMIT
        watch = Watch(gateway)
        with contextlib.ExitStack() as stack:
            quick = await connect(gateway, "/relay/echo")
            readers = []
            for _ in range(READERS):
                reader = stack.enter_context(SlowReader(gateway))
                # Those that come when memory is short already are turned away.
                with contextlib.suppress(AssertionError):
                    await asyncio.to_thread(reader.upgrade, "/relay/slow")
                    readers.append(reader)
            await eventually(lambda: gateway.metric("roadstead_memory_pressure_total") >= 1, "memory is short", 30)
            if action == "pause":
                # It stays short, because nobody reads: nobody else gets in.
                await standstill(lambda: queued(gateway), 0.5)
                refused = await refusal(gateway)
                assert refused.status_code == 503 and refused.headers["Retry-After"]
                assert refused.body.decode().strip().endswith("no capacity: too many bytes queued")
                assert queued(gateway) > LIMIT * 7 // 8
            elif action == "close":
                await eventually(lambda: gateway.metric("roadstead_slow_client_total", action="close") > 0, "clients are closed")
            else:
                await eventually(lambda: gateway.metric("roadstead_slow_client_total", action="drop_oldest") > 0, "messages are dropped")
            # One that reads goes on all the while.
            for number in range(50):
                await quick.send(str(number))
                assert await quick.recv() == str(number)
            if action == "pause":
                for reader in readers:
                    assert await asyncio.to_thread(reader.read_numbers, MESSAGES - 1) == list(range(MESSAGES)), "nothing is lost"
            await quick.close()
        await eventually(lambda: queued(gateway) == 0, "all is gone with its sessions")
        assert await watch.stop() <= LIMIT * 5 // 4 + SLACK
        async with connect(gateway) as client:
            await client.send("let in again")
            assert await client.recv() == "let in again"
        assert gateway.log.count("too many bytes queued; new sessions are refused") == gateway.metric("roadstead_memory_pressure_total")
        assert gateway.log.count("bytes queued are within the limit again") == gateway.metric("roadstead_memory_pressure_total")


async def test_the_longest_queues_go_when_it_is_far_too_much(start_gateway):
    # Unfinished messages are held too, and no policy makes their senders take them back.
    limit, piece, clients = MIB, 50_000, 60
    gateway = start_gateway(loops=2, limits={"memory": limit}, routes=[{**ECHO, "timeouts": {"close": "1s"}, "heartbeat": HEARTBEAT}])
    with contextlib.ExitStack() as stack:
        modest = stack.enter_context(RawClient.tls(gateway))
        modest.upgrade()
        modest.send(frame(BINARY, bytes(100), final=False))
        hoarders = [stack.enter_context(RawClient.tls(gateway)) for _ in range(clients)]
        for hoarder in hoarders:
            hoarder.upgrade()
        part = frame(BINARY, bytes(piece), final=False)
        for hoarder in hoarders:
            hoarder.send(part)

        def closed() -> float:
            return gateway.metric("roadstead_sessions_closed_total", closed_by="gateway", cause="slow_client")

        await eventually(lambda: closed() >= clients - limit * 5 // 4 // piece, "enough of them are closed", 20)
        await eventually(lambda: queued(gateway) <= limit * 5 // 4, "the limit is kept")
        assert closed() < clients, "not everybody went"
        # The one with the shortest queue stays.
        await asyncio.to_thread(modest.send, frame(PING, b"alive"))
        assert await asyncio.to_thread(modest.read_frame) == (PONG, b"alive")
        assert gateway.log.count("far too many bytes queued") >= 1


async def test_what_comes_before_the_upgrade_is_counted(start_gateway):
    async def say_nothing(reader, writer):
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass

    async with backends.tcp_backend(say_nothing) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={"pool": {"warm": 0, "connect_timeout": "20s", "queue_timeout": "20s"}}))
        with RawClient.tls(gateway) as client:
            await asyncio.to_thread(client.send, upgrade_head("/relay/room") + frame(BINARY, bytes(50_000)))
            await eventually(lambda: queued(gateway) >= 50_000, "early bytes are counted")
        await eventually(lambda: queued(gateway) == 0, "and forgotten with the client")


async def test_those_who_sent_ahead_of_their_upgrade_go_and_nobody_is_cut_for_them(start_gateway):
    limit, ahead, attackers = MIB, 120_000, 30

    async def say_nothing(reader, writer):
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass

    async with backends.tcp_backend(say_nothing) as backend:
        patience = {"pool": {"warm": 0, "connect_timeout": "30s", "queue_timeout": "30s"}}
        gateway = start_gateway(loops=1, limits={"memory": limit}, **relay(backend.url, upstream=patience))
        with contextlib.ExitStack() as stack:
            modest = stack.enter_context(RawClient.tls(gateway))
            modest.upgrade()
            modest.send(frame(BINARY, bytes(10_000), final=False))
            waiting = [stack.enter_context(RawClient.tls(gateway)) for _ in range(attackers)]
            for client in waiting:
                client.send(upgrade_head("/relay/room"))
            await eventually(lambda: gateway.metric("roadstead_sessions", state="attaching") == attackers, "all of them wait")
            for client in waiting:
                client.send(frame(BINARY, bytes(ahead)))
            await eventually(lambda: gateway.metric("roadstead_upgrade_refusals_total", status="503") >= 1, "some are refused", 20)
            await eventually(lambda: queued(gateway) <= limit * 5 // 4, "the limit is kept", 20)
            assert gateway.metric("roadstead_slow_client_total", action="close") == 0
            modest.send(frame(PING, b"alive"))
            assert await asyncio.to_thread(modest.read_frame) == (PONG, b"alive")


async def test_what_a_throttled_client_is_ahead_is_counted(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "limits": {"messages_per_second": 1}}])
    with RawClient.tls(gateway) as client:
        client.upgrade()
        client.send(frame(BINARY, bytes(1000)) * 20)
        await eventually(lambda: queued(gateway) >= 15_000, "bytes put back are counted")
    await eventually(lambda: queued(gateway) == 0, "and forgotten with the client")
