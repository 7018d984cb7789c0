"""The interop conversation of test_interop.py with `aiohttp`, which sends no fragments.   usage: interop_aiohttp.py URL CA close|wait"""

import asyncio
import ssl
import sys

from aiohttp import ClientSession, WSMsgType


async def main(url: str, authority: str, way: str) -> None:
    context = ssl.create_default_context(cafile=authority)
    async with ClientSession() as http, http.ws_connect(url, ssl=context, max_msg_size=0, autoping=False, autoclose=False) as socket:

        async def expect(kind: WSMsgType, data: str | bytes) -> None:
            got = await socket.receive(20)
            assert (got.type, got.data) == (kind, data), (got.type, len(got.data or b""))

        for text in ("naïve 🚢", "", "größer " * 100_000):
            await socket.send_str(text)
            await expect(WSMsgType.TEXT, text)
        for data in (b"\x00\xff", b"", bytes(range(256)) * 4096):
            await socket.send_bytes(data)
            await expect(WSMsgType.BINARY, data)
        await socket.ping(b"are you there?")
        await expect(WSMsgType.PONG, b"are you there?")
        print("exchanged", flush=True)
        if way == "close":
            await socket.close(code=4001, message=b"fare well")
            print("closed", socket.close_code)
        else:
            got = await socket.receive(20)
            assert got.type is WSMsgType.CLOSE, got
            print("closed", got.data, got.extra)


asyncio.run(main(*sys.argv[1:]))
