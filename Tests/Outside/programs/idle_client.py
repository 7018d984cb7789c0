"""Opens sessions and keeps them, answering pings, until it is stopped from outside.   usage: idle_client.py URL CA COUNT

Prints the sessions' ids on one line when all are open.
"""

import asyncio
import ssl
import sys

from websockets.asyncio.client import connect


async def main(url: str, authority: str, count: int):
    context = ssl.create_default_context(cafile=authority)
    sessions = [await connect(url, ssl=context, proxy=None, ping_interval=None, compression=None) for _ in range(count)]
    print(*(session.response.headers["Roadstead-Session"] for session in sessions), flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
