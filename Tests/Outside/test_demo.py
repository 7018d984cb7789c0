"""The demo: two backends are killed and restarted in turn, and the connections of a browser and of a bot go on."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import PROGRAM, REPOSITORY

DEMO = REPOSITORY / "scripts/demo/demo.py"
SUMMARY = re.compile(r"(\d+) s, (\d+) kills, (\d+) closes; bot: (\d+) sent, (\d+) answered \(North (\d+), South (\d+)\)")
ADDRESS = re.compile(r"(?:localhost|127\.0\.0\.1):(\d+)")


@contextlib.contextmanager
def demo(certificates, *options):
    """A running demo with the gateway under test."""
    command = [sys.executable, DEMO, "--certs", certificates, *options]
    environment = {**os.environ, "ROADSTEAD": str(PROGRAM)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        yield process
    finally:
        # It ends its own children on SIGTERM, which it would not if it were killed at once.
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def run(certificates, *options) -> tuple[int, str, tuple[int, ...]]:
    """The exit code, the output and the numbers of the summary of a demo that ends by itself."""
    with demo(certificates, *options) as process:
        output, _ = process.communicate(timeout=60)
    summary = SUMMARY.fullmatch(output.splitlines()[-1])
    assert summary, output
    return process.returncode, output, tuple(map(int, summary.groups()))


def test_no_connection_closes_while_backends_are_killed(certificates, tmp_path):
    picture = tmp_path / "demo.png"
    status, output, numbers = run(certificates, "--seconds", "8", "--period", "2", "--screenshot", picture)
    _, kills, closes, sent, answered, north, south = numbers
    assert status == 0 and closes == 0, output
    assert kills >= 3 and sent >= 20, output
    assert north > 0 and south > 0 and answered == north + south, output
    browser = re.search(r"browser: (\d+) sent, (\d+) answered, 0 closes", output)
    assert browser and int(browser[2]) > 0, output
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_a_close_is_seen_and_told(certificates):
    """What the demo shows would be worth nothing if it could not fail."""
    status, output, numbers = run(certificates, "--seconds", "6", "--period", "2", "--hold", "0s")
    assert status == 1 and numbers[2] > 0, output
    assert "the bot's connection was CLOSED with 1012" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(certificates, number):
    with demo(certificates, "--no-faults") as process:
        heard = ""
        while "the bot is answered by" not in heard:
            line = process.stdout.readline()
            assert line, heard
            heard += line
        configuration = Path(re.search(r"config +(\S+)", heard)[1])
        ports = set(ADDRESS.findall(heard + configuration.read_text()))
        assert len(ports) == 5, ports
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, heard + rest
    assert SUMMARY.fullmatch(rest.splitlines()[-1])[3] == "0"
    assert not configuration.exists()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(port)), timeout=5)
