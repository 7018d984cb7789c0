"""When the process runs out of descriptors."""

import asyncio
import contextlib

from clients import connect
from waiting import eventually

LIMIT = 64


async def test_open_sessions_go_on_and_accepting_resumes(start_gateway):
    gateway = start_gateway(descriptors=LIMIT)
    clients = []
    # Connect until one is left waiting: the kernel has accepted it, the gateway cannot.
    with contextlib.suppress(TimeoutError):
        while len(clients) <= LIMIT:
            async with asyncio.timeout(2):
                clients.append(await connect(gateway))
    assert LIMIT / 4 < len(clients) < LIMIT
    assert gateway.descriptor_count <= LIMIT

    for number, client in enumerate(clients):
        await client.send(str(number))
        assert await asyncio.wait_for(client.recv(), 5) == str(number)

    lines = [line for line in gateway.log.splitlines() if "descriptor" in line.lower()]
    # Said, and not said for every attempt.
    assert 1 <= len(lines) <= 10, lines

    for client in clients[: len(clients) // 2]:
        await client.close()
    async with asyncio.timeout(10):
        async with connect(gateway) as late:
            await late.send("late, but in")
            assert await late.recv() == "late, but in"
    for client in clients:
        await client.close()
    await eventually(lambda: not gateway.sessions(), "all sessions are gone")
