import RoadsteadMachines
import TestSupport
import Testing

/// A session and a driver that arms its timer as the gateway does: after actions, never later than it stands, and lazily.
private struct SessionStory {
    var machine: SessionMachine
    var now = start
    var timer: Instant
    var lastRecord: CloseRecord?
    var finishes = 0
    var farewells = 0
    private let problems = Problems()
    var problem: String? { problems.first }

    init(_ policy: SessionPolicy, isSecure: Bool) {
        machine = SessionMachine(acceptedAt: start, isSecure: isSecure, policy: policy)
        timer = machine.deadline
    }

    func expect(_ holds: Bool, _ words: @autoclosure () -> String) { problems.expect(holds, words()) }

    /// Where a session is on its way; `open` and `detached` are one place.
    private static func rank(_ state: SessionState) -> Int {
        switch state {
        case .handshaking: 0
        case .upgrading: 1
        case .attaching: 2
        case .open, .detached: 3
        case .closing: 4
        case .closed: 5
        }
    }

    /// Feeds one input, and checks what must hold after every one.
    mutating func feed(_ input: SessionInput) {
        let (state, deadline) = (machine.state, machine.deadline)
        guard input.isAllowed(in: state) else { return }
        let action = input.apply(to: &machine, at: now)
        let name = "\(input) in \(state)"
        expect(Self.rank(machine.state) >= Self.rank(state), "\(name) led back to \(machine.state)")
        expect(machine.state != .detached || state == .detached || action == .detach, "\(name) detached silently")
        expect(
            (machine.closeRecord != nil) == (machine.state == .closing || machine.state == .closed),
            "\(name): a record and \(machine.state)")
        if let lastRecord { expect(machine.closeRecord == lastRecord, "\(name) changed the record") }
        if lastRecord == nil, let record = machine.closeRecord { check(record, madeIn: state, name) }
        lastRecord = machine.closeRecord
        if let action { check(action, from: state, name) }
        expect(machine.state != .closed || machine.deadline == .never, "\(name): something is awaited after the end")
        if input == .timerFired { expect(machine.deadline > now, "\(name): the timer would fire for ever") }
        if action == nil {
            // The driver does not look at the deadline after these.
            let armsAfter: Set<SessionInput> = [.readingResumed, .opened, .tlsEstablished, .attachmentBegan, .reattached]
            expect(armsAfter.contains(input) || machine.deadline >= deadline, "\(name) brought the deadline forward")
            if input == .opened { timer = min(timer, machine.deadline) }
        } else {
            timer = min(timer, machine.deadline)
        }
    }

    private static func isLive(_ state: SessionState) -> Bool { state == .open || state == .detached }

    private mutating func check(_ record: CloseRecord, madeIn state: SessionState, _ name: String) {
        expect(record.stage == state && state != .closing && state != .closed, "\(name): stage \(record.stage)")
        expect((record.code != nil) == Self.isLive(state), "\(name): code \(String(describing: record.code)) in \(state)")
    }

    private mutating func check(_ action: SessionMachine.Action, from state: SessionState, _ name: String) {
        expect(state != .closed || action == .none, "\(name): \(action) after the end")
        expect(finishes == 0 || action == .none, "\(name): \(action) after finish")
        switch action {
        case .none:
            expect(machine.state == state, "\(name): a silent end")
        case .ping:
            expect(Self.isLive(machine.state), "\(name): a ping in \(machine.state)")
        case .detach:
            expect(state == .open && machine.state == .detached, "\(name): detached from \(state)")
        case .settle:
            expect(state == .open && machine.state == .closing && machine.hearsUpstream, "\(name): settles from \(state)")
        case .sendClose(let code, _), .sendCloseAndLinger(let code, _):
            farewells += 1
            expect(Self.isLive(state) && machine.state == .closing && (code ?? 1005) == machine.closeRecord?.code, "\(name): \(action)")
        case .refuse(_, let explanation):
            farewells += 1
            expect(state == .upgrading || state == .attaching, "\(name): \(action)")
            expect(machine.closeRecord?.reason == explanation, "\(name): \(action)")
        case .linger:
            expect(state == .closing && machine.state == .closing, "\(name): \(action)")
        case .finish(let record):
            finishes += 1
            expect(machine.state == .closed && record == machine.closeRecord, "\(name): \(action)")
        }
        expect(farewells <= 1, "\(name): said goodbye twice")
    }

    /// Lets time pass, and timers fire as late as a loop makes them.
    mutating func pass(_ time: Duration, using generator: inout SeededGenerator) {
        let end = now + time
        var fired = 0
        while timer < .never, timer <= end, problem == nil {
            now = max(now, timer + (generator.chance(3) ? .milliseconds(Int.random(in: 0...300, using: &generator)) : .zero))
            timer = .never
            feed(.timerFired)
            timer = min(timer, machine.deadline)
            fired += 1
            expect(fired < 10_000, "timers without end")
        }
        now = max(now, end)
    }
}

@Suite("Sessions of random stories")
struct SessionModelTests {
    static func policy(using generator: inout SeededGenerator) -> SessionPolicy {
        let durations: [Duration?] = [nil, .milliseconds(1), .seconds(1), .seconds(7), .seconds(60)]
        return SessionPolicy(
            handshake: generator.pick(durations), idle: generator.pick(durations), lifetime: generator.pick(durations + [nil, nil]),
            close: generator.pick(durations),
            heartbeat: HeartbeatPolicy(
                interval: generator.pick([nil, .seconds(2), .seconds(20)]),
                timeout: generator.pick([.seconds(1), .seconds(10), .seconds(50)])))
    }

    @Test("end once, with one record that never changes, and never spin")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var ends: [SessionState: Int] = [:]
        for round in 0..<20_000 {
            var story = SessionStory(Self.policy(using: &generator), isSecure: !generator.chance(3))
            // Most stories open first: there is most to go wrong.
            if !generator.chance(4) { for input in [SessionInput.tlsEstablished, .attachmentBegan, .opened] { story.feed(input) } }
            for _ in 0..<Int.random(in: 1...15, using: &generator) where story.problem == nil {
                story.pass(generator.pick([.zero, .milliseconds(1), .seconds(1), .seconds(9), .seconds(100)]), using: &generator)
                if generator.chance(20) { story.machine.policy = Self.policy(using: &generator) }
                story.timer = min(story.timer, story.machine.deadline)
                story.feed(generator.chance(3) ? generator.pick(Self.mild) : generator.pick(SessionInput.allCases))
            }
            story.feed(.abandoned)
            story.expect(story.machine.state == .closed && story.finishes == 1, "ended \(story.finishes) times, \(story.machine.state)")
            if let problem = story.problem {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
            if let stage = story.lastRecord?.stage { ends[stage, default: 0] += 1 }
        }
        // The stories reach every stage that a session can end in.
        #expect(Set(ends.keys) == [.handshaking, .upgrading, .attaching, .open, .detached], "seed \(seed)")
    }

    /// What does not end a session.
    static let mild: [SessionInput] = [
        .bytesReceived, .messagePassed, .queueDrained, .readingPaused, .readingResumed, .pongReceived, .timerFired, .upstreamLost,
        .reattached,
    ]

    @Test("with bounded closes and a heartbeat are all over soon after their clients fall silent")
    func leavesNothing() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<5_000 {
            var policy = Self.policy(using: &generator)
            policy.handshake = .seconds(10)
            policy.close = .seconds(5)
            policy.heartbeat.interval = .seconds(20)
            var story = SessionStory(policy, isSecure: true)
            let inputs = SessionInput.allCases.filter { $0 != .attachmentBegan && $0 != .readingPaused }
            for _ in 0..<Int.random(in: 1...10, using: &generator) {
                story.pass(generator.pick([.zero, .milliseconds(1), .seconds(1)]), using: &generator)
                story.feed(generator.pick(inputs))
            }
            story.pass(.seconds(20 + 50 + 5 + 10), using: &generator)
            story.expect(story.machine.state == .closed && story.finishes == 1, "still \(story.machine.state)")
            if let problem = story.problem {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
        }
    }
}
