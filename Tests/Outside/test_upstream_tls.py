"""TLS to backends: resumed, done before a session comes, verified, and with a client certificate."""

import asyncio
import ssl

import pytest

from clients import connect, refusal
from faults import fault_relay
from gateway import relay
from recording import recording_backend
from test_pool import WARM, exchange, is_warm, warm
from waiting import eventually


@pytest.fixture
def backend_tls(certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return context


@pytest.fixture
def trust(certificates) -> dict:
    """The section `tls` of an upstream that trusts the development CA."""
    return {"ca": str(certificates / "ca.pem"), "server_name": "localhost"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["tls-1.2", "tls-1.3"])
async def test_handshakes_are_resumed(start_gateway, backend_tls, trust, version):
    backend_tls.minimum_version = backend_tls.maximum_version = version
    async with recording_backend(scheme="wss", ssl=backend_tls) as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=warm(0, tls=trust)))
        resumed = []
        for _ in range(4):
            async with connect(gateway, "/relay/room") as client:
                await exchange(client)
                resumed.append(backend.latest.connection.transport.get_extra_info("ssl_object").session_reused)
        assert resumed == [False, True, True, True]


async def test_handshakes_are_done_before_a_session_comes(start_gateway, backend_tls, trust):
    async with recording_backend(ssl=backend_tls) as backend, fault_relay(backend.port) as line:
        url = f"wss://127.0.0.1:{line.port}"
        gateway = start_gateway(loops=1, **relay(url, upstream=warm(tls=trust)))
        ready = await is_warm(line)
        await eventually(lambda: gateway.endpoint(url)["warm"] == WARM, "all are ready")
        assert all(link.to_target.passed > 0 for link in ready), "no handshake was made"
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            assert line.link_to(backend.latest.connection) in ready


@pytest.mark.parametrize("wrong", [{"ca": ""}, {"server_name": "elsewhere.example"}], ids=["authority", "name"])
async def test_a_backend_that_cannot_prove_who_it_is_gets_nothing(start_gateway, backend_tls, trust, wrong):
    async with recording_backend(scheme="wss", ssl=backend_tls) as backend:
        gateway = start_gateway(**relay(backend.url, upstream=warm(0, tls={**trust, **wrong})))
        assert (await refusal(gateway, "/relay/room")).status_code == 502
        assert backend.attachments == []


async def test_it_may_be_asked_for_no_proof(start_gateway, backend_tls):
    async with recording_backend(scheme="wss", ssl=backend_tls) as backend:
        gateway = start_gateway(**relay(backend.url, upstream=warm(0, tls={"verify": False})))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)


async def test_a_client_certificate_is_shown(start_gateway, certificates, backend_tls, trust):
    backend_tls.verify_mode = ssl.CERT_REQUIRED
    backend_tls.load_verify_locations(certificates / "ca.pem")
    shown = {"certificate": str(certificates / "client.pem"), "key": str(certificates / "client.key")}
    async with recording_backend(scheme="wss", ssl=backend_tls) as backend:
        # In TLS 1.3 the refusal comes after the handshake, so that an endpoint that once was there may be waited for.
        without = start_gateway(**relay(backend.url, upstream=warm(0, tls=trust)))
        assert (await refusal(without, "/relay/room")).status_code in (502, 503)
        gateway = start_gateway(**relay(backend.url, upstream=warm(2, tls={**trust, **shown})))
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            assert backend.latest.connection.transport.get_extra_info("peercert")
        # The library's server waits for connections that say nothing.
        await asyncio.to_thread(gateway.stop)
