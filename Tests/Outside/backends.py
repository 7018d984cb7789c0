"""WebSocket backends that stand behind the gateway, each on a free port."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed

from faults import narrow
from ports import free_port
from waiting import eventually

PROGRAMS = Path(__file__).parent / "programs"
NODE_ENVIRONMENT = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}


@dataclass
class Backend:
    """A backend in the test's own event loop; it remembers every connection that it got."""

    port: int
    scheme: str = "ws"
    # Of a unix socket, which has no port.
    path: str | None = None
    host: str = "127.0.0.1"
    connections: list[ServerConnection] = field(default_factory=list)
    tasks: list[asyncio.Task] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        return f"unix:{self.path}" if self.path else f"{self.scheme}://{self.host}:{self.port}"

    async def connection(self) -> ServerConnection:
        """The first connection; it may come a moment after the client was told of its upgrade."""
        return await eventually(lambda: self.connections and self.connections[0], "the backend got a connection")


async def echo(connection: ServerConnection) -> None:
    """Sends back what comes."""
    async for message in connection:
        await connection.send(message)


@contextlib.asynccontextmanager
async def backend(handler=echo, scheme: str = "ws", path: str | None = None, host: str = "127.0.0.1", **options):
    """A backend of the Python `websockets` library, on a unix socket if there is a path; `handler` gets each connection.

    `host` is as in a URL: `[::1]` is an address of IPv6.
    """
    here = Backend(0 if path else free_port(), scheme, path, host)

    async def remember(connection: ServerConnection) -> None:
        here.connections.append(connection)
        here.tasks.append(asyncio.current_task())
        with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
            await handler(connection)

    options = {"max_size": None, "ping_interval": None, "close_timeout": 2, "compression": None, **options}
    async with unix_serve(remember, path, **options) if path else serve(remember, host.strip("[]"), here.port, **options):
        try:
            yield here
        finally:
            # A handler that waits for something would hold up the server's end, and hide the failure of a test behind its deadline.
            for task in here.tasks:
                task.cancel()


@contextlib.asynccontextmanager
async def tcp_backend(handler, is_narrow: bool = False):
    """Something that listens but need not speak WebSocket; `handler(reader, writer)` gets each connection."""
    port = free_port()
    listener = socket.create_server(("127.0.0.1", port))
    if is_narrow:
        narrow(listener)
    tasks = set()

    async def remember(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(remember, sock=listener)
    try:
        yield Backend(port)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def starting(*command: str, env: dict | None = None, **options):
    """A child process that is killed at the end; it need not be ready yet."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, **options)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def wait_for_first_line(child: subprocess.Popen) -> None:
    """Waits until a child says on its first line of output that it is ready."""
    first = child.stdout.readline()
    assert first, f"{child.args} ended at once"
    child.first_line = first.strip()


@contextlib.contextmanager
def process(*command: str, env: dict | None = None, **options):
    """A child process that has said on its first line of output that it is ready; killed at the end."""
    with starting(*command, env=env, **options) as child:
        wait_for_first_line(child)
        yield child


@contextlib.contextmanager
def node_backend(deflate: bool = False):
    """An echo backend of Node's `ws`."""
    port = free_port()
    with process("node", str(PROGRAMS / "node_backend.js"), str(port), *["deflate"] * deflate, env=NODE_ENVIRONMENT):
        yield Backend(port)


@contextlib.contextmanager
def python_backend():
    """An echo backend of the Python `websockets` library in a process of its own, for load."""
    port = free_port()
    with process(sys.executable, str(PROGRAMS / "python_backend.py"), str(port)):
        yield Backend(port)
