"""Waiting for conditions, never for time to pass."""

import asyncio
import time

POLL_SECONDS = 0.02


def wait_until(condition, what: str, seconds: float = 10):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_SECONDS)


async def eventually(condition, what: str, seconds: float = 10):
    """The same beside other tasks; `condition` itself must not block for long."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(POLL_SECONDS)


async def standstill(measure, seconds: float = 1, at_most: float = 30):
    """Waits until `measure()` has kept one value for `seconds`, and returns it: back-pressure has reached the sender."""
    deadline = time.monotonic() + at_most
    value, since = measure(), time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < deadline, f"still moving after {at_most} s: {value}"
        await asyncio.sleep(POLL_SECONDS)
        if (current := measure()) != value:
            value, since = current, time.monotonic()
    return value


async def stays(condition, what: str, seconds: float):
    """Asserts that `condition()` is true all the while; for what must not happen, which no waiting can show sooner."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"no longer, though it should be for {seconds} s: {what}"
        await asyncio.sleep(POLL_SECONDS)
