"""The close handshake from either side, and the close record that every end leaves."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import BINARY, CLOSE, CONTINUATION, PING, TEXT, RawClient, connect, frame, reset, session_id
from gateway import ECHO, relay
from waiting import eventually


async def closing_of(client) -> tuple[int, str]:
    """Waits for the peer's close and returns its code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await client.recv()
    received = closed.value.rcvd
    return (received.code, received.reason) if received else (1006, "")


@pytest.mark.parametrize("code, reason", [(1000, "done"), (1001, "leaving"), (3000, "registered"), (4321, "größer"), (4999, "x" * 123)])
async def test_the_clients_close_reaches_the_backend(start_gateway, code, reason):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        client = await connect(gateway, "/relay/room")
        await client.close(code, reason)
        assert client.close_code == code
        upstream = await backend.connection()
        await asyncio.wait_for(upstream.wait_closed(), 5)
        assert (upstream.protocol.close_rcvd.code, upstream.protocol.close_rcvd.reason) == (code, reason)
        record = await gateway.closed(session_id(client))
        assert (record["closed_by"], record["code"], record["reason"]) == ("client", code, reason)
        assert record["cause"] == ("going_away" if code == 1001 else "normal")


@pytest.mark.parametrize("code, reason", [(1000, "done"), (3000, "registered"), (4321, "größer"), (1008, "policy")])
async def test_the_backends_close_reaches_the_client(start_gateway, code, reason):
    async def close(connection):
        await connection.recv()
        await connection.close(code, reason)

    async with backends.backend(close) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            await client.send("close, please")
            assert await closing_of(client) == (code, reason)
            record = await gateway.closed(session_id(client))
            assert (record["closed_by"], record["code"], record["reason"]) == ("upstream", code, reason)
            assert record["cause"] == ("normal" if code == 1000 else "upstream_closed")


async def test_a_lost_backend_closes_the_client_with_1012(start_gateway):
    async with backends.backend() as backend:
        # hold 0s: as any proxy does.
        gateway = start_gateway(**relay(backend.url, route={"continuity": {"hold": "0s"}}))
        async with connect(gateway, "/relay/room") as client:
            await client.send("hello")
            assert await client.recv() == "hello"
            reset(backend.connections[0])
            assert (await closing_of(client))[0] == 1012
            record = await gateway.closed(session_id(client))
            assert (record["closed_by"], record["cause"], record["code"]) == ("upstream", "upstream_lost", 1012)


def test_a_close_without_a_code_is_answered(echo_gateway):
    with RawClient.tls(echo_gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        client.send(frame(CLOSE))
        assert client.read_close()[0] in (None, 1000)
        client.read_end()
    record = echo_gateway.close_record(identifier)
    assert (record["closed_by"], record["cause"]) == ("client", "normal")


async def test_a_reset_is_recorded_as_such(echo_gateway):
    client = await connect(echo_gateway)
    reset(client)
    record = await echo_gateway.closed(session_id(client), 2)
    assert (record["closed_by"], record["cause"], record["stage"]) == ("network", "reset", "open")


async def test_a_reset_client_frees_its_upstream(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        client = await connect(gateway, "/relay/room")
        reset(client)
        upstream = await backend.connection()
        await eventually(lambda: upstream.close_code is not None, "the backend's connection ends", 5)


@pytest.mark.parametrize(
    "offence, code, cause",
    [
        (frame(TEXT, b"hello", masked=False), 1002, "protocol_error"),
        (frame(TEXT, b"hello", reserved=0b010), 1002, "protocol_error"),
        (frame(0x3, b"hello"), 1002, "protocol_error"),
        (frame(CONTINUATION, b"hello"), 1002, "protocol_error"),
        (frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), 1002, "protocol_error"),
        (frame(PING, b"p" * 126), 1002, "protocol_error"),
        (frame(PING, b"p", final=False), 1002, "protocol_error"),
        (frame(CLOSE, b"\x03"), 1002, "protocol_error"),
        (frame(CLOSE, b"\x03\xed"), 1002, "protocol_error"),  # 1005 must not be sent
        (frame(CLOSE, b"\x03\xe8\xff"), 1007, "invalid_utf8"),
        (frame(TEXT, b"\xff"), 1007, "invalid_utf8"),
        (frame(TEXT, b"\xf0\x9f", final=False) + frame(CONTINUATION, b"x"), 1007, "invalid_utf8"),
        (frame(BINARY, b"b" * 1025), 1009, "message_too_big"),
        (frame(BINARY, b"b" * 1024, final=False) + frame(CONTINUATION, b"b"), 1009, "message_too_big"),
    ],
    ids=lambda value: value.hex()[:16] if isinstance(value, bytes) else value,
)
def test_an_offence_gets_its_close_code(start_gateway, offence, code, cause):
    gateway = start_gateway(routes=[{**ECHO, "limits": {"message": "1KiB"}}])
    with RawClient.tls(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        client.send(offence)
        opcode, payload = client.read_frame()
        # An echo route may have begun to send back the valid beginning of a fragmented message.
        while opcode != CLOSE:
            opcode, payload = client.read_frame()
        assert int.from_bytes(payload[:2], "big") == code
    record = gateway.close_record(identifier)
    assert (record["closed_by"], record["code"], record["cause"]) == ("gateway", code, cause)


def test_a_message_at_the_limit_passes(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "limits": {"message": "1KiB"}}])
    with RawClient.tls(gateway) as client:
        client.upgrade()
        client.send(frame(BINARY, b"b" * 1000, final=False) + frame(CONTINUATION, b"b" * 24))
        assert client.read_message() == (BINARY, b"b" * 1024)


def test_a_peer_that_never_answers_the_close_is_dropped(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"close": "1s"}}])
    with RawClient.tls(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        gateway.request("DELETE", f"/api/v1/sessions/{identifier}?code=4000&reason=bye")
        assert client.read_close() == (4000, "bye")
        client.read_end()
        assert gateway.close_record(identifier, 3)["code"] == 4000
