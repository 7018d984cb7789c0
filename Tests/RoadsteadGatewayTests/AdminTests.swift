import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// The admin listener: what operators see and may do.
    @Suite struct AdminTests {
        @Test func `a session shows everything that the design names`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let headers = ["Origin: https://app.example", "User-Agent: \"test\" 1", "Sec-WebSocket-Protocol: chat"]
                let (client, upstream, id) = try gateway.openRelay(backend, "/relay", headers, subprotocol: "chat")
                try client.send("four")
                #expect(try upstream.receive() == .text("four"))
                let session = try gateway.adminJSON("/api/v1/sessions/\(id)")
                #expect(
                    session.names == [
                        "id", "state", "route", "user", "remote", "tls", "origin", "user_agent", "subprotocol", "compression", "opened",
                        "last_active", "rtt_ms", "received", "sent", "queued_bytes", "upstream", "close",
                    ])
                #expect(session["id"] == .string(id.description) && session["state"] == .string("open"))
                #expect(session["route"] == .string("relay") && session["user"] == .null && session["compression"] == .null)
                #expect(session["remote"]?.text?.hasPrefix("127.0.0.1:") == true)
                #expect(
                    session["tls"]?.names == ["version", "cipher", "server_name"] && session["tls"]?["server_name"]?.text == "localhost")
                #expect(session["origin"]?.text == "https://app.example" && session["user_agent"]?.text == "\"test\" 1")
                #expect(session["subprotocol"]?.text == "chat")
                #expect(session["opened"]?.text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil)
                #expect(session["rtt_ms"] == .object(["last": .null, "smoothed": .null, "minimum": .null]))
                #expect(session["received"] == .object(["messages": .number(1), "bytes": .number(4)]))
                #expect(session["sent"] == .object(["messages": .number(0), "bytes": .number(0)]))
                #expect(session["queued_bytes"] == .number(0) && session["close"] == .null)
                #expect(
                    session["upstream"]
                        == .object(["name": .string("backend"), "endpoint": .string(backend.url), "attach": .number(1)]))
            }
        }

        @Test func `a closed session keeps its record`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, id) = try gateway.open("/echo")
                _ = try client.close(4001, "größer")
                client.stream.close()
                _ = try await gateway.closeRecord(id)
                let close = try #require(try gateway.adminJSON("/api/v1/sessions/\(id)")["close"])
                #expect(close.names == ["closed_by", "cause", "code", "reason", "stage", "at"])
                #expect(close["closed_by"]?.text == "client" && close["cause"]?.text == "normal")
                #expect(close["code"] == .number(4001) && close["reason"]?.text == "größer" && close["stage"]?.text == "open")
                #expect(try gateway.adminJSON("/api/v1/sessions")["sessions"]?.count == 0)
                #expect(try gateway.adminJSON("/api/v1/sessions?state=closed")["sessions"]?[0]?["state"]?.text == "closed")
                #expect(try gateway.adminJSON("/api/v1/sessions?state=all")["sessions"]?.count == 1)
            }
        }

        @Test func `lists are filtered, sorted and paged`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend) { $0.loops = 2 }) { gateway in
                backend.serveEcho(2)
                var clients: [TestClient] = []
                for target in ["/echo", "/relay", "/echo", "/relay", "/echo"] {
                    let (client, _) = try gateway.open(target)
                    let message = String(repeating: "x", count: clients.count + 1)
                    try client.send(message)
                    #expect(try client.receive() == .text(message))
                    clients.append(client)
                }
                func bytes(_ query: String) throws -> [Double?] {
                    guard case .array(let sessions)? = try gateway.adminJSON("/api/v1/sessions?\(query)")["sessions"] else { return [] }
                    return sessions.map { $0["received"]?["bytes"]?.number }
                }
                #expect(try bytes("") == [1, 2, 3, 4, 5])
                #expect(try bytes("sort=bytes&order=desc") == [5, 4, 3, 2, 1])
                #expect(try bytes("route=relay") == [2, 4])
                #expect(try bytes("upstream=backend&order=desc") == [4, 2])
                #expect(try bytes("address=127.0.0.1") == [1, 2, 3, 4, 5])
                #expect(try bytes("address=127.0.0.2") == [])
                let first = try gateway.adminJSON("/api/v1/sessions?limit=2")
                #expect(first["sessions"]?.count == 2)
                let next = try #require(first["next"]?.text)
                #expect(try bytes("limit=2&cursor=\(next)") == [3, 4])
                #expect(try gateway.adminJSON("/api/v1/sessions?limit=5")["next"] == .null)
            }
        }

        @Test(arguments: [
            ("GET", "/nothing", 404), ("GET", "/api/v1/sessions/none", 404), ("GET", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", 404),
            ("DELETE", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", 404), ("POST", "/api/v1/sessions", 405), ("DELETE", "/metrics", 405),
            ("GET", "/api/v1/sessions?limit=0", 400), ("GET", "/api/v1/sessions?sort=colour", 400),
            ("GET", "/api/v1/sessions?stat=open", 400),
            ("DELETE", "/api/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA?code=1005", 400),
        ])
        func `mistakes are told as problem documents`(method: String, target: String, status: Int) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (head, body) = try gateway.admin(method, target)
                #expect(head.status == status, "\(body)")
                #expect(head.headers["Content-Type"] == "application/problem+json")
                if status == 405 { #expect(head.headers["Allow"] != nil) }
            }
        }

        @Test(
            arguments: [("", 1008, "kicked"), ("?code=4000&reason=you%20know%20why", 4000, "you know why")] as [(String, UInt16, String)])
        func `a kicked client is told why, and so is its backend`(query: String, code: UInt16, reason: String) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                #expect(try gateway.admin("DELETE", "/api/v1/sessions/\(id)\(query)").head.status == 204)
                #expect(try client.receive() == .close(code: code, reason: reason))
                #expect(try upstream.receive() == .close(code: 1001, reason: "kicked"))
                // A second kick finds nobody to tell.
                #expect(try gateway.admin("DELETE", "/api/v1/sessions/\(id)").head.status == 404)
                try client.webSocket.sendClose(code)
                #expect(try client.receive().isEnd)
                client.stream.close()
                let expected = CloseRecord(closedBy: .gateway, cause: .kicked, code: code, reason: reason, stage: .open)
                #expect(try await gateway.closeRecord(id) == expected)
            }
        }

        @Test func `upstreams show their endpoints, sessions and failures`() async throws {
            let backend = try TestBackend()
            let dead = try DeadPort.url()
            let configuration = Configuration.relaying(to: [dead, backend.url]) { $0.upstreams[0].balance = .roundRobin }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                let document = try gateway.adminJSON("/api/v1/upstreams")["upstreams"]?[0]
                #expect(document?["name"]?.text == "backend")
                let (first, second) = (document?["endpoints"]?[0], document?["endpoints"]?[1])
                #expect(first?["address"]?.text == dead && first?["failures"] == .number(1) && first?["sessions"] == .number(0))
                #expect(second?["address"]?.text == backend.url && second?["failures"] == .number(0) && second?["sessions"] == .number(1))
                #expect(second?["state"]?.text == "up" && second?["connections"]?["leased"] == .number(1))
                try client.send("held until here")
                #expect(try upstream.receive() == .text("held until here"))
            }
        }

        @Test func `info names version, loops and listeners`() async throws {
            try await TestGateway.running(.testing { $0.loops = 2 }) { gateway in
                let info = try gateway.adminJSON("/api/v1/info")
                #expect(info["version"]?.text == "test" && info["loops"] == .number(2) && info["config_generation"] == .number(1))
                #expect(info["uptime_seconds"]?.number.map { $0 >= 0 } == true)
                #expect(info["listeners"]?[0]?["address"]?.text == gateway.gateway.addresses[0].address)
            }
        }

        @Test(arguments: ["/healthz", "/readyz"])
        func `health is plain text`(path: String) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (head, body) = try gateway.admin("GET", path)
                #expect(head.status == 200 && body.count > 1)
                #expect(head.headers.all("Date").count == 1 && head.headers.all("X-Content-Type-Options") == ["nosniff"])
                let (empty, nothing) = try gateway.admin("HEAD", path)
                #expect(empty.status == 200 && nothing.isEmpty && empty.headers["Content-Length"] == "\(body.utf8.count)")
            }
        }

        @Test func `connections are kept alive, and requests on one are answered in order`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try TestClient(to: gateway.adminAddress())
                for path in ["/healthz", "/nothing", "/readyz"] {
                    try client.stream.write(Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                    let head = try client.readHead()
                    #expect(head.status == (path == "/nothing" ? 404 : 200))
                    let length = Int(head.headers["Content-Length"] ?? "") ?? 0
                    var body: [UInt8] = []
                    while body.count < length { body += try client.stream.read() }
                    #expect(body.count == length)
                }
            }
        }
    }
}
