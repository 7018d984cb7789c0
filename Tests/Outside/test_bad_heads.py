"""Every malformed head and every fault of an upgrade gets its status and one line that says why, and the connection ends."""

import time

import pytest

from bad_heads import ACCEPTED, BODILESS, LIMIT, REFUSED, head
from clients import TEXT, RawClient, frame
from gateway import ECHO, Gateway
from ports import free_port
from test_refusals import assert_answered, assert_refusal
from waiting import wait_until

REFUSALS = "roadstead_upgrade_refusals_total"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, certificates):
    """One for all heads; it knows localhost only."""
    route = {**ECHO, "match": {"host": "localhost", "path": "/echo"}}
    gateway = Gateway(tmp_path_factory.mktemp("heads"), certificates, routes=[route], limits={"header": LIMIT})
    gateway.start()
    before = gateway.settled_descriptor_count
    try:
        yield gateway
        wait_until(lambda: not gateway.sessions() and gateway.descriptor_count <= before, "nothing is left")
        gateway.stop()
    finally:
        gateway.kill()


def test_no_two_have_one_name():
    assert len({case.name for case in REFUSED}) == len(REFUSED)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_it_is_refused(gateway, case):
    all_before, before = gateway.metric(REFUSALS), gateway.metric(REFUSALS, status=str(case.status))
    with RawClient.tls(gateway) as client:
        try:
            client.send(case.data)
        except (BrokenPipeError, ConnectionResetError):
            # More than the gateway wanted to read.
            pass
        answer = client.read_response()
        fields = assert_refusal(answer, case.status)
        assert case.says in answer[2]
        assert "close" in fields["connection"].lower()
        if case.status == 426:
            assert fields["sec-websocket-version"] == "13" and fields["upgrade"] == "websocket"
            assert "upgrade" in fields["connection"].lower()
        if case.status == 405:
            assert fields["allow"] == "GET"
        client.read_end()
    assert gateway.metric(REFUSALS, status=str(case.status)) == before + 1
    assert gateway.metric(REFUSALS) == all_before + 1


@pytest.mark.parametrize("case", BODILESS, ids=lambda case: case.name)
def test_head_gets_the_head_of_the_answer_only(gateway, case):
    with RawClient.tls(gateway) as client, RawClient.tls(gateway) as other:
        client.send(case.data)
        status, fields = client.read_head()
        assert status == case.status
        assert_answered(fields)
        client.read_end()
        # Another method is refused alike, but for the body.
        other.send(case.data.replace(b"HEAD", b"POST"))
        length = assert_refusal(other.read_response(), case.status)["content-length"]
        assert fields["content-length"] == length


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_unusual_and_right_is_let_in(gateway, data):
    before = gateway.metric(REFUSALS)
    with RawClient.tls(gateway) as client:
        client.send(data)
        status, fields = client.read_head()
        assert status == 101, fields
        # RFC 6455 section 1.3.
        assert fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert "sec-websocket-protocol" not in fields and "sec-websocket-extensions" not in fields
        client.send(frame(TEXT, b"in"))
        assert client.read_message() == (TEXT, b"in")
    assert gateway.metric(REFUSALS) == before


@pytest.mark.parametrize("data", [head(without="Upgrade"), head(b"GET /echo HTTP/2.0"), head(b"GET wss://a@b/ HTTP/1.1")])
def test_a_head_in_single_bytes_is_refused_alike(gateway, data):
    with RawClient.tls(gateway) as whole, RawClient.tls(gateway) as bytewise:
        whole.send(data)
        try:
            for byte in data:
                bytewise.send(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            # Refused at the byte that shows it.
            pass
        # Perhaps a second later.
        (status, fields, body), (expected_status, expected_fields, expected_body) = bytewise.read_response(), whole.read_response()
        assert (status, fields | {"date": ""}, body) == (expected_status, expected_fields | {"date": ""}, expected_body)
        bytewise.read_end()


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
def test_a_head_that_drips_is_cut_on_time(start_gateway, secure):
    plain = free_port()
    sections = {} if secure else {"listeners": [{"name": "plain", "address": f"127.0.0.1:{plain}"}]}
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"handshake": "1s"}}], **sections)
    with RawClient.tls(gateway) if secure else RawClient(plain) as client:
        began = time.monotonic()
        client.socket.settimeout(0.2)
        answer = b""
        for byte in head():
            client.send(bytes([byte]))
            try:
                answer = client.socket.recv(65536)
                break
            except TimeoutError:
                continue
        assert 0.8 < time.monotonic() - began < 3
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert gateway.metric(REFUSALS, status="408") == 1
    wait_until(lambda: not gateway.sessions(), "no session is left")


def test_a_refused_client_that_sends_on_hears_why(gateway):
    # What it still sends must not turn the answer into a reset.
    with RawClient.tls(gateway) as client:
        client.send(head(b"POST /echo HTTP/1.1", b"Content-Length: 1000000"))
        sent = 0
        try:
            while sent < 1_000_000:
                sent += client.socket.send(b"x" * 10000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert_refusal(client.read_response(), 405)
