"""A WebSocket backend that counts.   usage: backend.py NAME COLOUR PORT

It answers each message with who it is and how many messages of that session it has answered. It ends when its standard input does, so
that none is left behind by a demo that was killed.
"""

import asyncio
import json
import logging
import os
import sys

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Backend:
    """What one process answers; its counts are gone when it is killed."""

    def __init__(self, name: str, colour: str):
        self.name, self.colour = name, colour
        self._counts: dict[str, int] = {}

    async def answer(self, connection: ServerConnection) -> None:
        """Answers one connection's messages, each `{"n": NUMBER}`."""
        headers = connection.request.headers
        session, attach = headers.get("Roadstead-Session", ""), int(headers.get("Roadstead-Attach", 1))
        try:
            async for message in connection:
                self._counts[session] = self._counts.get(session, 0) + 1
                answer = {"n": json.loads(message)["n"], "backend": self.name, "colour": self.colour, "pid": os.getpid()}
                await connection.send(json.dumps({**answer, "count": self._counts[session], "session": session, "attach": attach}))
        except ConnectionClosed:
            pass


async def main(name: str, colour: str, port: int) -> None:
    # A health check that only connects is no mistake of anybody's.
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    input_ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), input_ended.set)
    async with serve(Backend(name, colour).answer, "127.0.0.1", port, ping_interval=None, close_timeout=1):
        await input_ended.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
