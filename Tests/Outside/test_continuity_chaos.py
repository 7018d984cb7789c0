"""Faults at random, on every line to two backends: what must hold whatever happens.

Environment: CHAOS_SECONDS (10), CHAOS_SEED.
"""

import asyncio
import contextlib
import os
import random
import time

import pytest
from websockets.exceptions import ConnectionClosed

from clients import connect, session_id
from faults import Behaviour, FaultRelay, Link, Mode, fault_relay
from gateway import relay
from losing import UPSTREAM
from recording import recording_backend
from waiting import eventually

SESSIONS = 24
SECONDS = float(os.environ.get("CHAOS_SECONDS", "10"))
CONNECT = {"pool": {"warm": 4, "connect_timeout": "1s", "queue_timeout": "60s"}}


class Session:
    """A client that numbers its messages and never sends one again."""

    def __init__(self, number: int, client):
        self.number, self.client = number, client
        self.sent = 0
        self.answered: list[int] = []
        self.is_quiet = False
        self.talk = asyncio.create_task(self._talk())
        self.listening = asyncio.create_task(self._listen())

    async def say(self) -> None:
        # Of any size, so that some are on their way for a while.
        text = f"{self.number} {self.sent} " + "x" * random.choice([0, 10, 300, 20_000, 100_000])
        self.sent += 1
        await self.client.send(text)

    async def _talk(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while not self.is_quiet:
                await self.say()
                await asyncio.sleep(random.uniform(0, 0.2))

    async def _listen(self) -> None:
        async for message in self.client:
            got, number, count, _ = message.split(" ")
            assert (got, int(number)) == ("got", self.number)
            self.answered.append(int(count))


def whole(line: FaultRelay) -> list[Link]:
    """The links that a fault can still be done to."""
    return [link for link in line.open_links if link.to_target and not link.was_cut]


async def injure_one(line: FaultRelay) -> None:
    """One connection breaks in one way."""
    if not (links := whole(line)):
        return
    link = random.choice(links)
    flow = random.choice([link.to_target, link.from_target])

    def stall() -> None:
        flow.behaviour = Behaviour()
        flow.behaviour.stall()

    random.choice([
        link.reset, link.cut, link.from_target.half_close, stall,
        lambda: flow.after(random.randrange(2000), link.reset), lambda: flow.after(random.randrange(2000), link.cut),
    ])()  # fmt: skip


async def refuse_a_while(line: FaultRelay) -> None:
    line.refuse()
    if random.random() < 0.5:
        line.reset_all()
    await asyncio.sleep(random.uniform(0, 1))
    line.listen()


async def deceive_a_while(line: FaultRelay) -> None:
    """Connections are accepted, and that is all."""
    line.mode = random.choice([Mode.BLACK_HOLE, Mode.RESET])
    await asyncio.sleep(random.uniform(0, 1))
    line.mode = Mode.FORWARD


async def slow_a_while(line: FaultRelay) -> None:
    behaviour = random.choice([line.to_target, line.from_target])
    behaviour.delay = random.choice([0, 0.01, 0.05])
    await asyncio.sleep(random.uniform(0, 1))
    behaviour.delay = 0


async def torment(line: FaultRelay, until: float) -> None:
    """One fault after another."""
    while time.monotonic() < until:
        await random.choice([injure_one] * 6 + [refuse_a_while, deceive_a_while, slow_a_while])(line)
        await asyncio.sleep(random.uniform(0, 0.3))


@pytest.mark.deadline(SECONDS + 90)
async def test_whatever_happens_order_holds_and_nobody_is_closed(start_gateway):
    seed = int(os.environ.get("CHAOS_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    random.seed(seed)
    async with contextlib.AsyncExitStack() as stack:
        backends = [await stack.enter_async_context(recording_backend()) for _ in range(2)]
        lines = [await stack.enter_async_context(fault_relay(backend.port)) for backend in backends]
        outlier = {"outlier": {"failures": 5, "eject": "200ms"}}
        gateway = start_gateway(**relay(*(line.url for line in lines), upstream={**UPSTREAM, **CONNECT, **outlier}))
        sessions = [Session(number, await connect(gateway, "/relay/room", close_timeout=5)) for number in range(SESSIONS)]

        until = time.monotonic() + SECONDS
        await asyncio.gather(*(torment(line, until) for line in lines))
        for session in sessions:
            session.is_quiet = True
        # The end of the torment: stalled lines are found by the heartbeat, and then there are only whole ones.
        attached = gateway.metric("roadstead_reattachments_total", result="reattached")
        print(f"{attached:.0f} re-attachments, {sum(session.sent for session in sessions)} messages")
        assert attached > SESSIONS / 2
        for session in sessions:
            assert session.client.close_code is None, session.client.close_reason
        await every_session_answers(sessions)
        for session in sessions:
            judge(session, [attachment for backend in backends for attachment in backend.attachments])
            await session.client.close()
        await eventually(lambda: gateway.metric("roadstead_sessions") == 0, "no session is left")
        await eventually(lambda: all(end["connections"]["leased"] == 0 for end in gateway.upstream()["endpoints"]), "no lease is left")


async def every_session_answers(sessions: list[Session]) -> None:
    """A message that is sent now is answered, or one that is sent after the next loss; stalled lines may take some with them."""

    async def answers(session: Session) -> None:
        await session.talk
        first = session.sent
        while not (session.answered and session.answered[-1] >= first):
            await session.say()
            with contextlib.suppress(AssertionError):
                await eventually(lambda: session.answered and session.answered[-1] >= first, "an answer", 3)

    await asyncio.wait_for(asyncio.gather(*(answers(session) for session in sessions)), 45)


def judge(session: Session, attachments: list) -> None:
    """Over all attachments the numbers rise by one, but for a gap where one ends; the answers are those of what was heard."""
    mine = sorted((each for each in attachments if each.session == session_id(session.client) and each.heard), key=lambda each: each.attach)
    assert len({each.attach for each in mine}) == len(mine), "two backends heard messages of one attachment"
    last = -1
    for attachment in mine:
        numbers = [int(message.split(" ")[1]) for message in attachment.heard]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), f"session {session.number}, {attachment.attach}: {numbers}"
        assert numbers[0] > last, f"session {session.number}: {numbers[0]} was heard after {last}"
        last = numbers[-1]
    heard = {int(message.split(" ")[1]) for attachment in mine for message in attachment.heard}
    assert session.answered == sorted(set(session.answered)) and heard.issuperset(session.answered)
