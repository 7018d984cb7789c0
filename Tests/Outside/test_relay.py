"""Messages carried to a backend and back."""

import asyncio
import itertools
import ssl

import aiohttp
import pytest

import backends
from clients import connect
from gateway import relay


async def numbers_come_back(client, count: int, window: int = 64) -> None:
    """Sends numbered messages, alternately text and binary, at most `window` in flight, and expects them in order."""
    free = asyncio.Semaphore(window)

    async def send():
        for number in range(count):
            await free.acquire()
            await client.send(f"{number}" if number % 2 else f"{number}".encode())

    sender = asyncio.create_task(send())
    for number in range(count):
        assert await client.recv() == (f"{number}" if number % 2 else f"{number}".encode())
        free.release()
    await sender


async def test_a_python_backend_gets_everything_in_order(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            await numbers_come_back(client, 5000)


async def test_a_node_backend_gets_everything_in_order(start_gateway):
    with backends.node_backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            await numbers_come_back(client, 5000)


async def test_aiohttp_reaches_a_backend(start_gateway):
    async with backends.backend() as backend, aiohttp.ClientSession() as http:
        gateway = start_gateway(**relay(backend.url))
        async with http.ws_connect(gateway.url("/relay/room"), ssl=gateway.tls_context()) as client:
            await client.send_str("hello")
            assert await client.receive_str() == "hello"


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 1 << 20, 16 << 20])
async def test_messages_of_any_size_arrive_whole(start_gateway, size):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route={"limits": {"message": "16MiB"}}))
        async with connect(gateway, "/relay/room") as client:
            for message in ("t" * size, b"b" * size):
                await client.send(message)
                assert await client.recv() == message


async def test_a_backend_behind_tls_is_verified_and_reached(start_gateway, certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    async with backends.backend(scheme="wss", ssl=context) as backend:
        gateway = start_gateway(**relay(backend.url, upstream={"tls": {"ca": str(certificates / "ca.pem")}}))
        async with connect(gateway, "/relay/room") as client:
            await numbers_come_back(client, 200)


async def test_a_backend_that_speaks_first_is_heard(start_gateway):
    async def greet(connection):
        await connection.send("welcome")
        await backends.echo(connection)

    async with backends.backend(greet) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            assert await client.recv() == "welcome"


async def test_sessions_are_spread_over_the_endpoints(start_gateway):
    async with backends.backend() as first, backends.backend() as second:
        gateway = start_gateway(loops=1, **relay(first.url, second.url, upstream={"balance": "round_robin"}))
        clients = [await connect(gateway, "/relay/room") for _ in range(8)]
        assert (len(first.connections), len(second.connections)) == (4, 4)
        for client in clients:
            await client.close()


async def test_least_sessions_prefers_the_emptier_endpoint(start_gateway):
    async with backends.backend() as first, backends.backend() as second:
        gateway = start_gateway(loops=1, **relay(first.url, second.url, upstream={"balance": "least_sessions"}))
        clients = [await connect(gateway, "/relay/room") for _ in range(6)]
        assert (len(first.connections), len(second.connections)) == (3, 3)
        for client in clients:
            await client.close()


async def test_the_next_endpoint_is_tried_when_one_is_down(start_gateway):
    down = f"ws://127.0.0.1:{backends.free_port()}"
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(down, backend.url, upstream={"balance": "round_robin", "health": {"kind": "none"}}))
        for number in range(4):
            async with connect(gateway, "/relay/room") as client:
                await client.send(str(number))
                assert await client.recv() == str(number)


async def test_fragments_arrive_as_one_message_each(start_gateway):
    heard = []

    async def listen(connection):
        async for message in connection:
            heard.append(message)
            # Back in fragments too.
            await connection.send(message[index : index + 3] for index in range(0, len(message), 3))

    async with backends.backend(listen) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:
            for parts in (["he", "llo ", "wor", "ld"], [b"\x00\x01", b"\x02", b"", b"\x03\x04"]):
                whole = parts[0][:0].join(parts)
                await client.send(parts)
                assert await client.recv() == whole
                assert heard.pop() == whole


async def test_both_directions_flow_at_once(start_gateway):
    async def count_up(connection):
        async def send():
            for number in itertools.count():
                if number == 3000:
                    return
                await connection.send(f"down {number}")

        sender = asyncio.create_task(send())
        for number in range(3000):
            assert await connection.recv() == f"up {number}"
        await sender
        await connection.wait_closed()

    async with backends.backend(count_up) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as client:

            async def send():
                for number in range(3000):
                    await client.send(f"up {number}")

            sender = asyncio.create_task(send())
            for number in range(3000):
                assert await client.recv() == f"down {number}"
            await sender
