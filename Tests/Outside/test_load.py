"""A thousand sessions through the relay with disconnects of every kind; afterwards nothing is left behind."""

import asyncio
import contextlib
import os
import random
import signal

import pytest

import backends
from clients import connect, reset
from gateway import relay
from test_heartbeat import idle_client
from waiting import eventually

STEADY, CLOSING, RESETTING, KILLED, STOPPED = 500, 150, 150, 100, 100
TOTAL = STEADY + CLOSING + RESETTING + KILLED + STOPPED
MESSAGES = 40
WINDOW = 4
HANDSHAKES_AT_ONCE = 64
ROUTE = {"heartbeat": {"interval": "5s", "timeout": "5s"}, "timeouts": {"handshake": "30s"}}


class Client:
    """One session that exchanges numbered messages; it stays to the end or leaves in its own way after some of them."""

    def __init__(self, gateway, gate: asyncio.Semaphore, leave=None, after: int = MESSAGES):
        self.gateway, self.gate, self.leave, self.after = gateway, gate, leave, after
        self.socket = None

    async def open(self) -> None:
        async with self.gate:
            self.socket = await connect(self.gateway, "/relay/room", compression=None, open_timeout=60)

    async def talk(self) -> None:
        """Numbers go out with at most WINDOW in flight; each must come back in its turn."""
        sent = 0
        for expected in range(self.after):
            while sent < min(expected + WINDOW, MESSAGES):
                await self.socket.send(f"message {sent}")
                sent += 1
            assert await self.socket.recv() == f"message {expected}"
            # Let the others have their turn; the pace is random.
            await asyncio.sleep(random.uniform(0, 0.05))
        if self.leave:
            await self.leave(self.socket)


async def close(socket) -> None:
    await socket.close(random.choice([1000, 1001, 4000]), "leaving")


async def cut(socket) -> None:
    reset(socket)


@pytest.mark.deadline(150)
async def test_a_thousand_sessions_leave_nothing_behind(start_gateway):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    random.seed(seed)
    with backends.python_backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=ROUTE, upstream={"pool": {"warm": 0, "connect_timeout": "20s"}}))
        # What is made on first use is there before the counting begins.
        async with connect(gateway, "/relay/room") as client:
            await client.send("first")
            await client.recv()
        await eventually(lambda: not gateway.sessions(), "the first session is gone")
        descriptors = gateway.descriptor_count
        opened_before = gateway.metric("roadstead_sessions_opened_total", route="relay")

        gate = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        steady = [Client(gateway, gate) for _ in range(STEADY)]
        leaving = [Client(gateway, gate, close, random.randrange(MESSAGES)) for _ in range(CLOSING)]
        leaving += [Client(gateway, gate, cut, random.randrange(MESSAGES)) for _ in range(RESETTING)]
        with contextlib.ExitStack() as processes:
            killed, stopped = [
                await asyncio.to_thread(processes.enter_context, idle_client(gateway, "/relay/room", count)) for count in (KILLED, STOPPED)
            ]
            clients = steady + leaving
            random.shuffle(clients)
            await asyncio.gather(*(client.open() for client in clients))
            assert gateway.metric("roadstead_sessions", route="relay", state="open") == TOTAL

            talks = [asyncio.create_task(client.talk()) for client in clients]
            killed.kill()
            os.kill(stopped.pid, signal.SIGSTOP)
            await asyncio.gather(*talks)

            # The sessions that stayed are all there and still answer.
            await eventually(lambda: gateway.metric("roadstead_sessions", route="relay", state="open") <= STEADY, "the dead are found", 30)
            assert gateway.metric("roadstead_sessions", route="relay", state="open") == STEADY
            await asyncio.gather(*(client.socket.close() for client in steady))

        await eventually(lambda: gateway.metric("roadstead_sessions") == 0, "no session is counted", 20)
        await eventually(lambda: gateway.descriptor_count <= descriptors, "every descriptor is closed", 20)
        assert gateway.sessions() == []
        assert gateway.metric("roadstead_sessions_opened_total", route="relay") - opened_before == TOTAL
        assert gateway.metric("roadstead_sessions_closed_total", route="relay", cause="heartbeat_timeout") == STOPPED
        assert gateway.metric("roadstead_sessions_closed_total", route="relay") - opened_before == TOTAL
        assert gateway.metric("roadstead_queued_bytes") == 0
        (endpoint,) = gateway.get("/api/v1/upstreams").json["upstreams"][0]["endpoints"]
        assert (endpoint["sessions"], endpoint["connections"]["leased"]) == (0, 0)
