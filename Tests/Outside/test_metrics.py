"""/metrics: valid for Prometheus, and true."""

import socket
import subprocess

import pytest

import backends
from clients import RawClient, connect, session_id, upgrade_head
from gateway import Gateway, relay
from waiting import eventually, wait_until

NAMES = [
    "roadstead_sessions", "roadstead_sessions_opened_total", "roadstead_sessions_closed_total", "roadstead_session_duration_seconds",
    "roadstead_handshake_duration_seconds", "roadstead_handshake_failures_total", "roadstead_upgrade_refusals_total",
    "roadstead_messages_total", "roadstead_message_bytes_total", "roadstead_heartbeat_rtt_seconds",
    "roadstead_queued_bytes", "roadstead_slow_client_total", "roadstead_upstream_state",
    "roadstead_upstream_connections", "roadstead_upstream_connect_duration_seconds", "roadstead_loop_lag_seconds",
    "roadstead_loop_utilization_ratio", "roadstead_tls_certificate_expiry_timestamp_seconds", "roadstead_build_info",
    "process_open_fds", "process_resident_memory_bytes", "process_cpu_seconds_total",
]  # fmt: skip


async def test_promtool_accepts_them(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            await client.send("hello")
            await client.recv()
            page = gateway.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    run = subprocess.run(["promtool", "check", "metrics"], input=page.text, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0 and not run.stderr.strip(), run.stdout + run.stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_is_described(metrics_page, name):
    assert f"# HELP {name} " in metrics_page
    assert f"# TYPE {name} " in metrics_page


@pytest.fixture(scope="module")
def metrics_page(tmp_path_factory, certificates):
    """What /metrics says after a relayed session, a refusal and a failed handshake."""
    with backends.python_backend() as backend:
        gateway = Gateway(tmp_path_factory.mktemp("metrics"), certificates, **relay(backend.url)).start()
        for path, status in (("/relay/room", 101), ("/nowhere", 404)):
            with RawClient.tls(gateway) as client:
                client.send(upgrade_head(path))
                assert client.read_head()[0] == status
        with RawClient(gateway.port) as stranger:
            stranger.send(b"no handshake at all")
            stranger.socket.shutdown(socket.SHUT_WR)
            wait_until(lambda: gateway.metric("roadstead_handshake_failures_total") == 1, "the failure is counted")
        wait_until(lambda: gateway.metric("roadstead_sessions_closed_total", route="relay") == 1, "the session's end is counted")
        yield gateway.get("/metrics").text
        gateway.stop()


async def test_openmetrics_is_there_for_who_asks(echo_gateway):
    answer = echo_gateway.request("GET", "/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_sessions_and_messages_are_counted(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            for _ in range(5):
                await client.send("12345678")
                await client.recv()
            assert gateway.metric("roadstead_sessions", route="relay", state="open") == 1
            assert gateway.metric("roadstead_sessions_opened_total", route="relay") == 1
            assert gateway.metric("roadstead_messages_total", route="relay") == 10
            assert gateway.metric("roadstead_message_bytes_total", route="relay") == 80
        await gateway.closed(session_id(client))
        assert gateway.metric("roadstead_sessions_closed_total", route="relay", closed_by="client", cause="normal") == 1
        await eventually(lambda: gateway.metric("roadstead_sessions") == 0, "no session is left")


async def test_no_label_holds_a_session_id(echo_gateway):
    async with connect(echo_gateway) as client:
        assert session_id(client) not in echo_gateway.get("/metrics").text
