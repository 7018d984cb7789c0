"""permessage-deflate towards upstreams: agreed on apart from what the client has."""

import asyncio
import contextlib
import zlib

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

import backends
from answers import answer, filled
from clients import frame, refusal, session_id
from compressing import CompressingClient, chatter, compressed, connect, deflate
from gateway import relay
from waiting import eventually

MESSAGES = ["", "short", chatter(1000), "🌊" * 3000, chatter(300_000), bytes(200_000), bytes(range(256)) * 300]
NO_TAKEOVER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12"


async def exchange(client) -> None:
    for message in MESSAGES:
        await client.send(message)
        assert await client.recv() == message
    for message in MESSAGES:
        await client.send(message)
    for message in MESSAGES:
        assert await client.recv() == message


@pytest.mark.parametrize("takeover", [False, True], ids=["no takeover", "takeover"])
@pytest.mark.parametrize("hold", ["0s", "30s"], ids=["no continuity", "continuity"])
@pytest.mark.parametrize("bits", range(9, 16))
async def test_every_window_and_both_takeovers(start_gateway, bits, hold, takeover):
    async with backends.backend(extensions=[ServerPerMessageDeflateFactory()]) as backend:
        route = {"compression": {"context_takeover": takeover, "window_bits": bits, "minimum": 1}, "continuity": {"hold": hold}}
        gateway = start_gateway(**relay(backend.url, route=route))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            (agreed,) = (await backend.connection()).protocol.extensions
            assert agreed.remote_max_window_bits == bits
            # What a session outlives its upstream with must not refer to what that upstream got.
            assert agreed.remote_no_context_takeover is (not takeover or hold != "0s")
            assert agreed.local_no_context_takeover is not takeover


@pytest.mark.parametrize("server_takeover", [False, True])
@pytest.mark.parametrize("client_takeover", [False, True])
@pytest.mark.parametrize("server_bits", [None, 9])
@pytest.mark.parametrize("client_bits", [None, 9, 12])
async def test_what_a_backend_asks_for(start_gateway, server_takeover, client_takeover, server_bits, client_bits):
    answer = ServerPerMessageDeflateFactory(
        server_no_context_takeover=not server_takeover, client_no_context_takeover=not client_takeover,
        server_max_window_bits=server_bits, client_max_window_bits=client_bits,
    )  # fmt: skip
    async with backends.backend(extensions=[answer]) as backend:
        gateway = start_gateway(**relay(backend.url, route={"compression": {"context_takeover": True}, "continuity": {"hold": "0s"}}))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)


@pytest.mark.parametrize("client", [None, "deflate"], ids=["a plain client", "a compressing client"])
@pytest.mark.parametrize("upstream", [None, "deflate"], ids=["a plain upstream", "a compressing upstream"])
async def test_each_side_has_what_it_agreed_to(start_gateway, client, upstream):
    async with backends.backend(compression=upstream) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room", compression=client) as socket:
            assert len(socket.protocol.extensions) == bool(client)
            assert len((await backend.connection()).protocol.extensions) == bool(upstream)
            assert gateway.session(session_id(socket))["compression"] == ("permessage-deflate" if client else None)
            await exchange(socket)


@pytest.mark.parametrize("takeover", [False, True], ids=["no takeover", "takeover"])
async def test_a_node_backend(start_gateway, takeover):
    with backends.node_backend(deflate=True) as backend:
        gateway = start_gateway(**relay(backend.url, route={"compression": {"context_takeover": takeover}, "continuity": {"hold": "0s"}}))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)


async def test_nothing_is_offered_where_nothing_is_compressed(start_gateway):
    async with backends.backend(compression="deflate") as backend:
        gateway = start_gateway(**relay(backend.url, route={"compression": {"enabled": False}}))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            connection = await backend.connection()
            assert "Sec-WebSocket-Extensions" not in connection.request.headers and connection.protocol.extensions == []


def answering(*extensions: str, then: bytes = b"", heard: list[bytes] | None = None):
    """A backend that upgrades with these extensions, sends some bytes and takes what comes."""

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if heard is not None:
            fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            heard.append(fields.get(b"Sec-WebSocket-Extensions"))
        agreed = (b"Sec-WebSocket-Extensions: " + extension.encode() for extension in extensions)
        writer.write(filled(answer(*agreed), head) + then)
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass

    return backends.tcp_backend(upgrade)


@pytest.mark.parametrize(
    ("extensions", "words"),
    [
        (["x-foo"], "chose the extension x-foo"),
        (["permessage-deflate; server_no_context_takeover, x-foo"], "chose the extension x-foo"),
        (["permessage-deflate; server_no_context_takeover"] * 2, "chose the extension permessage-deflate"),
        (["permessage-deflate"], "server_no_context_takeover was asked for"),
        (["permessage-deflate; server_no_context_takeover; foo"], "a parameter is unknown"),
        (["permessage-deflate; server_no_context_takeover; server_no_context_takeover"], "comes twice"),
        (["permessage-deflate; server_no_context_takeover; server_max_window_bits=7"], "has a wrong value"),
        (["permessage-deflate; server_no_context_takeover; client_max_window_bits=15"], "larger than was offered"),
        (["permessage-deflate; server_no_context_takeover;"], "is malformed"),
        ([""], "is malformed"),
    ],
)
async def test_a_wrong_answer_is_a_bad_gateway(start_gateway, extensions, words):
    async with answering(*extensions) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={"health": {"kind": "none"}}))
        response = await refusal(gateway, "/relay/room")
        assert response.status_code == 502 and words in response.body.decode(), response.body


async def test_a_window_that_zlib_has_not_means_that_nothing_is_compressed(start_gateway):
    answer = ServerPerMessageDeflateFactory(client_max_window_bits=8)
    async with backends.backend(extensions=[answer]) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)


FAULTS = {
    "corrupt": compressed(b"\xff", masked=False),
    "truncated": compressed(deflate(chatter(5000).encode())[:-700], masked=False),
    "no UTF-8": compressed(deflate(b"\xff"), 1, masked=False),
    "a compressed ping": frame(0x9, b"", masked=False, reserved=4),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_faulty_backend_ends_the_session(start_gateway, fault):
    async with answering(NO_TAKEOVER, then=fault) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={"health": {"kind": "none"}}))
        client = await connect(gateway, "/relay/room")
        await client.wait_closed()
        record = await gateway.closed(session_id(client))
        assert (record["closed_by"], record["code"], record["cause"]) == ("upstream", 1011, "protocol_error"), record


async def test_a_backend_that_inflates_without_end_costs_nothing(start_gateway):
    """Its messages may be as long as they like; they are streamed as far as the client takes them."""
    compressor = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(256)) + compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]
    async with answering(NO_TAKEOVER, then=compressed(bomb, masked=False)) as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream={"health": {"kind": "none"}}))
        before = gateway.resident_bytes
        with await asyncio.to_thread(CompressingClient.tls, gateway) as client:
            # No compression towards this client.
            await asyncio.to_thread(client.upgrade, "/relay/room")
            session = (await eventually(gateway.sessions, "the session is listed"))[0]
            await eventually(lambda: gateway.session(session["id"])["queued_bytes"] > 1 << 20, "the queue is full")
            assert gateway.session(session["id"])["queued_bytes"] < 4 << 20
            assert gateway.resident_bytes - before < 16 << 20
