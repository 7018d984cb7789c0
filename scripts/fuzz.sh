#!/usr/bin/env bash
# Fuzzes one target or all of them.   usage: [SECONDS_EACH=60] scripts/fuzz.sh [target]
#
# A find is written to .build-fuzz/finds and named at the end; run it again with
#   ROADSTEAD_FUZZ_TARGET=target .build-fuzz/release/roadstead-fuzz file
# and put it, when it is mended, under Tests/Seeds/target.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${SECONDS_EACH:-60}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "SECONDS is a number of seconds for each target, not \"$seconds\"." >&2
    exit 2
fi
targets=$(cd Tests/Seeds && ls)
if [[ -n ${1:-} ]]; then
    if [[ ! -d Tests/Seeds/$1 ]]; then
        echo "There is no target $1; there are: $(echo $targets)" >&2
        exit 2
    fi
    targets=$1
fi

# SwiftPM knows one sanitizer for Swift code, the last; the compiler takes both.
ROADSTEAD_FUZZ=1 swift build -c release --sanitize address --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address --scratch-path .build-fuzz \
    --product roadstead-fuzz

fuzz_one() { # target
    local target=$1 corpus=.build-fuzz/corpus/$1 log=.build-fuzz/$1.log status=0
    mkdir -p "$corpus" .build-fuzz/finds
    # Leaks are finds too, but for those that fuzz-leaks.supp explains. Where no process may be traced, as in some containers, the leak
    # detector fails: ASAN_OPTIONS=detect_leaks=0 does without it.
    ROADSTEAD_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS="detect_leaks=1:handle_abort=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}" \
        LSAN_OPTIONS=suppressions=scripts/fuzz-leaks.supp:print_suppressions=0 .build-fuzz/release/roadstead-fuzz \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 -artifact_prefix=".build-fuzz/finds/$target-" \
        "$corpus" "Tests/Seeds/$target" >"$log" 2>&1 || status=$?
    local executed covered
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    if [[ $status -eq 0 ]]; then
        echo "$target: ${executed:-?} executions, coverage ${covered:-?}, nothing found"
        return 0
    fi
    echo "$target: FOUND $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1), see $log"
    grep -m 3 -E "Fatal error|Precondition failed|ERROR:" "$log" | sed 's/^/    /' || true
    return 1
}
export -f fuzz_one
export seconds

# xargs ends with 123 when one of them does not end with 0.
if ! xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}' <<<"$targets"; then exit 1; fi
