"""One conversation over wss with each client library that people use: messages of both kinds, fragments, pings, and a close from either side."""

import asyncio
import contextlib
import sys

import pytest

import backends
from backends import NODE_ENVIRONMENT, PROGRAMS
from gateway import relay

CLIENTS = {
    "websocket-client": [sys.executable, PROGRAMS / "interop_websocket_client.py"],
    "aiohttp": [sys.executable, PROGRAMS / "interop_aiohttp.py"],
    "node-ws": ["node", PROGRAMS / "interop_node.js"],
    # In whatever locale.
    "java": ["java", "-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8", "-XX:TieredStopAtLevel=1", PROGRAMS / "Interop.java"],
}
EACH = pytest.mark.parametrize("command", CLIENTS.values(), ids=CLIENTS.keys())
# Nothing but a client or its backend ends a session here.
ROUTE = {"limits": {"message": "16MiB", "outbound": "16MiB"}}


class Conversation:
    """A client that has exchanged its messages."""

    def __init__(self, child: asyncio.subprocess.Process):
        self._child = child

    async def end(self) -> str:
        """How the client says it was closed."""
        said, complaint = await self._child.communicate()
        assert self._child.returncode == 0, complaint.decode()
        return said.decode().strip()


@contextlib.asynccontextmanager
async def conversation(gateway, command: list, path: str, way: str):
    arguments = [*map(str, command), gateway.url(path), str(gateway.authority), way]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*arguments, env=NODE_ENVIRONMENT, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe)
    try:
        said = await child.stdout.readline()
        assert said == b"exchanged\n", (said, (await child.stderr.read()).decode())
        yield Conversation(child)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def only_session(gateway, path: str) -> str:
    (session,) = gateway.sessions(f"route={path.split('/')[1]}")
    return session["id"]


@EACH
@pytest.mark.parametrize("path", ["/echo", "/relay/room"])
@pytest.mark.deadline(90)
async def test_a_client_closes(start_gateway, command, path):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=ROUTE))
        async with conversation(gateway, command, path, "close") as talk:
            assert (await talk.end()).startswith("closed 4001")
        (session,) = gateway.sessions("state=closed")
        record = session["close"]
        assert (record["closed_by"], record["code"], record["reason"], record["cause"]) == ("client", 4001, "fare well", "normal")
        if path != "/echo":
            upstream = await backend.connection()
            await asyncio.wait_for(upstream.wait_closed(), 5)
            assert (upstream.protocol.close_rcvd.code, upstream.protocol.close_rcvd.reason) == (4001, "fare well")


@EACH
@pytest.mark.deadline(90)
async def test_an_operator_closes(start_gateway, command):
    gateway = start_gateway(**relay("ws://127.0.0.1:1", upstream={"health": {"kind": "none"}}))
    async with conversation(gateway, command, "/echo", "wait") as talk:
        identifier = only_session(gateway, "/echo")
        assert gateway.request("DELETE", f"/api/v1/sessions/{identifier}?code=4002&reason=ahoy").status == 204
        assert await talk.end() == "closed 4002 ahoy"
    record = await gateway.closed(identifier)
    assert (record["closed_by"], record["code"], record["cause"]) == ("gateway", 4002, "kicked")


@EACH
@pytest.mark.deadline(90)
async def test_a_backend_closes(start_gateway, command):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url, route=ROUTE))
        async with conversation(gateway, command, "/relay/room", "wait") as talk:
            identifier = only_session(gateway, "/relay/room")
            await (await backend.connection()).close(4003, "größer")
            assert await talk.end() == "closed 4003 größer"
        record = await gateway.closed(identifier)
        assert (record["closed_by"], record["code"], record["reason"]) == ("upstream", 4003, "größer")
