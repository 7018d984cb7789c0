"""A client that half-closes, resets or leaves at any stage of its life leaves nothing behind: no session, no descriptor, no lease."""

import socket
import struct
from dataclasses import dataclass

import pytest

import backends
from bad_heads import head
from clients import BINARY, CLOSE, TEXT, RawClient, frame, upgrade_head
from gateway import ECHO, Gateway, relay
from ports import free_port
from waiting import wait_until

MESSAGE = frame(BINARY, b"x" * 5000)

# By name: the bytes that bring a client there, and the state that its session has then.
BEFORE_THE_UPGRADE = {
    "after-tls": (b"", "upgrading"),
    "in-the-request-line": (head()[:5], "upgrading"),
    "in-a-field": (head()[:60], "upgrading"),
    "before-the-last-byte": (head()[:-1], "upgrading"),
}
OPEN = {
    "after-the-upgrade": b"",
    "in-a-frame-header": MESSAGE[:1],
    "in-a-long-frame-header": MESSAGE[:6],
    "in-a-payload": MESSAGE[:2000],
    "in-a-control-frame": frame(0x9, b"ping" * 20)[:30],
    "between-fragments": frame(TEXT, b"one", final=False),
    "in-a-fragment": frame(TEXT, b"one", final=False) + frame(0, b"two" * 100)[:50],
    "after-its-close": frame(CLOSE, b"\x03\xe8"),
    "after-an-offence": frame(0x3, b""),
}


def half_close(client: RawClient) -> None:
    """FIN, and still there to read."""
    client.socket.shutdown(socket.SHUT_WR)


def reset(client: RawClient) -> None:
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()


def leave(client: RawClient) -> None:
    """FIN, and nobody reads any more."""
    client.socket.close()


WAYS = pytest.mark.parametrize("way", [half_close, reset, leave], ids=lambda way: way.__name__)
SECURE = pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])


@dataclass
class Stage:
    """One gateway with a listener of each kind, in front of a backend process."""

    gateway: Gateway
    plain: int
    descriptors: int

    def client(self, secure: bool) -> RawClient:
        return RawClient.tls(self.gateway) if secure else RawClient(self.plain)

    def assert_empty(self) -> None:
        wait_until(lambda: not self.gateway.sessions(), "no session is left", 3)
        wait_until(lambda: self.gateway.metric("roadstead_upstream_connections") == 0, "no lease is left", 3)
        wait_until(lambda: self.gateway.descriptor_count <= self.descriptors, "no descriptor is left", 3)
        assert self.gateway.metric("roadstead_sessions") == 0
        assert self.gateway.metric("roadstead_queued_bytes") == 0


@pytest.fixture(scope="module")
def stage(tmp_path_factory, certificates):
    with backends.python_backend() as backend:
        gateway = Gateway(
            tmp_path_factory.mktemp("stages"), certificates,
            **relay(backend.url, upstream={"health": {"kind": "none"}}, route={"timeouts": {"close": "1s"}}),
        )  # fmt: skip
        gateway.configuration["routes"][0] = {**ECHO, "timeouts": {"close": "1s"}}
        plain = free_port()
        gateway.configuration["listeners"].append({"name": "plain", "address": f"127.0.0.1:{plain}"})
        gateway.start()
        try:
            yield Stage(gateway, plain, gateway.settled_descriptor_count)
            gateway.stop()
        finally:
            gateway.kill()


@WAYS
@SECURE
@pytest.mark.parametrize("reached", BEFORE_THE_UPGRADE.values(), ids=BEFORE_THE_UPGRADE.keys())
def test_before_the_upgrade(stage, secure, way, reached):
    said, state = reached
    client = stage.client(secure)
    try:
        client.send(said)
        (session,) = wait_until(lambda: [one for one in stage.gateway.sessions() if one["state"] == state], f"it is {state}")
        way(client)
        record = stage.gateway.close_record(session["id"], 3)
        assert record["stage"] == state and record["closed_by"] in ("client", "network"), record
        stage.assert_empty()
    finally:
        client.socket.close()


@WAYS
@SECURE
@pytest.mark.parametrize("path", ["/echo", "/relay/room"])
@pytest.mark.parametrize("said", OPEN.values(), ids=OPEN.keys())
def test_once_it_is_open(stage, secure, way, path, said):
    client = stage.client(secure)
    try:
        identifier = client.upgrade(path)["roadstead-session"]
        client.send(said)
        way(client)
        record = stage.gateway.close_record(identifier, 5)
        if said == OPEN["after-its-close"]:
            assert record["code"] in (1000, 1006), record
        elif said == OPEN["after-an-offence"]:
            assert record["cause"] in ("protocol_error", "reset"), record
        else:
            assert record["code"] == 1006 and record["closed_by"] in ("client", "network"), record
        stage.assert_empty()
    finally:
        client.socket.close()


@WAYS
def test_while_it_attaches(start_gateway, way):
    silent = socket.create_server(("127.0.0.1", 0))
    gateway = start_gateway(
        **relay(f"ws://127.0.0.1:{silent.getsockname()[1]}", upstream={"health": {"kind": "none"}, "pool": {"warm": 0, "connect_timeout": "30s"}}))
    before = gateway.settled_descriptor_count
    with silent, RawClient.tls(gateway) as client:
        client.send(upgrade_head("/relay/room"))
        (session,) = wait_until(lambda: [one for one in gateway.sessions() if one["state"] == "attaching"], "it is attaching")
        way(client)
        record = gateway.close_record(session["id"], 3)
        assert record["stage"] == "attaching" and record["closed_by"] in ("client", "network"), record
        wait_until(lambda: gateway.descriptor_count <= before, "no descriptor is left", 3)
        assert gateway.metric("roadstead_upstream_connections") == 0 and not gateway.sessions()


@WAYS
def test_while_it_is_detached(start_gateway, way):
    with backends.python_backend() as backend:
        gateway = start_gateway(**relay(backend.url, route={"continuity": {"hold": "60s"}}, upstream={"health": {"kind": "none"}}))
        before = gateway.settled_descriptor_count
        client = RawClient.tls(gateway)
        identifier = client.upgrade("/relay/room")["roadstead-session"]
    with client:
        wait_until(lambda: gateway.session(identifier)["state"] == "detached", "it is detached")
        # Kept for the next upstream.
        client.send(frame(TEXT, b"kept"))
        wait_until(lambda: gateway.metric("roadstead_queued_bytes") > 0, "the message is kept")
        way(client)
        record = gateway.close_record(identifier, 3)
        assert record["stage"] == "detached" and record["closed_by"] in ("client", "network"), record
        wait_until(lambda: gateway.descriptor_count <= before, "no descriptor is left", 3)
        assert gateway.metric("roadstead_queued_bytes") == 0 and not gateway.sessions()
