#!/usr/bin/env python3
"""Two backends die and return behind one gateway; the connections of a browser and of a bot go on.

Starts a gateway, two backends, a bot and a page to look at, and kills (kill -9) and restarts the backends in turn until Ctrl-C.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from bot import Bot
from browser import Browser
from processes import Backend, Gateway, free_port
from server import PageServer

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ROADSTEAD", REPOSITORY / ".build/release/roadstead")).absolute()

# With the default period the timeline is full then, and the fifth kill is a second old.
SCREENSHOT_SECONDS = 31

# The stages of a session whose end its client notices as a close; earlier ones are refusals.
ESTABLISHED = ("open", "detached", "closing")


class Demo:
    """Everything that runs, and the state that the page shows."""

    def __init__(self, options: argparse.Namespace, directory: Path):
        self._options, self._directory = options, directory
        self._began = time.monotonic()
        self._gateway = Gateway(PROGRAM, options.certs.absolute(), directory, options.hold)
        names = (("North", "blue", 9001), ("South", "amber", 9002))
        self._backends = [Backend(name, colour, free_port(port), directory / f"{name}.log") for name, colour, port in names]
        # Each change of a backend's state, from the first on, for the page's timeline.
        self._changes: list[dict] = []
        self._next_kill: dict | None = None
        self._sessions: list[dict] = []
        self._endpoints: dict[str, dict] = {}
        self._closed: dict[str, dict] = {}
        self._bot: Bot | None = None
        self._server: PageServer | None = None
        self._browser: Browser | None = None
        self._browser_counts: dict | None = None

    # Life

    async def run(self, stopped: asyncio.Event) -> int:
        """Runs until `stopped`, which is success, or until its time is over, which is success if no connection was closed."""
        tasks: list[asyncio.Task] = []
        try:
            await self._start()
            tasks = [asyncio.create_task(work) for work in (self._bot.run(), self._watch(), self._kill_in_turn())]
            ending = asyncio.create_task(stopped.wait())
            await asyncio.wait([ending, *tasks], timeout=self._options.seconds, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            for task in tasks:
                if task.done():
                    task.result()  # None ends by itself but by an error.
            if not stopped.is_set():
                await self._take_screenshot()
            await self._bot.finish()
            await self._look()
        finally:
            await self._stop(tasks)
        is_good = self._sum_up()
        return 0 if is_good or stopped.is_set() else 1

    async def _start(self) -> None:
        for backend in self._backends:
            await self._start_backend(backend)
        await self._gateway.start([backend.address for backend in self._backends])
        self._bot = Bot(self._gateway.url, self._gateway.certificates / "ca.pem", self._now, self._say)
        self._server = PageServer(self._gateway.certificates, free_port(8444), self._gateway.url, self.state)
        await self._server.start()
        print("Roadstead demo: backends die, the connection does not", flush=True)
        print(f"  page       {self._server.url}   (accept the development certificate, or import {self._options.certs}/ca.pem)")
        print(f"  clients    {self._gateway.url}")
        print(f"  operators  {self._gateway.admin_url}")
        print(f"  config     {self._gateway.configuration}", flush=True)
        if self._options.screenshot:
            self._browser = Browser(self._directory)
            await self._browser.open(self._server.url, *self._options.size, self._options.theme)

    async def _stop(self, tasks: list[asyncio.Task]) -> None:
        """Clients first, so that no end is taken for a close; then the gateway, then the backends."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server:
            await self._server.stop()
        if self._browser:
            await self._browser.close()
        await self._gateway.stop()
        for backend in self._backends:
            await backend.stop()

    # Faults

    async def _kill_in_turn(self) -> None:
        """Every period the next backend is killed; it is started again after a third of the period."""
        if self._options.no_faults:
            await asyncio.Event().wait()
        period, at = self._options.period, self._now()
        for backend in itertools.cycle(self._backends):
            at += period
            self._next_kill = {"at": at, "backend": backend.name}
            await asyncio.sleep(at - self._now())
            self._say(f"kill -9 {backend.name} (process {backend.pid})")
            self._next_kill = None
            await backend.kill()
            self._note(backend)
            await asyncio.sleep(period / 3)
            await self._start_backend(backend)
            self._say(f"{backend.name} is back (process {backend.pid})")

    async def _start_backend(self, backend: Backend) -> None:
        self._note(backend, "restarting")
        await backend.start()
        self._note(backend)

    def _note(self, backend: Backend, state: str = "") -> None:
        backend.state = state or backend.state
        self._changes.append({"at": self._now(), "backend": backend.name, "state": backend.state})

    # The gateway's view

    async def _watch(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(0.5)

    async def _look(self) -> None:
        """Asks the admin API for the live sessions, the endpoints and the closed sessions."""
        if self._gateway.has_ended:
            raise RuntimeError("the gateway ended")
        self._sessions = (await self._gateway.get("/api/v1/sessions?route=demo"))["sessions"]
        for upstream in (await self._gateway.get("/api/v1/upstreams"))["upstreams"]:
            self._endpoints |= {endpoint["address"]: endpoint for endpoint in upstream["endpoints"]}
        for session in (await self._gateway.get("/api/v1/sessions?route=demo&state=closed&limit=1000"))["sessions"]:
            record = session["close"]
            if record["closed_by"] in ("gateway", "upstream") and record["stage"] in ESTABLISHED and session["id"] not in self._closed:
                self._closed[session["id"]] = record
                self._say(f"the gateway closed session {session['id'][:6]}: {record['code']}, {record['cause']}")

    # What the page shows

    def state(self) -> dict:
        """A snapshot for the page; times are seconds since the start."""
        bot = self._bot
        return {
            "now": self._now(),
            "gateway": self._gateway.url,
            "next_kill": self._next_kill,
            "changes": self._changes[-200:],
            "backends": [self._backend_state(backend) for backend in self._backends],
            "bot": {
                "sent": bot.sent, "answered": bot.answered, "opens": bot.opens, "closes": bot.closes, "connected_at": bot.connected_at,
                "session": bot.session, "backend": bot.backend, "slowest": bot.slowest, "dots": list(bot.dots),
            },
            "sessions": [
                {"id": session["id"], "state": session["state"], "upstream": session["upstream"], "opened": session["opened"]}
                for session in self._sessions
            ],
            "closed": len(self._closed),
        }  # fmt: skip

    def _backend_state(self, backend: Backend) -> dict:
        names = ("name", "colour", "state", "pid", "port", "kills")
        endpoint = self._endpoints.get(backend.address, {})
        own = {name: getattr(backend, name) for name in names}
        return {**own, "endpoint": {name: endpoint.get(name) for name in ("state", "last_check", "sessions")}}

    # Words

    def _now(self) -> float:
        return round(time.monotonic() - self._began, 3)

    def _say(self, line: str) -> None:
        print(f"{self._now():7.1f} s  {line}", flush=True)

    async def _take_screenshot(self) -> None:
        if self._browser:
            self._options.screenshot.parent.mkdir(parents=True, exist_ok=True)
            await self._browser.screenshot(self._options.screenshot)
            self._browser_counts = await self._browser.evaluate("counts()")
            self._say(f"screenshot: {self._options.screenshot} ({self._options.screenshot.stat().st_size / 1000:.0f} kB)")

    def _sum_up(self) -> bool:
        """Prints the summary line; true if no connection was closed and the bot was answered."""
        bot, browser = self._bot, self._browser_counts
        if browser:
            print(f"browser: {browser['sent']} sent, {browser['answered']} answered, {browser['closes']} closes")
        closes = len(self._closed.keys() | {close["session"] for close in bot.closes})
        kills = sum(backend.kills for backend in self._backends)
        answers = ", ".join(f"{backend.name} {bot.answers[backend.name]}" for backend in self._backends)
        print(f"{self._now():.0f} s, {kills} kills, {closes} closes; bot: {bot.sent} sent, {bot.answered} answered ({answers})", flush=True)
        return closes == 0 and bot.answered > 0 and not (browser and browser["closes"])


def size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, help="end after so long with a summary; exit 1 if any connection was closed")
    parser.add_argument("--period", type=float, default=6, help="seconds from one kill to the next (default: 6)")
    parser.add_argument("--no-faults", action="store_true", help="kill nothing")
    parser.add_argument("--hold", default="30s", help="the route's continuity.hold; 0s closes clients like any proxy (default: 30s)")
    parser.add_argument("--certs", type=Path, default=REPOSITORY / "certs", help="directory of the development certificates")
    screenshot = f"save the page as a PNG at the end, which then is after {SCREENSHOT_SECONDS} s unless told; needs chromium"
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help=screenshot)
    parser.add_argument("--size", type=size, default=(1280, 800), metavar="WxH", help="of the screenshot (default: 1280x800)")
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="of the screenshot (default: light)")
    options = parser.parse_args(arguments)
    if options.screenshot and options.seconds is None:
        options.seconds = SCREENSHOT_SECONDS
    return options


async def main(options: argparse.Namespace) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="roadstead-demo-", ignore_cleanup_errors=True) as directory:
        try:
            return await Demo(options, Path(directory)).run(stopped)
        except (RuntimeError, OSError) as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(parse(sys.argv[1:]))))
