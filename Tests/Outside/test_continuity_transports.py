"""Continuity over TLS and unix sockets, with subprotocols, and beside backends that are not worth having."""

import asyncio
import ssl

import pytest

from clients import connect, session_id
from faults import fault_relay
from gateway import relay
from losing import UPSTREAM, end, reset, silence, stage
from recording import recording_backend
from waiting import eventually, stays


async def conversation(client, *messages: str) -> None:
    for message in messages:
        await client.send(message)
        assert await asyncio.wait_for(client.recv(), 10) == f"got {message}"


@pytest.mark.parametrize("cut", [0, 1, 300], ids=["between-records", "in-a-header", "in-a-payload"])
async def test_an_upstream_behind_tls(start_gateway, certificates, cut):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    tls = {"ca": str(certificates / "ca.pem"), "server_name": "localhost"}
    async with recording_backend(ssl=context) as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(f"wss://127.0.0.1:{line.port}", upstream={**UPSTREAM, "tls": tls}))
        async with connect(gateway, "/relay/room") as client:
            for attach in (1, 2, 3):
                await conversation(client, f"open {attach}")
                link = line.link_to(backend.latest.connection)
                line.refuse()
                link.from_target.after(cut, link.reset)
                await backend.latest.connection.send("cut off" * 1000)
                await eventually(lambda: gateway.session(session_id(client))["state"] == "detached", "the session is detached")
                await client.send(f"kept {attach}")
                line.listen()
                assert await asyncio.wait_for(client.recv(), 10) == f"got kept {attach}"
                assert backend.latest.attach == attach + 1


async def test_an_upstream_on_a_unix_socket(start_gateway, tmp_path):
    path = str(tmp_path / "backend.socket")
    async with recording_backend(path=path) as backend:
        gateway = start_gateway(**relay(backend.url, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            await conversation(client, "one")
            backend.latest.connection.transport.abort()
            # What is written to a connection in the moment of its loss is not repeated.
            await eventually(lambda: len(backend.attachments) == 2, "it is attached again")
            await conversation(client, "two", "three")
            assert [attachment.heard for attachment in backend.attachments] == [["one"], ["two", "three"]]
            assert gateway.session(session_id(client))["upstream"] == {"name": "backend", "endpoint": f"unix:{path}", "attach": 2}


@pytest.mark.parametrize("lose", [reset, end, silence], ids=lambda lose: lose.__name__)
async def test_the_subprotocol_agreed_stays_agreed(start_gateway, lose):
    async with stage(start_gateway, client={"subprotocols": ["v2", "v1"]}, backend={"subprotocols": ["v1", "v2", "v3"]}) as scene:
        agreed = scene.client.subprotocol
        assert agreed in ("v1", "v2")
        await scene.detach(lose)
        scene.mend()
        attachment = await scene.attached(2)
        assert attachment.connection.subprotocol == agreed
        assert scene.session["subprotocol"] == agreed


async def test_the_next_backend_is_offered_only_what_was_agreed(start_gateway):
    """It would rather speak v1; but the client has been told v2."""
    async with recording_backend(subprotocols=["v2"]) as one, recording_backend(subprotocols=["v1", "v2"]) as other:
        gateway = start_gateway(loops=1, **relay(one.url, other.url, upstream={**UPSTREAM, "balance": "round_robin"}))
        clients = [await connect(gateway, "/relay/room", subprotocols=["v1", "v2"]) for _ in range(2)]
        client = next(client for client in clients if client.subprotocol == "v2")
        one.latest.connection.transport.abort()

        def second() -> list:
            return [a for a in one.attachments + other.attachments if (a.session, a.attach) == (session_id(client), 2)]

        [attachment] = await eventually(second, "it is attached again")
        await conversation(client, "still v2")
        assert attachment.connection.subprotocol == "v2"
        for client in clients:
            await client.close()


async def test_the_request_is_repeated_as_it_was(start_gateway):
    headers = {"Authorization": "Bearer abc", "Cookie": "a=b", "X-Room": "seven"}
    async with stage(start_gateway, client={"additional_headers": headers, "origin": "https://app.example.com"}) as scene:
        await scene.detach(reset)
        scene.mend()
        await scene.attached(2)
        first, second = (attachment.connection.request for attachment in scene.backend.attachments)
        assert second.path == first.path
        changed = {"sec-websocket-key", "roadstead-attach"}

        def lasting(request) -> list[tuple[str, str]]:
            return sorted((name.lower(), value) for name, value in request.headers.raw_items() if name.lower() not in changed)

        assert lasting(second) == lasting(first)
        assert first.headers["Sec-WebSocket-Key"] != second.headers["Sec-WebSocket-Key"]


@pytest.mark.parametrize("health", ["none", "tcp", "websocket"])
async def test_a_backend_that_drops_every_upgrade_does_not_make_the_gateway_spin(start_gateway, health):
    async def drop(attachment):
        if attachment.attach > 1:
            attachment.connection.transport.abort()

    # The defaults: the first wait is 100 ms at most, and twice that each time.
    upstream = {"reconnect": {"initial": "100ms", "maximum": "10s"}, "health": {"kind": health, "path": "/health", "interval": "500ms"}}
    async with stage(start_gateway, upstream=upstream, welcome=drop) as scene:
        await reset(scene)
        await eventually(lambda: len(scene.backend.attachments) >= 3, "it is tried again", 20)
        before = len(scene.backend.attachments)
        await stays(lambda: len(scene.backend.attachments) - before <= 20, "attempts keep their distance", 3)
        assert scene.client.close_code is None
        await scene.client.send("patience")


async def test_a_session_finds_the_one_backend_that_keeps_it(start_gateway):
    async def drop(attachment):
        attachment.connection.transport.abort()

    async with recording_backend(drop) as bad, recording_backend() as good:
        gateway = start_gateway(loops=1, **relay(bad.url, good.url, upstream={**UPSTREAM, "balance": "round_robin"}))
        clients = [await connect(gateway, "/relay/room") for _ in range(6)]

        def is_kept(client) -> bool:
            session = gateway.session(session_id(client))
            return session["state"] == "open" and session["upstream"]["endpoint"] == good.url

        for client in clients:
            # What it had sent before might have gone down with the bad one.
            await eventually(lambda: is_kept(client), "the good one has the session")
            await conversation(client, "hello")
            await client.close()
