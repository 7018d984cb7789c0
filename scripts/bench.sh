#!/usr/bin/env bash
# Measures the release build with the programs in Benchmarks: with those that are named, or with all.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $# -gt 0 ]] || set -- run handshakes compression upstreams
for program in "$@"; do
    if [[ ! -x Benchmarks/$program ]]; then
        echo "There is no Benchmarks/$program to measure with." >&2
        exit 1
    fi
done
for program in "$@"; do
    "Benchmarks/$program" .build/release/roadstead
done
