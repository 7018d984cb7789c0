"""Heap allocations for each message in the steady state: none, whatever the transport and the route, compressed or not."""

import base64
import os
import socket
import ssl
import struct
import subprocess
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from answers import answer, filled
from gateway import ECHO, relay
from ports import free_port

SHIM = Path(__file__).parent / "support/count_allocations.c"
PAYLOAD = b"sixty-four bytes of text, as a chat message or a quote may have."
MESSAGES = 4000
# Enough for every pool to have its buffers and every table its size.
WARM_UP = 1000
KEY = struct.pack("!I", 0x37FA213D)
NO_PINGS = {"interval": "0s", "timeout": "10s"}
EXTENSION = b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"


@dataclass
class Form:
    """The frame that every message of a test has, as clients send it and as servers do."""

    payload: bytes
    first: int = 0x81
    # The line of the handshake that it takes.
    extension: bytes = b""

    @property
    def masked(self) -> bytes:
        masked = bytes(byte ^ KEY[i % 4] for i, byte in enumerate(self.payload))
        return struct.pack("!BB", self.first, 0x80 | len(self.payload)) + KEY + masked

    @property
    def unmasked(self) -> bytes:
        return struct.pack("!BB", self.first, len(self.payload)) + self.payload


def deflated() -> bytes:
    """More than the smallest message that is compressed, compressed just as the gateway does it."""
    compressor = zlib.compressobj(3, wbits=-12, memLevel=5)
    return (compressor.compress(PAYLOAD * 6) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\x00\x00\xff\xff")


FORMS = {"plain": Form(PAYLOAD), "compressed": Form(deflated(), 0xC1, EXTENSION)}


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

    def __init__(self, path: str, port: int, tls: ssl.SSLContext | None, form: Form = FORMS["plain"]):
        self.masked, self.unmasked = form.masked, form.unmasked
        plain = socket.create_connection(("127.0.0.1", port), 10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{form.extension.decode()}\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def exchange(self, messages: int, at_once: int) -> None:
        """Sends so many messages, some at once, and reads each back before the next."""
        for _ in range(messages // at_once):
            self.socket.sendall(self.masked * at_once)
            expected = self.unmasked * at_once
            received = b""
            while len(received) < len(expected):
                piece = self.socket.recv(65536)
                assert piece, "the gateway closed"
                received += piece
            assert received == expected


@pytest.fixture
def echo_backend(form):
    """A backend for one connection, which trusts that every frame has the one form of this test."""
    listener = socket.create_server(("127.0.0.1", free_port()))
    thread = threading.Thread(target=_serve, args=(listener, FORMS[form]), daemon=True)
    thread.start()
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    # Wakes a backend that nobody connected to.
    listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    listener.close()


def _serve(listener: socket.socket, form: Form) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        connection.sendall(filled(answer(*form.extension.splitlines()), head))
        masked, unmasked, pending = form.masked, form.unmasked, 0
        while piece := connection.recv(65536):
            if pending == 0 and piece[0] == 0x88:
                return  # A close frame.
            whole, pending = divmod(pending + len(piece), len(masked))
            if whole:
                connection.sendall(unmasked * whole)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("at_once", [1, 10], ids=["one at a time", "ten at once"])
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("route", ["echo", "relay"])
def test_a_message_costs_no_allocation(start_gateway, allocations, echo_backend, route, secure, at_once, form):
    sections = relay(echo_backend, route={"heartbeat": NO_PINGS}, upstream={"heartbeat": NO_PINGS, "health": {"kind": "none"}})
    sections["routes"][0] = {**ECHO, "heartbeat": NO_PINGS}
    path = "/echo" if route == "echo" else "/relay/any"
    plain_port = free_port()
    if not secure:
        sections["listeners"] = [{"name": "plain", "address": f"127.0.0.1:{plain_port}"}]
    # One loop has one set of pooled buffers to warm up.
    gateway = start_gateway(loops=1, environment=allocations.environment, **sections)
    client = Client(path, gateway.port if secure else plain_port, gateway.tls_context() if secure else None, FORMS[form])
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
