"""A loss and a message that the gateway finds in one wake-up, in either order: it was stopped while both came."""

import asyncio
import contextlib
import os
import signal

import pytest

from clients import connect, session_id
from faults import fault_relay
from gateway import relay
from losing import UPSTREAM
from recording import recording_backend
from waiting import eventually

SESSIONS = 20


@contextlib.contextmanager
def stopped(gateway):
    """The gateway's process stands still in the block; the kernel takes what comes."""
    os.kill(gateway.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(gateway.process.pid, signal.SIGCONT)


async def client_speaks(scene) -> None:
    for client in scene.clients:
        await client.send("in that moment")


async def backend_speaks(scene) -> None:
    passed = [link.from_target.passed for link in scene.links]
    for attachment in scene.first:
        await attachment.connection.send("of the backend")
    # Beyond the relay, it is in the kernel's hands.
    await eventually(
        lambda: all(link.from_target.passed >= before + len("of the backend") for link, before in zip(scene.links, passed, strict=True)),
        "the messages have passed the relay",
    )


async def reset(scene) -> None:
    for link in scene.links:
        link.reset()


async def end(scene) -> None:
    for link in scene.links:
        link.cut()


async def half_close(scene) -> None:
    for link in scene.links:
        link.from_target.half_close()


class Scene:
    """Several sessions on one loop, each with its connection to the backend."""

    def __init__(self, gateway, backend, line, clients):
        self.gateway, self.backend, self.line, self.clients = gateway, backend, line, clients
        self.first = list(backend.attachments)
        self.links = [line.link_to(attachment.connection) for attachment in self.first]

    def count(self, state: str) -> float:
        return self.gateway.metric("roadstead_sessions", route="relay", state=state)


@contextlib.asynccontextmanager
async def scene(start_gateway, loops: int = 1):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=loops, **relay(line.url, upstream={**UPSTREAM, "heartbeat": {"interval": "60s", "timeout": "60s"}}))
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(connect(gateway, "/relay/room")) for _ in range(SESSIONS)]
            for client in clients:
                await client.send("before")
                assert await client.recv() == "got before"
            yield Scene(gateway, backend, line, clients)


ORDERS = {
    "loss": [None],
    "loss-message": [None, client_speaks],
    "message-loss": [client_speaks, None],
    "message-loss-message": [client_speaks, None, client_speaks],
    "answer-loss": [backend_speaks, None],
    "answer-loss-message": [backend_speaks, None, client_speaks],
    "answer-message-loss": [backend_speaks, client_speaks, None],
    "message-answer-loss-message": [client_speaks, backend_speaks, None, client_speaks],
}


@pytest.mark.parametrize("lose", [reset, end, half_close], ids=lambda lose: lose.__name__)
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
async def test_a_loss_is_noticed_whatever_comes_with_it(start_gateway, order, lose):
    async with scene(start_gateway) as here:
        here.line.refuse()
        with stopped(here.gateway):
            for step in order:
                await (step or lose)(here)
        await eventually(lambda: here.count("detached") == SESSIONS, "every loss is noticed", 2)
        for client in here.clients:
            await client.send("kept")
        here.line.listen()
        await eventually(lambda: here.count("open") == SESSIONS, "every session is open again")
        by_session = {attachment.session: attachment for attachment in here.backend.attachments[SESSIONS:]}
        for client in here.clients:
            await client.send("after")
        for client in here.clients:
            again = by_session[session_id(client)]
            await eventually(lambda again=again: again.heard[-1:] == ["after"], "the last message is heard")
            # Messages of that moment may have gone down with the connection; the one that was sent afterwards must not.
            assert [message for message in again.heard if message != "in that moment"] == ["kept", "after"]
        if backend_speaks in order:
            # It was there before the loss.
            for client in here.clients:
                got = [await asyncio.wait_for(client.recv(), 5)]
                while got[-1] != "got after":
                    got.append(await asyncio.wait_for(client.recv(), 5))
                assert got[0] == "of the backend", got
