import RoadsteadConfig
import RoadsteadWire
import Testing

extension IntegrationTests {
    /// The echo route over wss.
    @Suite struct EchoTests {
        @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 65_537, 1 << 20])
        func `a message comes back as it went`(size: Int) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, _) = try gateway.open("/echo")
                let bytes = Pattern.bytes(size)
                try client.send(bytes)
                #expect(try client.receive() == .binary(bytes))
                let text = Pattern.text(size)
                try client.send(text)
                #expect(try client.receive() == .text(text))
            }
        }

        @Test func `a message of 16 MiB comes back where the limit allows it`() async throws {
            let configuration = Configuration.testing { $0.routes[0].limits.message = 16 << 20 }
            try await TestGateway.running(configuration) { gateway in
                let (client, _) = try gateway.open("/echo")
                let bytes = Pattern.bytes(16 << 20)
                try client.send(bytes)
                #expect(try client.receive() == .binary(bytes))
            }
        }

        @Test(
            arguments: [
                (1023, nil), (1024, nil), (1025, CloseCode.messageTooBig),
            ] as [(Int, CloseCode?)])
        func `the message limit holds at its edge`(size: Int, code: CloseCode?) async throws {
            let configuration = Configuration.testing { $0.routes[0].limits.message = 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, id) = try gateway.open("/echo")
                try client.send(Pattern.bytes(size))
                guard let code else {
                    #expect(try client.receive() == .binary(Pattern.bytes(size)))
                    return
                }
                guard case .close(let found, _) = try client.receive() else { throw TestFailure("no close frame came") }
                #expect(found == code.rawValue)
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.cause == .messageTooBig && record.closedBy == .gateway && record.code == 1009)
            }
        }

        @Test func `fragments become one message, and control frames pass between them`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, _) = try gateway.open("/echo")
                try client.webSocket.send(.text, Array("one ".utf8), isFinal: false)
                try client.webSocket.send(.ping, [1, 2, 3])
                try client.webSocket.send(.continuation, [], isFinal: false)
                try client.webSocket.send(.continuation, Array("message".utf8))
                #expect(try client.receive() == .pong([1, 2, 3]))
                #expect(try client.receive() == .text("one message"))
            }
        }

        @Test func `a stream cut at every byte is understood`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try gateway.connect()
                var bytes = Array(TestClient.upgradeHead("/echo").utf8)
                bytes += client.webSocket.frame(.text, Array("byte by byte".utf8))
                bytes += client.webSocket.frame(.binary, Pattern.bytes(300))
                for byte in bytes { try client.stream.write([byte]) }
                #expect(try client.readHead().status == 101)
                #expect(try client.receive() == .text("byte by byte"))
                #expect(try client.receive() == .binary(Pattern.bytes(300)))
            }
        }

        @Test func `frames sent right behind the head are not lost`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try gateway.connect()
                let frames = client.webSocket.frame(.text, Array("early".utf8)) + client.webSocket.frame(.text, Array("bird".utf8))
                try client.stream.write(Array(TestClient.upgradeHead("/echo").utf8) + frames)
                #expect(try client.readHead().status == 101)
                #expect(try client.receive() == .text("early"))
                #expect(try client.receive() == .text("bird"))
            }
        }

        @Test func `numbered messages come back in order`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, id) = try gateway.open("/echo")
                for number in 0..<2000 { try client.send("\(number)") }
                for number in 0..<2000 { #expect(try client.receive() == .text("\(number)")) }
                let snapshot = await gateway.snapshot(id)
                #expect(snapshot?.received.messages == 2000 && snapshot?.sent.messages == 2000)
                #expect(snapshot?.received.bytes == 6890 && snapshot?.sent.bytes == 6890)
            }
        }

        @Test(arguments: BrokenFrames.all)
        func `a client that breaks the protocol is told so`(broken: BrokenFrames) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, id) = try gateway.open("/echo")
                try client.stream.write(broken.bytes)
                guard case .close(let code, let reason) = try client.receive() else { throw TestFailure("no close frame came") }
                #expect(code == broken.code)
                #expect(!reason.isEmpty)
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .gateway && record.code == broken.code && record.stage == .open)
                #expect(record.cause == (broken.code == 1007 ? .invalidUTF8 : .protocolError))
            }
        }
    }
}
