"""Each limit of the configuration: what is at the limit passes, one past it is refused or closed, and a metric moves."""

import contextlib
import time
from dataclasses import dataclass
from typing import Callable

import pytest

from clients import BINARY, CLOSE, PING, TEXT, RawClient, frame, upgrade_head
from gateway import ECHO
from test_slow_clients import SlowReader
from waiting import wait_until

KIB, MIB = 1 << 10, 1 << 20


@dataclass
class Limit:
    """A key, what may be done under it, one thing more, and what that gets: a status or a close code."""

    key: str
    sections: dict
    within: Callable[[RawClient], None]
    beyond: Callable[[RawClient], None]
    answer: int
    metric: tuple[str, dict[str, str]]


def echo(**limits) -> dict:
    return {"routes": [{**ECHO, "limits": limits}]}


def head(size: int) -> Callable[[RawClient], None]:
    def send(client: RawClient) -> None:
        bare = upgrade_head(X_Padding="")
        client.send(bare.replace(b"X-Padding: ", b"X-Padding: " + b"p" * (size - len(bare))))

    return send


def messages(*sizes: int, fragment: int | None = None) -> Callable[[RawClient], None]:
    def send(client: RawClient) -> None:
        client.upgrade()
        for size in sizes:
            step = fragment or max(size, 1)
            for start in range(0, max(size, 1), step):
                part = bytes(min(step, size - start))
                client.send(frame(0 if start else BINARY, part, final=start + step >= size))

    return send


def many(count: int, opcode: int = TEXT, payload: bytes = b"x") -> Callable[[RawClient], None]:
    def send(client: RawClient) -> None:
        client.upgrade()
        client.send(b"".join(frame(opcode, payload) for _ in range(count)))

    return send


def closed(cause: str) -> tuple[str, dict[str, str]]:
    return "roadstead_sessions_closed_total", {"route": "echo", "closed_by": "gateway", "cause": cause}


RATE = {"on_rate_limit": "close"}
LIMITS = [
    Limit("header", {"limits": {"header": "2KiB"}}, head(2048), head(2049), 431, ("roadstead_upgrade_refusals_total", {"status": "431"})),
    Limit("message", echo(message="1KiB"), messages(1024), messages(1025), 1009, closed("message_too_big")),
    Limit("message in fragments", echo(message="1KiB"), messages(1024, fragment=100), messages(1025, fragment=100), 1009,
          closed("message_too_big")),
    Limit("message over 64 KiB", echo(message=100_000), messages(100_000), messages(100_001), 1009,
          closed("message_too_big")),
    Limit("messages_per_second", echo(messages_per_second=100, **RATE), many(100), many(101), 1008, closed("rate_limit")),
    Limit("messages_per_second, pings", echo(messages_per_second=100, **RATE), many(100, PING), many(101, PING), 1008,
          closed("rate_limit")),
    # Payload, and one byte a frame: 1,000 + 23 + 1 are the burst.
    Limit("bytes_per_second", echo(bytes_per_second=1024, **RATE), messages(1000, 22), messages(1000, 22, 0), 1008,
          closed("rate_limit")),
]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.key.replace(" ", "-"))
def test_at_the_limit_and_one_past_it(start_gateway, limit):
    gateway = start_gateway(**limit.sections)
    name, labels = limit.metric
    with RawClient.tls(gateway) as client:
        limit.within(client)
        if limit.answer < 600:
            assert client.read_head()[0] == 101
        client.send(frame(CLOSE, b"\x03\xe8"))
        opcode, payload = client.read_frame()
        while opcode != CLOSE:
            opcode, payload = client.read_frame()
        assert payload == b"\x03\xe8", "the client's own close, and no other"
    assert gateway.metric(name, **labels) == 0
    with RawClient.tls(gateway) as client:
        limit.beyond(client)
        if limit.answer < 600:
            assert client.read_response()[0] == limit.answer
        else:
            opcode, payload = client.read_frame()
            while opcode != CLOSE:
                opcode, payload = client.read_frame()
            assert int.from_bytes(payload[:2], "big") == limit.answer
    wait_until(lambda: gateway.metric(name, **labels) == 1, "the metric moved")


def test_sessions(start_gateway):
    gateway = start_gateway(limits={"sessions": 3})
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(RawClient.tls(gateway)).upgrade()
        assert gateway.metric("roadstead_upgrade_refusals_total", status="503") == 0
        late = stack.enter_context(RawClient.tls(gateway))
        late.send(upgrade_head())
        status, fields, body = late.read_response()
        assert status == 503 and fields["retry-after"] and "too many sessions" in body
        assert gateway.metric("roadstead_upgrade_refusals_total", status="503") == 1


@pytest.mark.parametrize("action", ["pause", "drop_oldest", "close"])
def test_outbound(start_gateway, action):
    gateway = start_gateway(routes=[{**ECHO, "limits": {"outbound": "256KiB", "on_slow_client": action}, "timeouts": {"close": "1s"}}])

    def counted() -> float:
        return gateway.metric("roadstead_slow_client_total", action=action)

    with SlowReader(gateway) as reading:
        reading.upgrade()
        reading.send_numbers(50)
        assert reading.read_numbers(49) == list(range(50))
        assert counted() == 0
    with SlowReader(gateway) as stalled:
        stalled.upgrade()
        # As much as it takes: the kernel's buffers come before the limit.
        stalled.socket.settimeout(1)
        with contextlib.suppress(OSError):
            while counted() == 0:
                stalled.send_numbers(100)
        wait_until(lambda: counted() >= 1, "the metric moved")


def test_a_head_of_a_byte_at_a_time_is_cut_on_time(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"handshake": "2s"}}])
    began = time.monotonic()
    with RawClient.tls(gateway) as client:
        client.socket.settimeout(0.1)
        answer, sent = b"", 0
        request = upgrade_head(X_Padding="p" * 1000)
        while not answer:
            with contextlib.suppress(TimeoutError):
                client.send(request[sent:sent + 1])
                sent += 1
                answer = client.socket.recv(1000)
            assert time.monotonic() - began < 10, "the bytes put it off"
        assert 1.9 <= time.monotonic() - began < 5
        assert answer.startswith(b"HTTP/1.1 408 ") and sent >= 5
    assert gateway.metric("roadstead_upgrade_refusals_total", status="408") == 1


def test_a_tls_handshake_of_a_byte_at_a_time_is_cut_on_time(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"handshake": "2s"}}])
    began = time.monotonic()
    with RawClient(gateway.port) as client:
        client.socket.settimeout(0.1)
        # The beginning of a ClientHello of 512 bytes.
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
        sent, is_over = 0, False
        while not is_over:
            try:
                client.send(hello[sent:sent + 1])
                sent += 1
                is_over = client.socket.recv(1) == b""
            except TimeoutError:
                pass
            except ConnectionError:
                is_over = True
            assert time.monotonic() - began < 10, "the bytes put it off"
        assert 1.9 <= time.monotonic() - began < 5 and sent >= 5
    wait_until(lambda: gateway.metric("roadstead_handshake_failures_total", cause="handshake_timeout") == 1, "the metric moved")
