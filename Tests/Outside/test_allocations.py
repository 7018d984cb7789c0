"""Heap allocations for each message in the steady state: none, whatever the transport and the route."""

import base64
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from gateway import ECHO, relay
from ports import free_port

SHIM = Path(__file__).parent / "support/count_allocations.c"
PAYLOAD = b"sixty-four bytes of text, as a chat message or a quote may have."
MESSAGES = 4000
# Enough for every pool to have its buffers and every table its size.
WARM_UP = 1000
KEY = struct.pack("!I", 0x37FA213D)
MASKED = struct.pack("!BB", 0x81, 0x80 | len(PAYLOAD)) + KEY + bytes(byte ^ KEY[i % 4] for i, byte in enumerate(PAYLOAD))
UNMASKED = struct.pack("!BB", 0x81, len(PAYLOAD)) + PAYLOAD
NO_PINGS = {"interval": "0s", "timeout": "10s"}


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The counting library, compiled."""
    library = tmp_path_factory.mktemp("shim") / "count_allocations.so"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, SHIM], check=True, timeout=60)
    return library


class Count:
    """The allocations of a process that starts with this environment."""

    def __init__(self, library: Path, path: Path):
        self._path = path
        self.environment = {"LD_PRELOAD": str(library), "ALLOCATIONS_FILE": str(path)}

    def read(self) -> tuple[int, int]:
        """Those of the gateway, and those of OpenSSL."""
        return struct.unpack("=QQ", self._path.read_bytes())


@pytest.fixture
def allocations(tmp_path, shim):
    return Count(shim, tmp_path / "allocations")


class Client:
    """The least client that can keep its socket busy: known frames out, known bytes back."""

    def __init__(self, path: str, port: int, tls: ssl.SSLContext | None):
        plain = socket.create_connection(("127.0.0.1", port), 10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def exchange(self, messages: int, at_once: int) -> None:
        """Sends so many messages, some at once, and reads each back before the next."""
        for _ in range(messages // at_once):
            self.socket.sendall(MASKED * at_once)
            expected = UNMASKED * at_once
            received = b""
            while len(received) < len(expected):
                piece = self.socket.recv(65536)
                assert piece, "the gateway closed"
                received += piece
            assert received == expected


@pytest.fixture
def echo_backend():
    """A backend for one connection, which trusts that every frame has the one form of this test."""
    listener = socket.create_server(("127.0.0.1", free_port()))
    thread = threading.Thread(target=_serve, args=(listener,), daemon=True)
    thread.start()
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    # Wakes a backend that nobody connected to.
    listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    listener.close()


def _serve(listener: socket.socket) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        pending = 0
        while piece := connection.recv(65536):
            if pending == 0 and piece[0] == 0x88:
                return  # A close frame.
            whole, pending = divmod(pending + len(piece), len(MASKED))
            if whole:
                connection.sendall(UNMASKED * whole)


@pytest.mark.parametrize("at_once", [1, 10], ids=["one at a time", "ten at once"])
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("route", ["echo", "relay"])
def test_a_message_costs_no_allocation(start_gateway, allocations, echo_backend, route, secure, at_once):
    sections = relay(echo_backend, route={"heartbeat": NO_PINGS}, upstream={"heartbeat": NO_PINGS, "health": {"kind": "none"}})
    sections["routes"][0] = {**ECHO, "heartbeat": NO_PINGS}
    path = "/echo" if route == "echo" else "/relay/any"
    plain_port = free_port()
    if not secure:
        sections["listeners"] = [{"name": "plain", "address": f"127.0.0.1:{plain_port}"}]
    # One loop has one set of pooled buffers to warm up.
    gateway = start_gateway(loops=1, environment=allocations.environment, **sections)
    client = Client(path, gateway.port, gateway.tls_context()) if secure else Client(path, plain_port, None)
    client.exchange(WARM_UP, at_once)

    def cost(messages: int) -> tuple[int, int]:
        before = allocations.read()
        client.exchange(messages, at_once)
        return tuple(after - earlier for after, earlier in zip(allocations.read(), before))

    (once, _), (twice, openssl) = cost(MESSAGES), cost(2 * MESSAGES)
    client.socket.close()
    assert once < MESSAGES / 1000, f"{once} allocations for {MESSAGES} messages"
    assert twice - once < MESSAGES / 1000, f"{twice} allocations for {2 * MESSAGES} messages, {once} for half of them"
    # Every record that OpenSSL 3.0 reads or writes costs it some, its buffers among them, which idle sessions do without.
    records = 2 * MESSAGES // at_once
    assert openssl <= (6.5 * records if secure else 0), f"{openssl} allocations of OpenSSL for {records} records each way"


def test_the_count_counts(start_gateway, allocations):
    """A session that opens does allocate: were it not counted, the test above would see nothing either."""
    gateway = start_gateway(loops=1, environment=allocations.environment)
    before = allocations.read()
    Client("/echo", gateway.port, gateway.tls_context()).socket.close()
    own, openssl = (after - earlier for after, earlier in zip(allocations.read(), before))
    assert own > 10 and openssl > 50, (own, openssl)
