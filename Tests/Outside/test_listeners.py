"""Listeners without TLS, on unix sockets, and several at once."""

import asyncio
import os
import signal
import socket
import stat

from websockets.asyncio.client import connect as websockets_connect
from websockets.asyncio.client import unix_connect

from clients import RawClient, connect
from ports import free_port
from waiting import eventually, wait_until

OPTIONS = {"proxy": None, "max_size": None, "ping_interval": None}


async def test_a_plain_listener_serves_ws(start_gateway):
    port = free_port()
    gateway = start_gateway(listeners=[{"name": "behind-a-balancer", "address": f"127.0.0.1:{port}"}])
    async with websockets_connect(f"ws://127.0.0.1:{port}/echo", **OPTIONS) as client:
        await client.send("hello")
        assert await client.recv() == "hello"
        session = gateway.session(client.response.headers["Roadstead-Session"])
        assert session["tls"] is None
        assert session["remote"].startswith("127.0.0.1:")


async def test_a_unix_listener_serves_ws(start_gateway, tmp_path):
    path = tmp_path / "gateway.sock"
    gateway = start_gateway(listeners=[{"name": "local", "address": f"unix:{path}"}])
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    async with unix_connect(str(path), uri="ws://localhost/echo") as client:
        await client.send("hello")
        assert await client.recv() == "hello"
    gateway.stop()
    assert not path.exists()


async def test_a_stale_unix_socket_is_replaced(start_gateway, tmp_path):
    path = tmp_path / "gateway.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    start_gateway(listeners=[{"name": "local", "address": f"unix:{path}"}])
    async with unix_connect(str(path), uri="ws://localhost/echo") as client:
        await client.send("hello")
        assert await client.recv() == "hello"


async def test_a_successors_unix_socket_is_left_alone(start_gateway, tmp_path):
    path = tmp_path / "gateway.sock"
    sections = {"listeners": [{"name": "local", "address": f"unix:{path}"}], "drain": {"period": "10s", "spread": "10s"}}
    old = start_gateway(**sections)
    async with unix_connect(str(path), uri="ws://localhost/echo") as client:
        # It does not answer the close for a while, and the next one is started meanwhile.
        client.transport.pause_reading()
        old.process.send_signal(signal.SIGTERM)
        await eventually(lambda: old.get("/readyz").status == 503, "the old one drains")
        start_gateway(**sections)
        client.transport.resume_reading()
        await client.wait_closed()
    assert await asyncio.to_thread(old.process.wait, 15) == 0
    async with unix_connect(str(path), uri="ws://localhost/echo") as client:
        await client.send("hello")
        assert await client.recv() == "hello"


async def test_a_successors_unix_socket_is_told_from_the_old_one_whoever_is_left(start_gateway, tmp_path):
    """The file system may give the new file the old one's number as soon as nobody has that."""
    path = tmp_path / "gateway.sock"

    def sections() -> dict:
        tcp = {"name": "tcp", "address": f"127.0.0.1:{free_port()}"}
        return {"listeners": [{"name": "local", "address": f"unix:{path}"}, tcp], "drain": {"period": "10s", "spread": "10s"}}

    old_sections = sections()
    old = start_gateway(**old_sections)
    port = int(old_sections["listeners"][1]["address"].rpartition(":")[2])
    with RawClient(port) as client:
        client.upgrade()
        old.process.send_signal(signal.SIGTERM)
        await eventually(lambda: old.get("/readyz").status == 503, "the old one drains")
        start_gateway(**sections())
    assert await asyncio.to_thread(old.process.wait, 15) == 0
    async with unix_connect(str(path), uri="ws://localhost/echo") as client:
        await client.send("hello")
        assert await client.recv() == "hello"


async def test_listeners_stand_side_by_side(start_gateway, certificates):
    tls_port, plain_port = free_port(), free_port()
    pair = {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")}
    gateway = start_gateway(
        listeners=[
            {"name": "public", "address": f"127.0.0.1:{tls_port}", "tls": {"certificates": [pair]}},
            {"name": "plain", "address": f"127.0.0.1:{plain_port}"},
        ]
    )
    gateway.port = tls_port
    async with connect(gateway) as secure, websockets_connect(f"ws://127.0.0.1:{plain_port}/echo", **OPTIONS) as plain:
        for client in (secure, plain):
            await client.send("hello")
            assert await client.recv() == "hello"
        assert len(gateway.sessions()) == 2


async def test_an_ipv6_listener_serves_wss(start_gateway):
    gateway = start_gateway(listener={"address": f"[::1]:{free_port()}"})
    port = int(gateway.configuration["listeners"][0]["address"].rpartition(":")[2])
    context = gateway.tls_context()
    async with websockets_connect(f"wss://[::1]:{port}/echo", ssl=context, **OPTIONS) as client:
        await client.send("hello")
        assert await client.recv() == "hello"
        remote = gateway.session(client.response.headers["Roadstead-Session"])["remote"]
        assert remote.startswith("[::1]:")


def test_a_client_hello_to_a_plain_port_does_no_harm(start_gateway):
    port = free_port()
    start_gateway(listeners=[{"name": "plain", "address": f"127.0.0.1:{port}"}])
    with RawClient(port) as stranger:
        stranger.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert stranger.read_head()[0] == 400
    with RawClient(port) as client:
        client.upgrade()


async def test_one_loop_and_four_loops_both_serve(start_gateway):
    for loops in (1, 4):
        gateway = start_gateway(flags=("--loops", str(loops)))
        clients = [await connect(gateway) for _ in range(16)]
        for number, client in enumerate(clients):
            await client.send(str(number))
            assert await client.recv() == str(number)
        assert gateway.get("/api/v1/info").json["loops"] == loops
        for client in clients:
            await client.close()
        wait_until(lambda: not gateway.sessions(), "all sessions are gone")
