"""The interop conversation of test_interop.py with the library `websocket-client`.   usage: interop_websocket_client.py URL CA close|wait"""

import struct
import sys

from websocket import ABNF, create_connection

url, authority, way = sys.argv[1:]
socket = create_connection(url, sslopt={"ca_certs": authority}, timeout=20)


def expect(opcode: int, payload: bytes) -> None:
    got = socket.recv_data(control_frame=True)
    assert got == (opcode, payload), (got[0], got[1][:50], len(got[1]))


for text in ("naïve 🚢", "", "größer " * 100_000):
    socket.send(text)
    expect(ABNF.OPCODE_TEXT, text.encode())
for data in (b"\x00\xff", b"", bytes(range(256)) * 4096):
    socket.send_binary(data)
    expect(ABNF.OPCODE_BINARY, data)
for opcode, part, final in ((ABNF.OPCODE_TEXT, "one ", 0), (ABNF.OPCODE_CONT, "two ", 0), (ABNF.OPCODE_CONT, "three", 1)):
    socket.send_frame(ABNF.create_frame(part, opcode, final))
expect(ABNF.OPCODE_TEXT, b"one two three")
socket.ping("are you there?")
expect(ABNF.OPCODE_PONG, b"are you there?")
print("exchanged", flush=True)
if way == "close":
    socket.send_close(4001, b"fare well")
opcode, payload = socket.recv_data(control_frame=True)
assert opcode == ABNF.OPCODE_CLOSE, opcode
print("closed", struct.unpack("!H", payload[:2])[0], payload[2:].decode())
