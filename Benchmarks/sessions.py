"""Sessions made by hand over TLS: when each of their stages came, and whether they are answered."""

import os
import select
import ssl
import socket
import sys
import time
from base64 import b64encode
from pathlib import Path

# A binary message of eight bytes, masked with a key of zeros; its echo; a close frame with 1000.
PROBE = b"\x82\x88" + bytes(4) + b"roadstd!"
ECHO = b"\x82\x08roadstd!"
CLOSE = b"\x88\x82" + bytes(4) + b"\x03\xe8"
# Seconds from one question to the next to a session that was not answered.
ASKED_EVERY = 0.1


class Session:
    """One wss session; `connecting` to `answered` are the moments of its opening."""

    def __init__(self, context: ssl.SSLContext, port: int, path: str):
        key = b64encode(os.urandom(16)).decode()
        head = (f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode()
        self.connecting = time.perf_counter()
        raw = socket.create_connection(("127.0.0.1", port), timeout=15)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.asking = time.perf_counter()
        self.socket.sendall(head)
        answer = b""
        while b"\r\n\r\n" not in answer:
            got = self.socket.recv(4096)
            if not got:
                break
            answer += got
        self.answered = time.perf_counter()
        if not answer.startswith(b"HTTP/1.1 101 "):
            sys.exit(f"no session on {path}: {answer[:200]!r}")

    def close(self) -> None:
        self.socket.sendall(CLOSE)
        while self.socket.recv(4096):
            pass
        self.socket.close()


def context(authority: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority))
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    return made


class Crowd:
    """Many sessions that are held open, and can be asked which of them are answered."""

    def __init__(self, trust: ssl.SSLContext, port: int, path: str, count: int):
        self._sessions = [Session(trust, port, path).socket for _ in range(count)]
        self._ready = select.epoll()
        self._index = {session.fileno(): number for number, session in enumerate(self._sessions)}
        for session in self._sessions:
            session.setblocking(False)
            self._ready.register(session.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for session in self._sessions:
            session.close()
        self._ready.close()

    def answered(self, since: float, seconds: float = 30) -> list[float]:
        """Sends to every session, again and again until it is answered; seconds from `since` to each one's first answer.

        A message that is written to a lost connection before the loss is noticed is not repeated by the gateway: so more than one.
        """
        first: dict[int, float] = {}
        pending = list(range(len(self._sessions)))
        while pending and time.perf_counter() - since < seconds:
            asked = time.perf_counter()
            for at, number in enumerate(pending):
                if number not in first:
                    self._sessions[number].send(PROBE)
                # So that an answer's moment is known to a few milliseconds while the others are asked.
                if at % 50 == 49:
                    self._hear(first, since, 0)
            while len(first) < len(self._sessions) and time.perf_counter() - asked < ASKED_EVERY:
                self._hear(first, since, 0.005)
            pending = [number for number in pending if number not in first]
        if pending:
            sys.exit(f"{len(pending)} sessions were not answered in {seconds} s")
        self.silence()
        return list(first.values())

    def silence(self) -> None:
        """Reads what is still on its way, until nothing has come for a quarter of a second."""
        while self._hear({}, 0, 0.25):
            pass

    def _hear(self, first: dict[int, float], since: float, patience: float) -> int:
        events = self._ready.poll(patience)
        for descriptor, _ in events:
            number = self._index[descriptor]
            try:
                got = self._sessions[number].recv(65536)
            except ssl.SSLWantReadError:
                continue
            if not got.startswith(ECHO):
                sys.exit(f"a session that should have lived received {got[:80]!r}")
            first.setdefault(number, time.perf_counter() - since)
        return len(events)
