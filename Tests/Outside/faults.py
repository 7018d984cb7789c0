"""A TCP relay that injures what passes through it, on either side of the gateway.

Clients reach a gateway through it with `connect(gateway, path, port=line.port)`, the gateway a backend with `relay(line.url)`.
"""

import asyncio
import contextlib
import enum
import socket
import struct
import time

from ports import free_port

PIECE = 65536


def narrow(side: socket.socket) -> None:
    """Lets little be on its way to this socket, which must not be connected yet, or to those that this one accepts.

    The small segments keep the sender's buffer small as well, so that what is not read waits in the sender itself.
    """
    side.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)


class Mode(enum.Enum):
    """What happens to a connection that is accepted."""

    FORWARD = enum.auto()
    # Accepted and held until the peer gives up, with never a byte of answer.
    BLACK_HOLE = enum.auto()
    # Accepted and, after `FaultRelay.patience` seconds, reset.
    RESET = enum.auto()


class Behaviour:
    """What happens to the bytes of one direction; it may be switched while they flow."""

    def __init__(self):
        # Seconds that each piece waits before it is passed on.
        self.delay = 0.0
        # Whether each byte leaves as a segment of its own.
        self.bytewise = False
        self._flowing = asyncio.Event()
        self._flowing.set()

    def stall(self) -> None:
        """Stops reading and passing on; the end of a stream is not passed on either."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    async def flowing(self) -> None:
        await self._flowing.wait()


class Flow:
    """One direction of one connection. Give it a `Behaviour` of its own to treat it apart from the others."""

    def __init__(self, link: "Link", source: socket.socket, destination: socket.socket, behaviour: Behaviour):
        self.link, self.source, self.destination, self.behaviour = link, source, destination, behaviour
        self.passed = 0
        self._room: int | None = None
        self._when_full = None
        self._discarding = False

    def after(self, count: int, action) -> None:
        """Lets `count` more bytes pass; the next one calls `action`, such as `link.reset`, instead of passing."""
        self._room, self._when_full = count, action

    def half_close(self) -> None:
        """Ends this direction with FIN towards its destination; the other one goes on."""
        if not self._discarding:
            self._discarding = True
            with contextlib.suppress(OSError):
                self.destination.shutdown(socket.SHUT_WR)

    async def run(self) -> None:
        """Passes bytes on until the source's end of stream, and then that."""
        loop = asyncio.get_running_loop()
        while True:
            await self.behaviour.flowing()
            data = await loop.sock_recv(self.source, PIECE)
            await self.behaviour.flowing()
            if not data:
                return self.half_close()
            if not self._discarding:
                await self._pass(data)

    async def _pass(self, data: bytes) -> None:
        if self.behaviour.delay:
            await asyncio.sleep(self.behaviour.delay)
        full = self._room is not None and len(data) > self._room
        if full:
            data = data[: self._room]
        loop = asyncio.get_running_loop()
        step = 1 if self.behaviour.bytewise else PIECE
        for start in range(0, len(data), step):
            await loop.sock_sendall(self.destination, data[start : start + step])
        self.passed += len(data)
        if self._room is not None:
            self._room -= len(data)
        if full:
            self._room = None
            self._when_full()


class Link:
    """One connection through the relay: `incoming` from whoever connected, `outgoing` to the target."""

    def __init__(self, line: "FaultRelay", incoming: socket.socket):
        self.line, self.incoming = line, incoming
        self.outgoing: socket.socket | None = None
        self.to_target: Flow | None = None
        self.from_target: Flow | None = None
        self.accepted = time.monotonic()
        # False once the sockets are closed; a link that was cut is open until both sides have ended their streams.
        self.is_open = True
        self.was_cut = False
        self.task: asyncio.Task | None = None

    def reset(self) -> None:
        """Ends both sides with RST."""
        self._close(lingering=False)

    def cut(self) -> None:
        """Ends both sides with FIN; what still comes is thrown away."""
        self.was_cut = True
        for flow in (self.to_target, self.from_target):
            flow.half_close()
            flow.behaviour = Behaviour()

    async def run(self, mode: Mode) -> None:
        try:
            if mode is Mode.RESET:
                await asyncio.sleep(self.line.patience)
                self.reset()
            elif mode is Mode.BLACK_HOLE:
                while await asyncio.get_running_loop().sock_recv(self.incoming, PIECE):
                    pass
            else:
                await self._forward()
        except OSError:
            # One side broke, or the target could not be reached: the other side is told in the same way.
            self.reset()
        finally:
            self._close(lingering=True)

    async def _forward(self) -> None:
        self.outgoing = await self.line.connect()
        # Both directions are there before a byte is awaited, so that a test can take hold of them.
        self.to_target = Flow(self, self.incoming, self.outgoing, self.line.to_target)
        self.from_target = Flow(self, self.outgoing, self.incoming, self.line.from_target)
        self.line.prepare(self)
        async with asyncio.TaskGroup() as group:
            for flow in (self.to_target, self.from_target):
                group.create_task(self._run(flow))

    async def _run(self, flow: Flow) -> None:
        with contextlib.suppress(OSError):
            return await flow.run()
        self.reset()

    def _close(self, lingering: bool) -> None:
        if not self.is_open:
            return
        self.is_open = False
        loop = asyncio.get_running_loop()
        for side in (self.incoming, self.outgoing):
            if side is None or side.fileno() < 0:
                continue
            # Before the descriptor is given to another connection.
            loop.remove_reader(side.fileno())
            loop.remove_writer(side.fileno())
            if not lingering:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            side.close()
        if self.task is not asyncio.current_task():
            self.task.cancel()


class FaultRelay:
    """The relay: one listening port, one target, and every connection that ever came in `links`."""

    def __init__(self, target: int | str, is_narrow: bool = False):
        self.target = target
        self.is_narrow = is_narrow
        self.port = free_port()
        self.to_target, self.from_target = Behaviour(), Behaviour()
        self.mode = Mode.FORWARD
        # How long `Mode.RESET` holds a connection before it resets it.
        self.patience = 0.0
        # Called with each new link before a byte passes.
        self.prepare = lambda link: None
        self.links: list[Link] = []
        self.most_at_once = 0
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def open_links(self) -> list[Link]:
        return [link for link in self.links if link.is_open]

    def link_to(self, connection) -> Link:
        """The link behind a backend's connection."""
        return next(link for link in self.open_links if link.outgoing and link.outgoing.getsockname() == connection.remote_address)

    def link_from(self, client) -> Link:
        """The link in front of a client's connection."""
        return next(link for link in self.open_links if link.incoming.getpeername() == client.local_address)

    def listen(self) -> None:
        """Accepts connections, again if they were refused."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self._listener.setblocking(False)
        if self.is_narrow:
            narrow(self._listener)
        self._accepting = asyncio.create_task(self._accept(self._listener))

    def refuse(self) -> None:
        """Closes the listening socket, so that the kernel refuses; open connections go on."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._accepting.cancel()
            self._listener.close()
            self._listener = None

    def reset_all(self) -> None:
        for link in self.open_links:
            link.reset()

    async def connect(self) -> socket.socket:
        """A connection to the target, a port on this machine or the path of a unix socket."""
        family, address = (socket.AF_UNIX, self.target) if isinstance(self.target, str) else (socket.AF_INET, ("127.0.0.1", self.target))
        outgoing = socket.socket(family, socket.SOCK_STREAM)
        outgoing.setblocking(False)
        if self.is_narrow:
            narrow(outgoing)
        try:
            await asyncio.get_running_loop().sock_connect(outgoing, address)
        except BaseException:
            outgoing.close()
            raise
        self._undelay(outgoing)
        return outgoing

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            incoming, _ = await asyncio.get_running_loop().sock_accept(listener)
            incoming.setblocking(False)
            self._undelay(incoming)
            link = Link(self, incoming)
            self.links.append(link)
            # Not at once: one that ended just before this one came is still to be read to its end.
            asyncio.get_running_loop().call_later(0.01, self._count_open)
            link.task = asyncio.create_task(link.run(self.mode))

    def _count_open(self) -> None:
        self.most_at_once = max(self.most_at_once, len(self.open_links))

    @staticmethod
    def _undelay(side: socket.socket) -> None:
        if side.family == socket.AF_INET:
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@contextlib.asynccontextmanager
async def fault_relay(target: int | str, is_narrow: bool = False):
    """A relay to a port or a unix socket that listens until the end of the block; a narrow one is TCP on both sides."""
    line = FaultRelay(target, is_narrow)
    line.listen()
    try:
        yield line
    finally:
        line.refuse()
        line.reset_all()
        await asyncio.gather(*(link.task for link in line.links), return_exceptions=True)
