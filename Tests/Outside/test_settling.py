"""When one side of a relay breaks the protocol, the other side's answers to the messages before still get to it."""

import asyncio
import contextlib
import time

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from answers import answer, filled
from clients import BINARY, CLOSE, TEXT, RawClient, connect, frame
from gateway import relay
from waiting import eventually

OFFENCE = frame(TEXT, b"x", reserved=2)


async def late_echo(connection):
    async for message in connection:
        await asyncio.sleep(0.1)
        await connection.send(message)


async def talk(connection):
    await connection.recv()
    for number in range(10_000):
        await connection.send(str(number))
        await asyncio.sleep(0.05)


async def offend(gateway, before: bytes) -> list[tuple[int, bytes]]:
    """Sends messages and an offence at once; returns the frames that come back, up to the close and the end of the stream."""

    def converse() -> list[tuple[int, bytes]]:
        with RawClient.tls(gateway) as client:
            client.upgrade("/relay/x")
            client.send(before + OFFENCE)
            frames = [client.read_frame()]
            while frames[-1][0] != CLOSE:
                frames.append(client.read_frame())
            assert client.reads_to_the_end() == b""
            return frames

    return await asyncio.to_thread(converse)


@pytest.mark.parametrize("handler", [backends.echo, late_echo], ids=["at once", "after a while"])
async def test_the_answers_to_what_came_before_arrive(start_gateway, handler):
    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url))
        frames = await offend(gateway, frame(TEXT, b"one") + frame(BINARY, b"two"))
        assert [one[1] for one in frames[:-1]] == [b"one", b"two"]
        assert frames[-1][1][:2] == (1002).to_bytes(2, "big")
        record = gateway.sessions("state=closed")[0]["close"]
        assert (record["closed_by"], record["cause"], record["stage"]) == ("gateway", "protocol_error", "open")


async def test_without_a_message_before_there_is_nothing_to_wait_for(start_gateway):
    async with backends.backend(talk) as backend:
        gateway = start_gateway(**relay(backend.url))
        assert [one[0] for one in await offend(gateway, b"")] == [CLOSE]


async def test_a_backend_that_goes_on_and_on_is_not_heard_for_ever(start_gateway):
    async with backends.backend(talk) as backend:
        gateway = start_gateway(**relay(backend.url))
        began = time.monotonic()
        frames = await offend(gateway, frame(TEXT, b"go"))
        assert frames[-1][0] == CLOSE and len(frames) > 5
        assert time.monotonic() - began < 10


# --- A backend's mistake


class OffendingBackend:
    """Says these frames to whoever upgrades; what comes until it is told of its mistake is kept."""

    def __init__(self, greeting: bytes):
        self.greeting = greeting
        self.heard: list[tuple[int, bytes]] = []
        self.is_told = False
        self.connections = 0

    async def __call__(self, reader, writer) -> None:
        self.connections += 1
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(filled(answer(), head) + self.greeting)
        while not self.heard or self.heard[-1][0] != CLOSE:
            first, length = await reader.readexactly(2)
            mask = await reader.readexactly(4)
            payload = await reader.readexactly(length & 0x7F)
            self.heard.append((first & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))))
        self.is_told = True
        assert await reader.read() == b""


@contextlib.asynccontextmanager
async def relayed(start_gateway, greeting: bytes, hold: str = "30s"):
    offender = OffendingBackend(greeting)
    async with backends.tcp_backend(offender) as backend:
        gateway = start_gateway(**relay(backend.url, route={"continuity": {"hold": hold}}, upstream={"health": {"kind": "none"}}))
        async with connect(gateway, "/relay/x") as client:
            yield offender, client, gateway


BROKEN = frame(TEXT, b"x", masked=False, reserved=2)
GREETING = frame(TEXT, b"one", masked=False) + BROKEN


async def answers(client, delay: float = 0) -> tuple[list[str], int]:
    """Answers every message until the end; returns what came, and the close code."""
    messages = []
    with contextlib.suppress(ConnectionClosed):
        async for message in client:
            messages.append(message)
            await asyncio.sleep(delay)
            await client.send(f"answer to {message}")
    return messages, client.close_code


@pytest.mark.parametrize("hold", ["0s", "30s"])
@pytest.mark.parametrize("delay", [0, 0.1], ids=["at once", "after a while"])
async def test_the_answer_to_what_a_broken_backend_said_before_gets_to_it(start_gateway, delay, hold):
    async with relayed(start_gateway, GREETING, hold) as (offender, client, gateway):
        assert await answers(client, delay) == (["one"], 1011)
        await eventually(lambda: offender.is_told, "the backend was told")
    assert offender.heard[0] == (TEXT, b"answer to one")
    assert offender.heard[1:] == [(CLOSE, (1002).to_bytes(2, "big") + offender.heard[-1][1][2:])]
    record = gateway.sessions("state=closed")[0]["close"]
    assert (record["closed_by"], record["cause"], record["code"]) == ("upstream", "protocol_error", 1011)
    assert record["reason"] == f"protocol error of the upstream: {offender.heard[-1][1][2:].decode()}"
    # Another backend of the same program would make the same mistake.
    assert offender.connections == 1


async def test_a_client_that_goes_on_and_on_is_not_waited_for(start_gateway):
    async with relayed(start_gateway, GREETING) as (offender, client, _):
        began = time.monotonic()
        with pytest.raises(ConnectionClosed):
            while True:
                await client.send("more")
                await asyncio.sleep(0.05)
        assert 1.5 < time.monotonic() - began < 8 and client.close_code == 1011
        await eventually(lambda: offender.is_told, "the backend was told")
    assert len(offender.heard) > 10


async def test_a_backend_that_has_said_nothing_before_is_told_at_once(start_gateway):
    async with relayed(start_gateway, BROKEN) as (offender, client, _):
        with pytest.raises(ConnectionClosed):
            while True:
                await client.send("more")
                await asyncio.sleep(0.01)
        assert client.close_code == 1011
        await eventually(lambda: offender.is_told, "the backend was told")
    # It takes 200 ms, and twenty messages, where it is waited for.
    assert len(offender.heard) < 10


async def test_a_client_that_leaves_meanwhile_ends_it(start_gateway):
    async with relayed(start_gateway, GREETING) as (offender, client, _):
        assert await client.recv() == "one"
        await client.close(4002, "enough")
        await eventually(lambda: offender.is_told, "the backend was told")
    assert offender.heard == [(CLOSE, (4002).to_bytes(2, "big") + b"enough")]


async def test_a_broken_backend_that_resets_meanwhile_ends_it(start_gateway):
    async def resetting(reader, writer):
        writer.write(filled(answer(), await reader.readuntil(b"\r\n\r\n")) + GREETING)
        await reader.readexactly(2)
        writer.transport.abort()

    async with backends.tcp_backend(resetting) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={"health": {"kind": "none"}}))
        async with connect(gateway, "/relay/x") as client:
            assert await answers(client) == (["one"], 1011)
