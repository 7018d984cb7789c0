"""RFC 6455 row by row, in both roles: as a raw client of an echo and of a relay, and as a raw server behind the gateway."""

import pytest

import conformance_rows
import conformance_texts
from clients import PING, TEXT
from conformance_frames import Row, close, ping, text
from conformance_peers import PATIENCE, FarSide, RawServer, raw_client
from gateway import Gateway
from ports import free_port
from waiting import wait_until

ROWS = conformance_rows.all_rows() + conformance_texts.all_rows()
# A server's messages have no limit.
UNLIMITED = [row for row in ROWS if not row.limited]

ROOM = {"message": "16MiB", "outbound": "32MiB"}
SMALL = {"message": "1KiB"}
AT_ONCE = {"hold": "0s"}
# No connections but the sessions' own, and no wait after those that the rows break.
AT_REST = {
    "pool": {"warm": 0}, "health": {"kind": "none"}, "outlier": {"failures": 0}, "reconnect": {"initial": "1ms", "maximum": "1ms"},
}  # fmt: skip


def named(rows):
    return pytest.mark.parametrize("row", rows, ids=[row.identifier for row in rows])


def test_every_row_has_a_name_of_its_own():
    assert len({row.identifier for row in ROWS}) == len(ROWS) > 500


@pytest.fixture(scope="module")
def stage(tmp_path_factory, certificates):
    """A gateway with a TLS and a plain listener between raw peers and a library's."""
    far, server = FarSide(), RawServer()
    plain = free_port()
    gateway = Gateway(
        tmp_path_factory.mktemp("conformance"),
        certificates,
        listeners=[],
        routes=[
            {"name": "echo", "match": {"path": "/echo"}, "echo": True, "limits": ROOM},
            {"name": "small", "match": {"path": "/small"}, "echo": True, "limits": SMALL},
            {"name": "relay", "match": {"path": "/relay/*"}, "upstream": "library", "limits": ROOM, "continuity": AT_ONCE},
            {"name": "small-relay", "match": {"path": "/small-relay/*"}, "upstream": "library", "limits": SMALL, "continuity": AT_ONCE},
            {"name": "kept", "match": {"path": "/kept/*"}, "upstream": "raw", "continuity": {"hold": "60s"}},
            {"name": "behind", "match": {"path": "/behind/*"}, "upstream": "raw", "limits": ROOM, "continuity": AT_ONCE},
        ],
        upstreams=[
            {"name": name, "endpoints": [f"ws://127.0.0.1:{port}"], **AT_REST}
            for name, port in (("library", far.port), ("raw", server.port))
        ],
    )
    pair = {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")}
    gateway.configuration["listeners"] = [
        {"name": "public", "address": f"127.0.0.1:{gateway.port}", "tls": {"certificates": [pair]}},
        {"name": "plain", "address": f"127.0.0.1:{plain}"},
    ]
    gateway.start()
    before = gateway.settled_descriptor_count
    gateway.plain, gateway.far, gateway.raw_server, gateway.context = plain, far, server, gateway.tls_context()
    try:
        yield gateway
        # Whatever the rows did, nothing is left of them.
        wait_until(lambda: not gateway.sessions(), "no session is left")
        wait_until(lambda: gateway.metric("roadstead_upstream_connections", state="leased") == 0, "no lease is left")
        wait_until(lambda: gateway.descriptor_count <= before, "no descriptor is left")
        assert gateway.metric("roadstead_queued_bytes") == 0
        gateway.stop()
    finally:
        gateway.kill()
        far.close()
        server.close()


def expected_close(row) -> tuple[int, ...]:
    """A close without a code may be answered by one without or by 1000 (section 7.1.5)."""
    return {None: (1000,), 1005: (1005, 1000)}.get(row.close, (row.close,))


def assert_ended(heard, row) -> None:
    assert heard.close in expected_close(row), heard
    assert heard.ended


@named(ROWS + conformance_rows.tiny_fragments())
def test_a_client_of_an_echo(stage, row):
    peer = raw_client(stage.port, "/small" if row.limited else "/echo", stage.context)
    with peer.socket:
        heard = peer.play(row)
    assert tuple(heard.messages) == row.messages
    assert tuple(heard.pongs) == row.pongs
    assert_ended(heard, row)


@named(ROWS)
def test_a_client_of_a_relay(stage, row):
    path = f"/{'small-relay' if row.limited else 'relay'}/{row.identifier}"
    account = stage.far.serving(path)
    peer = raw_client(stage.plain, path)
    with peer.socket:
        heard = peer.play(row)
    far = account.result(PATIENCE)
    # What came before the end of the client has reached the backend; the way back is longer than that end may wait.
    assert tuple(far.messages) == row.messages
    assert tuple(heard.messages) == row.messages[: len(heard.messages)]
    if row.close is None:
        assert tuple(heard.messages) == row.messages
    assert tuple(heard.pongs) == row.pongs
    assert_ended(heard, row)


@named(UNLIMITED)
def test_a_server_behind_the_gateway(stage, row):
    account = stage.far.client(f"ws://localhost:{stage.plain}/behind/{row.identifier}")
    peer = stage.raw_server.accept()
    with peer.socket:
        heard = peer.play(row)
    far = account.result(PATIENCE)
    assert tuple(far.messages) == row.messages
    assert tuple(heard.messages) == row.messages[: len(heard.messages)]
    if row.close is None:
        assert tuple(heard.messages) == row.messages
    assert tuple(heard.pongs) == row.pongs
    assert_ended(heard, row)


@pytest.mark.parametrize("code", [1001, 1012, 1013])
@pytest.mark.parametrize("frames", [(), (ping(b"ping"),), (text(final=False), ping(b"ping"))], ids=["at-once", "with-a-ping", "in-a-message"])
def test_a_server_that_leaves_is_answered_and_replaced(stage, code, frames):
    """Section 5.5.1, where the session goes on with another connection."""
    account = stage.far.client(f"ws://localhost:{stage.plain}/kept/room")
    pongs = tuple(frame.payload for frame in frames if frame.opcode == PING)
    leaving = Row("5.5.1", "leaving", (*frames, close(code, "moved")), pongs=pongs, close=code)
    staying = Row("5.2", "staying", (text(),), ((TEXT, b"Hello"),))
    for row in (leaving, staying):
        peer = stage.raw_server.accept()
        with peer.socket:
            heard = peer.play(row)
        assert tuple(heard.pongs) == row.pongs
        assert_ended(heard, row)
    far = account.result(PATIENCE)
    assert (far.messages, far.close) == ([(TEXT, b"Hello")], 1000)
