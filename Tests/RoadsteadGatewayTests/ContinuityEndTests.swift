import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Sessions that end while they have no backend, or because of it.
    @Suite struct ContinuityEndTests {
        /// How a detached session can end.
        enum End: CaseIterable {
            case kick, clientCloses, clientResets, clientEnds, violation, idle, lifetime, drain, drainIsOver

            var record: (ClosedBy, CloseCause, UInt16) {
                switch self {
                case .kick: (.gateway, .kicked, 1008)
                case .clientCloses: (.client, .normal, 1000)
                case .clientResets: (.network, .reset, 1006)
                case .clientEnds: (.client, .reset, 1006)
                case .violation: (.gateway, .protocolError, 1002)
                case .idle: (.gateway, .idleTimeout, 1000)
                case .lifetime: (.gateway, .lifetime, 1000)
                case .drain: (.gateway, .drain, 1001)
                case .drainIsOver: (.gateway, .drain, 1006)
                }
            }
        }

        private static func configuration(_ backend: TestBackend, _ end: End) -> Configuration {
            .relaying(to: backend) {
                if end == .idle { $0.routes[1].timeouts.idle = .milliseconds(300) }
                if end == .lifetime { $0.routes[1].timeouts.lifetime = .milliseconds(400) }
            }
        }

        @Test(arguments: End.allCases)
        func `a detached session that ends says where it was, and leaves nothing`(end: End) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(Self.configuration(backend, end)) { gateway in
                let before = await gateway.holdings()
                let (client, first, id) = try gateway.openRelay(backend)
                first.stream.reset()
                try await gateway.detached(id)
                try client.send("never delivered")
                // The next attempt is under way, and stays so.
                let second = try backend.acceptRequest()
                var drain: Task<Void, Never>?
                switch end {
                case .kick: #expect(try gateway.admin("DELETE", "/api/v1/sessions/\(id)").head.status == 204)
                case .clientCloses: try client.webSocket.sendClose(1000)
                case .clientResets: client.stream.reset()
                case .clientEnds: client.stream.halfClose()
                case .violation: try client.stream.write([0xC1, 0x80, 0, 0, 0, 0])
                case .idle, .lifetime: break
                case .drain: drain = Task { await gateway.gateway.drain(period: .seconds(10), spread: .zero) }
                case .drainIsOver: drain = Task { await gateway.gateway.drain(period: .zero, spread: .seconds(10)) }
                }
                let (closedBy, cause, code) = end.record
                if end == .drainIsOver { while try !client.receive().isEnd {} }
                if code != 1006 {
                    guard case .close(code, _) = try client.receive() else { throw TestFailure("no close \(code) came") }
                    if closedBy != .client { try client.webSocket.sendClose(code) }
                    while try !client.receive().isEnd {}
                }
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == closedBy && record.cause == cause && record.code == code && record.stage == .detached)
                #expect(try second.receive().isEnd)
                await drain?.value
                try await Patience.until("the gateway holds what it held before") {
                    let now = await gateway.holdings()
                    return now == before || (drain != nil && now.sessions == 0 && now.leases == 0 && now.queuedBytes == 0)
                }
            }
        }

        @Test func `a client is held for as long as configured, and then told to come back later`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].continuity.hold = .milliseconds(250) }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                let begun = ContinuousClock.now
                first.stream.reset()
                #expect(try client.receive() == .close(code: 1013, reason: "no upstream in time"))
                let took = begun.duration(to: .now)
                #expect(took >= .milliseconds(250) && took < .seconds(5), "\(took)")
                try client.webSocket.sendClose(1013)
                while try !client.receive().isEnd {}
                client.stream.close()
                let expected = CloseRecord(
                    closedBy: .upstream, cause: .upstreamUnavailable, code: 1013, reason: "no upstream in time", stage: .detached)
                #expect(try await gateway.closeRecord(id) == expected)
                #expect(await gateway.metric(MetricCatalogue.reattachments, ["relay", "expired"]) == 1)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test func `a normal close of the backend closes the client as always`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                first.stream.reset()
                try await gateway.detached(id)
                let second = try backend.reattach(2)
                try second.webSocket.sendClose(1000, "done")
                #expect(try client.receive() == .close(code: 1000, reason: "done"))
                try client.webSocket.sendClose(1000)
                while try !client.receive().isEnd {}
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .upstream && record.cause == .normal && record.stage == .open)
            }
        }

        // MARK: - Messages of the backend

        @Test func `a message that the loss cuts off is never begun`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                try first.send("whole")
                try first.webSocket.send(.binary, Array("half of".utf8), isFinal: false)
                // Inside a frame too, and as large as may be collected.
                try first.stream.write(Array(first.webSocket.frame(.continuation, Pattern.bytes(200_000)).prefix(150_000)))
                #expect(try client.receive() == .text("whole"))
                first.stream.close()
                try await gateway.detached(id)
                let second = try backend.reattach(2)
                try second.send("whole again")
                #expect(try client.receive() == .text("whole again"))
            }
        }

        @Test func `a message that had begun to stream cannot be taken back, and closes the client`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].continuity.buffer = 32 * 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                try first.webSocket.send(.binary, Pattern.bytes(100_000), isFinal: false)
                // The client has got some of it.
                let begun = try client.stream.read()
                client.stream.unread(begun)
                first.stream.reset()
                #expect(try client.close1012())
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .upstream && record.cause == .upstreamLost && record.code == 1012 && record.stage == .open)
                #expect(await gateway.metric(MetricCatalogue.reattachments, ["relay", "cut"]) == 1)
            }
        }
    }
}
