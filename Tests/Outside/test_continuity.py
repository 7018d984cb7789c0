"""A client outlives its backend: whatever the loss was, the session goes on at the next one."""

import asyncio

import pytest

from clients import connect, session_id
from fleet import NODE, PYTHON, fleet
from gateway import relay
from losing import UPSTREAM, WAYS, closing_with, end, reset, stage
from recording import answer, recording_backend
from test_closing import closing_of
from waiting import eventually, stays

KEPT = [f"kept {number}" if number % 3 else f"kept {number}".encode() for number in range(30)]


async def answers(client, messages) -> None:
    """The backend's answers to these come next, in order."""
    for message in messages:
        assert await asyncio.wait_for(client.recv(), 10) == answer(message)


@pytest.mark.parametrize("lose", WAYS, ids=lambda lose: lose.__name__)
async def test_a_client_outlives_the_loss(start_gateway, lose):
    async with stage(start_gateway) as scene:
        await scene.client.send("before")
        await answers(scene.client, ["before"])
        await scene.detach(lose)
        assert scene.gateway.metric("roadstead_sessions", route="relay", state="detached") == 1
        for message in KEPT:
            await scene.client.send(message)

        first, identifier = scene.attachment, scene.identifier
        scene.mend()
        second = await scene.attached(2)
        assert (second.attach, second.session) == (2, identifier)
        await answers(scene.client, KEPT)
        assert first.heard == ["before"] and second.heard == KEPT
        assert scene.session["upstream"] == {"name": "backend", "endpoint": scene.line.url, "attach": 2}
        assert scene.reattachments("reattached") == 1
        assert scene.gateway.metric("roadstead_reattach_duration_seconds_count") == 1

        await scene.client.send("after")
        await answers(scene.client, ["after"])
    assert scene.gateway.metric("roadstead_sessions_closed_total", route="relay", closed_by="client", cause="normal") == 1


@pytest.mark.parametrize("lose", WAYS, ids=lambda lose: lose.__name__)
async def test_without_hold_the_client_is_closed_at_once(start_gateway, lose):
    async with stage(start_gateway, {"hold": "0s"}) as scene:
        await lose(scene)
        assert (await closing_of(scene.client))[0] == 1012
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"], record["code"]) == ("upstream", "upstream_lost", 1012)
        await stays(lambda: len(scene.backend.attachments) == 1, "nobody attaches again", 0.5)


@pytest.mark.parametrize("program", [PYTHON, NODE], ids=["python", "node"])
async def test_a_client_outlives_a_kill_9(start_gateway, tmp_path, program):
    with fleet(tmp_path, program) as (member,):
        gateway = start_gateway(**relay(member.url, upstream=UPSTREAM))
        async with connect(gateway, "/relay/somebody") as client:

            async def send(numbers: range) -> None:
                for number in numbers:
                    await client.send(f"c somebody {number}")

            async def acknowledged(numbers: range) -> None:
                for number in numbers:
                    assert await asyncio.wait_for(client.recv(), 10) == f"a somebody {number}"

            for first in (0, 20, 40):
                before, meanwhile = range(first, first + 10), range(first + 10, first + 20)
                await send(before)
                await acknowledged(before)
                member.kill()
                await eventually(lambda: gateway.session(session_id(client))["state"] == "detached", "the session is detached")
                await send(meanwhile)
                await asyncio.to_thread(member.start)
                await acknowledged(meanwhile)
            session = gateway.session(session_id(client))
            assert (session["state"], session["upstream"]["attach"]) == ("open", 4)
        # The backend's own log: attachment and number of each message that it read.
        receipts = [(int(words[2]), int(words[3])) for life in member.lives for words in life.lines() if words[0] == "receipt"]
        assert receipts == [((number + 10) // 20 + 1, number) for number in range(60)]
        assert gateway.metric("roadstead_reattachments_total", route="relay", result="reattached") == 3


async def test_another_endpoint_takes_over_at_once(start_gateway):
    async with recording_backend() as one, recording_backend() as other:
        # Everything but warm connections is as by default.
        gateway = start_gateway(**relay(one.url, other.url))
        async with connect(gateway, "/relay/room") as client:
            await client.send("before")
            await answers(client, ["before"])
            first, second = (one, other) if one.attachments else (other, one)
            first.latest.connection.transport.abort()
            await eventually(lambda: second.attachments, "the other endpoint has the session", 2)
            await client.send("after")
            await answers(client, ["after"])
            assert (second.latest.attach, second.latest.heard) == (2, ["after"])
            assert gateway.session(session_id(client))["upstream"] == {"name": "backend", "endpoint": second.url, "attach": 2}


async def test_every_loss_is_outlived(start_gateway):
    async with stage(start_gateway) as scene:
        for round_number, lose in enumerate(WAYS, 1):
            await scene.detach(lose)
            await scene.client.send(f"{round_number}")
            scene.mend()
            attachment = await scene.attached(round_number + 1)
            assert attachment.attach == round_number + 1
            await answers(scene.client, [f"{round_number}"])
            assert attachment.heard == [f"{round_number}"]
        assert scene.reattachments("reattached") == len(WAYS)


@pytest.mark.parametrize("count, replayed", [(0, 0), (1, 1), (2, 2), (3, 3)])
async def test_the_first_messages_are_replayed(start_gateway, count, replayed):
    said = ["login", b"subscribe", "third", "fourth"]
    async with stage(start_gateway, {"replay_first": count}) as scene:
        for message in said:
            await scene.client.send(message)
        await answers(scene.client, said)
        for attach in (2, 3):
            await scene.detach(end)
            await scene.client.send(f"kept {attach}")
            scene.mend()
            await scene.attached(attach)
            await answers(scene.client, [*said[:replayed], f"kept {attach}"])
            await scene.hears(*said[:replayed], f"kept {attach}")


async def test_a_first_message_that_was_kept_is_not_replayed_before_itself(start_gateway):
    async with stage(start_gateway, {"replay_first": 3}) as scene:
        await scene.client.send("login")
        await answers(scene.client, ["login"])
        await scene.detach(reset)
        for message in ("subscribe", "third", "fourth"):
            await scene.client.send(message)
        scene.mend()
        await scene.attached(2)
        await answers(scene.client, ["login", "subscribe", "third", "fourth"])
        await scene.hears("login", "subscribe", "third", "fourth")
        # Now all three have been said, and `fourth` is none of them.
        scene.attachment.connection.transport.abort()
        await scene.attached(3)
        await scene.hears("login", "subscribe", "third")


@pytest.mark.parametrize("code", [1000, 1008, 1011, 3000, 4321])
async def test_a_close_that_is_no_loss_closes_the_client(start_gateway, code):
    async with stage(start_gateway) as scene:
        await closing_with(code)(scene)
        assert await closing_of(scene.client) == (code, "see you")
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"]) == ("upstream", "normal" if code == 1000 else "upstream_closed")
        await stays(lambda: len(scene.backend.attachments) == 1, "nobody attaches again", 0.5)
        assert scene.gateway.metric("roadstead_reattachments_total") == 0
