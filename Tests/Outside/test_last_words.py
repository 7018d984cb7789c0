"""What was said last arrives: before the gateway ends, when a session moves, and when a peer takes it slowly."""

import asyncio
import contextlib
import signal
import ssl
import struct
import time
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

import backends
from answers import answer, filled
from clients import BINARY, CLOSE, CONTINUATION, TEXT, connect, frame, refusal, session_id
from faults import FaultRelay, fault_relay
from gateway import Gateway, relay
from recording import Recording, recording_backend
from test_bad_answers import PATIENT
from waiting import eventually, stays

KIB, MIB = 1 << 10, 1 << 20
UPSTREAM = {"pool": {"warm": 0}, "health": {"kind": "none"}}
# Nobody is stopped for what waits, and nobody is pinged.
HEARTBEAT = {"interval": "60s", "timeout": "60s"}
ROUTE = {"limits": {"outbound": "64MiB", "message": "64MiB"}, "heartbeat": HEARTBEAT}


def numbered(count: int, size: int) -> list[bytes]:
    """Messages of this size, each of its own number over and over."""
    return [number.to_bytes(4, "big") * (size // 4) for number in range(count)]


async def read_frame(reader) -> tuple[int, bytes]:
    """The first byte and the payload of a client's next frame."""
    first, length = await reader.readexactly(2)
    length &= 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(length)
    key = int.from_bytes((mask * (length // 4 + 1))[:length], "big")
    return first, (int.from_bytes(payload, "big") ^ key).to_bytes(length, "big")


# --- The gateway ends

LAST_WORDS = numbered(128, 64 * KIB)


@dataclass
class Ending:
    """A client has said its last words, and most of them wait in the gateway for a backend that reads nothing."""

    gateway: Gateway
    backend: Recording
    line: FaultRelay
    client: ClientConnection

    def terminate(self) -> None:
        self.gateway.process.send_signal(signal.SIGTERM)

    async def ends(self, seconds: float = 15) -> None:
        await eventually(lambda: self.gateway.process.poll() is not None, "the gateway ends", seconds)
        assert self.gateway.process.returncode == 0, self.gateway.log_tail


@contextlib.asynccontextmanager
async def ending(start_gateway, period: str = "20s", scheme: str = "ws", upstream: dict | None = None, **backend):
    async with recording_backend(scheme=scheme, **backend) as recording, fault_relay(recording.port, is_narrow=True) as line:
        gateway = start_gateway(
            drain={"period": period, "spread": "0s"},
            **relay(f"{scheme}://127.0.0.1:{line.port}", route=ROUTE, upstream={**UPSTREAM, **(upstream or {})}))
        async with connect(gateway, "/relay/room") as client:
            await eventually(lambda: recording.attachments, "the backend got the session")
            line.to_target.stall()
            for message in LAST_WORDS:
                await client.send(message)
            await eventually(
                lambda: gateway.metric("roadstead_messages_total", route="relay", direction="received") == len(LAST_WORDS),
                "the gateway has all of them")
            assert gateway.metric("roadstead_queued_bytes") > 7 * MIB
            yield Ending(gateway, recording, line, client)


async def client_closes(scene: Ending) -> tuple[int, str]:
    """The session is over before the gateway is to end."""
    await scene.client.close(1000, "that was all")
    await scene.gateway.closed(session_id(scene.client))
    scene.terminate()
    return 1000, "that was all"


async def gateway_closes(scene: Ending) -> tuple[int, str]:
    """The end of the gateway is the session's."""
    scene.terminate()
    await scene.client.wait_closed()
    assert scene.client.close_code == 1001
    return 1001, "drain"


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("close", [client_closes, gateway_closes], ids=lambda close: close.__name__)
@pytest.mark.parametrize("answers", [False, True], ids=["silent", "answering"])
async def test_the_gateway_ends_when_a_slow_backend_has_all_that_clients_said(start_gateway, certificates, answers, close, secure):
    options = {}
    if secure:
        options = {"scheme": "wss", "ssl": server_context(certificates),
                   "upstream": {"tls": {"ca": str(certificates / "ca.pem"), "server_name": "localhost"}}}  # fmt: skip
    async with ending(start_gateway, answers=answers, **options) as scene:
        code, reason = await close(scene)
        await stays(lambda: scene.gateway.process.poll() is None, "the gateway waits for the backend", 0.5)
        scene.line.to_target.delay = 0.005
        scene.line.to_target.resume()
        await scene.ends()
        connection = scene.backend.latest.connection
        await eventually(lambda: connection.close_code is not None, "the backend is told")
        assert scene.backend.latest.heard == LAST_WORDS
        assert (connection.close_code, connection.close_reason) == (code, reason)


def server_context(certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return context


@pytest.mark.parametrize(
    "period, least, most", [("1500ms", 1.4, 4), ("30s", 3.5, 9)], ids=["drain-period", "five-seconds-without-progress"])
async def test_a_backend_that_never_reads_cannot_hold_the_process(start_gateway, period, least, most):
    async with ending(start_gateway, period) as scene:
        await scene.client.close()
        await scene.gateway.closed(session_id(scene.client))
        began = time.monotonic()
        scene.terminate()
        await scene.ends()
        assert least < time.monotonic() - began < most
        assert scene.backend.latest.heard == []


# --- The session moves

WELCOME = "from the next one"


@dataclass
class Move:
    """A session on one of two backends."""

    gateway: Gateway
    client: ClientConnection
    old: Recording
    new: Recording

    async def leave(self) -> None:
        await leave(self.gateway, self.old.url)


async def leave(gateway, url: str) -> None:
    """An operator drains the session's endpoint: it has the other one from now on, and this one is heard until it has no more to say."""
    assert gateway.request("POST", f"/api/v1/upstreams/backend/drain?endpoint={url}").status == 202
    await eventually(lambda: gateway.metric("roadstead_reattachments_total", result="moved") == 1, "the session has moved")


@contextlib.asynccontextmanager
async def moving(start_gateway):
    async def welcome(attachment):
        if attachment.attach == 2:
            await attachment.connection.send(WELCOME)

    async with recording_backend(welcome) as one, recording_backend(welcome) as other:
        gateway = start_gateway(**relay(one.url, other.url, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            await eventually(lambda: one.attachments or other.attachments, "a backend got the session")
            yield Move(gateway, client, *((one, other) if one.attachments else (other, one)))


def halves(size: int) -> tuple[bytes, bytes, bytes]:
    """A message of 256 different bytes over and over, and the two frames of which it is made."""
    message = bytes(range(256)) * (size // 256)
    middle = size // 2
    begin, end = frame(BINARY, message[:middle], final=False, masked=False), frame(CONTINUATION, message[middle:], masked=False)
    return message, begin, end


def passed(gateway) -> float:
    """Bytes of messages that came from backends, those of unfinished ones included."""
    return gateway.metric("roadstead_message_bytes_total", route="relay", direction="sent")


SIZES = pytest.mark.parametrize("size", [8 * KIB, 4 * MIB], ids=["collected", "streamed"])


@SIZES
async def test_a_message_whose_beginning_has_come_comes_whole_when_the_session_moves(start_gateway, size):
    message, begin, end = halves(size)
    async with moving(start_gateway) as move:
        old = move.old.latest.connection
        receiving = asyncio.create_task(move.client.recv())
        old.transport.write(begin)
        await eventually(lambda: passed(move.gateway) == size // 2, "the gateway has the beginning")
        await move.leave()
        await stays(lambda: old.state is State.OPEN, "the old backend may finish what it says", 1)
        old.transport.write(end)
        assert await receiving == message
        assert await move.client.recv() == WELCOME
        await eventually(lambda: old.close_code is not None, "the old backend is told")
        assert (old.close_code, old.close_reason) == (1001, "moved")
        await move.client.send("hello")
        assert await move.client.recv() == "got hello"
        assert move.new.latest.heard == ["hello"] and move.old.latest.heard == []


BEGINNINGS = {
    "empty-fragment": (frame(TEXT, b"", final=False, masked=False), frame(CONTINUATION, b"hello", masked=False)),
    "frame-header": (frame(TEXT, b"hello", masked=False)[:2], b"hello"),
}


@pytest.mark.parametrize("name", BEGINNINGS)
async def test_a_message_of_which_nothing_can_be_seen_yet_comes_as_well(start_gateway, name):
    begin, end = BEGINNINGS[name]
    async with moving(start_gateway) as move:
        old = move.old.latest.connection
        old.transport.write(begin)
        await asyncio.sleep(0.2)
        await move.leave()
        await stays(lambda: old.state is State.OPEN, "the old backend may finish what it says", 1)
        old.transport.write(end)
        assert [await asyncio.wait_for(move.client.recv(), 5) for _ in range(2)] == ["hello", WELCOME]


@SIZES
async def test_a_message_that_crosses_the_farewell_comes_whole(start_gateway, size):
    message, begin, end = halves(size)
    is_told, may_end = asyncio.Event(), asyncio.Event()

    async def handler(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(filled(answer(), head))
        if b"Roadstead-Attach: 1\r\n" not in head:
            writer.write(frame(TEXT, WELCOME.encode(), masked=False))
        else:
            assert await read_frame(reader) == (0x80 | CLOSE, struct.pack("!H", 1001) + b"moved")
            is_told.set()
            writer.write(begin)
            await may_end.wait()
            writer.write(end + frame(CLOSE, struct.pack("!H", 1001), masked=False))
        await reader.read()

    async with backends.tcp_backend(handler) as one, backends.tcp_backend(handler) as other:
        gateway = start_gateway(**relay(one.url, other.url, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            receiving = asyncio.create_task(client.recv())
            old = next(url for url in (one.url, other.url) if gateway.endpoint(url)["sessions"])
            await leave(gateway, old)
            await is_told.wait()
            await eventually(lambda: passed(gateway) == size // 2, "the gateway has the beginning")
            await stays(lambda: gateway.endpoint(old)["connections"]["closing"] == 1, "the old backend may finish what it says", 1)
            may_end.set()
            assert await receiving == message
            assert await client.recv() == WELCOME
            await eventually(lambda: gateway.endpoint(old)["connections"]["closing"] == 0, "nothing is left of the old connection")


class Talk:
    """A backend says numbers, so that it is heard although it is being left, until `stop`."""

    def __init__(self, connection):
        self.said: list[str] = []
        self._connection = connection
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            text = str(len(self.said))
            await self._connection.send(text)
            self.said.append(text)
            await asyncio.sleep(0.03)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def test_the_close_of_a_backend_that_is_being_left_is_the_clients(start_gateway):
    async with moving(start_gateway) as move:
        old = move.old.latest.connection
        talk = Talk(old)
        await move.leave()
        await talk.stop()
        await old.close(4001, "bye")
        heard = []
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                heard.append(await asyncio.wait_for(move.client.recv(), 5))
        assert heard == talk.said
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "bye")
        record = await move.gateway.closed(session_id(move.client))
        assert (record["closed_by"], record["cause"], record["code"], record["reason"]) == ("upstream", "upstream_closed", 4001, "bye")
        new = move.new.latest.connection
        await eventually(lambda: new.close_code is not None, "the new backend is told")
        assert (new.close_code, new.close_reason) == (1001, "upstream_closed")


@pytest.mark.parametrize("code", [1001, 1012, 1013])
async def test_a_backend_that_is_being_left_may_go_away(start_gateway, code):
    async with moving(start_gateway) as move:
        old = move.old.latest.connection
        talk = Talk(old)
        await move.leave()
        await talk.stop()
        await old.close(code, "so long")
        await move.client.send("hello")
        heard = [await move.client.recv() for _ in range(len(talk.said) + 2)]
        assert heard == [*talk.said, WELCOME, "got hello"]
        assert len(move.old.attachments) == len(move.new.attachments) == 1


# --- A peer is slow

IDLE = 1.5
IDLE_ROUTE = {**ROUTE, "timeouts": {"idle": f"{IDLE * 1000:.0f}ms"}}
LARGE = bytes(range(256)) * (12 * MIB // 256)
# A narrow line brings some 32 KiB in this time, and the large message in more than twice `IDLE`.
DELAY = 0.01


def queued(gateway) -> float:
    return gateway.metric("roadstead_queued_bytes")


async def drained(gateway) -> float:
    """Waits until all of the large message has been queued and has left the queue; returns when that was."""
    await eventually(lambda: queued(gateway) > len(LARGE) / 2, "the message is queued")
    began = time.monotonic()
    await eventually(lambda: queued(gateway) == 0, "the queue is empty", 30)
    assert time.monotonic() - began > 2 * IDLE, "it was not slow enough"
    return time.monotonic()


async def assert_closed_for_idleness(gateway, client, since: float) -> None:
    await asyncio.wait_for(client.wait_closed(), 20)
    assert (client.close_code, client.close_reason) == (1000, "idle for too long")
    assert 0.9 * IDLE < time.monotonic() - since < 4 * IDLE
    assert (await gateway.closed(session_id(client)))["cause"] == "idle_timeout"


async def test_a_client_that_takes_a_long_message_slowly_is_not_idle(start_gateway):
    async def handler(connection):
        await connection.send(LARGE)
        await connection.wait_closed()

    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=IDLE_ROUTE, upstream=UPSTREAM))
        async with fault_relay(gateway.port, is_narrow=True) as line:
            line.from_target.delay = DELAY
            async with connect(gateway, "/relay/room", port=line.port) as client:
                receiving = asyncio.create_task(client.recv())
                since = await drained(gateway)
                assert gateway.session(session_id(client))["state"] == "open"
                assert await receiving == LARGE
                await assert_closed_for_idleness(gateway, client, since)


async def test_a_client_whose_backend_takes_a_long_message_slowly_is_not_idle(start_gateway):
    async with recording_backend(answers=False) as backend, fault_relay(backend.port, is_narrow=True) as line:
        gateway = start_gateway(**relay(line.url, route=IDLE_ROUTE, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            await eventually(lambda: backend.attachments, "the backend got the session")
            line.to_target.delay = DELAY
            await client.send(LARGE)
            since = await drained(gateway)
            assert gateway.session(session_id(client))["state"] == "open"
            await assert_closed_for_idleness(gateway, client, since)
            await eventually(lambda: backend.latest.heard, "the message is heard")
            assert backend.latest.heard == [LARGE]


# --- A backend is slow

async def test_a_backend_that_answers_before_it_was_asked_is_refused(start_gateway):
    """It has taken a part of the request, and the rest would be in front of the first message."""
    async def handler(reader, writer):
        beginning = await reader.readuntil(b"Sec-WebSocket-Version: 13\r\n")
        writer.write(filled(answer(), beginning))
        await asyncio.Event().wait()

    async with backends.tcp_backend(handler, is_narrow=True) as backend:
        gateway = start_gateway(limits={"header": "1MiB"}, **relay(backend.url, upstream=PATIENT))
        response = await refusal(gateway, "/relay/room", additional_headers={"X-Long": "x" * 1000 * KIB})
        assert response.status_code == 502
        assert b"answered before the request was sent whole" in response.body
        await eventually(lambda: gateway.metric("roadstead_queued_bytes") == 0, "nothing of the request is left")


async def test_what_is_sent_and_might_have_to_be_sent_again_counts_as_queued(start_gateway):
    """A message of which a backend has taken a part is kept whole for the next one."""
    has_taken, may_go_on = asyncio.Event(), asyncio.Event()
    heard = b""

    async def handler(reader, writer):
        nonlocal heard
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(filled(answer(), head))
        while len(heard) < len(LARGE):
            heard += (await read_frame(reader))[1]
            if len(heard) >= 3 * MIB:
                has_taken.set()
                await may_go_on.wait()
        await reader.read()

    async with backends.tcp_backend(handler, is_narrow=True) as backend:
        gateway = start_gateway(**relay(backend.url, route={**ROUTE, "continuity": {"buffer": "16MiB"}}, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            await client.send(LARGE)
            await has_taken.wait()
            await eventually(
                lambda: gateway.metric("roadstead_messages_total", route="relay", direction="received") == 1, "the gateway has all of it")
            assert queued(gateway) >= len(LARGE)
            may_go_on.set()
            await eventually(lambda: len(heard) == len(LARGE), "the backend has all of it")
            assert heard == LARGE
            await eventually(lambda: queued(gateway) == 0, "nothing is kept of what was sent")
