"""The /echo route over wss, through two Python libraries and Node's ws."""

import os
import subprocess

import aiohttp
import pytest

from backends import NODE_ENVIRONMENT, PROGRAMS
from clients import connect
from gateway import ECHO

MIB = 1 << 20
LARGE = {"routes": [{**ECHO, "limits": {"message": "16MiB", "outbound": "16MiB"}}]}


@pytest.mark.parametrize("message", ["hello", "", "naïve 🚢 text", b"\x00\xff binary", b"", "x" * 125, "x" * 126, b"y" * 65535, b"y" * 65536])
async def test_a_message_comes_back_as_it_went(echo_gateway, message):
    async with connect(echo_gateway) as client:
        await client.send(message)
        assert await client.recv() == message


@pytest.mark.parametrize("size", [MIB, 16 * MIB])
async def test_a_large_message_comes_back_as_it_went(start_gateway, size):
    message = os.urandom(size)
    async with connect(start_gateway(**LARGE)) as client:
        await client.send(message)
        assert await client.recv() == message


async def test_a_large_text_comes_back_as_it_went(start_gateway):
    message = "größer " * 200_000
    async with connect(start_gateway(**LARGE)) as client:
        await client.send(message)
        assert await client.recv() == message


async def test_many_messages_in_flight_come_back_in_order(echo_gateway):
    async with connect(echo_gateway) as client:
        for number in range(2000):
            await client.send(str(number))
        assert [await client.recv() for _ in range(2000)] == [str(number) for number in range(2000)]


@pytest.mark.parametrize("message", ["text", "", "t" * MIB])
async def test_aiohttp_gets_its_text_back(echo_gateway, message):
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(echo_gateway.url(), ssl=echo_gateway.tls_context(), max_msg_size=0) as client:
            await client.send_str(message)
            assert await client.receive_str() == message


@pytest.mark.parametrize("message", [b"binary", b"", b"b" * MIB])
async def test_aiohttp_gets_its_bytes_back(echo_gateway, message):
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(echo_gateway.url(), ssl=echo_gateway.tls_context(), max_msg_size=0) as client:
            await client.send_bytes(message)
            assert await client.receive_bytes() == message


def test_node_ws_gets_its_messages_back_in_order(echo_gateway):
    command = ["node", PROGRAMS / "node_client.js", echo_gateway.url(), echo_gateway.authority, "500"]
    run = subprocess.run(command, env=NODE_ENVIRONMENT, capture_output=True, text=True, timeout=30)
    assert run.stdout.strip() == "500 in order, closed with 1000", run.stderr


async def test_pings_are_answered_here(echo_gateway):
    async with connect(echo_gateway) as client:
        answered = await client.ping(b"are you there?")
        assert await answered >= 0
