"""permessage-deflate towards clients (RFC 7692), with libraries that have it and frames made by hand."""

import asyncio
import subprocess
import zlib

import aiohttp
import pytest
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from backends import NODE_ENVIRONMENT, PROGRAMS
from clients import BINARY, CONTINUATION, PING, PONG, TEXT, frame, session_id
from compressing import CompressingClient, chatter, compressed, connect, deflate, fragments, inflate
from gateway import ECHO
from waiting import eventually

MESSAGES = ["", "short", chatter(255), chatter(1000), "🌊" * 3000, chatter(300_000), bytes(200_000), bytes(range(256)) * 300]


def echoing(**compression) -> dict:
    """The sections of a gateway whose echo route is compressed like this."""
    return {"routes": [{**ECHO, "compression": compression}]}


async def exchange(client, messages=MESSAGES) -> None:
    for message in messages:
        await client.send(message)
        assert await client.recv() == message
    for message in messages:
        await client.send(message)
    for message in messages:
        assert await client.recv() == message


@pytest.mark.parametrize("takeover", [False, True], ids=["no takeover", "takeover"])
@pytest.mark.parametrize("bits", range(9, 16))
async def test_every_window_and_both_takeovers(start_gateway, bits, takeover):
    gateway = start_gateway(**echoing(context_takeover=takeover, window_bits=bits, minimum=1))
    async with connect(gateway) as client:
        (agreed,) = client.protocol.extensions
        assert agreed.remote_max_window_bits == bits and agreed.local_max_window_bits <= bits
        assert agreed.remote_no_context_takeover is not takeover and agreed.local_no_context_takeover is not takeover
        await exchange(client)


@pytest.mark.parametrize("server_takeover", [False, True])
@pytest.mark.parametrize("client_takeover", [False, True])
@pytest.mark.parametrize("server_bits", [None, 9, 15])
@pytest.mark.parametrize("client_bits", [None, True, 9, 15])
async def test_what_a_client_asks_for(takeover_gateway, server_takeover, client_takeover, server_bits, client_bits):
    offer = ClientPerMessageDeflateFactory(
        server_no_context_takeover=not server_takeover, client_no_context_takeover=not client_takeover,
        server_max_window_bits=server_bits, client_max_window_bits=client_bits,
    )  # fmt: skip
    async with connect(takeover_gateway, compression=None, extensions=[offer]) as client:
        (agreed,) = client.protocol.extensions
        assert agreed.remote_no_context_takeover is not server_takeover and agreed.local_no_context_takeover is not client_takeover
        assert agreed.remote_max_window_bits == min(server_bits or 15, 13)
        await exchange(client, [chatter(2000), chatter(100), chatter(2000), bytes(100_000)])


@pytest.fixture
def takeover_gateway(start_gateway):
    return start_gateway(**echoing(context_takeover=True, window_bits=13, minimum=64))


@pytest.mark.parametrize("bits", [9, 12, 15])
async def test_aiohttp(start_gateway, bits):
    gateway = start_gateway(**echoing())
    async with aiohttp.ClientSession() as http, http.ws_connect(gateway.url(), ssl=gateway.tls_context(), compress=bits, max_msg_size=0) as client:
        assert client.compress
        for message in MESSAGES:
            if isinstance(message, str):
                await client.send_str(message)
                assert await client.receive_str() == message
            else:
                await client.send_bytes(message)
                assert await client.receive_bytes() == message


@pytest.mark.parametrize("takeover", [False, True], ids=["no takeover", "takeover"])
def test_node_ws(start_gateway, takeover):
    gateway = start_gateway(**echoing(context_takeover=takeover, minimum=1))
    command = ["node", PROGRAMS / "node_client.js", gateway.url(), gateway.authority, "500", "2000"]
    run = subprocess.run(command, env=NODE_ENVIRONMENT, capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
    for direction in ("received", "sent"):
        assert 0 < gateway.metric("roadstead_compressed_bytes_total", route="echo", direction=direction) < 500 * 200


async def test_an_operator_sees_what_it_saves(start_gateway):
    gateway = start_gateway(**echoing())
    text = chatter(10_000)
    async with connect(gateway) as client, connect(gateway, compression=None) as plain:
        for socket in (client, plain):
            await socket.send(text)
            assert await socket.recv() == text
        assert gateway.session(session_id(client))["compression"] == "permessage-deflate"
        assert gateway.session(session_id(plain))["compression"] is None
        # What sessions say counts as it is without compression.
        assert gateway.session(session_id(client))["received"]["bytes"] == len(text)
        for direction in ("received", "sent"):
            labels = {"route": "echo", "direction": direction}
            assert gateway.metric("roadstead_message_bytes_total", **labels) == 2 * len(text)
            assert gateway.metric("roadstead_uncompressed_bytes_total", **labels) == len(text)
            assert 100 < gateway.metric("roadstead_compressed_bytes_total", **labels) < len(text) / 2
    record = await gateway.closed(session_id(client))
    assert record["cause"] == "normal"
    assert gateway.session(session_id(client))["compression"] == "permessage-deflate"


async def test_a_route_without_compression_agrees_to_none(start_gateway):
    gateway = start_gateway(**echoing(enabled=False))
    async with connect(gateway) as client:
        assert client.protocol.extensions == []
        await exchange(client)


def test_drop_oldest_means_no_takeover_towards_the_client(start_gateway):
    route = {**ECHO, "compression": {"context_takeover": True}, "limits": {"on_slow_client": "drop_oldest"}}
    gateway = start_gateway(routes=[route])
    with CompressingClient.tls(gateway) as client:
        assert client.open() == "permessage-deflate; server_no_context_takeover; server_max_window_bits=12"


@pytest.mark.parametrize(
    "offer",
    [
        "permessage-deflate; server_max_window_bits=8", "permessage-deflate; unknown", "x-webkit-deflate-frame",
        "permessage-deflate; client_max_window_bits=16",
    ],
)  # fmt: skip
def test_an_offer_that_cannot_be_met_opens_without_compression(echo_gateway, offer):
    with CompressingClient.tls(echo_gateway) as client:
        assert "sec-websocket-extensions" not in client.upgrade(Sec_WebSocket_Extensions=offer)
        client.send(frame(TEXT, b"plain"))
        assert client.read_message() == b"plain"


@pytest.mark.parametrize("offer", ["", "permessage-deflate;", 'permessage-deflate; a="b', "permessage deflate", "a; b=c d"])
def test_a_malformed_offer_is_a_bad_request(echo_gateway, offer):
    with CompressingClient.tls(echo_gateway) as client:
        status, _, text = client.refused(Sec_WebSocket_Extensions=offer)
        assert (status, text) == (400, "400 Bad Request: Sec-WebSocket-Extensions is malformed\n")


def test_the_minimum_and_what_does_not_compress(start_gateway):
    gateway = start_gateway(**echoing(minimum=100))
    noise = zlib.compress(bytes(range(256)) * 40, 9)[:150]
    with CompressingClient.tls(gateway) as client:
        client.open()
        for message, is_compressed in ((b"a" * 99, False), (b"a" * 100, True), (noise, False), (b"", False)):
            client.send(frame(BINARY, message))
            first, payload = client.read_data_frame()
            assert bool(first & 0x40) == is_compressed, message
            assert (inflate(payload) if is_compressed else payload) == message


def test_a_large_message_is_streamed_in_compressed_fragments(start_gateway):
    gateway = start_gateway(**echoing())
    text = chatter(500_000).encode()
    with CompressingClient.tls(gateway) as client:
        client.open()
        client.send(frame(TEXT, text[:200_000], final=False) + frame(CONTINUATION, b"", final=False) + frame(CONTINUATION, text[200_000:]))
        frames, is_final = [], False
        while not is_final:
            first, payload = client.read_data_frame()
            frames.append((first, payload))
            is_final = bool(first & 0x80)
        assert len(frames) > 1 and all(payload for _, payload in frames)
        assert [first & 0x7F for first, _ in frames] == [0x41] + [0] * (len(frames) - 1)
        assert inflate(b"".join(payload for _, payload in frames)) == text


@pytest.mark.parametrize("last", [b"", b"x"], ids=["an empty last frame", "a last byte"])
def test_the_last_frame_of_a_streamed_message_ends_it(start_gateway, last):
    gateway = start_gateway(**echoing())
    with CompressingClient.tls(gateway) as client:
        client.open()
        client.send(frame(BINARY, bytes(100_000), final=False))
        # Once it has begun to come back, nothing is left to go with the last frame.
        received, inflater = b"", zlib.decompressobj(wbits=-15)
        while len(received) < 100_000:
            first, payload = client.read_data_frame()
            assert not first & 0x80
            received += inflater.decompress(payload)
        client.send(frame(CONTINUATION, last))
        first, payload = client.read_data_frame()
        assert first == 0x80 and inflate(payload, inflater) == last


def test_messages_in_every_form(echo_gateway):
    """RFC 7692 section 7.2.3, and what senders that use zlib are known to make of an empty message."""
    text = chatter(3000).encode()
    final = zlib.compressobj(wbits=-15)
    final_block = final.compress(text) + final.flush(zlib.Z_FINISH)
    flushed = zlib.compressobj(wbits=-15)
    with_flush = flushed.compress(text[:1000]) + flushed.flush(zlib.Z_SYNC_FLUSH) + flushed.compress(text[1000:]) + flushed.flush(zlib.Z_FULL_FLUSH)
    forms = {
        "as usual": (deflate(text), text),
        "empty": (b"\x00", b""),
        "nothing at all": (b"", b""),
        "a final block": (final_block + b"\x00", text),
        "a final block and nothing after it": (final_block, text),
        "several final blocks": (final_block * 3 + b"\x00", text * 3),
        "a flush inside, and the marker left in": (with_flush, text),
        "empty blocks": (b"\x00\x00\x00\xff\xff" * 50 + b"\x00", b""),
        "stored": (b"\x00\x05\x00\xfa\xffHello\x00", b"Hello"),
    }
    with CompressingClient.tls(echo_gateway) as client:
        client.open()
        for name, (payload, expected) in forms.items():
            client.send(compressed(payload, TEXT))
            assert client.read_message() == expected, name
            client.send(b"".join(fragments(payload, 1, TEXT)) if payload else compressed(payload, TEXT))
            assert client.read_message() == expected, f"{name}, a byte a fragment"


def test_control_frames_and_plain_messages_between(echo_gateway):
    text = chatter(3000).encode()
    with CompressingClient.tls(echo_gateway) as client:
        client.open()
        for piece in fragments(deflate(text), 50):
            client.send(frame(PING, b"between"))
            assert client.read_frame() == (PONG, b"between")
            for index in range(len(piece)):
                client.send(piece[index : index + 1])
        assert client.read_message() == text
        client.send(frame(BINARY, b"plain") + compressed(deflate(b"again")) + frame(TEXT, b"plain"))
        assert [client.read_message() for _ in range(3)] == [b"plain", b"again", b"plain"]


async def test_compressed_and_plain_sessions_share_a_loop(start_gateway):
    """Contexts that are shared by turns keep the messages of many sessions apart."""
    gateway = start_gateway(loops=1, **echoing(minimum=1))
    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(_talk(gateway, number))
    await eventually(lambda: not gateway.sessions(), "all sessions are gone")


async def _talk(gateway, number: int) -> None:
    async with connect(gateway, compression="deflate" if number % 3 else None) as client:
        for size in (10, 500, 70_000, 200_000):
            text = f"{number} {chatter(size)}"
            await client.send(text[start : start + 1000] for start in range(0, len(text), 1000))
            assert await client.recv() == text


