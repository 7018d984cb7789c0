import RoadsteadMachines
import Testing

@Suite("A session that lost its upstream")
struct SessionContinuityTests {
    @Test("goes on with its heartbeat: a ping is answered, measured, and counts as life")
    func beats() {
        var machine = SessionPhase.detached.session(.defaults)
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 5) == .ping(5))
        machine.bytesReceived(at: at(.seconds(21)))
        #expect(machine.pongReceived(payload: 5, at: at(.seconds(21))) == .seconds(1))
        #expect(machine.roundTripTime?.last == .seconds(1) && machine.state == .detached && machine.isOpen)
        machine.reattached()
        #expect(machine.state == .open && machine.roundTripTime?.last == .seconds(1))
    }

    @Test("is over when its client is silent, and the record says where it was")
    func diesDetached() {
        var machine = SessionPhase.detached.session(.defaults)
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 5) == .ping(5))
        let dead = record(.network, .heartbeatTimeout, 1006, "no byte within the heartbeat timeout", .detached)
        machine = SessionPhase.open.session(.defaults)
        _ = machine.timerFired(at: at(.seconds(20)), payload: 5)
        _ = machine.upstreamLost(holdUntil: at(.seconds(300)), at: at(.seconds(25)))
        #expect(machine.timerFired(at: at(.seconds(30)), payload: 6) == .finish(dead))
    }

    @Test("is kept for as long as it may be held, and not a moment longer", arguments: [0, 1, 5, 29])
    func holds(_ hold: Int) {
        var machine = SessionPhase.open.session(.defaults { $0.heartbeat.interval = nil })
        #expect(machine.upstreamLost(holdUntil: at(.seconds(hold)), at: start) == .detach)
        #expect(machine.deadline == at(.seconds(hold)))
        #expect(machine.timerFired(at: at(.seconds(hold) - moment), payload: 1) == .none)
        #expect(machine.timerFired(at: at(.seconds(hold)), payload: 1) == .sendClose(code: 1013, reason: "no upstream in time"))
        #expect(machine.closeRecord == record(.upstream, .upstreamUnavailable, 1013, "no upstream in time", .detached))
        #expect(machine.deadline == at(.seconds(hold + 5)))
    }

    @Test("has as long again for the next loss, once it was attached")
    func losesAgain() {
        var machine = SessionPhase.detached.session(.defaults { $0.heartbeat.interval = nil })
        machine.reattached()
        machine.reattached()
        #expect(machine.deadline == .never)
        #expect(machine.upstreamLost(holdUntil: at(.seconds(90)), at: at(.seconds(60))) == .detach)
        #expect(machine.deadline == at(.seconds(90)))
        // What is lost already is not lost again.
        #expect(machine.upstreamLost(holdUntil: nil, at: at(.seconds(61))) == .none)
        #expect(machine.upstreamLost(holdUntil: at(.seconds(500)), at: at(.seconds(61))) == .none)
        #expect(machine.deadline == at(.seconds(90)))
    }

    @Test("names what ended it when several durations are over at once")
    func jumps() {
        var machine = SessionPhase.detached.session(.defaults { $0.idle = .seconds(40) })
        #expect(machine.timerFired(at: at(.seconds(3600)), payload: 1) == .sendClose(code: 1000, reason: "idle for too long"))
        machine = SessionPhase.detached.session(.defaults)
        #expect(machine.timerFired(at: at(.seconds(3600)), payload: 1) == .sendClose(code: 1013, reason: "no upstream in time"))
    }

    @Test("is not dead because it was not read while its buffer was full")
    func pauses() {
        var machine = SessionPhase.detached.session(.defaults)
        machine.readingPaused()
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 1) == .none)
        machine.reattached()
        machine.readingResumed(at: at(.seconds(25)))
        #expect(machine.state == .open && machine.deadline >= at(.seconds(30)))
    }
}
