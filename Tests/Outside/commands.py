"""Runs of the `roadstead` executable that end by themselves."""

import os
import subprocess

from gateway import PROGRAM


def roadstead(*arguments, send: str | None = None, environment: dict | None = None, directory=None, seconds: float = 30):
    """Runs `roadstead ARGUMENTS...` and returns the finished process with its text output."""
    return subprocess.run(
        [PROGRAM, *arguments], input="" if send is None else send, capture_output=True, text=True, timeout=seconds,
        env={**os.environ, **(environment or {})}, cwd=directory,
    )  # fmt: skip
