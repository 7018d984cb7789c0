#!/usr/bin/env bash
# Runs the Swift tests under one sanitizer.   usage: scripts/sanitize.sh thread|address
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
    thread) scratch=.build-tsan ;;
    address) scratch=.build-asan ;;
    *)
        echo "usage: scripts/sanitize.sh thread|address" >&2
        exit 2
        ;;
esac

# The thread sanitizer cannot map its shadow where the kernel randomises addresses over 32 bits; where it may be, that is turned off.
run=()
if setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then run=(setarch "$(uname -m)" --addr-no-randomize); fi

# promtool, if it was unpacked rather than installed.
export PATH="$PATH:$PWD/.build-tools/usr/bin"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
# Leaks are held by the tests themselves, which count descriptors, timers, sessions and leases; the leak detector would report what
# Foundation and the Swift runtime keep for the life of the process.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
${run[@]+"${run[@]}"} swift test --sanitize="$1" --scratch-path "$scratch"
