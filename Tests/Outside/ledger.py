"""Compares what clients sent and got with what backends logged, message by message.

The rule is exactly once and in order, both ways. Clients never send again, so what a lost backend took with it stays lost; a message is
excused only if the backends' logs show that this is what happened to it:

    unread       written to a backend that died, or was stopped, before it read the message
    unanswered   read by a backend that died, or whose connection was given up, before the kernel had its acknowledgement
    unheard      read by a backend that had been stopped, and went on when its connection was long given up

Everything else is a fault.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from fleet import Life, Member


@dataclass
class Account:
    """What the backends logged of one session's attachment."""

    life: Life
    receipts: list[int] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    # The backend's own numbers, as far as they are known to have been sent.
    streamed: int = 0

    def read(self, word: str, value: str) -> None:
        if word == "receipt":
            self.receipts.append(int(value))
        elif word == "acknowledged":
            self.acknowledged.add(int(value))
        elif word == "streamed":
            self.streamed = int(value) + 1


@dataclass
class Verdict:
    """The counts over all sessions, and each fault as a sentence."""

    sent: int = 0
    received: int = 0
    acknowledged: int = 0
    streamed: int = 0
    attachments: int = 0
    unread: int = 0
    unanswered: int = 0
    unheard: int = 0
    closes: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.sent} messages sent by clients: {self.received} read by a backend exactly once and in order, {self.unread} written to"
            f" a backend that died before reading them; {self.acknowledged} acknowledged, {self.unanswered} read by a backend that was lost"
            f" before it could answer, {self.unheard} read by a stopped backend after its connection was given up; {self.streamed} messages of"
            f" the backends' own got by clients; {self.attachments} attachments, {self.closes} closes, {len(self.faults)} faults"
        )


class Ledger:
    """The accounts of all sessions by client and attach."""

    def __init__(self, members: list[Member], before: float = 5, after: float = 1, after_stop: float = 10):
        # What a backend takes with it is the last that it was sent: the last of it at most `before` seconds before the loss, and all of it at
        # most `after` seconds after its connections were closed, when the gateway must have noticed. That a backend has stopped it learns by
        # the heartbeat, in `after_stop`.
        self.before, self.after, self.after_stop = before, after, after_stop
        self.accounts: dict[str, dict[int, Account]] = defaultdict(dict)
        self._faults: list[str] = []
        for member in members:
            for life in member.lives:
                self._read(life)

    def _read(self, life: Life) -> None:
        mine: dict[tuple[str, int], Account] = {}
        for word, client, attach, value in life.lines():
            key = (client, int(attach))
            if word == "open":
                mine[key] = Account(life)
            else:
                mine[key].read(word, value)
        for (client, attach), account in mine.items():
            self._enter(client, attach, account)

    def _enter(self, client: str, attach: int, account: Account) -> None:
        """An attempt that came to nothing may be repeated elsewhere with the same number, but messages go to one of them only."""
        other = self.accounts[client].get(attach)
        if other and other.receipts and account.receipts:
            self._faults.append(f"{client}: two backends read messages of attachment {attach}")
        if not other or account.receipts:
            self.accounts[client][attach] = account

    def judge(self, reports: list[dict]) -> Verdict:
        """The verdict on the reports of all clients."""
        verdict = Verdict(faults=list(self._faults))
        for report in reports:
            self._judge(report, verdict)
        return verdict

    def _judge(self, report: dict, verdict: Verdict) -> None:
        client, accounts = report["client"], self.accounts[report["client"]]

        def fault(text: str) -> None:
            verdict.faults.append(f"{client}: {text}")

        for text in report["faults"]:
            fault(text)
        if report["closed"] is not None:
            verdict.closes += 1
            fault(f"closed with {report['closed']}")
        attaches = sorted(accounts)
        verdict.sent += len(report["sent"])
        verdict.acknowledged += len(report["acknowledged"])
        verdict.streamed += len(report["streamed"])
        verdict.attachments += len(attaches)

        receipts = [(number, attach) for attach in attaches for number in accounts[attach].receipts]
        verdict.received += len(receipts)
        self._judge_receipts(receipts, report["sent"], accounts, verdict, fault)
        self._judge_acknowledgements(receipts, report["acknowledged"], accounts, verdict, fault)
        self._judge_streams(report["streamed"], accounts, fault)

    def _judge_receipts(self, receipts, sent: list[float], accounts: dict[int, Account], verdict: Verdict, fault) -> None:
        """Receipts in the order of attachments rise; a gap lies between two attachments and is excused by a death at its time."""
        last_number, last_attach = -1, min(accounts, default=1)
        for number, attach in [*receipts, (len(sent), max(accounts, default=1))]:
            if number <= last_number:
                fault(f"message {number} was read after {last_number}, by attachments {last_attach} and {attach}")
            lost = [account.life for key, account in accounts.items() if last_attach <= key < attach and account.life.lost is not None]
            gap = range(last_number + 1, number)
            for missing in gap:
                if any(self._took(life, sent[missing], sent[gap[-1]]) for life in lost):
                    verdict.unread += 1
                else:
                    near = sorted(item for item in accounts.items() if last_attach <= item[0] <= attach)
                    when = ", ".join(f"{key} {account.life.tells(sent[missing])}" for key, account in near)
                    fault(f"message {missing} was lost between attachments {last_attach} and {attach}; it was sent: {when}")
            last_number, last_attach = number, attach

    def _took(self, life: Life, sent: float, last_sent: float) -> bool:
        """Whether a backend can have taken a message with it, and those up to one that was sent at `last_sent`."""
        noticed = life.gone + (self.after_stop if life.was_stopped else self.after)
        return last_sent >= life.lost - self.before and sent <= noticed

    def _judge_acknowledgements(self, receipts, acknowledged: list[int], accounts: dict[int, Account], verdict: Verdict, fault) -> None:
        """What was read is acknowledged, but for the last ones of an attachment that was given up."""
        heard = set(acknowledged)
        for number in acknowledged:
            if number not in {read for read, _ in receipts}:
                fault(f"message {number} was acknowledged, but no backend read it")
        final = max(accounts, default=1)
        for number, attach in receipts:
            account = accounts[attach]
            if number in heard:
                continue
            if attach == final or any(later > number and later in heard for later in account.receipts):
                fault(f"the acknowledgement of message {number} was lost in the middle of attachment {attach}")
            elif account.life.was_stopped:
                verdict.unheard += 1
            elif number not in account.acknowledged:
                verdict.unanswered += 1
            else:
                fault(f"the acknowledgement of message {number}, sent by attachment {attach}, did not arrive")

    @staticmethod
    def _judge_streams(streamed: list, accounts: dict[int, Account], fault) -> None:
        """Each attachment's own numbers arrive from 0 without a gap; the client saw to that. Here: none is missing at the end."""
        got = {attach: number + 1 for attach, number in streamed}
        for attach, account in accounts.items():
            if got.get(attach, 0) < account.streamed and not account.life.was_stopped:
                fault(f"attachment {attach} sent {account.streamed} messages of its own, {got.get(attach, 0)} arrived")
