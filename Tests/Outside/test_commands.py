"""The other commands: certs, connect, version, usage."""

import os
import signal
import socket
import stat
import subprocess

import pytest

from commands import roadstead
from gateway import PROGRAM
from ports import free_port
from waiting import wait_until


def verify(directory, *arguments) -> str:
    run = subprocess.run(["openssl", "verify", "-CAfile", directory / "ca.pem", *arguments], capture_output=True, text=True)
    return run.stdout + run.stderr


def test_certs_makes_what_openssl_accepts(certificates):
    assert "OK" in verify(certificates, "-purpose", "sslserver", "-verify_hostname", "localhost", certificates / "server.pem")
    assert "OK" in verify(certificates, "-verify_ip", "127.0.0.1", certificates / "server.pem")
    assert "OK" in verify(certificates, "-verify_ip", "::1", certificates / "server.pem")
    assert "OK" in verify(certificates, "-purpose", "sslclient", certificates / "client.pem")
    for name in ("ca", "server", "client"):
        text = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", certificates / f"{name}.pem"], capture_output=True, text=True).stdout
        assert "NIST CURVE: P-256" in text
        assert stat.S_IMODE(os.stat(certificates / f"{name}.key").st_mode) == 0o600


def test_certs_keeps_what_is_there(tmp_path):
    assert roadstead("certs", "--dir", tmp_path).returncode == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"ca.pem", "server.pem", "server.key", "client.pem", "client.key"} <= before.keys()
    assert roadstead("certs", "--dir", tmp_path).returncode == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_connect_can_be_piped_into(echo_gateway):
    run = roadstead("connect", echo_gateway.url(), "--ca", echo_gateway.authority, send="hello\nagain\n")
    assert run.returncode == 0, run
    lines = run.stdout.splitlines()
    assert [line for line in lines if line in ("hello", "again")] == ["hello", "again"]


def test_connect_does_not_trust_a_stranger(echo_gateway):
    run = roadstead("connect", echo_gateway.url(), send="hello\n")
    assert run.returncode == 1
    assert "hello" not in run.stdout
    assert "certificate" in run.stderr.lower()


def test_connect_says_why_it_was_refused(echo_gateway):
    run = roadstead("connect", echo_gateway.url("/nowhere"), "--ca", echo_gateway.authority, send="hello\n")
    assert run.returncode == 1
    assert "404" in run.stderr


def test_connect_says_that_nobody_listens():
    run = roadstead("connect", f"wss://localhost:{free_port()}/echo", send="hello\n")
    assert run.returncode == 1
    assert run.stderr.strip()


def test_version():
    run = roadstead("version")
    assert run.returncode == 0
    assert any(character.isdigit() for character in run.stdout)


@pytest.mark.parametrize("arguments", [["unknown"], ["serve", "--unknown"], ["check"], ["connect"], ["serve", "--loops", "many"]])
def test_bad_usage_exits_with_2(arguments):
    run = roadstead(*arguments)
    assert run.returncode == 2, run
    assert run.stderr.strip()


def test_help_lists_the_commands():
    run = roadstead("--help")
    assert run.returncode == 0
    for command in ("serve", "check", "config", "certs", "connect", "version"):
        assert command in run.stdout


@pytest.mark.parametrize("port", ["public", "admin"])
def test_a_port_in_use_is_a_failure_that_says_so(echo_gateway, tmp_path, port):
    config = tmp_path / "second.yaml"
    text = (echo_gateway.directory / "roadstead.yaml").read_text()
    config.write_text(text.replace(str(echo_gateway.admin_port if port == "public" else echo_gateway.port), str(free_port())))
    taken = echo_gateway.port if port == "public" else echo_gateway.admin_port
    try:
        run = roadstead("serve", "--config", config, seconds=10)
    except subprocess.TimeoutExpired:
        pytest.fail(f"a second gateway shares the {port} port {taken} in silence")
    assert run.returncode == 1
    assert str(taken) in run.stderr


def test_the_development_gateway_needs_no_configuration(tmp_path):
    # Its ports are fixed.
    for port in (8443, 9090):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                pytest.skip(f"port {port} is in use on this machine")
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([PROGRAM, "serve"], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until(lambda: "wss://localhost:8443/echo" in log.read_text(), "the address is printed")
        assert "http://127.0.0.1:9090" in log.read_text()
        assert (tmp_path / "certs/ca.pem").exists()

        def reply() -> bool:
            run = roadstead("connect", "wss://localhost:8443/echo", "--ca", tmp_path / "certs/ca.pem", send="hello\n")
            return run.returncode == 0 and "hello" in run.stdout

        wait_until(reply, "the line to try works")
        # A reload makes certificates that are missing, as the start does.
        (tmp_path / "certs/server.pem").unlink()
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in log.read_text(), "it has read its configuration again")
        assert (tmp_path / "certs/server.pem").exists() and reply()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
