#!/usr/bin/env bash
# Says what a build, a test run or the demo is missing and installs it.   usage: scripts/install.sh build|test|demo
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()

# The first command that exists satisfies the need; otherwise the Debian package is wanted.
need_command() { # package command...
    local package=$1 command
    shift
    for command in "$@"; do
        if command -v "$command" >/dev/null; then return 0; fi
    done
    packages+=("$package")
}

need_library() { # package pkg-config-name
    if ! { command -v pkg-config && pkg-config --exists "$2"; } >/dev/null 2>&1; then packages+=("$1"); fi
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=DEBIAN_FRONTEND "$@"
    else
        echo "Neither root nor sudo: please run as root: $*" >&2
        return 1
    fi
}

install_packages() {
    if [[ ${#packages[@]} -eq 0 ]]; then return 0; fi
    echo "Missing, to be installed with apt: ${packages[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "This system has no apt-get: install the equivalents of ${packages[*]} and run make again." >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

need_swift() {
    if command -v swift >/dev/null; then return 0; fi
    echo "Missing: Swift 6.2 or newer. It is not in Debian; see https://www.swift.org/install/linux/ and run make again." >&2
    exit 1
}

# promtool comes in Debian's prometheus package, which would also start a server on port 9090, where the gateway's admin
# listener stands. So the one program is taken out of the package and nothing is installed.
fetch_promtool() {
    if command -v promtool >/dev/null || [[ -x .build-tools/usr/bin/promtool ]]; then return 0; fi
    echo "Missing: promtool. Unpacking it from Debian's prometheus package into .build-tools"
    mkdir -p .build-tools
    as_root apt-get update -qq
    (cd .build-tools && apt-get download -qq prometheus && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb)
}

make_virtual_environment() {
    local requirements=Tests/Outside/requirements.txt
    if [[ -x .build-venv/bin/python ]] && cmp -s "$requirements" .build-venv/installed.txt; then return 0; fi
    echo "Installing the Python packages of $requirements into .build-venv"
    python3 -m venv --clear .build-venv
    .build-venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" .build-venv/installed.txt
}

# The demo needs one of those packages; the environment that the tests made has it.
make_demo_environment() {
    if .build-venv/bin/python -c 'import websockets' 2>/dev/null; then return 0; fi
    local package
    package=$(grep '^websockets' Tests/Outside/requirements.txt)
    echo "Installing the Python package $package into .build-venv"
    python3 -m venv --clear .build-venv
    .build-venv/bin/python -m pip install --quiet --disable-pip-version-check "$package"
}

need_python() {
    need_command python3 python3
    python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
}

need_swift
need_command pkg-config pkg-config
need_library libssl-dev openssl
need_library zlib1g-dev zlib

case "${1:-}" in
    build)
        install_packages
        ;;
    test)
        need_python
        need_command nodejs node
        [[ -d /usr/share/nodejs/ws ]] || packages+=(node-ws)
        # The compiler too: it runs a program from its source.
        need_command openjdk-17-jdk-headless javac
        need_command curl curl
        need_command openssl openssl
        need_command haproxy haproxy /usr/sbin/haproxy
        need_command nginx-light nginx /usr/sbin/nginx
        [[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]] || packages+=(libnginx-mod-stream)
        need_command testssl.sh testssl
        need_command sslscan sslscan
        need_command chromium chromium chromium-browser google-chrome
        install_packages
        fetch_promtool
        make_virtual_environment
        ;;
    demo)
        need_python
        install_packages
        make_demo_environment
        ;;
    *)
        echo "usage: scripts/install.sh build|test|demo" >&2
        exit 2
        ;;
esac
