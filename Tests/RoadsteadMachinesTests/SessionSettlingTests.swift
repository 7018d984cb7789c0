import RoadsteadMachines
import Testing

@Suite("A relayed session whose client broke the protocol")
struct SessionSettlingTests {
    private static let goodbye = SessionMachine.Action.sendCloseAndLinger(code: 1002, reason: "reserved bits")

    private static func settling(_ policy: SessionPolicy = .defaults) -> SessionMachine {
        var machine = SessionPhase.open.session(policy)
        let action = machine.violated(code: 1002, reason: "reserved bits", cause: .protocolError, settles: true, at: start)
        precondition(action == .settle)
        return machine
    }

    @Test("hears its upstream until that is quiet, and tells the client then")
    func quiet() {
        var machine = Self.settling()
        #expect(machine.state == .closing && !machine.isOpen && machine.hearsUpstream)
        #expect(machine.closeRecord == record(.gateway, .protocolError, 1002, "reserved bits", .open))
        #expect(machine.deadline == at(.milliseconds(200)))
        machine.messagePassed(at: at(.milliseconds(150)))
        #expect(machine.timerFired(at: at(.milliseconds(200)), payload: 1) == .none)
        #expect(machine.deadline == at(.milliseconds(350)))
        #expect(machine.timerFired(at: at(.milliseconds(350)), payload: 1) == Self.goodbye)
        #expect(machine.state == .closing && !machine.hearsUpstream)
        #expect(machine.deadline == at(.milliseconds(5_350)))
    }

    @Test("does not wait for an upstream that goes on and on")
    func talkative() {
        var machine = Self.settling()
        for tenth in 1..<20 {
            machine.messagePassed(at: at(.milliseconds(tenth * 100)))
            #expect(machine.timerFired(at: at(.milliseconds(tenth * 100)), payload: 1) == .none)
        }
        #expect(machine.deadline == at(.seconds(2)))
        #expect(machine.timerFired(at: at(.seconds(2)), payload: 1) == Self.goodbye)
    }

    @Test("tells the client at once when the upstream is gone, or the session is to end")
    func upstreamEnds() {
        var machine = Self.settling()
        #expect(machine.upstreamLost(holdUntil: at(.seconds(30)), at: start) == Self.goodbye)
        machine = Self.settling()
        #expect(machine.close(code: 1000, reason: "", cause: .normal, by: .upstream, at: start) == Self.goodbye)
        #expect(machine.closeRecord?.cause == .protocolError)
    }

    @Test("is over when its client is gone")
    func clientEnds() {
        let end = record(.gateway, .protocolError, 1002, "reserved bits", .open)
        var machine = Self.settling()
        #expect(machine.streamEnded(at: start) == .finish(end))
        machine = Self.settling()
        #expect(machine.connectionFailed(cause: .reset, reason: "reset by peer", by: .network) == .finish(end))
    }

    @Test("takes no notice of anything else")
    func deaf() {
        var machine = Self.settling()
        for input: SessionInput in [
            .violated, .closeReceived, .refused, .bytesReceived, .queueDrained, .readingPaused, .reattached, .tlsEstablished,
        ] {
            let action = input.apply(to: &machine, at: start) ?? SessionMachine.Action.none
            #expect(action == SessionMachine.Action.none, "\(input)")
        }
        #expect(machine.hearsUpstream && machine.deadline == at(.milliseconds(200)))
    }

    @Test("does not settle while detached: nobody answers then")
    func detached() {
        var machine = SessionPhase.detached.session(.defaults)
        #expect(machine.violated(code: 1002, reason: "reserved bits", cause: .protocolError, settles: true, at: start) == Self.goodbye)
    }
}
