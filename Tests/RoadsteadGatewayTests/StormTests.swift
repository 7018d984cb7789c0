import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import TestSupport
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Many sessions that end in every way, beside some that stay.
    @Suite struct StormTests {
        /// Sends a numbered message to each and expects it back.
        private static func exchange(_ number: Int, with clients: [TestClient]) throws {
            for client in clients { try client.send("message \(number)") }
            for client in clients { #expect(try client.receive() == .text("message \(number)")) }
        }

        /// A backend that echoes, but on some paths goes away in its own ways after the first message.
        private static func serve(_ backend: TestBackend) {
            backend.serve(1000) { connection in
                switch connection.request?.path {
                case "/relay/reset":
                    _ = try connection.receive()
                    connection.stream.reset()
                case "/relay/close":
                    _ = try connection.receive()
                    try connection.webSocket.sendClose(1000, "enough")
                    while try !connection.receive().isEnd {}
                case _: try connection.echo()
                }
            }
        }

        @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1])
        func `after a storm of disconnects everything is as it was, and who stayed missed nothing`(seed: UInt64) async throws {
            // The seed is the test's argument, so that it stands in the report.
            var random = SeededGenerator(seed: seed)
            let backend = try TestBackend()
            try await TestGateway.running(.relayingWithoutHold(to: backend) { $0.loops = 2 }) { gateway in
                Self.serve(backend)
                let before = await gateway.holdings()
                let stayers = try (0..<20).map { try gateway.open($0 % 2 == 0 ? "/relay" : "/echo") }
                var lingering: [TestClient] = []
                for round in 0..<200 {
                    let gone = try Disconnect.allCases.randomElement(using: &random)?.happen(to: gateway, using: &random)
                    // Some keep their descriptor for a while, as a peer does whose last packets are still under way.
                    if let gone, Bool.random(using: &random) { lingering.append(gone) }
                    if lingering.count > 10 { lingering.removeFirst() }
                    if round % 20 == 0 { try Self.exchange(round, with: stayers.map(\.client)) }
                }
                lingering = []
                try Self.exchange(200, with: stayers.map(\.client))
                try await Patience.until("only those who stayed are left") { await gateway.liveSessions() == stayers.count }
                for stayer in stayers {
                    let snapshot = await gateway.snapshot(stayer.id)
                    #expect(snapshot?.state == .open && snapshot?.received.messages == 11 && snapshot?.sent.messages == 11)
                    #expect(try stayer.client.close(1000) == [.close(code: 1000, reason: "")])
                    stayer.client.stream.close()
                }
                try await Patience.until("the gateway holds what it held before") { await gateway.holdings() == before }
                #expect(try OpenSockets.count(localPort: gateway.address().port, remotePort: backend.port) == 0)
                let closed = try gateway.adminJSON("/api/v1/sessions?state=closed&limit=1000")["sessions"]
                #expect((closed?.count ?? 0) > 200)
                for index in 0..<(closed?.count ?? 0) { #expect(closed?[index]?["close"]?["cause"]?.text != nil) }
            }
        }
    }
}
