"""Good sessions: numbered messages at a steady rate, each answered with the same.   usage: soak_client.py CA COUNT PERIOD SEED URL...

Commands come on standard input, a line each, and each is answered with a line of JSON:

    phase     answers what was measured since the last one: {"p50", "p99", "answers"}, times in milliseconds, and measures anew
    leave     ends the talk, waits for the last answers, closes with 1000 and answers {"sent", "faults"}
"""

import asyncio
import json
import random
import ssl
import sys
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

OPTIONS = {"proxy": None, "ping_interval": None, "compression": None, "open_timeout": 30, "close_timeout": 10}
LAST_ANSWER_SECONDS = 10


class Session:
    def __init__(self, url: str, context: ssl.SSLContext, took: list[float]):
        self._url, self._context, self._took = url, context, took
        self._sent: list[float] = []
        self._answered = 0
        self._leaving = False
        self.faults: list[str] = []

    async def open(self) -> None:
        self._socket = await connect(self._url, ssl=self._context, **OPTIONS)
        self._listening = asyncio.create_task(self._listen())

    @property
    def sent(self) -> int:
        return len(self._sent)

    async def talk(self, period: float, silence: asyncio.Event) -> None:
        await asyncio.sleep(random.uniform(0, period))
        while not silence.is_set():
            # The filling makes the message as long as one of an application.
            text = f"{len(self._sent)} {'x' * random.randint(0, 300)}"
            self._sent.append(time.perf_counter())
            try:
                await self._socket.send(text)
            except ConnectionClosed:
                return
            await asyncio.sleep(period * random.uniform(0.8, 1.2))

    async def leave(self) -> None:
        deadline = time.monotonic() + LAST_ANSWER_SECONDS
        while self._answered < self.sent and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        self._leaving = True
        await self._socket.close()
        await self._listening
        if self._answered < self.sent:
            self.faults.append(f"{self.sent - self._answered} messages without an answer")

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                number = int(message.split(" ", 1)[0])
                if number != self._answered:
                    self.faults.append(f"answer {number} where {self._answered} was next")
                self._answered = number + 1
                self._took.append((time.perf_counter() - self._sent[number]) * 1e3)
        except ConnectionClosed:
            pass
        if not self._leaving:
            self.faults.append(f"closed with {self._socket.close_code} {self._socket.close_reason}")


def say(answer: dict) -> None:
    print(json.dumps(answer), flush=True)


async def main(authority: str, count: int, period: float, urls: list[str]) -> None:
    context = ssl.create_default_context(cafile=authority)
    took: list[float] = []
    sessions = [Session(urls[number % len(urls)], context, took) for number in range(count)]
    for session in sessions:
        await session.open()
    say({"open": count})
    silence = asyncio.Event()
    talks = [asyncio.create_task(session.talk(period, silence)) for session in sessions]
    while command := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if command == "phase":
            times = sorted(took)
            took.clear()
            say({f"p{share}": round(times[len(times) * share // 100], 2) if times else None for share in (50, 99)} | {"answers": len(times)})
        elif command == "leave":
            silence.set()
            await asyncio.gather(*talks)
            await asyncio.gather(*(session.leave() for session in sessions))
            say({"sent": sum(session.sent for session in sessions), "faults": [fault for one in sessions for fault in one.faults][:20]})


random.seed(int(sys.argv[4]))
asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[5:]))
