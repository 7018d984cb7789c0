"""`openssl s_client` as a client of a gateway, and what it says."""

import re
import subprocess

# A plain request: the gateway answers and closes, after its ticket has come.
REQUEST = "GET /echo HTTP/1.1\nHost: localhost\n\n"


def s_client(gateway, *options: str, send: str = "", authority=None, port: int | None = None) -> str:
    """Everything that s_client says; it reads until the gateway closes when it has something to send."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port or gateway.port}", "-CAfile", str(authority or gateway.authority)]
    command += [*options, *(["-ign_eof"] if send else [])]
    run = subprocess.run(command, input=send, capture_output=True, text=True, timeout=20, errors="replace")
    return run.stdout + run.stderr


def request(gateway, *options: str, **more) -> str:
    """The same with a request that is answered with 426."""
    return s_client(gateway, "-crlf", *options, send=REQUEST, **more)


def shown_fingerprint(said: str) -> str:
    """SHA-256 of the certificate that the gateway showed."""
    run = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=said, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, (run.stderr, said)
    return run.stdout.strip()


def is_resumed(said: str) -> bool:
    """Whether the session was resumed; fails if there was no handshake at all."""
    assert re.search(r"^(New|Reused), TLSv1\.", said, re.MULTILINE), said
    return "Reused, TLSv1." in said
