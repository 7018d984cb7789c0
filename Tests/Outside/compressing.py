"""Raw DEFLATE and the frames that carry it (RFC 7692), for what a library would never send."""

import json
import zlib

import clients
from clients import BINARY, CLOSE, CONTINUATION, RawClient, frame, upgrade_head

OFFER = "permessage-deflate"
TAIL = b"\x00\x00\xff\xff"


def connect(gateway, path: str = "/echo", **options):
    """The `websockets` library as a client that offers compression."""
    return clients.connect(gateway, path, **{"compression": "deflate", **options})


def deflate(data: bytes, bits: int = 15) -> bytes:
    """A message as it goes on the wire."""
    compressor = zlib.compressobj(wbits=-bits)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


def inflate(payload: bytes, inflater=None) -> bytes:
    """What a message's payload inflates to."""
    return (inflater or zlib.decompressobj(wbits=-15)).decompress(payload + TAIL)


def compressed(payload: bytes, opcode: int = BINARY, final: bool = True, masked: bool = True) -> bytes:
    """The first, or only, frame of a compressed message."""
    return frame(opcode, payload, final=final, masked=masked, reserved=4)


def fragments(payload: bytes, size: int, opcode: int = BINARY) -> list[bytes]:
    """The frames of a compressed message in fragments."""
    pieces = [payload[start : start + size] for start in range(0, len(payload), size)]
    return [
        compressed(piece, opcode, final=len(pieces) == 1) if index == 0 else frame(CONTINUATION, piece, final=index == len(pieces) - 1)
        for index, piece in enumerate(pieces)
    ]


def chatter(count: int) -> str:
    """So many bytes, or a few more, of the kind that applications send."""
    items = [{"id": index, "price": index * 37 % 1009 / 100, "name": f"item {index % 7}"} for index in range(count // 40 + 1)]
    return json.dumps(items)


class CompressingClient(RawClient):
    """A raw client that offers compression."""

    def open(self, path: str = "/echo", offer: str = OFFER) -> str:
        """Upgrades and returns what was agreed on."""
        return self.upgrade(path, Sec_WebSocket_Extensions=offer)["sec-websocket-extensions"]

    def refused(self, path: str = "/echo", **headers: str) -> tuple[int, dict[str, str], str]:
        """The answer to an upgrade that must be refused."""
        self.send(upgrade_head(path, **headers))
        return self.read_response()

    def read_message(self) -> bytes:
        """The next data message, inflated if it is compressed, each by itself."""
        first, payload = self.read_data_frame()
        is_final, message = first & 0x80, payload
        while not is_final:
            next_first, payload = self.read_data_frame()
            assert next_first & 0x7F == CONTINUATION
            is_final, message = next_first & 0x80, message + payload
        return inflate(message) if first & 0x40 else message

    def read_to_close(self) -> tuple[int, str]:
        """The code and the reason of the close frame, behind whatever comes before it."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2]), payload[2:].decode()

    def read_data_frame(self) -> tuple[int, bytes]:
        """The next data frame's first byte and payload."""
        while True:
            first = self._peek()
            opcode, payload = self.read_frame()
            if opcode < CLOSE:
                return first, payload
            assert opcode != CLOSE, payload
