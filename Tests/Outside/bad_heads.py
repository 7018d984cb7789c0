"""What clients send that is no head of a WebSocket's, and how each of it is answered (RFC 9112, RFC 9110, RFC 6455 section 4)."""

from dataclasses import dataclass

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
FIELDS = (b"Host: localhost", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13", KEY)

# The limit of the gateway that gets them.
LIMIT = 4096


def head(line: bytes = b"GET /echo HTTP/1.1", *more: bytes, without: str = "", fields: tuple[bytes, ...] = FIELDS) -> bytes:
    """A valid upgrade but for what is told: another request line, further lines, or a field that is missing."""
    kept = [field for field in fields if not without or not field.lower().startswith(without.lower().encode() + b":")]
    return b"\r\n".join([line, *kept, *more]) + b"\r\n\r\n"


def instead(*lines: bytes) -> bytes:
    """With these in the place of the field of the same name."""
    return head(b"GET /echo HTTP/1.1", *lines, without=lines[0].partition(b":")[0].decode())


@dataclass(frozen=True)
class Case:
    """Bytes, the status that answers them, and what the body says."""

    name: str
    data: bytes
    status: int
    says: str = ""


def target(value: bytes) -> bytes:
    return head(b"GET " + value + b" HTTP/1.1")


def padded(size: int) -> bytes:
    """A head of so many bytes."""
    bare = head(b"GET /echo HTTP/1.1", b"X-Padding: ")
    return bare.replace(b"X-Padding: ", b"X-Padding: " + b"p" * (size - len(bare)))


REQUEST_LINES = [
    Case("no-request", b"hello\r\n\r\n", 400, "method"),
    Case("garbage", bytes(range(128, 256)) * 8, 400, "method"),
    Case("zeros", bytes(1000), 400, "method"),
    Case("a-frame", b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 400, "method"),
    Case("http-0.9", b"GET /echo\r\n", 400, "version"),
    Case("http-0.9-numbered", head(b"GET /echo HTTP/0.9"), 505, "HTTP/1.1"),
    Case("http-1.0", head(b"GET /echo HTTP/1.0"), 400, "HTTP/1.1"),
    Case("http-2", head(b"GET /echo HTTP/2.0"), 505, "HTTP/1.1"),
    Case("http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "target"),
    Case("http-3", head(b"GET /echo HTTP/3"), 505, "HTTP/1.1"),
    Case("version-of-two-digits", head(b"GET /echo HTTP/1.10"), 400, "version"),
    Case("version-in-small-letters", head(b"GET /echo http/1.1"), 400, "version"),
    Case("no-version", head(b"GET /echo "), 400, "version"),
    Case("method-in-small-letters", head(b"get /echo HTTP/1.1"), 405, "GET"),
    Case("unknown-method", head(b"BREW /echo HTTP/1.1"), 405, "GET"),
    Case("post", head(b"POST /echo HTTP/1.1"), 405, "GET"),
    Case("method-with-a-bracket", head(b"G(T /echo HTTP/1.1"), 400, "method"),
    Case("method-not-in-ascii", head("GÉT /echo HTTP/1.1".encode()), 400, "method"),
    Case("empty-method", head(b" /echo HTTP/1.1"), 400, "method"),
    Case("very-long-method", b"G" * 10000, 431, "4096"),
    Case("two-empty-lines-first", b"\r\n\r\n" + head(), 400, "method"),
    Case("bare-line-feed-first", b"\n" + head(), 400, "method"),
    Case("space-first", b" " + head(), 400, "method"),
    Case("tabs-between", head(b"GET\t/echo\tHTTP/1.1"), 400, "method"),
    Case("two-spaces-before-the-target", head(b"GET  /echo HTTP/1.1"), 400, "target"),
    Case("two-spaces-before-the-version", head(b"GET /echo  HTTP/1.1"), 400, "version"),
    Case("space-behind-the-version", head(b"GET /echo HTTP/1.1 "), 400, "version"),
    Case("space-in-the-target", target(b"/ec ho"), 400, "version"),
    Case("bare-line-feeds", head().replace(b"\r\n", b"\n"), 400, "CR LF"),
    Case("bare-carriage-returns", head().replace(b"\r\n", b"\r"), 400, "CR LF"),
]

TARGETS = [
    Case("authority-form", head(b"CONNECT localhost:443 HTTP/1.1"), 400, "target"),
    Case("asterisk-form", head(b"OPTIONS * HTTP/1.1"), 400, "target"),
    Case("relative", target(b"echo"), 400, "target"),
    Case("fragment", target(b"/echo#part"), 400, "target"),
    Case("fragment-in-the-query", target(b"/echo?a#part"), 400, "target"),
    Case("not-in-ascii", target("/écho".encode()), 400, "target"),
    Case("control-character", target(b"/ec\x01ho"), 400, "target"),
    Case("nul", target(b"/ec\0ho"), 400, "target"),
    Case("encoded-nul", target(b"/echo%00"), 400, "target"),
    Case("broken-encoding", target(b"/echo%4"), 400, "target"),
    Case("backslash", target(b"/a\\echo"), 400, "target"),
    Case("dot-segment", target(b"/a/../echo"), 400, "segments"),
    Case("encoded-dot-segment", target(b"/a/%2e%2E/echo"), 400, "segments"),
    Case("dot-segment-before-an-encoded-slash", target(b"/a/..%2fecho"), 400, "segments"),
    Case("dot-segment-between-encoded-backslashes", target(b"/a%5c..%5cecho"), 400, "segments"),
    Case("dot-segment-with-parameters", target(b"/a/..;/echo"), 400, "segments"),
    Case("very-long", target(b"/echo/" + b"a" * 10000), 431, "4096"),
    Case("very-long-query", target(b"/echo?" + b"a" * 10000), 431, "4096"),
    Case("absolute-of-another-scheme", target(b"ftp://localhost/echo"), 400, "target"),
    Case("absolute-without-a-host", target(b"ws:///echo"), 400, "host"),
    Case("absolute-with-userinfo", target(b"wss://user:password@localhost/echo"), 400, "host"),
    Case("absolute-with-a-wrong-port", target(b"wss://localhost:65536/echo"), 400, "host"),
    Case("absolute-without-a-host-field", head(b"GET wss://localhost/echo HTTP/1.1", without="Host"), 400, "Host"),
    Case("absolute-of-no-route", target(b"wss://localhost/nowhere"), 404, "route"),
]

SMUGGLED = b"Content-Length: 5", b"Transfer-Encoding: chunked"

FIELD_LINES = [
    Case("no-host", head(without="Host"), 400, "Host"),
    Case("two-hosts", head(b"GET /echo HTTP/1.1", b"Host: localhost"), 400, "Host"),
    Case("two-hosts-that-differ", head(b"GET /echo HTTP/1.1", b"host: other"), 400, "Host"),
    Case("empty-host", instead(b"Host: "), 400, "Host"),
    Case("host-with-a-path", instead(b"Host: localhost/echo"), 400, "Host"),
    Case("host-with-userinfo", instead(b"Host: user@localhost"), 400, "Host"),
    Case("host-of-two", instead(b"Host: localhost, other"), 400, "Host"),
    Case("space-before-the-colon", instead(b"Upgrade : websocket"), 400, "colon"),
    Case("tab-before-the-colon", instead(b"Upgrade\t: websocket"), 400, "colon"),
    Case("no-colon", head(b"GET /echo HTTP/1.1", b"Nothing"), 400, "name"),
    Case("empty-name", head(b"GET /echo HTTP/1.1", b": nothing"), 400, "name"),
    Case("name-with-a-bracket", head(b"GET /echo HTTP/1.1", b"X[0]: a"), 400, "name"),
    Case("name-not-in-ascii", head(b"GET /echo HTTP/1.1", "Größe: 1".encode()), 400, "name"),
    Case("nul-in-a-name", head(b"GET /echo HTTP/1.1", b"X\0: a"), 400, "name"),
    Case("nul-in-a-value", head(b"GET /echo HTTP/1.1", b"X: a\0b"), 400, "value"),
    Case("control-character-in-a-value", head(b"GET /echo HTTP/1.1", b"X: a\x0bb"), 400, "value"),
    Case("delete-in-a-value", head(b"GET /echo HTTP/1.1", b"X: a\x7fb"), 400, "value"),
    Case("value-not-in-utf-8", head(b"GET /echo HTTP/1.1", b"X: gr\xf6\xdfe"), 400, "UTF-8"),
    Case("folded", head(b"GET /echo HTTP/1.1", b"X: a\r\n b"), 400, "folded"),
    Case("folded-with-a-tab", head(b"GET /echo HTTP/1.1", b"X: a\r\n\tb"), 400, "folded"),
    Case("folded-at-once", head(b"GET /echo HTTP/1.1\r\n X: a"), 400, "folded"),
    Case("bare-line-feed-in-a-value", head(b"GET /echo HTTP/1.1", b"X: a\nHost: b"), 400, "CR LF"),
    Case("bare-carriage-return-in-a-value", head(b"GET /echo HTTP/1.1", b"X: a\rHost: b"), 400, "CR LF"),
    Case("line-feed-at-the-end", head()[:-2] + b"\n", 400, "CR LF"),
    Case("one-byte-too-many", padded(LIMIT + 1), 431, "4096"),
    Case("too-many-fields", head(b"GET /echo HTTP/1.1", *[b"a:"] * 2000), 431, "4096"),
    Case("very-long-name", head(b"GET /echo HTTP/1.1", b"X" * 10000 + b": a"), 431, "4096"),
    Case("very-long-value", head(b"GET /echo HTTP/1.1", b"X: " + b"a" * 10000), 431, "4096"),
    Case("never-ending", head(b"GET /echo HTTP/1.1", *[b"X: a"] * 100000)[:-4], 431, "4096"),
]

BODIES = [
    Case("two-lengths", head(b"GET /echo HTTP/1.1", SMUGGLED[0], SMUGGLED[0]), 400, "Content-Length"),
    Case("two-lengths-that-differ", head(b"POST /echo HTTP/1.1", SMUGGLED[0], b"Content-Length: 6"), 400, "Content-Length"),
    Case("two-lengths-in-one", head(b"POST /echo HTTP/1.1", b"Content-Length: 5, 5"), 400, "Content-Length"),
    Case("length-with-chunked", head(b"POST /echo HTTP/1.1", *SMUGGLED), 400, "Transfer-Encoding"),
    Case("chunked-with-length", head(b"POST /echo HTTP/1.1", *reversed(SMUGGLED)), 400, "Transfer-Encoding"),
    Case("negative-length", head(b"POST /echo HTTP/1.1", b"Content-Length: -1"), 400, "Content-Length"),
    Case("signed-length", head(b"POST /echo HTTP/1.1", b"Content-Length: +1"), 400, "Content-Length"),
    Case("length-past-64-bits", head(b"POST /echo HTTP/1.1", b"Content-Length: 18446744073709551616"), 400, "Content-Length"),
    Case("chunked-twice", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: chunked, chunked"), 400, "Transfer-Encoding"),
    Case("chunked-not-last", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: chunked, gzip"), 400, "Transfer-Encoding"),
    Case("hidden-chunked", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: \x0bchunked"), 400, "value"),
    Case("unknown-coding", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: gzip, chunked"), 501, "coding"),
    Case("chunked-in-http-1.0", head(b"POST /echo HTTP/1.0", SMUGGLED[1]), 400, "Transfer-Encoding"),
    Case("body", head(b"GET /echo HTTP/1.1", SMUGGLED[0]) + b"hello", 400, "body"),
    Case("chunked-body", head(b"GET /echo HTTP/1.1", SMUGGLED[1]) + b"5\r\nhello\r\n0\r\n\r\n", 400, "body"),
    Case("body-to-be-continued", head(b"GET /echo HTTP/1.1", SMUGGLED[0], b"Expect: 100-continue"), 400, "body"),
    Case("large-body", head(b"POST /echo HTTP/1.1", b"Content-Length: 200000") + b"x" * 200000, 405, "GET"),
]

UPGRADES = [
    Case("plain-request", b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 426, "upgrade"),
    Case("no-upgrade", head(without="Upgrade"), 426, "upgrade"),
    Case("other-upgrade", instead(b"Upgrade: h2c"), 426, "upgrade"),
    Case("upgrade-of-similar-name", instead(b"Upgrade: websockets, xwebsocket"), 426, "upgrade"),
    Case("no-connection", head(without="Connection"), 426, "upgrade"),
    Case("other-connection", instead(b"Connection: keep-alive"), 426, "upgrade"),
    Case("no-key", head(without="Sec-WebSocket-Key"), 400, "Sec-WebSocket-Key"),
    Case("empty-key", instead(b"Sec-WebSocket-Key: "), 400, "Sec-WebSocket-Key"),
    Case("two-keys", head(b"GET /echo HTTP/1.1", KEY), 400, "Sec-WebSocket-Key"),
    Case("short-key", instead(b"Sec-WebSocket-Key: c2hvcnQ="), 400, "Sec-WebSocket-Key"),
    Case("long-key", instead(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=="), 400, "Sec-WebSocket-Key"),
    Case("key-not-in-base64", instead(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="), 400, "Sec-WebSocket-Key"),
    Case("key-without-padding", instead(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"), 400, "Sec-WebSocket-Key"),
    Case("no-version-of-websocket", head(without="Sec-WebSocket-Version"), 426, "13"),
    Case("version-8", instead(b"Sec-WebSocket-Version: 8"), 426, "13"),
    Case("version-0", instead(b"Sec-WebSocket-Version: 0"), 426, "13"),
    Case("version-in-words", instead(b"Sec-WebSocket-Version: thirteen"), 426, "13"),
    Case("version-twice", head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Version: 13"), 426, "13"),
    Case("several-versions", instead(b"Sec-WebSocket-Version: 13, 8"), 426, "13"),
    Case("subprotocol-twice", head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Protocol: a, b, a"), 400, "Sec-WebSocket-Protocol"),
    Case("subprotocol-no-token", head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Protocol: a b"), 400, "Sec-WebSocket-Protocol"),
    Case("subprotocol-with-brackets", head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Protocol: {a}"), 400, "Sec-WebSocket-Protocol"),
]

PIPELINED = [
    Case("a-request-behind-a-refusal", head(without="Upgrade") + head(), 426, "upgrade"),
    Case("many-requests-behind-a-refusal", head(b"GET /nowhere HTTP/1.1") + head() * 1000, 404, "route"),
    Case("a-request-behind-garbage", b"x\r\n\r\n" + head(), 400, "method"),
]

REFUSED = REQUEST_LINES + TARGETS + FIELD_LINES + BODIES + UPGRADES + PIPELINED

# What asks with HEAD and is refused, even before all of it was read: there is no body behind such a head.
BODILESS = [
    Case("no-get", head(b"HEAD /echo HTTP/1.1"), 405),
    Case("no-route", head(b"HEAD /nowhere HTTP/1.1"), 404),
    Case("dot-segment", head(b"HEAD /../echo HTTP/1.1"), 400),
    Case("http-2", head(b"HEAD /echo HTTP/2.0"), 505),
    Case("no-host", head(b"HEAD /echo HTTP/1.1", without="Host"), 400),
    Case("folded", head(b"HEAD /echo HTTP/1.1", b"X: a\r\n b"), 400),
    Case("unknown-coding", head(b"HEAD /echo HTTP/1.1", b"Transfer-Encoding: gzip, chunked"), 501),
    Case("very-long", head(b"HEAD /echo HTTP/1.1", b"X: " + b"a" * 10000), 431),
    Case("a-request-behind-it", head(b"HEAD /echo HTTP/1.1") + head(), 405),
]

# By name, what is unusual and right.
ACCEPTED = {
    "as-usual": head(),
    "an-empty-line-first": b"\r\n" + head(),
    "later-minor-version": head(b"GET /echo HTTP/1.9"),
    "absolute-form": target(b"wss://localhost/echo"),
    "absolute-form-of-http": target(b"HTTP://LOCALHOST:8443/echo?a=b"),
    "absolute-form-and-another-host-field": head(b"GET ws://localhost/echo HTTP/1.1", fields=(b"hOsT: other:1", *FIELDS[1:])),
    "query-with-brackets": target(b"/echo?a[]={|}^`\\"),
    "at-the-limit": padded(LIMIT),
    "a-thousand-fields": head(b"GET /echo HTTP/1.1", *[b"a:"] * ((LIMIT - len(head())) // 4)),
    "names-in-any-case": head(fields=tuple(field.partition(b":")[0].swapcase() + b":" + field.partition(b":")[2] for field in FIELDS)),
    "values-in-any-case": head(fields=(b"Host: LOCALHOST", b"Upgrade: WebSocket", b"Connection: uPGRADE", *FIELDS[3:])),
    "no-spaces": head(fields=tuple(field.replace(b": ", b":") for field in FIELDS)),
    "many-spaces": head(fields=tuple(field.replace(b": ", b": \t  ") + b" \t" for field in FIELDS)),
    "lists-with-other-tokens": head(
        fields=(FIELDS[0], b"Upgrade: h2c, websocket/13, websocket", b"Connection: keep-alive,, Upgrade ,", *FIELDS[3:])),
    "lists-over-several-lines": head(
        fields=(FIELDS[0], b"Upgrade: h2c", b"Upgrade: websocket", b"Connection: keep-alive", b"Connection: Upgrade", *FIELDS[3:])),
    "values-in-utf-8": head(b"GET /echo HTTP/1.1", "X: größe 🚢".encode()),
    "length-zero": head(b"GET /echo HTTP/1.1", b"Content-Length: 0"),
    "expecting-to-continue-nothing": head(b"GET /echo HTTP/1.1", b"Expect: 100-continue"),
    "unknown-extensions": head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Extensions: x-unknown; a=b, mux"),
    "subprotocols-that-nobody-speaks": head(b"GET /echo HTTP/1.1", b"Sec-WebSocket-Protocol: chat, v2.chat"),
}  # fmt: skip
