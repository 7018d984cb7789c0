"""Acknowledges numbered messages and sends its own.   usage: counting_backend.py PORT LOG [STREAM_SECONDS]

A client's message `c CLIENT N` is logged and answered with `a CLIENT N`. With STREAM_SECONDS each connection is also sent `s CLIENT ATTACH N`,
N from 0, every so many seconds until SIGUSR2. CLIENT is the last part of the path, ATTACH the header Roadstead-Attach.

The log has one line an event, written with one write(2), so that it outlives the process:

    open CLIENT ATTACH SESSION      before the 101
    receipt CLIENT ATTACH N         before the acknowledgement
    acknowledged CLIENT ATTACH N    when the kernel has taken it
    streamed CLIENT ATTACH N        when the kernel has taken it
    closed CLIENT ATTACH CODE
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import sys

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Log:
    """Lines that are in the kernel when the call returns."""

    def __init__(self, path: str):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, *words) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


def identity(request) -> tuple[str, str, str] | None:
    """Client, attach and session; nothing for a health check."""
    session = request.headers.get("Roadstead-Session")
    return (request.path.rsplit("/", 1)[-1], request.headers["Roadstead-Attach"], session) if session else None


async def send(log: Log, connection: ServerConnection, message: str, *words) -> None:
    """Sends, and logs the words if the kernel has the message."""
    await connection.send(message)
    if connection.transport.get_write_buffer_size() == 0:
        log.write(*words)


async def stream(log: Log, quiet: asyncio.Event, connection: ServerConnection, client: str, attach: str, seconds: float) -> None:
    """The backend's own numbers, at a pace that differs between connections only in its phase."""
    with contextlib.suppress(ConnectionClosed):
        await asyncio.sleep(random.uniform(0, seconds))
        for number in itertools.count():
            if quiet.is_set():
                return
            await send(log, connection, f"s {client} {attach} {number}", "streamed", client, attach, number)
            await asyncio.sleep(seconds)


async def main(port: int, path: str, seconds: float) -> None:
    log, quiet = Log(path), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, quiet.set)

    def opening(connection, request) -> None:
        if who := identity(request):
            log.write("open", *who)

    async def count(connection: ServerConnection) -> None:
        who = identity(connection.request)
        if who is None:
            return await connection.wait_closed()
        client, attach, _ = who
        streaming = asyncio.create_task(stream(log, quiet, connection, client, attach, seconds)) if seconds else None
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                kind, sender, number = message.split(" ")
                assert (kind, sender) == ("c", client), message
                log.write("receipt", client, attach, number)
                # Messages that came before the peer's close are still to be read, though nothing can be answered any more.
                with contextlib.suppress(ConnectionClosed):
                    await send(log, connection, f"a {client} {number}", "acknowledged", client, attach, number)
        if streaming:
            streaming.cancel()
        await connection.wait_closed()
        log.write("closed", client, attach, connection.close_code)

    options = {"ping_interval": None, "compression": None, "backlog": 2048, "open_timeout": 60}
    async with serve(count, "127.0.0.1", port, process_request=opening, **options):
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0))
