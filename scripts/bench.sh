#!/usr/bin/env bash
# Measures the release build; the measurements themselves live in Benchmarks, a package of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ! -x Benchmarks/run ]]; then
    echo "There is no Benchmarks/run to measure with." >&2
    exit 1
fi
exec Benchmarks/run .build/release/roadstead
