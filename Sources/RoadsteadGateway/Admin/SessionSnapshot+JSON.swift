extension SessionSnapshot {
    /// As DESIGN section 7 has it.
    var json: JSON {
        .object([
            ("id", .string(id.description)), ("state", .string(state.rawValue)), ("route", .optional(route)), ("user", .optional(user)),
            ("remote", .string(remote)), ("tls", tls.map(Self.json) ?? .null), ("origin", .optional(origin)),
            ("user_agent", .optional(userAgent)), ("subprotocol", .optional(subprotocol)), ("compression", .optional(compression)),
            ("opened", .string(Timestamp.text(nanoseconds: opened))), ("last_active", .string(Timestamp.text(nanoseconds: lastActive))),
            (
                "rtt_ms",
                .object([
                    ("last", .optional(roundTripTime.last?.milliseconds)), ("smoothed", .optional(roundTripTime.smoothed?.milliseconds)),
                    ("minimum", .optional(roundTripTime.minimum?.milliseconds)),
                ])
            ),
            ("received", Self.json(received)), ("sent", Self.json(sent)), ("queued_bytes", .integer(Int64(queuedBytes))),
            ("upstream", upstreamJSON), ("close", closeJSON),
        ])
    }

    private static func json(_ tls: TLS) -> JSON {
        .object([("version", .string(tls.version)), ("cipher", .string(tls.cipher)), ("server_name", .optional(tls.serverName))])
    }

    private static func json(_ traffic: TrafficCount) -> JSON {
        .object([("messages", .integer(Int64(clamping: traffic.messages))), ("bytes", .integer(Int64(clamping: traffic.bytes)))])
    }

    private var upstreamJSON: JSON {
        guard let upstream else { return .null }
        return .object([("name", .string(upstream)), ("endpoint", .optional(endpoint)), ("attach", .integer(Int64(attach)))])
    }

    private var closeJSON: JSON {
        guard let close else { return .null }
        return .object([
            ("closed_by", .string(close.closedBy.rawValue)), ("cause", .string(close.cause.rawValue)),
            ("code", close.code.map { .integer(Int64($0)) } ?? .null), ("reason", .string(close.reason)),
            ("stage", .string(close.stage.rawValue)), ("at", .optional(closedAt.map(Timestamp.text(nanoseconds:)))),
        ])
    }
}
