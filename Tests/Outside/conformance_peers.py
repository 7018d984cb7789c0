"""Plays rows of the conformance tables over real sockets: as a client of the gateway, or as the server behind it."""

import asyncio
import contextlib
import select
import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from answers import answer, filled
from clients import CLOSE, CONTINUATION, PING, PONG, TEXT, upgrade_head
from conformance_frames import NO_CODE, Frame, Row, close, xor
from ports import free_port

PATIENCE = 15


@dataclass
class Heard:
    """What the gateway said to the peer."""

    messages: list[tuple[int, bytes]] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    close: int | None = None
    reason: bytes = b""
    ended: bool = False


class Peer:
    """One raw end of a WebSocket, which checks that each frame it gets is right (RFC 6455 section 5)."""

    def __init__(self, connected: socket.socket, is_client: bool, rest: bytes = b""):
        self.socket, self.is_client = connected, is_client
        self.heard = Heard()
        self._buffer = bytearray(rest)
        self._outgoing: deque[bytes] = deque()
        self._kind: int | None = None
        self._parts: list[bytes] = []
        connected.setblocking(False)

    def play(self, row: Row) -> Heard:
        """Sends the row's frames and hears the gateway to the end of the stream."""
        self._outgoing.extend(row.encode(self.is_client))
        if row.close is None:
            self._run(lambda: len(self.heard.messages) >= len(row.messages) and len(self.heard.pongs) >= len(row.pongs))
            self._outgoing.append(close(1000, "done").encode(self.is_client))
        has_closed = row.close is None or any(sent.opcode == CLOSE for sent in row.frames)
        self._run(lambda: self.heard.close is not None)
        if not has_closed:
            # What is left of the row is of no use any more.
            self._outgoing.clear()
            self._outgoing.append(Frame(CLOSE).encode(self.is_client))
        self._run(lambda: self.heard.ended)
        return self.heard

    def _run(self, is_done) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            while self._take_frame():
                pass
            if is_done() or self.heard.ended:
                return
            pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0
            left = deadline - time.monotonic()
            assert left > 0, f"not within {PATIENCE} s; so far: {self.heard}"
            readable, writable, _ = select.select([self.socket], [self.socket] if self._outgoing else [], [], 0 if pending else left)
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                if writable:
                    self._send()
                if readable or pending:
                    self._receive()

    def _send(self) -> None:
        data = self._outgoing.popleft()
        try:
            sent = self.socket.send(data)
        except (BrokenPipeError, ConnectionResetError):
            # The gateway has closed; what it said before that is still to be read.
            self._outgoing.clear()
            return
        except OSError:
            self._outgoing.appendleft(data)
            raise
        if sent < len(data):
            self._outgoing.appendleft(data[sent:])

    def _receive(self) -> None:
        try:
            data = self.socket.recv(1 << 18)
        except (ConnectionResetError, ssl.SSLEOFError):
            data = b""
        self._buffer += data
        self.heard.ended = not data

    def _take_frame(self) -> bool:
        """Takes a whole frame from the buffer, if there is one."""
        held = self._buffer
        if len(held) < 2:
            return False
        masked, short = bool(held[1] & 0x80), held[1] & 0x7F
        assert masked != self.is_client, "a server must not mask and a client must (section 5.1)"
        extended = {126: 2, 127: 8}.get(short, 0)
        start = 2 + extended + (4 if masked else 0)
        if len(held) < start:
            return False
        length = int.from_bytes(held[2 : 2 + extended], "big") if extended else short
        assert length > {126: 125, 127: 65535}.get(short, -1), "a length takes its shortest form (section 5.2)"
        if len(held) < start + length:
            return False
        payload = bytes(held[start : start + length])
        if masked:
            payload = xor(payload, bytes(held[start - 4 : start]))
        first = held[0]
        del held[: start + length]
        self._heard_frame(first, payload)
        return True

    def _heard_frame(self, first: int, payload: bytes) -> None:
        opcode, final = first & 0x0F, bool(first & 0x80)
        assert not first & 0x70, "no extension gave the reserved bits a meaning (section 5.2)"
        assert self.heard.close is None, "nothing follows a close frame (section 5.5.1)"
        if opcode >= CLOSE:
            assert final and len(payload) <= 125, "a control frame is short and whole (section 5.5)"
        if opcode == CLOSE:
            assert len(payload) != 1
            self.heard.close = int.from_bytes(payload[:2], "big") if payload else NO_CODE
            self.heard.reason = payload[2:]
            self.heard.reason.decode()
        elif opcode == PONG:
            self.heard.pongs.append(payload)
        else:
            assert opcode != PING, "no heartbeat is due"
            assert (opcode == CONTINUATION) == (self._kind is not None), "fragments of one message follow each other (section 5.4)"
            self._kind = opcode if self._kind is None else self._kind
            self._parts.append(payload)
            if final:
                self.heard.messages.append((self._kind, b"".join(self._parts)))
                self._kind, self._parts = None, []


def raw_client(port: int, path: str, context: ssl.SSLContext | None = None) -> Peer:
    """A client that has been upgraded."""
    connected = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context:
        connected = context.wrap_socket(connected, server_hostname="localhost")
    connected.sendall(upgrade_head(path))
    head, rest = read_head(connected)
    assert head.startswith(b"HTTP/1.1 101 "), head
    return Peer(connected, is_client=True, rest=rest)


def read_head(connected: socket.socket) -> tuple[bytes, bytes]:
    """A head, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connected.recv(65536)
        if not received:
            raise EOFError(data)
        data += received
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


class RawServer:
    """A listener behind the gateway whose connections are raw peers."""

    def __init__(self):
        self.port = free_port()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(PATIENCE)

    def accept(self) -> Peer:
        """The next connection, upgraded (RFC 6455 section 4.2.2)."""
        connected, head, rest = self._next_request()
        connected.sendall(filled(answer(), head))
        return Peer(connected, is_client=False, rest=rest)

    def _next_request(self) -> tuple[socket.socket, bytes, bytes]:
        """Passes over the probes that a lost upstream is tried with: they end without a word."""
        while True:
            connected, _ = self._listener.accept()
            connected.settimeout(PATIENCE)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                return connected, *read_head(connected)
            except EOFError:
                connected.close()

    def close(self) -> None:
        self._listener.close()


@dataclass
class Far:
    """What reached the far side, which is a library's and echoes."""

    messages: list[tuple[int, bytes]] = field(default_factory=list)
    close: int | None = None


class FarSide:
    """Echoing servers and clients of the `websockets` library, in an event loop of their own."""

    OPTIONS = {"max_size": None, "ping_interval": None, "compression": None, "close_timeout": 2}

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = free_port()
        # By the path of the request.
        self.served: dict[str, asyncio.Future] = {}
        self._server = self._wait(self._serve())

    def client(self, url: str):
        """A client that echoes to its end; its future account."""
        return asyncio.run_coroutine_threadsafe(self._dial(url), self._loop)

    def serving(self, path: str):
        """The future account of the connection that comes with this path."""
        return asyncio.run_coroutine_threadsafe(self._await_served(path), self._loop)

    def close(self) -> None:
        self._server.close()
        self._wait(self._server.wait_closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def _serve(self):
        async def handler(connection):
            account = await self._echo(connection)
            if (waiting := self.served.pop(connection.request.path, None)) is not None:
                waiting.set_result(account)

        return await serve(handler, "127.0.0.1", self.port, **self.OPTIONS)

    async def _await_served(self, path: str) -> Far:
        self.served[path] = self._loop.create_future()
        return await asyncio.wait_for(self.served[path], 2 * PATIENCE)

    async def _dial(self, url: str) -> Far:
        async with connect(url, proxy=None, **self.OPTIONS) as connection:
            return await self._echo(connection)

    async def _echo(self, connection) -> Far:
        far = Far()
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                far.messages.append((TEXT, message.encode()) if isinstance(message, str) else (TEXT + 1, message))
                with contextlib.suppress(ConnectionClosed):
                    await connection.send(message)
        await connection.wait_closed()
        far.close = connection.close_code
        return far
