/// The forms in which a page of metrics is served.
public enum MetricFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text exposition format 0.0.4: what everything can read.
    case prometheus
    /// OpenMetrics 1.0, for those who ask.
    case openMetrics

    /// The value of `Content-Type`.
    public var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The form that an `Accept` header asks for (RFC 9110 12.5.1): OpenMetrics if it is named, in version 1.0.0 or in none in
    /// particular, with no lower weight than plain text; else the older one, which also answers what can't be satisfied.
    public static func negotiated(accept header: String?) -> MetricFormat {
        var openMetrics = 0.0
        var plain: Double?
        var anyText: Double?
        for range in (header ?? "").split(separator: ",") {
            guard let range = MediaRange(range) else { continue }
            switch range.type {
            case "application/openmetrics-text" where range.version == nil || range.version == "1.0.0":
                openMetrics = max(openMetrics, range.weight)
            case "text/plain": plain = max(plain ?? 0, range.weight)
            case "text/*", "*/*": anyText = max(anyText ?? 0, range.weight)
            default: continue
            }
        }
        // The more specific range decides for plain text, however low its weight.
        return openMetrics > 0 && openMetrics >= (plain ?? anyText ?? 0) ? .openMetrics : .prometheus
    }
}
