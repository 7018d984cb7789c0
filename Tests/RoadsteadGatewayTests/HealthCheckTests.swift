import Foundation
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadTLS
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Checks of real endpoints: each word of `last_check`, and nothing left behind after any.
    @Suite struct HealthCheckTests {
        /// Short enough to wait for, long enough for what must not reach it.
        private static let short: Duration = .milliseconds(200)

        // MARK: - Connections

        @Test(arguments: [HealthCheckKind.tcp, .none])
        func `an endpoint that listens is ok`(kind: HealthCheckKind) async throws {
            let backend = try TestBackend()
            try await CheckStage.expect(.ok, of: CheckStage.upstream(backend.url, kind))
            #expect(try backend.acceptConnection().stream.readToEnd().isEmpty)
            #expect(try OpenSockets.count(localPort: 0, remotePort: backend.port) == 0)
        }

        @Test(arguments: HealthCheckKind.allCases)
        func `a port where nobody listens refuses`(kind: HealthCheckKind) async throws {
            try await CheckStage.expect(.l4Refused, of: CheckStage.upstream(DeadPort.url(), kind))
        }

        @Test func `an endpoint that does not even answer the connect times out`() async throws {
            let hole = try BlackHole()
            for scheme in ["ws", "wss"] {
                let upstream = try CheckStage.upstream("\(scheme)://127.0.0.1:\(hole.port)", .tcp) { $0.health.timeout = Self.short }
                try await CheckStage.expect(.l4Timeout, of: upstream)
            }
        }

        @Test func `a name without addresses is unresolved`() async throws {
            try await CheckStage.expect(.unresolved, of: CheckStage.upstream("ws://nowhere.invalid:80", .tcp))
        }

        @Test func `every address of a name is tried`() async throws {
            let backend = try TestBackend()
            let dead = try #require(EndpointAddress(try DeadPort.url()))
            let upstream = try CheckStage.upstream("ws://name.test:\(backend.port)", .tcp)
            let addresses = [dead.port, dead.port, backend.port].map { SocketAddress(ipv4: 0x7F00_0001, port: $0) }
            upstream.endpoints[0].resolve { _, _ in .success(addresses) }
            try await CheckStage.expect(.ok, of: upstream)
            upstream.endpoints[0].resolve { _, _ in .success(Array(addresses.dropLast())) }
            try await CheckStage.expect(.l4Refused, of: upstream)
        }

        @Test func `a unix socket is checked by its path`() async throws {
            let path = NSTemporaryDirectory() + "roadstead-check-\(UUID().uuidString.prefix(8)).sock"
            let address = try #require(SocketAddress(unixPath: path))
            try await CheckStage.expect(.l4Failed, of: CheckStage.upstream("unix:\(path)", .tcp))
            let listener = try Socket.listen(on: address, backlog: 16, sharesPort: false)
            defer { SocketFile(of: address)?.remove() }
            try await CheckStage.expect(.ok, of: CheckStage.upstream("unix:\(path)", .tcp))
            try await CheckStage.expect(.httpTimeout, of: CheckStage.upstream("unix:\(path)", .http) { $0.health.timeout = Self.short })
            Socket.close(listener)
            try await CheckStage.expect(.l4Refused, of: CheckStage.upstream("unix:\(path)", .tcp))
        }

        @Test func `a check that is cancelled says nothing and leaves nothing behind`() async throws {
            let backend = try TestBackend()
            let upstream = try CheckStage.upstream(backend.url, .http)
            try await CheckStage.run { stage in
                let isHeld = await withCheckedContinuation { continuation in
                    stage.loop.execute { [loop = stage.loop] in
                        let context = LoopContext(loop: loop, handshakesPerWakeUp: 8)
                        let check = HealthCheck(of: upstream.endpoints[0], in: upstream, context: context) { result in
                            Issue.record("a cancelled check ended: \(result)")
                        }
                        check.begin()
                        let statistics = loop.statistics
                        check.cancel()
                        continuation.resume(returning: statistics.registrations == 1 && statistics.timersArmed == 1)
                    }
                }
                #expect(isHeld)
            }
        }

        // MARK: - TLS

        @Test(arguments: [HealthCheckKind.tcp, .http])
        func `TLS is part of the check`(kind: HealthCheckKind) async throws {
            let backend = try TestBackend(tls: TestCertificates.server())
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, kind)
                let connection = try backend.acceptConnection()
                try connection.stream.secure(TestCertificates.server(), serverName: nil)
                if kind == .http {
                    try connection.readRequest()
                    try connection.stream.write(HTTPResponse(status: 200, text: "well").serialized())
                }
                #expect(try await check.result() == .ok)
                #expect(try connection.stream.readToEnd().isEmpty)
            }
        }

        @Test func `a certificate of another authority fails`() async throws {
            let directory = NSTemporaryDirectory() + "roadstead-check-\(UUID().uuidString)"
            try DevelopmentCertificates.make(in: directory)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin("wss://127.0.0.1:\(backend.port)", .http) { $0.tls.ca = directory + "/ca.pem" }
                let connection = try backend.acceptConnection()
                #expect(throws: TestFailure.self) { try connection.stream.secure(TestCertificates.server(), serverName: nil) }
                #expect(try await check.result() == .tlsFailed)
            }
        }

        @Test(arguments: ["garbage", "close", "reset"])
        func `what is not TLS fails`(story: String) async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin("wss://127.0.0.1:\(backend.port)", .tcp)
                let connection = try backend.acceptConnection()
                switch story {
                case "garbage": try connection.stream.write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
                case "close": connection.stream.close()
                case _: connection.stream.reset()
                }
                #expect(try await check.result() == .tlsFailed)
            }
        }

        @Test func `a handshake that nobody answers times out as TLS`() async throws {
            let backend = try TestBackend()
            let upstream = try CheckStage.upstream("wss://127.0.0.1:\(backend.port)", .tcp) { $0.health.timeout = Self.short }
            try await CheckStage.expect(.tlsTimeout, of: upstream)
        }

        // MARK: - HTTP

        @Test func `the request says what it is and closes`() async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url + "/base", .http) { $0.health.path = "/health?deep=1" }
                let connection = try backend.acceptConnection()
                try connection.readRequest()
                let request = try #require(connection.request)
                #expect(request.method == "GET" && request.target == "/base/health?deep=1")
                #expect(request.headers["Host"] == "127.0.0.1:\(backend.port)")
                #expect(request.headers["User-Agent"] == "roadstead-health")
                #expect(request.headers["Connection"] == "close")
                try connection.stream.write(HTTPResponse(status: 204, text: "").serialized())
                #expect(try await check.result() == .ok)
            }
        }

        @Test(
            arguments: [
                ("HTTP/1.1 200 OK\r\n\r\n", .ok), ("HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", .ok), ("HTTP/1.1 399 Odd\r\n\r\n", .ok),
                ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", .ok), ("HTTP/1.1 404 Not Found\r\n\r\n", .httpStatus),
                ("HTTP/1.1 400 Bad Request\r\n\r\n", .httpStatus), ("HTTP/1.1 500 Oops\r\n\r\n", .httpStatus),
                ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .httpStatus), ("SSH-2.0-OpenSSH_9.6\r\n", .httpInvalid),
                ("HTTP/1.1 20", .httpInvalid), ("", .httpInvalid),
                ("HTTP/1.1 200 OK\r\n" + String(repeating: "A", count: 17_000), .httpInvalid),
            ] as [(String, CheckResult)])
        func `the status of the answer decides`(answer: String, expected: CheckResult) async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .http)
                let connection = try backend.acceptConnection()
                try connection.readRequest()
                try connection.stream.write(Array(answer.utf8))
                connection.stream.halfClose()
                #expect(try await check.result() == expected)
            }
        }

        @Test(arguments: ["", "HTTP/1.1 200 OK\r\nServer: slow"])
        func `an answer that does not come whole times out`(answer: String) async throws {
            let backend = try TestBackend()
            try await CheckStage.run { stage in
                let check = try stage.begin(backend.url, .http) { $0.health.timeout = Self.short }
                let connection = try backend.acceptConnection()
                try connection.stream.write(Array(answer.utf8))
                #expect(try await check.result() == .httpTimeout)
            }
        }
    }
}
