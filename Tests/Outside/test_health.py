"""Active checks: what each kind finds, in which words, and what becomes of sessions."""

import asyncio
import ssl
import time

import pytest

from backends import tcp_backend
from clients import connect, refusal, session_id
from faults import Mode, fault_relay
from gateway import relay
from health import becomes, checks, deaf_port, doctored_backend, upgrade_and_ignore
from losing import reset, stage
from ports import free_port
from recording import recording_backend
from waiting import eventually, stays

NO_WARM = {"pool": {"warm": 0}}
STATES = {"down": 0, "up": 1, "ejected": 2, "draining": 3}


@pytest.mark.parametrize("status", [200, 204, 301, 308, 400, 404, 500, 503])
async def test_http_wants_a_status_below_400(start_gateway, status):
    state = "up" if status < 400 else "down"
    async with doctored_backend() as backend:
        backend.doctor.says(status)
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks("http")}))
        word = "ok" if state == "up" else "http_status"
        await becomes(gateway, backend.url, state, word)
        assert gateway.metric("roadstead_upstream_state", upstream="backend", endpoint=backend.url) == STATES[state]
        assert gateway.metric("roadstead_upstream_checks_total", result=word) > 0
        backend.doctor.says(200)
        await becomes(gateway, backend.url, "up", "ok")


async def test_it_takes_some_failures_to_fall_and_some_successes_to_rise(start_gateway):
    async with doctored_backend() as backend:
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks("http", "100ms", rise=2, fall=3)}))

        async def has_said(count: int, *statuses: int) -> None:
            backend.doctor.says(*statuses)
            wanted = backend.doctor.checks + count
            await eventually(lambda: backend.doctor.checks >= wanted, f"{count} checks")

        await becomes(gateway, backend.url, "up", "ok")
        await has_said(9, 500, 500, 200)
        await stays(lambda: gateway.endpoint(backend.url)["state"] == "up", "two failures in a row are not enough", 0.5)
        await has_said(2, 200)
        backend.doctor.says(500)
        before = backend.doctor.checks
        await becomes(gateway, backend.url, "down", "http_status")
        assert backend.doctor.checks - before >= 3
        await has_said(8, 200, 500)
        await stays(lambda: gateway.endpoint(backend.url)["state"] == "down", "one success is not enough", 0.5)
        await has_said(2, 500)
        backend.doctor.says(200)
        before = backend.doctor.checks
        await becomes(gateway, backend.url, "up", "ok")
        assert backend.doctor.checks - before >= 2


@pytest.mark.parametrize("kind", ["tcp", "http", "websocket"])
async def test_nobody_listens(start_gateway, kind):
    async with doctored_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream={**NO_WARM, "health": checks(kind)}))
        await becomes(gateway, line.url, "up", "ok")
        line.refuse()
        await becomes(gateway, line.url, "down", "l4_refused")
        line.listen()
        await becomes(gateway, line.url, "up", "ok")


@pytest.mark.parametrize("kind", ["tcp", "http", "websocket"])
async def test_nobody_accepts(start_gateway, kind):
    with deaf_port() as port:
        url = f"ws://127.0.0.1:{port}"
        gateway = start_gateway(**relay(url, upstream={**NO_WARM, "health": checks(kind)}))
        await becomes(gateway, url, "down", "l4_timeout")


@pytest.mark.parametrize("kind, word", [("http", "http_timeout"), ("websocket", "http_timeout")])
async def test_somebody_accepts_and_says_nothing(start_gateway, kind, word):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        line.mode = Mode.BLACK_HOLE
        gateway = start_gateway(**relay(line.url, upstream={**NO_WARM, "health": checks(kind)}))
        await becomes(gateway, line.url, "down", word)
        line.mode = Mode.FORWARD
        if kind == "websocket":
            await becomes(gateway, line.url, "up", "ok")


async def test_tcp_is_content_with_a_connection(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        line.mode = Mode.BLACK_HOLE
        gateway = start_gateway(**relay(line.url, upstream={**NO_WARM, "health": checks("tcp")}))
        await becomes(gateway, line.url, "up", "ok")
        # A check does not leave its connection behind.
        await eventually(lambda: len(line.links) >= 5, "five checks")
        assert line.most_at_once <= 2


async def test_an_upgrade_without_pongs_is_no_health(start_gateway):
    async with tcp_backend(upgrade_and_ignore) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks("websocket")}))
        await becomes(gateway, backend.url, "down", "ws_no_pong")


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_gibberish_is_no_health(start_gateway, kind):
    async def babble(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    async with tcp_backend(babble) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks(kind)}))
        await becomes(gateway, backend.url, "down", "http_invalid")


async def test_a_websocket_check_wants_a_101(start_gateway):
    async with doctored_backend() as backend:
        backend.doctor.upgrade_status = 403
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks("websocket")}))
        await becomes(gateway, backend.url, "down", "http_status")


@pytest.mark.parametrize("kind", ["tcp", "http", "websocket"])
async def test_tls_is_a_part_of_every_check(start_gateway, certificates, kind):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    async with doctored_backend(scheme="wss", ssl=context) as backend:
        # Without `ca` nobody vouches for the backend.
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks(kind)}))
        await becomes(gateway, backend.url, "down", "tls_failed")
        gateway.stop()
        tls = {"ca": str(certificates / "ca.pem"), "server_name": "localhost"}
        gateway = start_gateway(**relay(backend.url, upstream={**NO_WARM, "health": checks(kind), "tls": tls}))
        await becomes(gateway, backend.url, "up", "ok")


async def test_none_asks_nobody(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream={**NO_WARM, "health": checks("none")}))
        await stays(lambda: not line.links, "nobody connects", 1)
        endpoint = gateway.endpoint(line.url)
        assert (endpoint["state"], endpoint["last_check"]) == ("up", None)


async def test_who_is_down_gets_no_sessions_but_keeps_its_own(start_gateway):
    async with doctored_backend() as sick, doctored_backend() as well:
        upstream = {**NO_WARM, "health": checks("http"), "balance": "round_robin"}
        gateway = start_gateway(loops=1, **relay(sick.url, well.url, upstream=upstream))
        early = [await connect(gateway, "/relay/room") for _ in range(2)]
        assert len(sick.attachments) == len(well.attachments) == 1
        sick.doctor.says(500)
        await becomes(gateway, sick.url, "down")
        late = [await connect(gateway, "/relay/room") for _ in range(6)]
        assert (len(sick.attachments), len(well.attachments)) == (1, 7)
        for client in early:
            await client.send("hello")
            assert await client.recv() == "got hello"
        sick.doctor.says(200)
        await becomes(gateway, sick.url, "up")
        late += [await connect(gateway, "/relay/room") for _ in range(2)]
        assert len(sick.attachments) == 2
        for client in early + late:
            await client.close()


async def test_recovery_is_noticed_within_one_interval(start_gateway):
    """Backoff may have grown to ten seconds by then; the interval counts."""
    upstream = {"health": checks("tcp", "500ms", rise=1, fall=1), "reconnect": {"initial": "100ms", "maximum": "10s"}}
    async with stage(start_gateway, upstream=upstream) as scene:
        await scene.detach(reset)
        await becomes(scene.gateway, scene.line.url, "down")
        await stays(lambda: scene.session["state"] == "detached", "nobody is there", 4)
        back = time.monotonic()
        scene.mend()
        await scene.attached(2)
        assert time.monotonic() - back < 0.5 + 0.7
        await becomes(scene.gateway, scene.line.url, "up", "ok", 1)


@pytest.mark.parametrize("health", ["none", "tcp"])
async def test_an_endpoint_that_never_answered_is_refused_at_once(start_gateway, health):
    url = f"ws://127.0.0.1:{free_port()}"
    gateway = start_gateway(**relay(url, upstream={**NO_WARM, "health": checks(health)}))
    if health == "tcp":
        await becomes(gateway, url, "down")
    started = time.monotonic()
    assert (await refusal(gateway, "/relay/room")).status_code == 502
    assert time.monotonic() - started < 2


async def test_an_endpoint_that_was_never_heard_takes_too_long(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        line.mode = Mode.BLACK_HOLE
        upstream = {"pool": {"warm": 0, "connect_timeout": "500ms"}, "health": checks("none")}
        gateway = start_gateway(**relay(line.url, upstream=upstream))
        started = time.monotonic()
        assert (await refusal(gateway, "/relay/room")).status_code == 504
        assert 0.4 < time.monotonic() - started < 3


@pytest.mark.parametrize("health", ["none", "tcp", "websocket"])
async def test_sessions_wait_for_an_upstream_that_was_up(start_gateway, health):
    upstream = {"pool": {"warm": 0, "queue_timeout": "2s"}, "health": checks(health, "100ms", rise=1, fall=1)}
    async with stage(start_gateway, upstream=upstream) as scene:
        await scene.detach(reset)
        started = time.monotonic()
        refused = await refusal(scene.gateway, "/relay/late")
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1
        assert 1.5 < time.monotonic() - started < 5

        waiting = asyncio.create_task(connect(scene.gateway, "/relay/patient").__aenter__())
        await eventually(lambda: scene.gateway.upstream()["waiting"] >= 1, "somebody waits")
        scene.mend()
        client = await asyncio.wait_for(waiting, 5)
        assert scene.gateway.session(session_id(client))["state"] == "open"
        await client.close()
        await scene.reaches("open")
