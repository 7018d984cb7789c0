"""Clients that send as fast as they can what costs them nothing: bounded memory, and others on the same loop go on."""

import asyncio
import contextlib
import socket
import struct
import threading

import pytest

from clients import BINARY, CONTINUATION, PING, PONG, TEXT, RawClient, connect, frame
from gateway import ECHO
from waiting import eventually

KIB, MIB = 1 << 10, 1 << 20
OUTBOUND = 64 * KIB
FLOODERS = 3
ROUND_TRIPS = 150
ROUTE = {**ECHO, "limits": {"outbound": OUTBOUND}, "heartbeat": {"interval": "60s", "timeout": "60s"}}


class Flooder:
    """Sends the same bytes over and over from a thread of its own, and never reads."""

    def __init__(self, gateway, first: bytes, chunk: bytes):
        self.sent = 0
        self._client = RawClient.tls(gateway, seconds=0.2)
        self._client.socket.settimeout(10)
        self._client.upgrade()
        self._client.socket.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(first, chunk), daemon=True)
        self._thread.start()

    def _run(self, first: bytes, chunk: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self._client.send(first)
            while not self._stop.is_set():
                # One that is not read any more has to wait, and has reached its end when it is stopped.
                with contextlib.suppress(TimeoutError):
                    self._client.send(chunk)
                    self.sent += len(chunk)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)
        self._client.socket.close()


@pytest.mark.parametrize(
    ("first", "unit", "is_read_on"),
    [
        # The answers are bounded as everything else that waits for a client: beyond that, an echoed one is not read.
        (b"", frame(PING), False),
        (b"", frame(PING, b"p" * 125), False),
        (b"", frame(PONG, b"unasked"), True),
        (frame(TEXT, b"a", final=False), frame(CONTINUATION, final=False), True),
        (b"", frame(BINARY), False),
        (b"", frame(TEXT, b"x"), False),
    ],
    ids=["pings", "long-pings", "pongs", "empty-fragments", "empty-messages", "tiny-messages"],
)
async def test_a_flood_starves_nobody(start_gateway, first, unit, is_read_on):
    gateway = start_gateway(loops=1, routes=[ROUTE])
    async with connect(gateway) as other:
        await other.send("before")
        assert await other.recv() == "before"
        before = gateway.resident_bytes
        chunk = unit * (256 * KIB // len(unit))
        flooders = [await asyncio.to_thread(Flooder, gateway, first, chunk) for _ in range(FLOODERS)]
        try:
            await eventually(lambda: all(flooder.sent >= len(chunk) for flooder in flooders), "the floods are under way")
            queued = 0.0
            for number in range(ROUND_TRIPS):
                await other.send(str(number))
                assert await other.recv() == str(number)
                if number % 50 == 0:
                    queued = max(queued, await asyncio.to_thread(gateway.metric, "roadstead_queued_bytes"))
            # Each may have been read once more when its queue was full already.
            assert queued <= FLOODERS * (OUTBOUND + 192 * KIB)
            if is_read_on:
                sent = [flooder.sent for flooder in flooders]
                await eventually(lambda: all(now.sent > then for now, then in zip(flooders, sent)), "the floods go on and on")
            assert gateway.resident_bytes - before < 24 * MIB
        finally:
            await asyncio.gather(*(asyncio.to_thread(flooder.stop) for flooder in flooders))
        await other.send("after")
        assert await other.recv() == "after"
    await eventually(lambda: not gateway.sessions(), "nobody is left", 20)
    assert gateway.metric("roadstead_queued_bytes") == 0


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
async def test_clients_that_break_off_in_full_flow_are_forgotten(start_gateway, secure):
    # What they sent is still to be read and answered when the kernel says that they are gone: the answers must not stop the reading.
    gateway = start_gateway(loops=1, routes=[ROUTE], listener=None if secure else {"tls": None})
    chunk = frame(BINARY, bytes(100)) * 2000

    def flood_and_break() -> str:
        with RawClient.tls(gateway) if secure else RawClient(gateway.port) as client:
            identifier = client.upgrade()["roadstead-session"]
            client.socket.settimeout(0.1)
            with contextlib.suppress(TimeoutError):
                for _ in range(20):
                    client.send(chunk)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return identifier

    identifiers = await asyncio.gather(*(asyncio.to_thread(flood_and_break) for _ in range(8)))
    for identifier in identifiers:
        # By the network or by the client: the kernel tells a reset once, and then the end of the stream.
        assert (await gateway.closed(identifier, 20))["cause"] == "reset"
    assert gateway.metric("roadstead_queued_bytes") == 0
