"""What `on_slow_client` does to a client that does not read: wait for it, drop what is old, or close it."""

import asyncio
import socket
import struct

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import BINARY, CLOSE, RawClient, connect, frame, session_id
from gateway import ECHO, relay
from waiting import eventually, wait_until

KIB, MIB = 1 << 10, 1 << 20
MESSAGE_BYTES = 4 * KIB
# Far more than the kernel's socket buffers hold between the two ends.
MESSAGES = 6000
OUTBOUND = 256 * KIB
HEARTBEAT = {"interval": "60s", "timeout": "60s"}


def numbered(number: int, size: int = MESSAGE_BYTES) -> bytes:
    return number.to_bytes(4, "big") * (size // 4)


def route(action: str, **more) -> dict:
    return {"limits": {"outbound": OUTBOUND, "on_slow_client": action}, "heartbeat": HEARTBEAT, **more}


def counted(gateway, action: str) -> float:
    return gateway.metric("roadstead_slow_client_total", action=action)


class SlowReader(RawClient):
    """A client that reads only when it is told to."""

    def __init__(self, gateway, secure: bool = True):
        super().__init__(gateway.port, gateway.tls_context() if secure else None, seconds=20)

    def send_numbers(self, count: int) -> None:
        """Sends numbered messages under the mask 0, which leaves them as they are."""
        head = struct.pack("!BBH4x", 0x80 | BINARY, 0x80 | 126, MESSAGE_BYTES)
        for number in range(count):
            self.send(head + numbered(number))

    def read_numbers(self, last: int) -> list[int]:
        """The numbers of the messages that come, checked to be whole, until the last one."""
        numbers = []
        while not numbers or numbers[-1] != last:
            opcode, payload = self.read_message()
            assert opcode == BINARY, (opcode, payload)
            numbers.append(int.from_bytes(payload[:4], "big"))
            assert payload == numbered(numbers[-1])
        return numbers


def flooding(messages: int = MESSAGES):
    """A handler that sends the numbered messages, and tells that it is done."""
    done = asyncio.Event()

    async def handler(connection):
        for number in range(messages):
            await connection.send(numbered(number))
        done.set()
        await connection.wait_closed()

    return handler, done


def assert_ordered_with_the_newest(gateway, numbers: list[int]) -> None:
    assert numbers == sorted(set(numbers)), "in order, none twice"
    # What is left of the queue when three quarters of it are kept, at the least, is the newest without a gap.
    kept = OUTBOUND // 2 // (MESSAGE_BYTES + 4)
    assert numbers[-kept:] == list(range(MESSAGES - kept, MESSAGES))
    assert len(numbers) < MESSAGES, "nothing was dropped"
    assert counted(gateway, "drop_oldest") == MESSAGES - len(numbers), "each dropped message is counted, and no other"


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
async def test_a_slow_reader_of_a_relay_gets_the_newest(start_gateway, secure):
    handler, done = flooding()
    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=route("drop_oldest")), listener=None if secure else {"tls": None})
        with SlowReader(gateway, secure) as client:
            await asyncio.to_thread(client.upgrade, "/relay/room")
            # The backend is never held up, though nobody reads.
            await asyncio.wait_for(done.wait(), 40)
            await eventually(lambda: counted(gateway, "drop_oldest") > 0, "messages were dropped")
            assert gateway.metric("roadstead_queued_bytes") <= OUTBOUND + 128 * KIB
            assert_ordered_with_the_newest(gateway, await asyncio.to_thread(client.read_numbers, MESSAGES - 1))
            assert counted(gateway, "pause") == 0


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
def test_a_slow_reader_of_its_own_echo_gets_the_newest(start_gateway, secure):
    gateway = start_gateway(routes=[{**ECHO, **route("drop_oldest")}], listener=None if secure else {"tls": None})
    with SlowReader(gateway, secure) as client:
        client.upgrade()
        client.send_numbers(MESSAGES)
        wait_until(lambda: gateway.metric("roadstead_messages_total", direction="received") == MESSAGES, "all was read")
        assert_ordered_with_the_newest(gateway, client.read_numbers(MESSAGES - 1))


async def test_a_message_larger_than_the_queue_is_waited_for_and_not_cut(start_gateway):
    large = bytes(range(256)) * 4 * KIB * 4  # 4 MiB: streamed to the client in fragments
    handled = asyncio.Event()

    async def handler(connection):
        for _ in range(4):
            await connection.send(large)
        await connection.send(b"end")
        handled.set()
        await connection.wait_closed()

    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=route("drop_oldest")))
        with SlowReader(gateway) as client:
            await asyncio.to_thread(client.upgrade, "/relay/room")
            await eventually(lambda: counted(gateway, "pause") > 0, "the backend waits")
            assert not handled.is_set()
            assert gateway.metric("roadstead_queued_bytes") <= OUTBOUND + 512 * KIB

            def read() -> list[bytes]:
                messages = []
                while not messages or messages[-1] != b"end":
                    messages.append(client.read_message()[1])
                return messages

            messages = await asyncio.to_thread(read)
    assert messages[-1] == b"end" and all(message == large for message in messages[:-1])


async def test_dropping_costs_the_same_however_many_messages_wait(start_gateway):
    # 100,000 messages of eight bytes at a time in a queue of 1 MiB; a cost per message that grew with the queue would take hours.
    total = 1_200_000

    async def handler(connection):
        raw = connection.transport
        for start in range(0, total, 10_000):
            raw.write(b"".join(b"\x82\x08" + number.to_bytes(8, "big") for number in range(start, start + 10_000)))
            while raw.get_write_buffer_size() > MIB:
                await asyncio.sleep(0.001)
        await connection.wait_closed()

    async with backends.backend(handler) as backend:
        limits = {"limits": {"outbound": "1MiB", "on_slow_client": "drop_oldest"}, "heartbeat": HEARTBEAT}
        gateway = start_gateway(loops=1, **relay(backend.url, route=limits))
        with SlowReader(gateway) as client:
            await asyncio.to_thread(client.upgrade, "/relay/room")
            await eventually(
                lambda: gateway.metric("roadstead_messages_total", route="relay", direction="sent") == total, "all were passed on", 50)
            assert counted(gateway, "drop_oldest") > 100_000

            def read_last() -> list[int]:
                numbers = []
                while not numbers or numbers[-1] != total - 1:
                    numbers.append(int.from_bytes(client.read_frame()[1], "big"))
                return numbers

            numbers = await asyncio.to_thread(read_last)
            assert numbers == sorted(set(numbers)) and len(numbers) == total - counted(gateway, "drop_oldest")


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
async def test_a_slow_client_is_closed(start_gateway, secure):
    handler, _ = flooding()
    async with backends.backend(handler) as backend:
        timeouts = {"timeouts": {"close": "1s"}}
        gateway = start_gateway(**relay(backend.url, route=route("close", **timeouts)), listener=None if secure else {"tls": None})
        with SlowReader(gateway, secure) as client:
            identifier = (await asyncio.to_thread(client.upgrade, "/relay/room"))["roadstead-session"]
            record = await gateway.closed(identifier)
        assert (record["closed_by"], record["cause"], record["code"], record["stage"]) == ("gateway", "slow_client", 1013, "open")
        assert counted(gateway, "close") == 1 and counted(gateway, "pause") == 0
        told = await backend.connection()
        await eventually(lambda: told.close_code is not None, "the backend is told")
        assert told.close_code == 1001
        # It had not read, so it was cut: nothing of it is left.
        await eventually(lambda: gateway.metric("roadstead_queued_bytes") == 0, "nothing of it is left")


async def test_one_that_breaks_the_protocol_gets_no_more_than_the_limit_either(start_gateway):
    """Its backend is heard for a moment longer; what a backend sends without end is not all queued."""
    async def flood(connection):
        await connection.recv()
        while True:
            await connection.send(bytes(64 * KIB))

    async with backends.backend(flood) as backend:
        gateway = start_gateway(**relay(backend.url, route=route("close", timeouts={"close": "2s"})))
        with SlowReader(gateway) as client:
            await asyncio.to_thread(client.upgrade, "/relay/x")
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(client.send, frame(BINARY, b"go") + frame(BINARY, b"x", reserved=2))
            most = 0
            while gateway.sessions("state=closed") == []:
                most = max(most, await asyncio.to_thread(gateway.metric, "roadstead_queued_bytes"))
                await asyncio.sleep(0.02)
        assert 0 < most < OUTBOUND + 4 * 64 * KIB
        assert gateway.sessions("state=closed")[0]["close"]["cause"] == "protocol_error"


async def test_a_client_closed_for_slowness_that_reads_again_is_told_why(start_gateway):
    handler, _ = flooding()
    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=route("close", timeouts={"close": "10s"})))
        with SlowReader(gateway) as client:
            identifier = (await asyncio.to_thread(client.upgrade, "/relay/room"))["roadstead-session"]
            await eventually(lambda: counted(gateway, "close") == 1, "it was closed")

            def read() -> tuple[list[bytes], bytes]:
                messages = []
                while True:
                    opcode, payload = client.read_frame()
                    if opcode == CLOSE:
                        return messages, payload
                    messages.append(payload)

            messages, close = await asyncio.to_thread(read)
            assert struct.unpack("!H", close[:2])[0] == 1013
            assert messages == [numbered(number) for number in range(len(messages))], "what was sent before is whole"
        assert (await gateway.closed(identifier))["cause"] == "slow_client"


async def test_a_slow_reader_of_its_own_echo_is_closed(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, **route("close", timeouts={"close": "1s"})}])
    with SlowReader(gateway) as client:
        identifier = client.upgrade()["roadstead-session"]
        sending = asyncio.create_task(asyncio.to_thread(_send_until_cut, client))
        assert (await gateway.closed(identifier, 20))["cause"] == "slow_client"
        await sending


def _send_until_cut(client: SlowReader) -> None:
    with pytest.raises(OSError):
        client.send_numbers(1 << 20)


@pytest.mark.parametrize("action", ["drop_oldest", "close"])
async def test_a_client_that_reads_notices_nothing(start_gateway, action):
    handler, _ = flooding()
    async with backends.backend(handler) as backend:
        limits = {"limits": {"outbound": "64MiB", "on_slow_client": action}}
        gateway = start_gateway(**relay(backend.url, route=limits))
        async with connect(gateway, "/relay/room") as client:
            for number in range(MESSAGES):
                assert await client.recv() == numbered(number)
            await client.close()
        assert (await gateway.closed(session_id(client)))["code"] == 1000
        assert counted(gateway, "drop_oldest") == counted(gateway, "close") == 0


async def test_a_dropping_session_that_is_kicked_is_told(start_gateway):
    handler, done = flooding()
    async with backends.backend(handler) as backend:
        gateway = start_gateway(**relay(backend.url, route=route("drop_oldest")))
        async with connect(gateway, "/relay/room", max_queue=4) as client:
            await asyncio.wait_for(done.wait(), 40)
            assert (await asyncio.to_thread(gateway.request, "DELETE", f"/api/v1/sessions/{session_id(client)}")).status == 204
            numbers = []
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    numbers.append(int.from_bytes((await client.recv())[:4], "big"))
            assert closed.value.rcvd.code == 1008
            assert numbers == sorted(set(numbers)) and numbers[-1] == MESSAGES - 1
