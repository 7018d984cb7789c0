"""What the log says of a session: its opening at debug, its close record at info, each on one line. Nobody waits for its reader."""

import json
import re
import subprocess
import threading
import time

import pytest

from clients import TEXT, RawClient, connect, frame, session_id, upgrade_head
from gateway import ECHO
from waiting import eventually, wait_until

# Each refusal is told with 256 bytes of its path, in a line of some 500. A pipe holds 64 KiB of them, and the gateway 1 MiB.
REFUSALS = 4000
UNREAD = {
    "listener": {"tls": None}, "log": {"level": "info"}, "stderr": subprocess.PIPE,
    # No pings among the echoes, however long the refusals take.
    "routes": [{**ECHO, "heartbeat": {"interval": "60s", "timeout": "60s"}}],
}  # fmt: skip


def lines_about(gateway, identifier: str) -> list[str]:
    return [line for line in gateway.log.splitlines() if identifier in line]


async def one_session(gateway) -> list[str]:
    """The log's lines about one session that was closed with 4000."""
    async with connect(gateway) as client:
        await client.send("hello")
        await client.recv()
        await client.close(4000, "bye")
    return await eventually(
        lambda: (lines := lines_about(gateway, session_id(client))) and any("4000" in line for line in lines) and lines, "the close is logged"
    )


async def test_the_close_record_is_one_line_of_logfmt(start_gateway):
    (line,) = await one_session(start_gateway(log={"level": "info", "format": "logfmt"}))
    for pair in ("level=info", "closed_by=client", "cause=normal", "code=4000", "reason=bye", "stage=open"):
        assert pair in line


async def test_the_close_record_is_one_line_of_json(start_gateway):
    (line,) = await one_session(start_gateway(log={"level": "info", "format": "json"}))
    record = json.loads(line)
    assert {key: record[key] for key in ("level", "closed_by", "cause", "reason", "stage")} == {
        "level": "info", "closed_by": "client", "cause": "normal", "reason": "bye", "stage": "open",
    }  # fmt: skip
    assert int(record["code"]) == 4000


async def test_the_opening_is_told_at_debug(start_gateway):
    lines = await one_session(start_gateway(log={"level": "debug", "format": "logfmt"}))
    assert len([line for line in lines if "level=debug" in line and "open" in line]) == 1


@pytest.mark.parametrize("level", ["warning", "error"])
async def test_a_quiet_level_is_quiet(start_gateway, level):
    gateway = start_gateway(log={"level": level})
    async with connect(gateway) as client:
        await client.close()
    await gateway.closed(session_id(client))
    assert lines_about(gateway, session_id(client)) == []


async def test_messages_are_not_logged(start_gateway):
    gateway = start_gateway(log={"level": "info"})
    async with connect(gateway) as client:
        before = len(gateway.log.splitlines())
        for _ in range(100):
            await client.send("a secret of the user")
            await client.recv()
        assert len(gateway.log.splitlines()) == before
    assert "a secret of the user" not in gateway.log


def refuse(gateway, count: int) -> None:
    """Asks for upgrades where no route leads."""
    request = upgrade_head("/" + "x" * 300)
    for _ in range(count):
        with RawClient(gateway.port) as client:
            client.send(request)
            assert client.reads_to_the_end().startswith(b"HTTP/1.1 404 ")


def echo(client: RawClient) -> None:
    client.send(frame(TEXT, b"hello"))
    assert client.read_frame() == (TEXT, b"hello")


def lines_of(stream) -> list[str]:
    """The lines of a stream, more and more as they come."""
    lines = []

    def read() -> None:
        for line in stream:
            lines.append(line.decode().rstrip("\n"))

    threading.Thread(target=read, daemon=True).start()
    return lines


def missing(line: str) -> int:
    """How many lines are missing there, as this line says."""
    told = re.search(r'level=warning msg="log lines dropped because standard error was not read" dropped=(\d+)$', line)
    return int(told[1]) if told else 0


def test_a_log_that_nobody_reads_holds_nobody_up(start_gateway):
    gateway = start_gateway(**UNREAD)
    with RawClient(gateway.port) as client:
        client.upgrade()
        refuse(gateway, REFUSALS)
        echo(client)
        lines = lines_of(gateway.process.stderr)
        wait_until(
            lambda: sum("no route for" in line for line in lines) + sum(map(missing, lines)) == REFUSALS, "each refusal is told or counted"
        )
        assert gateway.metric("roadstead_log_lines_dropped_total") == sum(map(missing, lines)) > 0
        echo(client)
    gateway.stop()
    wait_until(lambda: 'msg="stopped"' in lines[-1], "the last line has come")


def test_the_end_does_not_wait_long_for_a_log_that_nobody_reads(start_gateway):
    gateway = start_gateway(**UNREAD)
    refuse(gateway, 300)
    started = time.monotonic()
    gateway.stop()
    assert time.monotonic() - started < 5
