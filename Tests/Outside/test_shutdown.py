"""SIGTERM and SIGINT: sessions are told, the process ends with 0; a second signal does not wait."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import RawClient, connect, upgrade_head
from gateway import relay
from waiting import eventually, wait_until


async def converse(client) -> int:
    """Exchanges numbered messages until the gateway closes, and returns the close code."""
    number = 0
    try:
        while True:
            await client.send(str(number))
            assert await client.recv() == str(number)
            number += 1
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_sessions_under_load_are_closed_with_1001(start_gateway, number):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        clients = [await connect(gateway, path) for path in ("/echo", "/relay/room") for _ in range(50)]
        talks = [asyncio.create_task(converse(client)) for client in clients]
        await eventually(lambda: gateway.metric("roadstead_messages_total") > 1000, "messages flow")
        gateway.process.send_signal(number)
        assert set(await asyncio.gather(*talks)) == {1001}
        await eventually(lambda: gateway.process.poll() is not None, "the process ends", 12)
        assert gateway.process.returncode == 0, gateway.log_tail
        await eventually(lambda: all(c.close_code is not None for c in backend.connections), "the backend's connections end")


def test_draining_is_not_ready_and_a_second_signal_ends_it_at_once(start_gateway):
    gateway = start_gateway(drain={"period": "60s", "spread": "60s"})
    # Clients that do not answer: the drain has something to wait for.
    clients = [RawClient.tls(gateway) for _ in range(20)]
    for client in clients:
        client.upgrade()
    gateway.process.send_signal(signal.SIGTERM)
    wait_until(lambda: gateway.get("/readyz").status == 503, "the gateway is draining")
    assert gateway.get("/healthz").status in (200, 503)
    assert gateway.process.poll() is None
    started = time.monotonic()
    gateway.process.send_signal(signal.SIGTERM)
    gateway.process.wait(5)
    assert time.monotonic() - started < 2
    for client in clients:
        client.socket.close()


def test_a_client_that_ignores_the_close_cannot_hold_the_process(start_gateway):
    gateway = start_gateway(drain={"period": "2s", "spread": "1s"})
    command = [sys.executable, str(backends.PROGRAMS / "idle_client.py"), gateway.url(), str(gateway.authority), "3"]
    with backends.process(*command) as client:
        os.kill(client.pid, signal.SIGSTOP)
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(6) == 0


def test_an_idle_gateway_ends_at_once(echo_gateway):
    started = time.monotonic()
    echo_gateway.stop()
    assert time.monotonic() - started < 3


async def test_nobody_is_accepted_while_draining(start_gateway):
    gateway = start_gateway(drain={"period": "5s", "spread": "3s"})
    clients = [await connect(gateway) for _ in range(20)]
    gateway.process.send_signal(signal.SIGTERM)
    await eventually(lambda: gateway.get("/readyz").status == 503, "the gateway is draining")
    # A connection that was under way may still hear why.
    with contextlib.suppress(OSError, EOFError), RawClient.tls(gateway) as late:
        late.send(upgrade_head())
        assert late.read_head()[0] == 503
    for client in clients:
        await client.wait_closed()
        assert client.close_code == 1001


def test_a_signal_that_comes_when_all_is_done_is_no_failure(start_gateway):
    for _ in range(5):
        gateway = start_gateway()
        gateway.process.send_signal(signal.SIGTERM)
        while gateway.process.poll() is None:
            if 'msg="stopped"' in gateway.log:
                gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.returncode == 0
