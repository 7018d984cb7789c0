"""Many sessions that exchange numbered messages with counting backends.   usage: storm_client.py URL CA FIRST COUNT PERIOD REPORT SEED

Session FIRST + i goes to URL/client-FIRST+i. Commands come on standard input, a line each, and each is answered with a line of JSON:

    talk     every session sends `c CLIENT N` about every PERIOD seconds from now on
    count    {"sent", "acknowledged", "streamed", "closed", "behind"}, in sum; behind are those who wait for more than two answers
    last     ends the talk, and each session sends one more message
    leave    closes every session with 1000 and writes REPORT

Nothing is ever sent again. What is against the rules is noted in the report's `faults` and the session goes on.
"""

import asyncio
import contextlib
import json
import random
import ssl
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

HANDSHAKES_AT_ONCE = 32


class Session:
    """One session and its own account of what it sent and got."""

    def __init__(self, name: str, url: str):
        self.name, self.url = name, f"{url}/{name}"
        self.socket = None
        # When each number was sent, in monotonic seconds.
        self.sent: list[float] = []
        self.acknowledged: list[int] = []
        # Attach and number of each message of the backend's own.
        self.streamed: list[tuple[int, int]] = []
        self.faults: list[str] = []
        self.closed: str | None = None
        self.leaving = False
        self._tasks: list[asyncio.Task] = []

    async def open(self, gate: asyncio.Semaphore, context: ssl.SSLContext) -> None:
        async with gate:
            options = {"proxy": None, "ping_interval": None, "compression": None, "open_timeout": 60, "close_timeout": 20}
            self.socket = await connect(self.url, ssl=context, **options)
        self._tasks.append(asyncio.create_task(self._listen()))

    async def say(self) -> None:
        number = len(self.sent)
        self.sent.append(round(time.monotonic(), 3))
        await self.socket.send(f"c {self.name} {number}")

    async def talk(self, period: float, silence: asyncio.Event) -> None:
        await asyncio.sleep(random.uniform(0, period))
        with contextlib.suppress(ConnectionClosed):
            while not silence.is_set():
                await self.say()
                await asyncio.sleep(period * random.uniform(0.8, 1.2))

    @property
    def is_closed(self) -> bool:
        return self.closed is not None

    @property
    def is_behind(self) -> bool:
        """Whether messages wait for an answer that were followed by two more; those that were lost do not count when later ones came."""
        return len(self.sent) - 1 - (self.acknowledged[-1] if self.acknowledged else -1) > 2

    async def leave(self, gate: asyncio.Semaphore) -> None:
        async with gate:
            self.leaving = True
            await self.socket.close()

    async def _listen(self) -> None:
        try:
            async for message in self.socket:
                self._heard(message)
        except ConnectionClosed:
            pass
        if not self.leaving:
            self.closed = f"{self.socket.close_code} {self.socket.close_reason}"

    def _heard(self, message: str) -> None:
        kind, name, *numbers = message.split(" ")
        if name != self.name:
            self.faults.append(f"got another client's message: {message}")
        elif kind == "a":
            self._got_acknowledgement(int(numbers[0]))
        else:
            self._got_streamed(int(numbers[0]), int(numbers[1]))

    def _got_acknowledgement(self, number: int) -> None:
        if self.acknowledged and number <= self.acknowledged[-1]:
            self.faults.append(f"acknowledgement {number} after {self.acknowledged[-1]}")
        self.acknowledged.append(number)

    def _got_streamed(self, attach: int, number: int) -> None:
        before = self.streamed[-1] if self.streamed else (0, 0)
        right = number == before[1] + 1 if attach == before[0] else attach > before[0] and number == 0
        if not right:
            self.faults.append(f"streamed {attach}/{number} after {before[0]}/{before[1]}")
        self.streamed.append((attach, number))

    def report(self) -> dict:
        return {
            "client": self.name, "session": self.socket.response.headers["Roadstead-Session"], "sent": self.sent,
            "acknowledged": self.acknowledged, "streamed": self.streamed, "faults": self.faults, "closed": self.closed,
        }  # fmt: skip


def say(answer: dict) -> None:
    print(json.dumps(answer), flush=True)


async def main(url: str, authority: str, first: int, count: int, period: float, report: str) -> None:
    context = ssl.create_default_context(cafile=authority)
    gate, silence = asyncio.Semaphore(HANDSHAKES_AT_ONCE), asyncio.Event()
    sessions = [Session(f"client-{number}", url) for number in range(first, first + count)]
    await asyncio.gather(*(session.open(gate, context) for session in sessions))
    say({"open": count})
    talks: list[asyncio.Task] = []
    while command := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if command == "talk":
            talks = [asyncio.create_task(session.talk(period, silence)) for session in sessions]
            say({})
        elif command == "count":
            sums = {part: sum(len(getattr(session, part)) for session in sessions) for part in ("sent", "acknowledged", "streamed")}
            closed, behind = (sum(getattr(session, part) for session in sessions) for part in ("is_closed", "is_behind"))
            say({**sums, "closed": closed, "behind": behind})
        elif command == "last":
            silence.set()
            await asyncio.gather(*talks)
            for session in sessions:
                with contextlib.suppress(ConnectionClosed):
                    await session.say()
            say({})
        elif command == "leave":
            await asyncio.gather(*(session.leave(gate) for session in sessions))
            with open(report, "w") as file:
                json.dump([session.report() for session in sessions], file)
            say({})


arguments = sys.argv[1:]
random.seed(int(arguments[6]))
asyncio.run(main(arguments[0], arguments[1], int(arguments[2]), int(arguments[3]), float(arguments[4]), arguments[5]))
