import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

extension IntegrationTests {
    /// Requests that get no session, and what they get instead.
    @Suite struct RefusalTests {
        private static let upgrade = TestClient.upgradeHead("/echo")

        @Test(arguments: [
            ("a head that is no HTTP", "HELLO\r\n\r\n", 400, CloseCause.protocolError),
            ("a bare line feed", "GET /echo HTTP/1.1\nHost: localhost\n\n", 400, .protocolError),
            ("no host", upgrade.replacing("Host: localhost\r\n", with: ""), 400, .protocolError),
            ("no key", upgrade.replacing("Sec-WebSocket-Key: \(TestClient.key)\r\n", with: ""), 400, .protocolError),
            ("a short key", upgrade.replacing(TestClient.key, with: "c2hvcnQ="), 400, .protocolError),
            ("no route", upgrade.replacing("/echo", with: "/nowhere"), 404, .normal),
            ("a POST", upgrade.replacing("GET", with: "POST"), 405, .protocolError),
            ("no upgrade", "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 426, .protocolError),
            ("version 8", upgrade.replacing("Version: 13", with: "Version: 8"), 426, .protocolError),
            ("HTTP/2.0", upgrade.replacing("HTTP/1.1", with: "HTTP/2.0"), 505, .protocolError),
        ])
        func `what cannot be served is refused`(what: String, request: String, status: Int, cause: CloseCause) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try gateway.connect()
                let (head, body) = try client.exchange(request)
                #expect(head.status == status, "\(body)")
                #expect(body.hasPrefix("\(status) \(HTTPStatus.reason(status)): ") && body.hasSuffix("\n"))
                #expect(body.count { $0 == "\n" } == 1)
                #expect(head.headers["Content-Length"] == "\(body.utf8.count)")
                #expect(head.headers.contains("Connection", token: "close"))
                let date = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
                #expect(head.headers["Date"]?.wholeMatch(of: date) != nil)
                #expect(head.headers.all("X-Content-Type-Options") == ["nosniff"])
                if status == 405 { #expect(head.headers["Allow"] == "GET") }
                if status == 426 {
                    #expect(head.headers["Sec-WebSocket-Version"] == "13" && head.headers["Upgrade"] == "websocket")
                }
                client.stream.close()
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == cause && record.closedBy == .gateway && record.code == nil && record.stage == .upgrading)
                #expect(await gateway.metric(MetricCatalogue.upgradeRefusals, ["\(status)"]) == 1)
                #expect(await gateway.liveSessions() == 0)
            }
        }

        @Test(
            arguments: [
                (TestClient.upgradeHead("/nowhere"), 404), (upgrade, 405), (TestClient.upgradeHead("/a/../echo"), 400),
                (TestClient.upgradeHead("/echo", ["Host: other"]), 400), (TestClient.upgradeHead("/echo", ["no colon"]), 400),
            ] as [(String, Int)])
        func `HEAD is refused with the same fields and no body`(request: String, status: Int) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (posted, body) = try gateway.connect().exchange(request.replacing("GET ", with: "POST "))
                let (head, nothing) = try gateway.connect().exchange(request.replacing("GET ", with: "HEAD "))
                #expect(posted.status == status && head.status == status && nothing.isEmpty)
                #expect(head.headers["Content-Length"] == "\(body.utf8.count)" && !body.isEmpty)
                #expect(head.headers.map(\.name) == posted.headers.map(\.name))
            }
        }

        @Test(arguments: [(2047, 101), (2048, 101), (2049, 431)])
        func `the limit of the head holds at its edge`(size: Int, status: Int) async throws {
            try await TestGateway.running(.testing { $0.limits.header = 2048 }) { gateway in
                let padding = String(repeating: "x", count: size - TestClient.upgradeHead("/echo", ["Padding: "]).utf8.count)
                let request = TestClient.upgradeHead("/echo", ["Padding: \(padding)"])
                try #require(request.utf8.count == size)
                let client = try gateway.connect()
                try client.stream.write(Array(request.utf8))
                #expect(try client.readHead().status == status)
            }
        }

        @Test(
            arguments: [
                ([], nil, 101), ([], "https://elsewhere.example", 101), (["https://app.example"], "https://app.example", 101),
                (["https://app.example"], "https://elsewhere.example", 403), (["https://app.example"], "https://app.example.evil", 403),
                (["https://app.example"], "null", 403), (["https://a.example", "https://b.example:8443"], "https://b.example:8443", 101),
            ] as [([String], String?, Int)])
        func `an origin that is not allowed gets 403`(allowed: [String], origin: String?, status: Int) async throws {
            try await TestGateway.running(.testing { $0.routes[0].origins = allowed }) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/echo", origin.map { ["Origin: \($0)"] } ?? []).utf8))
                #expect(try client.readHead().status == status)
            }
        }

        @Test func `a request without an origin is not from a browser and is let in`() async throws {
            try await TestGateway.running(.testing { $0.routes[0].origins = ["https://app.example"] }) { gateway in
                let (client, _) = try gateway.open("/echo")
                try client.send("let in")
                #expect(try client.receive() == .text("let in"))
            }
        }

        @Test func `a route with authentication gets 401`() async throws {
            try await TestGateway.running(.testing { $0.routes[0].authentication = "users" }) { gateway in
                let (head, _) = try gateway.connect().exchange(Self.upgrade)
                #expect(head.status == 401)
                #expect(head.headers["WWW-Authenticate"] == "Bearer")
            }
        }

        @Test func `the last seat is given and the next request gets 503`() async throws {
            try await TestGateway.running(.testing { $0.limits.sessions = 2 }) { gateway in
                let (first, id) = try gateway.open("/echo")
                let (second, _) = try gateway.open("/echo")
                let (head, body) = try gateway.connect().exchange(Self.upgrade)
                #expect(head.status == 503 && head.headers["Retry-After"] == "1", "\(body)")
                let line = try gateway.log.wait(for: "session closed") { $0["cause"] == "capacity" }
                #expect(line.metadata["stage"] == "upgrading")
                _ = try first.close(1000)
                first.stream.close()
                _ = try await gateway.closeRecord(id)
                // Held until here so that its seat was taken.
                try second.send("still here")
                #expect(try second.receive() == .text("still here"))
                let (third, _) = try gateway.open("/echo")
                try third.send("seated")
                #expect(try third.receive() == .text("seated"))
            }
        }

        @Test func `a full pool gets 503`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                $0.upstreams[0].pool.maximum = 1
                $0.upstreams[0].pool.queueTimeout = .milliseconds(50)
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                let (head, body) = try gateway.connect().exchange(TestClient.upgradeHead("/relay"))
                #expect(head.status == 503 && head.headers["Retry-After"] == "1", "\(body)")
                let line = try gateway.log.wait(for: "session closed") { $0["cause"] == "upstream_unavailable" }
                #expect(line.metadata["closed_by"] == "gateway" && line.metadata["stage"] == "attaching")
                try client.send("undisturbed")
                #expect(try upstream.receive() == .text("undisturbed"))
            }
        }

        @Test func `a backend that is not there gets 502`() async throws {
            try await TestGateway.running(.relaying(to: [DeadPort.url(), DeadPort.url()])) { gateway in
                let (head, body) = try gateway.connect().exchange(TestClient.upgradeHead("/relay"))
                #expect(head.status == 502)
                #expect(body.hasPrefix("502 Bad Gateway: upstream refused: "))
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == .upstreamUnavailable && record.closedBy == .upstream && record.stage == .attaching)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test(arguments: [200, 301, 401, 403, 404, 503])
        func `a backend that refuses the upgrade gets 502 that names its status`(status: Int) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = try backend.acceptConnection()
                try upstream.readRequest()
                try upstream.refuse(status)
                #expect(try client.readHead().status == 502)
                #expect(String(decoding: try client.stream.readToEnd(), as: UTF8.self).contains("upstream answered \(status)"))
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test(arguments: [
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
            "NOT HTTP\r\n\r\n",
        ])
        func `a backend that answers nonsense gets 502`(answer: String) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = try backend.acceptConnection()
                try upstream.readRequest()
                try upstream.stream.write(Array(answer.utf8))
                upstream.stream.halfClose()
                #expect(try client.readHead().status == 502)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test func `a backend that hangs up on the request gets 503, once nobody came back in time`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend) { $0.upstreams[0].pool.queueTimeout = .zero }) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = try backend.acceptConnection()
                try upstream.readRequest()
                upstream.stream.close()
                #expect(try client.readHead().status == 503)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test(arguments: [false, true])
        func `a backend that hangs gets 504`(accepts: Bool) async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.upstreams[0].pool.connectTimeout = .milliseconds(80) }
            try await TestGateway.running(configuration) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = accepts ? try backend.acceptConnection() : nil
                try upstream?.readRequest()
                #expect(try client.readHead().status == 504)
                client.stream.close()
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == .upstreamUnavailable && record.closedBy == .gateway && record.stage == .attaching)
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test func `plain HTTP on the TLS port is answered in clear and costs one counter`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try TestClient(to: gateway.address())
                try client.stream.writeRaw(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                let answer = String(decoding: try client.stream.readToEnd(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n") && answer.hasSuffix("use https:// or wss://\n"))
                client.stream.close()
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == .tlsError && record.stage == .handshaking)
                #expect(await gateway.metric(MetricCatalogue.handshakeFailures, ["http_request"]) == 1)
            }
        }
    }
}
