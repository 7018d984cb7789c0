#!/usr/bin/env python3
"""Adds up what test runners report and prints the closing line: N passed, N failed.

usage: tally.py NAME=RESULTS.xml:EXIT-STATUS ...

Exits 1 when a test failed, when a runner failed without naming a test (a crash, a test that does not compile), and when a
runner executed no test at all: each of these counts as one failure.
"""

import sys
import xml.etree.ElementTree as ElementTree


def counts(path: str) -> tuple[int, int, int]:
    """How many tests passed, failed and were skipped in a JUnit file; a file that is missing or cut off holds none."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return 0, 0, 0
    failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skipped = sum(1 for case in cases if case.find("skipped") is not None)
    return len(cases) - failed - skipped, failed, skipped


def main(runners: list[str]) -> int:
    total_passed = total_failed = 0
    for runner in runners:
        name, _, rest = runner.partition("=")
        path, _, status = rest.rpartition(":")
        passed, failed, skipped = counts(path)
        print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped")
        if passed + failed == 0:
            print(f"{name}: executed no test", file=sys.stderr)
            failed = 1
        elif status != "0" and failed == 0:
            print(f"{name}: ended with status {status} although no test failed", file=sys.stderr)
            failed = 1
        total_passed += passed
        total_failed += failed
    print(f"{total_passed} passed, {total_failed} failed", flush=True)
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
