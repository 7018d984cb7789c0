"""What upstreams answer an upgrade with, and what becomes of it (RFC 9112, RFC 9110, RFC 6455 section 4.1)."""

from dataclasses import dataclass

from answers import ACCEPT, FIELDS, LINE, answer

LIMIT = 16 * 1024


@dataclass(frozen=True)
class Case:
    """What the upstream sends, and what the client gets of it: its status, and words of the body."""

    name: str
    data: bytes
    says: str
    status: int = 502


def sized(size: int) -> bytes:
    """A right answer whose head has so many bytes once it is filled in."""
    bare = len(answer(b"X: ")) - len(b"@ACCEPT@") + 28
    return answer(b"X: " + b"p" * (size - bare))


OTHERS = b"Content-Length: 0\r\nConnection: close\r\n\r\n"

REFUSED = [
    Case("garbage", bytes(range(128, 256)) * 8, "malformed"),
    Case("zeros", bytes(500), "malformed"),
    Case("ssh", b"SSH-2.0-OpenSSH_9.2\r\n", "malformed"),
    Case("http-0.9", b"<html>hello</html>", "malformed"),
    Case("http-2", answer(line=b"HTTP/2.0 101 Switching Protocols"), "HTTP/1.1"),
    Case("http-2-settings", b"\0\0\0\4\0\0\0\0\0", "malformed"),
    Case("empty-line-first", b"\r\n" + answer(), "malformed"),
    Case("no-status", answer(line=b"HTTP/1.1 "), "status line"),
    Case("status-of-four-digits", answer(line=b"HTTP/1.1 1010 Switching"), "status line"),
    Case("status-in-words", answer(line=b"HTTP/1.1 One"), "status line"),
    Case("nul-in-the-reason", answer(line=b"HTTP/1.1 101 Switching\0Protocols"), "status line"),
    Case("bare-line-feeds", answer().replace(b"\r\n", b"\n"), "CR LF"),
    Case("bare-carriage-return", answer(b"X: a\rY: b"), "CR LF"),
    Case("folded", answer(b"X: a\r\n b"), "folded"),
    Case("space-before-the-colon", answer(b"X : a"), "colon"),
    Case("no-colon", answer(b"Nothing"), "name"),
    Case("nul-in-a-value", answer(b"X: a\0b"), "value"),
    Case("value-not-in-utf-8", answer(b"X: gr\xf6\xdfe"), "UTF-8"),
    Case("two-lengths", answer(b"Content-Length: 0", b"Content-Length: 0"), "Content-Length"),
    Case("length-with-chunked", answer(b"Content-Length: 0", b"Transfer-Encoding: chunked"), "Transfer-Encoding"),
    Case("length-in-words", answer(b"Content-Length: none"), "Content-Length"),
    Case("one-byte-too-many", sized(LIMIT + 1), str(LIMIT)),
    Case("never-ending", answer(*[b"X: a"] * 10000)[:-4], str(LIMIT)),
    Case("never-ending-interim", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, str(LIMIT)),
    Case("no-upgrade", answer(without=b"Upgrade"), "upgrade"),
    Case("other-upgrade", answer(b"Upgrade: h2c", without=b"Upgrade"), "upgrade"),
    Case("no-connection", answer(without=b"Connection"), "upgrade"),
    Case("no-accept", answer(without=b"Sec-WebSocket-Accept"), "Sec-WebSocket-Accept"),
    Case("wrong-accept", answer(b"Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==", without=b"Sec-WebSocket-Accept"), "Sec-WebSocket-Accept"),
    Case("accept-twice", answer(ACCEPT), "Sec-WebSocket-Accept"),
    Case("accept-in-another-case", answer(b"Sec-WebSocket-Accept: @accept@", without=b"Sec-WebSocket-Accept"), "Sec-WebSocket-Accept"),
    Case("subprotocol-unasked", answer(b"Sec-WebSocket-Protocol: chat"), "chat"),
    Case("two-subprotocols", answer(b"Sec-WebSocket-Protocol: a", b"Sec-WebSocket-Protocol: b"), "a, b"),
    Case("extension-unasked", answer(b"Sec-WebSocket-Extensions: x-unknown"), "x-unknown"),
    Case("status-200", b"HTTP/1.1 200 OK\r\n" + OTHERS, "200"),
    Case("status-301", b"HTTP/1.1 301 Moved Permanently\r\nLocation: ws://example.com/\r\n" + OTHERS, "301"),
    Case("status-401", b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n" + OTHERS, "401"),
    Case("status-426", b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 12\r\n" + OTHERS, "426"),
    Case("status-500", b"HTTP/1.1 500 Internal Server Error\r\n" + OTHERS, "500"),
    Case("status-503-after-100", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\n" + OTHERS, "503"),
    Case("status-999-with-a-body", b"HTTP/1.1 999\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200000, "999"),
]

# By name, what is unusual and right.
ACCEPTED = {
    "as-usual": answer(),
    "another-reason": answer(line=b"HTTP/1.1 101 Welcome"),
    "no-reason": answer(line=b"HTTP/1.1 101"),
    "continue-first": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(),
    "several-interim": b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(),
    "at-the-limit": sized(LIMIT),
    "names-in-any-case": answer().replace(b"Upgrade:", b"uPGRADE:").replace(b"Sec-WebSocket", b"sec-websocket"),
    "values-in-any-case": answer().replace(b"websocket\r\n", b"WebSocket\r\n").replace(b": Upgrade", b": upgrade"),
    "lists-with-other-tokens": answer().replace(b": Upgrade\r\n", b": keep-alive, Upgrade\r\n"),
    "length-zero": answer(b"Content-Length: 0"),
}
