"""What the backend learns about the client, and what the client learns from the upgrade."""

import backends
from clients import connect, session_id
from gateway import relay


async def test_the_backend_is_told_who_the_client_is(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room?name=a%20b&x=1") as client:
            request = (await backend.connection()).request
            headers = request.headers
            assert request.path == "/relay/room?name=a%20b&x=1"
            assert headers["X-Forwarded-For"] == "127.0.0.1"
            assert headers["X-Forwarded-Proto"] == "https"
            assert headers["X-Forwarded-Host"] == f"localhost:{gateway.port}"
            assert "for=127.0.0.1" in headers["Forwarded"] and "proto=https" in headers["Forwarded"]
            assert headers["Roadstead-Session"] == session_id(client)
            assert headers["Roadstead-Attach"] == "1"
            assert "Roadstead-User" not in headers


async def test_the_clients_own_headers_pass_through(start_gateway):
    sent = {"Cookie": "token=abc; theme=dark", "Authorization": "Bearer t", "X-Tenant": "harbour", "Origin": "https://app.example.com"}
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room", additional_headers=sent, user_agent_header="bot/1.0"):
            headers = (await backend.connection()).request.headers
            assert {name: headers[name] for name in sent} == sent
            assert headers["User-Agent"] == "bot/1.0"


async def test_a_client_cannot_pretend_to_be_forwarded(start_gateway):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=203.0.113.9",
        "X-Real-IP": "203.0.113.9",
        "x_real_ip": "203.0.113.9",
        "True-Client-IP": "203.0.113.9",
        "CF-Connecting-IP": "203.0.113.9",
        "X-Client-IP": "203.0.113.9",
        "X-Cluster_Client-IP": "203.0.113.9",
        "Roadstead-Session": "forged",
        "Roadstead-Attach": "7",
        "Roadstead-User": "root",
    }
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room", additional_headers=forged):
            headers = (await backend.connection()).request.headers
            for name, value in forged.items():
                assert value not in headers.get_all(name)
            assert "203.0.113.9" not in str(headers)


async def test_the_subprotocol_is_the_backends_choice(start_gateway):
    async with backends.backend(subprotocols=["chat.v2"]) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room", subprotocols=["chat.v3", "chat.v2"]) as client:
            assert client.subprotocol == "chat.v2"
            assert (await backend.connection()).subprotocol == "chat.v2"
            assert gateway.session(session_id(client))["subprotocol"] == "chat.v2"


async def test_no_subprotocol_is_invented(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room", subprotocols=["chat.v3"]) as client:
            assert client.subprotocol is None


async def test_each_session_has_an_id_of_its_own(echo_gateway):
    async with connect(echo_gateway) as first, connect(echo_gateway) as second:
        assert session_id(first) != session_id(second)
        for client in (first, second):
            # 128 bits, URL-safe.
            assert len(session_id(client)) >= 22
            assert session_id(client).replace("-", "").replace("_", "").isalnum()
