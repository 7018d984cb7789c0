"""A backend in the test's own event loop that remembers what it heard on each attachment."""

import contextlib
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

import backends


@dataclass
class Attachment:
    """One connection that carried a session: its number for the session, the session's id and the messages heard."""

    connection: ServerConnection
    heard: list[str | bytes] = field(default_factory=list)

    @property
    def attach(self) -> int:
        return int(self.connection.request.headers["Roadstead-Attach"])

    @property
    def session(self) -> str:
        return self.connection.request.headers["Roadstead-Session"]


@dataclass
class Recording:
    """The attachments in the order in which they came."""

    backend: backends.Backend
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.backend.url

    @property
    def port(self) -> int:
        return self.backend.port

    @property
    def latest(self) -> Attachment:
        return self.attachments[-1]


def answer(message: str | bytes) -> str | bytes:
    """What the backend sends when it has heard a message."""
    return f"got {message}" if isinstance(message, str) else b"got " + message


@contextlib.asynccontextmanager
async def recording_backend(welcome=None, answers: bool = True, **options):
    """Records, and answers each message unless told not to; `welcome(attachment)` is awaited first on each connection."""
    recording = None

    async def handler(connection: ServerConnection) -> None:
        if "Roadstead-Session" not in connection.request.headers:
            # A health check: the library answers its pings.
            return await connection.wait_closed()
        attachment = Attachment(connection)
        recording.attachments.append(attachment)
        if welcome:
            await welcome(attachment)
        async for message in connection:
            attachment.heard.append(message)
            if answers:
                # Messages that came before the peer's close are still to be heard, though nothing can be answered any more.
                with contextlib.suppress(ConnectionClosed):
                    await connection.send(answer(message))

    async with backends.backend(handler, **options) as backend:
        recording = Recording(backend)
        yield recording
