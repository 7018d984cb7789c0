"""The ways in which a session loses its upstream, and a stage on which to lose it."""

import contextlib
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from clients import TEXT, connect, frame, session_id
from faults import Behaviour, FaultRelay, Link, fault_relay
from gateway import Gateway, relay
from recording import Attachment, Recording, recording_backend
from waiting import eventually

# No connection but the session's own, and short waits between attempts.
UPSTREAM = {
    "pool": {"warm": 0},
    "health": {"kind": "none"},
    "reconnect": {"initial": "20ms", "maximum": "200ms"},
    "heartbeat": {"interval": "500ms", "timeout": "1s"},
}


@dataclass
class Stage:
    """One session through a gateway and a relay to a recording backend."""

    gateway: Gateway
    backend: Recording
    line: FaultRelay
    client: ClientConnection

    @property
    def identifier(self) -> str:
        return session_id(self.client)

    @property
    def session(self) -> dict:
        return self.gateway.session(self.identifier)

    @property
    def attachment(self) -> Attachment:
        """The latest one."""
        return self.backend.latest

    @property
    def link(self) -> Link:
        """The relay's connection that carries the latest attachment."""
        return self.line.link_to(self.attachment.connection)

    async def reaches(self, state: str, seconds: float = 10) -> None:
        await eventually(lambda: self.session["state"] == state, f"the session is {state}", seconds)

    async def attached(self, count: int, seconds: float = 10) -> Attachment:
        """Waits until the backend has seen so many attachments and the session is open; returns the latest."""
        await eventually(lambda: len(self.backend.attachments) >= count, f"attachment {count}", seconds)
        await self.reaches("open", seconds)
        assert len(self.backend.attachments) == count
        return self.attachment

    async def detach(self, lose) -> None:
        """Loses the upstream in this way while no other can be had, until `mend`."""
        self.line.refuse()
        await lose(self)
        await self.reaches("detached")

    def mend(self) -> None:
        self.line.listen()

    async def hears(self, *messages: str | bytes) -> None:
        """The latest attachment has heard exactly these messages."""
        await eventually(lambda: len(self.attachment.heard) >= len(messages), f"{len(messages)} messages are heard")
        assert self.attachment.heard == list(messages)

    def reattachments(self, result: str) -> float:
        return self.gateway.metric("roadstead_reattachments_total", route="relay", result=result)


@contextlib.asynccontextmanager
async def stage(start_gateway, continuity: dict | None = None, route: dict | None = None, upstream: dict | None = None, answers: bool = True,
                welcome=None, client: dict | None = None, backend: dict | None = None):  # fmt: skip
    """A session that is open; `continuity` and `route` go into its route, `upstream` into its upstream, the rest to both libraries."""
    async with recording_backend(welcome, answers, **(backend or {})) as recording, fault_relay(recording.port) as line:
        route = {"continuity": continuity or {}, **(route or {})}
        gateway = start_gateway(**relay(line.url, route=route, upstream={**UPSTREAM, **(upstream or {})}))
        async with connect(gateway, "/relay/room", **(client or {})) as socket:
            await eventually(lambda: recording.attachments, "the backend got the session")
            yield Stage(gateway, recording, line, socket)


async def reset(stage: Stage) -> None:
    """RST, and nothing else."""
    stage.link.reset()


async def reset_in_mid_frame(stage: Stage) -> None:
    """RST behind the first bytes of a message."""
    link = stage.link
    link.from_target.after(100, link.reset)
    await stage.attachment.connection.send("cut off " * 1000)


async def end(stage: Stage) -> None:
    """FIN with no close frame."""
    stage.link.cut()


async def half_close(stage: Stage) -> None:
    """FIN from the backend, which would still read."""
    stage.link.from_target.half_close()


async def silence(stage: Stage) -> None:
    """Nothing passes any more in either direction; the upstream's heartbeat has to notice."""
    for flow in (stage.link.to_target, stage.link.from_target):
        flow.behaviour = Behaviour()
        flow.behaviour.stall()


async def masked_frame(stage: Stage) -> None:
    """A backend's frame must not be masked (RFC 6455, section 5.1)."""
    stage.attachment.connection.transport.write(frame(TEXT, b"masked"))


async def invalid_text(stage: Stage) -> None:
    """Text that is no UTF-8 (RFC 6455, section 8.1)."""
    stage.attachment.connection.transport.write(frame(TEXT, b"\xff", masked=False))


def closing_with(code: int):
    async def close(stage: Stage) -> None:
        await stage.attachment.connection.close(code, "see you")

    close.__doc__ = f"The backend says that it leaves, with {code}."
    close.__name__ = f"close_{code}"
    return close


WAYS = [
    reset, reset_in_mid_frame, end, half_close, silence, closing_with(1001), closing_with(1012), closing_with(1013),
]  # fmt: skip
