"""How a session ends that has no upstream at the moment, and that nothing of it is left."""

import asyncio
import time

import pytest

from clients import connect, reset, session_id
from faults import Behaviour, fault_relay
from losing import end, invalid_text, masked_frame, silence, stage
from losing import reset as lose_by_reset
from test_closing import closing_of
from waiting import eventually, stays

CODE_OF_A_KICK = 4008


async def nothing_is_left(scene) -> None:
    """No session, no lease, nobody who waits; and when the backend is back, nobody comes for the session."""
    gateway = scene.gateway
    await eventually(lambda: gateway.metric("roadstead_sessions") == 0, "no session is counted")

    def is_empty() -> bool:
        endpoint = gateway.endpoint(scene.line.url)
        numbers = endpoint["connections"]
        return (endpoint["sessions"], endpoint["waiting"], numbers["leased"], numbers["closing"], gateway.upstream()["waiting"]) == (0,) * 5

    await eventually(is_empty, "no lease is held and nobody waits")
    assert gateway.metric("roadstead_queued_bytes") == 0
    scene.mend()
    async with connect(gateway, "/relay/room") as later:
        await later.send("later")
        assert await later.recv() == "got later"
        assert [attachment.session for attachment in scene.backend.attachments[1:]] == [session_id(later)]


async def client_closes(scene) -> dict:
    await scene.client.close(4321, "enough")
    assert scene.client.close_code == 4321
    return {"closed_by": "client", "cause": "normal", "code": 4321, "reason": "enough"}


async def client_resets(scene) -> dict:
    reset(scene.client)
    return {"closed_by": "network", "cause": "reset", "code": 1006}


async def operator_kicks(scene) -> dict:
    assert scene.gateway.request("DELETE", f"/api/v1/sessions/{scene.identifier}?code={CODE_OF_A_KICK}&reason=out").status == 204
    assert await closing_of(scene.client) == (CODE_OF_A_KICK, "out")
    return {"closed_by": "gateway", "cause": "kicked", "code": CODE_OF_A_KICK, "reason": "out"}


async def client_offends(scene) -> dict:
    scene.client.transport.write(b"\xff\xff")
    assert (await closing_of(scene.client))[0] == 1002
    return {"closed_by": "gateway", "cause": "protocol_error", "code": 1002}


@pytest.mark.parametrize("leave", [client_closes, client_resets, operator_kicks, client_offends], ids=lambda leave: leave.__name__)
@pytest.mark.parametrize("kept", [0, 20])
async def test_a_detached_session_may_end(start_gateway, leave, kept):
    async with stage(start_gateway) as scene:
        await scene.detach(end)
        for number in range(kept):
            await scene.client.send(f"kept {number}")
        if kept:
            await eventually(lambda: scene.session["received"]["messages"] == kept, "the messages are kept")
        expected = await leave(scene)
        record = await scene.gateway.closed(scene.identifier)
        assert {**expected, "stage": "detached"}.items() <= record.items()
        assert scene.reattachments("reattached") == 0
        assert scene.gateway.metric("roadstead_reattachments_total", route="relay") == 1
        await nothing_is_left(scene)


async def test_hold_passes(start_gateway):
    async with stage(start_gateway, {"hold": "1s"}) as scene:
        started = time.monotonic()
        await scene.detach(lose_by_reset)
        await scene.client.send("never heard")
        assert (await closing_of(scene.client))[0] == 1013
        assert 0.9 < time.monotonic() - started < 4
        record = await scene.gateway.closed(scene.identifier)
        assert (record["cause"], record["code"], record["stage"]) == ("upstream_unavailable", 1013, "detached")
        assert scene.reattachments("expired") == 1
        await nothing_is_left(scene)


async def test_hold_begins_anew_with_each_loss(start_gateway):
    async with stage(start_gateway, {"hold": "2s"}) as scene:
        for attach in (2, 3, 4):
            await scene.detach(end)
            await stays(lambda: scene.session["state"] == "detached", "the session is detached", 1)
            scene.mend()
            await scene.attached(attach)
        assert scene.client.close_code is None


async def test_the_lifetime_ends_a_detached_session_too(start_gateway):
    async with stage(start_gateway, route={"timeouts": {"lifetime": "1s"}}) as scene:
        await scene.detach(end)
        assert (await closing_of(scene.client))[0] == 1000
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"], record["stage"]) == ("gateway", "lifetime", "detached")
        await nothing_is_left(scene)


async def test_the_heartbeat_goes_on_while_detached(start_gateway):
    route = {"heartbeat": {"interval": "200ms", "timeout": "500ms"}}
    async with stage(start_gateway, route=route) as scene:
        await scene.detach(end)
        beats = scene.gateway.metric("roadstead_heartbeat_rtt_seconds_count", route="relay")
        await eventually(
            lambda: scene.gateway.metric("roadstead_heartbeat_rtt_seconds_count", route="relay") >= beats + 3, "three beats are answered"
        )
        assert scene.session["state"] == "detached"
        scene.mend()
        await scene.attached(2)


async def test_a_client_that_dies_while_detached_is_found(start_gateway):
    route = {"heartbeat": {"interval": "300ms", "timeout": "700ms"}}
    async with stage(start_gateway, route=route) as scene, fault_relay(scene.gateway.port) as outer:
        second = await connect(scene.gateway, "/relay/room", port=outer.port, close_timeout=0.1)
        scene.line.refuse()
        scene.line.reset_all()
        await eventually(lambda: scene.gateway.session(session_id(second))["state"] == "detached", "the second session is detached")
        link = outer.link_from(second)
        for flow in (link.to_target, link.from_target):
            flow.behaviour = Behaviour()
            flow.behaviour.stall()
        record = await scene.gateway.closed(session_id(second), 5)
        assert (record["closed_by"], record["cause"], record["stage"]) == ("network", "heartbeat_timeout", "detached")
        # The first one is alive and still held.
        assert scene.session["state"] == "detached"
        await second.close()
        scene.mend()
        await eventually(lambda: scene.session["state"] == "open", "the first session is open again")


@pytest.mark.parametrize("lose", [lose_by_reset, end, silence], ids=lambda lose: lose.__name__)
async def test_a_loss_during_the_clients_close_is_no_loss(start_gateway, lose):
    async with stage(start_gateway) as scene:
        # The close does not reach the backend, so that nobody has answered it when the upstream is lost.
        scene.link.to_target.behaviour = Behaviour()
        scene.link.to_target.behaviour.stall()
        closing = asyncio.create_task(scene.client.close(1000, "bye"))
        await eventually(lambda: scene.session["state"] in ("closing", "closed"), "the session is closing")
        await lose(scene)
        await asyncio.wait_for(closing, 10)
        assert scene.client.close_code == 1000
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"], record["code"]) == ("client", "normal", 1000)
        await nothing_is_left_but_the_line(scene)


async def test_a_loss_during_a_kick_is_no_loss(start_gateway):
    async with stage(start_gateway) as scene:
        scene.link.to_target.behaviour = Behaviour()
        scene.link.to_target.behaviour.stall()
        assert scene.gateway.request("DELETE", f"/api/v1/sessions/{scene.identifier}").status == 204
        await lose_by_reset(scene)
        assert (await closing_of(scene.client))[0] == 1008
        assert (await scene.gateway.closed(scene.identifier))["cause"] == "kicked"
        await nothing_is_left_but_the_line(scene)


@pytest.mark.parametrize(("offend", "code"), [(masked_frame, 1002), (invalid_text, 1007)], ids=["masked_frame", "invalid_text"])
async def test_a_backend_that_breaks_the_protocol_is_no_loss(start_gateway, offend, code):
    """The next one would do the same."""
    async with stage(start_gateway) as scene:
        await offend(scene)
        received, reason = await closing_of(scene.client)
        assert received == 1011 and reason.startswith("protocol error of the upstream: ")
        record = await scene.gateway.closed(scene.identifier)
        assert (record["closed_by"], record["cause"], record["code"], record["stage"]) == ("upstream", "protocol_error", 1011, "open")
        await eventually(lambda: scene.attachment.connection.close_code == code, "the backend is told")
        assert scene.gateway.metric("roadstead_reattachments_total", route="relay") == 0
        await nothing_is_left_but_the_line(scene)


async def nothing_is_left_but_the_line(scene) -> None:
    """The same where the line was never refused."""
    scene.line.refuse()
    await nothing_is_left(scene)


async def test_sessions_without_a_backend_leave_with_the_gateway(start_gateway):
    """SIGTERM closes the detached as it closes all others."""
    async with stage(start_gateway) as scene:
        await scene.detach(end)
        stopping = asyncio.create_task(asyncio.to_thread(scene.gateway.stop))
        assert (await closing_of(scene.client))[0] == 1001
        await stopping
