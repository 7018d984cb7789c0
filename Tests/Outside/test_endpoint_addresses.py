"""The ways to write where a backend is: IPv4, IPv6, a name with several addresses, a unix socket, a base path."""

import asyncio

import pytest

from clients import connect, session_id
from gateway import relay
from health import becomes, checks
from recording import recording_backend
from test_pool import exchange

KINDS = pytest.mark.parametrize("kind", ["none", "tcp", "websocket"])


def upstream(kind: str) -> dict:
    return {"health": checks(kind), "pool": {"warm": 2}}


async def serves(gateway, url: str, kind: str) -> None:
    """Sessions reach it, and its health is seen."""
    if kind != "none":
        await becomes(gateway, url, "up", "ok")
    for _ in range(3):
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            assert gateway.session(session_id(client))["upstream"]["endpoint"] == url
    assert gateway.endpoint(url)["failures"] == 0
    # The library's server waits for connections that say nothing, such as warm ones.
    await asyncio.to_thread(gateway.stop)


@KINDS
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_an_address(start_gateway, host, kind):
    async with recording_backend(host=host) as backend:
        await serves(start_gateway(**relay(backend.url, upstream=upstream(kind))), backend.url, kind)


@KINDS
async def test_a_unix_socket(start_gateway, tmp_path, kind):
    async with recording_backend(path=str(tmp_path / "backend.socket")) as backend:
        await serves(start_gateway(**relay(backend.url, upstream=upstream(kind))), backend.url, kind)


@KINDS
async def test_a_name(start_gateway, kind):
    """Where `localhost` is ::1 too, one of its addresses refuses."""
    async with recording_backend() as backend:
        url = f"ws://localhost:{backend.port}"
        await serves(start_gateway(**relay(url, upstream=upstream(kind))), url, kind)


async def test_a_base_path_stands_before_that_of_the_request(start_gateway):
    async with recording_backend() as backend:
        gateway = start_gateway(**relay(backend.url + "/base", upstream=upstream("none")))
        async with connect(gateway, "/relay/room?user=1") as client:
            await exchange(client)
        assert backend.latest.connection.request.path == "/base/relay/room?user=1"
        await asyncio.to_thread(gateway.stop)


async def test_a_name_that_nobody_knows_is_unresolved(start_gateway):
    url = "ws://no-such-host.invalid:9001"
    gateway = start_gateway(**relay(url, upstream=upstream("tcp")))
    await becomes(gateway, url, "down", "unresolved", 20)
