import Testing

@testable import RoadsteadMetrics

/// Dashboards and alerts are written against these names and labels: a change here is a change for every operator.
struct MetricCatalogueTests {
    static let promised: [(name: String, labels: [String])] = [
        ("roadstead_sessions", ["route", "state"]),
        ("roadstead_sessions_opened_total", ["route"]),
        ("roadstead_sessions_closed_total", ["route", "closed_by", "cause"]),
        ("roadstead_session_duration_seconds", []),
        ("roadstead_handshake_duration_seconds", ["version", "resumed"]),
        ("roadstead_handshake_failures_total", ["cause"]),
        ("roadstead_handshakes_deferred_total", []),
        ("roadstead_proxy_header_failures_total", ["cause"]),
        ("roadstead_upgrade_refusals_total", ["status"]),
        ("roadstead_messages_total", ["route", "direction"]),
        ("roadstead_message_bytes_total", ["route", "direction"]),
        ("roadstead_compressed_bytes_total", ["route", "direction"]),
        ("roadstead_uncompressed_bytes_total", ["route", "direction"]),
        ("roadstead_heartbeat_rtt_seconds", ["route"]),
        ("roadstead_heartbeat_timeouts_total", ["route"]),
        ("roadstead_queued_bytes", []),
        ("roadstead_memory_limit_bytes", []),
        ("roadstead_memory_pressure_total", []),
        ("roadstead_slow_client_total", ["action"]),
        ("roadstead_rate_limited_total", ["route"]),
        ("roadstead_accept_pauses_total", ["cause"]),
        ("roadstead_upstream_state", ["upstream", "endpoint"]),
        ("roadstead_upstream_connections", ["upstream", "endpoint", "state"]),
        ("roadstead_upstream_waiting_sessions", ["upstream"]),
        ("roadstead_upstream_connect_duration_seconds", []),
        ("roadstead_upstream_checks_total", ["result"]),
        ("roadstead_upstream_reconnects_total", []),
        ("roadstead_upstream_ejections_total", ["upstream", "endpoint"]),
        ("roadstead_upstream_panic", ["upstream"]),
        ("roadstead_reattachments_total", ["route", "result"]),
        ("roadstead_reattach_duration_seconds", []),
        ("roadstead_loop_lag_seconds", ["loop"]),
        ("roadstead_loop_utilization_ratio", ["loop"]),
        ("roadstead_tls_certificate_expiry_timestamp_seconds", ["server_name"]),
        ("roadstead_config_reloads_total", ["result"]),
        ("roadstead_log_lines_dropped_total", []),
        ("roadstead_build_info", ["version"]),
        ("process_cpu_seconds_total", []),
        ("process_resident_memory_bytes", []),
        ("process_virtual_memory_bytes", []),
        ("process_open_fds", []),
        ("process_max_fds", []),
        ("process_start_time_seconds", []),
    ]

    @Test func `The catalogue holds exactly the promised names with the promised labels, in this order`() {
        #expect(MetricCatalogue.all.map(\.name) == Self.promised.map(\.name))
        #expect(MetricCatalogue.all.map(\.labels) == Self.promised.map(\.labels))
    }

    @Test(arguments: MetricCatalogue.all)
    func `Each help text is one sentence on one line`(definition: MetricDefinition) {
        #expect(definition.help.hasSuffix("."))
        #expect(definition.help.count > 20)
        #expect(!definition.help.contains("\n"))
    }

    @Test(arguments: MetricCatalogue.all)
    func `Exactly the histograms and no others are named after what a histogram measures`(definition: MetricDefinition) {
        let isHistogram = if case .histogram = definition.kind { true } else { false }
        let measures = ["_duration_seconds", "_rtt_seconds", "_lag_seconds"].contains { definition.name.hasSuffix($0) }
        #expect(isHistogram == measures)
    }

    @Test(arguments: [
        ("a", true), ("a_b9", true), ("_a", true), ("", false), ("9a", false), ("a-b", false), ("a:b", false), ("é", false), ("a b", false),
    ])
    func `Names are recognised`(text: String, isName: Bool) {
        #expect(MetricDefinition.isName(text) == isName)
    }
}
