import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

extension IntegrationTests {
    /// Going down: nobody new, and 1001 to everybody who is there.
    @Suite struct DrainTests {
        @Test func `draining closes every session with 1001 and refuses new ones`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend) { $0.loops = 2 }) { gateway in
                backend.serveEcho(10)
                var sessions = try (0..<10).map { _ in try gateway.open("/relay") }
                // Connected and not yet upgraded when the drain begins.
                let late = try gateway.connect()
                let drain = Task { await gateway.gateway.drain(period: .seconds(10), spread: .zero) }
                for session in sessions {
                    try session.client.send("crossing")
                    var received = try session.client.receive()
                    if received == .text("crossing") { received = try session.client.receive() }
                    #expect(received == .close(code: 1001, reason: "going away"))
                    try session.client.webSocket.sendClose(1001)
                    #expect(try session.client.receive().isEnd)
                    session.client.stream.close()
                    let record = try await gateway.closeRecord(session.id)
                    #expect(record == CloseRecord(closedBy: .gateway, cause: .drain, code: 1001, reason: "going away", stage: .open))
                }
                sessions = []
                #expect(try late.readHead().status == 503)
                late.stream.close()
                #expect(try gateway.admin("GET", "/readyz").head.status == 503)
                #expect(try gateway.admin("GET", "/healthz").head.status == 200)
                #expect(throws: (any Error).self) { _ = try gateway.open("/echo") }
                await drain.value
                #expect(await gateway.liveSessions() == 0)
                try await Patience.until("the leases are given back") { await gateway.holdings().leases == 0 }
            }
        }

        @Test func `closes are spread over the time given`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let clients = try (0..<10).map { _ in try gateway.open("/echo").client }
                let started = ContinuousClock.now
                let drain = Task { await gateway.gateway.drain(period: .seconds(10), spread: .milliseconds(400)) }
                for client in clients {
                    #expect(try client.receive() == .close(code: 1001, reason: "going away"))
                    try client.webSocket.sendClose(1001)
                    _ = try client.receive()
                    client.stream.close()
                }
                await drain.value
                let took = started.duration(to: .now)
                #expect(took >= .milliseconds(300) && took < .seconds(5), "\(took)")
            }
        }

        @Test func `who does not go is cut when the period is over`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                let started = ContinuousClock.now
                await Task { await gateway.gateway.drain(period: .milliseconds(200), spread: .zero) }.value
                let took = started.duration(to: .now)
                #expect(took >= .milliseconds(190) && took < .seconds(3), "\(took)")
                #expect(await gateway.liveSessions() == 0)
                #expect(try await gateway.closeRecord(id).cause == .drain)
                #expect(try client.receive() == .close(code: 1001, reason: "going away"))
                #expect(try client.receive().isEnd)
                #expect(try upstream.receive() == .close(code: 1001, reason: "drain"))
            }
        }

        @Test func `draining under load loses no message that was sent before the close`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                let flood = Flood(upstream.webSocket, messages: 100_000, size: 1024)
                flood.start()
                for number in 0..<200 { #expect(try client.receive() == .binary(Flood.message(number, size: 1024))) }
                let drain = Task { await gateway.gateway.drain(period: .seconds(10), spread: .zero) }
                // In order and without a gap up to the close.
                var number = 200
                var received = try client.receive()
                while received == .binary(Flood.message(number, size: 1024)) {
                    number += 1
                    received = try client.receive()
                }
                #expect(received == .close(code: 1001, reason: "going away"))
                try client.webSocket.sendClose(1001)
                _ = try client.receive()
                client.stream.close()
                #expect(try await gateway.closeRecord(id).cause == .drain)
                // The backend is waited for until it answers the close or goes.
                upstream.stream.reset()
                await drain.value
                // What it said after the close was discarded; it may have come to its end.
                try? flood.finish()
            }
        }
    }
}
