"""What TCP may do to a stream: one-byte segments, and silence."""

import socket
import ssl
import time

from clients import BINARY, TEXT, RawClient, frame, upgrade_head
from gateway import ECHO
from ports import free_port
from waiting import wait_until


class BytewiseTLS:
    """A TLS client that hands each byte of ciphertext to the kernel on its own."""

    def __init__(self, gateway):
        self.tcp = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = gateway.tls_context().wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self._pump(self.tls.do_handshake)

    def send(self, data: bytes) -> None:
        self._pump(lambda: self.tls.write(data))

    def receive(self) -> bytes:
        return self._pump(lambda: self.tls.read(65536))

    def _pump(self, operation):
        while True:
            try:
                result = operation()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.tcp.recv(65536)
                assert data, "the gateway ended the stream"
                self.incoming.write(data)

    def _flush(self) -> None:
        for byte in self.outgoing.read():
            self.tcp.sendall(bytes([byte]))


def test_one_byte_segments_make_a_session_like_any_other(echo_gateway):
    client = BytewiseTLS(echo_gateway)
    client.send(upgrade_head())
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.receive()
    assert head.startswith(b"HTTP/1.1 101 ")
    client.send(frame(TEXT, b"one byte ", final=False) + frame(0, b"at a time"))
    answer = b""
    while len(answer) < 18:
        answer += client.receive()
    assert b"one byte " in answer and answer.endswith(b"at a time")
    client.tcp.close()


def test_one_byte_segments_on_a_plain_listener(start_gateway):
    port = free_port()
    start_gateway(listeners=[{"name": "plain", "address": f"127.0.0.1:{port}"}])
    with RawClient(port) as client:
        for byte in upgrade_head() + frame(BINARY, b"x" * 300):
            client.send(bytes([byte]))
        assert client.read_head()[0] == 101
        assert client.read_message() == (BINARY, b"x" * 300)


def test_a_frame_right_behind_the_upgrade_is_not_lost(echo_gateway):
    with RawClient.tls(echo_gateway) as client:
        client.send(upgrade_head() + frame(TEXT, b"early") + frame(TEXT, b"bird"))
        assert client.read_head()[0] == 101
        assert client.read_message() == (TEXT, b"early")
        assert client.read_message() == (TEXT, b"bird")


def test_a_hundred_connections_that_say_nothing_are_cut(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"handshake": "1s"}}])
    before = gateway.descriptor_count
    silent = [RawClient(gateway.port) for _ in range(100)]
    with RawClient.tls(gateway) as bystander:
        bystander.upgrade()
        started = time.monotonic()
        bystander.send(frame(TEXT, b"quick"))
        assert bystander.read_message() == (TEXT, b"quick")
        assert time.monotonic() - started < 1
    for client in silent:
        client.read_end()
        client.socket.close()
    wait_until(lambda: gateway.descriptor_count <= before, "every descriptor is closed")
