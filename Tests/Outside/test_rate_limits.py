"""How much a client may send: throttled or closed, and every message that passes passes whole and in order."""

import asyncio
import socket
import struct
import time

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import BINARY, CONTINUATION, PING, PONG, TEXT, RawClient, connect, frame, session_id
from compressing import CompressingClient, compressed
from gateway import ECHO, relay
from waiting import eventually, stays, wait_until

HEARTBEAT = {"interval": "300ms", "timeout": "300ms"}


def route(**limits) -> dict:
    return {**ECHO, "limits": limits}


def received(gateway, name: str = "echo") -> float:
    return gateway.metric("roadstead_messages_total", route=name, direction="received")


def limited(gateway, name: str = "echo") -> float:
    return gateway.metric("roadstead_rate_limited_total", route=name)


def raw_client(gateway, secure: bool) -> RawClient:
    return RawClient.tls(gateway) if secure else RawClient(gateway.port)


def listener(secure: bool) -> dict | None:
    return None if secure else {"tls": None}


async def passed_at_the_rate(measure, rate: float, burst: float, total: float) -> None:
    """Watches the server's own count while a flood passes: never more than the burst and the rate allow, and not much less."""
    began = time.monotonic()
    while True:
        before = time.monotonic() - began
        value = await asyncio.to_thread(measure)
        after = time.monotonic() - began
        # Counted from the first look, so what passed before it is on top; the bounds are generous for a busy machine.
        assert value <= burst + rate * (after + 1), (value, after)
        if value >= total:
            break
        assert value >= rate * (before - 3) / 2, (value, before)
        await asyncio.sleep(0.05)
    # The burst is free, the rest takes its time.
    assert time.monotonic() - began >= (total - burst) / rate - 1.5


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
async def test_a_throttled_client_gets_every_message_through_in_order(start_gateway, secure):
    gateway = start_gateway(routes=[{**route(messages_per_second=50), "heartbeat": HEARTBEAT}], listener=listener(secure))
    payload = b"".join(frame(TEXT, str(number).encode()) for number in range(200))

    def exchange() -> list[bytes]:
        with raw_client(gateway, secure) as client:
            client.upgrade()
            # In one go: the gateway must stop between messages, and keep what it has read too much.
            client.send(payload)
            messages = []
            while len(messages) < 200:
                opcode, message = client.read_frame()
                if opcode == PING:
                    client.send(frame(PONG, message))
                else:
                    messages.append(message)
            return messages

    exchanging = asyncio.create_task(asyncio.to_thread(exchange))
    await eventually(lambda: received(gateway) > 0, "the first message passed")
    await passed_at_the_rate(lambda: received(gateway), 50, 50, 200)
    assert await exchanging == [str(number).encode() for number in range(200)]
    assert limited(gateway) == 1, "one episode, however often it waited"
    assert gateway.metric("roadstead_sessions_closed_total", route="echo", cause="heartbeat_timeout") == 0


async def test_a_throttled_client_is_throttled_towards_its_backend(start_gateway):
    arrived = []

    async def handler(connection):
        async for message in connection:
            arrived.append(message)

    async with backends.backend(handler) as backend:
        limits = {"messages_per_second": 40}
        gateway = start_gateway(**relay(backend.url, route={"limits": limits, "heartbeat": HEARTBEAT}))
        async with connect(gateway, "/relay/room") as client:
            for number in range(160):
                await client.send(str(number))
            await passed_at_the_rate(lambda: len(arrived), 40, 40, 160)
            assert arrived == [str(number) for number in range(160)]
        assert limited(gateway, "relay") == 1
        record = await gateway.closed(session_id(client))
        assert (record["cause"], record["code"]) == ("normal", 1000), "a close waits its turn behind the messages"


async def test_bytes_are_limited_across_messages_and_within_one(start_gateway):
    limit = 64 * 1024
    gateway = start_gateway(routes=[route(bytes_per_second=limit)])

    def count() -> float:
        return gateway.metric("roadstead_message_bytes_total", route="echo", direction="received")

    async with connect(gateway) as client:
        messages = [bytes([number]) * 20_000 for number in range(10)] + [bytes(200_000)]
        sending = asyncio.create_task(asyncio.wait_for(_send_all(client, messages), 30))
        # On top of the burst: the last piece read, which is one recv at the most.
        await passed_at_the_rate(count, limit, limit + 96 * 1024, 400_000)
        for message in messages:
            assert await client.recv() == message
        await sending
    assert limited(gateway) == 1


async def _send_all(client, messages) -> None:
    for message in messages:
        await client.send(message)


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
async def test_what_a_client_said_before_it_left_is_not_lost_in_the_wait(start_gateway, secure):
    arrived = []

    async def handler(connection):
        async for message in connection:
            arrived.append(message)

    async with backends.backend(handler) as backend:
        gateway = start_gateway(
            **relay(backend.url, route={"limits": {"messages_per_second": 30}}), listener=listener(secure))

        def talk_and_leave() -> str:
            with raw_client(gateway, secure) as client:
                identifier = client.upgrade("/relay/room")["roadstead-session"]
                client.send(b"".join(frame(TEXT, str(number).encode()) for number in range(60)))
                # close_notify, or FIN, right behind the last message; the gateway's own end comes when it has read that far.
                if secure:
                    client.socket.unwrap()
                else:
                    client.socket.shutdown(socket.SHUT_WR)
                    client.read_end()
            return identifier

        identifier = await asyncio.to_thread(talk_and_leave)
        await eventually(lambda: len(arrived) == 60, "everything arrived")
        assert arrived == [str(number) for number in range(60)]
        assert (await gateway.closed(identifier))["cause"] == "reset"


@pytest.mark.parametrize(
    "flood",
    [
        frame(TEXT, b"x"),
        frame(BINARY),
        frame(PING),
        frame(PING, b"p" * 125),
        frame(PONG),
        frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"b"),
    ],
    ids=["tiny", "empty", "ping", "long-ping", "pong", "fragments"],
)
@pytest.mark.parametrize("key", ["messages_per_second", "bytes_per_second"])
def test_nothing_escapes_the_close_policy(start_gateway, key, flood):
    gateway = start_gateway(routes=[route(**{key: 1024, "on_rate_limit": "close"})])
    with RawClient.tls(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        client.send(flood * 4000)
        record = gateway.close_record(identifier)
    assert (record["closed_by"], record["cause"], record["code"], record["stage"]) == ("gateway", "rate_limit", 1008, "open")
    assert limited(gateway) == 1


@pytest.mark.parametrize("key", ["messages_per_second", "bytes_per_second"])
def test_empty_fragments_without_end_do_not_escape(start_gateway, key):
    gateway = start_gateway(routes=[{**route(**{key: 1024, "on_rate_limit": "close"}), "limits": {
        key: 1024, "on_rate_limit": "close", "message": "2KiB"}}])
    with RawClient.tls(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        client.send(frame(TEXT, b"a", final=False) + frame(CONTINUATION, final=False) * 20_000)
        assert gateway.close_record(identifier)["cause"] == "rate_limit"


@pytest.mark.parametrize("policy", ["close", "throttle"])
def test_what_inflates_to_nothing_is_paid_for(start_gateway, policy):
    """Empty stored blocks, in one frame that has no end."""
    rate, size = 50_000, 300_000
    gateway = start_gateway(routes=[{**ECHO, "limits": {"bytes_per_second": rate, "on_rate_limit": policy, "message": "64KiB"}}])
    with CompressingClient.tls(gateway) as client:
        client.open()
        began = time.monotonic()
        client.send(compressed(b"\x00\x00\x00\xff\xff" * (size // 5), final=False) + frame(PING))
        if policy == "close":
            assert client.read_close()[0] == 1008
        else:
            assert client.read_frame()[0] == PONG
            assert time.monotonic() - began > size / rate - 2
    assert limited(gateway) == 1


def test_the_close_says_why(start_gateway):
    gateway = start_gateway(routes=[route(messages_per_second=3, on_rate_limit="close")])
    with RawClient.tls(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        client.send(b"".join(frame(TEXT, str(number).encode()) for number in range(4)))
        assert [client.read_frame() for _ in range(3)] == [(TEXT, b"0"), (TEXT, b"1"), (TEXT, b"2")], "the rate itself is allowed"
        code, reason = client.read_close()
        assert code == 1008 and "rate" in reason
    assert gateway.close_record(identifier)["code"] == 1008
    assert gateway.metric("roadstead_sessions_closed_total", route="echo", closed_by="gateway", cause="rate_limit") == 1


async def test_answering_pings_and_one_large_message_close_nobody(start_gateway):
    # The message overdraws the bytes for ten seconds; the answers to the gateway's pings come meanwhile.
    gateway = start_gateway(routes=[{**route(bytes_per_second="16KiB", on_rate_limit="close"), "heartbeat": HEARTBEAT}])
    async with connect(gateway) as client:
        await client.send(bytes(160_000))
        assert await client.recv() == bytes(160_000)
        await eventually(lambda: gateway.metric("roadstead_heartbeat_rtt_seconds_count", route="echo") >= 3, "pings were answered")
        assert client.close_code is None
        with pytest.raises(ConnectionClosed) as closed:
            await client.send("too soon")
            await client.recv()
        assert closed.value.rcvd.code == 1008


async def test_a_large_message_in_large_fragments_counts_as_one(start_gateway):
    gateway = start_gateway(routes=[route(messages_per_second=2, on_rate_limit="close")])
    async with connect(gateway) as client:
        await client.send([bytes(2000)] * 50)
        assert await client.recv() == bytes(100_000)
        assert client.close_code is None


async def test_a_throttled_client_is_kicked_and_drained_like_any_other(start_gateway):
    gateway = start_gateway(routes=[route(messages_per_second=1)])
    async with connect(gateway) as client:
        for number in range(100):
            await client.send(str(number))
        await eventually(lambda: limited(gateway) == 1, "it is throttled")
        assert (await asyncio.to_thread(gateway.request, "DELETE", f"/api/v1/sessions/{session_id(client)}")).status == 204
        with pytest.raises(ConnectionClosed):
            while True:
                await client.recv()
        assert client.close_code == 1008
    assert (await gateway.closed(session_id(client)))["cause"] == "kicked"
    assert gateway.metric("roadstead_queued_bytes") == 0


async def test_a_throttled_client_does_not_slow_the_others(start_gateway):
    limits = {"messages_per_second": 5}
    gateway = start_gateway(loops=1, routes=[{**route(**limits), "name": "slow", "match": {"path": "/slow"}}, ECHO])
    async with connect(gateway, "/slow") as slow, connect(gateway) as quick:
        for number in range(50):
            await slow.send(str(number))
        await eventually(lambda: limited(gateway, "slow") == 1, "it is throttled")
        for number in range(300):
            await quick.send(str(number))
            assert await asyncio.wait_for(quick.recv(), 5) == str(number)
        assert received(gateway, "slow") < 50, "the others did not wait for it"


async def test_a_throttled_client_that_vanishes_is_forgotten(start_gateway):
    gateway = start_gateway(routes=[route(messages_per_second=10)])

    def talk_and_break() -> str:
        with RawClient.tls(gateway) as client:
            identifier = client.upgrade()["roadstead-session"]
            client.send(frame(TEXT, b"x") * 1000)
            wait_until(lambda: limited(gateway) == 1, "it is throttled")
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return identifier

    identifier = await asyncio.to_thread(talk_and_break)
    record = await gateway.closed(identifier, 5)
    assert (record["closed_by"], record["cause"]) == ("network", "reset")
    assert gateway.metric("roadstead_queued_bytes") == 0


async def test_no_rate_is_no_limit(start_gateway):
    gateway = start_gateway()
    async with connect(gateway) as client:
        for number in range(2000):
            await client.send(str(number))
        for number in range(2000):
            assert await client.recv() == str(number)
    await stays(lambda: limited(gateway) == 0, "nothing was limited", 0.2)
