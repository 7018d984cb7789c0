"""An echo backend in a process of its own.   usage: python_backend.py PORT"""

import asyncio
import sys

from websockets.asyncio.server import serve


async def echo(connection):
    async for message in connection:
        await connection.send(message)


async def main(port: int):
    async with serve(echo, "127.0.0.1", port, max_size=None, ping_interval=None, compression=None, backlog=2048):
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
