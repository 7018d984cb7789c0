"""Warm connections: there before a session, taken by it, replaced, retired, and never in its way."""

import asyncio

import pytest

from clients import connect, session_id
from faults import Link, fault_relay
from gateway import relay
from recording import recording_backend
from waiting import eventually, stays

WARM = 4


def warm(count: int = WARM, idle_timeout: str = "60s", **upstream) -> dict:
    """No other connections than warm ones and sessions'."""
    return {"pool": {"warm": count, "idle_timeout": idle_timeout}, "health": {"kind": "none"}, **upstream}


def numbers(gateway, url: str) -> dict:
    return gateway.endpoint(url)["connections"]


async def is_warm(line, count: int = WARM) -> list[Link]:
    """Waits for so many open connections, and no more."""

    def whole() -> list[Link]:
        return [link for link in line.open_links if link.to_target and not link.was_cut]

    await eventually(lambda: len(whole()) == count, f"{count} warm connections")
    await stays(lambda: len(whole()) == count, f"{count} warm connections, not more", 0.3)
    return whole()


async def exchange(client, message: str = "hello") -> None:
    await client.send(message)
    assert await asyncio.wait_for(client.recv(), 5) == f"got {message}"


@pytest.mark.parametrize("loops", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("count", [1, 4, 7])
async def test_as_many_as_configured_are_kept_ready_in_all(start_gateway, loops, count):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=loops, **relay(line.url, upstream=warm(count)))
        links = await is_warm(line, count)
        assert all(link.to_target.passed == 0 for link in links), "a warm connection has said something"
        endpoint = gateway.endpoint(line.url)
        assert endpoint["warm"] == endpoint["connections"]["warm"] == count
        assert (endpoint["sessions"], endpoint["connections"]["leased"]) == (0, 0)
        assert gateway.metric("roadstead_upstream_connections", upstream="backend", endpoint=line.url, state="warm") == count


async def test_none_are_kept_where_none_are_wanted(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream=warm(0)))
        await stays(lambda: not line.links, "nobody connects", 1)
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            assert len(line.links) == 1


@pytest.mark.parametrize("loops", [1, 2])
async def test_a_session_takes_one_that_is_there_and_it_is_replaced(start_gateway, loops):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=loops, **relay(line.url, upstream=warm()))
        ready = await is_warm(line)
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            taken = line.link_to(backend.latest.connection)
            assert taken in ready, "the session waited for a new connection"
            await is_warm(line, WARM + 1)
            connections = numbers(gateway, line.url)
            assert (connections["warm"], connections["leased"]) == (WARM, 1)
        # A connection that served a session serves no other.
        await eventually(lambda: not taken.is_open, "the session's connection is closed")
        await is_warm(line)
        assert numbers(gateway, line.url)["leased"] == 0


async def test_a_session_takes_a_connection_that_is_there(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=1, **relay(line.url, upstream=warm()))
        ready = await is_warm(line)
        for number in range(WARM):
            async with connect(gateway, "/relay/room") as client:
                await exchange(client)
                if number == 0:
                    assert line.link_to(backend.latest.connection) in ready


async def test_what_has_waited_too_long_is_replaced(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream=warm(idle_timeout="1s")))
        first = await is_warm(line)
        await eventually(lambda: not any(link.is_open for link in first), "the first ones are retired", 5)
        await eventually(lambda: numbers(gateway, line.url)["warm"] == WARM, "new ones have taken their place")
        # One more at most while one goes and another comes, for each loop.
        assert line.most_at_once <= WARM + gateway.get("/api/v1/info").json["loops"]
        # Retired, not lost: nobody counts that as a failure.
        endpoint = gateway.endpoint(line.url)
        assert (endpoint["state"], endpoint["failures"], endpoint["ejections"]) == ("up", 0, 0)


async def test_warm_connections_that_the_backend_closes_are_replaced_in_good_order(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(**relay(line.url, upstream=warm(reconnect={"initial": "100ms", "maximum": "10s"})))
        for _ in range(3):
            links = await is_warm(line)
            for link in links:
                link.cut()
            await eventually(lambda: not any(link.is_open for link in links), "they are gone")
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
        # A backend that closes each at once is not asked again and again.
        line.prepare = lambda link: link.reset()
        line.reset_all()
        before = len(line.links)
        await stays(lambda: len(line.links) - before <= 40, "new ones come at a distance", 3)


async def test_a_stale_one_costs_the_session_nothing(start_gateway):
    """The backend has closed its end, and the gateway learns of it by the session's own request."""
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=1, **relay(line.url, upstream=warm(outlier={"failures": 1, "eject": "60s", "maximum_ejected": "100%"})))
        for link in await is_warm(line):
            link.to_target.after(0, link.reset)
        for _ in range(WARM):
            async with connect(gateway, "/relay/room") as client:
                await exchange(client)
                assert backend.latest.session == session_id(client)
                assert backend.latest.attach == 1
        endpoint = gateway.endpoint(line.url)
        assert (endpoint["state"], endpoint["ejections"]) == ("up", 0)


@pytest.mark.parametrize("loops", [1, 2])
async def test_sessions_that_come_when_all_are_cut_get_in(start_gateway, loops):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=loops, **relay(line.url, upstream=warm()))
        for _ in range(3):
            for link in await is_warm(line):
                link.cut()
            async with connect(gateway, "/relay/room") as client:
                await exchange(client)


async def test_a_lost_session_goes_on_over_a_warm_one(start_gateway):
    async with recording_backend() as backend, fault_relay(backend.port) as line:
        gateway = start_gateway(loops=1, **relay(line.url, upstream=warm()))
        await is_warm(line)
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            ready = [link for link in await is_warm(line, WARM + 1) if link is not line.link_to(backend.latest.connection)]
            line.link_to(backend.latest.connection).reset()
            await eventually(lambda: len(backend.attachments) == 2, "the session is attached again", 2)
            assert line.link_to(backend.latest.connection) in ready
            await exchange(client, "after")
