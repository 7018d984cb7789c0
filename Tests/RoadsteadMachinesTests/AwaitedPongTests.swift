import RoadsteadMachines
import Testing

@Suite("An awaited pong")
struct AwaitedPongTests {
    private static let policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))

    @Test("is the one that answers the latest ping, once")
    func awaits() {
        var heartbeat = HeartbeatMachine(openedAt: start, phase: 0, policy: Self.policy)
        #expect(!heartbeat.awaitsPong(7) && !heartbeat.awaitsPong(nil))
        #expect(heartbeat.timerFired(at: at(.seconds(20)), payload: 7, policy: Self.policy) == .ping(7))
        #expect(heartbeat.awaitsPong(7) && !heartbeat.awaitsPong(8) && !heartbeat.awaitsPong(nil))
        #expect(heartbeat.pongReceived(payload: 7, at: at(.seconds(21))) == .seconds(1))
        #expect(!heartbeat.awaitsPong(7))
    }

    @Test("is awaited of an open session only")
    func session() {
        let session = SessionPolicy(handshake: nil, idle: nil, lifetime: nil, close: .seconds(5), heartbeat: Self.policy)
        var machine = SessionMachine(acceptedAt: start, isSecure: false, policy: session)
        #expect(!machine.awaitsPong(7))
        machine.opened(at: start, phase: 0)
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 7) == .ping(7))
        #expect(machine.awaitsPong(7))
        _ = machine.close(code: 1000, reason: "", cause: .kicked, by: .gateway, at: at(.seconds(21)))
        #expect(!machine.awaitsPong(7))
    }

    @Test(
        "A close is put off by what a slow client takes, but not when slowness is what it is closed for",
        arguments: [CloseCause.kicked, .slowClient])
    func slowClose(cause: CloseCause) {
        let session = SessionPolicy(handshake: nil, idle: nil, lifetime: nil, close: .seconds(5), heartbeat: Self.policy)
        var machine = SessionMachine(acceptedAt: start, isSecure: false, policy: session)
        machine.opened(at: start, phase: 0)
        _ = machine.close(code: 1013, reason: "", cause: cause, by: .gateway, at: at(.seconds(1)))
        machine.queueDrained(at: at(.seconds(4)))
        #expect(machine.deadline == at(.seconds(cause == .slowClient ? 6 : 9)))
        _ = machine.closeReceived(code: 1013, reason: "", at: at(.seconds(4)))
        machine.queueDrained(at: at(.seconds(5)))
        #expect(machine.deadline == at(.seconds(cause == .slowClient ? 6 : 10)))
    }
}
