"""Injuries on the way between client and gateway and between gateway and backend, where no upstream is lost by them."""

import asyncio
import random

import pytest

import backends
from clients import connect, session_id
from faults import Behaviour, fault_relay
from gateway import relay
from recording import answer, recording_backend
from waiting import eventually, stays

# Far away, so that only the injury can end a session.
PATIENT = {"heartbeat": {"interval": "1h", "timeout": "1h"}, "continuity": {"hold": "0s"}}


def slowly(behaviour: Behaviour) -> None:
    behaviour.delay = 0.02


def bytewise(behaviour: Behaviour) -> None:
    behaviour.bytewise = True


async def exchange(client, count: int) -> None:
    """Numbered messages of random sizes go out at once; the answers come in order."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    sizes = random.Random(seed)
    messages = [f"{number} " + "x" * sizes.randrange(600) for number in range(count)]
    for message in messages:
        await client.send(message)
    for message in messages:
        assert await client.recv() == answer(message)


@pytest.mark.parametrize("injure", [slowly, bytewise])
@pytest.mark.parametrize("side", ["client", "backend"])
async def test_slow_and_minced_streams_carry_everything(start_gateway, side, injure):
    async with recording_backend() as backend, fault_relay(backend.port) as inner:
        gateway = start_gateway(**relay(inner.url, route=PATIENT, upstream={"pool": {"connect_timeout": "20s"}}))
        async with fault_relay(gateway.port) as outer:
            line = outer if side == "client" else inner
            for behaviour in (line.to_target, line.from_target):
                injure(behaviour)
            async with connect(gateway, "/relay/room", port=outer.port) as client:
                await exchange(client, 40)


@pytest.mark.parametrize("direction", ["to_target", "from_target"])
@pytest.mark.parametrize("side", ["client", "backend"])
async def test_a_stall_loses_nothing(start_gateway, side, direction):
    async with recording_backend() as backend, fault_relay(backend.port) as inner:
        gateway = start_gateway(**relay(inner.url, route=PATIENT))
        async with fault_relay(gateway.port) as outer, connect(gateway, "/relay/room", port=outer.port) as client:
            await exchange(client, 1)
            stalled = getattr(outer if side == "client" else inner, direction)
            stalled.stall()
            talk = asyncio.create_task(exchange(client, 100))
            await stays(lambda: not talk.done(), "nothing passes", 0.5)
            stalled.resume()
            await talk


@pytest.mark.parametrize("count", [0, 1, 700], ids=["before-a-record", "in-its-header", "in-its-payload"])
async def test_a_client_reset_in_mid_frame_is_recorded(start_gateway, count):
    async with recording_backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=PATIENT))
        async with fault_relay(gateway.port) as outer:
            client = await connect(gateway, "/relay/room", port=outer.port)
            link = outer.link_from(client)
            link.to_target.after(count, link.reset)
            await client.send("x" * 5000)
            record = await gateway.closed(session_id(client), 5)
            assert (record["closed_by"], record["cause"]) == ("network", "reset")
            # Half a message is no message.
            assert backend.latest.heard == []


async def test_a_cut_client_line_ends_the_session(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=PATIENT))
        async with fault_relay(gateway.port) as outer:
            client = await connect(gateway, "/relay/room", port=outer.port)
            outer.link_from(client).cut()
            record = await gateway.closed(session_id(client), 5)
            assert record["cause"] in ("reset", "tls_error") and record["code"] == 1006
            await eventually(lambda: not outer.open_links, "the line is closed on both sides")


async def test_a_half_closed_client_line_ends_the_session(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=PATIENT))
        async with fault_relay(gateway.port) as outer:
            client = await connect(gateway, "/relay/room", port=outer.port)
            outer.link_from(client).to_target.half_close()
            record = await gateway.closed(session_id(client), 5)
            assert record["code"] == 1006
