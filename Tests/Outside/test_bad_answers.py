"""Upstreams whose answer to the upgrade is wrong cost the client a 502 that says why, a 503 or a 504, and nothing is left of the attempt."""

import asyncio
import contextlib
import socket
import struct

import pytest

import backends
from answers import answer, filled
from bad_answers import ACCEPTED, REFUSED
from clients import TEXT, RawClient, frame, upgrade_head
from gateway import relay
from test_refusals import assert_refusal
from waiting import eventually

# A refusal here is no reason to shun the endpoint, and no wait follows it.
PATIENT = {
    "pool": {"warm": 0, "connect_timeout": "1s", "queue_timeout": "1s"}, "health": {"kind": "none"}, "outlier": {"failures": 0},
    "reconnect": {"initial": "1ms", "maximum": "1ms"},
}  # fmt: skip
REFUSALS = "roadstead_upgrade_refusals_total"


async def ask(gateway) -> tuple[int, dict[str, str], str]:
    """The whole answer to an upgrade through the relay."""

    def ask_blocking():
        with RawClient.tls(gateway) as client:
            client.send(upgrade_head("/relay/room"))
            answer = client.read_response()
            client.read_end()
            return answer

    return await asyncio.to_thread(ask_blocking)


def answering(case_data: bytes):
    async def handler(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(filled(case_data, request))
        # It leaves the end to the gateway.
        await reader.read()

    return handler


async def assert_refused(start_gateway, handler, status: int, says: str) -> None:
    begun, ended = [], []

    async def watched(reader, writer):
        begun.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        ended.append(writer)

    async with backends.tcp_backend(watched) as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=PATIENT))
        refused = await ask(gateway)
        assert_refusal(refused, status)
        assert says in refused[2]
        assert gateway.metric(REFUSALS, status=str(status)) == gateway.metric(REFUSALS) == 1
        await eventually(lambda: not gateway.sessions(), "no session is left")
        await eventually(lambda: gateway.metric("roadstead_upstream_connections") == 0, "no lease is left")
        await eventually(lambda: begun and len(ended) == len(begun), "the backend sees the end of each connection")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
async def test_a_wrong_answer_is_a_502(start_gateway, case):
    await assert_refused(start_gateway, answering(case.data), case.status, case.says)


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED.keys())
@pytest.mark.parametrize("piece", [1 << 20, 1], ids=["whole", "in-single-bytes"])
async def test_what_is_unusual_and_right_is_taken(start_gateway, data, piece):
    async def greet(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        said = filled(data, request) + frame(TEXT, b"welcome", masked=False)
        for start in range(0, len(said), piece):
            writer.write(said[start : start + piece])
            await writer.drain()
        await reader.read()

    async with backends.tcp_backend(greet) as backend:
        gateway = start_gateway(loops=1, **relay(backend.url, upstream=PATIENT))

        def hear():
            with RawClient.tls(gateway) as client:
                client.upgrade("/relay/room")
                return client.read_message()

        assert await asyncio.to_thread(hear) == (TEXT, b"welcome")
        assert gateway.metric(REFUSALS) == 0


async def drip(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    for byte in filled(answer(), request):
        writer.write(bytes([byte]))
        await writer.drain()
        # Far slower than connect_timeout allows.
        await asyncio.sleep(0.1)


async def drip_interim(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("handler", [drip, drip_interim])
async def test_an_answer_that_drips_is_a_504(start_gateway, handler):
    await assert_refused(start_gateway, handler, 504, "too slow")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 1", answer()[:-2]], ids=["nothing", "half-a-line", "all-but-the-end"])
@pytest.mark.parametrize("way", ["fin", "reset"])
async def test_an_endpoint_that_only_breaks_off_is_a_503(start_gateway, said, way):
    """It is tried again as long as a session may wait for an endpoint (`queue_timeout`); no answer says anything, so none is told."""

    async def leave(reader, writer):
        request = await reader.readuntil(b"\r\n\r\n")
        writer.write(filled(said, request))
        await writer.drain()
        if way == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    await assert_refused(start_gateway, leave, 503, "no healthy upstream")
