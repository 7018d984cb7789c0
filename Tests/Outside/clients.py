"""WebSocket clients: the Python library's, and one made by hand for what a library would never do."""

import base64
import os
import socket
import ssl
import struct

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def connect(gateway, path: str = "/echo", port: int | None = None, **options) -> websockets_connect:
    """The `websockets` library as a client that trusts the development CA; for `async with` or `await`.

    With `port` it goes through a relay in front of the gateway.
    """
    options.setdefault("max_size", None)
    options.setdefault("ping_interval", None)
    # Tests that fill queues and cut messages count bytes on the wire; those of compression ask for it.
    options.setdefault("compression", None)
    # Cleaning up must not wait long for a peer that the test has made silent.
    options.setdefault("close_timeout", 5)
    return websockets_connect(gateway.url(path, port), ssl=gateway.tls_context(), proxy=None, **options)


async def refusal(gateway, path: str = "/echo", **options) -> Response:
    """The answer to an upgrade that must be refused."""
    try:
        client = await connect(gateway, path, **options)
    except InvalidStatus as refused:
        return refused.response
    await client.close()
    raise AssertionError("the upgrade was not refused")


def session_id(client: ClientConnection) -> str:
    """The id that the gateway gave this session."""
    return client.response.headers["Roadstead-Session"]


def reset(client: ClientConnection) -> None:
    """Ends the TCP connection with RST, with no close frame and no close_notify."""
    raw = client.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()


def upgrade_head(path: str = "/echo", host: str = "localhost", **headers: str | None) -> bytes:
    """A valid upgrade request; keyword arguments add, replace or (None) leave out fields, with _ for -."""
    fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    for name, value in headers.items():
        fields[name.replace("_", "-")] = value
    lines = [f"GET {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(opcode: int, payload: bytes = b"", final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """One frame, right or wrong (RFC 6455, section 5.2)."""
    first = (0x80 if final else 0) | reserved << 4 | opcode
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, mask_bit | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


class RawClient:
    """A blocking TLS (or plain) socket with a deadline on each read; use it with `with`."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, host: str = "localhost", seconds: float = 10):
        plain = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname=host) if context else plain
        self._buffer = b""

    @classmethod
    def tls(cls, gateway, **options) -> "RawClient":
        return cls(gateway.port, gateway.tls_context(), **options)

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def upgrade(self, path: str = "/echo", **headers: str | None) -> dict[str, str]:
        """Upgrades and returns the response's fields by lower-case name."""
        self.send(upgrade_head(path, **headers))
        status, fields = self.read_head()
        assert status == 101, (status, fields)
        return fields

    def reads_to_the_end(self) -> bytes:
        """Everything until the peer ends the connection, by FIN or by RST."""
        data, self._buffer = self._buffer, b""
        try:
            while part := self.socket.recv(65536):
                data += part
        except ConnectionResetError:
            pass
        return data

    def is_at_end(self) -> bool:
        """Whether the peer has ended the connection by now."""
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(1)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def read_head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status_line, *lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(status_line.split()[1]), fields

    def read_response(self) -> tuple[int, dict[str, str], str]:
        """A whole response: its status, fields and body."""
        status, fields = self.read_head()
        return status, fields, self.read(int(fields["content-length"])).decode()

    def read_frame(self) -> tuple[int, bytes]:
        """The next frame's opcode and payload."""
        first, second = self.read(2)
        assert not second & 0x80, "a server must not mask (RFC 6455, section 5.1)"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.read(8))
        return first & 0x0F, self.read(length)

    def read_message(self) -> tuple[int, bytes]:
        """The next message, its fragments joined; control frames in between are not expected."""
        opcode, payload, final = None, b"", False
        while not final:
            final = bool(self._peek() & 0x80)
            kind, part = self.read_frame()
            opcode = kind if opcode is None else opcode
            payload += part
        return opcode, payload

    def read_close(self) -> tuple[int | None, str]:
        """The code and the reason of the close frame that must come next."""
        opcode, payload = self.read_frame()
        assert opcode == CLOSE, (opcode, payload)
        return (struct.unpack("!H", payload[:2])[0], payload[2:].decode()) if payload else (None, "")

    def read_end(self) -> None:
        """Asserts that nothing but the end of the stream comes."""
        try:
            rest = self._buffer + self.socket.recv(1)
        except (ConnectionResetError, ssl.SSLEOFError):
            rest = self._buffer
        assert rest == b"", rest

    def read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _peek(self) -> int:
        while not self._buffer:
            self._fill()
        return self._buffer[0]

    def _fill(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the gateway ended the stream; before that came {self._buffer!r}")
        self._buffer += data
