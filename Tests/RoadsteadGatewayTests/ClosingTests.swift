import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// How sessions end, what each side is told, and the record that stays.
    @Suite struct ClosingTests {
        @Test(
            arguments: [
                (1000, "", CloseCause.normal), (1001, "tab closed", .goingAway), (4000, "größer", .normal), (nil, "", .normal),
            ] as [(UInt16?, String, CloseCause)])
        func `a client's close is answered and reaches the backend`(code: UInt16?, reason: String, cause: CloseCause) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                try client.webSocket.sendClose(code, reason)
                #expect(try client.receive() == .close(code: code, reason: ""))
                #expect(try upstream.receive() == .close(code: code, reason: reason))
                try upstream.webSocket.sendClose(code)
                #expect(try upstream.receive().isEnd)
                // close_notify, so that the end of the session is no accident of TCP.
                #expect(try client.receive() == .ended(.closeNotify))
                client.stream.close()
                let expected = CloseRecord(closedBy: .client, cause: cause, code: code ?? 1005, reason: reason, stage: .open)
                #expect(try await gateway.closeRecord(id) == expected)
            }
        }

        @Test(
            arguments: [
                (1000, "done", CloseCause.normal), (nil, "", .normal), (1008, "no", .upstreamClosed), (1011, "bug", .upstreamClosed),
                (4321, "größer", .upstreamClosed),
            ] as [(UInt16?, String, CloseCause)])
        func `a backend's close reaches the client`(code: UInt16?, reason: String, cause: CloseCause) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                try upstream.send("last words")
                try upstream.webSocket.sendClose(code, reason)
                #expect(try upstream.receive() == .close(code: code, reason: ""))
                #expect(try client.receive() == .text("last words"))
                #expect(try client.receive() == .close(code: code, reason: reason))
                try client.webSocket.sendClose(code)
                #expect(try client.receive() == .ended(.closeNotify))
                client.stream.close()
                let expected = CloseRecord(closedBy: .upstream, cause: cause, code: code ?? 1005, reason: reason, stage: .open)
                #expect(try await gateway.closeRecord(id) == expected)
            }
        }

        @Test(arguments: UpstreamLoss.allCases)
        func `a lost backend closes its client with 1012 where nobody is held`(loss: UpstreamLoss) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relayingWithoutHold(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                try loss.happen(to: upstream)
                #expect(try client.close1012())
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .upstream && record.cause == .upstreamLost && record.code == 1012 && record.stage == .open)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test func `a backend that breaks the protocol closes its client with 1011`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                try upstream.stream.write([0xFF, 0x00])
                guard case .close(1011, _) = try client.receive() else { return #expect(Bool(false), "no close with 1011") }
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .upstream && record.cause == .protocolError && record.code == 1011 && record.stage == .open)
            }
        }

        @Test(arguments: ClientEnd.allCases)
        func `a client that goes without a close frame leaves nothing behind`(end: ClientEnd) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let before = await gateway.holdings()
                let (client, upstream, id) = try gateway.openRelay(backend)
                try end.happen(to: client)
                let record = try await gateway.closeRecord(id)
                #expect(record.code == 1006 && record.stage == .open)
                #expect(record.cause == .reset)
                #expect(record.closedBy == (end.isBreak ? .network : .client))
                guard case .close(let code, _) = try upstream.receive() else { throw TestFailure("the backend was told nothing") }
                #expect(code == 1001)
                try upstream.webSocket.sendClose(code)
                #expect(try upstream.receive().isEnd)
                try await Patience.until("the gateway holds what it held before") { await gateway.holdings() == before }
            }
        }

        @Test func `a client that leaves while its backend is asked lets go of the lease`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let before = await gateway.holdings()
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = try backend.acceptConnection()
                try upstream.readRequest()
                #expect(await gateway.holdings().leases == 1)
                try client.stream.sayGoodbye()
                let record = try await gateway.firstCloseRecord()
                #expect(record == CloseRecord(closedBy: .client, cause: .goingAway, code: nil, reason: record.reason, stage: .attaching))
                #expect(try upstream.receive().isEnd)
                client.stream.close()
                try await Patience.until("the gateway holds what it held before") { await gateway.holdings() == before }
            }
        }

        @Test func `what the client sent before its close reaches the backend first`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                var frames: [UInt8] = []
                for number in 0..<500 { frames += client.webSocket.frame(.text, Array("\(number)".utf8)) }
                try client.stream.write(frames + client.webSocket.frame(.close, [0x03, 0xE8]))
                client.stream.halfClose()
                for number in 0..<500 { #expect(try upstream.receive() == .text("\(number)")) }
                #expect(try upstream.receive() == .close(code: 1000, reason: ""))
            }
        }
    }
}

extension Incoming {
    var isEnd: Bool {
        if case .ended = self { return true }
        return false
    }
}

extension TestClient {
    /// Expects a close 1012, answers it and waits for the end.
    func close1012() throws -> Bool {
        guard case .close(1012, let reason) = try receive(), reason == "upstream lost" else { return false }
        try webSocket.sendClose(1012)
        let ended = try receive().isEnd
        stream.close()
        return ended
    }
}
