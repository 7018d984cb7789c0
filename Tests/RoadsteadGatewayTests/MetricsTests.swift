import RoadsteadConfig
import RoadsteadWire
import Testing

extension IntegrationTests {
    /// `/metrics` after known events.
    @Suite struct MetricsTests {
        @Test func `what happened is counted`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                for text in ["one", "two", "three"] {
                    try client.send(text)
                    #expect(try upstream.receive() == .text(text))
                }
                try upstream.send("answer")
                #expect(try client.receive() == .text("answer"))
                _ = try gateway.connect().exchange(TestClient.upgradeHead("/nowhere"))
                _ = try gateway.log.wait(for: "session closed") { $0["stage"] == "upgrading" }
                let open = try Self.samples(gateway)
                #expect(open["roadstead_sessions{route=\"relay\",state=\"open\"}"] == 1)
                #expect(open["roadstead_sessions_opened_total{route=\"relay\"}"] == 1)
                #expect(open["roadstead_messages_total{route=\"relay\",direction=\"received\"}"] == 3)
                #expect(open["roadstead_message_bytes_total{route=\"relay\",direction=\"received\"}"] == 11)
                #expect(open["roadstead_messages_total{route=\"relay\",direction=\"sent\"}"] == 1)
                #expect(open["roadstead_message_bytes_total{route=\"relay\",direction=\"sent\"}"] == 6)
                #expect(open["roadstead_upgrade_refusals_total{status=\"404\"}"] == 1)
                #expect(open["roadstead_queued_bytes"] == 0)
                let leased = "roadstead_upstream_connections{upstream=\"backend\",endpoint=\"\(backend.url)\",state=\"leased\"}"
                #expect(open[leased] == 1)
                #expect(open["roadstead_handshake_duration_seconds_count{version=\"TLSv1.3\",resumed=\"false\"}"] == 2)
                #expect(open["roadstead_upstream_connect_duration_seconds_count"] == 1)
                _ = try client.close(1000)
                client.stream.close()
                _ = try await gateway.closeRecord(id)
                let closed = try Self.samples(gateway)
                #expect(closed["roadstead_sessions{route=\"relay\",state=\"open\"}"] == 0)
                #expect(closed["roadstead_sessions_closed_total{route=\"relay\",closed_by=\"client\",cause=\"normal\"}"] == 1)
                #expect(closed["roadstead_session_duration_seconds_count"] == 2)
            }
        }

        @Test(
            arguments: [
                (nil, "text/plain; version=0.0.4"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
            ] as [(String?, String)])
        func `the format is the one asked for`(accept: String?, type: String) async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (head, body) = try gateway.admin("GET", "/metrics", accept.map { ["Accept: \($0)"] } ?? [])
                #expect(head.headers["Content-Type"]?.hasPrefix(type) == true)
                #expect(body.hasSuffix("# EOF\n") == (accept != nil))
                #expect(body.contains("roadstead_build_info{version=\"test\"} 1"))
                #expect(body.contains("roadstead_tls_certificate_expiry_timestamp_seconds{server_name=\"localhost\"} "))
                #expect(body.contains("process_open_fds "))
            }
        }

        private static func samples(_ gateway: TestGateway) throws -> [String: Double] {
            let (_, body) = try gateway.admin("GET", "/metrics")
            var samples: [String: Double] = [:]
            for line in body.split(separator: "\n") where !line.hasPrefix("#") {
                guard let space = line.lastIndex(of: " ") else { continue }
                samples[String(line[..<space])] = Double(line[line.index(after: space)...])
            }
            return samples
        }
    }
}
