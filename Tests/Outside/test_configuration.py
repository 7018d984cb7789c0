"""`roadstead check` and `roadstead config`: every error at once, each with its place."""

import re

import pytest

from commands import roadstead
from gateway import REPOSITORY

GOOD = """\
listeners:
  - name: public
    address: "127.0.0.1:18443"
    tls:
      certificates:
        - {{ certificate: {certificates}/server.pem, key: {certificates}/server.key }}
admin:
  address: "127.0.0.1:19090"
routes:
  - name: echo
    match: {{ path: "/echo" }}
    echo: true
"""


@pytest.fixture
def write(tmp_path, certificates):
    """Writes a configuration, the good one with pieces replaced, and returns its path."""

    def write(*replacements: tuple[str, str], text: str | None = None):
        text = GOOD.format(certificates=certificates) if text is None else text
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "roadstead.yaml"
        path.write_text(text)
        return path

    return write


def errors(path) -> list[tuple[int, int, str]]:
    """Line, column and message of each error that `check` prints; it must exit with 1."""
    run = roadstead("check", "--config", path)
    assert run.returncode == 1, run
    found = []
    for line in (run.stdout + run.stderr).splitlines():
        if match := re.fullmatch(rf"{re.escape(str(path))}:(\d+):(\d+): (.+)", line):
            found.append((int(match[1]), int(match[2]), match[3]))
    assert found, run
    return found


def only_error(path) -> tuple[int, int, str]:
    (error,) = errors(path)
    return error


def test_a_good_file_passes(write):
    run = roadstead("check", "--config", write())
    assert run.returncode == 0, run


def test_an_unknown_key_names_its_place_and_the_nearest(write):
    line, column, message = only_error(write(('    match: { path: "/echo" }', '    mach: { path: "/echo" }\n    match: { path: "/echo" }')))
    assert (line, column) == (11, 5)
    assert "mach" in message and "match" in message.replace("mach", "", 1)


def test_all_errors_are_reported_at_once(write):
    found = errors(
        write(
            ("echo: true\n", "echo: true\n    heartbeat: { interval: soon, timeout: 10s }\n    limits: { mesage: 1MiB }\n"),
            ('"127.0.0.1:19090"', "[]"),
            ("  - name: echo", "  - name: 7"),
        )
    )
    lines = [line for line, _, _ in found]
    assert {8, 13, 14} <= set(lines)
    assert any("message" in message for line, _, message in found if line == 14)


@pytest.mark.parametrize(
    "old, new, line, word",
    [
        ("echo: true\n", "echo: true\n    heartbeat: { interval: 20 parsecs, timeout: 10s }\n", 13, "500ms"),
        ("echo: true\n", "echo: true\n    limits: { message: large }\n", 13, "MiB"),
        ("echo: true\n", "echo: maybe\n", 12, "true"),
        ("echo: true\n", "echo: true\n    limits: { on_slow_client: shout }\n", 13, "pause"),
        ("echo: true\n", "upstream: nowhere\n", 12, "nowhere"),
        ("    echo: true\n", "", 10, "upstream"),
        ('"127.0.0.1:18443"', '"127.0.0.1:99999"', 3, "99999"),
        ("server.key", "missing.key", 6, "missing.key"),
        ("server.key", "client.key", 6, "key"),
        ("server.pem", "server.key", 6, "server.key"),
    ],
    ids=["duration", "size", "boolean", "word", "no-such-upstream", "no-target", "port", "no-key-file", "foreign-key", "no-certificate"],
)
def test_a_wrong_value_says_where_and_what_was_expected(write, old, new, line, word):
    found = only_error(write((old, new)))
    assert found[0] == line and word in found[2], found


def test_what_is_no_yaml_is_an_error_with_a_place(write):
    assert only_error(write(text="listeners: [\n  oops: {\n"))[0] >= 1


def test_a_key_given_twice_is_an_error(write):
    assert 13 in [line for line, _, _ in errors(write(("echo: true\n", "echo: true\n    echo: true\n")))]


def test_a_missing_file_is_an_error(tmp_path):
    run = roadstead("check", "--config", tmp_path / "none.yaml")
    assert run.returncode == 1
    assert "none.yaml" in run.stdout + run.stderr


def test_the_environment_is_taken_in(write):
    path = write(('"127.0.0.1:18443"', '"127.0.0.1:${TEST_PORT}"'))
    assert roadstead("check", "--config", path, environment={"TEST_PORT": "18444"}).returncode == 0
    run = roadstead("config", "--config", path, environment={"TEST_PORT": "18444"})
    assert "127.0.0.1:18444" in run.stdout
    line, _, message = only_error(path)
    assert line == 3 and "TEST_PORT" in message


def test_flags_go_over_the_environment_and_that_over_the_file(start_gateway):
    by_file = start_gateway(loops=3)
    by_environment = start_gateway(loops=3, environment={"ROADSTEAD_LOOPS": "2"})
    by_flag = start_gateway(loops=3, environment={"ROADSTEAD_LOOPS": "2"}, flags=("--loops", "1"))
    loops = [gateway.get("/api/v1/info").json["loops"] for gateway in (by_file, by_environment, by_flag)]
    assert loops == [3, 2, 1]


def test_the_defaults_pass_their_own_check(tmp_path, certificates):
    defaults = roadstead("config", "--defaults")
    assert defaults.returncode == 0
    for key in ("listeners:", "routes:", "heartbeat:", "continuity:", "#"):
        assert key in defaults.stdout
    (tmp_path / "certs").symlink_to(certificates)
    (tmp_path / "roadstead.yaml").write_text(defaults.stdout)
    run = roadstead("check", "--config", "roadstead.yaml", directory=tmp_path)
    assert run.returncode == 0, run


def test_the_effective_configuration_is_a_configuration(write, tmp_path):
    effective = roadstead("config", "--config", write())
    assert effective.returncode == 0
    again = tmp_path / "again.yaml"
    again.write_text(effective.stdout)
    assert roadstead("check", "--config", again).returncode == 0
    assert roadstead("config", "--config", again).stdout == effective.stdout


def test_secrets_are_redacted(write, tmp_path):
    (tmp_path / "token").write_text("harbour-master\n")
    path = write(('  address: "127.0.0.1:19090"', f'  address: "127.0.0.1:19090"\n  token_file: {tmp_path}/token'))
    run = roadstead("config", "--config", path)
    assert run.returncode == 0
    assert "harbour-master" not in run.stdout + run.stderr


def test_an_open_admin_listener_is_refused(write, tmp_path):
    assert only_error(write(('"127.0.0.1:19090"', '"0.0.0.0:19090"')))[0] == 8
    (tmp_path / "token").write_text("harbour-master\n")
    guarded = write(('  address: "127.0.0.1:19090"', f'  address: "0.0.0.0:19090"\n  token_file: {tmp_path}/token'))
    assert roadstead("check", "--config", guarded).returncode == 0


def test_serve_refuses_a_bad_configuration(write):
    path = write(("echo: true", "ecko: true"))
    run = roadstead("serve", "--config", path)
    assert run.returncode == 2
    assert f"{path}:12:5: " in run.stdout + run.stderr


def test_keys_without_effect_yet_are_accepted_with_one_warning_each(write):
    (write().parent / "secret").write_text("s\n")
    jwt = f"{{ keys: [{{ algorithm: HS256, secret_file: {write().parent / 'secret'} }}] }}"
    path = write(("echo: true\n", f"echo: true\n    authentication: users\nauthenticators: [{{ name: users, jwt: {jwt} }}]\n"))
    run = roadstead("check", "--config", path)
    assert run.returncode == 0, run.stderr
    warnings = [line for line in run.stderr.splitlines() if "no effect yet" in line]
    for key in ("routes[].authentication", "authenticators"):
        assert sum(f"{key}:" in line for line in warnings) == 1, (key, warnings)


def test_the_documented_reference_is_the_programs(tmp_path):
    run = roadstead("config", "--reference")
    assert run.returncode == 0
    assert (REPOSITORY / "docs/configuration.md").read_text() == run.stdout
