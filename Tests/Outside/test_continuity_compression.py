"""A session outlives its upstream where one leg compresses, or both, or the next upstream does not (RFC 7692)."""

import asyncio
import hashlib
import itertools

import pytest

from compressing import chatter, connect
from faults import Behaviour
from gateway import relay
from losing import UPSTREAM, closing_with, end, half_close, reset, silence, stage
from recording import recording_backend
from test_continuity_flow import Pieces
from waiting import eventually, standstill

# Options of the client and of the backend.
LEGS = {"both legs": ("deflate", "deflate"), "the client's leg": ("deflate", None), "the upstream's leg": (None, "deflate")}
# A stalled upstream is not found to be dead.
PATIENT = {"heartbeat": {"interval": "60s", "timeout": "60s"}}
MESSAGES = ["", "short", chatter(2000), "🌊" * 2000, bytes(100_000), chatter(120_000)]


def noise(count: int, seed: int = 0) -> str:
    """So many characters that compress to about half."""
    digests = (hashlib.sha512(f"{seed} {number}".encode()).hexdigest() for number in itertools.count())
    return "".join(itertools.islice(digests, count // 128 + 1))[:count]


def compressing(client, backend, **options):
    """The options of a stage."""
    return {"client": {"compression": client}, "backend": {"compression": backend}, **options}


def agreed(attachment) -> bool:
    return bool(attachment.connection.protocol.extensions)


@pytest.mark.parametrize("lose", [reset, end, half_close, silence, closing_with(1012)], ids=lambda lose: lose.__name__)
@pytest.mark.parametrize("legs", LEGS.values(), ids=LEGS.keys())
async def test_a_client_outlives_the_loss(start_gateway, legs, lose):
    async with stage(start_gateway, continuity={"replay_first": 1}, answers=False, **compressing(*legs)) as scene:
        hello, before = chatter(1000), chatter(5000)
        await scene.client.send(hello)
        await scene.client.send(before)
        await scene.hears(hello, before)
        for round in range(2):
            attaches = len(scene.backend.attachments)
            await scene.detach(lose)
            for message in MESSAGES:
                await scene.client.send(message)
            scene.mend()
            await scene.attached(attaches + 1)
            after = f"after {round} {chatter(500)}"
            await scene.client.send(after)
            await scene.hears(hello, *MESSAGES, after)
            await scene.attachment.connection.send(after)
            assert await scene.client.recv() == after


@pytest.mark.parametrize("takeover", [False, True], ids=["no takeover", "takeover"])
@pytest.mark.parametrize("order", [("deflate", None), (None, "deflate"), ("deflate", "deflate")], ids=["gone", "new", "kept"])
async def test_the_next_upstream_agrees_by_itself(start_gateway, order, takeover):
    """Messages that wait for a stalled upstream go to the next one, each whole and once, whatever either has agreed to."""
    first, second = order
    route = {"compression": {"context_takeover": takeover}, "limits": {"outbound": "64KiB"}}
    async with recording_backend(answers=False, compression=second) as other:
        async with stage(start_gateway, answers=False, route=route, upstream=PATIENT, **compressing("deflate", first)) as scene:
            lost, link = scene.attachment, scene.link
            assert agreed(lost) is bool(first)
            link.to_target.behaviour = Behaviour()
            link.to_target.behaviour.stall()
            sent = [f"{number} {noise(30_000, number)}" if number % 5 else bytes(20_000) + bytes([number % 256]) for number in range(800)]
            sender = asyncio.create_task(send_all(scene.client, sent))
            await standstill(lambda: scene.session["received"]["messages"])
            assert not sender.done(), "the client is held back"
            scene.line.target = other.port
            link.reset()
            await sender
            await scene.client.send("the end")
            await eventually(lambda: other.attachments and other.latest.heard[-1:] == ["the end"], "the last message is heard")
            assert agreed(other.latest) is bool(second)
            # What had left the gateway whole went down with the first; nothing else is missing, and nothing is there twice.
            heard = other.latest.heard
            assert heard == [*sent, "the end"][-len(heard) :]
            assert lost.heard == sent[: len(lost.heard)] and len(heard) > 10
            await other.latest.connection.send(noise(50_000))
            assert await scene.client.recv() == noise(50_000)


async def send_all(client, messages) -> None:
    for message in messages:
        await client.send(message)


async def test_a_stalled_upstream_holds_back_the_client_by_what_would_have_to_be_kept(start_gateway):
    """Compressed a thousand times, messages are no smaller once they wait for another upstream."""
    route = {"limits": {"message": "64MiB", "outbound": "1MiB"}}
    async with stage(start_gateway, answers=False, route=route, upstream=PATIENT, **compressing("deflate", "deflate")) as scene:
        link = scene.link
        link.to_target.behaviour = Behaviour()
        link.to_target.behaviour.stall()
        filling = 0
        # The kernel takes a while to be full for good.
        while await standstill(lambda: scene.gateway.metric("roadstead_queued_bytes"), 0.3) < 30_000:
            for _ in range(40):
                await scene.client.send(noise(20_000, filling))
                filling += 1
        before = scene.gateway.resident_bytes
        sent = [bytes(4 << 20) + bytes([number]) for number in range(100)]
        sender = asyncio.create_task(send_all(scene.client, sent))
        # What the gateway does not read, and what it could still write, the kernel holds.
        await standstill(lambda: scene.session["received"]["messages"])
        assert scene.gateway.resident_bytes - before < 16 << 20
        await scene.detach(reset)
        assert 1 << 20 < scene.session["queued_bytes"] < 8 << 20
        assert scene.gateway.resident_bytes - before < 48 << 20
        scene.mend()
        await sender
        await eventually(lambda: scene.attachment.heard[-1:] == sent[-1:], "the last message is heard", 30)
        assert scene.attachment.heard[-100:] == sent


@pytest.mark.parametrize("second", [None, "deflate"], ids=["to a plain upstream", "to a compressing upstream"])
@pytest.mark.parametrize("client", [None, "deflate"], ids=["a plain client", "a compressing client"])
@pytest.mark.parametrize("before", [1, 2, 3])
async def test_a_streamed_message_that_is_cut_is_sent_whole_and_once(start_gateway, client, second, before):
    parts = tuple(noise(70_000 if number == 0 else 30_000, number) for number in range(4))
    async with recording_backend(answers=False, compression=second) as other:
        async with stage(start_gateway, answers=False, **compressing(client, "deflate")) as scene:
            pieces = Pieces(scene.client, *parts)
            await pieces.let_go(before)
            first, link = scene.attachment, scene.link
            await eventually(lambda: link.to_target.passed > 35_000, "the message streams, compressed")
            await scene.detach(reset)
            scene.line.target = other.port
            scene.mend()
            await scene.reaches("open")
            await pieces.let_go(len(parts) - before)
            await scene.client.send(chatter(1000))
            await eventually(lambda: other.attachments and len(other.latest.heard) == 2, "both are heard")
            assert other.latest.heard == [pieces.whole, chatter(1000)] and first.heard == []


async def test_a_streamed_message_of_which_too_much_would_have_to_be_kept_is_cut(start_gateway):
    """A megabyte that was sent as a kilobyte is a megabyte again for the next upstream: more than `buffer`."""
    continuity = {"buffer": "64KiB"}
    async with stage(start_gateway, continuity=continuity, answers=False, **compressing("deflate", "deflate")) as scene:
        before = scene.link.to_target.passed
        pieces = Pieces(scene.client, "0" * 900_000, "end")
        await pieces.let_go(1)
        await eventually(lambda: scene.link.to_target.passed > before + 300, "the message streams, compressed")
        await standstill(lambda: scene.link.to_target.passed, 0.3)
        scene.link.reset()
        await scene.client.wait_closed()
        assert scene.client.close_code == 1012


@pytest.mark.parametrize("size", [20_000, 200_000])
@pytest.mark.parametrize("legs", LEGS.values(), ids=LEGS.keys())
async def test_an_upstream_message_that_is_cut_is_never_begun(start_gateway, legs, size):
    async with stage(start_gateway, answers=False, **compressing(*legs)) as scene:
        link = scene.link
        link.from_target.after(5000, link.reset)
        await scene.attachment.connection.send(noise(size))
        await scene.attached(2)
        for message in MESSAGES:
            await scene.attachment.connection.send(message)
            assert await scene.client.recv() == message


async def test_an_endpoint_that_is_drained_hands_over_to_one_that_does_not_compress(start_gateway):
    async with recording_backend(compression="deflate") as first, recording_backend() as second:
        gateway = start_gateway(**relay(first.url, second.url, upstream=UPSTREAM))
        async with connect(gateway, "/relay/room") as client:
            await client.send(chatter(3000))
            assert await client.recv() == "got " + chatter(3000)
            (session,) = gateway.sessions()
            here, there = (first, second) if first.attachments else (second, first)
            gateway.request("POST", f"/api/v1/upstreams/backend/drain?endpoint={session['upstream']['endpoint']}")
            await eventually(lambda: there.attachments, "the session moves")
            for message in (chatter(5000), "short"):
                await client.send(message)
                assert await client.recv() == "got " + message
            assert there.latest.heard[-2:] == [chatter(5000), "short"] and len(here.latest.heard) >= 1
