import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Checks that upgrade and ping.
    @Suite struct WebSocketCheckTests {
        private static let short: Duration = .milliseconds(200)

        @Test(arguments: [false, true])
        func `a pong is ok, and the connection ends politely`(isSecure: Bool) async throws {
            let backend = try isSecure ? TestBackend(tls: TestCertificates.server()) : TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .websocket) { $0.health.path = "/live" }
                let connection = try backend.accept()
                #expect(connection.request?.target == "/live")
                #expect(connection.request?.headers["User-Agent"] == "roadstead-health")
                #expect(try connection.receive() == .close(code: 1000, reason: ""))
                #expect(try await check.result() == .ok)
                try connection.webSocket.sendClose(1000)
                #expect(try connection.stream.readToEnd().isEmpty)
            }
        }

        @Test func `what a backend says besides the pong is passed over`() async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .websocket)
                let connection = try backend.acceptConnection()
                try connection.readRequest()
                // The greeting comes with the 101, in one piece.
                try connection.answer(followedBy: connection.webSocket.frame(.text, Array("hello".utf8)))
                connection.webSocket.answersPings = false
                guard case .ping(let payload) = try connection.receive() else { throw TestFailure("no ping came") }
                #expect(payload.count == 8)
                try connection.webSocket.send(.ping, [1, 2, 3])
                try connection.webSocket.send(.pong, Array(payload.dropLast()))
                try connection.webSocket.send(.pong, payload.map { $0 ^ 1 })
                try connection.send([UInt8](repeating: 7, count: 200_000))
                try connection.webSocket.send(.pong, payload)
                #expect(try connection.receive() == .close(code: 1000, reason: ""))
                #expect(try await check.result() == .ok)
                connection.stream.close()
            }
        }

        @Test func `a result does not wait for the answer to the close, and the connection waits no longer than the check may take`()
            async throws
        {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .websocket) { $0.health.timeout = Self.short }
                let connection = try backend.accept()
                #expect(try connection.receive() == .close(code: 1000, reason: ""))
                #expect(try await check.result() == .ok)
                try await stage.isClean()
            }
        }

        @Test(
            arguments: [
                ("HTTP/1.1 403 Forbidden\r\n\r\n", .httpStatus), ("HTTP/1.1 200 OK\r\n\r\n", .httpStatus),
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", .httpInvalid),
                ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .httpInvalid), ("HTP", .httpInvalid), ("", .httpInvalid),
            ] as [(String, CheckResult)])
        func `a refused or wrong upgrade fails`(answer: String, expected: CheckResult) async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .websocket)
                let connection = try backend.acceptConnection()
                try connection.readRequest()
                try connection.stream.write(Array(answer.utf8))
                connection.stream.halfClose()
                #expect(try await check.result() == expected)
            }
        }

        @Test(arguments: ["silence", "close", "end", "reset", "violation"])
        func `without a pong it fails`(story: String) async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .websocket) { if story == "silence" { $0.health.timeout = Self.short } }
                let connection = try backend.acceptConnection()
                try connection.readRequest()
                try connection.answer()
                switch story {
                case "silence": break
                case "close": try connection.webSocket.sendClose(1001)
                case "end": connection.stream.halfClose()
                case "reset": connection.stream.reset()
                case _: try connection.stream.write([0xFF, 0x00])
                }
                #expect(try await check.result() == .wsNoPong)
            }
        }
    }
}
