"""What was on its way when the upstream was lost: half messages, full buffers, slow clients."""

import asyncio
import contextlib

import pytest
from websockets.exceptions import ConnectionClosed

from clients import BINARY, CONTINUATION, TEXT, frame
from losing import end, reset, silence, stage
from recording import answer
from test_slow_peers import MIB, Flood, drain_in_order, numbered
from waiting import eventually, standstill

KIB = 1 << 10


class Pieces:
    """A client's message in fragments, of which each waits to be let go."""

    def __init__(self, client, *parts: str | bytes):
        self.whole = parts[0][:0].join(parts)
        self._next = asyncio.Semaphore(0)
        self.sent = 0
        self.task = asyncio.create_task(client.send(self._fragments(parts)))

    async def _fragments(self, parts):
        for part in parts:
            await self._next.acquire()
            yield part
            self.sent += 1

    async def let_go(self, count: int = 1) -> None:
        """Sends so many more fragments."""
        wanted = self.sent + count
        for _ in range(count):
            self._next.release()
        await eventually(lambda: self.sent >= wanted, f"{wanted} fragments are sent")


PARTS = {
    "small": ("he", "llo ", "wor", "ld"),
    "empty-fragments": (b"", b"a", b"", b"b"),
    # More than is collected before a message is streamed, less than `buffer`.
    "streamed": ("s" * 50_000, "t" * 50_000, "u" * 50_000, "v" * 50_000),
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS.keys())
@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize("lose", [reset, end, silence], ids=lambda lose: lose.__name__)
async def test_a_client_in_mid_message_sends_it_whole_and_once(start_gateway, lose, before, parts):
    async with stage(start_gateway, answers=False) as scene:
        pieces = Pieces(scene.client, *parts)
        await pieces.let_go(before)
        first, link = scene.attachment, scene.link
        if sum(map(len, parts[:before])) > 64 * KIB:
            await eventually(lambda: link.to_target.passed > 32 * KIB, "the message streams")
        await scene.detach(lose)
        # The rest comes half while detached, half when open again; or all at once when there is one piece.
        await pieces.let_go(1)
        if before < 3:
            scene.mend()
            await scene.attached(2)
            await pieces.let_go(3 - before)
        await pieces.task
        await scene.client.send("next")
        if before == 3:
            scene.mend()
            await scene.attached(2)
        await scene.hears(pieces.whole, "next")
        assert first.heard == []


@pytest.mark.parametrize("cut", [1, 5, 700, 5000], ids=["in-a-header", "in-a-mask", "in-a-payload", "near-the-end"])
async def test_a_client_in_mid_frame_sends_it_whole_and_once(start_gateway, cut):
    payload = b"mid-frame " * 500
    whole = frame(BINARY, payload)
    async with stage(start_gateway, answers=False) as scene:
        scene.client.transport.write(whole[:cut])
        await scene.detach(reset)
        scene.client.transport.write(whole[cut:])
        scene.mend()
        await scene.attached(2)
        await scene.client.send("next")
        await scene.hears(payload, "next")


async def test_a_first_message_cut_by_the_loss_is_replayed_once(start_gateway):
    async with stage(start_gateway, {"replay_first": 2}, answers=False) as scene:
        pieces = Pieces(scene.client, "log", "in")
        await pieces.let_go()
        await scene.detach(reset)
        scene.mend()
        await scene.attached(2)
        await pieces.let_go()
        await scene.client.send("second")
        await scene.client.send("third")
        await scene.hears("login", "second", "third")
        scene.attachment.connection.transport.abort()
        await scene.attached(3)
        await scene.hears("login", "second")


async def test_a_message_larger_than_the_buffer_is_never_halved(start_gateway):
    """Too large to be kept: it may cost the session, but the backend never sees a part of it as a message."""
    parts = ["x" * 100 * KIB] * 6
    async with stage(start_gateway, {"buffer": "128KiB"}, answers=False) as scene:
        pieces = Pieces(scene.client, *parts)
        await pieces.let_go(4)
        scene.line.refuse()
        await reset(scene)
        await eventually(lambda: scene.session["state"] in ("detached", "closed"), "the loss is noticed")
        scene.mend()
        if not scene.session["close"]:
            with contextlib.suppress(ConnectionClosed):
                await pieces.let_go(2)
                await pieces.task
        await eventually(lambda: scene.session["close"] or scene.attachment.heard, "it came, or the session ended")
        if record := scene.session["close"]:
            assert (record["code"], record["cause"]) == (1012, "upstream_lost")
        assert [message for attachment in scene.backend.attachments for message in attachment.heard] in ([], [pieces.whole])
        pieces.task.cancel()


async def write(scene, data: bytes) -> None:
    """Bytes from the backend, right or wrong, that have left the relay."""
    flow = scene.link.from_target
    wanted = flow.passed + len(data)
    scene.attachment.connection.transport.write(data)
    await eventually(lambda: flow.passed >= wanted, "the bytes have passed the relay")


@pytest.mark.parametrize("size", [100, 60 * KIB, 200 * KIB], ids=["small", "collected", "large"])
@pytest.mark.parametrize("lose", [reset, end, silence], ids=lambda lose: lose.__name__)
async def test_an_upstream_message_cut_by_the_loss_is_never_begun(start_gateway, lose, size):
    async def repeat(attachment):
        if attachment.attach > 1:
            await attachment.connection.send("whole " + "r" * size)

    async with stage(start_gateway, welcome=repeat) as scene:
        await scene.client.send("before")
        assert await scene.client.recv() == "got before"
        # Half of a message of one frame, then of one of two fragments.
        await write(scene, frame(TEXT, b"half " + b"h" * size, masked=False)[: size // 2])
        await scene.detach(lose)
        scene.mend()
        await scene.attached(2)
        assert await scene.client.recv() == "whole " + "r" * size
        await write(scene, frame(TEXT, b"half " + b"h" * size, final=False, masked=False))
        await scene.detach(lose)
        scene.mend()
        await scene.attached(3)
        assert await scene.client.recv() == "whole " + "r" * size
        await scene.client.send("after")
        assert await scene.client.recv() == "got after"


async def test_an_upstream_message_that_already_streams_closes_the_client(start_gateway):
    async with stage(start_gateway, {"buffer": "64KiB"}, client={"max_queue": None}) as scene:
        begun = asyncio.Event()

        async def listen():
            async for _ in scene.client.recv_streaming():
                begun.set()

        listening = asyncio.create_task(listen())
        write = scene.attachment.connection.transport.write
        write(frame(BINARY, b"b" * 200 * KIB, final=False, masked=False))
        write(frame(CONTINUATION, b"c" * 200 * KIB, final=False, masked=False))
        await asyncio.wait_for(begun.wait(), 5)
        scene.line.refuse()
        await reset(scene)
        with pytest.raises(ConnectionClosed) as closed:
            await listening
        assert closed.value.rcvd.code == 1012
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"], record["code"]) == ("upstream", "upstream_lost", 1012)


@pytest.mark.deadline(120)
@pytest.mark.parametrize("buffer", [1, 64, 256])
async def test_a_full_buffer_stops_reading_the_client(start_gateway, buffer):
    heard = 0

    async def listen(attachment):
        nonlocal heard
        if attachment.attach == 2:
            await drain_in_order(attachment.connection)
            heard += 1

    # Pings wait behind the flood, and must not end it.
    patient = {"heartbeat": {"interval": "60s", "timeout": "60s"}}
    async with stage(start_gateway, {"buffer": f"{buffer}KiB"}, patient, patient, welcome=listen, backend={"max_queue": 4}) as scene:
        await scene.detach(reset)
        before = scene.gateway.resident_bytes
        flood = Flood(scene.client)
        sent = await standstill(lambda: flood.sent)
        # One read may overshoot the limit by what was in its buffer.
        assert 0 < scene.session["queued_bytes"] <= buffer * KIB + 128 * KIB
        assert scene.gateway.resident_bytes - before < 16 * MIB
        assert scene.session["state"] == "detached"
        scene.mend()
        await flood.task
        assert flood.sent > sent
        await eventually(lambda: heard == 1, "everything is heard in order, once", 60)


@pytest.mark.deadline(120)
@pytest.mark.parametrize("lose", [reset, end], ids=lambda lose: lose.__name__)
async def test_a_slow_client_gets_what_was_whole_and_then_the_rest(start_gateway, lose):
    floods = []

    async def flood(attachment):
        if attachment.attach == 1:
            floods.append(Flood(attachment.connection))
        else:
            await attachment.connection.send(b"the second one speaks")

    patient = {"heartbeat": {"interval": "60s", "timeout": "60s"}}
    route = {"limits": {"outbound": "64KiB"}, **patient}
    async with stage(start_gateway, None, route, patient, welcome=flood, client={"max_queue": 4}) as scene:
        await standstill(lambda: floods[0].sent)
        await lose(scene)
        # The client reads again; until then nobody need have noticed.
        number = 0
        while (message := await asyncio.wait_for(scene.client.recv(), 20)) != b"the second one speaks":
            assert message == numbered(number)
            number += 1
        assert number > 0
        await scene.attached(2)
        await scene.client.send("after")
        assert await scene.client.recv() == answer("after")
