"""What the rows of the conformance tables are made of: frames, right or wrong, and what a gateway must make of them."""

import os
import struct
from dataclasses import dataclass, replace

from clients import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

# A close frame without a code (RFC 6455 section 7.1.5).
NO_CODE = 1005


def xor(payload: bytes, key: bytes) -> bytes:
    """Masks or unmasks (RFC 6455 section 5.3)."""
    length = len(payload)
    stream = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(length, "big")


@dataclass(frozen=True)
class Frame:
    """One frame as either side may send it (RFC 6455 section 5.2); masked as the sender's role asks, unless it must be wrong."""

    opcode: int
    payload: bytes = b""
    final: bool = True
    reserved: int = 0
    wrongly_masked: bool = False
    # A random one unless given.
    key: bytes | None = None
    # 16 or 64 for a length in that many bits, needed or not.
    length_bits: int | None = None
    # The length that the header tells, if it is not the payload's.
    announced: int | None = None

    def encode(self, from_client: bool) -> bytes:
        masked = from_client != self.wrongly_masked
        first, mask_bit = (0x80 if self.final else 0) | self.reserved << 4 | self.opcode, 0x80 if masked else 0
        length = len(self.payload) if self.announced is None else self.announced
        bits = self.length_bits or (7 if length < 126 else 16 if length < 65536 else 64)
        head = {
            7: lambda: struct.pack("!BB", first, mask_bit | length),
            16: lambda: struct.pack("!BBH", first, mask_bit | 126, length),
            64: lambda: struct.pack("!BBQ", first, mask_bit | 127, length),
        }[bits]()
        if not masked:
            return head + self.payload
        key = self.key or os.urandom(4)
        return head + key + xor(self.payload, key)


@dataclass(frozen=True)
class Row:
    """One rule, or one case of Autobahn's: what the peer sends, and every frame that it must get."""

    section: str
    name: str
    frames: tuple[Frame, ...]
    # Whole messages that reach the other side, and come back from there.
    messages: tuple[tuple[int, bytes], ...] = ()
    pongs: tuple[bytes, ...] = ()
    # The code in the gateway's close frame; None: there is none until the peer closes with 1000.
    close: int | None = None
    # The frames leave in segments of so many bytes.
    piece: int | None = None
    # Whether the route is the one that limits messages to 1 KiB; then only clients are limited.
    limited: bool = False

    @property
    def identifier(self) -> str:
        return f"{self.section}-{self.name}"

    def in_pieces(self, size: int) -> "Row":
        return replace(self, name=f"{self.name}-in-pieces-of-{size}", piece=size)

    def encode(self, from_client: bool) -> list[bytes]:
        """The segments to send."""
        data = b"".join(frame.encode(from_client) for frame in self.frames)
        size = self.piece or 65536
        return [data[start : start + size] for start in range(0, len(data), size)]


def text(payload: str | bytes = "Hello", **more) -> Frame:
    return Frame(TEXT, payload.encode() if isinstance(payload, str) else payload, **more)


def binary(payload: bytes = b"\x00\xff Hello", **more) -> Frame:
    return Frame(BINARY, payload, **more)


def more(payload: str | bytes = "", final: bool = False, **others) -> Frame:
    """A continuation."""
    return Frame(CONTINUATION, payload.encode() if isinstance(payload, str) else payload, final, **others)


def last(payload: str | bytes = "", **others) -> Frame:
    """The continuation that ends its message."""
    return more(payload, final=True, **others)


def ping(payload: bytes = b"", **more) -> Frame:
    return Frame(PING, payload, **more)


def pong(payload: bytes = b"", **more) -> Frame:
    return Frame(PONG, payload, **more)


def close(code: int | None = 1000, reason: str | bytes = "", **more) -> Frame:
    reason = reason.encode() if isinstance(reason, str) else reason
    return Frame(CLOSE, (b"" if code is None else struct.pack("!H", code)) + reason, **more)


def fragments(kind: int, *parts: bytes) -> tuple[Frame, ...]:
    """One message in these fragments."""
    return tuple(
        Frame(CONTINUATION if index else kind, part, final=index == len(parts) - 1) for index, part in enumerate(parts)
    )


def cut(payload: bytes, size: int) -> list[bytes]:
    return [payload[start : start + size] for start in range(0, len(payload), size)]
