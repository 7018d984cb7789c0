"""The load generator of these benchmarks, and the executables that the environment names."""

import json
import os
import subprocess
import sys
from pathlib import Path


def needed(variable: str) -> str:
    """The executable that an environment variable names."""
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        sys.exit(f"{variable} must name an executable; see docs/benchmarks.md")
    return str(Path(path).resolve())


def load(name: str, port: int, server: subprocess.Popen, *options: str) -> dict:
    """Runs the load generator on core 1 against one server; a run with errors is no measurement and ends the program."""
    url = f"wss://127.0.0.1:{port}/"
    command = ["taskset", "-c", "1", needed("WSSLOAD"), "--url", url, "--server-pid", str(server.pid), "--json", *options]
    result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)
    if any(result["errors"].values()):
        sys.exit(f"{name}: a run with errors is no measurement: {result['errors']}")
    return result
