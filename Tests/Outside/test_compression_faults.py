"""What is wrong with a compressed message, and what is only meant to hurt."""

import contextlib
import random
import socket
import ssl
import zlib

import pytest

from clients import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, upgrade_head
from compressing import CompressingClient, chatter, compressed, deflate, fragments
from gateway import ECHO
from waiting import wait_until

CORRUPT = "a compressed message is corrupt"
RESERVED = "a reserved bit is set where no agreed extension gives it a meaning"
INVALID_TEXT = "text is not valid UTF-8"


def closes(client: CompressingClient, code: int, reason: str) -> None:
    assert client.read_close() == (code, reason)
    client.read_end()


@pytest.mark.parametrize(
    ("frames", "code", "reason"),
    [
        (frame(CONTINUATION, b"\x00", reserved=4), 1002, RESERVED),
        (frame(PING, b"", reserved=4), 1002, RESERVED),
        (frame(TEXT, b"\x00", reserved=2), 1002, RESERVED),
        (frame(TEXT, b"\x00", reserved=6), 1002, RESERVED),
        (frame(TEXT, b"\x00", reserved=1), 1002, RESERVED),
        (compressed(b"\x00", final=False) + frame(CONTINUATION, b"\x00", reserved=4), 1002, RESERVED),
        (compressed(b"\xff"), 1007, CORRUPT),
        (compressed(deflate(b"Hello" * 100)[:-4]), 1007, CORRUPT),
        (compressed(deflate(chatter(5000).encode())[:-700]), 1007, CORRUPT),
        (compressed(b"\xf2\x00\x11\x00\x00"), 1007, CORRUPT),
        (compressed(deflate(b"\xff\xfe"), TEXT), 1007, INVALID_TEXT),
        (compressed(deflate("é".encode()[:1]), TEXT), 1007, INVALID_TEXT),
        (compressed(deflate(b"a" * 70_000 + b"\xff"), TEXT), 1007, INVALID_TEXT),
    ],
    ids=[
        "a continuation of nothing", "a ping", "RSV2", "RSV1 and RSV2", "RSV3", "a continuation", "no DEFLATE", "truncated", "truncated long",
        "a distance too far", "no UTF-8", "half a character", "no UTF-8 after a long text",
    ],
)  # fmt: skip
def test_a_fault_closes(echo_gateway, frames, code, reason):
    with CompressingClient.tls(echo_gateway) as client:
        client.open()
        client.send(frames)
        closes(client, code, reason)
    cause = {1002: "protocol_error", 1007: "invalid_utf8" if reason == INVALID_TEXT else "protocol_error"}[code]
    (session,) = wait_until(lambda: echo_gateway.sessions("state=closed"), "the session is closed")
    assert (session["close"]["closed_by"], session["close"]["cause"]) == ("gateway", cause)


def test_a_compressed_message_that_was_not_agreed_on(echo_gateway):
    with CompressingClient.tls(echo_gateway) as client:
        client.upgrade()
        client.send(compressed(deflate(b"Hello"), TEXT))
        closes(client, 1002, RESERVED)


@pytest.mark.parametrize("pieces", [1 << 20, 1000], ids=["one frame", "fragments"])
@pytest.mark.parametrize("excess", [-1, 0, 1])
def test_the_limit_is_that_of_the_inflated_message(start_gateway, excess, pieces):
    gateway = start_gateway(routes=[{**ECHO, "limits": {"message": "200KiB"}}])
    limit = 200 * 1024
    # Incompressible: on the wire it is larger than the limit.
    noise = b"".join(zlib.compress(str(number).encode(), 9)[2:-4] for number in range(40_000))[: limit + excess]
    for message in (bytes(limit + excess), noise):
        with CompressingClient.tls(gateway) as client:
            client.open()
            client.send(b"".join(fragments(deflate(message), pieces)))
            if excess <= 0:
                assert client.read_message() == message
            else:
                assert client.read_to_close() == (1009, f"a message is larger than {limit} bytes")


def bomb_pieces(size: int):
    """So many bytes of zeros, compressed, in pieces."""
    compressor = zlib.compressobj(9, wbits=-15)
    zeros = bytes(1 << 20)
    for _ in range(size >> 20):
        if piece := compressor.compress(zeros):
            yield piece
    yield compressor.flush(zlib.Z_SYNC_FLUSH)[:-4]


@pytest.mark.parametrize("fragment", [100, 60_000], ids=["in small fragments", "in large ones"])
def test_a_bomb_costs_nothing(start_gateway, fragment):
    gateway = start_gateway(loops=1)
    bomb = b"".join(bomb_pieces(1 << 30))
    assert len(bomb) < 2 << 20
    with CompressingClient.tls(gateway) as client:
        client.open()
        client.send(compressed(deflate(b"warm")))
        assert client.read_message() == b"warm"
        before = gateway.resident_bytes
        try:
            client.send(b"".join(fragments(bomb, fragment)))
        except OSError:
            pass  # It need not be heard to its end.
        assert client.read_to_close() == (1009, "a message is larger than 1048576 bytes")
    assert gateway.resident_bytes - before < 16 << 20
    assert gateway.metric("roadstead_uncompressed_bytes_total", direction="received") < 2 << 20


def test_bombs_below_the_limit_let_others_have_their_turn(start_gateway):
    """Six of them are 360 MiB, and other sessions of the same loop are served between their pieces."""
    gateway = start_gateway(loops=1, routes=[{**ECHO, "limits": {"message": "64MiB", "outbound": "1KiB"}}])
    bomb = compressed(b"".join(bomb_pieces(60 << 20)))
    with CompressingClient.tls(gateway, seconds=30) as attacker, CompressingClient.tls(gateway) as other:
        attacker.open()
        other.open()
        before = gateway.resident_bytes
        for _ in range(6):
            attacker.send(bomb)
            other.send(frame(TEXT, b"still there?"))
            assert other.read_message() == b"still there?"
        for _ in range(3):
            assert attacker.read_message() == bytes(60 << 20)
        assert gateway.resident_bytes - before < 32 << 20
    # No wake-up took longer than a turn or two of inflating.
    wakeups = gateway.metric("roadstead_loop_lag_seconds_count")
    assert gateway.metric("roadstead_loop_lag_seconds_bucket", le="0.1") >= wakeups


@contextlib.contextmanager
def by_hand(gateway):
    """A client that offers compression, as its TCP connection, its TLS and the TLS records that are still to be sent."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = gateway.tls_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", gateway.port), 10) as plain:

        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65536))

        until_done(tls.do_handshake)
        tls.write(upgrade_head(Sec_WebSocket_Extensions="permessage-deflate"))
        assert until_done(lambda: tls.read(65536)).startswith(b"HTTP/1.1 101 ")
        yield plain, tls, outgoing


def test_a_broken_record_behind_more_than_can_be_echoed_ends_the_session(start_gateway):
    """What is queued can't be encrypted any more: it must not keep the gateway from reading on to the end, which nothing else would tell."""
    gateway = start_gateway(loops=1, routes=[{**ECHO, "limits": {"message": "8MiB", "outbound": "64KiB"}}])
    # Repeats from further back than the gateway's own window of 4 KiB, so that the echo is as long as the message.
    message = random.Random(5).randbytes(30_000) * 40
    with by_hand(gateway) as (plain, tls, outgoing):
        tls.write(compressed(deflate(message)))
        records = outgoing.read()
        assert len(records) < 60_000
        plain.sendall(records + b"\x17\x03\x03\x00\x20" + bytes(32))
        (session,) = wait_until(lambda: gateway.sessions("state=closed"), "the session is closed")
        assert (session["close"]["cause"], session["received"]["messages"]) == ("tls_error", 1)
    wait_until(lambda: gateway.metric("roadstead_queued_bytes") == 0, "nothing is queued")


NOTHING = b"\x00\x00\x00\xff\xff"


def test_a_message_without_end_that_inflates_to_nothing_is_too_big(start_gateway):
    gateway = start_gateway(loops=1, routes=[{**ECHO, "limits": {"message": "16KiB"}}])
    with CompressingClient.tls(gateway) as client:
        client.open()
        client.send(compressed(NOTHING * 38_000, final=False))
        client.send(frame(PING, b"within eight times the limit and 64 KiB"))
        assert client.read_frame()[0] == PONG
        client.send(frame(CONTINUATION, NOTHING * 2_000, final=False))
        closes(client, 1009, "a message is larger than 16384 bytes")


def test_an_end_right_behind_many_messages_is_not_heard_before_them(start_gateway):
    """More than a turn's worth of messages, a close frame, close_notify and FIN, in one segment or two."""
    gateway = start_gateway(loops=1, routes=[{**ECHO, "limits": {"message": "8MiB", "outbound": "64MiB"}}])
    with by_hand(gateway) as (plain, tls, outgoing):
        tls.write(compressed(deflate(bytes(4 << 20))) * 3 + frame(CLOSE, b"\x03\xe8bye"))
        with pytest.raises(ssl.SSLWantReadError):
            tls.unwrap()
        plain.sendall(outgoing.read())
        plain.shutdown(socket.SHUT_WR)
        (session,) = wait_until(lambda: gateway.sessions("state=closed"), "the session is closed")
    assert session["received"] == {"messages": 3, "bytes": 12 << 20}
    assert (session["close"]["code"], session["close"]["cause"]) == (1000, "normal")


@pytest.mark.parametrize("seed", range(20))
def test_random_payloads_close_or_come_back(echo_gateway, seed):
    noise = zlib.compress(f"seed {seed}".encode() * 3, 9) * 10
    with CompressingClient.tls(echo_gateway) as client:
        client.open()
        client.send(compressed(noise[seed:], BINARY))
        client.send(frame(TEXT, b"end"))
        try:
            assert client.read_message() is not None
        except AssertionError as closed:
            assert CORRUPT.encode() in closed.args[0]
    assert echo_gateway.get("/healthz").status == 200
