"""What the log says of a session: its opening at debug, its close record at info, each on one line."""

import json

import pytest

from clients import connect, session_id
from waiting import eventually


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
