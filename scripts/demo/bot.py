"""A bot that sends a message every quarter of a second over one wss connection and counts what happens to it."""

import asyncio
import collections
import contextlib
import json
import ssl
import time
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

INTERVAL_SECONDS = 0.25


class Bot:
    """`report` gets one line for each change of the backend and each close; `now` is the demo's clock."""

    def __init__(self, url: str, authority: Path, now, report):
        self._url, self._now, self._report = url, now, report
        self._tls = ssl.create_default_context(cafile=authority)
        self._waiting: dict[int, float] = {}
        self._is_stopping = False
        self.sent = 0
        self.slowest = 0.0
        self.opens: list[float] = []
        self.closes: list[dict] = []
        self.answers: collections.Counter[str] = collections.Counter()
        self.connected_at: float | None = None
        self.session = self.backend = ""
        # When each answer came, and whose it was; for the page's timeline.
        self.dots: collections.deque[tuple[float, str]] = collections.deque(maxlen=300)

    @property
    def answered(self) -> int:
        return self.answers.total()

    async def run(self) -> None:
        """Connects, and again after every close, until cancelled."""
        while True:
            try:
                async with connect(self._url, ssl=self._tls, proxy=None) as connection:
                    self.connected_at, self.session = self._now(), connection.response.headers["Roadstead-Session"]
                    self.opens.append(self.connected_at)
                    await self._converse(connection)
            except (OSError, InvalidHandshake) as error:
                self._report(f"the bot cannot connect: {error}")
            await asyncio.sleep(0.5)

    async def finish(self, seconds: float = 5) -> None:
        """Sends no more, and waits for the answers that are still to come."""
        self._is_stopping = True
        deadline = time.monotonic() + seconds
        while self._waiting and self.connected_at is not None and time.monotonic() < deadline:
            await asyncio.sleep(0.02)

    async def _converse(self, connection: ClientConnection) -> None:
        sender = asyncio.create_task(self._send(connection))
        try:
            async for message in connection:
                self._hear(json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            sender.cancel()
            self.connected_at = None
        self.closes.append({"at": self._now(), "code": connection.close_code, "session": self.session})
        self._waiting.clear()
        self._report(f"the bot's connection was CLOSED with {connection.close_code}")

    async def _send(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while not self._is_stopping:
                self.sent += 1
                self._waiting[self.sent] = self._now()
                await connection.send(json.dumps({"n": self.sent}))
                await asyncio.sleep(INTERVAL_SECONDS)

    def _hear(self, answer: dict) -> None:
        now = self._now()
        self.slowest = max(self.slowest, now - self._waiting.pop(answer["n"], now))
        self.answers[answer["backend"]] += 1
        self.dots.append((round(now, 3), answer["backend"]))
        if answer["backend"] != self.backend:
            self.backend = answer["backend"]
            self._report(f"the bot is answered by {self.backend}, attach {answer['attach']}, session {answer['session'][:6]}")
