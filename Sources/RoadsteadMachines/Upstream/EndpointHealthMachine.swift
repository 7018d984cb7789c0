// The health of one endpoint, decided once for the whole process (DESIGN section 6). Four things side by side, and what is shown of them:
//
//    verdict   untested ── first check ok ──▶ passing ◀── `rise` ok in a row ──┐
//                 │                              └─── `fall` failed in a row ──▶ failing
//                 └──── first check failed ────────────────────────────────────────▲
//
//    gate      open ── no connection: an attempt failed, one was lost, a check while failing ──▶ closed ◀───────────┐
//                ▲                                                                                 │  a check had  │
//                └── an attempt succeeded ── ajar ◀────────────────────────────────────────────────┘  a connection │
//                                              └────────────────── an attempt failed ──────────────────────────────┘
//
//    watch     idle (passive, gate open) ──▶ due ── timer ──▶ running ── result ──▶ due, idle
//
//    outlier   see OutlierMachine
//
// Shown is the first that applies of draining, down (failing), ejected, up. Sessions are admitted while the gate is open. While it is closed
// nobody but a check tries the endpoint, and then one session, one at a time in the whole process: so however many sessions lost it, it sees
// one connection after each backoff and no storm, even if it takes connections and serves nobody.
//
// A recovery is seen within one interval: checks that have something to find out come at twice the pace, which leaves half an interval for
// the rest of the `rise`.

/// Decides when an endpoint is checked, whether sessions may try it, and what it is called.
public struct EndpointHealthMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Nothing until `deadline`.
        case none
        /// Check it, and tell `checkFinished` with this number.
        case check(number: UInt64)
    }

    private enum Verdict: Sendable {
        /// No check has ended yet: counts as up, and the first one decides. Can become: passing, failing.
        case untested
        /// Up, but for so many failures in a row. Can become: failing.
        case passing(failures: Int)
        /// Down, but for so many successes in a row. Can become: passing.
        case failing(successes: Int)
    }

    private enum Gate: Sendable {
        /// Sessions may try it. Can become: closed.
        case open
        /// It can't be reached; nil if a connection was lost and nothing has failed since. Can become: ajar.
        case closed(lastFailure: CheckResult?)
        /// It takes connections again; whether it serves sessions, one of them has to show. Can become: open, closed.
        case ajar
    }

    private enum Watch: Sendable {
        /// No check is wanted. Can become: due.
        case idle
        /// The next check. Can become: due earlier, running.
        case due(at: Instant)
        /// A check is under way. Can become: due, idle.
        case running(number: UInt64, since: Instant)
    }

    /// Part way up, the rest of the `rise` takes half an interval; with more steps than this, longer.
    private static let quickSteps = 10
    /// After so many failed attempts in a row, sessions try one at a time, if they have failed for a while and nothing has succeeded meanwhile:
    /// a client whose own requests all fail says nothing about those of others.
    private static let patience = (failures: 3, time: Duration.seconds(5))

    private let policy: HealthPolicy
    private var verdict: Verdict
    private var gate = Gate.open
    private var watch: Watch
    private var outlier: OutlierMachine
    private var backoff: Backoff
    private var lastNumber: UInt64 = 0
    private var hasBeenUp = false
    /// Attempts of sessions that failed since one succeeded, or since a check had an answer; nil if none has since a session was served.
    private var unanswered: (count: Int, since: Instant)?
    /// These have become too many.
    private var isDistrusted = false
    /// Whether an operator wants it empty.
    public private(set) var isDraining = false
    /// How the last check ended; nil before the first one.
    public private(set) var lastCheck: CheckResult?
    /// Attempts and checks that failed.
    public private(set) var failures: UInt64 = 0
    /// Checks made while the endpoint could not be reached.
    public private(set) var reconnects: UInt64 = 0

    /// An endpoint that nobody has looked at.
    /// - Parameter generator: spreads the first checks of many endpoints.
    public init(_ policy: HealthPolicy, at now: Instant, using generator: inout some RandomNumberGenerator) {
        self.policy = policy
        outlier = OutlierMachine(policy)
        backoff = Backoff(initial: policy.backoffInitial, maximum: policy.backoffMaximum)
        verdict = policy.isPassive ? .passing(failures: 0) : .untested
        let phase = Duration.random(upTo: min(policy.interval, .milliseconds(50)), using: &generator)
        watch = policy.isPassive ? .idle : .due(at: now + phase)
    }

    // MARK: - What is known

    /// What pools have to know.
    public var status: EndpointStatus {
        var status = EndpointStatus(state: state, isTroubled: outlier.isTroubled || unanswered != nil, hasBeenUp: hasBeenUp)
        switch gate {
        case .open: status.admission = isOnTrial ? .trial : .open
        case .ajar: status.admission = .trial
        case .closed(let lastFailure): (status.admission, status.lastFailure) = (.closed, lastFailure)
        }
        return status
    }

    /// It takes one session at a time, and the next failure closes the gate: an endpoint that takes connections and then fails is not
    /// found out by a check of connections.
    private var isOnTrial: Bool { outlier.isOnTrial || isEjected || isDistrusted }

    private var state: EndpointState {
        if isDraining { return .draining }
        switch verdict {
        case .failing: return .down
        case .untested, .passing: return outlier.isEjected ? .ejected : .up
        }
    }

    /// Whether it rests, even if another word is shown.
    public var isEjected: Bool { outlier.isEjected }

    /// How often it was ejected.
    public var ejections: UInt64 { outlier.ejections }

    /// When `timerFired` has something to do.
    public var deadline: Instant {
        switch watch {
        case .due(let time): min(time, outlier.deadline)
        case .idle, .running: outlier.deadline
        }
    }

    // MARK: - Sessions

    /// A session's attempt failed. `mayEject`: the share of the upstream's endpoints that are ejected allows one more.
    public mutating func attemptFailed(
        _ result: CheckResult, mayEject: Bool, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        failures += 1
        let (wasOnTrial, wasEjected) = (status.admission == .trial, isEjected)
        noteUnanswered(at: now)
        switch gate {
        case .open, .ajar:
            outlier.attemptFailed(mayEject: mayEject, at: now)
            // Who rests need not be kept away as well, if the rest is seen: pools that have closed it for themselves wait for a change.
            let goesToRest = state == .ejected && !wasEjected
            guard !result.isReachable || wasOnTrial && !goesToRest else { return }
            bringForward(to: now + nextWait(using: &generator))
            gate = .closed(lastFailure: result)
        case .closed:
            // One of many that were under way when the endpoint went: that it has gone is known.
            guard !result.isReachable else { return outlier.attemptFailed(mayEject: mayEject, at: now) }
            gate = .closed(lastFailure: result)
        }
    }

    private mutating func noteUnanswered(at now: Instant) {
        let (count, since) = unanswered ?? (0, now)
        unanswered = (count + 1, since)
        let time = max(Self.patience.time, policy.interval * 2)
        if count + 1 >= Self.patience.failures, since.duration(to: now) >= time { isDistrusted = true }
    }

    /// A session's attempt succeeded. A closed gate stays closed: the attempt may be older than what closed it, and a check is due anyway.
    public mutating func attemptSucceeded() {
        hasBeenUp = true
        unanswered = nil
        isDistrusted = false
        backoff.reset()
        outlier.attemptSucceeded()
        switch gate {
        case .ajar: gate = .open
        case .open, .closed: break
        }
    }

    /// A connection that served a session broke, or the backend closed it to leave. That says nothing bad about the next one, so it is no
    /// failure; but one look comes before everybody's next attempt.
    public mutating func connectionLost(at now: Instant) {
        switch gate {
        case .open, .ajar:
            gate = .closed(lastFailure: nil)
            bringForward(to: now)
        case .closed:
            break
        }
    }

    // MARK: - Operators

    /// An operator wants it empty. Checks go on.
    public mutating func drainRequested() { isDraining = true }

    /// An operator wants it back.
    public mutating func undrainRequested() { isDraining = false }

    // MARK: - Checks

    /// A timer fired, early and late ones included.
    public mutating func timerFired(at now: Instant) -> Action {
        outlier.timerFired(at: now)
        switch watch {
        case .due(let time):
            guard now >= time else { return .none }
            lastNumber += 1
            watch = .running(number: lastNumber, since: now)
            switch gate {
            case .open, .ajar: break
            case .closed: reconnects += 1
            }
            return .check(number: lastNumber)
        case .idle, .running:
            return .none
        }
    }

    /// A check ended. One that was not asked for, or ended before, is ignored.
    public mutating func checkFinished(
        number: UInt64, _ result: CheckResult, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        switch watch {
        case .running(number, let since):
            lastCheck = result
            if result == .ok { hasBeenUp = true } else { failures += 1 }
            // It answers requests: those of sessions that fail may be at fault themselves.
            if result == .ok, policy.asksForAnswer, unanswered != nil { (unanswered, isDistrusted) = ((0, now), false) }
            judge(result)
            operateGate(result)
            watch = nextCheck(after: since, at: now, using: &generator)
        case .idle, .due, .running:
            break
        }
    }

    /// A check could not be made, for want of something of our own: that says nothing about the endpoint, and is tried again.
    public mutating func checkAbandoned(number: UInt64, at now: Instant) {
        switch watch {
        case .running(number, _): watch = .due(at: now + max(min(policy.interval, .seconds(1)), .milliseconds(100)))
        case .idle, .due, .running: break
        }
    }

    private mutating func judge(_ result: CheckResult) {
        // A probe of a passive endpoint asks for no more than a connection, and one is enough.
        let isGood = result == .ok || policy.isPassive && result.isReachable
        let rise = policy.isPassive ? 1 : policy.rise
        switch verdict {
        case .untested: verdict = isGood ? .passing(failures: 0) : .failing(successes: 0)
        case .passing(let failures):
            let count = isGood ? 0 : failures + 1
            verdict = count >= policy.fall ? .failing(successes: 0) : .passing(failures: count)
        case .failing(let successes):
            let count = isGood ? successes + 1 : 0
            verdict = count >= rise ? .passing(failures: 0) : .failing(successes: count)
        }
    }

    /// A check that had a connection opens the gate; one that had none closes it only when the endpoint is down: single checks get lost.
    private mutating func operateGate(_ result: CheckResult) {
        guard !result.isReachable else {
            switch gate {
            case .closed: gate = .ajar
            case .open, .ajar: break
            }
            // As long as sessions fail on it, a check that does not must not hurry them on.
            if unanswered == nil { backoff.reset() }
            return
        }
        switch (gate, verdict) {
        case (.closed, _), (.open, .failing), (.ajar, .failing): gate = .closed(lastFailure: result)
        case (.open, .untested), (.open, .passing), (.ajar, .untested), (.ajar, .passing): break
        }
    }

    private mutating func nextCheck(
        after since: Instant, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Watch {
        switch (gate, verdict) {
        case (.closed, _):
            let due = now + backoff.next(using: &generator)
            return .due(at: policy.isPassive ? due : min(due, max(now, since + policy.interval / 2)))
        case (.open, _) where policy.isPassive, (.ajar, _) where policy.isPassive:
            return .idle
        case (.open, .untested), (.open, .passing), (.ajar, .untested), (.ajar, .passing):
            return .due(at: max(now, since + policy.interval))
        case (.open, .failing(let successes)), (.ajar, .failing(let successes)):
            let steps = successes == 0 ? 1 : min(policy.rise, Self.quickSteps)
            return .due(at: max(now, since + policy.interval / (2 * steps)))
        }
    }

    /// How long a probe after a failed attempt waits.
    private mutating func nextWait(using generator: inout some RandomNumberGenerator) -> Duration {
        let wait = backoff.next(using: &generator)
        return policy.isPassive ? wait : min(wait, policy.interval / 2)
    }

    /// A check by then; one that is running serves as well.
    private mutating func bringForward(to time: Instant) {
        switch watch {
        case .idle: watch = .due(at: time)
        case .due(let planned): watch = .due(at: min(planned, time))
        case .running: break
        }
    }
}
