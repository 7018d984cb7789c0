"""Text in rows (RFC 6455 sections 5.6 and 8.1, group 6 of Autobahn's suite): Markus Kuhn's UTF-8 stress test, and how soon the gateway fails."""

import codecs

from clients import TEXT
from conformance_frames import Row, cut, fragments, last, more, text

GREEK = "κόσμε".encode()

# By the numbers of https://www.cl.cam.ac.uk/~mgk25/ucs/examples/UTF-8-test.txt
VALID = {
    "mixed": "Hello-µ@ßöäüàá-UTF-8!!".encode(),
    "1-greek": GREEK,
    "2.1.1": "00", "2.1.2": "c280", "2.1.3": "e0a080", "2.1.4": "f0908080",
    "2.2.1": "7f", "2.2.2": "dfbf", "2.2.3": "efbfbf",
    "2.3.1": "ed9fbf", "2.3.2": "ee8080", "2.3.3": "efbfbd", "2.3.4": "f48fbfbf",
    # Noncharacters are characters like others here.
    "5.3.1": "efbfbe", "5.3.2": "efbfbf", "5.3.3": "efb790efb7af",
    "5.3.4": "f09fbfbef09fbfbff0afbfbef0afbfbff3bfbfbef3bfbfbff48fbfbef48fbfbf",
    "byte-order-mark": "efbbbf61",
}  # fmt: skip

INVALID = {
    "greek-and-a-surrogate": GREEK + bytes.fromhex("eda080") + b"edited",
    "2.1.5": "f888808080", "2.1.6": "fc8480808080", "2.2.4": "f7bfbfbf", "2.2.5": "fbbfbfbfbf", "2.2.6": "fdbfbfbfbfbf", "2.3.5": "f4908080",
    "3.1.1": "80", "3.1.2": "bf", "3.1.3": "80bf", "3.1.4": "80bf80", "3.1.5": "80bf80bf", "3.1.8": "80bf80bf80bf80",
    "3.1.9": bytes(range(0x80, 0xC0)),
    "3.2.1": b"".join(bytes([first, 0x20]) for first in range(0xC0, 0xE0)),
    "3.2.2": b"".join(bytes([first, 0x20]) for first in range(0xE0, 0xF0)),
    "3.2.3": b"".join(bytes([first, 0x20]) for first in range(0xF0, 0xF8)),
    "3.2.4": "f820f920fa20fb20", "3.2.5": "fc20fd20",
    "3.3.1": "c0", "3.3.2": "e080", "3.3.3": "f08080", "3.3.4": "f8808080", "3.3.5": "fc80808080",
    "3.3.6": "df", "3.3.7": "efbf", "3.3.8": "f7bfbf", "3.3.9": "fbbfbfbf", "3.3.10": "fdbfbfbfbf",
    "3.3-three-of-four": "f09f9a", "3.3-followed": "efbf61",
    "3.4": "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf",
    "3.5.1": "fe", "3.5.2": "ff", "3.5.3": "fefeffff",
    "4.1.1": "c0af", "4.1.2": "e080af", "4.1.3": "f08080af", "4.1.4": "f8808080af", "4.1.5": "fc80808080af",
    "4.2.1": "c1bf", "4.2.2": "e09fbf", "4.2.3": "f08fbfbf", "4.2.4": "f887bfbfbf", "4.2.5": "fc83bfbfbfbf",
    "4.3.1": "c080", "4.3.2": "e08080", "4.3.3": "f0808080", "4.3.4": "f880808080", "4.3.5": "fc8080808080",
    "5.1.1": "eda080", "5.1.2": "edadbf", "5.1.3": "edae80", "5.1.4": "edafbf", "5.1.5": "edb080", "5.1.6": "edbe80", "5.1.7": "edbfbf",
    "5.2.1": "eda080edb080", "5.2.2": "eda080edbfbf", "5.2.5": "edae80edb080", "5.2.8": "edafbfedbfbf",
}  # fmt: skip


def octets(value: str | bytes) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) else value


def wrong_at(data: bytes) -> int | None:
    """Where Python sees the first octet that no valid text can have there; None if only the end is missing."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    for index in range(len(data)):
        try:
            decoder.decode(data[index : index + 1])
        except UnicodeDecodeError:
            return index
    return None


def valid() -> list[Row]:
    rows = []
    for name, value in VALID.items():
        data = octets(value)
        data.decode()
        message = ((TEXT, data),)
        rows.append(Row("5.6", f"utf-8-{name}", (text(data),), message))
        rows.append(Row("5.6", f"utf-8-{name}-a-fragment-an-octet", fragments(TEXT, *cut(data, 1)), message))
        rows.append(Row("5.6", f"utf-8-{name}", (text(data),), message).in_pieces(1))
    # An octet of a character behind another in the next message begins anew.
    rows.append(Row("5.6", "utf-8-starts-anew", (text(GREEK), text(GREEK)), ((TEXT, GREEK), (TEXT, GREEK))))
    mixed = octets(VALID["mixed"])
    rows.append(Row("5.6", "utf-8-with-empty-fragments", fragments(TEXT, *[part for byte in cut(mixed, 1) for part in (byte, b"")]), ((TEXT, mixed),)))
    return rows


def invalid() -> list[Row]:
    rows = []
    for name, value in INVALID.items():
        data = octets(value)
        rows.append(Row("8.1", f"utf-8-{name}", (text(data),), close=1007))
        rows.append(Row("8.1", f"utf-8-{name}-behind-text", (text(GREEK + data + GREEK),), close=1007))
        rows.append(Row("8.1", f"utf-8-{name}-a-fragment-an-octet", fragments(TEXT, *cut(data, 1)), close=1007))
        wrong = wrong_at(data)
        if wrong is None:
            continue
        # Autobahn's 6.4: the message is not over, and not even its frame; the octet is enough.
        begun = data[: wrong + 1]
        rows.append(Row("8.1", f"utf-8-{name}-fails-before-the-message-ends", (text(GREEK, final=False), more(begun)), close=1007))
        rows.append(Row("8.1", f"utf-8-{name}-fails-before-the-frame-ends", (text(begun, announced=len(begun) + 50),), close=1007))
    broken = (text(GREEK[:3], final=False), last(GREEK[4:]))
    rows.append(Row("8.1", "utf-8-broken-at-the-fragment", broken, close=1007))
    rows.append(Row("8.1", "utf-8-ends-in-the-last-fragment", (text(GREEK, final=False), last(b"\xf0\x9f")), close=1007))
    rows.append(Row("8.1", "utf-8-ends-in-an-empty-last-fragment", (text(b"a\xce", final=False), last()), close=1007))
    rows.append(Row("8.1", "utf-8-after-a-message", (text(), text(b"\xff")), ((TEXT, b"Hello"),), close=1007))
    return rows


def all_rows() -> list[Row]:
    return valid() + invalid()
