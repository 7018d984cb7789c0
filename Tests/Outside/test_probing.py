"""A dead endpoint is probed by the process, not by each session that wants it; and the log tells what changed, not what was tried."""

import asyncio
import contextlib

import pytest

from clients import connect
from faults import Mode, fault_relay
from gateway import relay
from health import checks
from recording import recording_backend
from waiting import eventually, stays

SESSIONS = 300
SECONDS = 3
# What is tried in that time at most, whatever the number of sessions.
ATTEMPTS = 30
UPSTREAM = {"pool": {"warm": 4, "connect_timeout": "1s", "queue_timeout": "60s"}, "reconnect": {"initial": "100ms", "maximum": "1s"}}


@contextlib.asynccontextmanager
async def crowd(start_gateway, health: dict, warm: int = 4, **sections):
    """Hundreds of sessions at one endpoint behind a relay."""
    pool = {**UPSTREAM["pool"], "warm": warm}
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream={**UPSTREAM, "pool": pool, "health": health}), **sections)
        clients = []
        for _ in range(SESSIONS // 20):
            clients += await asyncio.gather(*(connect(gateway, "/relay/room", compression=None, open_timeout=30) for _ in range(20)))
        yield gateway, backend, line, clients
        await asyncio.gather(*(client.close() for client in clients))


async def all_are(gateway, state: str) -> None:
    await eventually(
        lambda: gateway.metric("roadstead_sessions", route="relay", state=state) == SESSIONS, f"all sessions are {state}", 20
    )


async def all_go_on(gateway, backend, clients) -> None:
    """Every session is open again, and answers; an upgrade that took too long on a busy machine may have been tried again."""
    await all_are(gateway, "open")
    assert 2 * SESSIONS <= len(backend.attachments) <= 2.2 * SESSIONS
    for client in clients:
        await client.send("after")
    for client in clients:
        assert await asyncio.wait_for(client.recv(), 10) == "got after"


def attempts_told(gateway) -> float:
    """Probes and checks by the gateway's own count."""
    return gateway.metric("roadstead_upstream_reconnects_total") + gateway.metric("roadstead_upstream_checks_total")


HEALTH = pytest.mark.parametrize("health", [checks("none"), checks("tcp", "1s", rise=1, fall=2)], ids=["no-checks", "tcp-checks"])


@HEALTH
@pytest.mark.deadline(120)
async def test_a_refusing_endpoint_is_not_stormed(start_gateway, health):
    async with crowd(start_gateway, health) as (gateway, backend, line, clients):
        before = attempts_told(gateway)
        line.refuse()
        line.reset_all()
        await all_are(gateway, "detached")
        await eventually(lambda: gateway.endpoint(line.url)["connections"]["backing_off"] >= 1, "the wait between attempts is told")
        await stays(lambda: attempts_told(gateway) - before <= ATTEMPTS, "few attempts", SECONDS)
        line.listen()
        await all_go_on(gateway, backend, clients)


@HEALTH
@pytest.mark.parametrize("mode", [Mode.RESET, Mode.BLACK_HOLE], ids=["accepts-and-resets", "accepts-and-says-nothing"])
@pytest.mark.deadline(120)
async def test_an_endpoint_that_accepts_is_tried_one_at_a_time(start_gateway, health, mode):
    # Without warm connections, so that what is counted are attempts.
    async with crowd(start_gateway, health, warm=0) as (gateway, backend, line, clients):
        # Held for a moment, so that two at a time would be seen.
        line.mode, line.patience, before = mode, 0.03, len(line.links)

        def are_few() -> bool:
            return len(line.links) - before <= ATTEMPTS

        line.reset_all()
        await all_are(gateway, "detached")
        # All were lost in one moment: even then it is not one attempt for each.
        await stays(are_few, "few connections at first", 1)
        line.most_at_once = 0
        await stays(are_few, "few connections", SECONDS)
        # The relay may still hold the probe that let a session try; more are too many.
        assert line.most_at_once <= 2
        assert len(line.links) > before, "nobody tries any more"
        line.mode = Mode.FORWARD
        await all_go_on(gateway, backend, clients)


@pytest.mark.deadline(120)
async def test_the_log_tells_of_changes_and_not_of_attempts(start_gateway):
    health = checks("tcp", "200ms", rise=1, fall=2)
    async with crowd(start_gateway, health, log={"level": "info"}) as (gateway, backend, line, clients):

        def lines() -> list[str]:
            return [text for text in gateway.log.splitlines() if line.url in text and "session closed" not in text]

        quiet = len(lines())
        for _ in range(2):
            line.refuse()
            line.reset_all()
            await all_are(gateway, "detached")
            await eventually(lambda: gateway.endpoint(line.url)["state"] == "down", "it is down")
            down = len(lines())
            assert down > quiet, "the change was not told"
            await stays(lambda: len(lines()) == down, "attempts are not told", 2)
            line.listen()
            await all_are(gateway, "open")
            await eventually(lambda: gateway.endpoint(line.url)["state"] == "up", "it is up")
        # Down and up, twice, and perhaps why.
        assert len(lines()) - quiet <= 8, lines()
