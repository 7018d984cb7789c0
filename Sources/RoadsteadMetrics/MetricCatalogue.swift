/// Every metric that the gateway exposes: all names, units, labels and help texts are in this file.
///
/// Names are `roadstead_<subject>_<unit>[_total]` with base units (seconds, bytes). Label values come from bounded sets (the
/// configuration's names, the words of close records), never from what a client sends.
public enum MetricCatalogue {
    // MARK: Sessions

    /// Sessions by state; a session counts from its accept to the end of its cleanup.
    public static let sessions = MetricDefinition(
        name: "roadstead_sessions", kind: .gauge,
        help: "Sessions that exist now, by route and state.", labels: ["route", "state"])
    /// Sessions whose upgrade was answered with 101.
    public static let sessionsOpened = MetricDefinition(
        name: "roadstead_sessions_opened_total", kind: .counter,
        help: "Sessions that reached the state open.", labels: ["route"])
    /// Close records written.
    public static let sessionsClosed = MetricDefinition(
        name: "roadstead_sessions_closed_total", kind: .counter,
        help: "Sessions that ended, by who closed them and why.", labels: ["route", "closed_by", "cause"])
    /// From accept to the close record.
    public static let sessionDuration = MetricDefinition(
        name: "roadstead_session_duration_seconds",
        kind: .histogram(buckets: [0.1, 1, 10, 60, 300, 900, 3600, 14400, 43200, 86400, 604800]),
        help: "How long sessions lasted, measured when they ended.")

    // MARK: Handshakes

    /// From the first byte of a TLS handshake to its end; `resumed` is `true` or `false`.
    public static let handshakeDuration = MetricDefinition(
        name: "roadstead_handshake_duration_seconds",
        kind: .histogram(buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        help: "How long TLS handshakes with clients took, by protocol version and whether the TLS session was resumed.",
        labels: ["version", "resumed"])
    /// TLS handshakes that did not complete.
    public static let handshakeFailures = MetricDefinition(
        name: "roadstead_handshake_failures_total", kind: .counter,
        help: "TLS handshakes with clients that failed, by cause.", labels: ["cause"])
    /// Steps of handshakes that had to wait for a later wake-up: more of them were due at once than `handshakes_per_wakeup`.
    public static let handshakesDeferred = MetricDefinition(
        name: "roadstead_handshakes_deferred_total", kind: .counter,
        help: "Steps of TLS handshakes that waited for a later turn, so that open sessions were served in between.")
    /// Connections dropped at the door of a listener with `proxy_protocol`; `cause` is `missing`, `malformed` or `untrusted`.
    public static let proxyHeaderFailures = MetricDefinition(
        name: "roadstead_proxy_header_failures_total", kind: .counter,
        help: "Connections closed because their PROXY header was missing, malformed or of a peer that may send none.", labels: ["cause"])
    /// Answers to upgrade requests other than 101.
    public static let upgradeRefusals = MetricDefinition(
        name: "roadstead_upgrade_refusals_total", kind: .counter,
        help: "Upgrade requests refused, by HTTP status.", labels: ["status"])

    // MARK: Messages

    /// Data messages relayed; `direction` is `received` (from clients) or `sent` (to clients).
    public static let messages = MetricDefinition(
        name: "roadstead_messages_total", kind: .counter,
        help: "Data messages received from and sent to clients.", labels: ["route", "direction"])
    /// Payload bytes of data messages, as the application sees them.
    public static let messageBytes = MetricDefinition(
        name: "roadstead_message_bytes_total", kind: .counter,
        help: "Payload bytes of data messages received from and sent to clients.", labels: ["route", "direction"])
    /// What compressed messages take on the client's wire, without frame headers.
    public static let compressedBytes = MetricDefinition(
        name: "roadstead_compressed_bytes_total", kind: .counter,
        help: "Payload bytes of compressed messages from and to clients, as they were on the wire.", labels: ["route", "direction"])
    /// What the same messages are without compression.
    public static let uncompressedBytes = MetricDefinition(
        name: "roadstead_uncompressed_bytes_total", kind: .counter,
        help: "Payload bytes of the same compressed messages, uncompressed.", labels: ["route", "direction"])
    /// From a ping to its pong.
    public static let heartbeatRTT = MetricDefinition(
        name: "roadstead_heartbeat_rtt_seconds",
        kind: .histogram(buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
        help: "Round-trip time between a ping to a client and its pong.", labels: ["route"])
    /// Sessions found dead.
    public static let heartbeatTimeouts = MetricDefinition(
        name: "roadstead_heartbeat_timeouts_total", kind: .counter,
        help: "Sessions closed because nothing arrived within the heartbeat timeout.", labels: ["route"])

    // MARK: Limits

    /// Bytes that wait for slow clients and upstreams, or for the rest of a message, or for a client's turn.
    public static let queuedBytes = MetricDefinition(
        name: "roadstead_queued_bytes", kind: .gauge, help: "Bytes queued in all sessions: not read by a peer yet, or not passed on yet.")
    /// `action` is `pause` (each time the sender was made to wait), `drop_oldest` (each message dropped) or `close` (each client closed).
    public static let slowClient = MetricDefinition(
        name: "roadstead_slow_client_total", kind: .counter,
        help: "What was done because a client's outbound queue was full: senders paused, messages dropped, clients closed.",
        labels: ["action"])
    /// `limits.memory`; 0 without one.
    public static let memoryLimit = MetricDefinition(
        name: "roadstead_memory_limit_bytes", kind: .gauge,
        help: "The bytes that may be queued in all sessions together; 0 is no limit.", merging: .maximum)
    /// Times the queues of all sessions together came to more than that.
    public static let memoryPressure = MetricDefinition(
        name: "roadstead_memory_pressure_total", kind: .counter,
        help: "Times the bytes queued in all sessions together passed their limit.")
    /// Times a session ran out of its message or byte rate.
    public static let rateLimited = MetricDefinition(
        name: "roadstead_rate_limited_total", kind: .counter,
        help: "Times a session exceeded its message or byte rate and was throttled or closed.", labels: ["route"])
    /// `cause` is `descriptors` (the process or the system is out of something: accepting rests), or the limit beyond which connections are
    /// closed at once: `sessions` or `address`.
    public static let acceptPauses = MetricDefinition(
        name: "roadstead_accept_pauses_total", kind: .counter,
        help: "Times accepting was paused for want of descriptors, and connections closed at once beyond a limit.", labels: ["cause"])

    // MARK: Upstreams

    /// 0 down, 1 up, 2 ejected, 3 draining. Not a share: write it in one place, or the largest number stands.
    public static let upstreamState = MetricDefinition(
        name: "roadstead_upstream_state", kind: .gauge,
        help: "State of an upstream endpoint: 0 down, 1 up, 2 ejected, 3 draining.", labels: ["upstream", "endpoint"], merging: .maximum)
    /// `state` is `connecting`, `warm`, `leased`, `backing_off` or `closing`.
    public static let upstreamConnections = MetricDefinition(
        name: "roadstead_upstream_connections", kind: .gauge,
        help: "Connections to upstream endpoints, by state.", labels: ["upstream", "endpoint", "state"])
    /// New sessions in the queue, and detached ones.
    public static let upstreamWaiting = MetricDefinition(
        name: "roadstead_upstream_waiting_sessions", kind: .gauge,
        help: "Sessions that wait for a connection to an upstream.", labels: ["upstream"])
    /// TCP, and TLS where the endpoint wants it.
    public static let upstreamConnectDuration = MetricDefinition(
        name: "roadstead_upstream_connect_duration_seconds",
        kind: .histogram(buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]),
        help: "How long connecting to an upstream endpoint took, TLS included.")
    /// `result` is the word of the last check: `ok`, `l4_timeout`, `l4_refused`, `tls_failed`, `http_status`, `ws_no_pong` and so on.
    public static let upstreamChecks = MetricDefinition(
        name: "roadstead_upstream_checks_total", kind: .counter,
        help: "Health checks of upstream endpoints, those of unreachable ones included, by result.", labels: ["result"])
    /// Attempts to reach an endpoint again after it was lost.
    public static let upstreamReconnects = MetricDefinition(
        name: "roadstead_upstream_reconnects_total", kind: .counter,
        help: "Looks at upstream endpoints that sessions were kept away from, after a failure or a loss.")
    /// Passive health: an endpoint on which sessions failed in a row rests.
    public static let upstreamEjections = MetricDefinition(
        name: "roadstead_upstream_ejections_total", kind: .counter,
        help: "Times an upstream endpoint was ejected because attempts on it failed in a row.", labels: ["upstream", "endpoint"])
    /// 1 while sessions go to the least bad endpoints.
    public static let upstreamPanic = MetricDefinition(
        name: "roadstead_upstream_panic", kind: .gauge,
        help: "Whether no endpoint of an upstream is up: 0 or 1.", labels: ["upstream"], merging: .maximum)

    // MARK: Continuity

    /// `result`: `reattached` after a loss, `moved` by an operator's wish; or given up: `expired` (`hold` is over), `cut` (in the middle of a
    /// message too large to be taken back), `client_gone`, `closed` (from our side).
    public static let reattachments = MetricDefinition(
        name: "roadstead_reattachments_total", kind: .counter,
        help: "Sessions that were given another upstream connection, or given up without one, by result.", labels: ["route", "result"])
    /// From the loss of the upstream to the state open.
    public static let reattachDuration = MetricDefinition(
        name: "roadstead_reattach_duration_seconds",
        kind: .histogram(buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]),
        help: "How long sessions were detached before they were open again.")

    // MARK: Event loops

    /// How late the loop is for its own work.
    public static let loopLag = MetricDefinition(
        name: "roadstead_loop_lag_seconds",
        kind: .histogram(buckets: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]),
        help: "How long one wake-up of an event loop kept others waiting.", labels: ["loop"])
    /// 0 idle, 1 saturated.
    public static let loopUtilization = MetricDefinition(
        name: "roadstead_loop_utilization_ratio", kind: .gauge,
        help: "Share of time an event loop was busy since the last scrape, 0 to 1.", labels: ["loop"], merging: .maximum)

    // MARK: The process and its configuration

    /// Unix time at which the certificate for a name stops being valid.
    public static let certificateExpiry = MetricDefinition(
        name: "roadstead_tls_certificate_expiry_timestamp_seconds", kind: .gauge,
        help: "When the certificate for a server name expires, in seconds since 1970.", labels: ["server_name"], merging: .maximum)
    /// `result` is `success` or `failure`.
    public static let configReloads = MetricDefinition(
        name: "roadstead_config_reloads_total", kind: .counter,
        help: "Times the configuration was read again, by result.", labels: ["result"])
    /// Counted where lines are dropped; the log says so too.
    public static let logLinesDropped = MetricDefinition(
        name: "roadstead_log_lines_dropped_total", kind: .counter,
        help: "Lines that are missing in the log because its reader did not keep up.")
    /// Always 1; what matters are the labels.
    public static let buildInfo = MetricDefinition(
        name: "roadstead_build_info", kind: .gauge,
        help: "The running version, as a label on the constant 1.", labels: ["version"], merging: .maximum)
    /// User and system time.
    public static let processCPU = MetricDefinition(
        name: "process_cpu_seconds_total", kind: .counter, help: "User and system CPU time spent by the process.")
    /// What the process holds in RAM.
    public static let processResidentMemory = MetricDefinition(
        name: "process_resident_memory_bytes", kind: .gauge, help: "Resident memory of the process.", merging: .maximum)
    /// What the process has mapped.
    public static let processVirtualMemory = MetricDefinition(
        name: "process_virtual_memory_bytes", kind: .gauge, help: "Virtual memory of the process.", merging: .maximum)
    /// Open file descriptors.
    public static let processOpenDescriptors = MetricDefinition(
        name: "process_open_fds", kind: .gauge, help: "File descriptors that the process has open.", merging: .maximum)
    /// The soft limit of open file descriptors.
    public static let processMaximumDescriptors = MetricDefinition(
        name: "process_max_fds", kind: .gauge, help: "File descriptors that the process may have open.", merging: .maximum)
    /// Unix time at which the process started.
    public static let processStartTime = MetricDefinition(
        name: "process_start_time_seconds", kind: .gauge, help: "When the process started, in seconds since 1970.", merging: .maximum)

    /// All of them, in the order in which a page shows them.
    public static let all: [MetricDefinition] = [
        sessions, sessionsOpened, sessionsClosed, sessionDuration,
        handshakeDuration, handshakeFailures, handshakesDeferred, proxyHeaderFailures, upgradeRefusals,
        messages, messageBytes, compressedBytes, uncompressedBytes, heartbeatRTT, heartbeatTimeouts,
        queuedBytes, memoryLimit, memoryPressure, slowClient, rateLimited, acceptPauses,
        upstreamState, upstreamConnections, upstreamWaiting, upstreamConnectDuration, upstreamChecks, upstreamReconnects,
        upstreamEjections, upstreamPanic,
        reattachments, reattachDuration,
        loopLag, loopUtilization,
        certificateExpiry, configReloads, logLinesDropped, buildInfo,
        processCPU, processResidentMemory, processVirtualMemory, processOpenDescriptors, processMaximumDescriptors, processStartTime,
    ]

    /// Place of each name on a page.
    static let places: [String: Int] = Dictionary(uniqueKeysWithValues: zip(all.map(\.name), 0...))
}
