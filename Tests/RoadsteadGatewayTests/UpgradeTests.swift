import RoadsteadConfig
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// What of the client's request reaches the backend, and what of its answer the client.
    @Suite struct UpgradeTests {
        @Test func `the backend gets path, query and headers, and learns who asks`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let headers = [
                    "Cookie: a=b", "X-Custom: one", "X-Custom: two", "Authorization: Bearer t", "User-Agent: test",
                    "Connection: X-Hop", "X-Hop: dropped", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: gopher",
                    "Forwarded: for=6.6.6.6",
                    "Roadstead-User: admin", "Roadstead-Session: forged", "Sec-WebSocket-Extensions: permessage-deflate",
                ]
                let (_, upstream, id) = try gateway.openRelay(backend, "/relay/a%20b?x=1&y=%2F", headers)
                let request = try #require(upstream.request)
                #expect(request.method == "GET" && request.target == "/relay/a%20b?x=1&y=%2F")
                let found = request.headers
                #expect(found.all("Host") == ["127.0.0.1:\(backend.port)"])
                #expect(found.all("Cookie") == ["a=b"] && found.all("X-Custom") == ["one", "two"])
                #expect(found.all("Authorization") == ["Bearer t"] && found.all("User-Agent") == ["test"])
                #expect(found.all("X-Forwarded-For") == ["127.0.0.1"])
                #expect(found.all("X-Forwarded-Proto") == ["https"])
                #expect(found.all("X-Forwarded-Host") == ["localhost"])
                #expect(found.all("Forwarded") == ["for=127.0.0.1;proto=https;host=localhost"])
                #expect(found.all("Roadstead-Session") == [id.description] && found.all("Roadstead-Attach") == ["1"])
                for dropped in ["Roadstead-User", "X-Hop"] { #expect(found.all(dropped).isEmpty, "\(dropped)") }
                // Compression is the gateway's own affair with the upstream.
                #expect(
                    found.all("Sec-WebSocket-Extensions") == [
                        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=12"
                    ])
                #expect(found.all("Connection") == ["Upgrade"] && found.all("Upgrade") == ["websocket"])
                #expect(found.all("Sec-WebSocket-Key").count == 1 && found["Sec-WebSocket-Key"] != TestClient.key)
            }
        }

        @Test func `each upstream connection has a masking nonce of its own`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                var keys: Set<String> = []
                for _ in 0..<5 {
                    let (_, upstream, _) = try gateway.openRelay(backend)
                    keys.insert(upstream.request?.headers["Sec-WebSocket-Key"] ?? "none")
                }
                #expect(keys.count == 5)
            }
        }

        @Test func `an endpoint's base path goes before the client's`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: [backend.url + "/base"])) { gateway in
                let (_, upstream, _) = try gateway.openRelay(backend, "/relay/x?q")
                #expect(upstream.request?.target == "/base/relay/x?q")
            }
        }

        @Test(
            arguments: [
                ([], "chat, superchat", "chat, superchat", "superchat", "superchat"), ([], "chat", "chat", nil, nil),
                ([], nil, nil, nil, nil), (["superchat"], "chat, superchat", "superchat", "superchat", "superchat"),
                (["other"], "chat, superchat", nil, nil, nil),
            ] as [([String], String?, String?, String?, String?)])
        func `subprotocols pass through a relay, or are chosen by its route`(
            configured: [String], offered: String?, forwarded: String?, chosen: String?, answered: String?
        ) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend) { $0.routes[1].subprotocols = configured }) { gateway in
                let client = try gateway.connect()
                let headers = offered.map { ["Sec-WebSocket-Protocol: \($0)"] } ?? []
                try client.stream.write(Array(TestClient.upgradeHead("/relay", headers).utf8))
                let upstream = try backend.accept(subprotocol: chosen)
                #expect(upstream.request?.headers.listElements("Sec-WebSocket-Protocol").joined(separator: ", ") == forwarded ?? "")
                let head = try client.readHead()
                #expect(head.status == 101 && head.headers["Sec-WebSocket-Protocol"] == answered)
                let snapshot = await gateway.snapshot(try TestGateway.sessionID(head))
                #expect(snapshot?.subprotocol == answered)
            }
        }

        @Test func `a backend that answers with a subprotocol nobody offered gets 502`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay", ["Sec-WebSocket-Protocol: chat"]).utf8))
                _ = try backend.accept(subprotocol: "other")
                #expect(try client.readHead().status == 502)
            }
        }

        @Test(arguments: [("chat, superchat", "superchat"), ("chat", nil), (nil, nil)] as [(String?, String?)])
        func `the echo route chooses among its subprotocols`(offered: String?, answered: String?) async throws {
            try await TestGateway.running(.testing { $0.routes[0].subprotocols = ["v2", "superchat"] }) { gateway in
                let head = try gateway.connect().upgrade("/echo", offered.map { ["Sec-WebSocket-Protocol: \($0)"] } ?? [])
                #expect(head.headers["Sec-WebSocket-Protocol"] == answered)
                #expect(head.headers["Sec-WebSocket-Extensions"] == nil)
            }
        }

        @Test(
            arguments: [
                ("a.example", "/echo", 1), ("x.b.example", "/echo", 2), ("b.example", "/echo", 3), ("A.EXAMPLE:8443", "/echo", 1),
                ("other", "/echo/deeper", nil), ("other", "/echo", 3),
            ] as [(String, String, Int?)])
        func `the first route whose host and path match takes the request`(host: String, path: String, route: Int?) async throws {
            let configuration = Configuration.testing { configuration in
                let echo = configuration.routes[0]
                configuration.routes = ["a.example", "*.b.example", "*"].enumerated().map { index, pattern in
                    var route = echo
                    route.name = "route-\(index + 1)"
                    route.match.host = pattern
                    return route
                }
            }
            try await TestGateway.running(configuration) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead(path).replacing("localhost", with: host).utf8))
                let head = try client.readHead()
                guard let route else {
                    #expect(head.status == 404)
                    return
                }
                #expect(await gateway.snapshot(try TestGateway.sessionID(head))?.route == "route-\(route)")
            }
        }
    }
}
