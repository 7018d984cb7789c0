import TestSupport
import Testing

/// What a client of a storm does before it is gone: every stage of a session's life, and every way to leave it.
enum Disconnect: CaseIterable {
    case silent, insideTheClientHello, afterTLS, insideTheHead, refused, echoing, relaying, closing, awaitingItsBackend
    case insideALargeMessage, losingItsBackend, closedByItsBackend

    /// Connects, lives and goes. Returns what is left of the client, whose descriptor may still be open.
    func happen(to gateway: TestGateway, using random: inout SeededGenerator) throws -> TestClient {
        let end = ClientEnd.allCases.randomElement(using: &random) ?? .reset
        switch self {
        case .silent:
            return try TestClient(to: gateway.address())
        case .insideTheClientHello:
            let client = try TestClient(to: gateway.address())
            try client.stream.writeRaw([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            client.stream.reset()
            return client
        case .afterTLS:
            let client = try gateway.connect()
            try end.happen(to: client)
            return client
        case .insideTheHead:
            let client = try gateway.connect()
            try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8.prefix(Int.random(in: 1...100, using: &random))))
            try end.happen(to: client)
            return client
        case .refused:
            let client = try gateway.connect()
            #expect(try client.exchange(TestClient.upgradeHead("/nowhere")).head.status == 404)
            return client
        case .echoing, .relaying:
            let (client, _) = try gateway.open(self == .echoing ? "/echo" : "/relay")
            for number in 0..<Int.random(in: 0...5, using: &random) { try client.send("\(number)") }
            try end.happen(to: client)
            return client
        case .closing:
            let (client, _) = try gateway.open("/relay")
            try client.send("bye")
            #expect(try client.receive() == .text("bye"))
            #expect(try client.close(1000) == [.close(code: 1000, reason: "")])
            return client
        case .awaitingItsBackend:
            let client = try gateway.connect()
            try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
            try end.happen(to: client)
            return client
        case .insideALargeMessage:
            let (client, _) = try gateway.open("/relay")
            try client.stream.write(Array(client.webSocket.frame(.binary, Pattern.bytes(300_000)).prefix(200_000)))
            try end.happen(to: client)
            return client
        case .losingItsBackend:
            let (client, _) = try gateway.open("/relay/reset")
            try client.send("go")
            #expect(try client.close1012())
            return client
        case .closedByItsBackend:
            let (client, _) = try gateway.open("/relay/close")
            try client.send("go")
            #expect(try client.receive() == .close(code: 1000, reason: "enough"))
            try client.webSocket.sendClose(1000)
            return client
        }
    }
}
