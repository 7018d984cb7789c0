"""Consistent hashing: a key stays where it is, and a new endpoint takes about its share and nothing more."""

import contextlib

import pytest

from clients import connect, session_id
from gateway import relay
from recording import recording_backend

KEYS = 80


def by_query(key: int) -> tuple[str, dict]:
    return f"/relay/room?user={key}&other=x", {}


def by_header(key: int) -> tuple[str, dict]:
    return "/relay/room", {"additional_headers": {"X-Room": f"room {key}"}}


def by_address(key: int) -> tuple[str, dict]:
    return "/relay/room", {"host": "127.0.0.1", "server_hostname": "localhost", "local_addr": (f"127.0.{1 + key // 100}.{1 + key % 100}", 0)}


METHODS = {"hash:query:user": by_query, "hash:header:X-Room": by_header, "hash:ip": by_address}
BALANCES = pytest.mark.parametrize("balance", METHODS)


def hashing(balance: str) -> dict:
    return {"balance": balance, "pool": {"warm": 0}, "health": {"kind": "none"}}


async def place(gateway, balance: str, key: int) -> str:
    """The endpoint that serves a key."""
    path, options = METHODS[balance](key)
    async with connect(gateway, path, **options) as client:
        return gateway.session(session_id(client))["upstream"]["endpoint"]


async def places(gateway, balance: str) -> list[str]:
    return [await place(gateway, balance, key) for key in range(KEYS)]


@BALANCES
async def test_the_same_key_goes_to_the_same_endpoint(start_gateway, balance):
    async with contextlib.AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(recording_backend())).url for _ in range(3)]
        gateway = start_gateway(**relay(*urls, upstream=hashing(balance)))
        found = await places(gateway, balance)
        assert set(found) == set(urls)
        # About a third each; far off would be a bad hash.
        assert all(KEYS / 3 * 0.4 < found.count(url) < KEYS / 3 * 1.9 for url in urls), [found.count(url) for url in urls]
        assert await places(gateway, balance) == found
        gateway.stop()
        # Neither a restart, nor the number of loops, nor the order in the file matters.
        again = start_gateway(loops=1, **relay(*reversed(urls), upstream=hashing(balance)))
        assert await places(again, balance) == found


@BALANCES
async def test_a_new_endpoint_takes_its_share_from_all(start_gateway, balance):
    async with contextlib.AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(recording_backend())).url for _ in range(4)]
        before = start_gateway(loops=1, **relay(*urls[:3], upstream=hashing(balance)))
        found = await places(before, balance)
        before.stop()
        after = start_gateway(loops=1, **relay(*urls, upstream=hashing(balance)))
        moved = [(old, new) for old, new in zip(found, await places(after, balance), strict=True) if old != new]
        assert all(new == urls[3] for _, new in moved), "a key moved between endpoints that were there before"
        assert KEYS * 0.08 < len(moved) < KEYS * 0.5, len(moved)


async def test_keys_of_an_endpoint_that_is_gone_are_spread_and_come_back(start_gateway):
    balance = "hash:query:user"
    async with contextlib.AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(recording_backend())).url for _ in range(3)]
        # The health check sees to it, not the sessions.
        health = {"kind": "tcp", "interval": "100ms", "timeout": "100ms", "rise": 1, "fall": 1}
        gateway = start_gateway(loops=1, **relay(*urls, upstream={**hashing(balance), "health": health}))
        found = await places(gateway, balance)
        drained = gateway.request("POST", f"/api/v1/upstreams/backend/drain?endpoint={urls[0]}")
        assert drained.status == 202
        without = await places(gateway, balance)
        assert urls[0] not in without
        assert all(old in (new, urls[0]) for old, new in zip(found, without, strict=True)), "a key moved that need not have"
        assert gateway.request("POST", f"/api/v1/upstreams/backend/undrain?endpoint={urls[0]}").status == 202
        assert await places(gateway, balance) == found


async def test_sessions_without_a_key_are_served(start_gateway):
    async with recording_backend() as one, recording_backend() as other:
        gateway = start_gateway(loops=1, **relay(one.url, other.url, upstream=hashing("hash:header:X-Room")))
        for _ in range(4):
            async with connect(gateway, "/relay/room") as client:
                await client.send("hello")
                assert await client.recv() == "got hello"
