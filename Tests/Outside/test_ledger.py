"""The ledger itself: it excuses what a dead backend took with it, and nothing else."""

from dataclasses import dataclass

import pytest

from fleet import Life
from ledger import Ledger, Verdict

# The first backend was lost at this time; the client sent one message a second, number n at second n.
LOST = 5.0
SECONDS = [float(number) for number in range(10)]


@dataclass
class Backend:
    """What the ledger needs of a member."""

    lives: list[Life]


def life(directory, name: str, lines: list[str], lost: float | None = None, was_stopped: bool = False) -> Life:
    log = directory / name
    log.write_text("".join(line + "\n" for line in lines))
    return Life(log, 0, lost, lost, was_stopped)


def attachment(attach: int, receipts, unanswered=(), streamed: int = 0) -> list[str]:
    lines = [f"open c {attach} session"]
    for number in receipts:
        lines.append(f"receipt c {attach} {number}")
        if number not in unanswered:
            lines.append(f"acknowledged c {attach} {number}")
    return lines + [f"streamed c {attach} {number}" for number in range(streamed)]


def report(acknowledged, streamed=(), faults=(), closed=None) -> dict:
    return {"client": "c", "sent": SECONDS, "acknowledged": list(acknowledged), "streamed": list(streamed), "faults": list(faults), "closed": closed}


@pytest.fixture
def judge(tmp_path):
    """The verdict on a client that was attached to two backends, of which the first was lost."""

    def judge(first: list[str], second: list[str], told: dict, lost: float | None = LOST, was_stopped: bool = False) -> Verdict:
        lives = [life(tmp_path, "first", first, lost, was_stopped), life(tmp_path, "second", second)]
        return Ledger([Backend([each]) for each in lives], before=2, after=1, after_stop=1).judge([told])

    return judge


def test_everything_once_and_in_order(judge):
    verdict = judge(attachment(1, range(5), streamed=2), attachment(2, range(5, 10)), report(range(10), [(1, 0), (1, 1)]))
    assert verdict.faults == []
    assert (verdict.sent, verdict.received, verdict.acknowledged, verdict.streamed, verdict.attachments) == (10, 10, 10, 2, 2)


def test_what_a_dead_backend_did_not_read_is_counted(judge):
    verdict = judge(attachment(1, range(4)), attachment(2, range(7, 10)), report([0, 1, 2, 3, 7, 8, 9]))
    assert (verdict.faults, verdict.unread) == ([], 3)


def test_what_a_dead_backend_did_not_answer_is_counted(judge):
    verdict = judge(attachment(1, range(5), unanswered=(3, 4)), attachment(2, range(5, 10)), report([0, 1, 2, 5, 6, 7, 8, 9]))
    assert (verdict.faults, verdict.unanswered) == ([], 2)


def test_what_a_stopped_backend_read_in_vain_is_counted(judge):
    verdict = judge(attachment(1, range(5)), attachment(2, range(5, 10)), report([0, 1, 2, 5, 6, 7, 8, 9]), was_stopped=True)
    assert (verdict.faults, verdict.unheard) == ([], 2)


FAULTS = {
    "lost in the middle of an attachment": (attachment(1, [0, 1, 3, 4]), attachment(2, range(5, 10)), report([0, 1, 3, 4, *range(5, 10)])),
    "lost in the middle of the last attachment": (attachment(1, range(5)), attachment(2, [5, 6, 8, 9]), report([*range(7), 8, 9])),
    "lost at the end": (attachment(1, range(5)), attachment(2, range(5, 9)), report(range(9))),
    "lost long before the death": (attachment(1, range(2)), attachment(2, range(3, 10)), report([0, 1, *range(3, 10)])),
    "lost long after the death": (attachment(1, range(5)), attachment(2, range(8, 10)), report([*range(5), 8, 9])),
    "read twice": (attachment(1, range(5)), attachment(2, range(4, 10)), report(range(10))),
    "read in another order": (attachment(1, [0, 1, 3, 2, 4]), attachment(2, range(5, 10)), report(range(10))),
    "kept messages in another order": (attachment(1, range(5)), attachment(2, [6, 5, 7, 8, 9]), report(range(10))),
    "acknowledged but never read": (attachment(1, range(4)), attachment(2, range(5, 10)), report(range(10))),
    "an acknowledgement lost on the way": (attachment(1, range(5)), attachment(2, range(5, 10)), report([*range(4), *range(5, 10)])),
    "an acknowledgement lost in the middle": (
        attachment(1, range(5), unanswered=(2,)), attachment(2, range(5, 10)), report([0, 1, *range(3, 10)])
    ),
    "an acknowledgement lost in the end": (attachment(1, range(5)), attachment(2, range(5, 10), unanswered=(9,)), report(range(9))),
    "streamed and not got": (attachment(1, range(5), streamed=3), attachment(2, range(5, 10)), report(range(10), [(1, 0), (1, 1)])),
    "closed": (attachment(1, range(5)), attachment(2, range(5, 10)), report(range(10), closed="1012 ")),
    "a fault that the client saw": (attachment(1, range(5)), attachment(2, range(5, 10)), report(range(10), faults=["twice"])),
    "two backends for one attachment": (attachment(1, range(5)), attachment(1, range(5, 10)), report(range(10))),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_found(judge, case):
    assert judge(*case).faults


def test_nothing_is_excused_where_nobody_died(judge):
    verdict = judge(attachment(1, range(4)), attachment(2, range(7, 10)), report([0, 1, 2, 3, 7, 8, 9]), lost=None)
    assert len(verdict.faults) == 3


def test_a_line_cut_short_by_the_kill_is_no_line(tmp_path):
    log = tmp_path / "log"
    log.write_text("open c 1 session\nreceipt c 1 0\nreceipt c 1 1")
    assert Life(log, 0).lines() == [["open", "c", "1", "session"], ["receipt", "c", "1", "0"]]
