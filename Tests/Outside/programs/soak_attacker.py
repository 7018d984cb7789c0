"""Attackers of every kind, each at a bounded rate.   usage: soak_attacker.py PORT SEED

Commands come on standard input: `attack`, `rest`, each answered with a line of JSON: how often each kind has been at work.
"""

import asyncio
import base64
import json
import os
import random
import socket
import ssl
import struct
import sys
import zlib

PORT = int(sys.argv[1])
TEXT, BINARY, PING = 1, 2, 9
CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE
# One key for all frames: the attack is not made dearer by masking.
KEY = b"\x11\x22\x33\x44"


def frame(opcode: int, payload: bytes = b"", final: bool = True, reserved: int = 0) -> bytes:
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    else:
        head += b"\xfe" + struct.pack("!H", len(payload)) if len(payload) < 65536 else b"\xff" + struct.pack("!Q", len(payload))
    key = (KEY * (len(payload) // 4 + 1))[:len(payload)]
    return head + KEY + (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload), "big")


def head(path: str, **fields: str) -> bytes:
    lines = {"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **fields}
    return (f"GET {path} HTTP/1.1\r\n" + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode()


async def opened(path: str | None = "/echo", tls: bool = True, **fields: str):
    # A small window: what is not read waits in the gateway rather than in the kernel.
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", PORT))
    options = {"ssl": CONTEXT, "server_hostname": "localhost"} if tls else {}
    reader, writer = await asyncio.open_connection(sock=plain, limit=4096, **options)
    if path:
        writer.write(head(path, **fields))
        await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def drained(writer, seconds: float = 1) -> bool:
    try:
        await asyncio.wait_for(writer.drain(), seconds)
        return True
    except TimeoutError:
        return False


async def slow_tls() -> None:
    reader, writer = await opened(None, tls=False)
    for byte in bytes.fromhex("1603010200010001fc0303") + os.urandom(20):
        writer.write(bytes([byte]))
        if await reader_ended(reader, 0.5):
            return


async def reader_ended(reader, seconds: float) -> bool:
    try:
        return not await asyncio.wait_for(reader.read(4096), seconds)
    except TimeoutError:
        return False


async def slow_head() -> None:
    reader, writer = await opened(None)
    for byte in head("/echo"):
        writer.write(bytes([byte]))
        if await reader_ended(reader, 0.5):
            return


async def ping_flood() -> None:
    _, writer = await opened()
    pings = frame(PING, b"x" * 100) * 300
    for _ in range(60):
        writer.write(pings)
        if not await drained(writer):
            return
        await asyncio.sleep(0.05)


async def tiny_frames() -> None:
    reader, writer = await opened("/limited")
    frames = frame(TEXT, b"x") * 1000
    while not await reader_ended(reader, 0.05):
        writer.write(frames)
        await drained(writer, 0.2)


async def fragments() -> None:
    reader, writer = await opened()
    writer.write(frame(BINARY, b"x", final=False))
    many = frame(0, b"x", final=False) * 1000
    for _ in range(40):
        writer.write(many)
        if not await drained(writer) or await reader_ended(reader, 0.05):
            return


async def stalled_reader(path: str = "/slow") -> None:
    _, writer = await opened(path)
    message = frame(BINARY, bytes(16384))
    # More than the kernels between us keep.
    for _ in range(800):
        writer.write(message)
        if not await drained(writer):
            break
    await asyncio.sleep(3)


def deflated(megabytes: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = bytes(1 << 20)
    return b"".join(compressor.compress(part) for _ in range(megabytes)) + compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]


BOMB = frame(BINARY, deflated(64), reserved=4)


async def bomb() -> None:
    reader, writer = await opened(Sec_WebSocket_Extensions="permessage-deflate")
    writer.write(BOMB)
    while not await reader_ended(reader, 2):
        pass


async def random_before_tls() -> None:
    reader, writer = await opened(None, tls=False)
    writer.write(b"\x16\x03\x01" + os.urandom(random.randint(10, 3000)))
    await reader_ended(reader, 2)


async def random_after_tls() -> None:
    reader, writer = await opened(None)
    writer.write(b"GET " + os.urandom(random.randint(10, 3000)))
    await reader_ended(reader, 2)


async def random_after_upgrade() -> None:
    reader, writer = await opened()
    writer.write(b"\xff" + os.urandom(random.randint(10, 3000)))
    await reader_ended(reader, 2)


async def reset_mid_frame() -> None:
    _, writer = await opened()
    writer.write(frame(BINARY, bytes(60000))[:random.randint(1, 50000)])
    await drained(writer)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def churn() -> None:
    reader, writer = await opened("/relay/churn")
    writer.write(frame(TEXT, b"hello") + frame(8, b"\x03\xe8"))
    await reader_ended(reader, 2)


# How many of a kind are at work at once, and how long each rests in between.
KINDS = {
    slow_tls: (10, 0.2), slow_head: (10, 0.2), ping_flood: (1, 0.5), tiny_frames: (1, 1), fragments: (1, 0.5), stalled_reader: (5, 1),
    bomb: (1, 1), random_before_tls: (1, 0.2), random_after_tls: (1, 0.2), random_after_upgrade: (1, 0.2), reset_mid_frame: (2, 0.2),
    churn: (2, 0.1),
}


async def repeat(kind, rest: float, done: dict[str, int]) -> None:
    while True:
        try:
            await asyncio.wait_for(kind(), 30)
        except (OSError, EOFError, TimeoutError, ssl.SSLError):
            # Being thrown out is what attackers are there for.
            pass
        done[kind.__name__] = done.get(kind.__name__, 0) + 1
        await asyncio.sleep(rest * random.uniform(0.5, 1.5))


async def main() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    done: dict[str, int] = {}
    tasks: list[asyncio.Task] = []
    print(json.dumps({}), flush=True)
    while command := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if command == "attack":
            tasks = [asyncio.create_task(repeat(kind, rest, done)) for kind, (count, rest) in KINDS.items() for _ in range(count)]
        elif command == "rest":
            # One that is thrown out at the very moment may miss that it was told to stop, so they are told until they have.
            while pending := [task for task in tasks if not task.done()]:
                for task in pending:
                    task.cancel()
                await asyncio.wait(pending, timeout=1)
        print(json.dumps(done), flush=True)


random.seed(int(sys.argv[2]))
asyncio.run(main())
