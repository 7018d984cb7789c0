"""What a raw backend answers an upgrade with (RFC 6455 section 4.2.2), right or wrong."""

import base64
import hashlib

LINE = b"HTTP/1.1 101 Switching Protocols"
ACCEPT = b"Sec-WebSocket-Accept: @ACCEPT@"
FIELDS = (b"Upgrade: websocket", b"Connection: Upgrade", ACCEPT)


def answer(*more: bytes, line: bytes = LINE, without: bytes = b"") -> bytes:
    """The right 101 but for what is told; `@ACCEPT@` is filled in when the key is known."""
    return b"\r\n".join([line, *(field for field in FIELDS if not without or not field.startswith(without)), *more]) + b"\r\n\r\n"


def filled(data: bytes, request: bytes) -> bytes:
    """The answer to this request."""
    key = next(line.partition(b":")[2].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    return data.replace(b"@ACCEPT@", base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()))
