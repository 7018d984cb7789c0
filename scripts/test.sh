#!/usr/bin/env bash
# Runs the Swift tests and then the outside tests against the release build, and ends with one line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."

results=.build-results
rm -rf "$results"
mkdir -p "$results"
# promtool, if it was unpacked rather than installed; both runners need it.
export PATH="$PATH:$PWD/.build-tools/usr/bin"

# A runner that fails must not keep the other one from running: tally.py decides, from both results.
swift_status=0
swift test --xunit-output "$results/swift.xml" || swift_status=$?

outside_status=0
.build-venv/bin/python -m pytest Tests/Outside --junitxml "$results/outside.xml" || outside_status=$?

python3 scripts/tally.py \
    "Swift Testing=$results/swift-swift-testing.xml:$swift_status" \
    "pytest=$results/outside.xml:$outside_status"
