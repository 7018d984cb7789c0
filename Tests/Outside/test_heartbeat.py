"""Dead clients: stopped processes, killed processes, silence."""

import asyncio
import os
import signal
import sys
import time

import pytest
from websockets.exceptions import ConnectionClosed

import backends
from clients import connect, session_id
from gateway import ECHO, relay
from waiting import eventually, wait_until

INTERVAL, TIMEOUT = 1, 1
BEATING = {"heartbeat": {"interval": f"{INTERVAL}s", "timeout": f"{TIMEOUT}s"}}
# What scheduling on a busy machine may add to a bound.
SLACK = 1.5


def idle_client(gateway, path: str = "/echo", count: int = 1):
    """A client in a process of its own, and the ids of its sessions."""
    command = [sys.executable, str(backends.PROGRAMS / "idle_client.py"), gateway.url(path), str(gateway.authority), str(count)]
    return backends.process(*command)


def test_a_stopped_client_is_found_dead_in_time(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, **BEATING}])
    with idle_client(gateway) as client:
        (identifier,) = client.first_line.split()
        # One round trip first: the session is known to be alive and beating.
        wait_until(lambda: gateway.session(identifier)["rtt_ms"]["last"] is not None, "a pong came")
        stopped = time.monotonic()
        os.kill(client.pid, signal.SIGSTOP)
        record = gateway.close_record(identifier, INTERVAL + TIMEOUT + SLACK)
        assert time.monotonic() - stopped > TIMEOUT / 2, "closed before it can have been known dead"
        assert (record["closed_by"], record["cause"], record["stage"]) == ("network", "heartbeat_timeout", "open")
        assert gateway.metric("roadstead_heartbeat_timeouts_total", route="echo") == 1
        assert gateway.metric("roadstead_sessions") == 0


async def test_a_dead_client_frees_its_upstream(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=BEATING))
        # The backend runs in this loop, so the client's start must not block it.
        entered = idle_client(gateway, "/relay/room")
        client = await asyncio.to_thread(entered.__enter__)
        try:
            os.kill(client.pid, signal.SIGSTOP)
            await eventually(lambda: backend.connections[0].close_code is not None, "the upstream is closed", INTERVAL + TIMEOUT + SLACK)
            record = await gateway.closed(client.first_line)
            assert record["cause"] == "heartbeat_timeout"
        finally:
            entered.__exit__(None, None, None)


def test_a_killed_client_is_gone_at_once(start_gateway):
    # The heartbeat is far away: only the kernel's news can end the session.
    gateway = start_gateway(routes=[{**ECHO, "heartbeat": {"interval": "1h", "timeout": "1h"}}])
    with idle_client(gateway, count=5) as client:
        identifiers = client.first_line.split()
        client.kill()
        for identifier in identifiers:
            record = gateway.close_record(identifier, 2)
            assert record["cause"] == "reset" or record["closed_by"] == "client"
    assert gateway.metric("roadstead_sessions") == 0


def test_a_live_client_stays(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, **BEATING}])
    with idle_client(gateway) as client:
        identifier = client.first_line
        wait_until(lambda: gateway.metric("roadstead_heartbeat_rtt_seconds_count", route="echo") >= 3, "three beats are answered")
        assert gateway.session(identifier)["state"] == "open"


async def test_an_idle_session_is_closed_where_that_is_asked(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"idle": "1s"}, "heartbeat": {"interval": "300ms", "timeout": "5s"}}])
    async with connect(gateway) as client:
        # Pongs are not activity: only messages are.
        await asyncio.wait_for(client.wait_closed(), 5)
        record = await gateway.closed(session_id(client))
        assert (record["closed_by"], record["cause"]) == ("gateway", "idle_timeout")


async def test_a_lifetime_ends_even_a_busy_session(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"lifetime": "1s"}}])
    async with connect(gateway) as client:
        with pytest.raises(ConnectionClosed):
            while True:
                await client.send("busy")
                await client.recv()
        record = await gateway.closed(session_id(client))
        assert (record["closed_by"], record["cause"]) == ("gateway", "lifetime")
