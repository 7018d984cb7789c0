"""The demo's own HTTPS server: the page, and its state as server-sent events."""

import asyncio
import contextlib
import json
import ssl
from pathlib import Path

EVENT_SECONDS = 0.25
HEAD_SECONDS = 10


class PageServer:
    """Serves `page.html` and, on /state, what `state()` returns, again and again."""

    def __init__(self, certificates: Path, port: int, gateway_url: str, state):
        self.port, self._state = port, state
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self._page = (Path(__file__).parent / "page.html").read_bytes()
        origin = gateway_url.removesuffix("/demo")
        inline = "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        self._policy = f"default-src 'none'; {inline}; connect-src 'self' {origin}"
        self._streams: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)

    async def stop(self) -> None:
        """Tells the pages that the demo is over, so that they close before the gateway does."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._streams.copy():
            with contextlib.suppress(OSError):
                writer.write(b"event: end\ndata: {}\n\n")
                await writer.drain()
        if self._streams:
            await asyncio.sleep(0.2)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
            await self._answer(head.split(b"\r\n", 1)[0].decode("latin-1"), writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # A browser may open connections that it does not use, and leaves when it likes.
        except asyncio.CancelledError:
            pass  # The demonstration has ended. Passed on, it would be told as an error: the library asks the task for its exception.
        finally:
            self._streams.discard(writer)
            writer.close()

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        match request.split(" "):
            case ["GET", "/", _]:
                self._head(writer, "200 OK", "text/html; charset=utf-8", f"Content-Length: {len(self._page)}")
                writer.write(self._page)
            case ["GET", "/state", _]:
                self._head(writer, "200 OK", "text/event-stream")
                self._streams.add(writer)
                while not writer.is_closing():
                    writer.write(b"data: " + json.dumps(self._state(), separators=(",", ":")).encode() + b"\n\n")
                    await writer.drain()
                    await asyncio.sleep(EVENT_SECONDS)
            case _:
                self._head(writer, "404 Not Found", "text/plain", "Content-Length: 0")
        await writer.drain()

    def _head(self, writer: asyncio.StreamWriter, status: str, content_type: str, *fields: str) -> None:
        fields = (f"Content-Type: {content_type}", "Cache-Control: no-store", "Connection: close",
                  f"Content-Security-Policy: {self._policy}", *fields)  # fmt: skip
        writer.write("\r\n".join((f"HTTP/1.1 {status}", *fields, "", "")).encode())
