"""Fixtures of the outside tests, and the rule that each test has a deadline."""

import asyncio
import inspect
import resource
import subprocess

import pytest

from gateway import PROGRAM, Gateway

DEADLINE_SECONDS = 60


def pytest_configure(config):
    config.addinivalue_line("markers", "deadline(seconds): how long an async test may take; 60 s unless told")
    # A thousand clients and their backend need more than the usual 1,024.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384) if hard > 0 else 16384, hard))


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not PROGRAM.exists():
        pytest.exit(f"{PROGRAM} does not exist: run `make build` first", returncode=3)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs `async def` tests, each in an event loop of its own and under its deadline."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    marker = pyfuncitem.get_closest_marker("deadline")
    seconds = marker.args[0] if marker else DEADLINE_SECONDS
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def within_deadline():
        async with asyncio.timeout(seconds):
            await pyfuncitem.obj(**arguments)

    asyncio.run(within_deadline())
    return True


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A directory with a development CA, a server and a client certificate, as `roadstead certs` makes them."""
    directory = tmp_path_factory.mktemp("certs")
    subprocess.run([PROGRAM, "certs", "--dir", directory], check=True, timeout=30, capture_output=True)
    return directory


@pytest.fixture
def start_gateway(tmp_path, certificates):
    """Starts gateways with the configuration sections given; each must end with exit code 0 after SIGTERM."""
    started = []

    def start(**sections) -> Gateway:
        directory = tmp_path / f"gateway-{len(started)}"
        directory.mkdir()
        gateway = Gateway(directory, certificates, **sections)
        started.append(gateway)
        return gateway.start()

    yield start
    try:
        for gateway in started:
            gateway.stop()
    finally:
        for gateway in started:
            gateway.kill()


@pytest.fixture
def echo_gateway(start_gateway):
    """A gateway with the default listener and the route /echo."""
    return start_gateway()
