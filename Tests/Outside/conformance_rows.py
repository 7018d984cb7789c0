"""RFC 6455 in rows: framing, reserved bits, opcodes, masks, pings and pongs, fragments, closing, limits and big messages.

Each names the section that it holds; the order and most of the cases follow the groups 1 to 5, 7, 9 and 10 of Autobahn's suite.
"""

import os

from clients import BINARY, CLOSE, TEXT
from conformance_frames import NO_CODE, Frame, Row, binary, close, cut, fragments, last, more, ping, pong, text

MIB = 1 << 20
HELLO = (TEXT, b"Hello")
# What ends a connection for good, whatever comes behind it.
WRONG = 1002


def framing() -> list[Row]:
    """Group 1: every form of the length, in both kinds, whole and in small segments."""
    rows = []
    for size in (0, 1, 2, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537, MIB):
        rows.append(Row("5.2", f"text-of-{size}", (text("*" * size),), ((TEXT, b"*" * size),)))
        rows.append(Row("5.2", f"binary-of-{size}", (binary(b"\xfe" * size),), ((BINARY, b"\xfe" * size),)))
    small = [row for row in rows if row.name.endswith(("-of-0", "-of-1", "-of-125", "-of-126", "-of-128"))]
    rows += [row.in_pieces(1) for row in small]
    rows += [row.in_pieces(997) for row in rows if row.name.endswith("-of-65536")]
    numbers = tuple((TEXT, str(number).encode()) for number in range(1000))
    rows.append(Row("5.2", "a-thousand-messages-at-once", tuple(text(payload) for _, payload in numbers), numbers))
    mixed = tuple((kind, b"x" * size) for size in (0, 125, 126, 65535, 65536) for kind in (TEXT, BINARY))
    rows.append(Row("5.2", "lengths-in-turn", tuple(Frame(kind, payload) for kind, payload in mixed), mixed))
    for bits, sizes in ((16, (0, 1, 125)), (64, (0, 125, 126, 65535))):
        for size in sizes:
            rows.append(Row("5.2", f"length-{size}-in-{bits}-bits", (text("*" * size, length_bits=bits),), close=WRONG))
    rows.append(Row("5.2", "ping-length-in-16-bits", (ping(b"x" * 5, length_bits=16),), close=WRONG))
    for name, length in (("top-bit", 1 << 63), ("all-bits", (1 << 64) - 1)):
        rows.append(Row("5.2", f"length-with-{name}", (binary(b"", announced=length, length_bits=64),), close=WRONG))
    return rows


def masks() -> list[Row]:
    """Each side masks as its role asks, with whatever key."""
    rows = []
    frames = {
        "text": text(), "empty-text": text(""), "binary": binary(), "fragment": text(final=False), "ping": ping(b"x"), "pong": pong(b"x"),
        "empty-ping": ping(), "close": close(), "empty-close": close(None),
    }  # fmt: skip
    for name, frame in frames.items():
        wrong = Frame(**{**frame.__dict__, "wrongly_masked": True})
        rows.append(Row("5.1", f"{name}-masked-as-only-the-other-side-may", (wrong,), close=WRONG))
    rows.append(Row("5.1", "right-then-wrong", (text(), text("again", wrongly_masked=True)), (HELLO,), close=WRONG))
    for key in ("00000000", "ffffffff", "80808080", "00ff00ff", "01020304"):
        payload = bytes(range(256)) * 3
        rows.append(Row("5.3", f"key-{key}", (binary(payload, key=bytes.fromhex(key)),), ((BINARY, payload),)))
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65):
        parts = tuple(bytes(range(number, number + size)) for number in range(3))
        frames = tuple(binary(part, key=b"\x37\xfa\x21\x3d") for part in parts)
        rows.append(Row("5.3", f"unaligned-{size}", frames, tuple((BINARY, part) for part in parts)))
    return rows


def reserved_bits() -> list[Row]:
    """Group 3: without an extension they are all zero."""
    rows = []
    kinds = {"text": text, "binary": binary, "ping": lambda **bits: ping(b"x", **bits), "pong": pong, "close": close}
    for bits in range(1, 8):
        for name, make in kinds.items():
            rows.append(Row("5.2", f"reserved-{bits:03b}-in-{name}", (make(reserved=bits),), close=WRONG))
        rows.append(Row("5.2", f"reserved-{bits:03b}-after-a-message", (text(), text(reserved=bits), ping()), (HELLO,), close=WRONG))
        rows.append(Row("5.2", f"reserved-{bits:03b}-in-a-continuation", (text(final=False), last("x", reserved=bits)), close=WRONG))
    rows.append(Row("5.2", "reserved-in-pieces", (text(), text(reserved=4), ping()), (HELLO,), close=WRONG).in_pieces(1))
    return rows


def opcodes() -> list[Row]:
    """Group 4: reserved ones."""
    rows = []
    for opcode in (*range(3, 8), *range(11, 16)):
        rows.append(Row("5.2", f"opcode-{opcode}-empty", (Frame(opcode),), close=WRONG))
        rows.append(Row("5.2", f"opcode-{opcode}-with-payload", (Frame(opcode, b"reserved"),), close=WRONG))
        rows.append(Row("5.2", f"opcode-{opcode}-after-a-message", (text(), Frame(opcode, b"x"), ping()), (HELLO,), close=WRONG))
        rows.append(Row("5.4", f"opcode-{opcode}-between-fragments", (text(final=False), Frame(opcode), last()), close=WRONG))
    rows.append(Row("5.2", "opcode-3-not-final", (Frame(3, b"x", final=False),), close=WRONG))
    return rows


def pings() -> list[Row]:
    """Group 2."""
    raw, full = bytes.fromhex("00fffefdfcfb00ff"), b"\xfe" * 125
    ten = tuple(f"payload-{number}".encode() for number in range(10))
    rows = [
        Row("5.5.2", "ping-empty", (ping(),), pongs=(b"",)),
        Row("5.5.3", "ping-with-text", (ping(b"Hello"),), pongs=(b"Hello",)),
        Row("5.5.3", "ping-with-binary", (ping(raw),), pongs=(raw,)),
        Row("5.5", "ping-of-124", (ping(full[:124]),), pongs=(full[:124],)),
        Row("5.5", "ping-of-125", (ping(full),), pongs=(full,)),
        Row("5.5", "ping-of-126", (ping(full + b"x"),), close=WRONG),
        Row("5.5", "ping-of-65536", (ping(b"x" * 65536),), close=WRONG),
        Row("5.5", "pong-of-125", (pong(full), text()), (HELLO,)),
        Row("5.5", "pong-of-126", (pong(full + b"x"),), close=WRONG),
        Row("5.5.3", "pong-unasked", (pong(), text()), (HELLO,)),
        Row("5.5.3", "pong-unasked-with-payload", (pong(b"unsolicited"), text()), (HELLO,)),
        Row("5.5.3", "pong-unasked-then-ping", (pong(b"unsolicited"), ping(b"ping")), pongs=(b"ping",)),
        Row("5.5.2", "ten-pings", tuple(ping(payload) for payload in ten), pongs=ten),
        Row("5.5.2", "pings-about-a-message", (ping(b"1"), text(), ping(b"2")), (HELLO,), (b"1", b"2")),
        Row("5.5", "ping-in-fragments", (ping(b"x", final=False), last("y")), close=WRONG),
        Row("5.5", "pong-in-fragments", (pong(b"x", final=False), last("y")), close=WRONG),
        Row("5.5", "ping-not-final", (ping(final=False),), close=WRONG),
    ]
    return rows + [row.in_pieces(1) for row in rows if row.name in ("ping-of-125", "ten-pings", "ping-with-binary", "pong-unasked-then-ping")]


def fragmentation() -> list[Row]:
    """Group 5."""
    one, two = text("fragment1", final=False), last("fragment2")
    whole = (TEXT, b"fragment1fragment2")
    many = tuple(bytes([number % 128]) for number in range(1000))
    rows = [
        Row("5.4", "two-fragments", (one, two), (whole,)),
        Row("5.4", "two-fragments-of-binary", fragments(BINARY, b"\x00\x01", b"\xff"), ((BINARY, b"\x00\x01\xff"),)),
        Row("5.4", "a-ping-between-fragments", (one, ping(b"ping"), two), (whole,), (b"ping",)),
        Row("5.4", "a-pong-between-fragments", (one, pong(b"pong"), two), (whole,)),
        Row("5.4", "pings-between-many-fragments", (text("a", final=False), ping(b"1"), more("b"), ping(b"2"), more("c"), ping(b"3"), last("d")),
            ((TEXT, b"abcd"),), (b"1", b"2", b"3")),
        Row("5.4", "two-messages-in-fragments", (one, two, *fragments(BINARY, b"a", b"b")), (whole, (BINARY, b"ab"))),
        Row("5.4", "a-thousand-fragments-of-text", fragments(TEXT, *many), ((TEXT, b"".join(many)),)),
        Row("5.4", "a-thousand-fragments-of-binary", fragments(BINARY, *many), ((BINARY, b"".join(many)),)),
        Row("5.4", "three-empty-fragments", fragments(TEXT, b"", b"", b""), ((TEXT, b""),)),
        Row("5.4", "an-empty-first-fragment", fragments(BINARY, b"", b"x"), ((BINARY, b"x"),)),
        Row("5.4", "an-empty-middle-fragment", fragments(TEXT, b"a", b"", b"b"), ((TEXT, b"ab"),)),
        Row("5.4", "an-empty-last-fragment", fragments(TEXT, b"a", b""), ((TEXT, b"a"),)),
        Row("5.4", "fragments-over-the-lengths", fragments(BINARY, b"a" * 125, b"b" * 126, b"c" * 65535, b"d" * 65536),
            ((BINARY, b"a" * 125 + b"b" * 126 + b"c" * 65535 + b"d" * 65536),)),
        Row("5.4", "a-last-continuation-of-nothing", (last("non-continuation"),), close=WRONG),
        Row("5.4", "a-continuation-of-nothing", (more("non-continuation"),), close=WRONG),
        Row("5.4", "an-empty-continuation-of-nothing", (last(),), close=WRONG),
        Row("5.4", "a-continuation-after-a-message", (text(), last("x")), (HELLO,), close=WRONG),
        Row("5.4", "a-continuation-after-fragments", (one, two, more("x"), text()), (whole,), close=WRONG),
        Row("5.4", "a-continuation-of-nothing-with-a-ping", (ping(b"1"), more("x"), ping(b"2")), pongs=(b"1",), close=WRONG),
        Row("5.4", "a-new-text-between-fragments", (one, text("x"), two), close=WRONG),
        Row("5.4", "a-new-binary-between-fragments", (one, binary(b"x"), two), close=WRONG),
        Row("5.4", "a-new-first-fragment-between-fragments", (one, text("x", final=False), two), close=WRONG),
        Row("5.4", "a-new-message-after-a-ping", (one, ping(), text("x")), pongs=(b"",), close=WRONG),
    ]  # fmt: skip
    chopped = ("two-fragments", "a-ping-between-fragments", "pings-between-many-fragments", "three-empty-fragments")
    return rows + [row.in_pieces(1) for row in rows if row.name in chopped]


def closing() -> list[Row]:
    """Group 7."""
    full = "*" * 123
    rows = [
        Row("5.5.1", "close-without-a-code", (close(None),), close=NO_CODE),
        Row("5.5.1", "close-of-one-byte", (Frame(CLOSE, b"\x03"),), close=WRONG),
        Row("5.5.1", "close-with-a-code", (close(1000),), close=1000),
        Row("5.5.1", "close-with-a-reason", (close(1000, "Hello World!"),), close=1000),
        Row("5.5.1", "close-with-a-reason-of-122", (close(1000, full[:122]),), close=1000),
        Row("5.5", "close-with-a-reason-of-123", (close(1000, full),), close=1000),
        Row("5.5", "close-with-a-reason-of-124", (close(1000, full + "*"),), close=WRONG),
        Row("5.5.1", "close-with-a-reason-in-utf-8", (close(4000, "größer 🚢"),), close=4000),
        Row("8.1", "close-with-a-reason-not-in-utf-8", (close(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80"),), close=1007),
        Row("8.1", "close-with-half-a-character", (close(1000, b"a\xf0\x9f"),), close=1007),
        Row("5.5", "close-not-final", (close(final=False),), close=WRONG),
        Row("5.5.1", "a-message-then-close", (text(), close(1000)), (HELLO,), close=1000),
        Row("5.5.1", "two-closes", (close(1000), close(1001)), close=1000),
        Row("5.5.1", "a-ping-after-close", (close(1000), ping(b"late")), close=1000),
        Row("5.5.1", "a-message-after-close", (close(1000), text("late")), close=1000),
        Row("5.5.1", "fragments-about-close", (text(final=False), close(1000), last("late")), close=1000),
        Row("5.5.1", "garbage-after-close", (close(1000), Frame(0xF, b"late", reserved=7)), close=1000),
        Row("5.5.1", "a-megabyte-after-close", (close(1000), binary(bytes(MIB))), close=1000),
        Row("5.4", "close-between-fragments", (text(final=False), ping(b"x"), close(1001)), pongs=(b"x",), close=1001),
    ]
    rows += [row.in_pieces(1) for row in rows if row.name in ("close-without-a-code", "close-with-a-reason-of-123", "a-message-then-close")]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
        rows.append(Row("7.4", f"code-{code}", (close(code, "why"),), close=code))
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 32768, 65535):
        rows.append(Row("7.4", f"code-{code}-is-not-for-the-wire", (close(code, "why"),), close=WRONG))
        rows.append(Row("7.4", f"code-{code}-bare-is-not-for-the-wire", (close(code),), close=WRONG))
    return rows


def limits() -> list[Row]:
    """Section 10.4: a client's message of 1 KiB passes, one more byte does not, however it comes; and a header is enough to know."""
    kib = b"x" * 1024
    rows = []
    for size in (1023, 1024):
        rows.append(Row("10.4", f"message-of-{size}", (binary(kib[:size]),), ((BINARY, kib[:size]),)))
    rows += [
        Row("10.4", "message-of-1025", (binary(kib + b"x"),), close=1009),
        Row("10.4", "text-of-1025", (text(kib + b"x"),), close=1009),
        Row("10.4", "fragments-of-1024", fragments(BINARY, *cut(kib, 100)), ((BINARY, kib),)),
        Row("10.4", "fragments-of-1025", fragments(BINARY, *cut(kib + b"x", 100)), close=1009),
        Row("10.4", "fragments-without-an-end", (binary(kib, final=False), more("x")), close=1009),
        Row("10.4", "header-of-1025", (binary(b"", announced=1025),), close=1009),
        Row("10.4", "header-of-2^63-1", (binary(b"", announced=(1 << 63) - 1),), close=1009),
        Row("10.4", "continuation-header-of-2^63-1", (binary(b"x", final=False), last(b"", announced=(1 << 63) - 1)), close=1009),
        Row("10.4", "two-messages-of-1024", (binary(kib), text(kib)), ((BINARY, kib), (TEXT, kib))),
        Row("10.4", "empty-fragments-count-nothing", fragments(BINARY, kib, *[b""] * 100), ((BINARY, kib),)),
    ]
    return [Row(**{**row.__dict__, "limited": True}) for row in rows]


def big() -> list[Row]:
    """Groups 9 and 10: to 16 MiB, whole, in fragments and in small segments."""
    letters, noise = b"BAsd7&jh23" * (16 * MIB // 10 + 1), os.urandom(MIB) * 16
    rows = [
        Row("5.2", "text-of-16-MiB", (text(letters[: 16 * MIB]),), ((TEXT, letters[: 16 * MIB]),)),
        Row("5.2", "binary-of-16-MiB", (binary(noise),), ((BINARY, noise),)),
        Row("5.4", "binary-of-16-MiB-in-fragments", fragments(BINARY, *cut(noise, 65536)), ((BINARY, noise),)),
        Row("5.4", "text-of-4-MiB-in-fragments", fragments(TEXT, *cut(letters[: 4 * MIB], 4096)), ((TEXT, letters[: 4 * MIB]),)),
        Row("5.4", "text-of-65536-in-fragments-of-1300", fragments(TEXT, *cut(letters[:65536], 1300)), ((TEXT, letters[:65536]),)),
    ]
    for size in (1024, 16384):
        rows.append(Row("5.4", f"binary-of-1-MiB-in-fragments-of-{size}", fragments(BINARY, *cut(noise[:MIB], size)), ((BINARY, noise[:MIB]),)))
        rows.append(Row("5.4", f"text-of-1-MiB-in-fragments-of-{size}", fragments(TEXT, *cut(letters[:MIB], size)), ((TEXT, letters[:MIB]),)))
    rows.append(Row("5.2", "text-of-1-MiB", (text(letters[:MIB]),), ((TEXT, letters[:MIB]),), piece=1024))
    return rows


def tiny_fragments() -> list[Row]:
    """The same in more fragments than libraries take."""
    noise = os.urandom(MIB)
    return [Row("5.4", "binary-of-1-MiB-in-fragments-of-64", fragments(BINARY, *cut(noise, 64)), ((BINARY, noise),))]


def all_rows() -> list[Row]:
    groups = (framing, masks, reserved_bits, opcodes, pings, fragmentation, closing, limits, big)
    return [row for group in groups for row in group()]
