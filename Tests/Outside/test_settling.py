"""A client that breaks the protocol: what its backend answers to the messages before is still the client's."""

import asyncio
import time

import pytest

import backends
from clients import BINARY, CLOSE, TEXT, RawClient, frame
from gateway import relay

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
