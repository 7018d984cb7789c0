import RoadsteadMachines

/// A session ends once, with one record, and nothing happens after that; it always has a moment to wait for, or an end.
enum SessionTarget {
    static func run(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        var now = Instant.now
        let some: (UInt8, Duration) -> Duration? = { byte, duration in byte & 1 == 0 ? nil : duration }
        let policy = SessionPolicy(
            handshake: some(bytes[0], .seconds(10)), idle: some(bytes[0] >> 1, .seconds(60)), lifetime: some(bytes[0] >> 2, .seconds(300)),
            close: some(bytes[0] >> 3, .seconds(5)),
            heartbeat: HeartbeatPolicy(interval: some(bytes[0] >> 4, .seconds(20)), timeout: .seconds(10)))
        var machine = SessionMachine(acceptedAt: now, isSecure: bytes[1] & 1 == 0, policy: policy)
        var record: CloseRecord?
        for byte in bytes.dropFirst(2) {
            let before = machine.state
            let action = act(byte, on: &machine, at: &now)
            if case .finish(let finished) = action {
                precondition(record == nil, "a session ends twice")
                precondition(machine.state == .closed && machine.closeRecord == finished)
                record = finished
            }
            if record != nil {
                precondition(machine.state == .closed && machine.deadline == .never && machine.closeRecord == record)
                precondition(before != .closed || action == .none, "something happens after the end: \(action)")
            }
            check(action, before: before, after: machine)
        }
        // Left alone, whatever is ending ends.
        guard machine.state == .closing else { return }
        now = machine.deadline
        precondition(now < .never)
        if case .sendCloseAndLinger = machine.timerFired(at: now, payload: 0) { now = machine.deadline }
        guard machine.state == .closing else { return }
        guard case .finish = machine.timerFired(at: now, payload: 0) else { preconditionFailure("a closing session stays") }
    }

    private static func check(_ action: SessionMachine.Action, before: SessionState, after machine: SessionMachine) {
        switch action {
        case .sendClose, .sendCloseAndLinger, .settle, .linger, .refuse:
            precondition(machine.state == .closing && machine.closeRecord != nil)
        case .detach: precondition(before == .open && machine.state == .detached)
        case .ping: precondition(machine.isOpen)
        case .none, .finish: break
        }
    }

    private static func act(_ byte: UInt8, on machine: inout SessionMachine, at now: inout Instant) -> SessionMachine.Action {
        let detail = byte >> 4
        switch byte & 15 {
        case 0: machine.tlsEstablished()
        case 1: machine.attachmentBegan()
        case 2:
            guard machine.state == .upgrading || machine.state == .attaching else { return .none }
            machine.opened(at: now, phase: Double(detail) / 16)
        case 3: return machine.refused(status: 503, explanation: "no", cause: .capacity, by: .gateway, at: now)
        case 4: return machine.upstreamLost(holdUntil: detail & 1 == 0 ? nil : now + .seconds(30), at: now)
        case 5: machine.reattached()
        case 6: machine.bytesReceived(at: now)
        case 7: machine.queueDrained(at: now)
        case 8: if detail & 1 == 0 { machine.readingPaused() } else { machine.readingResumed(at: now) }
        case 9: _ = machine.pongReceived(payload: UInt64(detail), at: now)
        case 10:
            now = min(machine.deadline, now + .seconds(Int(detail) * 10))
            return machine.timerFired(at: now, payload: UInt64(detail))
        case 11: return machine.close(code: 1001, reason: "drain", cause: .drain, by: .gateway, at: now)
        case 12: return machine.violated(code: 1002, reason: "no", cause: .protocolError, settles: detail & 1 == 1, at: now)
        case 13: return machine.closeReceived(code: detail & 1 == 0 ? nil : 1000, reason: "bye", at: now)
        case 14: return machine.streamEnded(at: now)
        default:
            if detail & 1 == 0 { return machine.connectionFailed(cause: .reset, reason: "reset", by: .network) }
            now += .milliseconds(Int(detail) * 100)
        }
        return .none
    }
}
