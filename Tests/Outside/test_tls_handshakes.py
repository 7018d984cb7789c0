"""Handshakes that go wrong: in pieces, with bad records, stalled at each stage, cut off. Each costs one counter and one debug line."""

import contextlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import time

import pytest

from clients import TEXT, RawClient, frame, upgrade_head
from gateway import ECHO
from waiting import wait_until

HANDSHAKE, ALERT, CHANGE, DATA = 22, 21, 20, 23
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
EACH_VERSION = pytest.mark.parametrize("version", VERSIONS)


class Shaker:
    """A client whose records are carried by hand."""

    def __init__(self, gateway, version: str = "1.3"):
        context = gateway.tls_context()
        context.minimum_version = context.maximum_version = VERSIONS[version]
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname="localhost")
        self.client = RawClient(gateway.port)

    def __enter__(self) -> "Shaker":
        return self

    def __exit__(self, *_) -> None:
        self.client.socket.close()

    def step(self) -> bytes:
        """Goes as far as it can with what has come, and returns what is to be sent."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self._out.read()

    def hear(self) -> None:
        """Takes in what the gateway says next."""
        data = self.client.socket.recv(65536)
        assert data, "the gateway ended the stream"
        self._in.write(data)

    def finish(self, send) -> None:
        """The whole handshake; `send` carries what is to be sent."""
        while True:
            flight = self.step()
            if flight:
                send(flight)
            try:
                self.tls.do_handshake()
                return
            except ssl.SSLWantReadError:
                self.hear()

    def say(self, data: bytes) -> bytes:
        """The ciphertext of application data."""
        self.tls.write(data)
        return self._out.read()

    def read(self) -> bytes:
        """Application data that comes next."""
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.hear()


def drain(client: RawClient) -> bytes:
    """Everything up to the end of the stream."""
    said = b""
    try:
        while data := client.socket.recv(4096):
            said += data
    except ConnectionResetError:
        pass
    return said


def failures(gateway, cause: str | None = None) -> float:
    return gateway.metric("roadstead_handshake_failures_total", **({"cause": cause} if cause else {}))


def assert_one_failure(gateway, cause: str) -> None:
    """One counter, one line at debug, and no other line about it."""
    wait_until(lambda: failures(gateway) == 1, f"{cause} is counted")
    assert failures(gateway, cause) == 1, gateway.get("/metrics").text
    told = [line for line in gateway.log.splitlines() if "127.0.0.1:" in line and "remote=" in line]
    assert len(told) == 1 and "level=debug" in told[0] and 'msg="TLS handshake failed"' in told[0] and f"cause={cause}" in told[0], told


@pytest.fixture
def gateway(start_gateway):
    return start_gateway(loops=1, log={"level": "debug"})


@pytest.mark.parametrize("preface", [b"", b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"], ids=["plain", "after a PROXY header"])
def test_a_storm_that_comes_in_one_wake_up_is_worked_off_without_another(start_gateway, preface):
    """Nothing else wakes the loop: whoever waits for a step of the budget gets it all the same."""
    gateway = start_gateway(loops=1, listener={"proxy_protocol": bool(preface)})
    shakers = []
    with contextlib.ExitStack() as stack:
        gateway.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(100):
                shakers.append(stack.enter_context(Shaker(gateway)))
                shakers[-1].client.send(preface + shakers[-1].step())
        finally:
            gateway.process.send_signal(signal.SIGCONT)
        for shaker in shakers:
            shaker.hear()
        for shaker in shakers:
            shaker.finish(shaker.client.send)
            shaker.client.send(shaker.say(upgrade_head("/echo")))
            assert shaker.read().startswith(b"HTTP/1.1 101")


@EACH_VERSION
def test_a_handshake_in_single_bytes_is_completed(gateway, version):
    with Shaker(gateway, version) as shaker:
        def send(flight: bytes) -> None:
            for byte in flight:
                shaker.client.send(bytes([byte]))

        shaker.finish(send)
        send(shaker.say(upgrade_head("/echo")))
        assert shaker.read().startswith(b"HTTP/1.1 101")
        send(shaker.say(frame(TEXT, b"small")))
        assert shaker.read() == frame(TEXT, b"small", masked=False)


@EACH_VERSION
def test_a_hello_in_many_records_is_completed(gateway, version):
    with Shaker(gateway, version) as shaker:
        hello = shaker.step()
        kind, body = hello[0], hello[5:]
        # RFC 8446 section 5.1 allows fragments of a message in records of their own.
        for start in range(0, len(body), 50):
            piece = body[start:start + 50]
            shaker.client.send(struct.pack("!BHH", kind, 0x0301, len(piece)) + piece)
        shaker.hear()
        shaker.finish(shaker.client.send)
        shaker.client.send(shaker.say(upgrade_head("/echo")))
        assert shaker.read().startswith(b"HTTP/1.1 101")


def record(kind: int, body: bytes, version: int = 0x0301, length: int | None = None) -> bytes:
    return struct.pack("!BHH", kind, version, len(body) if length is None else length) + body


@pytest.mark.parametrize("name, data", [
    ("zeros", bytes(512)),
    ("noise", bytes(range(128, 256)) * 4),
    ("unknown-record", record(99, b"\0" * 64)),
    ("data-first", record(DATA, b"\0" * 64)),
    ("change-cipher-spec-first", record(CHANGE, b"\1") * 40),
    ("oversize-record", record(HANDSHAKE, b"\xaa" * 20000, length=20000)),
    ("longest-record", record(HANDSHAKE, b"\xaa" * 65535)),
    ("empty-handshake-records", record(HANDSHAKE, b"") * 64),
    ("wrong-record-version", record(HANDSHAKE, b"\1\0\0\4abcd", version=0x0909)),
    ("sslv3-record", record(HANDSHAKE, b"\1\0\0\4abcd", version=0x0300)),
    ("sslv2-hello", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x07\x00\xc0" * 7 + b"x" * 16),
    ("server-hello", record(HANDSHAKE, b"\2\0\0\x26" + b"\3\3" + b"x" * 36)),
    ("hello-without-an-end", record(HANDSHAKE, b"\1\xff\xff\xff" + b"x" * 1000)),
    ("hello-with-lies", record(HANDSHAKE, b"\1\0\0\x30\3\3" + b"x" * 32 + b"\xff" + b"y" * 13)),
    ("finished-first", record(HANDSHAKE, b"\x14\0\0\x0c" + b"x" * 12)),
])
def test_what_is_no_handshake_ends_the_connection(gateway, name, data):
    with RawClient.tls(gateway) as bystander, RawClient(gateway.port) as stranger:
        bystander.upgrade()
        stranger.send(data)
        # Some of these could go on; that they do not is then the client's doing. To others the answer was a reset.
        with contextlib.suppress(OSError):
            stranger.socket.shutdown(socket.SHUT_WR)
        said = drain(stranger)
        # RFC 8446 section 6: at most an alert, fatal.
        assert said == b"" or (said[0] == ALERT and said[5] == 2 and len(said) == 7), said
        wait_until(lambda: failures(gateway) == 1, "it is counted")
        bystander.send(frame(TEXT, b"here"))
        assert bystander.read_message() == (TEXT, b"here")
    told = [line for line in gateway.log.splitlines() if 'msg="TLS handshake failed"' in line]
    assert len(told) == 1 and "level=debug" in told[0]


LONG_HELLO = record(HANDSHAKE, b"\1" + (131396).to_bytes(3, "big"))
# RFC 8446 section 4.1.3.
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def hello_of_another_group() -> bytes:
    """A ClientHello with a key share of no use to the gateway, which asks for another one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{listener.getsockname()[1]}", "-tls1_3", "-groups", "P-521:X25519"]
        client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            listener.settimeout(10)
            with listener.accept()[0] as accepted, accepted.makefile("rb") as stream:
                head = stream.read(5)
                return head + stream.read(int.from_bytes(head[3:], "big"))
        finally:
            client.kill()
            client.communicate()


@pytest.mark.parametrize("stage", ["first", "in single bytes", "after a hello that was answered"])
def test_a_hello_that_is_going_to_be_long_is_refused_at_its_ninth_byte(gateway, stage):
    """OpenSSL would make room for all of it, and wait."""
    with RawClient(gateway.port) as stranger:
        if stage == "after a hello that was answered":
            stranger.send(hello_of_another_group())
            assert stranger.socket.recv(65536)[11:43] == RETRY
            stranger.send(record(CHANGE, b"\1", version=0x0303))
        pieces = [bytes([byte]) for byte in LONG_HELLO] if stage == "in single bytes" else [LONG_HELLO]
        began = time.monotonic()
        for piece in pieces:
            assert failures(gateway) == 0
            stranger.send(piece)
        # RFC 8446 section 6: a fatal illegal_parameter.
        assert drain(stranger)[-7:] == record(ALERT, b"\2\x2f", version=0x0303)
        assert time.monotonic() - began < 5
        assert_one_failure(gateway, "protocol_error")
        assert "the ClientHello is too long" in gateway.log
    with Shaker(gateway) as shaker:
        shaker.finish(shaker.client.send)


@pytest.mark.parametrize("alert, cause", [
    (40, "handshake_refused"), (42, "certificate_rejected"), (45, "certificate_rejected"), (48, "certificate_rejected"),
    (70, "unsupported_version"), (116, "certificate_required"), (120, "no_application_protocol"), (80, "other"), (50, "protocol_error"),
])
def test_an_alert_of_the_client_is_understood(gateway, alert, cause):
    with Shaker(gateway, "1.2") as shaker:
        shaker.client.send(shaker.step())
        shaker.hear()
        shaker.client.send(record(ALERT, bytes([2, alert]), version=0x0303))
        drain(shaker.client)
        assert_one_failure(gateway, cause)


def test_a_client_that_does_not_trust_us_is_counted_so(gateway):
    with pytest.raises(ssl.SSLCertVerificationError):
        RawClient(gateway.port, ssl.create_default_context())
    assert_one_failure(gateway, "certificate_rejected")


STAGES = ["nothing", "half-a-record-head", "half-a-hello", "hello", "half-the-last-flight"]


def begin(shaker: Shaker, stage: str) -> None:
    """Goes as far as the stage, and no further."""
    if stage == "nothing":
        return
    hello = shaker.step()
    if stage in ("half-a-record-head", "half-a-hello"):
        return shaker.client.send(hello[:3 if stage == "half-a-record-head" else len(hello) // 2])
    shaker.client.send(hello)
    shaker.hear()
    if stage == "hello":
        return
    flight = b""
    while not flight:
        flight = shaker.step()
        if not flight:
            shaker.hear()
    shaker.client.send(flight[:len(flight) // 2])


@EACH_VERSION
@pytest.mark.parametrize("stage", STAGES)
def test_a_handshake_that_stalls_is_cut(start_gateway, version, stage):
    gateway = start_gateway(loops=1, routes=[{**ECHO, "timeouts": {"handshake": "500ms"}}], log={"level": "debug"})
    with Shaker(gateway, version) as shaker:
        began = time.monotonic()
        begin(shaker, stage)
        drain(shaker.client)
        assert 0.4 < time.monotonic() - began < 5
        assert_one_failure(gateway, "handshake_timeout")
    record = wait_until(lambda: gateway.sessions("state=closed"), "the end is on record")[0]["close"]
    assert (record["cause"], record["stage"], record["closed_by"]) == ("handshake_timeout", "handshaking", "gateway")


def test_a_byte_a_moment_is_no_way_to_stay(start_gateway):
    gateway = start_gateway(loops=1, routes=[{**ECHO, "timeouts": {"handshake": "500ms"}}], log={"level": "debug"})
    with Shaker(gateway) as shaker:
        began = time.monotonic()
        shaker.client.socket.settimeout(0.05)
        for byte in shaker.step():
            try:
                shaker.client.send(bytes([byte]))
                if not shaker.client.socket.recv(1):
                    break
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                break
        assert time.monotonic() - began < 5
    assert_one_failure(gateway, "handshake_timeout")


@EACH_VERSION
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("way", ["fin", "reset"])
def test_a_client_that_leaves_in_the_handshake_leaves_nothing_behind(gateway, version, stage, way):
    descriptors = gateway.descriptor_count
    with Shaker(gateway, version) as shaker:
        begin(shaker, stage)
        if stage != "nothing":
            wait_until(lambda: gateway.sessions("state=open"), "it was accepted")
        if way == "reset":
            shaker.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: failures(gateway) == 1, "it is counted")
    wait_until(lambda: not gateway.sessions("state=open") and gateway.descriptor_count <= descriptors, "nothing is left")
    told = [line for line in gateway.log.splitlines() if "remote=" in line]
    assert len(told) == 1 and re.search(r'level=debug msg="TLS handshake failed" cause=\w+', told[0]), told


@EACH_VERSION
@pytest.mark.parametrize("way", ["tampered", "garbage", "plain", "truncated"])
def test_what_breaks_a_session_apart_ends_it_alone(gateway, version, way):
    with RawClient.tls(gateway) as bystander, Shaker(gateway, version) as shaker:
        bystander.upgrade()
        shaker.finish(shaker.client.send)
        shaker.client.send(shaker.say(upgrade_head("/echo")))
        head = shaker.read()
        identifier = re.search(rb"(?i)roadstead-session: (\S+)", head)[1].decode()
        message = bytearray(shaker.say(frame(TEXT, b"words")))
        if way == "tampered":
            message[-1] ^= 1
            shaker.client.send(bytes(message))
        elif way == "garbage":
            shaker.client.send(b"\xaa" * 100)
        elif way == "plain":
            shaker.client.send(frame(TEXT, b"words"))
        else:
            # RFC 8446 section 6.1: FIN with no close_notify.
            shaker.client.send(bytes(message[:-3]))
            shaker.client.socket.shutdown(socket.SHUT_WR)
        close = gateway.close_record(identifier)
        if way == "truncated":
            assert close["cause"] == "reset" and close["closed_by"] in ("network", "client"), close
        else:
            assert (close["cause"], close["stage"]) == ("tls_error", "open"), close
        bystander.send(frame(TEXT, b"here"))
        assert bystander.read_message() == (TEXT, b"here")
    assert failures(gateway) == 0
