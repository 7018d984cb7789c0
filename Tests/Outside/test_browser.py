"""A real browser: headless Chromium, and a Python bot in the same room of a Python backend."""

import asyncio
import contextlib
import json
import shutil
import subprocess

import pytest
from aiohttp import web

import backends
from clients import connect
from gateway import ECHO, relay
from ports import free_port
from waiting import eventually

PAGE = """<!doctype html><title>outside</title><script>
const heard = [];
const socket = new WebSocket(%s);
socket.binaryType = 'arraybuffer';
const report = (end) => fetch('/report', { method: 'POST', body: JSON.stringify({ heard, end }) });
socket.onopen = () => { for (const message of %s) socket.send(message); socket.send(new Uint8Array([0, 1, 255])); };
socket.onmessage = ({ data }) => {
  heard.push(typeof data === 'string' ? data : Array.from(new Uint8Array(data)));
  if (heard.length === %d) { %s; }
};
socket.onclose = ({ code, reason }) => report('closed ' + code + ' ' + reason);
</script>"""


@contextlib.asynccontextmanager
async def browser(tmp_path, url: str, messages: list[str], expected: int, then: str = "report('all heard')"):
    """Chromium on a page that opens `url`, sends the messages and three bytes, and reports what it heard: when that is all, or its end."""
    reported = asyncio.get_running_loop().create_future()

    async def page(_):
        return web.Response(text=PAGE % (json.dumps(url), json.dumps(messages), expected, then), content_type="text/html")

    async def report(request):
        if not reported.done():
            reported.set_result(json.loads(await request.text()))
        return web.Response()

    application = web.Application()
    application.add_routes([web.get("/", page), web.post("/report", report)])
    runner = web.AppRunner(application)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server"]
    options += ["--disable-background-networking", "--ignore-certificate-errors", f"--user-data-dir={tmp_path / 'profile'}"]
    with (tmp_path / "browser.log").open("wb") as log:
        chromium = subprocess.Popen([program, *options, f"http://127.0.0.1:{port}/"], stdout=log, stderr=log)
    try:
        yield reported
    finally:
        chromium.terminate()
        await asyncio.to_thread(chromium.wait, 20)
        await runner.cleanup()


@pytest.mark.deadline(90)
async def test_a_browser_hears_its_own_words(start_gateway, tmp_path):
    gateway = start_gateway(routes=[{**ECHO, "heartbeat": {"interval": "300ms", "timeout": "30s"}}])
    long = "the sea is calm tonight, " * 5000
    async with browser(tmp_path, gateway.url(), ["hello", "naïve 🚢", long], 4) as reported:
        assert await reported == {"heard": ["hello", "naïve 🚢", long, [0, 1, 255]], "end": "all heard"}
        # The browser answers the pings, and the operator sees it.
        (session,) = gateway.sessions()
        assert session["compression"] == "permessage-deflate"
        for direction in ("received", "sent"):
            assert 0 < gateway.metric("roadstead_compressed_bytes_total", direction=direction) < len(long) / 10
        assert "Chrome" in session["user_agent"] and session["origin"].startswith("http://127.0.0.1:")
        await eventually(lambda: gateway.sessions()[0]["rtt_ms"]["last"] is not None, "a round trip is measured")
    record = await gateway.closed(session["id"])
    assert record["cause"] in ("going_away", "reset", "normal")


LARGE = "größer " * 50_000
HEARD = ["hello", LARGE, [0, 1, 255]]


@pytest.mark.deadline(90)
@pytest.mark.parametrize("path", ["/echo", "/relay/room"])
async def test_a_browser_closes(start_gateway, tmp_path, path):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with browser(tmp_path, gateway.url(path), HEARD[:2], 3, "socket.close(4001, 'fare well')") as reported:
            report = await reported
            assert report["heard"] == HEARD and report["end"].startswith("closed 4001")
            (session,) = gateway.sessions("state=closed")
            assert (session["close"]["closed_by"], session["close"]["code"], session["close"]["reason"]) == ("client", 4001, "fare well")


@pytest.mark.deadline(90)
async def test_a_backend_closes_a_browser(start_gateway, tmp_path):
    async def close_later(connection):
        for _ in HEARD:
            await connection.send(await connection.recv())
        await connection.close(4003, "größer")

    async with backends.backend(close_later) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with browser(tmp_path, gateway.url("/relay/room"), HEARD[:2], 3, "") as reported:
            assert await reported == {"heard": HEARD, "end": "closed 4003 größer"}


@pytest.mark.deadline(90)
async def test_a_browser_and_a_bot_talk_through_a_backend(start_gateway, tmp_path):
    room = set()

    async def everyone(connection):
        room.add(connection)
        try:
            async for message in connection:
                await asyncio.gather(*(other.send(message) for other in room))
        finally:
            room.discard(connection)

    async with backends.backend(everyone) as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room") as bot:
            async with browser(tmp_path, gateway.url("/relay/room"), ["ahoy from the browser"], 3) as reported:
                assert await bot.recv() == "ahoy from the browser"
                assert await bot.recv() == bytes([0, 1, 255])
                await bot.send("ahoy from the bot")
                report = await reported
                assert report == {"heard": ["ahoy from the browser", [0, 1, 255], "ahoy from the bot"], "end": "all heard"}
                assert gateway.metric("roadstead_sessions", route="relay", state="open") == 2
                assert {session["route"] for session in gateway.sessions()} == {"relay"}
